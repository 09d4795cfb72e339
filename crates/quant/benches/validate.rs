//! Tests of many variants at once, and statistics of one.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::random::Random;
use evenkeel_quant::risk::rolling::rolling;
use evenkeel_quant::risk::statistics::{Settings, statistics};
use evenkeel_quant::validate::overfitting::overfitting;
use evenkeel_quant::validate::resample::Resampling;
use evenkeel_quant::validate::superior::{reality_check, superior_ability};

/// Daily returns of 25 years.
fn returns(variants: usize) -> Matrix {
    let mut random = Random::stream(1, 0);
    Matrix::from_fn(6_300, variants, |_, _| 0.0003 + 0.01 * random.normal())
}

fn many_variants(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1000 variants of 6300 days");
    group.sample_size(10);
    let returns = returns(1_000);
    let how = Resampling { resamples: 1_000, mean_block: 20.0, seed: 7 };
    group.bench_function("overfitting, 16 blocks", |bencher| bencher.iter(|| overfitting(black_box(&returns), 16).unwrap()));
    group.bench_function("SPA, 1000 resamples", |bencher| bencher.iter(|| superior_ability(black_box(&returns), &how).unwrap()));
    group.bench_function("reality check, 1000 resamples", |bencher| bencher.iter(|| reality_check(black_box(&returns), &how).unwrap()));
    group.finish();
}

fn one_series(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("6300 days");
    let returns = returns(2);
    let settings = Settings { benchmark: Some(returns.column(1)), ..Settings::of(252.0) };
    group.bench_function("statistics", |bencher| bencher.iter(|| statistics(black_box(returns.column(0)), &settings).unwrap()));
    group.bench_function("rolling year", |bencher| bencher.iter(|| rolling(black_box(returns.column(0)), 252, 252.0, 0.0).unwrap()));
    group.finish();
}

criterion_group!(benches, many_variants, one_series);
criterion_main!(benches);
