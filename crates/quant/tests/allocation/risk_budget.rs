//! Contributions to risk as budgeted.

use evenkeel_quant::allocate::naive::inverse_volatility;
use evenkeel_quant::allocate::risk_budget::constrained::constrained_risk_budget;
use evenkeel_quant::allocate::risk_budget::cvar::risk_budget_cvar;
use evenkeel_quant::allocate::risk_budget::volatility::risk_budget;
use evenkeel_quant::allocate::risk_budget::{RiskBudget, RiskBudgetError};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::problem::constraint::{Constraint, Rule};
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

fn rule(label: &str, rule: Rule) -> Constraint {
    Constraint { label: label.into(), rule }
}

fn caps(assets: usize, at_least: f64, at_most: f64) -> Constraint {
    rule("caps", Rule::Weights { at_least: vec![at_least; assets], at_most: vec![at_most; assets] })
}

fn every_other(assets: usize, at_least: f64, at_most: f64) -> Constraint {
    let coefficients = (0..assets).map(|asset| (asset % 2) as f64).collect();
    rule("every other", Rule::Linear { coefficients, at_least, at_most })
}

#[test]
fn budgets_of_conditional_value_at_risk() {
    let (Some(file), Some(returns)) = (case("optim_risk_budget_cvar"), returns()) else { return };
    let budgets = numbers(&file["parameters"]["budget"]);
    let found = risk_budget_cvar(&returns, 0.95, &budgets, &[]).unwrap();
    assert_close(&found.weights, &numbers(&file["reference"]["weights"]), 1e-6, "weights");
    assert_close(&found.contributions, &budgets, 1e-12, "contributions");
    assert!((found.risk - file["reference"]["cvar"].as_f64().unwrap()).abs() < 1e-8);
    // The measure straight from its definition: the mean of the worst 50 of 1000.
    let mut losses: Vec<f64> = (0..returns.rows())
        .map(|date| -found.weights.iter().enumerate().map(|(asset, w)| w * returns.get(date, asset)).sum::<f64>())
        .collect();
    losses.sort_by(|a, b| b.total_cmp(a));
    assert!((losses[..50].iter().sum::<f64>() / 50.0 - found.risk).abs() < 1e-13);
}

/// What the constrained portfolio makes least.
fn divergence(covariance: &Covariance, budgets: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = budgets.iter().sum();
    let logs: f64 = budgets.iter().zip(weights).map(|(budget, weight)| budget / total * weight.ln()).sum();
    0.5 * covariance.variance(weights).ln() - logs
}

proptest! {
    #[test]
    fn without_binding_limits_both_methods_agree((covariance, budgets) in budgets(2..12)) {
        let size = covariance.size();
        let free = solve(&covariance, &budgets);
        let found = constrained_risk_budget(&covariance, &budgets, &[caps(size, 0.0, 1.0), every_other(size, -1.0, 2.0)]).unwrap();
        assert_close(&found.weights, &free.weights, 1e-10, "weights");
        prop_assert!((found.risk - free.risk).abs() < 1e-11);
    }

    #[test]
    fn no_feasible_portfolio_is_nearer((covariance, budgets) in budgets(4..10), least in 0.0..0.9_f64, most in 1.1..2.0_f64, share in 0.45..0.55_f64) {
        let size = covariance.size();
        let (lower, upper) = (least / size as f64, most / size as f64);
        // A group's share that the bounds allow.
        let even = (size / 2) as f64 / size as f64;
        let share = even + (share - 0.5) * 0.2 * (upper - lower);
        let limits = [caps(size, lower, upper), every_other(size, share, share)];
        let found = constrained_risk_budget(&covariance, &budgets, &limits).unwrap();
        let weights = &found.weights;
        prop_assert!(found.residual < 1e-11, "{}", found.residual);
        prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(weights.iter().all(|weight| *weight > lower - 1e-9 && *weight < upper + 1e-9));
        prop_assert!((weights.iter().skip(1).step_by(2).sum::<f64>() - share).abs() < 1e-9);
        // Weight moved between two assets of the same group, as far as the bounds allow, leads to nothing better.
        let here = divergence(&covariance, &budgets, weights);
        for from in 0..size {
            for to in (from % 2..size).step_by(2).filter(|to| *to != from) {
                let room = (weights[from] - lower.max(1e-12)).min(upper - weights[to]);
                for part in [1e-4, 0.1, 0.9] {
                    let mut moved = weights.clone();
                    moved[from] -= part * room.max(0.0);
                    moved[to] += part * room.max(0.0);
                    prop_assert!(divergence(&covariance, &budgets, &moved) >= here - 1e-12);
                }
            }
        }
        assert_close(&constrained_risk_budget(&scaled(&covariance, 1e8), &budgets, &limits).unwrap().weights, weights, 1e-9, "scaled");
    }
}

#[test]
fn limits_bind_conditional_value_at_risk_too() {
    let Some(returns) = returns() else { return };
    let found = risk_budget_cvar(&returns, 0.95, &[1.0; 20], &[caps(20, 0.0, 0.06), every_other(20, 0.55, 0.55)]).unwrap();
    assert!(found.residual < 1e-11 && found.weights.iter().all(|weight| *weight < 0.06 + 1e-10));
    assert!((found.weights.iter().skip(1).step_by(2).sum::<f64>() - 0.55).abs() < 1e-10);
    let free = risk_budget_cvar(&returns, 0.95, &[1.0; 20], &[]).unwrap();
    assert!(free.weights.iter().any(|weight| *weight > 0.06));
    // In percent, and without the assets that have no budget.
    let percent = Matrix::from_fn(1000, 20, |date, asset| returns.get(date, asset) * 100.0);
    assert_close(&risk_budget_cvar(&percent, 0.95, &[1.0; 20], &[]).unwrap().weights, &free.weights, 1e-9, "percent");
    let mut half = vec![1.0; 10];
    half.extend([0.0; 10]);
    assert!(risk_budget_cvar(&returns, 0.95, &half, &[]).unwrap().weights[10..].iter().all(|weight| *weight == 0.0));
}

#[test]
fn limits_that_cannot_be_held_are_named() {
    let two = constant_correlation(&[0.1, 0.2], 0.5);
    let refused = |constraints: &[Constraint]| constrained_risk_budget(&two, &[1.0, 1.0], constraints).unwrap_err();
    assert!(matches!(refused(&[caps(2, 0.0, 0.45)]), RiskBudgetError::Infeasible { label, .. } if label == "caps"));
    assert!(matches!(refused(&[every_other(2, 1.2, 1.3)]), RiskBudgetError::Infeasible { label, .. } if label == "every other"));
    assert!(matches!(refused(&[caps(3, 0.0, 1.0)]), RiskBudgetError::Constraint { label } if label == "caps"));
    let turnover = rule("turnover", Rule::Leverage { at_most: 1.0 });
    assert!(matches!(refused(&[turnover]), RiskBudgetError::Constraint { label } if label == "turnover"));
    let hedged = constrained_risk_budget(&constant_correlation(&[0.1, 0.1], -1.0), &[1.0, 1.0], &[]);
    assert_eq!(hedged.unwrap_err(), RiskBudgetError::RisklessPortfolio);
}

#[test]
fn scenarios_without_a_tail_are_told() {
    let scenarios = Matrix::from_rows(4, 2, &[-0.02, 0.01, 0.03, -0.01, 0.01, 0.02, 0.02, 0.0]).unwrap();
    let refused = |scenarios: &Matrix, confidence: f64| risk_budget_cvar(scenarios, confidence, &[1.0, 1.0], &[]).unwrap_err();
    assert_eq!(refused(&scenarios, 1.0), RiskBudgetError::Confidence { confidence: 1.0, scenarios: 4 });
    assert!(matches!(refused(&scenarios, f64::NAN), RiskBudgetError::Confidence { .. }));
    assert!(matches!(refused(&Matrix::zeros(0, 2), 0.5), RiskBudgetError::Confidence { scenarios: 0, .. }));
    assert_eq!(refused(&Matrix::zeros(3, 2), 0.5), RiskBudgetError::Riskless { index: 0 });
    let missing = Matrix::from_rows(2, 2, &[0.01, 0.02, 0.03, f64::NAN]).unwrap();
    assert_eq!(refused(&missing, 0.5), RiskBudgetError::Return { scenario: 1, asset: 1 });
    // Always a gain: there is no risk to divide.
    let gains = Matrix::from_rows(2, 2, &[0.01, 0.02, 0.03, 0.01]).unwrap();
    assert_eq!(refused(&gains, 0.5), RiskBudgetError::RisklessPortfolio);
}
