//! [`untold`]: what was assumed of distributions, with the amounts concerned.

use std::collections::BTreeMap;

use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Currency, Money, NumberError};

use crate::words::{amount, counted, listed, listed_briefly};

use super::records::{DividendTest, Ground};
use super::us::distributions;

/// What was assumed of distributions that the United States tax, in sentences; `tax-year` and returns after tax say the same.
///
/// # Errors
/// Amounts out of range.
pub fn untold(tests: &[DividendTest], universe: &Universe) -> Result<Vec<String>, NumberError> {
    let mut notes = Vec::new();
    let paid: Vec<&DividendTest> = tests.iter().filter(|test| !test.gross.is_zero()).collect();
    let of = |ground: Ground, is_exempt: bool| {
        let is_meant = move |test: &&&DividendTest| test.ground == ground && test.exempt.is_zero() != is_exempt;
        paid.iter().filter(is_meant).copied().collect::<Vec<_>>()
    };
    if let Some(whose) = whose(&of(Ground::Assumed, false), universe)? {
        notes.push(format!(
            "Dividends of {whose} are taken for qualified where units were held long enough, as nothing else is told of them: say it by \
             `tag:dividends` in instruments.csv (`qualified`, `ordinary`, `exempt`, or the share that is qualified)."
        ));
    }
    for (is_exempt, what) in [(false, "ordinary income"), (true, "exempt interest")] {
        if let Some(whose) = whose(&of(Ground::Class, is_exempt), universe)? {
            notes.push(format!(
                "Dividends of {whose} are taken for {what} by their class; where they are not, say it by `tag:dividends` in instruments.csv."
            ));
        }
    }
    let mut unread: Vec<String> = Vec::new();
    for instrument in paid.iter().filter_map(|test| universe.get(test.instrument)) {
        if let Some(Err(text)) = distributions::tag(instrument) {
            unread.push(format!("`{text}` of {}", instrument.symbol));
        }
    }
    unread.sort_unstable();
    unread.dedup();
    if !unread.is_empty() {
        let unread: Vec<&str> = unread.iter().map(String::as_str).collect();
        notes.push(format!(
            "`tag:dividends` is {}, which says nothing: write `qualified`, `ordinary`, `exempt`, or a share from 0 to 1.",
            listed_briefly(&unread)
        ));
    }
    let without_ex = paid.iter().filter(|test| !test.ex_is_known && test.exempt.is_zero()).count();
    if without_ex > 0 {
        notes.push(format!(
            "{} without `ex_date`: the day of receipt stands for it where the days of holding are counted, which may change what is qualified.",
            counted(without_ex, "dividend")
        ));
    }
    Ok(notes)
}

/// `BND and VTI (1,234.50 USD)`; `None` of nothing.
fn whose(tests: &[&DividendTest], universe: &Universe) -> Result<Option<String>, NumberError> {
    let mut symbols: Vec<&str> = tests.iter().map(|test| universe.symbol(test.instrument)).collect();
    symbols.sort_unstable();
    symbols.dedup();
    if symbols.is_empty() {
        return Ok(None);
    }
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for gross in tests.iter().map(|test| test.gross) {
        let sum = sums.entry(gross.currency()).or_insert_with(|| Money::zero(gross.currency()));
        *sum = sum.try_add(gross)?;
    }
    let sums: Vec<String> = sums.into_values().map(amount).collect();
    let sums: Vec<&str> = sums.iter().map(String::as_str).collect();
    Ok(Some(format!("{} ({})", listed_briefly(&symbols), listed(&sums))))
}
