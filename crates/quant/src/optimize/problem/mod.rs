//! A portfolio problem as its user states it: an objective, a measure of risk, and named constraints.
//!
//! A [`Problem`] is lowered once to the standard form, solved by the method that fits, and every
//! result is certified; multipliers and contradictions come back under the constraints' labels.

use std::sync::Arc;

use crate::estimate::covariance::Covariance;
use crate::linear::matrix::Matrix;
use crate::optimize::program::Cost;

pub mod constraint;

mod lower;

mod outcome;

mod ratio;

mod scenarios;

mod choices;

mod solve;

mod broken;

mod feasible;

pub use crate::optimize::scenario::measures::ScenarioMeasure;
pub use broken::broken;
pub use constraint::{Benchmark, Constraint, Rule};
pub use feasible::is_feasible;
pub use lower::{LowerError, Lowered, Origin, lower};
pub use outcome::{Binding, Contradiction, Outcome, Proof, SolveError};
pub use solve::{solve, solve_all, solve_from};

/// What is wanted, of what is known, within what limits.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What is best.
    pub objective: Objective,
    /// What risk is.
    pub measure: Measure,
    /// What is known of the assets.
    pub moments: Moments,
    /// What holding other weights than now costs: n entries, or none. Subtracted from return.
    pub costs: Vec<Cost>,
    /// Sum of the weights: 1, or 0 for a market-neutral book.
    pub budget: f64,
    /// What must hold beside the budget. Without [`Rule::Weights`], weights are at least 0.
    pub constraints: Vec<Constraint>,
}

/// What is best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    /// Least risk (and costs).
    MinimumRisk,
    /// Greatest expected return after costs, under limits on risk.
    MaximumReturn,
    /// Greatest μᵀw − (γ/2) w'Σw for the variance, as much for that over a benchmark, μᵀw − γ ρ(w) for scenarios.
    MaximumUtility {
        /// γ, above 0.
        risk_aversion: f64,
    },
    /// Greatest (μᵀw − r) ÷ ρ(w), with the volatility for the variance and the tracking error for that over a
    /// benchmark, whose return r then is.
    MaximumRatio {
        /// r, a period.
        risk_free: f64,
    },
}

/// What risk is.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// Variance of returns, of which volatility is the root.
    Variance,
    /// Variance of returns over a benchmark.
    TrackingError(Benchmark),
    /// A measure of the scenarios.
    Scenario(ScenarioMeasure),
}

/// What is known of n assets, in one period's units.
#[derive(Debug, Clone, Default)]
pub struct Moments {
    /// μ: n entries, or none where the objective needs none.
    pub expected: Vec<f64>,
    /// Σ, n × n.
    pub covariance: Option<Arc<Covariance>>,
    /// Returns, scenarios × n.
    pub scenarios: Option<Arc<Matrix>>,
}

impl Moments {
    /// Number of assets that all given moments are of; `None` where they differ or none is given.
    ///
    /// ```
    /// use evenkeel_quant::optimize::problem::Moments;
    /// assert_eq!(Moments { expected: vec![0.01, 0.02], ..Moments::default() }.size(), Some(2));
    /// ```
    pub fn size(&self) -> Option<usize> {
        let expected = (!self.expected.is_empty()).then_some(self.expected.len());
        let covariance = self.covariance.as_ref().map(|covariance| covariance.size());
        let scenarios = self.scenarios.as_ref().map(|scenarios| scenarios.columns());
        let mut sizes = [expected, covariance, scenarios].into_iter().flatten();
        let first = sizes.next()?;
        sizes.all(|size| size == first).then_some(first)
    }
}
