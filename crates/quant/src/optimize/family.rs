//! Many problems that are alike, as of one covariance and many accounts, over threads.
//!
//! They are cut into runs of fixed length. Within a run each may begin from the answer of the one before it;
//! each run starts cold. So an answer depends on its place in the family alone, and has the same bits for any
//! number of threads.

use std::num::NonZeroUsize;

/// Members solved one from the other.
const RUN: usize = 16;

/// Solves the members in runs, each run on one thread.
pub(crate) fn in_runs<T: Sync, R: Send>(members: &[T], threads: NonZeroUsize, solve_run: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    let runs: Vec<&[T]> = members.chunks(RUN).collect();
    let share = runs.len().div_ceil(threads.get()).max(1);
    let solve_runs = |runs: &[&[T]]| -> Vec<R> { runs.iter().flat_map(|run| solve_run(run)).collect() };
    std::thread::scope(|scope| {
        let workers: Vec<_> = runs.chunks(share).map(|runs| scope.spawn(|| solve_runs(runs))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}
