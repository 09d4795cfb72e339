//! `signals.csv`: series that overlay rules read.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::Parsed;
use evenkeel::market::SignalHistory;

use crate::mapping::Mapping;
use crate::panel::{self, Forms, Names};
use crate::table::{Cell, Column, Format, Further, Kind, Need, Row};

const DATE: Column = Column {
    name: "date",
    kind: Kind::Date,
    need: Need::Required,
    about: "Date on which the value was known, not the period that it is about.",
};
const NAME: Column = Column { name: "name", kind: Kind::Text, need: Need::Required, about: "Name of the series, as the policy names it." };
const VALUE: Column = Column { name: "value", kind: Kind::Number, need: Need::Optional, about: "Value; empty where it is missing." };

const RULES: &[&str] = &[
    "Rows may stand in any order; a date given twice for one series is an error.",
    "A text that is no number, such as NaN, is an error; an empty field is a missing value.",
    "Zeros in a series that is above zero elsewhere are used, and warned of once for the series: some sources write zero for a missing value. `missing_values` of a mapping file leaves them out.",
];

/// The columns of `signals.csv` with a column for each series.
pub const WIDE_FORMAT: Format = Format {
    title: "signals.csv (wide)",
    about: "One row for each date, one column for each series.",
    columns: &[DATE],
    further: Further::Series("Values of the series of that name; empty where one is missing."),
    directives: &[],
    rules: RULES,
};

/// The columns of `signals.csv` with a row for each value.
pub const LONG_FORMAT: Format = Format {
    title: "signals.csv (long)",
    about: "One row for each value. A file with a column `name` or `value` is long, any other wide.",
    columns: &[DATE, NAME, VALUE],
    further: Further::Refused,
    directives: &[],
    rules: RULES,
};

/// Reads signals.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<SignalHistory> {
    let mut names = Names::default();
    let forms = Forms { wide: &WIDE_FORMAT, long: &LONG_FORMAT };
    let mut panel = panel::read(source, mapping, forms, |name| Some(names.number(name)), read_value);
    let mut signals = SignalHistory::default();
    for (name, number) in names.into_names() {
        let points = panel.series.get(number).map_or(&[][..], Vec::as_slice);
        let mut zeros = points.iter().filter(|point| point.value == 0.0);
        if let Some(first) = zeros.next()
            && points.iter().all(|point| point.value >= 0.0)
            && points.iter().any(|point| point.value > 0.0)
        {
            let message = format!(
                "`{name}` is zero on {} dates, the first of them {}, and above zero on all others: zero may stand for a missing value",
                zeros.count() + 1,
                first.date
            );
            let told = Diagnostic::warning(Code::VALUE_RANGE, message);
            panel.table.report(told.help("leave such fields empty, or name the text in `missing_values` of a mapping file"));
        }
        signals.series.insert(name, points.iter().map(|point| (point.date, point.value)).collect());
    }
    panel.table.finish(false, signals)
}

fn read_value(row: &mut Row<'_, '_>, cell: Cell) -> Option<f64> {
    row.number_in(cell)
}
