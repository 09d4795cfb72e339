//! Leaves turned so that neighbors are alike.
//!
//! A tree of n leaves can be drawn in 2ⁿ⁻¹ orders, by exchanging left and right at each merge. Sought is
//! the order of the least sum of distances between neighbors. With M(u, w) the least sum over the orders of
//! a cluster A ∪ B that begin with u in A and end with w in B,
//!
//! M(u, w) = min over m, k of M(u, m) + d(m, k) + M(k, w)
//!
//! with m on the other side of A than u, k on the other side of B than w (Z. Bar-Joseph, D. K. Gifford,
//! T. S. Jaakkola, *Fast Optimal Leaf Ordering for Hierarchical Clustering*, 2001; in two steps, by k for
//! each u and then by w, as in Z. Bar-Joseph et al., *K-ary Clustering with Optimal Leaf Ordering for Gene
//! Expression Data*, 2003). That is min-plus products of n³ ÷ 6 terms for an even tree, n² ÷ 2 for a chain.
//!
//! scipy's `optimal_leaf_ordering` computes M so, but turns the two halves of each cluster for the best
//! M of that cluster alone, whatever its parents choose later; its order is often not the best (scipy
//! issue 11227). The libraries' portfolios rest on it, so that order is here too, by its own name.

use std::ops::Range;

use crate::estimate::cluster::dendrogram::{Dendrogram, Merge};
use crate::estimate::cluster::distance::Distances;
use crate::linear::matrix::Matrix;
use crate::linear::vector::vectorized;

/// Which of the orders that a tree allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafOrder {
    /// Each cluster turned for itself, from the lowest up: what scipy, and so the libraries, call optimal.
    BottomUp,
    /// The least sum of distances between neighbors.
    Optimal,
}

/// Turns the merges of a tree so that neighboring leaves are alike. Distances and tree are of the same
/// assets.
///
/// ```
/// use evenkeel_quant::estimate::cluster::distance::Distances;
/// use evenkeel_quant::estimate::cluster::leaf_order::{LeafOrder, order_leaves};
/// use evenkeel_quant::estimate::cluster::linkage::{Linkage, link};
/// use evenkeel_quant::linear::matrix::Matrix;
/// let positions = [0.0_f64, 5.0, 1.0, 4.0];
/// let distances = Distances::from_matrix(Matrix::from_fn(4, 4, |i, j| (positions[i] - positions[j]).abs()))?;
/// let tree = link(&distances, Linkage::Average);
/// assert_eq!(tree.leaf_order(), [0, 2, 1, 3]);
/// assert_eq!(order_leaves(&tree, &distances, LeafOrder::Optimal)?.leaf_order(), [0, 2, 3, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`OrderError`] where tree and distances are not of the same number of assets.
pub fn order_leaves(tree: &Dendrogram, distances: &Distances, order: LeafOrder) -> Result<Dendrogram, OrderError> {
    if tree.leaves() != distances.size() {
        return Err(OrderError { leaves: tree.leaves(), assets: distances.size() });
    }
    let turned = match order {
        LeafOrder::BottomUp => Paths::new(tree, distances).bottom_up(),
        LeafOrder::Optimal => Paths::new(tree, distances).optimal(),
    };
    let turn = |(merge, turned): (&Merge, bool)| if turned { Merge { left: merge.right, right: merge.left, ..*merge } } else { *merge };
    Ok(Dendrogram::new(tree.leaves(), tree.merges().iter().zip(turned).map(turn).collect()))
}

/// A tree and distances of different assets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tree has {leaves} leaves, and the distances are between {assets} assets")]
pub struct OrderError {
    /// Leaves of the tree.
    pub leaves: usize,
    /// Assets of the distances.
    pub assets: usize,
}

/// The least sums M between the ends of every cluster. Leaves are named by their place in the order of the
/// tree as it is, so that each cluster is a range of places.
struct Paths<'a> {
    tree: &'a Dendrogram,
    ranges: Vec<Range<usize>>,
    distances: Matrix,
    least: Matrix,
}

impl<'a> Paths<'a> {
    fn new(tree: &'a Dendrogram, distances: &Distances) -> Self {
        let order = tree.leaf_order();
        let leaves = order.len();
        let mut ranges = vec![0..0; leaves + tree.merges().len()];
        for (place, leaf) in order.iter().enumerate() {
            ranges[*leaf] = place..place + 1;
        }
        for (node, merge) in (leaves..).zip(tree.merges()) {
            ranges[node] = ranges[merge.left].start..ranges[merge.right].end;
        }
        let distances = distances.matrix().select(&order, &order);
        let mut paths = Self { tree, ranges, distances, least: Matrix::zeros(leaves, leaves) };
        for merge in tree.merges() {
            paths.connect(merge);
        }
        paths
    }

    /// The halves of a node that hold one end each, with the half that the path must cross to the other
    /// end. A leaf is both its ends.
    fn sides(&self, node: usize) -> Vec<(Range<usize>, Range<usize>)> {
        match self.tree.merge(node) {
            None => vec![(self.ranges[node].clone(), self.ranges[node].clone())],
            Some(merge) => {
                let (left, right) = (&self.ranges[merge.left], &self.ranges[merge.right]);
                vec![(left.clone(), right.clone()), (right.clone(), left.clone())]
            }
        }
    }

    /// M between every leaf u on the left of a merge and every leaf w on its right.
    fn connect(&mut self, merge: &Merge) {
        let (left, right) = (self.ranges[merge.left].clone(), self.ranges[merge.right].clone());
        let (left_sides, right_sides) = (self.sides(merge.left), self.sides(merge.right));
        let (least, distances) = (&mut self.least, &self.distances);
        vectorized(
            #[inline(always)]
            || {
                let (mut to_k, mut to_w) = (vec![0.0; right.len()], vec![0.0; right.len()]);
                let local = |range: &Range<usize>| range.start - right.start..range.end - right.start;
                for (near, far) in left_sides {
                    for u in near {
                        to_k.fill(f64::INFINITY);
                        lower(&mut to_k, &least.column(u)[far.clone()], distances, &far, &right);
                        to_w.fill(f64::INFINITY);
                        for (near, far) in &right_sides {
                            lower(&mut to_w[local(near)], &to_k[local(far)], least, far, near);
                        }
                        least.column_mut(u)[right.clone()].copy_from_slice(&to_w);
                    }
                }
            },
        );
        for u in left {
            for w in right.clone() {
                least.set(u, w, least.get(w, u));
            }
        }
    }

    /// The ends of the least sum of a merge: the first, row by row, where several are least.
    fn best_ends(&self, merge: &Merge) -> (usize, usize) {
        let (left, right) = (self.ranges[merge.left].clone(), self.ranges[merge.right].clone());
        let mut best = (f64::INFINITY, (left.start, right.start));
        for u in left {
            for (w, sum) in right.clone().zip(&self.least.column(u)[right.clone()]) {
                if *sum < best.0 {
                    best = (*sum, (u, w));
                }
            }
        }
        best.1
    }

    /// Each cluster's halves turned for the best ends of that cluster, and with every cluster above that is.
    fn bottom_up(&self) -> Vec<bool> {
        let leaves = self.tree.leaves();
        let mut turned = vec![false; self.tree.merges().len()];
        for merge in self.tree.merges() {
            let (u, w) = self.best_ends(merge);
            if let Some(half) = self.tree.merge(merge.left) {
                turned[merge.left - leaves] = self.ranges[half.right].contains(&u);
            }
            if let Some(half) = self.tree.merge(merge.right) {
                turned[merge.right - leaves] = self.ranges[half.left].contains(&w);
            }
        }
        for (at, merge) in self.tree.merges().iter().enumerate().rev() {
            for child in [merge.left, merge.right].into_iter().filter_map(|child| child.checked_sub(leaves)) {
                turned[child] ^= turned[at];
            }
        }
        turned
    }

    /// Traces the least sum of the whole back to the ends of each cluster.
    fn optimal(&self) -> Vec<bool> {
        let leaves = self.tree.leaves();
        let mut turned = vec![false; self.tree.merges().len()];
        let mut pending: Vec<(usize, usize, usize)> = Vec::new();
        if let (Some(root), Some(merge)) = (self.tree.root(), self.tree.merges().last()) {
            let (first, last) = self.best_ends(merge);
            pending.push((root, first, last));
        }
        while let Some((node, first, last)) = pending.pop() {
            let Some(merge) = self.tree.merge(node) else { continue };
            let turn = self.ranges[merge.right].contains(&first);
            turned[node - leaves] = turn;
            let (u, w) = if turn { (last, first) } else { (first, last) };
            let (m, k) = self.middle(merge, u, w);
            pending.push(if turn { (merge.left, m, u) } else { (merge.left, u, m) });
            pending.push(if turn { (merge.right, w, k) } else { (merge.right, k, w) });
        }
        turned
    }

    /// The neighbors m and k across a merge on the least path from u to w.
    fn middle(&self, merge: &Merge, u: usize, w: usize) -> (usize, usize) {
        let across = |node: usize, end: usize| self.sides(node).into_iter().find(|(near, _)| near.contains(&end)).map(|(_, far)| far);
        let mut best = (f64::INFINITY, (u, w));
        for m in across(merge.left, u).into_iter().flatten() {
            for k in across(merge.right, w).into_iter().flatten() {
                let sum = self.least.get(m, u) + self.distances.get(k, m) + self.least.get(k, w);
                if sum < best.0 {
                    best = (sum, (m, k));
                }
            }
        }
        best.1
    }
}

/// Lowers out[t] to the least of first[j] + second(j, t), over j in `way` and t in `ends`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn lower(out: &mut [f64], first: &[f64], second: &Matrix, way: &Range<usize>, ends: &Range<usize>) {
    let least = |a: f64, b: f64| if b < a { b } else { a };
    let column = |j: usize| &second.column(way.start + j)[ends.clone()];
    // Four at once: each entry of the result is then read and written a quarter as often.
    let whole = first.len() / 4 * 4;
    for j in (0..whole).step_by(4) {
        let ([f0, f1, f2, f3], [c0, c1, c2, c3]) = ([0, 1, 2, 3].map(|next| first[j + next]), [0, 1, 2, 3].map(|next| column(j + next)));
        for (out, (((s0, s1), s2), s3)) in out.iter_mut().zip(c0.iter().zip(c1).zip(c2).zip(c3)) {
            let two = least(f0 + s0, f1 + s1);
            *out = least(*out, least(two, least(f2 + s2, f3 + s3)));
        }
    }
    for (j, first) in first.iter().enumerate().skip(whole) {
        for (out, second) in out.iter_mut().zip(column(j)) {
            *out = least(*out, first + second);
        }
    }
}
