//! [`ClassRisk`]: what each class of the tree contributes to risk.

use evenkeel_ledger::class::ClassPath;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::risk::decompose::decompose_volatility;
use evenkeel_quant::risk::series::RiskError;
use evenkeel_quant::risk::tail_parts::{components, normal_parts};
use serde::Serialize;

use crate::policy::TRADING_DAYS;

use super::RiskInputs;
use super::model::RiskModel;

/// What a class contributes to risk; those of one level sum to the whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassRisk {
    /// The class.
    pub class: String,
    /// How deep it stands in the tree, from 0.
    pub level: usize,
    /// Whether no other class stands below it.
    pub is_leaf: bool,
    /// Its weight.
    pub weight: f64,
    /// Volatility a year of the class alone.
    pub volatility: f64,
    /// Its share of the portfolio's variance, which is that of its volatility too.
    pub share: f64,
    /// Its part of VaR over the horizon, for normal returns.
    pub value_at_risk: f64,
    /// Its part of CVaR over the horizon, for normal returns.
    pub conditional_value_at_risk: f64,
    /// Its part of CVaR of one period in the worst scenarios of history, where there is one.
    pub historical_conditional_value_at_risk: Option<f64>,
    /// By how much VaR would fall were the class held as riskless cash.
    pub incremental_value_at_risk: f64,
}

/// By leaf.
struct Parts {
    share: Vec<f64>,
    value_at_risk: Vec<f64>,
    conditional: Vec<f64>,
    historical: Option<Vec<f64>>,
}

/// Every class of the tree and what lies beside it, parents before children.
pub(super) fn contributions(inputs: &RiskInputs<'_>, model: &RiskModel, weights: &[f64]) -> Result<Vec<ClassRisk>, RiskError> {
    let level = inputs.question.confidence;
    let years = inputs.question.horizon_days / TRADING_DAYS;
    let covariance = model.covariance.clone().scaled(years);
    let mean: Vec<f64> = model.expected.iter().map(|expected| expected * years).collect();
    let tails = normal_parts(&mean, &covariance, weights, level)?;
    let historical = model.history.as_ref().map(|history| {
        let weight = |sleeve: usize| weights.get(sleeve).copied().unwrap_or(0.0);
        let profit =
            Matrix::from_fn(history.returns.rows(), weights.len(), |row, sleeve| weight(sleeve) * history.returns.get(row, sleeve));
        components(&profit, level).map(|(_, parts)| parts.iter().map(|part| part.conditional_value_at_risk).collect())
    });
    let parts = Parts {
        share: decompose_volatility(&model.covariance, weights).fraction,
        value_at_risk: tails.component.iter().map(|part| part.value_at_risk).collect(),
        conditional: tails.component.iter().map(|part| part.conditional_value_at_risk).collect(),
        historical: historical.transpose()?,
    };
    let mut found = Vec::new();
    for (class, members, is_leaf) in nodes(inputs, weights) {
        let only: Vec<f64> = weights.iter().enumerate().map(|(at, weight)| if members.contains(&at) { *weight } else { 0.0 }).collect();
        let weight: f64 = only.iter().sum();
        let without: Vec<f64> = weights.iter().zip(&only).map(|(weight, own)| weight - own).collect();
        let rest = normal_parts(&mean, &covariance, &without, level)?.total;
        let sum = |parts: &[f64]| members.iter().filter_map(|at| parts.get(*at)).sum::<f64>();
        let alone = model.covariance.variance(&only).sqrt();
        found.push(ClassRisk {
            level: class.segments().count() - 1,
            class: class.to_string(),
            is_leaf,
            weight,
            volatility: if weight.abs() > crate::boundary::TOLERANCE { alone / weight.abs() } else { 0.0 },
            share: sum(&parts.share),
            value_at_risk: sum(&parts.value_at_risk),
            conditional_value_at_risk: sum(&parts.conditional),
            historical_conditional_value_at_risk: parts.historical.as_deref().map(sum),
            incremental_value_at_risk: tails.total.value_at_risk - rest.value_at_risk,
        });
    }
    Ok(found)
}

/// Nodes of the tree with the sleeves below them, then cash and what no leaf names, where it is held.
fn nodes(inputs: &RiskInputs<'_>, weights: &[f64]) -> Vec<(ClassPath, Vec<usize>, bool)> {
    let tree = &inputs.policy.tree;
    let below = |class: &ClassPath| -> Vec<usize> {
        inputs.sleeves.iter().filter(|(_, sleeve)| sleeve.class.is_within(class)).map(|(id, _)| id.0).collect()
    };
    let mut nodes: Vec<(ClassPath, Vec<usize>, bool)> =
        tree.nodes.iter().map(|node| (node.class.clone(), below(&node.class), node.children.is_empty())).collect();
    let is_held = |at: usize| weights.get(at).is_some_and(|weight| weight.abs() > crate::boundary::TOLERANCE);
    let in_tree = |class: &ClassPath| tree.nodes.iter().any(|node| node.class == *class);
    let beside = inputs.sleeves.iter().filter(|(id, sleeve)| is_held(id.0) && !in_tree(&sleeve.class));
    nodes.extend(beside.map(|(id, sleeve)| (sleeve.class.clone(), vec![id.0], true)));
    nodes
}
