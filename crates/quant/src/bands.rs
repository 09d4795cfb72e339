//! What rules of trading cost over many paths, on the same paths: the bands and the destination that cost least.
//!
//! cost a year = Σ cost of trades ÷ value ÷ years + ½ γ · mean of (w − t)ᵀ Σ (w − t)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | t | [`Problem::targets`] | n | fractions that sum to 1 |
//! | Σ | [`Problem::covariance`] | n × n | a year |
//! | c | [`Problem::costs`] | n | fraction of a trade, each side |
//! | f | [`Problem::fixed`] | 1 | cost of each trade besides, as a fraction of the start value |
//! | γ | [`Problem::risk_aversion`] | 1 | above 0 |
//! | w | | | weights after the trades of a period, which are held over the next |
//!
//! Every rule runs over the same paths ([`backtest::sweep`](crate::backtest::sweep)), so that what a path brings to all
//! cancels in their differences, whose standard errors are much smaller than those of the costs themselves. A path begins at target, so
//! that its first years are too good: they are run and not counted. A path is a stream of the seed, and sums run in the order of the
//! paths: results are the same bits for any number of threads. The closed form for one class at a time is
//! [`allocate::band_cost`](crate::allocate::band_cost).

use std::num::NonZeroUsize;

use crate::backtest::{BacktestError, Cause, Costs, History, Record, Rule, Run, Study, sweep};
use crate::estimate::covariance::Covariance;
use crate::linear::vector::{count, dot};
use crate::simulate::Model;

/// What is aimed at, and what being away and coming back costs.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// Target weights t.
    pub targets: &'a [f64],
    /// Covariance Σ.
    pub covariance: &'a Covariance,
    /// Proportional costs c.
    pub costs: &'a [f64],
    /// Fixed cost f.
    pub fixed: f64,
    /// Risk aversion γ.
    pub risk_aversion: f64,
}

/// How many paths of which length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Experiment {
    /// Paths, 2 or more.
    pub paths: usize,
    /// Periods a year, those of the model.
    pub periods_per_year: usize,
    /// Years that are counted.
    pub years: usize,
    /// Years before them.
    pub warm_up: usize,
    /// The seed.
    pub seed: u64,
    /// Threads that share the paths.
    pub threads: NonZeroUsize,
}

/// What a rule costs a year, as fractions of value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleCost {
    /// Cost of trades.
    pub trading: f64,
    /// Cost of drift.
    pub drift: f64,
    /// Standard error of their sum.
    pub standard_error: f64,
    /// What it costs more than the rule that costs least.
    pub excess: f64,
    /// Standard error of that, path against path.
    pub excess_error: f64,
    /// Rebalances a year.
    pub rebalances: f64,
    /// One-way turnover a year.
    pub turnover: f64,
}

impl RuleCost {
    /// Both costs together.
    pub fn total(&self) -> f64 {
        self.trading + self.drift
    }

    /// Whether the paths do not tell it from the rule that costs least: its excess is within two standard errors.
    pub fn is_as_good(&self) -> bool {
        self.excess <= 2.0 * self.excess_error
    }
}

/// Why rules cannot be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BandsError {
    /// Lists of different lengths.
    #[error("{what} has {found} entries beside {expected} target weights")]
    Length {
        /// Which list.
        what: &'static str,
        /// Its entries.
        found: usize,
        /// Entries expected.
        expected: usize,
    },
    /// An argument outside its range.
    #[error("{what} is {value}; it must be {limit}")]
    Argument {
        /// What it is.
        what: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        limit: &'static str,
    },
    /// A rule or a study that cannot be run.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
}

/// What each rule costs a year, in their order.
///
/// ```
/// use std::num::NonZeroUsize;
/// use evenkeel_quant::backtest::{Band, Rule};
/// use evenkeel_quant::bands::{Experiment, Problem, rule_costs};
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::simulate::{Model, moments::Moments, source::Lognormal};
/// let covariance = Covariance::from_volatilities(&[0.18, 0.06], &[1.0, 0.1, 0.1, 1.0])?;
/// let model = Model::Lognormal(Lognormal::new(&Moments::of_year(&[0.07, 0.03], &covariance, 52)?)?);
/// let problem = Problem { targets: &[0.6, 0.4], covariance: &covariance, costs: &[0.002], fixed: 0.0, risk_aversion: 5.0 };
/// let experiment =
///     Experiment { paths: 8, periods_per_year: 52, years: 10, warm_up: 2, seed: 7, threads: NonZeroUsize::MIN };
/// let rules = [0.001, 0.03, 0.5].map(|points| Rule::banded(Band::absolute(points)));
/// let costs = rule_costs(&problem, &model, &experiment, &rules)?;
/// assert!(costs[1].excess == 0.0 && costs[0].trading > costs[1].trading && costs[2].drift > costs[1].drift);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BandsError`] where lists do not fit one another, numbers are out of range, or a rule cannot be run.
pub fn rule_costs(problem: &Problem<'_>, model: &Model, experiment: &Experiment, rules: &[Rule]) -> Result<Vec<RuleCost>, BandsError> {
    check(problem, model, experiment)?;
    let threads = experiment.threads.get().min(experiment.paths);
    let share = |first: usize| -> Result<Vec<Vec<Year>>, BandsError> {
        (first..experiment.paths).step_by(threads).map(|path| one_path(problem, model, experiment, rules, path)).collect()
    };
    let shares: Result<Vec<Vec<Vec<Year>>>, BandsError> = if threads == 1 {
        share(0).map(|only| vec![only])
    } else {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || share(first))).collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    };
    let shares = shares?;
    let paths: Vec<&[Year]> = (0..experiment.paths).map(|path| shares[path % threads][path / threads].as_slice()).collect();
    Ok(summarize(&paths, rules.len()))
}

fn check(problem: &Problem<'_>, model: &Model, experiment: &Experiment) -> Result<(), BandsError> {
    let expected = problem.targets.len();
    for (what, found) in [("the covariance", problem.covariance.size()), ("the model of returns", model.columns())] {
        if found != expected {
            return Err(BandsError::Length { what, found, expected });
        }
    }
    let gamma = problem.risk_aversion;
    if !(gamma.is_finite() && gamma > 0.0) {
        return Err(BandsError::Argument { what: "the risk aversion", value: gamma, limit: "above 0" });
    }
    let numbers = [
        ("the number of paths", experiment.paths, 2, "at least 2"),
        ("the number of years", experiment.years, 1, "at least 1"),
        ("the number of periods a year", experiment.periods_per_year, 1, "at least 1"),
    ];
    match numbers.into_iter().find(|(_, value, least, _)| value < least) {
        Some((what, value, _, limit)) => Err(BandsError::Argument { what, value: count(value), limit }),
        None => Ok(()),
    }
}

/// What a rule came to on one path, a year.
#[derive(Debug, Clone, Copy, Default)]
struct Year {
    trading: f64,
    drift: f64,
    rebalances: f64,
    turnover: f64,
}

fn one_path(problem: &Problem<'_>, model: &Model, experiment: &Experiment, rules: &[Rule], path: usize) -> Result<Vec<Year>, BandsError> {
    let periods = (experiment.warm_up + experiment.years) * experiment.periods_per_year;
    let growth = model.path(experiment.seed, path as u64, periods);
    let returns: Vec<f64> = growth.iter().flatten().map(|growth| growth - 1.0).collect();
    let study = Study {
        costs: Costs { proportional: problem.costs, fixed: problem.fixed, free_start: true, ..Costs::default() },
        ..Study::new(History::returns(&returns, problem.targets.len()), problem.targets)
    };
    let runs = sweep(&study, rules, Record::Weights, NonZeroUsize::MIN)?;
    let covariance = problem.covariance.matrix();
    Ok(runs.iter().map(|run| counted(run, problem, covariance.values(), experiment)).collect())
}

/// The years of a run that count.
fn counted(run: &Run, problem: &Problem<'_>, covariance: &[f64], experiment: &Experiment) -> Year {
    let first = experiment.warm_up * experiment.periods_per_year;
    let assets = problem.targets.len();
    let mut year = Year::default();
    for event in run.events.iter().filter(|event| event.row > first && event.cause != Cause::Start) {
        let after = run.values.get(event.row).copied().unwrap_or_default();
        year.trading += event.cost / (after + event.cost);
        year.rebalances += 1.0;
        year.turnover += event.turnover;
    }
    let mut away = vec![0.0; assets];
    let mut variance = 0.0;
    let rows = experiment.years * experiment.periods_per_year;
    for weights in run.weights.chunks_exact(assets).skip(first).take(rows) {
        for ((away, weight), target) in away.iter_mut().zip(weights).zip(problem.targets) {
            *away = weight - target;
        }
        variance += covariance.chunks_exact(assets).zip(&away).map(|(column, away_here)| away_here * dot(column, &away)).sum::<f64>();
    }
    let years = count(experiment.years);
    Year {
        trading: year.trading / years,
        drift: 0.5 * problem.risk_aversion * variance / count(rows),
        rebalances: year.rebalances / years,
        turnover: year.turnover / years,
    }
}

/// Means over paths, and how sure they are.
fn summarize(paths: &[&[Year]], rules: usize) -> Vec<RuleCost> {
    let number = count(paths.len());
    let mean = |of: &dyn Fn(&[Year]) -> f64| paths.iter().map(|path| of(path)).sum::<f64>() / number;
    let total = |path: &[Year], rule: usize| path[rule].trading + path[rule].drift;
    let error = |of: &dyn Fn(&[Year]) -> f64| {
        let center = mean(of);
        (mean(&|path| (of(path) - center).powi(2)) / (number - 1.0)).sqrt()
    };
    let totals: Vec<f64> = (0..rules).map(|rule| mean(&|path| total(path, rule))).collect();
    let best = (0..rules).reduce(|best, rule| if totals[rule] < totals[best] { rule } else { best }).unwrap_or_default();
    let cost = |rule: usize| RuleCost {
        trading: mean(&|path| path[rule].trading),
        drift: mean(&|path| path[rule].drift),
        standard_error: error(&|path| total(path, rule)),
        excess: totals[rule] - totals[best],
        excess_error: error(&|path| total(path, rule) - total(path, best)),
        rebalances: mean(&|path| path[rule].rebalances),
        turnover: mean(&|path| path[rule].turnover),
    };
    (0..rules).map(cost).collect()
}
