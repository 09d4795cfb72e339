//! The same problems as programs with a variable a scenario, solved by Clarabel.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::conic;
use evenkeel_quant::optimize::program::{Cost, Program, Region, Rows};
use evenkeel_quant::optimize::scenario::measure::Measure;
use evenkeel_quant::optimize::scenario::measures::cvar::Cvar;
use evenkeel_quant::optimize::scenario::measures::lower_partial_moment::LowerPartialMoment;
use evenkeel_quant::optimize::scenario::measures::semideviation::Semideviation;
use evenkeel_quant::optimize::scenario::{Objective, ScenarioProgram};
use evenkeel_quant::optimize::solution::Status;

use crate::worlds::Draw;

/// Variables w, a threshold and a shortfall uₜ ≥ −Xₜ w − a in each scenario, at a price or squared.
fn lifted(returns: &Matrix, upper: f64, threshold: bool, price: f64, squared: bool) -> Program {
    let (scenarios, assets) = (returns.rows(), returns.columns());
    let size = assets + 1 + scenarios;
    let matrix = Matrix::from_fn(scenarios + 1, size, |row, column| {
        let (is_weight, is_threshold) = (column < assets, column == assets);
        match row.checked_sub(1) {
            None => f64::from(u8::from(is_weight)),
            Some(scenario) if is_weight => returns.get(scenario, column),
            Some(scenario) => f64::from(u8::from(is_threshold || column == assets + 1 + scenario)),
        }
    });
    let mut row_upper = vec![f64::INFINITY; scenarios + 1];
    let mut row_lower = vec![0.0; scenarios + 1];
    (row_upper[0], row_lower[0]) = (1.0, 1.0);
    let mut lower = vec![0.0; size];
    let mut bounds = vec![f64::INFINITY; size];
    bounds[..assets].fill(upper);
    (lower[assets], bounds[assets]) = if threshold { (f64::NEG_INFINITY, f64::INFINITY) } else { (0.0, 0.0) };
    let mut linear = vec![0.0; size];
    linear[assets] = f64::from(u8::from(threshold));
    let mut costs = Vec::new();
    if squared {
        let cost = |at: usize| Cost { quadratic: if at > assets { 2.0 } else { 0.0 }, ..Cost::proportional(0.0, 0.0, 0.0) };
        costs = (0..size).map(cost).collect();
    } else {
        linear[assets + 1..].fill(price);
    }
    let rows = Rows { matrix, lower: row_lower, upper: row_upper };
    let region = Region { lower, upper: bounds, rows, spreads: Vec::new(), risks: Vec::new() };
    Program { quadratic: None, scale: 0.0, center: vec![0.0; size], linear, costs, region }
}

#[test]
fn least_risks_agree_with_clarabel() {
    for seed in 500..560 {
        let mut draw = Draw::new(seed);
        let (scenarios, assets) = (4 + (draw.uniform() * 26.0) as usize, 2 + (draw.uniform() * 6.0) as usize);
        let returns = draw.panel(scenarios, assets);
        let upper = if seed % 2 == 0 { 1.0 } else { 0.6 };
        let region = Region { upper: vec![upper; assets], ..Region::long_only(assets) };
        let count = scenarios as f64;
        let kinds: [(&dyn Measure, bool, f64, bool); 4] = [
            (&Cvar { confidence: 0.9 }, true, 1.0 / (0.1 * count), false),
            (&Cvar { confidence: 0.65 }, true, 1.0 / (0.35 * count), false),
            (&LowerPartialMoment, false, 1.0 / count, false),
            (&Semideviation::AboutZero, false, 0.0, true),
        ];
        for (measure, threshold, price, squared) in kinds {
            let optimum = ScenarioProgram::new(&returns, measure, &region).solve(&Objective::MinimumRisk).unwrap();
            let program = lifted(&returns, upper, threshold, price, squared);
            let solution = conic::solve(&program).unwrap();
            assert_eq!((optimum.status, solution.status), (Status::Optimal, Status::Optimal), "seed {seed}, {measure:?}");
            let value = program.objective(&solution.weights);
            let other = if squared { (value.max(0.0) / count).sqrt() } else { value };
            let tolerance = if squared { 1e-5 } else { 1e-8 };
            assert!((optimum.risk - other).abs() <= tolerance * 0.01, "seed {seed}, {measure:?}: {} and {other}", optimum.risk);
        }
    }
}
