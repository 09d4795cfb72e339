//! Budgets of the conditional value at risk, from scenarios.
//!
//! minimize ln ρ(w) − Σ bᵢ ln wᵢ subject to Σwᵢ = 1 and the limits,
//! ρ(w) = min over α of α + Σₜ max(−xₜ·w − α, 0) ÷ ((1 − β) T)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `scenarios` | T × n | returns, a fraction a period |
//! | β | `confidence` | 1 | 0 to 1, as 0.95 |
//! | b | `budgets` | n | parts of the risk, at least 0; divided by their sum |
//! | ρ | [`risk`](RiskBudget::risk) | 1 | a loss, a fraction a period |
//!
//! An asset contributes wᵢ Σₜ pₜ (−xₜᵢ) to ρ, with pₜ the weight of scenario t in the tail: 1 ÷ ((1 − β) T)
//! beyond the value at risk, 0 short of it. Of scenarios exactly at it, of which an optimum has several, p is
//! what makes the contributions the budgets. (R. T. Rockafellar, S. Uryasev, *Optimization of Conditional
//! Value-at-Risk*, 2000, equation 9; K. Boudt, P. Carl, B. G. Peterson, *Asset Allocation with Conditional
//! Value-at-Risk Budgets*, 2013.)

use super::interior_point::{Program, Rows};
use super::limits::{DenseRows, Limits};
use super::{RiskBudget, RiskBudgetError, fractions, held, whole};
use crate::linear::matrix::Matrix;
use crate::linear::product::transposed_times;
use crate::linear::vector::{count, dot, sum};
use crate::optimize::problem::constraint::Constraint;

/// Weights whose contributions to the conditional value at risk are as budgeted, or as near as the limits
/// allow.
///
/// ```
/// use evenkeel_quant::{allocate::risk_budget::cvar::risk_budget_cvar, linear::matrix::Matrix};
/// let scenarios = Matrix::from_rows(4, 2, &[-0.08, -0.02, 0.05, -0.01, -0.02, 0.02, 0.06, 0.01])?;
/// let found = risk_budget_cvar(&scenarios, 0.5, &[1.0, 1.0], &[])?;
/// assert!((found.contributions[0] - 0.5).abs() < 1e-12 && found.weights[0] < found.weights[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskBudgetError`], for the first thing that is wrong.
pub fn risk_budget_cvar(
    scenarios: &Matrix,
    confidence: f64,
    budgets: &[f64],
    constraints: &[Constraint],
) -> Result<RiskBudget, RiskBudgetError> {
    let budgets = fractions(scenarios.columns(), budgets)?;
    let limits = Limits::read(scenarios.columns(), constraints)?;
    check(scenarios, confidence)?;
    let (held, held_budgets) = held(&budgets);
    let size = scenarios.rows();
    let mean_square = |values: &[f64]| dot(values, values) / count(size);
    // The start: each asset by its budget and its own root mean square, in units in which its risk is 1.
    let mut start = Vec::with_capacity(held.len() + 1);
    for (asset, budget) in held.iter().zip(&held_budgets) {
        let square = mean_square(scenarios.column(*asset));
        if square <= 0.0 {
            return Err(RiskBudgetError::Riskless { index: *asset });
        }
        start.push((budget / square).sqrt());
    }
    let start = whole(&start);
    let returns = Matrix::from_fn(size, held.len(), |row, column| scenarios.get(row, held[column]));
    let unit = held.iter().zip(&start).map(|(asset, y)| y * y * mean_square(scenarios.column(*asset))).sum::<f64>().sqrt();
    // Losses beyond α, a row a scenario: −x·y − α.
    let losses = DenseRows {
        matrix: Matrix::from_fn(
            size,
            held.len() + 1,
            |row, column| if column < held.len() { -returns.get(row, column) / unit } else { -1.0 },
        ),
        cost: 1.0 / ((1.0 - confidence) * count(size)),
    };
    let mut linear = vec![0.0; held.len()];
    linear.push(1.0);
    let blocks = limits.blocks(&held, 1);
    let rows: Vec<&dyn Rows> = std::iter::once(&losses as &dyn Rows).chain(blocks.iter().map(AsRef::as_ref)).collect();
    let program = Program { quadratic: None, linear, budgets: &held_budgets, rows };
    let optimum = program.solve(start.into_iter().chain([1.0]).collect());
    let weights = optimum.weights(&held, budgets.len());
    limits.check(&weights)?;
    optimum.check()?;
    let marginal = transposed_times(&losses.matrix, &optimum.multipliers[0]);
    let mut contributions = vec![0.0; budgets.len()];
    for (asset, marginal) in held.iter().zip(marginal) {
        contributions[*asset] = weights[*asset] * marginal;
    }
    let risk = sum(&contributions);
    for contribution in &mut contributions {
        *contribution /= risk;
    }
    Ok(RiskBudget { weights, risk: risk * unit, contributions, residual: optimum.residual, iterations: optimum.iterations })
}

fn check(scenarios: &Matrix, confidence: f64) -> Result<(), RiskBudgetError> {
    if !(0.0..1.0).contains(&confidence) || scenarios.rows() == 0 {
        return Err(RiskBudgetError::Confidence { confidence, scenarios: scenarios.rows() });
    }
    match scenarios.values().iter().position(|value| !value.is_finite()) {
        Some(at) => Err(RiskBudgetError::Return { scenario: at % scenarios.rows(), asset: at / scenarios.rows() }),
        None => Ok(()),
    }
}
