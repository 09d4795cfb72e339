//! Measures that price the loss in each scenario, as rows of one linear program.
//!
//! Where gains cost nothing, only scenarios near the tail matter: the program begins with the worst
//! of them and takes in others as they turn out to lose more than the threshold.

use super::lowered::Lowered;
use super::measure::PricedLosses;
use super::model::{Charge, Model, Point};
use super::simplex::{Ending, Row, Simplex};
use crate::linear::matrix::Matrix;
use crate::linear::product::times;

/// Scenarios to begin with, as a multiple of those in the tail and on top of it.
const TAILS: usize = 3;
const EXTRA: usize = 32;

/// The linear program of a measure that prices losses.
pub(super) struct Priced<'a> {
    returns: &'a Matrix,
    lowered: &'a Lowered,
    losses: PricedLosses,
    simplex: Simplex,
    /// The first row that is a scenario, and the scenario of each row from there.
    first_row: usize,
    scenarios: Vec<usize>,
    included: Vec<bool>,
    price: f64,
}

impl<'a> Priced<'a> {
    pub(super) fn new(returns: &'a Matrix, lowered: &'a Lowered, losses: PricedLosses, limit: usize) -> Self {
        let simplex = lowered.simplex(usize::from(losses.threshold), limit);
        let first_row = simplex.height();
        let included = vec![false; returns.rows()];
        let mut model = Self { returns, lowered, losses, simplex, first_row, scenarios: Vec::new(), included, price: 1.0 };
        let mut order: Vec<usize> = (0..returns.rows()).collect();
        if losses.below == 0.0 {
            let even = times(returns, &vec![1.0; returns.columns()]);
            order.sort_by(|a, b| even[*a].total_cmp(&even[*b]).then(a.cmp(b)));
            order.truncate(TAILS * tail(losses.above) + EXTRA);
        }
        for scenario in order {
            model.include(scenario);
        }
        model
    }

    /// Adds the row −Xₜ w − a, priced above and below zero.
    fn include(&mut self, scenario: usize) {
        let returns = self.returns.row(scenario);
        let mut coefficients: Vec<f64> = self.lowered.spread_out(&returns).into_iter().map(|value| -value).collect();
        if self.losses.threshold {
            coefficients.push(-1.0);
        }
        let kink = self.lowered.constant(&returns);
        let mut row = Row::priced_above(kink, self.losses.above);
        if self.losses.below > 0.0 {
            (row.low, row.below) = (kink, self.losses.below);
        }
        self.simplex.push(&coefficients, row);
        self.scenarios.push(scenario);
        self.included[scenario] = true;
    }

    fn weights(&self) -> Vec<f64> {
        self.lowered.weights(&self.simplex.x()[..self.lowered.width()])
    }

    /// Takes in every scenario; whether any was left.
    fn include_all(&mut self) -> bool {
        let others: Vec<usize> = (0..self.included.len()).filter(|scenario| !self.included[*scenario]).collect();
        self.include_each(&others)
    }

    fn include_each(&mut self, scenarios: &[usize]) -> bool {
        for scenario in scenarios {
            self.include(*scenario);
        }
        !scenarios.is_empty()
    }

    /// Takes in the scenarios that lose more than the threshold; whether there were any.
    fn include_losers(&mut self) -> bool {
        let threshold = if self.losses.threshold { self.simplex.x()[self.lowered.width()] } else { 0.0 };
        let returns = times(self.returns, &self.weights());
        let losers: Vec<usize> =
            (0..returns.len()).filter(|scenario| !self.included[*scenario] && -returns[*scenario] > threshold).collect();
        self.include_each(&losers)
    }
}

/// The number of scenarios that share a weight of 1 when each has at most so much.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the number of scenarios")]
fn tail(greatest: f64) -> usize {
    (1.0 / greatest).ceil() as usize
}

impl Model for Priced<'_> {
    fn minimize(&mut self, charge: &Charge<'_>, price: f64) -> Ending {
        let mut costs = self.lowered.charge(charge);
        if self.losses.threshold {
            costs.push(price);
        }
        self.price = price;
        self.simplex.set_costs(&costs, price);
        loop {
            let ending = self.simplex.minimize();
            // A ray may end at a scenario that is not yet in.
            if ending == Ending::Unbounded && self.include_all() {
                continue;
            }
            if ending != Ending::Optimal || !self.include_losers() {
                return ending;
            }
        }
    }

    fn point(&self) -> Point {
        let mut slopes = vec![0.0; self.returns.rows()];
        let scale = if self.price > 0.0 { self.price } else { 1.0 };
        for (scenario, slope) in self.scenarios.iter().zip(&self.simplex.row_slopes()[self.first_row..]) {
            slopes[*scenario] = (slope / scale).clamp(-self.losses.below, self.losses.above);
        }
        Point { weights: self.weights(), slopes, offset: 0.0 }
    }

    fn work(&self) -> (usize, usize) {
        (self.simplex.steps, self.simplex.factorizations)
    }
}
