//! Return of what was held, whatever came in and went out.
//!
//! rₜ = Vₜ⁻ ÷ (Vₜ₋₁⁻ + fₜ₋₁) − 1, TWR = Π (1 + rₜ) − 1
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | V⁻ | [`Valuation::value`] | T + 1 | money, before the flow of its moment |
//! | f | [`Valuation::flow`] | T + 1 | money, into the portfolio above 0, out of it below; the last one has no effect |
//! | r | [`subperiod_returns`] | T | a fraction a subperiod |
//! | TWR | [`time_weighted_return`] | 1 | a fraction over all of them, not a year |
//!
//! True time weighting: the portfolio is valued at every flow, so that a return is that of a unit which stayed
//! throughout. What is not valued at flows is linked from [`modified Dietz`](super::dietz) returns of its periods by
//! [`total_return`], which is an approximation. Errors: fewer than 2 valuations, a number that is not finite, a
//! subperiod that begins with nothing. Sources: P. O. Dietz, *Pension Funds: Measuring Investment Performance*
//! (1966); C. R. Bacon (2008), section 2.9; Global Investment Performance Standards (2020), 2.A.

use super::error::{ReturnError, check_finite};
pub use crate::risk::performance::total_return;

/// What a portfolio is worth before a flow, and the flow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Valuation {
    /// Value before the flow.
    pub value: f64,
    /// What comes in then; below 0 what goes out.
    pub flow: f64,
}

/// Returns between valuations, one fewer than these.
///
/// ```
/// use evenkeel_quant::performance::time_weighted::{Valuation, subperiod_returns};
/// let at = |value, flow| Valuation { value, flow };
/// assert_eq!(subperiod_returns(&[at(100.0, 0.0), at(110.0, 90.0), at(150.0, 0.0)])?[1], -0.25);
/// # Ok::<(), evenkeel_quant::performance::error::ReturnError>(())
/// ```
///
/// # Errors
/// [`ReturnError::TooFew`], [`ReturnError::NotFinite`], [`ReturnError::NothingHeld`].
pub fn subperiod_returns(valuations: &[Valuation]) -> Result<Vec<f64>, ReturnError> {
    if valuations.len() < 2 {
        return Err(ReturnError::TooFew { what: "valuations", found: valuations.len(), needed: 2 });
    }
    check_finite("value", valuations.iter().map(|valuation| valuation.value))?;
    check_finite("flow", valuations.iter().map(|valuation| valuation.flow))?;
    let of_subperiod = |(index, (from, to)): (usize, (&Valuation, &Valuation))| {
        let start = from.value + from.flow;
        if start > 0.0 { Ok(to.value / start - 1.0) } else { Err(ReturnError::NothingHeld { index, value: start }) }
    };
    valuations.iter().zip(&valuations[1..]).enumerate().map(of_subperiod).collect()
}

/// Time-weighted return over all subperiods.
///
/// ```
/// use evenkeel_quant::performance::time_weighted::{Valuation, time_weighted_return};
/// let at = |value, flow| Valuation { value, flow };
/// let twice = [at(1_000_000.0, 0.0), at(1_080_000.0, 200_000.0), at(1_216_000.0, -100_000.0), at(1_171_800.0, 0.0)];
/// assert!((time_weighted_return(&twice)? - 0.0773).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::performance::error::ReturnError>(())
/// ```
///
/// # Errors
/// As [`subperiod_returns`].
pub fn time_weighted_return(valuations: &[Valuation]) -> Result<f64, ReturnError> {
    let growth: f64 = subperiod_returns(valuations)?.iter().map(|earned| 1.0 + earned).product();
    Ok(growth - 1.0)
}
