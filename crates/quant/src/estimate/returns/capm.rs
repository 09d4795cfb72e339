//! What an asset's beta earns.
//!
//! μᵢ = f + βᵢ (M − f), βᵢ = cov(rᵢ, m) ÷ var(m)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T × n | simple, a fraction a period |
//! | m | `market` | T, the same dates | a fraction a period |
//! | f, M | `risk_free`, `market_return` | 1 | expected, a fraction a period |
//! | β | [`betas`] | n | |
//! | μ | result | n | a fraction a period, the risk-free return included |
//!
//! Betas of total returns; with a risk-free return that varies, take returns in excess of it. Source:
//! W. F. Sharpe, Journal of Finance 19 (1964). Pinned by `golden/expected_returns.json`.

use crate::estimate::observations::{EstimateError, check, check_list, check_parameter, check_rows};
use crate::linear::matrix::Matrix;
use crate::linear::product::transposed_times;
use crate::linear::vector::{count, dot, sum};

/// Expected returns of the capital asset pricing model.
///
/// ```
/// use evenkeel_quant::estimate::returns::capm::capm_returns;
/// let expected = capm_returns(&[0.0, 1.0, 1.5], 0.02, 0.06)?;
/// assert!((expected[0] - 0.02).abs() < 1e-15 && (expected[2] - 0.08).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::estimate::observations::EstimateError>(())
/// ```
///
/// # Errors
/// [`EstimateError::Value`], [`EstimateError::Parameter`].
pub fn capm_returns(betas: &[f64], risk_free: f64, market_return: f64) -> Result<Vec<f64>, EstimateError> {
    check_list("betas", betas, betas.len())?;
    check_parameter("risk-free return", risk_free)?;
    check_parameter("return of the market", market_return)?;
    Ok(betas.iter().map(|beta| risk_free + beta * (market_return - risk_free)).collect())
}

/// Betas of assets to a market.
///
/// ```
/// use evenkeel_quant::{estimate::returns::capm::betas, linear::matrix::Matrix};
/// let returns = Matrix::from_columns(3, 1, vec![0.03, -0.01, 0.01])?;
/// assert!((betas(&returns, &[0.02, 0.0, 0.01])?[0] - 2.0).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Value`], [`EstimateError::TooFewRows`] where there are no rows,
/// [`EstimateError::Size`] for a market of other dates, [`EstimateError::Value`], and
/// [`EstimateError::Parameter`] for a market that does not move.
pub fn betas(returns: &Matrix, market: &[f64]) -> Result<Vec<f64>, EstimateError> {
    check_rows(returns.rows(), 0)?;
    check("returns", returns)?;
    check_list("returns of the market", market, returns.rows())?;
    // From the first return, so that a market that does not move has a variance of exactly 0.
    let first = market.first().copied().unwrap_or_default();
    let shifted: Vec<f64> = market.iter().map(|value| value - first).collect();
    let mean = sum(&shifted) / count(market.len());
    let deviations: Vec<f64> = shifted.iter().map(|value| value - mean).collect();
    let variance = dot(&deviations, &deviations);
    if variance.is_nan() || variance <= 0.0 {
        return Err(EstimateError::Parameter { name: "variance of the market", value: variance, range: "above 0" });
    }
    // What the assets' own means would add is 0, because the deviations sum to 0.
    Ok(transposed_times(returns, &deviations).into_iter().map(|product| product / variance).collect())
}
