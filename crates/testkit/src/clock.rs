//! What a benchmark measures by.

use rustix::time::{ClockId, clock_gettime};

/// Processor time that this process has taken so far, in milliseconds.
pub fn processor_time() -> f64 {
    let taken = clock_gettime(ClockId::ProcessCPUTime);
    // Seconds and nanoseconds of a process are far below 2⁵³.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (seconds, nanoseconds) = (taken.tv_sec as f64, taken.tv_nsec as f64);
    1e3 * seconds + 1e-6 * nanoseconds
}
