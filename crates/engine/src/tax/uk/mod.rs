//! The United Kingdom: capital gains tax on shares, by the owner.

mod tables;

mod settle;

mod pool;

// Which shares a disposal is of.
pub mod identification;

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

/// The United Kingdom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitedKingdom;

/// Its parts; gains owe the same in all of them.
const PARTS: [&str; 4] = ["ENG", "NIR", "SCT", "WLS"];

impl Jurisdiction for UnitedKingdom {
    fn code(&self) -> &'static str {
        "GB"
    }

    fn name(&self) -> &'static str {
        "the United Kingdom"
    }

    fn currency(&self) -> Currency {
        Currency::GBP
    }

    fn unknown_part(&self, part: &str) -> Option<&'static str> {
        (!PARTS.contains(&part)).then_some("write `GB`, or `GB-ENG`, `GB-NIR`, `GB-SCT` or `GB-WLS`")
    }

    fn files_jointly(&self) -> bool {
        false
    }

    fn sells_lots(&self) -> bool {
        false
    }

    fn year(&self, year: i16) -> Result<(Date, Date), TaxError> {
        Ok((Date::new(year, 4, 6)?, Date::new(year.saturating_add(1), 4, 5)?))
    }

    fn due(&self, year: i16) -> Result<Date, TaxError> {
        Ok(Date::new(year.saturating_add(2), 1, 31)?)
    }

    fn knows_terms(&self) -> bool {
        false
    }

    fn rates_change(&self, year: i16) -> Result<Option<Date>, TaxError> {
        Ok(tables::year(year)?.changed)
    }

    fn source(&self, year: i16) -> Option<&'static str> {
        tables::year(year).ok().map(|year| year.source.as_str())
    }

    fn heading(&self, _: Term) -> &'static str {
        "Disposals (SA108)"
    }

    fn form_note(&self) -> &'static str {
        "Shares are identified over all taxable accounts of the owner: of the same day, of the 30 days after it, and of the section 104 holding; the lot says which. Accounts that are exempt (an ISA) or deferred (a SIPP) stand apart."
    }

    fn disposals(&self, records: &Records<'_>) -> Result<Disposals, RecordsError> {
        identification::identify(records)
    }

    fn matching<'a>(
        &self,
        household: &'a Household,
        _: &IdenticalSets,
        opening: &Holdings,
    ) -> Result<Box<dyn Matching<'a> + 'a>, RecordsError> {
        Ok(Box::new(identification::Identification::begin(household, opening)?))
    }

    fn dividends(&self, _: &Records<'_>, _: &Universe, _: &Disposals, _: Date, _: Date) -> Result<Vec<DividendTest>, RecordsError> {
        Ok(Vec::new())
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["lower rate", "higher rate", "stated rate"]
    }

    fn settle(&self, filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Settlement, TaxError> {
        settle::settle(filing, year, gains)
    }

    fn kinks(&self, filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Vec<Kink>, TaxError> {
        settle::kinks(filing, year, gains)
    }
}
