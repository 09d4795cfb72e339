//! One task on returns read from a file, timed in CPU time of one thread; `bench/compare.py` runs it beside its peers.
//!
//! `compare TASK RETURNS ROWS COLUMNS REPEATS ANSWER` reads little-endian f64 column by column, writes the answer
//! the same way and prints one line of JSON.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, missing_docs, reason = "a benchmark")]

use std::fs;
use std::hint::black_box;
use std::sync::Arc;

use evenkeel_quant::allocate::hierarchical::risk_parity::hierarchical_risk_parity;
use evenkeel_quant::allocate::risk_budget::volatility::risk_budget;
use evenkeel_quant::estimate::cluster::distance::Distances;
use evenkeel_quant::estimate::cluster::leaf_order::{LeafOrder, order_leaves};
use evenkeel_quant::estimate::cluster::linkage::{Linkage, link};
use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::estimate::covariance::gerber::{GerberDenominator, gerber};
use evenkeel_quant::estimate::covariance::ledoit_wolf::ledoit_wolf_identity;
use evenkeel_quant::estimate::covariance::sample::sample_covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::problem::{Measure, Moments, Objective, Problem, ScenarioMeasure, solve};
use evenkeel_quant::optimize::program::{Cost, Program, Region, Spread};
use evenkeel_quant::optimize::solution::{WarmStart, WorkLimit};
use evenkeel_quant::optimize::{frontier, interior_point};
use rustix::time::{ClockId, clock_gettime};

/// Seconds of CPU that this thread has used.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// Greatest memory that this process has used, in kB; Linux tells.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn read(path: &str) -> Vec<f64> {
    fs::read(path).unwrap().chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn mean(returns: &Matrix) -> Vec<f64> {
    returns.iter_columns().map(|column| column.iter().sum::<f64>() / returns.rows() as f64).collect()
}

fn sample(returns: &Matrix) -> Arc<Covariance> {
    Arc::new(sample_covariance(returns, 1).unwrap())
}

fn problem(objective: Objective, measure: Measure, moments: Moments) -> Vec<f64> {
    let problem = Problem { objective, measure, moments, costs: Vec::new(), budget: 1.0, constraints: Vec::new() };
    solve(black_box(&problem), None).unwrap().weights
}

/// Shares of risk that are all the same.
fn risk_parity(covariance: &Covariance) -> Vec<f64> {
    risk_budget(covariance, &vec![1.0; covariance.size()]).unwrap().weights
}

fn hierarchical(covariance: &Covariance) -> Vec<f64> {
    let distances = Distances::of_correlation(covariance);
    let tree = order_leaves(&link(&distances, Linkage::Single), &distances, LeafOrder::BottomUp).unwrap();
    hierarchical_risk_parity(covariance, &tree).unwrap()
}

/// Weights of every turning point, one after the other.
fn turning_points(covariance: &Arc<Covariance>, expected: &[f64]) -> Vec<f64> {
    let mut program = Program::minimum_variance(Arc::clone(covariance), Region::long_only(covariance.size()));
    program.linear = expected.iter().map(|mean| -mean).collect();
    frontier::trace(&program, WorkLimit::default()).unwrap().points().iter().flat_map(|point| point.weights.clone()).collect()
}

/// A fund on given factors: the file has the loadings of an asset in 20 columns, then its specific
/// variance, expected return and weight held; half may be traded, at 2 bp.
fn fund(table: &Matrix) -> Program {
    let assets = table.rows();
    let loadings = Matrix::from_fn(assets, 20, |asset, factor| table.get(asset, factor));
    let covariance = Covariance::from_factors(loadings, table.column(20).to_vec()).unwrap();
    let mut program = Program::minimum_variance(Arc::new(covariance), Region::long_only(assets));
    let held = table.column(22);
    program.scale = 5.0;
    program.linear = table.column(21).iter().map(|mean| -mean).collect();
    program.costs = held.iter().map(|held| Cost::proportional(*held, 0.0002, 0.0002)).collect();
    program.region.upper = vec![0.05; assets];
    program.region.spreads = vec![Spread { origin: held.to_vec(), above: vec![1.0; assets], below: vec![1.0; assets], limit: 0.5 }];
    program
}

/// What is timed, with all that it needs made before.
fn task(name: &str, returns: Matrix) -> Box<dyn FnMut() -> Vec<f64>> {
    match name {
        "covariance" => Box::new(move || sample_covariance(black_box(&returns), 1).unwrap().matrix().values().to_vec()),
        "ledoit_wolf" => Box::new(move || ledoit_wolf_identity(black_box(&returns)).unwrap().covariance.matrix().values().to_vec()),
        "gerber" => Box::new(move || {
            gerber(black_box(&returns), 0.5, GerberDenominator::GeometricMean).unwrap().covariance.matrix().values().to_vec()
        }),
        "minimum_variance" => Box::new(move || {
            let moments = Moments { covariance: Some(sample(black_box(&returns))), ..Moments::default() };
            problem(Objective::MinimumRisk, Measure::Variance, moments)
        }),
        "maximum_sharpe" => Box::new(move || {
            let covariance = Some(sample(black_box(&returns)));
            let moments = Moments { expected: mean(&returns), covariance, scenarios: None };
            problem(Objective::MaximumRatio { risk_free: 0.0 }, Measure::Variance, moments)
        }),
        "cvar" => {
            let scenarios = Arc::new(returns);
            Box::new(move || {
                let moments = Moments { scenarios: Some(Arc::clone(&scenarios)), ..Moments::default() };
                problem(Objective::MinimumRisk, Measure::Scenario(ScenarioMeasure::ConditionalValueAtRisk { confidence: 0.95 }), moments)
            })
        }
        "risk_parity" => {
            let covariance = sample(&returns);
            Box::new(move || risk_parity(black_box(&covariance)))
        }
        "hrp" => {
            let covariance = sample(&returns);
            Box::new(move || hierarchical(black_box(&covariance)))
        }
        "frontier" => {
            let (covariance, expected) = (sample(&returns), mean(&returns));
            Box::new(move || turning_points(black_box(&covariance), &expected))
        }
        "fund" => {
            let program = fund(&returns);
            Box::new(move || interior_point::solve(black_box(&program), None, WorkLimit::default()).unwrap().weights)
        }
        "fund_warm" => {
            let mut program = fund(&returns);
            let start = WarmStart::from(&interior_point::solve(&program, None, WorkLimit::default()).unwrap());
            for slope in &mut program.linear {
                *slope *= 1.002;
            }
            Box::new(move || interior_point::solve(black_box(&program), Some(&start), WorkLimit::default()).unwrap().weights)
        }
        other => unreachable!("no task is called {other}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [name, path, rows, columns, repeats, answer] = arguments.as_slice() else {
        println!("run by bench/compare.py");
        return;
    };
    let (rows, columns): (usize, usize) = (rows.parse().unwrap(), columns.parse().unwrap());
    let mut run = task(name, Matrix::from_columns(rows, columns, read(path)).unwrap());
    let mut found = run();
    let mut seconds = Vec::new();
    for _ in 0..repeats.parse::<usize>().unwrap() {
        let start = cpu();
        found = run();
        seconds.push(cpu() - start);
    }
    fs::write(answer, found.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    println!("{{\"seconds\": {seconds:?}, \"peak\": {}}}", peak());
}
