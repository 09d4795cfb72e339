//! Mean absolute deviation: the mean distance from the mean.
//!
//! MAD(y) = Σₜ |yₜ − ȳ| / T
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` | T | a period, fractions |
//! | MAD | result | 1 | a period, at least 0 |
//!
//! (H. Konno, H. Yamazaki, "Mean-absolute deviation portfolio optimization model and its applications
//! to Tokyo stock market", Management Science 37, 1991, equation 2.2.)

use super::super::measure::{Measure, PricedLosses};
use super::series::deviations;
use crate::linear::vector::{count, sum};

/// The mean distance from the mean.
///
/// ```
/// use evenkeel_quant::optimize::scenario::{measure::Measure, measures::mean_absolute_deviation::MeanAbsoluteDeviation};
/// assert_eq!(MeanAbsoluteDeviation.value(&[0.25, -0.25, 0.5, -0.5]), 0.375);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeanAbsoluteDeviation;

impl Measure for MeanAbsoluteDeviation {
    fn name(&self) -> &'static str {
        "mean absolute deviation"
    }

    fn value(&self, returns: &[f64]) -> f64 {
        let distances: Vec<f64> = deviations(returns).into_iter().map(f64::abs).collect();
        sum(&distances) / count(returns.len())
    }

    fn slopes(&self, returns: &[f64]) -> Vec<f64> {
        let share = 1.0 / count(returns.len());
        let signs: Vec<f64> =
            deviations(returns).into_iter().map(|deviation| if deviation == 0.0 { 0.0 } else { -share * deviation.signum() }).collect();
        // The mean moves with every return.
        deviations(&signs)
    }

    fn is_centered(&self) -> bool {
        true
    }

    fn priced_losses(&self, scenarios: usize) -> Option<PricedLosses> {
        let share = 1.0 / count(scenarios);
        Some(PricedLosses { threshold: false, above: share, below: share })
    }
}
