//! Stops: what the prices up to a day say of each, and what that does to the targets.
//!
//! A stop has no memory but the prices: it begins armed at the first of them, and what it says on a day follows from all
//! prices up to it. So it says the same live, in a backtest and when a proposal is made again.

use evenkeel_ledger::date::Date;
use evenkeel_quant::probability::normal;
use serde::Serialize;

use crate::assumptions::Assumptions;
use crate::boundary::{TOLERANCE, to_f64};
use crate::diagnostic::{Code, Diagnostic};
use crate::market::PriceHistory;
use crate::policy::{Policy, ReEntry, StopLevel, StopRule, StopSide, TRADING_DAYS, TargetTree};
use crate::portfolio::Sleeves;
use crate::words::percent;

use super::spread::{Spread, slot};
use super::{Reason, Targets};

/// What a stop says on a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StopReading {
    /// The class.
    pub class: String,
    /// `stop-loss` or `take-profit`.
    pub kind: &'static str,
    /// How far the price moves before it stops, as a fraction.
    pub level: f64,
    /// Whether it has stopped and one has not come back.
    pub stopped: bool,
    /// The day on which it last stopped or ended; `None` while it never has.
    pub changed: Option<Date>,
    /// The price that moves are counted from, where it is armed; at which it stopped, where it has.
    pub price: f64,
    /// What it says, with numbers.
    pub sentence: String,
}

/// What each stop of a policy says on a day.
///
/// # Errors
/// A class of which no instrument has a price, or of which the assumptions do not say what the level is made of.
pub fn read_stops(
    policy: &Policy,
    sleeves: &Sleeves,
    prices: &PriceHistory,
    assumptions: Option<&Assumptions>,
    as_of: Date,
) -> Result<Vec<StopReading>, Vec<Diagnostic>> {
    let (mut readings, mut told) = (Vec::with_capacity(policy.stops.len()), Vec::new());
    for rule in &policy.stops {
        match level(rule, assumptions).and_then(|level| Ok((level, watched(rule, sleeves, prices, as_of)?))) {
            Ok((level, series)) => readings.push(read(rule, level, &series)),
            Err(error) => told.push(*error),
        }
    }
    if told.is_empty() { Ok(readings) } else { Err(told) }
}

/// Prices of the first instrument of a class that has some.
fn watched(rule: &StopRule, sleeves: &Sleeves, prices: &PriceHistory, as_of: Date) -> Result<Vec<(Date, f64)>, Box<Diagnostic>> {
    let of_class = sleeves.sleeves.iter().filter(|sleeve| sleeve.listed && sleeve.class.is_within(&rule.class));
    let known = |instrument: &evenkeel_ledger::instrument::InstrumentId| {
        let points = prices.series.get(instrument.index())?.iter().take_while(|point| point.date <= as_of);
        let usable = points.filter(|point| point.price.is_positive());
        let series: Vec<(Date, f64)> = usable.map(|point| (point.date, to_f64(point.price.decimal()))).collect();
        (!series.is_empty()).then_some(series)
    };
    of_class.flat_map(|sleeve| &sleeve.instruments).find_map(known).ok_or_else(|| {
        let message = format!("the {} of {} has no price to watch on or before {as_of}", rule.side.name(), rule.class);
        Box::new(
            Diagnostic::error(Code::NO_HISTORY, message).help("add prices of an instrument that stands for the class, or remove the stop"),
        )
    })
}

/// How far the price moves before it stops.
fn level(rule: &StopRule, assumptions: Option<&Assumptions>) -> Result<f64, Box<Diagnostic>> {
    let believed = assumptions.and_then(|assumptions| assumptions.of(&rule.class));
    let lacks = |what: &str| {
        let message = format!("the {} of {} is made of its {what}, which is not assumed", rule.side.name(), rule.class);
        Box::new(
            Diagnostic::error(Code::BELIEF_MISSING, message)
                .help(format!("state the {what} in assumptions.toml, or give a fraction: `basis = \"fraction\"`")),
        )
    };
    let volatility = || believed.and_then(|believed| believed.volatility).ok_or_else(|| lacks("volatility"));
    let expected = || believed.and_then(|believed| believed.expected_return).ok_or_else(|| lacks("expected return"));
    let level = match rule.level {
        StopLevel::Fraction(fraction) => fraction,
        StopLevel::Volatility { multiple, horizon_days } => multiple * volatility()? * (horizon_days / TRADING_DAYS).sqrt(),
        StopLevel::ExpectedReturn { multiple, horizon_days } => multiple * expected()? * horizon_days / TRADING_DAYS,
        StopLevel::ValueAtRisk { confidence, horizon_days } | StopLevel::ConditionalValueAtRisk { confidence, horizon_days } => {
            let years = horizon_days / TRADING_DAYS;
            let z = normal::quantile(confidence).unwrap_or_default();
            let deviations = if matches!(rule.level, StopLevel::ValueAtRisk { .. }) { z } else { normal::density(z) / (1.0 - confidence) };
            deviations * volatility()? * years.sqrt() - expected()? * years
        }
    };
    if level > 0.0 && (rule.side == StopSide::Profit || level < 1.0) {
        return Ok(level);
    }
    let message = format!("the {} of {} comes to a move of {}, which never or always stops", rule.side.name(), rule.class, percent(level));
    Err(Box::new(Diagnostic::error(Code::OUT_OF_RANGE, message).help("change its horizon, confidence or multiple")))
}

/// Follows the prices from the first to the last.
fn read(rule: &StopRule, level: f64, series: &[(Date, f64)]) -> StopReading {
    let first = series.first().map_or(0.0, |(_, price)| *price);
    // The price that moves are counted from; since a stop, its price and the furthest that the price went.
    let (mut reference, mut stopped): (f64, Option<(Date, f64, f64)>) = (first, None);
    let mut changed = None;
    for (date, price) in series.iter().copied() {
        match &mut stopped {
            None => {
                if rule.side == StopSide::Loss {
                    reference = reference.max(price);
                }
                let beyond = match rule.side {
                    StopSide::Loss => price < reference * (1.0 - level) - TOLERANCE * reference,
                    StopSide::Profit => price > reference * (1.0 + level) + TOLERANCE * reference,
                };
                if beyond {
                    stopped = Some((date, price, price));
                    changed = Some(date);
                }
            }
            Some((since, _, furthest)) => {
                let ends = match (rule.re_entry, rule.side) {
                    (ReEntry::AfterDays(days), _) => i64::from(date.days_since(*since)) >= i64::from(days),
                    (ReEntry::Turned(turn), StopSide::Loss) => {
                        *furthest = furthest.min(price);
                        price >= *furthest * (1.0 + turn)
                    }
                    (ReEntry::Turned(turn), StopSide::Profit) => {
                        *furthest = furthest.max(price);
                        price <= *furthest * (1.0 - turn)
                    }
                };
                if ends {
                    (reference, stopped, changed) = (price, None, Some(date));
                }
            }
        }
    }
    let sentence = sentence(rule, level, reference, stopped);
    let price = stopped.map_or(reference, |(_, price, _)| price);
    StopReading { class: rule.class.to_string(), kind: rule.side.name(), level, stopped: stopped.is_some(), changed, price, sentence }
}

fn sentence(rule: &StopRule, level: f64, reference: f64, stopped: Option<(Date, f64, f64)>) -> String {
    let (name, class) = (rule.side.name(), &rule.class);
    let limit = match rule.side {
        StopSide::Loss => reference * (1.0 - level),
        StopSide::Profit => reference * (1.0 + level),
    };
    match stopped {
        None => {
            let move_ = if rule.side == StopSide::Loss { "below" } else { "above" };
            format!("The {name} of {class} is armed: it stops at a price {move_} {limit:.4}, {} from {reference:.4}.", percent(level))
        }
        Some((since, price, _)) => {
            let back = match rule.re_entry {
                ReEntry::AfterDays(days) => format!("{days} days later"),
                ReEntry::Turned(turn) => format!("once the price has turned by {}", percent(turn)),
            };
            format!(
                "The {name} of {class} stopped on {since} at {price:.4}, beyond {limit:.4}: {} of its weight goes to {}, back {back}.",
                percent(rule.cut),
                rule.into
            )
        }
    }
}

/// Target weights with what has been stopped taken out.
pub(crate) fn with_stops(mut targets: Targets, policy: &Policy, sleeves: &Sleeves, readings: &[StopReading]) -> Targets {
    let tree: &TargetTree = &policy.tree;
    let cash = targets.weights.sleeves.get(sleeves.cash.0).copied().unwrap_or(0.0);
    let mut spread = Spread { nodes: targets.weights.nodes.clone(), cash };
    for (rule, reading) in policy.stops.iter().zip(readings).filter(|(_, reading)| reading.stopped) {
        let (Some(from), Some(into)) = (slot(tree, &rule.class), slot(tree, &rule.into)) else { continue };
        let leaves = spread.get(from) * rule.cut;
        if leaves > 0.0 {
            let left = if rule.cut < 1.0 { spread.get(from) - leaves } else { 0.0 };
            spread.replace(tree, from, left);
            spread.replace(tree, into, spread.get(into) + leaves);
            targets.weights.reasons.push(Reason { step: "stop", sentence: reading.sentence.clone() });
        }
    }
    targets.weights.sleeves = spread.by_sleeve(sleeves);
    targets.weights.nodes = spread.nodes;
    targets
}

/// What stops have changed since the last review, or on the day itself, as a reason to trade.
pub(crate) fn changed(readings: &[StopReading], last_review: Option<Date>, as_of: Date) -> Option<String> {
    let is_new = |changed: Date| changed == as_of || last_review.is_some_and(|reviewed| changed > reviewed);
    let new = readings.iter().filter(|reading| reading.changed.is_some_and(is_new));
    let told: Vec<&str> = new.map(|reading| reading.sentence.as_str()).collect();
    (!told.is_empty()).then(|| told.join(" "))
}
