//! Moments of returns.

// How returns vary together.
pub mod covariance;

// What assets are expected to return.
pub mod returns;

// Which assets move alike.
pub mod cluster;
