//! What cannot be validated.

use crate::linear::matrix::Matrix;
use crate::risk::series::RiskError;

/// Why there is no such measure.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ValidateError {
    /// Too few of something.
    #[error("{found} {what} are too few: {needed} are needed")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Lists that do not fit one another.
    #[error("there are {found} {what}, and {expected} are expected")]
    Length {
        /// What is listed.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
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
    /// A return that is missing or infinite.
    #[error("return {row} of variant {variant} is {value}, which is not a finite number; leave the variant or the period out")]
    NotFinite {
        /// The period.
        row: usize,
        /// The variant.
        variant: usize,
        /// What stands there.
        value: f64,
    },
    /// A total loss where logarithms are taken.
    #[error("return {row} of asset {asset} is {value}; growth is measured on returns above -1")]
    TotalLoss {
        /// The period.
        row: usize,
        /// The asset.
        asset: usize,
        /// The return.
        value: f64,
    },
    /// A variant that does not move.
    #[error("variant {variant} always returns the same, and has no Sharpe ratio; leave it out")]
    NoRisk {
        /// The variant.
        variant: usize,
    },
    /// Moments that no distribution has.
    #[error("a kurtosis of {kurtosis} is below 1 + the square of the skewness {skewness}, which no distribution has")]
    Moments {
        /// The skewness.
        skewness: f64,
        /// The kurtosis, 3 for the normal distribution.
        kurtosis: f64,
    },
    /// A Sharpe ratio that no length of track record puts above another.
    #[error("a Sharpe ratio of {ratio} is not above {benchmark}, and a longer track record would not make it so")]
    NotAbove {
        /// The ratio.
        ratio: f64,
        /// What it should be above.
        benchmark: f64,
    },
    /// A series that cannot be measured.
    #[error(transparent)]
    Series(#[from] RiskError),
}

/// Refuses a matrix with fewer rows or columns than needed, or with a value that is not a finite number.
pub(super) fn check(returns: &Matrix, rows: usize, variants: usize) -> Result<(), ValidateError> {
    if returns.rows() < rows {
        return Err(ValidateError::TooFew { what: "periods", found: returns.rows(), needed: rows });
    }
    if returns.columns() < variants {
        return Err(ValidateError::TooFew { what: "variants", found: returns.columns(), needed: variants });
    }
    for (variant, column) in returns.iter_columns().enumerate() {
        if let Some((row, value)) = column.iter().copied().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(ValidateError::NotFinite { row, variant, value });
        }
    }
    Ok(())
}

/// Refuses a level that is not strictly between 0 and 1.
pub(super) fn check_level(name: &'static str, value: f64) -> Result<(), ValidateError> {
    let inside = value > 0.0 && value < 1.0;
    if inside { Ok(()) } else { Err(ValidateError::Argument { name, value, limit: "strictly between 0 and 1" }) }
}
