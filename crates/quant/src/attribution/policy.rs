//! How much of a return, and of its variation, the policy explains.
//!
//! | question | answer | source |
//! |---|---|---|
//! | how much of the ups and downs of a fund | [`explained_variance`] of the fund's returns by the policy's, over time | Brinson, Hood and Beebower (1986) |
//! | how much of the differences between funds | [`explained_variance`] of compounded returns a year by those of their policies, over funds | Ibbotson and Kaplan (2000) |
//! | how much of the level of a return | [`of_level`]: policy return over fund return, compounded a year | Ibbotson and Kaplan (2000) |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | | `fund`, `policy` | T, or number of funds | simple returns |
//!
//! The three answer different questions: nine tenths of the ups and downs, two fifths of the differences and all of the level were found in
//! the same funds. A high share across time is mostly that of the market, and no measure of how much the allocation adds. Errors: series of
//! different lengths, fewer than 2 periods, one that does not vary. Sources: G. P. Brinson, L. R. Hood, G. L. Beebower, Financial Analysts
//! Journal 42 (1986); G. P. Brinson, B. D. Singer, G. L. Beebower, ibid. 47 (1991); R. G. Ibbotson, P. D. Kaplan, ibid. 56 (2000).

use super::error::AttributionError;
use crate::linear::vector::dot;
use crate::risk::performance::annualized_return;
use crate::risk::relative::active_returns;
use crate::risk::series::{RiskError, deviations, ratio};

/// Share of variance that the policy explains: the R² of the one on the other, over periods of a fund or over funds.
///
/// ```
/// let share = evenkeel_quant::attribution::policy::explained_variance(&[0.01, 0.01, -0.02], &[0.01, 0.0, -0.01])?;
/// assert!((share - 0.75).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Shape`], [`AttributionError::NotFinite`], [`AttributionError::NoVariance`].
pub fn explained_variance(fund: &[f64], policy: &[f64]) -> Result<f64, AttributionError> {
    if fund.len() != policy.len() || fund.len() < 2 {
        return Err(AttributionError::Shape { what: "returns of the policy", found: policy.len(), needed: fund.len().max(2) });
    }
    super::error::check_finite(0, "return of the fund", fund.iter().copied())?;
    super::error::check_finite(0, "return of the policy", policy.iter().copied())?;
    let (own, other) = (deviations(fund), deviations(policy));
    let (own_square, other_square) = (dot(&own, &own), dot(&other, &other));
    match (own_square > 0.0, other_square > 0.0) {
        (false, _) => Err(AttributionError::NoVariance { what: "fund" }),
        (_, false) => Err(AttributionError::NoVariance { what: "policy" }),
        _ => Ok(dot(&own, &other).powi(2) / own_square / other_square),
    }
}

/// Share of the level of a fund's return that its policy explains; above 1 where the policy alone did better.
///
/// ```
/// let share = evenkeel_quant::attribution::policy::of_level(&[0.1, 0.1], &[0.11, 0.11], 1.0)?;
/// assert!((share - 1.1).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::Lengths`], those of [`annualized_return`], and [`RiskError::NoRisk`] for a fund that did not gain.
pub fn of_level(fund: &[f64], policy: &[f64], periods_per_year: f64) -> Result<f64, RiskError> {
    active_returns(fund, policy)?;
    ratio(annualized_return(policy, periods_per_year)?, annualized_return(fund, periods_per_year)?, "return of the fund")
}
