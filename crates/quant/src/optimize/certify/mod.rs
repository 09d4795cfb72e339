//! Whether a solution is what its backend says: residuals, duality gap and a lower bound, computed from
//! the definition of the program alone.
//!
//! | figure | field | what it is a fraction of |
//! |---|---|---|
//! | how far x breaks a limit | [`Certificate::primal_residual`] | the gross of that limit's terms |
//! | distance of the multipliers from the subdifferential, or from their sign | [`Certificate::dual_residual`] | the gross slope of the objective |
//! | multiplier × slack, the largest | [`Certificate::complementarity`] | the gross of the objective's terms |
//! | objective − lower bound | [`Certificate::duality_gap`] | the gross of the objective's terms |
//!
//! Gross means that terms are added without their signs, so that every figure is the same in any unit of
//! return or weight. A portfolio's variance below 10⁻⁴ of what its assets have gross, a hundredth of the
//! volatility, counts as 0.
//!
//! **Lower bound.** The Lagrangian is at least its tangent in x at the solution, which is a sum of convex
//! functions of one weight each, minimized in closed form over the bounds. That is a value of the dual
//! function of a program whose optimum is no higher, so no feasible point is better, whatever the
//! backend did (S. Boyd, L. Vandenberghe, *Convex Optimization*, 2004, sections 5.1 and 5.5).
//!
//! **Infeasible.** The same bound without the objective: multipliers under which the limits' slack is
//! below 0 everywhere prove that no point satisfies them all (J. Farkas, 1902).
//!
//! **Unbounded.** The weights are a direction in which the region goes on and the objective falls.

mod dual;
mod multipliers;
mod piece;
mod primal;
mod ray;
mod scale;

pub(crate) use dual::implied_bounds;
use dual::{Lagrangian, feasible_signs};
use multipliers::complete;
use primal::slacks;
use scale::{Scale, relative};

use super::limit::Limit;
use super::program::Program;
use super::solution::{Multipliers, Solution, Status};

/// A weight this near to a bound or kink, as a fraction of the size of weights, counts as being there.
pub(crate) const NEAR: f64 = 1e-7;

/// What the definition of a program says of a solution.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// What the backend claims.
    pub status: Status,
    /// The objective at the weights.
    pub objective: f64,
    /// No feasible point has a lower objective; −∞ where that is not proven.
    pub lower_bound: f64,
    /// The largest violation of a limit, as a fraction.
    pub primal_residual: f64,
    /// The largest violation of stationarity or of the sign of a multiplier, as a fraction.
    pub dual_residual: f64,
    /// The largest product of a multiplier and its slack, as a fraction.
    pub complementarity: f64,
    /// What the objective may be above the optimum, as a fraction; where open bounds leave no lower
    /// bound, the sum of multiplier × slack.
    pub duality_gap: f64,
    /// For [`Status::Infeasible`], by how much the limits contradict one another, as a fraction of the
    /// gross of their terms: above 0 is a proof. Infinite where one limit is empty on its own.
    pub contradiction: f64,
    /// For [`Status::Unbounded`], how fast the objective falls along the weights, as a fraction of the
    /// gross of its terms, less how far they leave the region: above 0 is a proof.
    pub descent: f64,
    /// Limits that hold the optimum, in the order of [`super::program::Region::limits`].
    pub active: Vec<ShadowPrice>,
}

/// What relaxing a limit by one unit would take off the objective: a unit of weight, of the row, of the
/// spread, or of volatility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShadowPrice {
    /// The limit.
    pub limit: Limit,
    /// Fall of the minimized objective by unit, at least 0.
    pub price: f64,
}

impl Certificate {
    /// Whether the weights are feasible and optimal, each figure within a tolerance.
    pub fn is_optimal(&self, tolerance: f64) -> bool {
        let figures = [self.primal_residual, self.dual_residual, self.complementarity, self.duality_gap];
        figures.iter().all(|figure| *figure <= tolerance)
    }

    /// Whether the weights satisfy every limit within a tolerance.
    pub fn is_feasible(&self, tolerance: f64) -> bool {
        self.primal_residual <= tolerance
    }

    /// Whether it is proven that no weights satisfy every limit, by more than a tolerance.
    pub fn is_infeasible(&self, tolerance: f64) -> bool {
        self.contradiction > tolerance
    }

    /// Whether it is proven that the objective falls without end, once there is a feasible point.
    pub fn is_unbounded(&self, tolerance: f64) -> bool {
        self.descent > tolerance
    }

    /// Whether what the backend claims is proven.
    pub fn proves_status(&self, tolerance: f64) -> bool {
        match self.status {
            Status::Infeasible => self.is_infeasible(tolerance),
            Status::Unbounded => self.is_unbounded(tolerance),
            Status::Optimal | Status::WorkSpent | Status::Stalled => self.is_optimal(tolerance),
        }
    }
}

/// Holds a solution against the definition of its program.
///
/// Multipliers of rows, spreads and risk limits that are missing (a vector of another length) are
/// estimated by least squares over the active limits; those of bounds follow from the others.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::certify::certify;
/// use evenkeel_quant::optimize::program::{Program, Region};
/// use evenkeel_quant::optimize::solution::{Backend, Multipliers, Solution, Status, Work};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let program = Program::minimum_variance(covariance, Region::long_only(2));
/// let found = |weights: [f64; 2]| Solution {
///     status: Status::Optimal,
///     weights: weights.to_vec(),
///     multipliers: Multipliers::default(),
///     work: Work::default(),
///     backend: Backend::ActiveSet,
/// };
/// assert!(certify(&program, &found([0.2, 0.8])).is_optimal(1e-12));
/// let halves = certify(&program, &found([0.5, 0.5]));
/// assert!(!halves.is_optimal(1e-3) && halves.lower_bound <= 0.5 * (0.04 * 0.04 + 0.01 * 0.64));
/// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
/// ```
pub fn certify(program: &Program, solution: &Solution) -> Certificate {
    let x = &solution.weights;
    if program.check().is_err() || x.len() != program.size() || x.iter().any(|x| !x.is_finite()) {
        return void(solution.status);
    }
    let gradient = program.gradient(x);
    let scale = Scale::of(program, x, &gradient);
    let near = NEAR * scale.weight;
    let multipliers =
        if is_constant(program) { none(program) } else { complete(program, x, &gradient, scale.weight, &solution.multipliers) };
    let signed = feasible_signs(&program.region, &multipliers);
    let lagrangian = Lagrangian::new(program, x, &gradient, true, &signed);
    let bounds = bound_multipliers(program, &lagrangian, x, near, &multipliers.bounds);
    let slack = slackness(program, x, &lagrangian, &bounds);
    let gap = lagrangian.gap(x, &implied_bounds(&program.region));
    let objective = program.objective(x);
    Certificate {
        status: solution.status,
        objective,
        lower_bound: objective - gap,
        primal_residual: slacks(program, x, scale.weight)
            .iter()
            .fold(0.0, |most, slack| relative((-slack.room).max(0.0), slack.size).max(most)),
        dual_residual: relative(dual_residual(program, &lagrangian, x, near, &bounds, &multipliers), scale.slope),
        complementarity: relative(slack.iter().fold(0.0, |most, slack| slack.abs().max(most)), scale.objective),
        duality_gap: relative(if gap.is_finite() { gap.abs() } else { slack.iter().sum::<f64>().abs() }, scale.objective),
        contradiction: if solution.status == Status::Infeasible { contradiction(program, x, &solution.multipliers) } else { 0.0 },
        descent: if solution.status == Status::Unbounded {
            let found = ray::descent(program, x);
            found.fall - found.residual
        } else {
            0.0
        },
        active: active(program, x, scale.weight, &bounds, &signed),
    }
}

/// Of weights that are none, or a program that is none: nothing is proven.
fn void(status: Status) -> Certificate {
    Certificate {
        status,
        objective: f64::NAN,
        lower_bound: f64::NEG_INFINITY,
        primal_residual: f64::INFINITY,
        dual_residual: f64::INFINITY,
        complementarity: f64::INFINITY,
        duality_gap: f64::INFINITY,
        contradiction: 0.0,
        descent: 0.0,
        active: Vec::new(),
    }
}

/// Whether every point has the same objective, so that no limit can hold it.
fn is_constant(program: &Program) -> bool {
    let quadratic =
        program.scale > 0.0 && program.quadratic.as_ref().is_some_and(|covariance| covariance.variances().iter().any(|v| *v > 0.0));
    let cost = program
        .costs
        .iter()
        .any(|cost| cost.slope != 0.0 || cost.quadratic > 0.0 || cost.power > 0.0 || cost.kinks.iter().any(|kink| kink.jump > 0.0));
    !quadratic && !cost && program.linear.iter().all(|slope| *slope == 0.0)
}

fn none(program: &Program) -> Multipliers {
    let region = &program.region;
    Multipliers {
        bounds: vec![0.0; program.size()],
        rows: vec![0.0; region.rows.lower.len()],
        spreads: vec![0.0; region.spreads.len()],
        risks: vec![0.0; region.risks.len()],
    }
}

/// The multipliers of the bounds: as given, or what the slope of the Lagrangian asks for.
fn bound_multipliers(program: &Program, lagrangian: &Lagrangian<'_>, x: &[f64], near: f64, given: &[f64]) -> Vec<f64> {
    if given.len() == x.len() {
        return given.to_vec();
    }
    let region = &program.region;
    let asked = lagrangian.pieces.iter().enumerate().map(|(asset, piece)| {
        let (left, right) = (piece.slopes(x[asset] - near).0, piece.slopes(x[asset] + near).1);
        if left > 0.0 && region.lower[asset].is_finite() {
            left
        } else if right < 0.0 && region.upper[asset].is_finite() {
            right
        } else {
            0.0
        }
    });
    asked.collect()
}

/// Multiplier × slack of every limit.
fn slackness(program: &Program, x: &[f64], lagrangian: &Lagrangian<'_>, bounds: &[f64]) -> Vec<f64> {
    let region = &program.region;
    let of_bounds = bounds.iter().enumerate().map(|(asset, z)| {
        let side = if *z > 0.0 { region.lower[asset] } else { region.upper[asset] };
        if side.is_finite() { z * (x[asset] - side) } else { 0.0 }
    });
    lagrangian.slackness.iter().copied().chain(of_bounds).collect()
}

/// The largest distance of a multiplier from where it must be.
fn dual_residual(program: &Program, lagrangian: &Lagrangian<'_>, x: &[f64], near: f64, bounds: &[f64], multipliers: &Multipliers) -> f64 {
    let region = &program.region;
    let mut largest = 0.0_f64;
    for (asset, (piece, z)) in lagrangian.pieces.iter().zip(bounds).enumerate() {
        // A weight next to a kink counts as on it: slopes from both sides of it will do.
        let (left, right) = (piece.slopes(x[asset] - near).0, piece.slopes(x[asset] + near).1);
        let side = if *z > 0.0 { region.lower[asset] } else { region.upper[asset] };
        let proven = if side.is_finite() { *z } else { 0.0 };
        largest = largest.max(left - proven).max(proven - right);
    }
    let rows = multipliers.rows.iter().zip(region.rows.lower.iter().zip(&region.rows.upper)).map(|(y, (lower, upper))| {
        let side = if *y > 0.0 { lower } else { upper };
        // By the gross of the row, the slope that a multiplier on an open side leaves unexplained.
        if side.is_finite() { 0.0 } else { y.abs() }
    });
    let largest_entry = region.rows.matrix.values().iter().fold(0.0, |most: f64, entry| most.max(entry.abs()));
    let spreads =
        multipliers.spreads.iter().zip(&region.spreads).map(|(theta, spread)| {
            (-theta).max(0.0) * spread.above.iter().chain(&spread.below).fold(0.0, |most: f64, price| most.max(*price))
        });
    let risks = multipliers.risks.iter().zip(&region.risks).map(|(nu, risk)| {
        let active: Vec<f64> = x.iter().zip(&risk.center).map(|(x, b)| x - b).collect();
        2.0 * (-nu).max(0.0) * risk.covariance.times(&active).iter().fold(0.0, |most: f64, slope| most.max(slope.abs()))
    });
    rows.map(|missing| missing * largest_entry).chain(spreads).chain(risks).fold(largest, f64::max)
}

/// By how much the limits' slack is below 0 everywhere, as a fraction of the gross of its terms.
fn contradiction(program: &Program, x: &[f64], multipliers: &Multipliers) -> f64 {
    let region = &program.region;
    let crossed = |lower: &[f64], upper: &[f64]| lower.iter().zip(upper).any(|(lower, upper)| lower > upper);
    if crossed(&region.lower, &region.upper) || crossed(&region.rows.lower, &region.rows.upper) {
        return f64::INFINITY;
    }
    let complete = multipliers.rows.len() == region.rows.lower.len()
        && multipliers.spreads.len() == region.spreads.len()
        && multipliers.risks.len() == region.risks.len();
    if !complete {
        return 0.0;
    }
    let signed = feasible_signs(region, multipliers);
    let lagrangian = Lagrangian::new(program, x, &vec![0.0; x.len()], false, &signed);
    let gap = lagrangian.gap(x, &implied_bounds(region));
    let levels = signed.rows.iter().zip(region.rows.lower.iter().zip(&region.rows.upper));
    let rows: f64 = levels.map(|(y, (lower, upper))| if *y == 0.0 { 0.0 } else { (y * if *y > 0.0 { lower } else { upper }).abs() }).sum();
    let spreads: f64 = signed
        .spreads
        .iter()
        .zip(&region.spreads)
        .map(|(theta, spread)| if *theta == 0.0 { 0.0 } else { (theta * spread.limit).abs() })
        .sum();
    let risks: f64 = signed
        .risks
        .iter()
        .zip(&region.risks)
        .map(|(nu, risk)| if *nu == 0.0 { 0.0 } else { 2.0 * nu * risk.value(x) * risk.volatility })
        .sum();
    let pieces: f64 = lagrangian.pieces.iter().zip(x).map(|(piece, x)| (piece.slope * x).abs()).sum();
    if gap.is_finite() { relative(-gap, rows + spreads + risks + pieces) } else { 0.0 }
}

/// The limits that hold the optimum, with what a unit of each is worth.
fn active(program: &Program, x: &[f64], weight: f64, bounds: &[f64], multipliers: &Multipliers) -> Vec<ShadowPrice> {
    let region = &program.region;
    let found = slacks(program, x, weight).into_iter().filter(|slack| slack.room <= NEAR * slack.size).map(|slack| {
        let price = match slack.limit {
            Limit::Lower(asset) => bounds[asset].max(0.0),
            Limit::Upper(asset) => (-bounds[asset]).max(0.0),
            Limit::RowLower(row) => multipliers.rows[row].max(0.0),
            Limit::RowUpper(row) => (-multipliers.rows[row]).max(0.0),
            Limit::Spread(spread) => multipliers.spreads[spread],
            Limit::Risk(risk) => 2.0 * multipliers.risks[risk] * region.risks[risk].volatility,
        };
        ShadowPrice { limit: slack.limit, price }
    });
    found.filter(|active| active.price > 0.0).collect()
}
