//! Which lots a sale takes, and what gain and tax that realizes.

use evenkeel_ledger::account::BasisMethod;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Quantity, Rate, Rounding};
use evenkeel_ledger::select::{LotMethod, LotSelection, Pick, SelectError, select};
use evenkeel_ledger::term::Term;

use crate::boundary::to_decimal;
use crate::policy::LotChoice;

use super::context::Context;
use super::list::{LotSale, Side};
use super::position::PositionSituation;
use super::settle::{Execution, Settled};
use super::situation::AccountSituation;

/// Lots of a sale, and how they were chosen where the policy's method could not be followed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChosenLots {
    pub(super) instrument: InstrumentId,
    pub(super) lots: Vec<LotSale>,
    /// Of each, its place among the lots of the position.
    pub(super) places: Vec<usize>,
    pub(super) remark: Option<String>,
}

/// Lots of all sales of an account, in the order of its executions.
///
/// # Errors
/// A number out of range.
pub(super) fn choose_all(context: &Context<'_>, account: &AccountSituation<'_>, settled: &Settled) -> Result<Vec<ChosenLots>, NumberError> {
    let sells = settled.executions.iter().filter(|execution| execution.side == Side::Sell);
    sells.map(|execution| choose_lots(context, account, execution)).collect()
}

fn choose_lots(context: &Context<'_>, account: &AccountSituation<'_>, execution: &Execution) -> Result<ChosenLots, NumberError> {
    let instrument = execution.order.instrument;
    let nothing = ChosenLots { instrument, lots: Vec::new(), places: Vec::new(), remark: None };
    let Some(position) = account.position(instrument) else { return Ok(nothing) };
    let (picks, remark) = pick(context, account, position, execution.quantity)?;
    Ok(ChosenLots { remark, ..sold(context, account, position, execution, &picks)? })
}

/// What an execution realizes of the lots that were picked for it.
///
/// # Errors
/// A number out of range.
pub(super) fn sold(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    position: &PositionSituation<'_>,
    execution: &Execution,
    picks: &[Pick],
) -> Result<ChosenLots, NumberError> {
    let proceeds = proceeds(context, account, execution)?;
    let (lots, places) = (Vec::with_capacity(picks.len()), Vec::with_capacity(picks.len()));
    let mut chosen = ChosenLots { instrument: position.instrument, lots, places, remark: None };
    let (mut taken, mut given) = (Quantity::ZERO, Decimal::ZERO);
    for pick in picks {
        let Some(lot) = position.lots.get(pick.index) else { continue };
        // The running total is shared out, so that the parts add up to the whole exactly.
        taken = taken.try_add(pick.quantity)?;
        let so_far = proceeds.amount().pro_rata(taken.decimal(), execution.quantity.decimal(), Rounding::HalfEven)?;
        let part = Money::new(so_far.try_sub(given)?, proceeds.currency());
        given = so_far;
        let cost_basis = match account.account.basis_method {
            BasisMethod::Lots => part_of_basis(lot, pick.quantity)?,
            BasisMethod::AverageCost | BasisMethod::Pooled => shared_basis(position.lots, pick.quantity)?,
        };
        chosen.lots.push(sale(context, account, lot, pick.quantity, cost_basis, part)?);
        chosen.places.push(pick.index);
    }
    Ok(chosen)
}

/// All that may be sold of a position, lot by lot in the order in which it is: the place of the lot, and the units.
///
/// # Errors
/// A number out of range.
pub(super) fn selling_order(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    position: &PositionSituation<'_>,
) -> Result<Vec<(usize, Quantity)>, NumberError> {
    let (picks, _) = pick(context, account, position, position.sellable_quantity()?)?;
    Ok(picks.into_iter().map(|pick| (pick.index, pick.quantity)).collect())
}

/// Picks units of a position: by tax where the policy says so, else by its method. Where a lot lacks the date
/// or basis that the method needs, lots are taken in the order in which they are kept, and that is remarked.
fn pick(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    position: &PositionSituation<'_>,
    quantity: Quantity,
) -> Result<(Vec<Pick>, Option<String>), NumberError> {
    let basis_method = account.account.basis_method;
    let order: Option<Vec<usize>> = account.tax_lots.of(position).map(|lot| lot.index).collect();
    let method = match (basis_method, context.policy.rebalance.lot_method, order) {
        (BasisMethod::Lots, LotChoice::MinTax, Some(order)) if account.rates.is_some() => {
            let picks = take(position, order, quantity)?;
            let enough = Quantity::new(sum(&picks)?);
            if enough == quantity {
                return Ok((picks, None));
            }
            LotMethod::Hifo
        }
        (BasisMethod::Lots, LotChoice::MinTax, _) => LotMethod::Fifo,
        (BasisMethod::Lots, LotChoice::By(method), _) => method,
        _ => LotMethod::AverageCost,
    };
    let mut lots = Vec::with_capacity(position.lots.len());
    let mut places = Vec::with_capacity(position.lots.len());
    for (place, lot) in position.lots.iter().enumerate() {
        let free = position.free(place)?;
        if free.is_positive() {
            lots.push(Lot { quantity: free, cost_basis: part_of_basis(lot, free)?, ..lot.clone() });
            places.push(place);
        }
    }
    let mut picks = Vec::new();
    let remark = match select(&lots, quantity, &LotSelection::By(method), basis_method, &mut picks) {
        Ok(()) => None,
        Err(SelectError::Number(error)) => return Err(error),
        Err(error) => {
            return Ok((
                take(position, 0..position.lots.len(), quantity)?,
                Some(format!("lots are taken in the order in which they are kept: {error}")),
            ));
        }
    };
    for pick in &mut picks {
        pick.index = places.get(pick.index).copied().unwrap_or(pick.index);
    }
    Ok((picks, remark))
}

/// Takes what is free of lots in an order.
fn take(position: &PositionSituation<'_>, order: impl IntoIterator<Item = usize>, quantity: Quantity) -> Result<Vec<Pick>, NumberError> {
    let mut rest = quantity;
    let mut picks = Vec::new();
    for index in order {
        if rest.is_zero() {
            break;
        }
        let taken = rest.min(position.free(index)?);
        if taken.is_positive() {
            picks.push(Pick { index, quantity: taken });
            rest = rest.try_sub(taken)?;
        }
    }
    Ok(picks)
}

fn sum(picks: &[Pick]) -> Result<Decimal, NumberError> {
    picks.iter().try_fold(Decimal::ZERO, |sum, pick| sum.try_add(pick.quantity.decimal()))
}

fn part_of_basis(lot: &Lot, quantity: Quantity) -> Result<Option<Money>, NumberError> {
    lot.cost_basis.map(|basis| basis.pro_rata(quantity, lot.quantity, Rounding::HalfEven)).transpose()
}

/// The basis of so many units where all share one; `None` where that of any lot is not known.
fn shared_basis(lots: &[Lot], quantity: Quantity) -> Result<Option<Money>, NumberError> {
    let held = || lots.iter().filter(|lot| lot.quantity.is_positive());
    let units = held().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))?;
    let Some(bases) = held().map(|lot| lot.cost_basis).collect::<Option<Vec<Money>>>() else { return Ok(None) };
    let Some(currency) = bases.first().map(|basis| basis.currency()).filter(|_| units.is_positive()) else { return Ok(None) };
    Money::sum(currency, bases)?.pro_rata(quantity, units, Rounding::HalfEven).map(Some)
}

/// The sale of units of a lot that bring so much.
fn sale(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    lot: &Lot,
    quantity: Quantity,
    cost_basis: Option<Money>,
    proceeds: Money,
) -> Result<LotSale, NumberError> {
    let same_currency = cost_basis.filter(|basis| basis.currency() == proceeds.currency());
    let gain = same_currency.map(|basis| proceeds.try_sub(basis)).transpose()?;
    let since = lot.held_since.or(lot.acquired);
    let long_term = since.map(|since| Term::between(since, context.as_of) == Term::Long);
    let tax = match (account.rates, gain) {
        (Some(rates), Some(gain)) => {
            let rate = if long_term == Some(true) { rates.long_term } else { rates.short_term };
            let rate = Rate::new(to_decimal(rate, Rounding::HalfEven)?);
            Some(gain.times(rate, Rounding::HalfEven)?.to_cents(Rounding::HalfEven)?)
        }
        _ => None,
    };
    let is_tax_unknown = account.rates.is_some() && gain.is_none();
    Ok(LotSale { lot: lot.id.clone(), acquired: lot.acquired, quantity, cost_basis, gain, long_term, tax, is_tax_unknown })
}

/// What the sale brings after costs, in the account's currency.
fn proceeds(context: &Context<'_>, account: &AccountSituation<'_>, execution: &Execution) -> Result<Money, NumberError> {
    let net = execution.gross.try_sub(execution.costs.total)?;
    // Without a rate the gain is left open rather than guessed: the currencies then differ.
    Ok(context.market.fx.convert(net, account.account.currency, Rounding::HalfEven).unwrap_or(net))
}
