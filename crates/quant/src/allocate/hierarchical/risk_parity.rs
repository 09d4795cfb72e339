//! Halves of the leaves weighted by the inverse of their variance: hierarchical risk parity.
//!
//! The leaves, in the tree's order, are halved until one is left; of an odd number the left half has one
//! less. Each half H counts by the variance of its own inverse-variance portfolio,
//!
//! V(H) = vᵀΣ\_HH v, vᵢ = (1 ÷ Σᵢᵢ) ÷ Σⱼ(1 ÷ Σⱼⱼ)
//!
//! and the left gets the part 1 − V(left) ÷ (V(left) + V(right)) of what both have.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` | n × n | a period |
//! | | `tree` | n leaves | |
//! | w | result | n | fractions above 0 that sum to 1 |
//!
//! (M. López de Prado, *Building Diversified Portfolios that Outperform Out of Sample*, 2016, section 3.)
//! Only the order of the leaves counts, not where the tree divides. Halves without risk at all share
//! equally.

use super::{AllocationError, Covariance, Dendrogram, check, left_share};
use crate::allocate::naive::inverse_variance;
use crate::linear::matrix::Matrix;
use crate::linear::vector::dot;

/// Weights by hierarchical risk parity.
///
/// ```
/// use evenkeel_quant::allocate::hierarchical::risk_parity::hierarchical_risk_parity;
/// use evenkeel_quant::estimate::cluster::{distance::Distances, linkage::{Linkage, link}};
/// use evenkeel_quant::estimate::covariance::Covariance;
/// let covariance = Covariance::from_volatilities(&[0.1, 0.2], &[1.0, 0.3, 0.3, 1.0])?;
/// let tree = link(&Distances::of_correlation(&covariance), Linkage::Single);
/// assert!((hierarchical_risk_parity(&covariance, &tree)?[0] - 0.8).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`AllocationError`] without assets, for an asset without risk, and for a tree of other assets.
pub fn hierarchical_risk_parity(covariance: &Covariance, tree: &Dendrogram) -> Result<Vec<f64>, AllocationError> {
    check(covariance, tree)?;
    let order = tree.leaf_order();
    let by_asset = inverse_variance(covariance)?;
    let inverse: Vec<f64> = order.iter().map(|asset| by_asset[*asset]).collect();
    let sorted = covariance.matrix().select(&order, &order);
    let mut weights = vec![0.0; order.len()];
    let mut pending = vec![(0..order.len(), 1.0)];
    while let Some((places, weight)) = pending.pop() {
        if places.len() == 1 {
            weights[order[places.start]] = weight;
            continue;
        }
        let middle = places.start + places.len() / 2;
        let halves = [places.start..middle, middle..places.end];
        let [left, right] = halves.clone().map(|half| cluster_variance(&sorted, &inverse, half));
        let share = left_share(left, right);
        let [left, right] = halves;
        pending.extend([(left, weight * share), (right, weight * (1.0 - share))]);
    }
    Ok(weights)
}

/// Variance of the inverse-variance portfolio of neighboring places.
fn cluster_variance(sorted: &Matrix, inverse: &[f64], places: std::ops::Range<usize>) -> f64 {
    let held = &inverse[places.clone()];
    let total: f64 = held.iter().sum();
    let variance: f64 = places.clone().zip(held).map(|(column, weight)| weight * dot(&sorted.column(column)[places.clone()], held)).sum();
    variance.max(0.0) / (total * total)
}
