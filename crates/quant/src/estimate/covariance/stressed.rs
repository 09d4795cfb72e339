//! Correlations as a crisis would have them, volatilities kept.
//!
//! All together: ρ′ᵢⱼ = (1 − θ) ρᵢⱼ + θ c for i ≠ j. Chosen pairs: ρ′ᵢⱼ as given, then the nearest
//! correlation matrix.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | Σ | `covariance` | n × n | a period |
//! | c | `correlation` | 1 | −1 ÷ (n − 1) to 1 |
//! | θ | `intensity` | 1 | 0 keeps the correlations, 1 replaces them |
//! | ρ′ | `correlations` | (i, j, ρ′ᵢⱼ) each | −1 to 1 |
//! | Σ′ | result: σᵢ σⱼ ρ′ᵢⱼ | n × n | a period |
//!
//! The mixture of two correlation matrices is one, so the first needs no repair, and a covariance in
//! factor form stays in it where c ≥ 0, with one factor more. (Basel Committee on Banking Supervision,
//! *Principles for Sound Stress Testing*, 2009; R. Rebonato, P. Jäckel, "The Most General Methodology
//! to Create a Valid Correlation Matrix", 1999.) Pinned by closed forms in this file.

use super::nearest::{Repair, Repaired, repair};
use super::{Covariance, FactorForm};
use crate::estimate::observations::EstimateError;
use crate::linear::matrix::Matrix;
use crate::linear::vector::count;

/// Moves all correlations toward one.
///
/// ```
/// use evenkeel_quant::estimate::covariance::{Covariance, stressed::toward_common_correlation};
/// let calm = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// let stressed = toward_common_correlation(&calm, 0.8, 0.5)?;
/// assert!((stressed.matrix().get(0, 1) - 0.4 * 0.2 * 0.1).abs() < 1e-17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Parameter`] for a correlation that n assets cannot all have, and for an intensity
/// outside 0 to 1.
pub fn toward_common_correlation(covariance: &Covariance, correlation: f64, intensity: f64) -> Result<Covariance, EstimateError> {
    if !(0.0..=1.0).contains(&intensity) {
        return Err(EstimateError::Parameter { name: "the intensity", value: intensity, range: "from 0 to 1" });
    }
    let others = count(covariance.size().saturating_sub(1));
    // As many assets cannot all move against one another by more.
    if !(correlation <= 1.0 && correlation * others >= -1.0) {
        let range = "at most 1, and at least -1 divided by one less than the number of assets";
        return Err(EstimateError::Parameter { name: "the common correlation", value: correlation, range });
    }
    let volatilities = covariance.volatilities();
    let (keep, common) = (1.0 - intensity, intensity * correlation);
    match covariance.factor_form() {
        Some(form) if correlation >= 0.0 => Ok(with_common_factor(form, &volatilities, keep, common)),
        _ => {
            let given = covariance.matrix();
            let entry = |row: usize, column: usize| {
                let toward = common * (volatilities[row] * volatilities[column]);
                if row == column { given.get(row, row) } else { keep * given.get(row, column) + toward }
            };
            Ok(Covariance::dense(Matrix::from_fn(given.rows(), given.columns(), entry)))
        }
    }
}

/// (1 − θ) (L Lᵀ + diag(d)) + θ c σσᵀ + θ (1 − c) diag(σ²)
fn with_common_factor(form: &FactorForm, volatilities: &[f64], keep: f64, common: f64) -> Covariance {
    let (assets, factors) = (form.loadings.rows(), form.loadings.columns());
    let loadings = Matrix::from_fn(assets, factors + 1, |row, column| {
        if column < factors { keep.sqrt() * form.loadings.get(row, column) } else { common.sqrt() * volatilities[row] }
    });
    let rest = (1.0 - keep) - common;
    let own = |(specific, volatility): (&f64, &f64)| keep * specific + rest.max(0.0) * volatility * volatility;
    Covariance::factors(loadings, form.specific.iter().zip(volatilities).map(own).collect())
}

/// Replaces the correlations of chosen pairs, and repairs what then contradicts them.
///
/// ```
/// use evenkeel_quant::estimate::covariance::{Covariance, stressed::with_correlations};
/// let calm = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, -0.3, -0.3, 1.0])?;
/// let stressed = with_correlations(&calm, &[(0, 1, 0.6)])?;
/// assert!((stressed.covariance.decompose().correlation.get(0, 1) - 0.6).abs() < 1e-15);
/// assert_eq!(stressed.distance, 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Asset`] for an asset that is not there, or the same one twice in a pair;
/// [`EstimateError::Parameter`] for a correlation outside −1 to 1.
pub fn with_correlations(covariance: &Covariance, correlations: &[(usize, usize, f64)]) -> Result<Repaired, EstimateError> {
    let volatilities = covariance.volatilities();
    let mut matrix = covariance.matrix().into_owned();
    for (first, second, correlation) in correlations.iter().copied() {
        for asset in [first, second] {
            if asset >= volatilities.len() || first == second {
                return Err(EstimateError::Asset { asset, assets: volatilities.len() });
            }
        }
        if !(-1.0..=1.0).contains(&correlation) {
            return Err(EstimateError::Parameter { name: "a correlation", value: correlation, range: "from -1 to 1" });
        }
        let value = correlation * (volatilities[first] * volatilities[second]);
        matrix.set(first, second, value);
        matrix.set(second, first, value);
    }
    repair(&matrix, Repair::Nearest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn factors_and_entries_are_stressed_alike() {
        let loadings = Matrix::from_columns(3, 1, vec![0.2, 0.1, -0.1]).unwrap();
        let factors = Covariance::from_factors(loadings, vec![0.01, 0.02, 0.0]).unwrap();
        let dense = Covariance::from_matrix(factors.matrix().into_owned()).unwrap();
        for (correlation, intensity) in [(0.8, 0.5), (0.8, 1.0), (1.0, 1.0), (0.0, 0.3), (-0.4, 0.7)] {
            let (a, b) = (
                toward_common_correlation(&factors, correlation, intensity).unwrap(),
                toward_common_correlation(&dense, correlation, intensity).unwrap(),
            );
            assert_eq!(a.factor_form().is_some(), correlation >= 0.0);
            for (a, b) in a.matrix().values().iter().zip(b.matrix().values()) {
                assert!((a - b).abs() < 1e-16, "{correlation} {intensity}");
            }
            let (i, j) = (1, 0);
            let expected = (1.0 - intensity) * dense.decompose().correlation.get(i, j) + intensity * correlation;
            assert!((a.decompose().correlation.get(i, j) - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn what_no_assets_can_have_is_refused() {
        let covariance = Covariance::from_matrix(Matrix::identity(3)).unwrap();
        for (correlation, intensity) in [(1.1, 0.5), (-0.6, 0.5), (0.5, 1.5), (0.5, -0.1), (f64::NAN, 0.5), (0.5, f64::NAN)] {
            assert!(matches!(toward_common_correlation(&covariance, correlation, intensity), Err(EstimateError::Parameter { .. })));
        }
        assert!(toward_common_correlation(&covariance, -0.5, 1.0).is_ok());
        assert!(matches!(with_correlations(&covariance, &[(0, 3, 0.5)]), Err(EstimateError::Asset { asset: 3, assets: 3 })));
        assert!(matches!(with_correlations(&covariance, &[(1, 1, 0.5)]), Err(EstimateError::Asset { asset: 1, .. })));
        assert!(matches!(with_correlations(&covariance, &[(0, 1, -1.5)]), Err(EstimateError::Parameter { .. })));
    }

    #[test]
    fn contradicting_pairs_are_repaired_and_told() {
        let covariance = Covariance::from_matrix(Matrix::identity(3)).unwrap();
        let found = with_correlations(&covariance, &[(0, 1, 0.9), (1, 2, 0.9), (0, 2, -0.9)]).unwrap();
        assert!((found.smallest_eigenvalue + 0.8).abs() < 1e-12);
        assert!(found.largest_change.is_some());
    }
}
