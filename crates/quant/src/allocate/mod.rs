//! How much of each asset to hold.

// The band around the optimal weight within which trading costs more than it brings.
pub mod no_trade_region;
