//! `[[stop]]`: stop-loss and take-profit.

use evenkeel_ledger::class::ClassPath;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::{ReEntry, StopLevel, StopRule, StopSide};

use super::{KnownClasses, class};

#[derive(Clone, Copy)]
enum Basis {
    Fraction,
    Volatility,
    ValueAtRisk,
    ConditionalValueAtRisk,
    ExpectedReturn,
}

const BASES: [(&str, Basis); 5] = [
    ("fraction", Basis::Fraction),
    ("volatility", Basis::Volatility),
    ("var", Basis::ValueAtRisk),
    ("cvar", Basis::ConditionalValueAtRisk),
    ("expected_return", Basis::ExpectedReturn),
];

/// Reads the stops; those that could not be read are left out, and have been told.
pub(super) fn read(root: &Table<'_>, classes: &KnownClasses<'_>) -> Vec<StopRule> {
    let about =
        "Leaves a class when its price has fallen from its peak (`loss`) or risen since entry (`profit`) by so much, and comes back.";
    root.tables("stop", about, |table| read_stop(table, classes))
}

fn read_stop(table: &Table<'_>, classes: &KnownClasses<'_>) -> Option<StopRule> {
    let left =
        table.key("class", "The class; the first of its instruments with a price is what is watched.").read("class", class).required();
    let into = table.key("into", "The class that takes up what leaves.").read("class", class).optional();
    let side = table.key("kind", "Which move stops.").one_of(&[("loss", StopSide::Loss), ("profit", StopSide::Profit)]).required();
    for named in left.iter().chain(&into) {
        classes.check_target(table, named);
    }
    if let (Some(left), Some(into)) = (&left, &into)
        && (left.value.is_within(&into.value) || into.value.is_within(&left.value))
    {
        let message = format!("`into` is {}, which holds or is held by {}", into.value, left.value);
        table.report_value(
            "into",
            Diagnostic::error(Code::BOTH_SIDES, message).help("name a class apart from it, or leave it out for cash"),
        );
    }
    let basis = table.key("basis", "What the level is made of: a fraction; a multiple of volatility over the horizon; normal VaR or CVaR of it; a multiple of the expected return over it. All but the first read the assumptions.");
    let level = basis.variant(&BASES, |basis| read_level(table, basis));
    let cut =
        table.key("cut", "Fraction of the class's weight that leaves: 1 sells all, 0.5 halves it.").number().positive_fraction().or(1.0);
    table.at_most_one_of(&["after_days", "turned"]);
    let days = table.key("after_days", "Comes back after so many days.").integer().between(1, 3660, "days").optional();
    let turned = table
        .key("turned", "Comes back once the price is so far above its lowest since (after a profit: below its highest), as a fraction.");
    let turned = turned.number().positive_fraction().optional();
    if !table.has("after_days") && !table.has("turned") {
        let help = "add `after_days = 30`, or `turned = 0.05` for a price that has turned by 5 %";
        table.report(Diagnostic::error(Code::MISSING_KEY, "this stop does not say when it ends").help(help));
    }
    let re_entry = days.map(ReEntry::AfterDays).or(turned.map(ReEntry::Turned));
    Some(StopRule {
        class: left?.value,
        side: side?,
        level: level?,
        cut,
        into: into.map_or_else(ClassPath::cash, |into| into.value),
        re_entry: re_entry?,
    })
}

fn read_level(table: &Table<'_>, basis: Basis) -> Option<StopLevel> {
    let horizon = || table.key("horizon_days", "Trading days over which the level is taken.").number().above(0.0, "days").or(21.0);
    let multiple = || table.key("multiple", "Times volatility or expected return over the horizon.").number().above(0.0, "").required();
    let confidence = || table.key("confidence", "Confidence of the VaR or CVaR.").number().inside(0.0, 1.0, "").or(0.99);
    // All keys are read, so that all problems are told.
    match basis {
        Basis::Fraction => {
            table.key("move", "How far, as a fraction: 0.15 is 15 %.").number().positive_fraction().required().map(StopLevel::Fraction)
        }
        Basis::Volatility => {
            let (multiple, horizon_days) = (multiple(), horizon());
            Some(StopLevel::Volatility { multiple: multiple?, horizon_days })
        }
        Basis::ValueAtRisk => Some(StopLevel::ValueAtRisk { confidence: confidence(), horizon_days: horizon() }),
        Basis::ConditionalValueAtRisk => Some(StopLevel::ConditionalValueAtRisk { confidence: confidence(), horizon_days: horizon() }),
        Basis::ExpectedReturn => {
            let (multiple, horizon_days) = (multiple(), horizon());
            Some(StopLevel::ExpectedReturn { multiple: multiple?, horizon_days })
        }
    }
}
