//! The policy's hard limits, lowered to rules on the weights of the leaves, so that what is optimized does not
//! break them.
//!
//! A leaf is what its preferred instrument is: that is what will be bought for it. A limit on an average score,
//! Σ w s ÷ Σ w ≤ v over what is selected and scored, is the line Σ w (s − v) ≤ 0.

use std::collections::BTreeMap;

use evenkeel_ledger::class::ClassPath;
use evenkeel_quant::optimize::problem::Rule as Constrains;

use crate::estimate::{Asset, Estimates};
use crate::policy::{Bound, Limit, Measure};
use crate::portfolio::class_parts;
use crate::portfolio::select::{Selected, Subject, Value};

use super::OptimizeInputs;

/// What leaves add to a limit, or to one value of the attribute for each of whose values it holds.
struct Tally {
    /// By asset, the part that is selected.
    selected: Vec<f64>,
    /// By asset, the part that is selected and scored, and the same × the score.
    scored: Vec<f64>,
    score: Vec<f64>,
    /// Whether cash is selected.
    cash: bool,
}

/// Each hard limit as rules, with its name; what binds no leaf is left out.
pub(super) fn bind<'a>(inputs: &OptimizeInputs<'a>, estimates: &Estimates) -> Vec<(&'a Limit, String, Constrains)> {
    let mut rules = Vec::new();
    // What adds up issuers beyond a weight is no line, and risk has its own rules in `[optimize]`: both are checked after.
    let is_linear = |limit: &&Limit| limit.hard && limit.above.is_none() && !matches!(limit.measure, Measure::Risk(..));
    for limit in inputs.limits.iter().filter(is_linear) {
        for (value, tally) in tallies(inputs, estimates, limit) {
            let name = value.map_or_else(|| limit.name.clone(), |value| format!("{}: {value}", limit.name));
            if let Some(rule) = rule(inputs, limit, &tally) {
                rules.push((limit, name, rule));
            }
        }
    }
    rules
}

fn rule(inputs: &OptimizeInputs<'_>, limit: &Limit, tally: &Tally) -> Option<Constrains> {
    let (coefficients, most) = match limit.measure {
        Measure::Weight => (tally.selected.clone(), limit.value),
        // Without holdings nothing says what the whole is worth.
        Measure::Value => (tally.selected.clone(), limit.value / inputs.value.filter(|value| *value > 0.0)?),
        Measure::Score(_) => {
            let above = tally.score.iter().zip(&tally.scored).map(|(score, scored)| score - limit.value * scored);
            (above.collect(), 0.0)
        }
        Measure::Risk(..) => return None,
    };
    if coefficients.iter().all(|coefficient| *coefficient == 0.0) {
        return None;
    }
    let rest = most - if tally.cash { inputs.cash } else { 0.0 };
    Some(match limit.bound {
        Bound::AtMost => Constrains::Linear { coefficients, at_least: f64::NEG_INFINITY, at_most: rest },
        Bound::AtLeast => Constrains::Linear { coefficients, at_least: rest, at_most: f64::INFINITY },
    })
}

/// What each leaf and cash add, by value of the attribute for each of whose values the limit holds.
fn tallies(inputs: &OptimizeInputs<'_>, estimates: &Estimates, limit: &Limit) -> BTreeMap<Option<String>, Tally> {
    let count = estimates.assets.len();
    let mut tallies: BTreeMap<Option<String>, Tally> = BTreeMap::new();
    let empty = || Tally { selected: vec![0.0; count], scored: vec![0.0; count], score: vec![0.0; count], cash: false };
    for (at, asset) in estimates.assets.iter().enumerate() {
        for (value, fraction, score) in parts(inputs, asset, limit) {
            let tally = tallies.entry(value).or_insert_with(empty);
            let add = |entries: &mut Vec<f64>, amount: f64| entries.iter_mut().skip(at).take(1).for_each(|entry| *entry += amount);
            add(&mut tally.selected, fraction);
            if let Some(score) = score {
                add(&mut tally.scored, fraction);
                add(&mut tally.score, fraction * score);
            }
        }
    }
    let class = ClassPath::cash();
    let cash = Subject::Cash { class: &class, base: inputs.base_currency };
    // An average of scores is over what has one, and cash has none.
    if !matches!(limit.measure, Measure::Score(_))
        && selects(limit, &cash)
        && let Some(tally) = tallies.get_mut(&group(limit, &cash))
    {
        tally.cash = true;
    }
    tallies
}

/// The parts of an asset that a limit selects: the value of its attribute, the fraction, and the score.
fn parts(inputs: &OptimizeInputs<'_>, asset: &Asset, limit: &Limit) -> Vec<(Option<String>, f64, Option<f64>)> {
    let named = |measure: &Measure| if let Measure::Score(name) = measure { Some(name.clone()) } else { None };
    let (estimate, name) = (&inputs.estimate, named(&limit.measure));
    let Some((id, instrument)) = asset.instrument.and_then(|id| Some((id, estimate.universe.get(id)?))) else {
        // A leaf without an instrument has a class alone.
        let selector = &limit.selector;
        let is_plain = selector.attributes.is_empty() && selector.liquidity_tier_at_most.is_none() && selector.except.is_none();
        let by_class = is_plain && limit.each.is_none();
        let within = selector.classes.is_empty() || selector.classes.iter().any(|class| asset.class.is_within(class));
        let score = name.and_then(|name| estimate.assumptions?.of(&asset.class)?.scores.get(&name).copied());
        return if by_class && within { vec![(None, 1.0, score)] } else { Vec::new() };
    };
    let parts = class_parts(id, instrument, estimate.sleeves).into_iter();
    let selected = parts.filter(|part| selects(limit, &Subject::Part { instrument, part: *part }));
    let told = selected.map(|part| {
        let score = name.as_ref().and_then(|name| part.score(instrument, estimate.assumptions, name));
        (group(limit, &Subject::Part { instrument, part }), part.fraction, score)
    });
    told.collect()
}

/// Whether a limit selects a subject; where it holds for each value of an attribute, one that has a value.
fn selects(limit: &Limit, subject: &Subject<'_>) -> bool {
    subject.selected(&limit.selector) == Selected::Yes && (limit.each.is_none() || group(limit, subject).is_some())
}

/// The value of the attribute for each of whose values a limit holds.
fn group(limit: &Limit, subject: &Subject<'_>) -> Option<String> {
    match subject.value(limit.each.as_ref()?) {
        Value::Given(value) => Some(value),
        Value::NotGiven | Value::None => None,
    }
}
