//! The convex program of trades in lots, by an interior point method whose step costs next to nothing a lot.
//!
//! A primal-dual predictor and corrector (S. Mehrotra, *On the implementation of a primal-dual interior point method*,
//! SIAM Journal on Optimization 2, 1992). The system of a step is condensed to factors and rows: a piece costs a few
//! multiply-adds, an asset half the square of the number of factors. The distance to the optimum is measured by the
//! reduced costs, not by the multipliers of bounds, so that the method ends on what is proven.

mod barrier;
mod elastic;
mod factor;
mod kernel;
mod layout;
mod point;
mod solver;
mod system;

use super::bound::lower_bound;
use super::check::LotsError;
use super::program::Program;
use super::region::Region;
use crate::optimize::solution::Work;
pub(super) use solver::{End, Solver};

/// A piece this near to a bound, as a fraction of its range, is on it.
const ON_BOUND: f64 = 1e-9;

/// The optimum of a program, as far as it was found, and what is proven of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Relaxed {
    /// v.
    pub pieces: Vec<f64>,
    /// y, one for each row: what the optimum gains by unit of r, with the sign of `L = f(v) − yᵀ(A v − r)`.
    pub prices: Vec<f64>,
    /// f(v).
    pub objective: f64,
    /// No feasible point has a lower objective.
    pub bound: f64,
    /// What it took.
    pub work: Work,
}

/// Minimizes a program.
///
/// | symbol | argument | shape | unit |
/// |---|---|---|---|
/// | program | `program` | | amounts in fractions of value, the objective in the same |
/// | v, y | [`Relaxed::pieces`], [`Relaxed::prices`] | pieces, rows | as pieces; objective by unit of a row |
///
/// Rows may be redundant, and pieces fixed.
///
/// ```
/// use evenkeel_quant::linear::matrix::Matrix;
/// use evenkeel_quant::optimize::lots::{program::{Asset, Piece, Program, Trade}, relax::relax};
/// // Ten points too much of an asset, in a lot that costs 0.001 a unit to sell and one that costs 0.02.
/// let lot = |price| Piece { lower: 0.0, upper: 0.06, price, rows: Vec::new() };
/// let sale = Trade { asset: Some(0), sign: -1.0, impact: 0.0, rows: Vec::new(), pieces: 0..2 };
/// let program = Program {
///     loadings: Matrix::from_rows(1, 1, &[0.4])?,
///     assets: vec![Asset { specific: 0.0, active: 0.1 }],
///     trades: vec![sale],
///     pieces: vec![lot(0.001), lot(0.02)],
///     rows: Vec::new(),
/// };
/// let relaxed = relax(&program)?;
/// // What is left has a marginal risk of 0.16 · 0.04 = 0.0064: the second lot is not worth its price.
/// assert!((relaxed.pieces[0] - 0.06).abs() < 1e-7 && relaxed.pieces[1].abs() < 1e-7);
/// assert!(relaxed.objective - relaxed.bound < 1e-11);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LotsError`] where shapes do not fit, a number is none or bounds cross; [`LotsError::NoFeasiblePoint`] where that is
/// proven, and [`LotsError::Stalled`] where neither was found.
pub fn relax(program: &Program) -> Result<Relaxed, LotsError> {
    relax_within(program, 0.0)
}

/// The same, content with pieces whose objective is within so much of the bound.
///
/// # Errors
/// As [`relax`].
pub fn relax_within(program: &Program, precision: f64) -> Result<Relaxed, LotsError> {
    program.check()?;
    let region = Region::of(program);
    let mut solver = Solver::new(program);
    let end = solver.solve(&region, f64::INFINITY, precision);
    if end == End::Infeasible || solver.is_far() && solver.proves_infeasible(&region) {
        return Err(LotsError::NoFeasiblePoint);
    }
    if solver.is_far() {
        return Err(LotsError::Stalled { residual: solver.residual() });
    }
    let pieces = snapped(&region, solver.pieces());
    let prices = solver.prices().to_vec();
    let (objective, bound) = (program.objective(&pieces), lower_bound(program, solver.near(), &prices));
    let work = Work { iterations: solver.iterations, factorizations: solver.iterations };
    Ok(Relaxed { pieces, prices, objective, bound, work })
}

/// The pieces, those that are as good as on a bound moved there.
pub(super) fn snapped(region: &Region, pieces: &[f64]) -> Vec<f64> {
    let ends = region.lower.iter().zip(&region.upper);
    let snap = |(value, (lower, upper)): (&f64, (&f64, &f64))| {
        let near = ON_BOUND * (upper - lower);
        if value - lower <= near {
            *lower
        } else if upper - value <= near {
            *upper
        } else {
            *value
        }
    };
    pieces.iter().zip(ends).map(snap).collect()
}
