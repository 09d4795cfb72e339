//! `evenkeel rebalance`: whether to trade, what, where and in which lots, and why.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use evenkeel::comply::Check;
use evenkeel::cost::CostModel;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::drift::ReviewHistory;
use evenkeel::policy::{CashFlow, Mode, Planner, Policy};
use evenkeel::run::{Proposal, Subject};
use evenkeel::trade::Conflict;
use evenkeel::words;
use evenkeel_io::page::{Page, Tone};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Rounding};
use serde::Serialize;

use crate::audit::{Facts, Objection, audit};
use crate::edits::{self, Leave, Pin};
use crate::evidence::About;
use crate::exit::Status;
use crate::inputs::{InputArguments, Inputs};
use crate::recorded::record;
use crate::render::proposal;

use super::{Document, Outcome};

/// Arguments of `evenkeel rebalance`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// What is asked of the day.
    #[command(flatten)]
    pub day: DayArguments,
}

/// What is asked of the day.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "The day")]
pub struct DayArguments {
    /// Money that comes in on the day, in the base currency, into an account or where there is room.
    #[arg(long, value_name = "AMOUNT[@ACCOUNT]")]
    pub contribute: Vec<Flow>,
    /// Money that goes out on the day.
    #[arg(long, value_name = "AMOUNT[@ACCOUNT]")]
    pub withdraw: Vec<Flow>,
    /// Which planner makes the trades, whatever the policy says.
    #[arg(long, value_name = "PLANNER")]
    pub planner: Option<PlannerName>,
    /// An instrument that the joint planner leaves alone, in one account or in all.
    #[arg(long, value_name = "SYMBOL[@ACCOUNT]")]
    pub leave: Vec<Leave>,
    /// A trade that the joint planner makes in any case, in the base currency: below zero for a sale.
    #[arg(long, value_name = "SYMBOL@ACCOUNT=AMOUNT")]
    pub pin: Vec<Pin>,
    /// When the household was last traded, for cooldowns.
    #[arg(long, value_name = "DATE")]
    pub last_rebalance: Option<Date>,
    /// When the household was last looked at, for look intervals.
    #[arg(long, value_name = "DATE")]
    pub last_review: Option<Date>,
}

/// A planner, as it is named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlannerName {
    /// A cascade that can be recited.
    Rules,
    /// One decision over all lots, accounts and instruments, with a proven gap.
    Optimal,
}

impl PlannerName {
    /// The policy with this planner.
    pub fn set(self, policy: &mut Policy) {
        policy.rebalance.planner = match self {
            Self::Rules => Planner::Rules,
            Self::Optimal => Planner::Optimal,
        };
    }
}

/// An amount above zero, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    amount: Decimal,
    account: Option<String>,
}

impl FromStr for Flow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (amount, account) = text.split_once('@').map_or((text, None), |(amount, account)| (amount, Some(account.to_owned())));
        let amount: Decimal = amount.parse().map_err(|error: NumberError| error.to_string())?;
        if !amount.is_positive() {
            return Err("the amount must be above zero".to_owned());
        }
        if account.as_deref() == Some("") {
            return Err("the account after `@` is empty".to_owned());
        }
        Ok(Self { amount, account })
    }
}

impl fmt::Display for Flow {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.amount)?;
        self.account.iter().try_for_each(|account| write!(f, "@{account}"))
    }
}

/// A proposal and what the auditor says of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rebalance {
    /// The proposal.
    pub proposal: Proposal,
    /// What the auditor objects to; always empty, unless Evenkeel has a defect.
    pub objections: Vec<Objection>,
    /// How holdings and journal contradict one another, where both are there and do: nothing should be traded before one is corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
}

/// Proposes and audits.
pub fn run(arguments: &Arguments) -> Outcome {
    match arguments.inputs.load() {
        Ok(mut inputs) => {
            inputs.provenance.arguments = record(arguments);
            report(inputs, &arguments.day)
        }
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

/// Proposes for the inputs of a run, and has the proposal audited.
pub fn report(mut inputs: Inputs, day: &DayArguments) -> Outcome {
    if let Some(planner) = day.planner {
        planner.set(&mut inputs.policy);
    }
    match decided(&inputs, day) {
        Ok(document) => judged(&document.proposal.checks, document.proposal.refused, &document.objections).of(inputs.warnings, document),
        Err((status, told)) => {
            let diagnostics = inputs.warnings.into_iter().chain(told).collect();
            if status == Status::Invalid { Outcome::invalid(diagnostics) } else { Outcome { status, diagnostics, document: None } }
        }
    }
}

/// Proposes for inputs, and has the proposal audited.
///
/// # Errors
/// How it ended without a proposal, and why.
pub(super) fn decided(inputs: &Inputs, day: &DayArguments) -> Result<Rebalance, (Status, Vec<Diagnostic>)> {
    let invalid = |told: Vec<Diagnostic>| (Status::Invalid, told);
    let edits = edits::bind(inputs, &day.leave, &day.pin).map_err(invalid)?;
    let flows = day.flows(inputs);
    let history = ReviewHistory { last_review: day.last_review, last_rebalance: day.last_rebalance };
    let subject = Subject { household: &inputs.household, holdings: &inputs.holdings, flows: &flows, sold: &inputs.sold, history };
    let proposal = inputs.mandate().editing(&edits).propose(&subject, inputs.provenance.clone()).map_err(invalid)?;
    let conflict = proposal.optimum.as_ref().and_then(|optimum| optimum.conflict.as_ref());
    if let Some(conflict) = conflict.filter(|_| !edits.is_empty() && proposal.trades.is_empty()) {
        return Err((Status::Refused, vec![cannot_be_kept(conflict)]));
    }
    let short = cash_not_raised(inputs, &proposal);
    if !short.is_empty() {
        return Err((Status::Refused, short));
    }
    let facts = Facts {
        policy: &inputs.policy,
        universe: &inputs.universe,
        market: &inputs.market,
        assumptions: inputs.assumptions.as_ref(),
        household: &inputs.household,
        holdings: &inputs.holdings,
        flows: &flows,
        sold: &inputs.sold,
    };
    let objections = audit(&facts, &proposal).map_err(|error| {
        let unaudited = Diagnostic::error(Code::AMOUNT_TOO_LARGE, format!("the proposal cannot be audited: {error}"));
        invalid(vec![unaudited.help("check the numbers of the policy and the assumptions")])
    })?;
    Ok(Rebalance { proposal, objections, contradiction: inputs.contradiction.clone() })
}

/// Rules and decisions that exclude one another.
fn cannot_be_kept(conflict: &Conflict) -> Diagnostic {
    let rules: Vec<&str> = conflict.rules.iter().map(String::as_str).collect();
    let message = format!("these cannot all be kept: {}", words::listed(&rules));
    let missed = words::percent(conflict.missed);
    Diagnostic::error(Code::ARGUMENT, message)
        .help(format!("any one of them can be given up for the others; together they are missed by {missed} of the value at the least"))
}

/// How proposed trades ended, and what is told of them.
pub(super) struct Judged {
    status: Status,
    diagnostics: Vec<Diagnostic>,
}

impl Judged {
    /// The outcome with a document, after the warnings of its inputs.
    pub(super) fn of(self, mut warnings: Vec<Diagnostic>, document: impl Document + 'static) -> Outcome {
        warnings.extend(self.diagnostics);
        Outcome { status: self.status, diagnostics: warnings, document: Some(Box::new(document)) }
    }
}

/// What limits and the auditor say of proposed trades.
pub(super) fn judged(checks: &[Check], refused: bool, objections: &[Objection]) -> Judged {
    let status = match (objections.is_empty(), refused) {
        (false, _) => Status::Defect,
        (true, true) => Status::Refused,
        (true, false) => Status::Done,
    };
    let diagnostics = checks.iter().filter_map(Check::diagnostic).chain(objections.iter().map(objected));
    Judged { status, diagnostics: diagnostics.collect() }
}

/// Accounts from which more is to go out than they can raise.
fn cash_not_raised(inputs: &Inputs, proposal: &Proposal) -> Vec<Diagnostic> {
    // Where nothing is left of the household, nothing was planned.
    let planned = proposal.value_with_flows.is_positive() || inputs.policy.rebalance.mode == Mode::BuyOnly;
    let short = proposal.cash.iter().filter(|line| line.flows.is_negative() && line.after.is_negative());
    let told = short.filter_map(|line| {
        let after = if planned { line.after } else { line.after.try_add(all_sold(inputs, &line.account).ok()?).ok()? };
        let (out, missing) = (words::amount(line.flows.abs()), words::amount(after.abs()));
        let message = format!("{out} are to go out of the account `{}`, which is {missing} more than can be raised in it", line.account);
        let told = Diagnostic::error(Code::CASH_NOT_RAISED, message);
        after.is_negative().then(|| told.help(withdraw_otherwise(inputs, proposal, &line.account)))
    });
    told.collect()
}

/// How to raise less, or what stands in the way of raising more.
fn withdraw_otherwise(inputs: &Inputs, proposal: &Proposal, account: &str) -> String {
    let kept = proposal.taxes.kept.iter().filter(|kept| kept.account.as_deref() == Some(account));
    let kept = Money::sum(inputs.policy.base_currency, kept.map(|kept| kept.value.abs())).ok().filter(|kept| kept.is_positive());
    let otherwise = "withdraw less, or from another account: `--withdraw AMOUNT@ACCOUNT`";
    match kept {
        None => otherwise.to_owned(),
        Some(kept) => {
            let kept = words::amount(kept);
            format!("{otherwise}; lots worth {kept} are kept in it for tax, which `wash_sales` and `gain_budget` of `[tax]` decide")
        }
    }
}

/// What an account would bring if all that may be sold were sold, costs taken off.
fn all_sold(inputs: &Inputs, account: &str) -> Result<Money, NumberError> {
    let costs = CostModel::new(&inputs.policy.costs, &inputs.universe, &inputs.market, inputs.assumptions.as_ref());
    let valued = inputs.mandate().value(&inputs.holdings).map(|portfolio| portfolio.accounts).unwrap_or_default();
    let held = inputs.household.find_account(account).and_then(|id| valued.get(id.index()));
    let positions = held.map(|account| account.positions.as_slice()).unwrap_or_default();
    let sold = positions.iter().filter(|position| position.value.is_positive() && may_sell(inputs, position.instrument));
    sold.map(|position| position.value.to_cents(Rounding::HalfEven)?.try_sub(costs.charge(position.instrument, position.value)?.total))
        .try_fold(Money::zero(inputs.policy.base_currency), |sum, net| sum.try_add(net?))
}

fn may_sell(inputs: &Inputs, id: InstrumentId) -> bool {
    inputs.universe.get(id).is_some_and(|instrument| instrument.trading.state_on(inputs.market.as_of).may_sell())
}

/// An objection is our own bug, and is told as one.
pub(crate) fn objected(objection: &Objection) -> Diagnostic {
    let about: Vec<&str> = objection.account.iter().chain(&objection.subject).map(String::as_str).collect();
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
    let message = format!(
        "the auditor objects to this proposal: {}{about}: expected {}, found {}",
        objection.rule.replace('_', " "),
        objection.expected,
        objection.found
    );
    Diagnostic::error(Code::OBJECTION, message).help(
        "do not trade on it: this is a defect of Evenkeel, not of your files; run again with `--json --out evidence.json` and send that file with a report",
    )
}

impl DayArguments {
    /// The flows that the arguments state.
    fn flows(&self, inputs: &Inputs) -> Vec<CashFlow> {
        let flow = |flow: &Flow, amount: Decimal| CashFlow {
            date: inputs.market.as_of,
            amount: Money::new(amount, inputs.policy.base_currency),
            account: flow.account.clone(),
            purpose: None,
        };
        let contributions = self.contribute.iter().map(|given| flow(given, given.amount));
        contributions.chain(self.withdraw.iter().map(|given| flow(given, given.amount.neg()))).collect()
    }
}

impl Document for Rebalance {
    fn page(&self) -> Page {
        // A proposal that does not hold is evidence of a defect, and nothing to act on.
        if !self.objections.is_empty() {
            return Page::of_verdict("DEFECT", Tone::Bad, "do not trade.");
        }
        let mut page = proposal::books(self.contradiction.as_deref());
        page.append(proposal::render(&self.proposal));
        page
    }

    fn about(&self) -> About {
        About::household(&self.proposal.household, &self.proposal.policy, self.proposal.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_flows() {
        let flow: Flow = "1500.50@roth".parse().unwrap();
        assert_eq!((flow.amount.to_string(), flow.account.as_deref()), ("1500.5".to_owned(), Some("roth")));
        assert_eq!("1000".parse::<Flow>().unwrap().account, None);
        assert!("-5".parse::<Flow>().is_err());
        assert!("0".parse::<Flow>().is_err());
        assert!("10@".parse::<Flow>().is_err());
        assert!("ten".parse::<Flow>().is_err());
    }
}
