//! The point of a feasible set that is best by a stated measure.

// Nearest point with bounded entries and a given sum.
pub mod projection;

mod dense;

// Bounded entries whose combinations come nearest to what is wanted.
pub mod least_squares;
