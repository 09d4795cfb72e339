//! Statistical factors: the directions in which returns vary most.
//!
//! S = Σₖ λₖ vₖvₖᵀ with λ decreasing;  the k largest make B (the vectors) and F (the values),  d = diag(S − B F Bᵀ)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | S | sample covariance of `returns`, divided by T − `ddof` | n × n | a period |
//! | k | `factors` | 1 | at most n |
//! | B, F | [`FactorModel`] | n × k, k × k | |
//!
//! Variances are exactly those of the sample. Each vector is given the sign that makes its largest
//! entry positive, so that equal panels give equal exposures. With fewer rows than assets the
//! eigenvectors come from the T × T products of rows. Not annualized. (I. T. Jolliffe, *Principal Component Analysis*,
//! 2nd ed. 2002, chapter 7; G. Connor, R. A. Korajczyk 1986.) Pinned by closed forms in this file.

use super::{FactorModel, join};
use crate::estimate::covariance::{Covariance, sample::variances_of};
use crate::estimate::observations::{EstimateError, check_rows, deviations};
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::product::{multiply, outer_gram, scaled_gram};
use crate::linear::vector::{count, dot, scale};

/// A factor model of the directions in which returns vary most.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::factor_model::principal_components::principal_components, linear::matrix::Matrix};
/// let returns = Matrix::from_rows(3, 2, &[0.01, 0.02, 0.02, 0.04, -0.03, -0.06])?;
/// let model = principal_components(&returns, 1, 1)?;
/// // The second asset is twice the first: one factor explains both.
/// assert!((model.exposures.get(1, 0) / model.exposures.get(0, 0) - 2.0).abs() < 1e-12);
/// assert!(model.explained.iter().all(|share| *share > 1.0 - 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Size`] for more factors than assets; [`EstimateError::TooFewRows`] unless T > ddof and
/// T is at least the number of factors; [`EstimateError::Value`] for a return that is no number.
pub fn principal_components(returns: &Matrix, factors: usize, ddof: usize) -> Result<FactorModel, EstimateError> {
    if factors > returns.columns() {
        return Err(EstimateError::Size { name: "the panel", unit: "assets", found: returns.columns(), needed: factors });
    }
    check_rows(returns.rows(), ddof.max(factors.saturating_sub(1)))?;
    let deviations = deviations("returns", returns)?;
    let lost = count(returns.rows() - ddof);
    let variances = variances_of(&deviations, lost);
    let (values, exposures) = leading(&deviations, lost, factors)?;
    let explained = |asset: usize| (0..factors).map(|k| values[k] * exposures.get(asset, k).powi(2)).sum::<f64>();
    let specific = variances.iter().enumerate().map(|(asset, variance)| (variance - explained(asset)).max(0.0)).collect();
    let factor_covariance =
        Covariance::dense(Matrix::from_fn(factors, factors, |row, column| if row == column { values[row] } else { 0.0 }));
    Ok(join(exposures, factor_covariance, specific)?)
}

/// The largest eigenvalues of the covariance, decreasing, and their vectors.
fn leading(deviations: &Matrix, lost: f64, factors: usize) -> Result<(Vec<f64>, Matrix), EstimateError> {
    let by_rows = deviations.rows() < deviations.columns();
    let eigen = Eigen::of(&if by_rows {
        let mut products = outer_gram(deviations);
        scale(products.values_mut(), lost.recip());
        products
    } else {
        scaled_gram(deviations, lost.recip())
    })?;
    let size = eigen.values.len();
    let order: Vec<usize> = (0..factors).map(|k| size - 1 - k).collect();
    let rows: Vec<usize> = (0..size).collect();
    let mut vectors = eigen.vectors.select(&rows, &order);
    if by_rows {
        // Xᵀu, made of length 1 below, is the eigenvector of the covariance.
        vectors = multiply(&deviations.transposed(), &vectors);
    }
    for k in 0..factors {
        normalize(vectors.column_mut(k));
    }
    Ok((order.iter().map(|at| eigen.values[*at].max(0.0)).collect(), vectors))
}

/// Length 1, and the largest entry positive.
fn normalize(vector: &mut [f64]) {
    let length = dot(vector, vector).sqrt();
    let largest = vector.iter().fold(0.0_f64, |largest, value| if value.abs() > largest.abs() { *value } else { largest });
    if length > 0.0 {
        scale(vector, length.copysign(largest).recip());
    }
}
