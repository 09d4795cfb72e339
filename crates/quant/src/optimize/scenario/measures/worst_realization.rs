//! Worst realization: the loss in the worst scenario.
//!
//! WR(y) = maxₜ −yₜ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` | T | a period, fractions |
//! | WR | result | 1 | a period; a loss is positive |
//!
//! (M. R. Young, "A minimax portfolio selection rule with linear programming solution", Management
//! Science 44, 1998, equation 2.)

use super::super::measure::{Measure, PricedLosses};
use super::series::worst_first;

/// The loss in the worst scenario.
///
/// ```
/// use evenkeel_quant::optimize::scenario::{measure::Measure, measures::worst_realization::WorstRealization};
/// assert_eq!(WorstRealization.value(&[0.01, -0.03, 0.02]), 0.03);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorstRealization;

impl Measure for WorstRealization {
    fn name(&self) -> &'static str {
        "worst realization"
    }

    fn value(&self, returns: &[f64]) -> f64 {
        returns.iter().fold(f64::NEG_INFINITY, |worst, value| worst.max(-value))
    }

    fn slopes(&self, returns: &[f64]) -> Vec<f64> {
        let mut slopes = vec![0.0; returns.len()];
        for worst in worst_first(returns, 1) {
            slopes[worst] = 1.0;
        }
        slopes
    }

    fn priced_losses(&self, _scenarios: usize) -> Option<PricedLosses> {
        // A price of 1 on each unit above the threshold, which costs 1 itself, keeps all losses below it.
        Some(PricedLosses { threshold: true, above: 1.0, below: 0.0 })
    }
}
