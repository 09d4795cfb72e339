//! The United States: federal tax on gains by the tables of the year, and a state's at its flat rate.

// Losses that are not allowed because what was sold is bought again.
pub mod wash;

// As what dividends are taxed, by what is told of instruments.
pub mod distributions;

// Which dividends are taxed like long-term gains.
pub mod dividends;

mod tables;

mod schedule;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Currency;
use evenkeel_ledger::term::Term;

use super::assess::{Settlement, YearGains};
use super::error::TaxError;
use super::filing::Filing;
use super::jurisdiction::Jurisdiction;
use super::records::{Disposals, DividendTest, Matching, Records, RecordsError};
use super::year::Kink;

/// The United States.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitedStates;

/// States, and the District of Columbia.
const STATES: [&str; 51] = [
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME",
    "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX",
    "UT", "VA", "VT", "WA", "WI", "WV", "WY",
];

impl Jurisdiction for UnitedStates {
    fn code(&self) -> &'static str {
        "US"
    }

    fn name(&self) -> &'static str {
        "the United States"
    }

    fn currency(&self) -> Currency {
        Currency::USD
    }

    fn unknown_part(&self, part: &str) -> Option<&'static str> {
        (!STATES.contains(&part)).then_some("write the two letters of a state, such as `US-CA`, or `US`")
    }

    fn files_jointly(&self) -> bool {
        true
    }

    fn sells_lots(&self) -> bool {
        true
    }

    fn year(&self, year: i16) -> Result<(Date, Date), TaxError> {
        Ok((Date::new(year, 1, 1)?, Date::new(year, 12, 31)?))
    }

    fn due(&self, year: i16) -> Result<Date, TaxError> {
        Ok(Date::new(year.saturating_add(1), 4, 15)?)
    }

    fn knows_terms(&self) -> bool {
        true
    }

    fn rates_change(&self, _: i16) -> Result<Option<Date>, TaxError> {
        Ok(None)
    }

    fn source(&self, year: i16) -> Option<&'static str> {
        tables::Tables::published().source(year)
    }

    fn heading(&self, term: Term) -> &'static str {
        match term {
            Term::Short => "Short-term (Form 8949, Part I)",
            Term::Long => "Long-term (Form 8949, Part II)",
        }
    }

    fn form_note(&self) -> &'static str {
        "Form 8949 asks for a box by whether the broker reported the basis to the IRS, which is not known here: A, B or C, and D, E or F for long-term, are chosen by Form 1099-B."
    }

    fn disposals(&self, records: &Records<'_>) -> Result<Disposals, RecordsError> {
        wash::replay(records)
    }

    fn matching<'a>(
        &self,
        household: &'a Household,
        sets: &IdenticalSets,
        opening: &Holdings,
    ) -> Result<Box<dyn Matching<'a> + 'a>, RecordsError> {
        Ok(Box::new(wash::Replay::begin(household, sets, opening)?))
    }

    fn dividends(
        &self,
        records: &Records<'_>,
        universe: &Universe,
        disposals: &Disposals,
        first: Date,
        last: Date,
    ) -> Result<Vec<DividendTest>, RecordsError> {
        dividends::test_dividends(records, universe, disposals, first, last)
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["ordinary rates", "long-term rates", "collectibles", "net investment income", "state"]
    }

    fn settle(&self, filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Settlement, TaxError> {
        schedule::settle(filing, year, gains)
    }

    fn kinks(&self, filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Vec<Kink>, TaxError> {
        schedule::kinks(filing, year, gains)
    }
}
