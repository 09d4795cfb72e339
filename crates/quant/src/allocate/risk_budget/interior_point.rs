//! Risk budgets by an interior-point method.
//!
//! minimize ½ `vᵀPv` + qᵀv − Σᵢ bᵢ ln vᵢ + Σᵣ cᵣ (hᵣ·v)₊
//!
//! The v of the logarithms come first; others are free. A row hᵣ with a cost is a scenario's loss beyond
//! the value at risk, or a limit whose cost is more than any multiplier can be. With p in 0 to c the
//! multiplier of a row, t its positive part, s = t − h·v and w = b ÷ v, the conditions
//!
//! Pv + q − w + `Hᵀp` = 0, v∘w = b, p∘s = μ, (c − p)∘t = μ
//!
//! are followed by Newton's method as μ falls to 0, after S. Mehrotra, *On the Implementation of a
//! Primal-Dual Interior Point Method*, 1992. What is factored has one row a variable, however many rows H has.

use super::{RiskBudgetError, whole};
use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;
use crate::linear::product::times;
use crate::linear::vector::{count, dot, sum};

/// Violation of the conditions at which to stop.
const TOLERANCE: f64 = 1e-14;

/// The most that a nearly singular problem may violate them.
const ACCEPTABLE: f64 = 1e-9;

/// Steps; usual problems need 15 to 30.
const MOST_STEPS: usize = 150;

/// How many times the start the optimum may be before there is no risk left to scale it by.
const RISKLESS: f64 = 1e7;

/// Least inverse of D: what a row may give way for its multiplier within one step, which the next mends, so
/// that equations and many binding limits leave a matrix that can be factored.
const SOFTNESS: f64 = 1e-11;

/// A step so short that the next is made for the middle between the borders.
const SHORT: f64 = 0.1;

/// Rows of the same cost.
pub(super) trait Rows {
    /// Cost of each row's positive part.
    fn cost(&self) -> f64;
    /// H v.
    fn times(&self, v: &[f64]) -> Vec<f64>;
    /// Adds `Hᵀp`.
    fn add_transposed_times(&self, p: &[f64], sum: &mut [f64]);
    /// Adds `Hᵀ` diag(d) H on and below the diagonal.
    fn add_gram(&self, d: &[f64], sum: &mut Matrix);
}

pub(super) struct Program<'a> {
    /// P, N × N; none where it is 0.
    pub(super) quadratic: Option<&'a Matrix>,
    /// q, N.
    pub(super) linear: Vec<f64>,
    /// b, at most N, each above 0.
    pub(super) budgets: &'a [f64],
    /// H in blocks.
    pub(super) rows: Vec<&'a dyn Rows>,
}

pub(super) struct Optimum {
    pub(super) v: Vec<f64>,
    /// p of each block of rows.
    pub(super) multipliers: Vec<Vec<f64>>,
    /// Greatest violation of the conditions.
    pub(super) residual: f64,
    pub(super) iterations: usize,
    /// Greatest sum of the variables with logarithms on the way.
    largest: f64,
}

impl Optimum {
    /// The weights of all assets that the variables of those held stand for.
    pub(super) fn weights(&self, held: &[usize], assets: usize) -> Vec<f64> {
        let mut weights = vec![0.0; assets];
        for (asset, weight) in held.iter().zip(whole(&self.v[..held.len()])) {
            weights[*asset] = weight;
        }
        weights
    }

    /// Refuses what is no optimum.
    pub(super) fn check(&self) -> Result<(), RiskBudgetError> {
        let residual = self.residual;
        // The start of risk 1 sums to 1, and the optimum has risk 1 too.
        let grown = if residual <= ACCEPTABLE { sum(&self.v) } else { self.largest };
        if grown > RISKLESS {
            Err(RiskBudgetError::RisklessPortfolio)
        } else if residual <= ACCEPTABLE {
            Ok(())
        } else {
            Err(RiskBudgetError::Unsolved { residual })
        }
    }
}

/// A point with its slacks and multipliers, or a step between two.
#[derive(Clone)]
struct Point {
    v: Vec<f64>,
    w: Vec<f64>,
    blocks: Vec<Block>,
}

#[derive(Clone, Default)]
struct Block {
    p: Vec<f64>,
    s: Vec<f64>,
    t: Vec<f64>,
}

impl Program<'_> {
    pub(super) fn solve(&self, start: Vec<f64>) -> Optimum {
        let mut point = self.center(start);
        let mut best = (f64::INFINITY, point.clone());
        let mut without_gain = 0;
        let (mut iterations, mut largest) = (0, 0.0_f64);
        for step in 0..MOST_STEPS {
            iterations = step;
            largest = largest.max(sum(&point.v[..self.budgets.len()]));
            let slope = self.slope(&point);
            let residual = self.residual(&point, &slope);
            without_gain = if residual < 0.9 * best.0 { 0 } else { without_gain + 1 };
            if residual < best.0 {
                best = (residual, point.clone());
            }
            if residual <= TOLERANCE || without_gain > 30 {
                break;
            }
            let Ok(factor) = Cholesky::factor(self.system(&point)) else { break };
            let mean = self.mean_product(&point);
            let ahead = self.step(&factor, &point, &slope, 0.0, None);
            let length = self.longest(&point, &ahead);
            let reached = self.mean_product(&point.moved(&ahead, length));
            let target = mean * (reached / mean).powi(3).clamp(1e-6, 1.0);
            let mut toward = self.step(&factor, &point, &slope, target, Some((&ahead, length * length)));
            let mut length = self.longest(&point, &toward);
            if length < SHORT {
                // Too near to a border: back to the middle first.
                toward = self.step(&factor, &point, &slope, mean, None);
                length = self.longest(&point, &toward);
            }
            point = point.moved(&toward, (0.99_f64.max(1.0 - target.max(residual)) * length).min(1.0));
        }
        let multipliers = best.1.blocks.into_iter().map(|block| block.p).collect();
        Optimum { v: best.1.v, multipliers, residual: best.0, iterations, largest }
    }

    /// Slacks and multipliers in balance at μ = 1 ÷ rows.
    fn center(&self, v: Vec<f64>) -> Point {
        let w = self.budgets.iter().zip(&v).map(|(budget, v)| budget / v).collect();
        let blocks = self.rows.iter().map(|rows| {
            let cost = rows.cost();
            let products = rows.times(&v);
            let target = 1.0 / count(products.len().max(1));
            let mut block = Block::default();
            for product in products {
                let root = (cost * product).hypot(2.0 * target);
                // A broken limit starts with a moderate multiplier, and its slacks catch up.
                let p = (2.0 * target * cost / (2.0 * target - cost * product + root)).min(0.1);
                block.p.push(p);
                block.s.push(target / p);
                block.t.push(target / (cost - p));
            }
            block
        });
        let blocks = blocks.collect();
        Point { v, w, blocks }
    }

    /// Pv + q − w + `Hᵀp`.
    fn slope(&self, point: &Point) -> Vec<f64> {
        let mut slope = self.quadratic.map_or_else(|| vec![0.0; point.v.len()], |quadratic| times(quadratic, &point.v));
        for (slope, linear) in slope.iter_mut().zip(&self.linear) {
            *slope += linear;
        }
        for (slope, w) in slope.iter_mut().zip(&point.w) {
            *slope -= w;
        }
        for (rows, block) in self.rows.iter().zip(&point.blocks) {
            rows.add_transposed_times(&block.p, &mut slope);
        }
        slope
    }

    /// The greatest violation: slopes relative to the variables with logarithms, products of multipliers and
    /// slacks, and slacks that do not fit their rows.
    fn residual(&self, point: &Point, slope: &[f64]) -> f64 {
        let mut residual: f64 = 0.0;
        let mut count_in = |violation: f64| residual = if violation.is_nan() { f64::INFINITY } else { residual.max(violation.abs()) };
        for (at, slope) in slope.iter().enumerate() {
            count_in(if at < self.budgets.len() { slope * point.v[at] } else { *slope });
        }
        for ((v, w), budget) in point.v.iter().zip(&point.w).zip(self.budgets) {
            count_in(v * w - budget);
        }
        for (rows, block) in self.rows.iter().zip(&point.blocks) {
            let cost = rows.cost();
            for (((p, s), t), product) in block.p.iter().zip(&block.s).zip(&block.t).zip(rows.times(&point.v)) {
                count_in(p * s);
                count_in((cost - p) * t);
                count_in(t - s - product);
            }
        }
        residual
    }

    /// The mean of p∘s and (c − p)∘t.
    fn mean_product(&self, point: &Point) -> f64 {
        let mut total = 0.0;
        let mut products = 0;
        for (rows, block) in self.rows.iter().zip(&point.blocks) {
            products += 2 * block.p.len();
            total += dot(&block.p, &block.s) + rows.cost() * block.t.iter().sum::<f64>() - dot(&block.p, &block.t);
        }
        total / count(products.max(1))
    }

    /// P + diag(w ÷ v) + `HᵀDH`.
    fn system(&self, point: &Point) -> Matrix {
        let size = point.v.len();
        let mut system = self.quadratic.map_or_else(|| Matrix::zeros(size, size), Clone::clone);
        for (at, (w, v)) in point.w.iter().zip(&point.v).enumerate() {
            system.set(at, at, system.get(at, at) + w / v);
        }
        for (rows, block) in self.rows.iter().zip(&point.blocks) {
            rows.add_gram(&block.stiffness(rows.cost()), &mut system);
        }
        system
    }

    /// Newton's step toward products of `target`, with the products of the step `ahead` counted in.
    fn step(&self, factor: &Cholesky, point: &Point, slope: &[f64], target: f64, ahead: Option<(&Point, f64)>) -> Point {
        let mut right: Vec<f64> = slope.iter().map(|slope| -slope).collect();
        // v dw + w dv = b − vw − dv dw
        let wanted: Vec<f64> = (0..self.budgets.len())
            .map(|at| self.budgets[at] - point.v[at] * point.w[at] - ahead.map_or(0.0, |(ahead, part)| part * ahead.v[at] * ahead.w[at]))
            .collect();
        for (at, wanted) in wanted.iter().enumerate() {
            right[at] += wanted / point.v[at];
        }
        let mut shifts = Vec::with_capacity(self.rows.len());
        for (at, (rows, block)) in self.rows.iter().zip(&point.blocks).enumerate() {
            let shift = block.shift(rows.cost(), &rows.times(&point.v), target, ahead.map(|(ahead, part)| (&ahead.blocks[at], part)));
            let stiff: Vec<f64> = block.stiffness(rows.cost()).iter().zip(&shift.total).map(|(d, g)| -d * g).collect();
            rows.add_transposed_times(&stiff, &mut right);
            shifts.push(shift);
        }
        let v = factor.solve(&right);
        let w = wanted.iter().enumerate().map(|(at, wanted)| (wanted - point.w[at] * v[at]) / point.v[at]).collect();
        let mut blocks = Vec::with_capacity(self.rows.len());
        for ((rows, block), shift) in self.rows.iter().zip(&point.blocks).zip(shifts) {
            blocks.push(block.step(rows.cost(), &rows.times(&v), &shift));
        }
        Point { v, w, blocks }
    }

    /// The longest step that keeps everything above 0 and multipliers below their costs.
    fn longest(&self, point: &Point, step: &Point) -> f64 {
        let mut length: f64 = 1.0 / 0.99;
        let mut keep = |values: &[f64], steps: &[f64]| {
            for (value, step) in values.iter().zip(steps) {
                if *step < 0.0 {
                    length = length.min(-value / step);
                }
            }
        };
        keep(&point.v[..self.budgets.len()], &step.v);
        keep(&point.w, &step.w);
        for ((rows, block), step) in self.rows.iter().zip(&point.blocks).zip(&step.blocks) {
            keep(&block.p, &step.p);
            keep(&block.s, &step.s);
            keep(&block.t, &step.t);
            let room: Vec<f64> = block.p.iter().map(|p| rows.cost() - p).collect();
            let taken: Vec<f64> = step.p.iter().map(|p| -p).collect();
            keep(&room, &taken);
        }
        length
    }
}

/// What a step owes to the products of a block: of s, of t, and in all.
struct Shift {
    of_s: Vec<f64>,
    of_t: Vec<f64>,
    total: Vec<f64>,
}

impl Block {
    /// D: 1 ÷ (s/p + t/(c − p)).
    fn stiffness(&self, cost: f64) -> Vec<f64> {
        self.p.iter().zip(&self.s).zip(&self.t).map(|((p, s), t)| 1.0 / (s / p + t / (cost - p)).max(SOFTNESS)).collect()
    }

    fn shift(&self, cost: f64, products: &[f64], target: f64, ahead: Option<(&Block, f64)>) -> Shift {
        let mut shift = Shift { of_s: Vec::new(), of_t: Vec::new(), total: Vec::new() };
        for (at, product) in products.iter().enumerate() {
            let (p, s, t) = (self.p[at], self.s[at], self.t[at]);
            let (with_s, with_t) =
                ahead.map_or((0.0, 0.0), |(ahead, part)| (part * ahead.p[at] * ahead.s[at], -part * ahead.p[at] * ahead.t[at]));
            let (of_s, of_t) = ((target - with_s) / p - s, (target - with_t) / (cost - p) - t);
            let drift = t - s - product;
            shift.of_s.push(of_s);
            shift.of_t.push(of_t);
            shift.total.push(of_s - of_t - drift);
        }
        shift
    }

    fn step(&self, cost: f64, products: &[f64], shift: &Shift) -> Block {
        let mut step = Block::default();
        for (at, d) in self.stiffness(cost).into_iter().enumerate() {
            let (p, s, t) = (self.p[at], self.s[at], self.t[at]);
            let change = d * (products[at] + shift.total[at]);
            step.p.push(change);
            step.s.push(shift.of_s[at] - s * change / p);
            step.t.push(shift.of_t[at] + t * change / (cost - p));
        }
        step
    }
}

impl Point {
    fn moved(&self, step: &Point, length: f64) -> Point {
        let along = |from: &[f64], step: &[f64]| from.iter().zip(step).map(|(from, step)| from + length * step).collect();
        let block =
            |(from, step): (&Block, &Block)| Block { p: along(&from.p, &step.p), s: along(&from.s, &step.s), t: along(&from.t, &step.t) };
        Point { v: along(&self.v, &step.v), w: along(&self.w, &step.w), blocks: self.blocks.iter().zip(&step.blocks).map(block).collect() }
    }
}
