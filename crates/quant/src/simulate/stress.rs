//! Futures harder than the past: correlations moved to a level, and volatilities multiplied.
//!
//! Of rows x with means m and volatilities σ: **correlations** x′ = m + R′ R⁻¹ (x − m), with R Rᵀ their covariance and
//! R′ R′ᵀ that with every correlation ρ; **volatilities** x′ = m + k (x − m).
//!
//! Both turn whole rows, so that what happened together still does, and keep the means. The roots are symmetric, which
//! moves the rows least (A. Kessy, A. Lewin, K. Strimmer, *Optimal Whitening and Decorrelation*, The American
//! Statistician 72, 2018). That all correlations are ρ ≥ 0 is always possible; see
//! [`stressed`](crate::estimate::covariance::stressed). A return that would be −1 or below is refused. The third stress,
//! years that are lost, is of the [`Plan`](super::Plan).

use super::error::{SimulateError, check};
use super::moments::{Moments, check_returns};
use crate::estimate::covariance::Covariance;
use crate::estimate::covariance::stressed::toward_common_correlation;
use crate::linear::eigen::Eigen;
use crate::linear::matrix::Matrix;
use crate::linear::product::{multiply, times};

/// Share of the largest eigenvalue below which a direction counts as one in which nothing moves.
const SINGULAR: f64 = 1e-12;

/// Moves the correlations of the first `assets` columns of returns to a level; the others stay.
///
/// ```
/// use evenkeel_quant::linear::matrix::Matrix;
/// use evenkeel_quant::simulate::{moments::Moments, stress};
/// let calm = Matrix::from_columns(4, 2, vec![0.01, -0.01, 0.01, -0.01, 0.02, 0.02, -0.02, -0.02])?;
/// let crisis = Moments::of_returns(&stress::correlate(&calm, 2, 0.8)?)?.covariance;
/// assert!((crisis.get(0, 1) / (crisis.get(0, 0) * crisis.get(1, 1)).sqrt() - 0.8).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SimulateError`] for a level outside 0 to 1, returns of which one is a combination of others, and a return that
/// would be a total loss.
pub fn correlate(returns: &Matrix, assets: usize, level: f64) -> Result<Matrix, SimulateError> {
    check("the level of correlations", level, (0.0..=1.0).contains(&level), "from 0 to 1")?;
    let Moments { mean, covariance } = Moments::of_returns(returns)?;
    // What never moves has no correlation.
    let moving: Vec<usize> = (0..assets.min(returns.columns())).filter(|asset| covariance.get(*asset, *asset) > 0.0).collect();
    let of_moving = Covariance::from_matrix(covariance.select(&moving, &moving))?;
    let stressed = toward_common_correlation(&of_moving, level, 1.0)?;
    let unit = |covariance: &Covariance| covariance.decompose().correlation;
    let turn = multiply(&power(&unit(&stressed), 0.5)?, &power(&unit(&of_moving), -0.5)?);
    let volatilities = of_moving.volatilities();
    let mut turned = returns.clone();
    for row in 0..returns.rows() {
        let standard: Vec<f64> =
            moving.iter().zip(&volatilities).map(|(asset, sd)| (returns.get(row, *asset) - mean[*asset]) / sd).collect();
        for ((asset, sd), value) in moving.iter().zip(&volatilities).zip(times(&turn, &standard)) {
            turned.set(row, *asset, mean[*asset] + sd * value);
        }
    }
    check_returns(&turned)?;
    Ok(turned)
}

/// Multiplies the deviations of the first `assets` columns of returns from their means; the others stay.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, simulate::stress};
/// let wild = stress::multiply_volatility(&Matrix::from_columns(2, 1, vec![0.01, 0.03])?, 1, 2.0)?;
/// assert!((wild.get(0, 0) - 0.0).abs() < 1e-17 && (wild.get(1, 0) - 0.04).abs() < 1e-17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SimulateError`] for a multiple that is not above 0, and a return that would be a total loss.
pub fn multiply_volatility(returns: &Matrix, assets: usize, multiple: f64) -> Result<Matrix, SimulateError> {
    check_multiple(multiple)?;
    let mean = Moments::of_returns(returns)?.mean;
    let scaled = |row: usize, column: usize| {
        let value = returns.get(row, column);
        if column < assets { mean[column] + multiple * (value - mean[column]) } else { value }
    };
    let scaled = Matrix::from_fn(returns.rows(), returns.columns(), scaled);
    check_returns(&scaled)?;
    Ok(scaled)
}

/// That a multiple of volatility is one.
///
/// # Errors
/// [`SimulateError::Parameter`] where it is not above 0.
pub fn check_multiple(multiple: f64) -> Result<(), SimulateError> {
    check("the multiple of volatility", multiple, multiple > 0.0 && multiple.is_finite(), "above 0")
}

/// A symmetric matrix to a power, by its eigenvalues.
fn power(matrix: &Matrix, exponent: f64) -> Result<Matrix, SimulateError> {
    let Eigen { values, vectors } = Eigen::of(matrix).map_err(crate::estimate::observations::EstimateError::from)?;
    let largest = values.last().copied().unwrap_or_default();
    let mut scaled = vectors.clone();
    for (at, value) in values.iter().enumerate() {
        let sound = exponent > 0.0 || *value > SINGULAR * largest;
        check("the smallest eigenvalue of the correlations", *value, sound, "above 0: an asset is a combination of others")?;
        let factor = value.max(0.0).powf(exponent);
        scaled.column_mut(at).iter_mut().for_each(|entry| *entry *= factor);
    }
    Ok(multiply(&scaled, &vectors.transposed()))
}
