//! Price indices built of files of returns.

use evenkeel::boundary::{to_decimal, to_f64};
use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::Parsed;
use evenkeel::market::{PriceHistory, PriceKind, PricePoint};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Price, Rounding};

use crate::mapping::Mapping;
use crate::panel::{self, Forms, Point};
use crate::table::{Cell, Column, DirectiveFormat, Format, Further, Kind, Need, Reject, Row, Table};

use super::{DATE, KIND, SYMBOL, read_kind};

/// Level of an index before its first return.
const BASE: f64 = 100.0;

const RETURN: Column = Column {
    name: "return",
    kind: Kind::Number,
    need: Need::Optional,
    about: "Simple return since the date before, as a fraction above -1; empty before the first and after the last.",
};

const BASE_DATE: &str = "base_date";

const DIRECTIVES: &[DirectiveFormat] = &[
    DirectiveFormat {
        key: KIND,
        about: "What the returns are: `total_return`, or `price_return` where dividends are not in. Needed where holdings are valued; never guessed.",
    },
    DirectiveFormat {
        key: BASE_DATE,
        about: "Date before the first return, at which it begins: every index is 100 on it. Without it an index begins with the first return.",
    },
];

const RULES: &[&str] = &[
    "Returns are chained to an index: 100 × Π (1 + return), rounded to nine digits. It is nobody's price: lots are not valued on it.",
    "A return of -1 or below is an error, as is one that is missing between two that are there: what happened in the gap is not known.",
    "Rows may stand in any order; a date given twice for one instrument is an error.",
    "Symbols that `instruments.csv` does not have are left out, with one warning for all.",
];

/// The columns of `returns.csv` with a column for each instrument.
pub const WIDE_FORMAT: Format = Format {
    title: "returns.csv (wide)",
    about: "One row for each date, one column for each instrument.",
    columns: &[DATE],
    further: Further::Series("Simple returns of the instrument of that symbol, as fractions."),
    directives: DIRECTIVES,
    rules: RULES,
};

/// The columns of `returns.csv` with a row for each return.
pub const LONG_FORMAT: Format = Format {
    title: "returns.csv (long)",
    about: "One row for each return. A file with a column `symbol` or `return` is long, any other wide.",
    columns: &[DATE, SYMBOL, RETURN],
    further: Further::Refused,
    directives: DIRECTIVES,
    rules: RULES,
};

pub(super) const KINDS: [(&str, PriceKind); 2] = [("total_return", PriceKind::TotalReturn), ("price_return", PriceKind::PriceIndex)];

/// Reads returns and builds an index of each series. `stated` is the kind where the caller knows it
/// and the file does not say.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>, universe: &Universe, stated: Option<PriceKind>) -> Parsed<PriceHistory> {
    let forms = Forms { wide: &WIDE_FORMAT, long: &LONG_FORMAT };
    let number = |symbol: &str| universe.find(symbol).map(evenkeel_ledger::instrument::InstrumentId::index);
    let mut panel = panel::read(source, mapping, forms, number, read_return);
    let kind = read_kind(&mut panel.table, &KINDS, stated);
    let base = read_base_date(&mut panel.table);
    let mut dates: Vec<Date> = panel.series.iter().flatten().map(|point| point.date).collect();
    dates.sort_unstable();
    dates.dedup();
    let mut series = Vec::with_capacity(universe.len());
    for (number, points) in std::mem::take(&mut panel.series).into_iter().enumerate() {
        let gap = first_gap(&points, &dates);
        if let Some((point, missing)) = gap {
            let problem = format!("follows a gap: there is no return for {missing}");
            panel.report(number, point.place, &Reject::new(Code::RETURN_GAP, problem, "write the returns of the gap, or use prices"));
        }
        match chain(&points, base) {
            Ok(index) => series.push(index),
            Err(point) => {
                let reject = Reject::range("takes the index out of range", "check that returns are fractions, not percent");
                panel.report(number, point.place, &reject);
            }
        }
    }
    series.resize_with(universe.len(), Vec::new);
    panel.table.finish(true, PriceHistory { kind: kind.unwrap_or(PriceKind::TotalReturn), series })
}

pub(super) fn read_return(row: &mut Row<'_, '_>, cell: Cell) -> Option<f64> {
    let value = row.number_in(cell)?;
    if value > -1.0 {
        return Some(value);
    }
    row.reject_in(
        cell,
        &Reject::range("is not above -1", "write a fraction: -0.05 for a loss of five percent; more than everything cannot be lost"),
    );
    None
}

pub(super) fn read_base_date(table: &mut Table<'_>) -> Option<Date> {
    let text = table.directive(BASE_DATE)?;
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let message = format!("`# {BASE_DATE}: {text}` is not a date");
    table.report_directive(BASE_DATE, Diagnostic::error(Code::NOT_A_VALUE, message).help("write it as YYYY-MM-DD"));
    None
}

/// The first return that follows a date of the file on which the series has none.
fn first_gap(points: &[Point<f64>], dates: &[Date]) -> Option<(Point<f64>, Date)> {
    points.windows(2).find_map(|pair| {
        let [a, b] = pair else { return None };
        let next = dates.get(dates.partition_point(|date| *date <= a.date))?;
        (*next != b.date).then_some((*b, *next))
    })
}

/// The index of a series of returns; the point at which it leaves the range of prices, if it does.
fn chain(points: &[Point<f64>], base: Option<Date>) -> Result<Vec<PricePoint>, Point<f64>> {
    let mut level = BASE;
    let mut index = Vec::with_capacity(points.len() + 1);
    let first = points.first().map(|point| point.date);
    if let Some(date) = base.filter(|date| first.is_some_and(|first| *date < first)) {
        index.extend(to_decimal(level, Rounding::HalfEven).map(|level| PricePoint { price: Price::new(level), date }));
    }
    for point in points {
        level *= 1.0 + point.value;
        let price = to_decimal(level, Rounding::HalfEven).ok().filter(|price| to_f64(*price) > 0.0).ok_or(*point)?;
        index.push(PricePoint { price: Price::new(price), date: point.date });
    }
    Ok(index)
}
