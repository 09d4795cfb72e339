//! Histories drawn anew in blocks: the stationary bootstrap.
//!
//! A resample of T rows starts at a row drawn at random. Each next row is the one after it, after the last the
//! first, or with probability q = 1 ÷ L another row drawn at random: so blocks have geometric lengths of mean L,
//! and the resampled series is stationary. √T times the mean of a resample has the variance
//!
//! ω² = γ₀ + 2 Σᵢ₌₁ᵀ⁻¹ (1 − i/T) (1 − q)ⁱ cᵢ, cᵢ = 1/T Σₜ xₜ xₜ₊ᵢ around the circle, x = r − r̄
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | T | `rows` | 1 | periods |
//! | L | `mean_block` | 1 | periods, at least 1, where rows are independent |
//! | | `seed` | 1 | resample b is stream b of it |
//!
//! Source: D. N. Politis, J. P. Romano, *The Stationary Bootstrap*, Journal of the American Statistical Association 89
//! (1994), section 2 and lemma 1.

use crate::linear::matrix::Matrix;
use crate::linear::product::transposed_multiply;
use crate::linear::vector::{count, dot};
use crate::probability::random::Random;
use crate::risk::series::deviations;

use super::error::ValidateError;

/// Resamples whose sums are made in one product: few enough to stay in the cache.
const AT_ONCE: usize = 64;

/// How histories are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampling {
    /// How many.
    pub resamples: usize,
    /// Mean length L of a block.
    pub mean_block: f64,
    /// The seed.
    pub seed: u64,
}

impl Resampling {
    pub(super) fn check(&self) -> Result<(), ValidateError> {
        if self.resamples == 0 {
            return Err(ValidateError::TooFew { what: "resamples", found: 0, needed: 1 });
        }
        if self.mean_block >= 1.0 && self.mean_block.is_finite() {
            Ok(())
        } else {
            Err(ValidateError::Argument { name: "mean length of a block", value: self.mean_block, limit: "at least 1 period" })
        }
    }

    /// How often each row is drawn in one resample: `counts` has an entry a row, and is overwritten.
    ///
    /// ```
    /// use evenkeel_quant::validate::resample::Resampling;
    /// let mut counts = [0.0; 10];
    /// Resampling { resamples: 1, mean_block: 3.0, seed: 7 }.counts(0, &mut counts);
    /// assert_eq!(counts.iter().sum::<f64>(), 10.0);
    /// ```
    pub fn counts(&self, resample: u64, counts: &mut [f64]) {
        let mut random = Random::stream(self.seed, resample);
        let jump = 1.0 / self.mean_block;
        let rows = counts.len();
        counts.fill(0.0);
        let mut row = random.below(rows);
        for _ in 0..rows {
            counts[row] += 1.0;
            row = if random.uniform() < jump { random.below(rows) } else { (row + 1) % rows };
        }
    }

    /// Means of the columns in each resample in turn, one entry a column.
    pub(super) fn means(&self, columns: &Matrix, mut each: impl FnMut(&[f64])) {
        let rows = columns.rows();
        let mut done = 0;
        while done < self.resamples {
            let some = AT_ONCE.min(self.resamples - done);
            let mut counts = Matrix::zeros(rows, some);
            for (number, column) in (done..).zip(0..some) {
                self.counts(number as u64, counts.column_mut(column));
            }
            let mut means = transposed_multiply(columns, &counts);
            for mean in means.values_mut() {
                *mean /= count(rows);
            }
            means.iter_columns().for_each(&mut each);
            done += some;
        }
    }

    /// ω²: variance of √T times the mean of a resample, exactly, in O(T).
    ///
    /// ```
    /// use evenkeel_quant::validate::resample::Resampling;
    /// let rows = Resampling { resamples: 1, mean_block: 1.0, seed: 0 };
    /// assert!((rows.variance_of_mean(&[0.01, 0.03, -0.01]) - 0.0008 / 3.0).abs() < 1e-17);
    /// ```
    pub fn variance_of_mean(&self, returns: &[f64]) -> f64 {
        let x = deviations(returns);
        let length = x.len();
        let rows = count(length);
        let keep = 1.0 - 1.0 / self.mean_block;
        let around = keep.powf(rows);
        // y = Σᵢ keepⁱ xₜ₊ᵢ and z = Σᵢ i keepⁱ xₜ₊ᵢ over i = 1 … T − 1, from the last row to the first.
        let (mut y, mut z, mut power) = (0.0, 0.0, 1.0);
        for (i, value) in x.iter().take(length.saturating_sub(1)).enumerate() {
            power *= keep;
            y += power * value;
            z += count(i + 1) * power * value;
        }
        let mut sum = 0.0;
        for t in (0..length).rev() {
            sum += x[t] * (y - z / rows);
            let before = if t == 0 { x[length - 1] } else { x[t - 1] };
            z = keep * (x[t] + z + y) - rows * around * before;
            y = keep * (x[t] + y) - around * before;
        }
        ((dot(&x, &x) + 2.0 * sum) / rows).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_draws_nothing() {
        assert!(Resampling { resamples: 0, mean_block: 2.0, seed: 0 }.check().is_err());
        assert!(Resampling { resamples: 5, mean_block: 0.5, seed: 0 }.check().is_err());
    }

    #[test]
    fn the_variance_is_that_of_many_resamples() {
        let mut random = Random::stream(3, 0);
        let mut series = vec![0.0; 200];
        for t in 1..200 {
            series[t] = 0.6 * series[t - 1] + random.normal();
        }
        let how = Resampling { resamples: 20_000, mean_block: 8.0, seed: 11 };
        let mut means = Vec::new();
        how.means(&Matrix::from_columns(200, 1, series.clone()).unwrap(), |mean| means.push(mean[0]));
        let found = crate::risk::variance::variance(&means, 1).unwrap() * 200.0;
        let said = how.variance_of_mean(&series);
        assert!((found / said - 1.0).abs() < 0.03, "{found} against {said}");
    }

    proptest! {
        #[test]
        fn the_recursion_is_the_double_sum(series in prop::collection::vec(-1.0..1.0_f64, 2..40), mean_block in 1.0..60.0_f64) {
            let x = deviations(&series);
            let (rows, length) = (count(x.len()), x.len());
            let circular = |lag: usize| (0..length).map(|t| x[t] * x[(t + lag) % length]).sum::<f64>() / rows;
            let keep = 1.0 - 1.0 / mean_block;
            let mut expected = circular(0);
            let mut power = 1.0;
            for lag in 1..length {
                power *= keep;
                expected += 2.0 * (1.0 - count(lag) / rows) * power * circular(lag);
            }
            let found = Resampling { resamples: 1, mean_block, seed: 0 }.variance_of_mean(&series);
            prop_assert!((found - expected.max(0.0)).abs() < 1e-12);
        }
    }
}
