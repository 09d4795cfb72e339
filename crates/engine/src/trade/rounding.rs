//! Rounding to lots.
//!
//! A trade is rounded to the nearest whole number of lots: half a lot or less comes to nothing. Where
//! the plan leads into a band and the nearest number would leave it, the next one on the other side is
//! taken. A sell takes all that is held where it would leave less than half a lot, or where all is nearer
//! than any number of lots. Without whole lots, what is less than a cent comes to nothing, and no sell leaves
//! so little.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Decimal, NumberError, Quantity, Rounding};

use crate::boundary::{to_decimal, to_f64};

use super::context::Context;
use super::orders::Order;

/// Part of a position, or of a lot, below which what is left is float noise.
const NOTHING_LEFT: f64 = 1e-9;

/// Value that an order comes to in lots: what planning reckons with before it is made exact.
pub(super) fn rounded_value(context: &Context<'_>, order: &Order) -> f64 {
    let lot = context.unit(order.instrument).lot;
    if lot <= 0.0 {
        return if order.value.abs() < context.cent { 0.0 } else { order.value };
    }
    let exact = order.value.abs() / lot;
    let whole = match rounding(order, lot) {
        Rounding::TowardZero => exact.floor(),
        Rounding::AwayFromZero => exact.ceil(),
        _ => exact.round_ties_even(),
    };
    let lots = (whole * lot).copysign(order.value);
    if closes(context, order, lots.abs()) { -order.held } else { lots }
}

/// Whether an order takes another than the nearest number of lots, to stay within its sleeve's room.
pub(super) fn is_rounded_inward(context: &Context<'_>, order: &Order) -> bool {
    let lot = context.unit(order.instrument).lot;
    lot > 0.0 && rounding(order, lot) != Rounding::HalfEven
}

/// How the lots of an order are rounded: to the nearest, unless that leaves the sleeve's room and the
/// other side does not.
fn rounding(order: &Order, lot: f64) -> Rounding {
    let exact = order.value / lot;
    let error = (exact.round_ties_even() - exact) * lot;
    let leaves = |error: f64| error > order.room.above + NOTHING_LEFT * lot || -error > order.room.below + NOTHING_LEFT * lot;
    let other = error - lot.copysign(error);
    if !leaves(error) || leaves(other) {
        Rounding::HalfEven
    } else if (other > 0.0) == (order.value > 0.0) {
        Rounding::AwayFromZero
    } else {
        Rounding::TowardZero
    }
}

/// Units of an order. `toward_zero` keeps it from being exceeded.
pub(super) fn rounded_quantity(context: &Context<'_>, order: &Order, held: Quantity, toward_zero: bool) -> Result<Quantity, NumberError> {
    let Some(value) = context.unit(order.instrument).value.filter(|value| *value > 0.0) else { return Ok(Quantity::ZERO) };
    if rounded_value(context, order) == 0.0 {
        return Ok(Quantity::ZERO);
    }
    let lot = context.unit(order.instrument).lot;
    let rounding = if toward_zero {
        Rounding::TowardZero
    } else if lot > 0.0 {
        rounding(order, lot)
    } else {
        Rounding::HalfEven
    };
    let exact = to_decimal(order.value.abs() / value, Rounding::HalfEven)?;
    let rounded = Quantity::new(exact.round_to_multiple(step(context, order.instrument), rounding)?);
    if order.value > 0.0 {
        return Ok(rounded);
    }
    let all = !toward_zero && closes(context, order, to_f64(rounded.decimal()) * value);
    Ok(if all || rounded > held { held.max(Quantity::ZERO) } else { rounded })
}

/// Whether a sell that comes to so much in lots takes all that is held instead.
fn closes(context: &Context<'_>, order: &Order, rounded: f64) -> bool {
    let left = (order.held + order.value).abs();
    let lot = context.unit(order.instrument).lot;
    let too_little = rounded > 0.0 && left < if lot > 0.0 { 0.5 * lot } else { context.cent };
    let nearer = left < (order.value.abs() - rounded).abs();
    order.value < 0.0 && (too_little || nearer || left <= NOTHING_LEFT * order.held.abs())
}

/// Smallest change of quantity.
pub(super) fn step(context: &Context<'_>, instrument: InstrumentId) -> Decimal {
    let lot_size = context.universe.get(instrument).map_or(Decimal::STEP, |instrument| instrument.lot_size.decimal());
    if context.policy.rebalance.whole_lots && lot_size.is_positive() { lot_size } else { Decimal::STEP }
}
