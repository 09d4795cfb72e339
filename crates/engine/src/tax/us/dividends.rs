//! Qualified dividends: the holding period of 26 USC 1(h)(11)(B)(iii).
//!
//! A dividend on a share is qualified where the share was held for more than 60 days of the 121 that begin 60 days before
//! the ex-dividend date. The day of purchase does not count, that of the sale does, and days of shares that a wash sale
//! replaced do not (26 USC 246(c)(3)). Of a payment on many lots the part counts that falls to units so held.
//! What can be qualified at all says [`distributed`].

use std::collections::BTreeMap;

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::date::{Date, DateError};
use evenkeel_ledger::event::{Event, EventKind};
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Money, NumberError, Quantity, Rounding};

use super::distributions::{Distributed, distributed};
use crate::tax::records::{Disposals, DividendTest, Ground, Records, RecordsError};

/// Days before and after the ex-dividend date that count.
const REACH: i32 = 60;

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

/// Tests the dividends of a span of days, and finds interest that is exempt.
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
    let of_span = records.events.iter().filter(|event| (first..=last).contains(&event.dates.trade));
    let mut paid = of_span.filter_map(|event| Some((event, paid(event, universe)?))).peekable();
    let spans = if paid.peek().is_some() { spans(disposals) } else { Spans::new() };
    let mut tests = Vec::new();
    for (event, paid) in paid {
        let own = spans.get(&(event.account, paid.instrument)).map(Vec::as_slice).unwrap_or_default();
        tests.push(test(event, &paid, own, records.through)?);
    }
    Ok(tests)
}

/// What an instrument paid.
struct Paid {
    instrument: InstrumentId,
    gross: Money,
    distributed: Distributed,
    ground: Ground,
}

/// What an event paid of dividends, or of interest where that is exempt.
fn paid(event: &Event, universe: &Universe) -> Option<Paid> {
    let (instrument, gross, is_dividend) = match &event.kind {
        EventKind::Dividend { instrument, income } => (*instrument, income.gross, true),
        EventKind::Interest { instrument: Some(instrument), income } => (*instrument, income.gross, false),
        _ => return None,
    };
    let (distributed, ground) = distributed(universe.get(instrument)?);
    (is_dividend || distributed == Distributed::Exempt).then_some(Paid { instrument, gross, distributed, ground })
}

fn test(event: &Event, paid: &Paid, spans: &[Span], through: Date) -> Result<DividendTest, RecordsError> {
    let Paid { instrument, gross, distributed, ground } = *paid;
    let received = event.dates.trade;
    let ex = event.dates.ex.unwrap_or(received);
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
    let none = Money::zero(gross.currency());
    let (may_be_qualified, exempt) = match distributed {
        Distributed::Qualified(share) => (Money::new(gross.amount().mul(share, Rounding::HalfEven)?, gross.currency()), none),
        Distributed::Ordinary => (none, none),
        Distributed::Exempt => (none, gross),
    };
    let part = |units: Quantity| -> Result<Money, NumberError> {
        if !may_be_qualified.is_positive() || !all.is_positive() {
            return Ok(none);
        }
        may_be_qualified.pro_rata(units, all, Rounding::HalfEven)
    };
    let (qualified, open) = (part(held)?, part(may)?);
    let (sequence, account, ex_is_known) = (event.sequence, event.account, event.dates.ex.is_some());
    Ok(DividendTest { sequence, account, instrument, received, ex, ex_is_known, gross, qualified, open, exempt, ground })
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
