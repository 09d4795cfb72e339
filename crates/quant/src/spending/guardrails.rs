//! Last year's amount, raised with prices and corrected where it leads too far.
//!
//! With w₀ = S₀ ÷ V₀ and S = Sₜ₋₁ Pₜ ÷ Pₜ₋₁, or S = Sₜ₋₁ after a year of loss in which S ÷ Vₜ > w₀ would be:
//!
//! > Sₜ = (1 − a) S where S ÷ Vₜ > (1 + g) w₀ and more than L years are left
//! >
//! > Sₜ = (1 + a) S where S ÷ Vₜ < (1 − g) w₀
//! >
//! > Sₜ = S otherwise
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | S₀ | `first` | money, or a fraction of the first value |
//! | g | `width` | a fraction of w₀; the paper's is 0.2 |
//! | a | `adjustment` | a fraction of spending; the paper's is 0.1 |
//! | L | `no_cut_years` | last years without cuts; the paper's is 15 |
//!
//! (J. T. Guyton, W. J. Klinger, *Decision Rules and Maximum Initial Withdrawal Rates*, Journal of Financial
//! Planning, March 2006: modified withdrawal rule, capital preservation rule, prosperity rule. Their rule on
//! which class is sold is the rebalancing here.)

use super::{FirstYear, Past, SpendingError, YearStart, fraction};

/// Spending between guardrails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guardrails {
    /// S₀: what the first year pays.
    pub first: FirstYear,
    /// g: how far the rate may go from the first, as a fraction of it.
    pub width: f64,
    /// a: by how much spending is then corrected.
    pub adjustment: f64,
    /// L: last years in which nothing is cut.
    pub no_cut_years: usize,
}

impl Guardrails {
    /// The paper's parameters.
    ///
    /// ```
    /// use evenkeel_quant::spending::{FirstYear, Guardrails};
    /// assert_eq!(Guardrails::published(FirstYear::Rate(0.052)).adjustment, 0.1);
    /// ```
    pub fn published(first: FirstYear) -> Self {
        Self { first, width: 0.2, adjustment: 0.1, no_cut_years: 15 }
    }

    pub(super) fn check(&self) -> Result<(), SpendingError> {
        self.first.check()?;
        fraction("the width of the guardrails", self.width)?;
        fraction("the adjustment", self.adjustment)
    }

    #[inline]
    pub(super) fn amount(&self, now: &YearStart, past: &Past) -> f64 {
        let (Some((first, first_value)), Some((last, _)), Some(raised)) = (past.first, past.last, past.last_at_prices(now.price_level))
        else {
            return self.first.of(now.value);
        };
        let first_rate = first / first_value;
        let skips = now.last_return < 0.0 && raised > first_rate * now.value;
        let amount = if skips { last } else { raised };
        if amount > (1.0 + self.width) * first_rate * now.value && now.years_left > self.no_cut_years {
            (1.0 - self.adjustment) * amount
        } else if amount < (1.0 - self.width) * first_rate * now.value {
            (1.0 + self.adjustment) * amount
        } else {
            amount
        }
    }
}
