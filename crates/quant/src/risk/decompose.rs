//! What each asset contributes to a portfolio's volatility.
//!
//! mᵢ = (Σw)ᵢ ÷ σ, cᵢ = wᵢ mᵢ, σ = √(wᵀΣw) = Σ cᵢ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | w | `weights` | n | fractions of portfolio value |
//! | Σ | `covariance` | n × n | a period |
//! | σ | [`volatility`](Decomposition::volatility) | 1 | a period, a fraction |
//! | m | [`marginal`](Decomposition::marginal) | n | volatility a unit of weight |
//! | c | [`component`](Decomposition::component) | n | volatility; sums to σ |
//! | c ÷ σ | [`fraction`](Decomposition::fraction) | n | fractions of σ; sum to 1 |
//!
//! Volatility is homogeneous of degree one in the weights, so Euler's theorem makes it the sum of its
//! components. A component is below zero where the asset hedges the others. (D. Tasche, *Risk
//! Contributions and Performance Measurement*, 1999; S. Maillard, T. Roncalli, J. Teïletche, *The
//! Properties of Equally Weighted Risk Contribution Portfolios*, 2010, section 2.1.)

use crate::estimate::covariance::Covariance;
use crate::linear::vector::sum;

/// A portfolio's volatility, told asset by asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// Volatility of the portfolio, a period.
    pub volatility: f64,
    /// By how much volatility grows with each asset's weight.
    pub marginal: Vec<f64>,
    /// Each asset's part of the volatility.
    pub component: Vec<f64>,
    /// Each asset's part of the volatility as a fraction of it.
    pub fraction: Vec<f64>,
}

/// Divides a portfolio's volatility among its assets. Assets beyond the end of `weights` have weight 0.
///
/// A portfolio without risk has nothing to divide: its marginals, components and fractions are 0.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::Covariance, risk::decompose::decompose_volatility};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let parts = decompose_volatility(&covariance, &[0.5, 0.5]);
/// assert!((parts.fraction[0] - 0.8).abs() < 1e-15 && (parts.fraction[1] - 0.2).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
/// ```
pub fn decompose_volatility(covariance: &Covariance, weights: &[f64]) -> Decomposition {
    let product = covariance.times(weights);
    let weight = |asset: usize| weights.get(asset).copied().unwrap_or(0.0);
    let shares: Vec<f64> = product.iter().enumerate().map(|(asset, covariance)| weight(asset) * covariance).collect();
    // The variance is summed from its parts, so that fractions sum to 1 whatever was rounded.
    let variance = sum(&shares);
    if variance <= 0.0 {
        let none = vec![0.0; product.len()];
        return Decomposition { volatility: 0.0, marginal: none.clone(), component: none.clone(), fraction: none };
    }
    let volatility = variance.sqrt();
    Decomposition {
        volatility,
        marginal: product.iter().map(|covariance| covariance / volatility).collect(),
        component: shares.iter().map(|share| share / volatility).collect(),
        fraction: shares.iter().map(|share| share / variance).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::linear::matrix::Matrix;

    #[test]
    fn nothing_contributes_to_no_risk() {
        let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0; 4]).unwrap();
        for weights in [[0.5, -1.0], [0.0, 0.0]] {
            let parts = decompose_volatility(&covariance, &weights);
            assert_eq!((parts.volatility, parts.fraction), (0.0, vec![0.0; 2]));
        }
        assert!(decompose_volatility(&Covariance::from_volatilities(&[], &[]).unwrap(), &[]).component.is_empty());
    }

    #[test]
    fn a_hedge_takes_risk_away() {
        let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, -0.9, -0.9, 1.0]).unwrap();
        assert!(decompose_volatility(&covariance, &[0.9, 0.1]).fraction[1] < 0.0);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(
            loadings in prop::collection::vec(-1.0..1.0_f64, 12),
            specific in prop::collection::vec(0.01..1.0_f64, 6),
            weights in prop::collection::vec(-1.0..1.0_f64, 6),
        ) {
            let covariance = Covariance::from_factors(Matrix::from_columns(6, 2, loadings).unwrap(), specific).unwrap();
            let parts = decompose_volatility(&covariance, &weights);
            prop_assert!((parts.component.iter().sum::<f64>() - parts.volatility).abs() < 1e-13);
            prop_assert!((parts.volatility - covariance.variance(&weights).sqrt()).abs() < 1e-13);
            // Marginals are the slope of volatility.
            for asset in 0..6 {
                let volatility = |change: f64| {
                    let mut moved = weights.clone();
                    moved[asset] += change;
                    covariance.variance(&moved).sqrt()
                };
                let slope = (volatility(1e-5) - volatility(-1e-5)) / 2e-5;
                prop_assert!((slope - parts.marginal[asset]).abs() < 1e-6);
            }
        }
    }
}
