//! [`Stale`]: prices and exchange rates that are too old to decide on; [`stale_rates`]: those of a history.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::number::Currency;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::PriceRules;

use super::{FxHistory, MarketSnapshot};

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

/// The exchange rates of currencies to another that are too old on some dates of a history, by currency: where the last rate stands
/// for later dates, or for those in a hole, returns lack what the currency did.
pub fn stale_rates(
    fx: &FxHistory,
    currencies: impl IntoIterator<Item = Currency>,
    base: Currency,
    dates: &[Date],
    rules: &PriceRules,
) -> Vec<Diagnostic> {
    let mut foreign: Vec<Currency> = currencies.into_iter().filter(|currency| *currency != base).collect();
    foreign.sort_unstable();
    foreign.dedup();
    if foreign.is_empty() {
        return Vec::new();
    }
    let mut ages: Vec<Vec<(Date, Date)>> = vec![Vec::new(); foreign.len()];
    for date in dates {
        let Ok(rates) = fx.on(*date) else { continue };
        for (currency, ages) in foreign.iter().zip(&mut ages) {
            // Without any rate nothing is converted, which is told where it is needed.
            ages.extend(rates.fixed_on(*currency, base).ok().flatten().map(|fixed| (*date, fixed)));
        }
    }
    let told = |(currency, ages): (&Currency, &Vec<(Date, Date)>)| {
        let is_stale = |(date, fixed): &&(Date, Date)| i64::from(date.days_since(*fixed)) > i64::from(rules.max_age_days);
        let stale: Vec<&(Date, Date)> = ages.iter().filter(is_stale).collect();
        let (date, fixed) = stale.iter().max_by_key(|(date, fixed)| date.days_since(*fixed))?;
        let message = format!(
            "the exchange rate of `{currency}/{base}` is stale on {} of {} dates of the history, at worst {} days old: that of {fixed} on {date}; \
             more than {} days is stale",
            stale.len(),
            ages.len(),
            date.days_since(*fixed),
            rules.max_age_days
        );
        Some(Diagnostic::warning(Code::STALE, message).help("add the rates to fx.csv; until then returns lack there what the currency did"))
    };
    foreign.iter().zip(&ages).filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_hole_and_a_last_rate_that_is_old_are_told_together() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let quoted = ["2024-01-01", "2024-01-05", "2024-01-20"].map(|day| (date(day), "1.1".parse().unwrap())).to_vec();
        let fx = FxHistory { pairs: [((Currency::EUR, Currency::USD), quoted)].into_iter().collect() };
        let dates: Vec<Date> = (0..31).map(|days| date("2024-01-01").add_days(days).unwrap()).collect();
        let told = |max_age_days| {
            let rules = PriceRules { max_age_days, max_jump: 0.5 };
            stale_rates(&fx, [Currency::EUR, Currency::USD, Currency::EUR], Currency::USD, &dates, &rules)
        };
        // Old from the 11th to the 19th, and from the 26th to the 31st.
        let of_five = told(5);
        assert_eq!(of_five.len(), 1);
        let message = &of_five.first().unwrap().message;
        assert!(
            message.contains("stale on 15 of 31 dates") && message.contains("14 days old: that of 2024-01-05 on 2024-01-19"),
            "{message}"
        );
        assert!(told(14).is_empty());
    }
}
