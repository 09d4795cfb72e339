//! What the first year had, raised with prices.
//!
//! Sₜ = S₀ · Pₜ, with S₀ an amount, or a rate times the first value.
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | S₀ | `first` | money of the first year, or a fraction of the first value |
//! | Pₜ | `price_level` | 1 in the first year |
//!
//! (W. P. Bengen, *Determining Withdrawal Rates Using Historical Data*, Journal of Financial Planning, 1994.)

use super::{Past, SpendingError, YearStart, fraction, not_negative};

/// Spending that keeps its purchasing power whatever the portfolio does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedReal {
    /// What the first year pays.
    pub first: FirstYear,
}

/// What the first year pays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FirstYear {
    /// A fraction of the first value.
    Rate(f64),
    /// An amount.
    Amount(f64),
}

impl FirstYear {
    pub(super) fn check(self) -> Result<(), SpendingError> {
        match self {
            Self::Rate(rate) => fraction("the rate", rate),
            Self::Amount(amount) => not_negative("the amount", amount),
        }
    }

    /// What it is of a value.
    ///
    /// ```
    /// use evenkeel_quant::spending::FirstYear;
    /// assert_eq!(FirstYear::Rate(0.04).of(1000.0), 40.0);
    /// assert_eq!(FirstYear::Amount(30.0).of(1000.0), 30.0);
    /// ```
    #[inline]
    pub fn of(self, value: f64) -> f64 {
        match self {
            Self::Rate(rate) => rate * value,
            Self::Amount(amount) => amount,
        }
    }
}

impl FixedReal {
    pub(super) fn check(&self) -> Result<(), SpendingError> {
        self.first.check()
    }

    #[inline]
    pub(super) fn amount(&self, now: &YearStart, past: &Past) -> f64 {
        // From the first year's amount, not from last year's: a year that a cap held down does not hold down all later ones.
        self.first.of(past.first.map_or(now.value, |(_, value)| value)) * now.price_level
    }
}
