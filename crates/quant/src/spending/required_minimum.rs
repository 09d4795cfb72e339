//! What the law asks for at an age: value over a divisor.
//!
//! Sₜ = Vₜ ÷ D(age), and 0 before the first age of the table. Beyond the last age its divisor stays.
//!
//! The American table is that of 26 CFR 1.401(a)(9)-9(c), Uniform Lifetime, for years from 2022. There the value is
//! that of the last day of the year before; here it is that at the start of the year, which is the same moment.

use super::{SpendingError, YearStart};

/// Divisors of the Uniform Lifetime Table from 72 on; 120 and above have the last.
pub const UNIFORM_LIFETIME: [f64; 49] = [
    27.4, 26.5, 25.5, 24.6, 23.7, 22.9, 22.0, 21.1, 20.2, 19.4, 18.5, 17.7, 16.8, 16.0, 15.2, 14.4, 13.7, 12.9, 12.2, 11.5, 10.8, 10.1,
    9.5, 8.9, 8.4, 7.8, 7.3, 6.8, 6.4, 6.0, 5.6, 5.2, 4.9, 4.6, 4.3, 4.1, 3.9, 3.7, 3.5, 3.4, 3.3, 3.1, 3.0, 2.9, 2.8, 2.7, 2.5, 2.3, 2.0,
];

/// The age of the first of [`UNIFORM_LIFETIME`].
const FIRST_AGE_OF_TABLE: u32 = 72;

/// Spending that the remaining years divide.
#[derive(Debug, Clone, PartialEq)]
pub struct RequiredMinimum {
    /// Age in the first year, whole years.
    pub age: u32,
    /// Age from which something must be paid.
    pub from_age: u32,
    /// Divisors from `from_age` on, by year of age.
    pub divisors: Vec<f64>,
}

impl RequiredMinimum {
    /// By the Uniform Lifetime Table, from an age on: 73 for those born 1951 to 1959, 75 for those born later.
    ///
    /// ```
    /// use evenkeel_quant::spending::{RequiredMinimum, YearStart};
    /// let rule = RequiredMinimum::uniform_lifetime(73, 73);
    /// let now = YearStart { year: 0, years_left: 20, value: 265_000.0, price_level: 1.0, last_return: 0.0 };
    /// assert_eq!(rule.amount(&now), 10_000.0);
    /// ```
    pub fn uniform_lifetime(age: u32, from_age: u32) -> Self {
        let skipped = usize::try_from(from_age.saturating_sub(FIRST_AGE_OF_TABLE)).unwrap_or(usize::MAX).min(UNIFORM_LIFETIME.len() - 1);
        let divisors = UNIFORM_LIFETIME.get(skipped..).unwrap_or_default().to_vec();
        Self { age, from_age: from_age.max(FIRST_AGE_OF_TABLE), divisors }
    }

    pub(super) fn check(&self) -> Result<(), SpendingError> {
        let name = "a divisor";
        if self.divisors.is_empty() {
            return Err(SpendingError::Parameter { name: "the number of divisors", value: 0.0, range: "at least 1" });
        }
        let unsound = self.divisors.iter().copied().find(|divisor| !(divisor.is_finite() && *divisor >= 1.0));
        unsound.map_or(Ok(()), |value| Err(SpendingError::Parameter { name, value, range: "at least 1" }))
    }

    /// The amount of a year.
    #[inline]
    pub fn amount(&self, now: &YearStart) -> f64 {
        let age = usize::try_from(self.age).unwrap_or(usize::MAX).saturating_add(now.year);
        let Some(since) = age.checked_sub(usize::try_from(self.from_age).unwrap_or(usize::MAX)) else { return 0.0 };
        let divisor = self.divisors.get(since).or(self.divisors.last());
        divisor.map_or(0.0, |divisor| now.value / divisor)
    }
}
