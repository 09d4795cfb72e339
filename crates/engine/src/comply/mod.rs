//! Whether every limit is kept, before and after.

use evenkeel_ledger::number::Money;
use serde::Serialize;

use crate::diagnostic::Location;

/// How a limit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Kept, with slack.
    Kept,
    /// Kept, exactly at the limit.
    AtLimit,
    /// Broken.
    Broken,
    /// Cannot be told: nothing that it selects has the attribute it needs.
    Unknown,
}

/// One limit of the policy, before and after a proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// The limit's name, with the value of the attribute where it holds for each.
    pub limit: String,
    /// `at_most` or `at_least`.
    pub bound: &'static str,
    /// The limit.
    pub value: f64,
    /// What is measured, before.
    pub before: Option<f64>,
    /// What is measured, after.
    pub after: Option<f64>,
    /// Room left after; below zero where broken.
    pub slack: Option<f64>,
    /// How it stands before.
    pub status_before: Status,
    /// How it stands after.
    pub status_after: Status,
    /// Whether breaking it refuses a proposal.
    pub hard: bool,
    /// Share of the selected value that has the attribute measured; 1 for weights and values.
    pub covered: f64,
    /// Where the policy states it.
    pub location: Option<Location>,
}

/// What a stress scenario does to a portfolio.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StressResult {
    /// The scenario.
    pub scenario: String,
    /// Return of the portfolio, a fraction.
    pub portfolio_return: f64,
    /// Value before.
    pub value_before: Money,
    /// Value after.
    pub value_after: Money,
    /// Whether value after is strictly above the scenario's survival fraction of value before.
    pub survives: bool,
    /// Contribution to the return by shock, in the order of the scenario.
    pub contributions: Vec<(String, f64)>,
}
