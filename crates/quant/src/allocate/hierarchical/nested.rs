//! A portfolio of portfolios, each optimal within its cluster: nested clustered optimization.
//!
//! w = W v, `W = [w₁ … w_k]`, v optimal for the covariance `WᵀΣW` of the k cluster portfolios
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` | n × n | a period |
//! | | `tree` | n leaves | |
//! | k | `clusters` | 1 | 1 to n |
//! | W | by `inside` | n × k | each column 0 outside its cluster |
//! | v | by `across` | k | |
//! | w | result | n | sums to 1 where each optimizer's weights do |
//!
//! (M. López de Prado, *A Robust Estimator of the Efficient Frontier*, 2019.) What noise the optimizer makes
//! of similar assets stays inside their cluster.

use super::{AllocationError, Covariance, Dendrogram, check};
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};

/// Weights by nested clustered optimization, with any optimizer: `inside` gets the covariance of a cluster
/// and its assets, `across` the covariance of the cluster portfolios and their weights, a column each.
///
/// ```
/// use evenkeel_quant::allocate::{error::AllocationError, hierarchical::nested::nested_clusters, naive::inverse_variance};
/// use evenkeel_quant::estimate::cluster::{distance::Distances, linkage::{Linkage, link}};
/// use evenkeel_quant::estimate::covariance::Covariance;
/// let covariance = Covariance::from_volatilities(&[0.1, 0.1, 0.2], &[1.0, 0.5, 0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 1.0])?;
/// let tree = link(&Distances::of_correlation(&covariance), Linkage::Ward);
/// let weights = nested_clusters::<AllocationError>(&covariance, &tree, 2, |part, _| inverse_variance(part), |all, _| inverse_variance(all))?;
/// assert!((weights[2] - 0.0075 / 0.0475).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`AllocationError`] without assets, for a tree of other assets, and for a number of clusters that it
/// cannot be cut into; otherwise what the optimizers say.
pub fn nested_clusters<E: From<AllocationError>>(
    covariance: &Covariance,
    tree: &Dendrogram,
    clusters: usize,
    mut inside: impl FnMut(&Covariance, &[usize]) -> Result<Vec<f64>, E>,
    across: impl FnOnce(&Covariance, &Matrix) -> Result<Vec<f64>, E>,
) -> Result<Vec<f64>, E> {
    check(covariance, tree)?;
    let clusters = tree.clusters(clusters).map_err(AllocationError::from)?;
    let entries = covariance.matrix();
    let mut portfolios = Matrix::zeros(covariance.size(), clusters.len());
    for (column, assets) in clusters.iter().enumerate() {
        let held = inside(&Covariance::dense(entries.select(assets, assets)), assets)?;
        for (asset, weight) in assets.iter().zip(held) {
            portfolios.set(*asset, column, weight);
        }
    }
    let mut reduced = Matrix::zeros(clusters.len(), clusters.len());
    for column in 0..clusters.len() {
        let products = covariance.times(portfolios.column(column));
        reduced.column_mut(column).copy_from_slice(&transposed_times(&portfolios, &products));
    }
    let weights = across(&Covariance::dense(reduced), &portfolios)?;
    Ok(times(&portfolios, &weights))
}
