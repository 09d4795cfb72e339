//! Means and covariances of simple returns of a period, and what follows from those of a year.
//!
//! Of periods that are independent and alike, P of them a year, growth compounds in mean and in products:
//!
//! > 1 + mᵢ = (1 + Mᵢ)^{1/P},  Σᵢⱼ = ((1 + Mᵢ)(1 + Mⱼ) + Cᵢⱼ)^{1/P} − (1 + mᵢ)(1 + mⱼ)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | M, C | `mean`, `covariance` | n, n × n | simple returns a year |
//! | P | `periods_per_year` | 1 | periods |
//! | m, Σ | result | n, n × n | simple returns a period |
//!
//! So the year keeps exactly the mean and the covariance that were stated, which dividing by P would not. (A. Meucci,
//! *Risk and Asset Allocation*, 2005, section 3.2, for the projection of moments to a horizon.)

use super::error::{SimulateError, check, check_size};
use crate::estimate::covariance::Covariance;
use crate::estimate::covariance::sample::sample_covariance;
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum};

/// Moments of simple returns of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// m, by column.
    pub mean: Vec<f64>,
    /// Σ.
    pub covariance: Matrix,
}

impl Moments {
    /// Those of a period, of which the year has these.
    ///
    /// ```
    /// use evenkeel_quant::{estimate::covariance::Covariance, simulate::moments::Moments};
    /// let year = Covariance::from_volatilities(&[0.16], &[1.0])?;
    /// let month = Moments::of_year(&[0.08], &year, 12)?;
    /// assert!(((1.0 + month.mean[0]).powi(12) - 1.08).abs() < 1e-14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for a mean of −1 or below, for sizes that differ, for no periods, and for a covariance that
    /// losses of everything would take.
    pub fn of_year(mean: &[f64], covariance: &Covariance, periods_per_year: usize) -> Result<Self, SimulateError> {
        check_size("the covariance", covariance.size(), mean.len())?;
        check("the number of periods a year", count(periods_per_year), periods_per_year > 0, "at least 1")?;
        check_means(mean)?;
        let share = count(periods_per_year).recip();
        let given = covariance.matrix();
        let growth: Vec<f64> = mean.iter().map(|mean| 1.0 + mean).collect();
        let product = |i: usize, j: usize| growth[i] * growth[j];
        for i in 0..mean.len() {
            for j in 0..i {
                let second = product(i, j) + given.get(i, j);
                check("a product of growths, 1 plus means and covariance,", second, second > 0.0, "above 0")?;
            }
        }
        let entry = |i: usize, j: usize| (product(i, j) + given.get(i, j)).powf(share) - product(i, j).powf(share);
        Ok(Self {
            mean: growth.iter().map(|growth| growth.powf(share) - 1.0).collect(),
            covariance: Matrix::from_fn(mean.len(), mean.len(), entry),
        })
    }

    /// Those of a table of returns, a row a period; ddof = 1.
    ///
    /// ```
    /// use evenkeel_quant::{linear::matrix::Matrix, simulate::moments::Moments};
    /// let moments = Moments::of_returns(&Matrix::from_columns(2, 1, vec![0.01, 0.03])?)?;
    /// assert!((moments.mean[0] - 0.02).abs() < 1e-17 && (moments.covariance.get(0, 0) - 2e-4).abs() < 1e-18);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for fewer than two rows, and returns that cannot be compounded.
    pub fn of_returns(returns: &Matrix) -> Result<Self, SimulateError> {
        check_returns(returns)?;
        let covariance = sample_covariance(returns, 1)?.matrix().into_owned();
        let mean = returns.iter_columns().map(|column| sum(column) / count(column.len())).collect();
        Ok(Self { mean, covariance })
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.mean.len()
    }

    /// Mean and covariance of the logarithms of growth, were growth lognormal with these moments.
    ///
    /// λᵢⱼ = ln(1 + Σᵢⱼ ÷ ((1 + mᵢ)(1 + mⱼ))), ℓᵢ = ln(1 + mᵢ) − λᵢᵢ ÷ 2
    pub(super) fn logarithmic(&self) -> Result<(Vec<f64>, Matrix), SimulateError> {
        let size = self.columns();
        check_means(&self.mean)?;
        let ratio = |i: usize, j: usize| 1.0 + self.covariance.get(i, j) / ((1.0 + self.mean[i]) * (1.0 + self.mean[j]));
        for i in 0..size {
            for j in 0..=i {
                check("a covariance beside its means", ratio(i, j) - 1.0, ratio(i, j) > 0.0, "above -1 times their growth")?;
            }
        }
        let covariance = Matrix::from_fn(size, size, |i, j| ratio(i, j).ln());
        let mean = (0..size).map(|i| (1.0 + self.mean[i]).ln() - 0.5 * covariance.get(i, i)).collect();
        Ok((mean, covariance))
    }
}

/// R with R Rᵀ = Σ, by eigenvalues, of which those below 0 (by rounding, or by a matrix that is no covariance) become 0.
pub(super) fn root(covariance: &Matrix) -> Result<Matrix, SimulateError> {
    let Eigen { values, vectors } = Eigen::of(covariance).map_err(EigenFailed::from)?;
    Ok(Matrix::from_fn(vectors.rows(), vectors.columns(), |row, column| vectors.get(row, column) * values[column].max(0.0).sqrt()))
}

/// Eigenvalues that are not found are an estimate that is not there.
type EigenFailed = crate::estimate::observations::EstimateError;

/// That every return is a finite number above −1, and there is a row.
pub(super) fn check_returns(returns: &Matrix) -> Result<(), SimulateError> {
    if returns.rows() < 2 || returns.columns() == 0 {
        return Err(SimulateError::TooFewRows { what: "a simulation from history", found: returns.rows(), needed: 2 });
    }
    for (column, values) in returns.iter_columns().enumerate() {
        if let Some((row, value)) = values.iter().copied().enumerate().find(|(_, value)| !(value.is_finite() && *value > -1.0)) {
            return Err(SimulateError::Return { row, column, value });
        }
    }
    Ok(())
}

fn check_means(mean: &[f64]) -> Result<(), SimulateError> {
    let unsound = mean.iter().copied().find(|mean| !(mean.is_finite() && *mean > -1.0));
    unsound.map_or(Ok(()), |value| check("an expected return", value, false, "above -1"))
}
