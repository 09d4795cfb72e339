//! Which mix of indices a fund has moved like.
//!
//! minimize var(r − F w) subject to w ≥ 0, Σ w = 1; R² = 1 − var(r − F w) ÷ var(r)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | simple, a fraction a period |
//! | F | `indices` | T × n | returns of indices, the same dates |
//! | w | [`Style::weights`] | n | fractions |
//! | R² | [`Style::r_squared`] | 1 | share of the variance that the mix explains; below 0 where it explains less than nothing |
//! | | [`Style::selection`] | T | r − F w: what the fund did beyond its style |
//!
//! The mean of the difference is free: what is fitted is its variance, as skill is no error. Two indices that move alike may take each
//! other's place; the mix nearest to equal weights is taken. Errors: series of different lengths, fewer than 2 periods, no indices, a number
//! that is not finite, a fund that does not move. Source: W. F. Sharpe, *Asset Allocation: Management Style and Performance Measurement*,
//! Journal of Portfolio Management 18 (1992).

use super::error::{AttributionError, check_finite};
use crate::linear::matrix::Matrix;
use crate::linear::product::times;
use crate::linear::vector::{count, dot};
use crate::optimize::least_squares::{Problem, solve};
use crate::risk::series::deviations;

/// The mix of indices that a fund has moved like.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// Weights of the indices.
    pub weights: Vec<f64>,
    /// Share of the variance that they explain.
    pub r_squared: f64,
    /// What the fund earned beyond them, by period.
    pub selection: Vec<f64>,
}

/// Finds the mix of indices that a fund has moved like.
///
/// ```
/// use evenkeel_quant::{attribution::style::style, linear::matrix::Matrix};
/// let indices = Matrix::from_columns(4, 2, vec![0.02, -0.01, 0.03, 0.0, 0.0, 0.01, 0.01, -0.01])?;
/// let fund: Vec<f64> = (0..4).map(|month| 0.001 + 0.75 * indices.get(month, 0) + 0.25 * indices.get(month, 1)).collect();
/// let found = style(&fund, &indices)?;
/// assert!((found.weights[0] - 0.75).abs() < 1e-9 && found.r_squared > 1.0 - 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`AttributionError::Shape`], [`AttributionError::Empty`], [`AttributionError::NotFinite`], [`AttributionError::NoVariance`],
/// [`AttributionError::LeastSquares`].
pub fn style(returns: &[f64], indices: &Matrix) -> Result<Style, AttributionError> {
    let (rows, columns) = (indices.rows(), indices.columns());
    if rows != returns.len() || rows < 2 {
        return Err(AttributionError::Shape { what: "returns of the fund", found: returns.len(), needed: rows.max(2) });
    }
    if columns == 0 {
        return Err(AttributionError::Empty { what: "indices" });
    }
    check_finite(0, "return of the fund", returns.iter().copied())?;
    check_finite(0, "return of an index", indices.values().iter().copied())?;
    let wanted = deviations(returns);
    let variance = dot(&wanted, &wanted);
    if variance <= 0.0 {
        return Err(AttributionError::NoVariance { what: "fund" });
    }
    let centered: Vec<f64> = indices.iter_columns().flat_map(deviations).collect();
    let centered = Matrix::from_columns(rows, columns, centered);
    let exposure = centered.map(|centered| centered.transposed().into_values()).unwrap_or_default();
    let (lower, upper, start) = (vec![0.0; columns], vec![1.0; columns], vec![count(columns).recip(); columns]);
    let problem = Problem { exposure: &exposure, wanted: &wanted, lower: &lower, upper: &upper, start: &start, total: Some(1.0) };
    let solved = solve(&problem)?;
    let mix = times(indices, &solved.solution);
    Ok(Style {
        r_squared: 1.0 - solved.residual_norm * solved.residual_norm / variance,
        selection: returns.iter().zip(&mix).map(|(own, mix)| own - mix).collect(),
        weights: solved.solution,
    })
}
