//! Runs `specs/wash-sales.md`: events in, losses that are not allowed and the lots that take them up out.
//!
//! | table | columns |
//! |---|---|
//! | accounts, events, gains, lots | as in `specs/lots.md`; gains also tell what is not allowed |
//! | relations | symbol, relation (same fund, substantially identical, substitute), to |
//! | records | through (the last day that is known), identity (instrument, same fund, related) |
//! | washes | event, units, loss, account, lot, piece, lost (yes, no) |
//! | open | event, units, loss, until |

use std::collections::BTreeMap;

use evenkeel::tax::us::wash;
use evenkeel::tax::{Disposals, Records};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::Event;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::identical::{IdenticalSets, Identity};

use super::lots::{EVENT_COLUMNS, Example};
use super::{Row, Spec, SpecError};

type Found = BTreeMap<&'static str, String>;

/// Days after the last event through which examples are known that say nothing else: no window is open then.
const BEYOND: i32 = 61;

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["accounts", "relations", "records", "events", "gains", "lots", "washes", "open"])?;
    let example = Example::new(spec)?;
    let tables = || spec.tables.iter();
    let rows = |kind: &'static str| tables().filter(move |table| table.kind == kind).flat_map(|table| &table.rows);
    tables().filter(|table| table.kind == "events").try_for_each(|table| table.expect_columns(&EVENT_COLUMNS))?;
    let events: Vec<Event> = rows("events").map(|row| example.event(row)).collect::<Result<_, _>>()?;
    let at = |error: &dyn std::fmt::Display| SpecError::new(spec.line, error);
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Err(at(&"there are no events")) };
    let (mut through, mut identity) = (last.dates.trade.add_days(BEYOND).map_err(|error| at(&error))?, Identity::Related);
    for row in rows("records") {
        (through, identity) = (row.read_or("through", through)?, identity_of(row)?);
    }
    let opening = Holdings::empty(&example.household, first.dates.trade.add_days(-1).map_err(|error| at(&error))?);
    let sets = IdenticalSets::new(&example.universe, identity);
    let records = Records { household: &example.household, sets: &sets, opening: &opening, events: &events, through };
    let washed = wash::replay(&records).map_err(|error| at(&error))?;
    for table in tables() {
        match table.kind.as_str() {
            "gains" => table.expect_rows(&example.gains(table, &washed.gains)?)?,
            "lots" => table.expect_rows(&washed.holdings.as_ref().map(|holdings| example.lots(holdings)).unwrap_or_default())?,
            "washes" => table.expect_rows(&washes(&example, &washed))?,
            "open" => table.expect_rows(&open(&washed))?,
            _ => {}
        }
    }
    Ok(())
}

fn identity_of(row: &Row) -> Result<Identity, SpecError> {
    match row.get("identity") {
        "" | "related" => Ok(Identity::Related),
        "same fund" => Ok(Identity::SameFund),
        "instrument" => Ok(Identity::Instrument),
        other => Err(SpecError::new(row.line, format!("`{other}` is no identity"))),
    }
}

fn sold(disposals: &Disposals, gain: usize) -> String {
    disposals.gains.get(gain).map_or_else(String::new, |gain| gain.sequence.to_string())
}

fn washes(example: &Example, disposals: &Disposals) -> Vec<Found> {
    let account = |index: usize| example.household.accounts.get(index).map_or_else(String::new, |account| account.id.clone());
    let row = |wash: &evenkeel::tax::WashSale| {
        let into = &wash.replacement;
        Found::from([
            ("event", sold(disposals, wash.gain)),
            ("units", wash.quantity.to_string()),
            ("loss", wash.loss.amount().to_string()),
            ("account", account(into.account.index())),
            ("lot", into.lot.to_string()),
            ("piece", into.piece.to_string()),
            ("lost", if wash.permanent { "yes" } else { "no" }.to_owned()),
        ])
    };
    disposals.washes.iter().map(row).collect()
}

fn open(disposals: &Disposals) -> Vec<Found> {
    let until = |date: Date| date.to_string();
    let row = |loss: &evenkeel::tax::OpenLoss| {
        Found::from([
            ("event", sold(disposals, loss.gain)),
            ("units", loss.quantity.to_string()),
            ("loss", loss.loss.amount().to_string()),
            ("until", until(loss.until)),
        ])
    };
    disposals.open.iter().map(row).collect()
}
