//! VaR and CVaR of 10,000 positions under 10,000 scenarios, with what each position adds.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::random::Random;
use evenkeel_quant::risk::monte_carlo::{Draws, Shape, simulate};
use evenkeel_quant::risk::tail_parts::components;

const POSITIONS: usize = 10_000;
const SCENARIOS: usize = 10_000;
const FACTORS: usize = 50;

fn risk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("risk of 10,000 positions under 10,000 scenarios");
    group.sample_size(10);
    let mut random = Random::stream(1, 0);
    let loadings = Matrix::from_fn(POSITIONS, FACTORS, |_, _| 0.02 * random.uniform());
    let specific = (0..POSITIONS).map(|_| 0.0004 * random.uniform()).collect();
    let covariance = Covariance::from_factors(loadings, specific).unwrap();
    let (mean, weights) = (vec![0.0; POSITIONS], vec![1e-4; POSITIONS]);
    for (name, shape) in [("drawn from 50 factors, normal", Shape::Normal), ("drawn from 50 factors, t", Shape::Student(5.0))] {
        let draws = Draws { shape, scenarios: SCENARIOS, seed: 7 };
        group.bench_function(name, |bencher| {
            bencher.iter(|| simulate(black_box(&mean), &covariance, &weights, 0.99, draws).unwrap());
        });
    }
    // 800 MB: a table that no factors made.
    let profit = Matrix::from_fn(SCENARIOS, POSITIONS, |_, _| 1e-6 * (random.uniform() - 0.5));
    group.bench_function("given as a table", |bencher| bencher.iter(|| components(black_box(&profit), 0.99).unwrap()));
    group.finish();
}

criterion_group!(benches, risk);
criterion_main!(benches);
