//! What the tax year has brought so far, by the records.

use std::collections::BTreeMap;

use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::instrument::Universe;

use super::error::TaxError;
use super::filing::Filing;
use super::jurisdiction::tax_year;
use super::records::{Disposals, Records, RecordsError};
use super::report::{Known, ReportError, count};

/// Why the gains of a year, or its tax, cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unassessed {
    /// Records that cannot be matched.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// Gains that cannot be summed up.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The rules give no answer.
    #[error(transparent)]
    Tax(#[from] TaxError),
}

/// A household whose owners' years to date are what the records through their last day come to, as `tax-year` counts them:
/// what owners state counts beside that only where the records begin within the year. Of spouses on one return, it is all of
/// the first.
///
/// # Errors
/// No rules for an owner's country, records that cannot be matched, or disposals whose gain or term is unknown.
pub fn year_so_far(records: &Records<'_>, universe: &Universe) -> Result<Household, Unassessed> {
    let mut household = records.household.clone();
    let mut matched: BTreeMap<&str, Disposals> = BTreeMap::new();
    for filing in Filing::all(records.household)? {
        let country = filing.jurisdiction()?;
        if !matched.contains_key(country.code()) {
            matched.insert(country.code(), country.disposals(records)?);
        }
        let gains = matched.get(country.code()).map_or(&[][..], |disposals| &disposals.gains);
        let known = Known { household: records.household, since: records.opening.as_of, gains };
        let counted = count(&filing, tax_year(filing.owner, records.through)?, universe, &known, None)?;
        for owner in household.owners.iter_mut().filter(|owner| filing.includes(&owner.id)) {
            let is_first = owner.id == filing.owner.id;
            owner.year_to_date = if is_first { counted.gains.by_term } else { GainsByTerm::zero(country.currency()) };
        }
    }
    Ok(household)
}
