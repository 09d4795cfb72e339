//! Attribution of a long history, and rates of return of many flows.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel_quant::attribution::history::{Method, attribute};
use evenkeel_quant::attribution::linking::Linking;
use evenkeel_quant::attribution::segment::Segment;
use evenkeel_quant::performance::money_weighted::{DatedFlow, internal_rates};
use evenkeel_quant::probability::random::Random;

/// 20 years of days by 500 instruments, with weights that move.
fn history() -> Vec<Segment> {
    let mut random = Random::stream(1, 0);
    let mut rows = Vec::with_capacity(5_040 * 500);
    for _ in 0..5_040 {
        let raw: Vec<f64> = (0..1_000).map(|_| random.uniform()).collect();
        let (own, other) = raw.split_at(500);
        let (sum, sum_other) = (own.iter().sum::<f64>(), other.iter().sum::<f64>());
        rows.extend(own.iter().zip(other).map(|(own, other)| Segment {
            portfolio_weight: own / sum,
            benchmark_weight: other / sum_other,
            portfolio_return: 0.01 * random.normal(),
            benchmark_return: 0.01 * random.normal(),
        }));
    }
    rows
}

fn long_history(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("attribution, 5040 days x 500 instruments");
    group.sample_size(10);
    let history = history();
    for (name, linking) in [("Carino", Linking::Carino), ("Menchero", Linking::Menchero), ("Frongello", Linking::Frongello)] {
        let method = Method { linking, ..Method::USUAL };
        group.bench_function(name, |bencher| bencher.iter(|| attribute(black_box(&history), 500, &method).unwrap()));
    }
    group.finish();
}

fn many_flows(criterion: &mut Criterion) {
    let mut random = Random::stream(2, 0);
    // Paid in and taken out by turns: the value stays above 0, so there is one rate.
    let mut flows: Vec<DatedFlow> =
        (0..5_000).map(|day| DatedFlow { day, amount: if day == 0 { -1e7 } else { 2_000.0 * (random.uniform() - 0.5) } }).collect();
    flows.push(DatedFlow { day: 5_000, amount: 2e7 });
    criterion.bench_function("rates of 5000 flows", |bencher| bencher.iter(|| internal_rates(black_box(&flows)).unwrap()));
}

criterion_group!(benches, long_history, many_flows);
criterion_main!(benches);
