//! `instruments.csv`: what may be held and traded, with all that rules may ask of it.

use std::collections::BTreeMap;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::{Parsed, did_you_mean};
use evenkeel::tax::report::TAX_CLASS;
use evenkeel::tax::us::distributions;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Component, Instrument, Relation, RelationKind, Trading, TradingState, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Quantity, Rate};

use crate::mapping::Mapping;
use crate::table::{self, Cell, Format, Further, FurtherColumn, Reject, Row, RowPlace, Table, columns};

columns! {
    SYMBOL = "symbol" Required Text, "Identifier, unique in the file: a ticker, ISIN or your own. It may not begin with `CASH:`.";
    NAME = "name" Optional Text, "Name for people.";
    CLASS = "class" Required Class, "Asset class, from the broadest name to the narrowest: `Equity/US`.";
    CURRENCY = "currency" Required Currency, "Currency in which it is priced.";
    SECTOR = "sector" Optional Text, "Sector.";
    ISSUER = "issuer" Optional Text, "Who owes or runs it.";
    COUNTRY = "country" Optional Text, "Country of risk, two capital letters (ISO 3166).";
    LOT_SIZE = "lot_size" Optional Decimal, "Trades are whole multiples of this number of units, or `fractional` where any fraction may be traded. Empty: 1.";
    SPREAD = "spread" Optional Fraction, "Quoted bid-ask spread as a fraction of the price, from 0 to 1; a trade pays half of it.";
    VOLUME = "average_daily_volume" Optional Decimal, "Average daily volume in units.";
    TIER = "liquidity_tier" Optional Whole, "Liquidity tier, 1 for the most liquid, at most 255.";
    COMPOSITION = "composition" Optional List, "Classes of a composed fund with their fractions, which sum to 1: `Equity/US:0.6;Fixed Income:0.4`.";
    SAME_FUND = "same_fund" Optional List, "Symbols of other share classes of the fund.";
    IDENTICAL = "substantially_identical" Optional List, "Symbols so alike that selling this at a loss and buying them is a wash sale.";
    SUBSTITUTES = "substitutes" Optional List, "Symbols that may stand in for it, the preferred first.";
    TRADING = "trading" Optional OneOf(&["approved", "restricted", "sell_only", "banned", "suspended"]), "Whether and how it may be traded. Empty: approved.";
    UNTIL = "trading_until" Optional Date, "Last day on which that holds; approved from the next day on. Empty: it does not end.";
    REASON = "trading_reason" Optional Text, "Why.";
}

/// The columns of `instruments.csv`.
pub const FORMAT: Format = Format {
    title: "instruments.csv",
    about: "One row for each instrument.",
    columns: COLUMNS,
    further: Further::Prefixed(&[
        ("score:", "Score of that name, a decimal number."),
        ("tag:", "Any further attribute of that name, for limits and exclusions."),
    ]),
    directives: &[],
    rules: &[
        "A symbol that is given twice is an error.",
        "A composition that does not sum to exactly 1, names a class twice or has a part of zero or below is an error.",
        "A relation to a symbol that is not in the file, or to itself, is an error.",
        "`trading_until` or `trading_reason` without `trading` is an error.",
        "A file without rows is an error.",
        "Taxes read `tag:dividends` and `tag:tax_class`: docs/reference/tax-scope.md says which values.",
    ],
};

/// Reads the instruments and numbers them by symbol.
pub fn read(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<Universe> {
    let mut table = Table::open(source, &FORMAT, mapping);
    let further = table.further();
    let mut read: Vec<(Instrument, RowPlace)> = Vec::new();
    // Also those of rows that have defects, so that naming them is no second one.
    let mut symbols: Vec<String> = Vec::new();
    while let Some(mut row) = table.next_row() {
        let place = row.place();
        symbols.extend(row.text(SYMBOL).map(std::borrow::Cow::into_owned));
        if let Some(instrument) = read_row(&mut row, &further) {
            read.push((instrument, place));
        }
    }
    report_duplicates(&mut table, &read);
    symbols.sort_unstable();
    report_unknown_relations(&mut table, &read, &symbols);
    let universe = Universe::new(read.into_iter().map(|(instrument, _)| instrument).collect());
    let universe = universe.unwrap_or_else(|error| {
        // Duplicates have been told one by one; this repeats nothing but a limit.
        if matches!(error, evenkeel_ledger::instrument::UniverseError::TooMany) {
            table.report(Diagnostic::error(Code::INSTRUMENT, error.to_string()).help("split the file by what is held"));
        }
        Universe::default()
    });
    table.finish(true, universe)
}

fn read_row(row: &mut Row<'_, '_>, further: &[FurtherColumn]) -> Option<Instrument> {
    let symbol = row.parse(SYMBOL, symbol);
    let class = row.parse(CLASS, table::class);
    let currency = row.currency(CURRENCY);
    let mut instrument =
        Instrument::new(symbol.unwrap_or_default(), class.unwrap_or_else(ClassPath::cash), currency.unwrap_or(Currency::USD));
    let mut text = |column| row.text(column).map(std::borrow::Cow::into_owned);
    instrument.name = text(NAME);
    instrument.sector = text(SECTOR);
    instrument.issuer = text(ISSUER);
    instrument.country = row.parse(COUNTRY, country);
    if let Some(lot_size) = read_lot_size(row) {
        instrument.lot_size = lot_size;
    }
    instrument.spread = row.decimal_that(SPREAD, fraction).map(Rate::new);
    instrument.average_daily_volume = row.decimal_that(VOLUME, not_negative).map(Quantity::new);
    instrument.liquidity_tier = row.parse(TIER, |text| match text.parse::<u8>() {
        Ok(tier) if tier > 0 => Ok(tier),
        _ => Err(Reject::not_a_value("is not a whole number from 1 to 255", "write 1 for the most liquid, 2 for the next")),
    });
    instrument.composition = row.parse(COMPOSITION, composition).unwrap_or_default();
    for (column, kind) in
        [(SAME_FUND, RelationKind::SameFund), (IDENTICAL, RelationKind::SubstantiallyIdentical), (SUBSTITUTES, RelationKind::Substitute)]
    {
        let others = row.parse(column, |text| Ok(list(text).map(str::to_owned).collect::<Vec<_>>())).unwrap_or_default();
        instrument.relations.extend(others.into_iter().map(|to| Relation { kind, to }));
    }
    instrument.trading = read_trading(row);
    read_further(row, further, &mut instrument);
    (!row.is_bad()).then_some(instrument)
}

fn read_lot_size(row: &mut Row<'_, '_>) -> Option<Quantity> {
    if row.text(LOT_SIZE).as_deref() == Some("fractional") {
        return Some(Quantity::new(Decimal::STEP));
    }
    let positive = |size: Decimal| {
        if size.is_positive() {
            Ok(())
        } else {
            Err(Reject::range("is not above zero", "write a number of units above zero, or `fractional`"))
        }
    };
    row.decimal_that(LOT_SIZE, positive).map(Quantity::new)
}

fn read_trading(row: &mut Row<'_, '_>) -> Trading {
    let state = row.named::<TradingState>(TRADING);
    let until = row.date(UNTIL);
    let reason = row.text(REASON).map(std::borrow::Cow::into_owned);
    if state.is_none() && !row.is_bad() {
        for column in [UNTIL, REASON].into_iter().filter(|column| row.text(*column).is_some()).collect::<Vec<_>>() {
            row.reject(
                column,
                &Reject::range("says nothing without `trading`", "write the state in `trading`, such as restricted, or leave both empty"),
            );
        }
    }
    Trading { state: state.unwrap_or(TradingState::Approved), until, reason }
}

fn read_further(row: &mut Row<'_, '_>, further: &[FurtherColumn], instrument: &mut Instrument) {
    for column in further {
        if let Some(name) = column.name.strip_prefix("score:") {
            if let Some(score) = row.decimal_in(Cell::Further(column.field)) {
                instrument.scores.insert(name.to_owned(), score);
            }
        } else if let Some(name) = column.name.strip_prefix("tag:")
            && let Some(tag) = row.further(column.field, |text| Ok(text.to_owned()))
        {
            instrument.tags.insert(name.to_owned(), tag);
            if let Some(reject) = unread_tag(name, instrument) {
                row.warn_in(Cell::Further(column.field), &reject);
            }
        }
    }
}

/// That a tag by which taxes are told says nothing to them.
fn unread_tag(name: &str, instrument: &Instrument) -> Option<Reject> {
    let says_nothing = |help: &str| Reject::new(Code::INSTRUMENT, "says nothing of taxes", help);
    if name == distributions::TAG && distributions::tag(instrument).is_some_and(|read| read.is_err()) {
        return Some(says_nothing("write qualified, ordinary, exempt, or the share that can be qualified, from 0 to 1"));
    }
    let is_unknown = name == TAX_CLASS.0 && instrument.tags.get(name).is_some_and(|tag| tag != TAX_CLASS.1);
    is_unknown
        .then(|| says_nothing("write collectible for gold, art and the like, or leave it empty; a tag of your own wants another name"))
}

fn report_duplicates(table: &mut Table<'_>, read: &[(Instrument, RowPlace)]) {
    let mut first: BTreeMap<&str, RowPlace> = BTreeMap::new();
    for (instrument, place) in read {
        let Some(earlier) = first.get(instrument.symbol.as_str()) else {
            first.insert(&instrument.symbol, *place);
            continue;
        };
        let problem = format!("stands on line {} already", earlier.line());
        table.at(*place, |row| row.reject(SYMBOL, &Reject::new(Code::DUPLICATE_ROW, problem, "keep one row for each instrument")));
    }
}

fn report_unknown_relations(table: &mut Table<'_>, read: &[(Instrument, RowPlace)], symbols: &[String]) {
    for (instrument, place) in read {
        for relation in &instrument.relations {
            let reject = if relation.to == instrument.symbol {
                Reject::new(Code::INSTRUMENT, "names the instrument itself", "name another instrument, or leave the field empty")
            } else if symbols.binary_search(&relation.to).is_err() {
                let help = did_you_mean(&relation.to, symbols.iter().map(String::as_str), "add a row for it, or leave it out");
                Reject::new(Code::UNKNOWN_SYMBOL, format!("names `{}`, which is not in this file", relation.to), help)
            } else {
                continue;
            };
            let column = match relation.kind {
                RelationKind::SameFund => SAME_FUND,
                RelationKind::SubstantiallyIdentical => IDENTICAL,
                RelationKind::Substitute => SUBSTITUTES,
            };
            table.at(*place, |row| row.reject(column, &reject));
        }
    }
}

fn symbol(text: &str) -> Result<String, Reject> {
    if text.starts_with(crate::holdings::CASH_PREFIX) {
        return Err(Reject::range("is kept for cash", "holdings name cash as CASH:USD; give the instrument another symbol"));
    }
    if text.chars().any(char::is_control) {
        return Err(Reject::not_a_value("holds a control character", "remove line breaks and tabs from it"));
    }
    Ok(text.to_owned())
}

fn country(text: &str) -> Result<String, Reject> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(text.to_owned())
    } else {
        Err(Reject::not_a_value("is not a country code", "write two capital letters, such as US or GB"))
    }
}

fn fraction(value: Decimal) -> Result<(), Reject> {
    if value.is_negative() || value > Decimal::ONE {
        return Err(Reject::range("is outside 0 to 1", "write a fraction: 0.0005 is five basis points"));
    }
    Ok(())
}

fn not_negative(value: Decimal) -> Result<(), Reject> {
    if value.is_negative() {
        Err(Reject::range("is below zero", "write zero or more, or leave it empty where it is not known"))
    } else {
        Ok(())
    }
}

/// Items parted by `;`, without the empty ones.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|item| !item.is_empty())
}

fn composition(text: &str) -> Result<Vec<Component>, Reject> {
    let help = "write classes with their fractions, such as Equity/US:0.6;Fixed Income:0.4";
    let mut parts: Vec<Component> = Vec::new();
    let mut sum = Decimal::ZERO;
    for item in list(text) {
        let (class, weight) =
            item.rsplit_once(':').ok_or_else(|| Reject::not_a_value(format!("has the part `{item}` without a fraction"), help))?;
        let class = table::class(class.trim())?;
        let weight: Decimal = weight.trim().parse().map_err(|_| {
            Reject::not_a_value(format!("gives `{class}` the fraction `{}`, which is not a decimal number", weight.trim()), help)
        })?;
        if !weight.is_positive() {
            return Err(Reject::range(format!("gives `{class}` the fraction {weight}, which is not above zero"), help));
        }
        if parts.iter().any(|part| part.class == class) {
            return Err(Reject::range(format!("names `{class}` twice"), "add the two fractions up"));
        }
        sum = sum.try_add(weight).map_err(|_| Reject::range("does not sum to 1", help))?;
        parts.push(Component { class, weight: Rate::new(weight) });
    }
    if !parts.is_empty() && sum != Decimal::ONE {
        return Err(Reject::new(Code::WEIGHT_SUM, format!("sums to {sum}, not to 1"), "make the fractions sum to exactly 1"));
    }
    Ok(parts)
}
