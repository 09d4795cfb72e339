//! Taxes in their season: assessed when a year is over, paid when they are due.

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::number::{Currency, Money, Rounding};
use evenkeel_ledger::term::Term;

use crate::boundary::{to_f64, to_money};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::CashFlow;
use crate::tax::{Filing, TaxError, YearGains, YearTax, sells_lots};

use super::books::{Books, is_taxable, too_large};

/// Days from the end of a tax year until its tax is paid: to 15 April in the United States.
const PAID_AFTER_DAYS: i32 = 105;

/// How far the nearest year with a table of its own is looked for.
const YEARS_AWAY: i16 = 200;

/// Tax on dividends and interest of the year so far, at stated rates.
#[derive(Debug, Clone, Default)]
pub(super) struct IncomeTax {
    owed: f64,
}

impl IncomeTax {
    /// Counts income of an account, of which a share is taxed like long-term gains.
    pub(super) fn add(&mut self, household: &Household, account: usize, income: f64, qualified: f64) {
        let account = household.accounts.get(account).filter(|account| is_taxable(account));
        let Some(owner) = account.and_then(|account| household.owner(&account.owner)) else { return };
        let state = to_f64(owner.rates.state.decimal());
        let (ordinary, long_term) = (to_f64(owner.rates.ordinary.decimal()), to_f64(owner.rates.long_term.decimal()));
        self.owed += income * (qualified * long_term + (1.0 - qualified) * ordinary + state);
    }
}

/// Taxes of a household over years.
#[derive(Debug, Clone)]
pub(super) struct Taxes {
    pub(super) income: IncomeTax,
    base: Currency,
    year: i16,
    due: Option<(Date, Money)>,
    /// Whether a year had no table of its own.
    pub(super) borrowed: bool,
    /// Whether an owner's country taxes pools and not lots: such gains are not counted.
    pub(super) pooled: bool,
    /// What could not be assessed, and why.
    pub(super) unknown: Option<String>,
}

impl Taxes {
    pub(super) fn new(base: Currency, day: Date) -> Self {
        Self { income: IncomeTax::default(), base, year: day.year(), due: None, borrowed: false, pooled: false, unknown: None }
    }

    /// Closes the years before a day's: their tax is owed, losses are carried on, and the owners' years begin anew.
    ///
    /// # Errors
    /// Amounts out of range.
    pub(super) fn close_years(&mut self, books: &mut Books, day: Date) -> Result<(), Vec<Diagnostic>> {
        let taxed = books.household.accounts.iter().filter(|account| is_taxable(account));
        self.pooled = taxed.filter_map(|account| books.household.owner(&account.owner)).any(|owner| !sells_lots(owner));
        while self.year < day.year() {
            let owed = match self.assess(&books.household, &GainsByTerm::zero(self.base)) {
                Ok(assessed) => {
                    self.borrowed |= assessed.borrowed;
                    for (owner, carried) in assessed.carried {
                        if let Some(owner) = books.household.owners.iter_mut().find(|known| known.id == owner) {
                            owner.carry_forward = carried;
                        }
                    }
                    assessed.tax
                }
                Err(error) => {
                    self.unknown.get_or_insert_with(|| error.to_string());
                    Money::zero(self.base)
                }
            };
            let income = to_money(self.income.owed, self.base).map_err(|error| too_large(&error))?;
            let owed = owed.try_add(income).and_then(|owed| owed.to_cents(Rounding::HalfEven)).map_err(|error| too_large(&error))?;
            self.owe(owed)?;
            self.income = IncomeTax::default();
            for owner in &mut books.household.owners {
                owner.year_to_date = GainsByTerm::zero(self.base);
            }
            self.year = self.year.saturating_add(1);
        }
        Ok(())
    }

    fn owe(&mut self, owed: Money) -> Result<(), Vec<Diagnostic>> {
        let ends = Date::new(self.year, 12, 31).and_then(|end| end.add_days(PAID_AFTER_DAYS));
        let ends = ends.map_err(|error| vec![Diagnostic::error(Code::TAX_RULES, error.to_string())])?;
        let before = self.due.map_or(Money::zero(self.base), |(_, before)| before);
        let sum = before.try_add(owed).map_err(|error| too_large(&error))?;
        self.due = (!sum.is_zero()).then_some((ends, sum));
        Ok(())
    }

    /// The tax that is due on or before a day, as a flow of that day out of the first taxable account; below what is
    /// owed, nothing is taken.
    pub(super) fn payment(&mut self, household: &Household, day: Date) -> Option<CashFlow> {
        let (date, owed) = self.due.filter(|(date, _)| *date <= day)?;
        let account = household.accounts.iter().find(|account| is_taxable(account))?;
        self.due = None;
        let purpose = Some(format!("tax due on {date}"));
        Some(CashFlow { date: day, amount: owed.neg(), account: Some(account.id.clone()), purpose })
    }

    /// What is owed on a day: assessed and not paid, the year's gains and these, and its income.
    pub(super) fn owed(&self, household: &Household, more: &GainsByTerm) -> Result<f64, TaxError> {
        let tax = self.assess(household, more)?.tax;
        Ok(to_f64(tax.amount()) + self.income.owed + self.due.map_or(0.0, |(_, due)| to_f64(due.amount())))
    }

    /// The year of whose table the tax of a return is computed: its own, or the nearest that has one.
    fn table(&self, filing: &Filing<'_>) -> Result<i16, TaxError> {
        let country = filing.jurisdiction()?;
        let nearest = (0..YEARS_AWAY).flat_map(|away| [self.year.saturating_sub(away), self.year.saturating_add(away)]);
        Ok(nearest.into_iter().find(|year| country.source(*year).is_some()).unwrap_or(self.year))
    }

    /// Tax of all returns with gains beside those of the year so far, and what each owner carries on.
    fn assess(&self, household: &Household, more: &GainsByTerm) -> Result<Assessed, TaxError> {
        let (mut tax, mut carried, mut borrowed) = (Money::zero(self.base), Vec::new(), false);
        let none = Money::zero(self.base);
        let mut more = Some(*more);
        for filing in Filing::all(household)? {
            let holds = household.accounts.iter().any(|account| is_taxable(account) && filing.includes(&account.owner));
            if !holds {
                continue;
            }
            if !filing.jurisdiction()?.sells_lots() {
                continue;
            }
            // Gains that are not sold yet are those of the first return: nobody says whose they will be.
            let (short, long) = more.take().map_or((none, none), |more| (more.short_term, more.long_term));
            let table = self.table(&filing)?;
            let assessed = YearTax::new(household, &filing.owner.id, table)?.assess(short, long)?;
            // Losses carried in are the portfolio's too: what they save is not its cost in a year with gains.
            let nothing = filing.jurisdiction()?.settle(&filing, table, &YearGains::zero(self.base))?;
            borrowed |= table != self.year;
            tax = tax.try_add(assessed.with_gains.liability.less(&nothing.liability)?.total()?)?;
            carried.push((filing.owner.id.clone(), assessed.with_gains.netting.carried));
        }
        Ok(Assessed { tax, carried, borrowed })
    }
}

/// The tax of a year.
struct Assessed {
    tax: Money,
    /// Losses that each owner carries on.
    carried: Vec<(String, GainsByTerm)>,
    /// Whether it is that of another year's table.
    borrowed: bool,
}

/// Gains and losses if all lots of taxable accounts were sold at a value a unit; `None` where a basis is not known.
pub(super) fn unrealized(
    books: &Books,
    base: Currency,
    day: Date,
    unit_value: impl Fn(&evenkeel_ledger::lot::Lot) -> Option<f64>,
) -> Option<GainsByTerm> {
    let mut gains = GainsByTerm::zero(base);
    let accounts = books.household.accounts.iter().zip(&books.holdings.accounts);
    for lot in accounts.filter(|(account, _)| is_taxable(account)).flat_map(|(_, held)| held.lots()) {
        let value = to_money(to_f64(lot.quantity.decimal()) * unit_value(lot)?, base).ok()?;
        let gain = value.try_sub(lot.cost_basis?).ok()?;
        let is_long = Term::between(lot.held_since?, day).ok()? == Term::Long;
        let sum = if is_long { &mut gains.long_term } else { &mut gains.short_term };
        *sum = sum.try_add(gain).ok()?;
    }
    Some(gains)
}

/// Share of the value of accounts of which withdrawals are taxed as income, at the owners' ordinary rates.
pub(super) fn deferred_tax(household: &Household, values: &[f64]) -> f64 {
    let of_account = |(account, value): (&evenkeel_ledger::account::Account, &f64)| {
        let owner = household.owner(&account.owner).filter(|_| account.tax_treatment == TaxTreatment::Deferred);
        owner.map_or(0.0, |owner| value * (to_f64(owner.rates.ordinary.decimal()) + to_f64(owner.rates.state.decimal())))
    };
    household.accounts.iter().zip(values).map(of_account).sum()
}
