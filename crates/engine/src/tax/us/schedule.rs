//! The tax of a return: rate schedules, the Schedule D Tax Worksheet, net investment income tax, state.
//!
//! Ordinary income fills the brackets from below; net capital gain and qualified dividends are stacked on it and
//! taxed by brackets of their own (26 USC 1(h)), gains of collectibles between the two at no more than 28 %. The tax is
//! never more than that of all income at ordinary rates. Rate schedules, not the Tax Table in steps of 50 dollars.

use evenkeel_ledger::household::{OtherIncome, TaxRates};
use evenkeel_ledger::number::{Currency, Decimal, Money, NumberError, Rounding};

use super::tables::{Amounts, Tables};
use crate::tax::assess::{KINDS, Liability, Settlement, YearGains};
use crate::tax::error::TaxError;
use crate::tax::filing::Filing;
use crate::tax::netting::{Netting, net};
use crate::tax::year::Kink;

const ZERO: Decimal = Decimal::ZERO;

/// A return with a year's gains: by the tables where income is stated, else at the marginal rates that are.
pub(super) fn settle(filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Settlement, TaxError> {
    let tables = Tables::published();
    let limit = Money::new(tables.loss_limit(filing.status()), Currency::USD);
    check_currency(filing, gains)?;
    let netting = net(gains.by_term, gains.carried, limit)?;
    let (rates, collectibles) = (filing.rates()?, collectibles(gains, &netting)?);
    let Some(income) = filing.income()? else {
        return Ok(settled(netting, at_marginal_rates(&rates, &netting, collectibles, tables)?));
    };
    let amounts = tables.amounts(year, filing.status())?.ok_or_else(|| TaxError::NotAPerson(filing.owner.id.clone()))?;
    let liability = by_tables(&income, &rates, &netting, collectibles, amounts, tables)?;
    // Without income to reduce, the deduction is of no use and the loss is carried on (26 USC 1212(b)(2)).
    let room = income.ordinary.try_add(income.qualified_dividends)?.amount().max(ZERO);
    if room < netting.deducted.amount() {
        let carried = net(gains.by_term, gains.carried, Money::new(room, Currency::USD))?.carried;
        return Ok(settled(Netting { carried, ..netting }, liability));
    }
    Ok(settled(netting, liability))
}

fn settled(netting: Netting, kinds: [Decimal; KINDS]) -> Settlement {
    let currency = Currency::USD;
    Settlement { netting, exempt: Money::zero(currency), liability: Liability { kinds, currency } }
}

fn check_currency(filing: &Filing<'_>, gains: &YearGains) -> Result<(), TaxError> {
    let income = filing.owners().filter_map(|owner| owner.income).map(|income| income.ordinary);
    let stated = income.chain([gains.by_term.short_term, gains.by_term.long_term, gains.carried.short_term, gains.carried.long_term]);
    match stated.map(Money::currency).find(|currency| *currency != Currency::USD) {
        Some(given) => Err(TaxError::Currency {
            what: format!("income, or a gain, of owner `{}`", filing.owner.id),
            given,
            country: "the United States",
            taxed: Currency::USD,
        }),
        None => Ok(()),
    }
}

/// Gains of collectibles that are taxed at no more than 28 %: long-term losses carried in and a short-term loss take
/// them up first (28% Rate Gain Worksheet of Schedule D).
fn collectibles(gains: &YearGains, netting: &Netting) -> Result<Decimal, NumberError> {
    if !gains.collectibles.is_positive() {
        return Ok(ZERO);
    }
    let short = gains.by_term.short_term.try_add(gains.carried.short_term)?.amount().min(ZERO);
    let left = gains.collectibles.amount().try_add(gains.carried.long_term.amount())?.try_add(short)?;
    Ok(left.max(ZERO).min(netting.taxable.long_term.amount()))
}

fn at_marginal_rates(rates: &TaxRates, netting: &Netting, collectibles: Decimal, tables: &Tables) -> Result<[Decimal; KINDS], NumberError> {
    let ordinary = netting.taxable.short_term.try_sub(netting.deducted)?.amount();
    let long = netting.taxable.long_term.amount();
    let collectibles_rate = rates.ordinary.decimal().min(tables.collectibles_rate);
    Ok([
        times(ordinary, rates.ordinary.decimal())?,
        times(long.try_sub(collectibles)?, rates.long_term.decimal())?,
        times(collectibles, collectibles_rate)?,
        ZERO,
        times(ordinary.try_add(long)?, rates.state.decimal())?,
    ])
}

fn by_tables(
    income: &OtherIncome,
    rates: &TaxRates,
    netting: &Netting,
    collectibles: Decimal,
    amounts: &Amounts,
    tables: &Tables,
) -> Result<[Decimal; KINDS], NumberError> {
    let gains = netting.taxable.short_term.try_add(netting.taxable.long_term)?.try_sub(netting.deducted)?.amount();
    let preferential = netting.taxable.long_term.try_add(income.qualified_dividends)?.amount();
    let all = income.ordinary.amount().try_add(income.qualified_dividends.amount())?.try_add(gains)?;
    let taxable = all.max(ZERO);
    let [ordinary, long_term, capped] = federal(taxable, preferential, collectibles, amounts, tables)?;
    let before_deductions = all.try_add(income.deductions.amount())?;
    let excess = before_deductions.try_sub(amounts.net_investment_threshold)?.max(ZERO);
    let investment = income.investment.try_add(income.qualified_dividends)?.amount().try_add(gains)?.max(ZERO);
    let net_investment = times(investment.min(excess), tables.net_investment_rate)?;
    Ok([ordinary, long_term, capped, net_investment, times(taxable, rates.state.decimal())?])
}

/// Tax at ordinary rates, at those of long-term gains, and at the rate of collectibles, on taxable income of which
/// `preferential` is net capital gain and qualified dividends (Schedule D Tax Worksheet, lines 10 to 47).
fn federal(
    taxable: Decimal,
    preferential: Decimal,
    collectibles: Decimal,
    amounts: &Amounts,
    tables: &Tables,
) -> Result<[Decimal; 3], NumberError> {
    let [Some(zero_top), Some(middle_top)] = [amounts.long_term.first(), amounts.long_term.get(1)].map(Option::<&Decimal>::copied) else {
        return Ok([ZERO; 3]);
    };
    let [_, middle_rate, top_rate] = [0, 1, 2].map(|place| tables.long_term_rates.get(place).copied().unwrap_or_default());
    // Gains of collectibles fill ordinary brackets up to the one below 28 %, and are capped beyond.
    let below_cap = tables.ordinary_rates.partition_point(|rate| *rate < tables.collectibles_rate);
    let cap_starts = below_cap.checked_sub(1).and_then(|last| amounts.brackets.get(last)).map_or(ZERO, |bracket| bracket.top);

    let lowest_rates = preferential.try_sub(collectibles)?;
    let beside = taxable.try_sub(lowest_rates)?.max(ZERO);
    let ordinary = taxable.try_sub(preferential)?.max(ZERO).max(beside.min(cap_starts));
    let at_zero = taxable.min(zero_top).try_sub(beside.min(zero_top))?;
    let above_zero = taxable.min(lowest_rates).try_sub(at_zero)?;
    let room = taxable.min(middle_top).try_sub(ordinary.try_add(at_zero)?)?.max(ZERO);
    let at_middle = above_zero.min(room);
    let at_top = above_zero.try_sub(at_middle)?;
    let capped = taxable.try_sub(ordinary)?.try_sub(at_zero)?.try_sub(above_zero)?;

    let ordinary_tax = tables.ordinary_tax(amounts, ordinary)?;
    let long_term_tax = times(at_middle, middle_rate)?.try_add(times(at_top, top_rate)?)?;
    let capped_tax = times(capped, tables.collectibles_rate)?;
    let all_ordinary = tables.ordinary_tax(amounts, taxable)?;
    if all_ordinary < ordinary_tax.try_add(long_term_tax)?.try_add(capped_tax)? {
        return Ok([all_ordinary, ZERO, ZERO]);
    }
    Ok([ordinary_tax, long_term_tax, capped_tax])
}

/// Where the tax bends. It also does, by cents, where ordinary income lies between the tops of the zero bracket of
/// gains and of 12 % (within 250 dollars), and the tax on all income at ordinary rates is the smaller one.
pub(super) fn kinks(filing: &Filing<'_>, year: i16, gains: &YearGains) -> Result<Vec<Kink>, TaxError> {
    let tables = Tables::published();
    let short = gains.by_term.short_term.try_add(gains.carried.short_term)?.amount();
    let long = gains.by_term.long_term.try_add(gains.carried.long_term)?.amount();
    let total = short.try_add(long)?;
    let limit = tables.loss_limit(filing.status());
    let mut kinks =
        vec![Kink::Short(short.neg()), Kink::Long(long.neg()), Kink::Total(total.neg()), Kink::Total(total.try_add(limit)?.neg())];
    let (Some(income), Some(amounts)) = (filing.income()?, tables.amounts(year, filing.status()).ok().flatten()) else {
        return Ok(kinks);
    };
    let (ordinary, dividends) = (income.ordinary.amount(), income.qualified_dividends.amount());
    let all = ordinary.try_add(dividends)?;
    let mut at_total = |level: Decimal, below: Decimal| level.try_sub(below)?.try_sub(total).map(|at| kinks.push(Kink::Total(at)));
    let tops = || amounts.brackets.iter().map(|bracket| bracket.top).chain(amounts.long_term.iter().copied());
    for level in tops().chain([ZERO]) {
        at_total(level, ordinary)?;
        at_total(level, all)?;
    }
    at_total(amounts.net_investment_threshold, all.try_add(income.deductions.amount())?)?;
    at_total(ZERO, income.investment.amount().try_add(dividends)?)?;
    for level in tops().chain([ZERO]) {
        kinks.push(Kink::Short(level.try_sub(ordinary)?.try_sub(short)?));
    }
    Ok(kinks)
}

fn times(amount: Decimal, rate: Decimal) -> Result<Decimal, NumberError> {
    amount.mul(rate, Rounding::HalfEven)
}
