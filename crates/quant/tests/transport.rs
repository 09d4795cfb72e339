//! Transport problems against the shared case, all amounts on a grid, and what cannot be.
//!
//! The case file stands beside the project in `../shared/cases`; where it is absent the test says so and passes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_cmp,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

mod shared;

use evenkeel_quant::optimize::transport::{Cell, Price, Transport, TransportError, solve, units};
use proptest::prelude::*;

const OPEN: f64 = f64::INFINITY;

#[test]
fn asset_location_of_the_shared_case() {
    let Some(case) = shared::case("rebal_asset_location") else { return };
    let accounts = ["taxable", "traditional", "roth"];
    let classes = ["bond", "reit", "equity"];
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let cost = |account: &str, class: &str| number(&case["annual_cost_per_unit_x1000"][account][class]) / 1000.0;
    let each = || accounts.iter().flat_map(|account| classes.iter().map(move |class| (*account, *class)));
    let transport = Transport {
        rows: accounts.iter().map(|account| number(&case["accounts"][account])).collect(),
        columns: classes.iter().map(|class| number(&case["household_target"][class])).collect(),
        cells: each().map(|(account, class)| Cell::priced([units(cost(account, class)), 0, 0], OPEN)).collect(),
    };
    let amounts = solve(&transport).unwrap();
    let expected: Vec<f64> = each().map(|(account, class)| number(&case["expected"]["allocation"][account][class])).collect();
    assert_eq!(amounts, expected);
    let objective: f64 = each().zip(&amounts).map(|((account, class), amount)| cost(account, class) * amount).sum();
    assert!((objective - number(&case["expected"]["objective"])).abs() < 1e-12, "{objective}");
}

/// Bounds, kink and slopes in whole numbers.
#[derive(Debug, Clone)]
struct Whole {
    lower: i64,
    upper: i64,
    kink: i64,
    below: Price,
    above: Price,
}

fn whole() -> impl Strategy<Value = Whole> {
    let price = || prop::array::uniform3(-2_i64..3);
    (0_i64..2, 0_i64..5, 0_i64..4, price(), price()).prop_map(|(lower, width, kink, a, b)| Whole {
        lower,
        upper: lower + width,
        kink,
        below: a.min(b),
        above: a.max(b),
    })
}

fn cost(cell: &Whole, amount: i64) -> Price {
    [0, 1, 2].map(|rank| (0..amount).map(|unit| if unit < cell.kink { cell.below[rank] } else { cell.above[rank] }).sum())
}

/// The least price of all whole amounts from a cell on; `None` where none keep the sums. Whole amounts are enough: the
/// corners of a transport polytope of whole numbers are whole.
fn least(cells: &[Whole], at: usize, rows: &mut [i64], columns: &mut [i64]) -> Option<Price> {
    let (row, column) = (at / columns.len(), at % columns.len());
    let Some(cell) = cells.get(at) else { return rows.iter().chain(columns.iter()).all(|left| *left == 0).then_some([0; 3]) };
    let mut best: Option<Price> = None;
    for amount in cell.lower..=cell.upper.min(rows[row]).min(columns[column]) {
        (rows[row], columns[column]) = (rows[row] - amount, columns[column] - amount);
        let rest = least(cells, at + 1, rows, columns).map(|rest| {
            let own = cost(cell, amount);
            [0, 1, 2].map(|rank| rest[rank] + own[rank])
        });
        (rows[row], columns[column]) = (rows[row] + amount, columns[column] + amount);
        best = match (best, rest) {
            (Some(best), Some(rest)) => Some(best.min(rest)),
            (best, rest) => best.or(rest),
        };
    }
    best
}

fn float(whole: i64) -> f64 {
    f64::from(i32::try_from(whole).unwrap())
}

fn transport(cells: &[Whole], rows: &[i64], columns: &[i64]) -> Transport {
    let cell = |cell: &Whole| Cell {
        lower: float(cell.lower),
        upper: float(cell.upper),
        kink: float(cell.kink),
        below: cell.below,
        above: cell.above,
    };
    Transport {
        rows: rows.iter().map(|sum| float(*sum)).collect(),
        columns: columns.iter().map(|sum| float(*sum)).collect(),
        cells: cells.iter().map(cell).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_whole_amounts_are_cheaper(
        cells in prop::collection::vec(whole(), 9),
        rows in prop::array::uniform3(0_i64..7),
        split in prop::array::uniform2(0_i64..8),
    ) {
        let sum: i64 = rows.iter().sum();
        let (first, second) = (split[0].min(sum), split[1].min(sum - split[0].min(sum)));
        let columns = [first, second, sum - first - second];
        let best = least(&cells, 0, &mut rows.clone(), &mut columns.clone());
        let problem = transport(&cells, &rows, &columns);
        match solve(&problem) {
            Ok(amounts) => {
                let found: Vec<i64> = amounts.iter().map(|amount| units(*amount) / units(1.0)).collect();
                prop_assert!(found.iter().zip(&amounts).all(|(whole, amount)| float(*whole) == *amount), "{:?}", amounts);
                let parts = found.iter().zip(&cells).map(|(amount, cell)| cost(cell, *amount));
                let price = parts.fold([0; 3], |sum: Price, part| [0, 1, 2].map(|rank| sum[rank] + part[rank]));
                prop_assert_eq!(Some(price), best);
            }
            Err(TransportError::Infeasible(conflict)) => {
                prop_assert_eq!(best, None);
                // The set says why: it holds more than there is room for.
                prop_assert!(conflict.held > conflict.room + 0.5, "{:?}", conflict);
                let rooms: f64 = conflict.rooms.iter().map(|room| room.amount).sum();
                prop_assert_eq!(conflict.room, rooms);
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}

#[test]
fn the_account_without_room_is_named() {
    // The second row may hold nothing of the first column, and 10 of the second.
    let cells = [OPEN, OPEN, 0.0, 10.0].map(|upper| Cell::priced([0; 3], upper)).to_vec();
    let problem = Transport { rows: vec![50.0, 50.0], columns: vec![50.0, 50.0], cells };
    let Err(TransportError::Infeasible(conflict)) = solve(&problem) else { panic!("is infeasible") };
    assert_eq!((conflict.rows, conflict.held, conflict.room), (vec![1], 50.0, 10.0));
    assert!(!conflict.rooms[0].is_scarce && !conflict.rooms[1].is_scarce);
}

#[test]
fn amounts_that_are_no_whole_numbers_stay_exact_in_sum() {
    let rows: Vec<f64> = (1..=12).map(|row| 1000.0 / f64::from(row)).collect();
    let total: f64 = rows.iter().sum();
    let columns: Vec<f64> = (0..30).map(|_| total / 30.0).collect();
    let cells = (0..360).map(|cell| Cell {
        lower: 0.0,
        upper: if cell % 7 == 0 { 3.5 } else { OPEN },
        kink: 2.5,
        below: [cell * 37 % 11, cell * 13 % 5, -1],
        above: [cell * 37 % 11, cell * 13 % 5, 1],
    });
    let problem = Transport { rows, columns, cells: cells.collect() };
    let amounts = solve(&problem).unwrap();
    assert_eq!(amounts, solve(&problem).unwrap());
    for (row, held) in problem.rows.iter().enumerate() {
        let sum: f64 = amounts[row * 30..(row + 1) * 30].iter().sum();
        assert!((sum - held).abs() < 1e-9, "row {row}: {sum} is not {held}");
    }
}

#[test]
fn what_is_no_problem_is_refused() {
    let sound = || Transport { rows: vec![1.0], columns: vec![1.0], cells: vec![Cell::priced([0; 3], OPEN)] };
    assert_eq!(solve(&sound()).unwrap(), [1.0]);
    let told = |broken: Transport| solve(&broken).unwrap_err();
    assert!(matches!(told(Transport { cells: Vec::new(), ..sound() }), TransportError::Shape { cells: 0, .. }));
    assert!(matches!(told(Transport { rows: vec![2.0], ..sound() }), TransportError::Unbalanced { .. }));
    assert!(matches!(told(Transport { rows: vec![f64::NAN], ..sound() }), TransportError::Number(_)));
    let cell = |cell| told(Transport { cells: vec![cell], ..sound() });
    assert!(matches!(cell(Cell { lower: f64::NAN, ..sound().cells[0] }), TransportError::Number(_)));
    assert!(matches!(cell(Cell { below: [1, 0, 0], ..sound().cells[0] }), TransportError::Number(_)));
    assert!(matches!(cell(Cell { lower: 2.0, upper: 1.0, ..sound().cells[0] }), TransportError::Number(_)));
    // More must stay than there is to hold.
    assert!(matches!(cell(Cell { lower: 2.0, ..sound().cells[0] }), TransportError::Infeasible(_)));
    assert_eq!(solve(&Transport { rows: Vec::new(), columns: Vec::new(), cells: Vec::new() }).unwrap(), [0.0; 0]);
}
