//! What a backtest has written: its returns by date.

use std::collections::BTreeMap;

use evenkeel::diagnostic::{Code, SourceText};
use evenkeel::document::Parsed;
use evenkeel_ledger::date::Date;

use crate::mapping::Mapping;
use crate::table::{Format, Further, Reject, RowPlace, Table, columns};

columns! {
    DATE = "date" Required Date, "The day at whose end the return is earned.";
    RETURN = "return" Required Number, "Simple return since the row before, a fraction.";
}

/// The columns that are read of what `evenkeel backtest --csv` writes.
pub const FORMAT: Format = Format {
    title: "results of a backtest",
    about: "One row for each day, as `evenkeel backtest --csv` writes it; `evenkeel risk --result` reads it.",
    columns: COLUMNS,
    further: Further::Series("Other figures of the day, which are not read here."),
    directives: &[],
    rules: &["Rows may stand in any order; a date given twice is an error."],
};

/// Reads returns by date, in order.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<Vec<(Date, f64)>> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let mut found: BTreeMap<Date, (f64, RowPlace)> = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        let place = row.place();
        let (date, earned) = (row.date(DATE), row.number(RETURN));
        let (Some(date), Some(earned), false) = (date, earned, row.is_bad()) else { continue };
        if let Some((_, earlier)) = found.insert(date, (earned, place)) {
            let problem = format!("stands on line {} already", earlier.line());
            row.reject(DATE, &Reject::new(Code::DUPLICATE_ROW, problem, "keep one row for each date"));
        }
    }
    table.finish(true, found.into_iter().map(|(date, (earned, _))| (date, earned)).collect())
}
