//! Clusters weighted down the tree, assets within them by themselves: hierarchical equal risk contribution.
//!
//! The tree is cut into k clusters. At each merge above the cut the left gets the part
//!
//! 1 − V(left) ÷ (V(left) + V(right)), V(side) = Σ over its clusters C of vᵀΣ\_CC v
//!
//! of what both have, with v the inverse-variance weights of a cluster. Its assets share what the cluster gets
//! by v too (HERC) or equally (HERC2).
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` | n × n | a period |
//! | | `tree` | n leaves | |
//! | k | `clusters` | 1 | 1 to n |
//! | | `within` | | HERC or HERC2 |
//! | w | result | n | fractions above 0 that sum to 1 |
//!
//! (T. Raffinot, *The Hierarchical Equal Risk Contribution Portfolio*, 2018.) The variances of the clusters
//! of a side are added up, and HERC2 too measures clusters by v, as Riskfolio-Lib does. Sides without risk at all share equally.

use super::{AllocationError, Covariance, Dendrogram, check, left_share};
use crate::allocate::naive::{equal_weight, inverse_variance};

/// How assets share the weight of their cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// By the inverse of their variance: HERC.
    InverseVariance,
    /// Equally: HERC2.
    Equal,
}

/// Weights by hierarchical equal risk contribution.
///
/// ```
/// use evenkeel_quant::allocate::hierarchical::equal_contribution::{Within, hierarchical_equal_contribution};
/// use evenkeel_quant::estimate::cluster::{distance::Distances, linkage::{Linkage, link}};
/// use evenkeel_quant::estimate::covariance::Covariance;
/// let covariance = Covariance::from_volatilities(&[0.1, 0.1, 0.2], &[1.0, 0.5, 0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 1.0])?;
/// let tree = link(&Distances::of_correlation(&covariance), Linkage::Ward);
/// // Variances 0.0075 of the first two together and 0.04 of the third.
/// let weights = hierarchical_equal_contribution(&covariance, &tree, 2, Within::Equal)?;
/// assert!((weights[2] - 0.0075 / 0.0475).abs() < 1e-15 && weights[0] == weights[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`AllocationError`] without assets, for an asset without risk, for a tree of other assets, and for a
/// number of clusters that it cannot be cut into.
pub fn hierarchical_equal_contribution(
    covariance: &Covariance,
    tree: &Dendrogram,
    clusters: usize,
    within: Within,
) -> Result<Vec<f64>, AllocationError> {
    check(covariance, tree)?;
    let inverse = inverse_variance(covariance)?;
    let cut = tree.cut(clusters)?;
    let matrix = covariance.matrix();
    let mut weights = vec![0.0; tree.leaves()];
    let mut variances = vec![0.0; tree.leaves() + tree.merges().len()];
    for node in &cut {
        let assets = tree.leaves_below(*node);
        let by_variance = shares(assets.iter().map(|asset| inverse[*asset]).collect());
        for (asset, weight) in assets.iter().zip(&by_variance) {
            let products = assets.iter().zip(&by_variance).map(|(other, held)| held * matrix.get(*other, *asset));
            variances[*node] += weight * products.sum::<f64>();
        }
        let held = match within {
            Within::InverseVariance => by_variance,
            Within::Equal => equal_weight(assets.len()),
        };
        for (asset, weight) in assets.iter().zip(held) {
            weights[*asset] = weight;
        }
    }
    let of_node = down_the_tree(tree, clusters, variances);
    for node in cut {
        for asset in tree.leaves_below(node) {
            weights[asset] *= of_node[node];
        }
    }
    Ok(weights)
}

/// The weight of each node from the clusters up.
fn down_the_tree(tree: &Dendrogram, clusters: usize, mut variances: Vec<f64>) -> Vec<f64> {
    let nodes = variances.len();
    // Nodes above the cut are the last: k − 1 merges.
    let above = (nodes + 1 - clusters..nodes).filter_map(|node| Some((node, tree.merge(node)?)));
    for (node, merge) in above.clone() {
        variances[node] = variances[merge.left].max(0.0) + variances[merge.right].max(0.0);
    }
    let mut weights = vec![1.0; nodes];
    for (node, merge) in above.rev() {
        let share = left_share(variances[merge.left], variances[merge.right]);
        weights[merge.left] = weights[node] * share;
        weights[merge.right] = weights[node] * (1.0 - share);
    }
    weights
}

fn shares(parts: Vec<f64>) -> Vec<f64> {
    let total: f64 = parts.iter().sum();
    parts.into_iter().map(|part| part / total).collect()
}
