//! Last year's amount and a percentage of value, mixed: the rule of Yale.
//!
//! Sₜ = λ Sₜ₋₁ Pₜ ÷ Pₜ₋₁ + (1 − λ) r Vₜ, with S₀ = r V₀
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | λ | `smoothing` | 0 follows value, 1 follows prices; Yale: 0.8 |
//! | r | `rate` | target, a fraction of value a year; Yale: 0.0525 |
//! | P | `price_level` | 1 in the first year |
//!
//! Yale holds the outcome between 4 % and 6.5 % of value: the floor and the cap of [`Spending`](super::Spending).
//! (J. Tobin, *What Is Permanent Endowment Income?*, American Economic Review 64, 1974; D. F. Swensen, *Pioneering
//! Portfolio Management*, 2nd ed. 2009, chapter 3.)

use super::{Past, SpendingError, YearStart, fraction};

/// Spending between what was and what can be afforded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hybrid {
    /// r, a fraction of value a year.
    pub rate: f64,
    /// λ, the weight of last year's amount.
    pub smoothing: f64,
}

impl Hybrid {
    pub(super) fn check(&self) -> Result<(), SpendingError> {
        fraction("the rate", self.rate)?;
        fraction("the smoothing", self.smoothing)
    }

    #[inline]
    pub(super) fn amount(&self, now: &YearStart, past: &Past) -> f64 {
        let affordable = self.rate * now.value;
        past.last_at_prices(now.price_level).map_or(affordable, |last| self.smoothing * last + (1.0 - self.smoothing) * affordable)
    }
}
