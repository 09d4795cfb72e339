//! Stretches of history, as shocks to today's portfolio.
//!
//! sᵢ = Π (1 + rₜᵢ) − 1 over the rows of the stretch
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T × n, oldest first | simple, a period |
//! | rows | `rows` | a range of 0 to T | |
//! | s | result | n | simple returns over the stretch |
//!
//! Shocks are of assets, each compounded for itself: what is held today is held through the stretch. Which stretches were crises
//! depends on the portfolio; [`crises`] finds them as the deepest drawdowns of a portfolio held at constant weights.

use std::ops::Range;

use crate::estimate::observations::{EstimateError, check};
use crate::linear::matrix::Matrix;
use crate::linear::product::times;
use crate::risk::drawdown::{Compounding, drawdown_spells};
use crate::risk::series::RiskError;

/// Returns of each asset over a stretch of rows.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, stress::replay::replay};
/// let returns = Matrix::from_columns(3, 1, vec![0.5, -0.5, 0.1])?;
/// assert_eq!(replay(&returns, 0..2)?, [-0.25]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewRows`] for rows that are not there, or none; [`EstimateError::Value`] for an entry that is no number.
pub fn replay(returns: &Matrix, rows: Range<usize>) -> Result<Vec<f64>, EstimateError> {
    check("the returns", returns)?;
    if rows.is_empty() || rows.end > returns.rows() {
        return Err(EstimateError::TooFewRows { found: returns.rows(), needed: rows.end.max(1) });
    }
    let over = |own: &[f64]| own[rows.clone()].iter().map(|value| 1.0 + value).product::<f64>() - 1.0;
    Ok(returns.iter_columns().map(over).collect())
}

/// Rows of the deepest drawdowns from peak to trough of a portfolio held at constant weights, the deepest first, of equal ones
/// the earlier; fewer where there were fewer.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, stress::replay::crises};
/// let returns = Matrix::from_columns(6, 1, vec![0.1, -0.2, -0.1, 0.5, -0.05, 0.1])?;
/// assert_eq!(crises(&returns, &[1.0], 2)?, [1..3, 4..5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no rows, [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`], [`RiskError::Lengths`].
pub fn crises(returns: &Matrix, weights: &[f64], most: usize) -> Result<Vec<Range<usize>>, RiskError> {
    if weights.len() != returns.columns() {
        return Err(RiskError::Lengths { series: weights.len(), benchmark: returns.columns() });
    }
    let mut spells = drawdown_spells(&times(returns, weights), Compounding::Compounded)?;
    spells.sort_by(|a, b| b.depth.total_cmp(&a.depth));
    Ok(spells.into_iter().take(most).map(|spell| spell.peak..spell.trough).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn refuses_rows_that_are_not_there() {
        let returns = Matrix::zeros(3, 2);
        assert_eq!(replay(&returns, 1..4), Err(EstimateError::TooFewRows { found: 3, needed: 4 }));
        assert!(replay(&returns, 2..2).is_err());
        assert_eq!(crises(&returns, &[1.0], 3), Err(RiskError::Lengths { series: 1, benchmark: 2 }));
        assert_eq!(crises(&returns, &[0.5, 0.5], 3).unwrap(), []);
    }
}
