//! Eigenvalues of symmetric matrices.

use faer::Side;

use super::matrix::Matrix;

/// A = V diag(λ) Vᵀ of a symmetric matrix A.
#[derive(Debug, Clone)]
pub struct Eigen {
    /// λ, in increasing order.
    pub values: Vec<f64>,
    /// V: a column of length 1 for each eigenvalue.
    pub vectors: Matrix,
}

/// An iteration that found no eigenvalues, as of a matrix with entries that are not numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the matrix has no eigenvalues: an entry is not a finite number")]
pub struct NoEigenvalues;

impl Eigen {
    /// Eigenvalues and eigenvectors of a symmetric matrix, of which the part on and below the diagonal
    /// is read.
    ///
    /// ```
    /// use evenkeel_quant::linear::{eigen::Eigen, matrix::Matrix};
    /// let eigen = Eigen::of(&Matrix::from_rows(2, 2, &[2.0, 1.0, 1.0, 2.0])?)?;
    /// assert!((eigen.values[0] - 1.0).abs() < 1e-15 && (eigen.values[1] - 3.0).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NoEigenvalues`] where an entry is not a finite number.
    pub fn of(matrix: &Matrix) -> Result<Self, NoEigenvalues> {
        finite(matrix)?;
        if matrix.rows() == 0 {
            return Ok(Self { values: Vec::new(), vectors: Matrix::zeros(0, 0) });
        }
        let eigen = matrix.as_faer().self_adjoint_eigen(Side::Lower).map_err(|_| NoEigenvalues)?;
        let values = eigen.S().column_vector().iter().copied().collect();
        Ok(Self { values, vectors: Matrix::from_faer(eigen.U()) })
    }

    /// Eigenvalues alone, in increasing order: less work than with vectors.
    ///
    /// # Errors
    /// [`NoEigenvalues`] where an entry is not a finite number.
    pub fn values_of(matrix: &Matrix) -> Result<Vec<f64>, NoEigenvalues> {
        finite(matrix)?;
        if matrix.rows() == 0 {
            return Ok(Vec::new());
        }
        matrix.as_faer().self_adjoint_eigenvalues(Side::Lower).map_err(|_| NoEigenvalues)
    }
}

fn finite(matrix: &Matrix) -> Result<(), NoEigenvalues> {
    if matrix.values().iter().all(|value| value.is_finite()) { Ok(()) } else { Err(NoEigenvalues) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "tests")]

    use super::*;

    #[test]
    fn knows_the_eigenvalues_of_the_second_difference() {
        // 2 on the diagonal, −1 beside it: 2 − 2 cos(kπ ÷ (n + 1)).
        for size in 1..40_usize {
            let matrix = Matrix::from_fn(size, size, |i, j| [2.0, -1.0, 0.0][i.abs_diff(j).min(2)]);
            let eigen = Eigen::of(&matrix).unwrap();
            for (k, value) in eigen.values.iter().enumerate() {
                let expected = 2.0 - 2.0 * ((k + 1) as f64 * std::f64::consts::PI / (size + 1) as f64).cos();
                assert!((value - expected).abs() < 1e-13);
            }
            assert!((Eigen::values_of(&matrix).unwrap()[0] - eigen.values[0]).abs() < 1e-13);
        }
    }

    #[test]
    fn nothing_has_no_eigenvalues() {
        assert_eq!(Eigen::of(&Matrix::zeros(0, 0)).unwrap().values, Vec::<f64>::new());
        assert_eq!(Eigen::values_of(&Matrix::zeros(0, 0)), Ok(Vec::new()));
    }

    #[test]
    fn refuses_what_is_not_a_number() {
        assert!(matches!(Eigen::of(&Matrix::from_fn(2, 2, |_, _| f64::NAN)), Err(NoEigenvalues)));
    }
}
