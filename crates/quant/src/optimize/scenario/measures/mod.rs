//! The measures, a file each.

mod series;

// Mean loss in the worst scenarios.
pub mod cvar;

// The worst scenario.
pub mod worst_realization;

// Mean distance from the mean.
pub mod mean_absolute_deviation;

// Mean shortfall below zero.
pub mod lower_partial_moment;

// Root of the mean squared shortfall, below the mean or below zero.
pub mod semideviation;

// Losses since the highest point: mean, worst, mean of the worst and root mean square.
pub mod drawdown;

// The bound on losses from their moment generating function.
pub mod entropic;

// Logarithmic growth, which the Kelly criterion maximizes.
pub mod growth;
