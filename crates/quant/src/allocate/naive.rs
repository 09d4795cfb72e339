//! Weights of each asset's own risk alone.
//!
//! equal: wᵢ = 1 ÷ n; inverse volatility: wᵢ = (1 ÷ σᵢ) ÷ Σ(1 ÷ σⱼ); inverse variance: wᵢ = (1 ÷ σᵢ²) ÷ Σ(1 ÷ σⱼ²)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | σ | square root of the diagonal of `covariance` | n | a period, above 0 |
//! | w | result | n | fractions that sum to 1 |
//!
//! Inverse volatility gives equal risk contributions where all correlations are the same, inverse variance
//! is of minimum variance where they are 0. (S. Maillard, T. Roncalli, J. Teïletche, *The Properties of
//! Equally Weighted Risk Contribution Portfolios*, 2010, section 2.3.)

use super::error::AllocationError;
use crate::estimate::covariance::Covariance;
use crate::linear::vector::count;

/// The same weight for each of a number of assets; none of none.
///
/// ```
/// assert_eq!(evenkeel_quant::allocate::naive::equal_weight(4), [0.25; 4]);
/// ```
pub fn equal_weight(assets: usize) -> Vec<f64> {
    vec![1.0 / count(assets); assets]
}

/// Weights by the inverse of each asset's volatility.
///
/// ```
/// use evenkeel_quant::{allocate::naive::inverse_volatility, estimate::covariance::Covariance};
/// let covariance = Covariance::from_volatilities(&[0.3, 0.1], &[1.0, 0.5, 0.5, 1.0])?;
/// assert!((inverse_volatility(&covariance)?[0] - 0.25).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`AllocationError`] without assets and for an asset without risk.
pub fn inverse_volatility(covariance: &Covariance) -> Result<Vec<f64>, AllocationError> {
    inverse(&covariance.volatilities())
}

/// Weights by the inverse of each asset's variance.
///
/// ```
/// use evenkeel_quant::{allocate::naive::inverse_variance, estimate::covariance::Covariance};
/// let covariance = Covariance::from_volatilities(&[0.3, 0.1], &[1.0, 0.5, 0.5, 1.0])?;
/// assert!((inverse_variance(&covariance)?[0] - 0.1).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`AllocationError`] without assets and for an asset without risk.
pub fn inverse_variance(covariance: &Covariance) -> Result<Vec<f64>, AllocationError> {
    inverse(&covariance.variances())
}

/// Weights by the inverse of each asset's risk.
pub(super) fn inverse(risks: &[f64]) -> Result<Vec<f64>, AllocationError> {
    // Relative to the least risk, so that no unit of risk overflows.
    let least = risks.iter().copied().fold(f64::INFINITY, f64::min);
    if let Some(index) = risks.iter().position(|risk| *risk <= 0.0) {
        return Err(AllocationError::Riskless { index });
    }
    let inverses: Vec<f64> = risks.iter().map(|risk| least / risk).collect();
    let total: f64 = inverses.iter().sum();
    if risks.is_empty() { Err(AllocationError::NoAssets) } else { Ok(inverses.into_iter().map(|inverse| inverse / total).collect()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;

    #[test]
    fn names_the_asset_without_risk() {
        let covariance = Covariance::from_volatilities(&[0.2, 0.0], &[1.0, 0.0, 0.0, 1.0]).unwrap();
        assert_eq!(inverse_volatility(&covariance), Err(AllocationError::Riskless { index: 1 }));
        assert_eq!(inverse_variance(&covariance), Err(AllocationError::Riskless { index: 1 }));
    }

    #[test]
    fn one_asset_has_all_and_none_have_nothing() {
        assert_eq!(
            inverse_variance(&Covariance::from_volatilities(&[1e-170], &[1.0]).unwrap()),
            Err(AllocationError::Riskless { index: 0 })
        );
        assert_eq!(inverse_variance(&Covariance::from_volatilities(&[1e-150], &[1.0]).unwrap()).unwrap(), [1.0]);
        assert_eq!(inverse_volatility(&Covariance::from_volatilities(&[], &[]).unwrap()), Err(AllocationError::NoAssets));
        assert!(equal_weight(0).is_empty());
    }
}
