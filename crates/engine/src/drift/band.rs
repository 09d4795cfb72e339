//! Bands around target weights, and what it takes to reach their edges.

use crate::boundary::TOLERANCE;
use crate::policy::{Band, TargetTree};

/// Whether a drift is strictly beyond a half width: 5.000 points on a band of 5 are not.
pub(super) fn is_beyond(drift: f64, half_width: f64) -> bool {
    drift.abs() > half_width + TOLERANCE
}

/// The band of what is held and is no node of the tree: the narrowest absolute one of the top
/// classes, as a fraction of a target of zero says nothing.
pub(super) fn of_no_node(tree: &TargetTree) -> Band {
    let narrowest = tree.top().filter_map(|(_, node)| node.band.absolute).min_by(f64::total_cmp);
    Band { absolute: narrowest, relative: None }
}

/// Return of one class alone that takes it from its weight to another, as a fraction: with weight w
/// and edge b, b (1 − w) ÷ (w (1 − b)) − 1. `None` unless both lie strictly between 0 and 1.
///
/// ```
/// let up = evenkeel::drift::move_to_edge(0.20, 0.25);
/// assert!((up.unwrap_or_default() - 1.0 / 3.0).abs() < 1e-15);
/// ```
pub fn move_to_edge(weight: f64, edge: f64) -> Option<f64> {
    let inside = |share: f64| share > 0.0 && share < 1.0;
    (inside(weight) && inside(edge)).then(|| edge * (1.0 - weight) / (weight * (1.0 - edge)) - 1.0)
}
