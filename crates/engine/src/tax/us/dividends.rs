//! Qualified dividends: the holding period of 26 USC 1(h)(11)(B)(iii).
//!
//! A dividend on a share is qualified where the share was held for more than 60 days of the 121 that begin 60 days before
//! the ex-dividend date. The day of purchase does not count, that of the sale does, and days of shares that a wash sale
//! replaced do not (26 USC 246(c)(3)). Of a payment on many lots the part counts that falls to units so held.

use std::collections::BTreeMap;

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::date::{Date, DateError};
use evenkeel_ledger::event::{Event, EventKind};
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Money, NumberError, Quantity, Rounding};

use crate::tax::records::{Disposals, DividendTest, Records, RecordsError};

/// Days before and after the ex-dividend date that count.
const REACH: i32 = 60;

/// The tag of instruments whose dividends are never qualified, and its value: interest of a bond fund, rents of a REIT.
pub const ORDINARY: (&str, &str) = ("dividends", "ordinary");

/// Units of one lot, from when to when they were held.
#[derive(Clone, Copy)]
struct Span {
    acquired: Date,
    /// `None` while they are held.
    sold: Option<Date>,
    units: Quantity,
}

/// Units by account and instrument: those sold in the order of sales, then those still held.
type Spans = BTreeMap<(AccountId, InstrumentId), Vec<Span>>;

/// Tests the dividends of a span of days.
///
/// # Errors
/// Numbers or dates out of range.
pub fn test_dividends(
    records: &Records<'_>,
    universe: &Universe,
    disposals: &Disposals,
    first: Date,
    last: Date,
) -> Result<Vec<DividendTest>, RecordsError> {
    let is_dividend = |event: &&Event| matches!(event.kind, EventKind::Dividend { .. }) && (first..=last).contains(&event.dates.trade);
    let mut dividends = records.events.iter().filter(is_dividend).peekable();
    let spans = if dividends.peek().is_some() { spans(disposals) } else { Spans::new() };
    let mut tests = Vec::new();
    for event in dividends {
        if let EventKind::Dividend { instrument, income } = &event.kind {
            let own = spans.get(&(event.account, *instrument)).map(Vec::as_slice).unwrap_or_default();
            tests.push(test(event, *instrument, income.gross, own, records.through, universe)?);
        }
    }
    Ok(tests)
}

fn test(
    event: &Event,
    instrument: InstrumentId,
    gross: Money,
    spans: &[Span],
    through: Date,
    universe: &Universe,
) -> Result<DividendTest, RecordsError> {
    let received = event.dates.trade;
    let ex = event.dates.ex.unwrap_or(received);
    let is_ordinary = universe.get(instrument).is_some_and(|known| known.tags.get(ORDINARY.0).is_some_and(|tag| tag == ORDINARY.1));
    let (mut all, mut held, mut may) = (Quantity::ZERO, Quantity::ZERO, Quantity::ZERO);
    // Held before the ex-dividend date: sold on it or later, or still held.
    let first = spans.partition_point(|span| span.sold.is_some_and(|sold| sold < ex));
    for span in spans.iter().skip(first).filter(|span| span.acquired < ex) {
        all = all.try_add(span.units)?;
        if is_long_enough(span, ex, span.sold.unwrap_or(through))? {
            held = held.try_add(span.units)?;
        } else if span.sold.is_none() && is_long_enough(span, ex, ex.add_days(REACH)?)? {
            may = may.try_add(span.units)?;
        }
    }
    let part = |units: Quantity| -> Result<Money, NumberError> {
        if is_ordinary || !gross.is_positive() || !all.is_positive() {
            return Ok(Money::zero(gross.currency()));
        }
        gross.pro_rata(units, all, Rounding::HalfEven)
    };
    let (qualified, open) = (part(held)?, part(may)?);
    let (sequence, account, ex_is_known) = (event.sequence, event.account, event.dates.ex.is_some());
    Ok(DividendTest { sequence, account, instrument, received, ex, ex_is_known, gross, qualified, open })
}

/// All units that were held.
fn spans(disposals: &Disposals) -> Spans {
    let mut spans = Spans::new();
    for gain in disposals.gains.iter().filter(|gain| !gain.short) {
        if let Some(acquired) = gain.acquired {
            let span = Span { acquired, sold: Some(gain.realized), units: gain.quantity };
            spans.entry((gain.account, gain.instrument)).or_default().push(span);
        }
    }
    for (index, held) in disposals.holdings.iter().flat_map(|holdings| &holdings.accounts).enumerate() {
        let Some(account) = AccountId::from_index(index) else { continue };
        for lot in held.lots().iter().filter(|lot| lot.quantity.is_positive()) {
            if let Some(acquired) = lot.acquired {
                spans.entry((account, lot.instrument)).or_default().push(Span { acquired, sold: None, units: lot.quantity });
            }
        }
    }
    spans
}

/// Whether units held until a day were held for more than 60 days of the 121.
fn is_long_enough(span: &Span, ex: Date, until: Date) -> Result<bool, DateError> {
    let begin = span.acquired.add_days(1)?.max(ex.add_days(-REACH)?);
    let end = until.min(ex.add_days(REACH)?);
    Ok(end.days_since(begin).saturating_add(1) > REACH)
}
