//! How far apart dates are, and how many periods of that length a year has.

use evenkeel_ledger::date::{Date, Weekday};

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

/// Calendar months of steps that are counted in months.
const CALENDAR: [i32; 3] = [1, 3, 12];

/// The day one usual step before the first of dates, in order. Months, quarters and years are those of the calendar, and go from month end
/// to month end where most dates are the last weekday of a month.
pub(super) fn step_before(dates: &[Date]) -> Option<Date> {
    let (first, step) = (*dates.first()?, usual_step(dates.iter().map(|date| date.ordinal())));
    let is_near = |months: &i32| (f64::from(step) * 12.0 / (DAYS_A_YEAR * f64::from(*months)) - 1.0).abs() < 0.1;
    let Some(months) = CALENDAR.into_iter().find(is_near) else { return first.add_days(-step).ok() };
    let before = first.add_months(-months).ok()?;
    let ends = dates.iter().filter(|date| ends_month(**date)).count();
    Some(if 2 * ends > dates.len() { before.month_end() } else { before })
}

/// Whether no weekday of its month comes after a date.
fn ends_month(date: Date) -> bool {
    let left = date.month_end().days_since(date);
    (1..=left).all(|days| date.add_days(days).is_ok_and(|later| matches!(later.weekday(), Weekday::Saturday | Weekday::Sunday)))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn before(dates: &[&str]) -> String {
        let dates: Vec<Date> = dates.iter().map(|date| date.parse().unwrap()).collect();
        step_before(&dates).unwrap().to_string()
    }

    #[test]
    fn a_step_before_is_one_of_the_calendar() {
        // Last weekdays, and a Thursday before a holiday.
        assert_eq!(before(&["2024-02-29", "2024-03-28", "2024-04-30", "2024-05-31"]), "2024-01-31");
        assert_eq!(before(&["2020-02-28", "2020-03-31", "2020-04-30"]), "2020-01-31");
        assert_eq!(before(&["2020-03-28", "2020-04-28", "2020-05-28"]), "2020-02-28");
        assert_eq!(before(&["2020-03-01", "2020-04-01", "2020-05-01"]), "2020-02-01");
        assert_eq!(before(&["2020-06-30", "2020-09-30", "2020-12-31"]), "2020-03-31");
        assert_eq!(before(&["2020-12-31", "2021-12-31"]), "2019-12-31");
        assert_eq!(before(&["2024-01-05", "2024-01-12", "2024-01-19"]), "2023-12-29");
        assert_eq!(before(&["2024-01-03", "2024-01-04", "2024-01-05"]), "2024-01-02");
        assert_eq!(step_before(&[]), None);
    }
}
