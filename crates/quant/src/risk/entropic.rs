//! The tightest exponential bound of the tail: EVaR.
//!
//! EVaR = inf over z > 0 of z ln(1/T Σ exp(Lₜ/z) ÷ (1 − β))
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r, L = −r | `returns` | T | a fraction a period |
//! | β | `level` | 1 | confidence, strictly between 0 and 1 |
//! | z | | 1 | a fraction a period: the scale at which losses count |
//! | EVaR | result | 1 | a loss a period, at least CVaR and at most the largest loss |
//!
//! Errors: no observations, one that is not finite, a level outside 0 to 1. Source: A. Ahmadi-Javid,
//! Journal of Optimization Theory and Applications 155 (2012), definition 3.1. Pinned by
//! `golden/return_measures.json`.

use super::series::{RiskError, check, check_level};
use super::tail::worst_realization;
use crate::linear::vector::count;

/// Halvings and Newton steps that reach full precision from any bracket many times over.
const MAX_STEPS: usize = 200;

/// Where exp(−t d) ≥ 0.6 for all distances d, which are at most 1.
const NEAR_ZERO: f64 = 0.5;

/// Entropic value at risk.
///
/// Where the largest loss alone fills the tail, the infimum is that loss, approached as z goes to 0.
///
/// ```
/// use evenkeel_quant::risk::{entropic::entropic_value_at_risk, tail::conditional_value_at_risk};
/// let returns: Vec<f64> = (0..100).map(|t| 0.01 * f64::from(t % 7 - 3)).collect();
/// let evar = entropic_value_at_risk(&returns, 0.5)?;
/// assert!(conditional_value_at_risk(&returns, 0.5)? < evar && evar < 0.03);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::Level`].
pub fn entropic_value_at_risk(returns: &[f64], level: f64) -> Result<f64, RiskError> {
    check(returns, 1)?;
    check_level(level)?;
    let worst = worst_realization(returns)?;
    let mut distances: Vec<f64> = returns.iter().map(|value| worst + value).collect();
    let width = distances.iter().copied().fold(0.0, f64::max);
    let tail = (1.0 - level) * count(returns.len());
    let at_worst = count(distances.iter().filter(|distance| **distance == 0.0).count());
    if at_worst >= tail {
        return Ok(worst);
    }
    for distance in &mut distances {
        *distance /= width;
    }
    let bound = Bound { distances: &distances, log_tail: (-level).ln_1p() };
    let t = bound.best();
    Ok(worst + width * (bound.at(t).log_mean - bound.log_tail) / t)
}

/// The bound as a function of t = 1/z, with losses measured as distances d below the largest one,
/// in units of their range.
struct Bound<'a> {
    distances: &'a [f64],
    log_tail: f64,
}

struct Value {
    /// ln(1/T Σ exp(−t d)).
    log_mean: f64,
    /// h(t) = ln(1/T Σ exp(−t d)) − ln(1 − β) + t E[d], the slope of the bound in z.
    slope: f64,
    /// Var[d]; E and Var weigh by exp(−t d), and h′(t) = −t Var[d].
    variance: f64,
}

impl Bound<'_> {
    fn at(&self, t: f64) -> Value {
        let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
        for distance in self.distances {
            let weight = (-t * distance).exp();
            mass += weight;
            first += weight * distance;
            second += weight * distance * distance;
        }
        let mean = first / mass;
        let observations = count(self.distances.len());
        // Near 0 the logarithm is smaller than the rounding of the mass, which is nearly 1 each.
        let log_mean = if t < NEAR_ZERO {
            (self.distances.iter().map(|distance| (-t * distance).exp_m1()).sum::<f64>() / observations).ln_1p()
        } else {
            (mass / observations).ln()
        };
        Value { log_mean, slope: log_mean - self.log_tail + t * mean, variance: (second / mass - mean * mean).max(0.0) }
    }

    /// The root of h, which falls from −ln(1 − β) > 0 to below 0: Newton's steps in t², in which h is
    /// nearly straight (exactly for normal losses), halving the bracket where a step leaves it.
    fn best(&self) -> f64 {
        let start = self.at(0.0);
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut t = (2.0 * start.slope / start.variance).sqrt();
        for _ in 0..MAX_STEPS {
            let value = self.at(t);
            if value.slope > 0.0 {
                low = t;
            } else {
                high = t;
            }
            let square = t * t + 2.0 * value.slope / value.variance;
            let newton = square.max(0.0).sqrt();
            let inside = newton > low && newton < high;
            let next = match (inside, high.is_finite()) {
                (true, _) => newton.min(8.0 * t),
                (false, true) => 0.5 * (low + high),
                (false, false) => 2.0 * t,
            };
            if (next - t).abs() <= 4.0 * f64::EPSILON * t {
                return next;
            }
            t = next;
        }
        t
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::risk::tail::conditional_value_at_risk;

    #[test]
    fn is_the_largest_loss_where_that_fills_the_tail() {
        assert_eq!(entropic_value_at_risk(&[0.01; 20], 0.95).unwrap(), -0.01);
        assert_eq!(entropic_value_at_risk(&[0.01, -0.02, 0.03], 0.9).unwrap(), 0.02);
        let mut returns = vec![0.01; 99];
        returns.push(-0.5);
        assert_eq!(entropic_value_at_risk(&returns, 0.995).unwrap(), 0.5);
    }

    #[test]
    fn of_two_outcomes_solves_the_bernoulli_divergence() {
        // The worst case over q with q ln(q/p) + (1 − q) ln((1 − q)/(1 − p)) ≤ −ln(1 − β).
        let mut returns = vec![0.0; 990];
        returns.extend([-1.0; 10]);
        let found = entropic_value_at_risk(&returns, 0.95).unwrap();
        let (p, q) = (0.01_f64, found);
        let divergence = q * (q / p).ln() + (1.0 - q) * ((1.0 - q) / (1.0 - p)).ln();
        assert!((divergence + 0.05_f64.ln()).abs() < 1e-12, "{divergence}");
    }

    proptest! {
        #[test]
        fn is_the_least_bound(returns in prop::collection::vec(-0.2..0.2_f64, 2..60), level in 0.01..0.99_f64, z in 0.001..1.0_f64) {
            let evar = entropic_value_at_risk(&returns, level).unwrap();
            let mean = returns.iter().map(|r| (-r / z).exp()).sum::<f64>() / count(returns.len());
            prop_assert!(evar <= z * (mean / (1.0 - level)).ln() + 1e-13);
            prop_assert!(evar >= conditional_value_at_risk(&returns, level).unwrap() - 1e-13);
            prop_assert!(evar <= worst_realization(&returns).unwrap() + 1e-15);
        }

        #[test]
        fn scales_with_the_unit(returns in prop::collection::vec(-0.2..0.2_f64, 2..60), level in 0.01..0.99_f64, power in -8..=8_i32) {
            let factor = 10.0_f64.powi(power);
            let scaled: Vec<f64> = returns.iter().map(|r| r * factor).collect();
            let (evar, scaled) = (entropic_value_at_risk(&returns, level).unwrap(), entropic_value_at_risk(&scaled, level).unwrap());
            prop_assert!((scaled / factor - evar).abs() < 1e-12 * (1.0 + evar.abs()));
        }
    }
}
