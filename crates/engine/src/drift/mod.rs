//! [`Drift`]: how far holdings are from target; [`Decision`]: whether that is reason to trade.

mod band;

mod gauge;

mod case;

mod trigger;

mod decide;

pub use crate::boundary::TOLERANCE;
pub use band::move_to_edge;
pub use case::{Case, CashState, ReviewHistory};
pub use decide::{decide, destination};
pub use gauge::{Corridor, DriftSummary, Gauge};

use serde::Serialize;

/// How far holdings are from target, as fractions of portfolio value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drift {
    /// Each node of the tree, then the cash where it is no node, then unlisted holdings.
    pub classes: Vec<ClassDrift>,
    /// Each instrument held, by symbol; empty where drift was measured from values by sleeve.
    pub instruments: Vec<InstrumentDrift>,
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
    /// Current weight; of a class of classes with what is held below it and named by no leaf.
    pub current: f64,
    /// Target weight.
    pub target: f64,
    /// Current − target.
    pub drift: f64,
    /// Half width of the band around the target; `None` without one.
    pub band: Option<f64>,
    /// Whether the drift is strictly beyond the band.
    pub outside: bool,
    /// Return of this class alone that takes it from its current weight to the upper edge of the
    /// band; `None` without a band, or where no price can do it.
    pub move_to_upper: Option<f64>,
    /// As `move_to_upper`, for the lower edge.
    pub move_to_lower: Option<f64>,
}

/// Drift of one instrument.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstrumentDrift {
    /// The instrument.
    pub symbol: String,
    /// Current weight.
    pub current: f64,
    /// Target weight: that of its leaf where it is all that stands for it; `None` where several
    /// instruments share a leaf, or one lies in several.
    pub target: Option<f64>,
    /// Current − target.
    pub drift: Option<f64>,
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
