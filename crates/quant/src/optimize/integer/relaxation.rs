//! The convex program below a branch: hulls of intervals, of their prices and of their count.
//!
//! | not convex | convex hull over the bounds l ≤ 0 ≤ u |
//! |---|---|
//! | xᵢ in one of several intervals | l ≤ xᵢ ≤ u |
//! | price of the interval chosen | the greatest convex function below: piecewise linear |
//! | at most K weights other than 0 | Σ xᵢ⁺ ÷ uᵢ + xᵢ⁻ ÷ ‖lᵢ‖ ≤ K, a spread |
//!
//! **Perspective.** With Q = R + diag(d), R positive semidefinite, a portfolio of at most k long positions
//! has Σ dᵢ xᵢ² ≥ (Σ √dᵢ xᵢ)² ÷ k (Cauchy, Schwarz), so Q may be replaced by R + s sᵀ ÷ k with s = √d:
//! the perspective relaxation (O. Günlük, J. Linderoth, *Perspective Reformulations of Mixed Integer
//! Nonlinear Programs with Indicator Variables*, 2010) with its indicators minimized out. A part θ of d is
//! so replaced, the one of 0, ½ and 1 that gives the highest bound at the root.

use std::sync::Arc;

use crate::estimate::covariance::{Covariance, FactorForm};
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::optimize::program::{Cost, Kink, Program, Spread};

use super::choices::Mode;

/// The part of the smallest eigenvalue that is taken for the diagonal, so that rounding leaves the rest
/// positive semidefinite.
const SAFETY: f64 = 0.999;

/// A branch: for each asset the first and the last of its modes that are still allowed.
pub(super) type Allowed = Vec<(usize, usize)>;

/// What all relaxations of one search share.
pub(super) struct Relaxation<'a> {
    pub(super) program: &'a Program,
    pub(super) modes: &'a [Vec<Mode>],
    pub(super) most: Option<usize>,
    /// d, n: the part of Q's diagonal that can be taken out.
    diagonal: Vec<f64>,
    /// θ.
    pub(super) part: f64,
}

/// A convex program below a branch, and what its objective leaves out.
pub(super) struct Relaxed {
    pub(super) program: Program,
    pub(super) constant: f64,
}

impl<'a> Relaxation<'a> {
    /// `modes` are within the bounds of the program's region.
    pub(super) fn new(program: &'a Program, modes: &'a [Vec<Mode>], most: Option<usize>) -> Self {
        let long = modes.iter().flatten().all(|mode| mode.lower >= 0.0);
        let about_zero = program.center.iter().all(|center| *center == 0.0);
        let covariance = program.quadratic.as_ref().filter(|_| most.is_some() && long && about_zero && program.scale > 0.0);
        Self { program, modes, most, diagonal: covariance.map(|covariance| own_variance(covariance)).unwrap_or_default(), part: 0.0 }
    }

    /// Whether a part of the diagonal can be taken out at all.
    pub(super) fn has_perspective(&self) -> bool {
        self.diagonal.iter().any(|entry| *entry > 0.0)
    }

    /// Takes modes out that the count no longer allows, `None` where nothing is left.
    pub(super) fn settle(&self, mut allowed: Allowed) -> Option<Allowed> {
        let Some(most) = self.most else { return Some(allowed) };
        let left = most.checked_sub(self.counted(&allowed))?;
        if left == 0 {
            for (asset, range) in allowed.iter_mut().enumerate() {
                let free = (range.0..=range.1).find(|mode| !self.modes[asset][*mode].counts);
                if let Some(free) = free {
                    *range = (free, free);
                }
            }
        }
        Some(allowed)
    }

    /// Assets all of whose modes count.
    fn counted(&self, allowed: &Allowed) -> usize {
        allowed.iter().zip(self.modes).filter(|((first, last), modes)| modes[*first..=*last].iter().all(|mode| mode.counts)).count()
    }

    /// The convex program of a branch.
    pub(super) fn of(&self, allowed: &Allowed) -> Relaxed {
        let mut program = self.program.clone();
        let mut constant = 0.0;
        for (asset, (first, last)) in allowed.iter().enumerate() {
            let modes = &self.modes[asset][*first..=*last];
            program.region.lower[asset] = modes.iter().map(|mode| mode.lower).fold(f64::INFINITY, f64::min);
            program.region.upper[asset] = modes.iter().map(|mode| mode.upper).fold(f64::NEG_INFINITY, f64::max);
            if modes.iter().any(|mode| mode.cost != 0.0) {
                constant += add_price(&mut program, asset, modes);
            }
        }
        if let Some(most) = self.most {
            let left = most.saturating_sub(self.counted(allowed));
            let open: Vec<usize> = (0..allowed.len()).filter(|asset| self.is_open(*asset, allowed[*asset])).collect();
            if !open.is_empty() && left > 0 {
                count(&mut program, &open, left);
                self.perspective(&mut program, &open, left);
            }
        }
        Relaxed { program, constant }
    }

    /// Whether an asset may still be counted or not.
    fn is_open(&self, asset: usize, (first, last): (usize, usize)) -> bool {
        let modes = &self.modes[asset][first..=last];
        modes.iter().any(|mode| mode.counts) && modes.iter().any(|mode| !mode.counts)
    }

    /// Replaces a part of the diagonal of open assets by a square of their sum.
    fn perspective(&self, program: &mut Program, open: &[usize], left: usize) {
        let Some(covariance) = program.quadratic.as_ref().filter(|_| self.part > 0.0 && self.has_perspective()) else { return };
        let mut taken = vec![0.0; self.program.size()];
        for asset in open {
            taken[*asset] = self.part * self.diagonal[*asset];
        }
        let count = as_float(left).sqrt();
        let sum: Vec<f64> = taken.iter().map(|taken| taken.sqrt() / count).collect();
        program.quadratic = Some(Arc::new(replaced(covariance, &taken, &sum)));
    }
}

fn as_float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Q − diag(taken) + s sᵀ.
fn replaced(covariance: &Covariance, taken: &[f64], sum: &[f64]) -> Covariance {
    let size = taken.len();
    if let Some(FactorForm { loadings, specific }) = covariance.factor_form() {
        let columns = loadings.columns();
        let wider =
            Matrix::from_fn(size, columns + 1, |asset, column| if column < columns { loadings.get(asset, column) } else { sum[asset] });
        let own = specific.iter().zip(taken).map(|(specific, taken)| (specific - taken).max(0.0)).collect();
        if let Ok(covariance) = Covariance::from_factors(wider, own) {
            return covariance;
        }
    }
    let matrix = covariance.matrix();
    let off = |row: usize, column: usize| if row == column { taken[row] } else { 0.0 };
    Covariance::dense(Matrix::from_fn(size, size, |row, column| matrix.get(row, column) - off(row, column) + sum[row] * sum[column]))
}

/// The diagonal that can be taken out of a covariance so that the rest is still one: the specific variances,
/// or the smallest eigenvalue of the correlations.
fn own_variance(covariance: &Covariance) -> Vec<f64> {
    if let Some(factors) = covariance.factor_form() {
        return factors.specific.clone();
    }
    let variances = covariance.variances();
    let volatilities = covariance.volatilities();
    let matrix = covariance.matrix();
    let correlation = Matrix::from_fn(variances.len(), variances.len(), |row, column| {
        let product = volatilities[row] * volatilities[column];
        if product > 0.0 { matrix.get(row, column) / product } else { f64::from(u8::from(row == column)) }
    });
    let smallest = Eigen::values_of(&correlation).ok().and_then(|values| values.first().copied()).unwrap_or(0.0);
    variances.into_iter().map(|variance| SAFETY * smallest.max(0.0) * variance).collect()
}

/// Adds Σ x⁺ ÷ u + x⁻ ÷ |l| ≤ K over open assets.
fn count(program: &mut Program, open: &[usize], left: usize) {
    let size = program.size();
    let mut spread = Spread { origin: vec![0.0; size], above: vec![0.0; size], below: vec![0.0; size], limit: as_float(left) };
    for asset in open {
        let (lower, upper) = (program.region.lower[*asset], program.region.upper[*asset]);
        spread.above[*asset] = if upper > 0.0 { 1.0 / upper } else { 0.0 };
        spread.below[*asset] = if lower < 0.0 { -1.0 / lower } else { 0.0 };
    }
    program.region.spreads.push(spread);
}

/// Adds the greatest convex function below the prices of modes to the cost of an asset; returns what the
/// objective then leaves out.
fn add_price(program: &mut Program, asset: usize, modes: &[Mode]) -> f64 {
    let hull = lower_hull(modes);
    let Some((first, price)) = hull.first().copied() else { return 0.0 };
    if program.costs.is_empty() {
        program.costs = vec![Cost { origin: 0.0, slope: 0.0, kinks: Vec::new(), quadratic: 0.0, power: 0.0 }; program.size()];
    }
    let origin = program.costs[asset].origin;
    let slopes: Vec<(f64, f64)> = hull.windows(2).map(|pair| (pair[0].0, (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0))).collect();
    let mut own = Cost { origin, slope: slopes.first().map_or(0.0, |piece| piece.1), kinks: Vec::new(), quadratic: 0.0, power: 0.0 };
    own.kinks.extend(slopes.windows(2).map(|pair| Kink { at: pair[1].0, jump: (pair[1].1 - pair[0].1).max(0.0) }));
    let constant = price - own.value(first);
    let cost = &mut program.costs[asset];
    cost.slope += own.slope;
    cost.kinks.extend(own.kinks);
    cost.kinks.sort_by(|a, b| a.at.total_cmp(&b.at));
    constant
}

/// The corners of the greatest convex function below the prices, from left to right; the cheapest level
/// where an end is infinite.
fn lower_hull(modes: &[Mode]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = modes.iter().flat_map(|mode| [(mode.lower, mode.cost), (mode.upper, mode.cost)]).collect();
    if points.iter().any(|point| point.0.is_infinite()) {
        let cheapest = modes.iter().map(|mode| mode.cost).fold(f64::INFINITY, f64::min);
        return vec![(0.0, cheapest)];
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup_by(|second, first| second.0 - first.0 == 0.0);
    let mut hull: Vec<(f64, f64)> = Vec::new();
    for point in points {
        while let [.., a, b] = hull.as_slice() {
            // b is not below the line from a to the point.
            if (b.1 - a.1) * (point.0 - a.0) < (point.1 - a.1) * (b.0 - a.0) {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    hull
}
