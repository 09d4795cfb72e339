//! What whoever decides has to know before anything else: books that contradict one another, prices that are too old, limits that
//! are broken, scenarios that are not survived.

use evenkeel::comply::{Check, Status};
use evenkeel::diagnostic::Code;
use evenkeel::market::PriceKind;
use evenkeel::words::listed;
use evenkeel_io::page::{Page, Tone};

use crate::render::number::{amount, percent};
use crate::render::{proposal, sections};

use super::facts::HouseholdFacts;

/// All of it.
pub(super) fn page(household: &HouseholdFacts) -> Page {
    let mut page = Page::new();
    page.append(proposal::books(household.inputs.contradiction.as_deref()));
    if let Some(told) = of_study(household) {
        page.verdict("STUDY", Tone::Attention, told);
    }
    if let Some(told) = of_limits(household) {
        page.verdict("LIMITS", Tone::Bad, told);
    }
    if let Some(told) = of_tolerated(household) {
        page.verdict("TOLERATED", Tone::Attention, told);
    }
    if let Some(told) = of_stress(household) {
        page.verdict("STRESS", Tone::Bad, told);
    }
    page
}

/// That units and lots are none that anybody trades.
fn of_study(household: &HouseholdFacts) -> Option<String> {
    let prices = match household.inputs.market.kind {
        PriceKind::Raw | PriceKind::SplitAdjusted => return None,
        PriceKind::TotalReturn => "total returns",
        PriceKind::PriceIndex => "an index of price returns",
    };
    Some(format!("prices are {prices}, which nobody pays: quantities, prices and lots below are no orders."))
}

/// The limits that are broken before or after, with how far.
fn of_limits(household: &HouseholdFacts) -> Option<String> {
    let proposal = household.proposal();
    let trades = !proposal.trades.is_empty();
    let is_broken = |check: &&Check| check.status_before == Status::Broken || check.status_after == Status::Broken;
    let is_wrong = |check: &&Check| is_broken(check) && check.tolerated.is_none();
    let told: Vec<String> = proposal.checks.iter().filter(is_wrong).map(|check| broken(check, trades)).collect();
    if told.is_empty() {
        return None;
    }
    let by_targets = household.inputs.warnings.iter().any(|told| told.code == Code::TARGET_BREAKS_LIMIT);
    let targets = if by_targets { " The target weights themselves break a limit: the policy contradicts itself." } else { "" };
    Some(format!("{}.{targets}", told.join("; ")))
}

/// The limits that the market alone broke, and the law that tolerates it.
fn of_tolerated(household: &HouseholdFacts) -> Option<String> {
    let proposal = household.proposal();
    let trades = !proposal.trades.is_empty();
    let told: Vec<String> = proposal.checks.iter().filter(|check| check.tolerated.is_some()).map(|check| broken(check, trades)).collect();
    (!told.is_empty()).then(|| format!("{}.", told.join("; ")))
}

fn broken(check: &Check, trades: bool) -> String {
    let kind = if check.hard { "hard" } else { "soft" };
    let bound = if check.bound == "at_most" { "at most" } else { "at least" };
    let shown = |value: Option<f64>| value.map_or_else(|| sections::UNTOLD.into(), |value| sections::measured(check, value));
    let how = match check.tolerated {
        Some(section) => format!("exceeded by what the market alone did, which {section} tolerates"),
        None => "broken".to_owned(),
    };
    let stands = match (trades, check.status_after) {
        (false, _) => format!("it stands at {}", shown(check.before)),
        (true, Status::Broken) => format!("{} before the trades and {} after them", shown(check.before), shown(check.after)),
        (true, _) => format!("{} before the trades, kept after them at {}", shown(check.before), shown(check.after)),
    };
    format!("the {kind} limit “{}” of {bound} {} is {how}: {stands}", check.limit, sections::measured(check, check.value))
}

/// The scenarios that what is held, or would be, does not survive.
fn of_stress(household: &HouseholdFacts) -> Option<String> {
    let proposal = household.proposal();
    let results = if proposal.trades.is_empty() { &household.stress.validation.stress } else { &proposal.stress };
    let failed: Vec<String> = results
        .iter()
        .filter(|result| !result.survives)
        .map(|result| format!("“{}” ({}, {} left)", result.scenario, percent(result.portfolio_return), amount(result.value_after)))
        .collect();
    let names: Vec<&str> = failed.iter().map(String::as_str).collect();
    let when = if proposal.trades.is_empty() { "as it is held" } else { "after the trades" };
    (!failed.is_empty()).then(|| format!("{when}, the portfolio does not survive {} by the measure of the policy.", listed(&names)))
}
