//! Where a search stands, and the moves that keep it consistent.
//!
//! The variables (weights, then activities) are basic, superbasic or fixed (B. A. Murtagh,
//! M. A. Saunders, *Large-scale linearly constrained optimization*, 1978). Fixed ones stand still,
//! mostly at a bound or kink; superbasic ones move freely; basic ones, as many as there are rows,
//! follow so that M (x, s) = 0. With Z = [−B⁻¹S; I] the curvature that superbasic variables feel is
//! `ZᵀHZ` = `RᵀR`, and it is kept positive definite, so that H itself may be singular.

use super::basis::Basis;
use super::model::Model;
use super::triangle::Triangle;
use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;
use crate::linear::product::multiply;
use crate::linear::vector::largest_magnitude;

/// Curvature below this fraction of what it is summed from counts as none.
const FLAT: f64 = 1e-12;

/// Curvature above this fraction is none of rounding.
const SUSPICIOUS: f64 = 1e-5;

/// A variable whose basis would change by less than this fraction of the largest is no pivot.
const PIVOT: f64 = 0.1;

/// The part a variable plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Follows; its place in the basis.
    Basic(usize),
    /// Moves freely; its place among the superbasic variables.
    Super(usize),
    /// Stands still.
    Fixed,
}

/// A step that entries of the basis and superbasic variables take together.
#[derive(Debug, Clone)]
pub(crate) struct Direction {
    pub(super) basic: Vec<f64>,
    pub(super) supers: Vec<f64>,
}

/// What stands in the way of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Block {
    /// The variable.
    pub(super) variable: usize,
    /// The length at which it meets its break.
    pub(super) length: f64,
    /// That break.
    pub(super) at: f64,
}

/// The curvature along a variable that would become superbasic.
pub(super) struct Curvature {
    w: Vec<f64>,
    squared: f64,
    pub(super) flat: bool,
}

/// The state of a search.
#[derive(Debug, Clone)]
pub(crate) struct Search<'a> {
    pub(crate) model: Model<'a>,
    /// Weights, then activities.
    pub(crate) x: Vec<f64>,
    pub(super) places: Vec<Place>,
    pub(super) basis: Basis,
    pub(super) supers: Vec<usize>,
    pub(super) triangle: Triangle,
    /// Breaks between which a variable that moves stays.
    pub(super) left: Vec<f64>,
    pub(super) right: Vec<f64>,
    /// Slopes of bounds and costs on both sides; equal for a variable that moves.
    pub(super) down: Vec<f64>,
    pub(super) up: Vec<f64>,
    /// H x + c, of the weights.
    pub(super) gradient: Vec<f64>,
    /// Σ √Hᵢᵢ |xᵢ|: with √Hⱼⱼ a bound on the terms of (H x)ⱼ.
    pub(super) volatility: f64,
    /// y.
    pub(super) prices: Vec<f64>,
    /// `Zᵀ` times the gradient.
    pub(super) reduced: Vec<f64>,
    /// A step of the weights along which the objective falls without end, once found.
    pub(super) ray: Vec<f64>,
    pub(crate) iterations: usize,
    pub(crate) factorizations: usize,
}

impl Search<'_> {
    /// Slope of a variable that moves.
    pub(super) fn slope(&self, variable: usize) -> f64 {
        self.gradient.get(variable).copied().unwrap_or(0.0) + self.up[variable]
    }

    /// y with `Bᵀy` = f for slopes f of the variables.
    pub(super) fn prices_of(&self, slope: impl Fn(usize) -> f64) -> Vec<f64> {
        let basic: Vec<f64> = self.basis.members().iter().map(|member| slope(*member)).collect();
        let mut prices = self.basis.solve_transposed(&basic);
        // The price of a basic activity is known without rounding.
        for (member, slope) in self.basis.members().iter().zip(basic) {
            if let Some(row) = member.checked_sub(self.model.assets()) {
                prices[row] = -slope;
            }
        }
        prices
    }

    /// Recomputes gradient, prices and reduced gradient at the point.
    pub(super) fn refresh(&mut self) {
        self.settle();
        self.gradient = self.model.gradient(&self.x);
        self.volatility = self.model.diagonal.iter().zip(&self.x).map(|(variance, x)| variance.sqrt() * x.abs()).sum();
        self.prices = self.prices_of(|variable| self.slope(variable));
        self.reduced = self.supers.iter().map(|s| self.slope(*s) - self.model.column_dot(*s, &self.prices)).collect();
    }

    /// Lets the basic variables satisfy the rows again, up to rounding.
    fn settle(&mut self) {
        let assets = self.model.assets();
        let mut missing = self.model.activities(&self.x[..assets]);
        for (entry, activity) in missing.iter_mut().zip(&self.x[assets..]) {
            *entry -= activity;
        }
        if missing.iter().all(|entry| *entry == 0.0) {
            return;
        }
        for (at, change) in self.basis.solve(&missing).into_iter().enumerate() {
            let member = self.basis.members()[at];
            self.x[member] = (self.x[member] - change).max(self.left[member]).min(self.right[member]);
        }
    }

    /// Takes the breaks and slopes of a variable that stands still.
    pub(super) fn fix(&mut self, variable: usize) {
        let around = self.model.around(variable, self.x[variable]);
        self.places[variable] = Place::Fixed;
        (self.down[variable], self.up[variable]) = (around.down, around.up);
    }

    /// Takes the piece on which a variable moves: above its value, or below.
    pub(super) fn release(&mut self, variable: usize, upward: bool) {
        let value = self.x[variable];
        let around = self.model.around(variable, value);
        let at_break = around.down.to_bits() != around.up.to_bits();
        let (left, right, slope) = match (at_break, upward) {
            (false, _) => (around.left, around.right, around.up),
            (true, true) => (value, around.right, around.up),
            (true, false) => (around.left, value, around.down),
        };
        (self.left[variable], self.right[variable]) = (left, right);
        (self.down[variable], self.up[variable]) = (slope, slope);
    }

    /// How the basic variables follow a step of the superbasic ones.
    pub(super) fn direction(&self, supers: Vec<f64>) -> Direction {
        let mut moved = vec![0.0; self.model.row_count()];
        if !moved.is_empty() {
            for (variable, step) in self.supers.iter().zip(&supers) {
                match variable.checked_sub(self.model.assets()) {
                    Some(row) => moved[row] -= step,
                    None => moved.iter_mut().zip(self.model.rows.column(*variable)).for_each(|(entry, value)| *entry += step * value),
                }
            }
        }
        Direction { basic: self.basis.solve(&moved).into_iter().map(|step| -step).collect(), supers }
    }

    /// −(`ZᵀHZ`)⁻¹ r.
    pub(super) fn newton(&self, mut r: Vec<f64>) -> Direction {
        for entry in &mut r {
            *entry = -*entry;
        }
        self.triangle.solve_transposed(&mut r);
        self.triangle.solve(&mut r);
        self.direction(r)
    }

    /// Every variable that moves, with its step.
    pub(super) fn moving<'d>(&'d self, direction: &'d Direction) -> impl Iterator<Item = (usize, f64)> + 'd {
        let basic = self.basis.members().iter().copied().zip(direction.basic.iter().copied());
        basic.chain(self.supers.iter().copied().zip(direction.supers.iter().copied()))
    }

    pub(super) fn advance(&mut self, direction: &Direction, length: f64) {
        for (at, step) in direction.basic.iter().enumerate() {
            let member = self.basis.members()[at];
            self.x[member] += length * step;
        }
        for (at, step) in direction.supers.iter().enumerate() {
            self.x[self.supers[at]] += length * step;
        }
    }

    /// Lets the variable that blocks stand still at its break, and what depends on it follow; whether it could.
    pub(super) fn stop(&mut self, block: Block) -> bool {
        self.x[block.variable] = block.at;
        match self.places[block.variable] {
            Place::Super(q) => {
                self.triangle.restrict(q, &[]);
                self.reduced.remove(q);
                self.forget(q);
            }
            Place::Basic(at) => {
                let row = self.basis.row(at);
                let rates: Vec<f64> = self.supers.iter().map(|variable| -self.model.column_dot(*variable, row)).collect();
                match self.best_pivot(&self.supers, &rates, 0.0) {
                    Some(q) => self.exchange(at, q, &rates),
                    // Nothing that moves moves it: it stays where it is, as a follower.
                    None => return false,
                }
            }
            Place::Fixed => {}
        }
        self.fix(block.variable);
        true
    }

    /// Takes a variable out of the list of superbasic ones.
    fn forget(&mut self, q: usize) {
        self.supers.remove(q);
        for (place, variable) in self.supers.iter().enumerate().skip(q) {
            self.places[*variable] = Place::Super(place);
        }
    }

    /// Lets a superbasic variable take the place of a basic one, which is to stand still.
    fn exchange(&mut self, at: usize, q: usize, rates: &[f64]) {
        let entering = self.supers[q];
        let mut ratios: Vec<f64> = rates.iter().map(|rate| rate / rates[q]).collect();
        ratios.remove(q);
        self.triangle.restrict(q, &ratios);
        let pivot = self.reduced.remove(q);
        for (entry, ratio) in self.reduced.iter_mut().zip(&ratios) {
            *entry -= ratio * pivot;
        }
        self.forget(q);
        self.enter_basis(at, entering);
    }

    /// Puts a variable in the place of a basic one.
    pub(super) fn enter_basis(&mut self, at: usize, entering: usize) {
        let column = self.basis.solve(&self.model.column(entering));
        self.places[entering] = Place::Basic(at);
        self.basis.replace(at, entering, &column);
        self.basis.renew(|member| self.model.column(member));
    }

    /// Among rates large enough, and more than `least`, the variable farthest from its breaks.
    pub(super) fn best_pivot(&self, variables: &[usize], rates: &[f64], least: f64) -> Option<usize> {
        let enough = (PIVOT * largest_magnitude(rates)).max(least);
        let room = |q: &usize| {
            let variable = variables[*q];
            (self.x[variable] - self.left[variable]).min(self.right[variable] - self.x[variable])
        };
        let candidates = (0..rates.len()).filter(|q| rates[*q] != 0.0 && rates[*q].abs() >= enough);
        candidates.max_by(|a, b| room(a).total_cmp(&room(b)).then_with(|| rates[*a].abs().total_cmp(&rates[*b].abs())))
    }

    /// The curvature that a variable would bring, and its products with the others.
    pub(super) fn curvature(&self, variable: usize) -> Curvature {
        let assets = self.model.assets();
        let followers: Vec<f64> = self.basis.solve(&self.model.column(variable)).iter().map(|step| -step).collect();
        // Hz in the rows of basic weights, superbasic weights and the variable itself.
        let members = self.basis.members();
        let basic: Vec<usize> = (0..members.len()).filter(|at| members[*at] < assets).collect();
        let moving: Vec<usize> = (0..self.supers.len()).filter(|at| self.supers[*at] < assets).collect();
        let mut rows: Vec<usize> = basic.iter().map(|at| members[*at]).chain(moving.iter().map(|at| self.supers[*at])).collect();
        if variable < assets {
            rows.push(variable);
        }
        let mut product = vec![0.0; rows.len()];
        let mut size = 0.0;
        let steps = basic.iter().map(|at| (members[*at], followers[*at])).chain((variable < assets).then_some((variable, 1.0)));
        for (column, step) in steps {
            if step != 0.0 {
                self.model.hessian.add_column(column, &rows, step, &mut product);
                size += step * step * self.model.diagonal[column];
            }
        }
        let mut of_basic = vec![0.0; members.len()];
        for (at, value) in basic.iter().zip(&product) {
            of_basic[*at] = *value;
        }
        let own = if variable < assets { product.last().copied().unwrap_or(0.0) } else { 0.0 };
        let curvature = own + of_basic.iter().zip(&followers).map(|(value, step)| value * step).sum::<f64>();
        let adjoint = self.basis.solve_transposed(&of_basic);
        let mut w: Vec<f64> = self.supers.iter().map(|other| -self.model.column_dot(*other, &adjoint)).collect();
        for (at, value) in moving.iter().zip(&product[basic.len()..]) {
            w[*at] += value;
        }
        self.triangle.solve_transposed(&mut w);
        let squared = curvature - w.iter().map(|entry| entry * entry).sum::<f64>();
        if squared <= SUSPICIOUS * size {
            // What is summed also grows with the step that the others take along.
            let mut step = w.clone();
            self.triangle.solve(&mut step);
            let diagonal = |variable: &usize| self.model.diagonal.get(*variable).copied().unwrap_or(0.0);
            size += self.supers.iter().zip(&step).map(|(other, step)| step * step * diagonal(other)).sum::<f64>();
        }
        Curvature { w, squared, flat: squared <= FLAT * size }
    }

    /// Makes a variable superbasic, with its slope. Where it adds no curvature, the step of the
    /// superbasic variables along which there is none.
    pub(super) fn join(&mut self, variable: usize, slope: f64, curvature: Curvature) -> Option<Vec<f64>> {
        let Curvature { w, squared, flat } = curvature;
        let level = flat.then(|| {
            let mut step: Vec<f64> = w.iter().map(|entry| -entry).collect();
            self.triangle.solve(&mut step);
            step.push(1.0);
            step
        });
        self.triangle.push(w, if flat { 0.0 } else { squared.sqrt() });
        self.places[variable] = Place::Super(self.supers.len());
        self.supers.push(variable);
        self.reduced.push(slope);
        level
    }

    /// Makes many variables superbasic at once; those that would add no curvature stay as they are.
    pub(super) fn join_all(&mut self, variables: &[usize]) {
        for variable in variables {
            self.release(*variable, true);
        }
        self.factorizations += 1;
        let sound = |factor: &Cholesky| {
            let pivots = factor.lower().diagonal().into_iter().zip(variables);
            pivots.into_iter().all(|(pivot, variable)| pivot * pivot > FLAT * self.model.diagonal[*variable])
        };
        if self.supers.is_empty()
            && variables.iter().all(|variable| *variable < self.model.assets())
            && let Some(factor) = Cholesky::factor(self.reduced_hessian(variables)).ok().filter(sound)
        {
            self.triangle = Triangle::from_lower(factor.lower());
            self.supers = variables.to_vec();
            for (place, variable) in variables.iter().enumerate() {
                self.places[*variable] = Place::Super(place);
            }
            return;
        }
        for variable in variables {
            let curvature = self.curvature(*variable);
            if curvature.flat {
                self.fix(*variable);
            } else {
                self.join(*variable, 0.0, curvature);
            }
        }
    }

    /// `ZᵀHZ` over weights that are to become superbasic.
    fn reduced_hessian(&self, variables: &[usize]) -> Matrix {
        let (hessian, count) = (&self.model.hessian, variables.len());
        let mut reduced = Matrix::zeros(count, count);
        for (at, variable) in variables.iter().enumerate() {
            hessian.add_column(*variable, &variables[at..], 1.0, &mut reduced.column_mut(at)[at..]);
        }
        let members = self.basis.members();
        let basic: Vec<usize> = (0..members.len()).filter(|at| members[*at] < self.model.assets()).collect();
        if basic.is_empty() {
            return reduced;
        }
        let rows: Vec<usize> = basic.iter().map(|at| members[*at]).collect();
        let mut follow = Matrix::zeros(rows.len(), count);
        for (at, variable) in variables.iter().enumerate() {
            let steps = self.basis.solve(&self.model.column(*variable));
            follow.column_mut(at).iter_mut().zip(&basic).for_each(|(entry, at)| *entry = -steps[*at]);
        }
        // With the basic weights' columns C over the others and K over themselves:
        // H + C P + (C P)ᵀ + `PᵀKP` = H + (C + ½ `PᵀK`) P + its transpose.
        let mut crossed = Matrix::zeros(count, rows.len());
        for (at, row) in rows.iter().enumerate() {
            let mut own = vec![0.0; rows.len()];
            hessian.add_column(*row, &rows, 0.5, &mut own);
            let column = crossed.column_mut(at);
            hessian.add_column(*row, variables, 1.0, column);
            for (entry, steps) in column.iter_mut().zip(follow.iter_columns()) {
                *entry += steps.iter().zip(&own).map(|(step, own)| step * own).sum::<f64>();
            }
        }
        let half = multiply(&crossed, &follow);
        for column in 0..count {
            for row in column..count {
                let value = reduced.get(row, column) + half.get(row, column) + half.get(column, row);
                reduced.set(row, column, value);
            }
        }
        reduced
    }
}
