//! `exposures.csv`: how instruments move with factors, and on their own.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{Parsed, did_you_mean};
use evenkeel::index::{Exposures, FactorLoadings, Factors};

use crate::factors::volatility;
use crate::mapping::Mapping;
use crate::table::{Cell, Format, Further, Reject, Table, columns};

columns! {
    SYMBOL = "symbol" Required Text, "Symbol of an instrument.";
    SPECIFIC = "specific_volatility" Required Number, "Volatility a year of what no factor explains, as a fraction.";
}

/// The columns of `exposures.csv`.
pub const FORMAT: Format = Format {
    title: "exposures.csv",
    about: "One row for each instrument of a factor model, as estimated by you or bought from a vendor.",
    columns: COLUMNS,
    further: Further::Series("Return of the instrument for a return of 1 of the factor of that name; empty for 0."),
    directives: &[],
    rules: &[
        "Rows may stand in any order; a symbol given twice is an error. Symbols that `instruments.csv` lacks are read and not used.",
        "A column of a factor that `factors.csv` lacks is an error, as is a factor without a column.",
    ],
};

/// Reads exposures to factors.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>, factors: &Factors) -> Parsed<Exposures> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let further = table.further();
    for column in further.iter().filter(|column| !factors.names.contains(&column.name)) {
        let help = did_you_mean(&column.name, factors.names.iter().map(String::as_str), "add the factor to factors.csv");
        let message = format!("`{}` is not a factor of factors.csv", column.name);
        table.report_further(column, Diagnostic::error(Code::UNKNOWN_COLUMN, message).help(help));
    }
    let fields: Vec<Option<usize>> =
        factors.names.iter().map(|name| further.iter().find(|column| column.name == *name).map(|column| column.field)).collect();
    for (name, _) in factors.names.iter().zip(&fields).filter(|(_, field)| field.is_none()) {
        let message = format!("the column `{name}` of a factor is missing");
        table.report(Diagnostic::error(Code::MISSING_COLUMN, message).help("add it, or remove the factor from factors.csv"));
    }
    let mut exposures = Exposures::new();
    while let Some(mut row) = table.next_row() {
        let symbol = row.text(SYMBOL).map(std::borrow::Cow::into_owned);
        let specific = volatility(&mut row, SPECIFIC);
        let loading = |field: &Option<usize>| field.and_then(|field| row.number_in(Cell::Further(field))).unwrap_or(0.0);
        let loadings: Vec<f64> = fields.iter().map(loading).collect();
        let (Some(symbol), Some(specific_volatility), false) = (symbol, specific, row.is_bad()) else { continue };
        if exposures.insert(symbol, FactorLoadings { loadings, specific_volatility }).is_some() {
            row.reject(SYMBOL, &Reject::new(Code::DUPLICATE_ROW, "has a row already", "keep one row for each symbol"));
        }
    }
    table.finish(true, exposures)
}
