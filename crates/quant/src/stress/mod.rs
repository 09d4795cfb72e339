//! What shocks do to a portfolio, and the smallest that would break it.
//!
//! Shocks are simple returns of assets or factors, applied at once; a portfolio's return under them is Σ wᵢ sᵢ. Correlations
//! of a crisis are [`stressed`](crate::estimate::covariance::stressed)'s, futures under stress
//! [`simulate::stress`](crate::simulate::stress)'s.

// Shocks of some assets, and what is to be expected of the others.
pub mod propagate;

// The smallest shock that breaks a limit.
pub mod reverse;

// Stretches of history, as shocks to today's portfolio.
pub mod replay;
