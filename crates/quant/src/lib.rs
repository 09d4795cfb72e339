//! What is estimated and optimized, in `f64`.
//!
//! This crate knows asset indices and numbers: no instruments, no accounts, no money. Weights are
//! fractions of portfolio value; matrices are square, row by row. No clock, no files, no randomness
//! that was not handed in, so equal inputs give equal bits on one build.
//!
//! Data flows downward through this table of contents.

// No clock, files, environment or random numbers that were not handed in: see clippy.toml.
#![deny(clippy::disallowed_methods)]

// Dense linear algebra.
pub mod linear;

// Distributions, and random numbers from a seed.
pub mod probability;

// Prices or returns of assets over dates, with gaps: from series to what estimators take.
pub mod panel;

// Moments of returns.
pub mod estimate;

// How uncertain a portfolio's return is.
pub mod risk;

// The point of a feasible set that is best by a stated measure.
pub mod optimize;

// What shocks do to a portfolio, and the smallest that would break it.
pub mod stress;

// How much of each asset to hold.
pub mod allocate;

// How much a portfolio pays out a year, by rule.
pub mod spending;

// What a rule for trading toward target weights would have come to on a history of returns.
pub mod backtest;

// Many futures of a portfolio, from history or beliefs.
pub mod simulate;

// What rules of trading cost over many paths, on the same paths.
pub mod bands;

// How much of a result is luck.
pub mod validate;

// What was earned, and every ratio by which it is judged.
pub mod performance;

// Why it was earned: effects of decisions against a benchmark, and how they add up over time.
pub mod attribution;
