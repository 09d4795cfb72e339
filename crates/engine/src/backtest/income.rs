//! What comes in and goes out by itself: corporate actions, interest, fees.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{EventKind, Income, Trade};
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::{Currency, Money, Price, Rounding};
use evenkeel_ledger::select::{LotMethod, LotSelection};

use crate::boundary::{to_f64, to_money};
use crate::diagnostic::Diagnostic;
use crate::market::{Action, ActionKind};

use super::books::{Books, no_rate, too_large};
use super::taxes::IncomeTax;

const DAYS_A_YEAR: f64 = 365.0;

/// Where income is entered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) universe: &'a Universe,
    pub(super) fx: &'a FxRates,
    pub(super) base: Currency,
    pub(super) day: Date,
}

impl Place<'_> {
    /// So much for each of so many units, in the base currency to the cent.
    fn amount(
        &self,
        instrument: InstrumentId,
        quantity: evenkeel_ledger::number::Quantity,
        per_unit: Price,
    ) -> Result<Money, Vec<Diagnostic>> {
        let currency = self.universe.get(instrument).map_or(self.base, |instrument| instrument.currency);
        let amount = Money::of(quantity, per_unit, currency).map_err(|error| too_large(&error))?;
        let converted = self.fx.convert(amount, self.base, Rounding::HalfEven);
        converted.map_err(|error| no_rate(&error))?.to_cents(Rounding::HalfEven).map_err(|error| too_large(&error))
    }

    /// Enters a corporate action in every account that holds the instrument; what was paid.
    ///
    /// # Errors
    /// A missing exchange rate, or an amount out of range.
    pub(super) fn act(&self, action: &Action, books: &mut Books, income_tax: &mut IncomeTax) -> Result<f64, Vec<Diagnostic>> {
        let instrument = action.instrument;
        let mut paid = 0.0;
        for account in 0..books.household.accounts.len() {
            let quantity = books.quantity(account, instrument).map_err(|error| too_large(&error))?;
            if !quantity.is_positive() {
                continue;
            }
            match action.kind {
                ActionKind::Dividend { per_unit, qualified } => {
                    let gross = self.amount(instrument, quantity, per_unit)?;
                    if gross.is_positive() {
                        books.enter(account, self.day, EventKind::Dividend { instrument, income: self.income(gross) })?;
                        income_tax.add(&books.household, account, to_f64(gross.amount()), qualified);
                        paid += to_f64(gross.amount());
                    }
                }
                ActionKind::Split { ratio } => {
                    books.enter(account, self.day, EventKind::Split { instrument, ratio, cash_in_lieu: None })?;
                }
                ActionKind::Delisting { per_unit } => {
                    let proceeds = self.amount(instrument, quantity, per_unit)?;
                    let (fees, selection) = (Money::zero(self.base), LotSelection::By(LotMethod::Fifo));
                    books.enter(account, self.day, EventKind::Sell(Trade { instrument, quantity, gross: proceeds, fees, selection }))?;
                }
            }
        }
        books.count_gains()?;
        Ok(paid)
    }

    /// Interest on the cash of all accounts over so many days, at a rate a year; on cash below zero it is paid.
    ///
    /// # Errors
    /// An amount out of range.
    pub(super) fn interest(&self, rate: f64, days: i32, books: &mut Books, income_tax: &mut IncomeTax) -> Result<f64, Vec<Diagnostic>> {
        let mut sum = 0.0;
        for account in 0..books.household.accounts.len() {
            let interest = to_f64(books.cash(account).amount()) * rate * f64::from(days) / DAYS_A_YEAR;
            let gross = self.cents(interest)?;
            if !gross.is_zero() {
                books.enter(account, self.day, EventKind::Interest { instrument: None, income: self.income(gross) })?;
                income_tax.add(&books.household, account, to_f64(gross.amount()), 0.0);
                sum += to_f64(gross.amount());
            }
        }
        Ok(sum)
    }

    /// A fee on the value of each account over so many days, at a rate a year.
    ///
    /// # Errors
    /// An amount out of range.
    pub(super) fn fee(&self, rate: f64, days: i32, values: &[f64], books: &mut Books) -> Result<f64, Vec<Diagnostic>> {
        let mut sum = 0.0;
        for (account, value) in values.iter().enumerate() {
            let fee = self.cents(value.max(0.0) * rate * f64::from(days) / DAYS_A_YEAR)?;
            if fee.is_positive() {
                books.enter(account, self.day, EventKind::Fee(fee))?;
                sum += to_f64(fee.amount());
            }
        }
        Ok(sum)
    }

    fn cents(&self, amount: f64) -> Result<Money, Vec<Diagnostic>> {
        to_money(amount, self.base).and_then(|money| money.to_cents(Rounding::HalfEven)).map_err(|error| too_large(&error))
    }

    fn income(&self, gross: Money) -> Income {
        Income { gross, withheld: Money::zero(self.base), reinvested: None }
    }
}
