//! Programs from a seed: the ordinary, the degenerate and the contradictory.

use std::sync::Arc;

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::gram;
use evenkeel_quant::optimize::program::{Cost, Kink, Program, Region, RiskLimit, Rows, Spread};

use super::random::Random;

/// What is known of a program before it is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// There is a feasible point, and the objective is bounded on the region.
    Solvable,
    /// Two limits contradict one another.
    Infeasible,
    /// The objective falls without end.
    Unbounded,
}

/// A program and what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) program: Program,
    pub(crate) known: Known,
}

/// Which parts a program may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    /// Costs with kinks, quadratic and 3/2-power.
    pub(crate) costs: bool,
    /// Turnover, leverage.
    pub(crate) spreads: bool,
    /// Limits on risk.
    pub(crate) risks: bool,
}

impl Parts {
    /// A quadratic program with bounds and rows.
    pub(crate) const QUADRATIC: Self = Self { costs: false, spreads: false, risks: false };
    /// Everything.
    pub(crate) const ALL: Self = Self { costs: true, spreads: true, risks: true };
}

/// The program of a seed. One in twelve has no feasible point, and one in twenty-five no end.
pub(crate) fn case(seed: u64, parts: Parts) -> Case {
    let random = &mut Random::new(seed);
    let size = if random.chance(5) {
        1
    } else if random.chance(10) {
        random.count(15, 40)
    } else {
        random.count(2, 12)
    };
    // Returns in other units.
    let unit = random.pick(&[1.0, 1.0, 1.0, 1.0, 1e-4, 1e4, 1e-8, 1e8]);
    if random.chance(4) {
        return Case { program: endless(random, size, unit), known: Known::Unbounded };
    }
    let covariance = Arc::new(covariance(random, size, unit));
    let (region, point) = region(random, size);
    let mut program = Program::minimum_variance(Arc::clone(&covariance), region);
    objective(random, &mut program, &point, unit);
    if parts.costs && random.chance(40) {
        program.costs = (0..size).map(|asset| cost(random, point[asset], unit)).collect();
    }
    if parts.spreads {
        spreads(random, &mut program.region, &point);
    }
    if parts.risks && random.chance(35) {
        for _ in 0..random.count(1, 2) {
            let risk = risk_limit(random, &covariance, &point);
            program.region.risks.extend(risk);
        }
    }
    if random.chance(8) {
        contradict(random, &mut program.region);
        return Case { program, known: Known::Infeasible };
    }
    Case { program, known: Known::Solvable }
}

/// Sample covariances of full and lower rank, with twins, without variance, badly scaled, in factor form.
fn covariance(random: &mut Random, size: usize, unit: f64) -> Covariance {
    let spread = random.pick(&[0.0, 0.5, 0.5, 2.0]);
    let volatilities: Vec<f64> = (0..size).map(|_| 0.01 * unit * 10_f64.powf(spread * random.between(-1.0, 1.0))).collect();
    if random.chance(30) {
        let factors = random.count(1, 4);
        let loadings = Matrix::from_fn(size, factors, |asset, _| volatilities[asset] * random.normal());
        let own = |asset: usize, random: &mut Random| if random.chance(15) { 0.0 } else { (volatilities[asset] * random.unit()).powi(2) };
        return Covariance::from_factors(loadings, (0..size).map(|asset| own(asset, random)).collect()).unwrap();
    }
    let days = if random.chance(25) { random.count(1, size) } else { size + random.count(2, 40) };
    let market: Vec<f64> = (0..days).map(|_| random.normal()).collect();
    let mut returns =
        Matrix::from_fn(days, size, |day, asset| volatilities[asset] * (0.5 * market[day] + random.normal()) / (days as f64).sqrt());
    if size > 1 && random.chance(15) {
        let twin = returns.column(0).to_vec();
        returns.column_mut(size - 1).copy_from_slice(&twin);
    }
    if random.chance(10) {
        returns.column_mut(0).fill(0.0);
    }
    Covariance::from_matrix(gram(&returns)).unwrap()
}

/// A region around a point that it holds.
fn region(random: &mut Random, size: usize) -> (Region, Vec<f64>) {
    let long = random.chance(65);
    let mut point: Vec<f64> = (0..size).map(|_| if long { random.unit().powi(3) } else { random.normal() }).collect();
    let sum: f64 = point.iter().sum();
    let total = if long || random.chance(50) { 1.0 } else { 0.0 };
    // To the total: in proportion, or all by the same where that would blow up.
    let (factor, shift) = if long { (total / sum, 0.0) } else { (1.0, (total - sum) / size as f64) };
    for x in &mut point {
        *x = *x * factor + shift;
    }
    let mut region = Region::long_only(size);
    region.rows = Rows { matrix: Matrix::from_fn(1, size, |_, _| 1.0), lower: vec![total], upper: vec![total] };
    let width = random.pick(&[0.0, 0.05, 0.5, 0.5]);
    for (asset, x) in point.iter().enumerate() {
        let (below, above) = (width * random.unit(), width * random.unit());
        (region.lower[asset], region.upper[asset]) = match (long, random.count(0, 3)) {
            (true, 0) => (0.0, f64::INFINITY),
            (true, 1) => (0.0, x + above),
            (_, 2) => (x - below, x + above),
            (true, _) => ((x - below).max(0.0), 1.0),
            (false, _) => (x - 1.0, x + 1.0),
        };
    }
    rows(random, &mut region, &point);
    (region, point)
}

/// Further rows through or around the point, some of them twice.
fn rows(random: &mut Random, region: &mut Region, point: &[f64]) {
    let size = point.len();
    let mut entries = vec![vec![1.0; size]];
    for _ in 0..random.count(0, 4) {
        let group = random.chance(60);
        let copy = random.chance(10);
        let row: Vec<f64> = if copy {
            entries[random.count(0, entries.len() - 1)].clone()
        } else if group {
            (0..size).map(|_| if random.chance(40) { 1.0 } else { 0.0 }).collect()
        } else {
            (0..size).map(|_| random.normal()).collect()
        };
        let value: f64 = row.iter().zip(point).map(|(a, x)| a * x).sum();
        let (below, above) = (0.2 * random.unit(), 0.2 * random.unit());
        let (lower, upper) = match random.count(0, 4) {
            0 => (f64::NEG_INFINITY, value + above),
            1 => (value - below, f64::INFINITY),
            2 => (value - below, value + above),
            3 => (f64::NEG_INFINITY, value),
            _ => (value, value),
        };
        region.rows.lower.push(lower);
        region.rows.upper.push(upper);
        entries.push(row);
    }
    region.rows.matrix = Matrix::from_fn(entries.len(), size, |row, asset| entries[row][asset]);
}

/// Minimum variance, utility, a benchmark to track, a linear objective, or none.
fn objective(random: &mut Random, program: &mut Program, point: &[f64], unit: f64) {
    let size = point.len();
    let bounded = (0..size).all(|asset| program.region.lower[asset].is_finite());
    match random.count(0, 9) {
        0..=2 => {}
        3..=5 => {
            program.linear = (0..size).map(|_| -0.001 * unit * random.normal()).collect();
            program.scale = random.pick(&[0.1, 1.0, 5.0, 20.0]) / unit;
        }
        6 | 7 => {
            program.center = point.iter().map(|x| (x + 0.1 * random.normal() / size as f64).max(0.0)).collect();
            program.linear = (0..size).map(|_| -1e-5 * unit * unit * random.normal()).collect();
        }
        8 if bounded => {
            program.quadratic = None;
            program.linear = (0..size).map(|_| unit * random.normal()).collect();
        }
        _ => {
            program.linear = vec![0.0; size];
            program.scale = if random.chance(50) { 0.0 } else { 1.0 };
        }
    }
}

fn cost(random: &mut Random, origin: f64, unit: f64) -> Cost {
    let rate = 0.0005 * unit * random.unit();
    let mut cost = Cost::proportional(origin, rate, rate * random.unit());
    match random.count(0, 3) {
        0 => cost.quadratic = 0.01 * unit * random.unit(),
        1 => cost.power = 0.005 * unit * random.unit(),
        2 => {
            cost.kinks.push(Kink { at: origin + 0.1 * random.unit(), jump: rate });
            cost.kinks.insert(0, Kink { at: origin - 0.1 * random.unit(), jump: rate });
            cost.slope -= rate;
        }
        _ => {}
    }
    cost
}

/// Turnover around a point nearby, and leverage.
fn spreads(random: &mut Random, region: &mut Region, point: &[f64]) {
    let size = point.len();
    if random.chance(30) {
        let origin: Vec<f64> = point.iter().map(|x| if random.chance(50) { *x } else { x + 0.2 * random.normal() / size as f64 }).collect();
        let (above, below) = (vec![1.0; size], vec![random.pick(&[0.0, 1.0, 1.0]); size]);
        let mut turnover = Spread { origin, above, below, limit: 0.0 };
        turnover.limit = turnover.value(point) + random.pick(&[0.0, 0.02, 0.3]) * random.unit();
        region.spreads.push(turnover);
    }
    if random.chance(20) {
        let mut leverage = Spread { origin: vec![0.0; size], above: vec![1.0; size], below: vec![1.0; size], limit: 0.0 };
        leverage.limit = leverage.value(point) * random.between(1.0, 1.3);
        region.spreads.push(leverage);
    }
}

/// A volatility or tracking error that the point has, or a little more.
fn risk_limit(random: &mut Random, covariance: &Arc<Covariance>, point: &[f64]) -> Option<RiskLimit> {
    let center = if random.chance(50) { vec![0.0; point.len()] } else { point.iter().map(|x| x + 0.1 * random.normal()).collect() };
    let mut limit = RiskLimit { covariance: Arc::clone(covariance), center, volatility: 0.0 };
    limit.volatility = limit.value(point) * random.pick(&[1.001, 1.05, 1.5]);
    let gross: f64 = covariance.volatilities().into_iter().fold(0.0, f64::max);
    (limit.volatility > 1e-3 * gross).then_some(limit)
}

/// Adds rows that cannot hold together with the bounds or with one another.
fn contradict(random: &mut Random, region: &mut Region) {
    let size = region.size();
    let gap = random.pick(&[1e-3, 0.1, 1.0]);
    let row: Vec<f64> = (0..size).map(|asset| if asset == 0 || random.chance(40) { 1.0 } else { 0.0 }).collect();
    let rows = region.rows.lower.len();
    let matrix = &region.rows.matrix;
    region.rows.matrix = Matrix::from_fn(rows + 2, size, |at, asset| if at < rows { matrix.get(at, asset) } else { row[asset] });
    let level = random.between(-0.5, 1.5);
    region.rows.lower.extend([level + gap, f64::NEG_INFINITY]);
    region.rows.upper.extend([f64::INFINITY, level]);
}

/// Nothing to stop what pays.
fn endless(random: &mut Random, size: usize, unit: f64) -> Program {
    let region = Region {
        lower: vec![0.0; size],
        upper: vec![f64::INFINITY; size],
        rows: Rows { matrix: Matrix::zeros(0, size), lower: Vec::new(), upper: Vec::new() },
        spreads: Vec::new(),
        risks: Vec::new(),
    };
    let mut linear: Vec<f64> = (0..size).map(|_| unit * random.normal()).collect();
    linear[0] = -unit * random.between(0.5, 2.0);
    Program { quadratic: None, scale: 0.0, center: vec![0.0; size], linear, costs: Vec::new(), region }
}
