//! Limits on weights as rows of an interior-point program.
//!
//! A limit l ≤ a·w ≤ u on w = y ÷ Σyᵢ is homogeneous in y: (a − u1)·y ≤ 0 and (l1 − a)·y ≤ 0.

use super::RiskBudgetError;
use super::interior_point::Rows;
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, times};
use crate::linear::vector::{add_scaled, dot, largest_magnitude, sum};
use crate::optimize::problem::constraint::{Constraint, Rule};

/// Cost of a limit's violation. A multiplier is at most a budget over a weight, so this binds limits down to
/// weights of a hundredth of a basis point.
const COST: f64 = 1e6;

/// Violation of a limit, over its greatest coefficient, above which it cannot be held.
const TOLERANCE: f64 = 1e-9;

/// Constraints on assets, as bounds and rows.
pub(super) struct Limits<'a> {
    constraints: &'a [Constraint],
    /// Coefficients, least and greatest value of each row over all assets, with its constraint.
    rows: Vec<Row>,
    /// Bounds on single weights: asset, bound, constraint.
    at_least: Vec<(usize, f64, usize)>,
    at_most: Vec<(usize, f64, usize)>,
}

struct Row {
    coefficients: Vec<f64>,
    at_least: f64,
    at_most: f64,
    constraint: usize,
}

impl<'a> Limits<'a> {
    /// Reads constraints on weights and on their linear combinations; others are refused by name.
    pub(super) fn read(assets: usize, constraints: &'a [Constraint]) -> Result<Self, RiskBudgetError> {
        let mut limits = Self { constraints, rows: Vec::new(), at_least: Vec::new(), at_most: Vec::new() };
        for (constraint, Constraint { label, rule }) in constraints.iter().enumerate() {
            let sized = |values: &[f64]| values.len() == assets && values.iter().all(|value| !value.is_nan());
            match rule {
                Rule::Weights { at_least, at_most } if sized(at_least) && sized(at_most) => {
                    // Every weight with a budget is above 0 as it is, and none is above 1.
                    let least = at_least.iter().enumerate().filter(|(_, bound)| **bound > 0.0);
                    limits.at_least.extend(least.map(|(asset, bound)| (asset, *bound, constraint)));
                    let most = at_most.iter().enumerate().filter(|(_, bound)| **bound < 1.0);
                    limits.at_most.extend(most.map(|(asset, bound)| (asset, *bound, constraint)));
                }
                Rule::Linear { coefficients, at_least, at_most } if sized(coefficients) && !at_least.is_nan() && !at_most.is_nan() => {
                    limits.rows.push(Row { coefficients: coefficients.clone(), at_least: *at_least, at_most: *at_most, constraint });
                }
                _ => return Err(RiskBudgetError::Constraint { label: label.clone() }),
            }
        }
        Ok(limits)
    }

    /// The limits on the assets that are held, with `free` variables behind them that no limit is on.
    pub(super) fn blocks(&self, held: &[usize], free: usize) -> Vec<Box<dyn Rows>> {
        let bounds = |bounds: &[(usize, f64, usize)], sign: f64| {
            let on_held = bounds.iter().filter_map(|(asset, bound, _)| Some((held.binary_search(asset).ok()?, *bound)));
            let (at, bound) = on_held.unzip();
            Bounds { held: held.len(), at, bound, sign }
        };
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for row in &self.rows {
            for (sign, limit) in [(1.0, row.at_most), (-1.0, row.at_least)] {
                let homogeneous: Vec<f64> = held.iter().map(|asset| sign * (row.coefficients[*asset] - limit)).collect();
                let scale = largest_magnitude(&homogeneous);
                if limit.is_finite() && scale > 0.0 {
                    rows.push(homogeneous.iter().map(|entry| entry / scale).collect());
                }
            }
        }
        let matrix = Matrix::from_fn(rows.len(), held.len() + free, |row, column| rows[row].get(column).copied().unwrap_or(0.0));
        let blocks: [Box<dyn Rows>; 3] =
            [Box::new(bounds(&self.at_most, 1.0)), Box::new(bounds(&self.at_least, -1.0)), Box::new(DenseRows { matrix, cost: COST })];
        blocks.into_iter().collect()
    }

    /// Refuses weights that break a limit, by its name.
    pub(super) fn check(&self, weights: &[f64]) -> Result<(), RiskBudgetError> {
        let told = |constraint: usize, violation: f64| {
            Err(RiskBudgetError::Infeasible { label: self.constraints[constraint].label.clone(), violation })
        };
        for row in &self.rows {
            let value = dot(&row.coefficients, weights);
            let violation = (value - row.at_most).max(row.at_least - value);
            if violation > TOLERANCE * largest_magnitude(&row.coefficients).max(1.0) {
                return told(row.constraint, violation);
            }
        }
        for (bounds, sign) in [(&self.at_most, 1.0), (&self.at_least, -1.0)] {
            for (asset, bound, constraint) in bounds {
                let violation = sign * (weights[*asset] - bound);
                if violation > TOLERANCE {
                    return told(*constraint, violation);
                }
            }
        }
        Ok(())
    }
}

/// ±(yᵢ − bound Σy), a row a bound.
struct Bounds {
    held: usize,
    at: Vec<usize>,
    bound: Vec<f64>,
    sign: f64,
}

impl Rows for Bounds {
    fn cost(&self) -> f64 {
        COST
    }

    fn times(&self, v: &[f64]) -> Vec<f64> {
        let total = sum(&v[..self.held]);
        self.at.iter().zip(&self.bound).map(|(at, bound)| self.sign * (v[*at] - bound * total)).collect()
    }

    fn add_transposed_times(&self, p: &[f64], sum: &mut [f64]) {
        let common = self.sign * dot(p, &self.bound);
        for entry in &mut sum[..self.held] {
            *entry -= common;
        }
        for (at, p) in self.at.iter().zip(p) {
            sum[*at] += self.sign * p;
        }
    }

    fn add_gram(&self, d: &[f64], sum: &mut Matrix) {
        // diag(d) − (d∘bound) 1ᵀ − 1 (d∘bound)ᵀ + Σ d bound² of all entries.
        let mut bounded = vec![0.0; self.held];
        let mut common = 0.0;
        for ((at, bound), d) in self.at.iter().zip(&self.bound).zip(d) {
            bounded[*at] += d * bound;
            common += d * bound * bound;
            sum.set(*at, *at, sum.get(*at, *at) + d);
        }
        for column in 0..self.held {
            let entries = &mut sum.column_mut(column)[column..self.held];
            for (entry, row) in entries.iter_mut().zip(&bounded[column..]) {
                *entry += common - bounded[column] - row;
            }
        }
    }
}

/// Rows of given coefficients.
pub(super) struct DenseRows {
    pub(super) matrix: Matrix,
    pub(super) cost: f64,
}

impl Rows for DenseRows {
    fn cost(&self) -> f64 {
        self.cost
    }

    fn times(&self, v: &[f64]) -> Vec<f64> {
        times(&self.matrix, v)
    }

    fn add_transposed_times(&self, p: &[f64], sum: &mut [f64]) {
        for (sum, column) in sum.iter_mut().zip(self.matrix.iter_columns()) {
            *sum += dot(column, p);
        }
    }

    fn add_gram(&self, d: &[f64], sum: &mut Matrix) {
        let roots: Vec<f64> = d.iter().map(|d| d.sqrt()).collect();
        let mut scaled = self.matrix.clone();
        for column in 0..scaled.columns() {
            for (entry, root) in scaled.column_mut(column).iter_mut().zip(&roots) {
                *entry *= root;
            }
        }
        add_scaled(sum.values_mut(), 1.0, gram(&scaled).values());
    }
}
