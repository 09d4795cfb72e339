//! Entropic value at risk: the tightest bound on losses from their moment generating function.
//!
//! EVaR(y) = inf over z > 0 of z log(Σₜ exp(−yₜ / z) / ((1 − β) T)) = max over q of −qᵀy, where q are
//! probabilities with Σ qₜ log(T qₜ) ≤ −log(1 − β)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` | T | a period, fractions |
//! | β | `confidence` | 1 | at least 0, below 1 |
//! | EVaR | result | 1 | a period; a loss is positive |
//!
//! (A. Ahmadi-Javid, "Entropic value-at-risk: a new coherent risk measure", Journal of Optimization
//! Theory and Applications 155, 2012, equations 7 and 11.)

use super::super::measure::{Curvature, Measure, PricedLosses};
use super::series::{confidence_fault, weighted_loss};
use crate::linear::vector::{count, dot, sum};

/// Halvings and Newton steps for 1 / z; each settles a bit at least.
const STEPS: usize = 200;

/// The tightest bound on losses from their moment generating function.
///
/// ```
/// use evenkeel_quant::optimize::scenario::{measure::Measure, measures::entropic::Evar};
/// // With so few scenarios the bound is the worst of them.
/// assert_eq!(Evar { confidence: 0.95 }.value(&[0.01, -0.03, 0.02]), 0.03);
/// // At confidence 0 it is the mean loss.
/// assert!((Evar { confidence: 0.0 }.value(&[0.01, -0.03, 0.05]) + 0.01).abs() < 1e-16);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evar {
    /// β, at least 0 and below 1.
    pub confidence: f64,
}

impl Evar {
    /// The probabilities q, and z; z = 0 where the worst scenarios alone count, infinite where all
    /// count the same.
    fn worst_probabilities(self, returns: &[f64]) -> (Vec<f64>, f64) {
        let scenarios = count(returns.len());
        let worst = returns.iter().fold(f64::INFINITY, |least, value| least.min(*value));
        let excess: Vec<f64> = returns.iter().map(|value| value - worst).collect();
        let spread = excess.iter().fold(0.0_f64, |most, value| most.max(*value));
        let entropy_limit = -(1.0 - self.confidence).ln();
        let ties = count(excess.iter().filter(|value| **value == 0.0).count());
        if spread == 0.0 || entropy_limit == 0.0 {
            return (vec![1.0 / scenarios; returns.len()], f64::INFINITY);
        }
        if (scenarios / ties).ln() <= entropy_limit {
            return (excess.iter().map(|value| if *value == 0.0 { 1.0 / ties } else { 0.0 }).collect(), 0.0);
        }
        // The entropy of q rises with u = 1 / z: safeguarded Newton steps on log u.
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut inverse = 1.0 / spread;
        for _ in 0..STEPS {
            let q = tilted(&excess, inverse);
            let (mean, variance) = moments(&q, &excess);
            let entropy = -inverse * mean + (scenarios / sum_of_weights(&excess, inverse)).ln();
            if entropy < entropy_limit {
                low = inverse;
            } else {
                high = inverse;
            }
            // d entropy / du = u Var(q).
            let newton = inverse + (entropy_limit - entropy) / (inverse * variance);
            let inside = newton > low && newton < high;
            let next = if inside {
                newton
            } else if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * inverse
            };
            if (next - inverse).abs() <= 1e-15 * inverse {
                break;
            }
            inverse = next;
        }
        (tilted(&excess, inverse), 1.0 / inverse)
    }
}

/// Σ exp(−u yₜ).
fn sum_of_weights(excess: &[f64], inverse: f64) -> f64 {
    excess.iter().map(|value| (-inverse * value).exp()).sum()
}

/// qₜ in proportion to exp(−u yₜ).
fn tilted(excess: &[f64], inverse: f64) -> Vec<f64> {
    let weights: Vec<f64> = excess.iter().map(|value| (-inverse * value).exp()).collect();
    let total = sum(&weights);
    weights.into_iter().map(|weight| weight / total).collect()
}

/// Mean and variance under q.
fn moments(q: &[f64], values: &[f64]) -> (f64, f64) {
    let mean = dot(q, values);
    let variance = q.iter().zip(values).map(|(q, value)| q * (value - mean) * (value - mean)).sum();
    (mean, variance)
}

impl Measure for Evar {
    fn name(&self) -> &'static str {
        "EVaR"
    }

    fn value(&self, returns: &[f64]) -> f64 {
        weighted_loss(&self.slopes(returns), returns)
    }

    fn slopes(&self, returns: &[f64]) -> Vec<f64> {
        self.worst_probabilities(returns).0
    }

    fn fault(&self) -> Option<String> {
        confidence_fault(self.confidence)
    }

    /// Where the worst scenario alone counts, it is priced as that.
    fn priced_losses(&self, scenarios: usize) -> Option<PricedLosses> {
        let alone = (1.0 - self.confidence) * count(scenarios) <= 1.0;
        alone.then_some(PricedLosses { threshold: true, above: 1.0, below: 0.0 })
    }

    /// (diag(q) − q `qᵀ` − v `vᵀ` / Var) / z with v = q (y − ȳ), after z is chosen anew.
    fn curvature(&self, returns: &[f64]) -> Option<Curvature> {
        let (q, z) = self.worst_probabilities(returns);
        let (mean, variance) = moments(&q, returns);
        if !z.is_finite() || z <= 0.0 || variance <= 0.0 {
            return None;
        }
        let root = z.sqrt();
        let level = q.iter().map(|q| q / root).collect();
        let tilt = q.iter().zip(returns).map(|(q, value)| q * (value - mean) / (root * variance.sqrt())).collect();
        Some(Curvature { diagonal: q.iter().map(|q| q / z).collect(), removed: vec![level, tilt] })
    }
}
