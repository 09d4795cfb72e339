//! Capital gains tax of a year: losses, the annual exempt amount, rates by income.
//!
//! Losses of the year are set against its gains first, whatever is wasted of the exempt amount; losses of years before only
//! down to it (TCGA 1992 s. 2, 1E to 1K). Gains lie above income, and what of them lies within the basic rate band owes the
//! lower rate (s. 1H). Where rates change within a year, losses and the exempt amount go to the gains that owe more, and the
//! band to those for which it saves more.

use evenkeel_ledger::household::GainsByTerm;
use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError, Rounding};

use super::tables::{self, Rates};
use crate::tax::assess::{KINDS, Liability, Settlement, YearGains};
use crate::tax::error::TaxError;
use crate::tax::filing::Filing;
use crate::tax::netting::Netting;
use crate::tax::year::Kink;

const ZERO: Decimal = Decimal::ZERO;

/// A return with a year's gains: by the tables where income is stated, else at the marginal rate on long-term gains that is.
pub(super) fn settle(filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Settlement, TaxError> {
    let table = tables::year(year)?;
    check_currency(filing, gains)?;
    let carried = both(&gains.carried)?;
    let net = both(&gains.by_term)?;
    let exempt = table.exempt().min(net.max(ZERO));
    // Of losses carried in, as much as gains exceed the exempt amount by.
    let used = net.try_sub(exempt)?.max(ZERO).min(carried.neg());
    let taxable = net.max(ZERO).try_sub(exempt)?.try_sub(used)?;
    let carried_out = carried.try_add(used)?.try_add(net.min(ZERO))?;

    // Losses and the exempt amount are taken off the later gains first, which owe more.
    let all = net.max(ZERO);
    let early = gains.before_change.amount().max(ZERO).min(all);
    let late = all.try_sub(early)?.try_sub(exempt.try_add(used)?)?.max(ZERO);
    let early = taxable.try_sub(late)?;

    let kinds = match filing.income()? {
        None => [ZERO, ZERO, taxable.mul(filing.rates()?.long_term.decimal(), Rounding::HalfEven)?, ZERO, ZERO],
        Some(income) => {
            let below = income.ordinary.try_add(income.qualified_dividends)?.amount().max(ZERO);
            let band = table.basic_band().try_sub(below)?.max(ZERO);
            by_bands(early, late, band, table.before.unwrap_or(table.rates), table.rates)?
        }
    };
    let currency = Currency::GBP;
    let pounds = |amount| Money::new(amount, currency);
    let by = |amount| GainsByTerm { short_term: Money::zero(currency), long_term: pounds(amount) };
    Ok(Settlement {
        netting: Netting { taxable: by(taxable), deducted: Money::zero(currency), carried: by(carried_out) },
        exempt: pounds(exempt),
        liability: Liability { kinds, currency },
    })
}

/// Tax on gains of before and after a change of rates, of which `band` owes the lower ones.
fn by_bands(early: Decimal, late: Decimal, band: Decimal, before: Rates, after: Rates) -> Result<[Decimal; KINDS], NumberError> {
    let saves = |rates: Rates| rates.higher.try_sub(rates.lower);
    let (early_lower, late_lower) = if saves(before)? >= saves(after)? {
        let early_lower = early.min(band);
        (early_lower, late.min(band.try_sub(early_lower)?))
    } else {
        let late_lower = late.min(band);
        (early.min(band.try_sub(late_lower)?), late_lower)
    };
    let at = |amount: Decimal, rate: Decimal| amount.mul(rate, Rounding::HalfEven);
    let lower = at(early_lower, before.lower)?.try_add(at(late_lower, after.lower)?)?;
    let higher = at(early.try_sub(early_lower)?, before.higher)?.try_add(at(late.try_sub(late_lower)?, after.higher)?)?;
    Ok([lower, higher, ZERO, ZERO, ZERO])
}

/// Where the tax bends: where gains exceed losses carried in and the exempt amount, and where they fill the band.
pub(super) fn kinks(filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Vec<Kink>, TaxError> {
    let table = tables::year(year)?;
    let free = table.exempt().try_sub(both(&gains.carried)?)?.try_sub(both(&gains.by_term)?)?;
    let mut kinks = vec![Kink::Total(free)];
    if let Some(income) = filing.income()? {
        let below = income.ordinary.try_add(income.qualified_dividends)?.amount().max(ZERO);
        kinks.push(Kink::Total(free.try_add(table.basic_band().try_sub(below)?.max(ZERO))?));
    }
    Ok(kinks)
}

/// Both kinds together: the law knows no terms.
fn both(gains: &GainsByTerm) -> Result<Decimal, NumberError> {
    Ok(gains.short_term.try_add(gains.long_term)?.amount())
}

fn check_currency(filing: &Filing<'_>, gains: &YearGains) -> Result<(), TaxError> {
    let income = filing.owners().filter_map(|owner| owner.income).map(|income| income.ordinary);
    let stated = income.chain([gains.by_term.long_term, gains.carried.long_term]);
    match stated.map(Money::currency).find(|currency| *currency != Currency::GBP) {
        Some(given) => Err(TaxError::Currency {
            what: format!("income, or a gain, of owner `{}`", filing.owner.id),
            given,
            country: "the United Kingdom",
            taxed: Currency::GBP,
        }),
        None => Ok(()),
    }
}
