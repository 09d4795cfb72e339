//! The tax of a year, and of selling all.

use evenkeel::boundary::{to_f64, to_money};
use evenkeel::market::MarketSnapshot;
use evenkeel::tax::{Filing, YearTax};
use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::number::{Currency, Money, Rounding};
use evenkeel_ledger::term::Term;

use super::Failure;
use super::books::{Books, account_value, is_taxable, rates};

/// Closes a year: its tax is due, what it carries on is carried, and the next begins with nothing realized.
pub(crate) fn close_year(books: &mut Books, year: i16) -> Result<(), Failure> {
    let none = Money::zero(Currency::USD);
    let (gains_tax, carried) = gains_tax(&books.household, year, &GainsByTerm::zero(Currency::USD))?;
    let income_tax: f64 = books.income_tax.iter().sum();
    let tax = gains_tax.try_add(to_money(income_tax, Currency::USD)?)?;
    books.due = books.due.try_add(tax.to_cents(Rounding::HalfEven)?)?;
    books.income_tax.fill(0.0);
    for owner in &mut books.household.owners {
        let of_owner = carried.iter().find(|(id, _)| *id == owner.id).map(|(_, carried)| *carried);
        owner.year_to_date = GainsByTerm { short_term: none, long_term: none };
        owner.carry_forward = of_owner.unwrap_or(owner.year_to_date);
    }
    Ok(())
}

/// What a household is worth after tax on a day: what is owed is paid, taxable accounts are sold and taxed with the year's
/// gains, deferred ones are taxed as income.
pub(crate) fn after_tax(books: &Books, market: &MarketSnapshot) -> Result<f64, Failure> {
    let unrealized = unrealized(books, market)?;
    let (tax, _) = gains_tax(&books.household, market.as_of.year(), &unrealized)?;
    let mut value = books.value(market)? - to_f64(tax.amount()) - to_f64(books.due.amount()) - books.income_tax.iter().sum::<f64>();
    for (account, held) in books.household.accounts.iter().zip(&books.holdings.accounts) {
        if account.tax_treatment == TaxTreatment::Deferred {
            value -= rates(&books.household, account)?.ordinary * account_value(account, held, market)?;
        }
    }
    Ok(value)
}

/// Tax of all returns of a household with gains beside those of the year so far, and what each carries on, by its owner.
fn gains_tax(household: &Household, year: i16, more: &GainsByTerm) -> Result<(Money, Vec<(String, GainsByTerm)>), Failure> {
    let (mut tax, mut carried) = (Money::zero(Currency::USD), Vec::new());
    let none = Money::zero(Currency::USD);
    for filing in Filing::all(household)? {
        // All taxable accounts of a generated household are of one owner.
        let holds = household.accounts.iter().any(|account| is_taxable(account) && filing.includes(&account.owner));
        let (short, long) = if holds { (more.short_term, more.long_term) } else { (none, none) };
        let assessed = YearTax::new(household, &filing.owner.id, year)?.assess(short, long)?;
        tax = tax.try_add(assessed.caused()?.total()?)?;
        carried.push((filing.owner.id.clone(), assessed.with_gains.netting.carried));
    }
    Ok((tax, carried))
}

/// Gains and losses of taxable accounts were all sold at the prices of a day.
fn unrealized(books: &Books, market: &MarketSnapshot) -> Result<GainsByTerm, Failure> {
    let mut gains = GainsByTerm::zero(Currency::USD);
    let accounts = books.household.accounts.iter().zip(&books.holdings.accounts);
    for lot in accounts.filter(|(account, _)| is_taxable(account)).flat_map(|(_, held)| held.lots()) {
        let price = market.price(lot.instrument).ok_or("an instrument without a price")?.price;
        let basis = lot.cost_basis.ok_or("a lot without a basis")?;
        let gain = Money::of(lot.quantity, price, Currency::USD)?.try_sub(basis)?;
        let sum = if is_long(lot.held_since, market.as_of)? { &mut gains.long_term } else { &mut gains.short_term };
        *sum = sum.try_add(gain)?;
    }
    Ok(gains)
}

fn is_long(held_since: Option<Date>, sold: Date) -> Result<bool, Failure> {
    Ok(Term::between(held_since.ok_or("a lot without a date")?, sold) == Term::Long)
}
