//! What selling each lot of a taxable account would be taxed: the order in which it sells.
//!
//! The tax of a lot a unit of value is its gain a unit of value × the owner's marginal rate for its term;
//! below zero for a loss, which saves tax elsewhere. Cheapest first is convex, so that what is planned class
//! by class is what is sold lot by lot.

use evenkeel_ledger::account::{Account, BasisMethod};
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Money, Rounding};

use crate::boundary::to_f64;
use crate::policy::LotChoice;
use crate::tax;

use super::context::Context;
use super::position::PositionSituation;

/// What an owner pays of a unit of gain, and saves of a unit of loss.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct MarginalRates {
    pub(super) short_term: f64,
    pub(super) long_term: f64,
}

impl From<tax::MarginalRates> for MarginalRates {
    fn from(rates: tax::MarginalRates) -> Self {
        Self { short_term: to_f64(rates.short_term.decimal()), long_term: to_f64(rates.long_term.decimal()) }
    }
}

/// One lot, or what is left of it to sell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TaxLot {
    pub(super) instrument: InstrumentId,
    sleeve: usize,
    /// Place among the lots of its position; `None` where the position is sold by another order than that of
    /// tax, or was bought just now.
    pub(super) index: Option<usize>,
    pub(super) value: f64,
    /// Gain of a unit of value.
    pub(super) gain: f64,
    /// Tax of a unit of value.
    pub(super) tax: f64,
}

/// The lots of an account, by sleeve, cheapest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct TaxLots(Vec<TaxLot>);

impl TaxLots {
    /// Lots that may be sold, less what is locked of them.
    pub(super) fn new(context: &Context<'_>, account: &Account, rates: MarginalRates, positions: &[PositionSituation<'_>]) -> Self {
        let mut lots = Vec::with_capacity(positions.iter().map(|position| position.lots.len()).sum());
        for position in positions.iter().filter(|position| position.may_sell && !position.banned && position.value > 0.0) {
            if is_sold_by_tax(context, account, position) {
                lots.extend((0..position.lots.len()).filter_map(|index| tax_lot(context, rates, position, index)));
            } else {
                lots.push(whole(context, rates, position));
            }
        }
        lots.retain(|lot: &TaxLot| lot.value > 0.0);
        lots.sort_unstable_by(|a, b| {
            let order = a.sleeve.cmp(&b.sleeve).then(a.tax.total_cmp(&b.tax)).then(a.gain.total_cmp(&b.gain));
            order.then(b.instrument.cmp(&a.instrument)).then(a.index.cmp(&b.index))
        });
        Self(lots)
    }

    /// The lots of a sleeve, cheapest first.
    pub(super) fn in_sleeve(&self, sleeve: usize) -> &[TaxLot] {
        let start = self.0.partition_point(|lot| lot.sleeve < sleeve);
        let end = self.0.partition_point(|lot| lot.sleeve <= sleeve);
        self.0.get(start..end).unwrap_or_default()
    }

    /// The lots of an instrument, cheapest first.
    pub(super) fn of(&self, instrument: InstrumentId) -> impl Iterator<Item = &TaxLot> {
        self.0.iter().filter(move |lot| lot.instrument == instrument)
    }

    /// Sells (below zero) or buys so much of an instrument.
    pub(super) fn trade(&mut self, instrument: InstrumentId, sleeve: usize, value: f64) {
        if value > 0.0 {
            let at = self.0.partition_point(|lot| lot.sleeve < sleeve || lot.sleeve == sleeve && lot.tax < 0.0);
            self.0.insert(at, TaxLot { instrument, sleeve, index: None, value, gain: 0.0, tax: 0.0 });
            return;
        }
        let mut rest = -value;
        for lot in self.0.iter_mut().filter(|lot| lot.instrument == instrument) {
            let sold = rest.min(lot.value);
            lot.value -= sold;
            rest -= sold;
        }
        self.0.retain(|lot| lot.value > 0.0);
    }
}

/// Whether lots are sold in the order of their tax: where each has a basis of its own and is long.
fn is_sold_by_tax(context: &Context<'_>, account: &Account, position: &PositionSituation<'_>) -> bool {
    let by_tax = context.policy.rebalance.lot_method == LotChoice::MinTax && account.basis_method == BasisMethod::Lots;
    by_tax && position.lots.iter().all(|lot| !lot.quantity.is_negative())
}

fn tax_lot(context: &Context<'_>, rates: MarginalRates, position: &PositionSituation<'_>, index: usize) -> Option<TaxLot> {
    let lot = position.lots.get(index)?;
    let unit = context.unit(position.instrument).value?;
    let units = to_f64(lot.quantity.decimal());
    let locked = to_f64(position.locked(index).decimal());
    let gain = gain_of(context, lot, units * unit);
    let tax = gain * rate_of(context, rates, lot);
    Some(TaxLot { instrument: position.instrument, sleeve: position.sleeve, index: Some(index), value: (units - locked) * unit, gain, tax })
}

/// A position whose lots are sold by another order: as if they were alike.
fn whole(context: &Context<'_>, rates: MarginalRates, position: &PositionSituation<'_>) -> TaxLot {
    let unit = context.unit(position.instrument).value.unwrap_or(0.0);
    let (mut gains, mut taxes, mut sum) = (0.0, 0.0, 0.0);
    for lot in position.lots.iter().filter(|lot| lot.quantity.is_positive()) {
        let value = to_f64(lot.quantity.decimal()) * unit;
        let gain = gain_of(context, lot, value);
        gains += gain * value;
        taxes += gain * value * rate_of(context, rates, lot);
        sum += value;
    }
    let share = |part: f64| if sum > 0.0 { part / sum } else { 0.0 };
    let value = position.sellable();
    TaxLot { instrument: position.instrument, sleeve: position.sleeve, index: None, value, gain: share(gains), tax: share(taxes) }
}

/// Gain of a lot a unit of its value. A basis that is not known counts as zero: the most that may be taxed.
pub(super) fn gain_of(context: &Context<'_>, lot: &Lot, value: f64) -> f64 {
    let basis = lot.cost_basis.map_or(0.0, |basis| in_base(context, basis));
    if value > 0.0 { 1.0 - basis / value } else { 0.0 }
}

fn in_base(context: &Context<'_>, money: Money) -> f64 {
    if money.currency() == context.currency() {
        return to_f64(money.amount());
    }
    // Today's rate: near enough to rank lots by.
    context.market.fx.convert(money, context.currency(), Rounding::HalfEven).map_or(0.0, |money| to_f64(money.amount()))
}

fn rate_of(context: &Context<'_>, rates: MarginalRates, lot: &Lot) -> f64 {
    if context.is_long_term(lot) { rates.long_term } else { rates.short_term }
}
