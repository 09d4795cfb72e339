//! Programs with known answers: degenerate ones, contradictory ones, and the same one in other units.
//!
//! The case files stand beside the project in `../shared/cases`; where they are absent the tests say so
//! and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

use std::sync::Arc;

use evenkeel_quant::estimate::covariance::{Covariance, CovarianceError};
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::certify::certify;
use evenkeel_quant::optimize::check::{Part, ProgramError};
use evenkeel_quant::optimize::conflict::find_conflict;
use evenkeel_quant::optimize::conic;
use evenkeel_quant::optimize::limit::Limit;
use evenkeel_quant::optimize::program::{Cost, Program, Region, RiskLimit, Rows, Spread};
use evenkeel_quant::optimize::solution::{Multipliers, Status};

/// Volatilities of 10 to 40 %, correlated at 0.3, times a unit.
fn covariance(size: usize, unit: f64) -> Covariance {
    let volatility = |asset: usize| unit * [0.1, 0.2, 0.3, 0.4, 0.15][asset % 5];
    let entry = |row: usize, column: usize| volatility(row) * volatility(column) * if row == column { 1.0 } else { 0.3 };
    Covariance::from_matrix(Matrix::from_fn(size, size, entry)).unwrap()
}

fn program(size: usize) -> Program {
    Program::minimum_variance(covariance(size, 1.0), Region::long_only(size))
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance),
        "{found:?} is not {expected:?}"
    );
}

/// A mandate with every part, in returns of another unit.
fn mandate(unit: f64) -> Program {
    let size = 5;
    let mut program = Program::minimum_variance(covariance(size, unit), Region::long_only(size));
    program.linear = [0.04, 0.07, 0.09, 0.12, 0.05].map(|mean| -mean * unit).to_vec();
    program.scale = 3.0 / unit;
    program.costs = vec![0.3, 0.3, 0.2, 0.1, 0.1]
        .into_iter()
        .map(|held| Cost { power: 0.01 * unit, ..Cost::proportional(held, 0.004 * unit, 0.002 * unit) })
        .collect();
    let turnover = Spread { origin: vec![0.3, 0.3, 0.2, 0.1, 0.1], above: vec![1.0; size], below: vec![1.0; size], limit: 0.25 };
    program.region.spreads.push(turnover);
    let limit = RiskLimit { covariance: Arc::new(covariance(size, unit)), center: vec![0.0; size], volatility: 0.13 * unit };
    program.region.risks.push(limit);
    program
}

#[test]
fn any_unit_of_returns_gives_the_same_weights() {
    let reference = conic::solve(&mandate(1.0)).unwrap();
    assert!(certify(&mandate(1.0), &reference).is_optimal(1e-9));
    for exponent in -8..=8 {
        let unit = 10_f64.powi(exponent);
        let found = conic::solve(&mandate(unit)).unwrap();
        let certificate = certify(&mandate(unit), &found);
        assert!(certificate.is_optimal(1e-9), "1e{exponent}: {certificate:?}");
        close(&found.weights, &reference.weights, 1e-8);
        let halves = conic::solve(&Program::minimum_variance(covariance(5, unit), Region::long_only(5))).unwrap();
        close(&halves.weights, &conic::solve(&program(5)).unwrap().weights, 1e-8);
    }
}

#[test]
fn a_verdict_is_the_same_in_any_unit() {
    let off = |unit: f64| {
        let mut solution = conic::solve(&mandate(unit)).unwrap();
        // Half a basis point of weight moved from one asset to another.
        solution.weights[0] += 5e-5;
        solution.weights[1] -= 5e-5;
        let certificate = certify(&mandate(unit), &solution);
        [certificate.primal_residual, certificate.dual_residual, certificate.complementarity, certificate.duality_gap]
    };
    let reference = off(1.0);
    assert!(reference.iter().any(|figure| *figure > 1e-6));
    for unit in [1e-8, 1e-4, 1e4, 1e8] {
        assert!(off(unit).iter().zip(&reference).all(|(found, expected)| (found - expected).abs() <= 1e-7 * (1.0 + expected)), "{unit:e}");
    }
}

#[test]
fn missing_multipliers_are_estimated() {
    let program = mandate(1.0);
    let mut solution = conic::solve(&program).unwrap();
    let full = certify(&program, &solution);
    solution.multipliers = Multipliers::default();
    let estimated = certify(&program, &solution);
    assert!(estimated.is_optimal(1e-7), "{estimated:?}");
    for (found, expected) in estimated.active.iter().zip(&full.active) {
        assert!(found.limit == expected.limit && (found.price - expected.price).abs() <= 1e-6 * (1.0 + expected.price));
    }
}

#[test]
fn shadow_prices_are_what_relaxing_brings() {
    let program = mandate(1.0);
    let solution = conic::solve(&program).unwrap();
    let certificate = certify(&program, &solution);
    assert!(certificate.active.iter().any(|active| matches!(active.limit, Limit::Spread(0) | Limit::Risk(0))));
    for active in &certificate.active {
        let step = 1e-4;
        let objective = |amount: f64| {
            program.objective(&conic::solve(&program.over(program.region.clone().relaxed(active.limit, amount))).unwrap().weights)
        };
        let gained = (objective(-step) - objective(step)) / (2.0 * step);
        // An equation has two sides; moving one only leaves it empty or open.
        if !matches!(active.limit, Limit::RowLower(0) | Limit::RowUpper(0)) {
            assert!((gained - active.price).abs() <= 1e-3 * (active.price + 1e-3), "{active:?} brings {gained}");
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    let wrong = |change: fn(&mut Program)| {
        let mut program = mandate(1.0);
        change(&mut program);
        conic::solve(&program).unwrap_err()
    };
    let number = |error: ProgramError, part: Part, index: usize| {
        assert!(matches!(error, ProgramError::NotFinite { part: p, index: i, .. } if p == part && i == index), "{error}");
    };
    number(wrong(|program| program.linear[3] = f64::NAN), Part::Linear, 3);
    number(wrong(|program| program.center[1] = f64::INFINITY), Part::Center, 1);
    number(wrong(|program| program.costs[2].slope = f64::NAN), Part::Costs, 2);
    number(wrong(|program| program.region.rows.matrix.set(0, 4, f64::NAN)), Part::Matrix, 4);
    number(wrong(|program| program.region.spreads[0].origin[1] = f64::NAN), Part::Spread(0), 1);
    number(wrong(|program| program.region.risks[0].center[2] = f64::NAN), Part::Risk(0), 2);
    assert!(matches!(wrong(|program| program.region.lower[1] = f64::NAN), ProgramError::Open { part: Part::Lower, index: 1, .. }));
    assert!(matches!(wrong(|program| program.region.upper[1] = f64::NEG_INFINITY), ProgramError::Open { part: Part::Upper, index: 1, .. }));
    assert!(matches!(wrong(|program| program.scale = -1.0), ProgramError::Negative { part: Part::Scale, .. }));
    assert!(matches!(wrong(|program| program.costs[1].power = -1.0), ProgramError::Negative { part: Part::Costs, index: 1, .. }));
    assert!(matches!(wrong(|program| program.region.risks[0].volatility = 0.0), ProgramError::NoRoom { index: 0, .. }));
    assert!(matches!(wrong(|program| program.center.truncate(2)), ProgramError::Shape { part: Part::Center, expected: 5, found: 2 }));
    assert!(matches!(
        wrong(|program| program.region.rows.lower.clear()),
        ProgramError::Shape { part: Part::RowUpper, expected: 0, found: 1 }
    ));
    assert_eq!(
        conic::solve(&Program::minimum_variance(Covariance::from_factors(Matrix::zeros(0, 0), Vec::new()).unwrap(), Region::long_only(0))),
        Err(ProgramError::NoAsset)
    );
    let indefinite = Covariance::from_matrix(Matrix::from_rows(2, 2, &[1.0, 2.0, 2.0, 1.0]).unwrap());
    assert!(matches!(indefinite, Err(CovarianceError::NotPositiveSemidefinite { .. })));
}

#[test]
fn one_asset_and_twins_have_an_answer() {
    close(&conic::solve(&program(1)).unwrap().weights, &[1.0], 1e-12);
    let twin = |row: usize, column: usize| if row == column || row.max(column) < 2 { 0.04 } else { 0.0 };
    let twins = Covariance::from_matrix(Matrix::from_fn(3, 3, twin)).unwrap();
    let program = Program::minimum_variance(twins, Region::long_only(3));
    let found = conic::solve(&program).unwrap();
    assert!(certify(&program, &found).is_optimal(1e-9));
    assert!((found.weights[0] + found.weights[1] - 0.5).abs() < 1e-8);
    // An asset without variance takes all.
    let cash = Covariance::from_matrix(Matrix::from_rows(2, 2, &[0.0, 0.0, 0.0, 0.04]).unwrap()).unwrap();
    let program = Program::minimum_variance(cash, Region::long_only(2));
    let found = conic::solve(&program).unwrap();
    close(&found.weights, &[1.0, 0.0], 1e-6);
    assert!(certify(&program, &found).is_optimal(1e-8));
}

#[test]
fn an_ill_conditioned_covariance_has_a_certified_answer() {
    // Volatilities from 1e-6 to 1, nearly collinear.
    let volatility = |asset: usize| 0.1_f64.powf(f64::from(u8::try_from(asset).unwrap()));
    let entry = |row: usize, column: usize| volatility(row) * volatility(column) * if row == column { 1.0 } else { 1.0 - 1e-7 };
    let program = Program::minimum_variance(Covariance::from_matrix(Matrix::from_fn(7, 7, entry)).unwrap(), Region::long_only(7));
    let found = conic::solve(&program).unwrap();
    assert!(certify(&program, &found).is_optimal(1e-8), "{:?}", certify(&program, &found));
}

#[test]
fn crossed_bounds_are_a_conflict() {
    let mut program = program(3);
    (program.region.lower[1], program.region.upper[1]) = (0.5, 0.4);
    let found = conic::solve(&program).unwrap();
    assert_eq!(found.status, Status::Infeasible);
    assert!(certify(&program, &found).is_infeasible(1e-9));
    let conflict = find_conflict(&program, &found).unwrap().unwrap();
    assert_eq!(conflict.limits, [Limit::Lower(1), Limit::Upper(1)]);
    assert!(conflict.smallest && conflict.irreducible);
    close(&[conflict.alone[0].1, conflict.alone[1].1], &[0.1, 0.1], 1e-6);
}

/// Rows over 6 assets beside the budget.
fn with_rows(rows: &[([f64; 6], f64, f64)]) -> Program {
    let mut program = program(6);
    program.region.rows = Rows {
        matrix: Matrix::from_fn(rows.len() + 1, 6, |row, asset| if row == 0 { 1.0 } else { rows[row - 1].0[asset] }),
        lower: std::iter::once(1.0).chain(rows.iter().map(|row| row.1)).collect(),
        upper: std::iter::once(1.0).chain(rows.iter().map(|row| row.2)).collect(),
    };
    program
}

#[test]
fn the_rows_in_conflict_are_found_among_many() {
    let open = f64::INFINITY;
    let program = with_rows(&[
        ([1.0, 1.0, 0.0, 0.0, 0.0, 0.0], -open, 0.3),
        ([0.0, 0.0, 1.0, 1.0, 0.0, 0.0], 0.1, 0.6),
        ([0.0, 1.0, 1.0, 0.0, 0.0, 0.0], 0.7, open),
        ([0.0, 0.0, 0.0, 1.0, 1.0, 1.0], 0.4, 0.9),
    ]);
    let found = conic::solve(&program).unwrap();
    assert_eq!(found.status, Status::Infeasible);
    assert!(certify(&program, &found).is_infeasible(1e-9));
    let conflict = find_conflict(&program, &found).unwrap().unwrap();
    // Seven tenths here and four there are more than all, and nothing else is needed but no short positions in the first.
    assert!(conflict.irreducible);
    assert_eq!(conflict.limits, [Limit::RowLower(3), Limit::RowLower(4), Limit::RowUpper(0), Limit::Lower(0)]);
    let amount = |limit: Limit| conflict.alone.iter().find(|found| found.0 == limit).map(|found| found.1);
    assert!((amount(Limit::RowLower(3)).unwrap() - 0.1).abs() < 1e-6);
    assert!((amount(Limit::RowLower(4)).unwrap() - 0.1).abs() < 1e-6);
    // The least relaxation makes it feasible.
    let region =
        conflict.together.iter().fold(program.region.clone(), |region, (limit, amount)| region.relaxed(*limit, amount * (1.0 + 1e-6)));
    assert_eq!(conic::solve(&program.over(region)).unwrap().status, Status::Optimal);
    assert!((conflict.together.iter().map(|found| found.1).sum::<f64>() - 0.1).abs() < 1e-6, "{:?}", conflict.together);
}

#[test]
fn few_limits_are_relaxed_where_any_would_do() {
    let mut program = program(30);
    program.region.upper = vec![0.02; 30];
    let found = conic::solve(&program).unwrap();
    let conflict = find_conflict(&program, &found).unwrap().unwrap();
    assert!(conflict.irreducible && conflict.limits.len() == 31);
    assert!(conflict.together.len() == 1 && (conflict.together[0].1 - 0.4).abs() < 1e-5, "{:?}", conflict.together);
    assert!(conflict.alone.len() == 20 && conflict.alone.iter().all(|(_, amount)| (amount - 0.4).abs() < 1e-6));
}

#[test]
fn turnover_and_risk_can_be_in_conflict() {
    let mut program = program(5);
    let origin = vec![0.0, 0.0, 0.5, 0.5, 0.0];
    program.region.spreads = vec![Spread { origin, above: vec![1.0; 5], below: vec![1.0; 5], limit: 0.1 }];
    let limit = RiskLimit { covariance: Arc::new(covariance(5, 1.0)), center: vec![0.0; 5], volatility: 0.12 };
    program.region.risks = vec![limit];
    let found = conic::solve(&program).unwrap();
    assert_eq!(found.status, Status::Infeasible);
    assert!(certify(&program, &found).is_infeasible(1e-9), "{:?}", certify(&program, &found));
    let conflict = find_conflict(&program, &found).unwrap().unwrap();
    assert!(conflict.irreducible);
    assert_eq!(conflict.limits, [Limit::Spread(0), Limit::Risk(0)]);
    for (limit, amount) in &conflict.alone {
        let relaxed = |part: f64| conic::solve(&program.over(program.region.clone().relaxed(*limit, part * amount))).unwrap().status;
        assert_eq!((relaxed(0.99), relaxed(1.01)), (Status::Infeasible, Status::Optimal), "{limit:?}");
    }
}

#[test]
fn a_program_without_end_is_told_with_its_direction() {
    let mut program = program(3);
    program.quadratic = None;
    program.linear = vec![-1.0, -2.0, 0.0];
    program.region.lower = vec![f64::NEG_INFINITY; 3];
    let found = conic::solve(&program).unwrap();
    assert_eq!(found.status, Status::Unbounded);
    let certificate = certify(&program, &found);
    assert!(certificate.is_unbounded(1e-9) && certificate.proves_status(1e-9));
    // With a bound that the direction runs into, it proves nothing.
    program.region.lower = vec![0.0; 3];
    assert!(!certify(&program, &found).is_unbounded(1e-9));
}
