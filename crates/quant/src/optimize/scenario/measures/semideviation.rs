//! Semideviation: the root of the mean squared shortfall.
//!
//! SD(y) = √(Σₜ min(yₜ − ȳ, 0)² / (T − 1)) about the mean, √(Σₜ min(yₜ, 0)² / T) about zero
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` | T | a period, fractions |
//! | SD | result | 1 | a period, at least 0; 0 for one scenario about its mean |
//!
//! (H. Markowitz, *Portfolio Selection*, 1959, chapter 9; ddof as in the sample deviation.)

use super::super::measure::{Curvature, Measure};
use super::series::deviations;
use crate::linear::vector::{count, dot};

/// The root of the mean squared shortfall.
///
/// ```
/// use evenkeel_quant::optimize::scenario::{measure::Measure, measures::semideviation::Semideviation};
/// assert_eq!(Semideviation::AboutZero.value(&[0.5, -0.75, 0.5, 0.0]), 0.375);
/// assert_eq!(Semideviation::AboutMean.value(&[0.25, 0.75]), 0.25);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Semideviation {
    /// Shortfalls below the mean, squares divided by T − 1.
    AboutMean,
    /// Shortfalls below zero, squares divided by T.
    AboutZero,
}

impl Semideviation {
    fn shortfalls(self, returns: &[f64]) -> Vec<f64> {
        let shortfall = |value: &f64| (-value).max(0.0);
        match self {
            Self::AboutMean => deviations(returns).iter().map(shortfall).collect(),
            Self::AboutZero => returns.iter().map(shortfall).collect(),
        }
    }

    fn divisor(self, scenarios: usize) -> f64 {
        match self {
            Self::AboutMean => count(scenarios.saturating_sub(1).max(1)),
            Self::AboutZero => count(scenarios),
        }
    }
}

impl Measure for Semideviation {
    fn name(&self) -> &'static str {
        "semideviation"
    }

    fn value(&self, returns: &[f64]) -> f64 {
        let shortfalls = self.shortfalls(returns);
        (dot(&shortfalls, &shortfalls) / self.divisor(returns.len())).sqrt()
    }

    fn slopes(&self, returns: &[f64]) -> Vec<f64> {
        let shortfalls = self.shortfalls(returns);
        let scale = (dot(&shortfalls, &shortfalls) * self.divisor(returns.len())).sqrt();
        let slopes: Vec<f64> = shortfalls.iter().map(|shortfall| if scale > 0.0 { shortfall / scale } else { 0.0 }).collect();
        if self.is_centered() { deviations(&slopes) } else { slopes }
    }

    fn is_centered(&self) -> bool {
        *self == Self::AboutMean
    }

    fn curvature(&self, returns: &[f64]) -> Option<Curvature> {
        let shortfalls = self.shortfalls(returns);
        let squares = dot(&shortfalls, &shortfalls);
        if squares <= 0.0 {
            return None;
        }
        let scale = (squares * self.divisor(returns.len())).sqrt();
        let diagonal = shortfalls.iter().map(|shortfall| if *shortfall > 0.0 { 1.0 / scale } else { 0.0 }).collect();
        let removed = shortfalls.iter().map(|shortfall| shortfall / (scale * squares).sqrt()).collect();
        Some(Curvature { diagonal, removed: vec![removed] })
    }
}
