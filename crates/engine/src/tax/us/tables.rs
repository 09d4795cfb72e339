//! Amounts by year: `us.toml`, read once.

use std::sync::LazyLock;

use evenkeel_ledger::household::FilingStatus;
use evenkeel_ledger::number::{Decimal, NumberError, Rounding};
use serde::Deserialize;

use crate::tax::error::TaxError;

/// Amounts and rates of all years that there are.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) ordinary_rates: Vec<Decimal>,
    pub(super) long_term_rates: Vec<Decimal>,
    pub(super) collectibles_rate: Decimal,
    pub(super) net_investment_rate: Decimal,
    loss_limits: [Decimal; 4],
    years: Vec<Year>,
}

/// Amounts of a year, by filing status, and where they are from.
#[derive(Debug)]
struct Year {
    number: i16,
    source: String,
    amounts: [Amounts; 4],
}

/// Amounts of a year for a filing status.
#[derive(Debug, Default, Clone)]
pub(super) struct Amounts {
    /// Tops of the ordinary brackets but the last, with the tax on each.
    pub(super) brackets: Vec<Bracket>,
    /// Tops of the brackets of long-term gains but the last.
    pub(super) long_term: Vec<Decimal>,
    pub(super) net_investment_threshold: Decimal,
}

/// The end of an ordinary bracket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    pub(super) top: Decimal,
    /// Tax on income of so much.
    pub(super) tax: Decimal,
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    ordinary_rates: Vec<Decimal>,
    long_term_rates: Vec<Decimal>,
    collectibles_rate: Decimal,
    net_investment_rate: Decimal,
    net_investment_threshold: ByStatus<i64>,
    loss_limit: ByStatus<i64>,
    year: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    year: i16,
    source: String,
    brackets: ByStatus<Vec<i64>>,
    long_term: ByStatus<Vec<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByStatus<T> {
    single: T,
    married_jointly: T,
    married_separately: T,
    head_of_household: T,
}

impl<T> ByStatus<T> {
    /// In the order of [`place`].
    fn each(&self) -> [&T; 4] {
        [&self.single, &self.married_jointly, &self.married_separately, &self.head_of_household]
    }
}

/// The place of a filing status in [`ByStatus::each`]; an institution has none.
fn place(status: FilingStatus) -> Option<usize> {
    match status {
        FilingStatus::Single => Some(0),
        FilingStatus::MarriedJointly | FilingStatus::SurvivingSpouse => Some(1),
        FilingStatus::MarriedSeparately => Some(2),
        FilingStatus::HeadOfHousehold => Some(3),
        FilingStatus::Institution => None,
    }
}

impl Tables {
    /// The tables of this release.
    pub(super) fn published() -> &'static Self {
        // A file that does not read would leave no year, so that every year is an error; a test reads it.
        static PUBLISHED: LazyLock<Tables> = LazyLock::new(|| Tables::read(include_str!("us.toml")).unwrap_or_default());
        &PUBLISHED
    }

    fn read(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let year = |entry: &Entry| Ok(Year { number: entry.year, source: entry.source.clone(), amounts: amounts(&file, entry)? });
        let years = file.year.iter().map(year);
        let years = years.collect::<Result<Vec<_>, NumberError>>().map_err(|error| error.to_string())?;
        let loss_limits = file.loss_limit.each().map(|limit| Decimal::from_int(*limit));
        let File { ordinary_rates, long_term_rates, collectibles_rate, net_investment_rate, .. } = file;
        Ok(Self { ordinary_rates, long_term_rates, collectibles_rate, net_investment_rate, loss_limits, years })
    }

    /// The amounts of a year for a filing status; `None` for an institution.
    pub(super) fn amounts(&self, year: i16, status: FilingStatus) -> Result<Option<&Amounts>, TaxError> {
        let Some(found) = self.year(year) else {
            let known: Vec<String> = self.years.iter().map(|year| year.number.to_string()).collect();
            return Err(TaxError::NoTable { country: "the United States", year, known: known.join(", "), rates_would_do: true });
        };
        Ok(place(status).and_then(|place| found.amounts.get(place)))
    }

    fn year(&self, year: i16) -> Option<&Year> {
        self.years.iter().find(|known| known.number == year)
    }

    /// Where the amounts of a year are from.
    pub(super) fn source(&self, year: i16) -> Option<&str> {
        self.year(year).map(|year| year.source.as_str())
    }

    /// Net losses that reduce ordinary income; none of an institution's.
    pub(super) fn loss_limit(&self, status: FilingStatus) -> Decimal {
        place(status).and_then(|place| self.loss_limits.get(place)).copied().unwrap_or_default()
    }

    /// Tax on ordinary income by the rate schedule.
    pub(super) fn ordinary_tax(&self, amounts: &Amounts, income: Decimal) -> Result<Decimal, NumberError> {
        let full = amounts.brackets.partition_point(|bracket| bracket.top <= income);
        let (below, tax) =
            full.checked_sub(1).and_then(|last| amounts.brackets.get(last)).map_or((Decimal::ZERO, Decimal::ZERO), |b| (b.top, b.tax));
        let rate = self.ordinary_rates.get(full).copied().unwrap_or_default();
        tax.try_add(income.try_sub(below)?.mul(rate, Rounding::HalfEven)?)
    }
}

fn amounts(file: &File, year: &Entry) -> Result<[Amounts; 4], NumberError> {
    let mut all = <[Amounts; 4]>::default();
    let parts = year.brackets.each().into_iter().zip(year.long_term.each());
    let parts = parts.zip(file.net_investment_threshold.each());
    for (amounts, ((brackets, long_term), threshold)) in all.iter_mut().zip(parts) {
        let (mut below, mut tax) = (Decimal::ZERO, Decimal::ZERO);
        for (top, rate) in brackets.iter().zip(&file.ordinary_rates) {
            let top = Decimal::from_int(*top);
            tax = tax.try_add(top.try_sub(below)?.mul(*rate, Rounding::HalfEven)?)?;
            amounts.brackets.push(Bracket { top, tax });
            below = top;
        }
        amounts.long_term = long_term.iter().copied().map(Decimal::from_int).collect();
        amounts.net_investment_threshold = Decimal::from_int(*threshold);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[test]
    fn every_year_reads_and_its_amounts_ascend() {
        let tables = Tables::read(include_str!("us.toml")).unwrap();
        assert_eq!(tables.years.iter().map(|year| year.number).collect::<Vec<_>>(), (2020..=2026).collect::<Vec<i16>>());
        for Year { number: year, amounts: statuses, .. } in &tables.years {
            for amounts in statuses {
                assert_eq!((amounts.brackets.len(), amounts.long_term.len()), (6, 2), "{year}");
                assert!(amounts.brackets.is_sorted_by(|a, b| a.top < b.top), "{year}");
                // The brackets of long-term gains follow the tops of 12 % and, all but joint returns, 35 % within 15 %.
                let near = |a: Decimal, b: Decimal| (a.raw() - b.raw()).abs() * 50 < b.raw();
                assert!(near(amounts.long_term[0], amounts.brackets[1].top), "{year}");
            }
            // A joint return has twice the amounts of a separate one; rounding down to 25 and 50 leaves at most 50.
            for (joint, apart) in statuses[1].brackets.iter().zip(&statuses[2].brackets) {
                assert!((joint.top.raw() - 2 * apart.top.raw()).abs() <= Decimal::from_int(50).raw(), "{year}");
            }
            for (alone, apart) in statuses[0].brackets.iter().zip(&statuses[2].brackets).take(5) {
                assert_eq!(alone.top, apart.top, "{year}");
            }
        }
    }

    /// The tax on the top of each bracket as the revenue procedures print it (tables 1 to 4, last lines).
    #[test]
    fn taxes_are_those_of_the_printed_schedules() {
        let tables = Tables::published();
        let tax = |year, status, income: &str| {
            let amounts = tables.amounts(year, status).unwrap().unwrap();
            tables.ordinary_tax(amounts, income.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(tax(2020, FilingStatus::Single, "518400"), "156235");
        assert_eq!(tax(2021, FilingStatus::MarriedJointly, "628300"), "168993.5");
        assert_eq!(tax(2022, FilingStatus::MarriedJointly, "647850"), "174253.5");
        assert_eq!(tax(2023, FilingStatus::Single, "578125"), "174238.25");
        assert_eq!(tax(2024, FilingStatus::MarriedJointly, "731200"), "196669.5");
        assert_eq!(tax(2024, FilingStatus::HeadOfHousehold, "609350"), "181954.5");
        assert_eq!(tax(2025, FilingStatus::Single, "626350"), "188769.75");
        assert_eq!(tax(2025, FilingStatus::MarriedJointly, "751600"), "202154.5");
        assert_eq!(tax(2026, FilingStatus::Single, "640601"), "192979.62");
    }

    #[test]
    fn a_year_beyond_the_tables_is_told() {
        let error = Tables::published().amounts(2019, FilingStatus::Single).unwrap_err();
        assert!(error.to_string().contains("for 2019: there are those for 2020, 2021"), "{error}");
    }
}
