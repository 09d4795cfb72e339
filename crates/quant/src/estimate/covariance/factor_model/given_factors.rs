//! A model whose factor returns are given, as those of a market or of styles are.
//!
//! B = Cov(x, f) Cov(f)⁻¹,  F = Cov(f),  dᵢ = Σₜ εₜᵢ² ÷ (T − ddof − k) with ε = x − x̄ − B (f − f̄)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `returns` | T × n | a period, a fraction |
//! | f | `factors` | T × k, the same periods | a period, a fraction |
//! | ddof | `ddof` | 1 | of F: 1 is unbiased; the residuals lose a further one for each factor |
//! | B, F, Σ | [`FactorModel`] | n × k, k × k, n × n as factors | |
//!
//! A regression with a constant for each asset. Libraries divide the residuals by T − 1 (`skfolio`); to
//! divide by T − 1 − k makes d unbiased, and their difference is a share k ÷ (T − 1) of d. Not annualized.
//! (W. F. Sharpe, "A Simplified Model for Portfolio Analysis", 1963; W. H. Greene, *Econometric
//! Analysis*, 7th ed. 2012, section 4.3.) Pinned by closed forms in this file.

use super::{FactorModel, join};
use crate::estimate::covariance::{Covariance, sample::variances_of};
use crate::estimate::normal_equations::NormalEquations;
use crate::estimate::observations::{EstimateError, check_rows, deviations};
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, multiply, scaled_gram};
use crate::linear::vector::count;

/// A factor model of given factor returns, with exposures by regression over time.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::factor_model::given_factors::given_factors, linear::matrix::Matrix};
/// let market = Matrix::from_columns(4, 1, vec![0.01, 0.02, -0.03, 0.0])?;
/// let returns = Matrix::from_fn(4, 1, |row, _| 0.001 + 1.5 * market.get(row, 0));
/// let model = given_factors(&returns, &market, 1)?;
/// assert!((model.exposures.get(0, 0) - 1.5).abs() < 1e-12);
/// assert!((model.explained[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Size`] unless assets and factors have the same rows; [`EstimateError::TooFewRows`]
/// unless T > ddof + k; [`EstimateError::CollinearFactor`] for a factor that is constant or depends on
/// those before it; [`EstimateError::Value`] for an entry of either that is no number.
pub fn given_factors(returns: &Matrix, factors: &Matrix, ddof: usize) -> Result<FactorModel, EstimateError> {
    if factors.rows() != returns.rows() {
        return Err(EstimateError::Size { name: "factors", unit: "rows", found: factors.rows(), needed: returns.rows() });
    }
    let lost = ddof + factors.columns();
    check_rows(returns.rows(), lost)?;
    let returns = deviations("returns", returns)?;
    let factors = deviations("factors", factors)?;
    let equations = NormalEquations::factor(&gram(&factors)).map_err(|column| EstimateError::CollinearFactor { column })?;
    let mut coefficients = multiply(&factors.transposed(), &returns);
    equations.solve(&mut coefficients);
    let mut residuals = multiply(&factors, &coefficients);
    for (residual, value) in residuals.values_mut().iter_mut().zip(returns.values()) {
        *residual = value - *residual;
    }
    let specific = variances_of(&residuals, count(returns.rows() - lost));
    let factor_covariance = Covariance::dense(scaled_gram(&factors, count(returns.rows() - ddof).recip()));
    Ok(join(coefficients.transposed(), factor_covariance, specific)?)
}
