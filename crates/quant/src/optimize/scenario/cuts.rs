//! Any convex measure by cutting planes.
//!
//! The risk is replaced by the greatest of the linear bounds seen, θ ≥ offset − qᵀX w; each minimum
//! of that model gives a new bound there and one half-way to the best point so far, which keeps the
//! search from swinging. It ends where the model's minimum and the best point agree. (J. E. Kelley,
//! "The cutting-plane method for solving convex programs", Journal of SIAM 8, 1960; W. Ben-Ameur,
//! J. Neto, "Acceleration of cutting-plane and column generation algorithms", Networks 49, 2007.)

use super::lowered::Lowered;
use super::measure::Measure;
use super::model::{Charge, Model, Point};
use super::simplex::{Ending, Row, Simplex};
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};
use crate::linear::vector::{add_scaled, dot};

/// Where the model's minimum and the best point agree, relative to their terms.
const CLOSE: f64 = 1e-11;

/// A bound on the risk that does not shrink the distance in so many rounds cannot.
const PATIENCE: usize = 50;

/// The model of a measure by its linear bounds.
pub(super) struct Cuts<'a> {
    returns: &'a Matrix,
    lowered: &'a Lowered,
    measure: &'a dyn Measure,
    simplex: Simplex,
    first_row: usize,
    /// The slopes and the offset of each bound.
    bounds: Vec<(Vec<f64>, f64)>,
    best: Vec<f64>,
    price: f64,
}

impl<'a> Cuts<'a> {
    pub(super) fn new(returns: &'a Matrix, lowered: &'a Lowered, measure: &'a dyn Measure, start: &[f64], limit: usize) -> Self {
        let simplex = lowered.simplex(1, limit);
        let first_row = simplex.height();
        let mut model = Self { returns, lowered, measure, simplex, first_row, bounds: Vec::new(), best: Vec::new(), price: 1.0 };
        model.begin_at(start);
        model
    }

    /// Goes on from a point.
    pub(super) fn begin_at(&mut self, weights: &[f64]) {
        self.best = weights.to_vec();
        self.bound_at(weights);
    }

    /// Adds the bound at w and gives the risk there.
    fn bound_at(&mut self, weights: &[f64]) -> f64 {
        let returns = times(self.returns, weights);
        let slopes = self.measure.slopes(&returns);
        let value = self.measure.value(&returns);
        let gradient: Vec<f64> = transposed_times(self.returns, &slopes).into_iter().map(|slope| -slope).collect();
        let offset = if self.measure.is_homogeneous() { 0.0 } else { value - dot(&gradient, weights) };
        let mut coefficients = self.lowered.spread_out(&gradient);
        coefficients.push(-1.0);
        // θ costs 1, so a price of 2 on the bound keeps it.
        self.simplex.push(&coefficients, Row::priced_above(-offset - self.lowered.constant(&gradient), 2.0));
        self.bounds.push((slopes, offset));
        value
    }

    fn weights(&self) -> Vec<f64> {
        self.lowered.weights(&self.simplex.x()[..self.lowered.width()])
    }

    fn risk(&self, weights: &[f64]) -> f64 {
        self.measure.value(&times(self.returns, weights))
    }
}

impl Model for Cuts<'_> {
    fn minimize(&mut self, charge: &Charge<'_>, price: f64) -> Ending {
        let mut costs = self.lowered.charge(charge);
        costs.push(price);
        self.price = price;
        self.simplex.set_costs(&costs, price);
        let mut least = charge.at(&self.best) + price * self.risk(&self.best);
        let (mut closest, mut waited) = (f64::INFINITY, 0);
        loop {
            let ending = self.simplex.minimize();
            if ending != Ending::Optimal {
                return ending;
            }
            let weights = self.weights();
            let bound = charge.at(&weights) + price * self.simplex.x()[self.lowered.width()];
            let risk = self.bound_at(&weights);
            let objective = charge.at(&weights) + price * risk;
            let middle: Vec<f64> = weights.iter().zip(&self.best).map(|(new, best)| 0.5 * (new + best)).collect();
            if objective < least {
                (least, self.best) = (objective, weights);
            }
            let distance = least - bound;
            waited = if distance < closest { 0 } else { waited + 1 };
            closest = closest.min(distance);
            if distance <= CLOSE * (charge.at(&self.best).abs() + price * risk.abs()) || waited > PATIENCE {
                return Ending::Optimal;
            }
            let risk = self.bound_at(&middle);
            let objective = charge.at(&middle) + price * risk;
            if objective < least {
                (least, self.best) = (objective, middle);
            }
        }
    }

    fn point(&self) -> Point {
        let scale = if self.price > 0.0 { self.price } else { 1.0 };
        let (mut slopes, mut offset) = (vec![0.0; self.returns.rows()], 0.0);
        let shares: Vec<f64> = self.simplex.row_slopes()[self.first_row..].iter().map(|slope| (slope / scale).max(0.0)).collect();
        let total: f64 = shares.iter().sum();
        for ((bound, constant), share) in self.bounds.iter().zip(&shares).filter(|(_, share)| **share > 0.0) {
            add_scaled(&mut slopes, share / total, bound);
            offset += share / total * constant;
        }
        Point { weights: self.best.clone(), slopes, offset }
    }

    fn work(&self) -> (usize, usize) {
        (self.simplex.steps, self.simplex.factorizations)
    }
}
