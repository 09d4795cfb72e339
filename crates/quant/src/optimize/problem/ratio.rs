//! The greatest ratio of excess return to volatility.
//!
//! Where all limits are linear, [`crate::optimize::ratio`] finds it. Otherwise the optimum is that of a utility at the risk aversion γ = excess ÷ variance, found by repeating that
//! (W. Dinkelbach, *On nonlinear fractional programming*, 1967, with the volatility majorized by a
//! parabola): each step is a convex program, and the ratio never falls.

use crate::linear::vector::dot;
use crate::optimize::certify::certify;
use crate::optimize::program::Program;
use crate::optimize::ratio::maximum_ratio;
use crate::optimize::solution::{Backend, Solution, Status, WorkLimit};

use super::solve::{Outcome, SolveError, convex, outcome};
use super::{Lowered, Problem};

/// Residuals below this, as fractions, are a proof to be satisfied with.
const PROVEN: f64 = 1e-8;

/// Steps of the repeated utility.
const MAX_STEPS: usize = 200;

/// Change of a weight that counts as none.
const SETTLED: f64 = 1e-10;

pub(super) fn solve(problem: &Problem, lowered: &Lowered, risk_free: f64, backend: Option<Backend>) -> Result<Outcome, SolveError> {
    // The greatest return of all: tells whether there is any excess, and whether anything is feasible.
    let best = Program { quadratic: None, ..lowered.program.clone() };
    let richest = convex(&best, backend)?;
    if richest.status == Status::Infeasible {
        return outcome(problem, lowered, &best, &richest);
    }
    let excess = |weights: &[f64]| excess(problem, lowered, weights, risk_free);
    if richest.status == Status::Optimal && excess(&richest.weights) <= 0.0 {
        return Err(SolveError::NoExcessReturn { best: excess(&richest.weights) + risk_free, risk_free });
    }
    let region = &lowered.program.region;
    let linear = region.spreads.is_empty() && region.risks.is_empty() && problem.costs.is_empty() && problem.budget > 0.0;
    if linear && matches!(backend, None | Some(Backend::ActiveSet)) {
        // The weights sum to the budget, so a rate is as much off each mean.
        let means = problem.moments.expected.iter().map(|mean| risk_free / problem.budget - mean);
        let program = Program { linear: means.collect(), ..lowered.program.clone() };
        let found = maximum_ratio(&program, None, WorkLimit::default());
        if let Some(found) = found.ok().filter(|found| certify(&found.utility, &found.solution).is_optimal(PROVEN)) {
            return outcome(problem, lowered, &found.utility, &found.solution);
        }
    }
    let mut weights = richest.weights;
    let mut work = richest.work;
    for _ in 0..MAX_STEPS {
        let (gain, variance) = (excess(&weights), variance(lowered, &weights));
        if variance <= 0.0 {
            return Err(SolveError::NoRisk { excess: gain });
        }
        let program = Program { scale: gain / variance, ..lowered.program.clone() };
        let solution = convex(&program, backend)?;
        work.iterations += solution.work.iterations;
        work.factorizations += solution.work.factorizations;
        let moved = solution.weights.iter().zip(&weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        if solution.status != Status::Optimal || moved <= SETTLED {
            return Ok(Outcome { work, ..outcome(problem, lowered, &program, &solution)? });
        }
        weights = solution.weights;
    }
    let program = Program { scale: excess(&weights) / variance(lowered, &weights), ..lowered.program.clone() };
    let last = Solution { status: Status::WorkSpent, ..convex(&program, backend)? };
    Ok(Outcome { work, ..outcome(problem, lowered, &program, &last)? })
}

fn excess(problem: &Problem, lowered: &Lowered, weights: &[f64], risk_free: f64) -> f64 {
    let costs: f64 = lowered.program.costs.iter().zip(weights).map(|(cost, weight)| cost.value(*weight)).sum();
    dot(&problem.moments.expected, weights) - costs - risk_free
}

fn variance(lowered: &Lowered, weights: &[f64]) -> f64 {
    let active: Vec<f64> = weights.iter().zip(&lowered.program.center).map(|(weight, center)| weight - center).collect();
    lowered.program.quadratic.as_ref().map_or(0.0, |covariance| covariance.variance(&active)) + lowered.residual_variance
}
