//! Losses that wait for a replacement, and purchases that may be one.

use std::collections::VecDeque;

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Ratio;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Money, NumberError, Quantity, Rounding};

/// Days before and after a sale within which a purchase replaces what was sold.
pub(super) const WINDOW: i32 = 30;

/// A loss of which units are not replaced.
#[derive(Debug, Clone)]
pub(super) struct Loss {
    /// Its place among the realized gains.
    pub(super) gain: usize,
    pub(super) account: AccountId,
    pub(super) instrument: InstrumentId,
    /// The lot that was bought, of which what was sold may be a piece.
    pub(super) root: LotId,
    pub(super) acquired: Option<Date>,
    pub(super) sold: Date,
    /// Days for which the units were held; `None` if unknown.
    pub(super) days_held: Option<i32>,
    pub(super) units: Quantity,
    /// Units that were not replaced.
    pub(super) left: Quantity,
    /// The whole loss, above zero.
    pub(super) total: Money,
    /// What is not allowed of it so far.
    pub(super) given: Money,
}

impl Loss {
    /// Takes units to be replaced, and gives their share of the loss; the shares of all units add up to it.
    pub(super) fn take(&mut self, units: Quantity) -> Result<Money, NumberError> {
        self.left = self.left.try_sub(units)?;
        let due = self.total.pro_rata(self.units.try_sub(self.left)?, self.units, Rounding::HalfEven)?;
        let share = due.try_sub(self.given)?;
        self.given = due;
        Ok(share)
    }

    /// Counts in the units of after a split.
    pub(super) fn rescale(&mut self, ratio: Ratio) -> Result<(), NumberError> {
        let scaled = |units: Quantity| units.decimal().pro_rata(ratio.new, ratio.old, Rounding::HalfEven).map(Quantity::new);
        (self.units, self.left) = (scaled(self.units)?, scaled(self.left)?);
        Ok(())
    }
}

/// Units that were bought. How many of them are still there, and serve as no replacement yet, the lot says.
#[derive(Debug, Clone)]
pub(super) struct Purchase {
    pub(super) account: AccountId,
    pub(super) instrument: InstrumentId,
    pub(super) lot: LotId,
    pub(super) acquired: Date,
}

/// What is known of an identical set.
#[derive(Debug, Clone, Default)]
pub(super) struct Set {
    /// In the order of sales, also those further back than the window: a lot that arrives later may have been bought then.
    pub(super) losses: VecDeque<Loss>,
    /// In the order of purchases.
    pub(super) purchases: VecDeque<Purchase>,
}

impl Set {
    /// Forgets purchases of before a day.
    pub(super) fn forget_before(&mut self, first: Date) {
        while self.purchases.front().is_some_and(|purchase| purchase.acquired < first) {
            self.purchases.pop_front();
        }
    }

    /// Adds a purchase in the order of dates.
    pub(super) fn add(&mut self, purchase: Purchase) {
        let place = match self.purchases.back() {
            Some(last) if last.acquired > purchase.acquired => self.purchases.partition_point(|known| known.acquired <= purchase.acquired),
            _ => self.purchases.len(),
        };
        self.purchases.insert(place, purchase);
    }

    /// Counts losses of an instrument in the units of after a split.
    pub(super) fn rescale(&mut self, instrument: InstrumentId, ratio: Ratio) -> Result<(), NumberError> {
        self.losses.iter_mut().filter(|loss| loss.instrument == instrument).try_for_each(|loss| loss.rescale(ratio))
    }

    /// Takes out what is of an instrument, under its new name.
    pub(super) fn rename(&mut self, from: InstrumentId, to: InstrumentId) -> Self {
        let (mut renamed, mut kept) = (Self::default(), Self::default());
        for loss in std::mem::take(&mut self.losses) {
            if loss.instrument == from { renamed.losses.push_back(Loss { instrument: to, ..loss }) } else { kept.losses.push_back(loss) }
        }
        for purchase in std::mem::take(&mut self.purchases) {
            if purchase.instrument == from {
                renamed.purchases.push_back(Purchase { instrument: to, ..purchase });
            } else {
                kept.purchases.push_back(purchase);
            }
        }
        *self = kept;
        renamed
    }

    /// Takes in what another set had.
    pub(super) fn join(&mut self, other: Self) {
        self.losses.extend(other.losses);
        self.losses.make_contiguous().sort_by_key(|loss| (loss.sold, loss.gain));
        self.purchases.extend(other.purchases);
        self.purchases.make_contiguous().sort_by_key(|purchase| purchase.acquired);
    }
}
