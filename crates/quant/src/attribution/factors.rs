//! Excess return by factors.
//!
//! rₜ − bₜ = Σₖ (xₜₖ − yₜₖ) fₜₖ + specificₜ, linked over periods so that all parts add up to R − B
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x − y | `exposures` | T × k, row by row | active exposure at the beginning of the period |
//! | f | `factors` | T × k, row by row | return of the factor in the period |
//! | r, b | `totals` | T | simple returns of the period |
//! | | [`FactorEffects`] | k, and 1 | fractions of the whole |
//!
//! Against nothing, with all b = 0, it tells the return itself. Errors: shapes, a number that is not finite, a total loss. Source:
//! R. C. Grinold, R. N. Kahn, *Active Portfolio Management*, 2nd ed. (2000), chapter 17.

use super::brinson::Effect;
use super::error::{AttributionError, check_finite};
use super::linking::{Linked, Linking};
use super::segment::Totals;

/// Linked effects of factors.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorEffects {
    /// Compounded returns.
    pub totals: Totals,
    /// What the exposure to each factor added.
    pub factors: Vec<f64>,
    /// What no factor explains.
    pub specific: f64,
}

/// Attributes the excess return of periods to so many factors.
///
/// ```
/// use evenkeel_quant::attribution::{factors::attribute, linking::Linking, segment::Totals};
/// let year = Totals { portfolio: 0.05, benchmark: 0.02 };
/// let told = attribute(&[0.5], &[0.04], 1, &[year], Linking::Carino)?;
/// assert!((told.factors[0] - 0.02).abs() < 1e-15 && (told.specific - 0.01).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Shape`], [`AttributionError::NotFinite`], and those of [`Linked::new`].
pub fn attribute(
    exposures: &[f64],
    factors: &[f64],
    number: usize,
    totals: &[Totals],
    linking: Linking,
) -> Result<FactorEffects, AttributionError> {
    let needed = totals.len() * number;
    for (what, found) in [("exposures", exposures.len()), ("returns of factors", factors.len())] {
        if found != needed {
            return Err(AttributionError::Shape { what, found, needed });
        }
    }
    let linked = Linked::new(linking, totals)?;
    let mut sums = vec![Effect::default(); number];
    let mut specific = Effect::default();
    for (period, of_period) in totals.iter().enumerate() {
        let rows = period * number..(period + 1) * number;
        let (Some(exposures), Some(factors)) = (exposures.get(rows.clone()), factors.get(rows)) else { continue };
        check_finite(period, "exposure", exposures.iter().copied())?;
        check_finite(period, "return of the factor", factors.iter().copied())?;
        let mut explained = 0.0;
        for ((exposure, factor), sum) in exposures.iter().zip(factors).zip(&mut sums) {
            explained += exposure * factor;
            linked.add(period, Effect { selection: exposure * factor, ..Effect::default() }, sum);
        }
        let left = of_period.portfolio - of_period.benchmark - explained;
        linked.add(period, Effect { selection: left, ..Effect::default() }, &mut specific);
    }
    Ok(FactorEffects { totals: linked.totals, factors: sums.iter().map(Effect::total).collect(), specific: specific.total() })
}
