//! Views as linear constraints on probabilities: Σₜ qₜ gₜ compared with a target.

use super::{Quantity, Relation, View};
use crate::linear::matrix::Matrix;
use crate::linear::product::times;

/// Σₜ qₜ gₜ compared with a target.
pub(super) struct Constraint {
    /// g: the value of each scenario.
    pub(super) values: Vec<f64>,
    pub(super) relation: Relation,
    pub(super) target: f64,
    /// The view that asks for it; none for what is pinned.
    pub(super) view: Option<usize>,
    /// What one unit of the view's value is of the target.
    pub(super) unit: f64,
}

/// Means and variances of assets that later passes hold fast, by asset; computed where needed.
pub(super) struct Pins {
    pub(super) means: Vec<f64>,
    pub(super) variances: Vec<f64>,
}

/// A view as a constraint, distances taken from pinned means.
pub(super) fn of_view(scenarios: &Matrix, number: usize, view: &View, pins: &Pins) -> Constraint {
    let (values, unit) = match &view.quantity {
        Quantity::Mean(weights) => (times(scenarios, weights), 1.0),
        Quantity::Variance(asset) => (products(scenarios, *asset, *asset, pins), 1.0),
        Quantity::Correlation(first, second) => {
            (products(scenarios, *first, *second, pins), (pins.variances[*first] * pins.variances[*second]).sqrt())
        }
    };
    Constraint { values, relation: view.relation, target: view.value * unit, view: Some(number), unit }
}

/// The mean of an asset, as it is.
pub(super) fn pinned_mean(scenarios: &Matrix, asset: usize, pins: &Pins) -> Constraint {
    Constraint { values: scenarios.column(asset).to_vec(), relation: Relation::Equal, target: pins.means[asset], view: None, unit: 1.0 }
}

/// The variance of an asset whose mean is pinned, as it is.
pub(super) fn pinned_variance(scenarios: &Matrix, asset: usize, pins: &Pins) -> Constraint {
    let target = pins.variances[asset];
    Constraint { values: products(scenarios, asset, asset, pins), relation: Relation::Equal, target, view: None, unit: 1.0 }
}

fn products(scenarios: &Matrix, first: usize, second: usize, pins: &Pins) -> Vec<f64> {
    let (a, b) = (pins.means[first], pins.means[second]);
    scenarios.column(first).iter().zip(scenarios.column(second)).map(|(x, y)| (x - a) * (y - b)).collect()
}
