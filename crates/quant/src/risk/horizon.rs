//! From the risk of a period to that of several.
//!
//! | rule | what it takes as given |
//! |---|---|
//! | [`scaled_moments`]: μ h, σ √h, S ÷ √h, K ÷ h | periods are independent and alike, returns add up |
//! | [`overlapping_returns`]: Π (1 + r) − 1 over every h rows in a row | history repeats itself, with what followed what |
//! | [`historical_tail`]: the tail of these where h is a whole number, else √h times that of one period | |
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | μ, σ, S, K | [`HorizonMoments`] | mean, volatility, skewness and excess kurtosis |
//! | h | `periods` | number of periods of the horizon |
//!
//! The square root of time leaves out compounding and what follows a bad day; VaR of h periods is √h times that of one only
//! where the mean counts as 0. Overlapping windows keep both, but T − h + 1 of them hold only T ÷ h independent ones.
//! Sources: Basel Committee on Banking Supervision, *Minimum Capital Requirements for Market Risk* (2019), MAR33.5; F. X.
//! Diebold, A. Hickman, A. Inoue, T. Schuermann, *Converting 1-Day Volatility to h-Day Volatility* (1998).

use super::performance::mean_return;
use super::series::{RiskError, check, check_compoundable};
use super::shape::{kurtosis, skewness};
use super::tail::{TailRisk, tail_risk};
use super::variance::volatility;

/// Moments of returns over a horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HorizonMoments {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub volatility: f64,
    /// Skewness.
    pub skewness: f64,
    /// Kurtosis less 3.
    pub excess_kurtosis: f64,
}

/// Moments of a series (volatility with ddof = 1, skewness and kurtosis of the sample), over a horizon of independent periods.
///
/// ```
/// let told = evenkeel_quant::risk::horizon::scaled_moments(&[0.01, 0.03, -0.01, 0.01], 4.0)?;
/// assert!((told.mean - 0.04).abs() < 1e-16);
/// assert!((told.volatility - 2.0 * (0.0008_f64 / 3.0).sqrt()).abs() < 1e-16);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than 2 returns, [`RiskError::NotFinite`], [`RiskError::NoRisk`] where all are equal,
/// [`RiskError::Argument`] for a horizon that is not above 0.
pub fn scaled_moments(returns: &[f64], periods: f64) -> Result<HorizonMoments, RiskError> {
    if !(periods.is_finite() && periods > 0.0) {
        return Err(RiskError::Argument { name: "number of periods of the horizon", value: periods, limit: "above 0" });
    }
    Ok(HorizonMoments {
        mean: mean_return(returns)? * periods,
        volatility: volatility(returns, 1)? * periods.sqrt(),
        skewness: skewness(returns)? / periods.sqrt(),
        excess_kurtosis: (kurtosis(returns)? - 3.0) / periods,
    })
}

/// Compounded returns of every stretch of so many periods, overlapping: T − h + 1 of them, in order of their starts.
///
/// ```
/// let pairs = evenkeel_quant::risk::horizon::overlapping_returns(&[0.1, -0.5, 1.0], 2)?;
/// assert!((pairs[0] + 0.45).abs() < 1e-15 && pairs[1].abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than h returns, [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`],
/// [`RiskError::Argument`] for a horizon of 0 periods.
pub fn overlapping_returns(returns: &[f64], periods: usize) -> Result<Vec<f64>, RiskError> {
    if periods == 0 {
        return Err(RiskError::Argument { name: "number of periods of the horizon", value: 0.0, limit: "at least 1" });
    }
    check(returns, periods)?;
    check_compoundable(returns)?;
    // A product each, not a quotient of running products: a total loss would divide by 0.
    Ok(returns.windows(periods).map(|stretch| stretch.iter().map(|value| 1.0 + value).product::<f64>() - 1.0).collect())
}

/// A horizon that is so near to a whole number of periods is one.
const WHOLE: f64 = 1e-9;

/// The whole number of periods of a horizon; `None` for one that is none.
///
/// ```
/// use evenkeel_quant::risk::horizon::whole_periods;
/// assert_eq!((whole_periods(20.0), whole_periods(0.5)), (Some(20), None));
/// ```
pub fn whole_periods(periods: f64) -> Option<usize> {
    let is_whole = periods >= 1.0 - WHOLE && periods <= f64::from(u32::MAX) && (periods - periods.round()).abs() <= WHOLE * periods;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of periods, at least 1")]
    is_whole.then(|| periods.round() as usize)
}

/// VaR and CVaR of returns over a horizon, as history has them.
///
/// ```
/// let told = evenkeel_quant::risk::horizon::historical_tail(&[0.1, -0.5, 1.0, 0.0], 2.0, 0.5)?;
/// assert!((told.value_at_risk - 0.0).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// Those of [`overlapping_returns`] and [`tail_risk`].
pub fn historical_tail(returns: &[f64], periods: f64, level: f64) -> Result<TailRisk, RiskError> {
    match whole_periods(periods) {
        Some(1) => tail_risk(returns, level),
        Some(whole) => tail_risk(&overlapping_returns(returns, whole)?, level),
        None => {
            let (root, one) = (periods.sqrt(), tail_risk(returns, level)?);
            Ok(TailRisk { value_at_risk: root * one.value_at_risk, conditional_value_at_risk: root * one.conditional_value_at_risk })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn one_period_is_the_series() {
        let returns = [0.02, -0.03, 0.01];
        for (a, b) in overlapping_returns(&returns, 1).unwrap().iter().zip(returns) {
            assert!((a - b).abs() < 1e-16);
        }
        assert_eq!(overlapping_returns(&returns, 3).unwrap().len(), 1);
        assert_eq!(overlapping_returns(&returns, 4), Err(RiskError::TooFew { found: 3, needed: 4 }));
        assert!(matches!(overlapping_returns(&returns, 0), Err(RiskError::Argument { .. })));
        assert!(matches!(scaled_moments(&returns, 0.0), Err(RiskError::Argument { .. })));
    }

    #[test]
    fn sums_of_independent_draws_have_the_scaled_moments() {
        // All 3³ sums of three draws from {−1, 0, 4}, by enumeration, as moments of the population.
        let values = [-1.0, 0.0, 4.0];
        let sums: Vec<f64> = (0..27).map(|at: usize| values[at % 3] + values[at / 3 % 3] + values[at / 9]).collect();
        let scaled = scaled_moments(&values, 3.0).unwrap();
        assert!((scaled.mean - mean_return(&sums).unwrap()).abs() < 1e-14);
        assert!((scaled.skewness - skewness(&sums).unwrap()).abs() < 1e-13);
        assert!((scaled.excess_kurtosis - (kurtosis(&sums).unwrap() - 3.0)).abs() < 1e-13);
    }
}
