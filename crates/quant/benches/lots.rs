//! Trades in lots over seeded households and indices: CPU time of the relaxation beside Clarabel's, and of the search.
//!
//! `cargo bench -p evenkeel-quant --bench lots` prints the tables of docs/benchmarks.md; with `write FOLDER` it writes the
//! problems for `bench/compare_lots.py` instead.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    dead_code,
    missing_docs,
    reason = "a benchmark"
)]

#[path = "lots/clarabel.rs"]
mod by_clarabel;
#[path = "../tests/lots/generate.rs"]
mod generate;
#[path = "lots/problems.rs"]
mod problems;
#[path = "../tests/differential/random.rs"]
mod random;
#[path = "lots/rounding.rs"]
mod rounding;

use std::hint::black_box;

use evenkeel_quant::optimize::lots::branch::{Budget, search};
use evenkeel_quant::optimize::lots::relax::relax;
use generate::{Size, household};
use rounding::Nearest;
use rustix::time::{ClockId, clock_gettime};

/// Problems of each kind.
const SEEDS: u64 = 200;

/// Of these, those that Clarabel solves too.
const SEEDS_OF_CLARABEL: u64 = 20;

/// Multiply-adds of a search: as many as take about a quarter of a second.
const WORK: f64 = 1.5e8;

/// A hundredth of a basis point.
const TOLERANCE: f64 = 1e-6;

/// Seconds of CPU that this thread has used.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

fn timed<T>(task: impl FnOnce() -> T) -> (T, f64) {
    let before = cpu();
    let result = black_box(task());
    (result, 1e3 * (cpu() - before))
}

/// Median and 99th percentile.
fn percentiles(values: &mut [f64]) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    (at(0.5), at(0.99))
}

fn relaxations(name: &str, size: Size) {
    let (mut own, mut steps, mut gaps, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut furthest: f64 = 0.0;
    for seed in 0..SEEDS {
        let (program, _) = household(seed, size);
        let (relaxed, milliseconds) = timed(|| relax(&program).unwrap());
        own.push(milliseconds);
        steps.push(relaxed.work.iterations as f64);
        gaps.push(relaxed.objective - relaxed.bound);
        if seed < SEEDS_OF_CLARABEL {
            let model = by_clarabel::Lowered::of(&program);
            let (pieces, milliseconds) = timed(|| model.solve());
            others.push(milliseconds);
            furthest = furthest.max((program.objective(&pieces) - relaxed.objective).abs());
        }
    }
    let ((p50, p99), steps, gap, other) =
        (percentiles(&mut own), percentiles(&mut steps), percentiles(&mut gaps), percentiles(&mut others));
    println!("| {name} | {p50:.2} | {p99:.2} | {:.0} | {:.1e} | {:.1} | {:.1} | {furthest:.0e} |", steps.0, gap.1, other.0, other.1);
}

fn searches(name: &str, size: Size) {
    let (mut times, mut nodes, mut gaps, mut first) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut proven = 0;
    for seed in 0..SEEDS {
        let (program, choices) = household(seed, size);
        let mut rounding = Nearest::new(&program, &choices);
        let (found, milliseconds) =
            timed(|| search(&program, &choices, &mut rounding, Budget { work: WORK, tolerance: TOLERANCE }).unwrap());
        times.push(milliseconds);
        nodes.push(found.nodes as f64);
        let best = found.best.unwrap_or(f64::INFINITY);
        gaps.push(1e4 * (best - found.bound));
        first.push(1e4 * (best - found.root_bound));
        proven += usize::from(best - found.bound <= TOLERANCE);
    }
    let (time, nodes, gap, first) = (percentiles(&mut times), percentiles(&mut nodes), percentiles(&mut gaps), percentiles(&mut first));
    println!(
        "| {name} | {:.1} | {:.1} | {:.0} | {:.4} | {:.4} | {:.4} | {:.4} | {proven} of {SEEDS} |",
        time.0, time.1, nodes.0, first.0, first.1, gap.0, gap.1
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(folder) = arguments.iter().position(|argument| argument == "write").and_then(|at| arguments.get(at + 1)) {
        problems::write(folder);
        return;
    }
    println!("| relaxation | p50 ms | p99 ms | steps | gap p99 | Clarabel p50 ms | Clarabel p99 ms | objectives differ |");
    println!("|---|---|---|---|---|---|---|---|");
    relaxations("household", Size::HOUSEHOLD);
    relaxations("index", Size::INDEX);
    println!();
    println!("| search | p50 ms | p99 ms | nodes | root gap bp p50 | p99 | gap bp p50 | p99 | proven |");
    println!("|---|---|---|---|---|---|---|---|---|");
    searches("household", Size::HOUSEHOLD);
    searches("household without fees", Size { fee: 0.0, step: 0.0, ..Size::HOUSEHOLD });
    searches("index", Size::INDEX);
}
