//! How the optimum moves as the linear term is weighted more.

use super::minimize::{STILL, moving_largest};
use super::search::{Block, Direction, Search};

/// A rate below this fraction of what it is summed from is rounding.
const NOISE: f64 = 1e-11;

/// How point, gradient and prices change for one more unit of a slope c.
pub(crate) struct Drift {
    direction: Direction,
    /// Of the weights.
    pub(crate) weights: Vec<f64>,
    gradient: Vec<f64>,
    prices: Vec<f64>,
}

/// What ends the piece on which the optimum moves along a line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// A variable that moves meets a break.
    Meets(Block),
    /// A variable that stands still is better moved, upward or not.
    Leaves { variable: usize, upward: bool, length: f64 },
}

impl Event {
    pub(crate) fn length(self) -> f64 {
        match self {
            Self::Meets(block) => block.length,
            Self::Leaves { length, .. } => length,
        }
    }
}

impl Search<'_> {
    /// The drift of the optimum with the weight of c, in the units of the search.
    pub(crate) fn drift(&self, c: &[f64]) -> Drift {
        let slope = |variable: usize| c.get(variable).copied().unwrap_or(0.0);
        let prices = self.prices_of(slope);
        let reduced = self.supers.iter().map(|s| slope(*s) - self.model.column_dot(*s, &prices)).collect();
        let direction = self.newton(reduced);
        let mut weights = vec![0.0; self.model.assets()];
        for (variable, step) in self.moving(&direction).filter(|(variable, _)| *variable < c.len()) {
            weights[variable] = step;
        }
        let mut gradient = c.to_vec();
        self.model.hessian.add_product(&weights, &mut gradient);
        let prices = self.prices_of(|variable| gradient.get(variable).copied().unwrap_or(0.0));
        Drift { direction, weights, gradient, prices }
    }

    /// The first event on the way; ties go to the variable that moves.
    pub(crate) fn next_event(&self, drift: &Drift) -> Option<Event> {
        let significant = moving_largest(&drift.direction) > STILL * STILL;
        let meets = self.blocking(&drift.direction, f64::INFINITY, false).filter(|_| significant);
        let mut first = meets.map(Event::Meets);
        let products = self.model.transposed(&drift.prices);
        for (variable, up, down, _) in self.fixed_slopes() {
            if self.model.lower[variable].to_bits() == self.model.upper[variable].to_bits() {
                continue;
            }
            let own = drift.gradient.get(variable).copied().unwrap_or(0.0);
            let rate = own - products[variable];
            if rate.abs() <= NOISE * (own.abs() + products[variable].abs()) {
                continue;
            }
            let upward = rate < 0.0;
            let length = if upward { up.max(0.0) / -rate } else { (-down).max(0.0) / rate };
            if length.is_finite() && first.is_none_or(|event| length < event.length()) {
                first = Some(Event::Leaves { variable, upward, length });
            }
        }
        first
    }

    /// Goes along the drift.
    pub(crate) fn follow(&mut self, drift: &Drift, length: f64) {
        self.advance(&drift.direction, length);
    }

    /// Changes the active set as the event says; false where a step without end opens.
    pub(crate) fn pass(&mut self, event: Event) -> bool {
        self.iterations += 1;
        match event {
            Event::Meets(block) => {
                self.stop(block);
                true
            }
            Event::Leaves { variable, upward, .. } => {
                self.release(variable, upward);
                let curvature = self.curvature(variable);
                let Some(mut level) = self.join(variable, 0.0, curvature) else { return true };
                if !upward {
                    for step in &mut level {
                        *step = -*step;
                    }
                }
                let direction = self.direction(level);
                let Some(block) = self.blocking(&direction, f64::INFINITY, false) else { return false };
                self.advance(&direction, block.length);
                self.stop(block);
                true
            }
        }
    }
}
