//! [`ReturnError`]: why flows and values have no return.

/// Why flows and values have no return.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ReturnError {
    /// Too few of what is needed.
    #[error("{found} {what} are too few: {needed} are needed")]
    TooFew {
        /// What there are too few of.
        what: &'static str,
        /// How many are given.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A value or flow that is not a finite number.
    #[error("the {what} at position {index} is {value}, which is not a finite number")]
    NotFinite {
        /// What it is.
        what: &'static str,
        /// Its position.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A subperiod that begins with nothing, or less.
    #[error("subperiod {index} begins with {value}; a return is of a value above 0, so begin it when there is one")]
    NothingHeld {
        /// The subperiod.
        index: usize,
        /// What it begins with.
        value: f64,
    },
    /// A flow outside the period.
    #[error("the flow at position {index} is at {time}, outside of the period from 0 to {length}")]
    Outside {
        /// Its position.
        index: usize,
        /// When it is.
        time: f64,
        /// How long the period is.
        length: f64,
    },
    /// An average capital of 0.
    #[error("the average capital is 0, and there is no return on it; take shorter periods")]
    NoCapital,
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
    /// More changes of sign than all rates are looked for.
    #[error("the flows change sign {found} times, and rates are looked for up to {limit}; add up the flows of each month or quarter")]
    Changes {
        /// Changes of sign.
        found: usize,
        /// The most that are taken.
        limit: usize,
    },
}

/// Refuses what is not a finite number.
pub(crate) fn check_finite(what: &'static str, mut values: impl Iterator<Item = f64>) -> Result<(), ReturnError> {
    let mut index = 0;
    match values.find(|value| {
        index += 1;
        !value.is_finite()
    }) {
        Some(value) => Err(ReturnError::NotFinite { what, index: index - 1, value }),
        None => Ok(()),
    }
}

/// Refuses an argument that is not above 0.
pub(crate) fn check_positive(name: &'static str, value: f64) -> Result<(), ReturnError> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(ReturnError::Argument { name, value, limit: "above 0" }) }
}
