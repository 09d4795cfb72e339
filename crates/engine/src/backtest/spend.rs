//! Spending by the policy's rule, in its parts of the year.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Currency, Rounding};
use evenkeel_quant::spending::{Spender, YearStart};

use crate::boundary::to_money;
use crate::diagnostic::Diagnostic;
use crate::policy::{CashFlow, OBSERVATIONS_PER_YEAR, Policy, SpendingRules};

use super::books::too_large;

const MONTHS: usize = 12;
const DAYS_A_YEAR: f64 = 365.25;

/// Spends from year to year; years are counted from the first day.
#[derive(Debug)]
pub(super) struct Payer<'p> {
    rules: &'p SpendingRules,
    spender: Spender<'p>,
    /// Prices rise by so much a year, as the policy's objective says.
    inflation: f64,
    base: Currency,
    start: Date,
    years: usize,
    /// Months that were looked at.
    months: usize,
    /// A year's amount.
    amount: f64,
    /// Growth of one unit when the year began.
    grown: f64,
}

impl<'p> Payer<'p> {
    /// The payer of a policy that spends.
    pub(super) fn new(policy: &'p Policy, start: Date, end: Date) -> Option<Self> {
        let rules = policy.spending.as_ref()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "years of a history, at least 1")]
        let years = (f64::from(end.days_since(start)) / DAYS_A_YEAR).ceil().max(1.0) as usize;
        Some(Self {
            spender: Spender::new(&rules.spending),
            inflation: policy.objective.inflation.unwrap_or(0.0),
            base: policy.base_currency,
            rules,
            start,
            years,
            months: 0,
            amount: 0.0,
            grown: 1.0,
        })
    }

    /// What is paid on a day out of a value, with the growth of one unit so far: the parts of all months that have begun since.
    ///
    /// # Errors
    /// An amount out of range.
    pub(super) fn pay(&mut self, day: Date, value: f64, growth: f64) -> Result<Option<CashFlow>, Vec<Diagnostic>> {
        let mut due = 0.0;
        while i32::try_from(self.months).ok().and_then(|months| self.start.add_months(months).ok()).is_some_and(|begins| begins <= day) {
            let month = self.months % MONTHS;
            if month.is_multiple_of(MONTHS / OBSERVATIONS_PER_YEAR) {
                self.spender.observe(value);
            }
            if month == 0 {
                let year = self.months / MONTHS;
                let price_level = (1.0 + self.inflation).powi(i32::try_from(year).unwrap_or(i32::MAX));
                let last_return = if year == 0 { 0.0 } else { growth / self.grown - 1.0 };
                let years_left = self.years.saturating_sub(year).max(1);
                self.amount = self.spender.decide(&YearStart { year, years_left, value, price_level, last_return });
                self.grown = growth;
            }
            let parts = self.rules.payments_per_year.clamp(1, MONTHS);
            if month.is_multiple_of(MONTHS / parts) {
                #[expect(clippy::cast_precision_loss, reason = "at most 12")]
                let part = self.amount / parts as f64;
                due += part;
            }
            self.months += 1;
        }
        let due = due.min(value);
        if due <= 0.0 {
            return Ok(None);
        }
        let amount =
            to_money(-due, self.base).and_then(|amount| amount.to_cents(Rounding::TowardZero)).map_err(|error| too_large(&error))?;
        Ok(Some(CashFlow { date: day, amount, account: None, purpose: Some("spending".to_owned()) }))
    }
}
