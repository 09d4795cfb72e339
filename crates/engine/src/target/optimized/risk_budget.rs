//! Weights by budgets of risk, under the policy's rules.

use evenkeel_ledger::class::ClassPath;
use evenkeel_quant::allocate::risk_budget::constrained::constrained_risk_budget;
use evenkeel_quant::allocate::risk_budget::cvar::risk_budget_cvar;
use evenkeel_quant::allocate::risk_budget::volatility::risk_budget;
use evenkeel_quant::allocate::risk_budget::{RiskBudget, RiskBudgetError};

use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::Estimates;
use crate::policy::RiskMeasure;

use super::rules::Rules;

/// Fractions that sum to 1, whose risk contributions are as budgeted or as near as the rules allow;
/// `invested` is what they are fractions of, in which the rules are stated.
pub(super) fn budgeted(
    rules: &Rules<'_>,
    estimates: &Estimates,
    measure: RiskMeasure,
    stated: &[(ClassPath, f64)],
    invested: f64,
) -> Result<RiskBudget, Vec<Diagnostic>> {
    let budgets = budgets(estimates, stated)?;
    let constraints = rules.of_fractions(invested);
    let found = match (measure, &estimates.scenarios) {
        (RiskMeasure::Variance, _) if constraints.is_empty() => risk_budget(&estimates.covariance, &budgets),
        (RiskMeasure::Variance, _) => constrained_risk_budget(&estimates.covariance, &budgets, &constraints),
        (RiskMeasure::ConditionalValueAtRisk { confidence }, Some(scenarios)) => {
            risk_budget_cvar(scenarios, confidence, &budgets, &constraints)
        }
        _ => {
            let message = "risk budgets are shares of the variance or of `cvar`, and another measure is asked for";
            let help = "set `measure` under `[optimize]` to `variance` or `cvar`";
            return Err(vec![Diagnostic::error(Code::OPTIMIZATION, message).help(help)]);
        }
    };
    found.map_err(|error| vec![refused(&error, estimates)])
}

/// Shares of risk by asset.
fn budgets(estimates: &Estimates, stated: &[(ClassPath, f64)]) -> Result<Vec<f64>, Vec<Diagnostic>> {
    if stated.is_empty() {
        return Ok(vec![1.0; estimates.assets.len()]);
    }
    let unknown = stated.iter().filter(|(class, _)| !estimates.assets.iter().any(|asset| asset.class == *class));
    let unknown: Vec<Diagnostic> = unknown
        .map(|(class, _)| {
            let message = format!("`risk_budgets` names {class}, which is no leaf that is optimized");
            Diagnostic::error(Code::OPTIMIZATION, message).help("name leaves of the targets, each with its whole path")
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let share = |class: &ClassPath| stated.iter().find(|(named, _)| named == class).map_or(0.0, |(_, share)| *share);
    Ok(estimates.assets.iter().map(|asset| share(&asset.class)).collect())
}

/// Why there are no such weights, with the names of assets.
fn refused(error: &RiskBudgetError, estimates: &Estimates) -> Diagnostic {
    let symbol = |index: usize| estimates.assets.get(index).map_or("an asset", |asset| asset.symbol.as_str());
    let (message, help) = match error {
        RiskBudgetError::Riskless { index } => (
            format!("{} never moves, so that no weight of it fills a budget of risk", symbol(*index)),
            "leave it out, or give it the budget 0",
        ),
        RiskBudgetError::Constraint { .. } | RiskBudgetError::Infeasible { .. } => {
            (error.to_string(), "change `constraints` under `[optimize]`")
        }
        other => (other.to_string(), "change `[optimize]`, or what it is made of"),
    };
    Diagnostic::error(Code::OPTIMIZATION, message).help(help)
}
