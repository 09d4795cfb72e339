//! What the commands that run policies over time share.

// Growth, drawdown and drift as pictures.
mod pictures;

pub use pictures::{drawdown_picture, drift_picture, growth_picture, rolling_picture};
