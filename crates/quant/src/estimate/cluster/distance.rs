//! How far apart assets are.
//!
//! dᵢⱼ = √((1 − ρᵢⱼ) ÷ 2), ρᵢⱼ = Σᵢⱼ ÷ √(Σᵢᵢ Σⱼⱼ)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` | n × n | a period |
//! | d | [`Distances`] | n × n | 0 (moves the same) to 1 (moves against), √½ where uncorrelated |
//!
//! d is a metric; linkage runs on d itself, not on distances between its columns. An asset without risk is
//! correlated with none, so √½ from all. (M. López de Prado, *Building Diversified Portfolios that
//! Outperform Out of Sample*, 2016, section 3.1.)

use crate::estimate::covariance::Covariance;
use crate::linear::matrix::Matrix;
use crate::linear::vector::vectorized;

/// Distances between assets: symmetric, at least 0, 0 from an asset to itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Distances {
    matrix: Matrix,
}

/// Why numbers are no distances.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DistanceError {
    /// A matrix that is not square.
    #[error("distances between {rows} assets need {rows} columns, and {columns} are given")]
    Shape {
        /// Rows given.
        rows: usize,
        /// Columns given.
        columns: usize,
    },
    /// An entry that is below 0, not finite, other than its mirror image, or not 0 on the diagonal.
    #[error(
        "distance {row}, {column} is {value} and its mirror image {mirror}; both must be the same finite number, at least 0, and 0 on the diagonal"
    )]
    Entry {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The entry.
        value: f64,
        /// The entry with row and column exchanged.
        mirror: f64,
    },
}

impl Distances {
    /// Distances of given entries.
    ///
    /// ```
    /// use evenkeel_quant::{estimate::cluster::distance::Distances, linear::matrix::Matrix};
    /// let distances = Distances::from_matrix(Matrix::from_rows(2, 2, &[0.0, 0.3, 0.3, 0.0])?)?;
    /// assert_eq!(distances.between(0, 1), 0.3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`DistanceError`], for the first thing that is wrong.
    pub fn from_matrix(matrix: Matrix) -> Result<Self, DistanceError> {
        let size = matrix.rows();
        if matrix.columns() != size {
            return Err(DistanceError::Shape { rows: size, columns: matrix.columns() });
        }
        for column in 0..size {
            for row in 0..=column {
                let (value, mirror) = (matrix.get(row, column), matrix.get(column, row));
                let same = value.to_bits() == mirror.to_bits() && (row != column || value == 0.0);
                if !(same && value.is_finite() && value >= 0.0) {
                    return Err(DistanceError::Entry { row, column, value, mirror });
                }
            }
        }
        Ok(Self { matrix })
    }

    /// Distances √((1 − ρ) ÷ 2) of correlations.
    ///
    /// ```
    /// use evenkeel_quant::estimate::{cluster::distance::Distances, covariance::Covariance};
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.5, 0.5, 1.0])?;
    /// assert!((Distances::of_correlation(&covariance).between(0, 1) - 0.5).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
    /// ```
    pub fn of_correlation(covariance: &Covariance) -> Self {
        let mut matrix = covariance.matrix().into_owned();
        let inverse: Vec<f64> =
            covariance.volatilities().iter().map(|volatility| if *volatility > 0.0 { 1.0 / volatility } else { 0.0 }).collect();
        for column in 0..matrix.columns() {
            let entries = matrix.column_mut(column);
            vectorized(
                #[inline(always)]
                || {
                    for (entry, row_inverse) in entries.iter_mut().zip(&inverse) {
                        // The product of the two inverses first: it is the same for the mirror image.
                        let correlation = (*entry * (row_inverse * inverse[column])).clamp(-1.0, 1.0);
                        *entry = ((1.0 - correlation) * 0.5).sqrt();
                    }
                },
            );
            entries[column] = 0.0;
        }
        Self { matrix }
    }

    /// Number of assets.
    pub fn size(&self) -> usize {
        self.matrix.rows()
    }

    /// The distance between two assets. The caller keeps to the size.
    pub fn between(&self, first: usize, second: usize) -> f64 {
        self.matrix.get(first, second)
    }

    /// Distances from an asset to all.
    pub(crate) fn from(&self, asset: usize) -> &[f64] {
        self.matrix.column(asset)
    }

    /// All distances.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;

    #[test]
    fn refuses_what_is_no_distance() {
        let refused = |values: &[f64]| Distances::from_matrix(Matrix::from_rows(2, values.len() / 2, values).unwrap()).unwrap_err();
        assert_eq!(refused(&[0.0, 1.0]), DistanceError::Shape { rows: 2, columns: 1 });
        for wrong in [[0.0, 1.0, 2.0, 0.0], [0.0, -1.0, -1.0, 0.0], [0.0, f64::NAN, f64::NAN, 0.0]] {
            assert!(matches!(refused(&wrong), DistanceError::Entry { row: 0, column: 1, .. }));
        }
        assert!(matches!(refused(&[0.0, 1.0, 1.0, 0.5]), DistanceError::Entry { row: 1, column: 1, .. }));
    }

    #[test]
    fn knows_the_ends_of_the_scale() {
        let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0; 4]).unwrap();
        assert!(Distances::of_correlation(&covariance).between(0, 1) < 1e-7);
        let against = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, -1.0, -1.0, 1.0]).unwrap();
        assert!((Distances::of_correlation(&against).between(0, 1) - 1.0).abs() < 1e-15);
        let riskless = Covariance::from_volatilities(&[0.2, 0.0], &[1.0, 0.0, 0.0, 1.0]).unwrap();
        assert_eq!(Distances::of_correlation(&riskless).between(0, 1), 0.5_f64.sqrt());
    }
}
