//! Moments of returns.

// How returns vary together.
pub mod covariance;
