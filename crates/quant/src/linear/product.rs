//! Products of matrices.

use faer::linalg::matmul::{self, triangular::BlockStructure};
use faer::{Accum, Par};

use super::matrix::Matrix;
use super::vector::{add_scaled, dot};

/// A x: one entry a row. The caller keeps to the shapes (x has one entry a column).
///
/// ```
/// use evenkeel_quant::linear::{matrix::Matrix, product::times};
/// let matrix = Matrix::from_rows(2, 2, &[1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(times(&matrix, &[1.0, 1.0]), [3.0, 7.0]);
/// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
/// ```
pub fn times(matrix: &Matrix, x: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; matrix.rows()];
    for (column, weight) in matrix.iter_columns().zip(x) {
        if *weight != 0.0 {
            add_scaled(&mut product, *weight, column);
        }
    }
    product
}

/// Aᵀ y: one entry a column. The caller keeps to the shapes (y has one entry a row).
///
/// ```
/// use evenkeel_quant::linear::{matrix::Matrix, product::transposed_times};
/// let matrix = Matrix::from_rows(2, 2, &[1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(transposed_times(&matrix, &[1.0, 1.0]), [4.0, 6.0]);
/// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
/// ```
pub fn transposed_times(matrix: &Matrix, y: &[f64]) -> Vec<f64> {
    matrix.iter_columns().map(|column| dot(column, y)).collect()
}

/// A B. The caller keeps to the shapes (A has as many columns as B has rows).
///
/// ```
/// use evenkeel_quant::linear::{matrix::Matrix, product::multiply};
/// let matrix = Matrix::from_rows(2, 2, &[1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(multiply(&matrix, &Matrix::identity(2)), matrix);
/// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
/// ```
pub fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let mut product = Matrix::zeros(a.rows(), b.columns());
    matmul::matmul(product.as_faer_mut(), Accum::Replace, a.as_faer(), b.as_faer(), 1.0, Par::Seq);
    product
}

/// `AᵀB`: columns of one with columns of the other. The caller keeps to the shapes (as many rows in both).
///
/// ```
/// use evenkeel_quant::linear::{matrix::Matrix, product::transposed_multiply};
/// let (a, b) = (Matrix::from_rows(2, 1, &[1.0, 2.0])?, Matrix::from_rows(2, 2, &[3.0, 4.0, 5.0, 6.0])?);
/// assert_eq!(transposed_multiply(&a, &b).values(), [13.0, 16.0]);
/// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
/// ```
pub fn transposed_multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let mut product = Matrix::zeros(a.columns(), b.columns());
    matmul::matmul(product.as_faer_mut(), Accum::Replace, a.as_faer().transpose(), b.as_faer(), 1.0, Par::Seq);
    product
}

/// `AᵀA`, of the columns with one another: symmetric, half the work of a product.
///
/// ```
/// use evenkeel_quant::linear::{matrix::Matrix, product::gram};
/// let matrix = Matrix::from_rows(2, 2, &[1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(gram(&matrix).values(), [10.0, 14.0, 14.0, 20.0]);
/// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
/// ```
pub fn gram(a: &Matrix) -> Matrix {
    scaled_gram(a, 1.0)
}

/// α `AᵀA`, of the columns with one another; α is applied where the product is written.
///
/// ```
/// use evenkeel_quant::linear::{matrix::Matrix, product::scaled_gram};
/// let matrix = Matrix::from_rows(2, 1, &[1.0, 2.0])?;
/// assert_eq!(scaled_gram(&matrix, 0.5).values(), [2.5]);
/// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
/// ```
pub fn scaled_gram(a: &Matrix, alpha: f64) -> Matrix {
    let mut product = Matrix::zeros(a.columns(), a.columns());
    set_lower_product(&mut product, a.as_faer().transpose(), a.as_faer(), alpha);
    mirror_lower(&mut product);
    product
}

/// A Aᵀ, of the rows with one another.
///
/// ```
/// use evenkeel_quant::linear::{matrix::Matrix, product::outer_gram};
/// let matrix = Matrix::from_rows(2, 2, &[1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(outer_gram(&matrix).values(), [5.0, 11.0, 11.0, 25.0]);
/// # Ok::<(), evenkeel_quant::linear::matrix::ShapeError>(())
/// ```
pub fn outer_gram(a: &Matrix) -> Matrix {
    let mut product = Matrix::zeros(a.rows(), a.rows());
    set_lower_product(&mut product, a.as_faer(), a.as_faer().transpose(), 1.0);
    mirror_lower(&mut product);
    product
}

fn set_lower_product(product: &mut Matrix, left: faer::MatRef<'_, f64>, right: faer::MatRef<'_, f64>, alpha: f64) {
    matmul::triangular::matmul(
        product.as_faer_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        left,
        BlockStructure::Rectangular,
        right,
        BlockStructure::Rectangular,
        alpha,
        Par::Seq,
    );
}

/// Copies what is below the diagonal of a square matrix above it.
pub(crate) fn mirror_lower(matrix: &mut Matrix) {
    const BLOCK: usize = 32;
    let size = matrix.rows();
    // By blocks, so that both the columns read and the rows written stay in the cache.
    for first in (0..size).step_by(BLOCK) {
        for second in (first..size).step_by(BLOCK) {
            for column in first..(first + BLOCK).min(size) {
                for row in second.max(column + 1)..(second + BLOCK).min(size) {
                    let value = matrix.get(row, column);
                    matrix.set(column, row, value);
                }
            }
        }
    }
}
