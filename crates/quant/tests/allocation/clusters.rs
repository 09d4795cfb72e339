//! Trees of clusters: by definition, and every order of leaves tried.

use evenkeel_quant::estimate::cluster::dendrogram::{CutError, Dendrogram};
use evenkeel_quant::estimate::cluster::distance::Distances;
use evenkeel_quant::estimate::cluster::leaf_order::{LeafOrder, OrderError, order_leaves};
use evenkeel_quant::estimate::cluster::linkage::{Linkage, link};
use evenkeel_quant::linear::matrix::Matrix;
use proptest::prelude::*;

use crate::support::covariances;

const LINKAGES: [Linkage; 4] = [Linkage::Single, Linkage::Complete, Linkage::Average, Linkage::Ward];

/// The distance between two clusters straight from the definition.
fn between(distances: &Distances, linkage: Linkage, first: &[usize], second: &[usize]) -> f64 {
    let mut pairs: Vec<f64> = first.iter().flat_map(|i| second.iter().map(|j| distances.between(*i, *j))).collect();
    pairs.sort_by(f64::total_cmp);
    let mean_square = |first: &[usize], second: &[usize]| {
        let sum: f64 = first.iter().flat_map(|i| second.iter().map(|j| distances.between(*i, *j).powi(2))).sum();
        sum / (first.len() * second.len()) as f64
    };
    match linkage {
        Linkage::Single => pairs[0],
        Linkage::Complete => pairs[pairs.len() - 1],
        Linkage::Average => pairs.iter().sum::<f64>() / pairs.len() as f64,
        Linkage::Ward => {
            // Of the centers, which distances alone tell: ‖a − b‖² = mean d²(A, B) − ½ mean d²(A, A) − ½ mean d²(B, B).
            let centers = mean_square(first, second) - 0.5 * mean_square(first, first) - 0.5 * mean_square(second, second);
            let (a, b) = (first.len() as f64, second.len() as f64);
            (2.0 * a * b / (a + b) * centers).sqrt()
        }
    }
}

/// Always joins the nearest two clusters, all pairs compared each time; assets of each cluster, with heights.
fn by_definition(distances: &Distances, linkage: Linkage) -> Vec<(Vec<usize>, f64)> {
    let mut clusters: Vec<Vec<usize>> = (0..distances.size()).map(|asset| vec![asset]).collect();
    let mut made = Vec::new();
    while clusters.len() > 1 {
        let pairs = (0..clusters.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
        let apart = |&(i, j): &(usize, usize)| between(distances, linkage, &clusters[i], &clusters[j]);
        let (i, j) = pairs.min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap();
        let height = apart(&(i, j));
        let mut joined = clusters.remove(j);
        joined.extend(clusters.remove(i));
        joined.sort_unstable();
        made.push((joined.clone(), height));
        clusters.push(joined);
    }
    made
}

fn members(tree: &Dendrogram, node: usize) -> Vec<usize> {
    tree.merge(node).map_or(vec![node], |merge| [members(tree, merge.left), members(tree, merge.right)].concat())
}

/// Every order of leaves that a tree allows.
fn orders(tree: &Dendrogram, node: usize) -> Vec<Vec<usize>> {
    let Some(merge) = tree.merge(node) else { return vec![vec![node]] };
    let (left, right) = (orders(tree, merge.left), orders(tree, merge.right));
    let joined = |a: &Vec<usize>, b: &Vec<usize>| [a.clone(), b.clone()].concat();
    left.iter().flat_map(|a| right.iter().flat_map(move |b| [joined(a, b), joined(b, a)])).collect()
}

fn length(distances: &Distances, order: &[usize]) -> f64 {
    order.windows(2).map(|pair| distances.between(pair[0], pair[1])).sum()
}

proptest! {
    #[test]
    fn trees_are_what_joining_the_nearest_makes(covariance in covariances(2..14)) {
        let distances = Distances::of_correlation(&covariance);
        for linkage in LINKAGES {
            let tree = link(&distances, linkage);
            let expected = by_definition(&distances, linkage);
            prop_assert_eq!(tree.merges().len(), expected.len());
            for (at, (assets, height)) in expected.iter().enumerate() {
                let mut found = members(&tree, tree.leaves() + at);
                found.sort_unstable();
                prop_assert_eq!(&found, assets, "{:?}", linkage);
                prop_assert!((tree.merges()[at].height - height).abs() < 1e-12);
                prop_assert_eq!(tree.merges()[at].size, assets.len());
            }
        }
    }

    #[test]
    fn no_order_is_better_than_the_optimal(covariance in covariances(1..9)) {
        let distances = Distances::of_correlation(&covariance);
        for linkage in LINKAGES {
            let tree = link(&distances, linkage);
            let all = orders(&tree, 2 * tree.leaves() - 2);
            let least = all.iter().map(|order| length(&distances, order)).fold(f64::INFINITY, f64::min);
            for kind in [LeafOrder::Optimal, LeafOrder::BottomUp] {
                let found = order_leaves(&tree, &distances, kind).unwrap().leaf_order();
                prop_assert!(all.contains(&found));
                prop_assert!(kind == LeafOrder::BottomUp || length(&distances, &found) < least + 1e-12);
            }
        }
    }

    #[test]
    fn clusters_divide_the_assets_and_the_order(covariance in covariances(1..12), part in 0.0..1.0_f64) {
        let tree = link(&Distances::of_correlation(&covariance), Linkage::Average);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a few assets")]
        let k = 1 + (part * tree.leaves() as f64) as usize;
        let clusters = tree.clusters(k).unwrap();
        prop_assert_eq!(clusters.len(), k);
        prop_assert_eq!(clusters.concat(), tree.leaf_order());
    }
}

#[test]
fn the_order_that_scipy_calls_optimal_is_not() {
    // The example of scipy's issue 11227.
    let entries = [0.0, 0.466, 0.774, 0.799, 0.466, 0.0, 0.286, 0.684, 0.774, 0.286, 0.0, 0.747, 0.799, 0.684, 0.747, 0.0];
    let distances = Distances::from_matrix(Matrix::from_rows(4, 4, &entries).unwrap()).unwrap();
    let tree = link(&distances, Linkage::Complete);
    let order = |kind| order_leaves(&tree, &distances, kind).unwrap().leaf_order();
    let mut best = order(LeafOrder::Optimal);
    if best[0] == 3 {
        best.reverse();
    }
    assert_eq!(best, [0, 1, 2, 3]);
    assert!(length(&distances, &order(LeafOrder::BottomUp)) > length(&distances, &best) + 0.01);
}

#[test]
fn few_assets_have_small_trees() {
    let of = |size: usize| Distances::from_matrix(Matrix::from_fn(size, size, |i, j| i.abs_diff(j) as f64)).unwrap();
    for linkage in LINKAGES {
        for kind in [LeafOrder::Optimal, LeafOrder::BottomUp] {
            let ordered = |size: usize| order_leaves(&link(&of(size), linkage), &of(size), kind).unwrap();
            assert_eq!((ordered(0).leaf_order(), ordered(0).merges().len()), (vec![], 0));
            assert_eq!(ordered(1).leaf_order(), [0]);
            assert_eq!(ordered(2).leaf_order(), [0, 1]);
            assert_eq!(ordered(1).clusters(1), Ok(vec![vec![0]]));
        }
    }
    let tree = link(&of(3), Linkage::Single);
    assert_eq!(tree.clusters(0), Err(CutError { leaves: 3, clusters: 0 }));
    assert_eq!(tree.clusters(4), Err(CutError { leaves: 3, clusters: 4 }));
    assert_eq!(order_leaves(&tree, &of(2), LeafOrder::Optimal), Err(OrderError { leaves: 3, assets: 2 }));
}

#[test]
fn equal_distances_join_the_first_assets_first() {
    let same = Distances::from_matrix(Matrix::from_fn(5, 5, |i, j| f64::from(u8::from(i != j)))).unwrap();
    for linkage in LINKAGES {
        let tree = link(&same, linkage);
        assert_eq!((tree.merges()[0].left, tree.merges()[0].right), (0, 1), "{linkage:?}");
        let mut order = order_leaves(&tree, &same, LeafOrder::Optimal).unwrap().leaf_order();
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3, 4]);
    }
}
