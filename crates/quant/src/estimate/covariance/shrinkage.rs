//! A sample covariance drawn toward a simpler target, as far as its noise calls for.
//!
//! Σ = (1 − δ) S + δ F, with S = Σₜ (xₜ − x̄)(xₜ − x̄)ᵀ ÷ T
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | S | the sample covariance | n × n | a period |
//! | F | the target | n × n | a period |
//! | δ | `intensity` | 1 | 0 keeps the sample, 1 the target |
//! | Σ | `covariance` | n × n | a period |
//!
//! This file holds what the intensities share; the estimators stand beside it. Each divides by T, as
//! its paper does. With fewer rows than assets, a target that is a multiple of the identity gives the
//! factor form of T factors, and no n × n matrix is made.

use super::Covariance;
use crate::estimate::observations::{EstimateError, check_rows, deviations};
use crate::linear::matrix::Matrix;
use crate::linear::product::{outer_gram, scaled_gram};
use crate::linear::vector::{count, dot, scale, vectorized};

/// A covariance drawn toward a target, and how far.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// The covariance, a period.
    pub covariance: Covariance,
    /// δ, from 0 (the sample) to 1 (the target).
    pub intensity: f64,
}

/// What the intensity of shrinking toward a multiple of the identity is computed from.
pub(super) struct TowardIdentity {
    /// T and n.
    pub(super) rows: usize,
    pub(super) assets: usize,
    /// m = tr S ÷ n: the mean variance.
    pub(super) mean_variance: f64,
    /// ‖S‖²: the sum of the squares of all entries.
    pub(super) squared_norm: f64,
    /// Σₜ ‖xₜ − x̄‖⁴
    pub(super) fourth_moment: f64,
    deviations: Matrix,
    /// The smaller of S and the T × T products of rows ÷ T; they have the same norm and trace.
    smaller: Matrix,
}

impl TowardIdentity {
    pub(super) fn of(returns: &Matrix) -> Result<Self, EstimateError> {
        let (rows, assets) = (returns.rows(), returns.columns());
        check_rows(rows, 0)?;
        let deviations = deviations("returns", returns)?;
        let smaller = if rows < assets {
            let mut products = outer_gram(&deviations);
            scale(products.values_mut(), count(rows).recip());
            products
        } else {
            scaled_gram(&deviations, count(rows).recip())
        };
        let trace: f64 = smaller.diagonal().iter().sum();
        Ok(Self {
            rows,
            assets,
            mean_variance: if assets == 0 { 0.0 } else { trace / count(assets) },
            squared_norm: dot(smaller.values(), smaller.values()),
            fourth_moment: squared_lengths(&deviations).iter().map(|square| square * square).sum(),
            deviations,
            smaller,
        })
    }

    /// (1 − δ) S + δ m I
    pub(super) fn shrunk(self, intensity: f64) -> Shrunk {
        let (keep, ridge) = (1.0 - intensity, intensity * self.mean_variance);
        let covariance = if self.rows < self.assets {
            let root = (keep / count(self.rows)).sqrt();
            let mut loadings = self.deviations.transposed();
            scale(loadings.values_mut(), root);
            Covariance::factors(loadings, vec![ridge; self.assets])
        } else {
            let mut matrix = self.smaller;
            scale(matrix.values_mut(), keep);
            for at in 0..self.assets {
                matrix.set(at, at, matrix.get(at, at) + ridge);
            }
            Covariance::dense(matrix)
        };
        Shrunk { covariance, intensity }
    }
}

/// ‖xₜ‖² of each row.
pub(super) fn squared_lengths(deviations: &Matrix) -> Vec<f64> {
    let mut squares = vec![0.0; deviations.rows()];
    for column in deviations.iter_columns() {
        let squares = &mut squares[..];
        vectorized(
            #[inline(always)]
            || {
                for (square, value) in squares.iter_mut().zip(column) {
                    *square += value * value;
                }
            },
        );
    }
    squares
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::estimate::covariance::ledoit_wolf::ledoit_wolf_identity;
    use crate::estimate::covariance::oracle::oracle_approximating;

    /// A panel without pattern.
    fn panel(rows: usize, assets: usize) -> Matrix {
        Matrix::from_fn(rows, assets, |row, asset| (count(row * assets + asset) * 1.7).sin() * 0.01)
    }

    #[test]
    fn both_shapes_of_panel_give_the_same_numbers() {
        // Just below and just above as many rows as assets the two computations meet on the entries.
        for rows in [5, 6, 7] {
            let wide = panel(rows, 6);
            for estimate in [ledoit_wolf_identity, oracle_approximating] {
                let found = estimate(&wide).unwrap();
                assert_eq!(found.covariance.factor_form().is_some(), rows < 6);
                let sample = super::super::sample::sample_covariance(&wide, 0).unwrap().matrix().into_owned();
                let mean_variance = sample.diagonal().iter().sum::<f64>() / 6.0;
                let expected = Matrix::from_fn(6, 6, |i, j| {
                    let target = if i == j { mean_variance } else { 0.0 };
                    (1.0 - found.intensity) * sample.get(i, j) + found.intensity * target
                });
                for (a, b) in found.covariance.matrix().values().iter().zip(expected.values()) {
                    assert!((a - b).abs() < 1e-18);
                }
            }
        }
    }
}
