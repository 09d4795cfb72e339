//! Why nothing can be simulated.

use crate::estimate::covariance::CovarianceError;
use crate::estimate::observations::EstimateError;
use crate::spending::SpendingError;

/// Why nothing can be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SimulateError {
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
    #[error("{name} has {found} entries, and {needed} are needed")]
    Size {
        /// The argument.
        name: &'static str,
        /// Entries given.
        found: usize,
        /// Entries needed.
        needed: usize,
    },
    /// A return that cannot be compounded.
    #[error("the return in row {row}, column {column} is {value}; it must be a finite number above -1, which is a total loss")]
    Return {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The return.
        value: f64,
    },
    /// Weights that do not sum to 1.
    #[error("the weights of year {year} sum to {sum}; they must sum to 1")]
    WeightSum {
        /// Year, from 0.
        year: usize,
        /// Their sum.
        sum: f64,
    },
    /// Too few rows for what is fitted to them.
    #[error("{found} rows of returns are given, and {what} needs at least {needed}")]
    TooFewRows {
        /// What is fitted.
        what: &'static str,
        /// Rows given.
        found: usize,
        /// Rows needed.
        needed: usize,
    },
    /// A covariance of which no root is found.
    #[error("the covariance has no root: {0}")]
    Covariance(#[from] CovarianceError),
    /// An estimate that is not there.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// A spending rule that says nothing.
    #[error(transparent)]
    Spending(#[from] SpendingError),
}

/// That a parameter lies in its range.
pub(crate) fn check(name: &'static str, value: f64, sound: bool, range: &'static str) -> Result<(), SimulateError> {
    if sound { Ok(()) } else { Err(SimulateError::Parameter { name, value, range }) }
}

/// That a list has as many entries as needed.
pub(crate) fn check_size(name: &'static str, found: usize, needed: usize) -> Result<(), SimulateError> {
    if found == needed { Ok(()) } else { Err(SimulateError::Size { name, found, needed }) }
}
