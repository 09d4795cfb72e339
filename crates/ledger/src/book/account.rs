//! [`AccountBook`]: cash and positions of one account, indexed by instrument.

use super::basis::Position;
use super::{AccountRules, Refusal};
use crate::account::BasisMethod;
use crate::event::Event;
use crate::holdings::AccountHoldings;
use crate::instrument::InstrumentId;
use crate::number::{Currency, Money, NumberError, Rounding};

/// Cash and positions of one account.
#[derive(Debug, Clone)]
pub(super) struct AccountBook {
    pub(super) currency: Currency,
    pub(super) method: BasisMethod,
    pub(super) rules: AccountRules,
    /// By currency; a handful at most.
    cash: Vec<Money>,
    /// For each instrument, one more than its place in `positions`; zero where it has none.
    places: Vec<u32>,
    positions: Vec<Position>,
}

impl AccountBook {
    pub(super) const fn new(currency: Currency, method: BasisMethod) -> Self {
        Self { currency, method, rules: AccountRules::STRICT, cash: Vec::new(), places: Vec::new(), positions: Vec::new() }
    }

    /// The position in an instrument, if it was ever held.
    pub(super) fn position(&self, instrument: InstrumentId) -> Option<&Position> {
        let place = self.places.get(instrument.index()).copied().and_then(|place| place.checked_sub(1))?;
        self.positions.get(usize::try_from(place).ok()?)
    }

    /// The position in an instrument, made empty where there is none.
    pub(super) fn position_mut(&mut self, instrument: InstrumentId) -> &mut Position {
        let index = instrument.index();
        if self.places.len() <= index {
            self.places.resize(index.saturating_add(1), 0);
        }
        let known = self.places.get(index).copied().and_then(|place| place.checked_sub(1)).and_then(|place| usize::try_from(place).ok());
        let place = known.unwrap_or_else(|| {
            self.positions.push(Position::new(instrument, self.method));
            if let Some(place) = self.places.get_mut(index) {
                *place = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
            }
            self.positions.len().saturating_sub(1)
        });
        // `place` was read from the index or is that of the position just added.
        &mut self.positions[place]
    }

    /// A copy of the position, to be changed and put back with [`AccountBook::replace`].
    pub(super) fn draft(&self, instrument: InstrumentId) -> Position {
        self.position(instrument).cloned().unwrap_or_else(|| Position::new(instrument, self.method))
    }

    /// A copy of the position, which must hold something.
    pub(super) fn held(&self, instrument: InstrumentId) -> Result<Position, Refusal> {
        self.position(instrument).filter(|position| !position.units().is_zero()).cloned().ok_or(Refusal::NotHeld)
    }

    /// Puts a changed position in place of the one it was copied from.
    pub(super) fn replace(&mut self, position: Position) {
        let instrument = position.instrument();
        *self.position_mut(instrument) = position;
    }

    /// Cash of a currency.
    pub(super) fn cash_in(&self, currency: Currency) -> Money {
        self.cash.iter().copied().find(|held| held.currency() == currency).unwrap_or(Money::zero(currency))
    }

    /// Cash of `change`'s currency after it, if the account may have that.
    pub(super) fn cash_after(&self, change: Money) -> Result<Money, Refusal> {
        let held = self.cash_in(change.currency());
        let after = held.try_add(change)?;
        if after.is_negative() && change.is_negative() && !self.rules.margin {
            return Err(Refusal::InsufficientCash { held, needed: change.neg() });
        }
        Ok(after)
    }

    /// Sets the cash of a currency.
    pub(super) fn set_cash(&mut self, money: Money) {
        match self.cash.iter_mut().find(|held| held.currency() == money.currency()) {
            Some(held) => *held = money,
            None => self.cash.push(money),
        }
    }

    /// An amount of the event in the currency of the account's books.
    pub(super) fn in_books(&self, event: &Event, money: Money) -> Result<Money, Refusal> {
        in_currency(event, money, self.currency)
    }

    pub(super) fn holdings(&self) -> Result<AccountHoldings, NumberError> {
        let mut lots = Vec::with_capacity(self.positions.iter().map(|position| position.held().count()).sum());
        self.positions.iter().for_each(|position| lots.extend(position.held().cloned()));
        AccountHoldings::new(lots, self.cash.iter().copied())
    }
}

/// An amount in another currency at the rate that the event carries.
pub(super) fn in_currency(event: &Event, money: Money, currency: Currency) -> Result<Money, Refusal> {
    if money.currency() == currency {
        return Ok(money);
    }
    let quote = event.fx.ok_or(crate::fx::FxError::Missing { from: money.currency(), to: currency })?;
    Ok(quote.convert(money, currency, Rounding::HalfEven)?)
}
