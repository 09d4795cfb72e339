//! One side of all bounds: slacks and multipliers that stay above 0.

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
}

impl Side {
    pub(super) fn new(sign: f64, count: usize) -> Self {
        let zeros = vec![0.0; count];
        Self { sign, slack: zeros.clone(), dual: zeros.clone(), per_slack: zeros.clone(), per_dual: zeros.clone(), aim: zeros }
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

    /// How many count, and the sum of products of slack and multiplier.
    pub(super) fn products(&self) -> (f64, f64) {
        let pairs = self.slack.iter().zip(&self.dual);
        pairs.fold((0.0, 0.0), |(count, sum), (slack, dual)| (if *dual > 0.0 { count + 1.0 } else { count }, sum + slack * dual))
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

    /// How a multiplier changes where a value does.
    #[inline]
    fn change_of_dual(&self, at: usize, change: f64) -> f64 {
        (self.aim[at] - self.sign * change * self.dual[at]) * self.per_slack[at] - self.dual[at]
    }

    /// Aims at products of a target, after a first step.
    pub(super) fn aim(&mut self, target: f64, first: &[f64]) {
        for (at, change) in first.iter().enumerate() {
            let second = self.sign * change * self.change_of_dual(at, *change);
            self.aim[at] = if self.dual[at] > 0.0 { target - second } else { 0.0 };
        }
    }

    /// 1 ÷ the part of a step at which the first slack or multiplier is 0.
    pub(super) fn inverse_reach(&self, step: &[f64]) -> f64 {
        let mut inverse: f64 = 0.0;
        for (at, change) in step.iter().enumerate() {
            inverse = inverse.max(-self.sign * change * self.per_slack[at]);
            inverse = inverse.max(-self.change_of_dual(at, *change) * self.per_dual[at]);
        }
        inverse
    }

    /// Σ slack × multiplier after part of a step.
    pub(super) fn products_after(&self, step: &[f64], share: f64) -> f64 {
        let after = |(at, change): (usize, &f64)| {
            (self.slack[at] + share * self.sign * change) * (self.dual[at] + share * self.change_of_dual(at, *change))
        };
        step.iter().enumerate().map(after).sum()
    }

    /// Takes part of a step.
    pub(super) fn advance(&mut self, step: &[f64], share: f64) {
        for (at, change) in step.iter().enumerate() {
            let moved = self.change_of_dual(at, *change);
            self.dual[at] += share * moved;
            self.slack[at] += share * self.sign * change;
        }
    }
}
