//! Work in parallel of which the outcome does not depend on the number of threads.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// The name of the threads on which work is done.
pub const WORKER_THREAD: &str = "worker";

/// As many threads as the machine runs at once.
pub fn available() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Does jobs `0..jobs` on threads: each takes the next that is left. Gives the outcomes in the order of the jobs;
/// `done` sees each on the calling thread as its job ends.
///
/// ```
/// # use std::num::NonZero;
/// let two = NonZero::new(2).unwrap_or(NonZero::<usize>::MIN);
/// assert_eq!(evenkeel_cli::workers::share(two, 4, |job| job * job, |_| ()), [0, 1, 4, 9]);
/// ```
pub fn share<T: Send>(threads: NonZero<usize>, jobs: usize, work: impl Fn(usize) -> T + Sync, mut done: impl FnMut(&T)) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let mut outcomes: Vec<(usize, T)> = Vec::new();
    thread::scope(|scope| {
        for _ in 0..threads.get().min(jobs) {
            let (send, next, work) = (send.clone(), &next, &work);
            let worker = move || {
                while let Some(job) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|job| *job < jobs) {
                    if send.send((job, work(job))).is_err() {
                        break;
                    }
                }
            };
            if thread::Builder::new().name(WORKER_THREAD.to_owned()).spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        drop(send);
        for (job, outcome) in receive {
            done(&outcome);
            outcomes.push((job, outcome));
        }
    });
    // A machine without threads to spare works on this one.
    for job in next.into_inner()..jobs {
        let outcome = work(job);
        done(&outcome);
        outcomes.push((job, outcome));
    }
    outcomes.sort_by_key(|(job, _)| *job);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
