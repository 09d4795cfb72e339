//! What a series has earned for its risk.
//!
//! Sharpe = √P (r̄ − f)/s, Sortino = √P (r̄ − τ)/√LPM₂(τ), Calmar = a year ÷ maximum drawdown,
//! Martin = a year ÷ ulcer index, Omega = Σ max(rₜ − τ, 0) ÷ Σ max(τ − rₜ, 0)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | simple, a fraction a period |
//! | f, τ | `risk_free`, `threshold` | 1 | a fraction **a period** |
//! | P | `periods_per_year` | 1 | 252, 52, 12 …; 1 leaves a ratio a period |
//! | s | | 1 | volatility with ddof = 1 |
//!
//! Ratios to a standard deviation grow with √P, which takes returns without correlation over time.
//! Calmar and Martin divide the compounded return a year by drawdowns of the compounded path, over
//! the whole series. Errors: those of the measures, and [`RiskError::NoRisk`] where the denominator
//! is 0. Sources: W. F. Sharpe, Journal of Portfolio Management 21 (1994); F. Sortino, R. van der
//! Meer, Journal of Portfolio Management 17 (1991); T. W. Young, Futures 20 (1991); C. Keating, W. F.
//! Shadwick, *A Universal Performance Measure* (2002). Pinned by `golden/return_measures.json`.

use super::deviation::{downside_deviation, lower_partial_moment};
use super::drawdown::{Compounding, maximum_drawdown, ulcer_index};
use super::performance::{annualized_return, mean_return};
use super::series::{RiskError, check_argument, check_periods, ratio};
use super::variance::annualized_volatility;
use crate::linear::vector::count;

/// Sharpe ratio, a year.
///
/// ```
/// let returns = [0.01, 0.03, -0.01];
/// let a_month = evenkeel_quant::risk::ratio::sharpe_ratio(&returns, 0.002, 1.0)?;
/// assert!((a_month - 0.008 / 0.02).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than 2 returns, [`RiskError::NotFinite`], [`RiskError::Argument`],
/// [`RiskError::NoRisk`] where all returns are equal.
pub fn sharpe_ratio(returns: &[f64], risk_free: f64, periods_per_year: f64) -> Result<f64, RiskError> {
    check_argument("risk-free return", risk_free)?;
    let volatility = annualized_volatility(returns, periods_per_year)?;
    ratio((mean_return(returns)? - risk_free) * periods_per_year, volatility, "volatility")
}

/// Sortino ratio, a year.
///
/// ```
/// let returns = [0.01, 0.03, -0.01];
/// let a_month = evenkeel_quant::risk::ratio::sortino_ratio(&returns, 0.0, 1.0)?;
/// assert!((a_month - 0.01 / (0.0001_f64 / 3.0).sqrt()).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::Argument`],
/// [`RiskError::NoRisk`] where no return is below the threshold.
pub fn sortino_ratio(returns: &[f64], threshold: f64, periods_per_year: f64) -> Result<f64, RiskError> {
    check_periods(periods_per_year)?;
    let downside = downside_deviation(returns, threshold)?;
    ratio((mean_return(returns)? - threshold) * periods_per_year.sqrt(), downside, "downside deviation")
}

/// Calmar ratio: compounded return a year over the maximum drawdown of the compounded path.
///
/// ```
/// let calmar = evenkeel_quant::risk::ratio::calmar_ratio(&[0.1, -0.1, 0.2], 1.0)?;
/// assert!((calmar - (1.188_f64.cbrt() - 1.0) / 0.1).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`],
/// [`RiskError::Argument`], [`RiskError::NoRisk`] where the path never falls.
pub fn calmar_ratio(returns: &[f64], periods_per_year: f64) -> Result<f64, RiskError> {
    ratio(annualized_return(returns, periods_per_year)?, maximum_drawdown(returns, Compounding::Compounded)?, "maximum drawdown")
}

/// Martin ratio, also called ulcer performance index: compounded return a year over the ulcer index of the
/// compounded path.
///
/// ```
/// let martin = evenkeel_quant::risk::ratio::martin_ratio(&[0.1, -0.1, 0.2], 1.0)?;
/// assert!((martin - (1.188_f64.cbrt() - 1.0) / (0.1 / 3.0_f64.sqrt())).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`calmar_ratio`].
pub fn martin_ratio(returns: &[f64], periods_per_year: f64) -> Result<f64, RiskError> {
    ratio(annualized_return(returns, periods_per_year)?, ulcer_index(returns, Compounding::Compounded)?, "ulcer index")
}

/// Omega ratio: gains above a threshold over losses below it.
///
/// ```
/// let omega = evenkeel_quant::risk::ratio::omega_ratio(&[0.01, 0.03, -0.01], 0.0)?;
/// assert!((omega - 4.0).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::Argument`],
/// [`RiskError::NoRisk`] where no return is below the threshold.
pub fn omega_ratio(returns: &[f64], threshold: f64) -> Result<f64, RiskError> {
    let shortfall = lower_partial_moment(returns, threshold, 1)?;
    let gain = returns.iter().map(|value| (value - threshold).max(0.0)).sum::<f64>() / count(returns.len());
    ratio(gain, shortfall, "mean shortfall below the threshold")
}
