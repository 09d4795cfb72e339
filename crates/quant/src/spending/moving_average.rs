//! A percentage of the average of past values.
//!
//! Sₜ = r · mean of the last q values observed, of as many as there are while fewer were.
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | r | `rate` | a fraction of value a year |
//! | q | `window` | observations: 12 quarters or 3 years are usual |
//!
//! The usual rule of endowments (NACUBO–Commonfund studies; Uniform Prudent Management of Institutional Funds Act,
//! section 4(d), judges spending by the average of at least three years of quarterly values).

use super::{Past, SpendingError, YearStart, fraction};
use crate::linear::vector::count;

/// Spending in proportion to an average of past values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MovingAverage {
    /// r, a fraction of value a year.
    pub rate: f64,
    /// q, observations.
    pub window: usize,
}

impl MovingAverage {
    pub(super) fn check(&self) -> Result<(), SpendingError> {
        if self.window == 0 {
            return Err(SpendingError::Parameter { name: "the window", value: 0.0, range: "at least 1 observation" });
        }
        fraction("the rate", self.rate)
    }

    #[inline]
    pub(super) fn amount(&self, now: &YearStart, past: &Past) -> f64 {
        let observed = &past.observed;
        let mean = if observed.is_empty() { now.value } else { observed.iter().sum::<f64>() / count(observed.len()) };
        self.rate * mean
    }
}
