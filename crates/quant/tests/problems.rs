//! Problems as their users state them, held against the reference answers in `../shared/cases` and
//! against what must hold of any answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod shared;

use std::num::NonZeroUsize;
use std::sync::Arc;

use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::estimate::returns::mean::mean_returns;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::problem::{
    Benchmark, Constraint, Measure, Moments, Objective, Outcome, Problem, Rule, ScenarioMeasure, solve, solve_all,
};
use evenkeel_quant::optimize::program::Cost;
use evenkeel_quant::optimize::solution::{Backend, Status};
use serde_json::Value;

/// The reference panel and its answers.
struct Cases {
    returns: Arc<Matrix>,
    benchmark_returns: Vec<f64>,
    sectors: Vec<String>,
    benchmark: Vec<f64>,
    held: Vec<f64>,
}

impl Cases {
    fn open() -> Option<Self> {
        let table = |name: &str| -> Vec<Vec<String>> {
            let text = shared::text(&format!("../shared/cases/{name}")).unwrap();
            text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
        };
        let returns = shared::case_returns()?;
        let assets = table("optim_assets.csv");
        let unit = |column: usize| {
            let values: Vec<f64> = assets.iter().map(|row| row[column].parse().unwrap()).collect();
            let sum: f64 = values.iter().sum();
            values.into_iter().map(|value| value / sum).collect::<Vec<f64>>()
        };
        Some(Self {
            returns: Arc::new(returns),
            benchmark_returns: table("optim_benchmark.csv").iter().map(|row| row[1].parse().unwrap()).collect(),
            sectors: assets.iter().map(|row| row[1].clone()).collect(),
            benchmark: unit(2),
            held: unit(3),
        })
    }

    #[expect(clippy::unused_self, reason = "cases belong to the panel")]
    fn case(&self, name: &str) -> Value {
        shared::case(&format!("optim_{name}")).unwrap()
    }

    fn problem(&self, objective: Objective, measure: Measure, rules: Vec<Rule>) -> Problem {
        let covariance = sample_covariance(&self.returns, 1).unwrap();
        Problem {
            objective,
            measure,
            moments: Moments {
                expected: mean_returns(&self.returns).unwrap(),
                covariance: Some(Arc::new(covariance)),
                scenarios: Some(self.returns.clone()),
            },
            costs: Vec::new(),
            budget: 1.0,
            constraints: rules.into_iter().enumerate().map(|(at, rule)| Constraint { label: format!("rule {at}"), rule }).collect(),
        }
    }

    /// Solves and compares the weights with the reference, within its tolerance.
    fn check(&self, name: &str, problem: &Problem) -> Outcome {
        let case = self.case(name);
        let outcome = solve(problem, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(outcome.status, Status::Optimal, "{name}");
        let tolerance = case["tolerance"]["weights_abs"].as_f64().unwrap();
        for (asset, (found, expected)) in outcome.weights.iter().zip(case["reference"]["weights"].as_array().unwrap()).enumerate() {
            let expected = expected.as_f64().unwrap();
            assert!((found - expected).abs() <= tolerance, "{name}: weight {asset} is {found}, and {expected} is expected");
        }
        outcome
    }
}

fn long_only(most: f64) -> Rule {
    Rule::Weights { at_least: vec![0.0; 20], at_most: vec![most; 20] }
}

#[test]
fn variance_matches_the_references() {
    let Some(cases) = Cases::open() else { return };
    let plain = |objective| cases.problem(objective, Measure::Variance, Vec::new());
    let minimum = cases.check("minvar", &plain(Objective::MinimumRisk));
    assert!(minimum.proof.gap < 1e-8 && minimum.binding.iter().all(|held| held.constraint.is_none()));
    let free = Rule::Weights { at_least: vec![f64::NEG_INFINITY; 20], at_most: vec![f64::INFINITY; 20] };
    cases.check("minvar_longshort", &cases.problem(Objective::MinimumRisk, Measure::Variance, vec![free]));
    for (name, risk_aversion) in [("utility_g1", 1.0), ("utility_g5", 5.0), ("utility_g20", 20.0)] {
        cases.check(name, &plain(Objective::MaximumUtility { risk_aversion }));
    }
    let at_least = cases.case("target_return")["parameters"]["target_return_daily"].as_f64().unwrap();
    cases.check("target_return", &cases.problem(Objective::MinimumRisk, Measure::Variance, vec![Rule::Return { at_least }]));
    cases.check("maxsharpe_rf0", &plain(Objective::MaximumRatio { risk_free: 0.0 }));
    let risk_free = cases.case("maxsharpe_rf2pct")["parameters"]["rf_daily"].as_f64().unwrap();
    cases.check("maxsharpe_rf2pct", &plain(Objective::MaximumRatio { risk_free }));
    let at_most = cases.case("target_volatility")["parameters"]["target_vol_daily"].as_f64().unwrap();
    let capped = cases.problem(Objective::MaximumReturn, Measure::Variance, vec![Rule::Volatility { at_most }]);
    let found = cases.check("target_volatility", &capped);
    assert!(found.binding.iter().any(|held| held.constraint == Some(0) && held.price > 0.0));
}

#[test]
fn the_greatest_diversification_matches_the_reference() {
    let Some(cases) = Cases::open() else { return };
    // The ratio of average to portfolio volatility.
    let mut problem = cases.problem(Objective::MaximumRatio { risk_free: 0.0 }, Measure::Variance, Vec::new());
    problem.moments.expected = problem.moments.covariance.as_ref().unwrap().volatilities();
    let found = cases.check("max_diversification", &problem);
    let reference = &cases.case("max_diversification")["reference"];
    let ratio = found.expected_return.unwrap() / found.risk.unwrap();
    let expected = reference.as_object().unwrap().iter().find(|(name, _)| name.contains("ratio")).unwrap().1.as_f64().unwrap();
    assert!((ratio - expected).abs() <= 1e-9 * expected, "{ratio} is not {expected}");
}

#[test]
fn groups_turnover_and_costs_match_the_references() {
    let Some(cases) = Cases::open() else { return };
    let least = |rules| cases.problem(Objective::MinimumRisk, Measure::Variance, rules);
    let parameters = cases.case("groups")["parameters"].clone();
    let mut rules = vec![long_only(parameters["max_weight"].as_f64().unwrap())];
    for sector in ["S0", "S1", "S2", "S3"] {
        let coefficients = cases.sectors.iter().map(|of| f64::from(u8::from(of == sector))).collect();
        let bound = |side: &str| parameters[side][sector].as_f64().unwrap();
        rules.push(Rule::Linear { coefficients, at_least: bound("lower"), at_most: bound("upper") });
    }
    cases.check("groups", &least(rules));
    let held = || cases.held.clone();
    let turnover = cases.case("turnover_total")["parameters"]["turnover_l1"].as_f64().unwrap();
    cases.check("turnover_total", &least(vec![long_only(1.0), Rule::Turnover { held: held(), at_most: turnover }]));
    let change = cases.case("turnover_per_asset")["parameters"]["max_change"].as_f64().unwrap();
    cases.check("turnover_per_asset", &least(vec![long_only(1.0), Rule::Change { held: held(), at_most: change }]));
    let rates = cases.case("utility_linear_costs")["parameters"]["cost"].clone();
    let holdings = held();
    let costs = holdings.iter().zip(rates.as_array().unwrap()).map(|(held, rate)| {
        let rate = rate.as_f64().unwrap();
        Cost::proportional(*held, rate, rate)
    });
    let utility = cases.problem(Objective::MaximumUtility { risk_aversion: 5.0 }, Measure::Variance, Vec::new());
    cases.check("utility_linear_costs", &Problem { costs: costs.collect(), ..utility });
}

#[test]
fn tracking_error_matches_the_references() {
    let Some(cases) = Cases::open() else { return };
    let following = Measure::TrackingError(Benchmark::Returns(cases.benchmark_returns.clone()));
    let most = cases.case("tracking_error")["parameters"]["max_weight"].as_f64().unwrap();
    cases.check("tracking_error", &cases.problem(Objective::MinimumRisk, following, vec![long_only(most)]));
    let at_most = cases.case("max_return_te_cap")["parameters"]["te_daily"].as_f64().unwrap();
    let capped = Rule::TrackingError { benchmark: Benchmark::Weights(cases.benchmark.clone()), at_most };
    cases.check("max_return_te_cap", &cases.problem(Objective::MaximumReturn, Measure::Variance, vec![long_only(1.0), capped]));
}

#[test]
fn scenario_measures_match_the_references() {
    let Some(cases) = Cases::open() else { return };
    let least = |measure| cases.problem(Objective::MinimumRisk, Measure::Scenario(measure), Vec::new());
    cases.check("cvar_0.95", &least(ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.95 }));
    cases.check("cvar_0.9333", &least(ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.9333 }));
    cases.check("cvar_0.99", &least(ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.99 }));
    cases.check("mdd", &least(ScenarioMeasure::MaximumDrawdown));
    cases.check("mad", &least(ScenarioMeasure::MeanAbsoluteDeviation));
    cases.check("semideviation", &least(ScenarioMeasure::Semideviation));
    cases.check("semideviation_zero", &least(ScenarioMeasure::SemideviationZero));
    cases.check("flpm_zero", &least(ScenarioMeasure::FirstLowerPartialMoment));
    cases.check("worst_realization", &least(ScenarioMeasure::WorstRealization));
    cases.check("uci", &least(ScenarioMeasure::UlcerIndex));
    cases.check("add", &least(ScenarioMeasure::AverageDrawdown));
    cases.check("evar", &least(ScenarioMeasure::EntropicValueAtRisk { confidence: 0.95 }));
    cases.check("kelly", &least(ScenarioMeasure::NegativeLogGrowth));
    cases.check("cdar", &least(ScenarioMeasure::ConditionalDrawdown { confidence: 0.95 }));
}

#[test]
fn several_limits_on_risk_hold_at_once() {
    let Some(cases) = Cases::open() else { return };
    let measure = ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.95 };
    let least = solve(&cases.problem(Objective::MinimumRisk, Measure::Scenario(measure), Vec::new()), None).unwrap();
    let (tail, volatility) = (least.risk.unwrap() * 1.05, 0.0102);
    let rules = vec![Rule::Risk { measure, at_most: tail }, Rule::Volatility { at_most: volatility }];
    let both = solve(&cases.problem(Objective::MaximumReturn, Measure::Variance, rules), None).unwrap();
    assert_eq!(both.status, Status::Optimal);
    let returns = evenkeel_quant::linear::product::times(&cases.returns, &both.weights);
    let loss = evenkeel_quant::risk::tail::conditional_value_at_risk(&returns, 0.95).unwrap();
    assert!(loss <= tail * (1.0 + 1e-8), "{loss} {tail}");
    assert!(both.risk.unwrap() <= volatility * (1.0 + 1e-7));
    // Each alone allows more return.
    let alone = |rule| solve(&cases.problem(Objective::MaximumReturn, Measure::Variance, vec![rule]), None).unwrap();
    let of = |outcome: &Outcome| outcome.expected_return.unwrap();
    assert!(of(&both) <= of(&alone(Rule::Risk { measure, at_most: tail })) + 1e-12);
    assert!(of(&both) <= of(&alone(Rule::Volatility { at_most: volatility })) + 1e-12);
}

#[test]
fn choices_match_the_reference() {
    let Some(cases) = Cases::open() else { return };
    let at_most = usize::try_from(cases.case("cardinality_minvar")["parameters"]["max_assets"].as_u64().unwrap()).unwrap();
    cases.check("cardinality_minvar", &cases.problem(Objective::MinimumRisk, Measure::Variance, vec![Rule::Assets { at_most }]));
}

#[test]
fn choices_over_scenarios_match_the_reference() {
    let Some(cases) = Cases::open() else { return };
    let case = cases.case("cardinality_cvar_minpos");
    let scenarios = Matrix::from_fn(250, 20, |row, column| cases.returns.get(row, column));
    let measure = ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.95 };
    let rules = vec![long_only(0.5), Rule::Assets { at_most: 6 }, Rule::Position { at_least: 0.05 }];
    let mut problem = cases.problem(Objective::MinimumRisk, Measure::Scenario(measure), rules);
    problem.moments = Moments { scenarios: Some(Arc::new(scenarios)), ..Moments::default() };
    let outcome = solve(&problem, None).unwrap();
    let expected = case["reference"]["cvar"].as_f64().unwrap();
    assert_eq!(outcome.status, Status::Optimal);
    assert!((outcome.risk.unwrap() - expected).abs() <= 1e-7 * expected, "{:?} is not {expected}", outcome.risk);
    assert!(outcome.proof.gap <= 1e-7 && outcome.proof.lower_bound <= expected * (1.0 + 1e-9));
    assert!(outcome.weights.iter().all(|weight| *weight == 0.0 || *weight >= 0.05 - 1e-9));
    assert!(outcome.weights.iter().filter(|weight| **weight != 0.0).count() <= 6);
}

#[test]
fn trades_are_worth_their_cost_and_not_too_small() {
    let Some(cases) = Cases::open() else { return };
    let held = || cases.held.clone();
    for measure in [Measure::Variance, Measure::Scenario(ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.95 })] {
        let utility = |rule| {
            let rules = vec![long_only(1.0), Rule::Turnover { held: held(), at_most: 0.3 }, rule];
            cases.problem(Objective::MaximumUtility { risk_aversion: 0.05 }, measure.clone(), rules)
        };
        let least = utility(Rule::Trade { held: held(), at_least: 0.05, cost: 0.0 });
        let outcome = solve(&least, None).unwrap();
        let changes = |outcome: &Outcome| outcome.weights.iter().zip(&cases.held).map(|(new, old)| (new - old).abs()).collect::<Vec<f64>>();
        assert!(outcome.status == Status::Optimal && outcome.proof.gap <= 1e-7, "{:?}", outcome.proof);
        assert!(changes(&outcome).iter().all(|change| *change < 1e-9 || *change >= 0.05 - 1e-9), "{:?}", changes(&outcome));
        // The dearer a trade, the fewer are made, and at last none.
        let mut before = usize::MAX;
        for cost in [0.0, 2e-5, 1.0] {
            let outcome = solve(&utility(Rule::Trade { held: held(), at_least: 0.0, cost }), None).unwrap();
            assert!(outcome.status == Status::Optimal && outcome.proof.gap <= 1e-7, "{cost}: {:?} {:?}", outcome.status, outcome.proof);
            let trades = changes(&outcome).iter().filter(|change| **change > 1e-9).count();
            assert!(trades <= before, "{cost}: {trades} trades after {before}");
            before = trades;
        }
        assert_eq!(before, 0);
    }
}

#[test]
fn costs_and_volatility_limits_stand_beside_scenario_measures() {
    let Some(cases) = Cases::open() else { return };
    let measure = Measure::Scenario(ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.95 });
    let costs = |rate: f64| cases.held.iter().map(|held| Cost::proportional(*held, rate, rate)).collect::<Vec<Cost>>();
    let of = |rate: f64, objective| Problem { costs: costs(rate), ..cases.problem(objective, measure.clone(), Vec::new()) };
    let value = |problem: &Problem, weights: &[f64]| {
        let returns = evenkeel_quant::linear::product::times(&cases.returns, weights);
        let risk = evenkeel_quant::risk::tail::conditional_value_at_risk(&returns, 0.95).unwrap();
        let costs: f64 = problem.costs.iter().zip(weights).map(|(cost, weight)| cost.value(*weight)).sum();
        let gain: f64 = problem.moments.expected.iter().zip(weights).map(|(mean, weight)| mean * weight).sum();
        (risk, costs, gain)
    };
    for objective in [Objective::MinimumRisk, Objective::MaximumUtility { risk_aversion: 0.1 }, Objective::MaximumRatio { risk_free: 0.0 }]
    {
        let score = |problem: &Problem, weights: &[f64]| {
            let (risk, costs, gain) = value(problem, weights);
            match objective {
                Objective::MaximumUtility { risk_aversion } => costs - gain + risk_aversion * risk,
                Objective::MaximumRatio { .. } => -(gain - costs) / risk,
                _ => risk + costs,
            }
        };
        let (cheap, dear) = (of(1e-5, objective), of(3e-4, objective));
        let (of_cheap, of_dear) = (solve(&cheap, None).unwrap(), solve(&dear, None).unwrap());
        for (problem, best, other) in [(&cheap, &of_cheap, &of_dear), (&dear, &of_dear, &of_cheap)] {
            assert_eq!(best.status, Status::Optimal, "{objective:?}: {:?}", best.proof);
            let (mine, held) = (score(problem, &best.weights), score(problem, &cases.held));
            assert!(mine <= score(problem, &other.weights) + 1e-12 && mine <= held + 1e-12, "{objective:?}");
            assert!((mine - best.proof.objective).abs() <= 1e-9 * mine.abs(), "{objective:?}: {mine} {:?}", best.proof);
        }
        let turnover = |outcome: &Outcome| outcome.weights.iter().zip(&cases.held).map(|(new, old)| (new - old).abs()).sum::<f64>();
        assert!(turnover(&of_dear) < turnover(&of_cheap));
    }
    // A volatility limit that binds, kept to the last digits.
    let free = solve(&cases.problem(Objective::MaximumUtility { risk_aversion: 0.02 }, measure.clone(), Vec::new()), None).unwrap();
    let covariance = sample_covariance(&cases.returns, 1).unwrap();
    let at_most = 0.98 * covariance.variance(&free.weights).sqrt();
    let capped = cases.problem(Objective::MaximumUtility { risk_aversion: 0.02 }, measure, vec![Rule::Volatility { at_most }]);
    let outcome = solve(&capped, None).unwrap();
    assert_eq!(outcome.status, Status::Optimal);
    let volatility = covariance.variance(&outcome.weights).sqrt();
    assert!((volatility - at_most).abs() <= 1e-8 * at_most, "{volatility} {at_most}");
    assert!(outcome.binding.iter().any(|held| held.constraint == Some(0) && held.price > 0.0));
}

#[test]
fn contradictions_name_their_rules() {
    let Some(cases) = Cases::open() else { return };
    let first = |asset: usize| (0..20).map(|at| f64::from(u8::from(at == asset))).collect::<Vec<f64>>();
    let rules = vec![
        long_only(0.5),
        Rule::Linear { coefficients: first(0), at_least: 0.4, at_most: f64::INFINITY },
        Rule::Linear { coefficients: first(0), at_least: f64::NEG_INFINITY, at_most: 0.3 },
    ];
    let outcome = solve(&cases.problem(Objective::MinimumRisk, Measure::Variance, rules), None).unwrap();
    assert_eq!(outcome.status, Status::Infeasible);
    let found = outcome.contradiction.unwrap();
    let named: Vec<Option<usize>> = found.limits.iter().map(|(constraint, _)| *constraint).collect();
    assert_eq!(named, [Some(1), Some(2)]);
    assert!(found.alone.iter().all(|(_, _, by)| (by - 0.1).abs() < 1e-7));
}

#[test]
fn returns_in_any_unit_give_the_same_ratio_weights() {
    let Some(cases) = Cases::open() else { return };
    let problem = cases.problem(Objective::MaximumRatio { risk_free: 0.0 }, Measure::Variance, vec![long_only(0.2)]);
    let base = solve(&problem, None).unwrap().weights;
    for unit in [1e-8, 1e-4, 1e4, 1e8] {
        let mut scaled = problem.clone();
        scaled.moments.expected.iter_mut().for_each(|mean| *mean *= unit);
        let covariance = problem.moments.covariance.as_ref().unwrap().as_ref().clone();
        scaled.moments.covariance = Some(Arc::new(covariance.scaled(unit * unit)));
        let weights = solve(&scaled, None).unwrap().weights;
        for (a, b) in base.iter().zip(&weights) {
            assert!((a - b).abs() < 1e-8, "{unit}: {a} {b}");
        }
    }
}

#[test]
fn families_do_not_depend_on_threads() {
    let Some(cases) = Cases::open() else { return };
    // Across turnover caps, utilities, and contradictions in between.
    let member = |at: u32| {
        let share = f64::from(at) / 40.0;
        let mut rules = vec![long_only(if at % 7 == 3 { 0.04 } else { 0.1 + share })];
        if at.is_multiple_of(3) {
            rules.push(Rule::Turnover { held: cases.held.clone(), at_most: 1.0 + share });
        }
        cases.problem(Objective::MaximumUtility { risk_aversion: 2.0 + 10.0 * share }, Measure::Variance, rules)
    };
    let problems: Vec<Problem> = (0..40).map(member).collect();
    let one = solve_all(&problems, NonZeroUsize::MIN, None);
    for (problem, outcome) in problems.iter().zip(&one) {
        let cold = solve(problem, None).unwrap();
        let warm = outcome.as_ref().unwrap();
        assert_eq!(cold.status, warm.status);
        assert!(cold.status != Status::Optimal || cold.weights.iter().zip(&warm.weights).all(|(a, b)| (a - b).abs() < 1e-8));
    }
    for threads in [2, 3, 100] {
        assert_eq!(solve_all(&problems, threads.try_into().unwrap(), None), one);
    }
    assert!(solve_all(&[], 2.try_into().unwrap(), None).is_empty());
}

#[test]
fn every_backend_can_be_forced_and_says_what_it_does_not_take() {
    let Some(cases) = Cases::open() else { return };
    let utility = |rules| cases.problem(Objective::MaximumUtility { risk_aversion: 5.0 }, Measure::Variance, rules);
    let plain = utility(vec![long_only(0.2)]);
    let turnover = utility(vec![long_only(0.2), Rule::Turnover { held: cases.held.clone(), at_most: 0.5 }]);
    let risky = utility(vec![long_only(0.2), Rule::Volatility { at_most: 0.0105 }]);
    for (problem, own, takes) in [
        (&plain, Backend::ActiveSet, [true, true, true]),
        (&turnover, Backend::InteriorPoint, [false, true, true]),
        (&risky, Backend::ActiveSet, [true, true, true]),
    ] {
        let free = solve(problem, None).unwrap();
        assert_eq!(free.backend, own);
        for (backend, takes) in [Backend::ActiveSet, Backend::InteriorPoint, Backend::Clarabel].into_iter().zip(takes) {
            match solve(problem, Some(backend)) {
                Ok(forced) => {
                    assert!(takes && forced.backend == backend && forced.status == Status::Optimal);
                    assert!(forced.weights.iter().zip(&free.weights).all(|(a, b)| (a - b).abs() < 1e-6), "{backend:?}");
                }
                Err(error) => assert!(!takes && error.to_string().contains("leave the choice of the backend open"), "{error}"),
            }
        }
    }
}
