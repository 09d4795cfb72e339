//! Limits by preset: rules of law on issuers.

use evenkeel_ledger::number::Decimal;

use crate::document::Table;
use crate::policy::preset::{IssuerRule, LIMITS, LimitPreset};
use crate::policy::{Attribute, Bound, Limit, Measure, Selector};

use super::Stated;

/// The preset that a table names.
pub(super) fn read(table: &Table<'_>) -> Option<&'static LimitPreset> {
    let presets: Vec<(&str, &LimitPreset)> = LIMITS.iter().map(|preset| (preset.key, preset)).collect();
    let about = "A rule of law, as limits on the weight of issuers: ucits_5_10_40 (each at most 10 %, those above 5 % together at most \
                 40 %), ucits_20_35 (those above 20 % together at most 35 %: one alone), us_1940_act_75_5_10 (those above 5 % together \
                 at most 25 %), irc_851 (each at most 25 %, those above 5 % together at most 50 %). Name what the rule does not count, \
                 such as government securities, under `where.except`.";
    table.key("preset", about).one_of(&presets).optional()
}

/// The limits that a preset stands for.
pub(super) fn expand(table: &Table<'_>, preset: &LimitPreset, name: Option<String>, selector: &Selector, hard: bool) -> Vec<Stated> {
    for key in ["on", "each", "above", "at_most", "at_least"] {
        table.at_most_one_of(&["preset", key]);
    }
    let called = name.unwrap_or_else(|| preset.name.to_owned());
    let stated = |rule: &IssuerRule| Stated {
        limit: Limit {
            name: match rule.above {
                Some(above) => format!("{called}, issuers above {above} %"),
                None => format!("{called}, one issuer"),
            },
            measure: Measure::Weight,
            selector: selector.clone(),
            each: Some(Attribute::Issuer),
            above: rule.above.map(|percent| f64::from(percent) / 100.0),
            bound: Bound::AtMost,
            value: f64::from(rule.at_most) / 100.0,
            hard,
            law: preset.law,
            location: Some(table.location_of("preset")),
        },
        exact: hundredths(rule.at_most),
        span: table.span_of("preset"),
        name: table.span_of(if table.has("name") { "name" } else { "preset" }),
    };
    preset.rules.iter().map(stated).collect()
}

fn hundredths(percent: u8) -> Decimal {
    Decimal::from_raw(i128::from(percent) * Decimal::ONE.raw() / 100).unwrap_or(Decimal::ZERO)
}
