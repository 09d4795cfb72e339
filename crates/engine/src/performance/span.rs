//! [`Every`]: stretches of days by calendar.

use std::ops::Range;

use evenkeel_ledger::date::Date;

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
