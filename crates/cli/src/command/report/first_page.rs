//! The first page: what is decided, how it stands, what it costs, what changed, and the decision asked.

use evenkeel::comply::{Check, Status, StressResult};
use evenkeel::drift::Decision;
use evenkeel::risk::RiskFigures;
use evenkeel::run::Proposal;
use evenkeel_io::page::{Page, Tone};

use crate::render::number::{amount, change, percent, rounded};
use crate::render::sections::UNKNOWN;
use crate::render::table::{Column, Table};
use crate::render::{proposal, sections};

use super::facts::{Facts, HouseholdFacts};
use super::reader::Reader;

/// All of it.
pub(super) fn page(facts: &Facts, reader: Reader) -> Page {
    // Of what was asked for its history, the history comes first.
    let mut page = of_past(facts);
    if let Ok(household) = &facts.household {
        page.append(of_household(household));
    }
    page.append(what_changed(facts));
    page.append(of_futures(facts));
    if let Ok(household) = &facts.household {
        page.append(decision(household.proposal(), reader));
    }
    page
}

fn of_household(household: &HouseholdFacts) -> Page {
    let proposal = household.proposal();
    let after = Some(&proposal.after).filter(|_| !proposal.trades.is_empty());
    let mut page = proposal::headline(proposal);
    let (Decision::Hold { reason } | Decision::CashFlow { reason } | Decision::Rebalance { reason, .. }) = &proposal.decision;
    page.say(reason);
    page.picture(sections::allocation(&proposal.before, after));
    page.table(format!("At a glance, amounts in {}", proposal.currency), glance(household));
    page
}

/// How it stands now, and how it would after the trades.
fn glance(household: &HouseholdFacts) -> Table {
    let proposal = household.proposal();
    let trades = !proposal.trades.is_empty();
    let mut columns = vec![Column::Name(""), Column::Number("Now")];
    columns.extend(trades.then_some(Column::Number("After the trades")));
    let mut table = Table::new(columns);
    let mut row = |name: &str, now: String, after: String| {
        table.row([name.to_owned(), now].into_iter().chain(trades.then_some(after)));
    };
    let none = || UNKNOWN.to_owned();
    row("Value", amount(proposal.value_with_flows), none());
    row("Largest drift from target", percent(proposal.before.max), percent(proposal.after.max));
    if trades {
        let chosen = proposal.ways.iter().find(|way| way.name == proposal.chosen);
        let tax = chosen.map(|way| way.tax_after_netting.unwrap_or(way.tax));
        row("One-way turnover", none(), chosen.map_or_else(none, |way| percent(way.turnover_one_way)));
        row("Cost of trading", none(), amount(proposal.costs.total));
        row("Tax on gains", none(), tax.map_or_else(none, change));
    }
    if let Some(Ok(risk)) = &household.risk {
        let after = |of: &dyn Fn(&RiskFigures) -> Option<f64>| risk.proposed.as_ref().and_then(of).map_or_else(none, percent);
        let mut figure = |name: &str, of: &dyn Fn(&RiskFigures) -> Option<f64>| {
            if let Some(now) = of(&risk.held) {
                row(name, percent(now), after(of));
            }
        };
        figure("Expected return a year", &|figures| Some(figures.expected_return));
        figure("Volatility a year", &|figures| Some(figures.volatility));
        figure("Tracking error a year", &|figures| figures.tracking_error);
        let days = rounded(risk.horizon_days, 0);
        let var = |figures: &RiskFigures| figures.methods.iter().find(|method| method.method == "normal")?.value_at_risk;
        figure(&format!("Loss not exceeded in {} of {days} trading days", percent(risk.confidence)), &var);
    } else if let Some(expected) = household.stress.validation.expected_return {
        row("Expected return a year", percent(expected.value), none());
    }
    for (name, score) in &household.stress.validation.scores {
        row(&format!("Score: {name}"), rounded(score.value, 2), none());
    }
    if !proposal.checks.is_empty() {
        row("Limits kept", kept(&proposal.checks, |check| check.status_before), kept(&proposal.checks, |check| check.status_after));
    }
    let (now, after) = (&household.stress.validation.stress, &proposal.stress);
    if !now.is_empty() {
        row("Stress scenarios survived", survived(now), survived(after));
    }
    table
}

/// `4 of 5`.
fn kept(checks: &[Check], stands: impl Fn(&Check) -> Status) -> String {
    let kept = checks.iter().filter(|check| matches!(stands(check), Status::Kept | Status::AtLimit)).count();
    format!("{kept} of {}", checks.len())
}

fn survived(results: &[StressResult]) -> String {
    format!("{} of {}", results.iter().filter(|result| result.survives).count(), results.len())
}

/// What the accounts earned since they were last looked at.
fn what_changed(facts: &Facts) -> Page {
    let mut page = Page::new();
    let Some(Ok(document)) = &facts.performance else { return page };
    let told = &document.performance;
    let mut table = Table::new([
        Column::Name("What changed"),
        Column::Number("From"),
        Column::Number("To"),
        Column::Number("Value before"),
        Column::Number("Flows"),
        Column::Number("Value after"),
        Column::Number("Return"),
        Column::Number("Policy's mix"),
    ]);
    let mut row = |name: &str, cells: [String; 2], amounts: [f64; 3], earned: Option<f64>, mix: Option<f64>| {
        let amounts = amounts.map(|amount| rounded(amount, 2));
        let returns = [earned, mix].map(|earned| earned.map_or_else(|| UNKNOWN.to_owned(), percent));
        table.row(std::iter::once(name.to_owned()).chain(cells).chain(amounts).chain(returns));
    };
    if let Some(last) = told.total.stretches.last() {
        let days = [last.from, last.to].map(|day| day.to_string());
        row("last quarter", days, [last.start, last.flow, last.end], last.net, last.benchmark);
    }
    let (total, days) = (&told.total, [told.from, told.to].map(|day| day.to_string()));
    row(
        "all of the period",
        days,
        [total.start, total.flow, total.end],
        total.net.total,
        total.benchmark.as_ref().and_then(|level| level.total),
    );
    page.table(format!("What changed, in {}, returns after costs and fees", told.currency), table);
    page
}

/// What the policy would have come to.
fn of_past(facts: &Facts) -> Page {
    let mut page = Page::new();
    if let Some(Ok(ran)) = &facts.backtest {
        let figures = &ran.summary;
        let known = |value: Option<f64>, told: fn(f64) -> String| value.map_or_else(|| UNKNOWN.to_owned(), told);
        page.verdict(
            "BACKTEST",
            Tone::Attention,
            format!(
                "{} to {}: {} a year at a volatility of {}, Sharpe ratio {}, deepest drawdown {}, one-way turnover {} a year.",
                ran.from,
                ran.to,
                percent(figures.annual_return),
                known(figures.volatility, percent),
                known(figures.sharpe, |ratio| rounded(ratio, 2)),
                percent(figures.maximum_drawdown),
                percent(figures.turnover_one_way)
            ),
        );
        for (_, picture) in ran.pictures.iter().take(1) {
            page.picture(picture.clone());
        }
    }
    page
}

/// The futures in a sentence.
fn of_futures(facts: &Facts) -> Page {
    let mut page = Page::new();
    if let Some(Ok(document)) = &facts.simulation {
        let report = &document.report;
        let whole = |value: f64| rounded(value, 0);
        let futures = format!(
            "of {} futures of {} years, {} run out of money; in the middle {} {} are left at today's prices, and in one of twenty less than {}",
            whole(f64::from(u32::try_from(report.paths).unwrap_or(u32::MAX))),
            report.years,
            percent(report.ruin.value),
            whole(report.median.value),
            report.currency,
            whole(report.by_year.last().map_or(0.0, |year| year.wealth.p5))
        );
        page.labeled("What may come", format!("{futures}."));
    }
    page
}

fn decision(proposal: &Proposal, reader: Reader) -> Page {
    let mut page = Page::new();
    let count = proposal.trades.len();
    let asked = match (proposal.refused, count) {
        (true, _) => {
            "none: the proposal would break a hard limit and may not be traded; the policy or the limit needs a decision.".to_owned()
        }
        (false, 0) => "none: nothing needs to be traded.".to_owned(),
        (false, 1) => format!("whether to make the trade proposed, at the prices of {}.", proposal.as_of),
        (false, count) => format!("whether to make the {count} trades proposed, at the prices of {}.", proposal.as_of),
    };
    page.labeled("Decision asked", asked);
    if reader.signs() && count > 0 && !proposal.refused {
        page.say("☐ approved\u{2003}☐ approved with changes\u{2003}☐ declined\u{2003}Name and date: ____________________");
    }
    page
}
