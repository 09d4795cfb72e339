//! What a series has earned.
//!
//! r̄ = 1/T Σ rₜ, total = Π (1 + rₜ) − 1, a year = (1 + total)^(P/T) − 1, growth = 1/T Σ ln(1 + rₜ)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | simple, a fraction a period |
//! | P | `periods_per_year` | 1 | 252, 52, 12 …: an argument, never guessed |
//! | r̄ | [`mean_return`] | 1 | a period |
//! | | [`annualized_mean_return`] | 1 | a year: P r̄ |
//! | | [`annualized_return`] | 1 | a year, compounded |
//!
//! The arithmetic mean a year is what estimates and Sharpe ratios use, the compounded one what an
//! account has grown by; they differ by about half the variance. Errors: no observations, one that is
//! not finite, a return below −1 where returns are compounded. Source: C. R. Bacon, *Practical
//! Portfolio Performance Measurement and Attribution*, 2nd ed. (2008), chapters 2 and 3. Pinned by
//! `golden/return_measures.json`.

use super::series::{RiskError, check, check_compoundable, check_periods, mean_of};
use crate::linear::vector::count;

/// Simple returns of a series of values, one fewer than values.
///
/// ```
/// let returns = evenkeel_quant::risk::performance::returns_of_values(&[100.0, 125.0, 0.0])?;
/// assert_eq!(returns, [0.25, -1.0]);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than 2 values, [`RiskError::NotFinite`], [`RiskError::NotPositive`] for
/// a value below 0, or one of 0 that is not the last.
pub fn returns_of_values(values: &[f64]) -> Result<Vec<f64>, RiskError> {
    check(values, 2)?;
    let last = values.len() - 1;
    match values.iter().copied().enumerate().find(|(index, value)| *value < 0.0 || *value <= 0.0 && *index != last) {
        Some((index, value)) => Err(RiskError::NotPositive { index, value }),
        None => Ok(values.iter().zip(&values[1..]).map(|(before, after)| after / before - 1.0).collect()),
    }
}

/// Arithmetic mean, a period.
///
/// ```
/// assert!((evenkeel_quant::risk::performance::mean_return(&[0.01, 0.03])? - 0.02).abs() < 1e-17);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`].
pub fn mean_return(returns: &[f64]) -> Result<f64, RiskError> {
    check(returns, 1)?;
    Ok(mean_of(returns))
}

/// Arithmetic mean, a year.
///
/// ```
/// let a_year = evenkeel_quant::risk::performance::annualized_mean_return(&[0.01, 0.03], 12.0)?;
/// assert!((a_year - 0.24).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`mean_return`], and [`RiskError::Argument`] for a number of periods that is not above 0.
pub fn annualized_mean_return(returns: &[f64], periods_per_year: f64) -> Result<f64, RiskError> {
    check_periods(periods_per_year)?;
    Ok(mean_return(returns)? * periods_per_year)
}

/// Total return over all periods, compounded.
///
/// ```
/// assert!((evenkeel_quant::risk::performance::total_return(&[0.1, -0.5])? + 0.45).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`].
pub fn total_return(returns: &[f64]) -> Result<f64, RiskError> {
    Ok((log_growth(returns)? * count(returns.len())).exp_m1())
}

/// Compounded return, a year.
///
/// ```
/// let two_years = [0.1, 0.1, 0.1, 0.1];
/// let a_year = evenkeel_quant::risk::performance::annualized_return(&two_years, 2.0)?;
/// assert!((a_year - 0.21).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`total_return`], and [`RiskError::Argument`] for a number of periods that is not above 0.
pub fn annualized_return(returns: &[f64], periods_per_year: f64) -> Result<f64, RiskError> {
    check_periods(periods_per_year)?;
    Ok((log_growth(returns)? * periods_per_year).exp_m1())
}

/// Mean logarithmic growth, a period: what Kelly's criterion is about; −∞ after a total loss.
///
/// ```
/// let growth = evenkeel_quant::risk::performance::log_growth(&[0.5, -0.5])?;
/// assert!((growth - 0.75_f64.ln() / 2.0).abs() < 1e-16);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`total_return`].
pub fn log_growth(returns: &[f64]) -> Result<f64, RiskError> {
    check(returns, 1)?;
    check_compoundable(returns)?;
    Ok(returns.iter().map(|value| value.ln_1p()).sum::<f64>() / count(returns.len()))
}
