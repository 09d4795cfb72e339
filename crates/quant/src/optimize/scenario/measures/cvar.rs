//! Conditional value at risk: the mean loss in the worst (1 − β) of scenarios.
//!
//! CVaR(y) = minₐ a + Σₜ (−yₜ − a)⁺ / ((1 − β) T)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` | T | a period, fractions |
//! | β | `confidence` | 1 | at least 0, below 1 |
//! | CVaR | result | 1 | a period; a loss is positive |
//!
//! Where (1 − β) T is not whole, the scenario at the boundary counts by its fraction; where it is
//! below 1, the worst scenario alone counts. (R. T. Rockafellar, S. Uryasev, "Optimization of
//! conditional value-at-risk", Journal of Risk 2, 2000, equation 9.)

use super::super::measure::{Measure, PricedLosses};
use super::series::{confidence_fault, weighted_loss, worst_first};
use crate::linear::vector::count;

/// What rounding leaves of a whole number of scenarios.
const ROUNDING: f64 = 1e-13;

/// The mean loss in the worst (1 − β) of scenarios.
///
/// ```
/// use evenkeel_quant::optimize::scenario::{measure::Measure, measures::cvar::Cvar};
/// // The worst scenario and half of the next.
/// let cvar = Cvar { confidence: 0.625 };
/// assert!((cvar.value(&[0.01, -0.03, 0.02, -0.015]) - (0.03 + 0.5 * 0.015) / 1.5).abs() < 1e-16);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cvar {
    /// β, at least 0 and below 1.
    pub confidence: f64,
}

impl Cvar {
    /// The greatest weight of a scenario: 1 / ((1 − β) T), at most 1.
    fn greatest(self, scenarios: usize) -> f64 {
        (1.0 / ((1.0 - self.confidence) * count(scenarios))).min(1.0)
    }
}

impl Measure for Cvar {
    fn name(&self) -> &'static str {
        "CVaR"
    }

    fn value(&self, returns: &[f64]) -> f64 {
        weighted_loss(&self.slopes(returns), returns)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and T")]
    fn slopes(&self, returns: &[f64]) -> Vec<f64> {
        let greatest = self.greatest(returns.len());
        let mut slopes = vec![0.0; returns.len()];
        // Whole scenarios while weight is left, then the fraction of one.
        let whole = (1.0 / greatest * (1.0 + ROUNDING)) as usize;
        for (rank, scenario) in worst_first(returns, whole + 1).into_iter().enumerate() {
            slopes[scenario] = if rank < whole { greatest } else { (1.0 - count(whole) * greatest).max(0.0) };
        }
        slopes
    }

    fn fault(&self) -> Option<String> {
        confidence_fault(self.confidence)
    }

    fn priced_losses(&self, scenarios: usize) -> Option<PricedLosses> {
        // At confidence 0 every scenario counts in full, and no threshold is better than another.
        let all = self.greatest(scenarios) * count(scenarios) <= 1.0 && scenarios > 1;
        (!all).then(|| PricedLosses { threshold: true, above: self.greatest(scenarios), below: 0.0 })
    }
}
