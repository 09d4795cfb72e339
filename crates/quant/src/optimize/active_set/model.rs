//! A program in the units of the search: weights, rows and slopes near 1, by powers of 2.
//!
//! Activities s = A x are variables like the weights, numbered after them, with M (x, s) = 0 for
//! M = [A, −I]. Every variable then lies between bounds, and a kink of a cost is a bound that may be
//! crossed at a price.

use super::hessian::Hessian;
use crate::linear::matrix::Matrix;
use crate::linear::product::{times, transposed_times};
use crate::linear::vector::{dot, largest_magnitude};
use crate::optimize::program::{Cost, Program};

/// ½ xᵀHx + cᵀx + Σ φ(x), with bounds on weights and activities.
#[derive(Debug, Clone)]
pub(crate) struct Model<'a> {
    pub(crate) hessian: Hessian<'a>,
    /// Of H.
    pub(super) diagonal: Vec<f64>,
    /// c.
    pub(crate) linear: Vec<f64>,
    /// A.
    pub(crate) rows: Matrix,
    /// Bounds of the weights, then of the activities.
    pub(crate) lower: Vec<f64>,
    pub(crate) upper: Vec<f64>,
    /// Piecewise linear costs; empty for none.
    costs: Vec<Pieces>,
    pub(crate) scaling: Scaling,
}

/// A convex piecewise linear function of one weight.
#[derive(Debug, Clone)]
struct Pieces {
    slope: f64,
    kinks: Vec<(f64, f64)>,
}

/// What one unit of the search is in the program's own units; all powers of 2.
#[derive(Debug, Clone)]
pub(crate) struct Scaling {
    /// Of a weight.
    pub(crate) weight: f64,
    /// Of the objective.
    pub(crate) objective: f64,
    /// Of each activity.
    pub(crate) rows: Vec<f64>,
}

/// The breaks on both sides of a value, and the slopes there; infinite at a bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Around {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) down: f64,
    pub(super) up: f64,
}

/// The power of 2 next below, and 1 for what has none.
fn power_below(value: f64) -> f64 {
    if value.is_normal() && value > 0.0 { value.log2().floor().exp2() } else { 1.0 }
}

fn largest_finite<'v>(values: impl Iterator<Item = &'v f64>) -> f64 {
    values.filter(|value| value.is_finite()).fold(0.0, |largest: f64, value| largest.max(value.abs()))
}

impl<'a> Model<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        let region = &program.region;
        let (assets, rows) = (program.size(), region.rows.matrix.rows());
        let mut largest = vec![0.0_f64; rows];
        for column in region.rows.matrix.iter_columns() {
            for (entry, value) in largest.iter_mut().zip(column) {
                *entry = entry.max(value.abs());
            }
        }
        let sizes: Vec<f64> = largest.iter().map(|largest| power_below(*largest)).collect();
        let limits: Vec<f64> =
            region.rows.lower.iter().chain(&region.rows.upper).zip(sizes.iter().cycle()).map(|(limit, size)| limit / size).collect();
        let total = largest_finite(limits.iter());
        let weight = power_below(if total > 0.0 { total } else { largest_finite(region.lower.iter().chain(&region.upper)) });
        let own: Vec<f64> = program.costs.iter().map(|cost| cost.quadratic).collect();
        let mut hessian = Hessian::new(program.quadratic.as_deref(), program.scale, own);
        let curvature = largest_magnitude(&hessian.diagonal(assets)) * weight * weight;
        let linear = program.slopes_at_zero();
        let slopes = largest_magnitude(&linear) * weight;
        let objective = power_below(if curvature > 0.0 { curvature } else { slopes });
        let to_slope = weight / objective;
        hessian.rescale(to_slope * weight);
        let scale_weight = |limit: &f64| limit / weight;
        let scale_row = |(limit, size): (&f64, &f64)| limit / size / weight;
        Self {
            diagonal: hessian.diagonal(assets),
            hessian,
            linear: linear.iter().map(|slope| slope * to_slope).collect(),
            rows: Matrix::from_fn(rows, assets, |row, column| region.rows.matrix.get(row, column) / sizes[row]),
            lower: region.lower.iter().map(scale_weight).chain(region.rows.lower.iter().zip(&sizes).map(scale_row)).collect(),
            upper: region.upper.iter().map(scale_weight).chain(region.rows.upper.iter().zip(&sizes).map(scale_row)).collect(),
            costs: program.costs.iter().map(|cost| Pieces::of(cost, weight, to_slope)).collect(),
            scaling: Scaling { weight, objective, rows: sizes.iter().map(|size| size * weight).collect() },
        }
    }

    pub(crate) fn assets(&self) -> usize {
        self.linear.len()
    }

    pub(crate) fn row_count(&self) -> usize {
        self.rows.rows()
    }

    /// Column of M.
    pub(super) fn column(&self, variable: usize) -> Vec<f64> {
        if variable < self.assets() {
            self.rows.column(variable).to_vec()
        } else {
            let mut column = vec![0.0; self.row_count()];
            column[variable - self.assets()] = -1.0;
            column
        }
    }

    /// Column of M times y.
    pub(super) fn column_dot(&self, variable: usize, y: &[f64]) -> f64 {
        match variable.checked_sub(self.assets()) {
            None => self.rows.column(variable).iter().zip(y).map(|(a, y)| a * y).sum(),
            Some(row) => -y[row],
        }
    }

    /// Mᵀ y.
    pub(super) fn transposed(&self, y: &[f64]) -> Vec<f64> {
        let mut product =
            if y.len() == 1 { self.rows.values().iter().map(|a| a * y[0]).collect() } else { transposed_times(&self.rows, y) };
        product.extend(y.iter().map(|y| -y));
        product
    }

    /// A x.
    pub(super) fn activities(&self, x: &[f64]) -> Vec<f64> {
        if self.row_count() == 1 { vec![dot(self.rows.values(), x)] } else { times(&self.rows, x) }
    }

    /// H x + c, for the weights.
    pub(crate) fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let mut gradient = self.linear.clone();
        self.hessian.add_product(&x[..self.assets()], &mut gradient);
        gradient
    }

    /// Adds H x.
    pub(crate) fn add_curvature(&self, x: &[f64], out: &mut [f64]) {
        self.hessian.add_product(x, out);
    }

    /// L and d where Q has them, nothing where there is no Q; `None` where Q is dense.
    pub(crate) fn factor_form(&self) -> Option<(Option<&Matrix>, &[f64])> {
        self.hessian.factor_form()
    }

    /// H, of a dense Q.
    pub(crate) fn dense_hessian(&self) -> Matrix {
        self.hessian.to_matrix(self.assets())
    }

    /// The largest entry of the diagonal of H.
    pub(crate) fn largest_variance(&self) -> f64 {
        largest_magnitude(&self.diagonal)
    }

    /// Where an asset begins when nothing else is known: at a kink of its cost, at a bound, at 0.
    pub(super) fn resting_place(&self, asset: usize) -> f64 {
        let kink = self.costs.get(asset).and_then(|pieces| pieces.kinks.iter().max_by(|a, b| a.1.total_cmp(&b.1)));
        kink.map_or(0.0, |kink| kink.0).max(self.lower[asset]).min(self.upper[asset])
    }

    /// The breaks and slopes around a value.
    pub(super) fn around(&self, variable: usize, x: f64) -> Around {
        let (lower, upper) = (self.lower[variable], self.upper[variable]);
        let mut around = Around { left: lower, right: upper, down: 0.0, up: 0.0 };
        if let Some(pieces) = self.costs.get(variable) {
            around.down = pieces.slope;
            around.up = pieces.slope;
            for (at, jump) in &pieces.kinks {
                if *at < x {
                    around.left = around.left.max(*at);
                    around.down += jump;
                }
                if *at <= x {
                    around.up += jump;
                } else {
                    around.right = around.right.min(*at);
                }
            }
        }
        if x <= lower {
            around.down = f64::NEG_INFINITY;
        }
        if x >= upper {
            around.up = f64::INFINITY;
        }
        around
    }

    /// The slopes of the cost alone, without bounds.
    pub(super) fn cost_slopes(&self, variable: usize, x: f64) -> (f64, f64) {
        let Some(pieces) = self.costs.get(variable) else { return (0.0, 0.0) };
        let sum = |counts: &dyn Fn(f64) -> bool| pieces.kinks.iter().filter(|(at, _)| counts(*at)).map(|(_, jump)| jump).sum::<f64>();
        (pieces.slope + sum(&|at| at < x), pieces.slope + sum(&|at| at <= x))
    }
}

impl Pieces {
    fn of(cost: &Cost, weight: f64, to_slope: f64) -> Self {
        Self { slope: cost.slope * to_slope, kinks: cost.kinks.iter().map(|kink| (kink.at / weight, kink.jump * to_slope)).collect() }
    }
}
