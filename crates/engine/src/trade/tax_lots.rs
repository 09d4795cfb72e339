//! What selling each lot of a taxable account would be taxed: the order in which it sells.
//!
//! The tax of a lot a unit of value is its gain a unit of value × the owner's marginal rate for its term;
//! below zero for a loss, which saves tax elsewhere. Cheapest first is convex, so that what is planned class
//! by class is what is sold lot by lot.

use std::cmp::Ordering;

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
pub(super) struct TaxLots {
    lots: Vec<TaxLot>,
    /// By sleeve, where its lots begin, and where they end after the last.
    starts: Vec<usize>,
}

impl TaxLots {
    /// Lots that may be sold, less what is locked of them.
    pub(super) fn new(context: &Context<'_>, account: &Account, rates: MarginalRates, positions: &[PositionSituation<'_>]) -> Self {
        let mut lots = Vec::with_capacity(positions.iter().map(|position| position.lots.len()).sum());
        let sold = positions.iter().filter(|position| position.may_sell && !position.banned && position.value > 0.0);
        let mut sold: Vec<&PositionSituation<'_>> = sold.collect();
        sold.sort_by_key(|position| position.sleeve);
        let mut sold = sold.into_iter().peekable();
        let starts = (0..=context.sleeves.len()).map(|sleeve| {
            let start = lots.len();
            while let Some(position) = sold.next_if(|position| position.sleeve == sleeve) {
                if is_sold_by_tax(context, account, position) {
                    lots.extend((0..position.lots.len()).filter_map(|index| tax_lot(context, rates, position, index)));
                } else {
                    lots.push(whole(context, rates, position));
                }
            }
            start
        });
        let mut lots = Self { starts: starts.collect(), lots };
        lots.keep_of_value();
        for sleeve in 0..context.sleeves.len() {
            lots.in_sleeve_mut(sleeve).sort_unstable_by(TaxLot::cheaper);
        }
        lots
    }

    /// The same lots with more that is locked of them, which changes how much of each may be sold and not their order.
    pub(super) fn locked(mut self, context: &Context<'_>, positions: &[PositionSituation<'_>]) -> Self {
        for position in positions.iter().filter(|position| !position.locks.is_empty()) {
            let unit = context.unit(position.instrument).value.unwrap_or(0.0);
            for lot in self.in_sleeve_mut(position.sleeve).iter_mut().filter(|lot| lot.instrument == position.instrument) {
                lot.value = match lot.index {
                    Some(index) => sellable(position, index, unit),
                    None => position.sellable(),
                };
            }
        }
        self.keep_of_value();
        self
    }

    fn range(&self, sleeve: usize) -> std::ops::Range<usize> {
        let bounds = self.starts.get(sleeve).copied().zip(self.starts.get(sleeve + 1).copied());
        bounds.map_or(0..0, |(start, end)| start..end)
    }

    /// The lots of a sleeve, cheapest first.
    pub(super) fn in_sleeve(&self, sleeve: usize) -> &[TaxLot] {
        self.lots.get(self.range(sleeve)).unwrap_or_default()
    }

    fn in_sleeve_mut(&mut self, sleeve: usize) -> &mut [TaxLot] {
        let range = self.range(sleeve);
        self.lots.get_mut(range).unwrap_or_default()
    }

    /// The lots of a position, cheapest first.
    pub(super) fn of(&self, position: &PositionSituation<'_>) -> impl Iterator<Item = &TaxLot> {
        let instrument = position.instrument;
        self.in_sleeve(position.sleeve).iter().filter(move |lot| lot.instrument == instrument)
    }

    /// Sells (below zero) or buys so much of an instrument; lots of which nothing is left stay until [`TaxLots::keep_of_value`].
    pub(super) fn trade(&mut self, instrument: InstrumentId, sleeve: usize, value: f64) {
        let range = self.range(sleeve);
        if value > 0.0 {
            let at = range.start + self.in_sleeve(sleeve).partition_point(|lot| lot.tax < 0.0);
            self.lots.insert(at, TaxLot { instrument, index: None, value, gain: 0.0, tax: 0.0 });
            self.starts.iter_mut().skip(sleeve + 1).for_each(|start| *start += 1);
            return;
        }
        let mut rest = -value;
        for lot in self.in_sleeve_mut(sleeve).iter_mut().filter(|lot| lot.instrument == instrument) {
            let sold = rest.min(lot.value);
            lot.value -= sold;
            rest -= sold;
            if rest <= 0.0 {
                break;
            }
        }
    }

    /// Lets go of lots of which nothing is left to sell.
    pub(super) fn keep_of_value(&mut self) {
        let is_kept = |lot: &TaxLot| lot.value > 0.0;
        let (mut read, mut kept) = (0, 0);
        for start in &mut self.starts {
            kept += self.lots.get(read..*start).unwrap_or_default().iter().filter(|lot| is_kept(lot)).count();
            read = *start;
            *start = kept;
        }
        self.lots.retain(is_kept);
    }
}

impl TaxLot {
    /// The order in which lots of a sleeve are sold.
    fn cheaper(a: &Self, b: &Self) -> Ordering {
        let order = a.tax.total_cmp(&b.tax).then(a.gain.total_cmp(&b.gain));
        order.then(b.instrument.cmp(&a.instrument)).then(a.index.cmp(&b.index))
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
    let gain = gain_of(context, lot, to_f64(lot.quantity.decimal()) * unit);
    let tax = gain * rate_of(context, rates, lot);
    let value = sellable(position, index, unit);
    Some(TaxLot { instrument: position.instrument, index: Some(index), value, gain, tax })
}

/// Value that may be sold of a lot.
fn sellable(position: &PositionSituation<'_>, index: usize, unit: f64) -> f64 {
    let units = position.lots.get(index).map_or(0.0, |lot| to_f64(lot.quantity.decimal()));
    (units - to_f64(position.locked(index).decimal())) * unit
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
    TaxLot { instrument: position.instrument, index: None, value, gain: share(gains), tax: share(taxes) }
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
