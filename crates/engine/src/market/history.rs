//! [`PriceHistory`], [`FxHistory`] and [`SignalHistory`]: series as they were read.

use std::collections::BTreeMap;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::{FxError, FxQuote, FxRates};
use evenkeel_ledger::number::{Currency, Decimal};

use super::{PriceKind, PricePoint};

/// Prices of each instrument of a universe over time.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceHistory {
    /// What the prices are.
    pub kind: PriceKind,
    /// By instrument, each in ascending order of dates; empty where there are none.
    pub series: Vec<Vec<PricePoint>>,
}

/// Exchange rates over time, each pair (priced currency, pricing currency) as it is quoted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FxHistory {
    /// Units of the pricing currency for one unit of the priced one, in ascending order of dates.
    pub pairs: BTreeMap<(Currency, Currency), Vec<(Date, Decimal)>>,
}

impl FxHistory {
    /// The last rate of each pair on or before a date.
    ///
    /// # Errors
    /// Pairs that contradict themselves.
    pub fn on(&self, date: Date) -> Result<FxRates, FxError> {
        let last = |((base, quote), series): (&(Currency, Currency), &Vec<(Date, Decimal)>)| {
            let known = series.get(..series.partition_point(|(quoted, _)| *quoted <= date)).unwrap_or_default();
            let (date, rate) = *known.iter().rev().find(|(_, rate)| rate.is_positive())?;
            Some(FxQuote { base: *base, quote: *quote, rate, date })
        };
        FxRates::new(self.pairs.iter().filter_map(last).collect())
    }
}

/// Signal series by name, each in ascending order of dates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SignalHistory {
    /// The series.
    pub series: BTreeMap<String, Vec<(Date, f64)>>,
}

impl SignalHistory {
    /// The observations of a series up to and including a date; empty for an unknown series.
    pub fn until(&self, name: &str, date: Date) -> &[(Date, f64)] {
        let series = self.series.get(name).map_or(&[][..], Vec::as_slice);
        let known = series.partition_point(|(observed, _)| *observed <= date);
        series.get(..known).unwrap_or_default()
    }

    /// The last observation of a series on or before a date.
    pub fn last_on_or_before(&self, name: &str, date: Date) -> Option<(Date, f64)> {
        self.until(name, date).last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_at_nothing_later() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let observed = vec![(date("2024-01-02"), 1.0), (date("2024-01-05"), 2.0)];
        let signals = SignalHistory { series: [("vix".to_owned(), observed)].into_iter().collect() };
        assert_eq!(signals.last_on_or_before("vix", date("2024-01-01")), None);
        assert_eq!(signals.last_on_or_before("vix", date("2024-01-04")), Some((date("2024-01-02"), 1.0)));
        assert_eq!(signals.last_on_or_before("vix", date("2024-01-05")), Some((date("2024-01-05"), 2.0)));
        assert_eq!(signals.last_on_or_before("move", date("2024-01-05")), None);
        assert_eq!(signals.until("vix", date("2030-01-01")).len(), 2);
    }
}
