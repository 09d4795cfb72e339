//! Covariance of returns with gaps, each pair of assets over the periods in which both have one.
//!
//! Sᵢⱼ = Σₜ (xₜᵢ − x̄ᵢ⁽ʲ⁾)(xₜⱼ − x̄ⱼ⁽ⁱ⁾) ÷ (Tᵢⱼ − ddof), summed over the Tᵢⱼ periods in which both have a
//! return, as are the means x̄ᵢ⁽ʲ⁾; then repaired.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `returns` | T × n, `NaN` where there is none | a period, a fraction |
//! | ddof | `ddof` | 1 | degrees of freedom lost |
//! | T | `at_least` | 1 | the fewest periods that a pair must share |
//! | Σ | [`Pairwise::repaired`] | n × n | a period |
//!
//! This uses every return there is, at a price: entries come from different periods and may contradict
//! one another, so the matrix is repaired and the repair reported. `pandas` computes the same S. Without gaps
//! this is the sample covariance. Not annualized. (R. J. A. Little, D. B. Rubin, *Statistical
//! Analysis with Missing Data*, 3rd ed. 2019, section 3.4.) Pinned by `golden/covariance.json`.

use super::nearest::{Repair, Repaired, repair};
use crate::estimate::observations::{EstimateError, check};
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, multiply};
use crate::linear::vector::count;

/// A covariance of returns with gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairwise {
    /// The covariance, and how far its repair moved the correlations.
    pub repaired: Repaired,
    /// The pair with the fewest periods in common, and how many; none without assets.
    pub fewest_common: Option<(usize, usize, usize)>,
}

/// Covariance of returns with gaps (`NaN`), repaired where pairs contradict one another.
///
/// ```
/// use evenkeel_quant::{
///     estimate::covariance::{nearest::Repair, pairwise::pairwise_covariance},
///     linear::matrix::Matrix,
/// };
/// let gap = f64::NAN;
/// let returns = Matrix::from_rows(4, 2, &[0.01, gap, 0.02, 0.01, 0.03, 0.02, gap, 0.03])?;
/// let found = pairwise_covariance(&returns, 1, 2, Repair::Nearest)?;
/// assert_eq!(found.fewest_common, Some((1, 0, 2)));
/// assert_eq!(found.repaired.distance, 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewCommonRows`] for a pair that shares fewer periods than `at_least` or not more than
/// `ddof`; [`EstimateError::Value`] for a return that is infinite.
pub fn pairwise_covariance(returns: &Matrix, ddof: usize, at_least: usize, how: Repair) -> Result<Pairwise, EstimateError> {
    let needed = at_least.max(ddof + 1);
    let present = Matrix::from_fn(returns.rows(), returns.columns(), |row, column| f64::from(u8::from(!returns.get(row, column).is_nan())));
    let common = gram(&present);
    let fewest_common = fewest(&common).map(|(first, second)| (first, second, shared_rows(returns, first, second)));
    if let Some((first, second, found)) = fewest_common
        && found < needed
    {
        return Err(EstimateError::TooFewCommonRows { first, second, found, needed });
    }
    let filled = filled_deviations(returns)?;
    let products = gram(&filled);
    // Σₜ xₜᵢ over the periods in which j has a return too.
    let sums = multiply(&filled.transposed(), &present);
    let lost = count(ddof);
    let entry = |row: usize, column: usize| {
        let number = common.get(row, column);
        (products.get(row, column) - sums.get(row, column) * sums.get(column, row) / number) / (number - lost)
    };
    let mut matrix = Matrix::from_fn(returns.columns(), returns.columns(), entry);
    for at in 0..matrix.rows() {
        matrix.set(at, at, matrix.get(at, at).max(0.0));
    }
    Ok(Pairwise { repaired: repair(&matrix, how)?, fewest_common })
}

/// The pair with the fewest periods in common.
fn fewest(common: &Matrix) -> Option<(usize, usize)> {
    let pairs = (0..common.columns()).flat_map(|column| (column..common.rows()).map(move |row| (row, column)));
    pairs.min_by(|a, b| common.get(a.0, a.1).total_cmp(&common.get(b.0, b.1)))
}

fn shared_rows(returns: &Matrix, first: usize, second: usize) -> usize {
    returns.column(first).iter().zip(returns.column(second)).filter(|(a, b)| !a.is_nan() && !b.is_nan()).count()
}

/// Distances from the mean of the periods that an asset has, and 0 where it has none.
fn filled_deviations(returns: &Matrix) -> Result<Matrix, EstimateError> {
    let mut filled = Matrix::from_fn(returns.rows(), returns.columns(), |row, column| {
        let value = returns.get(row, column);
        if value.is_nan() { 0.0 } else { value }
    });
    check("returns", &filled)?;
    for column in 0..returns.columns() {
        let present: Vec<f64> = returns.column(column).iter().copied().filter(|value| !value.is_nan()).collect();
        let first = present.first().copied().unwrap_or(0.0);
        let mean = first + present.iter().map(|value| value - first).sum::<f64>() / count(present.len().max(1));
        for (filled, value) in filled.column_mut(column).iter_mut().zip(returns.column(column)) {
            *filled = if value.is_nan() { 0.0 } else { value - mean };
        }
    }
    Ok(filled)
}
