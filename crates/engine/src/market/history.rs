//! [`PriceHistory`] and [`SignalHistory`]: series as they were read.

use std::collections::BTreeMap;

use evenkeel_ledger::date::Date;

use super::{PriceKind, PricePoint};

/// Prices of each instrument of a universe over time.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceHistory {
    /// What the prices are.
    pub kind: PriceKind,
    /// By instrument, each in ascending order of dates; empty where there are none.
    pub series: Vec<Vec<PricePoint>>,
}

/// Signal series by name, each in ascending order of dates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SignalHistory {
    /// The series.
    pub series: BTreeMap<String, Vec<(Date, f64)>>,
}
