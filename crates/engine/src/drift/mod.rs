//! [`Drift`]: how far holdings are from target; [`Decision`]: whether that is reason to trade.

use serde::Serialize;

/// Tolerance of every comparison of a weight with a band, so that exactly at the edge never
/// depends on float noise.
pub const TOLERANCE: f64 = 1e-12;

/// How far holdings are from target, as fractions of portfolio value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drift {
    /// Each node of the tree, and each sleeve that is no node (cash and unlisted holdings), in order.
    pub classes: Vec<ClassDrift>,
    /// Largest magnitude of drift over `classes`.
    pub max: f64,
    /// ½ Σ |drift| over sleeves: the one-way turnover of a full rebalance.
    pub half_l1: f64,
    /// Tracking error against the target, a year; `None` without a covariance.
    pub tracking_error: Option<f64>,
}

/// Drift of one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassDrift {
    /// The class.
    pub class: String,
    /// Whether it is a leaf of the tree (or cash or unlisted), rather than a class of classes.
    pub is_leaf: bool,
    /// Current weight.
    pub current: f64,
    /// Target weight.
    pub target: f64,
    /// Current − target.
    pub drift: f64,
    /// Half width of the band around the target; `None` without one.
    pub band: Option<f64>,
    /// Whether the drift is strictly beyond the band.
    pub outside: bool,
}

/// Whether to trade, and the rule that decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Do nothing.
    Hold {
        /// Why, in a sentence with numbers.
        reason: String,
    },
    /// Only put spare cash to work, or raise what is missing.
    CashFlow {
        /// Why, in a sentence with numbers.
        reason: String,
    },
    /// Rebalance.
    Rebalance {
        /// Name of the trigger that fired: `threshold`, `calendar`, and so on.
        trigger: String,
        /// Why, in a sentence with numbers.
        reason: String,
    },
}
