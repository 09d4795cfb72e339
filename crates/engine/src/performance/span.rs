//! [`Every`]: stretches of days by calendar; [`years`]: how long a span is.

use std::ops::Range;

use evenkeel_ledger::date::Date;

/// Days of a year.
pub(super) const A_YEAR: i32 = 365;

/// The last trading day of a month is at most so many days before its end.
const WEEKEND_AND_HOLIDAY: i32 = 3;

/// How long a stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// A day with prices.
    Day,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
    /// All days.
    Whole,
}

impl Every {
    /// The stretches of days, in order; those at the ends may be shorter.
    pub fn stretches(self, dates: &[Date]) -> Vec<Range<usize>> {
        let key = |index: usize, date: &Date| match self {
            Self::Day => (0, index),
            Self::Month => (date.year(), usize::try_from(date.month()).unwrap_or_default()),
            Self::Quarter => (date.year(), usize::try_from((date.month() - 1) / 3).unwrap_or_default()),
            Self::Year => (date.year(), 0),
            Self::Whole => (0, 0),
        };
        let mut stretches: Vec<Range<usize>> = Vec::new();
        let mut last = None;
        for (index, date) in dates.iter().enumerate() {
            let key = key(index, date);
            match stretches.last_mut().filter(|_| last == Some(key)) {
                Some(stretch) => stretch.end = index + 1,
                None => stretches.push(index..index + 1),
            }
            last = Some(key);
        }
        stretches
    }

    /// Stretches in a year by convention; of days and of all days as the dates have it.
    pub(super) fn usual_a_year(self, dates: &[Date]) -> f64 {
        match self {
            Self::Month => 12.0,
            Self::Quarter => 4.0,
            Self::Year => 1.0,
            Self::Day | Self::Whole => crate::market::periods_per_year(dates),
        }
    }
}

/// Years of 365 days from the close of a day to that of another. From the last trading day of a month to that of the same month a year
/// later it is one, also where that is 364 days. `None` for less, which is not scaled up.
pub(super) fn years(from: Date, to: Date) -> Option<f64> {
    let days = to.days_since(from);
    let is_twelve_months = (to.year(), to.month()) == (from.year() + 1, from.month()) && is_month_end(from) && is_month_end(to);
    (days >= A_YEAR).then(|| f64::from(days) / f64::from(A_YEAR)).or_else(|| is_twelve_months.then_some(1.0))
}

/// Whether only a weekend and a holiday can lie between a day and the end of its month.
fn is_month_end(day: Date) -> bool {
    day.add_days(WEEKEND_AND_HOLIDAY + 1).is_ok_and(|later| later.month() != day.month())
}
