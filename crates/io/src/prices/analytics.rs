//! Files of prices or returns as panels of the analytics: every series of the file by its name,
//! without a list of instruments, and with its gaps.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel::document::Parsed;
use evenkeel::market::{NamedPanel, PriceKind};
use evenkeel_ledger::date::Date;
use evenkeel_quant::panel::Content;

use crate::mapping::Mapping;
use crate::panel::{self, Forms, Names};
use crate::table::{Cell, Row};

use super::returns::{self, read_base_date, read_return};
use super::{KIND, KINDS, LONG_FORMAT, WIDE_FORMAT, read_kind};

/// Reads `prices.csv`, wide or long, as floats. A price of zero or below is warned of and missing.
/// Estimates do not need the kind of price, so that a file need not say it.
pub fn read_price_panel(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<NamedPanel> {
    let forms = Forms { wide: &WIDE_FORMAT, long: &LONG_FORMAT };
    read(source, mapping, forms, Content::Prices, &KINDS, read_price)
}

/// Reads `returns.csv`, wide or long. A return that is missing stays missing.
/// Estimates do not need the kind of price behind the returns, so that a file need not say it.
pub fn read_return_panel(source: SourceText<'_>, mapping: Option<&Mapping>) -> Parsed<NamedPanel> {
    let forms = Forms { wide: &returns::WIDE_FORMAT, long: &returns::LONG_FORMAT };
    read(source, mapping, forms, Content::SimpleReturns, &returns::KINDS, read_return)
}

fn read(
    source: SourceText<'_>,
    mapping: Option<&Mapping>,
    forms: Forms,
    content: Content,
    kinds: &[(&'static str, PriceKind)],
    value: impl Fn(&mut Row<'_, '_>, Cell) -> Option<f64>,
) -> Parsed<NamedPanel> {
    let mut names = Names::default();
    let mut found = panel::read(source, mapping, forms, |name| Some(names.number(name)), value);
    let kind = if found.table.directive(KIND).is_some() { read_kind(&mut found.table, kinds, None) } else { None };
    let base_date = if content == Content::SimpleReturns { read_base_date(&mut found.table) } else { None };
    let mut series: Vec<(String, Vec<(Date, f64)>)> = names.into_order().into_iter().map(|name| (name, Vec::new())).collect();
    for ((_, to), from) in series.iter_mut().zip(std::mem::take(&mut found.series)) {
        to.extend(from.into_iter().map(|point| (point.date, point.value)));
        // A date that stands twice has been told with its line.
        to.dedup_by_key(|(date, _)| *date);
    }
    match NamedPanel::of_series(kind, content, series) {
        Ok(panel) => found.table.finish(true, NamedPanel { base_date, ..panel }),
        Err(error) => {
            found.table.report(Diagnostic::error(Code::VALUE_RANGE, error.to_string()).help("correct the series"));
            let Parsed { diagnostics, .. } = found.table.finish(true, ());
            Parsed { value: None, diagnostics }
        }
    }
}

fn read_price(row: &mut Row<'_, '_>, cell: Cell) -> Option<f64> {
    let price = row.number_in(cell)?;
    if price > 0.0 {
        return Some(price);
    }
    super::not_positive(row, cell, price < 0.0);
    None
}
