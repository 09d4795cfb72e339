//! Logarithmic growth, which the Kelly criterion maximizes.
//!
//! G(y) = Σₜ log(1 + yₜ) / T, and the measure is −G
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` | T | a period, simple, fractions |
//! | −G | result | 1 | a period; negative where wealth grows, infinite where a scenario loses all |
//!
//! Returns must be fractions: growth has no meaning in another unit. (J. L. Kelly, "A new
//! interpretation of information rate", Bell System Technical Journal 35, 1956; L. Breiman, "Optimal
//! gambling systems for favorable games", 1961.)

use super::super::measure::{Curvature, Measure};
use crate::linear::vector::{count, sum};

/// Minus the mean logarithmic growth: least where wealth grows fastest in the long run.
///
/// ```
/// use evenkeel_quant::optimize::scenario::{measure::Measure, measures::growth::Growth};
/// assert!((Growth.value(&[0.5, -0.5]) + 0.75_f64.ln() / 2.0).abs() < 1e-16);
/// assert_eq!(Growth.value(&[0.5, -1.0]), f64::INFINITY);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth;

impl Measure for Growth {
    fn name(&self) -> &'static str {
        "logarithmic growth"
    }

    fn value(&self, returns: &[f64]) -> f64 {
        if returns.iter().any(|value| *value <= -1.0) {
            return f64::INFINITY;
        }
        let logarithms: Vec<f64> = returns.iter().map(|value| value.ln_1p()).collect();
        -sum(&logarithms) / count(returns.len())
    }

    fn slopes(&self, returns: &[f64]) -> Vec<f64> {
        let scenarios = count(returns.len());
        returns.iter().map(|value| 1.0 / ((1.0 + value) * scenarios)).collect()
    }

    fn is_homogeneous(&self) -> bool {
        false
    }

    fn curvature(&self, returns: &[f64]) -> Option<Curvature> {
        let scenarios = count(returns.len());
        let diagonal = returns.iter().map(|value| 1.0 / ((1.0 + value) * (1.0 + value) * scenarios)).collect();
        Some(Curvature { diagonal, removed: Vec::new() })
    }
}
