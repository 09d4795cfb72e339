//! `[spending]`.

use evenkeel_quant::spending::{
    FirstYear, FixedAmount, FixedReal, Guardrails, Hybrid, MovingAverage, Percentage, RequiredMinimum, Rule, Spending,
};

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::SpendingRules;

/// Longest moving average: a lifetime of quarters.
const MOST_QUARTERS: usize = 400;

/// The rules by name.
#[derive(Debug, Clone, Copy)]
enum Kind {
    FixedReal,
    FixedAmount,
    Percentage,
    MovingAverage,
    Hybrid,
    Guardrails,
    RequiredMinimum,
}

const KINDS: [(&str, Kind); 7] = [
    ("fixed_real", Kind::FixedReal),
    ("fixed_amount", Kind::FixedAmount),
    ("percentage", Kind::Percentage),
    ("moving_average", Kind::MovingAverage),
    ("hybrid", Kind::Hybrid),
    ("guardrails", Kind::Guardrails),
    ("required_minimum", Kind::RequiredMinimum),
];

/// Reads the section; `None` where there is none, or it could not be read.
pub(super) fn read(root: &Table<'_>) -> Option<SpendingRules> {
    let about = "What is paid out of the portfolio a year, for simulations and backtests.";
    root.optional_table("spending", about, read_rules).flatten()
}

fn read_rules(table: &Table<'_>) -> Option<SpendingRules> {
    let about = "How a year's amount is found: `fixed_real` keeps the first year's amount at its prices; `fixed_amount` pays the same \
                 each year; `percentage` of value; `moving_average` of quarter-end values; `hybrid` mixes last year's amount and a \
                 percentage (Yale); `guardrails` corrects last year's amount (Guyton and Klinger); `required_minimum` follows the \
                 Uniform Lifetime Table of the IRS.";
    let rule = table.key("rule", about).variant(&KINDS, |kind| read_rule(table, kind));
    let bound = |name, about| table.key(name, about).number().fraction().optional();
    let floor = bound("floor", "Least that is paid a year, as a fraction of value.");
    let cap = bound("cap", "Most that is paid a year, as a fraction of value.");
    let payments = table
        .key("payments", "How often a part of the year's amount is paid, each time at the beginning.")
        .one_of(&[("yearly", 1), ("quarterly", 4), ("monthly", 12)])
        .or_else("yearly", || 1);
    match Spending::new(rule?, floor.unwrap_or(0.0), cap.unwrap_or(f64::INFINITY)) {
        Ok(spending) => Some(SpendingRules { spending, payments_per_year: payments }),
        Err(error) => {
            let told = Diagnostic::error(Code::OUT_OF_RANGE, error.to_string()).help("raise `cap`, or lower `floor`");
            table.report_value("floor", told);
            None
        }
    }
}

fn read_rule(table: &Table<'_>, kind: Kind) -> Option<Rule> {
    let rate = |about| table.key("rate", about).number().positive_fraction().required();
    let amount = || table.key("amount", "The amount of a year, in the base currency.").number().at_least(0.0, "").required();
    Some(match kind {
        Kind::FixedReal => Rule::FixedReal(FixedReal { first: first_year(table)? }),
        Kind::FixedAmount => Rule::FixedAmount(FixedAmount { amount: amount()? }),
        Kind::Percentage => Rule::Percentage(Percentage { rate: rate("Fraction of value paid a year: 0.04 is 4 %.")? }),
        Kind::MovingAverage => {
            let rate = rate("Fraction of the average paid a year.");
            let about = "Quarter-end values that the average is of; as many as there are while fewer were.";
            let window = table.key("quarters", about).integer::<usize>().between(1, MOST_QUARTERS, "quarters").or(12);
            Rule::MovingAverage(MovingAverage { rate: rate?, window })
        }
        Kind::Hybrid => {
            let rate = rate("Target fraction of value paid a year; Yale's is 0.0525.");
            let smoothing =
                table.key("smoothing", "Weight of last year's amount, raised with prices; Yale's is 0.8.").number().fraction().or(0.8);
            Rule::Hybrid(Hybrid { rate: rate?, smoothing })
        }
        Kind::Guardrails => {
            let first = first_year(table);
            let fraction = |name, about, default: f64| table.key(name, about).number().fraction().or(default);
            let width = fraction("width", "How far the rate may go from the first, as a fraction of it.", 0.2);
            let adjustment = fraction("adjustment", "By how much of itself spending is then cut or raised.", 0.1);
            let about = "Last years in which nothing is cut.";
            let no_cut_years = table.key("no_cut_years", about).integer::<usize>().between(0, 100, "years").or(15);
            Rule::Guardrails(Guardrails { first: first?, width, adjustment, no_cut_years })
        }
        Kind::RequiredMinimum => {
            let age = table.key("age", "Age in the first year, whole years.").integer::<u32>().between(0, 120, "years").required();
            let about = "Age from which the law asks for it: 73 for those born 1951 to 1959, 75 for those born later.";
            let from_age = table.key("from_age", about).integer::<u32>().between(72, 120, "years").or(73);
            Rule::RequiredMinimum(RequiredMinimum::uniform_lifetime(age?, from_age))
        }
    })
}

/// A rate of the first value, or an amount: one of the two.
fn first_year(table: &Table<'_>) -> Option<FirstYear> {
    let rate = table.key("rate", "What the first year pays, as a fraction of the first value.").number().positive_fraction().optional();
    let amount = table.key("amount", "What the first year pays, in the base currency.").number().at_least(0.0, "").optional();
    table.at_most_one_of(&["rate", "amount"]);
    if !table.has("rate") && !table.has("amount") && !table.is_reference() {
        let told = Diagnostic::error(Code::MISSING_KEY, "neither `rate` nor `amount` says what the first year pays");
        table.report_value("rule", told.help("add `rate = 0.04` (4 % of the first value), or `amount = 40000`"));
    }
    rate.map(FirstYear::Rate).or(amount.map(FirstYear::Amount))
}
