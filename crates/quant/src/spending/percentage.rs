//! A percentage of value.
//!
//! Sₜ = r Vₜ. It cannot run out, and swings as the portfolio does.

use super::{SpendingError, YearStart, fraction};

/// Spending in proportion to value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentage {
    /// r, a fraction of value a year.
    pub rate: f64,
}

impl Percentage {
    pub(super) fn check(self) -> Result<(), SpendingError> {
        fraction("the rate", self.rate)
    }

    /// The amount of a year.
    ///
    /// ```
    /// use evenkeel_quant::spending::{Percentage, YearStart};
    /// let now = YearStart { year: 3, years_left: 27, value: 200.0, price_level: 1.1, last_return: 0.0 };
    /// assert_eq!(Percentage { rate: 0.05 }.amount(&now), 10.0);
    /// ```
    #[inline]
    pub fn amount(self, now: &YearStart) -> f64 {
        self.rate * now.value
    }
}
