//! Mean and covariance of periods that do not count alike.
//!
//! x̄ᵢ = Σₜ pₜ xₜᵢ  and  Σᵢⱼ = Σₜ pₜ (xₜᵢ − x̄ᵢ)(xₜⱼ − x̄ⱼ)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `returns` | T × n | a period, a fraction |
//! | p | `weights` ÷ their sum | T | probabilities |
//! | x̄, Σ | [`Weighted`] | n and n × n | a period |
//!
//! The moments of the distribution that has probability pₜ on row t, so nothing is lost to degrees of
//! freedom. Not annualized. (A. Meucci, *Risk and Asset Allocation*, 2005, chapter 2.)
//! Pinned by the posterior moments of the entropy pooling case.

use super::Covariance;
use crate::estimate::observations::{EstimateError, check, check_rows};
use crate::linear::matrix::Matrix;
use crate::linear::product::scaled_gram;
use crate::linear::vector::dot;

/// Moments of periods that do not count alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// Mean of each asset, a period.
    pub means: Vec<f64>,
    /// Covariance, a period.
    pub covariance: Covariance,
}

/// Mean and covariance where each row has a weight of its own, of any sum.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::weighted::weighted_moments, linear::matrix::Matrix};
/// let found = weighted_moments(&Matrix::from_columns(2, 1, vec![0.0, 0.04])?, &[3.0, 1.0])?;
/// assert!((found.means[0] - 0.01).abs() < 1e-17);
/// assert!((found.covariance.variances()[0] - 0.75 * 0.0001 - 0.25 * 0.0009).abs() < 1e-17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Size`] unless there is a weight for each row; [`EstimateError::Parameter`] for a
/// weight below 0 and for weights that are all 0; [`EstimateError::TooFewRows`] without rows;
/// [`EstimateError::Value`] for a return that is no number.
pub fn weighted_moments(returns: &Matrix, weights: &[f64]) -> Result<Weighted, EstimateError> {
    check_rows(returns.rows(), 0)?;
    check("returns", returns)?;
    let probabilities = probabilities(weights, returns.rows())?;
    let means = weighted_means(returns, &probabilities);
    let covariance = Covariance::dense(second_moment(returns, &means, &probabilities));
    Ok(Weighted { means, covariance })
}

/// Weights divided by their sum.
pub(crate) fn probabilities(weights: &[f64], rows: usize) -> Result<Vec<f64>, EstimateError> {
    if weights.len() != rows {
        return Err(EstimateError::Size { name: "weights", unit: "entries", found: weights.len(), needed: rows });
    }
    if let Some(value) = weights.iter().find(|weight| !weight.is_finite() || **weight < 0.0) {
        return Err(EstimateError::Parameter { name: "a weight of a row", value: *value, range: "a number of at least 0" });
    }
    let total: f64 = weights.iter().sum();
    if total.is_finite() && total > 0.0 {
        Ok(weights.iter().map(|weight| weight / total).collect())
    } else {
        Err(EstimateError::Parameter { name: "the sum of the rows' weights", value: total, range: "a number above 0" })
    }
}

/// Σₜ pₜ xₜᵢ for probabilities that sum to 1: exact for an asset that never moves.
pub(crate) fn weighted_means(returns: &Matrix, probabilities: &[f64]) -> Vec<f64> {
    let mut difference = vec![0.0; returns.rows()];
    let mean = |column: &[f64]| {
        let first = column.first().copied().unwrap_or(0.0);
        for (difference, value) in difference.iter_mut().zip(column) {
            *difference = value - first;
        }
        first + dot(&difference, probabilities)
    };
    returns.iter_columns().map(mean).collect()
}

/// Σₜ wₜ (xₜ − c)(xₜ − c)ᵀ
pub(crate) fn second_moment(returns: &Matrix, centers: &[f64], weights: &[f64]) -> Matrix {
    let roots: Vec<f64> = weights.iter().map(|weight| weight.sqrt()).collect();
    let mut scaled = Matrix::zeros(returns.rows(), returns.columns());
    for (at, (column, center)) in returns.iter_columns().zip(centers).enumerate() {
        for ((scaled, value), root) in scaled.column_mut(at).iter_mut().zip(column).zip(&roots) {
            *scaled = (value - center) * root;
        }
    }
    scaled_gram(&scaled, 1.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;
    use crate::estimate::covariance::sample::sample_covariance;

    #[test]
    fn equal_weights_give_the_sample_covariance() {
        let returns = Matrix::from_rows(3, 2, &[0.01, 0.03, 0.02, -0.01, 0.05, 0.02]).unwrap();
        let (weighted, sample) = (weighted_moments(&returns, &[2.0; 3]).unwrap(), sample_covariance(&returns, 0).unwrap());
        for (a, b) in weighted.covariance.matrix().values().iter().zip(sample.matrix().values()) {
            assert!((a - b).abs() < 1e-18);
        }
    }

    #[test]
    fn refuses_what_is_no_weight() {
        let returns = Matrix::zeros(2, 1);
        assert!(matches!(weighted_moments(&returns, &[1.0]), Err(EstimateError::Size { found: 1, needed: 2, .. })));
        for weights in [[-1.0, 2.0], [f64::NAN, 1.0], [0.0, 0.0]] {
            assert!(matches!(weighted_moments(&returns, &weights), Err(EstimateError::Parameter { .. })), "{weights:?}");
        }
        assert!(matches!(weighted_moments(&Matrix::zeros(0, 1), &[]), Err(EstimateError::TooFewRows { needed: 1, .. })));
    }
}
