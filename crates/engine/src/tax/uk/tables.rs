//! Amounts by year: `uk.toml`, read once.

use std::sync::LazyLock;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Decimal;
use serde::Deserialize;

use crate::tax::error::TaxError;

/// Rates within the basic rate band and beyond it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rates {
    pub(super) lower: Decimal,
    pub(super) higher: Decimal,
}

/// Amounts of a year.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amounts {
    year: i16,
    pub(super) source: String,
    exempt: i64,
    basic_band: i64,
    pub(super) rates: Rates,
    /// The first day of the rates, where others were before.
    pub(super) changed: Option<Date>,
    /// Rates before they changed.
    pub(super) before: Option<Rates>,
}

impl Amounts {
    /// The annual exempt amount.
    pub(super) fn exempt(&self) -> Decimal {
        Decimal::from_int(self.exempt)
    }

    /// The basic rate band.
    pub(super) fn basic_band(&self) -> Decimal {
        Decimal::from_int(self.basic_band)
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    year: Vec<Amounts>,
}

/// The years that there are. A file that does not read would leave none, so that every year is an error; a test reads it.
fn years() -> &'static [Amounts] {
    static PUBLISHED: LazyLock<File> = LazyLock::new(|| toml::from_str(include_str!("uk.toml")).unwrap_or_default());
    &PUBLISHED.year
}

/// The amounts of a year.
pub(super) fn year(year: i16) -> Result<&'static Amounts, TaxError> {
    years().iter().find(|known| known.year == year).ok_or_else(|| {
        let known: Vec<String> = years().iter().map(|year| year.year.to_string()).collect();
        // The exempt amount is a year's own, whatever rates are stated.
        TaxError::NoTable { country: "the United Kingdom", year, known: known.join(", "), rates_would_do: false }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_year_reads() {
        toml::from_str::<File>(include_str!("uk.toml")).unwrap();
        assert_eq!(years().iter().map(|year| year.year).collect::<Vec<_>>(), (2020..=2026).collect::<Vec<i16>>());
        assert!(years().iter().all(|year| year.rates.lower < year.rates.higher && year.changed.is_some() == year.before.is_some()));
        assert!(year(2019).unwrap_err().to_string().contains("for 2019: there are those for 2020, 2021"));
    }
}
