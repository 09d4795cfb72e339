//! [`Random`]: numbers from a seed, the same on every machine.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Decimal;

/// `SplitMix64` (Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators",
/// figure 16): small, and good enough to choose test cases.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most.saturating_sub(least)).unwrap_or(0).saturating_add(1);
        // The bias of a remainder does not matter for choosing cases.
        least.saturating_add(i64::try_from(self.bits() % span).unwrap_or(0))
    }

    /// A count from `least` to `most`, both included.
    pub fn count(&mut self, least: usize, most: usize) -> usize {
        let bound = |count| i64::try_from(count).unwrap_or(i64::MAX);
        usize::try_from(self.between(bound(least), bound(most))).unwrap_or(least)
    }

    /// Whether something happens that does in so many of a hundred cases.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of several, none of which is preferred.
    ///
    /// # Panics
    /// Where there are none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let at = self.count(0, choices.len().saturating_sub(1));
        choices.get(at).expect("something to pick from")
    }

    /// A number in steps of 10 to the minus `places`, from so many steps to so many.
    ///
    /// # Panics
    /// Above 38 digits.
    pub fn decimal(&mut self, least: i64, most: i64, places: u32) -> Decimal {
        let raw = i128::from(self.between(least, most)) * 10_i128.pow(9_u32.saturating_sub(places));
        Decimal::from_raw(raw).expect("a number in range")
    }

    /// A number of thousandths, as a float.
    pub fn thousandths(&mut self, least: i64, most: i64) -> f64 {
        evenkeel::boundary::to_f64(self.decimal(least, most, 3))
    }

    /// A day of the years from one to another.
    ///
    /// # Panics
    /// Beyond the years that a date can have.
    pub fn date(&mut self, first_year: i16, last_year: i16) -> Date {
        let first = Date::new(first_year, 1, 1).expect("a date");
        let days = Date::new(last_year, 12, 31).expect("a date").days_since(first);
        first.add_days(i32::try_from(self.between(0, i64::from(days))).unwrap_or(0)).expect("a date")
    }

    /// So many parts of one, in thousandths, some of them zero.
    ///
    /// # Panics
    /// Never: a part of one is in range.
    pub fn parts(&mut self, count: usize) -> Vec<Decimal> {
        let mut cuts: Vec<i64> = (1..count).map(|_| if self.chance(15) { 1000 } else { self.between(0, 1000) }).collect();
        cuts.sort_unstable();
        cuts.push(1000);
        let starts = std::iter::once(0).chain(cuts.clone());
        let thousandth = |part: i64| Decimal::from_raw(i128::from(part) * 1_000_000).expect("a part of one");
        starts.zip(&cuts).map(|(start, end)| thousandth(end - start)).collect()
    }

    /// In another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.count(0, last);
            items.swap(last, other);
        }
    }
}
