//! Covariance of a sample.
//!
//! Σ̂ᵢⱼ = Σₜ (xₜᵢ − x̄ᵢ)(xₜⱼ − x̄ⱼ) ÷ (T − ddof)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `returns` | T × n, oldest first | a period, a fraction |
//! | ddof | `ddof` | 1 | degrees of freedom lost: 1 is unbiased, 0 the largest likelihood of normal returns |
//! | Σ̂ | result | n × n | a period |
//!
//! Not annualized. Fewer rows than assets give a singular matrix, and duplicate assets too; an asset
//! that never moves has covariances of exactly 0. One row with ddof 0 gives zeros.
//! (T. W. Anderson, *An Introduction to Multivariate Statistical Analysis*, 3rd ed. 2003,
//! chapter 3.) Pinned by `golden/covariance.json`.

use super::Covariance;
use crate::estimate::observations::{EstimateError, check_rows, deviations};
use crate::linear::matrix::Matrix;
use crate::linear::product::scaled_gram;
use crate::linear::vector::{count, dot};

/// Covariance of a sample, with the degrees of freedom lost given.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::sample::sample_covariance, linear::matrix::Matrix};
/// let returns = Matrix::from_rows(3, 2, &[0.01, 0.03, 0.02, 0.01, 0.03, 0.02])?;
/// let covariance = sample_covariance(&returns, 1)?;
/// assert!((covariance.matrix().get(0, 0) - 1e-4).abs() < 1e-18);
/// assert!((covariance.matrix().get(0, 1) + 0.5e-4).abs() < 1e-18);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewRows`] unless T > ddof; [`EstimateError::Value`] for a return that is no number.
pub fn sample_covariance(returns: &Matrix, ddof: usize) -> Result<Covariance, EstimateError> {
    check_rows(returns.rows(), ddof)?;
    let deviations = deviations("returns", returns)?;
    Ok(Covariance::dense(scaled_gram(&deviations, count(returns.rows() - ddof).recip())))
}

/// Variance of each asset, from distances to the mean and what their squares are divided by.
pub(crate) fn variances_of(deviations: &Matrix, divisor: f64) -> Vec<f64> {
    deviations.iter_columns().map(|column| dot(column, column) / divisor).collect()
}
