//! What was earned since it was last looked at, and what may come.

use evenkeel::performance::Stretch;
use evenkeel::simulate::SimulationReport;
use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;

use crate::render::number::{count, percent, rounded};
use crate::render::sections::UNKNOWN;
use crate::render::table::{Column, Table};

use super::facts::Facts;

/// Days before the end of a quarter on which it counts as over: weekends and holidays.
const OVER_DAYS: i32 = 3;

/// What the accounts earned: the last whole quarter, what has gone of the running one, and all of the period.
pub(super) fn what_changed(facts: &Facts) -> Page {
    let Some(Ok(document)) = &facts.performance else { return Page::new() };
    let told = &document.performance;
    let mut table = Table::new([
        Column::Name("Span"),
        Column::Name("From"),
        Column::Name("To"),
        Column::Number("Value before"),
        Column::Number("Flows"),
        Column::Number("Value after"),
        Column::Number("Return"),
        Column::Number("Policy's mix"),
    ]);
    let mut row = |name: &str, days: [Date; 2], amounts: [f64; 3], earned: Option<f64>, mix: Option<f64>| {
        let amounts = amounts.map(|amount| rounded(amount, 2));
        let returns = [earned, mix].map(|earned| earned.map_or_else(|| UNKNOWN.into(), percent));
        table.row(std::iter::once(name.into()).chain(days.map(|day| day.to_string().into())).chain(amounts).chain(returns));
    };
    // A stretch is counted from the close before it, at which the one before it ends.
    let since =
        |index: usize| index.checked_sub(1).and_then(|before| told.total.stretches.get(before)).map_or(told.from, |before| before.to);
    let mut quarter = |name: &str, index: usize| {
        if let Some(&Stretch { to, start, flow, end, net, benchmark, .. }) = told.total.stretches.get(index) {
            row(name, [since(index), to], [start, flow, end], net, benchmark);
        }
    };
    if let Some(last) = told.total.stretches.len().checked_sub(1) {
        if told.total.stretches.get(last).is_some_and(|stretch| is_over(stretch.to, facts.as_of)) {
            quarter("last quarter", last);
        } else {
            if let Some(before) = last.checked_sub(1) {
                quarter("last whole quarter", before);
            }
            quarter("this quarter so far", last);
        }
    }
    let total = &told.total;
    let mix = total.benchmark.as_ref().and_then(|level| level.total);
    row("all of the period", [told.from, told.to], [total.start, total.flow, total.end], total.net.total, mix);
    Page::of_table(format!("What changed from close to close, in {}, returns after costs and fees", told.currency), table)
}

/// Whether the quarter of a date is over on the day of the report.
fn is_over(date: Date, as_of: Date) -> bool {
    let quarter = |date: Date| (date.year(), (date.month() - 1) / 3);
    as_of.add_days(OVER_DAYS).is_ok_and(|soon| quarter(soon) > quarter(date))
}

/// The futures in a sentence, with what it rests on.
pub(super) fn what_may_come(facts: &Facts) -> Page {
    let mut page = Page::new();
    if let Some(Ok(document)) = &facts.simulation {
        page.labeled("What may come", futures(&document.report));
    }
    page
}

fn futures(report: &SimulationReport) -> String {
    let whole = |value: f64| rounded(value, 0);
    let currency = report.currency;
    let prices = if report.is_inflation_stated {
        format!("at today's prices, which rise {}", report.prices)
    } else {
        "with no inflation counted, as none is stated".to_owned()
    };
    let spent = if report.spending == "nothing" { "nothing is paid out".to_owned() } else { format!("paid out is {}", report.spending) };
    let ground = format!(
        "{} futures of {} years are drawn by {}; they are expected to earn {} a year before inflation, and {spent}",
        count(report.paths),
        report.years,
        report.method,
        percent(report.expected_return)
    );
    let ruin = if report.can_run_out { format!("{} run out of money; ", percent(report.ruin.value)) } else { String::new() };
    let kept = if (report.goal - report.value).abs() <= 0.005 {
        format!("real value is kept in {}", percent(1.0 - report.shortfall.value))
    } else {
        format!("the goal of {} {currency} is reached in {}", whole(report.goal), percent(1.0 - report.shortfall.value))
    };
    let kept = if report.is_inflation_stated { kept } else { kept.replacen("real value", "value", 1) };
    format!(
        "{ground}. Of them {ruin}{kept}; in the middle {} {currency} are left and in one of twenty less than {}, {prices}.",
        whole(report.median.value),
        whole(report.by_year.last().map_or(0.0, |year| year.wealth.p5))
    )
}
