//! Ratios that look at the shape of a distribution, or at the order of returns.
//!
//! | measure | formula |
//! |---|---|
//! | [`compounded_sharpe_ratio`] | SR = (R − F) ÷ σ, a year |
//! | [`adjusted_sharpe_ratio`] | SR (1 + S ÷ 6 SR − (K − 3) ÷ 24 SR²), with skewness S and kurtosis K |
//! | [`skewness_kurtosis_ratio`] | S ÷ K |
//! | [`hurst_index`] | ln((max r − min r) ÷ σ of a period) ÷ ln T: above ½ returns follow on one another |
//! | [`k_ratio`] | b ÷ s(b) × √P ÷ T, of ln V = a + b t: how steadily value has grown |
//! | [`bias_ratio`] | returns in [0, σ] ÷ (1 + returns in [−σ, 0)), in number: high where losses are smoothed away |
//! | [`tail_ratio`] | \|95 % quantile\| ÷ \|5 % quantile\| |
//! | [`rachev_ratio`] | mean of the best 1 − β over the mean loss of the worst |
//! | [`reward_to_value_at_risk`], [`conditional_sharpe_ratio`] | (r̄ − f) ÷ VaR, ÷ CVaR, a period |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | a fraction a period |
//! | R, F, σ | | 1 | a year, under [`Terms`]; σ of a period has its ddof |
//! | β | `level` | 1 | confidence, strictly between 0 and 1 |
//!
//! The Hurst index is the book's short form, not a rescaled-range regression. Errors: those of the series, and a measure in the
//! denominator that is 0. Sources: J. Pezier, A. White, *The Relative Merits of Investable Hedge Fund Indices* (2006); M. Watanabe
//! (2006); H. E. Hurst, Transactions of the American Society of Civil Engineers 116 (1951); L. N. Kestner, *(Re-)Introducing the K-Ratio*
//! (2013); A. Abdulali, *The Bias Ratio* (2006); A. Biglova, S. Ortobelli, S. Rachev, S. Stoyanov, Journal of Portfolio Management
//! 31 (2004); K. Dowd, *Beyond Value at Risk* (1998); C. R. Bacon (2008), sections 4.3 to 4.10.

use super::terms::Terms;
use crate::linear::vector::{count, dot};
use crate::risk::performance::mean_return;
use crate::risk::series::{RiskError, check, check_argument, check_compoundable, check_periods, deviations, ratio};
use crate::risk::shape::{kurtosis, skewness};
use crate::risk::tail::{conditional_value_at_risk, interpolated_value_at_risk, value_at_risk};
use crate::risk::variance::volatility;

/// Sharpe ratio of the compounded return, a year; [`risk::ratio`](crate::risk::ratio) has that of the arithmetic mean.
///
/// ```
/// use evenkeel_quant::performance::{shape::compounded_sharpe_ratio, terms::Terms};
/// let ratio = compounded_sharpe_ratio(&[0.2, 0.0], &Terms::of(2.0))?;
/// assert!((ratio - 0.2 / 0.02_f64.sqrt()).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// Those of [`Terms::annual_excess`], [`RiskError::NoRisk`] where all returns are equal.
pub fn compounded_sharpe_ratio(returns: &[f64], terms: &Terms) -> Result<f64, RiskError> {
    ratio(terms.annual_excess(returns)?, terms.annual_volatility(returns)?, "volatility")
}

/// Sharpe ratio adjusted for skewness and kurtosis, a year.
///
/// ```
/// use evenkeel_quant::performance::{shape::adjusted_sharpe_ratio, terms::Terms};
/// let ratio = adjusted_sharpe_ratio(&[0.2, 0.0], &Terms::of(2.0))?;
/// let sharpe = 0.2 / 0.02_f64.sqrt();
/// assert!((ratio - sharpe * (1.0 + 2.0 / 24.0 * sharpe * sharpe)).abs() < 1e-12);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`compounded_sharpe_ratio`].
pub fn adjusted_sharpe_ratio(returns: &[f64], terms: &Terms) -> Result<f64, RiskError> {
    let sharpe = compounded_sharpe_ratio(returns, terms)?;
    Ok(sharpe * (1.0 + skewness(returns)? / 6.0 * sharpe - (kurtosis(returns)? - 3.0) / 24.0 * sharpe * sharpe))
}

/// Skewness over kurtosis.
///
/// ```
/// assert_eq!(evenkeel_quant::performance::shape::skewness_kurtosis_ratio(&[0.2, 0.0])?, 0.0);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`], [`RiskError::NotFinite`], [`RiskError::NoRisk`] where all returns are equal.
pub fn skewness_kurtosis_ratio(returns: &[f64]) -> Result<f64, RiskError> {
    ratio(skewness(returns)?, kurtosis(returns)?, "kurtosis")
}

/// Hurst index in the book's short form.
///
/// ```
/// let index = evenkeel_quant::performance::shape::hurst_index(&[0.1, -0.1, 0.1, -0.1], 0)?;
/// assert!((index - 0.5).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`skewness_kurtosis_ratio`].
pub fn hurst_index(returns: &[f64], ddof: usize) -> Result<f64, RiskError> {
    check(returns, 2)?;
    let best = returns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let worst = returns.iter().copied().fold(f64::INFINITY, f64::min);
    let range = ratio(best - worst, volatility(returns, ddof)?, "volatility")?;
    Ok(range.ln() / count(returns.len()).ln())
}

/// K-ratio, Kestner's form of 2013.
///
/// ```
/// let unsteady = evenkeel_quant::performance::shape::k_ratio(&[0.01, 0.02, 0.01, 0.03], 12.0)?;
/// assert!(unsteady > 0.0);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than 3 returns, [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`], also for a total loss,
/// [`RiskError::Argument`], [`RiskError::NoRisk`] for growth that never varies.
pub fn k_ratio(returns: &[f64], periods_per_year: f64) -> Result<f64, RiskError> {
    check_periods(periods_per_year)?;
    check(returns, 3)?;
    check_compoundable(returns)?;
    if let Some(index) = returns.iter().position(|value| *value <= -1.0) {
        return Err(RiskError::BelowTotalLoss { index, value: -1.0 });
    }
    let mut grown = 0.0;
    let path: Vec<f64> = returns
        .iter()
        .map(|value| {
            grown += value.ln_1p();
            grown
        })
        .collect();
    let times: Vec<f64> = (0..path.len()).map(count).collect();
    let (times, path) = (deviations(&times), deviations(&path));
    let spread = dot(&times, &times);
    let slope = dot(&times, &path) / spread;
    let left: Vec<f64> = times.iter().zip(&path).map(|(time, value)| value - slope * time).collect();
    let error = (dot(&left, &left) / count(returns.len() - 2) / spread).sqrt();
    Ok(ratio(slope, error, "standard error of growth")? * periods_per_year.sqrt() / count(returns.len()))
}

/// Bias ratio: how many small gains there are for a small loss.
///
/// ```
/// let ratio = evenkeel_quant::performance::shape::bias_ratio(&[0.0, 0.01, 0.01, -0.05], 0)?;
/// assert_eq!(ratio, 3.0);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`], [`RiskError::NotFinite`].
pub fn bias_ratio(returns: &[f64], ddof: usize) -> Result<f64, RiskError> {
    let sigma = volatility(returns, ddof)?;
    let gains = returns.iter().filter(|value| (0.0..=sigma).contains(*value)).count();
    let losses = returns.iter().filter(|value| (-sigma..0.0).contains(*value)).count();
    Ok(count(gains) / (1.0 + count(losses)))
}

/// Tail ratio: how large the best twentieth is beside the worst one, by interpolated quantiles.
///
/// ```
/// let ratio = evenkeel_quant::performance::shape::tail_ratio(&[-0.02, 0.0, 0.04])?;
/// assert!((ratio - 2.0).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`], [`RiskError::NotFinite`], [`RiskError::NoRisk`] where the 5 % quantile is 0.
pub fn tail_ratio(returns: &[f64]) -> Result<f64, RiskError> {
    let best = interpolated_value_at_risk(&negated(returns), 0.95)?;
    ratio(best.abs(), interpolated_value_at_risk(returns, 0.95)?.abs(), "5 % quantile")
}

/// Rachev ratio: mean of the best tail over the mean loss of the worst.
///
/// ```
/// let ratio = evenkeel_quant::performance::shape::rachev_ratio(&[-0.02, 0.0, 0.0, 0.04], 0.75)?;
/// assert!((ratio - 2.0).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`], [`RiskError::NotFinite`], [`RiskError::Level`], [`RiskError::NoRisk`].
pub fn rachev_ratio(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    ratio(conditional_value_at_risk(&negated(returns), level)?, conditional_value_at_risk(returns, level)?, "CVaR")
}

/// Reward to VaR, a period.
///
/// ```
/// let ratio = evenkeel_quant::performance::shape::reward_to_value_at_risk(&[-0.02, 0.0, 0.0, 0.04], 0.0, 0.75)?;
/// assert!((ratio - 0.25).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`rachev_ratio`], and [`RiskError::Argument`].
pub fn reward_to_value_at_risk(returns: &[f64], risk_free: f64, level: f64) -> Result<f64, RiskError> {
    check_argument("risk-free return", risk_free)?;
    ratio(mean_return(returns)? - risk_free, value_at_risk(returns, level)?, "VaR")
}

/// Conditional Sharpe ratio, a period.
///
/// ```
/// let ratio = evenkeel_quant::performance::shape::conditional_sharpe_ratio(&[-0.02, 0.0, 0.0, 0.04], 0.0, 0.5)?;
/// assert!((ratio - 0.5).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`rachev_ratio`], and [`RiskError::Argument`].
pub fn conditional_sharpe_ratio(returns: &[f64], risk_free: f64, level: f64) -> Result<f64, RiskError> {
    check_argument("risk-free return", risk_free)?;
    ratio(mean_return(returns)? - risk_free, conditional_value_at_risk(returns, level)?, "CVaR")
}

fn negated(returns: &[f64]) -> Vec<f64> {
    returns.iter().map(|value| -value).collect()
}
