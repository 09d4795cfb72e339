//! [`Calendar`]: the days on which an exchange trades.
//!
//! A calendar is data: every closing and early close over a stated span of years, as a
//! [`CalendarTable`]. New York and London are made from rules and lists whose sources stand in
//! their files; others are read from a document. A date outside the span is an error, never a
//! guess.

mod adjustment;
mod london;
mod new_york;
mod rule;
mod table;

use std::borrow::Cow;
use std::sync::Arc;

pub use adjustment::{AdjustmentError, BusinessDayAdjustment};
pub use table::{CalendarTable, Closing, EarlyClose, TimeOfDay, TimeOfDayError};

use crate::date::{Date, DateError, Weekday};

/// The days on which an exchange trades, over a stated span of years.
///
/// ```
/// use evenkeel_ledger::calendar::{BusinessDayAdjustment, Calendar};
/// use evenkeel_ledger::date::Date;
///
/// let new_york = Calendar::new_york();
/// let good_friday = Date::new(2024, 3, 29)?;
/// assert_eq!(new_york.holiday(good_friday)?, Some("Good Friday"));
/// // The month's last day of trade was Thursday.
/// let adjusted = new_york.adjust(Date::new(2024, 3, 31)?, BusinessDayAdjustment::ModifiedFollowing)?;
/// assert_eq!(adjusted, Date::new(2024, 3, 28)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    // Shared: every policy holds its calendar.
    table: Arc<CalendarTable>,
}

/// Why a calendar has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The date, or one that must be looked at to answer, lies outside the years covered.
    #[error("{date} is outside the calendar `{calendar}`, which covers {first_year} to {last_year}: use a calendar that covers it")]
    OutsideCoverage {
        /// Name of the calendar.
        calendar: String,
        /// The date.
        date: Date,
        /// First year covered.
        first_year: i16,
        /// Last year covered.
        last_year: i16,
    },
    /// Early closes of that year are not known.
    #[error("early closes of the calendar `{calendar}` are known since {since} only, not for {date}")]
    EarlyClosesUnknown {
        /// Name of the calendar.
        calendar: String,
        /// The date.
        date: Date,
        /// First year for which they are known.
        since: i16,
    },
    /// No calendar of that name is built in.
    #[error("there is no calendar `{0}`: expected `new_york`, `london` or `weekdays`, or give its table of holidays")]
    Unknown(String),
    /// A table that contradicts itself.
    #[error("the calendar `{calendar}` is not usable: {problem}")]
    BadTable {
        /// Name of the calendar.
        calendar: String,
        /// What is wrong.
        problem: String,
    },
    /// A date that cannot be represented.
    #[error(transparent)]
    Date(#[from] DateError),
}

impl Calendar {
    /// The New York Stock Exchange, 1971 to 2099.
    pub fn new_york() -> Self {
        Self { table: Arc::new(new_york::BOOK.table()) }
    }

    /// The London Stock Exchange, 1978 to 2099 (early closes since 2000).
    pub fn london() -> Self {
        Self { table: Arc::new(london::BOOK.table()) }
    }

    /// Monday to Friday, without holidays, for the years 1 to 9999.
    pub fn weekdays() -> Self {
        Self {
            table: Arc::new(CalendarTable {
                name: Cow::Borrowed("weekdays"),
                source: Cow::Borrowed("Monday to Friday, without holidays"),
                first_year: 1,
                last_year: 9999,
                early_closes_since: 1,
                weekend: vec![Weekday::Saturday, Weekday::Sunday],
                holidays: Vec::new(),
                early_closes: Vec::new(),
            }),
        }
    }

    /// A calendar that is built in: `new_york`, `london` or `weekdays`.
    pub fn named(name: &str) -> Result<Self, CalendarError> {
        match name {
            "new_york" => Ok(Self::new_york()),
            "london" => Ok(Self::london()),
            "weekdays" => Ok(Self::weekdays()),
            _ => Err(CalendarError::Unknown(name.to_owned())),
        }
    }

    /// A calendar from its data; refused where the table contradicts itself.
    pub fn from_table(mut table: CalendarTable) -> Result<Self, CalendarError> {
        table.holidays.sort_by_key(|closing| closing.date);
        table.early_closes.sort_by_key(|early| early.date);
        match table_problem(&table) {
            Some(problem) => Err(CalendarError::BadTable { calendar: table.name.into_owned(), problem }),
            None => Ok(Self { table: Arc::new(table) }),
        }
    }

    /// The calendar as data, in order of date.
    pub fn table(&self) -> &CalendarTable {
        &self.table
    }

    /// Its name, such as `new_york`.
    pub fn name(&self) -> &str {
        &self.table.name
    }

    /// Whether the exchange trades on that day.
    pub fn is_open(&self, date: Date) -> Result<bool, CalendarError> {
        Ok(self.holiday(date)?.is_none() && !self.table.weekend.contains(&date.weekday()))
    }

    /// The name of the holiday or event that closes the exchange on that day, if there is one. A
    /// plain weekend has none.
    pub fn holiday(&self, date: Date) -> Result<Option<&str>, CalendarError> {
        self.check_covered(date)?;
        let found = self.table.holidays.binary_search_by_key(&date, |closing| closing.date).ok();
        Ok(found.and_then(|index| self.table.holidays.get(index)).map(|closing| closing.name.as_ref()))
    }

    /// The early close of that day, if the exchange trades for a part of it only.
    pub fn early_close(&self, date: Date) -> Result<Option<&EarlyClose>, CalendarError> {
        self.check_covered(date)?;
        if date.year() < self.table.early_closes_since {
            let (calendar, since) = (self.name().to_owned(), self.table.early_closes_since);
            return Err(CalendarError::EarlyClosesUnknown { calendar, date, since });
        }
        let found = self.table.early_closes.binary_search_by_key(&date, |early| early.date).ok();
        Ok(found.and_then(|index| self.table.early_closes.get(index)))
    }

    /// The first business day after `date`.
    pub fn next_open(&self, date: Date) -> Result<Date, CalendarError> {
        self.nearest_open(date, 1)
    }

    /// The last business day before `date`.
    pub fn previous_open(&self, date: Date) -> Result<Date, CalendarError> {
        self.nearest_open(date, -1)
    }

    /// The business day to which `date` moves; a business day stays.
    pub fn adjust(&self, date: Date, adjustment: BusinessDayAdjustment) -> Result<Date, CalendarError> {
        if self.is_open(date)? {
            return Ok(date);
        }
        let same_month = |moved: &Date| (moved.year(), moved.month()) == (date.year(), date.month());
        match adjustment {
            BusinessDayAdjustment::None => Ok(date),
            BusinessDayAdjustment::Following => self.next_open(date),
            BusinessDayAdjustment::Preceding => self.previous_open(date),
            BusinessDayAdjustment::ModifiedFollowing => match self.next_open(date) {
                Ok(moved) if same_month(&moved) => Ok(moved),
                _ => self.previous_open(date),
            },
            BusinessDayAdjustment::ModifiedPreceding => match self.previous_open(date) {
                Ok(moved) if same_month(&moved) => Ok(moved),
                _ => self.next_open(date),
            },
        }
    }

    /// The `count`-th business day after `date`, or before it where `count` is below zero. With 0,
    /// `date` itself if it is one, else the next.
    pub fn add_business_days(&self, date: Date, count: i32) -> Result<Date, CalendarError> {
        if count == 0 {
            return self.adjust(date, BusinessDayAdjustment::Following);
        }
        let mut day = date;
        for _ in 0..count.unsigned_abs() {
            day = if count > 0 { self.next_open(day)? } else { self.previous_open(day)? };
        }
        Ok(day)
    }

    /// Business days after `from`, up to and including `to`; below zero where `to` comes first.
    pub fn business_days_between(&self, from: Date, to: Date) -> Result<i32, CalendarError> {
        if to < from {
            return Ok(self.business_days_between(to, from)?.saturating_neg());
        }
        self.check_covered(from)?;
        self.check_covered(to)?;
        let days = to.days_since(from);
        let (weeks, rest) = (days.div_euclid(7), days.rem_euclid(7));
        let trades_on = |date: Date| !self.table.weekend.contains(&date.weekday());
        let open_in_week = (1..=7).filter(|&day| from.add_days(day).is_ok_and(trades_on)).count();
        let open_in_rest = (0..rest).filter(|&back| to.add_days(back.saturating_neg()).is_ok_and(trades_on)).count();
        let after = |date: Date| self.table.holidays.partition_point(|closing| closing.date <= date);
        let within = self.table.holidays.get(after(from)..after(to)).unwrap_or_default();
        let closed = within.iter().filter(|closing| trades_on(closing.date)).count();
        let narrow = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        Ok(weeks.saturating_mul(narrow(open_in_week)).saturating_add(narrow(open_in_rest)).saturating_sub(narrow(closed)))
    }

    /// The nearest business day strictly before (`step` −1) or after (`step` 1) `date`.
    fn nearest_open(&self, date: Date, step: i32) -> Result<Date, CalendarError> {
        let mut day = date.add_days(step)?;
        while !self.is_open(day)? {
            day = day.add_days(step)?;
        }
        Ok(day)
    }

    fn check_covered(&self, date: Date) -> Result<(), CalendarError> {
        let (first_year, last_year) = (self.table.first_year, self.table.last_year);
        if (first_year..=last_year).contains(&date.year()) {
            return Ok(());
        }
        Err(CalendarError::OutsideCoverage { calendar: self.name().to_owned(), date, first_year, last_year })
    }
}

/// What is wrong with a table whose lists are in order of date.
fn table_problem(table: &CalendarTable) -> Option<String> {
    let CalendarTable { first_year, last_year, early_closes_since, .. } = *table;
    if first_year > last_year {
        return Some(format!("its first year {first_year} comes after its last year {last_year}"));
    }
    if !(first_year..=last_year).contains(&early_closes_since) {
        return Some(format!("early closes are known since {early_closes_since}, outside {first_year} to {last_year}"));
    }
    if Weekday::ALL.iter().all(|day| table.weekend.contains(day)) {
        return Some("no day of the week is open".to_owned());
    }
    let holidays: Vec<Date> = table.holidays.iter().map(|closing| closing.date).collect();
    let early: Vec<Date> = table.early_closes.iter().map(|early| early.date).collect();
    for dates in [&holidays, &early] {
        if let Some(outside) = dates.iter().find(|date| !(first_year..=last_year).contains(&date.year())) {
            return Some(format!("{outside} is outside {first_year} to {last_year}"));
        }
        if let Some(twice) = dates.iter().zip(dates.iter().skip(1)).find_map(|(a, b)| (a == b).then_some(a)) {
            return Some(format!("{twice} is listed twice"));
        }
    }
    let closed = |date: &&Date| holidays.binary_search(date).is_ok() || table.weekend.contains(&date.weekday());
    early.iter().find(closed).map(|date| format!("{date} is both closed and an early close"))
}
