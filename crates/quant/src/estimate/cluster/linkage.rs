//! Clusters joined from the nearest to the farthest.
//!
//! | linkage | distance between clusters A and B |
//! |---|---|
//! | single | min dᵢⱼ, i in A, j in B |
//! | complete | max dᵢⱼ |
//! | average | mean of dᵢⱼ |
//! | Ward | √(2·∣A∣∣B∣ ÷ (∣A∣ + ∣B∣)) times the distance of the centers, by the recursion below |
//!
//! Ward's recursion, for a cluster C and the union of A and B (a, b, c being sizes):
//! d² = ((c + a) d²(C, A) + (c + b) d²(C, B) − c d²(A, B)) ÷ (a + b + c).
//!
//! Single linkage is the minimum spanning tree by height (R. C. Prim, 1957). The others let a chain of
//! nearest neighbors grow until two are nearest to one another, and join those (F. Murtagh, *A Survey of
//! Recent Advances in Hierarchical Clustering Algorithms*, 1983): O(n²) in all, the same tree as by always
//! joining the nearest pair. Between equal distances the first asset wins, and of the two nodes of a
//! merge the one of lower number is left: scipy's order.

use crate::estimate::cluster::dendrogram::{Dendrogram, Merge};
use crate::estimate::cluster::distance::Distances;
use crate::linear::matrix::Matrix;
use crate::linear::vector::vectorized;

/// What the distance between two clusters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linkage {
    /// Of their nearest two assets.
    Single,
    /// Of their farthest two assets.
    Complete,
    /// The mean over all pairs of assets.
    Average,
    /// By how much joining them raises the spread around centers.
    Ward,
}

/// Joins all assets into one tree.
///
/// ```
/// use evenkeel_quant::estimate::cluster::{distance::Distances, linkage::{Linkage, link}};
/// use evenkeel_quant::linear::matrix::Matrix;
/// let line = Distances::from_matrix(Matrix::from_rows(3, 3, &[0.0, 1.0, 3.0, 1.0, 0.0, 2.0, 3.0, 2.0, 0.0])?)?;
/// let heights = |linkage| link(&line, linkage).merges().iter().map(|merge| merge.height).collect::<Vec<_>>();
/// assert_eq!(heights(Linkage::Single), [1.0, 2.0]);
/// assert_eq!(heights(Linkage::Complete), [1.0, 3.0]);
/// assert_eq!(heights(Linkage::Average), [1.0, 2.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn link(distances: &Distances, linkage: Linkage) -> Dendrogram {
    let entries = distances.matrix();
    let mut joints = match linkage {
        Linkage::Single => spanning_tree(distances),
        Linkage::Complete => nearest_neighbor_chain(entries.clone(), |far, _| far.to_first.max(far.to_second)),
        Linkage::Average => nearest_neighbor_chain(entries.clone(), |mean, size| {
            (size.first * mean.to_first + size.second * mean.to_second) / (size.first + size.second)
        }),
        Linkage::Ward => ward(entries),
    };
    joints.sort_by(|first, second| first.height.total_cmp(&second.height));
    label(distances.size(), &joints)
}

/// Two clusters to join, each named by one of its assets.
struct Joint {
    first: usize,
    second: usize,
    height: f64,
}

/// Distances from a third cluster to two that are joined, and between those.
struct Apart {
    to_first: f64,
    to_second: f64,
    between: f64,
}

/// Numbers of assets of two clusters that are joined and of a third.
struct Sizes {
    first: f64,
    second: f64,
    third: f64,
}

/// Joints of the minimum spanning tree, from asset 0 outward.
fn spanning_tree(distances: &Distances) -> Vec<Joint> {
    let size = distances.size();
    // Of each asset outside the tree, the distance to its nearest inside; infinite once inside.
    let mut outside = vec![f64::INFINITY; size];
    let mut inside = vec![false; size];
    let mut joints = Vec::with_capacity(size.saturating_sub(1));
    let mut newest = 0;
    for _ in 1..size {
        inside[newest] = true;
        let (mut nearest, mut height) = (newest, f64::INFINITY);
        for (asset, distance) in distances.from(newest).iter().enumerate() {
            if !inside[asset] {
                outside[asset] = outside[asset].min(*distance);
                if outside[asset] < height {
                    (nearest, height) = (asset, outside[asset]);
                }
            }
        }
        // Named by the asset before, not by the neighbor inside: sorted by height both make the same tree.
        joints.push(Joint { first: newest, second: nearest, height });
        newest = nearest;
    }
    joints
}

/// Ward's linkage in squares of distances, of which only the heights are rooted.
fn ward(distances: &Matrix) -> Vec<Joint> {
    let mut squares = distances.clone();
    for distance in squares.values_mut() {
        *distance *= *distance;
    }
    let mut joints = nearest_neighbor_chain(squares, |square, size| {
        let near = (size.third + size.first) * square.to_first + (size.third + size.second) * square.to_second;
        ((near - size.third * square.between) / (size.first + size.second + size.third)).max(0.0)
    });
    for joint in &mut joints {
        joint.height = joint.height.sqrt();
    }
    joints
}

/// Follows nearest neighbors until two are nearest to one another, joins them, and goes on.
fn nearest_neighbor_chain(mut distances: Matrix, joined: impl Fn(Apart, Sizes) -> f64) -> Vec<Joint> {
    let count = distances.rows();
    for asset in 0..count {
        distances.set(asset, asset, f64::INFINITY);
    }
    let mut sizes = vec![1.0; count];
    // Infinite for a cluster that was joined to another, 0 otherwise.
    let mut gone = vec![0.0; count];
    let mut chain: Vec<usize> = Vec::with_capacity(count);
    let mut joints = Vec::with_capacity(count.saturating_sub(1));
    for _ in 1..count {
        let (tip, before, height) = grow(&mut chain, &distances, &gone);
        let (first, second) = (tip.min(before), tip.max(before));
        joints.push(Joint { first, second, height });
        join(&mut distances, (first, second), &mut sizes, &mut gone, &joined);
    }
    joints
}

/// Grows the chain until its last two are nearest to one another, and takes them off.
fn grow(chain: &mut Vec<usize>, distances: &Matrix, gone: &[f64]) -> (usize, usize, f64) {
    let mut tip = chain.pop().or_else(|| gone.iter().position(|gone| *gone == 0.0)).unwrap_or_default();
    loop {
        let from_tip = distances.column(tip);
        let (nearest, height) = nearest(from_tip, gone);
        match chain.last() {
            // Of equally near clusters the one before is taken, so that the chain cannot turn in a circle.
            Some(&before) if from_tip[before] <= height => {
                chain.pop();
                return (tip, before, from_tip[before]);
            }
            _ => chain.push(tip),
        }
        tip = nearest;
    }
}

/// The nearest cluster that is still there, and its distance.
fn nearest(distances: &[f64], gone: &[f64]) -> (usize, f64) {
    const LANES: usize = 8;
    let smallest = vectorized(
        #[inline(always)]
        || {
            let lesser = |a: f64, b: f64| if b < a { b } else { a };
            let mut lanes = [f64::INFINITY; LANES];
            let (chunks, gone_chunks) = (distances.chunks_exact(LANES), gone.chunks_exact(LANES));
            let rest = chunks.remainder().iter().zip(gone_chunks.remainder());
            let rest = rest.map(|(distance, gone)| distance + gone).fold(f64::INFINITY, lesser);
            for (distances, gone) in chunks.zip(gone_chunks) {
                for lane in 0..LANES {
                    lanes[lane] = lesser(lanes[lane], distances[lane] + gone[lane]);
                }
            }
            lanes.into_iter().fold(rest, lesser)
        },
    );
    let at = distances.iter().zip(gone).position(|(distance, gone)| distance + gone <= smallest);
    (at.unwrap_or_default(), smallest)
}

/// Puts the union of two clusters in the place of the second.
fn join(
    distances: &mut Matrix,
    (first, second): (usize, usize),
    sizes: &mut [f64],
    gone: &mut [f64],
    joined: &impl Fn(Apart, Sizes) -> f64,
) {
    let count = sizes.len();
    let between = distances.get(first, second);
    let to_first = distances.column(first).to_vec();
    let (size_first, size_second) = (sizes[first], sizes[second]);
    gone[first] = f64::INFINITY;
    let to_second = distances.column_mut(second);
    vectorized(
        #[inline(always)]
        || {
            for third in 0..count {
                let apart = Apart { to_first: to_first[third], to_second: to_second[third], between };
                let union = joined(apart, Sizes { first: size_first, second: size_second, third: sizes[third] });
                to_second[third] = if gone[third] > 0.0 { 0.0 } else { union };
            }
        },
    );
    to_second[second] = f64::INFINITY;
    for third in 0..count {
        let union = distances.get(third, second);
        distances.set(second, third, union);
    }
    sizes[second] = size_first + size_second;
}

/// Numbers the clusters in the order of their joints.
fn label(leaves: usize, joints: &[Joint]) -> Dendrogram {
    let mut parent: Vec<usize> = (0..leaves + joints.len()).collect();
    let mut merges: Vec<Merge> = Vec::with_capacity(joints.len());
    for (node, joint) in (leaves..).zip(joints) {
        let (first, second) = (top(&mut parent, joint.first), top(&mut parent, joint.second));
        (parent[first], parent[second]) = (node, node);
        let size_of = |node: usize| node.checked_sub(leaves).map_or(1, |merge| merges[merge].size);
        let size = size_of(first) + size_of(second);
        merges.push(Merge { left: first.min(second), right: first.max(second), height: joint.height, size });
    }
    Dendrogram::new(leaves, merges)
}

/// The highest node above a node so far, with the way to it halved for the next search.
fn top(parent: &mut [usize], mut node: usize) -> usize {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}
