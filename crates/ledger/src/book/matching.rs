//! Changes to disposals that are still provisional.
//!
//! Tax rules that look at what is bought after a sale (share identification within 30 days in the
//! UK, wash sales in the US) decide later; what they decide enters the journal as events, so that
//! a replay needs no rule to give the same books.

use super::account::in_currency;
use super::corporate::derived_id;
use super::realized::RealizedGain;
use super::{Book, Refusal, require_positive};
use crate::account::BasisMethod;
use crate::event::{Acquisition, DeferLoss, Event, Rematch, Replacement};
use crate::instrument::InstrumentId;
use crate::lot::{Lot, LotId};
use crate::number::{Money, Quantity, Rounding};
use crate::select::Pick;

impl Book {
    /// Gives the units of a disposal back and takes others in their stead.
    pub(super) fn rematch(&mut self, event: &Event, rematch: &Rematch) -> Result<(), Refusal> {
        require_positive(rematch.quantity.is_positive(), "the quantity matched")?;
        let place = self.find_disposal(event, rematch.disposal, rematch.instrument, &rematch.from)?;
        let mut first = self.realized.get(place).cloned().ok_or(Refusal::NotHeld)?;
        if first.short {
            return Err(Refusal::ShortPosition);
        }
        let mut matched = split_gain(&mut first, rematch.quantity)?;
        let account = self.account_mut(event.account)?;
        let mut position = account.draft(rematch.instrument);
        match &rematch.to {
            Acquisition::Lot(id) => {
                if *id == rematch.from {
                    return Err(Refusal::SameOnBothSides);
                }
                let index = position.lots().iter().position(|lot| lot.id == *id).ok_or(Refusal::NotHeld)?;
                let held = position.lots().get(index).map_or(Quantity::ZERO, |lot| lot.quantity);
                if held < rematch.quantity {
                    return Err(Refusal::TooManyMatched { asked: rematch.quantity, held });
                }
                let mut taken = Vec::new();
                position.take(&[Pick { index, quantity: rematch.quantity }], &mut taken)?;
                position.open(returned(&matched))?;
                for lot in taken {
                    (matched.lot, matched.basis) = (lot.id, lot.cost_basis);
                    (matched.acquired, matched.held_since) = (lot.acquired, lot.held_since);
                }
            }
            Acquisition::Pooled { acquired, basis } => {
                exchange_in_pool(&mut position, &matched, *basis)?;
                matched.basis = Some(*basis);
                (matched.acquired, matched.held_since) = (Some(*acquired), Some(*acquired));
            }
        }
        account.replace(position);
        self.put_back(place, first, matched);
        Ok(())
    }

    /// Takes loss from a disposal and adds it to the basis of its replacement, if it has one.
    pub(super) fn defer_loss(&mut self, event: &Event, deferral: &DeferLoss) -> Result<(), Refusal> {
        require_positive(deferral.loss.is_positive(), "the loss deferred")?;
        let place = self.find_disposal(event, deferral.disposal, deferral.instrument, &deferral.from)?;
        let mut gain = self.realized.get(place).cloned().ok_or(Refusal::NotHeld)?;
        let left = gain.gain()?.ok_or_else(|| Refusal::UnknownBasis(deferral.from.clone()))?.neg();
        if left.try_cmp(deferral.loss)?.is_lt() {
            return Err(Refusal::TooMuchDeferred { asked: deferral.loss, left });
        }
        gain.deferred = gain.deferred.try_add(deferral.loss)?;
        if let Some(into) = &deferral.into {
            self.add_to_replacement(event, deferral.loss, into)?;
        }
        if let Some(known) = self.realized.get_mut(place) {
            *known = gain;
        }
        Ok(())
    }

    fn add_to_replacement(&mut self, event: &Event, loss: Money, into: &Replacement) -> Result<(), Refusal> {
        let account = self.account_mut(into.account)?;
        let loss = in_currency(event, loss, account.currency)?;
        let mut position = account.draft(into.instrument);
        let name = derived_id(&into.lot, event.sequence);
        position.take_up(into, None, loss, name)?;
        account.replace(position);
        Ok(())
    }

    /// The place of the gain of a disposal that is still provisional.
    fn find_disposal(&self, event: &Event, disposal: u64, instrument: InstrumentId, lot: &LotId) -> Result<usize, Refusal> {
        let first = self.realized.partition_point(|gain| gain.sequence < disposal);
        let place = self
            .realized
            .iter()
            .skip(first)
            .take_while(|gain| gain.sequence == disposal)
            .position(|gain| gain.account == event.account && gain.instrument == instrument && gain.lot == *lot)
            .map(|offset| first.saturating_add(offset))
            .ok_or_else(|| Refusal::NoSuchDisposal { disposal, lot: lot.clone() })?;
        let gain = self.realized.get(place).ok_or(Refusal::NotHeld)?;
        if gain.is_provisional(event.dates.trade) {
            return Ok(place);
        }
        Err(Refusal::Final { through: gain.provisional_through.unwrap_or(gain.realized) })
    }

    /// Replaces a gain by what is left of it and the part that was matched anew.
    fn put_back(&mut self, place: usize, rest: RealizedGain, matched: RealizedGain) {
        let parts = [rest, matched].into_iter().filter(|gain| gain.quantity.is_positive());
        self.realized.splice(place..=place, parts);
    }
}

/// Takes `quantity` units off a gain, with their share of its amounts.
fn split_gain(gain: &mut RealizedGain, quantity: Quantity) -> Result<RealizedGain, Refusal> {
    if quantity > gain.quantity {
        return Err(Refusal::TooManyMatched { asked: quantity, held: gain.quantity });
    }
    let mut part = gain.clone();
    let share = |money: Money| money.pro_rata(quantity, gain.quantity, Rounding::HalfEven);
    part.quantity = quantity;
    part.proceeds = gain.proceeds.map(share).transpose()?;
    part.basis = gain.basis.map(share).transpose()?;
    part.deferred = share(gain.deferred)?;
    let rest = |whole: Option<Money>, part: Option<Money>| whole.zip(part).map(|(whole, part)| whole.try_sub(part)).transpose();
    gain.proceeds = rest(gain.proceeds, part.proceeds)?;
    gain.basis = rest(gain.basis, part.basis)?;
    gain.deferred = gain.deferred.try_sub(part.deferred)?;
    gain.quantity = gain.quantity.try_sub(quantity)?;
    Ok(part)
}

/// The lot that a disposal had taken.
fn returned(gain: &RealizedGain) -> Lot {
    Lot {
        id: gain.lot.clone(),
        instrument: gain.instrument,
        quantity: gain.quantity,
        cost_basis: gain.basis,
        acquired: gain.acquired,
        held_since: gain.held_since,
    }
}

/// The pool gets back what the units had cost and gives up what the others cost; its units stay.
fn exchange_in_pool(position: &mut super::basis::Position, matched: &RealizedGain, basis: Money) -> Result<(), Refusal> {
    let mut lots = position.take_all();
    let ([pool], BasisMethod::Pooled) = (lots.as_mut_slice(), position.method()) else { return Err(Refusal::NotInPool) };
    let back = matched.basis.ok_or_else(|| Refusal::UnknownBasis(matched.lot.clone()))?;
    let cost = pool.cost_basis.ok_or(Refusal::NotInPool)?.try_add(back)?.try_sub(basis)?;
    if cost.is_negative() || pool.quantity < matched.quantity {
        return Err(Refusal::NotInPool);
    }
    pool.cost_basis = Some(cost);
    lots.into_iter().try_for_each(|lot| position.open(lot))
}
