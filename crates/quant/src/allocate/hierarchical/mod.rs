//! Weights down a tree of clusters: no matrix is inverted, so that a nearly singular covariance does no harm.

// Halves of the leaves weighted by the inverse of their variance.
pub mod risk_parity;

// Clusters weighted down the tree, assets within them by themselves.
pub mod equal_contribution;

// A portfolio of portfolios, each optimal within its cluster.
pub mod nested;

use super::error::AllocationError;
use crate::estimate::cluster::dendrogram::Dendrogram;
use crate::estimate::covariance::Covariance;

/// Refuses a tree of other assets than the covariance, and no assets.
fn check(covariance: &Covariance, tree: &Dendrogram) -> Result<(), AllocationError> {
    let (leaves, assets) = (tree.leaves(), covariance.size());
    if leaves != assets {
        return Err(AllocationError::Tree { leaves, assets });
    }
    if assets == 0 { Err(AllocationError::NoAssets) } else { Ok(()) }
}

/// The part of the left where two sides share by the inverse of their variance; half where neither has any.
fn left_share(left: f64, right: f64) -> f64 {
    if left + right > 0.0 { 1.0 - left / (left + right) } else { 0.5 }
}
