//! Random numbers from a seed, in streams that do not depend on one another.
//!
//! `SplitMix64` (G. L. Steele, D. Lea, C. H. Flood, *Fast Splittable Pseudorandom Number Generators*, 2014,
//! figure 16): a counter whose bits are mixed. Stream `number` of a seed starts at a mixed point, so streams
//! can be drawn in any order and on any thread. Not for cryptography.

use super::normal::quantile;

/// 2⁵³, beyond which not every whole number has a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A stream of random numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// One of the streams of a seed.
    ///
    /// ```
    /// use evenkeel_quant::probability::random::Random;
    /// let (mut a, mut b, mut c) = (Random::stream(7, 0), Random::stream(7, 0), Random::stream(7, 1));
    /// assert_eq!(a.bits(), b.bits());
    /// assert_ne!(a.bits(), c.bits());
    /// ```
    #[inline]
    pub fn stream(seed: u64, number: u64) -> Self {
        Self(mix(seed.wrapping_add(mix(number.wrapping_add(0xD1B5_4A32_D192_ED03)))))
    }

    /// The next 64 bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// From 0 up to, and without, 1: a multiple of 2⁻⁵³.
    ///
    /// ```
    /// let value = evenkeel_quant::probability::random::Random::stream(7, 0).uniform();
    /// assert!((0.0..1.0).contains(&value));
    /// ```
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits have an exact float")]
        let whole = (self.bits() >> 11) as f64;
        whole / EXACT
    }

    /// A whole number from 0 up to, and without, `end`; 0 where `end` is 0. Uneven by less than `end` ÷ 2⁶⁴.
    ///
    /// ```
    /// assert!(evenkeel_quant::probability::random::Random::stream(7, 0).below(6) < 6);
    /// ```
    #[inline]
    pub fn below(&mut self, end: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "less than `end`")]
        let scaled = ((u128::from(self.bits()) * end as u128) >> 64) as usize;
        scaled
    }

    /// From the standard normal distribution, by its quantile: one uniform number each, so that what is drawn
    /// later stays where it is whatever is drawn.
    ///
    /// ```
    /// assert!(evenkeel_quant::probability::random::Random::stream(7, 0).normal().abs() < 9.0);
    /// ```
    pub fn normal(&mut self) -> f64 {
        quantile(self.uniform() + 0.5 / EXACT).unwrap_or_default()
    }
}

/// Makes every bit depend on every other.
#[inline]
const fn mix(bits: u64) -> u64 {
    let mixed = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first numbers of SplitMix64 from the state 1234567, as in the reference implementation.
        let mut random = Random(1_234_567);
        let first = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert!(first.into_iter().all(|expected| random.bits() == expected));
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut random = Random::stream(1, 2);
        let draws: Vec<(f64, f64, usize)> = (0..200_000).map(|_| (random.uniform(), random.normal(), random.below(3))).collect();
        let mean = |of: &dyn Fn(&(f64, f64, usize)) -> f64| draws.iter().map(of).sum::<f64>() / 200_000.0;
        assert!((mean(&|draw| draw.0) - 0.5).abs() < 0.003);
        assert!(mean(&|draw| draw.1).abs() < 0.01);
        assert!((mean(&|draw| draw.1 * draw.1) - 1.0).abs() < 0.015);
        assert!((mean(&|draw| draw.1.powi(4)) - 3.0).abs() < 0.1);
        for number in 0..3 {
            assert!((mean(&|draw| f64::from(u8::from(draw.2 == number))) - 1.0 / 3.0).abs() < 0.005);
        }
    }
}
