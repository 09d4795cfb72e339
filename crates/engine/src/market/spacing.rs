//! How far apart dates are, and how many periods of that length a year has.

use evenkeel_ledger::date::Date;

const DAYS_A_YEAR: f64 = 365.25;

/// Days of trade in a year, by convention.
const DAILY: f64 = 252.0;

/// Periods a year that series usually have, apart from the daily; what is within a tenth of one of them is that.
const USUAL: [f64; 4] = [52.0, 12.0, 4.0, 1.0];

/// Days from one date to the next, at the median; 1 where there are no two dates. Days are ordinal, in order.
pub(crate) fn usual_step(days: impl Iterator<Item = i32>) -> i32 {
    let mut before = None;
    let mut steps: Vec<i32> = days.filter_map(|day| day.checked_sub(before.replace(day)?)).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(1)
}

/// Periods a year where they are usually `step` days long: 252 for a day, and 52, 12, 4 or 1 where that is near.
pub(super) fn periods_of(step: i32) -> f64 {
    if step <= 1 {
        return DAILY;
    }
    let rough = DAYS_A_YEAR / f64::from(step);
    USUAL.into_iter().find(|usual| (rough / usual - 1.0).abs() < 0.1).unwrap_or(rough)
}

/// Periods a year of dates, in order.
pub fn periods_per_year(dates: &[Date]) -> f64 {
    periods_of(usual_step(dates.iter().map(|date| date.ordinal())))
}
