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

use std::sync::Arc;

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::certify::{Certificate, certify};
use evenkeel_quant::optimize::conic;
use evenkeel_quant::optimize::dispatch;
use evenkeel_quant::optimize::program::{Program, Region, RiskLimit, Rows, Spread};
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

fn dispatched(case: &Case) -> Solution {
    dispatch::solve(&case.program, None, None).unwrap().solution
}

#[test]
fn dispatch_proves_quadratic_programs() {
    examine(30_000..33_000, Parts::QUADRATIC, SHARP, 0, dispatched);
}

#[test]
fn dispatch_proves_all_but_one_in_a_thousand_and_says_which() {
    let mut unproven = 0;
    for seed in 40_000..44_000 {
        let case = case(seed, Parts::ALL);
        let found = dispatch::solve(&case.program, None, None).unwrap();
        if complaint(&case, &found.solution, &found.certificate, SHARP).is_none() {
            if case.known == Known::Solvable && seed % 4 == 0 {
                let second = clarabel(&case);
                if second.status == Status::Optimal {
                    agree(seed, &case.program, &found.solution, &second);
                }
            }
            continue;
        }
        unproven += 1;
        // What is left is open, and told so: powers of 3/2 that are as nothing beside the variance.
        let open = case.known == Known::Solvable && matches!(found.solution.status, Status::Optimal | Status::Stalled);
        assert!(open && !found.is_proven(), "seed {seed}: {:?}, and {:?}", found.solution.status, case.known);
    }
    println!("{unproven} of 4000 are not proven");
    assert!(unproven <= 4, "{unproven} of 4000 are not proven");
}

/// Fails where two solutions of one program contradict one another: another status, or an objective below
/// what the other's certificate allows.
fn agree(seed: u64, program: &Program, first: &Solution, second: &Solution) {
    assert_eq!(first.status, second.status, "seed {seed}");
    let (one, other) = (certify(program, first), certify(program, second));
    if one.is_optimal(SHARP) && other.is_optimal(SHARP) {
        // A part of the objective's terms, as the gap is.
        let size =
            program.objective(&first.weights).abs() + program.linear.iter().zip(&first.weights).map(|(c, x)| (c * x).abs()).sum::<f64>();
        let slack = 1e-6 * size + 10.0 * ((one.objective - one.lower_bound).abs() + (other.objective - other.lower_bound).abs());
        let apart = (one.objective - other.objective).abs();
        assert!(!slack.is_finite() || apart <= slack, "seed {seed}: {} and {}", one.objective, other.objective);
    }
}

/// The same program with its assets in reverse order.
fn reversed(program: &Program) -> Program {
    let size = program.size();
    let turn = |values: &[f64]| values.iter().rev().copied().collect::<Vec<f64>>();
    let mirror = |covariance: &Covariance| {
        let matrix = covariance.matrix();
        Arc::new(Covariance::from_matrix(Matrix::from_fn(size, size, |row, column| matrix.get(size - 1 - row, size - 1 - column))).unwrap())
    };
    let region = &program.region;
    let rows = Matrix::from_fn(region.rows.matrix.rows(), size, |row, asset| region.rows.matrix.get(row, size - 1 - asset));
    let spread = |spread: &Spread| Spread {
        origin: turn(&spread.origin),
        above: turn(&spread.above),
        below: turn(&spread.below),
        limit: spread.limit,
    };
    let risk =
        |risk: &RiskLimit| RiskLimit { covariance: mirror(&risk.covariance), center: turn(&risk.center), volatility: risk.volatility };
    Program {
        quadratic: program.quadratic.as_deref().map(mirror),
        scale: program.scale,
        center: turn(&program.center),
        linear: turn(&program.linear),
        costs: program.costs.iter().rev().cloned().collect(),
        region: Region {
            lower: turn(&region.lower),
            upper: turn(&region.upper),
            rows: Rows { matrix: rows, lower: region.rows.lower.clone(), upper: region.rows.upper.clone() },
            spreads: region.spreads.iter().map(spread).collect(),
            risks: region.risks.iter().map(risk).collect(),
        },
    }
}

#[test]
fn the_order_of_assets_does_not_matter() {
    // The factor form becomes dense on the way, so that both ways of lowering are compared as well.
    for seed in 20_000..20_600 {
        let case = case(seed, Parts::ALL);
        let first = clarabel(&case);
        let mut second = conic::solve(&reversed(&case.program)).unwrap();
        second.weights.reverse();
        second.multipliers.bounds.reverse();
        if case.known == Known::Solvable && (first.status != Status::Optimal || second.status != Status::Optimal) {
            // What stalls is counted by the tests above.
            continue;
        }
        agree(seed, &case.program, &first, &second);
    }
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
