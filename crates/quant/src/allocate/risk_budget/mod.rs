//! Weights whose contributions to risk are as budgeted.
//!
//! wᵢ ∂ρ(w)/∂wᵢ ÷ ρ(w) = bᵢ for each asset, Σwᵢ = 1, wᵢ > 0
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | b | `budgets` | n | parts of the risk in any one unit, at least 0; divided by their sum |
//! | ρ | the volatility, or the conditional value at risk | 1 | a period |
//! | w | [`weights`](RiskBudget::weights) | n | fractions that sum to 1 |
//!
//! Equal budgets make equal risk contributions (risk parity). The weights are unique: up to their scale
//! they minimize the convex ρ(y) − Σ bᵢ ln yᵢ. An asset without a budget is not held. (It could also hedge
//! the others until its marginal risk is 0, and contribute nothing so; whoever budgets nothing for an asset
//! does not mean that.) (B. Bruder, T. Roncalli, *Managing Risk Exposures using the Risk Budgeting
//! Approach*, 2012; F. Spinu, *An Algorithm for Computing Risk Parity Weights*, 2013.)

// Budgets of the volatility.
pub mod volatility;

mod interior_point;

mod limits;

// Budgets of the volatility with limits on weights.
pub mod constrained;

// Budgets of the conditional value at risk, from scenarios.
pub mod cvar;

use crate::linear::vector::sum;

/// Weights, and the contributions that they make.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskBudget {
    /// Fractions of portfolio value; sum to 1.
    pub weights: Vec<f64>,
    /// Risk of the portfolio, a period.
    pub risk: f64,
    /// Each asset's part of the risk; sums to 1.
    pub contributions: Vec<f64>,
    /// Greatest violation of the conditions of an optimum: without limits, the greatest difference between
    /// a contribution and its budget.
    pub residual: f64,
    /// Steps of Newton's method.
    pub iterations: usize,
}

/// Why there are no weights of such contributions.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RiskBudgetError {
    /// There is nothing to hold.
    #[error("there are no assets, and weights must sum to 1")]
    NoAssets,
    /// Not one budget an asset.
    #[error("{assets} assets need {assets} budgets, and {found} are given")]
    Length {
        /// Number of assets.
        assets: usize,
        /// Budgets given.
        found: usize,
    },
    /// A budget below zero or not finite.
    #[error("budget {index} is {value}; it must be at least 0")]
    Budget {
        /// The asset.
        index: usize,
        /// Its budget.
        value: f64,
    },
    /// No budget above zero.
    #[error("no budget is above 0, so that nothing would be held")]
    NoBudget,
    /// An asset that has a budget but no risk of its own.
    #[error("asset {index} has no risk to fill its budget with; give it the budget 0, and a weight of its own outside")]
    Riskless {
        /// The asset.
        index: usize,
    },
    /// Assets that cancel out, so that no part of the risk is left to divide.
    #[error("the assets with budgets hedge one another completely: there is a portfolio of them without risk, and nothing to divide")]
    RisklessPortfolio,
    /// A constraint on other things than weights, or not of one number an asset.
    #[error("`{label}` is not a limit on the weights of these assets, or on sums of them, which is what risk budgets can be held to")]
    Constraint {
        /// The constraint's label.
        label: String,
    },
    /// Limits that no weights of these assets satisfy.
    #[error("no weights satisfy all limits: the nearest found break `{label}` by {violation:.6}")]
    Infeasible {
        /// The label of a limit that is broken.
        label: String,
        /// By how much.
        violation: f64,
    },
    /// A confidence that is not within 0 to 1, or leaves no scenario.
    #[error("a confidence of {confidence} with {scenarios} scenarios has no tail: it must be at least 0 and below 1")]
    Confidence {
        /// The confidence.
        confidence: f64,
        /// Number of scenarios.
        scenarios: usize,
    },
    /// A return that is not a finite number.
    #[error("the return of asset {asset} in scenario {scenario} is not a finite number")]
    Return {
        /// The scenario.
        scenario: usize,
        /// The asset.
        asset: usize,
    },
    /// Numbers too near to singular.
    #[error("the contributions come only within {residual:e} of their budgets: the assets are too near to hedging one another completely")]
    Unsolved {
        /// Greatest difference between a contribution and its budget.
        residual: f64,
    },
}

/// Budgets as fractions that sum to 1.
fn fractions(assets: usize, budgets: &[f64]) -> Result<Vec<f64>, RiskBudgetError> {
    if budgets.len() != assets {
        return Err(RiskBudgetError::Length { assets, found: budgets.len() });
    }
    if assets == 0 {
        return Err(RiskBudgetError::NoAssets);
    }
    if let Some((index, value)) = budgets.iter().copied().enumerate().find(|(_, value)| !value.is_finite() || *value < 0.0) {
        return Err(RiskBudgetError::Budget { index, value });
    }
    if budgets.iter().all(|budget| *budget == 0.0) { Err(RiskBudgetError::NoBudget) } else { Ok(whole(budgets)) }
}

/// Assets with a budget, and their budgets.
fn held(budgets: &[f64]) -> (Vec<usize>, Vec<f64>) {
    budgets.iter().copied().enumerate().filter(|(_, budget)| *budget > 0.0).unzip()
}

/// Parts of their sum.
fn whole(parts: &[f64]) -> Vec<f64> {
    let total = sum(parts);
    parts.iter().map(|part| part / total).collect()
}
