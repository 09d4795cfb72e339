//! How much of a result is luck.
//!
//! Variants that were tried on the same history stand in the columns of a matrix, T periods × N variants, of
//! simple returns or of returns over a benchmark, oldest first. Everything random takes a seed, and a
//! resample is a stream of its own, so that results do not depend on how the work is shared out.

// What cannot be validated.
pub mod error;

// How sure a Sharpe ratio is, and how long a track record has to be.
pub mod sharpe;

// What the best of many trials would show by luck alone.
pub mod deflated;

// How often the best variant of one half of a history is below the median in the other.
pub mod overfitting;

// Parts of a history to estimate on and to judge on.
pub mod split;

// Histories drawn anew in blocks.
pub mod resample;

// Whether the best of many variants is better than its benchmark.
pub mod superior;

// What rebalancing has brought, taken apart.
pub mod premium;

// What rebalancing is expected to bring, from means and covariance.
pub mod fixed_mix;
