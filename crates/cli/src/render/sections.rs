//! Parts that several commands show: drift, limits, stress.

use evenkeel::comply::{Breach, Check, Status, StressResult};
use evenkeel::drift::{ClassDrift, Drift};
use evenkeel::estimate::ViewReport;
use evenkeel::run::Provenance;
use evenkeel::trade::{Side, Trade};
use evenkeel_io::page::Page;
use evenkeel_io::picture::{Allocation, Bars, ClassWeight, Picture, Series};
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Currency;

use crate::analysis::output::Named;
use crate::evidence::in_short;

use super::number::{amount, both_sides, percent, percent_to, points, price, quantity, rounded};
use super::table::{Cell, Column, Table};

/// Places that tell by how little a limit is broken.
const MOST_PLACES: usize = 6;

/// What stands for a number that is not there.
pub const UNKNOWN: &str = "–";

/// What stands for a number that is there and that nobody knows, where 0 would mislead.
pub const UNTOLD: &str = "not known";

/// What views asked for and got.
pub fn views(views: &[ViewReport]) -> Page {
    let mut table = Table::new([Column::Name("View"), Column::Number("Before"), Column::Number("Stated"), Column::Number("After")]);
    for view in views {
        table.row([view.view.clone().into(), percent(view.prior), percent(view.stated), percent(view.posterior)]);
    }
    Page::of_table("Views", table)
}

/// Pictures of the result.
pub fn pictured(pictures: &[Named]) -> Page {
    let mut page = Page::new();
    for (_, picture) in pictures {
        page.picture(picture.clone());
    }
    page
}

/// Weights, drift and bands by class, and after trading where that is given.
pub fn drift(before: &Drift, after: Option<&Drift>) -> Page {
    let mut columns = vec![
        Column::Name("Class"),
        Column::Number("Target"),
        Column::Number("Weight"),
        Column::Number("Drift"),
        Column::Number("Band"),
        Column::Name(""),
    ];
    if after.is_some() {
        columns.extend([Column::Number("After"), Column::Number("Drift after")]);
    }
    let mut table = Table::new(columns);
    for (index, class) in before.classes.iter().enumerate() {
        let depth = class.class.matches('/').count();
        let name = class.class.rsplit('/').next().unwrap_or_default();
        let mut row = vec![
            format!("{}{name}", "  ".repeat(depth)).into(),
            percent(class.target),
            percent(class.current),
            points(class.drift),
            class.band.map_or_else(|| UNKNOWN.into(), both_sides),
            if class.outside { "outside" } else { "" }.into(),
        ];
        if let Some(after) = after.and_then(|after| after.classes.get(index)) {
            row.extend([percent(after.current), points(after.drift)]);
        }
        table.row(row);
    }
    let mut page = Page::new();
    page.picture(allocation(before, after)).table("Weights, with drift in points", table);
    page
}

/// Weights beside targets and bands.
pub fn allocation(before: &Drift, after: Option<&Drift>) -> Picture {
    let class = |(index, class): (usize, &ClassDrift)| ClassWeight {
        name: class.class.rsplit('/').next().unwrap_or_default().to_owned(),
        depth: class.class.matches('/').count(),
        target: class.target,
        band: class.band,
        held: class.current,
        after: after.and_then(|after| Some(after.classes.get(index)?.current)),
    };
    let classes = before.classes.iter().enumerate().map(class).collect();
    Picture::Allocation(Allocation { title: "Allocation against target and bands".to_owned(), classes })
}

/// Every limit, before and after; only how it stands where nothing is traded.
pub fn limits(checks: &[Check], traded: bool) -> Page {
    let mut columns = vec![Column::Name("Limit"), Column::Name("Stands"), Column::Name("Kind"), Column::Number("Bound")];
    columns.extend(if traded { vec![Column::Number("Before"), Column::Number("After")] } else { vec![Column::Number("Now")] });
    columns.push(Column::Number("Slack"));
    let mut table = Table::new(columns);
    for check in checks {
        let shown = |value: Option<f64>| value.map_or_else(|| UNKNOWN.into(), |value| measured(check, value));
        let kind = if check.bound == "at_most" { "at most" } else { "at least" };
        let kind = format!("{kind}{}", if check.hard { "" } else { ", soft" });
        let mut row = vec![check.limit.clone().into(), stands(check).into(), kind.into(), measured(check, check.value)];
        row.extend(traded.then(|| shown(check.before)));
        row.extend([shown(check.after), shown(check.slack)]);
        table.row(row);
    }
    Page::of_table("Limits", table)
}

/// What a check measured, with its unit.
pub fn measured(check: &Check, value: f64) -> Cell {
    in_unit(check.measure, value, check.slack)
}

/// A measure of a limit with its unit, in as many digits as it takes to show that there is any room, or that some is lacking.
pub fn in_unit(measure: &str, value: f64, slack: Option<f64>) -> Cell {
    let (tell, places): (fn(f64, usize) -> Cell, usize) = match measure {
        "value" | "score" => (rounded, 2),
        "variance" => (rounded, 6),
        _ => (percent_to, 2),
    };
    // What is broken by a hair shows by how much.
    let is_told = |slack: f64, places: usize| slack == 0.0 || tell(slack, places).bytes().any(|digit| matches!(digit, b'1'..=b'9'));
    let places = (places..=MOST_PLACES).find(|places| slack.is_none_or(|slack| is_told(slack, *places))).unwrap_or(places);
    tell(value, places)
}

/// How a limit of law stands that the market alone broke.
const TOLERATED: &str = "tolerated (market)";

fn stands(check: &Check) -> &'static str {
    match (check.status_after, check.breach) {
        (Status::Broken, _) if check.tolerated.is_some() => TOLERATED,
        (Status::Kept, _) => "kept",
        (Status::AtLimit, _) => "at the limit",
        (Status::Broken, Some(Breach::Passive)) if check.status_before == Status::Broken => "BROKEN before, not by these trades",
        (Status::Broken, Some(Breach::Passive)) => "BROKEN, not by these trades",
        (Status::Broken, _) => "BROKEN",
        (Status::Unknown, _) => "not known",
    }
}

/// What each scenario does.
pub fn stress(results: &[StressResult]) -> Page {
    let mut table = Table::new([
        Column::Name("Scenario"),
        Column::Name("Survives"),
        Column::Number("Return"),
        Column::Number("Value before"),
        Column::Number("Value after"),
    ]);
    for result in results {
        let survives = if result.survives { "yes" } else { "NO" };
        let cells = [survives.into(), percent(result.portfolio_return), amount(result.value_before), amount(result.value_after)];
        table.row(std::iter::once((&result.scenario).into()).chain(cells));
    }
    let bars = Bars {
        title: "What each scenario would do".to_owned(),
        names: results.iter().map(|result| result.scenario.clone()).collect(),
        series: vec![Series { name: "return".to_owned(), values: results.iter().map(|result| result.portfolio_return).collect() }],
    };
    let mut page = Page::new();
    if !results.is_empty() {
        page.picture(Picture::Bars(bars)).table("Stress", table);
    }
    page
}

/// What else should be known of a proposal, and what it was made of.
pub fn notes(notes: &[String], provenance: &Provenance, disclaimer: &str) -> Page {
    let mut page = Page::new();
    page.heading("Notes");
    for note in notes {
        page.item(note);
    }
    page.append(in_short(provenance, disclaimer));
    page
}

/// Trades with their reasons and what bound them, and the names of what is traded, where it has one.
pub fn trades(trades: &[Trade], base: Currency, universe: Option<&Universe>) -> Page {
    let mut table = Table::new([
        Column::Name("Account"),
        Column::Name("Side"),
        Column::Name("Symbol"),
        Column::Number("Quantity"),
        Column::Number("Price"),
        Column::Number("Value"),
        Column::Number("Cost"),
    ]);
    for trade in trades {
        // The base currency goes without saying.
        let currency = if trade.price_currency == base { String::new() } else { format!(" {}", trade.price_currency) };
        let price = price(trade.price);
        let shown = format!("{price}{currency}");
        table.row([
            trade.account.clone().into(),
            side(trade).into(),
            trade.symbol.clone().into(),
            quantity(trade.quantity),
            price.shown_as(shown).in_unit(trade.price_currency.to_string()),
            amount(trade.gross),
            amount(trade.costs.total),
        ]);
        let bound_by = if trade.bound_by.is_empty() { String::new() } else { format!(" ({})", trade.bound_by.join("; ")) };
        let named = universe.and_then(|universe| universe.get(universe.find(&trade.symbol)?)?.name.as_ref());
        let name = named.map(|name| format!("{name}. ")).unwrap_or_default();
        table.note(&format!("{name}{}{bound_by}", trade.reason));
    }
    Page::of_table("Trades", table)
}

fn side(trade: &Trade) -> &'static str {
    match trade.side {
        Side::Sell => "sell",
        Side::Buy => "buy",
    }
}
