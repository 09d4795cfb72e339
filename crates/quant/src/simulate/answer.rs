//! What paths say, and how sure they are of it.
//!
//! | figure | estimate | band at confidence c, z = Φ⁻¹((1 + c) ÷ 2) |
//! |---|---|---|
//! | probability | k ÷ n | Wilson's: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n) |
//! | quantile at p | x₍⌈np⌉₎, the ⌈np⌉-th smallest | x₍ᵣ₎ and x₍ₛ₎, r = ⌊np − z√(np(1−p))⌋, s = ⌈np + z√(np(1−p))⌉ + 1 |
//! | mean | Σx ÷ n | ± z s ÷ √n |
//!
//! (E. B. Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*, Journal of the American
//! Statistical Association 22, 1927; H. A. David, H. N. Nagaraja, *Order Statistics*, 3rd ed. 2003, section 7.1.) The
//! bands are of the drawing of paths alone: a model that is wrong is wrong with any number of them.

use crate::linear::vector::count;
use crate::probability::normal;

use super::error::{SimulateError, check};

/// A figure and its band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How wide bands are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    z: f64,
}

impl Confidence {
    /// Bands that hold the truth with this probability.
    ///
    /// ```
    /// use evenkeel_quant::simulate::answer::Confidence;
    /// let half = Confidence::new(0.95)?.share(50, 100);
    /// assert!((half.low - 0.403_831_5).abs() < 1e-6 && (half.high - 0.596_168_5).abs() < 1e-6);
    /// # Ok::<(), evenkeel_quant::simulate::SimulateError>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError::Parameter`] outside 0 to 1.
    pub fn new(level: f64) -> Result<Self, SimulateError> {
        let z = normal::quantile(0.5 * (1.0 + level)).filter(|z| *z > 0.0);
        check("the confidence level", level, z.is_some(), "strictly between 0 and 1")?;
        Ok(Self { z: z.unwrap_or_default() })
    }

    /// A probability: `found` of `paths`.
    pub fn share(&self, found: usize, paths: usize) -> Estimate {
        let n = count(paths.max(1));
        let value = count(found) / n;
        let z2 = self.z * self.z;
        let center = value + z2 / (2.0 * n);
        let reach = self.z * (value * (1.0 - value) / n + z2 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z2 / n;
        Estimate { value, low: ((center - reach) / scale).max(0.0), high: ((center + reach) / scale).min(1.0) }
    }

    /// Quantiles of values, in the order asked for; the values are put into another order. Probabilities outside 0 to 1
    /// count as the nearest end; of no values all quantiles are 0.
    ///
    /// ```
    /// use evenkeel_quant::simulate::answer::Confidence;
    /// let mut values: Vec<f32> = (1..=100).map(|value| value as f32).collect();
    /// let median = Confidence::new(0.95)?.quantiles(&mut values, &[0.5])[0];
    /// assert_eq!((median.value, median.low, median.high), (50.0, 40.0, 61.0));
    /// # Ok::<(), evenkeel_quant::simulate::SimulateError>(())
    /// ```
    pub fn quantiles(&self, values: &mut [f32], probabilities: &[f64]) -> Vec<Estimate> {
        let n = count(values.len());
        let last = values.len().saturating_sub(1);
        let ranks = |p: &f64| {
            let p = p.clamp(0.0, 1.0);
            let reach = self.z * (n * p * (1.0 - p)).sqrt();
            [(n * p).ceil(), (n * p - reach).floor(), (n * p + reach).ceil() + 1.0].map(|rank| place(rank, last))
        };
        let wanted: Vec<[usize; 3]> = probabilities.iter().map(ranks).collect();
        let mut places: Vec<usize> = wanted.iter().flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        select(values, 0, &places);
        let at = |place: usize| values.get(place).copied().map_or(0.0, f64::from);
        wanted.into_iter().map(|[value, low, high]| Estimate { value: at(value), low: at(low), high: at(high) }).collect()
    }

    /// The mean of values; 0 of none.
    ///
    /// ```
    /// use evenkeel_quant::simulate::answer::Confidence;
    /// assert_eq!(Confidence::new(0.95)?.mean(&[1.0, 3.0]).value, 2.0);
    /// # Ok::<(), evenkeel_quant::simulate::SimulateError>(())
    /// ```
    pub fn mean(&self, values: &[f32]) -> Estimate {
        let n = count(values.len().max(1));
        let value = values.iter().map(|value| f64::from(*value)).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|of_path| (f64::from(*of_path) - value).powi(2)).sum();
        let reach = self.z * (squares / (n - 1.0).max(1.0) / n).sqrt();
        Estimate { value, low: value - reach, high: value + reach }
    }

    /// Paths on which a value ends below a goal, and what they lack on average: E[goal − x | x < goal].
    ///
    /// ```
    /// use evenkeel_quant::simulate::answer::Confidence;
    /// let (probability, lacking) = Confidence::new(0.95)?.shortfall(&[80.0, 100.0, 120.0, 90.0], 100.0);
    /// assert_eq!((probability.value, lacking), (0.5, Some(15.0)));
    /// # Ok::<(), evenkeel_quant::simulate::SimulateError>(())
    /// ```
    pub fn shortfall(&self, values: &[f32], goal: f64) -> (Estimate, Option<f64>) {
        let short: Vec<f64> = values.iter().map(|value| goal - f64::from(*value)).filter(|lack| *lack > 0.0).collect();
        let lacking = (!short.is_empty()).then(|| short.iter().sum::<f64>() / count(short.len()));
        (self.share(short.len(), values.len()), lacking)
    }
}

/// The mean of the worst ⌈share × n⌉ values; `None` of none.
///
/// ```
/// use evenkeel_quant::simulate::answer::worst_mean;
/// assert_eq!(worst_mean(&mut [4.0, 1.0, 3.0, 2.0], 0.5), Some(1.5));
/// ```
pub fn worst_mean(values: &mut [f32], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let place = place((share.clamp(0.0, 1.0) * count(values.len())).ceil(), last);
    let (below, at, _) = values.select_nth_unstable_by(place, f32::total_cmp);
    // In order, so that the sum does not depend on how the selection left it.
    below.sort_unstable_by(f32::total_cmp);
    Some((below.iter().map(|value| f64::from(*value)).sum::<f64>() + f64::from(*at)) / count(place + 1))
}

/// A rank, from 1, as a place in a list.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the places of a list")]
fn place(rank: f64, last: usize) -> usize {
    ((rank - 1.0).max(0.0) as usize).min(last)
}

/// Puts the values of sorted places where they belong, halving the places each time.
fn select(values: &mut [f32], offset: usize, places: &[usize]) {
    let Some(middle) = places.get(places.len() / 2) else { return };
    let at = middle - offset;
    if at >= values.len() {
        return;
    }
    let (below, _, above) = values.select_nth_unstable_by(at, f32::total_cmp);
    let (lower, upper) = places.split_at(places.len() / 2);
    select(below, offset, lower);
    select(above, middle + 1, upper.get(1..).unwrap_or_default());
}
