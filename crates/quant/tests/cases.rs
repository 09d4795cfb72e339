//! Projection, least squares and the no-trade region against published and derived cases.
//!
//! The golden files are the project's own. The case files stand beside the project in
//! `../shared/cases`; where they are absent the tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

mod shared;

use evenkeel_quant::allocate::no_trade_region::{half_width, half_width_spread_on_sales};
use evenkeel_quant::optimize::least_squares::{self, Problem, Solution};
use evenkeel_quant::optimize::projection::{Scratch, project_onto_bounded_simplex};
use serde_json::Value;
use shared::{json, numbers};

/// One number for all entries, or one each.
fn bound(value: &Value, entries: usize) -> Vec<f64> {
    value.as_f64().map_or_else(|| numbers(value), |same| vec![same; entries])
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= tolerance);
    assert!(close, "{what}: {found:?} is not {expected:?}");
}

fn project(inputs: &Value, total: f64) -> Vec<f64> {
    let reference = numbers(&inputs["v"]);
    let (lower, upper) = (bound(&inputs["lower"], reference.len()), bound(&inputs["upper"], reference.len()));
    let mut found = vec![0.0; reference.len()];
    project_onto_bounded_simplex(&reference, &lower, &upper, total, &mut found, &mut Scratch::default()).unwrap();
    found
}

#[test]
fn golden_projections() {
    let file = json("golden/bounded_simplex.json").unwrap();
    for case in file["cases"].as_array().unwrap() {
        let found = project(&case["inputs"], case["inputs"]["total"].as_f64().unwrap());
        assert_close(&found, &numbers(&case["expected"]), 1e-15, &case["inputs"].to_string());
    }
}

#[test]
fn published_projections() {
    let Some(file) = json("../shared/cases/pub_simplex_projection.json") else { return };
    for case in file["cases"].as_array().unwrap() {
        assert_close(
            &project(&case["inputs"], 1.0),
            &numbers(&case["expected"]["euclidean_projection"]),
            1e-12,
            &case["inputs"].to_string(),
        );
    }
}

#[test]
fn golden_no_trade_regions() {
    let file = json("golden/no_trade_region.json").unwrap();
    for case in file["cases"].as_array().unwrap() {
        let number = |key: &str| case[key].as_f64().unwrap();
        let (weight, risk_aversion, expected) = (number("weight"), number("risk_aversion"), number("half_width"));
        let found = half_width(weight, risk_aversion, number("cost_each_side")).unwrap();
        assert!((found - expected).abs() <= 1e-14 * expected, "{case}: {found}");
        let found = half_width_spread_on_sales(weight, risk_aversion, 2.0 * number("cost_each_side")).unwrap();
        assert!((found - expected).abs() <= 1e-14 * expected, "{case}: {found}");
    }
}

#[test]
fn published_no_trade_regions() {
    let Some(file) = json("../shared/cases/pub_no_trade_region.json") else { return };
    for case in file["cases"].as_array().unwrap() {
        let input = |key: &str| case["inputs"][key].as_f64().unwrap();
        let weight = input("merton_weight");
        let found = half_width(weight, input("risk_aversion"), input("proportional_cost_each_side")).unwrap();
        for (key, found) in [("half_width_leading_order", found), ("lower", weight - found), ("upper", weight + found)] {
            let expected = case["expected"][key].as_f64().unwrap();
            assert!((found - expected).abs() <= 1e-12 * expected, "{case}: {key} is {found}");
        }
    }
}

/// Exposures by class and fund, with free funds that start from nothing.
fn solve(exposure: &Value, wanted: &Value, funds: &[&str]) -> Solution {
    let classes: Vec<&String> = exposure.as_object().unwrap().keys().collect();
    let matrix: Vec<f64> =
        classes.iter().flat_map(|class| funds.iter().map(|fund| exposure[*class][*fund].as_f64().unwrap_or_default())).collect();
    let wanted: Vec<f64> = classes.iter().map(|class| wanted[*class].as_f64().unwrap()).collect();
    let (lower, upper, start) = (vec![f64::NEG_INFINITY; funds.len()], vec![f64::INFINITY; funds.len()], vec![0.0; funds.len()]);
    least_squares::solve(&Problem { exposure: &matrix, wanted: &wanted, lower: &lower, upper: &upper, start: &start, total: None }).unwrap()
}

#[test]
fn composed_funds() {
    let Some(file) = json("../shared/cases/rebal_look_through.json") else { return };
    for case in file["solve"].as_array().unwrap() {
        let funds: Vec<&str> = case["expected"].as_object().unwrap().keys().map(String::as_str).filter(|fund| fund.len() == 1).collect();
        let found = solve(&case["exposure"], &case["required_change"], &funds);
        let expected: Vec<f64> = funds.iter().map(|fund| case["expected"][*fund].as_f64().unwrap()).collect();
        assert_close(&found.solution, &expected, 1e-6, &case["id"].to_string());
        assert_eq!(found.residual_norm < 1e-6, case["exact"].as_bool().unwrap(), "{}", case["id"]);
        assert!(found.kkt_residual < 1e-12);
    }
    let issue = &file["issue_2165"];
    let funds = ["A", "B"];
    let classes = ["developed", "emerging"];
    let held: Vec<f64> = funds.iter().map(|fund| issue["holdings"][*fund].as_f64().unwrap()).collect();
    let total: f64 = held.iter().sum();
    let matrix: Vec<f64> =
        classes.iter().flat_map(|class| funds.iter().map(|fund| issue["exposure"][*fund][*class].as_f64().unwrap_or_default())).collect();
    let wanted: Vec<f64> = classes.iter().map(|class| issue["target"][*class].as_f64().unwrap() * total).collect();
    let problem =
        Problem { exposure: &matrix, wanted: &wanted, lower: &[0.0; 2], upper: &[f64::INFINITY; 2], start: &held, total: Some(total) };
    let expected: Vec<f64> = funds.iter().map(|fund| issue["expected"][*fund].as_f64().unwrap()).collect();
    assert_close(&least_squares::solve(&problem).unwrap().solution, &expected, 1e-6, "issue 2165");
}
