//! [`Position`]: the units of one instrument in one account, and how they keep their basis.
//!
//! One interface serves three methods. With *lots*, each purchase keeps its own basis. At
//! *average cost*, lots keep their dates and share their basis in proportion to units. In a *pool*, all purchases become one lot without a date.

use std::sync::Arc;

use super::Refusal;
use crate::account::BasisMethod;
use crate::event::Ratio;
use crate::instrument::InstrumentId;
use crate::lot::{Lot, LotId};
use crate::number::{Currency, Decimal, Money, NumberError, Quantity, Rounding};
use crate::select::Pick;

/// Units of one instrument: all long or all short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    instrument: InstrumentId,
    method: BasisMethod,
    /// By date of acquisition, then id; none of zero units.
    lots: Vec<Lot>,
}

impl Position {
    pub(super) const fn new(instrument: InstrumentId, method: BasisMethod) -> Self {
        Self { instrument, method, lots: Vec::new() }
    }

    pub(super) const fn instrument(&self) -> InstrumentId {
        self.instrument
    }

    pub(super) const fn method(&self) -> BasisMethod {
        self.method
    }

    pub(super) fn lots(&self) -> &[Lot] {
        &self.lots
    }

    pub(super) fn is_short(&self) -> bool {
        self.lots.first().is_some_and(|lot| lot.quantity.is_negative())
    }

    /// Signed units over all lots.
    pub(super) fn units(&self) -> Result<Quantity, NumberError> {
        self.lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))
    }

    /// Takes a lot in. A part that comes back to its lot rejoins it; a pool swallows it.
    pub(super) fn open(&mut self, mut lot: Lot) -> Result<(), Refusal> {
        lot.instrument = self.instrument;
        if self.lots.first().is_some_and(|held| held.quantity.is_negative() != lot.quantity.is_negative()) {
            return Err(Refusal::OppositeSides);
        }
        if self.method != BasisMethod::Lots && lot.cost_basis.is_none() {
            return Err(Refusal::UnknownBasis(lot.id));
        }
        if self.method == BasisMethod::Pooled {
            (lot.acquired, lot.held_since) = (None, None);
            lot.id = match self.lots.first() {
                Some(pool) => pool.id.clone(),
                None => LotId::Named(Arc::from(POOL)),
            };
        }
        if let Some(held) = self.lots.iter_mut().find(|held| held.id == lot.id) {
            join(held, &lot)?;
        } else {
            self.insert(lot);
        }
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
        self.lots.insert(place, lot);
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
        let mut emptied = false;
        for pick in picks {
            let Some(lot) = self.lots.get_mut(pick.index) else { continue };
            let mut part = split_off(lot, pick.quantity)?;
            if let Some((shares, currency)) = &mut shares {
                part.cost_basis = Some(shares.next_money(pick.quantity, *currency)?);
            }
            emptied |= lot.quantity.is_zero();
            taken.push(part);
        }
        if emptied {
            self.lots.retain(|lot| !lot.quantity.is_zero());
        }
        if let Some((shares, currency)) = &mut shares {
            self.share_out(shares, *currency)?;
        }
        Ok(())
    }

    /// Takes everything out.
    pub(super) fn take_all(&mut self) -> Vec<Lot> {
        std::mem::take(&mut self.lots)
    }

    /// At average cost: the basis of all lots, to be shared in proportion to units.
    fn average(&self) -> Result<Option<(Shares, Currency)>, NumberError> {
        let Some(currency) = self.lots.first().and_then(|lot| lot.cost_basis).map(Money::currency) else { return Ok(None) };
        if self.method != BasisMethod::AverageCost {
            return Ok(None);
        }
        let total = Money::sum(currency, self.lots.iter().filter_map(|lot| lot.cost_basis))?;
        Ok(Some((Shares::new(total.amount(), self.units()?.abs()), currency)))
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
