//! Weights and changes in words.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::Decimal;

use crate::boundary::to_f64;
use crate::words;

use super::mix::{Mix, Moved};

/// Classes with their weights: `US Equity 35 %, Cash 5 %`.
pub(super) fn weights(mix: &Mix) -> String {
    let mut said = String::new();
    for (class, weight) in &mix.weights {
        let comma = if said.is_empty() { "" } else { ", " };
        for part in [comma, class.as_str(), " ", &words::percent(to_f64(*weight))] {
            said.push_str(part);
        }
    }
    said
}

/// What a move changed, and where it differs from what was asked:
/// `US Equity +6 points, Cash -2 points.`
pub(super) fn shift(moved: &Moved, asked: Decimal) -> String {
    let mut sentences = vec![format!("{}.", changes(&moved.changes))];
    let lacks = |(class, lacked): &(ClassPath, Decimal)| format!("{class} lacks {} of its part.", words::points(to_f64(*lacked)));
    sentences.extend(moved.short.iter().map(lacks));
    if moved.amount < asked {
        let (made, asked) = (words::points(to_f64(moved.amount)), words::points(to_f64(asked)));
        sentences.push(format!("Of the {asked} asked for only {made} can be paid, so the shift is scaled down."));
    } else if !moved.short.is_empty() {
        sentences.push("The other paying class makes up for it.".to_owned());
    }
    sentences.join(" ")
}

/// Changes with their signs: `US Equity +6 points, Cash -2 points`.
pub(super) fn changes(changes: &[(ClassPath, Decimal)]) -> String {
    list(changes.iter().map(|(class, change)| format!("{class} {}", signed_points(to_f64(*change)))))
}

/// A change with its sign: `+6 points`.
pub(super) fn signed_points(change: f64) -> String {
    let said = words::points(change);
    if said.starts_with('-') { said } else { format!("+{said}") }
}

/// Parts joined by commas.
pub(super) fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
