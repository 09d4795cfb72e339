//! What no study can be made of.

/// Why a study cannot be run.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BacktestError {
    /// Values that do not fill whole rows of the assets, or no rows at all.
    #[error("the history has {values} values of {assets} assets; give at least one whole row")]
    Shape {
        /// Values given.
        values: usize,
        /// Assets of a row.
        assets: usize,
    },
    /// An argument of another length than the study needs.
    #[error("{what} has {found} entries, and {expected} are needed")]
    Length {
        /// The argument.
        what: &'static str,
        /// Entries given.
        found: usize,
        /// Entries needed.
        expected: usize,
    },
    /// A return below −1, a price below 0, or a value that is infinite.
    #[error("row {row} of the history has {value} for asset {asset}; returns are at least -1, prices at least 0, both finite")]
    Value {
        /// Row of the values given.
        row: usize,
        /// The asset.
        asset: usize,
        /// What stands there.
        value: f64,
    },
    /// A missing value where the study refuses them.
    #[error("row {row} of the history has no value for asset {asset}; fill it, or let the asset rest with `Missing::Rest`")]
    Missing {
        /// Row of the values given.
        row: usize,
        /// The asset.
        asset: usize,
    },
    /// Target weights that are negative, not numbers, or do not sum to 1.
    #[error("target weights {set} must be at least 0 and sum to 1; their sum is {sum}")]
    Targets {
        /// Which set of weights of the schedule.
        set: usize,
        /// Their sum; not a number where a weight is not one or is below 0.
        sum: f64,
    },
    /// A schedule of targets that does not begin at row 0 or whose rows do not rise.
    #[error("targets start to hold at row 0 first and at later rows in rising order, none beyond the end; entry {entry} says row {row}")]
    Schedule {
        /// Entry of the schedule.
        entry: usize,
        /// The row it names.
        row: usize,
    },
    /// A number outside of what it may be.
    #[error("{what} is {value}, and must be {rule}")]
    Number {
        /// The argument.
        what: &'static str,
        /// The number given.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
}
