//! [`policy_mix`]: what the target weights of a policy would have earned, held on every day.

use std::collections::BTreeSet;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxError;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::Currency;

use crate::backtest::Tape;
use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::PriceKind;
use crate::market::{Action, ActionKind};
use crate::policy::Policy;
use crate::portfolio::Sleeves;
use crate::target::target_weights;

use super::exchange::{no_rate, rate, rates_of};
use super::measured_prices::{Split, divide, measured_prices, unsuspecting};
use super::record::Record;

/// The target mix of a policy by day, on the leaves of its tree.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyMix {
    /// Target weights by day, then by sleeve; they add up to 1.
    pub weights: Vec<Vec<f64>>,
    /// Returns by day, then by sleeve, in the base currency: those of the first instrument of the leaf that is priced and has not ended;
    /// 0 of cash.
    pub returns: Vec<Vec<f64>>,
    /// The currency of that instrument, by day, then by sleeve; `None` of cash.
    pub currencies: Vec<Vec<Option<Currency>>>,
    /// What should be known of it.
    pub notes: Vec<String>,
}

impl PolicyMix {
    /// Return of the mix by day.
    pub fn total(&self) -> Vec<f64> {
        let of_day = |(weights, returns): (&Vec<f64>, &Vec<f64>)| weights.iter().zip(returns).map(|(weight, earned)| weight * earned).sum();
        self.weights.iter().zip(&self.returns).map(of_day).collect()
    }
}

/// The target mix of a policy on some days, with returns since the day before each, and of the first since `from`.
///
/// # Errors
/// Targets that cannot be told without estimates, or a leaf without a priced instrument.
pub fn policy_mix(
    policy: &Policy,
    sleeves: &Sleeves,
    record: &Record<'_>,
    actions: &[Action],
    (from, dates): (Date, &[Date]),
) -> Result<PolicyMix, Vec<Diagnostic>> {
    let mut mix = PolicyMix { weights: Vec::new(), returns: Vec::new(), currencies: Vec::new(), notes: Vec::new() };
    let has_dividends = actions.iter().any(|action| matches!(action.kind, ActionKind::Dividend { .. }));
    if leaves_out_dividends(record.prices.kind) && !has_dividends {
        mix.notes.push("The policy's mix is without dividends: prices leave them out, and there is no actions.csv with them.".to_owned());
    }
    let splits: Vec<Split> = actions.iter().filter_map(split).collect();
    let prices = measured_prices(record.prices, &splits, &record.rules);
    let mut tape = Tape::new(&prices, unsuspecting(record.rules));
    tape.advance(from);
    check_priced(sleeves, &tape, from)?;
    let mut ended = BTreeSet::new();
    let mut last = from;
    let currencies: Vec<Currency> = record.universe.iter().map(|(_, instrument)| instrument.currency).collect();
    let currency = |id: InstrumentId| currencies.get(id.index()).copied();
    let is_foreign = currencies.iter().any(|currency| *currency != record.base);
    let mut exchange = if is_foreign { Some(rates_of(record.fx, from)?) } else { None };
    let mut weights: Option<(Date, Vec<f64>)> = None;
    for day in dates {
        let chosen = representatives(sleeves, &tape, &ended);
        let before: Vec<Option<f64>> = chosen.iter().map(|id| id.and_then(|id| price(&tape, id))).collect();
        // By date, as they come from their file.
        let (begin, end) = (actions.partition_point(|action| action.date <= last), actions.partition_point(|action| action.date <= *day));
        let since = actions.get(begin..end).unwrap_or_default();
        if record.prices.kind == PriceKind::Raw {
            since.iter().filter_map(split).try_for_each(|split| divide(&mut tape, split))?;
        }
        tape.advance(*day);
        let now = exchange.as_ref().map(|_| rates_of(record.fx, *day)).transpose()?;
        let gained = |id: InstrumentId| match (currency(id), &exchange, &now) {
            (Some(currency), Some(before), Some(now)) => Ok(rate(currency, record.base, now)? / rate(currency, record.base, before)?),
            _ => Ok::<f64, FxError>(1.0),
        };
        let of_leaf = |(id, before): (&Option<InstrumentId>, &Option<f64>)| {
            let (Some(id), Some(before)) = (*id, *before) else { return Ok(0.0) };
            let (units, paid) = received(since, id, record.prices.kind);
            let Some(after) = price(&tape, id) else { return Ok(0.0) };
            Ok((after * units + paid) / before * gained(id).map_err(|error| no_rate(&error, *day))? - 1.0)
        };
        ended.extend(since.iter().filter(|action| matches!(action.kind, ActionKind::Delisting { .. })).map(|action| action.instrument));
        mix.returns.push(chosen.iter().zip(&before).map(of_leaf).collect::<Result<_, Vec<Diagnostic>>>()?);
        mix.currencies.push(chosen.iter().map(|id| currency((*id)?)).collect());
        exchange = now;
        last = *day;
        let month = |date: Date| (date.year(), date.month());
        let now = match weights.take().filter(|(of, _)| month(*of) == month(*day)) {
            Some((_, weights)) => weights,
            None => target_weights(policy, sleeves, record.household, None, None, *day)?.weights.sleeves,
        };
        mix.weights.push(now.clone());
        weights = Some((*day, now));
    }
    Ok(mix)
}

fn split(action: &Action) -> Option<Split> {
    match action.kind {
        ActionKind::Split { ratio } => Some((action.instrument, action.date, ratio)),
        ActionKind::Dividend { .. } | ActionKind::Delisting { .. } => None,
    }
}

const fn leaves_out_dividends(kind: PriceKind) -> bool {
    matches!(kind, PriceKind::Raw | PriceKind::SplitAdjusted)
}

/// What actions make of a unit: units, and cash beside them that prices leave out.
fn received(actions: &[Action], instrument: InstrumentId, kind: PriceKind) -> (f64, f64) {
    let (mut units, mut paid) = (1.0, 0.0);
    for action in actions.iter().filter(|action| action.instrument == instrument) {
        match action.kind {
            ActionKind::Dividend { per_unit, .. } if leaves_out_dividends(kind) => paid += units * to_f64(per_unit.decimal()),
            ActionKind::Split { ratio } if kind == PriceKind::Raw => units *= to_f64(ratio.new) / to_f64(ratio.old),
            ActionKind::Delisting { per_unit } => {
                paid += units * to_f64(per_unit.decimal());
                units = 0.0;
            }
            _ => {}
        }
    }
    (units, paid)
}

fn price(tape: &Tape<'_>, instrument: InstrumentId) -> Option<f64> {
    tape.last(instrument).map(|point| to_f64(point.price.decimal()))
}

/// The first priced instrument of each sleeve that has not ended; none of cash.
fn representatives(sleeves: &Sleeves, tape: &Tape<'_>, ended: &BTreeSet<InstrumentId>) -> Vec<Option<InstrumentId>> {
    let is_there = |instrument: &InstrumentId| tape.last(*instrument).is_some() && !ended.contains(instrument);
    sleeves.iter().map(|(_, sleeve)| sleeve.instruments.iter().copied().find(is_there)).collect()
}

/// Refuses leaves of which nothing is priced when the span begins.
fn check_priced(sleeves: &Sleeves, tape: &Tape<'_>, day: Date) -> Result<(), Vec<Diagnostic>> {
    let is_priced = |instrument: &InstrumentId| tape.last(*instrument).is_some();
    let without = sleeves.iter().filter(|(id, sleeve)| sleeve.listed && *id != sleeves.cash && !sleeve.instruments.iter().any(is_priced));
    let told = without.map(|(_, sleeve)| {
        let message = format!("the policy's mix cannot be told: no instrument of `{}` has a price by {day}", sleeve.class);
        Diagnostic::error(Code::NO_PRICE, message).help("begin later, or compare with a benchmark of benchmark.csv")
    });
    let told: Vec<Diagnostic> = told.collect();
    if told.is_empty() { Ok(()) } else { Err(told) }
}
