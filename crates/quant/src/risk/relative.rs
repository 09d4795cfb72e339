//! A series beside its benchmark: tracking error, beta, information ratio.
//!
//! aₜ = rₜ − bₜ, TE = √(1/(T − 1) Σ (aₜ − ā)²), IR = √P ā/TE, β = cov(r, b)/var(b)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r, b | `returns`, `benchmark` | T each, the same dates | a fraction a period |
//! | P | `periods_per_year` | 1 | 1 leaves a result a period |
//! | a | | T | active return, a fraction a period |
//! | TE | [`realized_tracking_error`] | 1 | a period, ddof = 1, at least 0 |
//!
//! Errors: those of the measures, series of different lengths, and a benchmark that does not move.
//! Source: R. C. Grinold, R. N. Kahn, *Active Portfolio Management*, 2nd ed. 2000, chapters 2 and 5.
//! Pinned by `golden/return_measures.json`.

use super::series::{RiskError, check, check_periods, deviations, mean_of, ratio};
use super::variance::volatility;
use crate::linear::vector::dot;

/// Active returns: portfolio − benchmark.
///
/// ```
/// assert_eq!(evenkeel_quant::risk::relative::active_returns(&[0.5, 0.25], &[0.25, 0.25])?, [0.25, 0.0]);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::Lengths`], [`RiskError::NotFinite`].
pub fn active_returns(returns: &[f64], benchmark: &[f64]) -> Result<Vec<f64>, RiskError> {
    if returns.len() != benchmark.len() {
        return Err(RiskError::Lengths { series: returns.len(), benchmark: benchmark.len() });
    }
    check(returns, 0)?;
    check(benchmark, 0)?;
    Ok(returns.iter().zip(benchmark).map(|(own, other)| own - other).collect())
}

/// Tracking error of a series, a period: the volatility of its active returns, ddof = 1.
///
/// ```
/// let error = evenkeel_quant::risk::relative::realized_tracking_error(&[0.02, 0.04, -0.02], &[0.01, 0.01, -0.01])?;
/// assert!((error - 0.02).abs() < 1e-16);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`active_returns`], and [`RiskError::TooFew`] for fewer than 2 returns.
pub fn realized_tracking_error(returns: &[f64], benchmark: &[f64]) -> Result<f64, RiskError> {
    volatility(&active_returns(returns, benchmark)?, 1)
}

/// Information ratio, a year: mean active return over tracking error.
///
/// ```
/// let returns = [0.02, 0.04, -0.02];
/// let ratio = evenkeel_quant::risk::relative::information_ratio(&returns, &[0.01, 0.01, -0.01], 1.0)?;
/// assert!((ratio - 0.5).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`realized_tracking_error`], [`RiskError::Argument`], and [`RiskError::NoRisk`] where the series never
/// leaves its benchmark.
pub fn information_ratio(returns: &[f64], benchmark: &[f64], periods_per_year: f64) -> Result<f64, RiskError> {
    check_periods(periods_per_year)?;
    let active = active_returns(returns, benchmark)?;
    let error = volatility(&active, 1)?;
    ratio(mean_of(&active) * periods_per_year.sqrt(), error, "tracking error")
}

/// Beta: how far a series moves where its benchmark moves by 1.
///
/// ```
/// let beta = evenkeel_quant::risk::relative::beta(&[0.03, -0.01, 0.01], &[0.02, 0.0, 0.01])?;
/// assert!((beta - 2.0).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`realized_tracking_error`], and [`RiskError::NoRisk`] where the benchmark does not move.
pub fn beta(returns: &[f64], benchmark: &[f64]) -> Result<f64, RiskError> {
    active_returns(returns, benchmark)?;
    check(returns, 2)?;
    let (own, other) = (deviations(returns), deviations(benchmark));
    ratio(dot(&own, &other), dot(&other, &other), "variance of the benchmark")
}
