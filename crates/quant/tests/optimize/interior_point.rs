//! The interior point method.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::certify::certify;
use evenkeel_quant::optimize::interior_point::{InteriorPointError, solve};
use evenkeel_quant::optimize::program::{Cost, Program, Region, RiskLimit, Rows, Spread};
use evenkeel_quant::optimize::solution::{Solution, Status, WarmStart, WorkLimit};
use evenkeel_quant::optimize::{active_set, conic};
use proptest::prelude::*;

use crate::support::{Market, Sequence, assert_close, case, kkt_residual, number, numbers};

fn optimum(program: &Program) -> Solution {
    let solution = solve(program, None, WorkLimit::default()).unwrap();
    assert_eq!(solution.status, Status::Optimal, "{:?}", solution.work);
    let residual = kkt_residual(program, &solution);
    assert!(residual <= 1e-9, "KKT residual {residual:e}");
    solution
}

fn turnover(origin: &[f64], limit: f64) -> Spread {
    Spread { origin: origin.to_vec(), above: vec![1.0; origin.len()], below: vec![1.0; origin.len()], limit }
}

#[test]
fn cases_of_turnover_and_costs() {
    let Some(market) = Market::read() else { return };
    let (Some(total), Some(costs), Some(least)) = (case("optim_turnover_total"), case("optim_utility_linear_costs"), case("optim_minvar"))
    else {
        return;
    };
    let mut program = Program::minimum_variance(market.covariance.clone(), Region::long_only(20));
    assert_close(&optimum(&program).weights, &numbers(&least["reference"]["weights"]), 1e-12, "minimum variance");
    program.region.spreads = vec![turnover(&market.current, number(&total["parameters"]["turnover_l1"]))];
    let solution = optimum(&program);
    assert_close(&solution.weights, &numbers(&total["reference"]["weights"]), 1e-5, "total turnover");
    assert_close(&[2.0 * program.objective(&solution.weights)], &[number(&total["reference"]["variance_daily"])], 1e-11, "total turnover");
    assert!(solution.multipliers.spreads[0] > 0.0 && certify(&program, &solution).is_optimal(1e-9));

    let mut program = Program::minimum_variance(market.covariance.clone(), Region::long_only(20));
    program.scale = number(&costs["parameters"]["gamma"]);
    program.linear = market.mean.iter().map(|mean| -mean).collect();
    let rates = numbers(&costs["parameters"]["cost"]);
    program.costs = market.current.iter().zip(&rates).map(|(held, rate)| Cost::proportional(*held, *rate, *rate)).collect();
    assert_close(&optimum(&program).weights, &numbers(&costs["reference"]["weights"]), 1e-6, "linear costs");
}

#[test]
fn leaves_risk_limits_to_cones() {
    let covariance = Covariance::from_volatilities(&[0.2], &[1.0]).unwrap();
    let mut program = Program::minimum_variance(covariance.clone(), Region::long_only(1));
    program.region.risks = vec![RiskLimit { covariance: covariance.into(), center: vec![0.0], volatility: 0.1 }];
    assert_eq!(solve(&program, None, WorkLimit::default()).unwrap_err(), InteriorPointError::RiskLimit);
}

/// Factors, costs and a cap on turnover, as of a fund that is rebalanced.
fn fund(seed: u64, assets: usize, factors: usize, powers: bool) -> Program {
    let mut sequence = Sequence(seed);
    let loadings = Matrix::from_fn(assets, factors, |_, factor| sequence.next() * if factor == 0 { 0.02 } else { 0.006 });
    let specific = (0..assets).map(|_| (0.01 + 0.005 * sequence.next()).powi(2)).collect();
    let covariance = Covariance::from_factors(loadings, specific).unwrap();
    let mut held: Vec<f64> = (0..assets).map(|_| (sequence.next() + 0.2).max(0.0)).collect();
    let total: f64 = held.iter().sum::<f64>().max(1e-9);
    for weight in &mut held {
        *weight /= total;
    }
    if held.iter().sum::<f64>() < 0.5 {
        held = vec![1.0 / assets as f64; assets];
    }
    let mut program = Program::minimum_variance(covariance, Region::long_only(assets));
    program.scale = 5.0;
    program.linear = (0..assets).map(|_| -0.001 * sequence.next()).collect();
    program.costs =
        held.iter().map(|held| Cost::proportional(*held, 0.0002 * (1.1 + sequence.next()), 0.0002 * (1.1 + sequence.next()))).collect();
    if powers {
        for cost in &mut program.costs {
            cost.power = 0.001 * (1.1 + sequence.next());
        }
    }
    program.region.upper = held.iter().map(|held| held + 0.1 + 2.0 / assets as f64).collect();
    program.region.spreads = vec![turnover(&held, 0.05 + 0.25 * (1.0 + sequence.next()))];
    program
}

/// A fund with a group limit in place of the cap on turnover.
fn grouped(seed: u64, assets: usize) -> Program {
    let mut program = fund(seed, assets, 3, false);
    program.region.spreads.clear();
    let mut sequence = Sequence(seed ^ 5);
    let group: Vec<f64> = (0..assets).map(|_| sequence.next()).collect();
    let budget = program.region.rows.matrix.clone();
    let middle: f64 = program.costs.iter().zip(&group).map(|(cost, entry)| cost.origin * entry).sum();
    program.region.rows = Rows {
        matrix: Matrix::from_fn(2, assets, |row, column| if row == 0 { budget.get(0, column) } else { group[column] }),
        lower: vec![1.0, middle - 0.1],
        upper: vec![1.0, middle + 0.05],
    };
    program
}

#[test]
fn a_large_fund_cold_and_warm() {
    let mut program = fund(1, 400, 10, false);
    let cold = optimum(&program);
    assert!(cold.work.iterations < 30, "{:?}", cold.work);
    for slope in &mut program.linear {
        *slope *= 1.01;
    }
    let again = optimum(&program);
    let warm = solve(&program, Some(&WarmStart::from(&cold)), WorkLimit::default()).unwrap();
    assert_close(&warm.weights, &again.weights, 1e-10, "warm");
    assert_eq!((warm.status, warm.work.iterations), (Status::Optimal, 0));
}

#[test]
fn tells_of_what_cannot_be() {
    let mut program = fund(2, 10, 2, false);
    program.region.rows.lower = vec![4.0];
    program.region.rows.upper = vec![4.0];
    program.region.upper = vec![0.2; 10];
    assert_eq!(solve(&program, None, WorkLimit::default()).unwrap().status, Status::Stalled);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn funds_are_solved(seed in any::<u64>(), assets in 2..40_usize, factors in 1..5_usize, powers in any::<bool>()) {
        let program = fund(seed, assets, factors, powers);
        let solution = optimum(&program);
        let other = conic::solve(&program).unwrap();
        if other.status == Status::Optimal {
            let (a, b) = (program.objective(&solution.weights), program.objective(&other.weights));
            prop_assert!((a - b).abs() <= 1e-7 * (a.abs() + 1e-4), "{} {}", a, b);
        }
        // The same from dense entries.
        let mut dense = program.clone();
        let entries = program.quadratic.as_ref().unwrap().matrix().into_owned();
        dense.quadratic = Some(Covariance::from_matrix(entries).unwrap().into());
        let solution_of_dense = optimum(&dense);
        for (a, b) in solution.weights.iter().zip(&solution_of_dense.weights) {
            prop_assert!((a - b).abs() <= 1e-7);
        }
    }

    #[test]
    fn agrees_with_the_active_set(seed in any::<u64>(), assets in 2..30_usize) {
        let program = grouped(seed, assets);
        let (inside, corner) = (optimum(&program), active_set::solve(&program, None, WorkLimit::default()).unwrap());
        for (a, b) in inside.weights.iter().zip(&corner.weights) {
            prop_assert!((a - b).abs() <= 1e-8, "{:?} {:?}", inside.weights, corner.weights);
        }
    }
}
