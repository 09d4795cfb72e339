//! From orders to exact trades: whole lots, costs and cash to the cent.
//!
//! Quantities are rounded to the nearest lot, which minimizes the squared deviation from the plan;
//! then, as long as an account lacks cash, the buy that is furthest above its plan gives up a lot.
//! Ties go to the instrument that comes first by symbol.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Quantity, Rounding};

use crate::boundary::{to_decimal, to_f64};
use crate::cost::Costs;

use super::context::Context;
use super::list::Side;
use super::orders::Order;
use super::situation::{AccountSituation, Situation};

/// Lots given up one by one before what is reached is taken: more than rounding can ever need.
const MAX_STEPS: usize = 100_000;

/// An exact trade, before its lots are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Execution {
    pub(super) order: Order,
    pub(super) side: Side,
    pub(super) quantity: Quantity,
    pub(super) gross: Money,
    pub(super) costs: Costs,
    pub(super) bound: Bound,
}

/// What kept an execution from its order, or drove it beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bound {
    pub(super) lot_size: bool,
    pub(super) cash: bool,
    pub(super) raises_cash: bool,
}

/// An order that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dropped {
    pub(super) order: Order,
    pub(super) why: Drop,
}

/// Why an order came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drop {
    MinTrade,
    LotSize,
    Cash,
}

/// All executions of an account and its cash.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settled {
    pub(super) executions: Vec<Execution>,
    pub(super) dropped: Vec<Dropped>,
    pub(super) sells: Money,
    pub(super) buys: Money,
    pub(super) costs: Costs,
    pub(super) cash_after: Money,
}

/// Rounds and settles the orders of one account.
pub(super) fn settle(
    context: &Context<'_>,
    situation: &Situation<'_>,
    index: usize,
    orders: &[Order],
) -> Result<Option<Settled>, NumberError> {
    let Some(account) = situation.accounts.get(index) else { return Ok(None) };
    let min_trade = context.policy.rebalance.min_trade;
    let mut executions = Vec::with_capacity(orders.len());
    let mut dropped = Vec::new();
    for order in orders.iter().filter(|order| order.account == index) {
        let quantity = rounded_quantity(context, account, order)?;
        let execution = price(context, *order, quantity, Bound::default())?;
        if execution.quantity.is_zero() || !execution.gross.is_positive() {
            dropped.push(Dropped { order: *order, why: Drop::LotSize });
        } else if execution.gross.try_cmp(min_trade)?.is_le() && !min_trade.is_zero() {
            dropped.push(Dropped { order: *order, why: Drop::MinTrade });
        } else {
            executions.push(execution);
        }
    }
    keep_cash(context, account, &mut executions, &mut dropped)?;
    raise_cash(context, index, account, &mut executions)?;
    executions.sort_by_key(|execution| (execution.side, execution.order.instrument));
    total(context, account, executions, dropped).map(Some)
}

/// Units of an order, a whole number of lots where the policy wants that; all of a position where
/// less than half a lot would be left.
fn rounded_quantity(context: &Context<'_>, account: &AccountSituation<'_>, order: &Order) -> Result<Quantity, NumberError> {
    let unit = context.unit(order.instrument);
    let Some(value) = unit.value.filter(|value| *value > 0.0) else { return Ok(Quantity::ZERO) };
    let units = order.value.abs() / value;
    let step = step(context, order.instrument);
    let exact = to_decimal(units, Rounding::HalfEven)?;
    let rounded = Quantity::new(exact.round_to_multiple(step, Rounding::HalfEven)?);
    if order.value > 0.0 {
        return Ok(rounded);
    }
    let held = held(account, order.instrument);
    let left = order.held + order.value;
    let closes = left.abs() < 0.5 * to_f64(step) * value || left.abs() <= 1e-9 * order.held.abs();
    Ok(if closes || rounded > held { held.max(Quantity::ZERO) } else { rounded })
}

/// Smallest change of quantity.
fn step(context: &Context<'_>, instrument: InstrumentId) -> Decimal {
    let lot_size = context.universe.get(instrument).map_or(Decimal::STEP, |instrument| instrument.lot_size.decimal());
    if context.policy.rebalance.whole_lots && lot_size.is_positive() { lot_size } else { Decimal::STEP }
}

fn held(account: &AccountSituation<'_>, instrument: InstrumentId) -> Quantity {
    account
        .positions
        .iter()
        .find(|position| position.instrument == instrument)
        .map_or(Quantity::ZERO, |position| position.position.quantity)
}

/// An execution of a quantity: its value to the cent and its costs.
fn price(context: &Context<'_>, order: Order, quantity: Quantity, bound: Bound) -> Result<Execution, NumberError> {
    let gross = gross(context, order.instrument, quantity)?;
    let costs = if gross.is_positive() { context.costs.charge(order.instrument, gross)? } else { Costs::zero(context.currency()) };
    let side = if order.value > 0.0 { Side::Buy } else { Side::Sell };
    let lot = to_f64(quantity.decimal()) * context.unit(order.instrument).value.unwrap_or(0.0);
    let lot_size = context.policy.rebalance.whole_lots && (lot - order.value.abs()).abs() > 0.005;
    Ok(Execution { order, side, quantity, gross, costs, bound: Bound { lot_size: lot_size || bound.lot_size, ..bound } })
}

/// Quantity × price in the base currency, to the cent.
fn gross(context: &Context<'_>, instrument: InstrumentId, quantity: Quantity) -> Result<Money, NumberError> {
    let zero = Money::zero(context.currency());
    let (Some(point), Some(known)) = (context.market.price(instrument), context.universe.get(instrument)) else { return Ok(zero) };
    let Ok(conversion) = context.market.fx.conversion(known.currency, context.currency()) else { return Ok(zero) };
    let local = Money::of(quantity, point.price, known.currency)?;
    let amount = local.amount().pro_rata(conversion.numerator, conversion.denominator, Rounding::HalfEven)?;
    Money::new(amount, context.currency()).to_cents(Rounding::HalfEven)
}

/// What an execution does to cash.
fn cash_of(execution: &Execution) -> Result<Money, NumberError> {
    match execution.side {
        Side::Sell => execution.gross.try_sub(execution.costs.total),
        Side::Buy => execution.gross.try_add(execution.costs.total).map(Money::neg),
    }
}

fn cash_after(account: &AccountSituation<'_>, executions: &[Execution]) -> Result<Money, NumberError> {
    let start = account.valued.cash.try_add(account.flows)?;
    executions.iter().try_fold(start, |cash, execution| cash.try_add(cash_of(execution)?))
}

/// Takes from buys, furthest above plan first, until the account keeps the cash it must.
fn keep_cash(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    executions: &mut Vec<Execution>,
    dropped: &mut Vec<Dropped>,
) -> Result<(), NumberError> {
    for _ in 0..MAX_STEPS {
        let short = account.cash_floor.try_sub(cash_after(account, executions)?)?;
        if !short.is_positive() {
            return Ok(());
        }
        let over = |execution: &Execution| to_f64(execution.gross.amount()) - execution.order.value;
        let buys = executions.iter().enumerate().filter(|(_, execution)| execution.side == Side::Buy);
        let most = buys.max_by(|(_, a), (_, b)| over(a).total_cmp(&over(b)).then(b.order.instrument.cmp(&a.order.instrument)));
        let Some((at, execution)) = most.map(|(at, execution)| (at, *execution)) else { return Ok(()) };
        let quantity = less(context, &execution, short)?;
        let smaller = price(context, execution.order, quantity, Bound { cash: true, ..execution.bound })?;
        let too_small = smaller.gross.try_cmp(context.policy.rebalance.min_trade)?.is_le();
        if !quantity.is_positive() || !smaller.gross.is_positive() || too_small {
            executions.remove(at);
            dropped.push(Dropped { order: execution.order, why: Drop::Cash });
        } else if let Some(slot) = executions.get_mut(at) {
            *slot = smaller;
        }
    }
    Ok(())
}

/// A buy's quantity less what would pay what is short, in whole steps, and one step at the least.
fn less(context: &Context<'_>, execution: &Execution, short: Money) -> Result<Quantity, NumberError> {
    let step = step(context, execution.order.instrument);
    let fractional = step == Decimal::STEP;
    let steps = if fractional {
        let value = context.unit(execution.order.instrument).value.unwrap_or(1.0);
        to_decimal(to_f64(short.amount()) / value, Rounding::Ceiling)?.round_to_multiple(step, Rounding::Ceiling)?.try_add(step)?
    } else {
        step
    };
    execution.quantity.try_sub(Quantity::new(steps))
}

/// Sells more where an account still lacks cash: from sells under way first, then from the largest
/// positions. Cash that must be there comes before the minimum trade.
fn raise_cash(
    context: &Context<'_>,
    index: usize,
    account: &AccountSituation<'_>,
    executions: &mut Vec<Execution>,
) -> Result<(), NumberError> {
    let mut positions: Vec<_> = account.positions.iter().filter(|position| position.may_sell && position.value > 0.0).collect();
    let selling = |executions: &[Execution], id: InstrumentId| {
        executions.iter().position(|execution| execution.side == Side::Sell && execution.order.instrument == id)
    };
    positions.sort_by(|a, b| {
        let under_way = |id| selling(executions, id).is_none();
        under_way(a.instrument).cmp(&under_way(b.instrument)).then(b.value.total_cmp(&a.value)).then(a.instrument.cmp(&b.instrument))
    });
    for position in positions {
        let at = selling(executions, position.instrument);
        let mut sold = at.and_then(|at| executions.get(at)).map_or(Quantity::ZERO, |execution| execution.quantity);
        for _ in 0..MAX_STEPS {
            let short = account.cash_floor.try_sub(cash_after(account, executions)?)?;
            let left = position.position.quantity.try_sub(sold)?;
            if !short.is_positive() || !left.is_positive() {
                break;
            }
            let unit = context.unit(position.instrument).value.unwrap_or(1.0);
            let step = step(context, position.instrument);
            let more = to_decimal(to_f64(short.amount()) / unit, Rounding::Ceiling)?.round_to_multiple(step, Rounding::Ceiling)?;
            sold = sold.try_add(Quantity::new(more.max(step)))?.min(position.position.quantity);
            let order = Order {
                account: index,
                instrument: position.instrument,
                sleeve: position.sleeve,
                value: -to_f64(sold.decimal()) * unit,
                held: position.value,
            };
            let execution = price(context, order, sold, Bound { raises_cash: true, ..Bound::default() })?;
            match selling(executions, position.instrument).and_then(|at| executions.get_mut(at)) {
                Some(slot) => *slot = execution,
                None => executions.push(execution),
            }
        }
    }
    Ok(())
}

fn total(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    executions: Vec<Execution>,
    dropped: Vec<Dropped>,
) -> Result<Settled, NumberError> {
    let currency = context.currency();
    let (mut sells, mut buys, mut costs) = (Money::zero(currency), Money::zero(currency), Costs::zero(currency));
    for execution in &executions {
        match execution.side {
            Side::Sell => sells = sells.try_add(execution.gross)?,
            Side::Buy => buys = buys.try_add(execution.gross)?,
        }
        costs = costs.try_add(&execution.costs)?;
    }
    let cash_after = cash_after(account, &executions)?;
    Ok(Settled { executions, dropped, sells, buys, costs, cash_after })
}
