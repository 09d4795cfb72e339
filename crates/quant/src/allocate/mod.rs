//! How much of each asset to hold.

// The band around the optimal weight within which trading costs more than it brings.
pub mod no_trade_region;

// What a band costs a year, and the width that costs least.
pub mod band_cost;

// What no weights can be given to.
pub mod error;

// Weights of each asset's own risk alone.
pub mod naive;

// Weights down a tree of clusters.
pub mod hierarchical;

// Weights whose contributions to risk are as budgeted.
pub mod risk_budget;

// Whole lots of money.
pub mod discrete;
