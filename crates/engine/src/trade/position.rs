//! [`PositionSituation`]: one position, as the planner sees it before any trade.

use evenkeel_ledger::account::Account;
use evenkeel_ledger::instrument::{InstrumentId, TradingState};
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{NumberError, Quantity};

use crate::boundary::to_f64;
use crate::portfolio::Position;

use super::context::Context;
use super::locks::LotLock;

/// One position before any trade.
#[derive(Debug, Clone)]
pub(super) struct PositionSituation<'a> {
    pub(super) instrument: InstrumentId,
    /// The lots of which it is made up.
    pub(super) lots: &'a [Lot],
    pub(super) quantity: Quantity,
    pub(super) value: f64,
    /// The sleeve in which most of it lies.
    pub(super) sleeve: usize,
    /// Rank among the sleeve's instruments; last where it is not one of them.
    pub(super) rank: usize,
    pub(super) may_sell: bool,
    pub(super) may_buy: bool,
    pub(super) banned: bool,
    /// Units of lots that may not be sold for tax, by lot.
    pub(super) locks: Vec<LotLock>,
}

impl<'a> PositionSituation<'a> {
    pub(super) fn held(context: &Context<'_>, account: &Account, position: &'a Position<'a>) -> Self {
        let value = to_f64(position.value.amount());
        Self { lots: position.lots, quantity: position.quantity, value, ..Self::new(context, account, position.instrument) }
    }

    /// Value that may be sold.
    pub(super) fn sellable(&self) -> f64 {
        if self.locks.is_empty() { self.value } else { (self.value - self.locked_share() * self.value).max(0.0) }
    }

    /// Units that may be sold.
    ///
    /// # Errors
    /// A number out of range.
    pub(super) fn sellable_quantity(&self) -> Result<Quantity, NumberError> {
        self.locks.iter().try_fold(self.quantity, |left, lock| left.try_sub(lock.quantity)).map(|left| left.max(Quantity::ZERO))
    }

    /// Share of the position that may not be sold for tax.
    fn locked_share(&self) -> f64 {
        let locked: f64 = self.locks.iter().map(|lock| to_f64(lock.quantity.decimal())).sum();
        let held = to_f64(self.quantity.decimal());
        if held > 0.0 { (locked / held).min(1.0) } else { 0.0 }
    }

    /// Units of the lot at a place that may be sold.
    ///
    /// # Errors
    /// A number out of range.
    pub(super) fn free(&self, index: usize) -> Result<Quantity, NumberError> {
        let held = self.lots.get(index).map_or(Quantity::ZERO, |lot| lot.quantity);
        held.try_sub(self.locked(index)).map(|free| free.max(Quantity::ZERO))
    }

    /// Units of a lot that may not be sold.
    pub(super) fn locked(&self, index: usize) -> Quantity {
        let place = self.locks.binary_search_by_key(&index, |lock| lock.index);
        place.ok().and_then(|place| self.locks.get(place)).map_or(Quantity::ZERO, |lock| lock.quantity)
    }

    /// Nothing of an instrument yet.
    pub(super) fn new(context: &Context<'_>, account: &Account, instrument: InstrumentId) -> Self {
        let state = context.unit(instrument).state;
        let exposures = context.sleeves.exposures(instrument);
        let main = exposures.iter().max_by(|a, b| a.weight.total_cmp(&b.weight).then(b.sleeve.cmp(&a.sleeve)));
        let sleeve = main.map_or(context.sleeves.cash, |exposure| exposure.sleeve);
        let kept = state != TradingState::Banned && context.unit(instrument).kept;
        let ranked = context.sleeves.get(sleeve).map_or(&[][..], |sleeve| sleeve.instruments.as_slice());
        Self {
            instrument,
            lots: &[],
            quantity: Quantity::ZERO,
            value: 0.0,
            sleeve: sleeve.0,
            rank: ranked.iter().position(|id| *id == instrument).unwrap_or(ranked.len()),
            may_sell: state.may_sell() && !kept,
            may_buy: state.may_buy() && account.menu.allows(instrument),
            banned: state == TradingState::Banned,
            locks: Vec::new(),
        }
    }
}
