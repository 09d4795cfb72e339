//! Shocks of some assets, and what is to be expected of the others.
//!
//! E[x ∣ x on A = s] = Σ restricted to (all, A) × (Σ restricted to (A, A))⁻¹ s
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` | n × n | of the regime that is meant, as a stressed one |
//! | A, s | `shocks`: asset and simple return | m ≤ n | fractions |
//! | x | result | n | fractions; the shocks themselves where they are given |
//!
//! The means of returns count as 0, as a shock is at once. One shock moves the others by their beta to it. Where shocked
//! assets leave others no say (Σ on A singular), they are refused rather than solved by accident. Source: P. H. Kupiec, *Stress
//! Testing in a Value at Risk Framework*, Journal of Derivatives 6 (1998), equation 6.

use crate::estimate::covariance::Covariance;
use crate::estimate::observations::EstimateError;
use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;

/// Shocks of all assets, of which some are given.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::Covariance, stress::propagate::propagate};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.5, 0.5, 1.0])?;
/// let shocks = propagate(&covariance, &[(0, -0.4)])?;
/// // The beta of the second to the first is 0.5 × 0.1 ÷ 0.2.
/// assert!((shocks[0] + 0.4).abs() < 1e-15 && (shocks[1] + 0.1).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Asset`] for an asset that is not there or shocked twice, [`EstimateError::Parameter`] for a shock that is
/// not finite, [`EstimateError::Singular`] where a shocked asset never moves or follows from others that are shocked.
pub fn propagate(covariance: &Covariance, shocks: &[(usize, f64)]) -> Result<Vec<f64>, EstimateError> {
    let assets = covariance.size();
    let shocked: Vec<usize> = shocks.iter().map(|(asset, _)| *asset).collect();
    for (at, (asset, value)) in shocks.iter().enumerate() {
        if *asset >= assets || shocked[..at].contains(asset) {
            return Err(EstimateError::Asset { asset: *asset, assets });
        }
        if !value.is_finite() {
            return Err(EstimateError::Parameter { name: "a shock", value: *value, range: "a finite number" });
        }
    }
    let matrix = covariance.matrix();
    let volatilities = covariance.volatilities();
    let scale = |asset: usize| if volatilities[asset] > 0.0 { volatilities[asset] } else { 1.0 };
    // Correlations, so that what counts as singular does not depend on the size of volatilities.
    let among = Matrix::from_fn(shocked.len(), shocked.len(), |row, column| {
        matrix.get(shocked[row], shocked[column]) / (scale(shocked[row]) * scale(shocked[column]))
    });
    let factored = Cholesky::factor(among).map_err(|error| EstimateError::Singular { pivot: error.pivot })?;
    let smallest = factored.lower().diagonal().into_iter().enumerate().find(|(_, pivot)| pivot * pivot < SINGULAR);
    if let Some((pivot, _)) = smallest {
        return Err(EstimateError::Singular { pivot });
    }
    let standard: Vec<f64> = shocks.iter().map(|(asset, value)| value / scale(*asset)).collect();
    let solved = factored.solve(&standard);
    let mut spread = vec![0.0; assets];
    for (asset, weight) in shocked.iter().zip(&solved) {
        for (entry, covaries) in spread.iter_mut().zip(matrix.column(*asset)) {
            *entry += covaries * weight / scale(*asset);
        }
    }
    for (asset, value) in shocks {
        spread[*asset] = *value;
    }
    Ok(spread)
}

/// Share of an asset's variance that others must leave it.
const SINGULAR: f64 = 1e-10;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::linear::product::times;

    #[test]
    fn refuses_shocks_that_contradict() {
        let covariance = Covariance::from_volatilities(&[0.2, 0.1, 0.0], &[1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
        assert!(matches!(propagate(&covariance, &[(0, -0.4), (1, 0.1)]), Err(EstimateError::Singular { .. })));
        assert!(matches!(propagate(&covariance, &[(2, -0.4)]), Err(EstimateError::Singular { pivot: 0 })));
        assert!(matches!(propagate(&covariance, &[(3, -0.4)]), Err(EstimateError::Asset { asset: 3, assets: 3 })));
        assert!(matches!(propagate(&covariance, &[(0, -0.4), (0, 0.1)]), Err(EstimateError::Asset { asset: 0, .. })));
        assert!(matches!(propagate(&covariance, &[(0, f64::NAN)]), Err(EstimateError::Parameter { .. })));
        assert_eq!(propagate(&covariance, &[]).unwrap(), [0.0; 3]);
    }

    proptest! {
        /// The expectation is the likeliest completion: the rest of Σ⁻¹ x is 0.
        #[test]
        fn is_the_likeliest_completion(loadings in prop::collection::vec(-0.3..0.3_f64, 10), first in -0.5..0.5_f64, third in -0.5..0.5_f64) {
            let covariance = Covariance::from_factors(Matrix::from_columns(5, 2, loadings).unwrap(), vec![0.01; 5]).unwrap();
            let shocks = propagate(&covariance, &[(0, first), (2, third)]).unwrap();
            prop_assert_eq!((shocks[0], shocks[2]), (first, third));
            let inverse = Cholesky::factor(covariance.matrix().into_owned()).unwrap();
            let likelihood = inverse.solve(&shocks);
            for asset in [1, 3, 4] {
                prop_assert!(likelihood[asset].abs() < 1e-9);
            }
            let back = times(&covariance.matrix(), &likelihood);
            prop_assert!(back.iter().zip(&shocks).all(|(a, b)| (a - b).abs() < 1e-9));
        }
    }
}
