//! A model whose exposures are given, as industries and styles are.
//!
//! f̂ₜ = (BᵀB)⁻¹ Bᵀ xₜ for each period t;  F = Cov(f̂),  dᵢ = Var(xᵢ − (B f̂)ᵢ)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `returns` | T × n | a period, a fraction |
//! | B | `exposures` | n × k | as wished: factor returns are per unit of exposure |
//! | ddof | `ddof` | 1 | of F and of d alike |
//! | Σ | result | n × n, as factors | a period |
//!
//! Ordinary least squares across assets: each counts alike. With F and d given too, use
//! [`compose`](super::compose). Not annualized. (R. C. Grinold, R. N. Kahn, *Active Portfolio
//! Management*, 2nd ed. 2000, chapter 3, technical appendix.) Pinned by closed forms in this file.

use super::{FactorModel, join};
use crate::estimate::covariance::sample::{sample_covariance, variances_of};
use crate::estimate::normal_equations::NormalEquations;
use crate::estimate::observations::{EstimateError, check, check_rows, deviations};
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, multiply};
use crate::linear::vector::count;

/// A factor model of given exposures, with factor returns by least squares in each period.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::factor_model::given_exposures::given_exposures, linear::matrix::Matrix};
/// let exposures = Matrix::from_columns(2, 1, vec![1.0, 2.0])?;
/// let returns = Matrix::from_rows(3, 2, &[0.01, 0.02, 0.02, 0.04, -0.03, -0.06])?;
/// let model = given_exposures(&returns, exposures, 1)?;
/// assert!((model.factor_covariance.variances()[0] - 0.0007).abs() < 1e-17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Size`] unless there is a row of exposures for each asset;
/// [`EstimateError::CollinearFactor`] for a column of exposures that depends on those before it;
/// [`EstimateError::TooFewRows`] unless T > ddof; [`EstimateError::Value`] for an entry of
/// either that is no number.
pub fn given_exposures(returns: &Matrix, exposures: Matrix, ddof: usize) -> Result<FactorModel, EstimateError> {
    if exposures.rows() != returns.columns() {
        return Err(EstimateError::Size { name: "exposures", unit: "rows", found: exposures.rows(), needed: returns.columns() });
    }
    check_rows(returns.rows(), ddof)?;
    check("returns", returns)?;
    check("exposures", &exposures)?;
    let equations = NormalEquations::factor(&gram(&exposures)).map_err(|column| EstimateError::CollinearFactor { column })?;
    // k × T: a column of factor returns for each period.
    let mut factor_returns = multiply(&exposures.transposed(), &returns.transposed());
    equations.solve(&mut factor_returns);
    let factor_returns = factor_returns.transposed();
    let mut residuals = multiply(&factor_returns, &exposures.transposed());
    for (residual, value) in residuals.values_mut().iter_mut().zip(returns.values()) {
        *residual = value - *residual;
    }
    let specific = variances_of(&deviations("residuals", &residuals)?, count(returns.rows() - ddof));
    Ok(join(exposures, sample_covariance(&factor_returns, ddof)?, specific)?)
}
