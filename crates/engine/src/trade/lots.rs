//! Which lots a sale takes, and what gain that realizes.

use evenkeel_ledger::number::{Decimal, Money, NumberError, Quantity, Rounding};
use evenkeel_ledger::select::{LotSelection, Pick, SelectError, select};
use evenkeel_ledger::term::Term;

use super::context::Context;
use super::list::LotSale;
use super::settle::Execution;
use super::situation::AccountSituation;

/// Lots of a sale, and how they were chosen where the policy's method could not be followed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LotChoice {
    pub(super) lots: Vec<LotSale>,
    pub(super) remark: Option<String>,
}

/// Chooses the lots of a sale by the policy's method. Where a lot lacks the date or basis that the
/// method needs, lots are taken in the order in which they are kept, and that is remarked.
pub(super) fn choose_lots(context: &Context<'_>, account: &AccountSituation<'_>, execution: &Execution) -> Result<LotChoice, NumberError> {
    let position = account.positions.iter().find(|position| position.instrument == execution.order.instrument);
    let lots: Vec<_> =
        position.map_or(&[][..], |position| position.lots).iter().filter(|lot| lot.quantity.is_positive()).cloned().collect();
    let basis_method = account.account.basis_method;
    let method = match basis_method {
        evenkeel_ledger::account::BasisMethod::Lots => context.policy.rebalance.lot_method,
        _ => evenkeel_ledger::select::LotMethod::AverageCost,
    };
    let mut picks = Vec::new();
    let remark = match select(&lots, execution.quantity, &LotSelection::By(method), basis_method, &mut picks) {
        Ok(()) => None,
        Err(SelectError::Number(error)) => return Err(error),
        Err(error) => {
            picks = in_order(&lots, execution.quantity)?;
            Some(format!("lots are taken in the order in which they are kept: {error}"))
        }
    };
    let proceeds = proceeds(context, account, execution)?;
    let mut sales = Vec::with_capacity(picks.len());
    let mut taken = Quantity::ZERO;
    let mut given = Decimal::ZERO;
    for pick in picks {
        let Some(lot) = lots.get(pick.index) else { continue };
        // The running total is shared out, so that the parts add up to the whole exactly.
        taken = taken.try_add(pick.quantity)?;
        let so_far = proceeds.amount().pro_rata(taken.decimal(), execution.quantity.decimal(), Rounding::HalfEven)?;
        let part = Money::new(so_far.try_sub(given)?, proceeds.currency());
        given = so_far;
        let cost_basis = lot.cost_basis.map(|basis| basis.pro_rata(pick.quantity, lot.quantity, Rounding::HalfEven)).transpose()?;
        let same_currency = cost_basis.filter(|basis| basis.currency() == part.currency());
        let since = lot.held_since.or(lot.acquired);
        sales.push(LotSale {
            lot: lot.id.clone(),
            acquired: lot.acquired,
            quantity: pick.quantity,
            cost_basis,
            gain: same_currency.map(|basis| part.try_sub(basis)).transpose()?,
            long_term: since.and_then(|since| Term::between(since, context.as_of).ok()).map(|term| term == Term::Long),
        });
    }
    Ok(LotChoice { lots: sales, remark })
}

/// What the sale brings after costs, in the account's currency.
fn proceeds(context: &Context<'_>, account: &AccountSituation<'_>, execution: &Execution) -> Result<Money, NumberError> {
    let net = execution.gross.try_sub(execution.costs.total)?;
    // Without a rate the gain is left open rather than guessed: the currencies then differ.
    Ok(context.market.fx.convert(net, account.account.currency, Rounding::HalfEven).unwrap_or(net))
}

fn in_order(lots: &[evenkeel_ledger::lot::Lot], quantity: Quantity) -> Result<Vec<Pick>, NumberError> {
    let mut rest = quantity;
    let mut picks = Vec::new();
    for (index, lot) in lots.iter().enumerate() {
        let take = rest.min(lot.quantity);
        if take.is_positive() {
            picks.push(Pick { index, quantity: take });
            rest = rest.try_sub(take)?;
        }
    }
    Ok(picks)
}
