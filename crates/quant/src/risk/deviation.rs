//! Distance from the mean or from a level, counted on the side of losses or not squared.
//!
//! semideviation = √(1/(T − ddof) Σ min(rₜ − r̄, 0)²), downside deviation = √(1/T Σ min(rₜ − τ, 0)²),
//! MAD = 1/T Σ |rₜ − r̄|, LPMₖ = 1/T Σ max(τ − rₜ, 0)ᵏ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | a fraction a period |
//! | τ | `level` | 1 | a fraction a period: what counts as no loss |
//! | k | `order` | 1 | 0 shortfall frequency, 1 mean shortfall, 2 mean squared shortfall |
//! | | result | 1 | a period, at least 0 (LPMₖ: to the power k) |
//!
//! The sums run over all T rows, not over the losses alone. About the mean, ddof = 1 is this
//! project's convention and that of Riskfolio-Lib and skfolio; about a level nothing is estimated and
//! ddof is 0. MAD is about the mean, not the median, and has no factor ½. Errors: too few
//! observations, or one that is not finite. Sources: H. Markowitz, *Portfolio Selection* (1959),
//! chapter 9; H. Konno, H. Yamazaki, Management Science 37 (1991); P. Fishburn, American
//! Economic Review 67 (1977). Pinned by `golden/return_measures.json`.

use super::series::{RiskError, check, check_argument, deviations};
use crate::linear::vector::count;

/// Semideviation: the root of the mean squared shortfall below the mean.
///
/// ```
/// let semideviation = evenkeel_quant::risk::deviation::semideviation(&[0.01, 0.03, -0.01], 1)?;
/// assert!((semideviation - (0.0004_f64 / 2.0).sqrt()).abs() < 1e-17);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than `ddof` + 1 returns, [`RiskError::NotFinite`].
pub fn semideviation(returns: &[f64], ddof: usize) -> Result<f64, RiskError> {
    check(returns, ddof.saturating_add(1))?;
    let squares: f64 = deviations(returns).iter().map(|deviation| deviation.min(0.0).powi(2)).sum();
    Ok((squares / count(returns.len() - ddof)).sqrt())
}

/// Downside deviation: the root of the mean squared shortfall below a level.
///
/// ```
/// let downside = evenkeel_quant::risk::deviation::downside_deviation(&[0.01, 0.03, -0.01], 0.0)?;
/// assert!((downside - (0.0001_f64 / 3.0).sqrt()).abs() < 1e-17);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::Argument`] for a
/// level that is not finite.
pub fn downside_deviation(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    Ok(lower_partial_moment(returns, level, 2)?.sqrt())
}

/// Mean absolute deviation from the mean.
///
/// ```
/// let mad = evenkeel_quant::risk::deviation::mean_absolute_deviation(&[0.01, 0.03, -0.01])?;
/// assert!((mad - 0.04 / 3.0).abs() < 1e-17);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`].
pub fn mean_absolute_deviation(returns: &[f64]) -> Result<f64, RiskError> {
    check(returns, 1)?;
    let sum: f64 = deviations(returns).iter().map(|deviation| deviation.abs()).sum();
    Ok(sum / count(returns.len()))
}

/// Lower partial moment LPMₖ about a level.
///
/// ```
/// use evenkeel_quant::risk::deviation::lower_partial_moment;
/// let returns = [0.01, 0.03, -0.01, -0.03];
/// assert_eq!(lower_partial_moment(&returns, 0.0, 0)?, 0.5);
/// assert_eq!(lower_partial_moment(&returns, 0.0, 1)?, 0.01);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`downside_deviation`].
pub fn lower_partial_moment(returns: &[f64], level: f64, order: u32) -> Result<f64, RiskError> {
    check(returns, 1)?;
    check_argument("level", level)?;
    let power = i32::try_from(order).unwrap_or(i32::MAX);
    let shortfalls = returns.iter().map(|value| level - value).filter(|shortfall| *shortfall > 0.0);
    Ok(shortfalls.map(|shortfall| shortfall.powi(power)).sum::<f64>() / count(returns.len()))
}
