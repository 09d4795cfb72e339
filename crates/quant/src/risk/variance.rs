//! Mean squared distance from the mean.
//!
//! s² = 1/(T − ddof) Σₜ (rₜ − r̄)², σ = √s²
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | a fraction a period |
//! | ddof | `ddof` | 1 | 1 for a sample whose mean is estimated, 0 for a whole population |
//! | s², σ | result | 1 | a period, at least 0 |
//!
//! With `periods_per_year` = P a year's volatility is σ √P: exact for returns without correlation
//! over time. Covariances of this crate have ddof = 1. Errors: fewer than ddof + 1 observations, or
//! one that is not finite. Source: H. Markowitz, *Portfolio Selection*, Journal of Finance 7 (1952).
//! Pinned by `golden/return_measures.json`.

use super::series::{RiskError, check, check_periods, deviations};
use crate::linear::vector::{count, dot};

/// Variance s² of a return series, a period.
///
/// ```
/// let variance = evenkeel_quant::risk::variance::variance(&[0.01, 0.03, -0.01], 1)?;
/// assert!((variance - 0.0004).abs() < 1e-18);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than `ddof` + 1 returns, [`RiskError::NotFinite`].
pub fn variance(returns: &[f64], ddof: usize) -> Result<f64, RiskError> {
    check(returns, ddof.saturating_add(1))?;
    let deviations = deviations(returns);
    Ok(dot(&deviations, &deviations) / count(returns.len() - ddof))
}

/// Volatility σ of a return series, a period: the square root of its variance.
///
/// ```
/// let volatility = evenkeel_quant::risk::variance::volatility(&[0.01, 0.03, -0.01], 1)?;
/// assert!((volatility - 0.02).abs() < 1e-17);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`variance`].
pub fn volatility(returns: &[f64], ddof: usize) -> Result<f64, RiskError> {
    Ok(variance(returns, ddof)?.sqrt())
}

/// Volatility a year, σ √P with ddof = 1.
///
/// ```
/// let monthly = evenkeel_quant::risk::variance::annualized_volatility(&[0.01, 0.03, -0.01], 12.0)?;
/// assert!((monthly - 0.02 * 12.0_f64.sqrt()).abs() < 1e-16);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`variance`], and [`RiskError::Argument`] for a number of periods that is not above 0.
pub fn annualized_volatility(returns: &[f64], periods_per_year: f64) -> Result<f64, RiskError> {
    check_periods(periods_per_year)?;
    Ok(volatility(returns, 1)? * periods_per_year.sqrt())
}
