//! Many futures of a policy: its weights, bands, costs and spending on paths from history or beliefs.
//!
//! ```text
//! history (months) or beliefs (a year) → stress → model of paths ─┐
//!        targets by year, bands, costs, [spending], flows → plan ─┴→ walk → report
//! ```
//!
//! A path knows classes, not lots: no taxes, no whole lots, no look at the day's prices. What of a policy is left out
//! is said in the report's notes. Beliefs are a year; paths go month by month. Real figures are at the prices of the start.

use std::num::NonZero;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::household::Household;
use evenkeel_quant::simulate::{Plan, Simulation};

use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::{Asset, EstimateInputs, assets};
use crate::policy::Policy;
use crate::target::Optimized;

// Paths: months of history, or beliefs of a year.
mod paths;

// What happens on a path: weights, costs, spending, what is looked at.
mod plan;

// What the paths say.
mod report;

pub use report::{Band, Breach, Convergence, Fan, Halves, SimulationReport, Step, YearOfPaths};

/// Periods of a path in a year.
pub const MONTHS: usize = 12;

/// How paths are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Blocks of consecutive months of history.
    Block,
    /// Blocks of random length.
    Stationary,
    /// Geometric Brownian motion.
    Lognormal,
    /// Multivariate t.
    Student,
    /// A normal copula over the months of history.
    NormalCopula,
    /// A t copula over the months of history.
    StudentCopula,
    /// History filtered by GARCH.
    Garch,
    /// Calm and crisis.
    Regime,
    /// A scenario tree of years.
    Tree,
}

/// A future harder than the model's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stress {
    /// All correlations are this.
    Correlations(f64),
    /// Volatilities are multiplied by this.
    Volatility(f64),
    /// The targets' expected real return a year is this over the first years.
    LostYears {
        /// How many.
        years: usize,
        /// Real return a year.
        real_return: f64,
    },
}

/// How prices rise.
#[derive(Debug, Clone, PartialEq)]
pub enum Prices {
    /// By a rate a year.
    Rate(f64),
    /// As a column of the history.
    Column(String),
}

/// What is asked of a simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Number of paths.
    pub paths: usize,
    /// Years.
    pub years: usize,
    /// Seed.
    pub seed: u64,
    /// How paths are drawn; blocks of history where there is enough of it, else geometric Brownian motion.
    pub method: Option<Method>,
    /// Length of blocks, months; mean length of those of random length.
    pub block: usize,
    /// Degrees of freedom of the t distribution and copula.
    pub degrees: f64,
    /// What is made harder.
    pub stresses: Vec<Stress>,
    /// How prices rise; by the policy's inflation where not said.
    pub prices: Option<Prices>,
    /// Value that should be there at the end, at the prices of the start; that of the start where not said.
    pub goal: Option<f64>,
    /// Years of spending that what is liquid should pay for at any time.
    pub cover: Option<f64>,
    /// Confidence of the bands around figures.
    pub confidence: f64,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            paths: 10_000,
            years: 30,
            seed: 1,
            method: None,
            block: MONTHS,
            degrees: 5.0,
            stresses: Vec::new(),
            prices: None,
            goal: None,
            cover: None,
            confidence: 0.95,
        }
    }
}

/// What a simulation is made of.
#[derive(Debug, Clone, Copy)]
pub struct SimulateInputs<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Its leaves, the instruments, history and beliefs, up to a date.
    pub estimate: EstimateInputs<'a>,
    /// Optimized weights, where the policy optimizes.
    pub optimized: Option<&'a Optimized>,
    /// Whose age a glide path may go by.
    pub household: Option<&'a Household>,
    /// Value at the start.
    pub value: f64,
    /// Weights held at the start, by sleeve; the targets where not given.
    pub held: Option<&'a [f64]>,
    /// What is asked.
    pub question: &'a Question,
}

/// What a class is on a path: a leaf of the tree, or cash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    class: ClassPath,
    /// The leaf; `None` for cash.
    asset: Option<Asset>,
    sleeve: usize,
}

/// Simulates a policy.
///
/// # Errors
/// All diagnostics: no history or beliefs to draw paths from, a history with holes, targets that cannot be told,
/// arguments that fit nothing.
pub fn simulate(inputs: &SimulateInputs<'_>, threads: NonZero<usize>) -> Result<SimulationReport, Vec<Diagnostic>> {
    plan::check_value(inputs.value)?;
    let held = held(inputs);
    let mut notes = Vec::new();
    let drawn = paths::model(inputs, &held, &mut notes)?;
    let planned = plan::plan(inputs, &held, &drawn, &mut notes)?;
    let plan: Plan = planned.plan.clone();
    let simulation = Simulation::new(plan, drawn.model.clone()).map_err(|error| vec![refused(&error)])?;
    let outcome = simulation.run(inputs.question.seed, inputs.question.paths, threads).map_err(|error| vec![refused(&error)])?;
    report::report(inputs, &drawn, &planned, &outcome, notes).map_err(|error| vec![refused(&error)])
}

/// The leaves in the order of the tree, then cash, where nothing else is cash.
fn held(inputs: &SimulateInputs<'_>) -> Vec<Held> {
    let of_leaf = |asset: Asset| Held { class: asset.class.clone(), sleeve: asset.sleeve.0, asset: Some(asset) };
    let mut held: Vec<Held> = assets(&inputs.estimate).into_iter().map(of_leaf).collect();
    let cash = inputs.estimate.sleeves.cash;
    if let Some(sleeve) = inputs.estimate.sleeves.get(cash) {
        held.push(Held { class: sleeve.class.clone(), asset: None, sleeve: cash.0 });
    }
    held
}

/// What the analytics refuse, as it is told.
fn refused(error: &dyn std::fmt::Display) -> Diagnostic {
    let help = "change the argument or the key that it names; `evenkeel simulate --help` says what each may be";
    Diagnostic::error(Code::SIMULATION, format!("nothing can be simulated: {error}")).help(help)
}
