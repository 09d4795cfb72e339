//! What must hold of any answer at the one door to the optimizer, `problem::solve`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking; sizes are small"
)]

mod degenerate;
mod invariants;
mod units;

use std::sync::Arc;

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::estimate::returns::mean::mean_returns;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::problem::{Constraint, Measure, Moments, Objective, Problem, Rule, ScenarioMeasure};

/// Returns with a common factor, from a seed.
fn returns(dates: usize, assets: usize, seed: u64) -> Matrix {
    let mut state = seed;
    let mut number = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX) - 0.5
    };
    let market: Vec<f64> = (0..dates).map(|_| 0.03 * number()).collect();
    let betas: Vec<f64> = (0..assets).map(|_| 1.0 + number()).collect();
    Matrix::from_fn(dates, assets, |row, column| 0.0004 + betas[column] * market[row] + 0.02 * (1.5 + betas[column]) * number())
}

fn moments(returns: &Matrix) -> Moments {
    Moments {
        expected: mean_returns(returns).unwrap(),
        covariance: Some(Arc::new(sample_covariance(returns, 1).unwrap())),
        scenarios: Some(Arc::new(returns.clone())),
    }
}

fn problem(objective: Objective, measure: Measure, moments: Moments, rules: Vec<Rule>) -> Problem {
    let constraints = rules.into_iter().map(|rule| Constraint { label: format!("{rule:?}"), rule }).collect();
    Problem { objective, measure, moments, costs: Vec::new(), budget: 1.0, constraints }
}

fn of_covariance(covariance: Covariance, expected: Vec<f64>) -> Moments {
    Moments { expected, covariance: Some(Arc::new(covariance)), scenarios: None }
}

fn measures() -> Vec<ScenarioMeasure> {
    vec![
        ScenarioMeasure::MeanAbsoluteDeviation,
        ScenarioMeasure::Semideviation,
        ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.9 },
        ScenarioMeasure::EntropicValueAtRisk { confidence: 0.9 },
        ScenarioMeasure::ConditionalDrawdown { confidence: 0.9 },
        ScenarioMeasure::MaximumDrawdown,
        ScenarioMeasure::SemideviationZero,
        ScenarioMeasure::FirstLowerPartialMoment,
        ScenarioMeasure::WorstRealization,
        ScenarioMeasure::AverageDrawdown,
        ScenarioMeasure::UlcerIndex,
    ]
}

fn capped(assets: usize, most: f64) -> Rule {
    Rule::Weights { at_least: vec![0.0; assets], at_most: vec![most; assets] }
}

fn assert_near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    let near = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(near, "{what}: {found:?} is not {expected:?}");
}
