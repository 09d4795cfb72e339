//! Rounding to lots.
//!
//! A trade is rounded to the nearest whole number of lots: half a lot or less comes to nothing. A
//! sell takes all that is held where it would leave less than half a lot, or where all is nearer
//! than any number of lots. Without whole lots, what is less than a cent comes to nothing.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{Decimal, NumberError, Quantity, Rounding};

use crate::boundary::{to_decimal, to_f64};

use super::context::Context;
use super::orders::Order;

/// Part of a position below which what a sell leaves is float noise.
const NOTHING_LEFT: f64 = 1e-9;

/// Value that an order comes to in lots: what planning reckons with before it is made exact.
pub(super) fn rounded_value(context: &Context<'_>, order: &Order) -> f64 {
    let lot = context.unit(order.instrument).lot;
    if lot <= 0.0 {
        return if order.value.abs() < context.cent { 0.0 } else { order.value };
    }
    let lots = (order.value / lot).round_ties_even() * lot;
    if closes(context, order, lots.abs()) { -order.held } else { lots }
}

/// Units of an order. `toward_zero` keeps it from being exceeded.
pub(super) fn rounded_quantity(context: &Context<'_>, order: &Order, held: Quantity, toward_zero: bool) -> Result<Quantity, NumberError> {
    let Some(value) = context.unit(order.instrument).value.filter(|value| *value > 0.0) else { return Ok(Quantity::ZERO) };
    if rounded_value(context, order) == 0.0 {
        return Ok(Quantity::ZERO);
    }
    let rounding = if toward_zero { Rounding::TowardZero } else { Rounding::HalfEven };
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
    let less_than_half_a_lot = rounded > 0.0 && left < 0.5 * context.unit(order.instrument).lot;
    let nearer = left < (order.value.abs() - rounded).abs();
    order.value < 0.0 && (less_than_half_a_lot || nearer || left <= NOTHING_LEFT * order.held.abs())
}

/// Smallest change of quantity.
pub(super) fn step(context: &Context<'_>, instrument: InstrumentId) -> Decimal {
    let lot_size = context.universe.get(instrument).map_or(Decimal::STEP, |instrument| instrument.lot_size.decimal());
    if context.policy.rebalance.whole_lots && lot_size.is_positive() { lot_size } else { Decimal::STEP }
}
