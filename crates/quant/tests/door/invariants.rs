//! What does not change an answer, and how answers stand to one another.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::problem::{Benchmark, Constraint, Measure, Objective, Outcome, Problem, Rule, ScenarioMeasure, solve};
use evenkeel_quant::optimize::solution::Status;
use evenkeel_quant::risk::decompose::decompose_volatility;

use crate::{assert_near, capped, measures, moments, problem, returns};

fn optimum(problem: &Problem) -> Outcome {
    let outcome = solve(problem, None).unwrap();
    assert_eq!(outcome.status, Status::Optimal, "{:?} {:?}: {:?}", problem.objective, problem.measure, outcome.proof);
    outcome
}

fn every_measure() -> impl Iterator<Item = Measure> {
    measures().into_iter().map(Measure::Scenario).chain([Measure::Variance])
}

#[test]
fn the_order_of_assets_is_of_no_matter() {
    let (returns, order) = (returns(100, 7, 5), [4, 0, 6, 2, 5, 1, 3]);
    let turned = Matrix::from_fn(100, 7, |row, column| returns.get(row, order[column]));
    for measure in every_measure() {
        for objective in [Objective::MinimumRisk, Objective::MaximumRatio { risk_free: 0.0 }] {
            let first = optimum(&problem(objective, measure.clone(), moments(&returns), vec![capped(7, 0.5)])).weights;
            let second = optimum(&problem(objective, measure.clone(), moments(&turned), vec![capped(7, 0.5)])).weights;
            let expected: Vec<f64> = order.iter().map(|asset| first[*asset]).collect();
            // Cutting planes find the least of a smooth measure without curvature to half of its digits.
            let tolerance = if measure == Measure::Scenario(ScenarioMeasure::UlcerIndex) { 1e-5 } else { 1e-8 };
            assert_near(&second, &expected, tolerance, &format!("{objective:?} {measure:?}"));
        }
    }
}

#[test]
fn a_twin_shares_and_a_worse_asset_gets_nothing() {
    let returns = returns(100, 5, 6);
    let twin = Matrix::from_fn(100, 6, |row, column| returns.get(row, column.min(4)));
    // The last earns as much less in every scenario.
    let worse = Matrix::from_fn(100, 6, |row, column| returns.get(row, column.min(4)) - if column == 5 { 0.01 } else { 0.0 });
    for measure in every_measure() {
        let objective = Objective::MaximumRatio { risk_free: 0.0 };
        let base = optimum(&problem(objective, measure.clone(), moments(&returns), Vec::new()));
        let shared = optimum(&problem(objective, measure.clone(), moments(&twin), Vec::new()));
        let mut joined = shared.weights.clone();
        let last = joined.pop().unwrap();
        joined[4] += last;
        assert_near(&joined, &base.weights, 1e-7, &format!("twin, {measure:?}"));
        let with_worse = optimum(&problem(objective, measure.clone(), moments(&worse), Vec::new()));
        assert!(with_worse.weights[5].abs() <= 1e-9, "worse, {measure:?}: {:?}", with_worse.weights);
        assert_near(&with_worse.weights[..5], &base.weights, 1e-7, &format!("worse, {measure:?}"));
    }
}

#[test]
fn frontiers_rise_and_bend_one_way() {
    let moments = moments(&returns(100, 6, 7));
    for measure in every_measure() {
        let least = optimum(&problem(Objective::MinimumRisk, measure.clone(), moments.clone(), Vec::new()));
        let most = optimum(&problem(Objective::MaximumReturn, measure.clone(), moments.clone(), Vec::new()));
        let (from, to) = (least.expected_return.unwrap(), most.expected_return.unwrap());
        let risk = |step: i32| {
            let at_least = from + (to - from) * f64::from(step) / 10.0 * (1.0 - 1e-9);
            optimum(&problem(Objective::MinimumRisk, measure.clone(), moments.clone(), vec![Rule::Return { at_least }])).risk.unwrap()
        };
        let risks: Vec<f64> = (0..=10).map(risk).collect();
        let rounding = 1e-9 * risks[10];
        assert!((risks[0] - least.risk.unwrap()).abs() <= 1e-7 * risks[10], "{measure:?}");
        assert!(risks.windows(2).all(|pair| pair[1] >= pair[0] - rounding), "{measure:?} rises: {risks:?}");
        assert!(risks.windows(3).all(|three| 2.0 * three[1] <= three[0] + three[2] + rounding), "{measure:?} is convex: {risks:?}");
    }
}

#[test]
fn contributions_sum_to_the_risk() {
    let moments = moments(&returns(100, 6, 8));
    let outcome = optimum(&problem(Objective::MaximumRatio { risk_free: 0.0 }, Measure::Variance, moments.clone(), Vec::new()));
    let parts = decompose_volatility(moments.covariance.as_ref().unwrap(), &outcome.weights);
    assert!((parts.fraction.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!((parts.volatility - outcome.risk.unwrap()).abs() < 1e-15);
}

#[test]
fn no_small_step_is_better_than_the_greatest_ratio() {
    let returns = returns(100, 6, 9);
    let moments = moments(&returns);
    let noise: Vec<f64> = (0..100).map(|row| 0.5 * returns.get(row, 0) + 0.5 * returns.get((row + 7) % 100, 1)).collect();
    let held = vec![1.0 / 6.0; 6];
    let cases: Vec<(Measure, Vec<Rule>)> = vec![
        (Measure::TrackingError(Benchmark::Returns(noise)), vec![capped(6, 0.5)]),
        (Measure::TrackingError(Benchmark::Weights(held.clone())), vec![capped(6, 0.5)]),
        (Measure::Variance, vec![capped(6, 0.5), Rule::Turnover { held: held.clone(), at_most: 0.4 }]),
        (
            Measure::Variance,
            vec![capped(6, 0.5), Rule::Volatility { at_most: 0.0185 }, Rule::Turnover { held: held.clone(), at_most: 0.9 }],
        ),
    ];
    for (measure, rules) in cases {
        let stated = problem(Objective::MaximumRatio { risk_free: 0.0 }, measure.clone(), moments.clone(), rules.clone());
        let found = match solve(&stated, None) {
            Ok(found) => found,
            Err(error) => panic!("{measure:?}: {error}"),
        };
        assert_eq!(found.status, Status::Optimal, "{measure:?}: {:?}", found.proof);
        let ratio = found.expected_return.unwrap() / found.risk.unwrap();
        // The least risk for returns on both sides of it is no better.
        for share in [0.9, 0.97, 1.0, 1.03, 1.1] {
            let mut other = problem(Objective::MinimumRisk, measure.clone(), moments.clone(), rules.clone());
            let at_least = share * found.expected_return.unwrap();
            other.constraints.push(Constraint { label: String::new(), rule: Rule::Return { at_least } });
            let outcome = solve(&other, None).unwrap();
            if outcome.status == Status::Optimal {
                let there = outcome.expected_return.unwrap() / outcome.risk.unwrap();
                assert!(there <= ratio * (1.0 + 1e-8), "{measure:?}, {share}: {there} above {ratio}");
            }
        }
    }
}
