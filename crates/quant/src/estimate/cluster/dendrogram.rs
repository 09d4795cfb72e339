//! A tree of clusters, each joined of two.
//!
//! Of n leaves n − 1 merges make the whole. Nodes are numbered: leaves 0 to n − 1 are the assets, node
//! n + i is the cluster made by merge i; merges stand in the order of their heights.

/// Two clusters joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// The node drawn on the left.
    pub left: usize,
    /// The node drawn on the right.
    pub right: usize,
    /// Distance at which they were joined.
    pub height: f64,
    /// Number of leaves below.
    pub size: usize,
}

/// A tree of clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Dendrogram {
    leaves: usize,
    merges: Vec<Merge>,
}

/// A number of clusters that a tree cannot be cut into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{leaves} assets make 1 to {leaves} clusters, and {clusters} are asked for")]
pub struct CutError {
    /// Number of assets.
    pub leaves: usize,
    /// Clusters asked for.
    pub clusters: usize,
}

impl Dendrogram {
    /// A tree whose merges name only nodes before them, each once, of heights that do not fall.
    pub(crate) fn new(leaves: usize, merges: Vec<Merge>) -> Self {
        Self { leaves, merges }
    }

    /// Number of leaves.
    pub fn leaves(&self) -> usize {
        self.leaves
    }

    /// All merges, by height: merge i makes node `leaves` + i.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// The merge that made a node; `None` for a leaf.
    pub fn merge(&self, node: usize) -> Option<&Merge> {
        self.merges.get(node.checked_sub(self.leaves)?)
    }

    /// The leaves from left to right: the quasi-diagonal order of the covariance.
    ///
    /// ```
    /// use evenkeel_quant::estimate::cluster::{distance::Distances, linkage::{Linkage, link}};
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// let far_middle = Matrix::from_rows(3, 3, &[0.0, 0.9, 0.1, 0.9, 0.0, 0.8, 0.1, 0.8, 0.0])?;
    /// assert_eq!(link(&Distances::from_matrix(far_middle)?, Linkage::Single).leaf_order(), [1, 0, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn leaf_order(&self) -> Vec<usize> {
        self.root().map(|root| self.leaves_below(root)).unwrap_or_default()
    }

    /// The assets of each of k clusters: the tree without its k − 1 highest merges, from left to right.
    ///
    /// ```
    /// use evenkeel_quant::estimate::cluster::{distance::Distances, linkage::{Linkage, link}};
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// let far_middle = Matrix::from_rows(3, 3, &[0.0, 0.9, 0.1, 0.9, 0.0, 0.8, 0.1, 0.8, 0.0])?;
    /// let tree = link(&Distances::from_matrix(far_middle)?, Linkage::Ward);
    /// assert_eq!(tree.clusters(2)?, [vec![1], vec![0, 2]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CutError`] where k is not 1 to the number of leaves.
    pub fn clusters(&self, k: usize) -> Result<Vec<Vec<usize>>, CutError> {
        Ok(self.cut(k)?.into_iter().map(|node| self.leaves_below(node)).collect())
    }

    /// The nodes of k clusters, from left to right.
    pub(crate) fn cut(&self, k: usize) -> Result<Vec<usize>, CutError> {
        if k == 0 || k > self.leaves {
            return Err(CutError { leaves: self.leaves, clusters: k });
        }
        // Node numbers rise with height, so the k − 1 highest merges are the last.
        let first_above = 2 * self.leaves - k;
        Ok(self.descend(self.root().into_iter().collect(), |node| node >= first_above))
    }

    /// The node that holds all; `None` without leaves.
    pub(crate) fn root(&self) -> Option<usize> {
        (self.leaves + self.merges.len()).checked_sub(1)
    }

    pub(crate) fn leaves_below(&self, node: usize) -> Vec<usize> {
        self.descend(vec![node], |_| true)
    }

    /// Opens nodes from left to right wherever wanted. With a stack of its own: a chain of a thousand
    /// merges is as deep.
    fn descend(&self, mut pending: Vec<usize>, open: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut found = Vec::new();
        while let Some(node) = pending.pop() {
            match self.merge(node) {
                Some(merge) if open(node) => pending.extend([merge.right, merge.left]),
                _ => found.push(node),
            }
        }
        found
    }
}
