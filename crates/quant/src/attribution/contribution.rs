//! What each part contributed to a return.
//!
//! cₜᵢ = wₜᵢ rₜᵢ, Cᵢ = Σₜ kₜ cₜᵢ with kₜ = (ln(1 + rₜ) ÷ rₜ) ÷ (ln(1 + R) ÷ R), so that Σ Cᵢ = R
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | c | `contributions` | T × n, row by row | fractions of the whole: weight at the beginning × return of the period |
//! | rₜ | | T | Σᵢ cₜᵢ, the return of the period |
//! | R | [`Contributions::total`] | 1 | compounded |
//! | C | [`Contributions::parts`] | n | fractions of the whole, adding up to R |
//!
//! Errors: no periods, a number that is not finite, a total loss. Source: D. R. Cariño, Journal of Performance Measurement 3 (1999);
//! C. R. Bacon (2008), section 8.5.

use super::error::{AttributionError, check_finite, check_linkable};
use super::linking::{compounded, logarithmic};
use crate::linear::vector::{add_scaled, sum};

/// Linked contributions.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// Compounded return.
    pub total: f64,
    /// What each part contributed to it.
    pub parts: Vec<f64>,
}

/// Links contributions of so many parts over periods, the oldest first.
///
/// ```
/// let linked = evenkeel_quant::attribution::contribution::contributions(&[0.1, 0.0, 0.0, 0.1], 2)?;
/// assert!((linked.parts[0] - 0.105).abs() < 1e-15 && (linked.parts[1] - 0.105).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Empty`], [`AttributionError::Shape`], [`AttributionError::NotFinite`], [`AttributionError::TotalLoss`].
pub fn contributions(contributions: &[f64], parts: usize) -> Result<Contributions, AttributionError> {
    if parts == 0 || contributions.is_empty() {
        return Err(AttributionError::Empty { what: if parts == 0 { "parts" } else { "periods" } });
    }
    let over = contributions.len() % parts;
    if over != 0 {
        return Err(AttributionError::Shape { what: "parts of the last period", found: over, needed: parts });
    }
    for (period, row) in contributions.chunks_exact(parts).enumerate() {
        check_finite(period, "contribution", row.iter().copied())?;
    }
    let returns: Vec<f64> = contributions.chunks_exact(parts).map(sum).collect();
    check_linkable("portfolio", &returns)?;
    let total = compounded(&returns);
    let whole = logarithmic(total, 0.0);
    let mut sums = vec![0.0; parts];
    for (row, earned) in contributions.chunks_exact(parts).zip(&returns) {
        add_scaled(&mut sums, logarithmic(*earned, 0.0) / whole, row);
    }
    Ok(Contributions { total, parts: sums })
}
