//! The relaxation and its bound.

use evenkeel_quant::optimize::lots::bound::lower_bound;
use evenkeel_quant::optimize::lots::check::LotsError;
use evenkeel_quant::optimize::lots::program::{Piece, Program, Trade};
use evenkeel_quant::optimize::lots::relax::{Relaxed, relax};

use super::generate::{Size, any_shape, household, row_values};
use super::random::Random;
use super::reference::by_clarabel;

/// What is wrong with a relaxation, from its program alone.
fn complaint(program: &Program, relaxed: &Relaxed) -> Option<String> {
    let size = 1.0 + relaxed.objective.abs();
    let missed = row_values(program, &relaxed.pieces).iter().zip(&program.rows).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let outside = program.pieces.iter().zip(&relaxed.pieces).any(|(piece, v)| *v < piece.lower || *v > piece.upper);
    let gap = relaxed.objective - relaxed.bound;
    let sound = !outside && missed <= 1e-8 && gap.abs() <= 1e-8 * size;
    (!sound).then(|| format!("rows missed by {missed:e}, gap {gap:e}, {:?}", relaxed.work))
}

#[test]
fn relaxations_of_any_shape_are_optimal_and_no_worse_than_clarabel() {
    let mut complaints = Vec::new();
    let mut most = 0;
    for seed in 0..1500 {
        let program = any_shape(seed);
        let relaxed = match relax(&program) {
            Ok(relaxed) => relaxed,
            Err(error) => {
                complaints.push(format!("seed {seed}: {error}"));
                continue;
            }
        };
        most = most.max(relaxed.work.iterations);
        complaints.extend(complaint(&program, &relaxed).map(|found| format!("seed {seed}: {found}")));
        if seed % 5 == 0 {
            let other = by_clarabel(&program).map_or(f64::NAN, |v| program.objective(&v));
            let alike = (other - relaxed.objective).abs() <= 1e-7;
            if !alike {
                complaints.push(format!("seed {seed}: {} where Clarabel finds {other}", relaxed.objective));
            }
        }
    }
    println!("at most {most} steps");
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn households_and_indices_are_relaxed_to_the_optimum() {
    for (size, seeds) in [(Size::HOUSEHOLD, 20), (Size::INDEX, 3)] {
        for seed in 0..seeds {
            let (program, _) = household(seed, size);
            let relaxed = relax(&program).unwrap();
            assert_eq!(complaint(&program, &relaxed), None, "seed {seed}");
            println!("{} pieces, {:?}: {} {:e}", program.pieces.len(), relaxed.work, relaxed.objective, relaxed.objective - relaxed.bound);
            assert!(lower_bound(&program, &relaxed.pieces, &relaxed.prices) <= relaxed.objective);
        }
    }
}

#[test]
fn the_bound_is_below_every_feasible_point_from_anywhere() {
    let mut compared = 0;
    for seed in 0..600 {
        let program = any_shape(seed);
        let mut random = Random::new(seed);
        let Ok(relaxed) = relax(&program) else { continue };
        // A feasible point: on the way from the optimum to another one, of other prices.
        let mut other = program.clone();
        other.pieces.iter_mut().for_each(|piece| piece.price = 0.1 * random.normal());
        let Ok(far) = relax(&other) else { continue };
        let share = random.unit();
        let feasible: Vec<f64> = relaxed.pieces.iter().zip(&far.pieces).map(|(a, b)| a + share * (b - a)).collect();
        let (shift, turn) = (random.pick(&[0.0, 0.1, 3.0]), random.pick(&[0.0, 0.01, 1.0]));
        let near: Vec<f64> = relaxed.pieces.iter().map(|v| v + shift * random.normal()).collect();
        let prices: Vec<f64> = relaxed.prices.iter().map(|y| y + turn * random.normal()).collect();
        let bound = lower_bound(&program, &near, &prices);
        let size: f64 = prices.iter().zip(&program.rows).map(|(y, r)| (y * r).abs()).sum();
        assert!(bound <= program.objective(&feasible) + 1e-9 + 1e-8 * size, "seed {seed}");
        assert!(bound <= relaxed.objective + 1e-9 + 1e-8 * size, "seed {seed}");
        compared += 1;
    }
    assert!(compared > 550, "{compared}");
}

/// Two pieces of cash, one row.
fn small() -> Program {
    let piece = |upper, price| Piece { lower: 0.0, upper, price, rows: Vec::new() };
    Program {
        loadings: evenkeel_quant::linear::matrix::Matrix::zeros(0, 0),
        assets: Vec::new(),
        trades: vec![Trade { asset: None, sign: 1.0, impact: 0.0, rows: vec![(0, 1.0)], pieces: 0..2 }],
        pieces: vec![piece(1.0, 0.3), piece(5.0, 0.5)],
        rows: vec![2.0],
    }
}

#[test]
fn what_makes_no_program_is_refused_with_its_place() {
    let broken = |change: &dyn Fn(&mut Program)| {
        let mut program = small();
        change(&mut program);
        relax(&program).unwrap_err()
    };
    assert!(matches!(broken(&|program| program.pieces[1].price = f64::NAN), LotsError::NotFinite { index: 1, .. }));
    assert!(matches!(broken(&|program| program.pieces[1].upper = f64::INFINITY), LotsError::NotFinite { index: 1, .. }));
    assert!(matches!(broken(&|program| program.pieces[0].lower = 1.5), LotsError::Crossed { piece: 0, .. }));
    assert!(matches!(broken(&|program| program.pieces[0].rows.push((1, 1.0))), LotsError::Missing { what: "row", index: 1, .. }));
    assert!(matches!(broken(&|program| program.trades[0].rows[0].0 = 7), LotsError::Missing { what: "row", index: 7, .. }));
    assert!(matches!(broken(&|program| program.trades[0].asset = Some(0)), LotsError::Missing { what: "asset", index: 0, .. }));
    assert!(matches!(broken(&|program| program.trades[0].pieces = 0..1), LotsError::Cover { trade: 1, .. }));
    assert!(matches!(broken(&|program| program.trades[0].pieces = 0..3), LotsError::Missing { what: "piece", index: 2, .. }));
    assert!(matches!(broken(&|program| program.trades[0].impact = -1.0), LotsError::Below { index: 0, .. }));
    assert!(matches!(broken(&|program| program.rows[0] = f64::NAN), LotsError::NotFinite { .. }));
    assert!(matches!(broken(&|program| program.rows[0] = 6.5), LotsError::NoFeasiblePoint));
}

#[test]
fn nothing_to_decide_is_decided() {
    let mut empty = small();
    (empty.trades, empty.pieces, empty.rows) = (Vec::new(), Vec::new(), Vec::new());
    assert!(relax(&empty).unwrap().objective.abs() < 1e-300);
    let mut fixed = small();
    fixed.pieces.iter_mut().for_each(|piece| (piece.lower, piece.upper) = (1.0, 1.0));
    assert!((relax(&fixed).unwrap().objective - 0.8).abs() < 1e-15);
}

/// Rows that each can be met and all together can not.
#[test]
fn contradictions_between_rows_are_told_from_stalls() {
    let mut found = 0;
    for seed in 0..400 {
        let mut program = any_shape(seed);
        let Some(row) = program.rows.len().checked_sub(1) else { continue };
        // The same row again, with another value.
        program.trades.iter_mut().for_each(|trade| {
            let again: Vec<(usize, f64)> = trade.rows.iter().filter(|(of, _)| *of == row).map(|(_, count)| (row + 1, *count)).collect();
            trade.rows.extend(again);
        });
        program.pieces.iter_mut().for_each(|piece| {
            let again: Vec<(usize, f64)> = piece.rows.iter().filter(|(of, _)| *of == row).map(|(_, count)| (row + 1, *count)).collect();
            piece.rows.extend(again);
        });
        program.rows.push(program.rows[row] + 1e-4);
        assert_eq!(relax(&program), Err(LotsError::NoFeasiblePoint), "seed {seed}");
        found += 1;
    }
    assert!(found > 200);
}
