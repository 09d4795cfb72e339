//! Target weights by optimization: what the policy asks for, lowered to a portfolio problem and told in
//! the policy's words.

use std::sync::Arc;

use evenkeel_quant::allocate::hierarchical::equal_contribution::{Within, hierarchical_equal_contribution};
use evenkeel_quant::allocate::hierarchical::nested::nested_clusters;
use evenkeel_quant::allocate::hierarchical::risk_parity::hierarchical_risk_parity;
use evenkeel_quant::allocate::naive::{equal_weight, inverse_volatility};
use evenkeel_quant::allocate::risk_budget::volatility::risk_budget;
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::optimize::problem::{Measure, Moments, Objective, Problem, ScenarioMeasure, solve};
use evenkeel_quant::optimize::solution::Backend;

use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::{EstimateInputs, Estimates, estimate};
use crate::policy::{HierarchicalScheme, MeanRiskObjective, Method, Optimization, RiskMeasure, RuleSubject, TargetTree};

mod report;

mod rules;

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
    let told = |error: &dyn std::fmt::Display| {
        vec![Diagnostic::error(Code::OPTIMIZATION, error.to_string()).help("change `[optimize]`, or what it is made of")]
    };
    let scaled = |weights: Vec<f64>| weights.into_iter().map(|weight| weight * budget).collect::<Vec<f64>>();
    let covariance = &estimates.covariance;
    let weights = match &inputs.optimization.method {
        Method::MeanRisk { .. } | Method::MaximumDiversification | Method::Kelly => {
            let problem = problem(inputs, &estimates, &rules, budget);
            let outcome = solve(&problem, inputs.backend).map_err(|error| told(&error))?;
            rules.refuse(&problem, &outcome)?;
            return Ok(Optimized::new(inputs, &rules, &problem, &outcome, estimates));
        }
        Method::EqualWeight => equal_weight(covariance.size()),
        Method::InverseVolatility => inverse_volatility(covariance).map_err(|error| told(&error))?,
        Method::RiskBudget { budgets, .. } => {
            let budgets = rules::budgets(&estimates, budgets)?;
            risk_budget(covariance, &budgets).map_err(|error| told(&error))?.weights
        }
        Method::Hierarchical { scheme, linkage, clusters } => {
            let tree = cluster_tree(covariance, *linkage).map_err(|error| told(&error))?;
            let count = clusters.unwrap_or(1);
            match scheme {
                HierarchicalScheme::RiskParity => hierarchical_risk_parity(covariance, &tree).map_err(|error| told(&error))?,
                HierarchicalScheme::EqualRiskContribution => {
                    hierarchical_equal_contribution(covariance, &tree, count, Within::InverseVariance).map_err(|error| told(&error))?
                }
                HierarchicalScheme::NestedClusters => {
                    let least = |covariance: &Covariance| {
                        let outcome = solve(&minimum_variance(covariance), inputs.backend).map_err(|error| told(&error))?;
                        Ok(outcome.weights)
                    };
                    nested_clusters(covariance, &tree, count, |inside, _| least(inside), |across, _| least(across))
                        .map_err(|error: report::Nested| error.0)?
                }
            }
        }
    };
    Ok(Optimized::direct(inputs, &scaled(weights), estimates))
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
    let year = estimates.periods_per_year;
    let (mut expected, mut objective, measure) = match &inputs.optimization.method {
        Method::MeanRisk { objective, measure } => {
            let measure = match scenario_measure(*measure) {
                Some(measure) => Measure::Scenario(measure),
                None if *measure == RiskMeasure::TrackingError => Measure::TrackingError(rules.benchmark()),
                None => Measure::Variance,
            };
            let risk_free = inputs.estimate.rules.risk_free;
            let objective = match objective {
                MeanRiskObjective::MinimumRisk => Objective::MinimumRisk,
                MeanRiskObjective::MaximumReturn => Objective::MaximumReturn,
                MeanRiskObjective::MaximumUtility { risk_aversion } => Objective::MaximumUtility { risk_aversion: *risk_aversion },
                // Cash earns the risk-free rate, so what is left to the assets is measured against it.
                MeanRiskObjective::MaximumRatio => Objective::MaximumRatio { risk_free: risk_free * budget },
            };
            (estimates.expected.clone(), objective, measure)
        }
        Method::Kelly => (estimates.expected.clone(), Objective::MinimumRisk, Measure::Scenario(ScenarioMeasure::NegativeLogGrowth)),
        // The diversification ratio is the ratio of average to portfolio volatility.
        _ => (estimates.volatilities(), Objective::MaximumRatio { risk_free: 0.0 }, Measure::Variance),
    };
    // Scenarios are of a period, so means stand beside them a period.
    if matches!(measure, Measure::Scenario(_)) {
        for mean in &mut expected {
            *mean /= year;
        }
        if let Objective::MaximumRatio { risk_free } = &mut objective {
            *risk_free /= year;
        }
    }
    let by_period = matches!(measure, Measure::Scenario(_));
    let covariance =
        if by_period { Arc::new(estimates.covariance.as_ref().clone().scaled(1.0 / year)) } else { estimates.covariance.clone() };
    let moments = Moments { expected, covariance: Some(covariance), scenarios: estimates.scenarios.clone() };
    Problem {
        objective,
        measure,
        moments,
        costs: rules.costs(),
        budget,
        constraints: rules.constraints(if by_period { year } else { 1.0 }),
    }
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
