//! A mean in which recent returns count more.
//!
//! μᵢ = Σₜ λᵀ⁻ᵗ rₜᵢ ÷ Σₜ λᵀ⁻ᵗ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T × n, oldest first | simple, a fraction a period |
//! | λ | `decay` | 1 | above 0, at most 1; half of the weight lies on the last ln ½ ÷ ln λ rows |
//! | μ | result | n | a fraction a period |
//!
//! The weights sum to 1 however short the history; 1 is the plain mean. Source: J. P. Morgan/Reuters,
//! *RiskMetrics Technical Document*, 4th ed. (1996), section 5.2. Pinned by
//! `golden/expected_returns.json`.

use crate::estimate::observations::{EstimateError, check, check_rows};
use crate::linear::matrix::Matrix;
use crate::linear::product::transposed_times;
use crate::linear::vector::sum;

/// Exponentially weighted mean of each asset's returns, none of which may be missing.
///
/// ```
/// use evenkeel_quant::{estimate::returns::exponential::exponentially_weighted_returns, linear::matrix::Matrix};
/// let returns = Matrix::from_columns(2, 1, vec![0.3, 0.6])?;
/// assert!((exponentially_weighted_returns(&returns, 0.5)?[0] - (0.5 * 0.3 + 0.6) / 1.5).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Value`], [`EstimateError::TooFewRows`] where there are no rows,
/// [`EstimateError::Parameter`] for a decay outside its range.
pub fn exponentially_weighted_returns(returns: &Matrix, decay: f64) -> Result<Vec<f64>, EstimateError> {
    check_rows(returns.rows(), 0)?;
    check("returns", returns)?;
    if !(decay > 0.0 && decay <= 1.0) {
        return Err(EstimateError::Parameter { name: "decay", value: decay, range: "above 0 and at most 1" });
    }
    let mut weights = vec![1.0; returns.rows()];
    for later in (1..weights.len()).rev() {
        weights[later - 1] = weights[later] * decay;
    }
    let total = sum(&weights);
    Ok(transposed_times(returns, &weights).into_iter().map(|weighted| weighted / total).collect())
}
