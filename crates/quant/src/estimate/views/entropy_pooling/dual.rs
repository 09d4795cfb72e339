//! The probabilities nearest to prior ones under linear constraints, by the dual.
//!
//! minimize Σₜ qₜ log(qₜ ÷ pₜ) subject to Σₜ qₜ hₜₖ = 0, or ≥ 0 where bounded
//!
//! | symbol | argument | shape | |
//! |---|---|---|---|
//! | p | `prior` | T | sums to 1 |
//! | h | `constraints` | T × K | each column of about unit size |
//! | λ | multipliers | K | at least 0 where bounded |
//! | q | [`Outcome::Solved`] | T | qₜ ∝ pₜ exp(λᵀhₜ) |
//!
//! The dual is D(λ) = log Σₜ pₜ exp(λᵀhₜ), convex, with gradient Σₜ qₜ hₜ and the covariance of h under
//! q as its second derivative; projected Newton steps minimize it. (A. Meucci, "Fully Flexible Views",
//! 2008, section 3.2; D. P. Bertsekas, "Projected Newton Methods", 1982.)
//!
//! If λᵀhₜ < 0 in every scenario that has a probability, no q can give Σₜ qₜ λᵀhₜ ≥ 0: that λ proves that
//! the constraints contradict one another (Farkas), and D falls without end along it.

use crate::estimate::covariance::weighted::second_moment;
use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};
use crate::linear::vector::{dot, scale, sum};

/// Violation of a constraint at which it holds, in its standard deviations.
const TOLERANCE: f64 = 1e-11;

/// By how much a combination of constraints must fail in every scenario to prove a contradiction.
const CONTRADICTION: f64 = 1e-9;

/// Newton steps are ten as a rule; views at the very edge of the scenarios take one for each digit.
const MAX_STEPS: usize = 300;

/// Halvings of a step before it is as good as none.
const MAX_HALVINGS: usize = 60;

/// What became of the constraints.
pub(super) enum Outcome {
    /// They hold.
    Solved {
        /// q.
        probabilities: Vec<f64>,
        /// Newton steps taken.
        steps: usize,
    },
    /// They contradict one another.
    Contradiction,
    /// They were neither met nor refuted: the largest violation, in standard deviations.
    Unsettled(f64),
}

/// Where the search stands.
struct Point {
    multipliers: Vec<f64>,
    /// D(λ).
    value: f64,
    probabilities: Vec<f64>,
    /// The largest λᵀhₜ.
    largest: f64,
    /// Σₜ qₜ hₜ.
    gradient: Vec<f64>,
}

pub(super) fn solve(prior: &[f64], constraints: &Matrix, bounded: &[bool]) -> Outcome {
    let mut point = evaluate(prior, constraints, vec![0.0; bounded.len()]);
    let mut residual = 0.0;
    for steps in 0..MAX_STEPS {
        let size: f64 = point.multipliers.iter().map(|multiplier| multiplier.abs()).sum();
        if point.largest < -CONTRADICTION * size {
            return Outcome::Contradiction;
        }
        let free: Vec<usize> =
            (0..bounded.len()).filter(|k| !bounded[*k] || point.multipliers[*k] > 0.0 || point.gradient[*k] < 0.0).collect();
        residual = free.iter().map(|k| point.gradient[*k].abs()).fold(0.0, f64::max);
        if residual <= TOLERANCE {
            return Outcome::Solved { probabilities: point.probabilities, steps };
        }
        let direction = newton_direction(&point, constraints, &free);
        match advance(prior, constraints, bounded, &point, &free, &direction) {
            Some(next) => point = next,
            None => break,
        }
    }
    Outcome::Unsettled(residual)
}

fn evaluate(prior: &[f64], constraints: &Matrix, multipliers: Vec<f64>) -> Point {
    let mut exponents = times(constraints, &multipliers);
    let possible = || exponents.iter().zip(prior).filter(|(_, prior)| **prior > 0.0);
    let largest = possible().map(|(exponent, _)| *exponent).fold(f64::NEG_INFINITY, f64::max);
    for (exponent, prior) in exponents.iter_mut().zip(prior) {
        *exponent = if *prior > 0.0 { prior * (*exponent - largest).exp() } else { 0.0 };
    }
    let mut probabilities = exponents;
    let total = sum(&probabilities);
    scale(&mut probabilities, total.recip());
    let gradient = transposed_times(constraints, &probabilities);
    Point { multipliers, value: largest + total.ln(), probabilities, largest, gradient }
}

/// −(H + ε)⁻¹ g of the free multipliers. Redundant constraints leave H singular: ε makes them share.
fn newton_direction(point: &Point, constraints: &Matrix, free: &[usize]) -> Vec<f64> {
    let rows: Vec<usize> = (0..constraints.rows()).collect();
    let gradient: Vec<f64> = free.iter().map(|k| point.gradient[*k]).collect();
    let curvature = second_moment(&constraints.select(&rows, free), &gradient, &point.probabilities);
    let largest = curvature.diagonal().into_iter().fold(0.0, f64::max);
    let mut ridge = (1e-13 * largest).max(1e-300);
    while ridge.is_finite() {
        let mut regular = curvature.clone();
        for k in 0..free.len() {
            regular.set(k, k, regular.get(k, k) + ridge);
        }
        if let Ok(factor) = Cholesky::factor(regular) {
            return factor.solve(&gradient).iter().map(|entry| -entry).collect();
        }
        ridge *= 100.0;
    }
    gradient.iter().map(|entry| -entry).collect()
}

/// The first point along the projected direction that lowers D enough.
fn advance(prior: &[f64], constraints: &Matrix, bounded: &[bool], point: &Point, free: &[usize], direction: &[f64]) -> Option<Point> {
    let mut step = 1.0;
    for _ in 0..MAX_HALVINGS {
        let mut multipliers = point.multipliers.clone();
        for (k, direction) in free.iter().zip(direction) {
            let moved = multipliers[*k] + step * direction;
            multipliers[*k] = if bounded[*k] { moved.max(0.0) } else { moved };
        }
        let change: Vec<f64> = multipliers.iter().zip(&point.multipliers).map(|(new, old)| new - old).collect();
        let next = evaluate(prior, constraints, multipliers);
        // The last digits of D are rounding, which must not stop the search.
        let rounding = 4.0 * f64::EPSILON * (1.0 + point.value.abs());
        if next.value <= point.value + 1e-4 * dot(&point.gradient, &change) + rounding {
            return Some(next);
        }
        step *= 0.5;
    }
    None
}
