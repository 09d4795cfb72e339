//! [`Tape`]: the prices up to a day, read forward once.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Ratio;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::{NumberError, Price, Rounding};

use crate::market::{PriceHistory, PricePoint};

/// The last price of each instrument on or before the day that was reached.
#[derive(Debug)]
pub(super) struct Tape<'a> {
    history: &'a PriceHistory,
    next: Vec<usize>,
    last: Vec<Option<PricePoint>>,
}

impl<'a> Tape<'a> {
    pub(super) fn new(history: &'a PriceHistory) -> Self {
        Self { history, next: vec![0; history.series.len()], last: vec![None; history.series.len()] }
    }

    /// Goes on to a day.
    pub(super) fn advance(&mut self, day: Date) {
        for ((series, next), last) in self.history.series.iter().zip(&mut self.next).zip(&mut self.last) {
            while let Some(point) = series.get(*next).filter(|point| point.date <= day) {
                if point.price.is_positive() {
                    *last = Some(*point);
                }
                *next += 1;
            }
        }
    }

    /// The last price above zero.
    pub(super) fn last(&self, instrument: InstrumentId) -> Option<PricePoint> {
        self.last.get(instrument.index()).copied().flatten()
    }

    /// Divides the last price by a split's ratio, where it is of before the day of the split.
    ///
    /// # Errors
    /// A price out of range.
    pub(super) fn split(&mut self, instrument: InstrumentId, day: Date, ratio: Ratio) -> Result<(), NumberError> {
        if let Some(Some(last)) = self.last.get_mut(instrument.index()).filter(|last| last.is_some_and(|last| last.date < day)) {
            last.price = Price::new(last.price.decimal().pro_rata(ratio.old, ratio.new, Rounding::HalfEven)?);
        }
        Ok(())
    }

    /// The price of the day itself.
    pub(super) fn on(&self, instrument: InstrumentId, day: Date) -> Option<Price> {
        self.last(instrument).filter(|point| point.date == day).map(|point| point.price)
    }

    /// How many days old the last price is.
    pub(super) fn age(&self, instrument: InstrumentId, day: Date) -> Option<i32> {
        self.last(instrument).map(|point| day.days_since(point.date))
    }
}
