//! Losses in the tail: VaR and CVaR.
//!
//! VaR = L₍ₘ₎ with m = ⌈(1 − β) T⌉, CVaR = min over a of a + 1/((1 − β) T) Σ max(Lₜ − a, 0)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r, L = −r | `returns` | T | a fraction a period; L₍₁₎ ≥ L₍₂₎ ≥ … are the losses, the worst first |
//! | β | `level` | 1 | confidence, strictly between 0 and 1, such as 0.95 |
//! | | result | 1 | a loss a period, positive where money is lost |
//!
//! The tail has (1 − β) T observations. Where that is not whole, CVaR counts the boundary scenario by
//! its fraction (Rockafellar–Uryasev), so that it is continuous in β; averaging whole observations
//! only is another number. VaR is that boundary scenario, the smallest loss in the tail, as in
//! Riskfolio-Lib and skfolio; [`interpolated_value_at_risk`] is the quantile of spreadsheets and
//! NumPy. Errors: no observations, one that is not finite, a level outside 0 to 1. Source: R. T.
//! Rockafellar, S. Uryasev, Journal of Banking & Finance 26 (2002), theorem 10 and proposition 8.
//! Pinned by `golden/return_measures.json`.

use super::series::{RiskError, check, check_level};
use crate::linear::vector::{count, sum};

/// Observations of a tail that differ from a whole number by less than this share of it are that
/// number: 0.05 × 1000 is 50, not the 50.000000000000044 of floats.
const WHOLE: f64 = 1e-12;

/// The tail of a sample: `whole` observations, then one that counts by `fraction`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tail {
    pub(crate) whole: usize,
    pub(crate) fraction: f64,
}

impl Tail {
    /// The worst 1 − β of a number of observations.
    pub(crate) fn of(level: f64, observations: usize) -> Self {
        let size = (1.0 - level) * count(observations);
        let nearest = size.round();
        let size = if (size - nearest).abs() <= WHOLE * nearest { nearest } else { size };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the number of observations")]
        let whole = size.floor() as usize;
        Self { whole, fraction: size - size.floor() }
    }

    /// Observations that count at all.
    pub(crate) fn observations(self) -> usize {
        self.whole + usize::from(self.fraction > 0.0)
    }

    /// Mean of the tail of losses.
    pub(crate) fn mean(self, losses: &mut [f64]) -> f64 {
        let worst = self.worst(losses);
        if self.whole == 0 {
            return worst.first().copied().unwrap_or_default();
        }
        let (whole, boundary) = worst.split_at(self.whole.min(worst.len()));
        let boundary = boundary.first().map_or(0.0, |loss| self.fraction * loss);
        (sum(whole) + boundary) / (count(self.whole) + self.fraction)
    }

    /// VaR and CVaR of losses, of which the tail is brought to the front.
    pub(crate) fn risk(self, losses: &mut [f64]) -> TailRisk {
        let conditional_value_at_risk = self.mean(losses);
        let size = self.observations().clamp(1, losses.len());
        TailRisk { value_at_risk: losses[size - 1], conditional_value_at_risk }
    }

    /// The worst losses that count, the worst first: in order, so that no sum depends on that of the input.
    fn worst(self, losses: &mut [f64]) -> &[f64] {
        let size = self.observations().clamp(1, losses.len());
        losses.select_nth_unstable_by(size - 1, |a, b| b.total_cmp(a));
        let worst = &mut losses[..size];
        worst.sort_unstable_by(|a, b| b.total_cmp(a));
        worst
    }
}

/// VaR and CVaR of one loss distribution at one confidence, by whatever method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TailRisk {
    /// The loss that is exceeded with probability 1 − β.
    pub value_at_risk: f64,
    /// The mean of losses from there on.
    pub conditional_value_at_risk: f64,
}

/// VaR and CVaR of a sample in which every return counts alike, by one selection.
///
/// ```
/// use evenkeel_quant::risk::tail::tail_risk;
/// let returns = [-0.05, -0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.04, 0.05];
/// let told = tail_risk(&returns, 0.8)?;
/// assert_eq!(told.value_at_risk, 0.03);
/// assert!((told.conditional_value_at_risk - 0.04).abs() < 1e-17);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`value_at_risk`].
pub fn tail_risk(returns: &[f64], level: f64) -> Result<TailRisk, RiskError> {
    let mut losses = losses(returns, level)?;
    Ok(Tail::of(level, returns.len()).risk(&mut losses))
}

/// Value at risk: the smallest of the worst (1 − β) T losses.
///
/// ```
/// let returns = [-0.05, -0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.04, 0.05];
/// assert_eq!(evenkeel_quant::risk::tail::value_at_risk(&returns, 0.8)?, 0.03);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::Level`].
pub fn value_at_risk(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    let mut losses = losses(returns, level)?;
    let worst = Tail::of(level, returns.len()).worst(&mut losses);
    Ok(worst.last().copied().unwrap_or_default())
}

/// Value at risk with linear interpolation between losses: the quantile β at the position
/// (T − 1) β of the losses in increasing order (Hyndman & Fan 1996, type 7).
///
/// ```
/// let returns = [-0.05, -0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.04, 0.05];
/// let interpolated = evenkeel_quant::risk::tail::interpolated_value_at_risk(&returns, 0.8)?;
/// assert!((interpolated - 0.022).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`value_at_risk`].
pub fn interpolated_value_at_risk(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    let mut losses = losses(returns, level)?;
    losses.sort_unstable_by(f64::total_cmp);
    let position = level * count(losses.len() - 1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last position")]
    let below = position.floor() as usize;
    let lower = losses.get(below).copied().unwrap_or_default();
    let upper = losses.get(below + 1).copied().unwrap_or(lower);
    Ok(lower + (position - position.floor()) * (upper - lower))
}

/// Conditional value at risk, also called expected shortfall: the mean of the worst (1 − β) T losses.
///
/// ```
/// use evenkeel_quant::risk::tail::conditional_value_at_risk;
/// let returns = [-0.05, -0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.04, 0.05];
/// assert!((conditional_value_at_risk(&returns, 0.8)? - 0.04).abs() < 1e-17);
/// let half_of_the_third_worst = conditional_value_at_risk(&returns, 0.75)?;
/// assert!((half_of_the_third_worst - (0.05 + 0.03 + 0.5 * 0.02) / 2.5).abs() < 1e-17);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`value_at_risk`].
pub fn conditional_value_at_risk(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    let mut losses = losses(returns, level)?;
    Ok(Tail::of(level, returns.len()).mean(&mut losses))
}

/// The worst realisation: the largest loss, which is CVaR as β goes to 1.
///
/// ```
/// assert_eq!(evenkeel_quant::risk::tail::worst_realization(&[0.01, -0.04, 0.02])?, 0.04);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`].
pub fn worst_realization(returns: &[f64]) -> Result<f64, RiskError> {
    check(returns, 1)?;
    Ok(returns.iter().fold(f64::NEG_INFINITY, |worst, value| worst.max(-value)))
}

fn losses(returns: &[f64], level: f64) -> Result<Vec<f64>, RiskError> {
    check(returns, 1)?;
    check_level(level)?;
    // Not −r, so that a return of 0 is a loss of 0 and not of −0.
    Ok(returns.iter().map(|value| 0.0 - value).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_the_tail_as_it_is_written() {
        for (level, observations, whole, fraction) in
            [(0.95, 1000, 50, 0.0), (0.99, 1000, 10, 0.0), (0.9, 2500, 250, 0.0), (0.95, 10, 0, 0.5)]
        {
            let tail = Tail::of(level, observations);
            assert_eq!(tail.whole, whole);
            assert!((tail.fraction - fraction).abs() < 1e-12);
        }
    }

    #[test]
    fn a_tail_of_less_than_one_observation_is_the_worst() {
        let returns = [0.01, -0.02, 0.03];
        assert_eq!(conditional_value_at_risk(&returns, 0.99).unwrap(), 0.02);
        assert_eq!(value_at_risk(&returns, 0.99).unwrap(), 0.02);
        // So near to 1 that 1 − β rounds to nothing but stays above it.
        assert_eq!(conditional_value_at_risk(&returns, 1.0 - f64::EPSILON / 2.0).unwrap(), 0.02);
    }

    proptest! {
        /// The minimum of Rockafellar and Uryasev's convex function is at one of its kinks.
        #[test]
        fn cvar_is_the_minimum_over_a(returns in prop::collection::vec(-0.2..0.2_f64, 1..40), level in 0.01..0.995_f64) {
            let tail = (1.0 - level) * count(returns.len());
            let value = |a: f64| a + returns.iter().map(|r| (-r - a).max(0.0)).sum::<f64>() / tail;
            let least = returns.iter().map(|r| value(-r)).fold(f64::INFINITY, f64::min);
            let found = conditional_value_at_risk(&returns, level).unwrap();
            prop_assert!((found - least).abs() < 1e-14);
            let var = value_at_risk(&returns, level).unwrap();
            prop_assert!(var <= found + 1e-16 && found <= worst_realization(&returns).unwrap() + 1e-16);
            prop_assert!((value(var) - least).abs() < 1e-14);
        }

        #[test]
        fn no_sum_depends_on_the_order(mut returns in prop::collection::vec(-0.2..0.2_f64, 2..60), level in 0.05..0.99_f64, at in 0..60_usize) {
            let before = (value_at_risk(&returns, level).unwrap(), conditional_value_at_risk(&returns, level).unwrap());
            let length = returns.len();
            returns.rotate_left(at % length);
            prop_assert_eq!(before, (value_at_risk(&returns, level).unwrap(), conditional_value_at_risk(&returns, level).unwrap()));
        }
    }
}
