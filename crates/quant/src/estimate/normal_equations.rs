//! Least squares by normal equations, refusing what is collinear.

use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;

/// Share of a regressor's square that must be its own, that is not explained by those before it.
const SMALLEST_OWN_SHARE: f64 = 1e-12;

/// `AᵀA` of regressors, scaled to a diagonal of ones and factored.
#[derive(Debug)]
pub(crate) struct NormalEquations {
    factor: Cholesky,
    /// One over the length of each regressor.
    scale: Vec<f64>,
}

impl NormalEquations {
    /// Factors `AᵀA`, or names the first column that depends on those before it.
    pub(crate) fn factor(gram: &Matrix) -> Result<Self, usize> {
        let diagonal = gram.diagonal();
        if let Some(zero) = diagonal.iter().position(|square| square.is_nan() || *square <= 0.0) {
            return Err(zero);
        }
        let scale: Vec<f64> = diagonal.iter().map(|square| square.sqrt().recip()).collect();
        let scaled = Matrix::from_fn(gram.rows(), gram.columns(), |row, column| gram.get(row, column) * scale[row] * scale[column]);
        let factor = Cholesky::factor(scaled).map_err(|failed| failed.pivot)?;
        match factor.lower().diagonal().iter().position(|pivot| pivot * pivot < SMALLEST_OWN_SHARE) {
            Some(dependent) => Err(dependent),
            None => Ok(Self { factor, scale }),
        }
    }

    /// Replaces every column `Aᵀy` by the coefficients of y.
    pub(crate) fn solve(&self, right_sides: &mut Matrix) {
        self.rescale(right_sides);
        self.factor.solve_columns(right_sides);
        self.rescale(right_sides);
    }

    fn rescale(&self, columns: &mut Matrix) {
        for column in 0..columns.columns() {
            for (value, scale) in columns.column_mut(column).iter_mut().zip(&self.scale) {
                *value *= scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::linear::product::gram;

    #[test]
    fn names_the_column_that_depends_on_others() {
        let dependent = Matrix::from_rows(3, 3, &[1.0, 2.0, 3.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0]).unwrap();
        assert_eq!(NormalEquations::factor(&gram(&dependent)).unwrap_err(), 2);
        assert_eq!(NormalEquations::factor(&Matrix::zeros(2, 2)).unwrap_err(), 0);
        assert_eq!(NormalEquations::factor(&Matrix::from_fn(1, 1, |_, _| f64::NAN)).unwrap_err(), 0);
    }

    #[test]
    fn solves_in_very_different_units() {
        let regressors = Matrix::from_rows(3, 2, &[1e-8, 1e8, 2e-8, -1e8, 1e-8, 3e8]).unwrap();
        let mut right = gram(&regressors).select(&[0, 1], &[1]);
        NormalEquations::factor(&gram(&regressors)).unwrap().solve(&mut right);
        assert!(right.get(0, 0).abs() < 1e3 && (right.get(1, 0) - 1.0).abs() < 1e-12, "{right:?}");
    }
}
