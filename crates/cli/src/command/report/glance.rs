//! How it stands now and how it would after the trades, in figures.

use evenkeel::comply::{Check, Status, StressResult};
use evenkeel::drift::ClassDrift;
use evenkeel::portfolio::Average;
use evenkeel::risk::{Basis, RiskFigures, RiskReport};
use evenkeel::run::Proposal;
use evenkeel_io::page::Page;

use crate::render::number::{amount, both_sides, change, percent, points, rounded};
use crate::render::sections::{UNKNOWN, UNTOLD};
use crate::render::table::{Cell, Column, Table};

use super::facts::HouseholdFacts;

/// Weights beside targets and bands, as the picture has them.
pub(super) fn allocation(proposal: &Proposal) -> Page {
    let trades = !proposal.trades.is_empty();
    let mut columns = vec![Column::Name("Class"), Column::Number("Held"), Column::Number("Target"), Column::Number("Band")];
    columns.extend(trades.then_some(Column::Number("After the trades")));
    columns.push(Column::Name(""));
    let mut table = Table::new(columns);
    for (index, class) in proposal.before.classes.iter().enumerate() {
        let after = proposal.after.classes.get(index).filter(|_| trades);
        let mut row = vec![name(class).into(), percent(class.current), percent(class.target)];
        row.push(class.band.map_or_else(|| UNKNOWN.into(), both_sides));
        row.extend(trades.then(|| after.map_or_else(|| UNKNOWN.into(), |after| percent(after.current))));
        row.push(if class.outside { format!("outside: {} points", points(class.drift)).into() } else { Cell::default() });
        table.row(row);
    }
    Page::of_table("Allocation, with bands in points", table)
}

/// The name of a class, as deep in the tree as it stands.
fn name(class: &ClassDrift) -> String {
    let name = class.class.rsplit('/').next().unwrap_or_default();
    format!("{}{name}", "  ".repeat(class.class.matches('/').count()))
}

/// Value, cost, tax, risk, limits and stress.
pub(super) fn figures(household: &HouseholdFacts) -> Page {
    let proposal = household.proposal();
    let mut glance = Glance::new(!proposal.trades.is_empty());
    let in_money = |name: &str| format!("{name}, {}", proposal.currency);
    let costs = proposal.costs.total;
    let left = proposal.value_with_flows.try_sub(costs).ok();
    glance.row(&in_money("Value"), amount(proposal.value_with_flows), left.map(amount));
    glance.row("Largest drift from target", percent(proposal.before.max), Some(percent(proposal.after.max)));
    if glance.has_trades {
        let chosen = proposal.ways.iter().find(|way| way.name == proposal.chosen);
        let tax = chosen.map(|way| if way.is_tax_unknown { UNTOLD.into() } else { change(way.tax_after_netting.unwrap_or(way.tax)) });
        glance.after("One-way turnover", chosen.map(|way| percent(way.turnover_one_way)));
        glance.after(&in_money("Cost of trading"), Some(amount(costs)));
        glance.after(&in_money("Tax on gains"), tax);
    }
    match &household.risk {
        Ok(risk) => glance.risk(risk),
        Err(_) => {
            if let Some(expected) = household.stress.validation.expected_return {
                glance.row("Expected return a year", percent(expected.value), None);
            }
        }
    }
    let proposed = household.risk.as_ref().ok().and_then(|risk| risk.proposed.as_ref());
    for (name, score) in &household.stress.validation.scores {
        let after = proposed.and_then(|figures| figures.scores.iter().find(|score| score.name == *name));
        let told = |score: Average| rounded(score.value, 2);
        glance.row(&format!("Score: {name}"), told(*score), after.map(|score| told(score.held)));
    }
    if !proposal.checks.is_empty() {
        let kept = |stands: fn(&Check) -> Status| kept(&proposal.checks, stands);
        glance.row("Limits kept", kept(|check| check.status_before), Some(kept(|check| check.status_after)));
    }
    let now = &household.stress.validation.stress;
    if !now.is_empty() {
        glance.row("Stress scenarios survived", survived(now), Some(survived(&proposal.stress)));
    }
    let mut page = Page::of_table("At a glance", glance.table);
    if let Ok(risk) = &household.risk {
        page.remark(ground(risk));
    }
    page
}

/// The table in the making.
struct Glance {
    table: Table,
    has_trades: bool,
}

impl Glance {
    fn new(has_trades: bool) -> Self {
        let mut columns = vec![Column::Name("Figure"), Column::Number("Now")];
        columns.extend(has_trades.then_some(Column::Number("After the trades")));
        Self { table: Table::new(columns), has_trades }
    }

    fn row(&mut self, name: &str, now: Cell, after: Option<Cell>) {
        let after = after.unwrap_or_else(|| UNKNOWN.into());
        self.table.row([name.into(), now].into_iter().chain(self.has_trades.then_some(after)));
    }

    /// What only trades have.
    fn after(&mut self, name: &str, after: Option<Cell>) {
        self.row(name, UNKNOWN.into(), after);
    }

    fn risk(&mut self, risk: &RiskReport) {
        let mut figure = |name: &str, of: &dyn Fn(&RiskFigures) -> Option<f64>| {
            let told = |figures: &RiskFigures| of(figures).map_or_else(|| UNTOLD.into(), percent);
            self.row(name, told(&risk.held), risk.proposed.as_ref().map(told));
        };
        figure("Expected return a year", &|figures| figures.expected_return);
        figure("Volatility a year", &|figures| Some(figures.volatility));
        if risk.held.tracking_error.is_some() {
            figure("Tracking error a year", &|figures| figures.tracking_error);
        }
        let days = rounded(risk.horizon_days, 0);
        let confidence = sure(risk);
        let var = |figures: &RiskFigures| figures.methods.iter().find(|method| method.method == "normal")?.value_at_risk;
        figure(&format!("Loss in {days} trading days at {confidence}"), &var);
    }
}

/// The confidence of VaR: `95 %`.
fn sure(risk: &RiskReport) -> String {
    format!("{} %", rounded(100.0 * risk.confidence, 2).trim_end_matches('0').trim_end_matches('.'))
}

/// What figures of risk rest on.
fn ground(risk: &RiskReport) -> String {
    let from = match (risk.basis, risk.span) {
        (Basis::History, Some((first, last, returns))) => format!("from {returns} returns of {first} to {last}"),
        (Basis::History, None) => "from history".to_owned(),
        (Basis::Assumptions, _) => "what the assumptions say of classes".to_owned(),
    };
    let expected =
        if risk.held.expected_return.is_some() { "the expected return taken off" } else { "no expected return known or taken off" };
    let (days, confidence) = (rounded(risk.horizon_days, 0), sure(risk));
    format!(
        "Expected return and risk are {from}. In {confidence} of all spans of {days} trading days the loss is smaller than told, by a normal distribution, {expected}."
    )
}

/// `4 of 5`.
fn kept(checks: &[Check], stands: fn(&Check) -> Status) -> Cell {
    let kept = checks.iter().filter(|check| matches!(stands(check), Status::Kept | Status::AtLimit)).count();
    let tolerated = checks.iter().filter(|check| stands(check) == Status::Broken && check.tolerated.is_some()).count();
    let more = if tolerated > 0 { format!(", {tolerated} tolerated") } else { String::new() };
    format!("{kept} of {}{more}", checks.len()).into()
}

fn survived(results: &[StressResult]) -> Cell {
    format!("{} of {}", results.iter().filter(|result| result.survives).count(), results.len()).into()
}
