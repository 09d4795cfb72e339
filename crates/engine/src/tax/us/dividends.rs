//! Qualified dividends: the holding period of 26 USC 1(h)(11)(B)(iii).
//!
//! A dividend on a share is qualified where the share was held for more than 60 days of the 121 that begin 60 days before
//! the ex-dividend date. The day of purchase does not count, that of the sale does, and days of shares that a wash sale
//! replaced do not (26 USC 246(c)(3)). Of a payment on many lots the part counts that falls to units so held.

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
struct Span {
    acquired: Date,
    /// `None` while they are held.
    sold: Option<Date>,
    units: Quantity,
}

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
    let dividends = records.events.iter().filter(|event| (first..=last).contains(&event.dates.trade));
    let mut tests = Vec::new();
    for event in dividends {
        if let EventKind::Dividend { instrument, income } = &event.kind {
            tests.push(test(event, *instrument, income.gross, records, universe, disposals)?);
        }
    }
    Ok(tests)
}

fn test(
    event: &Event,
    instrument: InstrumentId,
    gross: Money,
    records: &Records<'_>,
    universe: &Universe,
    disposals: &Disposals,
) -> Result<DividendTest, RecordsError> {
    let received = event.dates.trade;
    let ex = event.dates.ex.unwrap_or(received);
    let is_ordinary = universe.get(instrument).is_some_and(|known| known.tags.get(ORDINARY.0).is_some_and(|tag| tag == ORDINARY.1));
    let (mut all, mut held, mut may) = (Quantity::ZERO, Quantity::ZERO, Quantity::ZERO);
    for span in spans(disposals, event.account, instrument, ex) {
        all = all.try_add(span.units)?;
        if is_long_enough(&span, ex, span.sold.unwrap_or(records.through))? {
            held = held.try_add(span.units)?;
        } else if span.sold.is_none() && is_long_enough(&span, ex, ex.add_days(REACH)?)? {
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

/// Lots that were held before the ex-dividend date: those sold on it or later, and those still held.
fn spans(disposals: &Disposals, account: AccountId, instrument: InstrumentId, ex: Date) -> Vec<Span> {
    let sold = disposals.gains.iter().filter(|gain| gain.account == account && gain.instrument == instrument && !gain.short);
    let sold = sold.filter(|gain| gain.realized >= ex);
    let sold = sold.filter_map(|gain| Some(Span { acquired: gain.acquired?, sold: Some(gain.realized), units: gain.quantity }));
    let held = disposals.holdings.accounts.get(account.index()).map(evenkeel_ledger::holdings::AccountHoldings::lots).unwrap_or_default();
    let held = held.iter().filter(|lot| lot.instrument == instrument && lot.quantity.is_positive());
    let held = held.filter_map(|lot| Some(Span { acquired: lot.acquired?, sold: None, units: lot.quantity }));
    sold.chain(held).filter(|span| span.acquired < ex).collect()
}

/// Whether units held until a day were held for more than 60 days of the 121.
fn is_long_enough(span: &Span, ex: Date, until: Date) -> Result<bool, DateError> {
    let begin = span.acquired.add_days(1)?.max(ex.add_days(-REACH)?);
    let end = until.min(ex.add_days(REACH)?);
    Ok(end.days_since(begin).saturating_add(1) > REACH)
}
