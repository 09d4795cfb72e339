//! The days of a backtest, and what a day is due.

use evenkeel_ledger::calendar::Calendar;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::schedule::Schedule;

use crate::diagnostic::{Code, Diagnostic};
use crate::market::PriceHistory;
use crate::policy::CashFlow;

/// Every day of a span on which anything has a price.
///
/// # Errors
/// None of them.
pub(super) fn days(prices: &PriceHistory, from: Date, to: Date) -> Result<Vec<Date>, Vec<Diagnostic>> {
    let within = |series: &Vec<_>| -> Vec<Date> {
        let dates = series.iter().map(|point: &crate::market::PricePoint| point.date);
        dates.filter(|date| (from..=to).contains(date)).collect()
    };
    let mut days: Vec<Date> = prices.series.iter().flat_map(within).collect();
    // A stable sort merges the runs of which the days are made.
    days.sort();
    days.dedup();
    if days.len() < 2 {
        let message = format!("there are prices on {} days from {from} to {to}, and a backtest takes two or more", days.len());
        return Err(vec![Diagnostic::error(Code::NO_HISTORY, message).help("add prices, or give another span")]);
    }
    Ok(days)
}

/// Moves planned flows to the next day of the clock; those before the first day and after the last are left out.
pub(super) fn moved(flows: &[CashFlow], days: &[Date]) -> Vec<CashFlow> {
    let first = days.first().copied();
    let within = flows.iter().filter(|flow| first.is_some_and(|first| flow.date >= first));
    let moved = within.filter_map(|flow| {
        let next = days.get(days.partition_point(|day| *day < flow.date))?;
        Some(CashFlow { date: *next, ..flow.clone() })
    });
    moved.collect()
}

/// Whether one looks on a day: always without a schedule; else on its days, or on the first day after one that was missed.
///
/// # Errors
/// A calendar that does not cover the day.
pub(super) fn is_looked_at(
    schedule: Option<Schedule>,
    calendar: &Calendar,
    day: Date,
    last_look: Option<Date>,
) -> Result<bool, Vec<Diagnostic>> {
    let (Some(schedule), Some(looked)) = (schedule, last_look) else { return Ok(true) };
    let unknown = |error: evenkeel_ledger::calendar::CalendarError| {
        let message = format!("whether {schedule} is due on {day} cannot be told: {error}");
        vec![Diagnostic::error(Code::SCHEDULE_UNKNOWN, message).help("choose a calendar that covers the day, or another span")]
    };
    let last_due = schedule.previous_on_or_before(day, calendar).map_err(unknown)?;
    Ok(last_due > looked)
}
