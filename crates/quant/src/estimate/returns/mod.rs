//! What assets are expected to return, a period.
//!
//! Means estimated from history are the least certain input of optimization: after T years the
//! standard error of a mean is the yearly volatility over √T. So there are ways that lean on
//! less: shrinkage, equilibrium, CAPM. Nothing here is annualized: returns of days give expected
//! returns of days.

// Expected returns that somebody states.
pub mod given;

// The historical mean.
pub mod mean;

// A mean in which recent returns count more.
pub mod exponential;

// What the market's weights imply.
pub mod equilibrium;

// Means drawn together: James–Stein and Bayes–Stein.
pub mod shrinkage;

// What an asset's beta earns.
pub mod capm;
