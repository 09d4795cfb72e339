//! How columns hang together from a copula, each column from its own history.
//!
//! Draw z normal (or t with ν degrees of freedom) with correlations P; column i takes its ⌈T F(zᵢ)⌉-th smallest return,
//! with F the distribution of zᵢ. So every margin is exactly the history's, and joint moves are the copula's: a t copula
//! has crises in which all fall together, a normal one has none far out. P is the correlation of scores
//! F⁻¹((rank − ½) ÷ T), which of a sample of that copula are a sample of z. Where z falls is found among the T − 1
//! quantiles of F, which are computed once.
//!
//! (A. J. McNeil, R. Frey, P. Embrechts, *Quantitative Risk Management*, 2nd ed. 2015, section 7.5; S. Demarta,
//! A. J. McNeil, *The t Copula and Related Copulas*, 2005.)

use super::lognormal::normal_sums;
use super::student::check_degrees;
use super::{Source, compounded};
use crate::estimate::covariance::sample::sample_covariance;
use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum};
use crate::probability::random::Random;
use crate::probability::{normal, student};
use crate::simulate::error::SimulateError;
use crate::simulate::moments::{check_returns, root};

/// The family of a copula.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dependence {
    /// Of the normal distribution.
    Normal,
    /// Of the t distribution.
    Student {
        /// ν, above 2.
        degrees: f64,
    },
}

/// Empirical margins under a copula.
#[derive(Debug, Clone, PartialEq)]
pub struct Copula {
    dependence: Dependence,
    /// R with R Rᵀ = P.
    root: Matrix,
    /// F⁻¹(j ÷ T) for j = 1 … T − 1.
    edges: Vec<f64>,
    /// Growth of each column, sorted, T × n.
    sorted: Matrix,
    mean: Vec<f64>,
}

impl Dependence {
    /// F⁻¹; 0 for a probability that is none.
    fn quantile(self, probability: f64) -> f64 {
        let found = match self {
            Self::Normal => normal::quantile(probability),
            Self::Student { degrees } => student::quantile(probability, degrees),
        };
        found.unwrap_or_default()
    }
}

impl Copula {
    /// Fitted to simple returns, a row a period.
    ///
    /// ```
    /// use evenkeel_quant::linear::matrix::Matrix;
    /// use evenkeel_quant::simulate::source::{Copula, Dependence};
    /// let returns = Matrix::from_columns(4, 2, vec![0.01, -0.02, 0.03, 0.0, 0.0, 0.01, 0.02, -0.01])?;
    /// assert!(Copula::new(&returns, Dependence::Student { degrees: 4.0 }).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for returns that cannot be compounded, and degrees of freedom of 2 or less.
    pub fn new(returns: &Matrix, dependence: Dependence) -> Result<Self, SimulateError> {
        check_returns(returns)?;
        if let Dependence::Student { degrees } = dependence {
            check_degrees(degrees)?;
        }
        let rows = returns.rows();
        let (mut sorted, mut scores) = (returns.clone(), returns.clone());
        let by_rank: Vec<f64> = (0..rows).map(|rank| dependence.quantile((count(rank) + 0.5) / count(rows))).collect();
        for column in 0..returns.columns() {
            let values = returns.column(column);
            let mut order: Vec<usize> = (0..rows).collect();
            order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
            for (rank, row) in order.iter().enumerate() {
                sorted.set(rank, column, 1.0 + values[*row]);
                scores.set(*row, column, by_rank[rank]);
            }
        }
        let covariance = sample_covariance(&scores, 1)?.matrix().into_owned();
        let variances = covariance.diagonal();
        let correlation =
            Matrix::from_fn(returns.columns(), returns.columns(), |i, j| covariance.get(i, j) / (variances[i] * variances[j]).sqrt());
        Ok(Self {
            dependence,
            root: root(&correlation)?,
            edges: (1..rows).map(|row| dependence.quantile(count(row) / count(rows))).collect(),
            sorted,
            mean: returns.iter_columns().map(|column| sum(column) / count(rows)).collect(),
        })
    }
}

impl Source for Copula {
    /// Room for a period's growth.
    type State = Vec<f64>;

    fn columns(&self) -> usize {
        self.mean.len()
    }

    fn mean(&self) -> Vec<f64> {
        self.mean.clone()
    }

    fn state(&self) -> Vec<f64> {
        vec![0.0; self.mean.len()]
    }

    fn begin(&self, _: &mut Vec<f64>, _: &mut Random) {}

    fn advance(&self, period: &mut Vec<f64>, random: &mut Random, periods: usize, growth: &mut [f64]) {
        compounded(periods, growth, period, |period| {
            normal_sums(&self.root, random, period);
            let scale = match self.dependence {
                Dependence::Normal => 1.0,
                Dependence::Student { degrees } => (degrees / student::chi_square(random, degrees)).sqrt(),
            };
            for (growth, column) in period.iter_mut().zip(self.sorted.iter_columns()) {
                let z = scale * *growth;
                *growth = column[self.edges.partition_point(|edge| *edge < z)];
            }
        });
    }
}
