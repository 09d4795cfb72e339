//! Smooth measures, by Newton steps within the region.
//!
//! Each step minimizes the second-order model over the region and goes as far along it as the
//! objective falls enough. Near the optimum whole steps double the digits. Where a measure has no
//! curvature, at a kink or where risk is zero, cutting planes take over from the best point. (J.
//! Nocedal, S. J. Wright, *Numerical Optimization*, 2nd ed. 2006, chapters 3 and 18.)

use super::cuts::Cuts;
use super::lowered::Lowered;
use super::measure::{Curvature, Measure};
use super::model::{Charge, Model, Point};
use super::simplex::Ending;
use crate::estimate::covariance::Covariance;
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, times, transposed_times};
use crate::linear::vector::{add_scaled, dot};
use crate::optimize::dispatch;
use crate::optimize::program::{Program, Region};
use crate::optimize::solution::{Status, WarmStart};

/// Steps at most; from afar a handful are damped, then digits double.
const STEPS: usize = 60;

/// Halvings of a step at most.
const HALVINGS: usize = 40;

/// The part of the promised fall that a step must bring.
const ENOUGH: f64 = 1e-4;

/// A promised fall below this, relative to the objective's terms, makes a step the last.
const CLOSE: f64 = 1e-14;

/// Added to the curvature, relative to its largest entry, so that flat directions have an end.
const RIDGE: f64 = 1e-11;

/// The search for the least of a smooth measure.
pub(super) struct Newton<'a> {
    returns: &'a Matrix,
    region: &'a Region,
    measure: &'a dyn Measure,
    best: Vec<f64>,
    cuts: Cuts<'a>,
    /// Whether the last minimum was found by cutting planes.
    by_cuts: bool,
    steps: usize,
}

impl<'a> Newton<'a> {
    pub(super) fn new(
        returns: &'a Matrix,
        region: &'a Region,
        lowered: &'a Lowered,
        measure: &'a dyn Measure,
        start: &[f64],
        limit: usize,
    ) -> Self {
        let cuts = Cuts::new(returns, lowered, measure, start, limit);
        Self { returns, region, measure, best: start.to_vec(), cuts, by_cuts: false, steps: 0 }
    }

    fn objective(&self, charge: &Charge<'_>, price: f64, weights: &[f64]) -> f64 {
        charge.at(weights) + price * self.measure.value(&times(self.returns, weights))
    }

    /// One step from the best point; whether it was the last, or none where the model fails.
    fn step(&mut self, charge: &Charge<'_>, price: f64) -> Option<bool> {
        let series = times(self.returns, &self.best);
        let curvature = self.measure.curvature(&series)?;
        let mut gradient = charge.slopes.clone();
        add_scaled(&mut gradient, -price, &transposed_times(self.returns, &self.measure.slopes(&series)));
        let quadratic = Covariance::from_matrix(second_derivative(self.returns, &curvature, price)).ok()?;
        let program = Program {
            scale: 1.0,
            center: self.best.clone(),
            linear: gradient.clone(),
            costs: charge.costs.iter().map(|cost| cost.scaled(charge.factor)).collect(),
            ..Program::minimum_variance(quadratic, self.region.clone())
        };
        let target = least(&program)?;
        let direction: Vec<f64> = target.iter().zip(&self.best).map(|(new, old)| new - old).collect();
        let saved = charge.at(&self.best) - dot(&charge.slopes, &self.best) - (charge.at(&target) - dot(&charge.slopes, &target));
        let promised = saved - dot(&gradient, &direction);
        let here = self.objective(charge, price, &self.best);
        let terms = charge.at(&self.best).abs() + (here - charge.at(&self.best)).abs();
        if promised <= CLOSE * terms {
            // The last digits: the fall is lost in rounding, but the slopes gain by a whole step.
            if self.objective(charge, price, &target) <= here + CLOSE * terms {
                self.best = target;
            }
            return Some(true);
        }
        let mut length = 1.0;
        for _ in 0..HALVINGS {
            let mut next = self.best.clone();
            add_scaled(&mut next, length, &direction);
            if self.objective(charge, price, &next) <= here - ENOUGH * length * promised {
                self.best = next;
                return Some(false);
            }
            length *= 0.5;
        }
        // No fall is left that rounding does not hide.
        Some(true)
    }
}

/// The least of the model, from where the search stands.
fn least(program: &Program) -> Option<Vec<f64>> {
    let start = WarmStart { weights: program.center.clone() };
    let found = dispatch::solve(program, Some(&start), None).ok()?.solution;
    (found.status == Status::Optimal).then_some(found.weights)
}

/// λ Xᵀ (diag(d) − Σ v vᵀ) X, and a ridge.
fn second_derivative(returns: &Matrix, curvature: &Curvature, price: f64) -> Matrix {
    let rows: Vec<usize> = (0..returns.rows()).filter(|row| curvature.diagonal[*row] > 0.0).collect();
    let roots: Vec<f64> = rows.iter().map(|row| (price * curvature.diagonal[*row]).sqrt()).collect();
    let mut second = gram(&Matrix::from_fn(rows.len(), returns.columns(), |at, column| roots[at] * returns.get(rows[at], column)));
    for removed in &curvature.removed {
        let slopes = transposed_times(returns, removed);
        for (column, slope) in slopes.iter().enumerate() {
            add_scaled(second.column_mut(column), -price * slope, &slopes);
        }
    }
    let largest = second.diagonal().into_iter().fold(0.0, f64::max);
    for at in 0..second.rows() {
        second.set(at, at, second.get(at, at) + RIDGE * largest);
    }
    second
}

impl Model for Newton<'_> {
    fn minimize(&mut self, charge: &Charge<'_>, price: f64) -> Ending {
        self.by_cuts = false;
        for _ in 0..STEPS {
            self.steps += 1;
            match self.step(charge, price) {
                Some(true) => return Ending::Optimal,
                Some(false) => {}
                None => break,
            }
        }
        self.by_cuts = true;
        self.cuts.begin_at(&self.best);
        let ending = self.cuts.minimize(charge, price);
        self.best = self.cuts.point().weights;
        ending
    }

    fn point(&self) -> Point {
        if self.by_cuts {
            return self.cuts.point();
        }
        let series = times(self.returns, &self.best);
        let slopes = self.measure.slopes(&series);
        let offset = if self.measure.is_homogeneous() { 0.0 } else { self.measure.value(&series) + dot(&slopes, &series) };
        Point { weights: self.best.clone(), slopes, offset }
    }

    fn work(&self) -> (usize, usize) {
        let (steps, factorizations) = self.cuts.work();
        (steps + self.steps, factorizations + self.steps)
    }
}
