//! Weights down a tree of clusters.

use evenkeel_quant::allocate::error::AllocationError;
use evenkeel_quant::allocate::hierarchical::equal_contribution::{Within, hierarchical_equal_contribution};
use evenkeel_quant::allocate::hierarchical::nested::nested_clusters;
use evenkeel_quant::allocate::hierarchical::risk_parity::hierarchical_risk_parity;
use evenkeel_quant::allocate::naive::{equal_weight, inverse_variance};
use evenkeel_quant::estimate::cluster::dendrogram::Dendrogram;
use evenkeel_quant::estimate::cluster::distance::Distances;
use evenkeel_quant::estimate::cluster::leaf_order::{LeafOrder, order_leaves};
use evenkeel_quant::estimate::cluster::linkage::{Linkage, link};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::cholesky::Cholesky;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{assert_close, assets, case, covariances, numbers, reordered, returns, sample_covariance, scaled, shuffle};

/// The tree that the libraries' portfolios rest on.
fn tree(covariance: &Covariance, linkage: Linkage) -> Dendrogram {
    let distances = Distances::of_correlation(covariance);
    order_leaves(&link(&distances, linkage), &distances, LeafOrder::BottomUp).unwrap()
}

/// A case, the covariance of the panel, and the linkage that the case asks for.
fn panel_case(name: &str) -> Option<(Value, Covariance, Linkage)> {
    let file = case(name)?;
    let linkage = if file["parameters"]["linkage"] == "ward" { Linkage::Ward } else { Linkage::Single };
    Some((file, sample_covariance(&returns()?), linkage))
}

#[test]
fn hierarchical_risk_parity_is_the_libraries() {
    for name in ["optim_hrp_single", "optim_hrp_ward", "optim_hrp_single_noorder"] {
        let Some((file, covariance, linkage)) = panel_case(name) else { return };
        let ordered = file["parameters"]["optimal_ordering"].as_bool().unwrap();
        let tree = if ordered { tree(&covariance, linkage) } else { link(&Distances::of_correlation(&covariance), linkage) };
        assert_eq!(tree.leaf_order(), assets(&file["reference"]["leaf_order"]), "{name}");
        let found = hierarchical_risk_parity(&covariance, &tree).unwrap();
        assert_close(&found, &numbers(&file["reference"]["weights"]), file["tolerance"]["weights_abs"].as_f64().unwrap(), name);
    }
}

#[test]
fn hierarchical_equal_contribution_is_the_libraries() {
    for (name, within) in [("optim_herc_ward_k4", Within::InverseVariance), ("optim_herc2_ward_k4", Within::Equal)] {
        let Some((file, covariance, linkage)) = panel_case(name) else { return };
        let tree = tree(&covariance, linkage);
        if let Some(clusters) = file["reference"]["clusters"].as_object() {
            let mut found = tree.clusters(4).unwrap();
            for cluster in &mut found {
                cluster.sort_unstable();
            }
            assert!(clusters.values().all(|cluster| found.contains(&assets(cluster))));
        }
        let found = hierarchical_equal_contribution(&covariance, &tree, 4, within).unwrap();
        assert_close(&found, &numbers(&file["reference"]["weights"]), file["tolerance"]["weights_abs"].as_f64().unwrap(), name);
    }
}

/// The long-only portfolio of least variance, by trying which of a few assets are held.
fn minimum_variance(covariance: &Covariance) -> Vec<f64> {
    let size = covariance.size();
    let candidates = (1_usize..1 << size).filter_map(|held| {
        let held: Vec<usize> = (0..size).filter(|asset| held >> asset & 1 == 1).collect();
        let factor = Cholesky::factor(covariance.matrix().select(&held, &held)).ok()?;
        let solution = factor.solve(&vec![1.0; held.len()]);
        let total: f64 = solution.iter().sum();
        let mut weights = vec![0.0; size];
        for (asset, entry) in held.iter().zip(&solution) {
            weights[*asset] = entry / total;
        }
        weights.iter().all(|weight| *weight >= 0.0).then_some(weights)
    });
    candidates.min_by(|a, b| covariance.variance(a).total_cmp(&covariance.variance(b))).unwrap()
}

#[test]
fn nested_clusters_are_the_libraries() {
    let name = "optim_nco_minvar_ward_k4";
    let Some((file, covariance, linkage)) = panel_case(name) else { return };
    let tree = tree(&covariance, linkage);
    let least = |part: &Covariance| Ok(minimum_variance(part));
    let found = nested_clusters::<AllocationError>(&covariance, &tree, 4, |part, _| least(part), |all, _| least(all)).unwrap();
    assert_close(&found, &numbers(&file["reference"]["weights"]), 1e-5, name);
}

proptest! {
    #[test]
    fn weights_are_whole_and_know_no_unit_and_no_order(covariance in covariances(2..12), factor in 1e-8..1e8_f64, seed in 1..1000_u64) {
        let size = covariance.size();
        let order = shuffle(size, seed);
        let methods: [fn(&Covariance) -> Vec<f64>; 3] = [
            |covariance| hierarchical_risk_parity(covariance, &tree(covariance, Linkage::Ward)).unwrap(),
            |covariance| hierarchical_equal_contribution(covariance, &tree(covariance, Linkage::Average), 2, Within::Equal).unwrap(),
            |covariance| hierarchical_equal_contribution(covariance, &tree(covariance, Linkage::Complete), 2, Within::InverseVariance).unwrap(),
        ];
        for method in methods {
            let weights = method(&covariance);
            prop_assert!(weights.iter().all(|weight| *weight > 0.0) && (weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert_close(&method(&scaled(&covariance, factor)), &weights, 1e-10, "scaled");
            let elsewhere = method(&reordered(&covariance, &order));
            let expected: Vec<f64> = order.iter().map(|asset| weights[*asset]).collect();
            assert_close(&elsewhere, &expected, 1e-10, "reordered");
        }
    }

    #[test]
    fn clusters_of_one_asset_or_one_cluster_of_all(covariance in covariances(1..10)) {
        let size = covariance.size();
        let tree = tree(&covariance, Linkage::Ward);
        let herc = |clusters, within| hierarchical_equal_contribution(&covariance, &tree, clusters, within).unwrap();
        assert_close(&herc(1, Within::Equal), &equal_weight(size), 1e-15, "one cluster");
        assert_close(&herc(1, Within::InverseVariance), &inverse_variance(&covariance).unwrap(), 1e-14, "one cluster");
        // Where each asset is a cluster, how it is shared within does not matter.
        assert_close(&herc(size, Within::Equal), &herc(size, Within::InverseVariance), 1e-14, "as many clusters as assets");
        let nested = |clusters| {
            let inverse = |part: &Covariance| inverse_variance(part);
            nested_clusters::<AllocationError>(&covariance, &tree, clusters, |part, _| inverse(part), |all, _| inverse(all)).unwrap()
        };
        assert_close(&nested(1), &inverse_variance(&covariance).unwrap(), 1e-14, "nested in one cluster");
        assert_close(&nested(size), &inverse_variance(&covariance).unwrap(), 1e-14, "nested in as many");
    }
}

#[test]
fn what_has_no_weights_is_told() {
    let correlation = [1.0, 0.5, 0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 1.0];
    let three = Covariance::from_volatilities(&[0.1, 0.2, 0.0], &correlation).unwrap();
    let of_two = tree(&Covariance::from_volatilities(&[0.1, 0.2], &[1.0, 0.0, 0.0, 1.0]).unwrap(), Linkage::Single);
    let none = Covariance::from_volatilities(&[], &[]).unwrap();
    let hrp = |covariance: &Covariance, tree: &Dendrogram| hierarchical_risk_parity(covariance, tree).unwrap_err();
    assert_eq!(hrp(&three, &tree(&three, Linkage::Ward)), AllocationError::Riskless { index: 2 });
    assert_eq!(hrp(&three, &of_two), AllocationError::Tree { leaves: 2, assets: 3 });
    assert_eq!(hrp(&none, &tree(&none, Linkage::Ward)), AllocationError::NoAssets);
    let sound = Covariance::from_volatilities(&[0.1, 0.2, 0.3], &correlation).unwrap();
    let cut = hierarchical_equal_contribution(&sound, &tree(&sound, Linkage::Ward), 4, Within::Equal);
    assert!(matches!(cut, Err(AllocationError::Clusters(_))));
    assert_eq!(
        nested_clusters(&none, &tree(&none, Linkage::Ward), 1, |part, _| inverse_variance(part), |all, _| inverse_variance(all)),
        Err(AllocationError::NoAssets)
    );
    let one = Covariance::from_volatilities(&[0.3], &[1.0]).unwrap();
    assert_eq!(hierarchical_risk_parity(&one, &tree(&one, Linkage::Single)).unwrap(), [1.0]);
}

#[test]
fn duplicates_and_complete_hedges_have_weights() {
    // The first two are the same asset; the last two cancel out.
    let twice = Covariance::from_volatilities(&[0.2, 0.2, 0.1], &[1.0, 1.0, 0.3, 1.0, 1.0, 0.3, 0.3, 0.3, 1.0]).unwrap();
    let weights = hierarchical_equal_contribution(&twice, &tree(&twice, Linkage::Ward), 2, Within::InverseVariance).unwrap();
    assert!((weights[0] - weights[1]).abs() < 1e-15);
    let hedged = Covariance::from_volatilities(&[0.1, 0.1], &[1.0, -1.0, -1.0, 1.0]).unwrap();
    assert_close(&hierarchical_risk_parity(&hedged, &tree(&hedged, Linkage::Single)).unwrap(), &[0.5, 0.5], 1e-15, "hedges");
}
