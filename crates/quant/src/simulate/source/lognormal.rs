//! Geometric Brownian motion: growth of any stretch is lognormal.
//!
//! ln growth over k periods ~ N(k ℓ, k Λ), with ℓ and Λ such that simple returns of a period have the moments given:
//! Λᵢⱼ = ln(1 + Σᵢⱼ ÷ ((1 + mᵢ)(1 + mⱼ))), ℓᵢ = ln(1 + mᵢ) − Λᵢᵢ ÷ 2. A stretch takes one draw a column however long
//! it is. (J. C. Hull, *Options, Futures, and Other Derivatives*, chapter on the Black–Scholes–Merton model.) Pinned by
//! the moments and quantiles of the lognormal distribution.

use super::Source;
use crate::linear::matrix::Matrix;
use crate::linear::vector::count;
use crate::probability::random::Random;
use crate::simulate::error::SimulateError;
use crate::simulate::moments::{Moments, root};

/// Lognormal growth.
#[derive(Debug, Clone, PartialEq)]
pub struct Lognormal {
    mean: Vec<f64>,
    drift: Vec<f64>,
    root: Matrix,
}

impl Lognormal {
    /// With these moments of simple returns.
    ///
    /// ```
    /// use evenkeel_quant::{linear::matrix::Matrix, simulate::{moments::Moments, source::Lognormal}};
    /// let moments = Moments { mean: vec![0.005], covariance: Matrix::from_columns(1, 1, vec![0.002])? };
    /// assert!(Lognormal::new(&moments).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SimulateError`] for means of −1 or below, and covariances that no growth above 0 has.
    pub fn new(moments: &Moments) -> Result<Self, SimulateError> {
        let (drift, covariance) = moments.logarithmic()?;
        Ok(Self { mean: moments.mean.clone(), drift, root: root(&covariance)? })
    }
}

impl Source for Lognormal {
    /// Room for the normal draws.
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

    fn advance(&self, sums: &mut Vec<f64>, random: &mut Random, periods: usize, growth: &mut [f64]) {
        let time = count(periods);
        normal_sums(&self.root, random, sums);
        for ((growth, drift), sum) in growth.iter_mut().zip(&self.drift).zip(sums.iter()) {
            *growth = (time * drift + time.sqrt() * sum).exp();
        }
    }
}

/// R z for a draw z of standard normal numbers.
#[inline]
pub(super) fn normal_sums(root: &Matrix, random: &mut Random, sums: &mut [f64]) {
    sums.fill(0.0);
    for column in root.iter_columns() {
        let z = random.normal();
        for (sum, entry) in sums.iter_mut().zip(column) {
            *sum += entry * z;
        }
    }
}
