//! `constituents.csv`: what indices are made of.

use std::collections::BTreeMap;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::Parsed;
use evenkeel::index::Constituents;

use crate::mapping::Mapping;
use crate::table::{Format, Further, Reject, RowPlace, Table, columns};

columns! {
    BENCHMARK = "benchmark" Required Text, "Name of the index, as the policy and `benchmark.csv` name it.";
    SYMBOL = "symbol" Required Text, "Symbol of a name of the index, as in `instruments.csv`.";
    WEIGHT = "weight" Required Number, "Its weight as a fraction of the index, at least 0.";
}

/// How far from 1 the weights of an index may sum: published weights are rounded.
const SUM_TOLERANCE: f64 = 0.01;

/// The columns of `constituents.csv`.
pub const FORMAT: Format = Format {
    title: "constituents.csv",
    about: "One row for each name of each index that a class follows by `[[index]]` of the policy.",
    columns: COLUMNS,
    further: Further::Refused,
    directives: &[],
    rules: &[
        "Rows may stand in any order; a symbol given twice for one index is an error.",
        "Weights of an index sum to 1, or up to 0.01 from it as published ones do; they are divided by their sum.",
        "A symbol that `instruments.csv` lacks, or has in another class, is left out and told when the index is used.",
    ],
};

/// Reads what indices are made of.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<Constituents> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let mut found: BTreeMap<String, BTreeMap<String, (f64, RowPlace)>> = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        let place = row.place();
        let (benchmark, symbol) = (row.text(BENCHMARK), row.text(SYMBOL));
        let weight = row.number(WEIGHT);
        if weight.is_some_and(|weight| !(0.0..=1.0).contains(&weight)) {
            row.reject(WEIGHT, &Reject::range("is outside 0 to 1", "write a fraction of the index: 0.012 is 1.2 %"));
        }
        let (Some(benchmark), Some(symbol), Some(weight), false) = (benchmark, symbol, weight, row.is_bad()) else { continue };
        let of_benchmark = found.entry(benchmark.into_owned()).or_default();
        if let Some((_, earlier)) = of_benchmark.insert(symbol.into_owned(), (weight, place)) {
            let problem = format!("stands on line {} already", earlier.line());
            row.reject(SYMBOL, &Reject::new(Code::DUPLICATE_ROW, problem, "keep one row for each name of an index"));
        }
    }
    let is_complete = !table.has_errors();
    let mut constituents = Constituents::new();
    for (benchmark, names) in found {
        let sum: f64 = names.values().map(|(weight, _)| weight).sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE && is_complete {
            let message = format!("the weights of `{benchmark}` sum to {sum:.6}, and must sum to 1");
            table
                .report(Diagnostic::error(Code::WEIGHT_SUM, message).help("add the names that are missing, or write weights as fractions"));
        }
        let names = names.into_iter().filter(|(_, (weight, _))| *weight > 0.0);
        constituents.insert(benchmark, names.map(|(symbol, (weight, _))| (symbol, weight)).collect());
    }
    table.finish(true, constituents)
}
