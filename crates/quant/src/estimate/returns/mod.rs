//! What assets are expected to return, a period.
//!
//! Means estimated from history are the least certain input of optimization: after T years the
//! standard error of a mean is the yearly volatility over √T. So there are ways that lean on
//! less: shrinkage, equilibrium, CAPM. Nothing here is annualized: returns of days give expected
//! returns of days.

// Expected returns that somebody states.
pub mod given;

// The historical mean.
pub mod mean;

// A mean in which recent returns count more.
pub mod exponential;

// What the market's weights imply.
pub mod equilibrium;

// Means drawn together: James–Stein and Bayes–Stein.
pub mod shrinkage;

// What an asset's beta earns.
pub mod capm;

use crate::linear::matrix::Matrix;

/// Why there are no such expected returns.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ExpectedReturnsError {
    /// A return that is missing or infinite.
    #[error(
        "the return of asset {asset} in row {row} is {value}; treat what is missing before estimating, or use the means of what is known"
    )]
    Return {
        /// The column.
        asset: usize,
        /// The row.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// Too few returns of an asset.
    #[error("asset {asset} has {found} returns, and {needed} are needed")]
    TooFew {
        /// The column.
        asset: usize,
        /// Returns known.
        found: usize,
        /// Returns needed.
        needed: usize,
    },
    /// As many numbers are needed as there are assets, or rows.
    #[error("{found} entries of the {name} are given, and {needed} are needed")]
    Size {
        /// What it is.
        name: &'static str,
        /// Entries given.
        found: usize,
        /// Entries needed.
        needed: usize,
    },
    /// An entry that is not a finite number.
    #[error("entry {index} of the {name} is {value}, which is not a finite number")]
    Entry {
        /// What it is.
        name: &'static str,
        /// Its position.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// An argument outside its range.
    #[error("the {name} is {value}; it must be {limit}")]
    Argument {
        /// What it is.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        limit: &'static str,
    },
    /// A covariance that has no inverse.
    #[error(
        "the covariance has no inverse (pivot {pivot}), which this estimate needs; take more dates than assets, or a shrunk covariance"
    )]
    Singular {
        /// The first asset that the ones before it determine.
        pivot: usize,
    },
}

/// Refuses returns of which one is not a finite number, or that have no row.
fn check_returns(returns: &Matrix) -> Result<(), ExpectedReturnsError> {
    for (asset, column) in returns.iter_columns().enumerate() {
        if column.is_empty() {
            return Err(ExpectedReturnsError::TooFew { asset, found: 0, needed: 1 });
        }
        if let Some(row) = column.iter().position(|value| !value.is_finite()) {
            return Err(ExpectedReturnsError::Return { asset, row, value: column[row] });
        }
    }
    Ok(())
}

/// Refuses a list that is not as long as it should be, or has an entry that is not a finite number.
fn check_list(name: &'static str, list: &[f64], needed: usize) -> Result<(), ExpectedReturnsError> {
    if list.len() != needed {
        return Err(ExpectedReturnsError::Size { name, found: list.len(), needed });
    }
    match list.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(ExpectedReturnsError::Entry { name, index, value: list[index] }),
        None => Ok(()),
    }
}

/// Refuses an argument that is not a finite number.
fn check_finite(name: &'static str, value: f64) -> Result<(), ExpectedReturnsError> {
    if value.is_finite() { Ok(()) } else { Err(ExpectedReturnsError::Argument { name, value, limit: "a finite number" }) }
}
