//! Every backend on thousands of generated programs, held against the certificate and against another.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "a test fails by panicking; sizes are small"
)]

mod generate;
mod random;

use evenkeel_quant::optimize::certify::{Certificate, certify};
use evenkeel_quant::optimize::conic;
use evenkeel_quant::optimize::solution::{Solution, Status};
use generate::{Case, Known, Parts, case};

/// What nearly all solutions meet.
const SHARP: f64 = 1e-8;

fn clarabel(case: &Case) -> Solution {
    conic::solve(&case.program).unwrap()
}

/// Whether a solution is what is known of its program, and proven.
fn complaint(case: &Case, solution: &Solution, certificate: &Certificate, tolerance: f64) -> Option<String> {
    let wanted = match case.known {
        Known::Solvable => Status::Optimal,
        Known::Infeasible => Status::Infeasible,
        Known::Unbounded => Status::Unbounded,
    };
    let proven = certificate.status == wanted && certificate.proves_status(if case.known == Known::Solvable { tolerance } else { 1e-9 });
    (!proven).then(|| format!("{:?}, and {:?}: {certificate:?}", solution.status, case.known))
}

/// Runs a backend over a range of seeds and fails with all complaints: a solution beyond a tolerance, or
/// more than so many of a thousand beyond [`SHARP`].
fn examine(seeds: std::ops::Range<u64>, parts: Parts, tolerance: f64, per_mille: u64, solve: impl Fn(&Case) -> Solution) {
    let mut complaints = Vec::new();
    let mut tight = 0;
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let case = case(seed, parts);
        let solution = solve(&case);
        let certificate = certify(&case.program, &solution);
        tight += u64::from(complaint(&case, &solution, &certificate, SHARP).is_none());
        complaints.extend(complaint(&case, &solution, &certificate, tolerance).map(|found| format!("seed {seed}: {found}")));
    }
    println!("{tight} of {count} within {SHARP:e}, {} beyond {tolerance:e}", complaints.len());
    assert!(complaints.is_empty(), "{} of {count}:\n{}", complaints.len(), complaints.join("\n"));
    assert!((count - tight) * 1000 <= per_mille * count, "only {tight} of {count} are within {SHARP:e}");
}

#[test]
fn clarabel_solves_quadratic_programs() {
    examine(0..2000, Parts::QUADRATIC, 1e-5, 5, clarabel);
}

#[test]
fn clarabel_solves_every_program() {
    examine(10_000..12_000, Parts::ALL, 1e-4, 30, clarabel);
}

#[test]
fn no_solution_is_called_optimal_that_is_not() {
    for seed in 0..500 {
        let case = case(seed, Parts::ALL);
        let mut solution = clarabel(&case);
        let certificate = certify(&case.program, &solution);
        let size = case.program.size();
        if case.known != Known::Solvable || !certificate.is_optimal(SHARP) || size < 2 {
            continue;
        }
        // A feasible mix with another feasible point is better only if the certificate was wrong; a step
        // out of the region must be seen.
        solution.weights[0] += 0.01 * (1.0 + solution.weights[0].abs());
        let moved = certify(&case.program, &solution);
        let gained = case.program.objective(&solution.weights) < certificate.lower_bound;
        assert!(!gained || !moved.is_feasible(1e-6), "seed {seed}: feasible and below the lower bound");
    }
}
