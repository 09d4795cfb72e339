//! Whether every limit is kept, before and after, and what a shock would do.
//!
//! [`Rules`] binds a policy's limits to a universe once; after that, measuring a [`State`] is a
//! walk over its positions.
//!
//! [`State`]: crate::portfolio::State

use evenkeel_ledger::number::Money;
use serde::Serialize;

use crate::diagnostic::Location;

mod limits;

mod select;

mod stress;

pub use limits::{Measurement, Rules};
pub use stress::StressTests;

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

/// How a limit came to be broken after a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// It was kept before, or the proposal does not bring it closer to being kept.
    Active,
    /// It was broken before, and the proposal brings it closer to being kept without curing it.
    Passive,
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
    /// Room left after: zero exactly at the limit, below zero where broken.
    pub slack: Option<f64>,
    /// How it stands before.
    pub status_before: Status,
    /// How it stands after.
    pub status_after: Status,
    /// Where it is broken after, how that came about.
    pub breach: Option<Breach>,
    /// Whether breaking it refuses a proposal.
    pub hard: bool,
    /// How much of the value after is measured: for a score, the share of what is selected that
    /// has the score; otherwise the share of the portfolio of which it is known whether it is
    /// selected, because it has the attributes asked for.
    pub covered: f64,
    /// Where the policy states it.
    pub location: Option<Location>,
}

impl Check {
    /// Whether it refuses the proposal: a hard limit, actively broken.
    pub fn refuses(&self) -> bool {
        self.hard && self.breach == Some(Breach::Active)
    }
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
