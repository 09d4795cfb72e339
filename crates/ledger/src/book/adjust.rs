//! What tax rules change in the books beside the journal.
//!
//! A rule that finds what a loss is held against while it replays a journal enters it here; the same decisions
//! written as events ([`EventKind::DeferLoss`](crate::event::EventKind::DeferLoss)) give the same books.

use super::{Book, BookError, RealizedGain, Refusal};
use crate::account::AccountId;
use crate::date::Date;
use crate::event::Replacement;
use crate::holdings::Holdings;
use crate::household::Household;
use crate::instrument::InstrumentId;
use crate::lot::{Lot, LotId};
use crate::number::Money;

impl Book {
    /// The books that begin with what is held, under [`AccountRules::STRICT`](super::AccountRules::STRICT).
    ///
    /// # Errors
    /// Lots that an account's basis method cannot keep, told as of event 0.
    ///
    /// ```
    /// use evenkeel_ledger::{book::Book, date::Date, holdings::Holdings, household::Household};
    /// let household = Household::new("empty", vec![], vec![]).map_err(|_| "household")?;
    /// let held = Holdings::empty(&household, "2024-12-31".parse()?);
    /// let book = Book::opened(&household, &held)?;
    /// assert!(book.realized().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn opened(household: &Household, holdings: &Holdings) -> Result<Self, BookError> {
        let mut book = Self::new(household);
        for (account, held) in book.accounts.iter_mut().zip(&holdings.accounts) {
            let opened = held.lots().iter().try_for_each(|lot| account.position_mut(lot.instrument).open(lot.clone()));
            opened.map_err(|reason| BookError { sequence: 0, reason })?;
            held.cash().iter().for_each(|cash| account.set_cash(*cash));
        }
        book.last = Some((0, holdings.as_of));
        Ok(book)
    }

    /// A lot that has units, by its id. The date on which it was acquired, where it is known, finds it sooner.
    pub fn lot(&self, account: AccountId, instrument: InstrumentId, id: &LotId, acquired: Option<Date>) -> Option<&Lot> {
        self.accounts.get(account.index())?.position(instrument)?.find(id, acquired)
    }

    /// Gives away the realized gains, and keeps none.
    pub fn take_realized(&mut self) -> Vec<RealizedGain> {
        std::mem::take(&mut self.realized)
    }

    /// Takes loss out of a realized gain, by its place in [`Book::realized`].
    ///
    /// # Errors
    /// No loss of so much at that place.
    pub fn defer(&mut self, place: usize, loss: Money) -> Result<(), Refusal> {
        let gain = self.realized.get_mut(place).ok_or(Refusal::NotHeld)?;
        let left = gain.gain()?.ok_or_else(|| Refusal::UnknownBasis(gain.lot.clone()))?.neg();
        if !loss.is_positive() || left.try_cmp(loss)?.is_lt() {
            return Err(Refusal::TooMuchDeferred { asked: loss, left });
        }
        gain.deferred = gain.deferred.try_add(loss)?;
        Ok(())
    }

    /// Adds to the basis of units of a lot, and sets the start of their holding period; units that are only part of
    /// the lot become one of their own, under `name`. The lot's date of acquisition, where it is known, finds it sooner.
    /// Gives the basis of the units then.
    ///
    /// # Errors
    /// Units that are not held, or an amount of another currency.
    pub fn take_up(&mut self, into: &Replacement, acquired: Option<Date>, loss: Money, name: LotId) -> Result<Option<Money>, Refusal> {
        self.account_mut(into.account)?.position_mut(into.instrument).take_up(into, acquired, loss, name)
    }
}
