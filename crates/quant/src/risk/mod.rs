//! How uncertain a portfolio's return is.
//!
//! Measures of a return series take simple returns of equal periods, oldest first, and are losses:
//! positive where money is lost. They are of one period unless a factor of annualization is an
//! argument.

// What all measures ask of a return series, and the errors that say what it lacks.
pub mod series;

// Mean squared distance from the mean.
pub mod variance;

// Distance from the mean or from a level, counted on the side of losses or not squared.
pub mod deviation;

// How lopsided returns are, and how often they are extreme.
pub mod shape;

// Losses in the tail: VaR and CVaR.
pub mod tail;

// Whether VaR and CVaR held.
pub mod exceptions;

// The tightest exponential bound of the tail: EVaR.
pub mod entropic;

// Losses since the last peak.
pub mod drawdown;

// What a series has earned.
pub mod performance;

// What a series has earned for its risk.
pub mod ratio;

// A series beside its benchmark: tracking error, beta, information ratio.
pub mod relative;

// All that is told of a series at once.
pub mod statistics;

// Measures over a window that moves along a series.
pub mod rolling;

// Volatility of the return over a benchmark, from weights and a covariance.
pub mod tracking_error;

// What each asset contributes to a portfolio's volatility.
pub mod decompose;
