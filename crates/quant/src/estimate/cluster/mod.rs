//! Which assets move alike: distances, trees of clusters and the order of their leaves.

// How far apart assets are.
pub mod distance;

// A tree of clusters, each joined of two.
pub mod dendrogram;

// Clusters joined from the nearest to the farthest.
pub mod linkage;

// Leaves turned so that neighbors are alike.
pub mod leaf_order;
