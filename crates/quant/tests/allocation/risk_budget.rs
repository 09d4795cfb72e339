//! Contributions to risk as budgeted.

use evenkeel_quant::allocate::naive::inverse_volatility;
use evenkeel_quant::allocate::risk_budget::volatility::risk_budget;
use evenkeel_quant::allocate::risk_budget::{RiskBudget, RiskBudgetError};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::risk::decompose::decompose_volatility;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{assert_close, case, covariances, numbers, reordered, returns, sample_covariance, scaled, shuffle};

#[test]
fn budgets_of_the_panel() {
    for name in ["optim_erc", "optim_risk_budget"] {
        let (Some(file), Some(returns)) = (case(name), returns()) else { return };
        let found = risk_budget(&sample_covariance(&returns), &numbers(&file["parameters"]["budget"])).unwrap();
        assert_close(&found.weights, &numbers(&file["reference"]["weights"]), file["tolerance"]["weights_abs"].as_f64().unwrap(), name);
        assert_close(&found.contributions, &numbers(&file["reference"]["risk_contribution"]), 1e-12, name);
        assert!((found.risk - file["reference"]["volatility_daily"].as_f64().unwrap()).abs() < 1e-12);
    }
}

fn constant_correlation(volatilities: &[f64], rho: f64) -> Covariance {
    let size = volatilities.len();
    let correlation: Vec<f64> = (0..size * size).map(|at| if at / size == at % size { 1.0 } else { rho }).collect();
    Covariance::from_volatilities(volatilities, &correlation).unwrap()
}

#[test]
fn published_risk_parity() {
    let Some(file) = case("pub_risk_parity") else { return };
    let solve = |inputs: &Value| {
        let volatilities = numbers(&inputs["sigma"]);
        let budgets = inputs.get("budget").map_or(vec![1.0; volatilities.len()], numbers);
        risk_budget(&constant_correlation(&volatilities, inputs["rho"].as_f64().unwrap()), &budgets).unwrap()
    };
    for kind in ["two_assets_equal", "two_assets_budget", "constant_correlation_n_assets"] {
        for case in file[kind].as_array().unwrap() {
            let found = solve(&case["inputs"]);
            assert_close(&found.weights, &numbers(&case["expected"]["weights"]), 1e-12, &case["inputs"].to_string());
            assert!(case["expected"]["vol"].as_f64().is_none_or(|expected| (found.risk - expected).abs() < 1e-12));
        }
    }
    let four = &file["four_assets"];
    let correlation: Vec<f64> = four["inputs"]["correlation"].as_array().unwrap().iter().flat_map(numbers).collect();
    let covariance = Covariance::from_volatilities(&numbers(&four["inputs"]["sigma"]), &correlation).unwrap();
    let found = risk_budget(&covariance, &[1.0; 4]).unwrap();
    assert_close(&found.weights, &numbers(&four["expected"]["erc_weights"]), 1e-9, "four assets");
    assert!((found.risk - four["expected"]["erc_vol"].as_f64().unwrap()).abs() < 1e-12);
    assert!(found.risk < four["expected"]["equal_weight_vol"].as_f64().unwrap());
}

/// Budgets over four decades.
fn budgets(size: std::ops::Range<usize>) -> impl Strategy<Value = (Covariance, Vec<f64>)> {
    covariances(size).prop_flat_map(|covariance| {
        let size = covariance.size();
        (Just(covariance), prop::collection::vec((-4.0..0.0_f64).prop_map(|power| 10.0_f64.powf(power)), size))
    })
}

fn solve(covariance: &Covariance, budgets: &[f64]) -> RiskBudget {
    risk_budget(covariance, budgets).unwrap()
}

proptest! {
    #[test]
    fn contributions_are_the_budgets((covariance, budgets) in budgets(1..12)) {
        let found = solve(&covariance, &budgets);
        let total: f64 = budgets.iter().sum();
        let wanted: Vec<f64> = budgets.iter().map(|budget| budget / total).collect();
        assert_close(&found.contributions, &wanted, 1e-12, "contributions");
        prop_assert!(found.residual <= 1e-12);
        prop_assert!(found.weights.iter().all(|weight| *weight > 0.0) && (found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-13);
        let parts = decompose_volatility(&covariance, &found.weights);
        assert_close(&parts.fraction, &wanted, 1e-12, "told apart");
    }

    #[test]
    fn no_unit_and_no_order((covariance, budgets) in budgets(2..12), factor in prop::sample::select(vec![1e-16, 1e-4, 1e8, 1e16]), seed in 1..1000_u64) {
        let found = solve(&covariance, &budgets);
        assert_close(&solve(&scaled(&covariance, factor), &budgets).weights, &found.weights, 1e-11, "scaled risk");
        let larger: Vec<f64> = budgets.iter().map(|budget| budget * 1e6).collect();
        assert_close(&solve(&covariance, &larger).weights, &found.weights, 1e-11, "scaled budgets");
        let order = shuffle(covariance.size(), seed);
        let pick = |of: &[f64]| order.iter().map(|asset| of[*asset]).collect::<Vec<f64>>();
        assert_close(&solve(&reordered(&covariance, &order), &pick(&budgets)).weights, &pick(&found.weights), 1e-11, "reordered");
    }

    #[test]
    fn one_asset_may_be_two_that_share_its_budget((covariance, budgets) in budgets(1..8)) {
        let size = covariance.size();
        let twice: Vec<usize> = (0..size).chain([0]).collect();
        let mut shared = budgets.clone();
        shared[0] *= 0.5;
        shared.push(shared[0]);
        let (found, divided) = (solve(&covariance, &budgets).weights, solve(&reordered(&covariance, &twice), &shared).weights);
        prop_assert!((divided[0] - divided[size]).abs() < 1e-11 && (divided[0] + divided[size] - found[0]).abs() < 1e-11);
        assert_close(&divided[1..size], &found[1..], 1e-11, "the others");
    }

    #[test]
    fn parity_lies_between_least_risk_and_equal_weights(covariance in covariances(2..10)) {
        let found = solve(&covariance, &vec![1.0; covariance.size()]);
        let equal = vec![1.0 / covariance.size() as f64; covariance.size()];
        prop_assert!(found.risk <= covariance.variance(&equal).sqrt() + 1e-12);
    }

    #[test]
    fn factor_form_and_entries_agree(loadings in prop::collection::vec(-0.3..0.3_f64, 40), specific in prop::collection::vec(0.0..0.05_f64, 20)) {
        let factors = Covariance::from_factors(Matrix::from_columns(20, 2, loadings).unwrap(), specific).unwrap();
        let dense = Covariance::from_matrix(factors.matrix().into_owned()).unwrap();
        assert_close(&solve(&factors, &[1.0; 20]).weights, &solve(&dense, &[1.0; 20]).weights, 1e-9, "factors");
    }
}

#[test]
fn equal_correlations_are_solved_by_inverse_volatility() {
    let volatilities: Vec<f64> = (1..=40).map(|asset| f64::from(asset) * 0.01).collect();
    for rho in [-0.02, 0.0, 0.9, 1.0] {
        let covariance = constant_correlation(&volatilities, rho);
        assert_close(&solve(&covariance, &[1.0; 40]).weights, &inverse_volatility(&covariance).unwrap(), 1e-12, &rho.to_string());
    }
}

#[test]
fn assets_without_budget_are_not_held() {
    let covariance = Covariance::from_volatilities(&[0.15, 0.0, 0.05], &[1.0, 0.0, 0.2, 0.0, 1.0, 0.0, 0.2, 0.0, 1.0]).unwrap();
    assert_close(&solve(&covariance, &[1.0, 0.0, 1.0]).weights, &[0.25, 0.0, 0.75], 1e-14, "cash beside");
    let hedge = Covariance::from_volatilities(&[0.15, 0.15, 0.05], &[1.0, -0.9, 0.2, -0.9, 1.0, 0.0, 0.2, 0.0, 1.0]).unwrap();
    assert_close(&solve(&hedge, &[1.0, 0.0, 1.0]).weights, &[0.25, 0.0, 0.75], 1e-14, "no hedge either");
}

#[test]
fn what_has_no_weights_is_told() {
    let refused = |covariance: &Covariance, budgets: &[f64]| risk_budget(covariance, budgets).unwrap_err();
    let two = constant_correlation(&[0.1, 0.2], 0.5);
    assert_eq!(refused(&two, &[1.0]), RiskBudgetError::Length { assets: 2, found: 1 });
    assert_eq!(refused(&two, &[1.0, -1.0]), RiskBudgetError::Budget { index: 1, value: -1.0 });
    assert!(matches!(refused(&two, &[f64::NAN, 1.0]), RiskBudgetError::Budget { index: 0, .. }));
    assert_eq!(refused(&two, &[0.0, 0.0]), RiskBudgetError::NoBudget);
    assert_eq!(refused(&constant_correlation(&[], 0.0), &[]), RiskBudgetError::NoAssets);
    assert_eq!(refused(&constant_correlation(&[0.1, 0.0], 0.0), &[1.0, 1.0]), RiskBudgetError::Riskless { index: 1 });
    assert_eq!(refused(&constant_correlation(&[0.1, 0.1], -1.0), &[1.0, 2.0]), RiskBudgetError::RisklessPortfolio);
    assert_close(&solve(&constant_correlation(&[0.1], 0.0), &[7.0]).weights, &[1.0], 0.0, "one asset");
}
