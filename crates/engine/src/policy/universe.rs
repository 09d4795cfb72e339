//! A policy against the instruments that it speaks of.

use std::collections::BTreeSet;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Rate;

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::document::did_you_mean;

use super::{Attribute, IndexRules, Limit, Measure, Policy, Selector};

/// What does not fit between a policy and a universe: instruments that are not known (errors);
/// instruments of another class than they stand for, classes for which nothing can be bought, and
/// limits that name what no instrument has (warnings).
pub fn check_universe(policy: &Policy, universe: &Universe) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, leaf) in policy.tree.leaves() {
        for symbol in &leaf.instruments {
            let place = policy.places.instruments.get(symbol);
            match universe.find(symbol).and_then(|id| universe.get(id)) {
                None => found.push(at(place, unknown_instrument(symbol, universe))),
                Some(instrument) => found.extend(class_mismatch(instrument, &leaf.class).map(|mismatch| at(place, mismatch))),
            }
        }
        let wanted = !leaf.weight.is_some_and(Rate::is_zero);
        let by_index = policy.indices.iter().any(|index| index.class == leaf.class);
        if leaf.instruments.is_empty() && wanted && !by_index && !leaf.class.is_within(&ClassPath::cash()) {
            let message = format!("no instrument stands for `{}`, so nothing can be bought for it", leaf.class);
            let within = |instrument: &&Instrument| instrument.class.is_within(&leaf.class);
            let of_class: Vec<&str> =
                universe.iter().map(|(_, instrument)| instrument).filter(within).map(|i| i.symbol.as_str()).take(3).collect();
            let help = match &of_class[..] {
                [] => "list instruments for it, the preferred first".to_owned(),
                symbols => format!("list instruments for it, the preferred first: of its class is {}", symbols.join(", ")),
            };
            found.push(at(policy.places.classes.get(&leaf.class), Diagnostic::warning(Code::NOTHING_TO_BUY, message).help(help)));
        }
    }
    for limit in &policy.limits {
        found.extend(unknown_in_limit(limit, universe).into_iter().map(|unknown| at(limit.location.as_ref(), unknown)));
    }
    for index in &policy.indices {
        found.extend(unknown_in_index(index, universe).into_iter().map(|unknown| at(index.location.as_ref(), unknown)));
    }
    found
}

fn at(place: Option<&Location>, diagnostic: Diagnostic) -> Diagnostic {
    match place {
        Some(place) => diagnostic.at(place.clone()),
        None => diagnostic,
    }
}

fn unknown_instrument(symbol: &str, universe: &Universe) -> Diagnostic {
    let known = universe.iter().map(|(_, instrument)| instrument.symbol.as_str());
    let help = did_you_mean(symbol, known, "add it to the instruments file");
    Diagnostic::error(Code::UNKNOWN_INSTRUMENT, format!("`{symbol}` is not among the instruments")).help(help)
}

/// An instrument of one class stands for a leaf that does not hold that class.
fn class_mismatch(instrument: &Instrument, leaf: &ClassPath) -> Option<Diagnostic> {
    let fits = |class: &ClassPath| class.is_within(leaf) || leaf.is_within(class);
    let parts_fit = instrument.composition.iter().any(|part| fits(&part.class));
    if fits(&instrument.class) || parts_fit {
        return None;
    }
    let message = format!("`{}` stands for `{leaf}` and is of the class `{}`", instrument.symbol, instrument.class);
    let help = "the policy decides; if that is not meant, move the symbol or correct its class in the instruments file";
    Some(Diagnostic::warning(Code::CLASS_MISMATCH, message).help(help))
}

fn unknown_in_limit(limit: &Limit, universe: &Universe) -> Vec<Diagnostic> {
    let name = &limit.name;
    let mut unknown = unknown_in_selector(name, &limit.selector, universe);
    if let Some(each) = &limit.each
        && universe.iter().all(|(_, instrument)| value(instrument, each).is_none())
    {
        let message = format!("`{name}` holds for each {}, which no instrument has", described(each));
        unknown.push(Diagnostic::warning(Code::UNKNOWN_ATTRIBUTE, message).help("add it to the instruments file"));
    }
    if let Measure::Score(score) = &limit.measure {
        let help = "give it in the instruments file or by class in the assumptions";
        unknown.extend(unknown_score(&format!("`{name}` measures"), score, help, universe));
    }
    unknown
}

fn unknown_in_index(index: &IndexRules, universe: &Universe) -> Vec<Diagnostic> {
    let mut unknown: Vec<Diagnostic> =
        index.exclude.iter().flat_map(|selector| unknown_in_selector(&index.benchmark, selector, universe)).collect();
    if let Some(tilt) = &index.tilt {
        unknown.extend(unknown_score(
            &format!("`{}` is tilted by", index.benchmark),
            &tilt.score,
            "give it in the instruments file",
            universe,
        ));
    }
    unknown
}

/// A score that no instrument has.
fn unknown_score(what: &str, score: &str, otherwise: &str, universe: &Universe) -> Option<Diagnostic> {
    let known: BTreeSet<&str> = universe.iter().flat_map(|(_, instrument)| instrument.scores.keys().map(String::as_str)).collect();
    let message = format!("{what} the score `{score}`, which no instrument has");
    let help = did_you_mean(score, known.iter().copied(), otherwise);
    (!known.contains(score)).then(|| Diagnostic::warning(Code::UNKNOWN_ATTRIBUTE, message).help(help))
}

fn unknown_in_selector(name: &str, selector: &Selector, universe: &Universe) -> Vec<Diagnostic> {
    let mut unknown = Vec::new();
    let mut warn = |message: String, help: String| unknown.push(Diagnostic::warning(Code::UNKNOWN_ATTRIBUTE, message).help(help));
    for (attribute, values) in &selector.attributes {
        let known: BTreeSet<String> = universe.iter().filter_map(|(_, instrument)| value(instrument, attribute)).collect();
        if known.is_empty() {
            warn(
                format!("`{name}` asks for {}, which no instrument has", described(attribute)),
                "add it to the instruments file".to_owned(),
            );
            continue;
        }
        for value in values.iter().filter(|value| !known.contains(*value)) {
            let help = did_you_mean(value, known.iter().map(String::as_str), "correct it here or in the instruments file");
            warn(format!("`{name}` asks for {} `{value}`, which no instrument has", described(attribute)), help);
        }
    }
    if asks_for_liquidity(selector) && universe.iter().all(|(_, instrument)| instrument.liquidity_tier.is_none()) {
        warn(format!("`{name}` asks for a liquidity tier, which no instrument has"), "add it to the instruments file".to_owned());
    }
    unknown.extend(selector.except.iter().flat_map(|except| unknown_in_selector(name, except, universe)));
    unknown
}

fn asks_for_liquidity(selector: &Selector) -> bool {
    selector.liquidity_tier_at_most.is_some()
}

fn described(attribute: &Attribute) -> String {
    super::describe::attribute(attribute)
}

fn value(instrument: &Instrument, attribute: &Attribute) -> Option<String> {
    match attribute {
        Attribute::Class => instrument.class.segments().next().map(str::to_owned),
        Attribute::Instrument => Some(instrument.symbol.clone()),
        Attribute::Sector => instrument.sector.clone(),
        Attribute::Issuer => instrument.issuer.clone(),
        Attribute::Country => instrument.country.clone(),
        Attribute::Currency => Some(instrument.currency.to_string()),
        Attribute::Tag(name) => instrument.tags.get(name).cloned(),
    }
}
