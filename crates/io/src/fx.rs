//! `fx.csv`: exchange rates over time, each with its direction.

use std::collections::BTreeMap;

use evenkeel::diagnostic::{Code, SourceText};
use evenkeel::document::Parsed;
use evenkeel::market::FxHistory;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Decimal};

use crate::mapping::Mapping;
use crate::table::{Format, Further, Reject, RowPlace, Table, columns};

columns! {
    DATE = "date" Required Date, "Date of the fixing.";
    BASE = "base" Required Currency, "Currency that is priced.";
    QUOTE = "quote" Required Currency, "Currency in which it is priced.";
    RATE = "rate" Required Decimal, "Units of `quote` for one unit of `base`, above zero: base EUR, quote USD, rate 1.08 means that one euro costs 1.08 dollars.";
}

/// The columns of `fx.csv`.
pub const FORMAT: Format = Format {
    title: "fx.csv",
    about: "One row for each exchange rate. Rates are kept as they are quoted and never turned round.",
    columns: COLUMNS,
    further: Further::Refused,
    directives: &[],
    rules: &[
        "A rate of zero or below is an error.",
        "Rows may stand in any order; a date given twice for one pair is an error.",
        "A currency against itself is an error.",
        "A pair may be quoted in both directions; then each is used as it is quoted.",
        "A rate that a decision uses is warned of where it moved by more than 10 % since the one before it, and where two ways of deriving it from rates of its day (turned round, or over a third currency) differ by more than 1 %. A lone rate has nothing to be compared with.",
    ],
};

/// One rate and its row.
type Fixing = (Date, Decimal, RowPlace);

/// Reads exchange rates.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<FxHistory> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let mut found: BTreeMap<(Currency, Currency), Vec<Fixing>> = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        let date = row.date(DATE);
        let (base, quote) = (row.currency(BASE), row.currency(QUOTE));
        let rate = row.decimal_that(RATE, positive);
        if base.is_some() && base == quote {
            row.reject(QUOTE, &Reject::range("is the currency that is priced", "name two currencies"));
        }
        let (Some(date), Some(base), Some(quote), Some(rate), false) = (date, base, quote, rate, row.is_bad()) else { continue };
        found.entry((base, quote)).or_default().push((date, rate, row.place()));
    }
    let mut pairs = BTreeMap::new();
    for (pair, mut rates) in found {
        rates.sort_by_key(|(date, _, _)| *date);
        for window in rates.windows(2) {
            let [(date, _, earlier), (next, _, place)] = window else { continue };
            if date == next {
                let problem = format!("has a rate for {}/{} on line {} already", pair.0, pair.1, earlier.line());
                table.at(*place, |row| row.reject(DATE, &Reject::new(Code::DUPLICATE_ROW, problem, "keep one of the two rows")));
            }
        }
        pairs.insert(pair, rates.into_iter().map(|(date, rate, _)| (date, rate)).collect());
    }
    table.finish(false, FxHistory { pairs })
}

fn positive(rate: Decimal) -> Result<(), Reject> {
    if rate.is_positive() {
        return Ok(());
    }
    Err(Reject::new(Code::NOT_POSITIVE, "is not above zero", "write the units of `quote` that one unit of `base` costs"))
}
