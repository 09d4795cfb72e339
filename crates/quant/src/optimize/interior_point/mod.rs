//! Portfolio programs by an interior point method that keeps the factor structure.
//!
//! The whole program of [`crate::optimize::program`] but for limits on risk: costs with kinks and 3/2
//! powers and limits on turnover and leverage are lifted into variables that are eliminated on the
//! diagonal, and a covariance in factor form is never formed, so that an iteration costs O(n k²) for n
//! assets and k factors and rows. S. Mehrotra, *On the implementation of a primal-dual interior point
//! method*, 1992. When the iterations show which limits and kinks hold, the optimum is solved for
//! exactly on those (`pieces`), and so is a like program from the weights of the last.

mod iterate;
mod lifted;
mod pieces;
mod system;

use super::check::ProgramError;
use super::program::Program;
use super::solution::{Backend, Multipliers, Solution, Status, WarmStart, Work, WorkLimit};
use iterate::Iterate;
use lifted::Lifted;
use pieces::Pieces;

/// Why a program is not one for the interior point method.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum InteriorPointError {
    /// Shapes that differ, or numbers that are none.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Limits on risk, which are cones.
    #[error("risk limit 0 is a cone: the conic backend solves such programs")]
    RiskLimit,
}

/// Most iterations; a dozen or two suffice.
const ITERATIONS: usize = 100;

/// Iterations without coming nearer by half before the nearest point is taken.
const PATIENCE: usize = 15;

/// A point that misses the conditions by less is as near as numbers get.
const ENOUGH: f64 = 1e-12;

/// Near enough to try the exact solution on the pieces.
const PROMISING: f64 = 2e-8;

/// Near enough to call it the optimum where the exact solution is not found.
const NEAR_ENOUGH: f64 = 1e-9;

/// Corrections of the pieces, from the weights of a like program and from the interior.
const WARM_ROUNDS: usize = 12;
const ROUNDS: usize = 8;

/// Distance from a bound or kink, in the units of the search, at which a weight is at it.
const AT_BREAK: f64 = 1e-9;

/// Solves a program by the interior point method.
///
/// [`Status::Stalled`] is also the answer for a program that has no feasible point, or no least
/// objective: which of them is for the other methods to say.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::interior_point;
/// use evenkeel_quant::optimize::program::{Program, Region, Spread};
/// use evenkeel_quant::optimize::solution::WorkLimit;
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let mut program = Program::minimum_variance(covariance, Region::long_only(2));
/// let turnover = Spread { origin: vec![0.5, 0.5], above: vec![1.0; 2], below: vec![1.0; 2], limit: 0.2 };
/// program.region.spreads = vec![turnover];
/// let weights = interior_point::solve(&program, None, WorkLimit::default())?.weights;
/// assert!((weights[0] - 0.4).abs() < 1e-12 && (weights[1] - 0.6).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InteriorPointError`] where shapes differ, a number is none, or risk is limited.
pub fn solve(program: &Program, start: Option<&WarmStart>, limit: WorkLimit) -> Result<Solution, InteriorPointError> {
    program.check()?;
    if !program.region.risks.is_empty() {
        return Err(InteriorPointError::RiskLimit);
    }
    let lifted = Lifted::new(program);
    let mut work = Work::default();
    if let Some(start) = start.filter(|start| start.weights.len() == program.size()) {
        let weights: Vec<f64> = start.weights.iter().map(|weight| weight / lifted.model.scaling.weight).collect();
        let mut pieces = Pieces::guess(&lifted, &weights, None, AT_BREAK);
        let (settled, rounds) = pieces.settle(WARM_ROUNDS);
        work.factorizations += rounds;
        if settled {
            return Ok(answer(program, &lifted, &pieces.weights, &pieces.prices, Status::Optimal, work));
        }
    }
    Ok(iterate(program, &lifted, limit, work))
}

fn iterate(program: &Program, lifted: &Lifted<'_>, limit: WorkLimit, mut work: Work) -> Solution {
    let mut point = Iterate::start(lifted);
    let (mut tried, mut since) = (f64::INFINITY, 0);
    let mut best = (f64::INFINITY, point.rounded(), point.prices.clone());
    for _ in 0..ITERATIONS {
        if work.iterations >= limit.iterations {
            return answer(program, lifted, &best.1, &best.2, Status::WorkSpent, work);
        }
        let (weights, prices) = (point.rounded(), point.prices.clone());
        let Some(distance) = point.improve(ENOUGH).map(iterate::Distance::largest).filter(|distance| distance.is_finite()) else { break };
        work.iterations += 1;
        work.factorizations += 1;
        since = if distance < 0.5 * best.0 { 0 } else { since + 1 };
        if distance < best.0 {
            best = (distance, weights.clone(), prices.clone());
        }
        // Tried again only when the point has come a good deal nearer.
        if distance <= PROMISING && distance <= 0.01 * tried {
            tried = distance;
            let mut pieces = Pieces::guess(lifted, &weights, Some(&prices), 0.0);
            let (settled, rounds) = pieces.settle(ROUNDS);
            work.factorizations += rounds;
            if settled {
                return answer(program, lifted, &pieces.weights, &pieces.prices, Status::Optimal, work);
            }
        }
        if distance <= ENOUGH || since > PATIENCE {
            break;
        }
    }
    let status = if best.0 <= NEAR_ENOUGH { Status::Optimal } else { Status::Stalled };
    answer(program, lifted, &best.1, &best.2, status, work)
}

/// The point and its multipliers in the program's own units.
fn answer(program: &Program, lifted: &Lifted<'_>, weights: &[f64], prices: &[f64], status: Status, work: Work) -> Solution {
    let scaling = &lifted.model.scaling;
    let own = lifted.own_rows();
    let unscaled: Vec<f64> = weights
        .iter()
        .enumerate()
        .map(|(asset, x)| x.max(lifted.model.lower[asset]).min(lifted.model.upper[asset]) * scaling.weight)
        .collect();
    let price = |row: usize| {
        let (open_lower, open_upper) = (lifted.lower[row] == f64::NEG_INFINITY, lifted.upper[row] == f64::INFINITY);
        prices[row].max(if open_upper { 0.0 } else { f64::NEG_INFINITY }).min(if open_lower { 0.0 } else { f64::INFINITY })
    };
    let rows: Vec<f64> = (0..own).map(|row| price(row) * scaling.objective / scaling.rows[row]).collect();
    let spreads: Vec<f64> = (own..prices.len()).map(|row| -price(row) * scaling.objective / scaling.weight).collect();
    let bounds = bound_multipliers(program, &unscaled, &rows, &spreads);
    let multipliers = Multipliers { bounds, rows, spreads, risks: Vec::new() };
    Solution { status, weights: unscaled, multipliers, work, backend: Backend::InteriorPoint }
}

/// What bounds must bear, given the other multipliers: by the subgradients that ask least of them.
fn bound_multipliers(program: &Program, weights: &[f64], rows: &[f64], spreads: &[f64]) -> Vec<f64> {
    let region = &program.region;
    let mut slopes = program.gradient(weights);
    for (asset, slope) in slopes.iter_mut().enumerate() {
        let column = region.rows.matrix.columns().checked_sub(1).map(|_| region.rows.matrix.column(asset));
        *slope -= column.map_or(0.0, |column| column.iter().zip(rows).map(|(a, y)| a * y).sum());
    }
    let bound = |(asset, slope): (usize, f64)| {
        let x = weights[asset];
        let (mut left, mut right) = program.costs.get(asset).map_or((0.0, 0.0), |cost| cost.slopes(x));
        for (spread, theta) in region.spreads.iter().zip(spreads) {
            let distance = x - spread.origin[asset];
            left += theta * if distance > 0.0 { spread.above[asset] } else { -spread.below[asset] };
            right += theta * if distance < 0.0 { -spread.below[asset] } else { spread.above[asset] };
        }
        match (x <= region.lower[asset] && slope + left > 0.0, x >= region.upper[asset] && slope + right < 0.0) {
            (true, _) => slope + left,
            (_, true) => slope + right,
            _ => 0.0,
        }
    };
    slopes.into_iter().enumerate().map(bound).collect()
}
