//! What an optimization gives: weights, risks, the rules that hold it, and the figures that prove it.

use evenkeel_quant::allocate::error::AllocationError;
use evenkeel_quant::estimate::cluster::dendrogram::Dendrogram;
use evenkeel_quant::estimate::cluster::distance::Distances;
use evenkeel_quant::estimate::cluster::leaf_order::{LeafOrder, order_leaves};
use evenkeel_quant::estimate::cluster::linkage::link;
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::optimize::problem::{Measure, Objective, Outcome, Problem, ScenarioMeasure};
use evenkeel_quant::optimize::solution::Status;
use evenkeel_quant::risk::decompose::decompose_volatility;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::Estimates;
use crate::policy::Linkage;
use crate::words;

use super::OptimizeInputs;
use super::rules::Rules;

/// A variance below this fraction of that of the assets apart is rounding.
const HEDGED: f64 = 1e-14;

/// Optimized weights, and what is to be known of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimized {
    /// By asset.
    pub assets: Vec<AssetWeight>,
    /// Expected return a year of the whole, cash at the risk-free rate included.
    pub expected_return: f64,
    /// Volatility a year.
    pub volatility: f64,
    /// The measure that the method is about, a period, where it is one of scenarios.
    pub risk: Option<f64>,
    /// Expected return beyond the risk-free rate over volatility; none without volatility.
    pub ratio: Option<f64>,
    /// Rules that hold the optimum.
    pub binding: Vec<BindingRule>,
    /// Figures that prove the optimum, where the method has one to prove.
    pub proof: Option<ProofFigures>,
    /// Weight of cash, which was set aside.
    pub cash: f64,
    /// What the weights were made of.
    pub estimates: Estimates,
}

/// A weight and what it does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetWeight {
    /// The class of the leaf.
    pub class: String,
    /// The instrument by which it is estimated.
    pub symbol: String,
    /// Its weight, a fraction of value.
    pub weight: f64,
    /// Its expected return a year.
    pub expected_return: f64,
    /// Its volatility a year.
    pub volatility: f64,
    /// Its share of the portfolio's variance; all shares sum to 1, and are 0 where there is no variance.
    pub risk_share: f64,
}

/// A rule that holds the optimum.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BindingRule {
    /// The rule, in the policy's words.
    pub rule: String,
    /// Whether the policy states it: weights of at least 0 go without saying.
    pub stated: bool,
    /// Fall of the minimized objective for each unit by which it is relaxed.
    pub shadow_price: f64,
    /// What that means, in a sentence.
    pub sentence: String,
}

/// Figures that prove an optimum, computed apart from the method that found it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProofFigures {
    /// The method that found it.
    pub backend: String,
    /// The minimized objective.
    pub objective: f64,
    /// No allowed weights have a lower one.
    pub lower_bound: f64,
    /// The largest violation of a limit, as a fraction.
    pub primal_residual: f64,
    /// The largest violation of the conditions of an optimum, as a fraction.
    pub dual_residual: f64,
    /// What the objective may be above the optimum, as a fraction.
    pub gap: f64,
    /// Steps taken.
    pub iterations: usize,
}

impl Optimized {
    /// Of a problem that was solved.
    pub(super) fn new(inputs: &OptimizeInputs<'_>, rules: &Rules<'_>, problem: &Problem, outcome: &Outcome, estimates: Estimates) -> Self {
        // Several limits may stand for one rule, as the cuts of a limit on a measure of scenarios do.
        let mut binding: Vec<BindingRule> = Vec::new();
        for held in outcome.binding.iter().filter(|held| held.constraint.is_some()) {
            let (rule, place) = rules.name(held.constraint, held.limit);
            match binding.iter_mut().find(|other| other.rule == rule) {
                Some(other) => other.shadow_price += held.price,
                None => {
                    binding.push(BindingRule { rule, stated: place.is_some(), shadow_price: held.price, sentence: String::new() });
                }
            }
        }
        for rule in &mut binding {
            rule.sentence = meaning(problem, outcome, estimates.periods_per_year, rule.shadow_price, &rule.rule);
        }
        let proof = ProofFigures {
            backend: outcome.backend.name().to_owned(),
            objective: outcome.proof.objective,
            lower_bound: outcome.proof.lower_bound,
            primal_residual: outcome.proof.primal_residual,
            dual_residual: outcome.proof.dual_residual,
            gap: outcome.proof.gap,
            iterations: outcome.work.iterations,
        };
        let risk = outcome.risk.filter(|_| matches!(problem.measure, Measure::Scenario(_)));
        let mut estimates = estimates;
        if outcome.status != Status::Optimal {
            let gap = words::percent(outcome.proof.gap);
            estimates
                .notes
                .push(format!("The search among choices ended before it was through: its objective may be {gap} from the best."));
        }
        Self { binding, proof: Some(proof), risk, ..Self::direct(inputs, &outcome.weights, estimates) }
    }

    /// Of weights that a rule gives without a search.
    pub(super) fn direct(inputs: &OptimizeInputs<'_>, weights: &[f64], estimates: Estimates) -> Self {
        let risks = decompose_volatility(&estimates.covariance, weights);
        let volatilities = estimates.volatilities();
        // Weights that hedge one another completely leave rounding to divide, and no shares.
        let alone: f64 = weights.iter().zip(&volatilities).map(|(weight, volatility)| (weight * volatility).powi(2)).sum();
        let has_risk = risks.volatility.powi(2) > HEDGED * alone;
        let shares = risks.fraction.iter().map(|share| if has_risk { *share } else { 0.0 });
        let figures = weights.iter().zip(&estimates.expected).zip(volatilities.iter().zip(shares));
        let assets: Vec<AssetWeight> = estimates
            .assets
            .iter()
            .zip(figures)
            .map(|(asset, ((weight, expected), (volatility, share)))| AssetWeight {
                class: asset.class.to_string(),
                symbol: asset.symbol.clone(),
                weight: *weight,
                expected_return: *expected,
                volatility: *volatility,
                risk_share: share,
            })
            .collect();
        let risk_free = inputs.estimate.rules.risk_free;
        let expected_return = assets.iter().map(|asset| asset.weight * asset.expected_return).sum::<f64>() + inputs.cash * risk_free;
        let volatility = risks.volatility;
        let ratio = (volatility > 0.0).then(|| (expected_return - risk_free) / volatility);
        Self { assets, expected_return, volatility, risk: None, ratio, binding: Vec::new(), proof: None, cash: inputs.cash, estimates }
    }

    /// What was found, in a sentence.
    pub(in crate::target) fn sentence(&self) -> String {
        let held = self
            .assets
            .iter()
            .filter(|asset| asset.weight.abs() >= 0.000_05)
            .map(|asset| format!("{} {}", words::percent(asset.weight), asset.class));
        let held: Vec<String> = held.collect();
        format!(
            "Optimized: {}. Expected to return {} a year at a volatility of {}.",
            held.join(", "),
            words::percent(self.expected_return),
            words::percent(self.volatility)
        )
    }

    /// The weights, by asset.
    pub fn weights(&self) -> Vec<f64> {
        self.assets.iter().map(|asset| asset.weight).collect()
    }
}

/// What relaxing a rule by one point would bring.
fn meaning(problem: &Problem, outcome: &Outcome, year: f64, price: f64, rule: &str) -> String {
    const POINT: f64 = 0.01;
    let by_period = matches!(problem.measure, Measure::Scenario(_));
    let relaxing = format!("Relaxing {rule} by 1 point");
    match (problem.objective, &problem.measure) {
        (Objective::MaximumReturn | Objective::MaximumUtility { .. }, _) => {
            let gain = price * POINT * if by_period { year } else { 1.0 };
            let what = if matches!(problem.objective, Objective::MaximumReturn) { "return" } else { "utility" };
            format!("{relaxing} adds {} of {what} a year.", words::basis_points(gain))
        }
        (Objective::MinimumRisk, Measure::Scenario(ScenarioMeasure::NegativeLogGrowth)) => {
            format!("{relaxing} adds {} of growth a year.", words::basis_points(price * POINT * year))
        }
        (Objective::MinimumRisk, Measure::Scenario(measure)) => {
            let drawdown = matches!(measure, ScenarioMeasure::ConditionalDrawdown { .. } | ScenarioMeasure::MaximumDrawdown);
            let what = if drawdown { "the drawdown" } else { "the risk of a period" };
            format!("{relaxing} takes {} off {what}.", words::basis_points(price * POINT))
        }
        (Objective::MinimumRisk, _) => match outcome.risk.filter(|risk| *risk > 0.0) {
            // The objective is half the variance, whose slope in volatility is the volatility.
            Some(volatility) => format!("{relaxing} takes {} off the volatility a year.", words::basis_points(price * POINT / volatility)),
            None => format!("{relaxing} lowers the risk."),
        },
        (Objective::MaximumRatio { .. }, _) => format!("{relaxing} raises the ratio."),
    }
}

/// The tree of clusters of the assets' correlations, its leaves in the order that puts near ones together.
pub fn cluster_tree(covariance: &Covariance, how: Linkage) -> Result<Dendrogram, Box<dyn std::error::Error>> {
    let distances = Distances::of_correlation(covariance);
    Ok(order_leaves(&link(&distances, how), &distances, LeafOrder::BottomUp)?)
}

/// What keeps nested clusters from weights.
pub(super) struct Nested(pub(super) Vec<Diagnostic>);

impl From<AllocationError> for Nested {
    fn from(error: AllocationError) -> Self {
        Self(vec![Diagnostic::error(Code::OPTIMIZATION, error.to_string()).help("change `clusters` or the targets")])
    }
}

impl From<Vec<Diagnostic>> for Nested {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self(diagnostics)
    }
}
