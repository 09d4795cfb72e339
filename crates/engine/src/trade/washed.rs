//! What the rule on wash sales makes of the losses of a plan, share by share, where the policy allows them.

use evenkeel_ledger::account::{AccountId, BasisMethod};
use evenkeel_ledger::event::{Event, EventDates, EventKind, Trade};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::number::{Money, Rounding};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};

use crate::tax::records::{Disposals, Records};
use crate::tax::us::wash;

use super::context::Context;
use super::list::Side;
use super::locks::knows_washes;
use super::lots::ChosenLots;
use super::planner::Plan;
use super::settle::Execution;
use super::situation::{AccountSituation, Situation};

/// What planned events are numbered after, so that no lot that is held bears the same number.
const PLANNED: u64 = 1_000_000_000_000;

/// The disposals of a plan with what is not allowed of its losses; `None` where wash sales are avoided, or there is none to
/// be looked for, or the books do not take the plan.
pub(super) fn disposals(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Option<Disposals> {
    if situation.avoids_washes || !knows_washes(situation.household) || plan.losses(context, situation).is_empty() {
        return None;
    }
    let accounts = situation.accounts.iter().map(|account| AccountHoldings::new(account.valued.lots.to_vec(), []));
    let opening = Holdings { as_of: context.as_of.add_days(-1).ok()?, accounts: accounts.collect::<Result<_, _>>().ok()? };
    let events = events(context, situation, plan)?;
    let sets = &context.identical;
    let records = Records { household: situation.household, sets, opening: &opening, events: &events, through: context.as_of };
    wash::replay(&records).ok()
}

/// The trades of a plan, account by account.
fn events(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Option<Vec<Event>> {
    let mut events = Vec::new();
    for (index, (account, settled)) in situation.accounts.iter().zip(&plan.accounts).enumerate() {
        let mut sales = plan.sales.get(index).into_iter().flatten();
        for execution in &settled.executions {
            let chosen = if execution.side == Side::Sell { sales.next() } else { None };
            let sequence = PLANNED.saturating_add(u64::try_from(events.len()).ok()?).saturating_add(1);
            let kind = kind(context, account, execution, chosen)?;
            let account = AccountId::from_index(index)?;
            events.push(Event { sequence, account, dates: EventDates::on(context.as_of), fx: None, kind });
        }
    }
    Some(events)
}

fn kind(context: &Context<'_>, account: &AccountSituation<'_>, execution: &Execution, chosen: Option<&ChosenLots>) -> Option<EventKind> {
    let in_books = |money: Money| context.market.fx.convert(money, account.account.currency, Rounding::HalfEven).ok();
    let lots = || chosen.into_iter().flat_map(|chosen| &chosen.lots);
    let selection = match (chosen, account.account.basis_method) {
        (None, _) => LotSelection::Strict,
        (Some(_), BasisMethod::Lots) => {
            LotSelection::Specific(lots().map(|sale| LotQuantity { lot: sale.lot.clone(), quantity: sale.quantity }).collect())
        }
        (Some(_), BasisMethod::AverageCost | BasisMethod::Pooled) => LotSelection::By(LotMethod::AverageCost),
    };
    let trade = Trade {
        instrument: execution.order.instrument,
        quantity: execution.quantity,
        gross: in_books(execution.gross)?,
        fees: in_books(execution.costs.total)?,
        selection,
    };
    Some(if execution.side == Side::Buy { EventKind::Buy(trade) } else { EventKind::Sell(trade) })
}
