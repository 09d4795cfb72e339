//! Runs `specs/taxes-uk.md`: events or gains in, what disposals are matched with and what is owed out.
//!
//! | table | columns |
//! |---|---|
//! | accounts, events | as in `specs/lots.md`; identification knows no currency |
//! | records | through (the last day that is known) |
//! | disposals | event, match, quantity, proceeds, basis, gain, provisional |
//! | taxes | year, rate, income, gains, before change, losses in, exempt, taxed, losses out, lower rate, higher rate, total |

use std::collections::BTreeMap;

use evenkeel::tax::uk::identification;
use evenkeel::tax::{Assessment, Filing, Records, YearGains};
use evenkeel_ledger::event::Event;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{GainsByTerm, Household, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::identical::{IdenticalSets, Identity};
use evenkeel_ledger::number::{Currency, Decimal, Money, Rate};

use super::lots::{EVENT_COLUMNS, Example, owner};
use super::{Row, Spec, SpecError, Table};

type Found = BTreeMap<&'static str, String>;

/// Days after the last event through which examples are known that say nothing else.
const BEYOND: i32 = 31;

/// Runs one example.
pub fn run(spec: &Spec) -> Result<(), SpecError> {
    spec.expect_kinds(&["accounts", "events", "records", "disposals", "taxes"])?;
    for table in &spec.tables {
        match table.kind.as_str() {
            "events" => table.expect_columns(&EVENT_COLUMNS)?,
            "disposals" => table.expect_rows(&disposals(spec, table)?)?,
            "taxes" => table.expect_rows(&table.rows.iter().map(taxes).collect::<Result<Vec<_>, _>>()?)?,
            _ => {}
        }
    }
    Ok(())
}

fn disposals(spec: &Spec, table: &Table) -> Result<Vec<Found>, SpecError> {
    let at = |error: &dyn std::fmt::Display| SpecError::new(table.line, error);
    let example = Example::new(spec)?;
    let rows = |kind: &'static str| spec.tables.iter().filter(move |table| table.kind == kind).flat_map(|table| &table.rows);
    let events: Vec<Event> = rows("events").map(|row| example.event(row)).collect::<Result<_, _>>()?;
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Err(at(&"there are no events")) };
    let mut through = last.dates.trade.add_days(BEYOND).map_err(|error| at(&error))?;
    for row in rows("records") {
        through = row.read("through")?;
    }
    let opening = Holdings::empty(&example.household, first.dates.trade.add_days(-1).map_err(|error| at(&error))?);
    let sets = IdenticalSets::new(&example.universe, Identity::Instrument);
    let records = Records { household: &example.household, sets: &sets, opening: &opening, events: &events, through };
    let found = identification::identify(&records).map_err(|error| at(&error))?;
    let amount = |money: Option<Money>| money.map_or_else(|| "unknown".to_owned(), |money| money.amount().to_string());
    let row = |gain: &evenkeel_ledger::book::RealizedGain| {
        Ok(Found::from([
            ("event", gain.sequence.to_string()),
            ("match", gain.lot.to_string()),
            ("quantity", gain.quantity.to_string()),
            ("proceeds", amount(gain.proceeds)),
            ("basis", amount(gain.basis)),
            ("gain", amount(gain.gain().map_err(|error| at(&error))?)),
            ("provisional", gain.provisional_through.map_or_else(String::new, |date| date.to_string())),
        ]))
    };
    found.gains.iter().map(row).collect()
}

fn taxes(row: &Row) -> Result<Found, SpecError> {
    let at = |error: &dyn std::fmt::Display| SpecError::new(row.line, error);
    let pounds = |column: &str| row.read_or(column, Decimal::ZERO).map(|amount| Money::new(amount, Currency::GBP));
    let none = GainsByTerm::zero(Currency::GBP);
    let income = if row.get("income").is_empty() {
        None
    } else {
        Some(OtherIncome { ordinary: pounds("income")?, ..OtherIncome::zero(Currency::GBP) })
    };
    let rates = TaxRates { long_term: row.read_or("rate", Rate::ZERO)?, ..TaxRates::default() };
    let (jurisdiction, year_to_date, carry_forward) = ("GB".to_owned(), none, none);
    let owner = Owner { jurisdiction, rates, income, year_to_date, carry_forward, ..owner() };
    let household = Household::new("spec", vec![owner], Vec::new()).map_err(|errors| at(&format!("{errors:?}")))?;
    let filing = Filing::of(&household, "owner").map_err(|error| at(&error))?;
    let gains = YearGains {
        by_term: GainsByTerm { long_term: pounds("gains")?, ..none },
        carried: GainsByTerm { long_term: pounds("losses in")?, ..none },
        before_change: pounds("before change")?,
        ..YearGains::zero(Currency::GBP)
    };
    let settled = Assessment::new(&filing, row.read("year")?, &gains).map_err(|error| at(&error))?.with_gains;
    let given = ["year", "rate", "income", "gains", "before change", "losses in"];
    let mut found: Found = given.into_iter().map(|column| (column, row.get(column).to_owned())).collect();
    let text = |money: Money| money.amount().to_string();
    found.insert("exempt", text(settled.exempt));
    found.insert("taxed", text(settled.netting.taxable.long_term));
    found.insert("losses out", text(settled.netting.carried.long_term));
    found.extend(["lower rate", "higher rate"].into_iter().zip(settled.liability.kinds.iter().map(Decimal::to_string)));
    found.insert("total", text(settled.liability.total().map_err(|error| at(&error))?));
    Ok(found)
}
