//! The repair of matrices that are no covariance: positive semidefinite again, variances kept.
//!
//! Matrices put together of parts (pairwise estimates, stressed or typed correlations) can have
//! negative eigenvalues, which give portfolios of negative variance. Two repairs of the correlation C:
//!
//! clipped: C₊ = Σ max(λₖ, 0) vₖvₖᵀ, scaled to a diagonal of ones;
//!
//! nearest: argmin ‖X − C‖ over positive semidefinite X with a diagonal of ones, in the norm √Σ xᵢⱼ².
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | C | correlations of `matrix` | n × n | may exceed ±1 |
//! | σ² | its diagonal, which is kept | n | a period, at least 0 |
//! | λ, v | eigenvalues and eigenvectors of C | | |
//! | result | [`Repaired`] | n × n | a period |
//!
//! A matrix without negative eigenvalues is returned as it is. Covariances of an asset of variance 0
//! become 0. The nearest matrix is found by alternating projections with Dykstra's correction, and at
//! last scaled to a diagonal of exactly ones. (N. J. Higham, "Computing the Nearest Correlation
//! Matrix – A Problem from Finance", 2002, algorithm 3.3; for clipping R. Rebonato, P. Jäckel 1999.)
//! Pinned by the example of the 2002 paper, in this file.

use super::Covariance;
use super::correlation::{Decomposed, decompose, scale_both_sides, set_unit_diagonal};
use crate::estimate::observations::{EstimateError, check};
use crate::linear::eigen::{Eigen, NoEigenvalues};
use crate::linear::matrix::Matrix;
use crate::linear::product::outer_gram;
use crate::linear::vector::{count, scale};

/// Eigenvalues of a correlation down to this are rounding, not contradictions.
const TOLERANCE: f64 = 1e-12;

/// Distance between the two sets, over n, at which projections have met.
const CONVERGED: f64 = 1e-11;

/// Most rounds of projections; they end long before, unless the matrix is far from a correlation.
const MAX_ROUNDS: usize = 500;

/// Which repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Negative eigenvalues become 0: one eigenvalue decomposition.
    Clip,
    /// The nearest correlation matrix: some tens of eigenvalue decompositions.
    Nearest,
}

/// A covariance that was repaired, and how far that moved it.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// The covariance, a period; its variances are those given.
    pub covariance: Covariance,
    /// Smallest eigenvalue of the correlations given; nothing was moved unless it is negative.
    pub smallest_eigenvalue: f64,
    /// √Σ (ρ − ρ′)² over all entries of the correlations before and after.
    pub distance: f64,
    /// The largest change of a correlation, with its row and column, from 0; none where nothing moved.
    pub largest_change: Option<(usize, usize, f64)>,
}

/// Makes a symmetric matrix positive semidefinite, keeping its diagonal.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::nearest::{Repair, repair}, linear::matrix::Matrix};
/// let contradiction = Matrix::from_rows(3, 3, &[1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0])?;
/// let repaired = repair(&contradiction, Repair::Nearest)?;
/// assert!((repaired.smallest_eigenvalue + 0.8).abs() < 1e-12);
/// assert!((repaired.covariance.matrix().get(0, 1) - 0.5).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Size`] for a matrix that is not square; [`EstimateError::Value`] for an entry that is
/// no number; [`EstimateError::Asymmetric`] for one that is not its mirror image;
/// [`EstimateError::Parameter`] for a variance below 0.
pub fn repair(matrix: &Matrix, how: Repair) -> Result<Repaired, EstimateError> {
    check_symmetric(matrix)?;
    let mut given = decompose(matrix);
    for (asset, volatility) in given.volatilities.iter().enumerate() {
        if *volatility == 0.0 {
            given.correlation.column_mut(asset).fill(0.0);
            for other in 0..matrix.rows() {
                given.correlation.set(asset, other, 0.0);
            }
        }
    }
    set_unit_diagonal(&mut given.correlation);
    let smallest_eigenvalue = Eigen::values_of(&given.correlation)?.first().copied().unwrap_or(1.0);
    if smallest_eigenvalue >= -TOLERANCE {
        let covariance = Covariance::dense(join(&given.correlation, &given.volatilities));
        return Ok(Repaired { covariance, smallest_eigenvalue, distance: 0.0, largest_change: None });
    }
    let correlation = match how {
        Repair::Clip => clipped(&given.correlation)?,
        Repair::Nearest => nearest_correlation(&given.correlation)?,
    };
    Ok(report(&given, &correlation, smallest_eigenvalue))
}

fn report(given: &Decomposed, correlation: &Matrix, smallest_eigenvalue: f64) -> Repaired {
    let (mut squares, mut largest_change) = (0.0, None);
    for (column, (before, after)) in given.correlation.iter_columns().zip(correlation.iter_columns()).enumerate() {
        for (row, (before, after)) in before.iter().zip(after).enumerate() {
            let change = after - before;
            squares += change * change;
            if row > column && largest_change.is_none_or(|(_, _, largest): (_, _, f64)| change.abs() > largest.abs()) {
                largest_change = Some((row, column, change));
            }
        }
    }
    let covariance = Covariance::dense(join(correlation, &given.volatilities));
    Repaired { covariance, smallest_eigenvalue, distance: f64::sqrt(squares), largest_change }
}

fn join(correlation: &Matrix, volatilities: &[f64]) -> Matrix {
    let mut matrix = correlation.clone();
    scale_both_sides(&mut matrix, volatilities);
    matrix
}

/// Negative eigenvalues become 0, and the diagonal 1 again.
fn clipped(correlation: &Matrix) -> Result<Matrix, NoEigenvalues> {
    let mut matrix = positive_part(correlation)?;
    let inverse: Vec<f64> = matrix.diagonal().iter().map(|entry| if *entry > 0.0 { entry.sqrt().recip() } else { 0.0 }).collect();
    scale_both_sides(&mut matrix, &inverse);
    set_unit_diagonal(&mut matrix);
    Ok(matrix)
}

/// Projections onto semidefinite matrices and onto those with a diagonal of ones, in turn.
fn nearest_correlation(correlation: &Matrix) -> Result<Matrix, NoEigenvalues> {
    let size = correlation.rows();
    let mut shifted = correlation.clone();
    let mut correction = Matrix::zeros(size, size);
    for _ in 0..MAX_ROUNDS {
        for (entry, correction) in shifted.values_mut().iter_mut().zip(correction.values()) {
            *entry -= correction;
        }
        let semidefinite = positive_part(&shifted)?;
        for ((correction, after), before) in correction.values_mut().iter_mut().zip(semidefinite.values()).zip(shifted.values()) {
            *correction = after - before;
        }
        let apart = (0..size).map(|at| (semidefinite.get(at, at) - 1.0).powi(2)).sum::<f64>().sqrt();
        shifted = semidefinite;
        set_unit_diagonal(&mut shifted);
        if apart <= CONVERGED * count(size) {
            break;
        }
    }
    clipped(&shifted)
}

/// Σ max(λₖ, 0) vₖvₖᵀ
fn positive_part(matrix: &Matrix) -> Result<Matrix, NoEigenvalues> {
    let mut eigen = Eigen::of(matrix)?;
    for (at, value) in eigen.values.iter().enumerate() {
        scale(eigen.vectors.column_mut(at), value.max(0.0).sqrt());
    }
    Ok(outer_gram(&eigen.vectors))
}

fn check_symmetric(matrix: &Matrix) -> Result<(), EstimateError> {
    let size = matrix.rows();
    if matrix.columns() != size {
        return Err(EstimateError::Size { name: "the matrix", unit: "columns", found: matrix.columns(), needed: size });
    }
    check("the matrix", matrix)?;
    let largest = matrix.diagonal().into_iter().fold(0.0, f64::max);
    for column in 0..size {
        if matrix.get(column, column) < 0.0 {
            return Err(EstimateError::Parameter { name: "a variance", value: matrix.get(column, column), range: "at least 0" });
        }
        for row in column + 1..size {
            let (value, mirror) = (matrix.get(row, column), matrix.get(column, row));
            if (value - mirror).abs() > super::TOLERANCE * largest {
                return Err(EstimateError::Asymmetric { row, column, value, mirror });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn finds_the_matrices_of_the_paper() {
        // Higham (2002), sections 1 and 4, printed with four decimals.
        let given = Matrix::from_rows(3, 3, &[1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0]).unwrap();
        let found = repair(&given, Repair::Nearest).unwrap();
        let expected = [1.0, 0.7607, 0.1573, 0.7607, 1.0, 0.7607, 0.1573, 0.7607, 1.0];
        for (found, expected) in found.covariance.matrix().values().iter().zip(expected) {
            assert!((found - expected).abs() < 5e-5);
        }
        assert!((found.distance - 0.5278).abs() < 5e-5);
        let given = Matrix::from_fn(4, 4, |i, j| [2.0, -1.0, 0.0, 0.0][i.abs_diff(j)]);
        let found = nearest_correlation(&given).unwrap();
        let expected = [1.0, -0.8084, 0.1916, 0.1068, -0.8084, 1.0, -0.6562, 0.1916];
        for (found, expected) in found.values().iter().zip(expected) {
            assert!((found - expected).abs() < 5e-5, "{found} {expected}");
        }
    }

    #[test]
    fn the_closed_form_of_three_that_contradict() {
        // By symmetry all three keep one size, and the corner 1 − 2c = 0 is the nearest.
        let given = Matrix::from_rows(3, 3, &[4.0, 1.8, -1.8, 1.8, 1.0, 0.9, -1.8, 0.9, 1.0]).unwrap();
        let found = repair(&given, Repair::Nearest).unwrap();
        assert!((found.covariance.matrix().get(0, 1) - 2.0 * 0.5).abs() < 1e-9);
        assert!((found.distance - (6.0 * 0.4_f64.powi(2)).sqrt()).abs() < 1e-9);
        let (_, _, change) = found.largest_change.unwrap();
        assert!((change.abs() - 0.4).abs() < 1e-9);
    }

    #[test]
    fn refuses_what_is_no_symmetric_matrix() {
        let refused =
            |rows: usize, values: &[f64]| repair(&Matrix::from_rows(rows, values.len() / rows, values).unwrap(), Repair::Clip).unwrap_err();
        assert!(matches!(refused(1, &[1.0, 0.0]), EstimateError::Size { .. }));
        assert!(matches!(refused(2, &[1.0, 0.5, 0.4, 1.0]), EstimateError::Asymmetric { row: 1, column: 0, .. }));
        assert!(matches!(refused(1, &[f64::NAN]), EstimateError::Value { .. }));
        assert!(matches!(refused(1, &[-1.0]), EstimateError::Parameter { .. }));
    }

    #[test]
    fn an_asset_of_no_variance_covaries_with_nothing() {
        let given = Matrix::from_rows(2, 2, &[1.0, 0.5, 0.5, 0.0]).unwrap();
        assert_eq!(repair(&given, Repair::Clip).unwrap().covariance.matrix().values(), [1.0, 0.0, 0.0, 0.0]);
    }
}
