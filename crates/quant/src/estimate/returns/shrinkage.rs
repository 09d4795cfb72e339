//! Means drawn together: James–Stein and Bayes–Stein.
//!
//! μ* = (1 − α) μ̂ + α b 1
//!
//! | estimate | b | α |
//! |---|---|---|
//! | James–Stein | 1ᵀμ̂/n | 1/T (tr Σ − 2 λ₁) ÷ \|μ̂ − b1\|², at least 0 and at most 1 |
//! | Bayes–Stein | 1ᵀΣ⁻¹μ̂ ÷ 1ᵀΣ⁻¹1 | (n + 2) ÷ (n + 2 + T (μ̂ − b1)ᵀΣ⁻¹(μ̂ − b1)) |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | μ̂ | `means` | n | historical means, a fraction a period |
//! | Σ, λ₁ | `covariance` | n × n | a period; λ₁ is its largest eigenvalue |
//! | T | `observations` | 1 | rows from which the means were made |
//! | b | [`Shrunk::target`] | 1 | the common mean, a fraction a period |
//! | α | [`Shrunk::intensity`] | 1 | 0 leaves the means, 1 makes them equal |
//!
//! James–Stein's target is the mean of means; it needs no inverse, and shrinks nothing where one
//! eigenvalue outweighs all others (always for two assets). Bayes–Stein's is the mean of the
//! minimum-variance portfolio. Σ is taken as given, as skfolio and Riskfolio-Lib do; Jorion's own
//! estimate is the sample covariance (ddof = 1) times (T − 1) ÷ (T − n − 2). Sources: W. James, C.
//! Stein, Proceedings of the Fourth Berkeley Symposium 1 (1961); A. Meucci, *Risk and Asset
//! Allocation* (2005), section 4.4.1; P. Jorion, Journal of Financial and Quantitative Analysis
//! 21 (1986). Pinned by `golden/expected_returns.json`.

use crate::estimate::covariance::Covariance;
use crate::estimate::observations::{EstimateError, check_list};
use crate::linear::cholesky::Cholesky;
use crate::linear::eigen::Eigen;
use crate::linear::vector::{count, dot, sum};

/// Means that were drawn together.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// μ*: expected returns, a period.
    pub returns: Vec<f64>,
    /// b: what they were drawn to.
    pub target: f64,
    /// α: how far, from 0 to 1.
    pub intensity: f64,
}

/// James–Stein: toward the mean of all means.
///
/// ```
/// use evenkeel_quant::estimate::{covariance::Covariance, returns::shrinkage::james_stein};
/// let independent = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
/// let covariance = Covariance::from_volatilities(&[0.1; 3], &independent)?;
/// let shrunk = james_stein(&[0.00, 0.01, 0.02], &covariance, 100)?;
/// assert!((shrunk.target - 0.01).abs() < 1e-15 && (shrunk.intensity - 0.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Size`], [`EstimateError::Value`], [`EstimateError::Parameter`]
/// for no observations.
pub fn james_stein(means: &[f64], covariance: &Covariance, observations: usize) -> Result<Shrunk, EstimateError> {
    check(means, covariance, observations)?;
    if means.is_empty() {
        return Ok(Shrunk { returns: Vec::new(), target: 0.0, intensity: 0.0 });
    }
    let target = sum(means) / count(means.len());
    let distances: Vec<f64> = means.iter().map(|mean| mean - target).collect();
    let apart = dot(&distances, &distances);
    let largest = Eigen::values_of(&covariance.matrix())?.last().copied().unwrap_or_default();
    let noise = (sum(&covariance.variances()) - 2.0 * largest) / count(observations);
    let intensity = if apart > 0.0 { (noise / apart).clamp(0.0, 1.0) } else { 1.0 };
    Ok(shrink(means, target, intensity))
}

/// Bayes–Stein (Jorion): toward the mean of the minimum-variance portfolio.
///
/// ```
/// use evenkeel_quant::estimate::{covariance::Covariance, returns::shrinkage::bayes_stein};
/// let covariance = Covariance::from_volatilities(&[0.1, 0.2], &[1.0, 0.0, 0.0, 1.0])?;
/// let shrunk = bayes_stein(&[0.01, 0.02], &covariance, 100)?;
/// assert!((shrunk.target - 0.012).abs() < 1e-15); // four fifths in the first asset
/// assert!((shrunk.intensity - 4.0 / (4.0 + 100.0 * (0.0004 + 0.0016))).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`james_stein`], and [`EstimateError::Singular`] for a covariance without inverse.
pub fn bayes_stein(means: &[f64], covariance: &Covariance, observations: usize) -> Result<Shrunk, EstimateError> {
    check(means, covariance, observations)?;
    if means.is_empty() {
        return Ok(Shrunk { returns: Vec::new(), target: 0.0, intensity: 0.0 });
    }
    let cholesky = Cholesky::factor(covariance.matrix().into_owned()).map_err(|error| EstimateError::Singular { pivot: error.pivot })?;
    let minimum_variance = cholesky.solve(&vec![1.0; means.len()]);
    let target = dot(&minimum_variance, means) / sum(&minimum_variance);
    let distances: Vec<f64> = means.iter().map(|mean| mean - target).collect();
    let apart = dot(&distances, &cholesky.solve(&distances));
    let prior = count(means.len() + 2);
    Ok(shrink(means, target, prior / (prior + count(observations) * apart)))
}

fn check(means: &[f64], covariance: &Covariance, observations: usize) -> Result<(), EstimateError> {
    check_list("means", means, covariance.size())?;
    if observations == 0 {
        return Err(EstimateError::Parameter { name: "number of observations", value: 0.0, range: "above 0" });
    }
    Ok(())
}

fn shrink(means: &[f64], target: f64, intensity: f64) -> Shrunk {
    Shrunk { returns: means.iter().map(|mean| mean + intensity * (target - mean)).collect(), target, intensity }
}
