//! Factorization and solution of positive definite systems.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::triangular_solve;
use faer::{MatMut, Par};

use super::matrix::Matrix;

/// L with A = L Lᵀ, of a symmetric positive definite matrix A.
#[derive(Debug, Clone)]
pub struct Cholesky {
    lower: Matrix,
}

/// A matrix that has no Cholesky factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the matrix is not positive definite: pivot {pivot} is not above 0")]
pub struct NotPositiveDefinite {
    /// The first row whose pivot is not above 0.
    pub pivot: usize,
}

impl Cholesky {
    /// Factors a symmetric matrix, of which the part on and below the diagonal is read.
    ///
    /// ```
    /// use evenkeel_quant::linear::{cholesky::Cholesky, matrix::Matrix};
    /// let a = Matrix::from_rows(2, 2, &[4.0, 2.0, 2.0, 3.0])?;
    /// let x = Cholesky::factor(a)?.solve(&[8.0, 7.0]);
    /// assert!((x[0] - 1.25).abs() < 1e-15 && (x[1] - 1.5).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NotPositiveDefinite`] with the pivot that failed, also where an entry is not a number.
    pub fn factor(mut matrix: Matrix) -> Result<Self, NotPositiveDefinite> {
        let size = matrix.rows();
        let mut memory = MemBuffer::new(cholesky_in_place_scratch::<f64>(size, Par::Seq, faer::prelude::default()));
        let stack = MemStack::new(&mut memory);
        cholesky_in_place(matrix.as_faer_mut(), LltRegularization::default(), Par::Seq, stack, faer::prelude::default()).map_err(
            |error| match error {
                faer::linalg::cholesky::llt::factor::LltError::NonPositivePivot { index } => NotPositiveDefinite { pivot: index },
            },
        )?;
        for column in 1..size {
            matrix.column_mut(column)[..column].fill(0.0);
        }
        Ok(Self { lower: matrix })
    }

    /// Number of rows.
    pub fn size(&self) -> usize {
        self.lower.rows()
    }

    /// The lower triangle L.
    pub fn lower(&self) -> &Matrix {
        &self.lower
    }

    /// x with A x = b. The caller keeps to the shape.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        self.solve_lower(&mut x);
        self.solve_upper(&mut x);
        x
    }

    /// Replaces every column b of a matrix by x with A x = b. The caller keeps to the shape.
    pub fn solve_columns(&self, b: &mut Matrix) {
        triangular_solve::solve_lower_triangular_in_place(self.lower.as_faer(), b.as_faer_mut(), Par::Seq);
        triangular_solve::solve_upper_triangular_in_place(self.lower.as_faer().transpose(), b.as_faer_mut(), Par::Seq);
    }

    /// Replaces b by L⁻¹ b.
    pub fn solve_lower(&self, b: &mut [f64]) {
        let size = b.len();
        triangular_solve::solve_lower_triangular_in_place(self.lower.as_faer(), MatMut::from_column_major_slice_mut(b, size, 1), Par::Seq);
    }

    /// Replaces b by L⁻ᵀ b.
    pub fn solve_upper(&self, b: &mut [f64]) {
        let size = b.len();
        let upper = self.lower.as_faer().transpose();
        triangular_solve::solve_upper_triangular_in_place(upper, MatMut::from_column_major_slice_mut(b, size, 1), Par::Seq);
    }
}
