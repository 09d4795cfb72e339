//! Ratios to losses below a level, and to gains above it.
//!
//! Lₖ = 1/T Σ max(τ − rₜ, 0)ᵏ, Gₖ = 1/T Σ max(rₜ − τ, 0)ᵏ, σ₋ = √L₂, σ₊ = √G₂
//!
//! | measure | formula | of |
//! |---|---|---|
//! | [`upside_risk`], [`upside_potential`] | σ₊, G₁ | a period |
//! | [`kappa_ratio`] of order k | (r̄ − τ) ÷ Lₖ^(1/k): order 2 is Sortino's, a period | a period |
//! | [`omega_sharpe_ratio`] | (r̄ − τ) ÷ L₁ = Omega − 1 | a number |
//! | [`upside_potential_ratio`] | G₁ ÷ σ₋ | a period |
//! | [`volatility_skewness`], [`variability_skewness`] | σ₊² ÷ σ₋², σ₊ ÷ σ₋ | a number |
//! | [`gain_loss_ratio`] | G₁ ÷ L₁ at τ = 0 (Bernardo and Ledoit): Omega at 0 | a number |
//! | [`d_ratio`] | losses × Σ losses ÷ (gains × Σ gains), in number and sum | 0 none, ∞ all are losses |
//! | [`prospect_ratio`] | (1/T Σ (max(r, 0) + 2.25 min(r, 0)) − τ) ÷ σ₋ | a period |
//! | [`compounded_sortino_ratio`] | (R − τ a year) ÷ σ₋ a year | a year |
//! | [`m_squared_sortino`] | R + (R − τ a year) ÷ σ₋ × (σ₋ of the benchmark − σ₋), σ₋ a year | a year |
//! | [`omega_excess_return`] | R − 3 σ₋ × σ₋ of the benchmark, a year | a year |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | a fraction a period |
//! | τ | `level` | 1 | the least return that is acceptable, a fraction **a period** |
//! | R | | 1 | compounded a year, under [`Terms`] |
//!
//! Errors: no observations, one that is not finite, nothing below the level. `PerformanceAnalytics` for R sums where the book
//! takes the mean in the prospect ratio, and has Sortino of a period beside deviations of a year in M². Sources: P. D. Kaplan, J. A.
//! Knowles, *Kappa: A Generalized Downside Risk-Adjusted Performance Measure* (2004); F. Sortino, R. van der Meer, A. Plantinga,
//! Journal of Portfolio Management 26 (1999); A. Bernardo, O. Ledoit, Journal of Political Economy 108 (2000); K. Watanabe,
//! Journal of Performance Measurement 10 (2006); A. Tversky, D. Kahneman, Journal of Risk and Uncertainty 5 (1992); C. R. Bacon
//! (2008), section 4.9.

use super::terms::Terms;
use crate::linear::vector::{count, sum};
use crate::risk::deviation::{downside_deviation, lower_partial_moment};
use crate::risk::performance::mean_return;
use crate::risk::ratio::omega_ratio;
use crate::risk::series::{RiskError, check, check_argument, ratio};

/// How much more a loss hurts than a gain pleases.
const LOSS_AVERSION: f64 = 2.25;

/// Upside risk σ₊: the root of the mean squared excess over a level.
///
/// ```
/// let upside = evenkeel_quant::performance::partial_moment::upside_risk(&[0.02, -0.5], 0.0)?;
/// assert!((upside - 0.02 / 2.0_f64.sqrt()).abs() < 1e-16);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`], [`RiskError::NotFinite`], [`RiskError::Argument`].
pub fn upside_risk(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    Ok(upper_partial_moment(returns, level, 2)?.sqrt())
}

/// Upside potential G₁: the mean excess over a level.
///
/// ```
/// assert_eq!(evenkeel_quant::performance::partial_moment::upside_potential(&[0.02, -0.5], 0.0)?, 0.01);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`upside_risk`].
pub fn upside_potential(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    upper_partial_moment(returns, level, 1)
}

/// Gₖ.
fn upper_partial_moment(returns: &[f64], level: f64, order: i32) -> Result<f64, RiskError> {
    check(returns, 1)?;
    check_argument("level", level)?;
    Ok(returns.iter().map(|value| (value - level).max(0.0).powi(order)).sum::<f64>() / count(returns.len()))
}

/// Kappa ratio of an order, a period.
///
/// ```
/// let kappa = evenkeel_quant::performance::partial_moment::kappa_ratio(&[0.03, -0.01], 0.0, 2)?;
/// assert!((kappa - 0.01 / (0.01 / 2.0_f64.sqrt())).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`upside_risk`], [`RiskError::Argument`] for the order 0, and [`RiskError::NoRisk`] where nothing is below the level.
pub fn kappa_ratio(returns: &[f64], level: f64, order: u32) -> Result<f64, RiskError> {
    if order == 0 {
        return Err(RiskError::Argument { name: "order", value: 0.0, limit: "1 or more" });
    }
    let shortfall = lower_partial_moment(returns, level, order)?.powf(f64::from(order).recip());
    ratio(mean_return(returns)? - level, shortfall, "shortfall below the level")
}

/// Omega–Sharpe ratio.
///
/// ```
/// let ratio = evenkeel_quant::performance::partial_moment::omega_sharpe_ratio(&[0.03, -0.01], 0.0)?;
/// assert!((ratio - 2.0).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`kappa_ratio`].
pub fn omega_sharpe_ratio(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    kappa_ratio(returns, level, 1)
}

/// Upside potential ratio, a period.
///
/// ```
/// let ratio = evenkeel_quant::performance::partial_moment::upside_potential_ratio(&[0.03, -0.01], 0.0)?;
/// assert!((ratio - 0.015 / (0.01 / 2.0_f64.sqrt())).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`kappa_ratio`].
pub fn upside_potential_ratio(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    ratio(upside_potential(returns, level)?, downside_deviation(returns, level)?, "downside deviation")
}

/// Volatility skewness: upside variance over downside variance.
///
/// ```
/// let skewness = evenkeel_quant::performance::partial_moment::volatility_skewness(&[0.02, -0.01], 0.0)?;
/// assert!((skewness - 4.0).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`kappa_ratio`].
pub fn volatility_skewness(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    ratio(upper_partial_moment(returns, level, 2)?, lower_partial_moment(returns, level, 2)?, "downside variance")
}

/// Variability skewness: upside risk over downside risk.
///
/// ```
/// let skewness = evenkeel_quant::performance::partial_moment::variability_skewness(&[0.02, -0.01], 0.0)?;
/// assert!((skewness - 2.0).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`kappa_ratio`].
pub fn variability_skewness(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    Ok(volatility_skewness(returns, level)?.sqrt())
}

/// Gain–loss ratio of Bernardo and Ledoit: gains over losses.
///
/// ```
/// let ratio = evenkeel_quant::performance::partial_moment::gain_loss_ratio(&[0.02, -0.01])?;
/// assert!((ratio - 2.0).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`kappa_ratio`].
pub fn gain_loss_ratio(returns: &[f64]) -> Result<f64, RiskError> {
    omega_ratio(returns, 0.0)
}

/// d ratio: losses over gains, each by number and sum.
///
/// ```
/// let ratio = evenkeel_quant::performance::partial_moment::d_ratio(&[0.02, 0.02, -0.01])?;
/// assert!((ratio - 0.01 / (2.0 * 0.04)).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`], [`RiskError::NotFinite`], [`RiskError::NoRisk`] where there is no gain.
pub fn d_ratio(returns: &[f64]) -> Result<f64, RiskError> {
    check(returns, 1)?;
    let of = |way: f64| {
        let chosen: Vec<f64> = returns.iter().map(|value| value * way).filter(|value| *value > 0.0).collect();
        count(chosen.len()) * sum(&chosen)
    };
    ratio(of(-1.0), of(1.0), "sum of gains")
}

/// Prospect ratio, a period: losses count for 2.25 times what gains do.
///
/// ```
/// let ratio = evenkeel_quant::performance::partial_moment::prospect_ratio(&[0.02, -0.02], 0.0)?;
/// assert!((ratio - (0.02 - 0.045) / 2.0 / (0.02 / 2.0_f64.sqrt())).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`kappa_ratio`].
pub fn prospect_ratio(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    let downside = downside_deviation(returns, level)?;
    let felt: Vec<f64> = returns.iter().map(|value| value.max(0.0) + LOSS_AVERSION * value.min(0.0)).collect();
    ratio(mean_return(&felt)? - level, downside, "downside deviation")
}

/// Sortino ratio of the compounded return, a year; [`risk::ratio`](crate::risk::ratio) has that of the arithmetic mean.
///
/// ```
/// use evenkeel_quant::performance::{partial_moment::compounded_sortino_ratio, terms::Terms};
/// let ratio = compounded_sortino_ratio(&[0.04, -0.02], 0.0, &Terms::of(2.0))?;
/// assert!((ratio - (1.04 * 0.98 - 1.0) / 0.02).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`kappa_ratio`], and those of [`Terms::annual_return`].
pub fn compounded_sortino_ratio(returns: &[f64], level: f64, terms: &Terms) -> Result<f64, RiskError> {
    ratio(terms.annual_return(returns)? - terms.over_a_year(level)?, terms.annual_downside(returns, level)?, "downside deviation")
}

/// M² for Sortino: the return a year that the series would have had at the downside risk of a benchmark.
///
/// ```
/// use evenkeel_quant::performance::{partial_moment::m_squared_sortino, terms::Terms};
/// let m_squared = m_squared_sortino(&[0.04, -0.02], &[0.02, -0.01], 0.0, &Terms::of(2.0))?;
/// assert!((m_squared - (1.04 * 0.98 - 1.0) / 2.0).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`kappa_ratio`], and those of [`Terms::annual_return`].
pub fn m_squared_sortino(returns: &[f64], benchmark: &[f64], level: f64, terms: &Terms) -> Result<f64, RiskError> {
    let sortino = compounded_sortino_ratio(returns, level, terms)?;
    let (risk, other) = (terms.annual_downside(returns, level)?, terms.annual_downside(benchmark, level)?);
    Ok(terms.annual_return(returns)? + sortino * (other - risk))
}

/// Omega excess return: the return a year less what its downside risk asks for.
///
/// ```
/// use evenkeel_quant::performance::{partial_moment::omega_excess_return, terms::Terms};
/// let excess = omega_excess_return(&[0.04, -0.02], &[0.02, -0.01], 0.0, &Terms::of(2.0))?;
/// assert!((excess - (1.04 * 0.98 - 1.0 - 3.0 * 0.02 * 0.01)).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// Those of [`Terms::annual_return`] and [`downside_deviation`].
pub fn omega_excess_return(returns: &[f64], benchmark: &[f64], level: f64, terms: &Terms) -> Result<f64, RiskError> {
    let (risk, other) = (terms.annual_downside(returns, level)?, terms.annual_downside(benchmark, level)?);
    Ok(terms.annual_return(returns)? - 3.0 * risk * other)
}
