//! One side of all bounds: slacks and multipliers that stay above 0.

use super::kernel::reduce;
use crate::linear::vector::vectorized;

/// Products from so much of a target to so much are near enough to it.
const LEAST_PRODUCT: f64 = 0.1;
const GREATEST_PRODUCT: f64 = 10.0;

/// The lower or the upper bounds of pieces and of sizes of trades.
///
/// A bound that does not count (of a fixed piece, of a size without limits) has a multiplier of 0, and so has all that is
/// derived from it.
#[derive(Debug, Clone)]
pub(super) struct Side {
    /// 1 where the slack grows with the value, −1 where it shrinks.
    sign: f64,
    pub(super) slack: Vec<f64>,
    pub(super) dual: Vec<f64>,
    per_slack: Vec<f64>,
    per_dual: Vec<f64>,
    /// What a product of slack and multiplier is to become, second order terms taken off.
    aim: Vec<f64>,
    aim_before: Vec<f64>,
}

impl Side {
    pub(super) fn new(sign: f64, count: usize) -> Self {
        let zeros = vec![0.0; count];
        Self {
            sign,
            slack: zeros.clone(),
            dual: zeros.clone(),
            per_slack: zeros.clone(),
            per_dual: zeros.clone(),
            aim: zeros.clone(),
            aim_before: zeros,
        }
    }

    /// Reciprocals at the point, divided once for all that follows; aims of 0.
    pub(super) fn refresh(&mut self) {
        let duals = self.dual.iter().zip(&self.slack);
        for ((per_slack, per_dual), (dual, slack)) in self.per_slack.iter_mut().zip(&mut self.per_dual).zip(duals) {
            let counts = *dual > 0.0;
            *per_slack = if counts { 1.0 / slack } else { 0.0 };
            *per_dual = if counts { 1.0 / dual } else { 0.0 };
        }
        self.aim.fill(0.0);
    }

    /// How many count.
    pub(super) fn count(&self) -> usize {
        self.dual.iter().filter(|dual| **dual > 0.0).count()
    }

    /// Adds multiplier ÷ slack to curvatures.
    pub(super) fn add_curvature(&self, to: &mut [f64]) {
        for ((to, dual), per_slack) in to.iter_mut().zip(&self.dual).zip(&self.per_slack) {
            *to += dual * per_slack;
        }
    }

    /// Adds what the aims ask for to slopes.
    pub(super) fn add_aims(&self, to: &mut [f64]) {
        for ((to, aim), per_slack) in to.iter_mut().zip(&self.aim).zip(&self.per_slack) {
            *to += self.sign * aim * per_slack;
        }
    }

    /// Aims at products of a target, after a first step.
    pub(super) fn aim(&mut self, target: f64, first: &[f64]) {
        let duals = self.per_slack.iter().zip(&self.dual);
        for ((aim, change), (per_slack, dual)) in self.aim.iter_mut().zip(first).zip(duals) {
            let change = self.sign * change;
            let second = change * (-change * dual * per_slack - dual);
            *aim = if *dual > 0.0 { target - second } else { 0.0 };
        }
    }

    /// Aims at products nearer to a target than those after parts of a step, where these are far off.
    pub(super) fn aim_nearer(&mut self, target: f64, step: &[f64], shares: (f64, f64)) {
        self.aim_before.copy_from_slice(&self.aim);
        let points = self.per_slack.iter().zip(&self.dual).zip(&self.slack);
        for ((aim, change), ((per_slack, dual), slack)) in self.aim.iter_mut().zip(step).zip(points) {
            let change = self.sign * change;
            let moved = (*aim - change * dual) * per_slack - dual;
            let product = (slack + shares.0 * change) * (dual + shares.1 * moved);
            let wanted = product.max(LEAST_PRODUCT * target).min(GREATEST_PRODUCT * target);
            *aim += if *dual > 0.0 { (wanted - product).max(-GREATEST_PRODUCT * target) } else { 0.0 };
        }
    }

    /// Takes the last change of aims back.
    pub(super) fn aim_as_before(&mut self) {
        std::mem::swap(&mut self.aim, &mut self.aim_before);
    }

    /// 1 ÷ the parts of a step at which the first slack and the first multiplier are 0.
    pub(super) fn inverse_reach(&self, step: &[f64]) -> (f64, f64) {
        let (sign, count) = (self.sign, step.len());
        let (per_slack, per_dual) = (&self.per_slack[..count], &self.per_dual[..count]);
        let (dual, aim) = (&self.dual[..count], &self.aim[..count]);
        let larger = |a: f64, b: f64| if b > a { b } else { a };
        vectorized(
            #[inline(always)]
            || {
                let of_slack = reduce(count, larger, |at| -sign * step[at] * per_slack[at]);
                let of_dual =
                    reduce(count, larger, |at| -((aim[at] - sign * step[at] * dual[at]) * per_slack[at] - dual[at]) * per_dual[at]);
                (of_slack, of_dual)
            },
        )
    }

    /// Σ slack × multiplier after parts of a step.
    pub(super) fn products_after(&self, step: &[f64], shares: (f64, f64)) -> f64 {
        let (sign, count) = (self.sign, step.len());
        let (slack, per_slack) = (&self.slack[..count], &self.per_slack[..count]);
        let (dual, aim) = (&self.dual[..count], &self.aim[..count]);
        let sum = |a: f64, b: f64| a + b;
        vectorized(
            #[inline(always)]
            || {
                reduce(count, sum, |at| {
                    let moved = (aim[at] - sign * step[at] * dual[at]) * per_slack[at] - dual[at];
                    (slack[at] + shares.0 * sign * step[at]) * (dual[at] + shares.1 * moved)
                })
            },
        )
    }

    /// Takes parts of a step.
    pub(super) fn advance(&mut self, step: &[f64], shares: (f64, f64)) {
        let points = self.slack.iter_mut().zip(&mut self.dual);
        for (((slack, dual), change), (aim, per_slack)) in points.zip(step).zip(self.aim.iter().zip(&self.per_slack)) {
            let moved = (aim - self.sign * change * *dual) * per_slack - *dual;
            *dual += shares.1 * moved;
            *slack += shares.0 * self.sign * change;
        }
    }
}
