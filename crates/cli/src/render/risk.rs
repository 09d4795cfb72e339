//! The risk of holdings on one screen.

use evenkeel::risk::{Basis, ClassRisk, ExceptionTest, HoldingRisk, MethodRisk, PartRisk, RiskFigures, RiskReport};

use evenkeel_io::page::Page;

use crate::command::risk::RiskDocument;

use super::number::{count, counted, percent, rounded};
use super::sections::UNKNOWN;
use super::table::{Cell, Column, Table};

/// Positions that are listed of what takes longest to sell.
const SLOWEST: usize = 5;

/// Holdings whose part of the risk is listed.
const MOST_HOLDINGS: usize = 15;

/// What a person reads of it.
pub fn page(document: &RiskDocument) -> Page {
    let mut page = match (&document.report, &document.series) {
        (Some(report), _) => household(document, report),
        (None, Some(series)) => {
            let horizon = horizon(series.confidence, series.horizon_days);
            let about = format!(
                "RISK of `{}` on {}: {horizon}, from {}{}, {} a year.",
                document.subject,
                document.as_of,
                counted(series.returns, "return"),
                series.span.map_or_else(String::new, |(first, last)| format!(", {first} to {last}")),
                rounded(series.periods_per_year, 0)
            );
            let mut page = Page::new();
            page.say(about).append(methods(&series.methods, None)).append(exceptions(&series.exceptions));
            page.append(notes(&series.notes));
            page
        }
        (None, None) => Page::new(),
    };
    page.say(&document.disclaimer);
    page
}

/// At which confidence over which horizon losses are told.
pub(super) fn horizon(confidence: f64, days: f64) -> String {
    let days = if days.fract() == 0.0 { rounded(days, 0).to_string() } else { days.to_string() };
    let day = if days == "1" { "day" } else { "days" };
    format!("losses at {} over {days} trading {day}", percent(confidence))
}

fn household(document: &RiskDocument, report: &RiskReport) -> Page {
    let figures = &report.held;
    let basis = match (report.basis, report.span) {
        (Basis::History, Some((first, last, returns))) => format!("{} from {first} to {last}", counted(returns, "return")),
        (Basis::History, None) => "history".to_owned(),
        (Basis::Assumptions, _) => "the assumptions about classes".to_owned(),
    };
    let mut page = Page::new();
    page.say(headline(report));
    let policy = document.policy.as_deref().unwrap_or_default();
    let about = format!("Household {}, policy “{policy}”, {}; from {basis}.", document.subject, document.as_of);
    page.say(&about);
    page.append(methods(&figures.methods, report.proposed.as_ref()));
    page.append(parts(figures, report.basis));
    page.append(exceptions(&report.exceptions));
    page.append(factors(figures));
    page.append(held(figures));
    page.append(scores(figures));
    page.append(to_sell(figures));
    page.append(notes(&report.notes));
    page
}

fn notes(notes: &[String]) -> Page {
    let mut page = Page::new();
    if !notes.is_empty() {
        page.heading("Notes");
        for note in notes {
            page.item(note);
        }
    }
    page
}

/// The answer in a sentence with numbers.
fn headline(report: &RiskReport) -> String {
    let told = |figures: &RiskFigures| {
        let normal = figures.methods.iter().find(|method| method.method == "normal");
        let loss = |value: Option<f64>| value.map_or_else(|| UNKNOWN.into(), percent);
        let (var, cvar) = (normal.and_then(|method| method.value_at_risk), normal.and_then(|method| method.conditional_value_at_risk));
        format!("volatility {} a year, VaR {}, CVaR {}", percent(figures.volatility), loss(var), loss(cvar))
    };
    let proposed = report.proposed.as_ref().map_or_else(String::new, |figures| format!(" The proposal would leave {}.", told(figures)));
    let tracking = report.held.tracking_error.map_or_else(String::new, |error| format!(", tracking error {} a year", percent(error)));
    format!("RISK: {}{tracking} ({}).{proposed}", told(&report.held), horizon(report.confidence, report.horizon_days))
}

/// Whole days: `1 day`, `5 days`.
fn days_of(days: f64) -> String {
    let number = rounded(days, 0);
    let unit = if &*number == "1" { "day" } else { "days" };
    format!("{number} {unit}")
}

fn loss(value: Option<f64>) -> Cell {
    value.map_or_else(|| UNKNOWN.into(), percent)
}

fn methods(methods: &[MethodRisk], proposed: Option<&RiskFigures>) -> Page {
    let mut columns = vec![Column::Name("Method"), Column::Number("VaR"), Column::Number("CVaR")];
    if proposed.is_some() {
        columns.extend([Column::Number("VaR after"), Column::Number("CVaR after")]);
    }
    columns.push(Column::Text(""));
    let mut table = Table::new(columns);
    for method in methods {
        let mut row = vec![method.method.replace('_', " ").into(), loss(method.value_at_risk), loss(method.conditional_value_at_risk)];
        if let Some(figures) = proposed {
            let after = figures.methods.iter().find(|after| after.method == method.method);
            row.push(loss(after.and_then(|after| after.value_at_risk)));
            row.push(loss(after.and_then(|after| after.conditional_value_at_risk)));
        }
        row.push((&method.note).into());
        table.row(row);
    }
    Page::of_table("Losses by method, in percent of value", table)
}

/// Parts of risk by class, and by holding.
fn parts(figures: &RiskFigures, basis: Basis) -> Page {
    let class = |class: &ClassRisk| {
        let name = class.class.rsplit('/').next().unwrap_or_default();
        (format!("{}{name}", "  ".repeat(class.level)), class.part.clone())
    };
    let classes: Vec<(String, PartRisk)> = figures.classes.iter().map(class).collect();
    let name = |holding: &HoldingRisk| holding.symbol.clone().unwrap_or_else(|| "cash".to_owned());
    let holdings: Vec<(String, PartRisk)> =
        figures.holdings.iter().take(MOST_HOLDINGS).map(|holding| (name(holding), holding.part.clone())).collect();
    let all = figures.holdings.len();
    let which =
        if all > MOST_HOLDINGS { format!("the {MOST_HOLDINGS} of {all} holdings that carry most") } else { "each holding".to_owned() };
    let mut page = volatilities("Class", "Where it comes from: weight × volatility × correlation of each class", &classes);
    page.append(losses("Class", "Losses by class: its part, the marginal loss of a unit more, and the change without it", &classes));
    let moves = if basis == Basis::Assumptions { ", moving as its class does" } else { "" };
    page.append(volatilities("Holding", &format!("The same of {which}{moves}"), &holdings));
    page.append(losses(
        "Holding",
        &format!("Losses of {which}: its part, the marginal loss of a unit more, and the change without it"),
        &holdings,
    ));
    page
}

fn volatilities(of: &'static str, title: &str, parts: &[(String, PartRisk)]) -> Page {
    let has_history = parts.iter().any(|(_, part)| part.historical_conditional_value_at_risk.is_some());
    let mut columns = vec![
        Column::Name(of),
        Column::Number("Weight"),
        Column::Number("Volatility"),
        Column::Number("Correlation"),
        Column::Number("x-σ-ρ"),
        Column::Number("Share of risk"),
    ];
    if has_history {
        columns.push(Column::Number("Worst periods"));
    }
    let mut table = Table::new(columns);
    for (name, part) in parts {
        let mut row = vec![
            name.clone().into(),
            percent(part.weight),
            percent(part.volatility),
            part.correlation.map_or_else(|| UNKNOWN.into(), |correlation| rounded(correlation, 2)),
            percent(part.x_sigma_rho),
            percent(part.share),
        ];
        if has_history {
            row.push(loss(part.historical_conditional_value_at_risk));
        }
        table.row(row);
    }
    Page::of_table(title, table)
}

fn losses(of: &'static str, title: &str, parts: &[(String, PartRisk)]) -> Page {
    let mut table = Table::new([
        Column::Name(of),
        Column::Number("VaR"),
        Column::Number("CVaR"),
        Column::Number("Marginal VaR"),
        Column::Number("Marginal CVaR"),
        Column::Number("VaR without"),
        Column::Number("CVaR without"),
    ]);
    for (name, part) in parts {
        table.row([
            name.clone().into(),
            percent(part.value_at_risk),
            percent(part.conditional_value_at_risk),
            loss(part.marginal_value_at_risk),
            loss(part.marginal_conditional_value_at_risk),
            percent(-part.incremental_value_at_risk),
            percent(-part.incremental_conditional_value_at_risk),
        ]);
    }
    Page::of_table(title, table)
}

fn exceptions(tests: &[ExceptionTest]) -> Page {
    let mut table = Table::new([
        Column::Name("Method"),
        Column::Number("Periods"),
        Column::Number("Beyond"),
        Column::Number("Expected"),
        Column::Number("p coverage"),
        Column::Number("p apart"),
        Column::Number("p both"),
        Column::Name("Zone"),
        Column::Number("CVaR Z"),
    ]);
    let shown = |value: Option<f64>, places| value.map_or_else(|| UNKNOWN.into(), |value| rounded(value, places));
    for test in tests {
        table.row([
            test.method.replace('_', " ").into(),
            count(test.observations),
            count(test.exceptions),
            rounded(test.expected, 1),
            shown(test.coverage_p, 3),
            shown(test.independence_p, 3),
            shown(test.conditional_coverage_p, 3),
            test.zone.unwrap_or(UNKNOWN).into(),
            shown(test.shortfall_z, 2),
        ]);
    }
    Page::of_table("Whether VaR of one period held, each told by what was known before", table)
}

fn factors(figures: &RiskFigures) -> Page {
    let mut table = Table::new([Column::Name("Factor"), Column::Number("Exposure"), Column::Number("Covered")]);
    for exposure in &figures.factors {
        table.row([exposure.factor.clone().into(), rounded(exposure.exposure, 3), percent(exposure.covered)]);
    }
    Page::of_table("Exposure to factors", table)
}

/// Concentration and currencies.
fn held(figures: &RiskFigures) -> Page {
    let concentration = &figures.concentration;
    let number = |value: Option<f64>| value.map_or_else(|| UNKNOWN.into(), |value| rounded(value, 1));
    let largest: Vec<String> = concentration.largest.iter().map(|share| format!("{} {}", share.name, percent(share.weight))).collect();
    let currencies: Vec<String> = figures.currencies.iter().map(|share| format!("{} {}", share.name, percent(share.weight))).collect();
    let mut table = Table::new([Column::Name("Concentration"), Column::Text("")]);
    let held = count(concentration.positions);
    let positions = match concentration.effective_positions {
        Some(_) => format!("{held} held, as many as {} equal ones", number(concentration.effective_positions)),
        None => format!("{held} held"),
    };
    table.row(["Positions".to_owned(), positions]);
    if concentration.effective_issuers.is_some() {
        table.row(["Issuers".to_owned(), format!("as many as {} equal ones", number(concentration.effective_issuers))]);
    }
    if concentration.effective_bets.is_some() {
        table.row(["Uncorrelated bets".into(), number(concentration.effective_bets)]);
    }
    if !largest.is_empty() {
        table.row(["Largest".to_owned(), largest.join(", ")]);
    }
    table.row(["Currencies".to_owned(), currencies.join(", ")]);
    Page::of_table("What it rests on", table)
}

fn scores(figures: &RiskFigures) -> Page {
    let mut table = Table::new([Column::Name("Score"), Column::Number("Held"), Column::Number("Targets"), Column::Number("Covered")]);
    for score in &figures.scores {
        let targets = score.targets.map_or_else(|| UNKNOWN.into(), |targets| rounded(targets.value, 2));
        table.row([score.name.clone().into(), rounded(score.held.value, 2), targets, percent(score.held.covered)]);
    }
    Page::of_table("Scores", table)
}

fn to_sell(figures: &RiskFigures) -> Page {
    let liquidity = &figures.liquidity;
    let mut table = Table::new([Column::Name("Liquidity"), Column::Text("")]);
    if liquidity.unknown < 1.0 - evenkeel::boundary::TOLERANCE && liquidity.positions.iter().any(|position| position.days.is_some()) {
        let within = liquidity.sold_within_days.iter().map(|(days, share)| format!("{} in {}", percent(*share), days_of(*days)));
        table.row([format!("Sold at {} of volume", percent(liquidity.participation)), within.collect::<Vec<_>>().join(", ")]);
        let slowest = liquidity.positions.iter().filter_map(|position| Some((position, position.days?))).take(SLOWEST);
        let slowest: Vec<String> = slowest.map(|(position, days)| format!("{} {}", position.symbol, rounded(days, 1))).collect();
        table.row(["Days of the slowest".to_owned(), slowest.join(", ")]);
    }
    if liquidity.unknown > evenkeel::boundary::TOLERANCE {
        table.row(["No volume given".into(), percent(liquidity.unknown)]);
    }
    if !liquidity.tiers.is_empty() {
        let tier = |(tier, weight): &(u8, f64)| {
            if *tier == 0 { format!("cash {}", percent(*weight)) } else { format!("{tier}: {}", percent(*weight)) }
        };
        table.row(["Tiers".to_owned(), liquidity.tiers.iter().map(tier).collect::<Vec<_>>().join(", ")]);
    }
    table.row(["Cost of selling all at once".into(), percent(liquidity.cost)]);
    Page::of_table("What it takes to sell", table)
}
