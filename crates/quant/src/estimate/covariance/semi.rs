//! Covariance of shortfalls alone.
//!
//! Σᵢⱼ = Σₜ min(xₜᵢ − bᵢ, 0) min(xₜⱼ − bⱼ, 0) ÷ (T − ddof)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `returns` | T × n | a period, a fraction |
//! | b | `below` | n, the means; or one level for all | a period, a fraction |
//! | ddof | `ddof` | 1 | degrees of freedom lost |
//! | Σ | result | n × n | a period |
//!
//! The diagonal is the square of the downside deviation about b. Symmetric and positive semidefinite,
//! which the semicovariance of Markowitz (1959), about a portfolio's own return, is not. Not annualized.
//! (J. Estrada, "Mean-Semivariance Optimization: A Heuristic Approach", 2008.) Pinned by `golden/covariance.json`.

use super::Covariance;
use crate::estimate::observations::{EstimateError, check, check_rows, deviations};
use crate::linear::matrix::Matrix;
use crate::linear::product::scaled_gram;
use crate::linear::vector::count;

/// Below what a return is a shortfall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Below {
    /// The asset's own mean.
    Mean,
    /// A return a period, the same for all assets.
    Level(f64),
}

/// Covariance of shortfalls alone.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::semi::{Below, semicovariance}, linear::matrix::Matrix};
/// let returns = Matrix::from_columns(4, 1, vec![0.02, -0.01, 0.01, -0.03])?;
/// let covariance = semicovariance(&returns, Below::Level(0.0), 0)?;
/// assert!((covariance.variances()[0] - (0.0001 + 0.0009) / 4.0).abs() < 1e-18);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewRows`] unless T > ddof; [`EstimateError::Parameter`] for a level that is no
/// number; [`EstimateError::Value`] for a return that is no number.
pub fn semicovariance(returns: &Matrix, below: Below, ddof: usize) -> Result<Covariance, EstimateError> {
    check_rows(returns.rows(), ddof)?;
    if let Below::Level(value) = below
        && !value.is_finite()
    {
        return Err(EstimateError::Parameter { name: "the level", value, range: "a number" });
    }
    let mut shortfalls = match below {
        Below::Mean => deviations("returns", returns)?,
        Below::Level(level) => {
            check("returns", returns)?;
            let mut distances = returns.clone();
            for value in distances.values_mut() {
                *value -= level;
            }
            distances
        }
    };
    for distance in shortfalls.values_mut() {
        *distance = distance.min(0.0);
    }
    Ok(Covariance::dense(scaled_gram(&shortfalls, count(returns.rows() - ddof).recip())))
}
