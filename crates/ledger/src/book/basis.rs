//! [`Position`]: the units of one instrument in one account, and how they keep their basis.
//!
//! One interface serves three methods. With *lots*, each purchase keeps its own basis. At
//! *average cost*, lots keep their dates and share their basis in proportion to units. In a *pool*, all purchases become one lot without a date.

use std::sync::Arc;

use super::Refusal;
use super::order::{CostOrders, End};
use crate::account::BasisMethod;
use crate::date::Date;
use crate::event::{Ratio, Replacement};
use crate::instrument::InstrumentId;
use crate::lot::{Lot, LotId};
use crate::number::{Currency, Decimal, Money, NumberError, Quantity, Rounding};
use crate::select::{LotMethod, LotSelection, Pick, SelectError, select};

/// Units of one instrument: all long or all short.
#[derive(Debug, Clone)]
pub(super) struct Position {
    instrument: InstrumentId,
    method: BasisMethod,
    /// By date of acquisition, then id. In a large position lots without units stay for a while: taking
    /// each out as it empties would move all that follow.
    lots: Vec<Lot>,
    /// Signed units over all lots.
    units: Quantity,
    /// Place of the first lot that has units.
    first: usize,
    /// How many lots have none.
    emptied: usize,
    /// The highest number that a lot has borne.
    last_number: u64,
    orders: CostOrders,
}

/// From so many lots on a position is large. Below, scanning and moving are faster than any order.
const LARGE: usize = 256;

impl Position {
    pub(super) fn new(instrument: InstrumentId, method: BasisMethod) -> Self {
        Self {
            instrument,
            method,
            lots: Vec::new(),
            units: Quantity::ZERO,
            first: 0,
            emptied: 0,
            last_number: 0,
            orders: CostOrders::default(),
        }
    }

    pub(super) const fn instrument(&self) -> InstrumentId {
        self.instrument
    }

    pub(super) const fn method(&self) -> BasisMethod {
        self.method
    }

    /// Lots that have units, by date of acquisition, then id.
    pub(super) fn held(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(|lot| !lot.quantity.is_zero())
    }

    /// The same as a slice.
    pub(super) fn lots(&mut self) -> &[Lot] {
        self.drop_emptied();
        &self.lots
    }

    /// Signed units over all lots; zero where there is none.
    pub(super) const fn units(&self) -> Quantity {
        self.units
    }

    fn drop_emptied(&mut self) {
        if self.emptied > 0 {
            self.lots.retain(|lot| !lot.quantity.is_zero());
            (self.first, self.emptied) = (0, 0);
            self.orders.clear();
        }
    }

    /// Takes a lot in. A part that comes back to its lot rejoins it; a pool swallows it.
    pub(super) fn open(&mut self, mut lot: Lot) -> Result<(), Refusal> {
        lot.instrument = self.instrument;
        if !self.units.is_zero() && self.units.is_negative() != lot.quantity.is_negative() {
            return Err(Refusal::OppositeSides);
        }
        if self.method != BasisMethod::Lots && lot.cost_basis.is_none() {
            return Err(Refusal::UnknownBasis(lot.id));
        }
        if self.method == BasisMethod::Pooled {
            (lot.acquired, lot.held_since) = (None, None);
            lot.id = match self.held().next() {
                Some(pool) => pool.id.clone(),
                None => LotId::Named(Arc::from(POOL)),
            };
        }
        let units = self.units.try_add(lot.quantity)?;
        // Purchases are numbered upward, so that hardly any needs to be looked for.
        let number = if let LotId::Number(number) = lot.id { Some(number) } else { None };
        if number.is_some_and(|number| number > self.last_number) {
            self.last_number = number.unwrap_or_default();
            self.insert(lot);
        } else {
            self.orders.clear();
            match self.lots.iter_mut().find(|held| held.id == lot.id && !held.quantity.is_zero()) {
                Some(held) => join(held, &lot)?,
                None => self.insert(lot),
            }
        }
        self.units = units;
        if let Some((mut shares, currency)) = self.average()? {
            self.share_out(&mut shares, currency)?;
        }
        Ok(())
    }

    fn insert(&mut self, lot: Lot) {
        let key = |lot: &Lot| lot.acquired;
        let place = match self.lots.last() {
            Some(last) if (key(last), &last.id) > (key(&lot), &lot.id) => {
                self.lots.partition_point(|held| (key(held), &held.id) < (key(&lot), &lot.id))
            }
            _ => self.lots.len(),
        };
        if place < self.lots.len() {
            self.orders.clear();
        }
        self.first = self.first.min(place);
        self.lots.insert(place, lot);
        self.orders.enter(&self.lots, place);
    }

    /// Takes out units (above zero) that a selection chooses; `picks` says of which lots.
    pub(super) fn close(
        &mut self,
        quantity: Quantity,
        selection: &LotSelection,
        picks: &mut Vec<Pick>,
        taken: &mut Vec<Lot>,
    ) -> Result<(), Refusal> {
        self.select(quantity, selection, picks)?;
        Ok(self.take(picks, taken)?)
    }

    fn select(&mut self, quantity: Quantity, selection: &LotSelection, picks: &mut Vec<Pick>) -> Result<(), SelectError> {
        let end = match selection {
            LotSelection::By(LotMethod::Hifo) => Some(End::Highest),
            LotSelection::By(LotMethod::Lofo) => Some(End::Lowest),
            _ => None,
        };
        if let Some(end) = end.filter(|_| self.is_large()) {
            picks.clear();
            if let Some(picked) = self.orders.pick(&self.lots, end, quantity, picks) {
                return picked;
            }
        }
        select(self.lots.get(self.first..).unwrap_or_default(), quantity, selection, self.method, picks)?;
        for pick in picks {
            pick.index = pick.index.saturating_add(self.first);
        }
        Ok(())
    }

    /// Whether it pays to keep lots in order and let emptied ones stay.
    fn is_large(&self) -> bool {
        self.method == BasisMethod::Lots && self.lots.len() >= LARGE
    }

    /// Gives every lot its share of a basis.
    fn share_out(&mut self, shares: &mut Shares, currency: Currency) -> Result<(), NumberError> {
        for lot in &mut self.lots {
            lot.cost_basis = Some(shares.next_money(lot.quantity.abs(), currency)?);
        }
        Ok(())
    }

    /// Takes the picked units out, each with its share of basis; appends them to `taken` as lots.
    pub(super) fn take(&mut self, picks: &[Pick], taken: &mut Vec<Lot>) -> Result<(), NumberError> {
        let mut shares = self.average()?;
        for pick in picks {
            let Some(lot) = self.lots.get_mut(pick.index) else { continue };
            let mut part = split_off(lot, pick.quantity)?;
            if let Some((shares, currency)) = &mut shares {
                part.cost_basis = Some(shares.next_money(pick.quantity, *currency)?);
            }
            self.emptied = self.emptied.saturating_add(usize::from(lot.quantity.is_zero()));
            self.units = self.units.try_sub(part.quantity)?;
            taken.push(part);
        }
        if !self.is_large() || self.emptied.saturating_mul(2) > self.lots.len() {
            self.drop_emptied();
            self.orders.clear();
        } else {
            self.pass_over_emptied();
            for pick in picks {
                self.orders.enter(&self.lots, pick.index);
            }
        }
        if let Some((shares, currency)) = &mut shares {
            self.share_out(shares, *currency)?;
        }
        Ok(())
    }

    /// The ends are lots with units, so that first in and last in are found at once.
    fn pass_over_emptied(&mut self) {
        while self.lots.get(self.first).is_some_and(|lot| lot.quantity.is_zero()) {
            self.first = self.first.saturating_add(1);
        }
        while self.lots.last().is_some_and(|lot| lot.quantity.is_zero()) {
            self.lots.pop();
            self.emptied = self.emptied.saturating_sub(1);
        }
    }

    /// A lot that has units, by its id; its date of acquisition, where it is known, finds it sooner.
    pub(super) fn find(&self, id: &LotId, acquired: Option<Date>) -> Option<&Lot> {
        self.lots.get(self.place_of(id, acquired)?)
    }

    fn place_of(&self, id: &LotId, acquired: Option<Date>) -> Option<usize> {
        let is_it = |place: &usize| self.lots.get(*place).is_some_and(|lot| lot.id == *id && !lot.quantity.is_zero());
        if acquired.is_none() {
            return (0..self.lots.len()).find(is_it);
        }
        let first = self.lots.partition_point(|lot| (lot.acquired, &lot.id) < (acquired, id));
        (first..self.lots.len()).take_while(|place| self.lots.get(*place).is_some_and(|lot| lot.id == *id)).find(is_it)
    }

    /// Adds to the basis of units of a lot and sets the start of their holding period; what is only part of the lot
    /// becomes one of its own, but in a pool. Nothing changes where it is refused.
    pub(super) fn take_up(
        &mut self,
        into: &Replacement,
        acquired: Option<Date>,
        loss: Money,
        name: LotId,
    ) -> Result<Option<Money>, Refusal> {
        let place = self.place_of(&into.lot, acquired).ok_or(Refusal::NotHeld)?;
        let mut rest = self.lots.get(place).cloned().ok_or(Refusal::NotHeld)?;
        if !into.quantity.is_positive() {
            return Err(Refusal::NotPositive { what: "the quantity of replacement units" });
        }
        if rest.quantity < into.quantity {
            return Err(Refusal::TooManyMatched { asked: into.quantity, held: rest.quantity });
        }
        if self.method == BasisMethod::Pooled {
            rest.cost_basis = rest.cost_basis.map(|basis| basis.try_add(loss)).transpose()?;
            let basis = rest.cost_basis;
            self.put(place, rest);
            return Ok(basis);
        }
        let mut part = split_off(&mut rest, into.quantity)?;
        part.cost_basis = part.cost_basis.map(|basis| basis.try_add(loss)).transpose()?;
        part.held_since = into.held_since.or(part.held_since);
        self.orders.clear();
        if !rest.quantity.is_zero() {
            part.id = name;
        }
        let (basis, id, acquired) = (part.cost_basis, part.id.clone(), part.acquired);
        if rest.quantity.is_zero() {
            self.put(place, part);
        } else {
            self.put(place, rest);
            self.insert(part);
        }
        if let Some((mut shares, currency)) = self.average()? {
            self.share_out(&mut shares, currency)?;
            return Ok(self.find(&id, acquired).and_then(|lot| lot.cost_basis));
        }
        Ok(basis)
    }

    fn put(&mut self, place: usize, lot: Lot) {
        if let Some(held) = self.lots.get_mut(place) {
            *held = lot;
        }
    }

    /// Takes everything out.
    pub(super) fn take_all(&mut self) -> Vec<Lot> {
        self.drop_emptied();
        (self.units, self.first) = (Quantity::ZERO, 0);
        self.orders.clear();
        std::mem::take(&mut self.lots)
    }

    /// At average cost: the basis of all lots, to be shared in proportion to units.
    fn average(&self) -> Result<Option<(Shares, Currency)>, NumberError> {
        let Some(currency) = self.lots.first().and_then(|lot| lot.cost_basis).map(Money::currency) else { return Ok(None) };
        if self.method != BasisMethod::AverageCost {
            return Ok(None);
        }
        let total = Money::sum(currency, self.lots.iter().filter_map(|lot| lot.cost_basis))?;
        Ok(Some((Shares::new(total.amount(), self.units.abs()), currency)))
    }
}

/// Name of the one lot of a pool.
const POOL: &str = "pool";

/// Adds a part to the lot from which it once came.
fn join(held: &mut Lot, part: &Lot) -> Result<(), Refusal> {
    if (held.acquired, held.held_since) != (part.acquired, part.held_since) {
        return Err(Refusal::DuplicateLot(part.id.clone()));
    }
    let quantity = held.quantity.try_add(part.quantity)?;
    held.cost_basis = add_basis(held.cost_basis, part.cost_basis)?;
    held.quantity = quantity;
    Ok(())
}

/// What both cost together: unknown where either is.
fn add_basis(a: Option<Money>, b: Option<Money>) -> Result<Option<Money>, NumberError> {
    a.zip(b).map(|(a, b)| a.try_add(b)).transpose()
}

/// Splits `quantity` units (above zero) off a lot, long or short, with their share of basis; the
/// remainder of rounding stays with what is left.
pub(super) fn split_off(lot: &mut Lot, quantity: Quantity) -> Result<Lot, NumberError> {
    let units = lot.quantity.abs();
    let mut part = lot.clone();
    if quantity == units {
        lot.quantity = Quantity::ZERO;
        lot.cost_basis = lot.cost_basis.map(|basis| Money::zero(basis.currency()));
        return Ok(part);
    }
    part.quantity = if lot.quantity.is_negative() { quantity.neg() } else { quantity };
    part.cost_basis = lot.cost_basis.map(|basis| basis.pro_rata(quantity, units, Rounding::HalfEven)).transpose()?;
    let rest = lot.quantity.try_sub(part.quantity)?;
    lot.cost_basis = lot.cost_basis.zip(part.cost_basis).map(|(whole, part)| whole.try_sub(part)).transpose()?;
    lot.quantity = rest;
    Ok(part)
}

/// Lots in new units for old: basis and dates stay. The total is rounded once, half to even; a lot
/// that rounding leaves without units hands its basis to the next.
pub(super) fn rescale(lots: &mut Vec<Lot>, ratio: Ratio) -> Result<(), Refusal> {
    if !ratio.new.is_positive() || !ratio.old.is_positive() {
        return Err(Refusal::NotPositive { what: "both sides of the ratio" });
    }
    let units = lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))?;
    let total = units.decimal().pro_rata(ratio.new, ratio.old, Rounding::HalfEven)?;
    let mut shares = Shares::new(total, units);
    let mut kept: Vec<Lot> = Vec::with_capacity(lots.len());
    let mut orphan: Option<Option<Money>> = None;
    for lot in lots.iter() {
        let quantity = Quantity::new(shares.next(lot.quantity)?);
        let cost_basis = match orphan.take() {
            Some(basis) => add_basis(basis, lot.cost_basis)?,
            None => lot.cost_basis,
        };
        if quantity.is_zero() {
            orphan = Some(cost_basis);
        } else {
            kept.push(Lot { quantity, cost_basis, ..lot.clone() });
        }
    }
    if let Some(basis) = orphan {
        let last = kept.last_mut().ok_or(Refusal::NothingLeft)?;
        last.cost_basis = add_basis(last.cost_basis, basis)?;
    }
    *lots = kept;
    Ok(())
}

/// Shares out a total in proportion to units so that the shares add up to it: each share is the
/// rounded part due so far less what was given before, so the remainder ends with the last.
pub(super) struct Shares {
    total: Decimal,
    whole: Quantity,
    units_given: Quantity,
    given: Decimal,
}

impl Shares {
    pub(super) const fn new(total: Decimal, whole: Quantity) -> Self {
        Self { total, whole, units_given: Quantity::ZERO, given: Decimal::ZERO }
    }

    /// The share of the next `units`.
    pub(super) fn next(&mut self, units: Quantity) -> Result<Decimal, NumberError> {
        self.units_given = self.units_given.try_add(units)?;
        let due = if self.units_given == self.whole {
            self.total
        } else {
            self.total.pro_rata(self.units_given.decimal(), self.whole.decimal(), Rounding::HalfEven)?
        };
        let share = due.try_sub(self.given)?;
        self.given = due;
        Ok(share)
    }

    /// The share of the next `units`, as money.
    pub(super) fn next_money(&mut self, units: Quantity, currency: Currency) -> Result<Money, NumberError> {
        self.next(units).map(|share| Money::new(share, currency))
    }
}
