//! What to trade, where and in which lots, what it costs and why: the rules planner.
//!
//! [`Context`] binds a policy to a universe and a day, [`Situation`] is one household in it, and
//! [`propose_trades`] plans every way there is to go, and writes down the one that is chosen.

use evenkeel_ledger::number::{Money, NumberError};

use crate::drift::{Decision, Gauge};
use crate::policy::{Destination, Mode, Planner};

mod balance;

mod context;

mod destination;

mod document;

mod flows;

mod gain_budget;

mod harvest;

mod harvested;

mod list;

mod locate;

mod located;

mod locks;

mod look_through;

mod lots;

mod orders;

mod planner;

mod position;

mod rearrange;

mod returns;

mod rounding;

mod settle;

mod situation;

mod spread;

mod tax_lots;

mod taxed;

mod taxes;

mod washed;

mod optimal;

mod ways;

pub use context::Context;
pub use gain_budget::unkept_budget;
pub use harvest::{TrackingError, harvest};
pub use harvested::{Harvest, HarvestTotals, HarvestedLoss, LeftLoss};
pub use list::{CashLine, LotSale, NotTraded, Side, Trade, TradeList, Way};
pub use locate::{LocateError, locate};
pub use located::{AnnualAmount, AnnualComparison, Leg, Located, Move, Payback, Place};
pub use locks::{LossSale, knows_washes};
pub use optimal::{Conflict, Edit, Optimum, Proof, Terms, Tracking, Weighing};
pub use situation::Situation;
pub use taxes::{GainBudget, LockedBuy, TaxReturn, Taxes, WashCheck, Washed};
pub use ways::Comparison;

/// The chosen way and those it was compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Name of the chosen way in `ways`.
    pub chosen: String,
    /// All ways.
    pub ways: Vec<Way>,
    /// What the chosen way trades.
    pub list: TradeList,
    /// What they do to taxes.
    pub taxes: Taxes,
    /// Value by sleeve after it.
    pub after: Vec<f64>,
    /// What the joint planner proves of it; `None` where the rules planner made it.
    pub optimum: Option<Optimum>,
}

/// Plans every way, and writes down the one that the decision calls for; tersely, without reasons, what is not traded, and taxes.
///
/// `targets` are the target weights by sleeve that `gauge` measures against, after cash reserves. With `weighing` the joint
/// planner's way is among them, and every way is measured by its objective.
///
/// # Errors
/// An amount out of range.
pub fn propose_trades(
    context: &Context<'_>,
    situation: &Situation<'_>,
    gauge: &Gauge<'_>,
    targets: &[f64],
    decision: &Decision,
    destination: Destination,
    weighing: Option<&Weighing<'_>>,
) -> Result<Planned, NumberError> {
    let rules = &context.policy.rebalance;
    let by_rules = match decision {
        Decision::Hold { .. } => "do_nothing",
        Decision::CashFlow { .. } => "cash_flow_only",
        Decision::Rebalance { .. } if rules.mode == Mode::CashOnly => "cash_flow_only",
        Decision::Rebalance { .. } => ways::name(destination),
    };
    let is_optimal = rules.planner == Planner::Optimal && weighing.is_some() && by_rules != "do_nothing";
    let chosen = if is_optimal { ways::OPTIMAL } else { by_rules };
    let asked = ways::Asked { destination, by_rules, chosen, weighing };
    let compared = ways::compare(context, situation, gauge, &asked)?;
    let before = document::weights_of(&situation.sleeve_values(context.sleeves.len()));
    let mut list = TradeList::empty(context.currency());
    let mut after = Vec::new();
    let mut taxes = Taxes::default();
    let mut optimum = None;
    if let Some(way) = compared.iter().find(|way| way.way.name == chosen) {
        let weights_after = document::weights_of(&way.plan.after);
        let weights = document::Weights { before: &before, target: targets, after: &weights_after };
        let mode = way.aim.map(|aim| aim.mode);
        list = document::write_down(context, situation, &way.plan, &weights, mode)?;
        if !context.is_terse {
            taxes = taxes::write_down(context, situation, &way.plan)?;
        }
        after.clone_from(&way.plan.after);
        optimum.clone_from(&way.optimum);
        if let Some(weighing) = weighing.filter(|_| is_optimal && !context.is_terse) {
            let tracking = way.optimum.as_ref().map_or(&[][..], |optimum| &optimum.tracking);
            optimal::explain(context, situation, weighing, tracking, &way.plan, mode, &mut list)?;
        }
    }
    Ok(Planned { chosen: chosen.to_owned(), ways: compared.into_iter().map(|way| way.way).collect(), list, taxes, after, optimum })
}

/// Plans one way toward a destination, under the policy's scope and mode, without comparing it or
/// writing it down: number of trades, and cash by account afterwards.
///
/// # Errors
/// An amount out of range.
pub fn plan_trades(context: &Context<'_>, situation: &Situation<'_>, destination: Destination) -> Result<(usize, Vec<Money>), NumberError> {
    let rules = &context.policy.rebalance;
    let plan = taxed::plan(context, situation, Some(destination::Aim { destination, scope: rules.scope, mode: rules.mode }))?;
    Ok((plan.trades(), plan.accounts.iter().map(|account| account.cash_after).collect()))
}
