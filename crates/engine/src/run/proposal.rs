//! [`Proposal`]: whether to trade, what, at what cost, and why.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Currency, Money};
use serde::Serialize;

use crate::boundary::to_f64;
use crate::comply::{Check, StressResult};
use crate::cost::Costs;
use crate::drift::{Decision, Drift};
use crate::market::Stale;
use crate::portfolio::State;
use crate::target::Reason;
use crate::trade::{CashLine, NotTraded, Optimum, Side, Taxes, Trade, Way};

/// Whether to trade, what, at what cost, and why: the answer for one household.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proposal {
    /// Version of this document's schema.
    pub schema_version: u32,
    /// What it was made of.
    pub provenance: Provenance,
    /// The household.
    pub household: String,
    /// The policy.
    pub policy: String,
    /// The date of the decision.
    pub as_of: Date,
    /// Currency of all amounts that name none.
    pub currency: Currency,
    /// Value of the household before trading and before the flows of the day.
    pub value: Money,
    /// Value of the household before trading, with the flows of the day: what weights, turnover and
    /// shares of value are fractions of.
    pub value_with_flows: Money,
    /// Whether to trade, and the rule that decided.
    pub decision: Decision,
    /// How the target weights came about.
    pub target_reasons: Vec<Reason>,
    /// The way that was chosen: its `name` in `ways`.
    pub chosen: String,
    /// Why it was chosen, in a sentence with numbers.
    pub explanation: String,
    /// The ways that were compared.
    pub ways: Vec<Way>,
    /// What to trade, by account and then instrument, sells first.
    pub trades: Vec<Trade>,
    /// What was considered and is not traded, and why.
    pub not_traded: Vec<NotTraded>,
    /// Cash of each account before and after.
    pub cash: Vec<CashLine>,
    /// Costs of all trades.
    pub costs: Costs,
    /// What the trades do to taxes.
    pub taxes: Taxes,
    /// What the joint planner's decision comes to and what is proven of it; `None` where the rules planner made the trades.
    pub optimum: Option<Optimum>,
    /// Drift before.
    pub before: Drift,
    /// Drift after.
    pub after: Drift,
    /// Every limit of the policy before and after.
    pub checks: Vec<Check>,
    /// Whether a hard limit is broken, so that the proposal may not be traded.
    pub refused: bool,
    /// Stress scenarios of the policy, after.
    pub stress: Vec<StressResult>,
    /// Prices and exchange rates of what is held that are too old to decide on; what they value is not traded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<Stale>,
    /// What else should be known.
    pub notes: Vec<String>,
    /// What this is not.
    pub disclaimer: &'static str,
}

impl Proposal {
    /// What the trades leave: values by instrument, and cash with the flows of the day.
    ///
    /// `before` is what the proposal was made of, as [`Measured`](super::Measured) has it.
    pub fn state_after(&self, before: &State, universe: &Universe) -> State {
        let traded = self.trades.iter().filter_map(|trade| {
            let gross = to_f64(trade.gross.amount());
            Some((universe.find(&trade.symbol)?, if trade.side == Side::Buy { gross } else { -gross }))
        });
        let cash = self.cash.iter().map(|line| to_f64(line.after.amount())).sum();
        State::new(before.values().iter().copied().chain(traded), cash)
    }
}

/// What a proposal was made of, so that it can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Provenance {
    /// Version of the program.
    pub version: String,
    /// SHA-256 of each input, by name, in order of name.
    pub inputs: Vec<(String, String)>,
    /// What was asked of the program, by name: the day, flows, and files other than those of the folder.
    pub arguments: Vec<(String, String)>,
}
