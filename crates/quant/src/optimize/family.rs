//! Many programs at once, over threads, with the same bits for any number of them.
//!
//! The programs are cut into runs of fixed length. Within a run each is solved from the weights of the
//! one before; each run starts cold. So a result depends on its place in the family alone.

use std::num::NonZeroUsize;

use super::active_set::{self, ActiveSetError};
use super::program::Program;
use super::solution::{Solution, WarmStart, WorkLimit};

/// Programs solved one from the other.
const RUN: usize = 16;

/// Solves programs that are alike, as of one covariance and many accounts, in their order.
///
/// A covariance that they share is held once. `threads` changes how long it takes and nothing else.
///
/// ```
/// use std::{num::NonZeroUsize, sync::Arc};
/// use evenkeel_quant::estimate::covariance::Covariance;
/// use evenkeel_quant::optimize::program::{Program, Region};
/// use evenkeel_quant::optimize::{family::solve_all, solution::WorkLimit};
/// let covariance = Arc::new(Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?);
/// let capped = |cap: f64| {
///     let mut program = Program::minimum_variance(Arc::clone(&covariance), Region::long_only(2));
///     program.region.upper[1] = cap;
///     program
/// };
/// let solutions = solve_all(&[capped(1.0), capped(0.5)], NonZeroUsize::MIN, WorkLimit::default())?;
/// assert!((solutions[0].weights[1] - 0.8).abs() < 1e-15 && solutions[1].weights[1] == 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ActiveSetError`] of the first program that has one.
pub fn solve_all(programs: &[Program], threads: NonZeroUsize, limit: WorkLimit) -> Result<Vec<Solution>, ActiveSetError> {
    let runs: Vec<&[Program]> = programs.chunks(RUN).collect();
    let share = runs.len().div_ceil(threads.get()).max(1);
    let solve_runs =
        |runs: &[&[Program]]| -> Vec<Result<Solution, ActiveSetError>> { runs.iter().flat_map(|run| solve_run(run, limit)).collect() };
    let found: Vec<Result<Solution, ActiveSetError>> = std::thread::scope(|scope| {
        let workers: Vec<_> = runs.chunks(share).map(|runs| scope.spawn(move || solve_runs(runs))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    found.into_iter().collect()
}

/// Solves programs one from the other.
fn solve_run(programs: &[Program], limit: WorkLimit) -> Vec<Result<Solution, ActiveSetError>> {
    let mut start: Option<WarmStart> = None;
    let mut solutions = Vec::with_capacity(programs.len());
    for program in programs {
        let fits = start.as_ref().filter(|start| start.weights.len() == program.size());
        let solution = active_set::solve(program, fits, limit);
        start = solution.as_ref().ok().map(WarmStart::from);
        solutions.push(solution);
    }
    solutions
}
