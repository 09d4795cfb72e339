//! The point of a feasible set that is best by a stated measure.

// Nearest point with bounded entries and a given sum.
pub mod projection;

mod dense;

// Bounded entries whose combinations come nearest to what is wanted.
pub mod least_squares;

// The portfolio program in its standard form.
pub mod program;

// What a solver hands back.
pub mod solution;

// A portfolio problem as its user states it.
pub mod problem;
