//! How returns vary together: a covariance matrix, dense or in factor form.
//!
//! Σᵢⱼ = σᵢ σⱼ ρᵢⱼ, or Σ = L `Lᵀ` + diag(d)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | σ | `volatilities` | n | a period, a fraction; at least 0 |
//! | ρ | `correlation` | n × n, row by row | −1 to 1, diagonal 1, symmetric |
//! | L | `loadings` | n × k | square root of a variance a period |
//! | d | `specific` | n | variance a period, at least 0 |
//! | Σ | [`Covariance`] | n × n | a period |
//!
//! A matrix that is not positive semidefinite describes no possible returns and is refused with its
//! smallest eigenvalue, rather than repaired silently.

// Volatilities and correlations.
pub mod correlation;

// Every period counts alike.
pub mod sample;

// Each period has a weight of its own.
pub mod weighted;

// Each period counts less than the next.
pub mod exponential;

// Shortfalls alone.
pub mod semi;

// What shrinkage toward a target shares.
pub mod shrinkage;

// Shrinkage of Ledoit and Wolf, toward the identity or constant correlation.
pub mod ledoit_wolf;

// Oracle approximating shrinkage.
pub mod oracle;

// Eigenvalues of noise made equal.
pub mod denoised;

// Co-movements counted.
pub mod gerber;

// Few common factors and what each asset has of its own.
pub mod factor_model;

// The nearest matrix that is positive semidefinite.
pub mod nearest;

// Returns with gaps, each pair of assets over the periods they share.
pub mod pairwise;

// Correlations as a crisis would have them.
pub mod stressed;

use std::borrow::Cow;

use self::correlation::Decomposed;
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::product::{outer_gram, times, transposed_times};
use crate::linear::vector::{dot, scale};

/// Difference of two numbers that should be the same, and the most that an eigenvalue may be below
/// zero, relative to the largest entry: what writing correlations with nine digits can do.
const TOLERANCE: f64 = 1e-8;

/// A covariance matrix: symmetric and positive semidefinite.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    form: Form,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Dense(Matrix),
    Factor(FactorForm),
}

/// Σ = L `Lᵀ` + diag(d): few common factors and what each asset has of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorForm {
    /// L, n × k: loadings times a square root of the factors' covariance.
    pub loadings: Matrix,
    /// d, n: variance of each asset that no factor explains, at least 0.
    pub specific: Vec<f64>,
}

/// Why numbers make no covariance.
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
    /// A matrix that is not square, or factors whose shapes do not fit.
    #[error("a covariance of {assets} assets needs {assets} rows, and {found} are given")]
    Size {
        /// Number of assets.
        assets: usize,
        /// Rows given.
        found: usize,
    },
    /// An entry that is not a finite number, not its mirror image, or a variance below 0.
    #[error(
        "covariance {row}, {column} is {value} and its mirror image {mirror}; both must be the same finite number, at least 0 on the diagonal"
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
    /// Entries that contradict one another.
    #[error("the correlations contradict one another: the smallest eigenvalue is {smallest_eigenvalue:.6}, and it must not be below 0")]
    NotPositiveSemidefinite {
        /// Smallest eigenvalue of the matrix of correlations, or of covariances over their largest variance.
        smallest_eigenvalue: f64,
    },
}

impl Covariance {
    /// Makes a covariance of volatilities and correlations.
    ///
    /// ```
    /// use evenkeel_quant::estimate::covariance::Covariance;
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.5, 0.5, 1.0])?;
    /// assert_eq!(covariance.matrix().values(), [0.2 * 0.2, 0.2 * 0.1 * 0.5, 0.2 * 0.1 * 0.5, 0.1 * 0.1]);
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
        let correlation = Matrix::from_fn(size, size, |row, column| correlation[row * size + column]);
        check_semidefinite(&correlation, 1.0)?;
        Ok(Self::dense(Matrix::from_fn(size, size, |row, column| volatilities[row] * volatilities[column] * correlation.get(row, column))))
    }

    /// Makes a covariance of its entries.
    ///
    /// ```
    /// use evenkeel_quant::{estimate::covariance::Covariance, linear::matrix::Matrix};
    /// let covariance = Covariance::from_matrix(Matrix::from_rows(2, 2, &[0.04, 0.01, 0.01, 0.01])?)?;
    /// assert_eq!(covariance.variance(&[0.5, 0.5]), 0.0175);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CovarianceError`], for the first thing that is wrong.
    pub fn from_matrix(matrix: Matrix) -> Result<Self, CovarianceError> {
        let size = matrix.rows();
        if matrix.columns() != size {
            return Err(CovarianceError::Size { assets: matrix.columns(), found: size });
        }
        let scale = matrix.diagonal().into_iter().fold(0.0, f64::max);
        for row in 0..size {
            for column in 0..=row {
                let (value, mirror) = (matrix.get(row, column), matrix.get(column, row));
                let sound = value.is_finite() && (value - mirror).abs() <= TOLERANCE * scale && (row != column || value >= 0.0);
                if !sound {
                    return Err(CovarianceError::Entry { row, column, value, mirror });
                }
            }
        }
        check_semidefinite(&matrix, scale)?;
        Ok(Self::dense(matrix))
    }

    /// Makes a covariance of common factors and specific variances, which stays in that form.
    ///
    /// ```
    /// use evenkeel_quant::{estimate::covariance::Covariance, linear::matrix::Matrix};
    /// let market = Matrix::from_columns(2, 1, vec![0.2, 0.1])?;
    /// let covariance = Covariance::from_factors(market, vec![0.0, 0.01])?;
    /// assert!((covariance.variance(&[0.5, 0.5]) - (0.15_f64.powi(2) + 0.0025)).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CovarianceError`], for the first thing that is wrong.
    pub fn from_factors(loadings: Matrix, specific: Vec<f64>) -> Result<Self, CovarianceError> {
        if loadings.rows() != specific.len() {
            return Err(CovarianceError::Size { assets: specific.len(), found: loadings.rows() });
        }
        let entry = |(row, column, value): (usize, usize, f64)| CovarianceError::Entry { row, column, value, mirror: value };
        let own = specific.iter().enumerate().find(|(_, value)| !value.is_finite() || **value < 0.0);
        if let Some((index, value)) = own {
            return Err(entry((index, index, *value)));
        }
        if let Some((at, value)) = loadings.values().iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(entry((at % loadings.rows(), at / loadings.rows(), *value)));
        }
        Ok(Self::factors(loadings, specific))
    }

    /// A covariance of factors that are known to be finite and to fit, with specific variances of at least 0.
    pub(crate) fn factors(loadings: Matrix, specific: Vec<f64>) -> Self {
        Self { form: Form::Factor(FactorForm { loadings, specific }) }
    }

    /// A covariance of entries that are known to be symmetric and positive semidefinite.
    pub(crate) fn dense(matrix: Matrix) -> Self {
        Self { form: Form::Dense(matrix) }
    }

    /// The covariance in another unit of time or return: each entry times a factor of at least 0.
    ///
    /// ```
    /// use evenkeel_quant::estimate::covariance::Covariance;
    /// let a_day = Covariance::from_volatilities(&[0.01], &[1.0])?;
    /// assert!((a_day.scaled(252.0).volatilities()[0] - 0.01 * 252.0_f64.sqrt()).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
    /// ```
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        let root = factor.max(0.0).sqrt();
        match &mut self.form {
            Form::Dense(matrix) => scale(matrix.values_mut(), factor),
            Form::Factor(FactorForm { loadings, specific }) => {
                scale(loadings.values_mut(), root);
                scale(specific, factor);
            }
        }
        self
    }

    /// Number of assets.
    pub fn size(&self) -> usize {
        match &self.form {
            Form::Dense(matrix) => matrix.rows(),
            Form::Factor(factors) => factors.specific.len(),
        }
    }

    /// The factor form, where the covariance has one.
    pub fn factor_form(&self) -> Option<&FactorForm> {
        match &self.form {
            Form::Dense(_) => None,
            Form::Factor(factors) => Some(factors),
        }
    }

    /// The entries, where the covariance is stored so.
    pub(crate) fn dense_form(&self) -> Option<&Matrix> {
        match &self.form {
            Form::Dense(matrix) => Some(matrix),
            Form::Factor(_) => None,
        }
    }

    /// All entries: borrowed where they are stored, computed from factors otherwise.
    pub fn matrix(&self) -> Cow<'_, Matrix> {
        match &self.form {
            Form::Dense(matrix) => Cow::Borrowed(matrix),
            Form::Factor(factors) => {
                let mut matrix = outer_gram(&factors.loadings);
                for (at, specific) in factors.specific.iter().enumerate() {
                    matrix.set(at, at, matrix.get(at, at) + specific);
                }
                Cow::Owned(matrix)
            }
        }
    }

    /// Variance of each asset.
    pub fn variances(&self) -> Vec<f64> {
        match &self.form {
            Form::Dense(matrix) => matrix.diagonal(),
            Form::Factor(FactorForm { loadings, specific }) => specific
                .iter()
                .enumerate()
                .map(|(row, own)| own + loadings.iter_columns().map(|column| column[row].powi(2)).sum::<f64>())
                .collect(),
        }
    }

    /// Volatility of each asset, a period.
    pub fn volatilities(&self) -> Vec<f64> {
        self.variances().into_iter().map(|variance| variance.max(0.0).sqrt()).collect()
    }

    /// Volatilities and correlations, taken apart.
    ///
    /// ```
    /// use evenkeel_quant::estimate::covariance::Covariance;
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.5, 0.5, 1.0])?;
    /// assert!((covariance.decompose().correlation.get(0, 1) - 0.5).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
    /// ```
    pub fn decompose(&self) -> Decomposed {
        correlation::decompose(&self.matrix())
    }

    /// Σ w: the covariance of each asset with a portfolio. Assets beyond the end of `w` have weight 0.
    pub fn times(&self, w: &[f64]) -> Vec<f64> {
        match &self.form {
            Form::Dense(matrix) => times(matrix, w),
            Form::Factor(FactorForm { loadings, specific }) => {
                let mut product = times(loadings, &transposed_times(loadings, w));
                for ((entry, own), weight) in product.iter_mut().zip(specific).zip(w) {
                    *entry += own * weight;
                }
                product
            }
        }
    }

    /// Variance dᵀΣd of a combination of assets, at least 0. Assets beyond the end of `d` have
    /// weight 0.
    pub fn variance(&self, d: &[f64]) -> f64 {
        match &self.form {
            Form::Dense(_) => dot(&self.times(d), d).max(0.0),
            Form::Factor(FactorForm { loadings, specific }) => {
                let common: f64 = transposed_times(loadings, d).iter().map(|exposure| exposure * exposure).sum();
                common + specific.iter().zip(d).map(|(own, weight)| own * weight * weight).sum::<f64>()
            }
        }
    }
}

fn check_semidefinite(matrix: &Matrix, scale: f64) -> Result<(), CovarianceError> {
    let values = Eigen::values_of(matrix).unwrap_or_default();
    let smallest_eigenvalue = values.first().copied().unwrap_or(0.0) / if scale > 0.0 { scale } else { 1.0 };
    if smallest_eigenvalue < -TOLERANCE { Err(CovarianceError::NotPositiveSemidefinite { smallest_eigenvalue }) } else { Ok(()) }
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
    fn factor_form_and_entries_agree() {
        let loadings = Matrix::from_rows(3, 2, &[0.2, 0.0, 0.1, 0.1, -0.05, 0.3]).unwrap();
        let factors = Covariance::from_factors(loadings, vec![0.01, 0.0, 0.02]).unwrap();
        let dense = Covariance::from_matrix(factors.matrix().into_owned()).unwrap();
        let weights = [0.5, -0.2, 0.7];
        assert!((factors.variance(&weights) - dense.variance(&weights)).abs() < 1e-16);
        for (a, b) in factors.times(&weights).iter().zip(dense.times(&weights)) {
            assert!((a - b).abs() < 1e-16);
        }
        for (a, b) in factors.variances().iter().zip(dense.variances()) {
            assert!((a - b).abs() < 1e-16);
        }
    }

    #[test]
    fn refuses_entries_that_are_no_covariance() {
        let refused = |rows: usize, values: &[f64]| {
            Covariance::from_matrix(Matrix::from_rows(rows, values.len() / rows, values).unwrap()).unwrap_err()
        };
        assert_eq!(refused(1, &[1.0, 0.0]), CovarianceError::Size { assets: 2, found: 1 });
        assert!(matches!(refused(2, &[1.0, 0.5, 0.4, 1.0]), CovarianceError::Entry { row: 1, column: 0, .. }));
        assert!(matches!(refused(2, &[1.0, f64::NAN, f64::NAN, 1.0]), CovarianceError::Entry { row: 1, column: 0, .. }));
        assert!(matches!(refused(1, &[-1.0]), CovarianceError::Entry { row: 0, column: 0, .. }));
        assert!(matches!(refused(2, &[1.0, 2.0, 2.0, 1.0]), CovarianceError::NotPositiveSemidefinite { .. }));
        assert!(matches!(Covariance::from_factors(Matrix::zeros(2, 1), vec![0.0, -1.0]), Err(CovarianceError::Entry { row: 1, .. })));
    }

    proptest! {
        #[test]
        fn a_matrix_times_its_transpose_is_accepted(factors in proptest::collection::vec(-1.0..1.0_f64, 12)) {
            // Four assets, three factors: positive semidefinite of rank three.
            let dot = |i: usize, j: usize| (0..3).map(|k| factors[i * 3 + k] * factors[j * 3 + k]).sum::<f64>();
            prop_assume!((0..4).all(|i| dot(i, i) > 1e-3));
            let correlation: Vec<f64> = (0..16).map(|at| dot(at / 4, at % 4) / (dot(at / 4, at / 4) * dot(at % 4, at % 4)).sqrt()).collect();
            prop_assert!(Covariance::from_volatilities(&[0.2; 4], &correlation).is_ok());
        }
    }
}
