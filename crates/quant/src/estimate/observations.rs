//! What estimators ask of returns, and the errors that say what is wrong with them.
//!
//! Returns are a matrix of T rows and n columns: a row for each period, oldest first, and a column for
//! each asset. Every entry is a finite number; what to do about gaps is decided before (the pairwise
//! covariance is the one estimator that takes them).

use crate::linear::eigen::NoEigenvalues;
use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum, vectorized};

/// Largest magnitude of an entry: its fourth power, summed over any panel that fits into memory, is
/// still a number.
pub const MAX_MAGNITUDE: f64 = 1e50;

/// Why returns and parameters give no estimate.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum EstimateError {
    /// An entry that is missing, infinite or absurdly large.
    #[error(
        "row {row}, column {column} of {table} is {value}; it must be a number between -{MAX_MAGNITUDE:e} and {MAX_MAGNITUDE:e}: fill or drop what is missing, or take the pairwise covariance"
    )]
    Value {
        /// The argument.
        table: &'static str,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// Fewer rows than the estimate needs.
    #[error("{found} rows of returns are given, and the estimate needs at least {needed}")]
    TooFewRows {
        /// Rows given.
        found: usize,
        /// Rows needed.
        needed: usize,
    },
    /// A parameter outside its range.
    #[error("{name} is {value}; it must be {range}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be, in words.
        range: &'static str,
    },
    /// An argument whose size does not fit the others.
    #[error("{name} has {found} {unit}, and {needed} are needed")]
    Size {
        /// The argument.
        name: &'static str,
        /// What is counted.
        unit: &'static str,
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
    },
    /// An asset that is not there, or one beside itself.
    #[error("asset {asset} cannot be meant here: there are {assets}, numbered from 0, and a pair has two different ones")]
    Asset {
        /// Number of the asset, from 0.
        asset: usize,
        /// How many there are.
        assets: usize,
    },
    /// An entry of a symmetric matrix that is not its mirror image.
    #[error("row {row}, column {column} is {value} and its mirror image {mirror}; both must be the same")]
    Asymmetric {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The entry.
        value: f64,
        /// The entry with row and column exchanged.
        mirror: f64,
    },
    /// A matrix without eigenvalues.
    #[error(transparent)]
    Eigenvalues(#[from] NoEigenvalues),
    /// A factor that the factors before it explain wholly, or that never moves.
    #[error("factor {column} is a combination of the factors before it, or constant; leave it out")]
    CollinearFactor {
        /// Column of the factor, from 0.
        column: usize,
    },
    /// An asset of which too few returns are known.
    #[error("asset {asset} has {found} returns, and the estimate needs at least {needed}")]
    TooFewReturns {
        /// Column of the asset, from 0.
        asset: usize,
        /// Returns known.
        found: usize,
        /// Returns needed.
        needed: usize,
    },
    /// A covariance without inverse, where an estimate needs one.
    #[error("the covariance has no inverse (pivot {pivot}); take more rows than assets, or a shrunk covariance")]
    Singular {
        /// The first asset that those before it determine, from 0.
        pivot: usize,
    },
    /// Two assets that have too few rows in common.
    #[error("assets {first} and {second} have {found} returns in common, and the estimate needs at least {needed}")]
    TooFewCommonRows {
        /// Column of the one asset, from 0.
        first: usize,
        /// Column of the other.
        second: usize,
        /// Rows in which both have a return.
        found: usize,
        /// Rows needed.
        needed: usize,
    },
}

/// Returns less their means, after checking them.
///
/// The sums run over the distance from the first row. So a constant asset has a variance of exactly
/// 0, and a mean that is large beside the deviations does not cost digits.
pub(crate) fn deviations(table: &'static str, returns: &Matrix) -> Result<Matrix, EstimateError> {
    let mut deviations = Matrix::zeros(returns.rows(), returns.columns());
    for (at, column) in returns.iter_columns().enumerate() {
        check_column(table, at, column)?;
        subtract_mean(column, deviations.column_mut(at));
    }
    Ok(deviations)
}

fn subtract_mean(column: &[f64], deviations: &mut [f64]) {
    let Some(&first) = column.first() else { return };
    vectorized(
        #[inline(always)]
        || deviations.iter_mut().zip(column).for_each(|(deviation, value)| *deviation = value - first),
    );
    let shift = sum(deviations) / count(column.len());
    vectorized(
        #[inline(always)]
        || deviations.iter_mut().for_each(|deviation| *deviation -= shift),
    );
}

/// That every entry is a number that can be worked with.
pub(crate) fn check(table: &'static str, entries: &Matrix) -> Result<(), EstimateError> {
    entries.iter_columns().enumerate().try_for_each(|(at, column)| check_column(table, at, column))
}

fn check_column(table: &'static str, at: usize, column: &[f64]) -> Result<(), EstimateError> {
    let sound = |value: f64| value.abs() <= MAX_MAGNITUDE;
    let unsound = vectorized(
        #[inline(always)]
        || column.iter().filter(|value| !sound(**value)).count(),
    );
    let first = if unsound > 0 { column.iter().position(|value| !sound(*value)) } else { None };
    first.map_or(Ok(()), |row| Err(EstimateError::Value { table, row, column: at, value: column[row] }))
}

/// That a list has an entry for each asset or row, and each entry is a number that can be worked with.
pub(crate) fn check_list(name: &'static str, list: &[f64], needed: usize) -> Result<(), EstimateError> {
    if list.len() == needed {
        check_column(name, 0, list)
    } else {
        Err(EstimateError::Size { name, unit: "entries", found: list.len(), needed })
    }
}

/// That a parameter is a finite number.
pub(crate) fn check_parameter(name: &'static str, value: f64) -> Result<(), EstimateError> {
    if value.is_finite() { Ok(()) } else { Err(EstimateError::Parameter { name, value, range: "a finite number" }) }
}

/// That there are more rows than degrees of freedom lost.
pub(crate) fn check_rows(found: usize, lost: usize) -> Result<(), EstimateError> {
    if found > lost { Ok(()) } else { Err(EstimateError::TooFewRows { found, needed: lost + 1 }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;

    #[test]
    fn names_the_first_return_that_is_no_number() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e51] {
            let mut returns = Matrix::from_fn(40, 3, |row, column| count(row + column));
            returns.set(33, 1, bad);
            returns.set(2, 2, bad);
            let found = deviations("returns", &returns).unwrap_err();
            assert!(matches!(found, EstimateError::Value { row: 33, column: 1, .. }), "{found}");
            assert_eq!(check("returns", &returns).unwrap_err().to_string(), found.to_string());
        }
    }

    #[test]
    fn a_constant_asset_has_no_deviations() {
        let returns = Matrix::from_fn(7, 1, |_, _| 0.1);
        assert_eq!(deviations("returns", &returns).unwrap().values(), [0.0; 7]);
    }

    #[test]
    fn a_large_mean_costs_no_digits() {
        let returns = Matrix::from_columns(4, 1, vec![1e9 + 1.0, 1e9 - 1.0, 1e9 + 3.0, 1e9 - 3.0]).unwrap();
        assert_eq!(deviations("returns", &returns).unwrap().values(), [1.0, -1.0, 3.0, -3.0]);
    }
}
