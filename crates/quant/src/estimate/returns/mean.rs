//! The historical mean.
//!
//! μᵢ = 1/T Σₜ rₜᵢ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T × n | simple, a fraction a period |
//! | μ | result | n | a fraction a period |
//!
//! Pinned by `golden/expected_returns.json`.

use crate::estimate::observations::{EstimateError, check, check_rows};
use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum};

/// Arithmetic mean of each asset's returns, none of which may be missing.
///
/// ```
/// use evenkeel_quant::{estimate::returns::mean::mean_returns, linear::matrix::Matrix};
/// let returns = Matrix::from_columns(2, 2, vec![0.25, 0.75, -0.5, 0.5])?;
/// assert_eq!(mean_returns(&returns)?, [0.5, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Value`] for one that is not a finite number, [`EstimateError::TooFewRows`]
/// where there are no rows.
pub fn mean_returns(returns: &Matrix) -> Result<Vec<f64>, EstimateError> {
    check_rows(returns.rows(), 0)?;
    check("returns", returns)?;
    Ok(returns.iter_columns().map(|column| sum(column) / count(column.len())).collect())
}

/// Arithmetic mean of what is known of each asset: the companion of a covariance by pairs, for a panel
/// whose holes were chosen to stay. Means of different spans are not alike: an asset listed after a
/// crash looks better than one that went through it.
///
/// ```
/// use evenkeel_quant::{estimate::returns::mean::mean_known_returns, linear::matrix::Matrix};
/// let returns = Matrix::from_columns(3, 1, vec![f64::NAN, 0.25, 0.75])?;
/// assert_eq!(mean_known_returns(&returns, 2)?, [0.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewReturns`] for an asset with fewer than `needed` known returns (or none),
/// [`EstimateError::Value`] for an infinite one.
pub fn mean_known_returns(returns: &Matrix, needed: usize) -> Result<Vec<f64>, EstimateError> {
    let needed = needed.max(1);
    let mean = |(asset, column): (usize, &[f64])| {
        if let Some(row) = column.iter().position(|value| value.is_infinite()) {
            return Err(EstimateError::Value { table: "returns", row, column: asset, value: column[row] });
        }
        let known: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
        if known.len() < needed {
            return Err(EstimateError::TooFewReturns { asset, found: known.len(), needed });
        }
        Ok(sum(&known) / count(known.len()))
    };
    returns.iter_columns().enumerate().map(mean).collect()
}
