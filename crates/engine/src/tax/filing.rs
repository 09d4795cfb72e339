//! [`Filing`]: who files one return.

use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::number::{Money, NumberError};

use super::error::TaxError;
use super::jurisdiction::{Jurisdiction, jurisdiction};

/// One return: of an owner, or of both spouses who file jointly.
#[derive(Debug, Clone, Copy)]
pub struct Filing<'a> {
    /// The owner; of two, the one whose id comes first.
    pub owner: &'a Owner,
    /// The spouse on the same return.
    pub spouse: Option<&'a Owner>,
}

impl<'a> Filing<'a> {
    /// The return on which an owner is.
    ///
    /// # Errors
    /// An unknown owner or country, spouses who do not agree on one return or on its place, or who file as unmarried.
    pub fn of(household: &'a Household, owner: &str) -> Result<Self, TaxError> {
        let owner = household.owner(owner).ok_or_else(|| TaxError::UnknownOwner(owner.to_owned()))?;
        let alone = Self { owner, spouse: None };
        if !jurisdiction(owner)?.files_jointly() {
            return Ok(alone);
        }
        let is_spouse = |other: &&Owner| owner.spouse.as_ref() == Some(&other.id) || other.spouse.as_ref() == Some(&owner.id);
        let Some(spouse) = household.owners.iter().find(is_spouse) else { return Ok(alone) };
        let unmarried = |status| Err(TaxError::Married { owner: owner.id.clone(), spouse: spouse.id.clone(), status });
        match owner.filing_status {
            FilingStatus::MarriedJointly => {}
            FilingStatus::Single => return unmarried("single"),
            FilingStatus::SurvivingSpouse => return unmarried("surviving_spouse"),
            _ => return Ok(alone),
        }
        if spouse.filing_status != FilingStatus::MarriedJointly {
            return Err(TaxError::OneReturn { owner: owner.id.clone(), spouse: spouse.id.clone() });
        }
        let (first, second) = if owner.id <= spouse.id { (owner, spouse) } else { (spouse, owner) };
        if first.jurisdiction != second.jurisdiction {
            let (owner, spouse) = (first.id.clone(), second.id.clone());
            return Err(TaxError::TwoPlaces { owner, spouse, first: first.jurisdiction.clone(), second: second.jurisdiction.clone() });
        }
        Ok(Self { owner: first, spouse: Some(second) })
    }

    /// All returns of a household, in the order of their owners.
    ///
    /// # Errors
    /// As [`Filing::of`].
    pub fn all(household: &'a Household) -> Result<Vec<Self>, TaxError> {
        let mut filings: Vec<Self> = Vec::new();
        for owner in &household.owners {
            let filing = Self::of(household, &owner.id)?;
            if filing.owner.id == owner.id {
                filings.push(filing);
            }
        }
        Ok(filings)
    }

    /// Whether an owner is on the return.
    pub fn includes(&self, owner: &str) -> bool {
        self.owners().any(|on| on.id == owner)
    }

    /// Who is on the return.
    pub fn owners(&self) -> impl Iterator<Item = &'a Owner> + use<'a> {
        std::iter::once(self.owner).chain(self.spouse)
    }

    /// How it is filed.
    pub fn status(&self) -> FilingStatus {
        self.owner.filing_status
    }

    /// The rules under which it is filed.
    ///
    /// # Errors
    /// An unknown country.
    pub fn jurisdiction(&self) -> Result<&'static dyn Jurisdiction, TaxError> {
        jurisdiction(self.owner)
    }

    /// Marginal rates as stated, by one of two spouses or alike by both.
    ///
    /// # Errors
    /// Spouses who state other rates.
    pub fn rates(&self) -> Result<TaxRates, TaxError> {
        let own = self.owner.rates;
        match self.spouse {
            Some(spouse) if own == TaxRates::default() => Ok(spouse.rates),
            Some(spouse) if spouse.rates != own && spouse.rates != TaxRates::default() => {
                Err(TaxError::TwoRates { owner: self.owner.id.clone(), spouse: spouse.id.clone() })
            }
            _ => Ok(own),
        }
    }

    /// Income beside gains, of both together; `None` where neither states any.
    ///
    /// # Errors
    /// Other currencies, or out of range.
    pub fn income(&self) -> Result<Option<OtherIncome>, NumberError> {
        let Some(theirs) = self.spouse.and_then(|spouse| spouse.income) else { return Ok(self.owner.income) };
        let Some(own) = self.owner.income else { return Ok(Some(theirs)) };
        Ok(Some(OtherIncome {
            ordinary: own.ordinary.try_add(theirs.ordinary)?,
            qualified_dividends: own.qualified_dividends.try_add(theirs.qualified_dividends)?,
            investment: own.investment.try_add(theirs.investment)?,
            deductions: own.deductions.try_add(theirs.deductions)?,
        }))
    }

    /// Gains realized before the journal, or since the start of the year, of both together.
    ///
    /// # Errors
    /// Other currencies, or out of range.
    pub fn year_to_date(&self) -> Result<GainsByTerm, NumberError> {
        self.sum(|owner| owner.year_to_date)
    }

    /// Losses carried into the year, of both together.
    ///
    /// # Errors
    /// Other currencies, or out of range.
    pub fn carried(&self) -> Result<GainsByTerm, NumberError> {
        self.sum(|owner| owner.carry_forward)
    }

    fn sum(&self, part: impl Fn(&Owner) -> GainsByTerm) -> Result<GainsByTerm, NumberError> {
        let own = part(self.owner);
        let Some(theirs) = self.spouse.map(part) else { return Ok(own) };
        let add = |a: Money, b: Money| a.try_add(b);
        Ok(GainsByTerm { short_term: add(own.short_term, theirs.short_term)?, long_term: add(own.long_term, theirs.long_term)? })
    }
}
