//! From orders to exact trades: whole lots, costs and cash to the cent.
//!
//! Quantities are rounded to the nearest lot ([`rounding`](super::rounding)), which minimizes the
//! squared deviation from the plan; then, as long as an account lacks cash, the buy that is furthest
//! above its plan gives up lots. What costs as much as it moves is not traded. Ties go to the
//! instrument that comes first by symbol.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Decimal, Money, NumberError, Quantity, Rounding};

use crate::boundary::{to_decimal, to_f64};
use crate::cost::Costs;

use super::context::Context;
use super::destination::Room;
use super::list::Side;
use super::orders::Order;
use super::rounding::{rounded_quantity, step};
use super::situation::AccountSituation;

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

impl Execution {
    /// Units bought (above zero) or sold (below zero).
    pub(super) fn signed_quantity(&self) -> Quantity {
        if self.side == Side::Buy { self.quantity } else { self.quantity.neg() }
    }

    /// Whether it moves no more than it costs.
    pub(super) fn is_not_worth_it(&self) -> Result<bool, NumberError> {
        Ok(self.gross.try_cmp(self.costs.total)?.is_le())
    }
}

/// What kept an execution from its order, or drove it beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bound {
    pub(super) lot_size: bool,
    pub(super) cash: bool,
    pub(super) raises_cash: bool,
}

impl Bound {
    fn and(self, other: Self) -> Self {
        Self {
            lot_size: self.lot_size || other.lot_size,
            cash: self.cash || other.cash,
            raises_cash: self.raises_cash || other.raises_cash,
        }
    }
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
    /// Above the minimum as planned, and not above it in whole lots.
    MinTradeInLots,
    LotSize,
    Cash,
    /// It would cost as much as it moves.
    Costs,
    /// All trades together would not bring the household nearer to where they lead.
    NotNearer,
}

/// How orders may be made exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    /// Whether more may be sold than planned, for cash that must be there.
    pub(super) may_raise_cash: bool,
    /// Whether no order may be exceeded by rounding.
    pub(super) toward_zero: bool,
}

/// All executions of an account and its cash.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settled {
    pub(super) executions: Vec<Execution>,
    pub(super) sells: Money,
    pub(super) buys: Money,
    pub(super) costs: Costs,
    pub(super) cash_after: Money,
}

impl Settled {
    /// No trades.
    pub(super) fn nothing(context: &Context<'_>, account: &AccountSituation<'_>) -> Self {
        let zero = Money::zero(context.currency());
        Self { executions: Vec::new(), sells: zero, buys: zero, costs: Costs::zero(context.currency()), cash_after: account.exact_cash }
    }
}

/// Rounds and settles the orders of one account.
pub(super) fn settle(
    context: &Context<'_>,
    index: usize,
    account: &AccountSituation<'_>,
    orders: &[Order],
    terms: Terms,
    dropped: &mut Vec<Dropped>,
) -> Result<Settled, NumberError> {
    let min_trade = context.policy.rebalance.min_trade;
    let mut executions = Vec::with_capacity(orders.len());
    for order in orders.iter().filter(|order| order.account == index) {
        let quantity = rounded_quantity(context, order, sellable(context, account, order.instrument)?, terms.toward_zero)?;
        let execution = price(context, *order, quantity, Bound::default())?;
        if execution.quantity.is_zero() || !execution.gross.is_positive() {
            dropped.push(Dropped { order: *order, why: Drop::LotSize });
        } else if execution.is_not_worth_it()? {
            dropped.push(Dropped { order: *order, why: Drop::Costs });
        } else if execution.gross.try_cmp(min_trade)?.is_le() && !min_trade.is_zero() {
            dropped.push(Dropped { order: *order, why: Drop::MinTradeInLots });
        } else {
            executions.push(execution);
        }
    }
    keep_cash(context, account, &mut executions, dropped)?;
    if terms.may_raise_cash {
        raise_cash(context, index, account, &mut executions)?;
    }
    executions.sort_by_key(|execution| (execution.side, execution.order.instrument));
    total(context, account, executions)
}

/// Units that may be sold, in whole lots where some may not.
pub(super) fn sellable(context: &Context<'_>, account: &AccountSituation<'_>, instrument: InstrumentId) -> Result<Quantity, NumberError> {
    let Some(position) = account.position(instrument) else { return Ok(Quantity::ZERO) };
    let free = position.sellable_quantity()?;
    if position.locks.is_empty() {
        return Ok(free);
    }
    // Only a whole position may leave part of a lot.
    Ok(Quantity::new(free.decimal().round_to_multiple(step(context, instrument), Rounding::Floor)?))
}

/// An execution of a quantity: its value to the cent and its costs.
pub(super) fn price(context: &Context<'_>, order: Order, quantity: Quantity, bound: Bound) -> Result<Execution, NumberError> {
    let gross = gross(context, order.instrument, quantity)?;
    let costs = if gross.is_positive() { context.costs.charge(order.instrument, gross)? } else { Costs::zero(context.currency()) };
    let side = if order.value > 0.0 { Side::Buy } else { Side::Sell };
    let lot = context.worth(order.instrument, quantity);
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
    executions.iter().try_fold(account.exact_cash, |cash, execution| cash.try_add(cash_of(execution)?))
}

/// Takes from buys, furthest above plan first, until the account keeps the cash it must.
fn keep_cash(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    executions: &mut Vec<Execution>,
    dropped: &mut Vec<Dropped>,
) -> Result<(), NumberError> {
    for _ in 0..MAX_STEPS {
        let short = account.cash_minimum.try_sub(cash_after(account, executions)?)?;
        if !short.is_positive() {
            return Ok(());
        }
        let Some((at, value)) = furthest_above(context, executions, to_f64(short.amount())) else { return Ok(()) };
        let Some(execution) = executions.get(at).copied() else { return Ok(()) };
        let quantity = less(context, &execution, short, value)?;
        let smaller = price(context, execution.order, quantity, Bound { cash: true, ..execution.bound })?;
        let too_small = smaller.gross.try_cmp(context.policy.rebalance.min_trade)?.is_le();
        if !quantity.is_positive() || smaller.is_not_worth_it()? || too_small {
            executions.remove(at);
            dropped.push(Dropped { order: execution.order, why: Drop::Cash });
        } else if let Some(slot) = executions.get_mut(at) {
            *slot = smaller;
        }
    }
    Ok(())
}

/// The buy furthest above its plan, and what it gives up: as much as brings it level with the next,
/// or its share of what is short, so that the steps are few. Buys that lead into a band come last
/// where a lot less would leave it outside.
fn furthest_above(context: &Context<'_>, executions: &[Execution], short: f64) -> Option<(usize, f64)> {
    let above = |execution: &Execution| to_f64(execution.gross.amount()) - execution.order.value;
    let stays = |execution: &Execution| above(execution) + execution.order.room.below >= context.unit(execution.order.instrument).lot;
    let buys = || executions.iter().enumerate().filter(|(_, execution)| execution.side == Side::Buy);
    let (at, most) = buys().max_by(|(_, a), (_, b)| {
        stays(a).cmp(&stays(b)).then(above(a).total_cmp(&above(b))).then(b.order.instrument.cmp(&a.order.instrument))
    })?;
    let others = || buys().filter(move |(other, _)| *other != at);
    let next = others().map(|(_, execution)| above(execution)).fold(f64::NEG_INFINITY, f64::max);
    let share = short / others().fold(1.0, |count, _| count + 1.0);
    let enough = (above(most) - next).max(share);
    // Rounded up to lots it is still within the room.
    let room = above(most) + most.order.room.below - context.unit(most.order.instrument).lot;
    Some((at, if stays(most) { enough.min(room) } else { enough }))
}

/// A buy's quantity less so much value, but no more than pays what is short; in whole steps, and one
/// step at the least.
fn less(context: &Context<'_>, execution: &Execution, short: Money, value: f64) -> Result<Quantity, NumberError> {
    let unit = context.unit(execution.order.instrument).value.unwrap_or(1.0);
    let step = step(context, execution.order.instrument);
    let steps = |value: f64| to_decimal(value / unit, Rounding::Ceiling)?.round_to_multiple(step, Rounding::Ceiling);
    let enough = steps(to_f64(short.amount()))?.try_add(if step == Decimal::STEP { step } else { Decimal::ZERO })?;
    let fewer = if value.is_finite() { enough.min(steps(value)?.max(step)) } else { enough };
    execution.quantity.try_sub(Quantity::new(fewer))
}

/// Sells more where an account still lacks cash: from sells under way first, then from the largest
/// positions. Cash that must be there comes before the minimum trade.
fn raise_cash(
    context: &Context<'_>,
    index: usize,
    account: &AccountSituation<'_>,
    executions: &mut Vec<Execution>,
) -> Result<(), NumberError> {
    let is_short = |executions: &[Execution]| Ok(account.cash_minimum.try_sub(cash_after(account, executions)?)?.is_positive());
    if !is_short(executions)? {
        return Ok(());
    }
    let mut positions: Vec<_> = account.positions.iter().filter(|position| position.may_sell && position.value > 0.0).collect();
    let selling = |executions: &[Execution], id: InstrumentId| {
        executions.iter().position(|execution| execution.side == Side::Sell && execution.order.instrument == id)
    };
    positions.sort_by(|a, b| {
        let under_way = |id| selling(executions, id).is_none();
        under_way(a.instrument).cmp(&under_way(b.instrument)).then(b.value.total_cmp(&a.value)).then(a.instrument.cmp(&b.instrument))
    });
    let mut raised: Vec<Raised> = Vec::new();
    for position in positions {
        if !is_short(executions)? {
            break;
        }
        let at = selling(executions, position.instrument);
        let before = at.and_then(|at| executions.get(at)).copied();
        let most = sellable(context, account, position.instrument)?;
        let mut sold = at.and_then(|at| executions.get(at)).map_or(Quantity::ZERO, |execution| execution.quantity);
        for _ in 0..MAX_STEPS {
            let short = account.cash_minimum.try_sub(cash_after(account, executions)?)?;
            let left = most.try_sub(sold)?;
            if !short.is_positive() || !left.is_positive() {
                break;
            }
            let unit = context.unit(position.instrument).value.unwrap_or(1.0);
            let step = step(context, position.instrument);
            let more = to_decimal(to_f64(short.amount()) / unit, Rounding::Ceiling)?.round_to_multiple(step, Rounding::Ceiling)?;
            sold = sold.try_add(Quantity::new(more.max(step)))?.min(most);
            let order = Order {
                account: index,
                instrument: position.instrument,
                sleeve: position.sleeve,
                value: -to_f64(sold.decimal()) * unit,
                held: position.value,
                room: Room::ANY,
            };
            let execution = price(context, order, sold, Bound { raises_cash: true, ..Bound::default() })?;
            if execution.is_not_worth_it()? {
                break;
            }
            if let Some(slot) = selling(executions, position.instrument).and_then(|at| executions.get_mut(at)) {
                *slot = execution;
            } else {
                executions.push(execution);
            }
            if !raised.iter().any(|(known, _)| *known == position.instrument) {
                raised.push((position.instrument, before));
            }
        }
    }
    take_back(account, &raised, executions)
}

/// An instrument of which more was sold for cash, and what was sold of it before that.
type Raised = (InstrumentId, Option<Execution>);

/// Takes back what was sold for cash and is not needed once a coarser lot was sold after it, the smallest first.
fn take_back(account: &AccountSituation<'_>, raised: &[Raised], executions: &mut Vec<Execution>) -> Result<(), NumberError> {
    let now = |executions: &[Execution], id: InstrumentId| {
        executions.iter().position(|execution| execution.side == Side::Sell && execution.order.instrument == id)
    };
    let mut order: Vec<(Decimal, Raised)> = Vec::with_capacity(raised.len());
    for (instrument, before) in raised {
        let Some(after) = now(executions, *instrument).and_then(|at| executions.get(at)) else { continue };
        let more = after.gross.amount().try_sub(before.map_or(Decimal::ZERO, |before| before.gross.amount()))?;
        order.push((more, (*instrument, *before)));
    }
    order.sort_by(|(a, (one, _)), (b, (other, _))| a.cmp(b).then(one.cmp(other)));
    for (_, (instrument, before)) in order {
        let Some(at) = now(executions, instrument) else { continue };
        let mut fewer = executions.clone();
        match before {
            Some(before) => fewer[at] = before,
            None => drop(fewer.remove(at)),
        }
        if cash_after(account, &fewer)?.try_cmp(account.cash_minimum)?.is_ge() {
            *executions = fewer;
        }
    }
    Ok(())
}

/// The executions without sells of no more than the least trade where the cash that must be there is raised without them: that is
/// all they were made for.
pub(super) fn without_needless(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    executions: Vec<Execution>,
) -> Result<Vec<Execution>, NumberError> {
    let least = context.policy.rebalance.min_trade;
    let sells: Vec<Execution> = executions.iter().filter(|execution| execution.side == Side::Sell).copied().collect();
    let mut raised = cash_after(account, &sells)?;
    let mut needed = Vec::with_capacity(executions.len());
    for execution in executions {
        let is_small = execution.side == Side::Sell && !least.is_zero() && execution.gross.try_cmp(least)?.is_le();
        let without = raised.try_sub(cash_of(&execution)?)?;
        if is_small && without.try_cmp(account.cash_minimum)?.is_ge() {
            raised = without;
        } else {
            needed.push(execution);
        }
    }
    Ok(needed)
}

/// Sums up executions.
pub(super) fn total(context: &Context<'_>, account: &AccountSituation<'_>, executions: Vec<Execution>) -> Result<Settled, NumberError> {
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
    Ok(Settled { executions, sells, buys, costs, cash_after })
}

/// The executions of two passes as one: each instrument is traded once, by what both come to, and
/// not at all where that is a trade that would not have been made.
pub(super) fn join(context: &Context<'_>, account: &AccountSituation<'_>, first: &Settled, then: &Settled) -> Result<Settled, NumberError> {
    let mut executions = first.executions.clone();
    for execution in &then.executions {
        let instrument = execution.order.instrument;
        let Some(at) = executions.iter().position(|known| known.order.instrument == instrument) else {
            executions.push(*execution);
            continue;
        };
        let known = executions.remove(at);
        let sum = known.signed_quantity().try_add(execution.signed_quantity())?;
        let closes = sum.is_negative() && sum.neg() == sellable(context, account, instrument)?;
        let step = step(context, instrument);
        let quantity = if closes { sum } else { Quantity::new(sum.decimal().round_to_multiple(step, Rounding::HalfEven)?) };
        let value = context.worth(instrument, quantity);
        let joined = price(context, Order { value, ..known.order }, quantity.abs(), known.bound.and(execution.bound))?;
        let is_small = joined.gross.try_cmp(context.policy.rebalance.min_trade)?.is_le() && !joined.bound.raises_cash;
        if !is_small && !joined.is_not_worth_it()? {
            executions.push(joined);
        }
    }
    // Costs do not add up over two trades that become one, so cash is looked after once more.
    keep_cash(context, account, &mut executions, &mut Vec::new())?;
    executions.sort_by_key(|execution| (execution.side, execution.order.instrument));
    total(context, account, executions)
}
