//! Many futures on one screen.

use evenkeel::simulate::{Band, SimulationReport, YearOfPaths};

use crate::analysis::output::Named;
use crate::evidence::written;

use super::number::{count, counted, percent_to, rounded};
use super::sections::pictured;
use super::sparkline::sparkline;
use super::table::{Cell, Column, Table};
use evenkeel_io::page::Page;

/// Years between those that are shown.
const SHOWN_STEP: usize = 5;

/// Years after which losses are told in a sentence.
const LOSS_YEARS: [usize; 3] = [1, 3, 10];

/// What paths say, in the words of somebody who lives on them.
pub fn page(report: &SimulationReport, pictures: &[Named], files: &[String], disclaimer: &str) -> Page {
    let currency = report.currency;
    let years = report.years;
    let mut page = Page::new();
    page.say(format!("Policy “{}”, {} {currency}, {years} years from {}.", report.policy, amount(report.value), report.as_of));
    page.say(format!("Paid out: {}. Prices rise {}. Weights are brought back {}.", report.spending, report.prices, report.rebalancing));
    let futures = format!(
        "{} futures with seed {}: {}. The mix is expected to earn {} a year before inflation.",
        count(report.paths),
        report.seed,
        report.method,
        share(report.expected_return)
    );
    page.say(&futures);

    page.heading("What to expect");

    for line in answers(report) {
        page.remark(&line);
    }
    let middle: Vec<f64> = report.by_year.iter().map(|year| year.wealth.median).collect();
    page.sparkline("Value in the middle, year by year", sparkline(&middle));
    page.append(pictured(pictures));
    page.table("Value and spending by year, at the prices of the start", by_year(report));
    page.table("What should hold along the way", breaches(report));

    page.heading("How sure this is");

    for line in std::iter::once(settled(report)).chain(report.notes.iter().cloned()) {
        page.remark(&line);
    }
    page.append(written(files));
    page.say(disclaimer);
    page
}

fn answers(report: &SimulationReport) -> Vec<String> {
    let (currency, years) = (report.currency, report.years);
    let lasts = Band { value: 1.0 - report.ruin.value, low: 1.0 - report.ruin.high, high: 1.0 - report.ruin.low };
    let mut lines = vec![format!("In {} of the futures the money lasts {years} years ({}).", share(lasts.value), between(lasts))];
    let first_bad = report.by_year.iter().find(|year| year.ruined >= 0.05);
    lines.extend(first_bad.map(|year| format!("In one future of twenty it has run out by year {}.", year.year)));
    lines.push(format!(
        "At the end half of the futures have more than {} {currency} at the prices of the start, and half less.",
        amount(report.median.value)
    ));
    let keeps = 1.0 - report.shortfall.value;
    let kept = Band { value: keeps, low: 1.0 - report.shortfall.high, high: 1.0 - report.shortfall.low };
    let lacking = report.lacking.map(|lacking| format!("; where it is not, {} {currency} are missing on average", amount(lacking)));
    lines.push(format!(
        "In {} the goal of {} {currency} at those prices is reached ({}){}.",
        share(keeps),
        amount(report.goal),
        between(kept),
        lacking.unwrap_or_default()
    ));
    lines.push(format!("The worst twentieth ends with {} {currency} on average.", amount(report.worst_mean)));
    lines.extend(losses(report));
    lines
}

/// VaR and CVaR on the way.
fn losses(report: &SimulationReport) -> Option<String> {
    let after = |year: &&YearOfPaths| LOSS_YEARS.contains(&year.year);
    let told = report.by_year.iter().filter(after).map(|year| {
        let (value_at_risk, conditional) = (share(year.value_at_risk.max(0.0)), share(year.conditional_value_at_risk.max(0.0)));
        format!("{value_at_risk} and {conditional} after {}", counted(year.year, "year"))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty())
        .then(|| format!("What may be lost, VaR and CVaR at 95 % of the value at the start, payments set aside: {}.", told.join("; ")))
}

fn by_year(report: &SimulationReport) -> Table {
    let mut table = Table::new([
        Column::Number("Year"),
        Column::Number("Bad (5 %)"),
        Column::Number("Poor (25 %)"),
        Column::Number("Middle"),
        Column::Number("Good (75 %)"),
        Column::Number("Best (95 %)"),
        Column::Number("Paid"),
        Column::Number("Run out"),
    ]);
    let is_shown = |year: &&YearOfPaths| year.year == 1 || year.year.is_multiple_of(SHOWN_STEP) || year.year == report.years;
    for year in report.by_year.iter().filter(is_shown) {
        let wealth = year.wealth;
        table.row([
            year.year.to_string().into(),
            amount(wealth.p5),
            amount(wealth.p25),
            amount(wealth.median),
            amount(wealth.p75),
            amount(wealth.p95),
            amount(year.spending.median),
            share(year.ruined),
        ]);
    }
    table
}

fn breaches(report: &SimulationReport) -> Table {
    let mut table = Table::new([Column::Name("What"), Column::Number("Fails at least once"), Column::Number("Within")]);
    for breach in &report.breaches {
        table.row([breach.name.clone().into(), share(breach.probability.value), between(breach.probability).into()]);
    }
    table
}

/// How far the figures have settled.
fn settled(report: &SimulationReport) -> String {
    let halves = &report.convergence.halves;
    let verdict = if halves.agree { "agree within chance" } else { "differ by more than chance: draw more paths" };
    format!(
        "Ranges are what the number of paths leaves open, {} sure; the model itself may be wrong. The two halves of the paths {verdict}: run out {} and {}, median at the end {} and {}.",
        share(report.confidence),
        share(halves.ruin[0]),
        share(halves.ruin[1]),
        amount(halves.median[0]),
        amount(halves.median[1])
    )
}

fn amount(value: f64) -> Cell {
    rounded(value, 0)
}

/// A fraction in percent, with one place.
fn share(fraction: f64) -> Cell {
    percent_to(fraction, 1)
}

fn between(band: Band) -> String {
    format!("{} to {}", rounded(100.0 * band.low, 1), share(band.high))
}
