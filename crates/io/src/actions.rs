//! `actions.csv`: dividends, splits and delistings, for runs over the past.

use evenkeel::diagnostic::{Code, SourceText};
use evenkeel::document::Parsed;
use evenkeel::market::{Action, ActionKind};
use evenkeel_ledger::event::Ratio;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Decimal, Price};

use crate::intern::Symbols;
use crate::mapping::Mapping;
use crate::table::{Format, Further, Reject, Row, Table, columns};

columns! {
    DATE = "date" Required Date, "Day of the action: of a dividend the ex-date, on which it is counted as paid.";
    SYMBOL = "symbol" Required Symbol, "Symbol of an instrument of `instruments.csv`.";
    KIND = "kind" Required Text, "`dividend`, `split` or `delisting`.";
    AMOUNT = "amount" Optional Decimal, "Of a dividend or a delisting: what is paid for a unit, in the instrument's currency. A delisting without one pays nothing.";
    QUALIFIED = "qualified" Optional Decimal, "Of a dividend: share that is taxed like long-term gains, from 0 to 1; 0 where left out.";
    NEW = "new" Optional Decimal, "Of a split: new units …";
    OLD = "old" Optional Decimal, "… for so many old ones; 1 where left out.";
}

/// The columns of `actions.csv`.
pub const FORMAT: Format = Format {
    title: "actions.csv",
    about: "One row for each corporate action, for `backtest` and what is like it. What happens on a day without prices is entered on the next day that has some.",
    columns: COLUMNS,
    further: Further::Refused,
    directives: &[],
    rules: &[
        "Rows may stand in any order; on one day splits come before dividends, and both before delistings.",
        "Prices that are adjusted for splits or dividends have them in them: naming them here too is an error.",
        "A value in a column that the kind has no use for is an error.",
    ],
};

/// The columns that each kind reads.
const KINDS: [(&str, &[usize]); 3] = [("dividend", &[AMOUNT, QUALIFIED]), ("split", &[NEW, OLD]), ("delisting", &[AMOUNT])];

/// Reads corporate actions, by date.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>, universe: &Universe) -> Parsed<Vec<Action>> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let symbols = Symbols::new(universe);
    let mut actions = Vec::new();
    while let Some(mut row) = table.next_row() {
        let date = row.date(DATE);
        let instrument = row.parse(SYMBOL, |symbol| symbols.find(symbol));
        let kind = row.parse(KIND, |text| {
            let known = KINDS.iter().find(|(name, _)| *name == text).copied();
            known.ok_or_else(|| Reject::not_a_value("is no kind of action", "write `dividend`, `split` or `delisting`"))
        });
        let kind = kind.and_then(|(name, used)| read_kind(&mut row, name, used));
        let (Some(date), Some(instrument), Some(kind), false) = (date, instrument, kind, row.is_bad()) else { continue };
        actions.push(Action { date, instrument, kind });
    }
    let rank = |kind: &ActionKind| match kind {
        ActionKind::Split { .. } => 0,
        ActionKind::Dividend { .. } => 1,
        ActionKind::Delisting { .. } => 2,
    };
    actions.sort_by_key(|action: &Action| (action.date, rank(&action.kind), action.instrument));
    table.finish(false, actions)
}

fn read_kind(row: &mut Row<'_, '_>, name: &str, used: &[usize]) -> Option<ActionKind> {
    for column in [AMOUNT, QUALIFIED, NEW, OLD] {
        if !used.contains(&column) && row.decimal(column).is_some() {
            row.reject(column, &Reject::new(Code::KEY_WITHOUT_EFFECT, format!("has no meaning for a {name}"), "leave the field empty"));
        }
    }
    match name {
        "dividend" => {
            let amount = required(row, AMOUNT, "write what is paid for a unit")?;
            let qualified = row.decimal_that(QUALIFIED, fraction).unwrap_or(Decimal::ZERO);
            Some(ActionKind::Dividend { per_unit: Price::new(amount), qualified: evenkeel::boundary::to_f64(qualified) })
        }
        "split" => {
            let new = required(row, NEW, "write the new units")?;
            let old = row.decimal_that(OLD, positive).unwrap_or(Decimal::ONE);
            Some(ActionKind::Split { ratio: Ratio { new, old } })
        }
        _ => {
            let amount = row.decimal_that(AMOUNT, not_negative).unwrap_or(Decimal::ZERO);
            Some(ActionKind::Delisting { per_unit: Price::new(amount) })
        }
    }
}

fn required(row: &mut Row<'_, '_>, column: usize, help: &str) -> Option<Decimal> {
    let value = row.decimal_that(column, positive);
    if value.is_none() && !row.is_bad() {
        row.reject(column, &Reject::new(Code::NOT_POSITIVE, "is missing", help.to_owned()));
    }
    value
}

fn positive(value: Decimal) -> Result<(), Reject> {
    if value.is_positive() { Ok(()) } else { Err(Reject::new(Code::NOT_POSITIVE, "is not above zero", "write a number above zero")) }
}

fn not_negative(value: Decimal) -> Result<(), Reject> {
    if value.is_negative() { Err(Reject::range("is below zero", "write zero or more")) } else { Ok(()) }
}

fn fraction(value: Decimal) -> Result<(), Reject> {
    let within = !value.is_negative() && value <= Decimal::ONE;
    if within { Ok(()) } else { Err(Reject::range("is not between 0 and 1", "write a fraction: 0.8 is 80 %")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use evenkeel_ledger::class::ClassPath;
    use evenkeel_ledger::instrument::Instrument;
    use evenkeel_ledger::number::Currency;

    use super::*;

    fn read_text(text: &str) -> Parsed<Vec<Action>> {
        let class = ClassPath::new("Equity").unwrap();
        let universe = Universe::new(vec![Instrument::new("X", class, Currency::USD)]).unwrap();
        read(SourceText { file: "actions.csv", text }, None, &universe)
    }

    #[test]
    fn reads_each_kind_by_date() {
        let text = "date,symbol,kind,amount,qualified,new,old\n\
                    2024-03-01,X,delisting,12.5,,,\n\
                    2024-02-01,X,dividend,0.5,0.8,,\n\
                    2024-02-01,X,split,,,3,2\n";
        let kinds: Vec<ActionKind> = read_text(text).value.unwrap().into_iter().map(|action| action.kind).collect();
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(
            kinds,
            [
                ActionKind::Split { ratio: Ratio { new: decimal("3"), old: decimal("2") } },
                ActionKind::Dividend { per_unit: Price::new(decimal("0.5")), qualified: 0.8 },
                ActionKind::Delisting { per_unit: Price::new(decimal("12.5")) },
            ]
        );
    }

    #[test]
    fn tells_all_that_is_wrong_with_its_line() {
        let text = "date,symbol,kind,amount,qualified,new,old\n\
                    2024-02-01,X,dividend,,,,\n\
                    2024-02-01,X,gift,1,,,\n\
                    2024-02-01,X,split,1,,2,\n\
                    2024-02-01,X,dividend,1,1.5,,\n\
                    2024-02-01,Y,delisting,-1,,,\n";
        let told = read_text(text).diagnostics;
        let lines: Vec<usize> = told.iter().filter_map(|told| told.location.as_ref()).map(|place| place.line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 6], "{told:#?}");
    }
}
