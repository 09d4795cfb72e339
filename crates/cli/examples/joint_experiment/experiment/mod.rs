//! The joint planner against the cascade of rules, on simulated years.
//!
//! Households of a generated book live through months of a generated market, each on a path of its own and in every [`Arm`]
//! on the same one. What is drawn, believed, paid and counted is said by [`Report::text`].

use std::num::NonZero;
use std::path::PathBuf;

use evenkeel_cli::workers;
use evenkeel_testkit::generate::Random;

mod arm;

mod books;

mod market;

mod matched;

mod outcome;

mod report;

mod simulate;

mod taxes;

mod world;

use arm::Arm;
use market::Model;
use outcome::{average, difference};
pub(crate) use report::Report;
use simulate::{Life, Run};
use world::World;

/// Why there is no result.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What to run.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) households: usize,
    pub(crate) years: usize,
    /// The first so many households on which tracking error is matched.
    pub(crate) matched: usize,
    pub(crate) seed: u64,
    pub(crate) threads: NonZero<usize>,
    /// Where the book is written.
    pub(crate) book: PathBuf,
}

/// Runs the experiment.
pub(crate) fn run(settings: &Settings) -> Result<Report, Failure> {
    let world = World::generate(&settings.book, settings.seed, settings.households)?;
    let model = Model::new(&world)?;
    let stage = Stage { settings, world: &world, model: &model };
    let lives = stage.lives(&Arm::COMPARED, settings.households)?;
    let averages = Arm::COMPARED.iter().zip(&lives).map(|(arm, lives)| average(arm.name(), lives)).collect();
    let first = || (Arm::Cascade.name(), lives.first().map_or(&[][..], Vec::as_slice));
    let others = Arm::COMPARED.iter().zip(&lives).skip(1);
    let differences = others.map(|(arm, lives)| difference((arm.name(), lives.as_slice()), first(), settings.seed)).collect();
    let matched = if settings.matched > 0 { Some(matched::matched(&stage)?) } else { None };
    Ok(Report::new(settings, averages, differences, matched))
}

/// Where arms are run.
struct Stage<'a> {
    settings: &'a Settings,
    world: &'a World,
    model: &'a Model<'a>,
}

impl Stage<'_> {
    /// By arm, the lives of the first households.
    fn lives(&self, arms: &[Arm], households: usize) -> Result<Vec<Vec<Life>>, Failure> {
        let jobs = households.min(self.world.entries.len());
        let by_household = workers::share(self.settings.threads, jobs, |household| self.live(arms, household), |_| ());
        let mut by_arm = vec![Vec::with_capacity(jobs); arms.len()];
        for lives in by_household {
            by_arm.iter_mut().zip(lives?).for_each(|(of_arm, life)| of_arm.push(life));
        }
        Ok(by_arm)
    }

    /// A household in each arm, on its path.
    fn live(&self, arms: &[Arm], household: usize) -> Result<Vec<Life>, Failure> {
        let entry = self.world.entries.get(household).ok_or("fewer households than asked for")?;
        let stream = Random::new(self.settings.seed).bits().wrapping_add(u64::try_from(household)?);
        let path = self.model.path(&mut Random::new(stream), 12 * self.settings.years)?;
        arms.iter().map(|arm| Run { world: self.world, model: self.model, entry, path: &path, arm: *arm }.live()).collect()
    }
}
