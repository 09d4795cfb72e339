//! Budgets of the volatility with limits on weights.
//!
//! minimize ln σ(w) − Σ bᵢ ln wᵢ subject to Σwᵢ = 1 and the limits
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` | n × n | a period |
//! | b | `budgets` | n | parts of the risk, at least 0; divided by their sum |
//! | | `constraints` | | on weights and on their linear combinations |
//! | w | [`weights`](RiskBudget::weights) | n | fractions above 0 that sum to 1 |
//!
//! Limits and budgets contradict one another where a limit binds, so what is best must be said. Here it is
//! the function above, whose slope is (contributionᵢ − bᵢ) ÷ wᵢ: without limits its minimum has the budgets
//! as contributions, with limits contributions differ from budgets by wᵢ times the prices of the limits, and the
//! answer is unique and knows no unit. That is what Riskfolio-Lib and skfolio solve. (J.-C. Richard, T. Roncalli,
//! *Constrained Risk Budgeting Portfolios*, 2019, instead keep the contributions of the assets at no bound
//! in proportion to their budgets, which need not have an answer under general constraints.) With w = y ÷ Σyᵢ it is
//! the convex ½ `yᵀΣy` − Σ bᵢ ln yᵢ under homogeneous limits, solved by interior points.

use super::interior_point::Program;
use super::limits::Limits;
use super::{RiskBudget, RiskBudgetError, fractions, held, whole};
use crate::estimate::covariance::Covariance;
use crate::optimize::problem::constraint::Constraint;
use crate::risk::decompose::decompose_volatility;

/// Weights within limits whose contributions to volatility are as near to their budgets as those allow.
///
/// ```
/// use evenkeel_quant::allocate::risk_budget::constrained::constrained_risk_budget;
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::problem::constraint::{Constraint, Rule};
/// let covariance = Covariance::from_volatilities(&[0.15, 0.05], &[1.0, 0.2, 0.2, 1.0])?;
/// let cap = Rule::Weights { at_least: vec![0.0; 2], at_most: vec![1.0, 0.7] };
/// let found = constrained_risk_budget(&covariance, &[1.0, 1.0], &[Constraint { label: "bonds ≤ 70 %".into(), rule: cap }])?;
/// assert!((found.weights[1] - 0.7).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskBudgetError`], for the first thing that is wrong.
pub fn constrained_risk_budget(
    covariance: &Covariance,
    budgets: &[f64],
    constraints: &[Constraint],
) -> Result<RiskBudget, RiskBudgetError> {
    let budgets = fractions(covariance.size(), budgets)?;
    let limits = Limits::read(covariance.size(), constraints)?;
    let (held, held_budgets) = held(&budgets);
    let mut matrix = covariance.matrix().select(&held, &held);
    let variances = matrix.diagonal();
    if let Some(at) = variances.iter().position(|variance| *variance <= 0.0) {
        return Err(RiskBudgetError::Riskless { index: held[at] });
    }
    // In units in which the start, each asset by its budget and its own volatility, has risk 1.
    let start = whole(&held_budgets.iter().zip(&variances).map(|(budget, variance)| (budget / variance).sqrt()).collect::<Vec<_>>());
    let unit = start.iter().zip(&variances).map(|(y, variance)| y * y * variance).sum::<f64>();
    for entry in matrix.values_mut() {
        *entry /= unit;
    }
    let blocks = limits.blocks(&held, 0);
    let program = Program {
        quadratic: Some(&matrix),
        linear: vec![0.0; held.len()],
        budgets: &held_budgets,
        rows: blocks.iter().map(AsRef::as_ref).collect(),
    };
    let optimum = program.solve(start);
    let weights = optimum.weights(&held, budgets.len());
    limits.check(&weights)?;
    optimum.check()?;
    let parts = decompose_volatility(covariance, &weights);
    Ok(RiskBudget {
        weights,
        risk: parts.volatility,
        contributions: parts.fraction,
        residual: optimum.residual,
        iterations: optimum.iterations,
    })
}
