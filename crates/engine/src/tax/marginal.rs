//! What an owner pays of one more unit of gain.

use evenkeel_ledger::household::{Household, Owner};
use evenkeel_ledger::number::{Decimal, Money, NumberError, Rate, Rounding};

use super::{Filing, YearTax};

/// Tax of one more unit of gain, the state's included, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarginalRates {
    /// Of a short-term gain.
    pub short_term: Rate,
    /// Of a long-term gain.
    pub long_term: Rate,
}

/// Amount by which the tax of a year is tried where income, not rates, is stated.
const TRIED: i64 = 1_000;

impl MarginalRates {
    /// The rates of an owner in a tax year: as stated for the return, by either of two spouses on it; where income is stated
    /// instead, by how much the tax of the year so far rises with 1,000 of gain. The rates stated hold too where there is no
    /// table for the year.
    ///
    /// # Errors
    /// A number out of range.
    pub fn new(household: &Household, owner: &Owner, year: i16) -> Result<Self, NumberError> {
        let filing = Filing::of(household, &owner.id).ok();
        let rates = filing.and_then(|filing| filing.rates().ok()).unwrap_or(owner.rates);
        let with_state = |rate: Rate| rate.decimal().try_add(rates.state.decimal()).map(Rate::new);
        let stated = Self { short_term: with_state(rates.ordinary)?, long_term: with_state(rates.long_term)? };
        let has_income = |filing: Filing<'_>| filing.owners().any(|on| on.income.is_some());
        if !filing.map_or(owner.income.is_some(), has_income) {
            return Ok(stated);
        }
        Ok(by_income(household, owner, year).unwrap_or(stated))
    }
}

fn by_income(household: &Household, owner: &Owner, year: i16) -> Option<MarginalRates> {
    let tax = YearTax::new(household, &owner.id, year).ok()?;
    let currency = owner.year_to_date.short_term.currency();
    let (none, more) = (Money::zero(currency), Money::new(Decimal::from_int(TRIED), currency));
    let before = tax.tax(none, none).ok()?;
    let rate = |after: Money| {
        let rise = after.try_sub(before).ok()?.amount();
        rise.pro_rata(Decimal::ONE, more.amount(), Rounding::HalfEven).ok().map(Rate::new)
    };
    Some(MarginalRates { short_term: rate(tax.tax(more, none).ok()?)?, long_term: rate(tax.tax(none, more).ok()?)? })
}
