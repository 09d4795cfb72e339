//! [`Stale`]: prices and exchange rates that are too old to decide on.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::Currency;
use serde::Serialize;

use crate::policy::PriceRules;

use super::MarketSnapshot;

/// A price or exchange rate that is older than the policy allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stale {
    /// What it is: `price of VTI`, `exchange rate EUR/USD`.
    pub what: String,
    /// The date that it bears.
    pub date: Date,
    /// How old it is, in days.
    pub age_days: i32,
    /// How old it may be: the policy's `prices.max_age_days`.
    pub limit_days: u32,
}

impl std::fmt::Display for Stale {
    /// As in a sentence: `the price of VTI is of 2026-03-31, 92 days old, and may be 5`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, date, age_days, limit_days } = self;
        write!(f, "the {what} is of {date}, {age_days} days old, and may be {limit_days}")
    }
}

impl MarketSnapshot {
    /// What is too old to trade an instrument on, and to count it in the base currency: its price, or else the exchange rate.
    /// `None` too where either is missing.
    pub fn stale(&self, universe: &Universe, id: InstrumentId, base: Currency, rules: &PriceRules) -> Option<Stale> {
        let instrument = universe.get(id)?;
        let price = self.price(id).and_then(|point| self.aged(point.date, rules, || format!("price of {}", instrument.symbol)));
        price.or_else(|| self.stale_rate(instrument.currency, base, rules))
    }

    /// The exchange rate between two currencies, where it is too old.
    pub fn stale_rate(&self, from: Currency, to: Currency, rules: &PriceRules) -> Option<Stale> {
        let fixed = self.fx.fixed_on(from, to).ok().flatten()?;
        self.aged(fixed, rules, || format!("exchange rate {from}/{to}"))
    }

    fn aged(&self, date: Date, rules: &PriceRules, what: impl FnOnce() -> String) -> Option<Stale> {
        let age_days = self.as_of.days_since(date);
        let is_stale = i64::from(age_days) > i64::from(rules.max_age_days);
        is_stale.then_some(Stale { what: what(), date, age_days, limit_days: rules.max_age_days })
    }
}
