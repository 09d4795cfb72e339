//! Few common factors and what each asset has of its own.
//!
//! x = a + B f + ε,  Σ = B F Bᵀ + diag(d)
//!
//! | symbol | field | shape | unit |
//! |---|---|---|---|
//! | x | returns of assets | T × n | a period, a fraction |
//! | f | returns of factors | T × k | a period, a fraction |
//! | B | `exposures` | n × k | returns of the asset per return of the factor |
//! | F | `factor_covariance` | k × k | a period |
//! | d | specific variances: of ε, which are taken to be uncorrelated | n | a period, at least 0 |
//! | Σ | `covariance` | n × n, as factors L = B F^½ and d | a period |
//!
//! Not annualized. Three ways to have two of x, f and B and find the third:

// Neither factors nor exposures are given: the directions in which returns vary most.
pub mod principal_components;

// Exposures are given, as in a fundamental model: factor returns period by period.
pub mod given_exposures;

// Factor returns are given: exposures by regression over time.
pub mod given_factors;

use super::{Covariance, CovarianceError};
use crate::linear::eigen::{Eigen, NoEigenvalues};
use crate::linear::matrix::Matrix;
use crate::linear::product::multiply;
use crate::linear::vector::scale;

/// A covariance with the factors that make it.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorModel {
    /// The covariance, a period, in factor form.
    pub covariance: Covariance,
    /// B: returns of each asset per return of each factor.
    pub exposures: Matrix,
    /// F: covariance of the factors, a period.
    pub factor_covariance: Covariance,
    /// Share of each asset's variance that the factors explain. 1 for an asset that never moves.
    pub explained: Vec<f64>,
}

/// Joins exposures, a covariance of factors and specific variances that are all given.
///
/// ```
/// use evenkeel_quant::{
///     estimate::covariance::{Covariance, factor_model::compose},
///     linear::matrix::Matrix,
/// };
/// let market = Covariance::from_volatilities(&[0.2], &[1.0])?;
/// let betas = Matrix::from_columns(2, 1, vec![1.0, 0.5])?;
/// let model = compose(betas, market, vec![0.01, 0.0])?;
/// assert!((model.covariance.matrix().get(0, 1) - 0.02).abs() < 1e-17);
/// assert!((model.explained[0] - 0.8).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CovarianceError::Size`] where the shapes do not fit; [`CovarianceError::Entry`] for an entry that
/// is no number and for a specific variance below 0.
pub fn compose(exposures: Matrix, factor_covariance: Covariance, specific: Vec<f64>) -> Result<FactorModel, CovarianceError> {
    if factor_covariance.size() != exposures.columns() {
        return Err(CovarianceError::Size { assets: exposures.columns(), found: factor_covariance.size() });
    }
    // Checks the entries and the specific variances.
    Covariance::from_factors(exposures.clone(), specific.clone())?;
    join(exposures, factor_covariance, specific)
        .map_err(|NoEigenvalues| CovarianceError::NotPositiveSemidefinite { smallest_eigenvalue: f64::NAN })
}

/// The same of parts that are known to be finite and to fit.
fn join(exposures: Matrix, factor_covariance: Covariance, specific: Vec<f64>) -> Result<FactorModel, NoEigenvalues> {
    // With F = V diag(λ) Vᵀ, B V √λ is a square root of B F Bᵀ, also where F is singular.
    let mut root = Eigen::of(&factor_covariance.matrix())?;
    for (at, value) in root.values.iter().enumerate() {
        scale(root.vectors.column_mut(at), value.max(0.0).sqrt());
    }
    let covariance = Covariance::factors(multiply(&exposures, &root.vectors), specific.clone());
    let share = |(own, all): (f64, f64)| if all > 0.0 { 1.0 - own / all } else { 1.0 };
    let explained = specific.into_iter().zip(covariance.variances()).map(share).collect();
    Ok(FactorModel { covariance, exposures, factor_covariance, explained })
}
