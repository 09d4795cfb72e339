//! How uncertain a portfolio's return is.

// Volatility of the return over a benchmark.
pub mod tracking_error;
