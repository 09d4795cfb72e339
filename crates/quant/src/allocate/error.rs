//! What no weights can be given to.

use crate::estimate::cluster::dendrogram::CutError;

/// Why there are no weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// There is nothing to hold.
    #[error("there are no assets, and weights must sum to 1")]
    NoAssets,
    /// An asset whose variance is 0, so that weights by the inverse of risk are infinite.
    #[error("asset {index} has no risk, and would get all the weight; leave it out and give it a weight of its own")]
    Riskless {
        /// The asset.
        index: usize,
    },
    /// A tree of other assets than the covariance.
    #[error("the tree has {leaves} leaves, and the covariance {assets} assets")]
    Tree {
        /// Leaves of the tree.
        leaves: usize,
        /// Assets of the covariance.
        assets: usize,
    },
    /// A tree that cannot be cut so.
    #[error(transparent)]
    Clusters(#[from] CutError),
}
