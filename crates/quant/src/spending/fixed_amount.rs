//! The same amount each year, not raised with prices.
//!
//! Sₜ = A

use super::{SpendingError, not_negative};

/// A fixed nominal amount a year.
///
/// ```
/// use evenkeel_quant::spending::FixedAmount;
/// assert_eq!(FixedAmount { amount: 40_000.0 }.amount(), 40_000.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedAmount {
    /// A, a year.
    pub amount: f64,
}

impl FixedAmount {
    pub(super) fn check(self) -> Result<(), SpendingError> {
        not_negative("the amount", self.amount)
    }

    /// The amount of any year.
    pub fn amount(self) -> f64 {
        self.amount
    }
}
