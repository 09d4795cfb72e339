//! `factors.csv`: common factors of returns and how they vary together.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::Parsed;
use evenkeel::index::Factors;
use evenkeel_quant::estimate::covariance::Covariance;

use crate::mapping::Mapping;
use crate::table::{Cell, Format, Further, FurtherColumn, Reject, Row, RowPlace, Table, columns};

columns! {
    FACTOR = "factor" Required Text, "Name of the factor.";
    VOLATILITY = "volatility" Required Number, "Its volatility a year, as a fraction.";
}

/// Largest volatility: above it a number is most likely percent.
pub(crate) const LARGEST_VOLATILITY: f64 = 5.0;

/// The columns of `factors.csv`.
pub const FORMAT: Format = Format {
    title: "factors.csv",
    about: "One row for each factor of `exposures.csv`: its volatility and its correlations.",
    columns: COLUMNS,
    further: Further::Series("Correlation with the factor of that name; empty where the mirror image is given, or on the diagonal."),
    directives: &[],
    rules: &[
        "Every factor has a row and a column; each pair has its correlation on one side of the diagonal at least, and where it has it on both they are the same.",
        "A correlation outside -1 to 1, or other than 1 on the diagonal, is an error, as are correlations that no returns can have.",
    ],
};

/// A factor as its row states it.
struct Stated {
    name: String,
    volatility: f64,
    /// In the order of the further columns.
    correlations: Vec<Option<f64>>,
    place: RowPlace,
}

/// Reads factors.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<Factors> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let further = table.further();
    let mut stated: Vec<Stated> = Vec::new();
    while let Some(mut row) = table.next_row() {
        let Some(factor) = read_row(&mut row, &further) else { continue };
        if let Some(earlier) = stated.iter().find(|earlier| earlier.name == factor.name) {
            let problem = format!("stands on line {} already", earlier.place.line());
            row.reject(FACTOR, &Reject::new(Code::DUPLICATE_ROW, problem, "keep one row for each factor"));
            continue;
        }
        stated.push(factor);
    }
    let covariance = correlations(&mut table, &stated, &further).and_then(|correlations| {
        let volatilities: Vec<f64> = stated.iter().map(|factor| factor.volatility).collect();
        let made = Covariance::from_volatilities(&volatilities, &correlations);
        made.map_err(|error| table.report(Diagnostic::error(Code::CORRELATION, error.to_string()).help("correct the correlations"))).ok()
    });
    let names = stated.into_iter().map(|factor| factor.name).collect();
    let parsed = table.finish(true, ());
    Parsed { value: parsed.value.and(covariance).map(|covariance| Factors { names, covariance }), diagnostics: parsed.diagnostics }
}

fn read_row(row: &mut Row<'_, '_>, further: &[FurtherColumn]) -> Option<Stated> {
    let name = row.text(FACTOR).map(std::borrow::Cow::into_owned);
    let volatility = volatility(row, VOLATILITY);
    let correlations: Vec<Option<f64>> = further.iter().map(|column| row.number_in(Cell::Further(column.field))).collect();
    for (column, correlation) in further.iter().zip(&correlations) {
        if correlation.is_some_and(|correlation| correlation.abs() > 1.0) {
            let outside = Reject::new(Code::CORRELATION, "is outside -1 to 1", "write a correlation from -1 to 1");
            row.reject_in(Cell::Further(column.field), &outside);
        }
    }
    let (name, volatility) = (name?, volatility?);
    (!row.is_bad()).then(|| Stated { name, volatility, correlations, place: row.place() })
}

/// A volatility a year.
pub(crate) fn volatility(row: &mut Row<'_, '_>, column: usize) -> Option<f64> {
    let volatility = row.number(column)?;
    if (0.0..=LARGEST_VOLATILITY).contains(&volatility) {
        return Some(volatility);
    }
    row.reject(column, &Reject::range(format!("is outside 0 to {LARGEST_VOLATILITY}"), "write a fraction a year: 0.2 is 20 %"));
    None
}

/// All correlations, row by row; tells of each that is missing, and of pairs given twice that differ.
fn correlations(table: &mut Table<'_>, stated: &[Stated], further: &[FurtherColumn]) -> Option<Vec<f64>> {
    // A row that could not be read is not a factor that is missing.
    if table.has_errors() {
        return None;
    }
    let mut sound = true;
    for column in further.iter().filter(|column| stated.iter().all(|factor| factor.name != column.name)) {
        let message = format!("the column `{}` is of a factor that has no row", column.name);
        table.report_further(column, Diagnostic::error(Code::UNKNOWN_COLUMN, message).help("add a row for it, or remove the column"));
        sound = false;
    }
    let field = |name: &str| further.iter().position(|column| column.name == name);
    let given = |one: &Stated, other: &Stated| field(&other.name).and_then(|at| one.correlations.get(at).copied().flatten());
    let mut all = Vec::with_capacity(stated.len() * stated.len());
    for (row, one) in stated.iter().enumerate() {
        for (column, other) in stated.iter().enumerate() {
            let (here, mirror) = (given(one, other), given(other, one));
            let fallback = if row == column { Some(1.0) } else { mirror };
            let problem = match (here, mirror) {
                (Some(here), Some(mirror)) if (here - mirror).abs() > 0.0 => "is given twice, and differs".to_owned(),
                (None, None) if row < column => "is not given".to_owned(),
                (Some(own), _) if row == column && (own - 1.0).abs() > 0.0 => {
                    format!("is {own}, and a factor has the correlation 1 with itself")
                }
                _ => {
                    all.push(here.or(fallback).unwrap_or_default());
                    continue;
                }
            };
            sound = false;
            // Each pair once.
            if row <= column {
                let message = format!("the correlation of `{}` with `{}` {problem}", one.name, other.name);
                table.report(Diagnostic::error(Code::CORRELATION, message).help("give every pair once, zero included"));
            }
        }
    }
    sound.then_some(all)
}
