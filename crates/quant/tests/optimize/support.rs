//! Case files, generated programs, and a check of optimality that shares nothing with the solvers.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::program::{Program, Region, Rows};
use evenkeel_quant::optimize::solution::Solution;
use serde_json::Value;

pub(crate) use crate::shared::{case, numbers, text};

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// What all the cases start from.
pub(crate) struct Market {
    pub(crate) mean: Vec<f64>,
    pub(crate) covariance: Covariance,
    pub(crate) returns: Vec<Vec<f64>>,
    pub(crate) sectors: Vec<String>,

    pub(crate) benchmark: Vec<f64>,
    pub(crate) current: Vec<f64>,
    pub(crate) benchmark_returns: Vec<f64>,
}

impl Market {
    pub(crate) fn read() -> Option<Self> {
        let (returns, assets, benchmark) = (
            text("../shared/cases/optim_returns.csv")?,
            text("../shared/cases/optim_assets.csv")?,
            text("../shared/cases/optim_benchmark.csv")?,
        );
        let fields = |line: &str| line.split(',').skip(1).map(|field| field.parse().unwrap()).collect::<Vec<f64>>();
        let returns: Vec<Vec<f64>> = returns.lines().skip(1).map(fields).collect();
        let benchmark_returns: Vec<f64> = benchmark.lines().skip(1).map(|line| fields(line)[0]).collect();
        let rows: Vec<Vec<&str>> = assets.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let share = |column: usize| {
            let values: Vec<f64> = rows.iter().map(|row| row[column].parse().unwrap()).collect();
            let total: f64 = values.iter().sum();
            values.into_iter().map(|value| value / total).collect::<Vec<f64>>()
        };
        let (mean, covariance) = moments(&returns);
        let sectors = rows.iter().map(|row| row[1].to_owned()).collect();
        Some(Self { mean, covariance, returns, sectors, benchmark: share(2), current: share(3), benchmark_returns })
    }
}

/// Mean and sample covariance (divisor T − 1) by their definitions.
pub(crate) fn moments(returns: &[Vec<f64>]) -> (Vec<f64>, Covariance) {
    let (periods, assets) = (returns.len() as f64, returns[0].len());
    let mean: Vec<f64> = (0..assets).map(|asset| returns.iter().map(|row| row[asset]).sum::<f64>() / periods).collect();
    let entry = |i: usize, j: usize| returns.iter().map(|row| (row[i] - mean[i]) * (row[j] - mean[j])).sum::<f64>() / (periods - 1.0);
    let covariance = Covariance::from_matrix(Matrix::from_fn(assets, assets, entry)).unwrap();
    (mean, covariance)
}

/// Long-only weights that sum to 1 with more rows.
pub(crate) fn long_only_with(assets: usize, rows: &[(Vec<f64>, f64, f64)]) -> Region {
    let mut region = Region::long_only(assets);
    let all: Vec<(Vec<f64>, f64, f64)> = std::iter::once((vec![1.0; assets], 1.0, 1.0)).chain(rows.iter().cloned()).collect();
    region.rows = Rows {
        matrix: Matrix::from_fn(all.len(), assets, |row, column| all[row].0[column]),
        lower: all.iter().map(|row| row.1).collect(),
        upper: all.iter().map(|row| row.2).collect(),
    };
    region
}

pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let worst = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance, "{what}: off by {worst:e}\nfound    {found:?}\nexpected {expected:?}");
}

/// The largest violation of the conditions of Karush, Kuhn and Tucker, relative to the size of what
/// is compared: of limits to the weights, of slopes to the slopes.
pub(crate) fn kkt_residual(program: &Program, solution: &Solution) -> f64 {
    let (x, region) = (&solution.weights, &program.region);
    let limits =
        region.lower.iter().chain(&region.upper).chain(&region.rows.lower).chain(&region.rows.upper).filter(|limit| limit.is_finite());
    let size = x.iter().chain(limits).fold(1e-300, |largest: f64, value| largest.max(value.abs()));
    let (y, z) = (&solution.multipliers.rows, &solution.multipliers.bounds);
    let mut worst = 0.0_f64;
    // Slopes.
    let gradient = program.gradient(x);
    let mut slope_size = gradient.iter().chain(&program.linear).fold(1e-300, |largest: f64, slope| largest.max(slope.abs()));
    let curvature = program.quadratic.as_ref().map_or(0.0, |covariance| covariance.variances().into_iter().fold(0.0, f64::max));
    slope_size = slope_size.max(program.scale * curvature * size);
    let mut terms = vec![0.0; x.len()];
    for (asset, term) in terms.iter_mut().enumerate() {
        let rows: f64 = (0..y.len()).map(|row| region.rows.matrix.get(row, asset) * y[row]).sum();
        slope_size = slope_size.max(rows.abs());
        *term = gradient[asset] - rows - z[asset];
    }
    for (asset, term) in terms.iter().enumerate() {
        let (mut low, mut high) = program.costs.get(asset).map_or((0.0, 0.0), |cost| cost.slopes(x[asset]));
        for (spread, theta) in region.spreads.iter().zip(&solution.multipliers.spreads) {
            let distance = x[asset] - spread.origin[asset];
            low += theta * if distance > 0.0 { spread.above[asset] } else { -spread.below[asset] };
            high += theta * if distance < 0.0 { -spread.below[asset] } else { spread.above[asset] };
        }
        slope_size = slope_size.max(low.abs()).max(high.abs());
        worst = worst.max((term + low).max(-(term + high)) / slope_size);
    }
    // Limits, signs and complementarity.
    let mut side = |value: f64, lower: f64, upper: f64, multiplier: f64, unit: f64| {
        worst = worst.max((lower - value) / size / unit).max((value - upper) / size / unit);
        let slack = if multiplier > 0.0 { value - lower } else { upper - value };
        if multiplier != 0.0 {
            worst = worst.max((slack / size / unit).min(1e300).abs() * (multiplier.abs() * unit / slope_size).min(1.0));
        }
    };
    for asset in 0..x.len() {
        side(x[asset], region.lower[asset], region.upper[asset], z[asset], 1.0);
    }
    for (row, y) in y.iter().enumerate() {
        let entries = region.rows.matrix.row(row);
        let unit = entries.iter().fold(1e-300, |largest: f64, entry| largest.max(entry.abs()));
        side(entries.iter().zip(x).map(|(a, x)| a * x).sum(), region.rows.lower[row], region.rows.upper[row], *y, unit);
    }
    for (spread, theta) in region.spreads.iter().zip(&solution.multipliers.spreads) {
        assert!(*theta >= 0.0);
        side(-spread.value(x), -spread.limit, f64::INFINITY, *theta, 1.0);
    }
    worst
}

/// Whether multipliers prove that there is no feasible point: how much by, relative to their size.
pub(crate) fn contradiction(region: &Region, solution: &Solution) -> f64 {
    let (y, z) = (&solution.multipliers.rows, &solution.multipliers.bounds);
    let size = y.iter().chain(z).fold(0.0, |largest: f64, value| largest.max(value.abs()));
    for (asset, z) in z.iter().enumerate() {
        let sum: f64 = (0..y.len()).map(|row| region.rows.matrix.get(row, asset) * y[row]).sum::<f64>() + z;
        assert!(sum.abs() <= 1e-9 * size, "the combination of rows and bounds is not 0 for asset {asset}: {sum:e}");
    }
    let side = |multiplier: f64, lower: f64, upper: f64| {
        if multiplier > 0.0 {
            multiplier * lower
        } else if multiplier < 0.0 {
            multiplier * upper
        } else {
            0.0
        }
    };
    let rows: f64 = y.iter().zip(region.rows.lower.iter().zip(&region.rows.upper)).map(|(y, (l, u))| side(*y, *l, *u)).sum();
    let bounds: f64 = z.iter().zip(region.lower.iter().zip(&region.upper)).map(|(z, (l, u))| side(*z, *l, *u)).sum();
    (rows + bounds) / size
}

/// A fixed sequence of numbers between −1 and 1.
pub(crate) struct Sequence(pub(crate) u64);

impl Sequence {
    pub(crate) fn next(&mut self) -> f64 {
        // Vigna, 2015: splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// Daily returns of assets with a common factor.
    pub(crate) fn returns(&mut self, periods: usize, assets: usize) -> Vec<Vec<f64>> {
        let betas: Vec<f64> = (0..assets).map(|_| 1.0 + 0.5 * self.next()).collect();
        let own: Vec<f64> = (0..assets).map(|_| 0.02 + 0.01 * self.next()).collect();
        (0..periods)
            .map(|_| {
                let market = 0.02 * self.next();
                (0..assets).map(|asset| 0.0003 + betas[asset] * market + own[asset] * self.next()).collect()
            })
            .collect()
    }
}
