//! The last digits: Newton's method on the optimality conditions of the limits found active.
//!
//! An interior point ends with directions in cones right to the root of its precision. With the limits
//! that hold known, and weights at bounds and kinks fixed, the conditions are smooth equations
//!
//! gradient of the Lagrangian = 0 over free weights, and active limits = 0,
//!
//! solved with a little regularization, so that limits that say the same twice do no harm. A weight that
//! meets a bound or kink stays there, and what the signs of slopes and multipliers refute is corrected. The
//! caller keeps the result only where it certifies better.

use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, transposed_times};
use crate::linear::vector::dot;
use crate::optimize::limit::Limit;
use crate::optimize::program::Program;
use crate::optimize::solution::{Multipliers, Solution};

use super::lower::Units;

/// Steps of Newton's method between corrections: it is near, and converges quadratically.
const STEPS: usize = 6;

/// Corrections of which limits are active.
const ROUNDS: usize = 20;

/// Slopes and multipliers, in units, below which a sign means nothing.
const SIGN: f64 = 1e-11;

/// Violations, by the size of a limit, that are rounding.
const BROKEN: f64 = 1e-12;

/// How far a weight leaves a kink that does not hold it.
const NUDGE: f64 = 1e-7;

/// Curvature added, as a part of the unit.
const REGULARIZATION: f64 = 1e-9;

/// A step that would take a 3/2-power distance below this part of itself is cut there.
const LEAST_STEP: f64 = 0.1;

/// A limit that holds with equality.
struct Active {
    limit: Limit,
    /// What its row is divided by.
    size: f64,
}

/// A solution with its last digits, where weights within `near` of a kink are taken to be on it.
pub(super) fn polish(program: &Program, found: &Solution, units: Units, near: f64) -> Option<Solution> {
    let mut newton = Newton::new(program, found, units, near);
    for _ in 0..ROUNDS {
        for _ in 0..STEPS {
            newton.step()?;
        }
        if !newton.correct() {
            break;
        }
    }
    let mut polished = found.clone();
    for (x, (lower, upper)) in newton.x.iter_mut().zip(program.region.lower.iter().zip(&program.region.upper)) {
        *x = x.max(*lower).min(*upper);
    }
    let mut multipliers = newton.multipliers();
    multipliers.bounds = newton.bound_multipliers(&multipliers);
    polished.weights = newton.x;
    polished.multipliers = multipliers;
    polished.work.factorizations += newton.factorizations;
    polished.weights.iter().all(|x| x.is_finite()).then_some(polished)
}

struct Newton<'a> {
    program: &'a Program,
    units: Units,
    x: Vec<f64>,
    free: Vec<usize>,
    active: Vec<Active>,
    /// One multiplier an active limit, of its divided row and objective.
    duals: Vec<f64>,
    factorizations: usize,
}

impl<'a> Newton<'a> {
    fn new(program: &'a Program, found: &Solution, units: Units, near: f64) -> Self {
        let mut newton =
            Self { program, units, x: found.weights.clone(), free: Vec::new(), active: Vec::new(), duals: Vec::new(), factorizations: 0 };
        for active in newton.candidates() {
            let price = match active.limit {
                Limit::RowLower(row) | Limit::RowUpper(row) => found.multipliers.rows[row],
                Limit::Spread(at) => found.multipliers.spreads[at],
                Limit::Risk(at) => 2.0 * found.multipliers.risks[at] * active.size,
                Limit::Lower(_) | Limit::Upper(_) => 0.0,
            };
            let sided = if matches!(active.limit, Limit::RowUpper(_)) { -price } else { price };
            if is_equation(program, active.limit) || holds(sided, newton.slack(&active) * active.size, active.size, units.objective) {
                newton.duals.push(price * active.size / units.objective);
                newton.active.push(active);
            }
        }
        for asset in 0..program.size() {
            match newton.fixed(asset, found.multipliers.bounds[asset], near * units.weight) {
                Some(at) => newton.x[asset] = at,
                None => newton.free.push(asset),
            }
        }
        newton
    }

    /// Every row, spread and risk limit that is not open, an equation once.
    fn candidates(&self) -> Vec<Active> {
        let region = &self.program.region;
        let largest =
            |values: &mut dyn Iterator<Item = f64>| self.units.weight * values.fold(0.0, |most: f64, value| most.max(value.abs()));
        let sized = region.limits().into_iter().filter_map(|limit| {
            let size = match limit {
                Limit::RowLower(_) if is_equation(self.program, limit) => return None,
                Limit::RowLower(row) | Limit::RowUpper(row) => largest(&mut region.rows.matrix.row(row).into_iter()),
                Limit::Spread(at) => largest(&mut region.spreads[at].above.iter().chain(&region.spreads[at].below).copied()),
                Limit::Risk(at) => region.risks[at].volatility,
                Limit::Lower(_) | Limit::Upper(_) => return None,
            };
            (size > 0.0).then_some(Active { limit, size })
        });
        sized.collect()
    }

    /// The room within a limit, divided by its size.
    fn slack(&self, active: &Active) -> f64 {
        let value = self.value(active);
        if matches!(active.limit, Limit::RowUpper(_)) { value } else { -value }
    }

    /// The bound or kink at which a weight is.
    fn fixed(&self, asset: usize, z: f64, near: f64) -> Option<f64> {
        let region = &self.program.region;
        let x = self.x[asset];
        let (lower, upper) = (region.lower[asset], region.upper[asset]);
        let bound = if z > 0.0 { lower } else { upper };
        if bound.is_finite() && holds(z.abs(), (x - bound).abs(), self.units.weight, self.units.objective) {
            return Some(bound);
        }
        self.stops(asset).filter(|at| (lower..=upper).contains(at)).find(|at| (x - at).abs() <= near)
    }

    /// Where the slope of a weight jumps: kinks, origins of active spreads, and bounds.
    fn stops(&self, asset: usize) -> impl Iterator<Item = f64> {
        let region = &self.program.region;
        let kinks =
            self.program.costs.get(asset).into_iter().flat_map(|cost| cost.kinks.iter().filter(|kink| kink.jump > 0.0).map(|kink| kink.at));
        let spreads = self.active.iter().filter_map(|active| match active.limit {
            Limit::Spread(at) => Some(&region.spreads[at]),
            _ => None,
        });
        let origins = spreads.filter(move |spread| spread.above[asset] + spread.below[asset] > 0.0).map(move |spread| spread.origin[asset]);
        let (lower, upper) = (region.lower[asset], region.upper[asset]);
        kinks.chain(origins).chain([lower, upper].into_iter().filter(move |_| upper - lower == 0.0))
    }

    /// One step over free weights and multipliers.
    fn step(&mut self) -> Option<()> {
        let per_weight = self.units.weight / self.units.objective;
        let multipliers = self.multipliers();
        let slopes = self.slopes(&multipliers);
        let residual: Vec<f64> = self.free.iter().map(|asset| per_weight * slopes[*asset]).collect();
        let columns: Vec<Vec<f64>> = self.active.iter().map(|active| self.gradient(active)).collect();
        let gradients = Matrix::from_fn(self.free.len(), columns.len(), |row, column| columns[column][self.free[row]]);
        let missed: Vec<f64> = self.active.iter().map(|active| self.value(active)).collect();
        self.factorizations += 1;
        let hessian = Cholesky::factor(self.hessian(&multipliers)).ok()?;
        // With H = L Lᵀ and W = L⁻¹ B: (Wᵀ W + ε) λ = value − Wᵀ L⁻¹ r, x = −H⁻¹ (r + B λ).
        let mut whitened = gradients.clone();
        for column in 0..columns.len() {
            hessian.solve_lower(whitened.column_mut(column));
        }
        let mut reduced = residual.clone();
        hessian.solve_lower(&mut reduced);
        let mut schur = gram(&whitened);
        let largest = schur.diagonal().into_iter().fold(0.0, f64::max);
        for at in 0..columns.len() {
            schur.set(at, at, schur.get(at, at) + REGULARIZATION * REGULARIZATION.max(largest * REGULARIZATION));
        }
        let right: Vec<f64> =
            missed.iter().zip(transposed_times(&whitened, &reduced)).map(|(value, projected)| value - projected).collect();
        let steps = if columns.is_empty() { Vec::new() } else { Cholesky::factor(schur).ok()?.solve(&right) };
        let mut step = residual;
        for (column, dual) in gradients.iter_columns().zip(&steps) {
            step.iter_mut().zip(column).for_each(|(step, entry)| *step += dual * entry);
        }
        let step = hessian.solve(&step);
        self.duals.iter_mut().zip(&steps).for_each(|(dual, step)| *dual += step);
        let moves: Vec<(usize, f64)> =
            self.free.iter().zip(&step).map(|(asset, step)| (*asset, self.x[*asset] - self.units.weight * step)).collect();
        let stopped: Vec<usize> = moves.into_iter().filter_map(|(asset, to)| self.move_to(asset, to).then_some(asset)).collect();
        self.free.retain(|asset| !stopped.contains(asset));
        Some(())
    }

    /// Frees and drops what the signs refute, and takes up what is broken; whether there was any.
    fn correct(&mut self) -> bool {
        let region = &self.program.region;
        let per_weight = self.units.weight / self.units.objective;
        let multipliers = self.multipliers();
        let mut freed = Vec::new();
        for (asset, (left, right)) in self.intervals(&multipliers).into_iter().enumerate() {
            let x = self.x[asset];
            let up = right * per_weight < -SIGN && x < region.upper[asset];
            let down = left * per_weight > SIGN && x > region.lower[asset];
            if (up || down) && !self.free.contains(&asset) {
                freed.push(asset);
                let to = x + if up { NUDGE } else { -NUDGE } * self.units.weight;
                self.x[asset] = to.max(region.lower[asset]).min(region.upper[asset]);
            }
        }
        let signs = self.active.iter().zip(&self.duals).map(|(active, dual)| match active.limit {
            limit if is_equation(self.program, limit) => false,
            Limit::RowUpper(_) => *dual > SIGN,
            _ => *dual < -SIGN,
        });
        let wrong: Vec<bool> = signs.collect();
        let broken: Vec<Active> = self.candidates().into_iter().filter(|limit| self.slack(limit) < -BROKEN).collect();
        let broken = broken.into_iter().filter(|limit| self.active.iter().all(|active| active.limit != limit.limit));
        let broken: Vec<Active> = broken.collect();
        let changed = !freed.is_empty() || !broken.is_empty() || wrong.contains(&true);
        let mut keep = wrong.iter().map(|wrong| !wrong);
        self.active.retain(|_| keep.next().unwrap_or(true));
        let mut keep = wrong.iter().map(|wrong| !wrong);
        self.duals.retain(|_| keep.next().unwrap_or(true));
        self.duals.extend(broken.iter().map(|_| 0.0));
        self.active.extend(broken);
        self.free.extend(freed);
        self.free.sort_unstable();
        changed
    }

    /// Moves a weight, but not across a bound or kink, nor across the point where a 3/2-power cost has no
    /// curvature; whether it was stopped for good.
    fn move_to(&mut self, asset: usize, to: f64) -> bool {
        let from = self.x[asset];
        let between = |at: f64| (from < at && at <= to) || (to <= at && at < from);
        let bounds = [self.program.region.lower[asset], self.program.region.upper[asset]];
        let stop = self.stops(asset).chain(bounds).filter(|at| between(*at)).min_by(|a, b| (a - from).abs().total_cmp(&(b - from).abs()));
        if let Some(stop) = stop {
            self.x[asset] = stop;
            return true;
        }
        let origin = self.program.costs.get(asset).filter(|cost| cost.power > 0.0).map(|cost| cost.origin);
        self.x[asset] = origin.map_or(to, |origin| {
            let distance = self.x[asset] - origin;
            if distance != 0.0 && (to - origin) / distance < LEAST_STEP { origin + LEAST_STEP * distance } else { to }
        });
        false
    }

    /// The multipliers in the units and signs of the program, without those of bounds.
    fn multipliers(&self) -> Multipliers {
        let region = &self.program.region;
        let mut multipliers = Multipliers {
            bounds: Vec::new(),
            rows: vec![0.0; region.rows.lower.len()],
            spreads: vec![0.0; region.spreads.len()],
            risks: vec![0.0; region.risks.len()],
        };
        for (active, dual) in self.active.iter().zip(&self.duals) {
            let dual = dual * self.units.objective / active.size;
            match active.limit {
                Limit::RowLower(row) | Limit::RowUpper(row) => multipliers.rows[row] = dual,
                Limit::Spread(at) => multipliers.spreads[at] = dual,
                Limit::Risk(at) => multipliers.risks[at] = 0.5 * dual / active.size,
                Limit::Lower(_) | Limit::Upper(_) => {}
            }
        }
        multipliers
    }

    /// The slope of the Lagrangian by weight; to the right of a kink.
    fn slopes(&self, multipliers: &Multipliers) -> Vec<f64> {
        self.intervals(multipliers).into_iter().map(|interval| interval.1).collect()
    }

    /// The slopes of the Lagrangian from the left and from the right.
    fn intervals(&self, multipliers: &Multipliers) -> Vec<(f64, f64)> {
        let region = &self.program.region;
        let mut slopes = self.program.gradient(&self.x);
        for (slope, row) in slopes.iter_mut().zip(region.rows.matrix.iter_columns()) {
            *slope -= dot(row, &multipliers.rows);
        }
        for (risk, nu) in region.risks.iter().zip(&multipliers.risks).filter(|(_, nu)| **nu != 0.0) {
            let distance: Vec<f64> = self.x.iter().zip(&risk.center).map(|(x, b)| x - b).collect();
            slopes.iter_mut().zip(risk.covariance.times(&distance)).for_each(|(slope, entry)| *slope += 2.0 * nu * entry);
        }
        let mut intervals: Vec<(f64, f64)> = slopes.into_iter().map(|slope| (slope, slope)).collect();
        for (asset, interval) in intervals.iter_mut().enumerate() {
            let x = self.x[asset];
            let (left, right) = self.program.costs.get(asset).map_or((0.0, 0.0), |cost| cost.slopes(x));
            interval.0 += left;
            interval.1 += right;
            for (spread, theta) in region.spreads.iter().zip(&multipliers.spreads) {
                interval.0 += theta * if x > spread.origin[asset] { spread.above[asset] } else { -spread.below[asset] };
                interval.1 += theta * if x >= spread.origin[asset] { spread.above[asset] } else { -spread.below[asset] };
            }
        }
        intervals
    }

    /// z: what the slopes leave at bounds.
    fn bound_multipliers(&self, multipliers: &Multipliers) -> Vec<f64> {
        let region = &self.program.region;
        let intervals = self.intervals(multipliers).into_iter().enumerate();
        let asked = intervals.map(|(asset, (left, right))| {
            if left > 0.0 && self.x[asset] <= region.lower[asset] {
                left
            } else if right < 0.0 && self.x[asset] >= region.upper[asset] {
                right
            } else {
                0.0
            }
        });
        asked.collect()
    }

    /// An active limit at x, divided by its size: lower sides less, upper sides greater than 0 where broken.
    fn value(&self, active: &Active) -> f64 {
        let region = &self.program.region;
        match active.limit {
            // A row counts with the sign of its multiplier, −y (A x − l).
            Limit::RowLower(row) => -(dot(&region.rows.matrix.row(row), &self.x) - region.rows.lower[row]) / active.size,
            Limit::RowUpper(row) => -(dot(&region.rows.matrix.row(row), &self.x) - region.rows.upper[row]) / active.size,
            Limit::Spread(at) => (region.spreads[at].value(&self.x) - region.spreads[at].limit) / active.size,
            Limit::Risk(at) => {
                let ratio = region.risks[at].value(&self.x) / active.size;
                0.5 * (ratio * ratio - 1.0)
            }
            Limit::Lower(_) | Limit::Upper(_) => 0.0,
        }
    }

    /// The gradient of [`Self::value`] by weights in their unit.
    fn gradient(&self, active: &Active) -> Vec<f64> {
        let region = &self.program.region;
        let factor = self.units.weight / active.size;
        match active.limit {
            Limit::RowLower(row) | Limit::RowUpper(row) => region.rows.matrix.row(row).into_iter().map(|entry| -entry * factor).collect(),
            Limit::Spread(at) => {
                let spread = &region.spreads[at];
                let slope = |asset: usize| if self.x[asset] >= spread.origin[asset] { spread.above[asset] } else { -spread.below[asset] };
                (0..self.x.len()).map(|asset| slope(asset) * factor).collect()
            }
            Limit::Risk(at) => {
                let risk = &region.risks[at];
                let distance: Vec<f64> = self.x.iter().zip(&risk.center).map(|(x, b)| x - b).collect();
                risk.covariance.times(&distance).into_iter().map(|entry| entry * factor / active.size).collect()
            }
            Limit::Lower(_) | Limit::Upper(_) => vec![0.0; self.x.len()],
        }
    }

    /// The curvature of the Lagrangian over free weights, in units.
    fn hessian(&self, multipliers: &Multipliers) -> Matrix {
        let unit = self.units.weight * self.units.weight / self.units.objective;
        let mut hessian = Matrix::zeros(self.free.len(), self.free.len());
        let limits = self.program.region.risks.iter().zip(&multipliers.risks).map(|(risk, nu)| (&risk.covariance, 2.0 * nu.max(0.0)));
        let terms = self.program.quadratic.iter().map(|covariance| (covariance, self.program.scale)).chain(limits);
        for (covariance, factor) in terms.filter(|(_, factor)| *factor > 0.0) {
            let matrix = covariance.matrix();
            for (column, asset) in self.free.iter().enumerate() {
                let source = matrix.column(*asset);
                hessian.column_mut(column).iter_mut().zip(&self.free).for_each(|(entry, row)| *entry += unit * factor * source[*row]);
            }
        }
        for (at, asset) in self.free.iter().enumerate() {
            let curvature = self.program.costs.get(*asset).map_or(0.0, |cost| {
                let distance = (self.x[*asset] - cost.origin).abs();
                let bent = if cost.power > 0.0 && distance > 0.0 { 0.75 * cost.power / distance.sqrt() } else { 0.0 };
                cost.quadratic + bent
            });
            hessian.set(at, at, hessian.get(at, at) + unit * curvature + REGULARIZATION);
        }
        hessian
    }
}

/// Whether a limit is a side of an equation.
fn is_equation(program: &Program, limit: Limit) -> bool {
    let rows = &program.region.rows;
    matches!(limit, Limit::RowLower(row) | Limit::RowUpper(row) if rows.upper[row] - rows.lower[row] == 0.0)
}

/// Whether a limit holds the optimum rather than lies idle: its multiplier outweighs its slack, each in
/// units.
fn holds(multiplier: f64, slack: f64, size: f64, objective: f64) -> bool {
    multiplier * size / objective > slack / size
}
