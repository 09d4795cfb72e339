//! Quadratic programs by an active set whose factors are updated from step to step.
//!
//! minimize ½ (x − b)ᵀ Q (x − b) + cᵀx + Σ φᵢ(xᵢ) subject to bounds and rows
//!
//! as [`crate::optimize::program`] states it, with costs that are piecewise linear or quadratic. The
//! search begins at a vertex and grows the set of weights between their bounds, so that a step costs
//! O(n k) for k such weights; a program without Q is solved by the same steps, which are then those of
//! the simplex method. Q may be singular. Equal numbers are told apart by their index, and after many
//! steps without progress the first index that gains is taken (R. G. Bland, 1977).

mod basis;
mod feasible;
mod hessian;
mod minimize;
mod model;
mod parametric;
mod search;
mod triangle;

pub(crate) use model::Model;
pub(crate) use parametric::Event;
use search::Place;
pub(crate) use search::Search;

use super::check::ProgramError;
use super::program::Program;
use super::solution::{Backend, Multipliers, Solution, Status, WarmStart, Work, WorkLimit};

/// Distance from a break, in the units of the search, that counts as none.
const ROUNDING: f64 = 1e-14;

/// Why a program is not one for the active set.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ActiveSetError {
    /// Shapes that differ, or numbers that are none.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Spreads, risk limits or 3/2-power costs, which are no pieces of lines and parabolas.
    #[error("{what} {index} is neither linear nor quadratic in pieces: the interior point method solves such programs")]
    Beyond {
        /// What is beyond the method.
        what: &'static str,
        /// Which of them.
        index: usize,
    },
}

/// Solves a program by the active-set method.
///
/// The answer satisfies the conditions of Karush, Kuhn and Tucker to the rounding of the sums in
/// them. [`Status::Infeasible`] comes with multipliers z of the bounds and y of the rows with
/// `Aᵀy` + z = 0 and Σ y⁺l − y⁻u + Σ z⁺lower − z⁻upper > 0, which no feasible point allows (zeros
/// where the sides of one limit cross); the weights of [`Status::Unbounded`] are a direction in which
/// the objective falls without end.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::active_set;
/// use evenkeel_quant::optimize::program::{Program, Region};
/// use evenkeel_quant::optimize::solution::WorkLimit;
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let program = Program::minimum_variance(covariance, Region::long_only(2));
/// let weights = active_set::solve(&program, None, WorkLimit::default())?.weights;
/// assert!((weights[0] - 0.2).abs() < 1e-15 && (weights[1] - 0.8).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ActiveSetError`] where shapes differ, a number is none, or a term is beyond the method.
pub fn solve(program: &Program, start: Option<&WarmStart>, limit: WorkLimit) -> Result<Solution, ActiveSetError> {
    check(program)?;
    let mut search = Search::begin(Model::new(program), start.map(|start| start.weights.as_slice()));
    let status = match search.become_feasible(limit.iterations) {
        Ok(()) => search.minimize(limit.iterations),
        Err(status) => status,
    };
    Ok(search.solution(status))
}

/// Whether all terms are linear or quadratic in pieces, and all numbers sound.
pub(crate) fn check(program: &Program) -> Result<(), ActiveSetError> {
    program.check()?;
    let beyond = |what, index| ActiveSetError::Beyond { what, index };
    if let Some(index) = program.costs.iter().position(|cost| cost.power > 0.0) {
        return Err(beyond("cost", index));
    }
    if !program.region.spreads.is_empty() {
        return Err(beyond("spread", 0));
    }
    if !program.region.risks.is_empty() {
        return Err(beyond("risk limit", 0));
    }
    Ok(())
}

impl Search<'_> {
    /// The value of a weight, at the break itself where only rounding is between them.
    fn snapped(&self, asset: usize) -> f64 {
        let x = self.x[asset].max(self.model.lower[asset]).min(self.model.upper[asset]);
        let near = |at: &f64| (at - x).abs() <= ROUNDING * x.abs().max(1.0);
        let moves = self.places[asset] != Place::Fixed;
        [self.left[asset], self.right[asset]].into_iter().filter(|_| moves).find(near).unwrap_or(x)
    }

    /// The point and its multipliers in the program's own units.
    pub(crate) fn solution(&self, status: Status) -> Solution {
        let assets = self.model.assets();
        let infeasible = status == Status::Infeasible;
        let scaling = &self.model.scaling;
        let unit = if infeasible { 1.0 } else { scaling.objective };
        let products = self.model.transposed(&self.prices);
        let bound = |asset: usize| {
            let x = self.snapped(asset);
            let (down, up) = if infeasible { (0.0, 0.0) } else { self.model.cost_slopes(asset, x) };
            let slope = if infeasible { 0.0 } else { self.gradient.get(asset).copied().unwrap_or(0.0) } - products[asset];
            let at_lower = x <= self.model.lower[asset];
            let at_upper = x >= self.model.upper[asset];
            // The subgradient of the cost that asks least of the bound.
            let (least, most) = (slope + down, slope + up);
            match (at_lower && least > 0.0, at_upper && most < 0.0) {
                (true, _) => least,
                (_, true) => most,
                _ => 0.0,
            }
        };
        let weight = |asset: usize| self.ray.get(asset).map_or_else(|| self.snapped(asset) * scaling.weight, |step| *step);
        let price = |row: usize| match self.places[assets + row] {
            Place::Super(_) => 0.0,
            Place::Basic(_) | Place::Fixed => {
                // A side that is open asks nothing: what is left there is rounding.
                let open = |limit: f64| if limit.is_finite() { f64::INFINITY } else { 0.0 };
                let (least, most) = (-open(self.model.upper[assets + row]), open(self.model.lower[assets + row]));
                self.prices[row].max(least).min(most) * unit / scaling.rows[row]
            }
        };
        Solution {
            status,
            weights: (0..assets).map(weight).collect(),
            multipliers: Multipliers {
                bounds: (0..assets).map(|asset| bound(asset) * unit / scaling.weight).collect(),
                rows: (0..self.prices.len()).map(price).collect(),
                spreads: Vec::new(),
                risks: Vec::new(),
            },
            work: Work { iterations: self.iterations, factorizations: self.factorizations },
            backend: Backend::ActiveSet,
        }
    }
}
