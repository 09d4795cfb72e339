//! From a feasible point to the optimum, one change of the active set at a time.
//!
//! R. Fletcher, *A general quadratic programming algorithm* (1971), in the form of Murtagh and
//! Saunders: Newton steps among the variables that move, cut short where one meets a break; and when
//! none is left, the fixed variable whose release gains most.

use super::feasible::LEAST_VARIANCE;
use super::search::{Block, Direction, Place, Search};
use crate::linear::vector::largest_magnitude;
use crate::optimize::solution::Status;

/// A slope below this fraction of the terms it is summed from is rounding.
const NOISE: f64 = 2e-13;

/// Rounding of a product with H, as a fraction of the terms it is summed from.
const ROUNDING: f64 = 4e-15;

/// What a break may be passed by, so that among near ties the steadiest pivot is taken (P. M. J.
/// Harris, 1973).
const PASSED: f64 = 1e-13;

/// Steps below this fraction of the largest are rounding.
pub(super) const STILL: f64 = 1e-12;

/// Steps shorter than this make no progress.
const SHORT: f64 = 1e-13;

/// Weights of so many units are found only where rounding takes the place of curvature.
const ENDLESS: f64 = 1e9;

/// Variables whose gain is this part of the best are released with it.
const ALIKE: f64 = 0.1;

/// Newton steps taken for rounding alone before the point is taken as it is.
const CORRECTIONS: usize = 3;

impl Search<'_> {
    /// Goes on to the optimum.
    pub(crate) fn minimize(&mut self, limit: usize) -> Status {
        // Variables released in vain since the last progress, and steps without progress.
        let (mut refused, mut idle, mut corrections) = (Vec::new(), 0, 0);
        let patience = self.x.len() + 100;
        loop {
            self.refresh();
            if self.unsettled() && corrections < CORRECTIONS {
                corrections += 1;
                self.descend(idle > patience);
                continue;
            }
            let released = self.release_next(&refused, idle, idle > patience);
            if released.is_empty() {
                return Status::Optimal;
            }
            if self.iterations >= limit {
                return Status::WorkSpent;
            }
            let Some(moved) = self.free(&released, idle > patience) else { return Status::Unbounded };
            if largest_magnitude(&self.x) > ENDLESS {
                let far = |x: &f64| if x.abs() > 1.0 { x / ENDLESS } else { 0.0 };
                self.ray = self.x[..self.model.assets()].iter().map(far).collect();
                return Status::Unbounded;
            }
            corrections = 0;
            if moved {
                refused.clear();
                idle = 0;
            } else {
                idle += 1;
                refused.extend(released.iter().map(|(variable, _)| *variable).filter(|variable| self.places[*variable] == Place::Fixed));
                if idle > 20 * patience {
                    return Status::Stalled;
                }
            }
        }
    }

    /// Newton steps for what rounding has left.
    pub(crate) fn correct(&mut self, most: usize) {
        self.refresh();
        for _ in 0..most {
            if !self.unsettled() {
                break;
            }
            self.descend(false);
            self.refresh();
        }
    }

    /// Terms from which the slope of a variable is summed, for what counts as rounding.
    fn magnitude(&self, variable: usize, product: f64) -> f64 {
        let terms = self.gradient.get(variable).map_or(0.0, |slope| {
            let curvature = ROUNDING / NOISE * self.model.diagonal[variable].sqrt() * self.volatility;
            slope.abs() + self.model.linear[variable].abs() + curvature
        });
        let cost = if self.up[variable].is_finite() { self.up[variable].abs() } else { 0.0 };
        terms + product.abs() + cost
    }

    /// Terms from which prices are summed.
    fn base(&self) -> f64 {
        let moving = self.basis.members().iter().chain(&self.supers);
        moving.map(|variable| self.magnitude(*variable, 0.0)).fold(largest_magnitude(&self.prices), f64::max)
    }

    /// Whether the slope along a superbasic variable is more than rounding.
    fn unsettled(&self) -> bool {
        let base = self.base();
        self.supers.iter().zip(&self.reduced).any(|(variable, slope)| {
            let product = self.model.column_dot(*variable, &self.prices);
            slope.abs() > NOISE * (base + self.magnitude(*variable, product))
        })
    }

    /// Slopes of all fixed variables, upward and downward; both at least 0 and at most 0 at an optimum.
    pub(super) fn fixed_slopes(&self) -> impl Iterator<Item = (usize, f64, f64, f64)> + '_ {
        let products = self.model.transposed(&self.prices);
        products.into_iter().enumerate().filter(|(at, _)| self.places[*at] == Place::Fixed).map(|(variable, product)| {
            let slope = self.gradient.get(variable).copied().unwrap_or(0.0) - product;
            (variable, slope + self.up[variable], slope + self.down[variable], product)
        })
    }

    /// The fixed variables whose release gains most for their variance, the best first; the first that
    /// gains alone where steps made no progress.
    fn release_next(&self, refused: &[usize], idle: usize, first: bool) -> Vec<(usize, bool)> {
        let base = self.base();
        let mut gaining: Vec<(f64, usize, bool)> = Vec::new();
        for (variable, up, down, product) in self.fixed_slopes() {
            let gain = (-up).max(down);
            if gain <= NOISE * (base + self.magnitude(variable, product)) || refused.contains(&variable) {
                continue;
            }
            if self.model.lower[variable].to_bits() == self.model.upper[variable].to_bits() {
                continue;
            }
            if first {
                return vec![(variable, -up >= down)];
            }
            let variance = self.model.diagonal.get(variable).copied().unwrap_or(1.0).max(LEAST_VARIANCE);
            gaining.push((gain * gain / variance, variable, -up >= down));
        }
        gaining.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let enough = gaining.first().map_or(0.0, |best| ALIKE * best.0);
        let most = if idle > 0 { 1 } else { (self.supers.len() / 2).max(1) };
        gaining.into_iter().take_while(|(score, ..)| *score >= enough).take(most).map(|(_, variable, upward)| (variable, upward)).collect()
    }

    /// Releases variables and goes to the least point of those that then move: whether the point
    /// changed; `None` where the objective falls without end.
    fn free(&mut self, released: &[(usize, bool)], first: bool) -> Option<bool> {
        self.iterations += 1;
        for (at, (variable, upward)) in released.iter().enumerate() {
            self.release(*variable, *upward);
            let slope = self.slope(*variable) - self.model.column_dot(*variable, &self.prices);
            let curvature = self.curvature(*variable);
            if curvature.flat && at > 0 {
                // For a time when it is the best alone.
                self.fix(*variable);
            } else if let Some(mut level) = self.join(*variable, slope, curvature) {
                if slope > 0.0 {
                    for step in &mut level {
                        *step = -*step;
                    }
                }
                return self.slide(level, first);
            }
        }
        Some(self.descend(first))
    }

    /// Goes along a step without curvature until something blocks it, and on from there.
    fn slide(&mut self, level: Vec<f64>, first: bool) -> Option<bool> {
        let direction = self.direction(level);
        let Some(block) = self.blocking(&direction, f64::INFINITY, first) else {
            let still = STILL * moving_largest(&direction);
            let mut ray = vec![0.0; self.model.assets()];
            for (variable, step) in self.moving(&direction).filter(|(variable, _)| *variable < self.model.assets()) {
                ray[variable] = if step.abs() > still { step } else { 0.0 };
            }
            self.ray = ray;
            return None;
        };
        self.advance(&direction, block.length);
        let moved = block.length * moving_largest(&direction) > SHORT;
        self.stop(block);
        Some(self.descend(first) || moved)
    }

    /// Newton steps until none is cut short; whether the point changed.
    pub(super) fn descend(&mut self, first: bool) -> bool {
        let mut moved = false;
        while !self.supers.is_empty() {
            let direction = self.newton(self.reduced.clone());
            let block = self.blocking(&direction, 1.0, first);
            let length = block.map_or(1.0, |block| block.length);
            moved |= length * moving_largest(&direction) > SHORT;
            self.advance(&direction, length);
            self.reduced.iter_mut().for_each(|slope| *slope *= 1.0 - length);
            let Some(block) = block else { break };
            self.iterations += 1;
            if !self.stop(block) {
                break;
            }
        }
        moved
    }

    /// What blocks a step before a limit: of near ties the variable that moves most, or the first.
    pub(super) fn blocking(&self, direction: &Direction, limit: f64, first: bool) -> Option<Block> {
        // Steps are sums, of which rounding may be all that is left.
        let still = STILL * moving_largest(direction);
        let meets = |(variable, step): (usize, f64)| {
            let at = if step > 0.0 { self.right[variable] } else { self.left[variable] };
            (step.abs() > still && at.is_finite())
                .then(|| (Block { variable, length: ((at - self.x[variable]) / step).max(0.0), at }, step.abs()))
        };
        let mut reach = limit;
        for (block, rate) in self.moving(direction).filter_map(meets) {
            reach = reach.min(block.length + PASSED * block.at.abs().max(1.0) / rate);
        }
        let within = self.moving(direction).filter_map(meets).filter(|(block, _)| block.length <= reach && block.length < limit);
        if first {
            within.min_by(|(a, _), (b, _)| a.length.total_cmp(&b.length).then(a.variable.cmp(&b.variable))).map(|(block, _)| block)
        } else {
            within.max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.variable.cmp(&a.variable))).map(|(block, _)| block)
        }
    }
}

/// The largest step of a direction.
pub(super) fn moving_largest(direction: &Direction) -> f64 {
    largest_magnitude(&direction.basic).max(largest_magnitude(&direction.supers))
}
