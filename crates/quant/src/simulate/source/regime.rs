//! Calm and crisis: two states, each normal, that follow one another as a Markov chain.
//!
//! rₜ ~ N(m, Σ) with the m and Σ of the state, which stays with its own probability. Given, or fitted to history by expectation and
//! maximization: the forward and backward probabilities of each row's state under the parameters, then the parameters
//! that are most likely under them, until the likelihood stands still. The first split is into rows nearer to and
//! farther from the mean than usual (Mahalanobis distances above the 80 % quantile), so the fit is the same each time.
//! State 0 is the calm one. A path starts in a state drawn from the long-run probabilities. A return below −1 is a total
//! loss. To each variance fitted a millionth of the whole history's is added, so that no state shrinks to a point.
//!
//! (J. D. Hamilton, *A New Approach to the Economic Analysis of Nonstationary Time Series and the Business Cycle*,
//! Econometrica 57, 1989, and *Analysis of Time Series Subject to Changes in Regime*, Journal of Econometrics 45, 1990.)

use super::lognormal::normal_sums;
use super::{Source, compounded};
use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;
use crate::linear::vector::count;
use crate::probability::random::Random;
use crate::simulate::error::{SimulateError, check, check_size};
use crate::simulate::moments::{Moments, root};

/// Rounds after which a fit stands as it is.
const MOST_ROUNDS: usize = 500;

/// A fit whose log likelihood gains less of itself a round stands still.
const STILL: f64 = 1e-9;

/// Share of rows that start as the crisis.
const CRISIS_SHARE: f64 = 0.2;

/// Share of the whole variance added to that of a state.
const RIDGE: f64 = 1e-6;

/// A state.
#[derive(Debug, Clone, PartialEq)]
pub struct Regime {
    /// Moments of simple returns of a period in it.
    pub moments: Moments,
    /// Probability that the next period is in it too.
    pub stays: f64,
}

/// Two states and what follows what.
#[derive(Debug, Clone, PartialEq)]
pub struct RegimeSwitching {
    regimes: [Regime; 2],
    roots: [Matrix; 2],
}

impl RegimeSwitching {
    /// With given states.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// use evenkeel_quant::simulate::{moments::Moments, source::{Regime, RegimeSwitching}};
    /// let state = |mean, variance, stays| Ok::<_, Box<dyn std::error::Error>>(Regime {
    ///     moments: Moments { mean: vec![mean], covariance: Matrix::from_columns(1, 1, vec![variance])? },
    ///     stays,
    /// });
    /// let source = RegimeSwitching::new([state(0.01, 0.001, 0.95)?, state(-0.01, 0.006, 0.8)?])?;
    /// assert!((source.long_run()[0] - 0.8).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for probabilities outside 0 to 1, or states that are never left, and sizes that differ.
    pub fn new(regimes: [Regime; 2]) -> Result<Self, SimulateError> {
        let [calm, crisis] = &regimes;
        check_size("the means of the second state", crisis.moments.columns(), calm.moments.columns())?;
        for regime in [calm, crisis] {
            check("the probability to stay in a state", regime.stays, (0.0..1.0).contains(&regime.stays), "from 0 to below 1")?;
        }
        let roots = [root(&calm.moments.covariance)?, root(&crisis.moments.covariance)?];
        Ok(Self { regimes, roots })
    }

    /// Fitted to simple returns, a row a period, oldest first.
    ///
    /// ```
    /// use evenkeel_quant::{linear::matrix::Matrix, simulate::source::RegimeSwitching};
    /// let returns = Matrix::from_fn(200, 1, |row, _| ((row * row) as f64).sin() * if row % 40 < 30 { 0.01 } else { 0.05 });
    /// let fitted = RegimeSwitching::fit(&returns)?;
    /// let variance = |state: usize| fitted.regimes()[state].moments.covariance.get(0, 0);
    /// assert!(variance(1) > 3.0 * variance(0));
    /// # Ok::<(), evenkeel_quant::simulate::SimulateError>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for fewer than ten rows a column, or a state that fewer rows than columns belong to.
    pub fn fit(returns: &Matrix) -> Result<Self, SimulateError> {
        let (rows, columns) = (returns.rows(), returns.columns());
        let needed = 10 * columns + 10;
        if rows < needed {
            return Err(SimulateError::TooFewRows { what: "a fit of two regimes", found: rows, needed });
        }
        let whole = Moments::of_returns(returns)?;
        let mut likely = first_split(returns, &whole)?;
        let mut stays = [0.95, 0.8];
        let mut before = f64::NEG_INFINITY;
        for _ in 0..MOST_ROUNDS {
            let states = [weighted(returns, &likely, 0, &whole)?, weighted(returns, &likely, 1, &whole)?];
            let smoothed = smooth(returns, &states, stays)?;
            (likely, stays) = (smoothed.likely, smoothed.stays);
            if before.is_finite() && smoothed.log_likelihood - before <= STILL * before.abs() {
                break;
            }
            before = smoothed.log_likelihood;
        }
        let state = |at: usize| -> Result<Regime, SimulateError> {
            Ok(Regime { moments: weighted(returns, &likely, at, &whole)?, stays: stays[at].min(1.0 - f64::EPSILON) })
        };
        let size = |regime: &Regime| {
            let variances = regime.moments.covariance.diagonal().into_iter().zip(whole.covariance.diagonal());
            variances.map(|(of_state, of_all)| if of_all > 0.0 { of_state / of_all } else { 0.0 }).sum::<f64>()
        };
        let (calm, crisis) = (state(0)?, state(1)?);
        Self::new(if size(&calm) <= size(&crisis) { [calm, crisis] } else { [crisis, calm] })
    }

    /// The states, the calm one first.
    pub fn regimes(&self) -> &[Regime; 2] {
        &self.regimes
    }

    /// Share of time spent in each state: (1 − p₁₁) ÷ (2 − p₀₀ − p₁₁) in the first.
    pub fn long_run(&self) -> [f64; 2] {
        let [calm, crisis] = &self.regimes;
        let first = (1.0 - crisis.stays) / (2.0 - calm.stays - crisis.stays);
        [first, 1.0 - first]
    }
}

/// Probability of the second state for each row: certain, by distance from the mean.
fn first_split(returns: &Matrix, whole: &Moments) -> Result<Vec<f64>, SimulateError> {
    let density = Density::of(whole, whole)?;
    let distances: Vec<f64> = (0..returns.rows()).map(|row| density.distance(returns, row)).collect();
    let mut sorted = distances.clone();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of rows")]
    let edge = sorted.get(((1.0 - CRISIS_SHARE) * count(sorted.len())) as usize).copied().unwrap_or_default();
    Ok(distances.into_iter().map(|distance| if distance >= edge { 1.0 } else { 0.0 }).collect())
}

/// Moments of rows weighted with the probability of a state.
fn weighted(returns: &Matrix, likely: &[f64], state: usize, whole: &Moments) -> Result<Moments, SimulateError> {
    let weights: Vec<f64> = likely.iter().map(|second| if state == 1 { *second } else { 1.0 - second }).collect();
    let total: f64 = weights.iter().sum();
    let columns = returns.columns();
    check("the rows of history in one of the two regimes", total, total > count(columns + 1), "more than columns: one regime is enough")?;
    let mean: Vec<f64> =
        returns.iter_columns().map(|column| column.iter().zip(&weights).map(|(r, w)| r * w).sum::<f64>() / total).collect();
    let product = |i: usize, j: usize| {
        let (a, b) = (returns.column(i), returns.column(j));
        let products = a.iter().zip(b).zip(&weights).map(|((a, b), w)| w * (a - mean[i]) * (b - mean[j]));
        products.sum::<f64>() / total + if i == j { RIDGE * whole.covariance.get(i, i) } else { 0.0 }
    };
    let mut covariance = Matrix::zeros(columns, columns);
    for i in 0..columns {
        for j in 0..=i {
            let value = product(i, j);
            covariance.set(i, j, value);
            covariance.set(j, i, value);
        }
    }
    Ok(Moments { mean, covariance })
}

/// A normal density of the columns that move at all.
struct Density {
    moving: Vec<usize>,
    mean: Vec<f64>,
    factor: Cholesky,
    log_determinant: f64,
}

impl Density {
    fn of(moments: &Moments, whole: &Moments) -> Result<Self, SimulateError> {
        let moving: Vec<usize> = (0..whole.columns()).filter(|column| whole.covariance.get(*column, *column) > 0.0).collect();
        let factor = Cholesky::factor(moments.covariance.select(&moving, &moving))
            .map_err(|failed| crate::estimate::observations::EstimateError::Singular { pivot: failed.pivot })?;
        let log_determinant = 2.0 * factor.lower().diagonal().iter().map(|pivot| pivot.ln()).sum::<f64>();
        Ok(Self { moving, mean: moments.mean.clone(), factor, log_determinant })
    }

    /// (r − m)ᵀ Σ⁻¹ (r − m)
    fn distance(&self, returns: &Matrix, row: usize) -> f64 {
        let lower = self.factor.lower();
        let mut solved: Vec<f64> = Vec::with_capacity(self.moving.len());
        for (at, column) in self.moving.iter().enumerate() {
            let known: f64 = solved.iter().enumerate().map(|(before, value)| lower.get(at, before) * value).sum();
            solved.push((returns.get(row, *column) - self.mean[*column] - known) / lower.get(at, at));
        }
        solved.iter().map(|value| value * value).sum()
    }

    /// ln of the density, less a constant that both states share.
    fn log(&self, returns: &Matrix, row: usize) -> f64 {
        -0.5 * (self.distance(returns, row) + self.log_determinant)
    }
}

/// What a round of expectation gives.
struct Smoothed {
    /// Probability of the second state for each row, from all rows.
    likely: Vec<f64>,
    stays: [f64; 2],
    log_likelihood: f64,
}

/// Forward and backward probabilities, each row scaled to sum to 1.
fn smooth(returns: &Matrix, states: &[Moments; 2], stays: [f64; 2]) -> Result<Smoothed, SimulateError> {
    let whole = Moments::of_returns(returns)?;
    let densities = [Density::of(&states[0], &whole)?, Density::of(&states[1], &whole)?];
    let moves = [[stays[0], 1.0 - stays[0]], [1.0 - stays[1], stays[1]]];
    let rows = returns.rows();
    let start = (1.0 - stays[1]) / (2.0 - stays[0] - stays[1]).max(f64::MIN_POSITIVE);
    let (mut ahead, mut log_likelihood) = ([start, 1.0 - start], 0.0);
    let (mut forward, mut seen) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for row in 0..rows {
        let logs = [densities[0].log(returns, row), densities[1].log(returns, row)];
        let top = logs[0].max(logs[1]);
        let density = logs.map(|log| (log - top).exp());
        let joint = [ahead[0] * density[0], ahead[1] * density[1]];
        let total = joint[0] + joint[1];
        log_likelihood += total.ln() + top;
        let now = joint.map(|joint| joint / total);
        ahead = [now[0] * moves[0][0] + now[1] * moves[1][0], now[0] * moves[0][1] + now[1] * moves[1][1]];
        forward.push(now);
        seen.push(density);
    }
    let mut likely = vec![0.0; rows];
    let (mut back, mut stayed, mut left) = ([1.0, 1.0], [0.0, 0.0], [0.0, 0.0]);
    for row in (0..rows).rev() {
        let both = [forward[row][0] * back[0], forward[row][1] * back[1]];
        likely[row] = both[1] / (both[0] + both[1]);
        if row == 0 {
            break;
        }
        let next = [seen[row][0] * back[0], seen[row][1] * back[1]];
        let before = forward[row - 1];
        let pair = |from: usize, to: usize| before[from] * moves[from][to] * next[to];
        let total = pair(0, 0) + pair(0, 1) + pair(1, 0) + pair(1, 1);
        for state in 0..2 {
            stayed[state] += pair(state, state) / total;
            left[state] += pair(state, 1 - state) / total;
        }
        let scale = next[0].max(next[1]);
        back = [0, 1].map(|from| (moves[from][0] * next[0] + moves[from][1] * next[1]) / scale);
    }
    let stays = [0, 1].map(|state| stayed[state] / (stayed[state] + left[state]));
    Ok(Smoothed { likely, stays, log_likelihood })
}

/// The state of a path, and room for a period's growth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Current {
    state: usize,
    period: Vec<f64>,
}

impl Source for RegimeSwitching {
    type State = Current;

    fn columns(&self) -> usize {
        self.regimes[0].moments.columns()
    }

    fn mean(&self) -> Vec<f64> {
        let [calm, crisis] = self.long_run();
        let [a, b] = &self.regimes;
        a.moments.mean.iter().zip(&b.moments.mean).map(|(a, b)| calm * a + crisis * b).collect()
    }

    fn state(&self) -> Current {
        Current { state: 0, period: vec![0.0; self.columns()] }
    }

    fn begin(&self, state: &mut Current, random: &mut Random) {
        state.state = usize::from(random.uniform() >= self.long_run()[0]);
    }

    fn advance(&self, state: &mut Current, random: &mut Random, periods: usize, growth: &mut [f64]) {
        let Current { state, period } = state;
        compounded(periods, growth, period, |period| {
            let (regime, root) = (&self.regimes[*state], &self.roots[*state]);
            normal_sums(root, random, period);
            for (growth, mean) in period.iter_mut().zip(&regime.moments.mean) {
                *growth = (1.0 + mean + *growth).max(0.0);
            }
            if random.uniform() >= regime.stays {
                *state = 1 - *state;
            }
        });
    }
}
