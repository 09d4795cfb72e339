//! Portfolios of least CVaR and other scenario risk, from returns with five common factors.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::program::Region;
use evenkeel_quant::optimize::scenario::measure::Measure;
use evenkeel_quant::optimize::scenario::measures::cvar::Cvar;
use evenkeel_quant::optimize::scenario::measures::drawdown::Drawdown;
use evenkeel_quant::optimize::scenario::measures::mean_absolute_deviation::MeanAbsoluteDeviation;
use evenkeel_quant::optimize::scenario::{Objective, ScenarioProgram};

/// Nearly normal numbers from a seed (xorshift, sums of twelve).
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Daily returns: five factors, and what each asset has of its own; every twentieth day is wild.
fn returns(scenarios: usize, assets: usize) -> Matrix {
    let mut draw = Draw(20_264);
    let loadings = Matrix::from_fn(assets, 5, |_, factor| if factor == 0 { 0.5 + draw.uniform() } else { 0.3 * draw.normal() });
    let own: Vec<f64> = (0..assets).map(|_| 0.005 + 0.02 * draw.uniform()).collect();
    let mut panel = Matrix::zeros(scenarios, assets);
    for day in 0..scenarios {
        let size = if draw.uniform() < 0.05 { 2.5 } else { 1.0 };
        let factors: Vec<f64> = (0..5).map(|_| 0.01 * size * draw.normal()).collect();
        for (asset, own) in own.iter().enumerate() {
            let common: f64 = factors.iter().enumerate().map(|(factor, value)| loadings.get(asset, factor) * value).sum();
            panel.set(day, asset, 0.0004 + common + own * size * draw.normal());
        }
    }
    panel
}

fn least_risk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("least risk");
    group.sample_size(20).measurement_time(Duration::from_secs(5));
    let mut bench = |measure: &dyn Measure, scenarios: usize, assets: usize| {
        let (returns, region) = (returns(scenarios, assets), Region::long_only(assets));
        group.bench_function(format!("{}, {scenarios} x {assets}", measure.name()), |bencher| {
            bencher.iter(|| ScenarioProgram::new(black_box(&returns), measure, &region).solve(&Objective::MinimumRisk).unwrap());
        });
    };
    for (scenarios, assets) in [(1000, 100), (2500, 100), (1000, 500)] {
        bench(&Cvar { confidence: 0.95 }, scenarios, assets);
    }
    bench(&MeanAbsoluteDeviation, 2500, 100);
    bench(&Drawdown::Conditional { confidence: 0.95 }, 2500, 100);
    bench(&Drawdown::Maximum, 2500, 100);
    group.finish();
}

criterion_group!(benches, least_risk);
criterion_main!(benches);
