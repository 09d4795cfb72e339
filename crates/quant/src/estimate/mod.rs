//! Moments of returns.

// Covariance made of volatilities and correlations.
pub mod covariance;
