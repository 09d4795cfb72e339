//! How lopsided returns are, and how often they are extreme.
//!
//! mₖ = 1/T Σ (rₜ − r̄)ᵏ, skewness = m₃ ÷ m₂^{3/2}, kurtosis = m₄ ÷ m₂²
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | a fraction a period |
//! | | result | 1 | a number: 0 and 3 for the normal distribution |
//!
//! Moments of the sample, without correction for its size, as the probabilistic Sharpe ratio takes them;
//! spreadsheets and pandas correct. Excess kurtosis is kurtosis − 3. Errors: fewer than 2 observations, one
//! that is not finite, returns that are all equal. Source: M. G. Kendall, A. Stuart, *The Advanced Theory
//! of Statistics*, vol. 1 (1969), chapter 3.

use super::series::{RiskError, check, deviations, ratio};
use crate::linear::vector::count;

/// Skewness: below 0 where large losses are likelier than gains as large.
///
/// ```
/// let skewness = evenkeel_quant::risk::shape::skewness(&[0.01, 0.01, 0.01, -0.03])?;
/// assert!((skewness + 2.0 / 3.0_f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than 2 returns, [`RiskError::NotFinite`], [`RiskError::NoRisk`] where all
/// returns are equal.
pub fn skewness(returns: &[f64]) -> Result<f64, RiskError> {
    standardized_moment(returns, 3)
}

/// Kurtosis, 3 for the normal distribution.
///
/// ```
/// let kurtosis = evenkeel_quant::risk::shape::kurtosis(&[0.01, -0.01])?;
/// assert!((kurtosis - 1.0).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`skewness`].
pub fn kurtosis(returns: &[f64]) -> Result<f64, RiskError> {
    standardized_moment(returns, 4)
}

/// Mean of the returns' deviations to a power, in units of their standard deviation with ddof = 0.
fn standardized_moment(returns: &[f64], power: i32) -> Result<f64, RiskError> {
    check(returns, 2)?;
    let deviations = deviations(returns);
    let mean = |power: i32| deviations.iter().map(|deviation| deviation.powi(power)).sum::<f64>() / count(returns.len());
    let scale = mean(2).sqrt();
    ratio(mean(power), scale.powi(power), "volatility")
}
