//! Thirty years of a portfolio that spends, on many paths.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::num::NonZero;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::random::Random;
use evenkeel_quant::simulate::answer::Confidence;
use evenkeel_quant::simulate::moments::Moments;
use evenkeel_quant::simulate::source::garch::StartVariance;
use evenkeel_quant::simulate::source::{
    BlockBootstrap, Copula, Dependence, Ends, FilteredHistory, Lognormal, RegimeSwitching, StationaryBootstrap, Student,
};
use evenkeel_quant::simulate::{Inflation, Model, Plan, Rebalancing, Simulation};
use evenkeel_quant::spending::{FirstYear, FixedReal, Rule, Spending};

// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ASSETS: usize = 6;

/// Thirty years of months, with a common factor.
fn history() -> Matrix {
    let mut random = Random::stream(11, 0);
    let mut returns = Matrix::zeros(360, ASSETS);
    for row in 0..360 {
        let market = 0.03 * random.normal();
        for column in 0..ASSETS {
            returns.set(row, column, 0.006 + market * (column as f64 * 0.2) + 0.02 * random.normal());
        }
    }
    returns
}

fn plan(rebalancing: Rebalancing) -> Plan {
    Plan {
        periods_per_year: 12,
        years: 30,
        value: 1e6,
        weights: vec![vec![0.3, 0.2, 0.2, 0.1, 0.1, 0.1]],
        start: None,
        costs: vec![0.001; ASSETS],
        rebalancing,
        spending: Spending::new(Rule::FixedReal(FixedReal { first: FirstYear::Rate(0.04) }), 0.0, f64::INFINITY).unwrap(),
        payments_per_year: 1,
        flows: Vec::new(),
        inflation: Inflation::Constant(0.025),
        watches: Vec::new(),
        looks_per_year: 1,
        lost: None,
    }
}

fn yearly(model: Model) -> Simulation {
    Simulation::new(plan(Rebalancing::Every { periods: 12 }), model).unwrap()
}

fn sources(criterion: &mut Criterion) {
    let returns = history();
    let moments = Moments::of_returns(&returns).unwrap();
    let block = Model::Block(BlockBootstrap::new(&returns, 12, Ends::Circular).unwrap());
    let mut group = criterion.benchmark_group("simulate, 10,000 paths x 30 years monthly x 6 assets, one thread");
    group.sample_size(20);
    let models = [
        ("block", block.clone()),
        ("stationary", Model::Stationary(StationaryBootstrap::new(&returns, 12.0).unwrap())),
        ("lognormal", Model::Lognormal(Lognormal::new(&moments).unwrap())),
        ("t", Model::Student(Student::new(&moments, 5.0).unwrap())),
        ("t copula", Model::Copula(Copula::new(&returns, Dependence::Student { degrees: 5.0 }).unwrap())),
        ("garch", Model::FilteredHistory(FilteredHistory::new(&returns, StartVariance::Latest).unwrap())),
        ("regime", Model::RegimeSwitching(RegimeSwitching::fit(&returns).unwrap())),
    ];
    for (name, model) in models {
        let simulation = yearly(model);
        group.bench_function(BenchmarkId::new("yearly", name), |bencher| {
            bencher.iter(|| simulation.run(black_box(7), 10_000, NonZero::<usize>::MIN).unwrap());
        });
    }
    let bands = Rebalancing::Bands { check_every: 3, half_widths: vec![vec![0.05; ASSETS]] };
    let simulation = Simulation::new(plan(bands), block.clone()).unwrap();
    group.bench_function(BenchmarkId::new("bands looked at quarterly", "block"), |bencher| {
        bencher.iter(|| simulation.run(black_box(7), 10_000, NonZero::<usize>::MIN).unwrap());
    });
    let outcome = yearly(block).run(7, 10_000, NonZero::<usize>::MIN).unwrap();
    let confidence = Confidence::new(0.95).unwrap();
    group.bench_function("quantiles of wealth and spending by year", |bencher| {
        bencher.iter(|| {
            for year in 0..30 {
                black_box(confidence.quantiles(&mut outcome.wealth(year), &[0.05, 0.25, 0.5, 0.75, 0.95]));
                black_box(confidence.quantiles(&mut outcome.spending(year), &[0.05, 0.25, 0.5, 0.75, 0.95]));
            }
        });
    });
    group.finish();
}

fn million(criterion: &mut Criterion) {
    let simulation = yearly(Model::Block(BlockBootstrap::new(&history(), 12, Ends::Circular).unwrap()));
    let mut group = criterion.benchmark_group("simulate, a million paths");
    group.sample_size(10);
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::from_parameter(threads), |bencher| {
            bencher.iter(|| simulation.run(black_box(7), 1_000_000, NonZero::new(threads).unwrap()).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, sources, million);
criterion_main!(benches);
