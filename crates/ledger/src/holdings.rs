//! [`Holdings`]: a snapshot of what a household owns.

use crate::date::Date;
use crate::household::Household;
use crate::instrument::InstrumentId;
use crate::lot::Lot;
use crate::number::{Currency, Money, NumberError, Quantity};

/// Lots and cash of one account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountHoldings {
    /// Lots by instrument, then date of acquisition, then id.
    lots: Vec<Lot>,
    /// Cash by currency; no currency twice.
    cash: Vec<Money>,
}

/// All lots of one instrument in one account.
#[derive(Debug, Clone, Copy)]
pub struct Position<'a> {
    /// The instrument.
    pub instrument: InstrumentId,
    /// Its lots, earliest first.
    pub lots: &'a [Lot],
}

impl Position<'_> {
    /// Units over all lots.
    pub fn quantity(&self) -> Result<Quantity, NumberError> {
        self.lots.iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))
    }
}

impl AccountHoldings {
    /// Sorts lots and adds up cash of one currency.
    pub fn new(mut lots: Vec<Lot>, cash: impl IntoIterator<Item = Money>) -> Result<Self, NumberError> {
        lots.sort_by(|a, b| (a.instrument, a.acquired, &a.id).cmp(&(b.instrument, b.acquired, &b.id)));
        let mut holdings = Self { lots, cash: Vec::new() };
        for money in cash {
            holdings.add_cash(money)?;
        }
        Ok(holdings)
    }

    /// Lots by instrument, then date of acquisition, then id.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// Cash by currency.
    pub fn cash(&self) -> &[Money] {
        &self.cash
    }

    /// Cash of one currency.
    pub fn cash_in(&self, currency: Currency) -> Money {
        self.cash.iter().copied().find(|money| money.currency() == currency).unwrap_or(Money::zero(currency))
    }

    /// Adds to the cash of a currency (takes from it where below zero).
    pub fn add_cash(&mut self, money: Money) -> Result<(), NumberError> {
        match self.cash.binary_search_by_key(&money.currency(), |held| held.currency()) {
            Ok(index) => {
                if let Some(held) = self.cash.get_mut(index) {
                    *held = held.try_add(money)?;
                }
            }
            Err(index) => self.cash.insert(index, money),
        }
        Ok(())
    }

    /// Lots grouped by instrument, in the order of ids.
    pub fn positions(&self) -> impl Iterator<Item = Position<'_>> {
        self.lots
            .chunk_by(|a, b| a.instrument == b.instrument)
            .filter_map(|lots| lots.first().map(|lot| Position { instrument: lot.instrument, lots }))
    }
}

/// What a household owns on a date: one entry an account, in the household's order of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdings {
    /// The date of the snapshot, after that day's events.
    pub as_of: Date,
    /// As many as the household has accounts.
    pub accounts: Vec<AccountHoldings>,
}

impl Holdings {
    /// Nothing in any account.
    pub fn empty(household: &Household, as_of: Date) -> Self {
        Self { as_of, accounts: vec![AccountHoldings::default(); household.accounts.len()] }
    }
}
