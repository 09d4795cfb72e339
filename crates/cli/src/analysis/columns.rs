//! A policy whose targets are the columns of a file of prices or returns.

use std::fmt::Write as _;

use evenkeel::diagnostic::SourceText;
use evenkeel::document::{Parsed, quoted};
use evenkeel::market::NamedPanel;
use evenkeel::policy::Policy;
use evenkeel_ledger::class::ClassPath;

/// Parts of which weights are made: the last digit of an exact number.
const PARTS: usize = 1_000_000_000;

/// Each column a class of its own and of the same name, of equal weights; optimized by default to the least
/// variance. Settings complete or change it.
pub(super) fn policy(history: &NamedPanel, settings: &[String]) -> Parsed<Policy> {
    let mut text =
        String::from("schema_version = 1\nname = \"Columns of the file\"\nbase_currency = \"USD\"\n[optimize]\n[bands]\nabsolute = 0.05\n");
    let count = history.names.len().max(1);
    for (index, name) in history.names.iter().enumerate() {
        // The first columns take up what equal parts leave, so that weights sum to exactly 1.
        let parts = PARTS / count + usize::from(index < PARTS % count);
        let (class, symbol) = (quoted(&class(name)), quoted(name));
        let _ = write!(text, "[[target]]\nclass = {class}\nweight = {}.{:09}\ninstruments = [{symbol}]\n", parts / PARTS, parts % PARTS);
    }
    Policy::parse_with(SourceText { file: "policy of the columns", text: &text }, settings)
}

/// A column as a class: neither a path below others, nor the cash that is not optimized.
fn class(name: &str) -> String {
    let flat = name.replace('/', "-");
    if flat == ClassPath::cash().as_str() { format!("{flat} column") } else { flat }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use evenkeel::diagnostic::SourceText;
    use evenkeel_io::prices::read_return_panel;
    use evenkeel_ledger::number::{Decimal, Rate};

    use super::*;

    fn columns(names: &str, second: &str) -> NamedPanel {
        let zeros = ",0".repeat(names.split(',').count());
        let text = format!("date,{names}\n2024-01-31{zeros}\n{second}{zeros}\n");
        read_return_panel(SourceText { file: "returns.csv", text: &text }, None).value.unwrap()
    }

    #[test]
    fn weights_of_any_number_of_columns_sum_to_one() {
        for count in [1, 2, 3, 7, 505] {
            let names: Vec<String> = (0..count).map(|index| format!("A{index}")).collect();
            let parsed = policy(&columns(&names.join(","), "2024-02-01"), &[]);
            assert_eq!(parsed.diagnostics, [], "{count} columns");
            let tree = parsed.value.unwrap().tree;
            let weights = tree.leaves().map(|(_, leaf)| leaf.weight.map_or(Decimal::ZERO, Rate::decimal));
            assert_eq!(weights.into_iter().try_fold(Decimal::ZERO, Decimal::try_add).unwrap(), Decimal::ONE);
        }
    }

    #[test]
    fn any_name_of_a_column_is_a_class() {
        let named = columns("\"Int'l \"\"Equities\"\"\",BRK/B,Cash,a\\b", "2024-02-01");
        let parsed = policy(&named, &["optimize.objective=maximum_ratio".to_owned()]);
        assert_eq!(parsed.diagnostics, []);
        let tree = parsed.value.unwrap().tree;
        let classes: Vec<&str> = tree.leaves().map(|(_, leaf)| leaf.class.as_str()).collect();
        assert_eq!(classes, ["Int'l \"Equities\"", "BRK-B", "Cash column", "a\\b"]);
        assert!(named.names.iter().all(|name| tree.resolve(name).is_some()));
    }
}
