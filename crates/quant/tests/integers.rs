//! Branch and bound against published optima, and against trying every choice.
//!
//! The case files stand beside the project in `../shared/cases`; where they are absent the tests say so
//! and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

mod shared;

use evenkeel_quant::allocate::discrete::allocate;
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::gram;
use evenkeel_quant::optimize::conic;
use evenkeel_quant::optimize::integer::{Budget, Choices, IntegerError, IntegerSolution, solve};
use evenkeel_quant::optimize::program::{Program, Region, Rows};
use evenkeel_quant::optimize::solution::Status;
use proptest::prelude::*;
use shared::{case, numbers, text};

/// Rows of numbers of a CSV file, without its header and first column.
fn table(name: &str) -> Vec<Vec<f64>> {
    let text = text(&format!("../shared/cases/{name}")).unwrap();
    text.lines().skip(1).map(|line| line.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect()).collect()
}

/// With the convex backend that takes every program.
fn search(program: &Program, choices: &Choices) -> IntegerSolution {
    solve(program, choices, Budget::default(), &mut |program| conic::solve(program)).unwrap()
}

/// Sample covariance, ddof 1.
fn sample_covariance(returns: &[Vec<f64>]) -> Covariance {
    let (days, size) = (returns.len(), returns[0].len());
    let mean = |asset: usize| returns.iter().map(|row| row[asset]).sum::<f64>() / days as f64;
    let means: Vec<f64> = (0..size).map(mean).collect();
    let centered = Matrix::from_fn(days, size, |day, asset| (returns[day][asset] - means[asset]) / ((days - 1) as f64).sqrt());
    Covariance::from_matrix(gram(&centered)).unwrap()
}

#[test]
fn published_minimum_variance_of_five_names() {
    let Some(file) = case("optim_cardinality_minvar") else { return };
    let covariance = sample_covariance(&table("optim_returns.csv"));
    let program = Program::minimum_variance(covariance, Region::long_only(20));
    let found = search(&program, &Choices::free(20).at_most(5));
    println!("{} nodes, gap {:e}", found.nodes, found.gap());
    let expected = file["reference"]["variance_daily"].as_f64().unwrap();
    assert!((2.0 * found.objective - expected).abs() <= 1e-7 * expected);
    let weights = numbers(&file["reference"]["weights"]);
    assert!(found.weights.iter().zip(&weights).all(|(found, expected)| (found - expected).abs() <= 1e-5));
    assert!(found.status == Status::Optimal && found.gap() <= 1e-7);
    assert_eq!(found.weights.iter().filter(|x| **x != 0.0).count(), 5);
}

/// CVaR as R. T. Rockafellar and S. Uryasev write it: variables w, the quantile a, and a shortfall a day.
fn cvar_program(returns: &[Vec<f64>], confidence: f64, most: f64) -> Program {
    let (days, assets) = (returns.len(), returns[0].len());
    let size = assets + 1 + days;
    let mut linear = vec![0.0; assets];
    linear.push(1.0);
    linear.resize(size, 1.0 / ((1.0 - confidence) * days as f64));
    // Losses are far below the whole value.
    let mut region = Region::long_only(size);
    region.upper = vec![2.0; size];
    region.upper[..assets].fill(most);
    region.lower[assets] = -1.0;
    region.upper[assets] = 1.0;
    let entry = |row: usize, column: usize| match (row.checked_sub(1), column) {
        (None, column) => f64::from(u8::from(column < assets)),
        (Some(day), column) if column < assets => returns[day][column],
        (Some(_), column) if column == assets => 1.0,
        (Some(day), column) => f64::from(u8::from(column == assets + 1 + day)),
    };
    let mut lower = vec![0.0; days + 1];
    let mut upper = vec![f64::INFINITY; days + 1];
    (lower[0], upper[0]) = (1.0, 1.0);
    region.rows = Rows { matrix: Matrix::from_fn(days + 1, size, entry), lower, upper };
    Program { quadratic: None, scale: 0.0, center: vec![0.0; size], linear, costs: Vec::new(), region }
}

#[test]
fn published_cvar_of_six_names_with_minimum_positions() {
    let Some(file) = case("optim_cardinality_cvar_minpos") else { return };
    let returns: Vec<Vec<f64>> = table("optim_returns.csv").into_iter().take(250).collect();
    let program = cvar_program(&returns, 0.95, 0.5);
    let assets = returns[0].len();
    let choices =
        (0..assets).fold(Choices::free(program.size()).at_most_of(0..assets, 6), |choices, asset| choices.minimum_position(asset, 0.05));
    let budget = Budget { nodes: 3000, gap: 1e-6 };
    let found = solve(&program, &choices, budget, &mut |program| conic::solve(program)).unwrap();
    println!("{} nodes, gap {:e}", found.nodes, found.gap());
    let expected = file["reference"]["cvar"].as_f64().unwrap();
    assert!((found.objective - expected).abs() <= 1e-5 * expected, "{} is not {expected}", found.objective);
    assert!(found.lower_bound <= expected * (1.0 + 1e-5));
}

#[test]
fn published_whole_shares() {
    let Some(file) = case("optim_discrete_allocation") else { return };
    let text = text("../shared/cases/optim_assets.csv").unwrap();
    let column = text.lines().next().unwrap().split(',').position(|name| name == "price").unwrap();
    let prices: Vec<f64> = text.lines().skip(1).map(|line| line.split(',').nth(column).unwrap().parse().unwrap()).collect();
    let value = file["parameters"]["value"].as_f64().unwrap();
    let weights = numbers(&file["parameters"]["target_weights"]);
    for (lot, shares, objective) in [(1.0, "shares", "objective"), (10.0, "lots10_shares", "lots10_objective")] {
        let lots: Vec<f64> = prices.iter().map(|price| price * lot).collect();
        let found = allocate(value, &weights, &lots, 1_000_000).unwrap();
        println!("lots of {lot}: {} nodes", found.nodes);
        assert!((found.objective - file["reference"][objective].as_f64().unwrap()).abs() <= 1e-6, "{}", found.objective);
        assert!(found.objective - found.lower_bound <= 1e-6 && found.cash >= 0.0);
        let bought: Vec<f64> = found.lots.iter().map(|lots| *lots as f64 * lot).collect();
        assert_eq!(bought, numbers(&file["reference"][shares]));
    }
}

/// A small program with a held portfolio, and which choices it has.
#[derive(Debug, Clone)]
struct Small {
    program: Program,
    held: Vec<f64>,
    most: Option<usize>,
    position: Option<f64>,
    trade: Option<f64>,
    fee: Option<f64>,
}

fn small() -> impl Strategy<Value = Small> {
    let size = 4_usize;
    let returns = proptest::collection::vec(-1.0..1.0_f64, size * 7);
    let shape = (proptest::collection::vec(-0.05..0.05_f64, size), proptest::collection::vec(0.0..1.0_f64, size), prop::bool::ANY);
    let rules = (
        proptest::option::of(1_usize..4),
        proptest::option::of(0.05..0.3_f64),
        proptest::option::of(0.02..0.2_f64),
        proptest::option::of(0.0002..0.005_f64),
    );
    (returns, shape, rules).prop_map(move |(returns, (linear, held, short), (most, position, trade, fee))| {
        let returns = Matrix::from_fn(7, size, |day, asset| 0.1 * returns[day * size + asset]);
        let mut program = Program::minimum_variance(Covariance::from_matrix(gram(&returns)).unwrap(), Region::long_only(size));
        program.linear = linear;
        program.region.upper = vec![0.8; size];
        if short {
            program.region.lower = vec![-0.4; size];
        }
        let sum: f64 = held.iter().sum::<f64>().max(1e-3);
        Small { program, held: held.iter().map(|x| x / sum).collect(), most, position, trade, fee }
    })
}

/// The best over every combination of intervals, each solved as a convex program.
fn try_all(small: &Small) -> Option<f64> {
    let size = small.held.len();
    // Interval by interval: lower, upper, price, whether it is a position.
    let intervals: Vec<Vec<(f64, f64, f64, bool)>> = (0..size)
        .map(|asset| {
            let (lower, upper, held) = (small.program.region.lower[asset], small.program.region.upper[asset], small.held[asset]);
            let least = small.position.unwrap_or(0.0);
            let trade = small.trade.unwrap_or(0.0);
            let positions = [(lower, -least, true), (0.0, 0.0, false), (least, upper, true)];
            let trades = [(lower, held - trade, true), (held, held, false), (held + trade, upper, true)];
            let both = positions.iter().flat_map(|p| {
                trades.iter().map(move |t| (p.0.max(t.0), p.1.min(t.1), if t.2 { small.fee.unwrap_or(0.0) } else { 0.0 }, p.2))
            });
            both.filter(|both| both.0 <= both.1).collect()
        })
        .collect();
    let mut best: Option<f64> = None;
    let combinations: usize = intervals.iter().map(Vec::len).product();
    for code in 0..combinations {
        let (mut rest, mut region, mut price, mut count) = (code, small.program.region.clone(), 0.0, 0);
        for (asset, options) in intervals.iter().enumerate() {
            let option = options[rest % options.len()];
            rest /= options.len();
            (region.lower[asset], region.upper[asset]) = (option.0, option.1);
            price += option.2;
            count += usize::from(option.3);
        }
        // The budget in closed form, so that only what can be is solved; weights as held add up to 1 but for rounding.
        let reach = region.lower.iter().sum::<f64>() <= 1.0 + 1e-12 && region.upper.iter().sum::<f64>() >= 1.0 - 1e-12;
        if small.most.is_none_or(|most| count <= most) && reach {
            let solution = conic::solve(&small.program.over(region)).unwrap();
            if solution.status == Status::Optimal {
                let objective = small.program.objective(&solution.weights) + price;
                best = Some(best.map_or(objective, |best| best.min(objective)));
            }
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_other_choice_is_better(small in small()) {
        let size = small.held.len();
        let mut choices = Choices::free(size);
        for asset in 0..size {
            if let Some(least) = small.position {
                choices = choices.minimum_position(asset, least);
            }
            if let Some(least) = small.trade {
                choices = choices.minimum_trade(asset, small.held[asset], least);
            }
            if let Some(fee) = small.fee {
                choices = choices.fixed_cost(asset, small.held[asset], fee);
            }
        }
        if let Some(most) = small.most {
            choices = choices.at_most(most);
        }
        let found = search(&small.program, &choices);
        match try_all(&small) {
            None => prop_assert_eq!(found.status, Status::Infeasible),
            Some(best) => {
                prop_assert_eq!(found.status, Status::Optimal);
                prop_assert!((found.objective - best).abs() <= 1e-7 * (1e-3 + best.abs()), "{} is not {}", found.objective, best);
                prop_assert!(found.lower_bound <= best + 1e-9);
            }
        }
    }
}

#[test]
fn a_spent_budget_says_what_is_not_proven() {
    let entry = |row: usize, column: usize| if row == column { 0.01 + 0.001 * row as f64 } else { 0.002 };
    let program = Program::minimum_variance(Covariance::from_matrix(Matrix::from_fn(12, 12, entry)).unwrap(), Region::long_only(12));
    let choices = Choices::free(12).at_most(4);
    let full = search(&program, &choices);
    let cut = solve(&program, &choices, Budget { nodes: 5, gap: 0.0 }, &mut |program| conic::solve(program)).unwrap();
    assert!(cut.nodes <= 8 && cut.lower_bound <= full.objective && full.objective <= cut.objective + 1e-12);
    let repeated = solve(&program, &choices, Budget { nodes: 5, gap: 0.0 }, &mut |program| conic::solve(program)).unwrap();
    assert_eq!(cut, repeated);
}

#[test]
fn what_cannot_be_chosen_is_told() {
    let program =
        Program::minimum_variance(Covariance::from_volatilities(&[0.1, 0.2], &[1.0, 0.0, 0.0, 1.0]).unwrap(), Region::long_only(2));
    assert_eq!(search(&program, &Choices::free(2).at_most(0)).status, Status::Infeasible);
    let three = solve(&program, &Choices::free(3), Budget::default(), &mut |program| conic::solve(program));
    assert_eq!(three, Err(IntegerError::Shape { assets: 2, choices: 3 }));
    // Twice at least 0.6 is more than the whole.
    let choices = Choices::free(2).minimum_position(0, 0.6).minimum_position(1, 0.6);
    let found = search(&program, &choices);
    assert!((found.weights[0] - 1.0).abs() < 1e-12 && found.weights[1] == 0.0);
}
