//! Portfolios from daily panels of ten years, and funds with costs and a cap on turnover.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::program::{Cost, Program, Region, Spread};
use evenkeel_quant::optimize::solution::{WarmStart, WorkLimit};
use evenkeel_quant::optimize::{active_set, frontier, interior_point, ratio};

const PERIODS: usize = 2500;

/// Numbers between −1 and 1 (Vigna, 2015: splitmix64).
fn sequence(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Returns with a common factor: betas between 0.5 and 1.5 or all 1, which makes nearly all assets worth
/// holding.
fn panel(assets: usize, alike: bool) -> (Matrix, Vec<f64>) {
    let mut number = sequence(7);
    let betas: Vec<f64> = (0..assets).map(|_| if alike { 1.0 } else { 1.0 + 0.5 * number() }).collect();
    let market: Vec<f64> = (0..PERIODS).map(|_| 0.02 * number()).collect();
    let own: Vec<f64> = (0..assets).map(|_| 0.02 + 0.01 * number()).collect();
    let returns = Matrix::from_fn(PERIODS, assets, |row, column| 0.0003 + betas[column] * market[row] + own[column] * number());
    let mean = returns.iter_columns().map(|column| column.iter().sum::<f64>() / PERIODS as f64).collect();
    (returns, mean)
}

fn program(covariance: &Arc<Covariance>, mean: Option<&[f64]>) -> Program {
    let mut program = Program::minimum_variance(Arc::clone(covariance), Region::long_only(covariance.size()));
    if let Some(mean) = mean {
        program.linear = mean.iter().map(|mean| -mean).collect();
    }
    program
}

fn from_returns(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("portfolio");
    group.sample_size(10);
    for (assets, alike) in [(20, false), (100, false), (500, false), (1000, false), (500, true), (1000, true)] {
        let (returns, mean) = panel(assets, alike);
        let name = format!("{assets} {}assets", if alike { "alike " } else { "" });
        let covariance = Arc::new(sample_covariance(&returns, 1).unwrap());
        group.bench_function(format!("minimum variance from returns, {name}"), |bencher| {
            bencher.iter(|| {
                let covariance = Arc::new(sample_covariance(black_box(&returns), 1).unwrap());
                active_set::solve(&program(&covariance, None), None, WorkLimit::default()).unwrap()
            });
        });
        group.bench_function(format!("minimum variance, {name}"), |bencher| {
            bencher.iter(|| active_set::solve(black_box(&program(&covariance, None)), None, WorkLimit::default()).unwrap());
        });
        group.bench_function(format!("greatest ratio, {name}"), |bencher| {
            bencher.iter(|| ratio::maximum_ratio(black_box(&program(&covariance, Some(&mean))), None, WorkLimit::default()).unwrap());
        });
        if assets == 100 || assets == 500 {
            group.bench_function(format!("frontier, {name}"), |bencher| {
                bencher.iter(|| frontier::trace(black_box(&program(&covariance, Some(&mean))), WorkLimit::default()).unwrap());
            });
        }
    }
    group.finish();
}

/// 20 factors, linear costs, and half the fund may be traded.
fn fund(assets: usize) -> Program {
    let mut number = sequence(11);
    let loadings = Matrix::from_fn(assets, 20, |_, factor| if factor == 0 { 0.01 * (1.0 + 0.3 * number()) } else { 0.003 * number() });
    let specific = (0..assets).map(|_| (0.015 + 0.007 * number()).powi(2)).collect();
    let covariance = Arc::new(Covariance::from_factors(loadings, specific).unwrap());
    let mut program = program(&covariance, None);
    let mut held: Vec<f64> = (0..assets).map(|_| number().max(0.0)).collect();
    let total: f64 = held.iter().sum();
    for weight in &mut held {
        *weight /= total;
    }
    program.scale = 5.0;
    program.linear = (0..assets).map(|_| -0.0005 * number()).collect();
    program.costs = held.iter().map(|held| Cost::proportional(*held, 0.0002, 0.0002)).collect();
    program.region.upper = vec![0.05; assets];
    program.region.spreads = vec![Spread { origin: held, above: vec![1.0; assets], below: vec![1.0; assets], limit: 0.5 }];
    program
}

fn funds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fund of 20 factors");
    group.sample_size(20);
    for assets in [1000, 3000] {
        let mut program = fund(assets);
        group.bench_function(format!("{assets} assets, cold"), |bencher| {
            bencher.iter(|| interior_point::solve(black_box(&program), None, WorkLimit::default()).unwrap());
        });
        let solution = interior_point::solve(&program, None, WorkLimit::default()).unwrap();
        assert!(solution.work.iterations < 30, "{:?}", solution.work);
        let start = WarmStart::from(&solution);
        for slope in &mut program.linear {
            *slope *= 1.002;
        }
        let warm = interior_point::solve(&program, Some(&start), WorkLimit::default()).unwrap();
        assert!(warm.work.iterations == 0, "the warm start did not suffice");
        group.bench_function(format!("{assets} assets, warm"), |bencher| {
            bencher.iter(|| interior_point::solve(black_box(&program), Some(&start), WorkLimit::default()).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, from_returns, funds);
criterion_main!(benches);
