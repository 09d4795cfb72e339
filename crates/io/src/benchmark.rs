//! `benchmark.csv`: levels of indices to compare with.

use std::collections::BTreeMap;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{Parsed, did_you_mean};
use evenkeel_ledger::date::Date;

use crate::mapping::Mapping;
use crate::panel::{self, Forms, Names};
use crate::table::{Cell, Column, DirectiveFormat, Format, Further, Kind, Need, Reject, Row, Table};

const DATE: Column = Column { name: "date", kind: Kind::Date, need: Need::Required, about: "Date of the level." };
const NAME: Column =
    Column { name: "name", kind: Kind::Text, need: Need::Required, about: "Name of the benchmark, as the policy names it." };
const LEVEL: Column =
    Column { name: "level", kind: Kind::Number, need: Need::Optional, about: "Level of the index, above zero; empty where it is missing." };

const KIND: &str = "kind";
const DIRECTIVES: &[DirectiveFormat] =
    &[DirectiveFormat { key: KIND, about: "`total_return`, or `price` where dividends are not in. Needed; never guessed." }];

const RULES: &[&str] = &[
    "The kind of level must be said, by `# kind: total_return` before the header or by `directives` of a mapping file.",
    "A level of zero or below is an error; an empty field is a missing level.",
    "Rows may stand in any order; a date given twice for one benchmark is an error.",
];

/// The columns of `benchmark.csv` with a column for each benchmark.
pub const WIDE_FORMAT: Format = Format {
    title: "benchmark.csv (wide)",
    about: "One row for each date, one column for each benchmark.",
    columns: &[DATE],
    further: Further::Series("Levels of the benchmark of that name."),
    directives: DIRECTIVES,
    rules: RULES,
};

/// The columns of `benchmark.csv` with a row for each level.
pub const LONG_FORMAT: Format = Format {
    title: "benchmark.csv (long)",
    about: "One row for each level. A file with a column `name` or `level` is long, any other wide.",
    columns: &[DATE, NAME, LEVEL],
    further: Further::Refused,
    directives: DIRECTIVES,
    rules: RULES,
};

/// Whether dividends are in the levels of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelKind {
    /// They are.
    TotalReturn,
    /// They are not.
    Price,
}

/// Levels of indices by name, each in ascending order of dates.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkHistory {
    /// Whether dividends are in.
    pub kind: LevelKind,
    /// The levels, above zero.
    pub levels: BTreeMap<String, Vec<(Date, f64)>>,
}

/// Reads benchmarks.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<BenchmarkHistory> {
    let mut names = Names::default();
    let forms = Forms { wide: &WIDE_FORMAT, long: &LONG_FORMAT };
    let mut panel = panel::read(source, mapping, forms, |name| Some(names.number(name)), read_level);
    let kind = read_kind(&mut panel.table);
    let levels = names.into_names().into_iter().map(|(name, number)| {
        let points = panel.series.get(number).map_or(&[][..], Vec::as_slice);
        (name, points.iter().map(|point| (point.date, point.value)).collect())
    });
    let levels = levels.collect();
    panel.table.finish(true, BenchmarkHistory { kind: kind.unwrap_or(LevelKind::TotalReturn), levels })
}

fn read_level(row: &mut Row<'_, '_>, cell: Cell) -> Option<f64> {
    let level = row.number_in(cell)?;
    if level > 0.0 {
        return Some(level);
    }
    row.reject_in(cell, &Reject::new(Code::NOT_POSITIVE, "is not above zero", "leave the field empty where there is no level"));
    None
}

fn read_kind(table: &mut Table<'_>) -> Option<LevelKind> {
    let help = "begin the file with `# kind: total_return` or `# kind: price`";
    let (message, help) = match table.directive(KIND) {
        Some("total_return") => return Some(LevelKind::TotalReturn),
        Some("price") => return Some(LevelKind::Price),
        None => ("the file does not say whether dividends are in its levels".to_owned(), help.to_owned()),
        Some(other) => (format!("`{other}` is not a kind of levels"), did_you_mean(other, ["total_return", "price"], help)),
    };
    table.report_directive(KIND, Diagnostic::error(Code::PRICE_KIND, message).help(help));
    None
}
