//! Taxes in their season: assessed when a year is over, paid when they are due.
//!
//! A year is assessed on the run's journal by the code of `tax-year`, so that what is paid is what that finds there: wash
//! sales of `wash_sales = "allow"` and the matching of the United Kingdom included. It is assessed on the first day after
//! it, for what losses are carried on, and for good once the purchases of the 30 days after it are known.

use evenkeel_ledger::account::{Account, AccountId, TaxTreatment};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, Trade};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::identical::Identity;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Currency, Money, Quantity, Rounding};
use evenkeel_ledger::select::{LotMethod, LotSelection};

use crate::boundary::{to_f64, to_money};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::CashFlow;
use crate::tax::{Filing, TaxError, Unassessed, jurisdiction, tax_year};

use super::assessor::{Assessed, Assessor};
use super::books::{Books, is_taxable, too_large};

/// Days after a sale in which a purchase may still change what it is taxed.
const OPEN_DAYS: i32 = 30;

/// Tax on dividends and interest of the year so far, at stated rates.
#[derive(Debug, Clone, Default)]
pub(super) struct IncomeTax {
    /// By the place of the owner.
    owed: Vec<f64>,
}

impl IncomeTax {
    /// Counts income of an account, of which a share is taxed like long-term gains.
    pub(super) fn add(&mut self, household: &Household, account: usize, income: f64, qualified: f64) {
        let account = household.accounts.get(account).filter(|account| is_taxable(account));
        let Some((place, owner)) = account.and_then(|account| (0..).zip(&household.owners).find(|(_, owner)| owner.id == account.owner))
        else {
            return;
        };
        let state = to_f64(owner.rates.state.decimal());
        let (ordinary, long_term) = (to_f64(owner.rates.ordinary.decimal()), to_f64(owner.rates.long_term.decimal()));
        self.owed.resize(household.owners.len(), 0.0);
        if let Some(owed) = self.owed.get_mut(place) {
            *owed += income * (qualified * long_term + (1.0 - qualified) * ordinary + state);
        }
    }

    /// What owners owe for the year so far, which ends with it.
    fn take(&mut self, household: &Household, owners: &[String]) -> f64 {
        let theirs = household.owners.iter().zip(&mut self.owed).filter(|(owner, _)| owners.contains(&owner.id));
        theirs.map(|(_, owed)| std::mem::take(owed)).sum()
    }
}

/// Taxes of a household over years.
#[derive(Debug)]
pub(super) struct Taxes<'a> {
    pub(super) income: IncomeTax,
    base: Currency,
    assessor: Assessor<'a>,
    returns: Vec<Return>,
    /// Whether a year had no table of its own.
    pub(super) borrowed: bool,
    /// What could not be assessed, and why.
    pub(super) unknown: Option<String>,
}

/// A return with taxable accounts, year after year.
#[derive(Debug)]
struct Return {
    owners: Vec<String>,
    /// The tax year that runs.
    year: i16,
    /// With the losses that the owners carry into it; gains to date are those of before the first day.
    household: Household,
    over: Vec<Over>,
}

/// A tax year that is over and not paid.
#[derive(Debug)]
struct Over {
    year: i16,
    household: Household,
    last: Date,
    due: Date,
    income: Money,
    /// Tax on gains; `None` until it is assessed.
    gains: Option<Money>,
    is_final: bool,
}

impl<'a> Taxes<'a> {
    pub(super) fn new(household: &'a Household, universe: &'a Universe, identity: Identity, base: Currency, day: Date) -> Self {
        let returns = returns(household, day);
        let unknown = returns.as_ref().err().map(ToString::to_string);
        Self {
            income: IncomeTax::default(),
            base,
            assessor: Assessor::new(household, universe, identity, day),
            returns: returns.unwrap_or_default(),
            borrowed: false,
            unknown,
        }
    }

    /// Closes the tax years before a day's: their tax is owed, losses are carried on, and the owners' years begin anew.
    /// Nothing of the day itself is in the books yet.
    ///
    /// # Errors
    /// Amounts or dates out of range.
    pub(super) fn close_years(&mut self, books: &mut Books, day: Date) -> Result<(), Vec<Diagnostic>> {
        let mut returns = std::mem::take(&mut self.returns);
        for of in &mut returns {
            loop {
                self.assess_last(of, books, day);
                let (last, due) = of.season()?;
                if day <= last {
                    break;
                }
                let income = self.income.take(&books.household, &of.owners);
                let income = to_money(income, self.base).map_err(|error| too_large(&error))?;
                of.over.push(Over { year: of.year, household: of.household.clone(), last, due, income, gains: None, is_final: false });
                for owner in books.household.owners.iter_mut().filter(|owner| of.owners.contains(&owner.id)) {
                    owner.year_to_date = GainsByTerm::zero(self.base);
                }
                of.year = of.year.saturating_add(1);
            }
        }
        self.returns = returns;
        Ok(())
    }

    /// Assesses the last year of a return that is over: once it is, and once more when nothing can change it.
    fn assess_last(&mut self, of: &mut Return, books: &mut Books, day: Date) {
        let is_known = |over: &Over| day.days_since(over.last) > OPEN_DAYS;
        let Some(over) = of.over.last_mut().filter(|over| !over.is_final && (over.gains.is_none() || is_known(over))) else {
            return;
        };
        over.is_final = is_known(over);
        let owner = of.owners.first().map_or("", String::as_str);
        match self.assessor.assess(books.journal.events().iter(), &over.household, owner, over.year) {
            Ok(Assessed { tax, carried, borrowed }) => {
                over.gains = Some(tax);
                self.borrowed |= borrowed;
                carry(&mut of.household, &of.owners, carried);
                carry(&mut books.household, &of.owners, carried);
            }
            Err(error) => {
                over.gains = Some(Money::zero(self.base));
                self.unknown.get_or_insert_with(|| error.to_string());
            }
        }
    }

    /// Taxes that are due on or before a day, as flows of that day, each out of the first taxable account of the return; below
    /// what is owed, nothing is taken.
    ///
    /// # Errors
    /// Amounts out of range.
    pub(super) fn payments(&mut self, household: &Household, day: Date) -> Result<Vec<CashFlow>, Vec<Diagnostic>> {
        let mut payments = Vec::new();
        for of in &mut self.returns {
            let account = household.accounts.iter().find(|account| is_taxable(account) && of.owners.contains(&account.owner));
            let Some(account) = account else { continue };
            let (paid, unpaid): (Vec<Over>, Vec<Over>) = std::mem::take(&mut of.over).into_iter().partition(|over| over.due <= day);
            of.over = unpaid;
            for over in &paid {
                let owed = over.income.try_add(over.gains.unwrap_or(Money::zero(self.base)));
                let owed = owed.and_then(|owed| owed.to_cents(Rounding::HalfEven)).map_err(|error| too_large(&error))?;
                let purpose = Some(format!("tax due on {}", over.due));
                let flow = CashFlow { date: day, amount: owed.neg(), account: Some(account.id.clone()), purpose };
                payments.extend(Some(flow).filter(|_| !owed.is_zero()));
            }
        }
        Ok(payments)
    }

    /// What is owed on the evening of the last day: assessed and not paid, the year's gains so far with those of more sales,
    /// and its income.
    pub(super) fn owed(&self, books: &Books, more: &[Event]) -> Result<f64, Unassessed> {
        let mut assessor = self.assessor.fork();
        let mut owed = self.income.owed.iter().sum::<f64>();
        for of in &self.returns {
            let over = of.over.iter().flat_map(|over| [Some(over.income), over.gains]).flatten();
            owed += over.map(|money| to_f64(money.amount())).sum::<f64>();
            let owner = of.owners.first().map_or("", String::as_str);
            owed += to_f64(assessor.assess(books.journal.events().iter().chain(more), &of.household, owner, of.year)?.tax.amount());
        }
        Ok(owed)
    }
}

impl Return {
    /// The last day of the year that runs, and the day on which its tax is due.
    fn season(&self) -> Result<(Date, Date), Vec<Diagnostic>> {
        let owner = self.owners.first().and_then(|first| self.household.owner(first));
        let season = owner.map_or_else(
            || Err(TaxError::UnknownOwner(String::new())),
            |owner| {
                let country = jurisdiction(owner)?;
                Ok((country.year(self.year)?.1, country.due(self.year)?))
            },
        );
        season.map_err(|error| vec![Diagnostic::error(Code::TAX_RULES, error.to_string()).help("choose a span that ends earlier")])
    }
}

/// Losses go to the first owner of a return, whose they are together.
pub(crate) fn carry(household: &mut Household, owners: &[String], carried: GainsByTerm) {
    let none = GainsByTerm::zero(carried.short_term.currency());
    for owner in household.owners.iter_mut().filter(|owner| owners.contains(&owner.id)) {
        owner.carry_forward = if owners.first() == Some(&owner.id) { carried } else { none };
    }
}

/// All returns with taxable accounts, in the tax years of a day.
fn returns(household: &Household, day: Date) -> Result<Vec<Return>, TaxError> {
    let mut returns = Vec::new();
    for filing in Filing::all(household)? {
        if household.accounts.iter().any(|account| is_taxable(account) && filing.includes(&account.owner)) {
            let owners = filing.owners().map(|owner| owner.id.clone()).collect();
            let year = tax_year(filing.owner, day)?;
            returns.push(Return { owners, year, household: household.clone(), over: Vec::new() });
        }
    }
    Ok(returns)
}

/// Sales of all that is held at a value a unit, to tell what they would be taxed: those of accounts that are not taxed replace
/// nothing any more. Of these, what is kept in another currency is left out. `None` where a value cannot be counted.
pub(crate) fn sales_of_all(
    holdings: &Holdings,
    household: &Household,
    last_sequence: u64,
    base: Currency,
    day: Date,
    unit_value: impl Fn(InstrumentId) -> Option<f64>,
) -> Option<Vec<Event>> {
    let mut sequence = last_sequence;
    let mut sales = Vec::new();
    for (index, held) in holdings.accounts.iter().enumerate() {
        let account = AccountId::from_index(index)?;
        let is_counted = |account: &Account| account.tax_treatment == TaxTreatment::Taxable || account.currency == base;
        if !household.accounts.get(index).is_some_and(is_counted) {
            continue;
        }
        for position in held.positions() {
            let (instrument, quantity) = (position.instrument, position.quantity().ok().filter(|held| *held > Quantity::ZERO));
            let Some(quantity) = quantity else { continue };
            let gross = to_money(to_f64(quantity.decimal()) * unit_value(instrument)?, base).ok()?;
            let trade = Trade { instrument, quantity, gross, fees: Money::zero(base), selection: LotSelection::By(LotMethod::Fifo) };
            sequence = sequence.checked_add(1)?;
            sales.push(Event { sequence, account, dates: EventDates::on(day), fx: None, kind: EventKind::Sell(trade) });
        }
    }
    Some(sales)
}

/// Share of the value of accounts of which withdrawals are taxed as income, at the owners' ordinary rates.
pub(super) fn deferred_tax(household: &Household, values: &[f64]) -> f64 {
    let of_account = |(account, value): (&Account, &f64)| {
        let owner = household.owner(&account.owner).filter(|_| account.tax_treatment == TaxTreatment::Deferred);
        owner.map_or(0.0, |owner| value * (to_f64(owner.rates.ordinary.decimal()) + to_f64(owner.rates.state.decimal())))
    };
    household.accounts.iter().zip(values).map(of_account).sum()
}
