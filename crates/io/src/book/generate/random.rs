//! [`Random`]: numbers from a seed.

/// `SplitMix64` (Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators", figure 16).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// One stream of those that a seed has.
    pub(crate) fn stream(seed: u64, number: u64) -> Self {
        Self(mix(seed.wrapping_add(mix(number.wrapping_add(0xD1B5_4A32_D192_ED03)))))
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// From 0 up to, and without, 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits have an exact float")]
        let whole = (self.bits() >> 11) as f64;
        whole / 9_007_199_254_740_992.0
    }

    /// A whole number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: usize, most: usize) -> usize {
        let span = u64::try_from(most.saturating_sub(least)).unwrap_or(0).saturating_add(1);
        // The bias of a remainder of 64 bits does not matter here.
        least + usize::try_from(self.bits() % span).unwrap_or(0)
    }

    /// Whether something happens that does with a probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// From the standard normal distribution (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Makes every bit depend on every other.
const fn mix(bits: u64) -> u64 {
    let mixed = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
