//! History filtered by GARCH: shocks drawn from history, volatilities that swing.
//!
//! > rₜ = m + √hₜ zₜ,  hₜ₊₁ = ω + α (rₜ − m)² + β hₜ,  ω = s² (1 − α − β)
//!
//! | symbol | what | |
//! |---|---|---|
//! | m, s² | mean and variance of a column | of the sample; so s² is the long-run variance (variance targeting) |
//! | α, β | reaction and persistence, each at least 0 and α + β < 1 | by Gaussian maximum likelihood, a column at a time |
//! | zₜ | standardized shocks | whole rows of history, so columns move together as they did |
//!
//! A path starts at the variances that follow the last row of history, or at the long-run ones. A return below −1 is a
//! total loss. (T. Bollerslev, *Generalized Autoregressive Conditional Heteroskedasticity*, Journal of Econometrics 31,
//! 1986; C. Francq, L. Horváth, J.-M. Zakoïan, *Merits and Drawbacks of Variance Targeting in GARCH Models*, 2011;
//! G. Barone-Adesi, K. Giannopoulos, L. Vosper, *VaR without Correlations for Portfolios of Derivative Securities*, 1999.)

use super::{Source, compounded};
use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum};
use crate::probability::random::Random;
use crate::simulate::error::SimulateError;
use crate::simulate::moments::check_returns;

/// Rows that a fit needs.
const LEAST_ROWS: usize = 50;

/// Largest α + β: beyond it the long-run variance is no longer told from the start.
const MOST_PERSISTENCE: f64 = 0.9999;

/// Sides of the search box (logits of α + β and of α's share of it) below which the search ends.
const FINEST: f64 = 1e-7;

/// GARCH(1,1) of one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Garch {
    /// m, a period.
    pub mean: f64,
    /// s²: long-run variance, a period.
    pub variance: f64,
    /// α.
    pub reaction: f64,
    /// β.
    pub persistence: f64,
}

impl Garch {
    /// h of the next period.
    #[inline]
    fn next(&self, variance: f64, shock: f64) -> f64 {
        self.variance * (1.0 - self.reaction - self.persistence) + self.reaction * shock * shock + self.persistence * variance
    }

    /// Fits one column by maximum likelihood. A column that never moves has no swings.
    ///
    /// ```
    /// use evenkeel_quant::simulate::source::garch::Garch;
    /// let returns: Vec<f64> = (0..200).map(|t| if t % 2 == 0 { 0.01 } else { -0.01 }).collect();
    /// let fitted = Garch::fit(&returns)?;
    /// assert!(fitted.reaction >= 0.0 && fitted.reaction + fitted.persistence < 1.0);
    /// # Ok::<(), evenkeel_quant::simulate::SimulateError>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError::TooFewRows`] below 50 returns.
    pub fn fit(returns: &[f64]) -> Result<Self, SimulateError> {
        if returns.len() < LEAST_ROWS {
            return Err(SimulateError::TooFewRows { what: "a fit of GARCH", found: returns.len(), needed: LEAST_ROWS });
        }
        let mean = sum(returns) / count(returns.len());
        let shocks: Vec<f64> = returns.iter().map(|value| value - mean).collect();
        let variance = shocks.iter().map(|shock| shock * shock).sum::<f64>() / count(shocks.len());
        let steady = Self { mean, variance, reaction: 0.0, persistence: 0.0 };
        if variance <= 0.0 {
            return Ok(steady);
        }
        let of = |[total, share]: [f64; 2]| {
            let total = MOST_PERSISTENCE * logistic(total);
            let reaction = total * logistic(share);
            Self { reaction, persistence: total - reaction, ..steady }
        };
        let cost = |at: [f64; 2]| of(at).deviance(&shocks);
        let fitted = of(least(&cost));
        Ok(if fitted.deviance(&shocks) < steady.deviance(&shocks) { fitted } else { steady })
    }

    /// −2 ln likelihood, less a constant: Σ ln hₜ + εₜ² ÷ hₜ.
    fn deviance(&self, shocks: &[f64]) -> f64 {
        let (mut variance, mut total) = (self.variance, 0.0);
        for shock in shocks {
            total += variance.ln() + shock * shock / variance;
            variance = self.next(variance, *shock);
        }
        total
    }
}

fn logistic(x: f64) -> f64 {
    (1.0 + (-x).exp()).recip()
}

/// The least of a function of two logits: the best of a grid, then by steps along both and their diagonals, halved
/// where none leads lower. Deterministic, and without derivatives.
fn least(cost: &impl Fn([f64; 2]) -> f64) -> [f64; 2] {
    let (mut best, mut lowest) = ([0.0, 0.0], f64::INFINITY);
    for total in [-1.0, 0.5, 1.5, 2.5, 3.5, 5.0] {
        for share in [-4.0, -3.0, -2.0, -1.0, 0.0, 1.5] {
            let found = cost([total, share]);
            if found < lowest {
                (best, lowest) = ([total, share], found);
            }
        }
    }
    let mut step = 0.5;
    while step > FINEST {
        let around = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
        let tried = around.map(|[a, b]| [best[0] + step * a, best[1] + step * b]);
        let lower = tried.into_iter().map(|at| (at, cost(at))).filter(|(_, found)| *found < lowest - 1e-12 * lowest.abs());
        match lower.min_by(|a, b| a.1.total_cmp(&b.1)) {
            // Logits so far out are the edge itself.
            Some((at, found)) if at[0].abs() < 30.0 && at[1].abs() < 30.0 => (best, lowest) = (at, found),
            _ => step *= 0.5,
        }
    }
    best
}

/// From which variances paths start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartVariance {
    /// Those that follow the last row of history.
    Latest,
    /// The long-run ones.
    LongRun,
}

/// Filtered historical simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct FilteredHistory {
    fitted: Vec<Garch>,
    /// z, a row after another, T × n.
    shocks: Vec<f64>,
    rows: usize,
    start: Vec<f64>,
}

impl FilteredHistory {
    /// Fitted to simple returns, a row a period, oldest first.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// use evenkeel_quant::simulate::source::{FilteredHistory, garch::StartVariance};
    /// let returns = Matrix::from_fn(120, 1, |row, _| 0.01 * ((row * row) as f64).sin());
    /// let source = FilteredHistory::new(&returns, StartVariance::Latest)?;
    /// assert_eq!(source.fitted().len(), 1);
    /// # Ok::<(), evenkeel_quant::simulate::SimulateError>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for fewer than 50 rows, and returns that cannot be compounded.
    pub fn new(returns: &Matrix, start: StartVariance) -> Result<Self, SimulateError> {
        check_returns(returns)?;
        let (rows, columns) = (returns.rows(), returns.columns());
        let fitted = returns.iter_columns().map(Garch::fit).collect::<Result<Vec<_>, _>>()?;
        let (mut shocks, mut latest) = (vec![0.0; rows * columns], Vec::with_capacity(columns));
        for (column, (garch, values)) in fitted.iter().zip(returns.iter_columns()).enumerate() {
            let mut variance = garch.variance;
            for (row, value) in values.iter().enumerate() {
                let shock = value - garch.mean;
                shocks[row * columns + column] = if variance > 0.0 { shock / variance.sqrt() } else { 0.0 };
                variance = garch.next(variance, shock);
            }
            latest.push(variance);
        }
        let start = match start {
            StartVariance::Latest => latest,
            StartVariance::LongRun => fitted.iter().map(|garch| garch.variance).collect(),
        };
        let mut made = Self { fitted, shocks, rows, start };
        made.center(columns);
        Ok(made)
    }

    /// Shocks get mean 0 and variance 1, so that paths keep the mean and the long-run variance of history.
    fn center(&mut self, columns: usize) {
        let rows = count(self.rows);
        for column in 0..columns {
            let of_column = || self.shocks.iter().skip(column).step_by(columns);
            let mean = of_column().sum::<f64>() / rows;
            let deviation = (of_column().map(|shock| (shock - mean).powi(2)).sum::<f64>() / rows).sqrt();
            for shock in self.shocks.iter_mut().skip(column).step_by(columns) {
                *shock = if deviation > 0.0 { (*shock - mean) / deviation } else { 0.0 };
            }
        }
    }

    /// What was fitted to each column.
    pub fn fitted(&self) -> &[Garch] {
        &self.fitted
    }
}

/// Variances of a path, and room for a period's growth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Swings {
    variances: Vec<f64>,
    period: Vec<f64>,
}

impl Source for FilteredHistory {
    type State = Swings;

    fn columns(&self) -> usize {
        self.fitted.len()
    }

    fn mean(&self) -> Vec<f64> {
        self.fitted.iter().map(|garch| garch.mean).collect()
    }

    fn state(&self) -> Swings {
        Swings { variances: self.start.clone(), period: vec![0.0; self.fitted.len()] }
    }

    fn begin(&self, state: &mut Swings, _: &mut Random) {
        state.variances.copy_from_slice(&self.start);
    }

    fn advance(&self, state: &mut Swings, random: &mut Random, periods: usize, growth: &mut [f64]) {
        let Swings { variances, period } = state;
        let columns = self.fitted.len();
        compounded(periods, growth, period, |period| {
            let row = random.below(self.rows) * columns;
            let Some(shocks) = self.shocks.get(row..row + columns) else { return };
            for (((growth, variance), garch), z) in period.iter_mut().zip(variances.iter_mut()).zip(&self.fitted).zip(shocks) {
                let shock = variance.sqrt() * z;
                *growth = (1.0 + garch.mean + shock).max(0.0);
                *variance = garch.next(*variance, shock);
            }
        });
    }
}
