//! Risk budgets and hierarchical risk parity from a covariance.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use evenkeel_quant::allocate::hierarchical::risk_parity::hierarchical_risk_parity;
use evenkeel_quant::allocate::risk_budget::volatility::risk_budget;
use evenkeel_quant::estimate::cluster::distance::Distances;
use evenkeel_quant::estimate::cluster::leaf_order::{LeafOrder, order_leaves};
use evenkeel_quant::estimate::cluster::linkage::{Linkage, link};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;

/// A market, ten industries and what each asset has of its own.
fn factors(assets: usize) -> Covariance {
    let wave = |at: usize, step: f64| (at as f64 * step).sin();
    let loadings = Matrix::from_fn(assets, 11, |asset, factor| match factor {
        0 => 0.01 + 0.004 * wave(asset, 0.7),
        industry if asset % 10 + 1 == industry => 0.006 + 0.002 * wave(asset, 1.3),
        _ => 0.0,
    });
    Covariance::from_factors(loadings, (0..assets).map(|asset| (0.015 + 0.007 * wave(asset, 2.1)).powi(2)).collect()).unwrap()
}

fn dense(assets: usize) -> Covariance {
    Covariance::from_matrix(factors(assets).matrix().into_owned()).unwrap()
}

fn risk_budgets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("risk_budget");
    for assets in [100, 500, 1000] {
        let (factors, dense) = (factors(assets), dense(assets));
        let uneven: Vec<f64> = (1..=assets).map(|asset| asset as f64).collect();
        for (name, covariance, budgets) in
            [("equal", &dense, vec![1.0; assets]), ("uneven", &dense, uneven), ("equal, factor form", &factors, vec![1.0; assets])]
        {
            group.bench_function(BenchmarkId::new(name, assets), |bencher| {
                bencher.iter(|| risk_budget(black_box(covariance), black_box(&budgets)).unwrap());
            });
        }
    }
    group.finish();
}

fn hierarchical(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hierarchical_risk_parity");
    for assets in [100, 500, 1000] {
        let covariance = dense(assets);
        for (name, linkage, order) in [
            ("single", Linkage::Single, LeafOrder::BottomUp),
            ("ward", Linkage::Ward, LeafOrder::BottomUp),
            ("ward, optimal order", Linkage::Ward, LeafOrder::Optimal),
        ] {
            group.bench_function(BenchmarkId::new(name, assets), |bencher| {
                bencher.iter(|| {
                    let distances = Distances::of_correlation(black_box(&covariance));
                    let tree = order_leaves(&link(&distances, linkage), &distances, order).unwrap();
                    hierarchical_risk_parity(&covariance, &tree).unwrap()
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, risk_budgets, hierarchical);
criterion_main!(benches);
