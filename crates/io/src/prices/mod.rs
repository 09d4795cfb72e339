//! `prices.csv`, `returns.csv` and `prices.parquet`: prices over time.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{Parsed, did_you_mean};
use evenkeel::market::{PriceHistory, PriceKind, PricePoint};
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Price;

use crate::mapping::Mapping;
use crate::panel::{self, Forms, Panel};
use crate::table::{Cell, Column, DirectiveFormat, Format, Further, Kind, Need, Reject, Row, Table};

mod analytics;
mod parquet;
mod returns;

pub use analytics::{read_price_panel, read_return_panel};
pub(crate) use parquet::contained;
pub use parquet::{READER_THREAD, read as read_parquet, read_panel as read_parquet_panel};
pub use returns::{LONG_FORMAT as LONG_RETURNS_FORMAT, WIDE_FORMAT as WIDE_RETURNS_FORMAT, read as read_returns};

const DATE: Column = Column { name: "date", kind: Kind::Date, need: Need::Required, about: "Date of the observation." };
const SYMBOL: Column =
    Column { name: "symbol", kind: Kind::Symbol, need: Need::Required, about: "Symbol of an instrument of `instruments.csv`." };
const PRICE: Column = Column {
    name: "price",
    kind: Kind::Decimal,
    need: Need::Optional,
    about: "Price in the instrument's currency; empty where there was none.",
};

const KIND: &str = "kind";
const DIRECTIVES: &[DirectiveFormat] = &[DirectiveFormat {
    key: KIND,
    about: "What the prices are: `raw` as traded, `split_adjusted`, or `total_return`. Needed where holdings are valued; never guessed.",
}];

const RULES: &[&str] = &[
    "The kind of price must be said: by `# kind: raw` before the header, by `directives` of a mapping file, or by the caller. Two that differ are an error.",
    "A price of zero is warned of and left out, one below zero is an error. A text that is no number, such as NaN, is an error; an empty field is a missing price.",
    "Rows may stand in any order; a date given twice for one instrument is an error.",
    "Symbols that `instruments.csv` does not have are left out, with one warning for all.",
    "Dates after the date of a decision may be in the file; the decision does not look at them.",
];

/// The columns of `prices.csv` with a column for each instrument.
pub const WIDE_FORMAT: Format = Format {
    title: "prices.csv (wide)",
    about: "One row for each date, one column for each instrument.",
    columns: &[DATE],
    further: Further::Series("Prices of the instrument of that symbol; empty where there was none."),
    directives: DIRECTIVES,
    rules: RULES,
};

/// The columns of `prices.csv` with a row for each price.
pub const LONG_FORMAT: Format = Format {
    title: "prices.csv (long)",
    about: "One row for each price. A file with a column `symbol` or `price` is long, any other wide.",
    columns: &[DATE, SYMBOL, PRICE],
    further: Further::Refused,
    directives: DIRECTIVES,
    rules: RULES,
};

const KINDS: [(&str, PriceKind); 3] =
    [("raw", PriceKind::Raw), ("split_adjusted", PriceKind::SplitAdjusted), ("total_return", PriceKind::TotalReturn)];

/// Reads prices. `stated` is the kind of price where the caller knows it and the file does not say.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>, universe: &Universe, stated: Option<PriceKind>) -> Parsed<PriceHistory> {
    let forms = Forms { wide: &WIDE_FORMAT, long: &LONG_FORMAT };
    let number = |symbol: &str| universe.find(symbol).map(evenkeel_ledger::instrument::InstrumentId::index);
    let Panel { mut table, series, .. } = panel::read(source, mapping, forms, number, read_price);
    let kind = read_kind(&mut table, &KINDS, stated);
    let point = |point: panel::Point<Price>| PricePoint { price: point.value, date: point.date };
    let mut series: Vec<Vec<PricePoint>> = series.into_iter().map(|series| series.into_iter().map(point).collect()).collect();
    series.resize_with(universe.len(), Vec::new);
    table.finish(true, PriceHistory { kind: kind.unwrap_or(PriceKind::Raw), series })
}

fn read_price(row: &mut Row<'_, '_>, cell: Cell) -> Option<Price> {
    let price = row.decimal_in(cell)?;
    if price.is_positive() {
        return Some(Price::new(price));
    }
    not_positive(row, cell, price.is_negative());
    None
}

/// Tells a price that is none: zero stands for no price in many files, a sign is a mistake.
fn not_positive(row: &mut Row<'_, '_>, cell: Cell, is_negative: bool) {
    if is_negative {
        let help = "correct it, or leave the field empty where there was no price";
        row.reject_in(cell, &Reject::new(Code::NOT_POSITIVE, "is below zero", help));
    } else {
        let help = "leave the field empty where there was no price";
        row.warn_in(cell, &Reject::new(Code::NOT_POSITIVE, "is not above zero; it is left out", help));
    }
}

/// What the file, its mapping or the caller says of its kind; reports where nobody does.
fn read_kind(table: &mut Table<'_>, kinds: &[(&'static str, PriceKind)], stated: Option<PriceKind>) -> Option<PriceKind> {
    let names = || kinds.iter().map(|(name, _)| *name);
    let name_of = |kind: PriceKind| kinds.iter().find(|(_, known)| *known == kind).map_or("another kind", |(name, _)| *name);
    let list = names().map(|name| format!("`# kind: {name}`")).collect::<Vec<_>>().join(", ");
    let Some(text) = table.directive(KIND) else {
        if stated.is_none() {
            let told = Diagnostic::error(Code::PRICE_KIND, "the file does not say what kind of prices it holds");
            table.report_directive(KIND, told.help(format!("begin it with one of {list}")));
        }
        return stated;
    };
    let Some((_, kind)) = kinds.iter().find(|(name, _)| *name == text) else {
        let help = did_you_mean(text, names(), &format!("write one of {list}"));
        table.report_directive(KIND, Diagnostic::error(Code::PRICE_KIND, format!("`{text}` is not a kind of prices")).help(help));
        return None;
    };
    if let Some(stated) = stated.filter(|stated| stated != kind) {
        let message = format!("the file says that its prices are {text}, and they were asked for as {}", name_of(stated));
        table.report_directive(KIND, Diagnostic::error(Code::PRICE_KIND, message).help("correct one of the two"));
        return None;
    }
    Some(*kind)
}
