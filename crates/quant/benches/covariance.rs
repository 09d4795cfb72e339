//! Covariance estimators on daily panels of ten years.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel_quant::estimate::covariance::denoised::denoised;
use evenkeel_quant::estimate::covariance::exponential::{ExponentialForm, exponentially_weighted};
use evenkeel_quant::estimate::covariance::factor_model::principal_components::principal_components;
use evenkeel_quant::estimate::covariance::gerber::{GerberDenominator, gerber};
use evenkeel_quant::estimate::covariance::ledoit_wolf::{ledoit_wolf_constant_correlation, ledoit_wolf_identity};
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::linear::matrix::Matrix;

const PERIODS: usize = 2500;

/// Returns with a common factor, from a linear congruential generator.
fn panel(assets: usize) -> Matrix {
    let mut state = 20_260_101_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX) - 0.5
    };
    let market: Vec<f64> = (0..PERIODS).map(|_| 0.02 * uniform()).collect();
    Matrix::from_fn(PERIODS, assets, |row, _| market[row] + 0.03 * uniform())
}

fn covariances(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("covariance of 2500 rows");
    group.sample_size(10);
    for assets in [100, 500, 1000] {
        let returns = panel(assets);
        group.bench_function(format!("sample, {assets} assets"), |bencher| {
            bencher.iter(|| sample_covariance(black_box(&returns), 1).unwrap());
        });
    }
    let returns = panel(500);
    group.bench_function("Ledoit-Wolf, identity, 500 assets", |bencher| {
        bencher.iter(|| ledoit_wolf_identity(black_box(&returns)).unwrap());
    });
    group.bench_function("Ledoit-Wolf, constant correlation, 500 assets", |bencher| {
        bencher.iter(|| ledoit_wolf_constant_correlation(black_box(&returns), 0).unwrap());
    });
    group.bench_function("exponentially weighted, 500 assets", |bencher| {
        bencher.iter(|| exponentially_weighted(black_box(&returns), 0.94, ExponentialForm::WeightedMeanUnbiased).unwrap());
    });
    group.bench_function("Gerber, 500 assets", |bencher| {
        bencher.iter(|| gerber(black_box(&returns), 0.5, GerberDenominator::NotBothNeutral).unwrap());
    });
    group.bench_function("denoised, 500 assets", |bencher| {
        bencher.iter(|| denoised(black_box(&returns), 1).unwrap());
    });
    group.bench_function("principal components, 10 factors, 500 assets", |bencher| {
        bencher.iter(|| principal_components(black_box(&returns), 10, 1).unwrap());
    });
    group.finish();
}

criterion_group!(benches, covariances);
criterion_main!(benches);
