//! Moments of returns.

// What estimators ask of returns, and the errors that say what is wrong with them.
pub mod observations;

// Least squares by normal equations, refusing what is collinear.
mod normal_equations;

// How returns vary together.
pub mod covariance;

// What assets are expected to return.
pub mod returns;

// Which assets move alike.
pub mod cluster;

// Beliefs joined with estimates.
pub mod views;
