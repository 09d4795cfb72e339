//! Target weights by optimization: what the policy asks for, lowered to a portfolio problem and told in
//! the policy's words.

use std::sync::Arc;

use evenkeel_ledger::number::Currency;
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::optimize::problem::{Benchmark, Measure, Moments, Objective, Problem, ScenarioMeasure, broken, solve};
use evenkeel_quant::optimize::solution::Backend;

use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::{EstimateInputs, Estimates, estimate, with_names};
use crate::policy::{Limit, MeanRiskObjective, Method, Optimization, RiskMeasure, RuleSubject, TargetTree};

mod limits;

mod rules;

mod conflict;

mod risk_budget;

mod report;

mod direct;

mod frontier;

pub use frontier::{Frontier, FrontierPoint, frontier};
pub use report::{AssetWeight, BindingRule, Optimized, ProofFigures, cluster_tree};

use rules::Rules;

/// What an optimization is made of.
#[derive(Debug, Clone, Copy)]
pub struct OptimizeInputs<'a> {
    /// What is asked for.
    pub optimization: &'a Optimization,
    /// The tree whose leaves get weights.
    pub tree: &'a TargetTree,
    /// What the estimates are made of; its reference also is what tracking error is measured against.
    pub estimate: EstimateInputs<'a>,
    /// By sleeve, the weights held: what turnover and costs count from; the reference where not given.
    pub held: Option<&'a [f64]>,
    /// Weight of cash, which is not optimized.
    pub cash: f64,
    /// The policy's limits, of which the hard ones are kept.
    pub limits: &'a [Limit],
    /// What cash is held in.
    pub base_currency: Currency,
    /// What is held, in the base currency: what limits on amounts are measured on.
    pub value: Option<f64>,
    /// Forces a method for programs with a variance.
    pub backend: Option<Backend>,
}

/// Optimizes the weights of the leaves.
///
/// # Errors
/// All diagnostics: those of the estimates, rules that contradict one another with the smallest set
/// that does, objectives without an optimum.
pub fn optimize(inputs: &OptimizeInputs<'_>) -> Result<Optimized, Vec<Diagnostic>> {
    let estimates = estimate(&EstimateInputs { scenarios: needs_scenarios(inputs.optimization), ..inputs.estimate })?;
    optimize_estimated(inputs, estimates)
}

/// As [`optimize`], with estimates that are made already.
///
/// # Errors
/// As [`optimize`], but for the estimates'.
pub fn optimize_estimated(inputs: &OptimizeInputs<'_>, estimates: Estimates) -> Result<Optimized, Vec<Diagnostic>> {
    let rules = Rules::bind(inputs, &estimates)?;
    let budget = inputs.optimization.budget - inputs.cash;
    let told = |error: &dyn std::fmt::Display| vec![refused(error, &estimates)];
    if matches!(inputs.optimization.method, Method::MeanRisk { .. } | Method::MaximumDiversification | Method::Kelly) {
        let problem = problem(inputs, &estimates, &rules, budget);
        refuse_ratio_to_benchmark(&problem)?;
        let outcome = solve(&problem, inputs.backend).map_err(|error| told(&error))?;
        rules.refuse(&problem, &outcome)?;
        return Ok(Optimized::new(inputs, &rules, &problem, &outcome, estimates));
    }
    if inputs.backend.is_some() {
        let none = Diagnostic::error(Code::OPTIMIZATION, "a backend was asked for, and the policy's method solves no program");
        return Err(vec![none.help("leave `--backend` out")]);
    }
    let (weights, risk) = direct::weights(inputs, &estimates, &rules, budget)?;
    let weights: Vec<f64> = weights.into_iter().map(|weight| weight * budget).collect();
    rules.check(&stated(&estimates, &rules, budget, Objective::MinimumRisk, Measure::Variance), &weights)?;
    Ok(Optimized { risk: risk.map(|risk| risk * budget), ..Optimized::direct(inputs, &weights, estimates) })
}

/// What the analytics refuse, with the names of assets.
fn refused(error: &dyn std::fmt::Display, estimates: &Estimates) -> Diagnostic {
    let message = with_names(&error.to_string(), &estimates.assets);
    Diagnostic::error(Code::OPTIMIZATION, message).help("change `[optimize]`, or what it is made of")
}

/// Whether the method looks at single scenarios.
fn needs_scenarios(optimization: &Optimization) -> bool {
    let by_measure = |measure: RiskMeasure| scenario_measure(measure).is_some();
    let method = match &optimization.method {
        Method::MeanRisk { measure, .. } | Method::RiskBudget { measure, .. } => by_measure(*measure),
        Method::Kelly => true,
        _ => false,
    };
    method || optimization.constraints.iter().any(|rule| matches!(rule.subject, RuleSubject::Risk(measure) if by_measure(measure)))
}

/// The problem that the policy states.
fn problem(inputs: &OptimizeInputs<'_>, estimates: &Estimates, rules: &Rules<'_>, budget: f64) -> Problem {
    match &inputs.optimization.method {
        Method::MeanRisk { objective, measure } => {
            let objective = match objective {
                MeanRiskObjective::MinimumRisk => Objective::MinimumRisk,
                MeanRiskObjective::MaximumReturn => Objective::MaximumReturn,
                MeanRiskObjective::MaximumUtility { risk_aversion } => Objective::MaximumUtility { risk_aversion: *risk_aversion },
                // The benchmark's return stands for the risk-free rate.
                MeanRiskObjective::MaximumRatio if *measure == RiskMeasure::TrackingError => {
                    Objective::MaximumRatio { risk_free: rules.expected_of_benchmark(estimates) }
                }
                MeanRiskObjective::MaximumRatio => greatest_ratio(inputs, budget),
            };
            let mut problem = stated(estimates, rules, budget, objective, measured(*measure, rules));
            problem.constraints.extend(rules.fixed_cost(periods(&problem.measure, estimates)));
            problem
        }
        Method::Kelly => stated(estimates, rules, budget, Objective::MinimumRisk, Measure::Scenario(ScenarioMeasure::NegativeLogGrowth)),
        // The diversification ratio is the ratio of average to portfolio volatility.
        _ => {
            let mut problem = stated(estimates, rules, budget, Objective::MaximumRatio { risk_free: 0.0 }, Measure::Variance);
            problem.moments.expected = estimates.volatilities();
            problem
        }
    }
}

/// Refuses the greatest ratio to tracking error where the benchmark itself is allowed: halfway to it the ratio is
/// the same, so that no weights have the greatest alone.
fn refuse_ratio_to_benchmark(problem: &Problem) -> Result<(), Vec<Diagnostic>> {
    let (Objective::MaximumRatio { .. }, Measure::TrackingError(Benchmark::Weights(benchmark))) = (problem.objective, &problem.measure)
    else {
        return Ok(());
    };
    let off_budget = (benchmark.iter().sum::<f64>() - problem.budget).abs() > 1e-9;
    // Costs of moving count from what is held, so that with them nearness matters.
    if off_budget || !problem.costs.is_empty() || broken(problem, benchmark).map_or(true, |broken| !broken.is_empty()) {
        return Ok(());
    }
    let message =
        "the ratio of active return to tracking error is the same however near the benchmark, so that no weights have the greatest";
    let help = "say how far from it: `objective = \"maximum_return\"` with the rule `tracking error <= 4 %`";
    Err(vec![Diagnostic::error(Code::OPTIMIZATION, message).help(help)])
}

/// The greatest ratio of return beyond the risk-free rate to risk, a year. Cash earns that rate, so what
/// is left to the assets is measured against it.
fn greatest_ratio(inputs: &OptimizeInputs<'_>, budget: f64) -> Objective {
    Objective::MaximumRatio { risk_free: inputs.estimate.rules.risk_free * budget }
}

/// The measure that a policy names.
fn measured(measure: RiskMeasure, rules: &Rules<'_>) -> Measure {
    match scenario_measure(measure) {
        Some(measure) => Measure::Scenario(measure),
        None if measure == RiskMeasure::TrackingError => Measure::TrackingError(rules.benchmark()),
        None => Measure::Variance,
    }
}

/// A problem under the policy's rules; its objective is of a year. Scenarios are of a period, so all that
/// stands beside them is too.
fn stated(estimates: &Estimates, rules: &Rules<'_>, budget: f64, objective: Objective, measure: Measure) -> Problem {
    let year = periods(&measure, estimates);
    let expected = estimates.expected.iter().map(|mean| mean / year).collect();
    let covariance = match measure {
        Measure::Scenario(_) => Arc::new(estimates.covariance.as_ref().clone().scaled(1.0 / year)),
        _ => estimates.covariance.clone(),
    };
    let objective = match objective {
        Objective::MaximumRatio { risk_free } => Objective::MaximumRatio { risk_free: risk_free / year },
        other => other,
    };
    Problem {
        objective,
        measure,
        moments: Moments { expected, covariance: Some(covariance), scenarios: estimates.scenarios.clone() },
        costs: rules.costs(year),
        budget,
        constraints: rules.constraints(year),
    }
}

/// By how much figures of a year are divided to stand beside a measure.
fn periods(measure: &Measure, estimates: &Estimates) -> f64 {
    if matches!(measure, Measure::Scenario(_)) { estimates.periods_per_year } else { 1.0 }
}

fn minimum_variance(covariance: &Covariance) -> Problem {
    Problem {
        objective: Objective::MinimumRisk,
        measure: Measure::Variance,
        moments: Moments { covariance: Some(Arc::new(covariance.clone())), ..Moments::default() },
        costs: Vec::new(),
        budget: 1.0,
        constraints: Vec::new(),
    }
}

/// The measure of scenarios that a policy names; `None` for those that a covariance tells.
fn scenario_measure(measure: RiskMeasure) -> Option<ScenarioMeasure> {
    Some(match measure {
        RiskMeasure::Variance | RiskMeasure::TrackingError => return None,
        RiskMeasure::MeanAbsoluteDeviation => ScenarioMeasure::MeanAbsoluteDeviation,
        RiskMeasure::Semideviation => ScenarioMeasure::Semideviation,
        RiskMeasure::ConditionalValueAtRisk { confidence } => ScenarioMeasure::ConditionalValueAtRisk { confidence },
        RiskMeasure::EntropicValueAtRisk { confidence } => ScenarioMeasure::EntropicValueAtRisk { confidence },
        RiskMeasure::ConditionalDrawdown { confidence } => ScenarioMeasure::ConditionalDrawdown { confidence },
        RiskMeasure::MaximumDrawdown => ScenarioMeasure::MaximumDrawdown,
    })
}
