//! [`around_acquisitions`]: what was held before and after the acquisitions of every day.

use std::collections::BTreeSet;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Event;
use evenkeel_ledger::instrument::InstrumentId;

use crate::diagnostic::Diagnostic;
use crate::portfolio::State;

use super::group::{Grouping, Groups};
use super::measured_prices::measured_prices;
use super::moves::acquired;
use super::record::Record;
use super::walk::{Walk, splits};

/// What was held on a day with prices, at those of its close.
#[derive(Debug, Clone, PartialEq)]
pub struct Around {
    /// The day; what happened since the last one is booked on it.
    pub date: Date,
    /// Before its first acquisition; all of it where there is none.
    pub before: State,
    /// At its end.
    pub after: State,
    /// What was acquired.
    pub acquired: Vec<InstrumentId>,
}

/// Replays a journal over the days on which anything is priced, up to one.
///
/// # Errors
/// An event that the books refuse, something held without a price, a missing exchange rate.
pub fn around_acquisitions(record: &Record<'_>, to: Date) -> Result<Vec<Around>, Vec<Diagnostic>> {
    let events = record.journal.through(to);
    let Some(first) = events.first().map(|event| event.dates.trade) else { return Ok(Vec::new()) };
    let priced: BTreeSet<Date> = record.prices.series.iter().flatten().map(|point| point.date).collect();
    let splits = splits(record);
    let prices = measured_prices(record.prices, &splits, &record.rules);
    let everything = Groups::new(Grouping::Household, record.household, record.universe);
    let mut walk = Walk::new(record, &everything, &prices, &splits);
    let mut last = None;
    let mut found = Vec::new();
    for date in priced.range(first..=to.max(first)) {
        let is_new = |event: &&Event| event.dates.trade <= *date && last.is_none_or(|last| event.dates.trade > last);
        let mut of_day: Vec<InstrumentId> = events.iter().filter(is_new).flat_map(|event| acquired(&event.kind)).collect();
        of_day.sort_unstable();
        of_day.dedup();
        let (before, after) = walk.pass_around(*date)?;
        found.push(Around { date: *date, before, after, acquired: of_day });
        last = Some(*date);
    }
    Ok(found)
}
