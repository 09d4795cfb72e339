//! [`AttributionError`]: what cannot be attributed.

/// What cannot be attributed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum AttributionError {
    /// No segments, or no periods.
    #[error("there are no {what} to attribute")]
    Empty {
        /// What there are none of.
        what: &'static str,
    },
    /// A history that is not a whole number of periods, or parts of different lengths.
    #[error("{found} {what} are given where {needed} belong")]
    Shape {
        /// What they are.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        needed: usize,
    },
    /// A weight or return that is not a finite number; a return may be missing where its weight is 0.
    #[error("period {period}, segment {segment}: the {what} is {value}, which is not a finite number")]
    NotFinite {
        /// The period, from 0.
        period: usize,
        /// The segment, from 0.
        segment: usize,
        /// What it is.
        what: &'static str,
        /// What stands there.
        value: f64,
    },
    /// Weights that do not add up to 1.
    #[error("period {period}: the {side} weights add up to {total}, not to 1; give what is missing a segment of its own, such as cash")]
    Weights {
        /// The period, from 0.
        period: usize,
        /// Of the portfolio or of the benchmark.
        side: &'static str,
        /// Their sum.
        total: f64,
    },
    /// A total loss, after which nothing can be linked.
    #[error("period {period}: the {side} return is {value}; what is linked must be above -1, a total loss")]
    TotalLoss {
        /// The period, from 0.
        period: usize,
        /// Of the portfolio or of the benchmark.
        side: &'static str,
        /// The return.
        value: f64,
    },
    /// A tree in which a node stands before its parent, or parents itself.
    #[error("node {node} names {parent} as its parent; parents stand before their children")]
    Tree {
        /// The node.
        node: usize,
        /// What it names.
        parent: usize,
    },
    /// A series that does not vary.
    #[error("the {what} does not vary, and no share of its variance can be told")]
    NoVariance {
        /// Which.
        what: &'static str,
    },
    /// A factor that the ones before it say already, or that does not vary.
    #[error("factor {factor} does not vary, or is told by the factors before it")]
    Collinear {
        /// The factor, from 0.
        factor: usize,
    },
    /// No mix was found.
    #[error(transparent)]
    LeastSquares(#[from] crate::optimize::least_squares::LeastSquaresError),
}

/// Refuses values that are not finite numbers, of a period by segment.
pub(crate) fn check_finite(period: usize, what: &'static str, values: impl Iterator<Item = f64>) -> Result<(), AttributionError> {
    match values.enumerate().find(|(_, value)| !value.is_finite()) {
        Some((segment, value)) => Err(AttributionError::NotFinite { period, segment, what, value }),
        None => Ok(()),
    }
}

/// Refuses weights that do not add up to 1.
pub(crate) fn check_total(period: usize, side: &'static str, total: f64) -> Result<(), AttributionError> {
    if (total - 1.0).abs() <= super::segment::WHOLE { Ok(()) } else { Err(AttributionError::Weights { period, side, total }) }
}

/// Refuses returns that cannot be linked.
pub(crate) fn check_linkable(side: &'static str, returns: &[f64]) -> Result<(), AttributionError> {
    match returns.iter().copied().enumerate().find(|(_, value)| *value <= -1.0) {
        Some((period, value)) => Err(AttributionError::TotalLoss { period, side, value }),
        None => Ok(()),
    }
}
