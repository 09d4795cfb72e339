//! All paths, on threads.

use std::num::NonZero;
use std::ops::Range;
use std::sync::Mutex;
use std::thread;

use super::error::{SimulateError, check};
use super::outcome::{CHUNK, ChunkRows, Counts, Outcome, PathYears};
use super::plan::{Compiled, Inflation, Plan};
use super::settle::GROUP;
use super::source::{Model, Source, with_source};
use super::walk::Walker;
use crate::linear::vector::{count, vectorized};

/// Most paths times years, so that an outcome fits into memory (24 GB).
const MOST_PATH_YEARS: usize = 2_000_000_000;

/// A plan on the paths of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    plan: Compiled,
    constant_prices: Option<f64>,
    payments_per_year: usize,
    model: Model,
}

impl Simulation {
    /// A plan on the paths of a model, whose columns are the assets, in their order, and inflation after them where the
    /// plan takes it from there.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// use evenkeel_quant::simulate::source::{BlockBootstrap, Ends, Model};
    /// use evenkeel_quant::simulate::{Inflation, Plan, Rebalancing, Simulation};
    /// use evenkeel_quant::spending::{FirstYear, FixedReal, Rule, Spending};
    /// # use std::num::NonZero;
    /// let returns = Matrix::from_fn(48, 2, |row, column| 0.01 * ((row * (column + 2)) as f64).sin() + 0.004);
    /// let plan = Plan {
    ///     periods_per_year: 12,
    ///     years: 30,
    ///     value: 1_000_000.0,
    ///     weights: vec![vec![0.6, 0.4]],
    ///     start: None,
    ///     costs: vec![0.001, 0.001],
    ///     rebalancing: Rebalancing::Every { periods: 12 },
    ///     spending: Spending::new(Rule::FixedReal(FixedReal { first: FirstYear::Rate(0.04) }), 0.0, f64::INFINITY)?,
    ///     payments_per_year: 1,
    ///     flows: Vec::new(),
    ///     inflation: Inflation::Constant(0.025),
    ///     watches: Vec::new(),
    ///     looks_per_year: 1,
    ///     lost: None,
    /// };
    /// let simulation = Simulation::new(plan, Model::Block(BlockBootstrap::new(&returns, 12, Ends::Circular)?))?;
    /// let outcome = simulation.run(7, 500, NonZero::<usize>::MIN)?;
    /// assert_eq!(outcome.wealth(29).len(), 500);
    /// assert!((f64::from(outcome.wealth(29)[3]) / simulation.path(7, 3).wealth[29] - 1.0).abs() < 1e-7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for what the plan asks that cannot be, and a model that has not its columns.
    pub fn new(plan: Plan, model: Model) -> Result<Self, SimulateError> {
        let constant_prices = match plan.inflation {
            Inflation::Constant(rate) => Some(1.0 + rate),
            Inflation::Column => None,
        };
        let payments_per_year = plan.payments_per_year;
        Ok(Self { plan: plan.compile(&model)?, constant_prices, payments_per_year, model })
    }

    /// Walks so many paths of a seed. The outcome does not depend on the number of threads, and the first paths are the
    /// same whatever their number.
    ///
    /// # Errors
    /// [`SimulateError::Parameter`] for no paths, or more than fit into memory.
    pub fn run(&self, seed: u64, paths: usize, threads: NonZero<usize>) -> Result<Outcome, SimulateError> {
        check(
            "the number of paths",
            count(paths),
            paths > 0 && paths.saturating_mul(self.plan.years) <= MOST_PATH_YEARS,
            "at least 1, and fit into memory",
        )?;
        Ok(with_source!(&self.model, source => self.run_on(source, seed, paths, threads)))
    }

    /// One path of a seed, in full precision.
    pub fn path(&self, seed: u64, number: u64) -> PathYears {
        let mut years = PathYears::default();
        let tally = with_source!(&self.model, source => *Walker::new(&self.plan, source).walk(seed, number, &mut years));
        let ([rebalances, ..], [breached, ..]) = (tally.rebalances, tally.breached);
        years.rebalances = rebalances;
        years.breached = (0..self.plan.watches.len()).map(|bit| (breached >> bit) & 1 == 1).collect();
        years
    }

    fn run_on<S: Source>(&self, source: &S, seed: u64, paths: usize, threads: NonZero<usize>) -> Outcome {
        let years = self.plan.years;
        let rows = years * CHUNK;
        let size = paths.div_ceil(CHUNK) * rows;
        let (mut wealth, mut spending) = (vec![0.0_f32; size], vec![0.0_f32; size]);
        let mut prices = vec![0.0_f32; if self.plan.prices_vary { size } else { 0 }];
        let no_counts = || Counts { breached: vec![0; self.plan.watches.len()], ..Counts::default() };
        let mut counts = no_counts();
        {
            let mut of_prices = prices.chunks_mut(rows);
            let chunks = wealth.chunks_mut(rows).zip(spending.chunks_mut(rows)).enumerate();
            let chunks = chunks.map(|(chunk, (wealth, spending))| {
                (chunk, ChunkRows { wealth, spending, prices: of_prices.next().unwrap_or_default(), first: 0 })
            });
            let work = Mutex::new(chunks);
            let worker = || {
                let (mut walker, mut counts) = (Walker::new(&self.plan, source), no_counts());
                // Nobody panics while holding it, so it cannot be poisoned.
                while let Some((chunk, mut rows)) = work.lock().ok().and_then(|mut work| work.next()) {
                    let first = chunk * CHUNK;
                    Self::walk_chunk(&mut walker, &mut rows, seed, first..paths.min(first + CHUNK), &mut counts);
                }
                counts
            };
            let others = threads.get().min(paths.div_ceil(CHUNK)) - 1;
            thread::scope(|scope| {
                let spawned = (0..others).map(|_| thread::Builder::new().spawn_scoped(scope, worker));
                // A machine without threads to spare works on this one.
                let spawned: Vec<_> = spawned.filter_map(Result::ok).collect();
                counts.join(&worker());
                for other in spawned {
                    if let Ok(found) = other.join() {
                        counts.join(&found);
                    }
                }
            });
        }
        let payments_per_year = self.payments_per_year;
        Outcome { paths, years, constant_prices: self.constant_prices, payments_per_year, wealth, spending, prices, counts }
    }

    fn walk_chunk<S: Source>(walker: &mut Walker<'_, S>, rows: &mut ChunkRows<'_>, seed: u64, paths: Range<usize>, counts: &mut Counts) {
        vectorized(
            #[inline(always)]
            || {
                for first in paths.clone().step_by(GROUP) {
                    rows.first = first - paths.start;
                    // Paths beyond the last are walked with their group, and counted nowhere.
                    counts.add(walker.walk(seed, first as u64, rows), paths.end - first);
                }
            },
        );
    }
}
