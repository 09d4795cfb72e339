//! A point that satisfies all limits, or the proof that there is none.
//!
//! The sum of what basic variables miss their bounds by is brought down by the simplex method
//! (G. B. Dantzig, A. Orden, P. Wolfe, 1955), which ends at a vertex: few weights between their
//! bounds, from where the search for the optimum grows.

use super::basis::Basis;
use super::model::Model;
use super::search::{Place, Search};
use super::triangle::Triangle;
use crate::linear::vector::largest_magnitude;
use crate::optimize::solution::Status;

/// What a bound may be missed by, as a fraction of the size of weights.
const TOLERANCE: f64 = 1e-12;

/// What bounds are missed by in all, in the units of the search, where that is rounding and no conflict.
const FORGIVEN: f64 = 1e-10;

/// A slope below this fraction of the prices it is computed from is rounding.
const NOISE: f64 = 1e-12;

/// A rate below this fraction of what it is summed from is no pivot.
const LEAST_PIVOT: f64 = 1e-9;

/// Variance, as a fraction of the largest, below which assets are alike when one is to be chosen.
pub(super) const LEAST_VARIANCE: f64 = 1e-3;

/// No bound is met.
const NOWHERE: (f64, f64) = (f64::INFINITY, f64::INFINITY);

impl<'a> Search<'a> {
    /// Begins at given weights, brought within their bounds, or where nothing is held.
    pub(crate) fn begin(model: Model<'a>, start: Option<&[f64]>) -> Self {
        let (assets, rows) = (model.assets(), model.row_count());
        let place = |asset: usize| match start.and_then(|weights| weights.get(asset)) {
            Some(weight) => (weight / model.scaling.weight).max(model.lower[asset]).min(model.upper[asset]),
            None => model.resting_place(asset),
        };
        let mut x: Vec<f64> = (0..assets).map(place).collect();
        x.extend(model.activities(&x));
        let (left, right) = (model.lower.clone(), model.upper.clone());
        let mut search = Self {
            prices: vec![0.0; rows],
            places: (0..assets + rows).map(|at| at.checked_sub(assets).map_or(Place::Fixed, Place::Basic)).collect(),
            basis: Basis::of_activities(assets, rows),
            supers: Vec::new(),
            triangle: Triangle::default(),
            left,
            right,
            down: vec![0.0; assets + rows],
            up: vec![0.0; assets + rows],
            gradient: Vec::new(),
            volatility: 0.0,
            reduced: Vec::new(),
            ray: Vec::new(),
            iterations: 0,
            factorizations: 0,
            model,
            x,
        };
        for asset in 0..assets {
            search.fix(asset);
        }
        search
    }

    /// Reaches a feasible point, and lets every weight that is at no break move.
    ///
    /// Where there is none, the prices are multipliers that prove it.
    pub(crate) fn become_feasible(&mut self, limit: usize) -> Result<(), Status> {
        if self.model.lower.iter().zip(&self.model.upper).any(|(lower, upper)| lower > upper) {
            return Err(Status::Infeasible);
        }
        loop {
            if self.basis.members().iter().all(|member| self.missing(*member) == 0.0) {
                break;
            }
            if self.iterations >= limit {
                return Err(Status::WorkSpent);
            }
            self.iterations += 1;
            self.prices = self.prices_of(|member| self.missing(member));
            let Some((entering, upward)) = self.relief() else {
                if self.basis.members().iter().map(|member| self.missed(*member)).sum::<f64>() <= FORGIVEN {
                    break;
                }
                let noise = NOISE * largest_magnitude(&self.prices);
                self.prices.iter_mut().filter(|price| price.abs() <= noise).for_each(|price| *price = 0.0);
                return Err(Status::Infeasible);
            };
            self.relieve(entering, upward)?;
        }
        self.settle_in();
        Ok(())
    }

    /// What a variable misses its bounds by.
    fn missed(&self, variable: usize) -> f64 {
        (self.model.lower[variable] - self.x[variable]).max(self.x[variable] - self.model.upper[variable]).max(0.0)
    }

    /// Slope of what a variable misses its bounds by.
    fn missing(&self, variable: usize) -> f64 {
        let (x, lower, upper) = (self.x[variable], self.model.lower[variable], self.model.upper[variable]);
        let allowed = TOLERANCE * x.abs().max(1.0);
        f64::from(u8::from(x > upper + allowed)) - f64::from(u8::from(x < lower - allowed))
    }

    /// The variable, and the way it should go, that reduces what is missed fastest for its variance.
    fn relief(&self) -> Option<(usize, bool)> {
        let noise = NOISE * largest_magnitude(&self.prices);
        let products = self.model.transposed(&self.prices);
        let mut best = (0.0, None);
        for (variable, product) in products.into_iter().enumerate().filter(|(at, _)| self.places[*at] == Place::Fixed) {
            let upward = product > 0.0;
            let room = if upward { self.x[variable] < self.model.upper[variable] } else { self.x[variable] > self.model.lower[variable] };
            let variance = self.model.diagonal.get(variable).copied().unwrap_or(1.0).max(LEAST_VARIANCE);
            let score = product * product / variance;
            if room && product.abs() > noise && score > best.0 {
                best = (score, Some((variable, upward)));
            }
        }
        best.1
    }

    /// Moves a variable until another meets a bound, which then stands still in its stead.
    fn relieve(&mut self, entering: usize, upward: bool) -> Result<(), Status> {
        let sign = if upward { 1.0 } else { -1.0 };
        let steps: Vec<f64> = self.basis.solve(&self.model.column(entering)).iter().map(|rate| -sign * rate).collect();
        let own = if upward { self.model.upper[entering] } else { self.model.lower[entering] };
        let still = NOISE * largest_magnitude(&steps);
        let meets = |(step, member): (&f64, &usize)| if step.abs() <= still { NOWHERE } else { self.meets(*member, *step) };
        let blocks: Vec<(f64, f64)> = steps.iter().zip(self.basis.members()).map(meets).collect();
        let mut reach = (own - self.x[entering]).abs();
        for ((at, length), step) in blocks.iter().zip(&steps).filter(|((at, _), _)| at.is_finite()) {
            reach = reach.min(length.max(0.0) + TOLERANCE * at.abs().max(1.0) / step.abs());
        }
        if !reach.is_finite() {
            return Err(Status::Stalled);
        }
        let within = (0..steps.len()).filter(|at| blocks[*at].1 <= reach && blocks[*at].0.is_finite());
        let leaving = within.max_by(|a, b| steps[*a].abs().total_cmp(&steps[*b].abs()));
        let length = leaving.map_or(reach, |at| blocks[at].1.max(0.0));
        self.x[entering] += sign * length;
        for (step, member) in steps.iter().zip(self.basis.members()) {
            self.x[*member] += length * step;
        }
        if let Some(at) = leaving {
            let member = self.basis.members()[at];
            self.x[member] = blocks[at].0;
            self.enter_basis(at, entering);
            self.fix(member);
        } else {
            self.x[entering] = own;
            self.fix(entering);
        }
        Ok(())
    }

    /// The bound that a basic variable meets first, and at what length; infinite for none. One that
    /// is missed is met from outside.
    fn meets(&self, variable: usize, step: f64) -> (f64, f64) {
        let outside = self.missing(variable);
        let toward_upper = if outside == 0.0 { step > 0.0 } else { outside > 0.0 };
        let at = if toward_upper { self.model.upper[variable] } else { self.model.lower[variable] };
        let length = (at - self.x[variable]) / step;
        if outside != 0.0 && length < 0.0 { NOWHERE } else { (at, length) }
    }

    /// Lets the weights that are at no break move, all at once.
    fn settle_in(&mut self) {
        let assets = self.model.assets();
        for member in self.basis.members().to_vec() {
            let upward = self.model.around(member, self.x[member]).up.is_finite();
            self.release(member, upward);
            if !self.up[member].is_finite() {
                (self.down[member], self.up[member]) = (0.0, 0.0);
            }
        }
        let mut loose: Vec<usize> = (0..assets)
            .filter(|asset| self.places[*asset] == Place::Fixed && self.down[*asset].to_bits() == self.up[*asset].to_bits())
            .collect();
        for asset in &loose {
            self.release(*asset, true);
        }
        self.crash(&mut loose);
        if !loose.is_empty() {
            self.join_all(&loose);
        }
    }

    /// Lets weights that are at no break take the place of activities that are at a bound.
    fn crash(&mut self, loose: &mut Vec<usize>) {
        for at in 0..self.model.row_count() {
            let activity = self.basis.members()[at];
            let value = self.x[activity];
            let bound = [self.model.lower[activity], self.model.upper[activity]]
                .into_iter()
                .find(|bound| activity >= self.model.assets() && (value - bound).abs() <= TOLERANCE * value.abs().max(1.0));
            let Some(bound) = bound else { continue };
            let row = self.basis.row(at);
            let rates: Vec<f64> = loose.iter().map(|variable| self.model.column_dot(*variable, row)).collect();
            if let Some(q) = self.best_pivot(loose, &rates, LEAST_PIVOT * largest_magnitude(row)) {
                self.enter_basis(at, loose.remove(q));
                self.x[activity] = bound;
                self.fix(activity);
            }
        }
    }
}
