use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::random::Random;
use evenkeel_quant::simulate::{Inflation, Plan, Rebalancing};
use evenkeel_quant::spending::{FirstYear, FixedReal, Rule, Spending};

pub(crate) fn history(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut random = Random::stream(seed, 0);
    let mut returns = Matrix::zeros(rows, columns);
    for row in 0..rows {
        let market = 0.03 * random.normal();
        for column in 0..columns {
            returns.set(row, column, 0.006 + market * (column as f64 * 0.3 - 0.2) + 0.02 * random.normal());
        }
    }
    returns
}

pub(crate) fn fixed_real(rate: f64) -> Spending {
    Spending::new(Rule::FixedReal(FixedReal { first: FirstYear::Rate(rate) }), 0.0, f64::INFINITY).unwrap()
}

pub(crate) fn plan(weights: &[f64], spending: Spending) -> Plan {
    Plan {
        periods_per_year: 12,
        years: 30,
        value: 1e6,
        weights: vec![weights.to_vec()],
        start: None,
        costs: vec![0.001; weights.len()],
        rebalancing: Rebalancing::Every { periods: 12 },
        spending,
        payments_per_year: 1,
        flows: Vec::new(),
        inflation: Inflation::Constant(0.025),
        watches: Vec::new(),
        looks_per_year: 1,
        lost: None,
    }
}

pub(crate) fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1e-9)
}
