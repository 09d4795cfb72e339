//! General cones: any program, by Clarabel's interior point.
//!
//! The backend for what the structured methods do not take (several risk limits, 3/2-power costs) and the
//! independent second opinion on what they do. P. J. Goulart, Y. Chen, *Clarabel: An interior-point solver
//! for conic programs with quadratic objectives*, 2024. How parts are lowered stands at the head of the
//! module `lower`.

mod lower;
mod model;
mod polish;

use clarabel::solver::SolverStatus;

use super::certify::certify;
use super::check::ProgramError;
use super::limit::Limit;
use super::program::Program;
use super::solution::{Backend, Multipliers, Solution, Status, Work};
use lower::{Lowered, Price, Units};
use model::Answer;
use polish::polish;

/// A contradiction above this part of the limits' size is proven.
pub(crate) const PROOF: f64 = 1e-9;

/// A certificate with figures below this has nothing to gain.
const SHARP: f64 = 1e-10;

/// A certificate with figures up to this proves an optimum, whatever Clarabel says of it.
const PROVEN: f64 = 1e-7;

/// How near to a kink a weight counts as on it, tried in turn.
const KINKS_NEAR: [f64; 3] = [1e-8, 1e-6, 1e-4];

/// Violations up to this part of a limit's size are rounding.
pub(crate) const VIOLATION: f64 = 1e-8;

/// Solves a program.
///
/// For [`Status::Infeasible`] the weights are the point that breaks the limits least, and the multipliers
/// with it are the proof; for [`Status::Unbounded`] the weights are a direction in which the objective
/// falls without end.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::{certify::certify, conic};
/// use evenkeel_quant::optimize::program::{Program, Region};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let program = Program::minimum_variance(covariance, Region::long_only(2));
/// let solution = conic::solve(&program)?;
/// assert!((solution.weights[0] - 0.2).abs() < 1e-8);
/// assert!(certify(&program, &solution).is_optimal(1e-8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ProgramError`] where shapes do not fit or a number is none.
pub fn solve(program: &Program) -> Result<Solution, ProgramError> {
    program.check()?;
    if let Some(empty) = empty_limit(program) {
        return Ok(empty);
    }
    let mut units = Units::of(program);
    let mut found = search(program, units);
    // A portfolio of little risk from risky assets: what is small at the solution is solved in its own size.
    if let Some(smaller) = units.at(program, &found.weights).filter(|_| matches!(found.status, Status::Optimal | Status::Stalled)) {
        units = smaller;
        let again = search(program, units);
        let work = Work {
            iterations: found.work.iterations + again.work.iterations,
            factorizations: found.work.factorizations + again.work.factorizations,
        };
        found = Solution { work, ..if again.status == Status::Optimal { again } else { found } };
    }
    if found.status != Status::Optimal {
        // What contradicts itself stalls or seems unbounded as often as it is told as infeasible.
        let (proof, total) = least_violation(program);
        found.work.iterations += proof.work.iterations;
        found.work.factorizations += proof.work.factorizations;
        if total > VIOLATION && proof.status == Status::Infeasible {
            return Ok(Solution { work: found.work, ..proof });
        }
        if found.status == Status::Infeasible {
            found.status = Status::Stalled;
        }
    }
    Ok(polished(program, found, units))
}

/// The solution, or where that certifies better, the same with its last digits.
fn polished(program: &Program, found: Solution, units: Units) -> Solution {
    let error = |solution: &Solution| {
        let certificate = certify(program, solution);
        let figures = [certificate.primal_residual, certificate.dual_residual, certificate.complementarity, certificate.duality_gap];
        figures.into_iter().fold(0.0, |most, figure| if figure <= most { most } else { figure })
    };
    if !matches!(found.status, Status::Optimal | Status::Stalled) {
        return found;
    }
    let mut best = (error(&found), found);
    for near in KINKS_NEAR {
        if best.0 > SHARP {
            let better = polish(program, &best.1, units, near).map(|solution| (error(&solution), solution));
            best = better.filter(|(error, _)| *error < best.0).unwrap_or(best);
        }
    }
    let proven = best.0 <= PROVEN;
    Solution { status: if proven { Status::Optimal } else { best.1.status }, ..best.1 }
}

/// One run of Clarabel, in given units.
fn search(program: &Program, units: Units) -> Solution {
    let lowered = Lowered::optimal(program, units);
    lowered.model.solve().map_or_else(|| nothing(program, Status::Stalled), |answer| lift(program, &lowered, &answer))
}

/// By how much limits must be relaxed for a feasible point, at the least total price.
///
/// minimize Σ pₖ eₖ subject to every limit k relaxed by eₖ ≥ 0
///
/// A limit without a price must hold. The amounts are in the units of [`super::program::Region::level`];
/// those that need none are left out. `None` where the limits without a price contradict one another, or
/// no answer was found.
///
/// ```
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::{conic::least_relaxation, limit::Limit};
/// use evenkeel_quant::optimize::program::{Program, Region};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let mut region = Region::long_only(2);
/// region.upper = vec![0.4, 0.5];
/// let program = Program::minimum_variance(covariance, region);
/// let relaxed = least_relaxation(&program, &|limit| (limit == Limit::Upper(0)).then_some(1.0))?.unwrap_or_default();
/// assert!(relaxed.len() == 1 && (relaxed[0].1 - 0.1).abs() < 1e-8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ProgramError`] where shapes do not fit or a number is none.
pub fn least_relaxation(program: &Program, price: &dyn Fn(Limit) -> Option<f64>) -> Result<Option<Vec<(Limit, f64)>>, ProgramError> {
    program.check()?;
    let lowered = Lowered::elastic(program, &|limit, _| price(limit));
    let answer = lowered.model.solve().filter(|answer| status(answer.status) == Status::Optimal);
    Ok(answer.map(|answer| relaxations(&lowered, &answer)))
}

/// The amounts by which limits are relaxed, beyond rounding.
fn relaxations(lowered: &Lowered, answer: &Answer) -> Vec<(Limit, f64)> {
    let found = lowered.elastic.iter().map(|(limit, variable, divisor)| (*limit, answer.variables[*variable], *divisor));
    found.filter(|(_, relaxed, _)| *relaxed > VIOLATION).map(|(limit, relaxed, divisor)| (limit, relaxed * divisor)).collect()
}

/// The point between the bounds that breaks rows, spreads and risk limits least, with the multipliers that
/// prove so, and the total, each limit by its size. Of a program that was checked.
pub(crate) fn least_violation(program: &Program) -> (Solution, f64) {
    let price: Price<'_> = &|limit, size| match limit {
        Limit::Lower(_) | Limit::Upper(_) => None,
        _ => Some(1.0 / size),
    };
    let lowered = Lowered::elastic(program, price);
    let Some(answer) = lowered.model.solve() else { return (nothing(program, Status::Stalled), f64::NAN) };
    let total = lowered.elastic.iter().map(|(_, variable, _)| answer.variables[*variable].max(0.0)).sum();
    let mut found = lift(program, &lowered, &answer);
    // Where the search stalled, its multipliers may prove it all the same.
    found.status = Status::Infeasible;
    if !certify(program, &found).is_infeasible(PROOF) {
        found.status = Status::Stalled;
    }
    (found, total)
}

/// An answer without a search, where the sides of one limit cross.
fn empty_limit(program: &Program) -> Option<Solution> {
    let region = &program.region;
    let crossed = |lower: &[f64], upper: &[f64]| lower.iter().zip(upper).any(|(lower, upper)| lower > upper);
    let empty = crossed(&region.lower, &region.upper) || crossed(&region.rows.lower, &region.rows.upper);
    empty.then(|| nothing(program, Status::Infeasible))
}

/// Zeros throughout.
fn nothing(program: &Program, status: Status) -> Solution {
    let region = &program.region;
    let multipliers = Multipliers {
        bounds: vec![0.0; program.size()],
        rows: vec![0.0; region.rows.lower.len()],
        spreads: vec![0.0; region.spreads.len()],
        risks: vec![0.0; region.risks.len()],
    };
    Solution { status, weights: vec![0.0; program.size()], multipliers, work: Work::default(), backend: Backend::Clarabel }
}

/// The answer in the program's units and signs.
fn lift(program: &Program, lowered: &Lowered, answer: &Answer) -> Solution {
    let region = &program.region;
    let mut found = nothing(program, status(answer.status));
    let ray = found.status == Status::Unbounded;
    for (asset, weight) in found.weights.iter_mut().enumerate() {
        let inside = answer.variables[asset] * lowered.units.weight;
        *weight = if ray { inside } else { inside.max(region.lower[asset]).min(region.upper[asset]) };
    }
    for (limit, place, divisor) in &lowered.limits {
        let dual = answer.dual(*place) * lowered.units.objective / divisor;
        match limit {
            Limit::Lower(asset) => found.multipliers.bounds[*asset] += dual,
            Limit::Upper(asset) => found.multipliers.bounds[*asset] -= dual,
            Limit::RowLower(row) => found.multipliers.rows[*row] += dual,
            Limit::RowUpper(row) => found.multipliers.rows[*row] -= dual,
            Limit::Spread(spread) => found.multipliers.spreads[*spread] = dual,
            // λ ‖Fᵀ(x − b)‖ has the slope λ V(x − b) ÷ ‖Fᵀ(x − b)‖, which is 2ν V(x − b).
            Limit::Risk(at) => {
                let risk = &region.risks[*at];
                found.multipliers.risks[*at] = 0.5 * dual / risk.value(&found.weights).max(risk.volatility);
            }
        }
    }
    found.work = Work { iterations: answer.iterations, factorizations: answer.iterations };
    found
}

fn status(status: SolverStatus) -> Status {
    match status {
        SolverStatus::Solved | SolverStatus::AlmostSolved => Status::Optimal,
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => Status::Infeasible,
        SolverStatus::DualInfeasible | SolverStatus::AlmostDualInfeasible => Status::Unbounded,
        SolverStatus::MaxIterations => Status::WorkSpent,
        _ => Status::Stalled,
    }
}
