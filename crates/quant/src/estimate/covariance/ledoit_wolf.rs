//! Shrinkage of Ledoit and Wolf: the intensity that minimizes the expected squared error.
//!
//! Toward the identity, F = m I with m = tr S ÷ n:
//!
//! δ = min(b², d²) ÷ d²,  d² = ‖S‖² − n m²,  b² = (Σₜ ‖yₜ‖⁴ ÷ T − ‖S‖²) ÷ T
//!
//! Toward constant correlation, Fᵢᵢ = Sᵢᵢ and Fᵢⱼ = r̄ √(SᵢᵢSⱼⱼ):
//!
//! δ = max(0, min(1, (π − ρ) ÷ γ ÷ T)),  γ = ‖S − F‖²,
//! π = Σᵢⱼ πᵢⱼ with πᵢⱼ = Σₜ (yₜᵢyₜⱼ − Sᵢⱼ)² ÷ T,
//! ρ = Σᵢ πᵢᵢ + r̄ Σᵢ≠ⱼ √(Sⱼⱼ ÷ Sᵢᵢ) Σₜ (yₜᵢ² − Sᵢᵢ)(yₜᵢyₜⱼ − Sᵢⱼ) ÷ T
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | y | `returns` − means | T × n | a period, a fraction |
//! | S | sample covariance, divided by T − `ddof` | n × n | a period |
//! | r̄ | mean of the correlations off the diagonal | 1 | −1 to 1 |
//! | δ | [`Shrunk::intensity`] | 1 | 0 to 1 |
//!
//! None of the sums over T × n² terms is formed: summed over i and j they are powers of row lengths
//! and products of row sums. Not annualized. Where the sample is the target already (one asset, one
//! row, no movement), δ is 0. An asset that never moves has covariances of 0 in both target and
//! sample, and no part in r̄. (O. Ledoit, M. Wolf, "A Well-Conditioned Estimator for Large-Dimensional
//! Covariance Matrices", 2004, eq. 14 with lemmas 3.2 to 3.4; "Honey, I Shrunk the Sample Covariance
//! Matrix", 2004, appendix B.) Pinned by `golden/covariance.json`.

use super::Covariance;
use super::shrinkage::{Shrunk, TowardIdentity, squared_lengths};
use crate::estimate::observations::{EstimateError, check_rows, deviations};
use crate::linear::matrix::Matrix;
use crate::linear::product::scaled_gram;
use crate::linear::vector::{add_scaled, count, dot, scale, vectorized};

/// The sample covariance drawn toward a multiple of the identity.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::ledoit_wolf::ledoit_wolf_identity, linear::matrix::Matrix};
/// let returns = Matrix::from_rows(3, 2, &[0.01, 0.03, 0.02, 0.01, 0.03, 0.02])?;
/// let shrunk = ledoit_wolf_identity(&returns)?;
/// assert!(shrunk.intensity > 0.0 && shrunk.intensity <= 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewRows`] without rows; [`EstimateError::Value`] for a return that is no number.
pub fn ledoit_wolf_identity(returns: &Matrix) -> Result<Shrunk, EstimateError> {
    let sums = TowardIdentity::of(returns)?;
    let rows = count(sums.rows);
    let dispersion = sums.squared_norm - count(sums.assets) * sums.mean_variance * sums.mean_variance;
    let error = (sums.fourth_moment / rows - sums.squared_norm) / rows;
    // Below rounding of ‖S‖², the sample is the target.
    let is_target = dispersion <= f64::EPSILON * count(sums.assets) * sums.squared_norm;
    let intensity = if is_target { 0.0 } else { (error / dispersion).clamp(0.0, 1.0) };
    Ok(sums.shrunk(intensity))
}

/// A covariance drawn toward constant correlation.
#[derive(Debug, Clone, PartialEq)]
pub struct ShrunkToConstantCorrelation {
    /// The covariance and the intensity.
    pub shrunk: Shrunk,
    /// r̄: the correlation of the target.
    pub mean_correlation: f64,
}

/// The sample covariance drawn toward one in which all correlations are the same. The paper has
/// `ddof` 0; `PyPortfolioOpt` has 1.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::ledoit_wolf::ledoit_wolf_constant_correlation, linear::matrix::Matrix};
/// let returns = Matrix::from_rows(4, 2, &[0.01, 0.03, 0.02, 0.01, 0.03, 0.02, 0.0, 0.01])?;
/// let found = ledoit_wolf_constant_correlation(&returns, 0)?;
/// // With two assets there is one correlation: the sample is the target.
/// assert_eq!(found.shrunk.intensity, 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewRows`] unless T > ddof; [`EstimateError::Value`] for a return that is no number.
pub fn ledoit_wolf_constant_correlation(returns: &Matrix, ddof: usize) -> Result<ShrunkToConstantCorrelation, EstimateError> {
    check_rows(returns.rows(), ddof)?;
    let deviations = deviations("returns", returns)?;
    let lost = count(returns.rows() - ddof);
    let mut matrix = scaled_gram(&deviations, lost.recip());
    let volatilities: Vec<f64> = matrix.diagonal().iter().map(|variance| variance.sqrt()).collect();
    let mean_correlation = mean_correlation(&matrix, &volatilities);
    // γ = ‖S − F‖²
    let mut distance = 0.0;
    for (at, column) in matrix.iter_columns().enumerate() {
        let level = mean_correlation * volatilities[at];
        let below = column[at + 1..].iter().zip(&volatilities[at + 1..]);
        distance += 2.0 * below.map(|(value, volatility)| (value - level * volatility).powi(2)).sum::<f64>();
    }
    let squared_norm = dot(matrix.values(), matrix.values());
    let is_target = distance <= f64::EPSILON * count(returns.columns()) * squared_norm;
    let error = error_beyond_target(&deviations, &matrix, &volatilities, lost, mean_correlation);
    let intensity = if is_target { 0.0 } else { (error / distance / count(returns.rows())).clamp(0.0, 1.0) };
    for (at, volatility) in volatilities.iter().enumerate() {
        let variance = matrix.get(at, at);
        let level = intensity * mean_correlation * volatility;
        let column = matrix.column_mut(at);
        scale(column, 1.0 - intensity);
        add_scaled(column, level, &volatilities);
        column[at] = variance;
    }
    Ok(ShrunkToConstantCorrelation { shrunk: Shrunk { covariance: Covariance::dense(matrix), intensity }, mean_correlation })
}

/// r̄ over the pairs of assets that move.
fn mean_correlation(matrix: &Matrix, volatilities: &[f64]) -> f64 {
    let inverse: Vec<f64> = volatilities.iter().map(|volatility| if *volatility > 0.0 { volatility.recip() } else { 0.0 }).collect();
    let moving = inverse.iter().filter(|inverse| **inverse > 0.0).count();
    if moving < 2 {
        return 0.0;
    }
    let mut total = 0.0;
    for (at, column) in matrix.iter_columns().enumerate() {
        total += inverse[at] * dot(&column[at + 1..], &inverse[at + 1..]);
    }
    (2.0 * total / (count(moving) * count(moving - 1))).clamp(-1.0, 1.0)
}

/// π − ρ, with S divided by `lost` rather than by T.
///
/// Written out, πᵢⱼ = Σₜ yₜᵢ²yₜⱼ² ÷ T + κ Sᵢⱼ² with κ = 1 − 2 (T − ddof) ÷ T, and the sum in ρ is
/// Σₜ yₜᵢ³yₜⱼ ÷ T + κ `SᵢᵢSᵢⱼ`.
fn error_beyond_target(deviations: &Matrix, matrix: &Matrix, volatilities: &[f64], lost: f64, mean_correlation: f64) -> f64 {
    let rows = count(deviations.rows());
    let correction = 1.0 - 2.0 * lost / rows;
    let lengths = squared_lengths(deviations);
    let all = dot(&lengths, &lengths) / rows + correction * dot(matrix.values(), matrix.values());
    // Σᵢ yₜᵢ³ ÷ σᵢ and Σⱼ σⱼ yₜⱼ of each row; then the diagonal, i = j, is taken out again.
    let (mut cubes, mut sums) = (vec![0.0; deviations.rows()], vec![0.0; deviations.rows()]);
    let mut squares = vec![0.0; deviations.rows()];
    let (mut own, mut diagonal) = (0.0, 0.0);
    for (at, column) in deviations.iter_columns().enumerate() {
        let (volatility, variance) = (volatilities[at], matrix.get(at, at));
        if variance <= 0.0 {
            continue;
        }
        let inverse = volatility.recip();
        let entries = cubes.iter_mut().zip(&mut sums).zip(&mut squares).zip(column);
        vectorized(
            #[inline(always)]
            || {
                for (((cube, sum), square), value) in entries {
                    *square = value * value;
                    *cube += *square * value * inverse;
                    *sum += volatility * value;
                }
            },
        );
        let fourth = dot(&squares, &squares) / rows;
        own += fourth + correction * variance * variance;
        diagonal += fourth + correction * variance * variance - correction * volatility * dot(volatilities, matrix.column(at));
    }
    let off_diagonal = dot(&cubes, &sums) / rows - diagonal;
    all - own - mean_correlation * off_diagonal
}
