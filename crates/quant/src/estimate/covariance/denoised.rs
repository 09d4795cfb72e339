//! A covariance rid of the eigenvalues that noise alone would give.
//!
//! C = Σₖ λₖ vₖvₖᵀ is the correlation of the sample. With λ₊ = (1 + √(n ÷ T))², the edge of the
//! spectrum of pure noise, C̃ = λ̄ I + Σ_{λₖ > λ₊} (λₖ − λ̄) vₖvₖᵀ, where λ̄ is the mean of the
//! eigenvalues at or below λ₊. The result is C̃ scaled to a diagonal of ones, times the volatilities.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | T, n | rows and columns of `returns` that move | 1 | |
//! | ddof | `ddof` | 1 | degrees of freedom of the variances |
//! | λ | [`Denoised::eigenvalues`], increasing | n | of a correlation; their sum is n |
//! | λ₊ | [`Denoised::edge`] | 1 | |
//! | Σ | [`Denoised::covariance`] | n × n, as factors | a period |
//!
//! Variances are those of the sample. The result is in factor form, with a factor for each eigenvalue
//! that is kept. The noise is taken to have variance 1; libraries that fit it (`skfolio`, Riskfolio-Lib)
//! get the same result as long as the same number of eigenvalues is kept. An asset that never moves
//! is set aside. Not annualized. (V. A. Marchenko, L. A. Pastur 1967; L. Laloux, P. Cizeau,
//! J.-P. Bouchaud, M. Potters, "Noise Dressing of Financial Correlation Matrices", 1999;
//! M. López de Prado, *Machine Learning for Asset Managers*, 2020, section 2.5.1.) Pinned by the published case
//! and, for the edge and the trace, by closed forms in this file.

use super::Covariance;
use super::correlation::decompose;
use super::sample::sample_covariance;
use crate::estimate::observations::EstimateError;
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::vector::count;

/// A covariance without noise, and what was taken for noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Denoised {
    /// The covariance, a period, in factor form.
    pub covariance: Covariance,
    /// Number of eigenvalues above the edge.
    pub signals: usize,
    /// λ₊: the largest eigenvalue that pure noise gives.
    pub edge: f64,
    /// Eigenvalues of the correlation of the assets that move, increasing.
    pub eigenvalues: Vec<f64>,
}

/// The covariance in which the eigenvalues of noise are all the same.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::denoised::denoised, linear::matrix::Matrix};
/// // Two assets that move as one: one signal, and no noise.
/// let returns = Matrix::from_fn(40, 2, |row, _| if row % 2 == 0 { 0.01 } else { -0.01 });
/// let found = denoised(&returns, 1)?;
/// assert_eq!(found.signals, 1);
/// # Ok::<(), evenkeel_quant::estimate::observations::EstimateError>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewRows`] unless T > ddof; [`EstimateError::Value`] for a return that is no number.
pub fn denoised(returns: &Matrix, ddof: usize) -> Result<Denoised, EstimateError> {
    let sample = decompose(&sample_covariance(returns, ddof)?.matrix());
    let moving: Vec<usize> = (0..returns.columns()).filter(|at| sample.volatilities[*at] > 0.0).collect();
    let eigen = Eigen::of(&sample.correlation.select(&moving, &moving))?;
    let edge = (1.0 + (count(moving.len()) / count(returns.rows())).sqrt()).powi(2);
    let signals = eigen.values.iter().filter(|value| **value > edge).count();
    let noise = moving.len() - signals;
    let mean_noise = if noise == 0 { 0.0 } else { (eigen.values[..noise].iter().sum::<f64>() / count(noise)).max(0.0) };
    let mut loadings = Matrix::zeros(returns.columns(), signals);
    let mut specific = vec![0.0; returns.columns()];
    for (row, asset) in moving.iter().copied().enumerate() {
        let squares = |k: usize| (eigen.values[k] - mean_noise) * eigen.vectors.get(row, k).powi(2);
        let diagonal = mean_noise + (noise..moving.len()).map(squares).sum::<f64>();
        let scale = sample.volatilities[asset] / diagonal.sqrt();
        for k in noise..moving.len() {
            loadings.set(asset, k - noise, scale * (eigen.values[k] - mean_noise).sqrt() * eigen.vectors.get(row, k));
        }
        specific[asset] = scale * scale * mean_noise;
    }
    Ok(Denoised { covariance: Covariance::factors(loadings, specific), signals, edge, eigenvalues: eigen.values })
}
