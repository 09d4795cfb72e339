//! First lower partial moment: the mean shortfall below zero.
//!
//! FLPM(y) = Σₜ max(−yₜ, 0) / T
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` | T | a period, fractions |
//! | FLPM | result | 1 | a period, at least 0 |
//!
//! For another target, take it off the returns first. (P. C. Fishburn, "Mean-risk analysis with risk
//! associated with below-target returns", American Economic Review 67, 1977, equation 1 with α = 1.)

use super::super::measure::{Measure, PricedLosses};
use crate::linear::vector::{count, sum};

/// The mean shortfall below zero.
///
/// ```
/// use evenkeel_quant::optimize::scenario::{measure::Measure, measures::lower_partial_moment::LowerPartialMoment};
/// assert_eq!(LowerPartialMoment.value(&[0.5, -0.25, 0.5, -0.75]), 0.25);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowerPartialMoment;

impl Measure for LowerPartialMoment {
    fn name(&self) -> &'static str {
        "first lower partial moment"
    }

    fn value(&self, returns: &[f64]) -> f64 {
        let shortfalls: Vec<f64> = returns.iter().map(|value| (-value).max(0.0)).collect();
        sum(&shortfalls) / count(returns.len())
    }

    fn slopes(&self, returns: &[f64]) -> Vec<f64> {
        let share = 1.0 / count(returns.len());
        returns.iter().map(|value| if *value < 0.0 { share } else { 0.0 }).collect()
    }

    fn priced_losses(&self, scenarios: usize) -> Option<PricedLosses> {
        Some(PricedLosses { threshold: false, above: 1.0 / count(scenarios), below: 0.0 })
    }
}
