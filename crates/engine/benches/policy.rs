//! How long `evenkeel check` takes: reading a policy, saying what it means, comparing two.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark may panic")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel::diagnostic::SourceText;
use evenkeel::policy::{Policy, check_universe, diff, explain, template};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;

fn parse(text: &str) -> Policy {
    Policy::parse(SourceText { file: "policy.toml", text }).value.unwrap()
}

/// A policy of 500 stocks in 10 sectors, equally weighted.
fn of_500_stocks() -> String {
    let mut text = "schema_version = 1\nname = \"500\"\nbase_currency = \"USD\"\n[bands]\nrelative = 0.25\n".to_owned();
    for sector in 0..10 {
        writeln!(text, "[[target]]\nclass = \"Sector {sector}\"\nweight = 0.1").unwrap();
        for stock in 0..50 {
            writeln!(text, "[[target]]\nclass = \"Sector {sector}/Stock {stock}\"\nweight = 0.02\ninstruments = [\"S{sector}_{stock}\"]")
                .unwrap();
        }
    }
    text
}

fn universe() -> Universe {
    let stock = |sector: usize, stock: usize| {
        let class = ClassPath::new(&format!("Sector {sector}/Stock {stock}")).unwrap();
        Instrument::new(format!("S{sector}_{stock}"), class, Currency::USD)
    };
    Universe::new((0..500).map(|index| stock(index / 50, index % 50)).collect()).unwrap()
}

fn policies(criterion: &mut Criterion) {
    let (small, large, universe) = (template(), of_500_stocks(), universe());
    criterion.bench_function("policy/read the template", |bencher| bencher.iter(|| parse(black_box(small))));
    criterion.bench_function("policy/read 500 stocks", |bencher| bencher.iter(|| parse(black_box(&large))));
    let (balanced, stocks) = (parse(small), parse(&large));
    criterion.bench_function("policy/explain the template", |bencher| bencher.iter(|| explain(black_box(&balanced))));
    criterion.bench_function("policy/compare 500 stocks", |bencher| bencher.iter(|| diff(black_box(&stocks), black_box(&stocks))));
    criterion.bench_function("policy/check 500 stocks against instruments", |bencher| {
        bencher.iter(|| check_universe(black_box(&stocks), black_box(&universe)));
    });
}

criterion_group!(benches, policies);
criterion_main!(benches);
