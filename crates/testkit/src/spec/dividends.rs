//! Runs `specs/dividends.md`: events in, how much of each dividend is qualified, may become so, and is exempt out.
//!
//! | table | columns |
//! |---|---|
//! | instruments | symbol, class, dividends (the tag) |
//! | records | through (the last day that is known) |
//! | events | as in `specs/lots.md`; the date of a dividend is its ex-dividend date |
//! | dividends | event, qualified, open, exempt, by (told, class, assumed) |

use std::collections::BTreeMap;

use evenkeel::tax::us::distributions::TAG;
use evenkeel::tax::{Ground, Records, jurisdiction};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::event::Event;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::identical::{IdenticalSets, Identity};
use evenkeel_ledger::instrument::{Instrument, Universe};

use super::lots::{EVENT_COLUMNS, Example};
use super::{Spec, SpecError};

/// Days after the last event through which examples are known that say nothing else: nothing is open then.
const BEYOND: i32 = 61;

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["instruments", "records", "events", "dividends"])?;
    let example = Example::new(spec)?;
    let rows = |kind: &'static str| spec.tables.iter().filter(move |table| table.kind == kind).flat_map(|table| &table.rows);
    spec.tables.iter().filter(|table| table.kind == "events").try_for_each(|table| table.expect_columns(&EVENT_COLUMNS))?;
    let events: Vec<Event> = rows("events").map(|row| example.event(row)).collect::<Result<_, _>>()?;
    let at = |error: &dyn std::fmt::Display| SpecError::new(spec.line, error);
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Err(at(&"there are no events")) };
    let beyond = last.dates.trade.add_days(BEYOND).map_err(|error| at(&error))?;
    let through = rows("records").next().map_or(Ok(beyond), |row| row.read("through"))?;
    let universe = described(spec, &example.universe)?;
    let opening = Holdings::empty(&example.household, first.dates.trade.add_days(-1).map_err(|error| at(&error))?);
    let sets = IdenticalSets::new(&universe, Identity::Related);
    let records = Records { household: &example.household, sets: &sets, opening: &opening, events: &events, through };
    let owner = example.household.owners.first().ok_or_else(|| at(&"there is no owner"))?;
    let country = jurisdiction(owner).map_err(|error| at(&error))?;
    let disposals = country.disposals(&records).map_err(|error| at(&error))?;
    let tests = country.dividends(&records, &universe, &disposals, first.dates.trade, through).map_err(|error| at(&error))?;
    let found: Vec<BTreeMap<&'static str, String>> = tests
        .iter()
        .map(|test| {
            let by = match test.ground {
                Ground::Told => "told",
                Ground::Class => "class",
                Ground::Assumed => "assumed",
            };
            let amounts = [("qualified", test.qualified), ("open", test.open), ("exempt", test.exempt)];
            let amounts = amounts.map(|(name, money)| (name, money.amount().to_string()));
            [("event", test.sequence.to_string()), ("by", by.to_owned())].into_iter().chain(amounts).collect()
        })
        .collect();
    spec.tables.iter().filter(|table| table.kind == "dividends").try_for_each(|table| table.expect_rows(&found))
}

/// The instruments with what the example tells of them.
fn described(spec: &Spec, universe: &Universe) -> Result<Universe, SpecError> {
    let mut all: Vec<Instrument> = universe.iter().map(|(_, instrument)| instrument.clone()).collect();
    for row in spec.tables.iter().filter(|table| table.kind == "instruments").flat_map(|table| &table.rows) {
        let symbol = row.get("symbol");
        let known = all.iter_mut().find(|instrument| instrument.symbol == symbol);
        let known = known.ok_or_else(|| SpecError::new(row.line, format!("nothing happens to `{symbol}`")))?;
        known.class = ClassPath::new(row.get("class")).map_err(|error| SpecError::new(row.line, error))?;
        if !row.get("dividends").is_empty() {
            known.tags.insert(TAG.to_owned(), row.get("dividends").to_owned());
        }
    }
    Universe::new(all).map_err(|error| SpecError::new(spec.line, error))
}
