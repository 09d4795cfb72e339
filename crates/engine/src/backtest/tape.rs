//! [`Tape`]: the prices up to a day, read forward once.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Ratio;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{NumberError, Price, Rounding};

use crate::boundary::to_f64;
use crate::market::{PriceHistory, PricePoint, is_used};
use crate::policy::PriceRules;

/// The last usable price of each instrument on or before the day that was reached, judged as decisions judge it.
#[derive(Debug)]
pub(crate) struct Tape<'a> {
    history: &'a PriceHistory,
    rules: PriceRules,
    next: Vec<usize>,
    last: Vec<Option<PricePoint>>,
    /// The last two prices, usable or not, the later first.
    seen: Vec<[Option<f64>; 2]>,
}

impl<'a> Tape<'a> {
    pub(crate) fn new(history: &'a PriceHistory, rules: PriceRules) -> Self {
        let count = history.series.len();
        Self { history, rules, next: vec![0; count], last: vec![None; count], seen: vec![[None; 2]; count] }
    }

    /// Goes on to a day.
    pub(crate) fn advance(&mut self, day: Date) {
        let kept = self.next.iter_mut().zip(&mut self.last).zip(&mut self.seen);
        for (series, ((next, last), seen)) in self.history.series.iter().zip(kept) {
            while let Some(point) = series.get(*next).filter(|point| point.date <= day) {
                *next += 1;
                if !point.price.is_positive() {
                    continue;
                }
                let price = to_f64(point.price.decimal());
                let [before, earlier] = *seen;
                if is_used(earlier, before, price, &self.rules) {
                    *last = Some(*point);
                }
                *seen = [Some(price), before];
            }
        }
    }

    /// The last usable price.
    pub(crate) fn last(&self, instrument: InstrumentId) -> Option<PricePoint> {
        self.last.get(instrument.index()).copied().flatten()
    }

    /// Divides the last price by a split's ratio, where it is of before the day of the split.
    ///
    /// # Errors
    /// A price out of range.
    pub(crate) fn split(&mut self, instrument: InstrumentId, day: Date, ratio: Ratio) -> Result<(), NumberError> {
        if let Some(Some(last)) = self.last.get_mut(instrument.index()).filter(|last| last.is_some_and(|last| last.date < day)) {
            last.price = Price::new(last.price.decimal().pro_rata(ratio.old, ratio.new, Rounding::HalfEven)?);
        }
        for seen in self.seen.get_mut(instrument.index()).into_iter().flatten().flatten() {
            *seen *= to_f64(ratio.old) / to_f64(ratio.new);
        }
        Ok(())
    }

    /// The change of the last price from the one before it, over splits.
    pub(crate) fn last_change(&self, instrument: InstrumentId) -> Option<f64> {
        match self.seen.get(instrument.index())? {
            [Some(last), Some(before)] => Some(last / before - 1.0),
            _ => None,
        }
    }

    /// The price of the day itself.
    pub(crate) fn on(&self, instrument: InstrumentId, day: Date) -> Option<Price> {
        self.last(instrument).filter(|point| point.date == day).map(|point| point.price)
    }

    /// How many days old the last price is.
    pub(crate) fn age(&self, instrument: InstrumentId, day: Date) -> Option<i32> {
        self.last(instrument).map(|point| day.days_since(point.date))
    }
}
