//! Inputs that are nearly or wholly wrong: each has a defined answer.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::problem::{LowerError, Measure, Moments, Objective, Rule, ScenarioMeasure, SolveError, solve};
use evenkeel_quant::optimize::solution::Status;

use crate::{assert_near, capped, measures, moments, of_covariance, problem, returns};

const RATIO: Objective = Objective::MaximumRatio { risk_free: 0.0 };

#[test]
fn ill_conditioned() {
    // Two assets that differ by a hundred-millionth, in a covariance of condition 1e16.
    let covariance = Matrix::from_rows(3, 3, &[0.04, 0.04, 0.0, 0.04, 0.04 + 1e-16, 0.0, 0.0, 0.0, 0.01]).unwrap();
    let moments = of_covariance(Covariance::from_matrix(covariance).unwrap(), vec![0.05, 0.05, 0.02]);
    for objective in [Objective::MinimumRisk, RATIO, Objective::MaximumUtility { risk_aversion: 3.0 }] {
        let outcome = solve(&problem(objective, Measure::Variance, moments.clone(), Vec::new()), None).unwrap();
        assert_eq!(outcome.status, Status::Optimal, "{objective:?}");
        assert!(outcome.proof.gap <= 1e-8 && outcome.proof.dual_residual <= 1e-8, "{objective:?}: {:?}", outcome.proof);
    }
    let least = solve(&problem(Objective::MinimumRisk, Measure::Variance, moments, Vec::new()), None).unwrap();
    assert_near(&least.weights[2..], &[0.8], 1e-8, "the third, against both of the others");
}

#[test]
fn no_covariance() {
    // Correlations that no returns have: refused, or told as what they are, never optimized over silently.
    let covariance = Covariance::from_volatilities(&[0.1; 3], &[1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0]);
    if let Ok(covariance) = covariance {
        let outcome = solve(&problem(Objective::MinimumRisk, Measure::Variance, of_covariance(covariance, Vec::new()), Vec::new()), None);
        assert!(outcome.is_err() || outcome.unwrap().status != Status::Optimal);
    }
}

#[test]
fn not_a_number() {
    let sound = moments(&returns(30, 3, 1));
    let means = Moments { expected: vec![0.01, f64::NAN, 0.02], ..sound.clone() };
    let told = solve(&problem(Objective::MaximumUtility { risk_aversion: 1.0 }, Measure::Variance, means, Vec::new()), None);
    assert!(told.unwrap_err().to_string().contains("NaN"));
    let mut scenarios = returns(30, 3, 1);
    scenarios.set(7, 2, f64::NAN);
    let broken = Moments { scenarios: Some(scenarios.into()), ..sound };
    for measure in measures() {
        let told = solve(&problem(Objective::MinimumRisk, Measure::Scenario(measure), broken.clone(), Vec::new()), None).unwrap_err();
        assert!(told.to_string().contains("asset 2 in scenario 7 is NaN"), "{told}");
    }
    assert!(Covariance::from_matrix(Matrix::from_rows(2, 2, &[0.04, f64::NAN, f64::NAN, 0.01]).unwrap()).is_err());
}

#[test]
fn fewer_dates_than_assets() {
    let few = moments(&returns(5, 12, 4));
    for objective in [Objective::MinimumRisk, Objective::MaximumUtility { risk_aversion: 4.0 }] {
        let outcome = solve(&problem(objective, Measure::Variance, few.clone(), vec![capped(12, 0.3)]), None).unwrap();
        assert!(outcome.status == Status::Optimal && outcome.proof.gap <= 1e-8, "{objective:?}: {:?}", outcome.proof);
    }
    for measure in measures() {
        let outcome =
            solve(&problem(Objective::MinimumRisk, Measure::Scenario(measure), few.clone(), vec![capped(12, 0.3)]), None).unwrap();
        assert_eq!(outcome.status, Status::Optimal, "{measure:?}: {:?}", outcome.proof);
    }
}

#[test]
fn an_asset_that_never_moves() {
    let mut still = returns(60, 4, 2);
    still.column_mut(1).fill(0.001);
    let still = moments(&still);
    let least = solve(&problem(Objective::MinimumRisk, Measure::Variance, still.clone(), Vec::new()), None).unwrap();
    assert_near(&least.weights, &[0.0, 1.0, 0.0, 0.0], 1e-7, "least variance");
    // It earns something without risk, so that no ratio is the greatest; behind a rate above it, there is one.
    let ratio = |risk_free: f64| solve(&problem(Objective::MaximumRatio { risk_free }, Measure::Variance, still.clone(), Vec::new()), None);
    assert!(matches!(ratio(0.0), Err(SolveError::NoRisk { .. })), "{:?}", ratio(0.0));
    let least =
        solve(&problem(Objective::MinimumRisk, Measure::Scenario(ScenarioMeasure::Semideviation), still, Vec::new()), None).unwrap();
    assert_near(&least.weights, &[0.0, 1.0, 0.0, 0.0], 1e-6, "least semideviation");
}

#[test]
fn one_asset_and_none() {
    let one = moments(&returns(60, 1, 2));
    let objectives = [Objective::MinimumRisk, Objective::MaximumReturn, Objective::MaximumUtility { risk_aversion: 1.0 }];
    for objective in objectives {
        for measure in measures().into_iter().map(Measure::Scenario).chain([Measure::Variance]) {
            let outcome = solve(&problem(objective, measure.clone(), one.clone(), Vec::new()), None).unwrap();
            assert!(outcome.status == Status::Optimal && outcome.weights == [1.0], "{objective:?} {measure:?}: {outcome:?}");
        }
    }
    let none = solve(&problem(Objective::MinimumRisk, Measure::Variance, Moments::default(), Vec::new()), None);
    assert_eq!(none.unwrap_err(), SolveError::Lower(LowerError::Moments));
}

#[test]
fn no_mean_above_the_rate() {
    let mut losing = moments(&returns(60, 4, 2));
    losing.expected = vec![-0.001, -0.002, -0.003, -0.0005];
    let held = vec![0.25; 4];
    for rules in [Vec::new(), vec![Rule::Turnover { held, at_most: 0.2 }], vec![Rule::Volatility { at_most: 0.05 }]] {
        let told = solve(&problem(RATIO, Measure::Variance, losing.clone(), rules), None).unwrap_err();
        assert!(matches!(told, SolveError::NoExcessReturn { best, .. } if best <= -0.0005 + 1e-12), "{told}");
    }
    for measure in measures() {
        let told = solve(&problem(RATIO, Measure::Scenario(measure), losing.clone(), Vec::new()), None).unwrap_err();
        assert!(told.to_string().contains("no portfolio is expected to return more"), "{measure:?}: {told}");
    }
}

#[test]
fn no_room_between_bounds() {
    let moments = moments(&returns(60, 4, 2));
    let exact = Rule::Weights { at_least: vec![0.0; 4], at_most: vec![0.1, 0.2, 0.3, 0.4] };
    for measure in measures().into_iter().map(Measure::Scenario).chain([Measure::Variance]) {
        let outcome = solve(&problem(Objective::MinimumRisk, measure.clone(), moments.clone(), vec![exact.clone()]), None).unwrap();
        assert_eq!(outcome.status, Status::Optimal, "{measure:?}");
        assert_near(&outcome.weights, &[0.1, 0.2, 0.3, 0.4], 1e-12, &format!("{measure:?}"));
        let less = Rule::Weights { at_least: vec![0.0; 4], at_most: vec![0.1, 0.2, 0.3, 0.3] };
        let outcome = solve(&problem(Objective::MinimumRisk, measure.clone(), moments.clone(), vec![less]), None).unwrap();
        assert_eq!(outcome.status, Status::Infeasible, "{measure:?}");
        assert!(outcome.contradiction.is_some(), "{measure:?}");
    }
}

#[test]
fn no_end() {
    let moments = moments(&returns(60, 4, 2));
    let open = Rule::Weights { at_least: vec![f64::NEG_INFINITY; 4], at_most: vec![f64::INFINITY; 4] };
    let neutral = |rules: Vec<Rule>| {
        let mut neutral = problem(Objective::MaximumReturn, Measure::Variance, moments.clone(), rules);
        neutral.budget = 0.0;
        solve(&neutral, None).unwrap()
    };
    assert_eq!(neutral(vec![open.clone()]).status, Status::Unbounded);
    // A limit ends it: on volatility, on leverage, or on a measure of scenarios.
    let measure = ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.9 };
    for limit in [Rule::Volatility { at_most: 0.01 }, Rule::Leverage { at_most: 2.0 }, Rule::Risk { measure, at_most: 0.01 }] {
        let outcome = neutral(vec![open.clone(), limit.clone()]);
        assert_eq!(outcome.status, Status::Optimal, "{limit:?}: {:?}", outcome.proof);
        assert!(outcome.weights.iter().sum::<f64>().abs() < 1e-9 && outcome.expected_return.unwrap() > 0.0);
    }
}
