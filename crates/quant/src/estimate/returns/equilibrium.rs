//! What the market's weights imply.
//!
//! π = δ Σ b, δ = m ÷ bᵀΣb
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` | n × n | a period |
//! | b | `market_weights` | n | fractions; what the market holds |
//! | δ | `risk_aversion` | 1 | excess return for a unit of variance, about 2 to 4 |
//! | m | `excess_return` | 1 | of the market over the risk-free return, a fraction a period |
//! | π | result | n | excess over the risk-free return, a fraction a period |
//!
//! The returns for which b maximizes bᵀπ − δ/2 bᵀΣb: reverse optimization. δ does not depend on the
//! period, because return and variance both grow with it. Source: W. F. Sharpe, *Imputing Expected
//! Security Returns from Portfolio Composition*, Journal of Financial and Quantitative Analysis 9
//! (1974); F. Black, R. Litterman, Financial Analysts Journal 48 (1992). Pinned by
//! `golden/expected_returns.json`.

use crate::estimate::covariance::Covariance;
use crate::estimate::observations::{EstimateError, check_list, check_parameter};

/// Equilibrium excess returns π.
///
/// ```
/// use evenkeel_quant::estimate::{covariance::Covariance, returns::equilibrium::equilibrium_returns};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let implied = equilibrium_returns(&covariance, &[0.5, 0.5], 2.5)?;
/// assert!((implied[0] - 0.05).abs() < 1e-15 && (implied[1] - 0.0125).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Size`], [`EstimateError::Value`], [`EstimateError::Parameter`].
pub fn equilibrium_returns(covariance: &Covariance, market_weights: &[f64], risk_aversion: f64) -> Result<Vec<f64>, EstimateError> {
    check_list("market weights", market_weights, covariance.size())?;
    check_parameter("risk aversion", risk_aversion)?;
    Ok(covariance.times(market_weights).into_iter().map(|with_market| risk_aversion * with_market).collect())
}

/// Risk aversion δ at which the market's excess return pays for its variance.
///
/// ```
/// use evenkeel_quant::estimate::{covariance::Covariance, returns::equilibrium::implied_risk_aversion};
/// let covariance = Covariance::from_volatilities(&[0.2], &[1.0])?;
/// assert!((implied_risk_aversion(&covariance, &[1.0], 0.1)? - 2.5).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`equilibrium_returns`], and [`EstimateError::Parameter`] for a market without variance.
pub fn implied_risk_aversion(covariance: &Covariance, market_weights: &[f64], excess_return: f64) -> Result<f64, EstimateError> {
    check_list("market weights", market_weights, covariance.size())?;
    check_parameter("excess return of the market", excess_return)?;
    let variance = covariance.variance(market_weights);
    if variance > 0.0 {
        Ok(excess_return / variance)
    } else {
        Err(EstimateError::Parameter { name: "variance of the market", value: variance, range: "above 0" })
    }
}
