//! What rebalancing is expected to bring, from means and covariance.
//!
//! growth of an asset gᵢ = μᵢ − ½ σᵢ², of the mix kept at its weights R = wᵀμ − ½ wᵀΣw, excess growth
//! R − Σ wᵢ gᵢ = ½ (Σ wᵢ σᵢ² − wᵀΣw), expected value after t years exp(t wᵀμ) and Σ wᵢ exp(t μᵢ)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | w | [`FixedMix::weights`] | n | fractions that sum to 1 |
//! | μ | [`FixedMix::means`] | n | instantaneous expected return a year: expected value grows by exp(μ) |
//! | Σ | [`FixedMix::covariance`] | n × n | a year |
//! | t | `years` | 1 | |
//!
//! Assets follow a geometric Brownian motion and trading is continuous and free. The excess growth is at least 0
//! where no weight is below 0, and yet the expected value of what is bought and held is never the lower one (Jensen).
//! Source: E. R. Fernholz, B. Shay, *Stochastic Portfolio Theory and Stock Market Equilibrium*, Journal of Finance 37
//! (1982), equation 7.

use crate::estimate::covariance::Covariance;
use crate::linear::vector::dot;

/// A mix of assets whose weights are kept. Assets beyond the shortest of the three are left out.
#[derive(Debug, Clone, Copy)]
pub struct FixedMix<'a> {
    /// Weights w.
    pub weights: &'a [f64],
    /// Expected returns μ.
    pub means: &'a [f64],
    /// Covariance Σ.
    pub covariance: &'a Covariance,
}

impl FixedMix<'_> {
    /// Growth a year of each asset alone, gᵢ.
    ///
    /// ```
    /// use evenkeel_quant::{estimate::covariance::Covariance, validate::fixed_mix::FixedMix};
    /// let covariance = Covariance::from_volatilities(&[0.2, 0.2], &[1.0, 0.0, 0.0, 1.0])?;
    /// let mix = FixedMix { weights: &[0.5, 0.5], means: &[0.07, 0.07], covariance: &covariance };
    /// assert!((mix.asset_growth()[0] - 0.05).abs() < 1e-15);
    /// assert!((mix.growth() - 0.06).abs() < 1e-15);
    /// assert!((mix.excess_growth() - 0.01).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
    /// ```
    pub fn asset_growth(&self) -> Vec<f64> {
        self.means.iter().zip(self.covariance.volatilities()).map(|(mean, volatility)| mean - 0.5 * volatility * volatility).collect()
    }

    /// Growth a year of the mix, R.
    pub fn growth(&self) -> f64 {
        dot(self.weights, self.means) - 0.5 * self.covariance.variance(self.weights)
    }

    /// Growth a year beyond the weighted growth of the assets: the diversification return of continuous rebalancing.
    pub fn excess_growth(&self) -> f64 {
        let variances: Vec<f64> = self.covariance.volatilities().iter().map(|volatility| volatility * volatility).collect();
        0.5 * (dot(self.weights, &variances) - self.covariance.variance(self.weights))
    }

    /// Expected value of 1 after some years, with weights kept.
    ///
    /// ```
    /// use evenkeel_quant::{estimate::covariance::Covariance, validate::fixed_mix::FixedMix};
    /// let covariance = Covariance::from_volatilities(&[0.25, 0.0], &[1.0, 0.0, 0.0, 1.0])?;
    /// let mix = FixedMix { weights: &[0.5, 0.5], means: &[0.12, 0.02], covariance: &covariance };
    /// assert!((mix.expected_value(10.0) - 0.7_f64.exp()).abs() < 1e-14);
    /// assert!(mix.expected_value_held(10.0) > mix.expected_value(10.0));
    /// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
    /// ```
    pub fn expected_value(&self, years: f64) -> f64 {
        (years * dot(self.weights, self.means)).exp()
    }

    /// Expected value of 1 after some years, bought and held.
    pub fn expected_value_held(&self, years: f64) -> f64 {
        self.weights.iter().zip(self.means).map(|(weight, mean)| weight * (years * mean).exp()).sum()
    }
}
