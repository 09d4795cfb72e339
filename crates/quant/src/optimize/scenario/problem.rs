//! The problem, its answer and its errors.

use super::lowered::Lowered;
use super::measure::Measure;
use super::objective::{Search, Settled};
use crate::linear::matrix::Matrix;
use crate::linear::product::times;
use crate::linear::vector::{count, dot, largest_magnitude, sum};
use crate::optimize::check::{ProgramError, check_cost};
use crate::optimize::program::{Cost, Region};
use crate::optimize::solution::{Multipliers, Status, Work};

/// A gap above this leaves an optimum unproven.
const PROVEN: f64 = 1e-7;

/// A mean this small, as a part of the size of returns, is rounding.
const ROUNDING: f64 = 1e-8;

/// What is sought.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// The least risk.
    MinimumRisk,
    /// The greatest expected return with a risk of at most so much.
    MaximumReturn {
        /// μ, n.
        means: Vec<f64>,
        /// r, in the unit of the measure.
        risk: f64,
    },
    /// The greatest μᵀw − λ ρ(X w).
    MaximumUtility {
        /// μ, n.
        means: Vec<f64>,
        /// λ, at least 0.
        aversion: f64,
    },
    /// The greatest (μᵀw − h) / ρ(X w).
    MaximumRatio {
        /// μ, n.
        means: Vec<f64>,
        /// h: the return to exceed.
        threshold: f64,
    },
}

/// A portfolio problem over scenarios.
///
/// ```
/// use evenkeel_quant::linear::matrix::Matrix;
/// use evenkeel_quant::optimize::program::Region;
/// use evenkeel_quant::optimize::scenario::{Objective, ScenarioProgram, measures::worst_realization::WorstRealization};
/// // The second asset gains when the first loses.
/// let returns = Matrix::from_rows(2, 2, &[-0.02, 0.01, 0.04, -0.02])?;
/// let region = Region::long_only(2);
/// let program = ScenarioProgram::new(&returns, &WorstRealization, &region);
/// let optimum = program.solve(&Objective::MinimumRisk)?;
/// assert!((optimum.weights[0] - 1.0 / 3.0).abs() < 1e-12 && optimum.risk.abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ScenarioProgram<'a> {
    /// X, T × n.
    pub returns: &'a Matrix,
    /// ρ.
    pub measure: &'a dyn Measure,
    /// Where w may lie; limits on covariance risk are not for scenarios.
    pub region: &'a Region,
    /// φ, what holding other weights than now costs, in pieces of lines: n entries, or none. It is subtracted
    /// from the return, and added to the least risk.
    pub costs: &'a [Cost],
    /// The most steps that a search may take.
    pub steps: usize,
}

/// An answer and its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// How the search ended. [`Status::Infeasible`] under a limit on risk comes with the portfolio of
    /// least risk, and otherwise with the multipliers that contradict each other.
    pub status: Status,
    /// w, n.
    pub weights: Vec<f64>,
    /// ρ(X w).
    pub risk: f64,
    /// μᵀw, before costs; 0 where no means are given.
    pub expected_return: f64,
    /// What was sought, after costs: the risk, the return, the utility or the ratio.
    pub objective: f64,
    /// What no portfolio of the region can pass: a least risk, or a greatest return, utility or ratio.
    pub bound: f64,
    /// What a unit of risk is worth: λ of the utility, the marginal return of the risk limit, the
    /// ratio, or 1.
    pub risk_price: f64,
    /// q, T: what a unit of return less in each scenario adds to the risk.
    pub slopes: Vec<f64>,
    /// Multipliers of the region for the least of −μᵀw + λ ρ(X w); the signs are those of
    /// [`crate::optimize::program`].
    pub multipliers: Multipliers,
    /// What is left between objective and bound, relative to what they are made of: the return, the
    /// priced risk and the priced mean size of the portfolio's returns.
    pub gap: f64,
    /// What it took.
    pub work: Work,
}

/// Why a problem has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// No scenario or no asset.
    #[error("there are {scenarios} scenarios of {assets} assets; at least one of each is needed")]
    Empty {
        /// T.
        scenarios: usize,
        /// n.
        assets: usize,
    },
    /// A return that is not a number.
    #[error("the return of asset {asset} in scenario {scenario} is {value}; fill or leave out what is missing")]
    Return {
        /// Row.
        scenario: usize,
        /// Column.
        asset: usize,
        /// What stands there.
        value: f64,
    },
    /// Lengths that do not fit.
    #[error("{what} has {found} entries for {assets} assets")]
    Length {
        /// What.
        what: &'static str,
        /// Its length.
        found: usize,
        /// n.
        assets: usize,
    },
    /// A number that is out of range.
    #[error("{what} is {value}; it must be {rule}")]
    Number {
        /// What.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// A measure with a parameter out of range.
    #[error("{measure}: {fault}")]
    Measure {
        /// Its name.
        measure: &'static str,
        /// What is wrong.
        fault: String,
    },
    /// A region that is none.
    #[error(transparent)]
    Region(#[from] ProgramError),
    /// Limits on covariance risk in the region.
    #[error("the region has {limits} limits on covariance risk, which a scenario program cannot hold; limit its own measure")]
    CovarianceLimits {
        /// How many.
        limits: usize,
    },
    /// Every portfolio tried loses all in some scenario.
    #[error("{measure} is infinite for every portfolio of the region: each loses all in some scenario; give returns as fractions")]
    Ruin {
        /// The measure.
        measure: &'static str,
    },
    /// No portfolio has an expected return above the threshold, so that no ratio is positive.
    #[error("no portfolio is expected to return more than {threshold}: the best expects {best}; minimize the risk instead")]
    NoExcessReturn {
        /// The greatest expected return.
        best: f64,
        /// h.
        threshold: f64,
    },
    /// A portfolio with an excess return and no risk, so that the ratio has no greatest value.
    #[error("a portfolio with an excess return of {excess} has a risk of {risk}: the ratio has no greatest value")]
    NoRisk {
        /// Its excess return.
        excess: f64,
        /// Its risk, at most 0.
        risk: f64,
    },
}

impl<'a> ScenarioProgram<'a> {
    /// A problem with a work budget that grows with its size.
    pub fn new(returns: &'a Matrix, measure: &'a dyn Measure, region: &'a Region) -> Self {
        Self { returns, measure, region, costs: &[], steps: 20_000 + 20 * (returns.rows() + returns.columns()) }
    }

    /// Finds the optimum for an objective.
    ///
    /// # Errors
    /// [`ScenarioError`]: numbers that are none or do not fit, and ratios without a greatest value.
    /// A region without a point and an objective without end are a [`Status`], not an error.
    pub fn solve(&self, objective: &Objective) -> Result<Optimum, ScenarioError> {
        self.check(objective)?;
        let (scaled, unit) = self.scaled_returns();
        let lowered = Lowered::new(self.region, self.costs);
        let mut search = Search::new(&scaled, unit, self, &lowered);
        let settled = search.run(objective)?;
        Ok(self.finish(objective, settled, unit, &search))
    }

    /// Returns in a unit near their size, centered if the measure is; and the unit, a power of two.
    fn scaled_returns(&self) -> (Matrix, f64) {
        let mut scaled = self.returns.clone();
        if self.measure.is_centered() {
            for asset in 0..scaled.columns() {
                let column = scaled.column_mut(asset);
                let mean = sum(column) / count(column.len());
                for value in column {
                    *value -= mean;
                }
            }
        }
        let unit = if self.measure.is_homogeneous() { power_of_two(largest_magnitude(self.returns.values())) } else { 1.0 };
        for value in scaled.values_mut() {
            *value /= unit;
        }
        (scaled, unit)
    }

    fn finish(&self, objective: &Objective, settled: Settled, unit: f64, search: &Search<'_>) -> Optimum {
        let Settled { status, point, price, value_bound, multipliers } = settled;
        let series = times(self.returns, &point.weights);
        let risk = self.measure.value(&series);
        let (means, price) = match objective {
            Objective::MinimumRisk => (None, 1.0),
            Objective::MaximumReturn { means, .. } | Objective::MaximumUtility { means, .. } | Objective::MaximumRatio { means, .. } => {
                (Some(means), price / unit)
            }
        };
        let expected_return = means.map_or(0.0, |means| dot(means, &point.weights));
        let costs: f64 = self.costs.iter().zip(&point.weights).map(|(cost, weight)| cost.value(*weight)).sum();
        let net = expected_return - costs;
        // `value_bound` is a bound from below on −μᵀw + φ(w) + λ ρ.
        let (objective, bound) = match objective {
            Objective::MinimumRisk => (risk + costs, value_bound),
            Objective::MaximumReturn { risk: most, .. } => (net, price * most - value_bound),
            Objective::MaximumUtility { .. } => (net - price * risk, -value_bound),
            Objective::MaximumRatio { threshold, .. } => {
                let ratio = (net - threshold) / risk;
                (ratio, price + (-value_bound - threshold).max(0.0) / risk)
            }
        };
        let (iterations, factorizations) = search.work();
        let work = Work { iterations, factorizations };
        let mut slopes = point.slopes;
        if self.measure.is_centered() {
            // The search had centered returns; of the returns themselves, the mean moves with each.
            let mean = sum(&slopes) / count(slopes.len());
            for slope in &mut slopes {
                *slope -= mean;
            }
        }
        let size = series.iter().map(|value| value.abs()).sum::<f64>() / count(series.len());
        // Means far below the size of returns are what rounding leaves of them.
        let terms = largest_magnitude(&[objective, bound, risk * price, size * price, expected_return, ROUNDING * size]);
        let gap = if terms > 0.0 { (objective - bound).abs() / terms } else { 0.0 };
        // A search that stopped short has no proof.
        let status = if status == Status::Optimal && (gap.is_nan() || gap > PROVEN) { Status::Stalled } else { status };
        let (weights, risk_price) = (point.weights, price);
        Optimum { status, weights, risk, expected_return, objective, bound, risk_price, slopes, multipliers, gap, work }
    }

    fn check(&self, objective: &Objective) -> Result<(), ScenarioError> {
        let (scenarios, assets) = (self.returns.rows(), self.returns.columns());
        if scenarios == 0 || assets == 0 {
            return Err(ScenarioError::Empty { scenarios, assets });
        }
        if let Some(at) = self.returns.values().iter().position(|value| !value.is_finite()) {
            let value = self.returns.values()[at];
            return Err(ScenarioError::Return { scenario: at % scenarios, asset: at / scenarios, value });
        }
        if let Some(fault) = self.measure.fault() {
            return Err(ScenarioError::Measure { measure: self.measure.name(), fault });
        }
        self.check_region(assets)?;
        self.check_costs(assets)?;
        check_objective(objective, assets)
    }

    fn check_costs(&self, assets: usize) -> Result<(), ScenarioError> {
        if !self.costs.is_empty() {
            check_length("the costs", self.costs.len(), assets)?;
        }
        let rule = "0 with a measure of scenarios, which takes costs in pieces of lines";
        let bent = self.costs.iter().flat_map(|cost| [&cost.quadratic, &cost.power]);
        check_each("the quadratic or 3/2-power part of a cost", bent, rule, |value| value == 0.0)?;
        Ok(self.costs.iter().enumerate().try_for_each(|(index, cost)| check_cost(index, cost))?)
    }

    fn check_region(&self, assets: usize) -> Result<(), ScenarioError> {
        let region = self.region;
        if !region.risks.is_empty() {
            return Err(ScenarioError::CovarianceLimits { limits: region.risks.len() });
        }
        Ok(region.check(assets)?)
    }
}

fn check_objective(objective: &Objective, assets: usize) -> Result<(), ScenarioError> {
    match objective {
        Objective::MinimumRisk => Ok(()),
        Objective::MaximumReturn { means, risk } => {
            check_means(means, assets)?;
            check_each("the limit on risk", [risk], "finite", f64::is_finite)
        }
        Objective::MaximumUtility { means, aversion } => {
            check_means(means, assets)?;
            check_each("the aversion to risk", [aversion], "finite and at least 0", |value| value.is_finite() && value >= 0.0)
        }
        Objective::MaximumRatio { means, threshold } => {
            check_means(means, assets)?;
            check_each("the return to exceed", [threshold], "finite", f64::is_finite)
        }
    }
}

fn check_means(means: &[f64], assets: usize) -> Result<(), ScenarioError> {
    check_length("the expected returns", means.len(), assets)?;
    check_each("an expected return", means, "finite", f64::is_finite)
}

fn check_length(what: &'static str, found: usize, assets: usize) -> Result<(), ScenarioError> {
    if found == assets { Ok(()) } else { Err(ScenarioError::Length { what, found, assets }) }
}

fn check_each<'v>(
    what: &'static str,
    values: impl IntoIterator<Item = &'v f64>,
    rule: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<(), ScenarioError> {
    match values.into_iter().find(|value| !holds(**value)) {
        Some(&value) => Err(ScenarioError::Number { what, value, rule }),
        None => Ok(()),
    }
}

/// The power of two next below a size; 1 for 0. Dividing by it loses no digit.
pub(super) fn power_of_two(size: f64) -> f64 {
    if size > 0.0 && size.is_finite() { size.log2().floor().exp2() } else { 1.0 }
}
