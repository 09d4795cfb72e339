//! Whether every limit is kept, before and after, and what a shock would do.
//!
//! [`Rules`] binds a policy's limits to a universe once; after that, measuring a [`State`] is a
//! walk over its positions.
//!
//! [`State`]: crate::portfolio::State

use evenkeel_ledger::number::Money;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::policy::Law;
use crate::words::percent;

mod reading;

mod risk;

mod linear;

mod limits;

mod stress;

mod validate;

pub use limits::{Measurement, Reached, Rules};
pub use linear::LinearLimit;
pub use risk::unmeasured;
pub use stress::StressTests;
pub use validate::{Overweight, Validation, consider_trimming, validate};

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
    /// Trades took what it is about the wrong way: more of it was bought, or less is held of what there must be.
    Active,
    /// Trades leave what it is about alone, whose weight costs, flows and the market change; or it was broken before, and they bring
    /// it nearer to being kept.
    Passive,
}

/// One limit of the policy, before and after a proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// The limit's name, with the value of the attribute where it holds for each.
    pub limit: String,
    /// What it binds: `weight` (a fraction), `value` (in the base currency), `score`, or a measure of risk: `variance`, `volatility`,
    /// `tracking_error`, `value_at_risk`, `conditional_value_at_risk`.
    pub measure: &'static str,
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
    /// Where the market alone broke it, before or after, and its law tolerates that: the section of law that does. Null where nothing is
    /// known of how it came to be broken, and of what is no limit of such a law.
    pub tolerated: Option<&'static str>,
    /// Whether breaking it refuses a proposal.
    pub hard: bool,
    /// How much of the value after is measured: for a score, the share of what is selected that
    /// has the score; otherwise the share of the portfolio of which it is known whether it is
    /// selected, because it has the attributes asked for.
    pub covered: f64,
    /// Only what is above this weight counts, together; `None` where each counts by itself.
    #[serde(skip)]
    pub above: Option<f64>,
    /// The law that it is of, where that is not tested every day.
    #[serde(skip)]
    pub law: Option<Law>,
    /// What a limit on risk rests on, in words; null of what is no limit on risk.
    pub basis: Option<String>,
    /// Where the policy states it.
    pub location: Option<Location>,
}

impl Check {
    /// Whether it refuses the proposal: a hard limit, actively broken.
    pub fn refuses(&self) -> bool {
        self.hard && self.breach == Some(Breach::Active)
    }

    /// What is wrong with it after, if anything: an error where it refuses a proposal. What its law tolerates is not wrong.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        if self.tolerated.is_some() {
            return None;
        }
        let bound = if self.bound == "at_most" { "at most" } else { "at least" };
        let allowed = self.display(self.value);
        let measured = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |value| self.display(value));
        let (before, after) = (measured(self.before), measured(self.after));
        let diagnostic = match (self.status_after, self.breach) {
            (Status::Broken, Some(Breach::Passive)) => {
                let how = if self.status_before == Status::Broken { "still broken" } else { "broken, and not by what is traded" };
                let message = format!("the limit `{}` is {how}: {after} after {before}, where {bound} {allowed} is allowed", self.limit);
                Diagnostic::warning(Code::LIMIT_STILL_BROKEN, message)
            }
            (Status::Broken, breach) => {
                let message =
                    format!("the limit `{}` is broken: {after}, where {bound} {allowed} is allowed (before: {before})", self.limit);
                let refuses = self.hard && breach.is_some();
                let diagnostic =
                    if refuses { Diagnostic::error(Code::LIMIT_BROKEN, message) } else { Diagnostic::warning(Code::LIMIT_BROKEN, message) };
                diagnostic.help(self.remedy())
            }
            // Nothing is held that it could measure.
            (Status::Unknown, _) if self.covered >= 1.0 => return None,
            (Status::Unknown, _) => {
                let (why, help) = match self.measure {
                    "weight" | "value" | "score" => {
                        let covered = format!("{:.2} % of the value is covered", 100.0 * self.covered);
                        (covered, "give the attribute or score in the instruments file")
                    }
                    _ if self.basis.as_ref().is_some_and(|basis| basis.starts_with("history")) => (
                        "there is no history of all that is held".to_owned(),
                        "give prices or returns over time of the first instrument of each leaf, or write `basis = \"assumptions\"`",
                    ),
                    "tracking_error" => (
                        "there are no volatilities and correlations of all classes that are held, or no weights of targets".to_owned(),
                        "state them in the assumptions, and weights in the policy; or write `basis = \"history\"`",
                    ),
                    _ => (
                        "there are no volatilities and correlations of all classes that are held".to_owned(),
                        "state them in the assumptions, or write `basis = \"history\"`",
                    ),
                };
                Diagnostic::warning(Code::LIMIT_UNKNOWN, format!("the limit `{}` cannot be told: {why}", self.limit)).help(help)
            }
            (Status::Kept | Status::AtLimit, _) => return None,
        };
        Some(match &self.location {
            Some(location) => diagnostic.at(location.clone()),
            None => diagnostic,
        })
    }

    /// What can be done about it. Planners steer by limits that are linear in values; the others they cannot keep in view.
    fn remedy(&self) -> String {
        match self.above {
            _ if self.is_risk() => "no planner trades toward less risk: give less weight to the classes that carry most of it, which \
                 `evenkeel risk` names, or change the limit"
                .to_owned(),
            Some(above) => format!(
                "no planner looks at what is above {} together: bound each with a limit that one does (`each`, `at_most`), lower the \
                 targets of the largest, leave them alone for the day (`rebalance --leave`), or change the limit",
                percent(above)
            ),
            None => "change the targets or bands so that the limit is kept, or the limit".to_owned(),
        }
    }

    /// Whether it is on the risk of everything held.
    fn is_risk(&self) -> bool {
        !matches!(self.measure, "weight" | "value" | "score")
    }

    /// Whether it cannot be told although something is held that it is about.
    pub fn is_untold(&self) -> bool {
        self.status_after == Status::Unknown && self.covered < 1.0
    }

    /// Whether what cannot be told of it may break it: less than a ceiling allows cannot by itself.
    pub fn may_be_broken(&self) -> bool {
        self.is_untold() && !(self.bound == "at_most" && self.after.is_some_and(|after| after <= self.value))
    }

    fn display(&self, value: f64) -> String {
        match self.measure {
            "value" | "score" => format!("{value:.2}"),
            "variance" => format!("{value:.6}"),
            _ => format!("{:.4} %", 100.0 * value),
        }
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
