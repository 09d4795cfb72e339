//! Covariance made of volatilities and correlations.
//!
//! Σᵢⱼ = σᵢ σⱼ ρᵢⱼ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | σ | `volatilities` | n | a period, a fraction; at least 0 |
//! | ρ | `correlation` | n × n, row by row | −1 to 1, diagonal 1, symmetric |
//! | Σ | [`Covariance`] | n × n | a period |
//!
//! A correlation matrix that is not positive semidefinite describes no possible returns and is
//! refused with its smallest eigenvalue, rather than repaired silently.

/// Difference of two numbers that should be the same, and the most that an eigenvalue may be below
/// zero: what writing correlations with nine digits can do.
const TOLERANCE: f64 = 1e-8;

/// Largest number of Jacobi sweeps; a dozen suffice for matrices of any size met here.
const MAX_SWEEPS: usize = 64;

/// A covariance matrix: symmetric and positive semidefinite.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    size: usize,
    values: Vec<f64>,
}

/// Why volatilities and correlations make no covariance.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CovarianceError {
    /// The matrix has not as many entries as the square of the number of volatilities.
    #[error("{assets} volatilities need {} correlations, row by row, and {found} are given", assets * assets)]
    Shape {
        /// Number of volatilities.
        assets: usize,
        /// Entries of the matrix.
        found: usize,
    },
    /// A volatility below zero or not finite.
    #[error("volatility {index} is {value}; it must be at least 0")]
    Volatility {
        /// The asset.
        index: usize,
        /// Its volatility.
        value: f64,
    },
    /// A correlation outside −1 to 1, other than 1 on the diagonal, or other than its mirror image.
    #[error(
        "correlation {row}, {column} is {value} and its mirror image {mirror}; both must be the same, within -1 to 1, and 1 on the diagonal"
    )]
    Correlation {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The entry.
        value: f64,
        /// The entry with row and column exchanged.
        mirror: f64,
    },
    /// Correlations that contradict one another.
    #[error("the correlations contradict one another: the smallest eigenvalue is {smallest_eigenvalue:.6}, and it must not be below 0")]
    NotPositiveSemidefinite {
        /// Smallest eigenvalue of the correlation matrix.
        smallest_eigenvalue: f64,
    },
}

impl Covariance {
    /// Makes a covariance of volatilities and correlations.
    ///
    /// ```
    /// use evenkeel_quant::estimate::covariance::Covariance;
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.5, 0.5, 1.0])?;
    /// assert_eq!(covariance.values(), [0.2 * 0.2, 0.2 * 0.1 * 0.5, 0.2 * 0.1 * 0.5, 0.1 * 0.1]);
    /// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
    /// ```
    ///
    /// # Errors
    /// [`CovarianceError`], for the first thing that is wrong.
    pub fn from_volatilities(volatilities: &[f64], correlation: &[f64]) -> Result<Self, CovarianceError> {
        let size = volatilities.len();
        check_correlation(size, correlation)?;
        if let Some((index, value)) = volatilities.iter().copied().enumerate().find(|(_, value)| !value.is_finite() || *value < 0.0) {
            return Err(CovarianceError::Volatility { index, value });
        }
        let smallest_eigenvalue = smallest_eigenvalue(size, correlation);
        if smallest_eigenvalue < -TOLERANCE {
            return Err(CovarianceError::NotPositiveSemidefinite { smallest_eigenvalue });
        }
        let pairs = volatilities.iter().flat_map(|a| volatilities.iter().map(move |b| a * b));
        Ok(Self { size, values: pairs.zip(correlation).map(|(product, rho)| product * rho).collect() })
    }

    /// Number of assets.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The entries, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Variance dᵀΣd of a combination of assets, at least 0. Assets beyond the end of `d` have
    /// weight 0.
    pub fn variance(&self, d: &[f64]) -> f64 {
        let rows = self.values.chunks_exact(self.size.max(1)).zip(d);
        let sum: f64 = rows.map(|(row, di)| di * row.iter().zip(d).map(|(cov, dj)| cov * dj).sum::<f64>()).sum();
        sum.max(0.0)
    }
}

fn check_correlation(size: usize, correlation: &[f64]) -> Result<(), CovarianceError> {
    if correlation.len() != size * size {
        return Err(CovarianceError::Shape { assets: size, found: correlation.len() });
    }
    for row in 0..size {
        for column in 0..size {
            let (value, mirror) = (correlation[row * size + column], correlation[column * size + row]);
            let sound = value.abs() <= 1.0 + TOLERANCE && (value - mirror).abs() <= TOLERANCE;
            if !sound || (row == column && (value - 1.0).abs() > TOLERANCE) {
                return Err(CovarianceError::Correlation { row, column, value, mirror });
            }
        }
    }
    Ok(())
}

/// Smallest eigenvalue of a symmetric `size` × `size` matrix, given row by row; infinite for none.
///
/// Cyclic Jacobi rotations (G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th ed. 2013,
/// section 8.5.3): slower than what a linear algebra library does and accurate to rounding, which
/// for tens of classes is what counts.
///
/// # Panics
/// Never: only the first `size`² entries are read, and a shorter matrix counts as empty.
pub fn smallest_eigenvalue(size: usize, matrix: &[f64]) -> f64 {
    if matrix.len() < size * size {
        return f64::INFINITY;
    }
    let mut a = matrix.to_vec();
    for _ in 0..MAX_SWEEPS {
        let (mut off_diagonal, mut diagonal) = (0.0, 0.0);
        for p in 0..size {
            diagonal += a[p * size + p].powi(2);
            off_diagonal += (p + 1..size).map(|q| a[p * size + q].powi(2)).sum::<f64>();
        }
        if off_diagonal <= diagonal * f64::EPSILON.powi(2) {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut a, size, p, q);
            }
        }
    }
    (0..size).map(|p| a[p * size + p]).fold(f64::INFINITY, f64::min)
}

/// The rotation that makes entry p, q of a symmetric matrix zero.
fn rotate(a: &mut [f64], size: usize, p: usize, q: usize) {
    let apq = a[p * size + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * size + q] - a[p * size + p]) / (2.0 * apq);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for k in 0..size {
        let (akp, akq) = (a[k * size + p], a[k * size + q]);
        a[k * size + p] = cosine * akp - sine * akq;
        a[k * size + q] = sine * akp + cosine * akq;
    }
    for k in 0..size {
        let (apk, aqk) = (a[p * size + k], a[q * size + k]);
        a[p * size + k] = cosine * apk - sine * aqk;
        a[q * size + k] = sine * apk + cosine * aqk;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_no_correlation_matrix() {
        let volatilities = [0.1, 0.2, 0.3];
        let refused = |correlation: &[f64]| Covariance::from_volatilities(&volatilities, correlation).unwrap_err();
        assert_eq!(refused(&[1.0; 4]), CovarianceError::Shape { assets: 3, found: 4 });
        // Each pair is possible, all three together are not: the smallest eigenvalue is 1 − 2 × 0.9.
        let contradiction = [1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0];
        assert!(matches!(
            refused(&contradiction),
            CovarianceError::NotPositiveSemidefinite { smallest_eigenvalue } if (smallest_eigenvalue + 0.8).abs() < 1e-12
        ));
        assert!(matches!(refused(&[1.0, 0.1, 0.0, 0.2, 1.0, 0.0, 0.0, 0.0, 1.0]), CovarianceError::Correlation { row: 0, column: 1, .. }));
        assert!(matches!(refused(&[1.0, 0.1, 0.0, 0.1, 0.9, 0.0, 0.0, 0.0, 1.0]), CovarianceError::Correlation { row: 1, column: 1, .. }));
        assert!(matches!(refused(&[1.0, f64::NAN, 0.0, f64::NAN, 1.0, 0.0, 0.0, 0.0, 1.0]), CovarianceError::Correlation { .. }));
        assert!(matches!(Covariance::from_volatilities(&[-0.1], &[1.0]), Err(CovarianceError::Volatility { index: 0, .. })));
    }

    #[test]
    fn accepts_perfect_correlation() {
        let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0; 4]).unwrap();
        assert_eq!(covariance.variance(&[0.5, -1.0]), 0.0);
    }

    #[test]
    fn knows_the_eigenvalues_of_the_second_difference() {
        // 2 on the diagonal, −1 beside it: 2 − 2 cos(π ÷ (n + 1)) is the smallest.
        for size in 1..12_i32 {
            let n = usize::try_from(size).unwrap();
            let entry = |i: usize, j: usize| {
                if i == j {
                    2.0
                } else if i.abs_diff(j) == 1 {
                    -1.0
                } else {
                    0.0
                }
            };
            let matrix: Vec<f64> = (0..n).flat_map(|i| (0..n).map(move |j| entry(i, j))).collect();
            let expected = 2.0 - 2.0 * (std::f64::consts::PI / f64::from(size + 1)).cos();
            assert!((smallest_eigenvalue(n, &matrix) - expected).abs() < 1e-13);
        }
    }

    proptest! {
        #[test]
        fn a_matrix_times_its_transpose_is_accepted(factors in proptest::collection::vec(-1.0..1.0_f64, 12)) {
            // Four assets, three factors: positive semidefinite of rank three.
            let dot = |i: usize, j: usize| (0..3).map(|k| factors[i * 3 + k] * factors[j * 3 + k]).sum::<f64>();
            prop_assume!((0..4).all(|i| dot(i, i) > 1e-3));
            let correlation: Vec<f64> = (0..16).map(|at| dot(at / 4, at % 4) / (dot(at / 4, at / 4) * dot(at % 4, at % 4)).sqrt()).collect();
            let covariance = Covariance::from_volatilities(&[0.2; 4], &correlation);
            prop_assert!(covariance.is_ok());
            prop_assert!(smallest_eigenvalue(4, &correlation).abs() < 1e-12);
        }
    }
}
