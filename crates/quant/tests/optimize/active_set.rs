//! The active-set method.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::active_set::{self, ActiveSetError};
use evenkeel_quant::optimize::certify::certify;
use evenkeel_quant::optimize::check::{Part, ProgramError};
use evenkeel_quant::optimize::program::{Cost, Program, Region, Rows};
use evenkeel_quant::optimize::solution::{Solution, Status, WarmStart, WorkLimit};
use proptest::prelude::*;

use crate::support::{Market, Sequence, assert_close, case, contradiction, kkt_residual, long_only_with, moments, number, numbers};

fn solve(program: &Program) -> Solution {
    let solution = active_set::solve(program, None, WorkLimit::default()).unwrap();
    if solution.status == Status::Optimal {
        let residual = kkt_residual(program, &solution);
        assert!(residual <= 1e-11, "KKT residual {residual:e}");
    }
    solution
}

fn optimal(program: &Program) -> Vec<f64> {
    let solution = solve(program);
    assert_eq!(solution.status, Status::Optimal);
    solution.weights
}

fn utility(market: &Market, aversion: f64) -> Program {
    let mut program = Program::minimum_variance(market.covariance.clone(), Region::long_only(market.mean.len()));
    program.scale = aversion;
    program.linear = market.mean.iter().map(|mean| -mean).collect();
    program
}

#[test]
fn cases_of_minimum_variance() {
    let (Some(market), Some(minimum), Some(free)) = (Market::read(), case("optim_minvar"), case("optim_minvar_longshort")) else {
        return;
    };
    let mut program = Program::minimum_variance(market.covariance.clone(), Region::long_only(20));
    let weights = optimal(&program);
    assert_close(&weights, &numbers(&minimum["reference"]["weights"]), 1e-12, "minimum variance");
    assert_close(&[2.0 * program.objective(&weights)], &[number(&minimum["reference"]["variance_daily"])], 1e-17, "variance");
    program.region.lower = vec![f64::NEG_INFINITY; 20];
    assert_close(&optimal(&program), &numbers(&free["reference"]["weights"]), 1e-9, "long and short");
}

#[test]
fn cases_of_utility() {
    let Some(market) = Market::read() else { return };
    for (file, aversion) in [("optim_utility_g1.json", 1.0), ("optim_utility_g5.json", 5.0), ("optim_utility_g20.json", 20.0)] {
        let Some(case) = case(file) else { return };
        assert_close(&optimal(&utility(&market, aversion)), &numbers(&case["reference"]["weights"]), 1e-9, file);
    }
    let Some(ridge) = case("optim_utility_l2") else { return };
    let mut program = utility(&market, 5.0);
    program.costs = vec![Cost { origin: 0.0, slope: 0.0, kinks: Vec::new(), quadratic: 2e-4, power: 0.0 }; 20];
    assert_close(&optimal(&program), &numbers(&ridge["reference"]["weights"]), 1e-9, "ridge");
    let Some(costly) = case("optim_utility_linear_costs") else { return };
    let mut program = utility(&market, 5.0);
    let rates = numbers(&costly["parameters"]["cost"]);
    program.costs = market.current.iter().zip(&rates).map(|(held, rate)| Cost::proportional(*held, *rate, *rate)).collect();
    assert_close(&optimal(&program), &numbers(&costly["reference"]["weights"]), 1e-6, "linear costs");
}

#[test]
fn cases_with_more_limits() {
    let Some(market) = Market::read() else { return };
    let covariance = market.covariance.clone();
    let (Some(target), Some(groups), Some(turnover)) =
        (case("optim_target_return"), case("optim_groups"), case("optim_turnover_per_asset"))
    else {
        return;
    };
    let least = number(&target["parameters"]["target_return_daily"]);
    let region = long_only_with(20, &[(market.mean.clone(), least, f64::INFINITY)]);
    let program = Program::minimum_variance(covariance.clone(), region);
    assert_close(&optimal(&program), &numbers(&target["reference"]["weights"]), 1e-9, "target return");

    let sector = |name: &str| {
        let row = market.sectors.iter().map(|sector| f64::from(u8::from(sector == name))).collect();
        (row, number(&groups["parameters"]["lower"][name]), number(&groups["parameters"]["upper"][name]))
    };
    let mut region = long_only_with(20, &["S0", "S1", "S2", "S3"].map(sector));
    region.upper = vec![number(&groups["parameters"]["max_weight"]); 20];
    let program = Program::minimum_variance(covariance.clone(), region);
    assert_close(&optimal(&program), &numbers(&groups["reference"]["weights"]), 1e-6, "groups");

    let change = number(&turnover["parameters"]["max_change"]);
    let mut region = Region::long_only(20);
    region.lower = market.current.iter().map(|held| (held - change).max(0.0)).collect();
    region.upper = market.current.iter().map(|held| held + change).collect();
    let program = Program::minimum_variance(covariance, region);
    assert_close(&optimal(&program), &numbers(&turnover["reference"]["weights"]), 1e-6, "turnover per asset");
}

#[test]
fn case_of_tracking_error() {
    let (Some(market), Some(case)) = (Market::read(), case("optim_tracking_error")) else { return };
    // The benchmark as one more asset, of which −1 is held.
    let returns: Vec<Vec<f64>> = market
        .returns
        .iter()
        .zip(&market.benchmark_returns)
        .map(|(row, benchmark)| row.iter().copied().chain(std::iter::once(*benchmark)).collect())
        .collect();
    let mut region = Region::long_only(21);
    region.upper = vec![0.12; 21];
    region.rows.lower = vec![0.0];
    region.rows.upper = vec![0.0];
    (region.lower[20], region.upper[20]) = (-1.0, -1.0);
    let program = Program::minimum_variance(moments(&returns).1, region);
    let weights = optimal(&program);
    assert_close(&weights[..20], &numbers(&case["reference"]["weights"]), 1e-6, "tracking error");
    let found = (2.0 * program.objective(&weights)).sqrt();
    assert_close(&[found], &[number(&case["reference"]["tracking_error_daily"])], 1e-12, "tracking error");
}

#[test]
fn published_pairs_of_assets() {
    let Some(file) = case("pub_min_variance_tangency") else { return };
    for case in file["two_asset_min_variance"].as_array().unwrap() {
        let rho = number(&case["inputs"]["rho"]);
        let covariance = Covariance::from_volatilities(&numbers(&case["inputs"]["sigma"]), &[1.0, rho, rho, 1.0]).unwrap();
        let mut program = Program::minimum_variance(covariance, Region::long_only(2));
        assert_close(&optimal(&program), &numbers(&case["expected"]["weights_long_only"]), 1e-14, "long only");
        program.region.lower = vec![f64::NEG_INFINITY; 2];
        assert_close(&optimal(&program), &numbers(&case["expected"]["weights_unconstrained"]), 1e-14, "free");
    }
}

#[test]
fn tells_what_cannot_be() {
    let covariance = Covariance::from_volatilities(&[0.2, 0.1, 0.3], &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
    let mut region = long_only_with(3, &[(vec![1.0, 1.0, 0.0], f64::NEG_INFINITY, 0.3)]);
    region.upper = vec![1.0, 1.0, 0.5];
    let solution = solve(&Program::minimum_variance(covariance.clone(), region.clone()));
    assert_eq!(solution.status, Status::Infeasible);
    // 1 − 0.3 − 0.5 is missing, and the multipliers are 1.
    assert!((contradiction(&region, &solution) - 0.2).abs() < 1e-12);

    let mut program = Program::minimum_variance(covariance.clone(), Region::long_only(3));
    program.quadratic = None;
    program.linear = vec![-1.0, 0.0, 0.0];
    program.region.lower = vec![f64::NEG_INFINITY; 3];
    assert_eq!(solve(&program).status, Status::Unbounded);

    let one = Program::minimum_variance(Covariance::from_volatilities(&[0.2], &[1.0]).unwrap(), Region::long_only(1));
    assert_eq!(optimal(&one), [1.0]);

    let mut program = Program::minimum_variance(covariance, Region::long_only(3));
    program.linear[1] = f64::NAN;
    let error = active_set::solve(&program, None, WorkLimit::default()).unwrap_err();
    assert!(matches!(error, ActiveSetError::Program(ProgramError::NotFinite { part: Part::Linear, index: 1, .. })));
    program.linear[1] = 0.0;
    program.region.lower[2] = 0.5;
    program.region.upper[2] = 0.4;
    assert_eq!(solve(&program).status, Status::Infeasible);
}

#[test]
fn weights_do_not_depend_on_units() {
    let returns = Sequence(7).returns(60, 30);
    let (mean, covariance) = moments(&returns);
    let mut program = Program::minimum_variance(covariance, Region::long_only(30));
    program.linear = mean.iter().map(|mean| -mean).collect();
    program.scale = 3.0;
    let expected = optimal(&program);
    for unit in [1e-8, 1e-4, 0.01, 3.0, 1e8] {
        let scaled: Vec<Vec<f64>> = returns.iter().map(|row| row.iter().map(|value| value * unit).collect()).collect();
        let (mean, covariance) = moments(&scaled);
        let mut program = Program::minimum_variance(covariance, Region::long_only(30));
        program.linear = mean.iter().map(|mean| -mean).collect();
        program.scale = 3.0 / unit;
        assert_close(&optimal(&program), &expected, 1e-11, "returns in another unit");
    }
    for unit in [1e-6, 1e6] {
        let mut money = program.clone();
        money.scale = 3.0 / unit;
        (money.region.rows.lower, money.region.rows.upper) = (vec![unit], vec![unit]);
        let weights: Vec<f64> = optimal(&money).iter().map(|amount| amount / unit).collect();
        assert_close(&weights, &expected, 1e-11, "amounts in another unit");
    }
}

#[test]
fn a_warm_start_ends_at_the_same_point() {
    let (mean, covariance) = moments(&Sequence(3).returns(200, 60));
    let mut program = Program::minimum_variance(covariance, Region::long_only(60));
    program.linear = mean.iter().map(|mean| -mean).collect();
    program.scale = 5.0;
    let start = WarmStart::from(&solve(&program));
    program.scale = 5.5;
    let (cold, warm) = (solve(&program), active_set::solve(&program, Some(&start), WorkLimit::default()).unwrap());
    assert_close(&warm.weights, &cold.weights, 1e-12, "warm start");
    assert!(warm.work.iterations < cold.work.iterations / 3, "{:?} {:?}", warm.work, cold.work);
}

#[test]
fn stops_where_work_is_spent() {
    let (_, covariance) = moments(&Sequence(4).returns(100, 20));
    let program = Program::minimum_variance(covariance, Region::long_only(20));
    let solution = active_set::solve(&program, None, WorkLimit { iterations: 2 }).unwrap();
    assert_eq!(solution.status, Status::WorkSpent);
    assert!((solution.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

/// A program with whatever can go wrong: fewer dates than assets, duplicates, rows that repeat one
/// another, vertices where many limits meet, costs with kinks at bounds.
fn program(seed: u64) -> Program {
    let mut sequence = Sequence(seed);
    let mut whole = |most: f64| (f64::midpoint(sequence.next(), 1.0) * most).floor();
    let assets = 1 + whole(12.0) as usize;
    let periods = 2 + whole(20.0) as usize;
    let (rows, kind, coarse, duplicates, kinked) = (whole(5.0) as usize, whole(3.0), whole(2.0) > 0.0, whole(2.0) > 0.0, whole(2.0) > 0.0);
    let linear_only = whole(8.0) < 1.0;
    let mut value = |coarse: bool| if coarse { (3.0 * sequence.next()).round() / 2.0 } else { sequence.next() };
    let mut returns: Vec<Vec<f64>> = (0..periods).map(|_| (0..assets).map(|_| value(coarse)).collect()).collect();
    if duplicates && assets > 2 {
        for row in &mut returns {
            row[1] = row[0];
        }
    }
    let (_, covariance) = moments(&returns);
    let point: Vec<f64> = (0..assets).map(|_| value(coarse)).collect();
    let matrix = Matrix::from_fn(rows, assets, |_, _| value(coarse));
    let activity: Vec<f64> = (0..rows).map(|row| matrix.row(row).iter().zip(&point).map(|(a, x)| a * x).sum()).collect();
    let room = |wide: f64| if wide < 0.0 { 0.0 } else { wide };
    let lower =
        activity.iter().map(|activity| if value(false) > 0.6 { f64::NEG_INFINITY } else { activity - room(value(coarse)) }).collect();
    let upper: Vec<f64> = activity.iter().map(|activity| activity + room(value(coarse))).collect();
    let bounds = |value: &mut dyn FnMut(bool) -> f64, sign: f64| {
        point
            .iter()
            .map(|x| if kind < 1.0 && value(false) > 0.0 { sign * f64::INFINITY } else { x + sign * room(value(coarse)) })
            .collect::<Vec<f64>>()
    };
    let (low, high) = (bounds(&mut value, -1.0), bounds(&mut value, 1.0));
    let costs = point.iter().map(|x| {
        let mut cost = Cost::proportional(x + 0.5 * value(true), value(coarse).abs(), value(coarse).abs());
        cost.quadratic = room(value(coarse));
        cost
    });
    let costs = if kinked { costs.collect() } else { Vec::new() };
    let region = Region { lower: low, upper: high, rows: Rows { matrix, lower, upper }, spreads: Vec::new(), risks: Vec::new() };
    let mut program = Program::minimum_variance(covariance, region);
    program.linear = (0..assets).map(|_| value(coarse)).collect();
    program.center = (0..assets).map(|_| value(coarse)).collect();
    if linear_only {
        program.quadratic = None;
    }
    program.costs = costs;
    program
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn generated_programs_are_solved(seed in any::<u64>()) {
        let program = program(seed);
        let solution = active_set::solve(&program, None, WorkLimit { iterations: 100_000 }).unwrap();
        match solution.status {
            Status::Optimal => {
                let residual = kkt_residual(&program, &solution);
                prop_assert!(residual <= 1e-10, "KKT residual {:e}: {:?} {:?}", residual, program, solution);
            }
            // A point is known to be feasible.
            status => {
                prop_assert_eq!(status, Status::Unbounded);
                prop_assert!(certify(&program, &solution).is_unbounded(1e-6), "{:?}", solution);
            }
        }
        // From any other start the same value.
        let mut sequence = Sequence(seed ^ 1);
        let start = WarmStart { weights: solution.weights.iter().map(|x| x + sequence.next()).collect() };
        let other = active_set::solve(&program, Some(&start), WorkLimit { iterations: 100_000 }).unwrap();
        prop_assert_eq!(other.status, solution.status);
        if solution.status == Status::Optimal {
            let (a, b) = (program.objective(&solution.weights), program.objective(&other.weights));
            prop_assert!((a - b).abs() <= 1e-8 * a.abs().max(1.0), "{} {}", a, b);
        }
    }

    #[test]
    fn contradictions_are_proven(seed in any::<u64>()) {
        let mut program = program(seed);
        let assets = program.size();
        let mut sequence = Sequence(seed ^ 2);
        // Two rows that contradict one another by 1, whatever else holds.
        let extra: Vec<f64> = (0..assets).map(|_| sequence.next()).collect();
        let rows = &program.region.rows;
        let count = rows.lower.len();
        let matrix = Matrix::from_fn(count + 2, assets, |row, column| if row < count { rows.matrix.get(row, column) } else { extra[column] });
        let lower = rows.lower.iter().copied().chain([1.0, f64::NEG_INFINITY]).collect();
        let upper = rows.upper.iter().copied().chain([f64::INFINITY, 0.0]).collect();
        program.region.rows = Rows { matrix, lower, upper };
        let solution = active_set::solve(&program, None, WorkLimit::default()).unwrap();
        prop_assert_eq!(solution.status, Status::Infeasible);
        let margin = contradiction(&program.region, &solution);
        prop_assert!(margin > 1e-9, "{:e} {:?}", margin, solution);
    }

    #[test]
    fn order_and_dominated_assets_do_not_matter(seed in any::<u64>(), turn in 0..8_usize) {
        let (mean, covariance) = moments(&Sequence(seed).returns(40, 8));
        let region = Region::long_only(8);
        let solve = |covariance: Covariance, mean: Vec<f64>, region: Region| {
            let mut program = Program::minimum_variance(covariance, region);
            program.linear = mean.iter().map(|mean| -mean).collect();
            optimal(&program)
        };
        let matrix = covariance.matrix().into_owned();
        let expected = solve(covariance, mean.clone(), region);
        let order: Vec<usize> = (0..8).map(|at| (at * 3 + turn) % 8).collect();
        let turned = Covariance::from_matrix(matrix.select(&order, &order)).unwrap();
        let found = solve(turned, order.iter().map(|at| mean[*at]).collect(), Region::long_only(8));
        for (place, at) in order.iter().enumerate() {
            prop_assert!((found[place] - expected[*at]).abs() <= 1e-12);
        }
        // As the first asset, with less return and a risk of its own.
        let dominated = Matrix::from_fn(9, 9, |i, j| matrix.get(i.min(7) , j.min(7)) + if i == 8 && j == 8 { 1e-3 } else { 0.0 });
        let mut means = mean.clone();
        means.push(mean[7] - 1e-3);
        let found = solve(Covariance::from_matrix(dominated).unwrap(), means, Region::long_only(9));
        // It may hedge nothing, since it moves as the asset that dominates it.
        prop_assert!(found[8] == 0.0 || expected[7] == 0.0);
        if found[8] == 0.0 {
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((found - expected).abs() <= 1e-12);
            }
        }
        // A twin: the same risk and return, split in any way.
        let twins: Vec<usize> = (0..8).chain([7]).collect();
        let twin = Covariance::from_matrix(matrix.select(&twins, &twins)).unwrap();
        let found = solve(twin, twins.iter().map(|at| mean[*at]).collect(), Region::long_only(9));
        for (found, expected) in found.iter().zip(&expected).take(7) {
            prop_assert!((found - expected).abs() <= 1e-9);
        }
        prop_assert!((found[7] + found[8] - expected[7]).abs() <= 1e-9);
    }
}
