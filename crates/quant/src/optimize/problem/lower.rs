//! From a problem to the standard form, remembering which constraint each limit came from.

use std::sync::Arc;

use crate::estimate::covariance::Covariance;
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};
use crate::linear::vector::{dot, sum};
use crate::optimize::limit::Limit;
use crate::optimize::program::{Program, Region, RiskLimit, Rows, Spread};

use super::{Benchmark, Constraint, Measure, Objective, Problem, Rule, ScenarioMeasure};

/// Eigenvalues below this fraction of the largest count as zero where a benchmark is projected.
const RANK_TOLERANCE: f64 = 1e-12;

/// A problem in standard form.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The program: for scenario measures its region alone is of the problem.
    pub program: Program,
    /// Where each limit came from.
    pub origin: Origin,
    /// Limits on scenario measures, with the constraint each came from.
    pub scenario_limits: Vec<(ScenarioMeasure, f64, usize)>,
    /// Most assets held, with its constraint.
    pub most_assets: Option<(usize, usize)>,
    /// Least weight of an asset that is held, with its constraint.
    pub least_position: Option<(f64, usize)>,
    /// Whether every limit on a measure of scenarios is kept by cuts, also the one that some method would hold.
    pub by_cuts: bool,
    /// What trades must be: weights held, the least change, and what a change costs.
    pub trades: Vec<(Vec<f64>, f64, f64)>,
    /// Variance of a benchmark that no weights of the assets follow.
    pub residual_variance: f64,
}

impl Lowered {
    /// Whether weights must choose.
    pub fn has_choices(&self) -> bool {
        self.most_assets.is_some() || self.least_position.is_some() || !self.trades.is_empty()
    }

    /// Adds a row that came from a constraint: gradient ᵀ w ≤ most.
    pub(super) fn cut(&mut self, gradient: &[f64], most: f64, constraint: usize) {
        let rows = &mut self.program.region.rows;
        let (count, assets) = (rows.lower.len(), gradient.len());
        rows.matrix =
            Matrix::from_fn(count + 1, assets, |row, asset| if row < count { rows.matrix.get(row, asset) } else { gradient[asset] });
        rows.lower.push(f64::NEG_INFINITY);
        rows.upper.push(most);
        self.origin.rows.push(Some(constraint));
    }
}

/// Which constraint of the problem each limit of the program came from; `None` for the budget and
/// for weights being at least 0 where no constraint says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Of the least weights, n.
    pub lower: Vec<Option<usize>>,
    /// Of the greatest weights, n.
    pub upper: Vec<Option<usize>>,
    /// Of the rows.
    pub rows: Vec<Option<usize>>,
    /// Of the spreads.
    pub spreads: Vec<usize>,
    /// Of the risk limits.
    pub risks: Vec<usize>,
}

impl Origin {
    /// The constraint that a limit came from.
    pub fn of(&self, limit: Limit) -> Option<usize> {
        match limit {
            Limit::RowLower(row) | Limit::RowUpper(row) => self.rows.get(row).copied().flatten(),
            Limit::Spread(spread) => self.spreads.get(spread).copied(),
            Limit::Risk(risk) => self.risks.get(risk).copied(),
            Limit::Lower(asset) => self.lower.get(asset).copied().flatten(),
            Limit::Upper(asset) => self.upper.get(asset).copied().flatten(),
        }
    }
}

/// A problem that says too little or contradicts itself in its shapes.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LowerError {
    /// Moments of no asset, or of different numbers of assets.
    #[error("the expected returns, the covariance and the scenarios must be of the same assets, at least one")]
    Moments,
    /// Entries of a constraint or of the costs that are not one an asset.
    #[error("{label} has {found} entries for {assets} assets")]
    Entries {
        /// The constraint's label, or what it is.
        label: String,
        /// Entries given.
        found: usize,
        /// Number of assets.
        assets: usize,
    },
    /// Something that needs a moment that is not given.
    #[error("{what} needs {moment}, which is not given")]
    Missing {
        /// What needs it.
        what: String,
        /// The moment.
        moment: &'static str,
    },
    /// A limit that is not a number, or below what it may be.
    #[error("{label} is {value}; it must be {range}")]
    Value {
        /// The constraint's label, or what it is.
        label: String,
        /// The value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
}

/// Lowers a problem to the standard form.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::problem::{Constraint, Measure, Moments, Objective, Problem, Rule, lower};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let problem = Problem {
///     objective: Objective::MinimumRisk,
///     measure: Measure::Variance,
///     moments: Moments { covariance: Some(covariance.into()), ..Moments::default() },
///     costs: Vec::new(),
///     budget: 1.0,
///     constraints: vec![Constraint { label: "bonds".into(), rule: Rule::Weights { at_least: vec![0.0; 2], at_most: vec![1.0, 0.7] } }],
/// };
/// let lowered = lower(&problem)?;
/// assert_eq!(lowered.program.region.upper, [1.0, 0.7]);
/// assert_eq!(lowered.origin.upper, [Some(0), Some(0)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LowerError`], for the first thing that is wrong.
pub fn lower(problem: &Problem) -> Result<Lowered, LowerError> {
    let assets = problem.moments.size().filter(|size| *size > 0).ok_or(LowerError::Moments)?;
    check_values(problem, assets)?;
    let mut lowering = Lowering::new(problem, assets);
    for (index, constraint) in problem.constraints.iter().enumerate() {
        lowering.add(index, constraint)?;
    }
    lowering.finish()
}

/// A program in the making.
struct Lowering<'a> {
    problem: &'a Problem,
    assets: usize,
    region: Region,
    /// Rows as they come: coefficients, least and greatest value.
    rows: Vec<(Vec<f64>, f64, f64)>,
    origin: Origin,
    scenario_limits: Vec<(ScenarioMeasure, f64, usize)>,
    most_assets: Option<(usize, usize)>,
    least_position: Option<(f64, usize)>,
    trades: Vec<(Vec<f64>, f64, f64)>,
}

impl<'a> Lowering<'a> {
    fn new(problem: &'a Problem, assets: usize) -> Self {
        let says_weights = problem.constraints.iter().any(|constraint| matches!(constraint.rule, Rule::Weights { .. }));
        let least = if says_weights { f64::NEG_INFINITY } else { 0.0 };
        let mut region = Region::long_only(assets);
        region.lower = vec![least; assets];
        let origin = Origin { lower: vec![None; assets], upper: vec![None; assets], rows: vec![None], ..Origin::default() };
        let rows = vec![(vec![1.0; assets], problem.budget, problem.budget)];
        let (scenario_limits, trades) = (Vec::new(), Vec::new());
        Self { problem, assets, region, rows, origin, scenario_limits, most_assets: None, least_position: None, trades }
    }

    fn add(&mut self, index: usize, constraint: &Constraint) -> Result<(), LowerError> {
        match &constraint.rule {
            Rule::Weights { at_least, at_most } => self.bound(index, at_least.iter().copied(), at_most.iter().copied()),
            Rule::Change { held, at_most } => {
                self.bound(index, held.iter().map(|held| held - at_most), held.iter().map(|held| held + at_most));
            }
            Rule::Linear { coefficients, at_least, at_most } => self.row(index, coefficients.clone(), *at_least, *at_most),
            Rule::Return { at_least } => self.row(index, self.problem.moments.expected.clone(), *at_least, f64::INFINITY),
            Rule::Turnover { held, at_most } => self.spread(index, held.clone(), 1.0, *at_most),
            Rule::Leverage { at_most } => self.spread(index, vec![0.0; self.assets], 1.0, *at_most),
            Rule::Short { at_most } => self.spread(index, vec![0.0; self.assets], 0.0, *at_most),
            Rule::Volatility { at_most } => {
                let covariance = self.covariance(&constraint.label)?;
                self.risk(index, RiskLimit { covariance, center: vec![0.0; self.assets], volatility: *at_most });
            }
            Rule::TrackingError { benchmark, at_most } => {
                let covariance = self.covariance(&constraint.label)?;
                let (center, residual) = self.center(&constraint.label, &covariance, benchmark)?;
                let rest = at_most * at_most - residual;
                if rest < 0.0 {
                    let range = "at least the volatility of what the assets leave of the benchmark";
                    return Err(LowerError::Value { label: constraint.label.clone(), value: *at_most, range });
                }
                self.risk(index, RiskLimit { covariance, center, volatility: rest.sqrt() });
            }
            Rule::Risk { measure, at_most } => self.scenario_limits.push((*measure, *at_most, index)),
            Rule::Assets { at_most } if self.most_assets.is_none_or(|(most, _)| *at_most < most) => {
                self.most_assets = Some((*at_most, index));
            }
            Rule::Position { at_least } if self.least_position.is_none_or(|(least, _)| *at_least > least) => {
                self.least_position = Some((*at_least, index));
            }
            Rule::Assets { .. } | Rule::Position { .. } => {}
            Rule::Trade { held, at_least, cost } => self.trades.push((held.clone(), *at_least, *cost)),
        }
        Ok(())
    }

    /// Tightens the bounds; the tightest constraint is the one that is named.
    fn bound(&mut self, index: usize, at_least: impl Iterator<Item = f64>, at_most: impl Iterator<Item = f64>) {
        for (asset, (least, most)) in at_least.zip(at_most).enumerate() {
            if least > self.region.lower[asset] {
                self.region.lower[asset] = least;
                self.origin.lower[asset] = Some(index);
            }
            if most < self.region.upper[asset] {
                self.region.upper[asset] = most;
                self.origin.upper[asset] = Some(index);
            }
        }
    }

    fn row(&mut self, index: usize, coefficients: Vec<f64>, at_least: f64, at_most: f64) {
        self.rows.push((coefficients, at_least, at_most));
        self.origin.rows.push(Some(index));
    }

    fn spread(&mut self, index: usize, origin: Vec<f64>, above: f64, limit: f64) {
        self.region.spreads.push(Spread { origin, above: vec![above; self.assets], below: vec![1.0; self.assets], limit });
        self.origin.spreads.push(index);
    }

    fn risk(&mut self, index: usize, limit: RiskLimit) {
        self.region.risks.push(limit);
        self.origin.risks.push(index);
    }

    fn covariance(&self, label: &str) -> Result<Arc<Covariance>, LowerError> {
        let missing = || LowerError::Missing { what: label.to_owned(), moment: "a covariance" };
        self.problem.moments.covariance.clone().ok_or_else(missing)
    }

    /// The weights of the assets that follow a benchmark best, and the variance that they leave.
    fn center(&self, label: &str, covariance: &Covariance, benchmark: &Benchmark) -> Result<(Vec<f64>, f64), LowerError> {
        let returns = match benchmark {
            Benchmark::Weights(weights) => return Ok((weights.clone(), 0.0)),
            Benchmark::Returns(returns) => returns,
        };
        let missing = || LowerError::Missing { what: label.to_owned(), moment: "the assets' returns in the same scenarios" };
        let scenarios =
            self.problem.moments.scenarios.as_ref().filter(|scenarios| scenarios.rows() == returns.len()).ok_or_else(missing)?;
        Ok(follow(covariance, scenarios, returns))
    }

    fn finish(mut self) -> Result<Lowered, LowerError> {
        let (lower, upper): (Vec<f64>, Vec<f64>) = self.rows.iter().map(|(_, least, most)| (*least, *most)).unzip();
        let matrix = Matrix::from_fn(self.rows.len(), self.assets, |row, asset| self.rows[row].0[asset]);
        self.region.rows = Rows { matrix, lower, upper };
        let (quadratic, center, residual_variance) = match &self.problem.measure {
            Measure::Variance => (Some(self.covariance("the variance")?), vec![0.0; self.assets], 0.0),
            Measure::TrackingError(benchmark) => {
                let covariance = self.covariance("the tracking error")?;
                let (center, residual) = self.center("the tracking error", &covariance, benchmark)?;
                (Some(covariance), center, residual)
            }
            Measure::Scenario(_) => (None, vec![0.0; self.assets], 0.0),
        };
        let gain = |scale: f64| self.problem.moments.expected.iter().map(|mean| -scale * mean).collect::<Vec<f64>>();
        let (scale, linear, quadratic) = match self.problem.objective {
            Objective::MinimumRisk => (1.0, vec![0.0; self.assets], quadratic),
            Objective::MaximumReturn => (1.0, gain(1.0), None),
            Objective::MaximumUtility { risk_aversion } => (risk_aversion, gain(1.0), quadratic),
            Objective::MaximumRatio { .. } => (1.0, gain(1.0), quadratic),
        };
        let program = Program { quadratic, scale, center, linear, costs: self.problem.costs.clone(), region: self.region };
        Ok(Lowered {
            program,
            origin: self.origin,
            scenario_limits: self.scenario_limits,
            most_assets: self.most_assets,
            least_position: self.least_position,
            by_cuts: false,
            trades: self.trades,
            residual_variance,
        })
    }
}

/// Weights b with Σ b = cov(assets, benchmark), the shortest where there are many, and the variance of
/// the benchmark that they leave.
fn follow(covariance: &Covariance, scenarios: &Matrix, returns: &[f64]) -> (Vec<f64>, f64) {
    #[expect(clippy::cast_precision_loss, reason = "counts of scenarios are far below 2^53")]
    let count = returns.len() as f64;
    let degrees = (count - 1.0).max(1.0);
    let mean = sum(returns) / count;
    let deviations: Vec<f64> = returns.iter().map(|value| value - mean).collect();
    let together: Vec<f64> = transposed_times(scenarios, &deviations).iter().map(|product| product / degrees).collect();
    let own = dot(&deviations, &deviations) / degrees;
    let Ok(eigen) = Eigen::of(&covariance.matrix()) else { return (vec![0.0; together.len()], own) };
    let least = eigen.values.last().copied().unwrap_or(0.0) * RANK_TOLERANCE;
    let mut along = transposed_times(&eigen.vectors, &together);
    for (entry, value) in along.iter_mut().zip(&eigen.values) {
        *entry = if *value > least { *entry / value } else { 0.0 };
    }
    let weights = times(&eigen.vectors, &along);
    let residual = (own - dot(&weights, &together)).max(0.0);
    (weights, residual)
}

/// Checks shapes and ranges, so that nothing after need do so.
fn check_values(problem: &Problem, assets: usize) -> Result<(), LowerError> {
    let needs_means = !matches!(problem.objective, Objective::MinimumRisk);
    if needs_means && problem.moments.expected.is_empty() {
        return Err(LowerError::Missing { what: "this objective".to_owned(), moment: "expected returns" });
    }
    if matches!(problem.measure, Measure::Scenario(_)) && problem.moments.scenarios.is_none() {
        return Err(LowerError::Missing { what: "this measure".to_owned(), moment: "scenarios of returns" });
    }
    if let Measure::TrackingError(Benchmark::Weights(weights)) = &problem.measure {
        entries("the benchmark", weights.len(), assets)?;
    }
    if !problem.costs.is_empty() {
        entries("the costs", problem.costs.len(), assets)?;
    }
    match problem.objective {
        Objective::MaximumUtility { risk_aversion } => within("the risk aversion", risk_aversion, risk_aversion > 0.0, "above 0")?,
        Objective::MaximumRatio { risk_free } => within("the risk-free rate", risk_free, true, "a finite number")?,
        Objective::MinimumRisk | Objective::MaximumReturn => {}
    }
    within("the budget", problem.budget, true, "a finite number")?;
    problem.constraints.iter().try_for_each(|constraint| check_rule(problem, constraint, assets))
}

fn check_rule(problem: &Problem, Constraint { label, rule }: &Constraint, assets: usize) -> Result<(), LowerError> {
    let limit = |value: f64| within(label, value, value >= 0.0, "a finite number of at least 0");
    match rule {
        Rule::Weights { at_least, at_most } => {
            entries(label, at_least.len(), assets)?;
            entries(label, at_most.len(), assets)?;
            at_least.iter().chain(at_most).try_for_each(|value| side(label, *value))
        }
        Rule::Linear { coefficients, at_least, at_most } => {
            entries(label, coefficients.len(), assets)?;
            coefficients.iter().try_for_each(|value| within(label, *value, true, "a finite number"))?;
            side(label, *at_least)?;
            side(label, *at_most)
        }
        Rule::Turnover { held, at_most } | Rule::Change { held, at_most } => {
            entries(label, held.len(), assets)?;
            held.iter().try_for_each(|value| within(label, *value, true, "a finite number"))?;
            limit(*at_most)
        }
        Rule::Return { .. } if problem.moments.expected.is_empty() => {
            Err(LowerError::Missing { what: label.clone(), moment: "expected returns" })
        }
        Rule::Return { at_least } => within(label, *at_least, true, "a finite number"),
        Rule::TrackingError { benchmark, at_most } => {
            if let Benchmark::Weights(weights) = benchmark {
                entries(label, weights.len(), assets)?;
            }
            limit(*at_most)
        }
        Rule::Risk { at_most, .. } if problem.moments.scenarios.is_some() => within(label, *at_most, true, "a finite number"),
        Rule::Risk { .. } => Err(LowerError::Missing { what: label.clone(), moment: "scenarios of returns" }),
        Rule::Leverage { at_most } | Rule::Short { at_most } | Rule::Volatility { at_most } => limit(*at_most),
        Rule::Trade { held, at_least, cost } => {
            entries(label, held.len(), assets)?;
            held.iter().try_for_each(|value| within(label, *value, true, "a finite number"))?;
            limit(*at_least)?;
            limit(*cost)
        }
        Rule::Position { at_least } => limit(*at_least),
        Rule::Assets { at_most } => {
            if *at_most > 0 {
                Ok(())
            } else {
                Err(LowerError::Value { label: label.clone(), value: 0.0, range: "at least 1" })
            }
        }
    }
}

fn entries(label: &str, found: usize, assets: usize) -> Result<(), LowerError> {
    if found == assets { Ok(()) } else { Err(LowerError::Entries { label: label.to_owned(), found, assets }) }
}

fn within(label: &str, value: f64, sound: bool, range: &'static str) -> Result<(), LowerError> {
    if sound && value.is_finite() { Ok(()) } else { Err(LowerError::Value { label: label.to_owned(), value, range }) }
}

/// A side of a range may be open, and must be a number.
fn side(label: &str, value: f64) -> Result<(), LowerError> {
    if value.is_nan() { Err(LowerError::Value { label: label.to_owned(), value, range: "a number" }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;
    use crate::optimize::problem::Moments;

    fn problem(constraints: Vec<(&str, Rule)>) -> Problem {
        let covariance = Covariance::from_volatilities(&[0.2, 0.1, 0.05], &[1.0, 0.2, 0.0, 0.2, 1.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
        Problem {
            objective: Objective::MinimumRisk,
            measure: Measure::Variance,
            moments: Moments { covariance: Some(covariance.into()), ..Moments::default() },
            costs: Vec::new(),
            budget: 1.0,
            constraints: constraints.into_iter().map(|(label, rule)| Constraint { label: label.to_owned(), rule }).collect(),
        }
    }

    #[test]
    fn the_tightest_bound_is_the_one_that_is_named() {
        let held = vec![0.5, 0.3, 0.2];
        let wide = Rule::Weights { at_least: vec![0.0; 3], at_most: vec![0.6; 3] };
        let lowered = lower(&problem(vec![("wide", wide), ("near", Rule::Change { held, at_most: 0.25 })])).unwrap();
        assert_eq!(lowered.program.region.lower, [0.25, 0.3 - 0.25, 0.0]);
        assert_eq!(lowered.program.region.upper, [0.6, 0.3 + 0.25, 0.2 + 0.25]);
        assert_eq!(lowered.origin.lower, [Some(1), Some(1), Some(0)]);
        assert_eq!(lowered.origin.upper, [Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn a_benchmark_made_of_the_assets_is_followed_exactly() {
        let scenarios = Matrix::from_rows(4, 2, &[0.01, -0.02, 0.03, 0.0, -0.01, 0.02, 0.02, 0.01]).unwrap();
        let returns = times(&scenarios, &[0.25, 0.75]);
        let mean = |column: &[f64]| sum(column) / 4.0;
        let centered = Matrix::from_fn(4, 2, |row, column| scenarios.get(row, column) - mean(scenarios.column(column)));
        let covariance = Matrix::from_fn(2, 2, |i, j| dot(centered.column(i), centered.column(j)) / 3.0);
        let (weights, residual) = follow(&Covariance::from_matrix(covariance).unwrap(), &scenarios, &returns);
        assert!((weights[0] - 0.25).abs() < 1e-12 && (weights[1] - 0.75).abs() < 1e-12);
        assert!(residual < 1e-18);
    }

    #[test]
    fn what_is_missing_or_misshapen_is_named() {
        let short = Rule::Turnover { held: vec![1.0], at_most: 0.1 };
        assert_eq!(
            lower(&problem(vec![("turnover", short)])).unwrap_err(),
            LowerError::Entries { label: "turnover".into(), found: 1, assets: 3 }
        );
        let needs_means = lower(&problem(vec![("income", Rule::Return { at_least: 0.01 })])).unwrap_err();
        assert_eq!(needs_means, LowerError::Missing { what: "income".into(), moment: "expected returns" });
        let nan = lower(&problem(vec![("risk", Rule::Volatility { at_most: f64::NAN })])).unwrap_err();
        assert!(matches!(nan, LowerError::Value { label, .. } if label == "risk"));
        let nothing = Problem { moments: Moments::default(), ..problem(Vec::new()) };
        assert_eq!(lower(&nothing).unwrap_err(), LowerError::Moments);
    }
}
