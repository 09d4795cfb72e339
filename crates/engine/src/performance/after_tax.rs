//! [`after_tax`]: returns after the taxes that a year's records come to, as `tax-year` tells them.
//!
//! rₜ = (gainₜ − taxₜ) ÷ capitalₜ, compounded; gain is net of fees, and taxes that the journal paid or had withheld are left out
//!
//! | return | tax |
//! |---|---|
//! | pre-liquidation | on dividends and interest of taxable accounts on the day they are paid, at marginal rates, of dividends as `tax-year` tests them; on the gains of a tax year, netted, on its last day |
//! | post-liquidation | the same, and on the last day what selling everything in taxable accounts would add to the tax of the running year |
//!
//! What lies in accounts whose gains are not taxed stands in both untaxed. A loss that saves tax elsewhere is a gain, as far as the rules
//! let it in the year; what is carried on beyond the last day counts for nothing. Sources: SEC, Form N-1A, Item 26(b)(2) and (3) (average
//! annual total return after taxes on distributions, and after taxes on distributions and redemption); CFA Institute, *USIPC After-Tax
//! Performance Standards* (2011), sections on pre-liquidation returns and realization.

use std::collections::BTreeMap;

use evenkeel_ledger::account::TaxTreatment;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventKind, Income};
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::{GainsByTerm, Household};
use evenkeel_ledger::identical::{IdenticalSets, Identity};
use evenkeel_ledger::instrument::InstrumentId;
use serde::Serialize;

use crate::backtest::{Assessor, carry, sales_of_all};
use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::tax::{DividendTest, Filing, MarginalRates, Records, RecordsError, TaxError, Unassessed, tax_year, untold};

use super::earned::{Net, Timing, earned};
use super::exchange::{no_rate, rate, rates_of};
use super::record::Record;
use super::report::Level;
use super::walk::{Days, closing};

/// Returns after tax, of everything together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AfterTax {
    /// After taxes on income and realized gains.
    pub pre_liquidation: Level,
    /// Also as if all were sold on the last day.
    pub post_liquidation: Level,
    /// Tax on dividends and interest, in the base currency.
    pub tax_on_income: f64,
    /// Tax on realized gains; below zero where losses save more.
    pub tax_on_gains: f64,
    /// Tax that selling everything would add.
    pub tax_on_liquidation: f64,
    /// What should be known of it.
    pub notes: Vec<String>,
}

/// Taxes by day.
struct Taxes {
    income: Vec<f64>,
    gains: Vec<f64>,
    liquidation: f64,
    borrowed: bool,
    /// What was assumed of dividends.
    notes: Vec<String>,
}

/// Returns after the taxes that the records come to.
///
/// # Errors
/// Accounts in other currencies than the base, records that the rules of a country do not take, disposals of unknown basis.
pub fn after_tax(record: &Record<'_>, days: &Days, identity: Identity, timing: Timing) -> Result<AfterTax, Vec<Diagnostic>> {
    if let Some(account) =
        record.household.accounts.iter().find(|account| is_taxed(account.tax_treatment) && account.currency != record.base)
    {
        let message = format!("account `{}` is kept in {}, and taxes are told in {}", account.id, account.currency, record.base);
        return Err(vec![Diagnostic::error(Code::TAX_RULES, message).help("name the currency of the accounts: `--currency`")]);
    }
    let taxes = Taxes::new(record, days, identity)?;
    let returns = |liquidated: bool| {
        let mut rows = days.total();
        let last = rows.len().saturating_sub(1);
        for (at, held) in rows.iter_mut().enumerate() {
            let sum = |list: &[f64]| list.get(at).copied().unwrap_or(0.0);
            let more = if liquidated && at == last { taxes.liquidation } else { 0.0 };
            // Net of fees adds back what was paid: in its place stands what is owed.
            held.taxes -= sum(&taxes.income) + sum(&taxes.gains) + more;
        }
        earned(days.opening_total(), &rows, Net::NetOfFees, timing).total()
    };
    let mut notes = Vec::new();
    notes.extend(taxes.notes.iter().map(|note| format!("After tax: {note}")));
    if taxes.borrowed {
        notes.push("After tax: a year without a table of its own is assessed by the nearest one that has one.".to_owned());
    }
    if record.household.accounts.iter().any(|account| !is_taxed(account.tax_treatment)) {
        notes.push("After tax: what lies in accounts whose gains are not taxed stands in it untaxed.".to_owned());
    }
    Ok(AfterTax {
        pre_liquidation: Level::over(returns(false), days.from, days.to),
        post_liquidation: Level::over(returns(true), days.from, days.to),
        tax_on_income: taxes.income.iter().sum(),
        tax_on_gains: taxes.gains.iter().sum(),
        tax_on_liquidation: taxes.liquidation,
        notes,
    })
}

const fn is_taxed(treatment: TaxTreatment) -> bool {
    matches!(treatment, TaxTreatment::Taxable)
}

impl Taxes {
    fn new(record: &Record<'_>, days: &Days, identity: Identity) -> Result<Self, Vec<Diagnostic>> {
        let none = vec![0.0; days.dates.len()];
        let mut taxes = Self { income: none.clone(), gains: none, liquidation: 0.0, borrowed: false, notes: Vec::new() };
        let Some(first) = record.journal.events().first().map(|event| event.dates.trade) else { return Ok(taxes) };
        let events = record.journal.through(days.to);
        let (held, unit_value) = closing(record, days.to)?;
        let sequence = record.journal.last_sequence().unwrap_or_default();
        let value = |instrument: InstrumentId| unit_value.get(instrument.index()).copied().flatten();
        let sales = sales_of_all(&held, record.household, sequence, record.base, days.to, value);
        let Some(sales) = sales else {
            let told = Diagnostic::error(Code::AMOUNT_TOO_LARGE, "what is held on the last day cannot be counted as sold");
            return Err(vec![told.help("check quantities and prices")]);
        };
        let all = All { record, identity, first, events, before: record.journal.through(days.from), sales: &sales };
        for filing in Filing::all(record.household).map_err(|error| rules(&error))? {
            let is_own = |owner: &String| filing.includes(owner);
            if !record.household.accounts.iter().any(|account| is_taxed(account.tax_treatment) && is_own(&account.owner)) {
                continue;
            }
            taxes.add_gains(&all, days, &filing)?;
            taxes.add_income(&all, days, &filing)?;
        }
        Ok(taxes)
    }

    /// The gains of every tax year up to the last day, and what selling everything adds to the last.
    fn add_gains(&mut self, all: &All<'_>, days: &Days, filing: &Filing<'_>) -> Result<(), Vec<Diagnostic>> {
        let country = filing.jurisdiction().map_err(|error| rules(&error))?;
        let owners: Vec<String> = filing.owners().map(|owner| owner.id.clone()).collect();
        let owner = &filing.owner.id;
        let (mut now, mut before, mut sold) = (all.assessor(), all.assessor(), all.assessor());
        let mut household: Household = all.record.household.clone();
        let last_year = tax_year(filing.owner, days.to).map_err(|error| rules(&error))?;
        for year in tax_year(filing.owner, all.first).map_err(|error| rules(&error))?..=last_year {
            let (begin, end) = country.year(year).map_err(|error| rules(&error))?;
            let told = now.assess(all.events.iter(), &household, owner, year).map_err(|error| unassessed(&error))?;
            let mut owed = to_f64(told.tax.amount());
            if (begin..end).contains(&days.from) {
                let before = before.assess(all.before.iter(), &household, owner, year).map_err(|error| unassessed(&error))?;
                owed -= to_f64(before.tax.amount());
            }
            // Of a year that was over before the span only losses are carried into it.
            if let Some(slot) = days.dates.partition_point(|day| *day <= end).checked_sub(1).and_then(|at| self.gains.get_mut(at))
                && end > days.from
            {
                *slot += owed;
            }
            if year == last_year {
                let sold = sold.assess(all.events.iter().chain(all.sales), &household, owner, year).map_err(|error| unassessed(&error))?;
                self.liquidation += to_f64(sold.tax.amount()) - to_f64(told.tax.amount());
            }
            self.borrowed |= told.borrowed;
            carry(&mut household, &owners, told.carried);
            for owner in household.owners.iter_mut().filter(|owner| owners.contains(&owner.id)) {
                owner.year_to_date = GainsByTerm::zero(owner.year_to_date.short_term.currency());
            }
        }
        Ok(())
    }

    /// Dividends and interest at marginal rates, on the day they were paid.
    fn add_income(&mut self, all: &All<'_>, days: &Days, filing: &Filing<'_>) -> Result<(), Vec<Diagnostic>> {
        let record = all.record;
        let tests = all.dividends(filing, days).map_err(|error| unassessed(&error))?;
        let tests: BTreeMap<u64, DividendTest> = tests.into_iter().map(|test| (test.sequence, test)).collect();
        let mut paid = Paid::default();
        // Where nothing was held before, the day on which the span begins is in it.
        let begin = days.dates.first().copied().unwrap_or(days.to);
        for event in record.journal.through(days.to).iter().filter(|event| event.dates.trade > days.from || event.dates.trade >= begin) {
            let account = record.household.accounts.get(event.account.index());
            let is_own = account.is_some_and(|account| is_taxed(account.tax_treatment) && filing.includes(&account.owner));
            let (Some(income), true) = (income(&event.kind), is_own) else { continue };
            let day = event.dates.trade;
            let year = tax_year(filing.owner, day).map_err(|error| rules(&error))?;
            let rates = MarginalRates::new(record.household, filing.owner, year).map_err(|error| {
                vec![
                    Diagnostic::error(Code::TAX_RULES, format!("marginal rates of {year} cannot be told: {error}"))
                        .help("check the amounts of household.toml"),
                ]
            })?;
            let fx = rates_of(record.fx, day)?;
            let worth = rate(income.gross.currency(), record.base, &fx).map_err(|error| no_rate(&error, day))?;
            let test = tests.get(&event.sequence);
            match test {
                Some(test) => {
                    paid.open += worth * to_f64(test.open.amount());
                    paid.tested.push(test.clone());
                }
                None if matches!(event.kind, EventKind::Dividend { .. }) => paid.untested += worth * to_f64(income.gross.amount()),
                None => {}
            }
            let at = days.dates.partition_point(|priced| *priced < day);
            if let Some(slot) = self.income.get_mut(at) {
                *slot += worth * tax_on(income, test, &rates);
            }
        }
        self.notes.extend(paid.notes(record, filing)?);
        Ok(())
    }
}

/// What was paid to a return in the span.
#[derive(Default)]
struct Paid {
    tested: Vec<DividendTest>,
    /// What may still become qualified, in the base currency.
    open: f64,
    /// Dividends of which the country tests nothing, in the base currency.
    untested: f64,
}

impl Paid {
    /// What was assumed of it.
    fn notes(&self, record: &Record<'_>, filing: &Filing<'_>) -> Result<Vec<String>, Vec<Diagnostic>> {
        let base = record.base;
        let mut notes = untold(&self.tested, record.universe).map_err(|error| unassessed(&RecordsError::from(error).into()))?;
        if self.open != 0.0 {
            notes.push(format!("{:.2} {base} of dividends count as ordinary, and become qualified if the units are held on.", self.open));
        }
        if self.untested != 0.0 {
            let country = filing.jurisdiction().map_err(|error| rules(&error))?.name();
            notes.push(format!(
                "{:.2} {base} of dividends are taxed at the marginal rate of ordinary income or, where `income` is stated, of gains: the \
                 allowance and the rates that {country} has for dividends are not modeled.",
                self.untested
            ));
        }
        Ok(notes)
    }
}

/// Tax on what was paid, in its currency.
fn tax_on(income: &Income, test: Option<&DividendTest>, rates: &MarginalRates) -> f64 {
    let gross = to_f64(income.gross.amount());
    let (qualified, exempt) = test.map_or((0.0, 0.0), |test| (to_f64(test.qualified.amount()), to_f64(test.exempt.amount())));
    let (ordinary, long_term) = (to_f64(rates.short_term.decimal()), to_f64(rates.long_term.decimal()));
    qualified * long_term + (gross - qualified - exempt) * ordinary
}

/// The records as known on the last day, before the first, and with everything sold on the last.
struct All<'a> {
    record: &'a Record<'a>,
    identity: Identity,
    /// The day of the first event.
    first: Date,
    events: &'a [Event],
    before: &'a [Event],
    sales: &'a [Event],
}

impl<'a> All<'a> {
    fn assessor(&self) -> Assessor<'a> {
        Assessor::new(self.record.household, self.record.universe, self.identity, self.first)
    }

    /// How much of each dividend of the span is taxed like long-term gains.
    fn dividends(&self, filing: &Filing<'_>, days: &Days) -> Result<Vec<DividendTest>, Unassessed> {
        let (household, universe) = (self.record.household, self.record.universe);
        let (sets, opening) =
            (IdenticalSets::new(universe, self.identity), Holdings::empty(household, self.first.add_days(-1).unwrap_or(self.first)));
        let records = Records { household, sets: &sets, opening: &opening, events: self.events, through: days.to };
        let country = filing.jurisdiction()?;
        let disposals = country.disposals(&records)?;
        Ok(country.dividends(&records, universe, &disposals, days.from, days.to)?)
    }
}

/// What is taxed when it is paid.
const fn income(kind: &EventKind) -> Option<&Income> {
    match kind {
        EventKind::Dividend { income, .. } | EventKind::Interest { income, .. } => Some(income),
        _ => None,
    }
}

fn rules(error: &TaxError) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::TAX_RULES, error.to_string()).help("correct household.toml")]
}

fn unassessed(error: &Unassessed) -> Vec<Diagnostic> {
    let message = format!("taxes on the records cannot be told: {error}");
    vec![Diagnostic::error(Code::TAX_RECORDS, message).help("`evenkeel tax-year` tells for a year what is wrong, and where")]
}
