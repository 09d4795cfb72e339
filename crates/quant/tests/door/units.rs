//! The same weights for returns in any unit.

use std::sync::Arc;

use evenkeel_quant::allocate::risk_budget::cvar::risk_budget_cvar;
use evenkeel_quant::allocate::risk_budget::volatility::risk_budget;
use evenkeel_quant::optimize::problem::{Benchmark, Measure, Moments, Objective, Rule, solve};
use evenkeel_quant::optimize::solution::Status;

use crate::{assert_near, capped, measures, moments, problem, returns};

const UNITS: [f64; 6] = [1e-8, 1e-4, 1e-2, 1e2, 1e4, 1e8];

/// The same moments with returns in another unit.
fn scaled(moments: &Moments, unit: f64) -> Moments {
    let mut scenarios = moments.scenarios.as_ref().unwrap().as_ref().clone();
    scenarios.values_mut().iter_mut().for_each(|value| *value *= unit);
    Moments {
        expected: moments.expected.iter().map(|mean| mean * unit).collect(),
        covariance: Some(Arc::new(moments.covariance.as_ref().unwrap().as_ref().clone().scaled(unit * unit))),
        scenarios: Some(Arc::new(scenarios)),
    }
}

/// A case in units of returns: what is sought, by which measure, within which rules.
fn check(what: &str, moments: &Moments, stated: impl Fn(f64) -> (Objective, Measure, Vec<Rule>)) {
    let weights = |unit: f64| {
        let (objective, measure, rules) = stated(unit);
        let moments = if unit == 1.0 { moments.clone() } else { scaled(moments, unit) };
        let outcome = solve(&problem(objective, measure, moments, rules), None).unwrap_or_else(|error| panic!("{what}, {unit:e}: {error}"));
        assert_eq!(outcome.status, Status::Optimal, "{what}, {unit:e}: {:?}", outcome.proof);
        outcome.weights
    };
    let base = weights(1.0);
    for unit in UNITS {
        assert_near(&weights(unit), &base, 1e-8, &format!("{what}, {unit:e}"));
    }
}

#[test]
fn variance_in_any_unit() {
    let moments = moments(&returns(120, 8, 3));
    let cap = || capped(8, 0.4);
    let held = vec![0.125; 8];
    check("least risk", &moments, |_| (Objective::MinimumRisk, Measure::Variance, vec![cap()]));
    check("ratio", &moments, |_| (Objective::MaximumRatio { risk_free: 0.0 }, Measure::Variance, vec![cap()]));
    check("utility", &moments, |unit| (Objective::MaximumUtility { risk_aversion: 5.0 / unit }, Measure::Variance, vec![cap()]));
    check("turnover", &moments, |_| {
        (Objective::MinimumRisk, Measure::Variance, vec![cap(), Rule::Turnover { held: held.clone(), at_most: 0.3 }])
    });
    let limit = |unit: f64| Rule::Volatility { at_most: 0.0155 * unit };
    check("risk limit", &moments, |unit| (Objective::MaximumReturn, Measure::Variance, vec![cap(), limit(unit)]));
    check("ratio within a risk limit", &moments, |unit| {
        (Objective::MaximumRatio { risk_free: 0.0 }, Measure::Variance, vec![cap(), limit(unit)])
    });
    let active = |unit: f64| Rule::TrackingError { benchmark: Benchmark::Weights(held.clone()), at_most: 0.003 * unit };
    check("tracking error", &moments, |unit| (Objective::MaximumReturn, Measure::Variance, vec![cap(), active(unit)]));
    check("few assets", &moments, |_| (Objective::MinimumRisk, Measure::Variance, vec![cap(), Rule::Assets { at_most: 4 }]));
}

#[test]
fn measures_of_scenarios_in_any_unit() {
    let moments = moments(&returns(120, 8, 3));
    let cap = || capped(8, 0.4);
    for measure in measures() {
        let of = || Measure::Scenario(measure);
        check(&format!("least {measure:?}"), &moments, |_| (Objective::MinimumRisk, of(), vec![cap()]));
        check(&format!("ratio to {measure:?}"), &moments, |_| (Objective::MaximumRatio { risk_free: 0.0 }, of(), vec![cap()]));
        check(&format!("utility of {measure:?}"), &moments, |_| (Objective::MaximumUtility { risk_aversion: 0.05 }, of(), vec![cap()]));
        let least = solve(&problem(Objective::MinimumRisk, of(), moments.clone(), vec![cap()]), None).unwrap().risk.unwrap();
        check(&format!("return within {measure:?}"), &moments, |unit| {
            (Objective::MaximumReturn, Measure::Variance, vec![cap(), Rule::Risk { measure, at_most: 1.1 * least * unit }])
        });
    }
}

#[test]
fn risk_budgets_in_any_unit() {
    let moments = moments(&returns(120, 8, 3));
    let budgets: Vec<f64> = (1..9).map(f64::from).collect();
    let (covariance, scenarios) = (moments.covariance.as_ref().unwrap(), moments.scenarios.as_ref().unwrap());
    let (volatility, tail) = (risk_budget(covariance, &budgets).unwrap(), risk_budget_cvar(scenarios, 0.9, &budgets, &[]).unwrap());
    for unit in UNITS {
        let other = scaled(&moments, unit);
        let found = risk_budget(other.covariance.as_ref().unwrap(), &budgets).unwrap();
        assert_near(&found.weights, &volatility.weights, 1e-8, &format!("volatility, {unit:e}"));
        let found = risk_budget_cvar(other.scenarios.as_ref().unwrap(), 0.9, &budgets, &[]).unwrap();
        assert_near(&found.weights, &tail.weights, 1e-8, &format!("cvar, {unit:e}"));
    }
}
