//! [`Jurisdiction`]: a country's rules behind one interface.
//!
//! A country is a module beside this one, with its tables as data, and a line in `COUNTRIES`.

use std::fmt::Debug;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{Household, Owner};
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::Currency;
use evenkeel_ledger::term::Term;

use super::assess::{Settlement, YearGains};
use super::error::TaxError;
use super::filing::Filing;
use super::records::{Disposals, DividendTest, Matching, Records, RecordsError};
use super::uk::UnitedKingdom;
use super::us::UnitedStates;
use super::year::Kink;

/// The countries whose rules there are, in the order of their codes.
const COUNTRIES: &[&dyn Jurisdiction] = &[&UnitedKingdom, &UnitedStates];

/// A country's rules.
pub trait Jurisdiction: Debug + Sync {
    /// Its code of two letters.
    fn code(&self) -> &'static str;

    /// Its name, with the article that it takes in a sentence.
    fn name(&self) -> &'static str;

    /// The currency in which taxes are computed.
    fn currency(&self) -> Currency;

    /// What is wrong with the part of the country that an owner names: what may be written. `None` where it is known.
    fn unknown_part(&self, part: &str) -> Option<&'static str>;

    /// Whether spouses may file one return.
    fn files_jointly(&self) -> bool;

    /// Whether a sale is of lots that may be chosen, and not of a pool of all that an owner holds.
    fn sells_lots(&self) -> bool;

    /// The first and the last day of a tax year.
    ///
    /// # Errors
    /// A date out of range.
    fn year(&self, year: i16) -> Result<(Date, Date), TaxError>;

    /// The day on which the tax of a tax year is due.
    ///
    /// # Errors
    /// A date out of range.
    fn due(&self, year: i16) -> Result<Date, TaxError>;

    /// Whether gains are short-term or long-term.
    fn knows_terms(&self) -> bool;

    /// The day on which rates change within a tax year, where they do.
    ///
    /// # Errors
    /// A date out of range.
    fn rates_change(&self, year: i16) -> Result<Option<Date>, TaxError>;

    /// Where the amounts of a year are from; `None` where there is no table.
    fn source(&self, year: i16) -> Option<&'static str>;

    /// What stands over disposals of a term, with the form that asks for them.
    fn heading(&self, term: Term) -> &'static str;

    /// What whoever fills in the form should know.
    fn form_note(&self) -> &'static str;

    /// Matches what was sold with what was bought, and finds losses that are not allowed.
    ///
    /// # Errors
    /// Records that overlap, that decide what is found here, or that the books do not take.
    fn disposals(&self, records: &Records<'_>) -> Result<Disposals, RecordsError>;

    /// Begins to match with what a household held; its events are entered as they happen.
    ///
    /// # Errors
    /// Holdings that the rules do not know how to match.
    fn matching<'a>(
        &self,
        household: &'a Household,
        sets: &IdenticalSets,
        opening: &Holdings,
    ) -> Result<Box<dyn Matching<'a> + 'a>, RecordsError>;

    /// How much of the dividends of some days is taxed at the rates of long-term gains.
    ///
    /// # Errors
    /// Numbers or dates out of range.
    fn dividends(
        &self,
        records: &Records<'_>,
        universe: &Universe,
        disposals: &Disposals,
        first: Date,
        last: Date,
    ) -> Result<Vec<DividendTest>, RecordsError>;

    /// The kinds of tax, in the order of [`Liability`](super::Liability).
    fn kinds(&self) -> &'static [&'static str];

    /// A return with a year's gains.
    ///
    /// # Errors
    /// No table for the year, or amounts that are of another currency or out of range.
    fn settle(&self, filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Settlement, TaxError>;

    /// Where the tax bends as gains are added to those of `gains`.
    ///
    /// # Errors
    /// As [`Jurisdiction::settle`].
    fn kinks(&self, filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Vec<Kink>, TaxError>;
}

/// The tax year of an owner in which a date lies.
///
/// # Errors
/// A country without rules, or a date out of range.
pub fn tax_year(owner: &Owner, date: Date) -> Result<i16, TaxError> {
    let country = jurisdiction(owner)?;
    for year in [date.year(), date.year().saturating_sub(1), date.year().saturating_add(1)] {
        let (first, last) = country.year(year)?;
        if (first..=last).contains(&date) {
            return Ok(year);
        }
    }
    Ok(date.year())
}

/// Whether an owner's sales are of lots that may be chosen. Where there are no rules for the country, they are.
pub fn sells_lots(owner: &Owner) -> bool {
    jurisdiction(owner).map_or(true, Jurisdiction::sells_lots)
}

/// The rules under which an owner is taxed.
///
/// # Errors
/// A country, or a part of one, without rules.
pub fn jurisdiction(owner: &Owner) -> Result<&'static dyn Jurisdiction, TaxError> {
    let (country, part) = match owner.jurisdiction.split_once('-') {
        Some((country, part)) => (country, Some(part)),
        None => (owner.jurisdiction.as_str(), None),
    };
    let Some(found) = COUNTRIES.iter().find(|known| known.code() == country) else {
        let known: Vec<&str> = COUNTRIES.iter().map(|known| known.code()).collect();
        let (owner, jurisdiction) = (owner.id.clone(), owner.jurisdiction.clone());
        return Err(TaxError::UnknownCountry { owner, jurisdiction, known: known.join(", ") });
    };
    match part.and_then(|part| found.unknown_part(part).map(|help| (part, help))) {
        Some((part, help)) => {
            Err(TaxError::UnknownPart { owner: owner.id.clone(), jurisdiction: owner.jurisdiction.clone(), part: part.to_owned(), help })
        }
        None => Ok(*found),
    }
}
