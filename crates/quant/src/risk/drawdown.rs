//! Losses since the last peak.
//!
//! Uncompounded: Cₜ = Σₛ₌₁ᵗ rₛ, uₜ = maxₛ₌₀ᵗ Cₛ − Cₜ. Compounded: Vₜ = Πₛ₌₁ᵗ (1 + rₛ), uₜ = 1 − Vₜ ÷ maxₛ₌₀ᵗ Vₛ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | a fraction a period |
//! | C₀ = 0, V₀ = 1 | | 1 | where the path starts, which counts as a peak |
//! | u | [`drawdowns`] | T | a loss, at least 0: of the first value (uncompounded) or of the peak (compounded) |
//! | β | `level` | 1 | confidence, strictly between 0 and 1 |
//!
//! maximum drawdown = max uₜ, average drawdown = 1/T Σ uₜ, ulcer index = √(1/T Σ uₜ²),
//! CDaR = CVaR of u. All run over t = 1 … T, the rows of the series, without the start.
//!
//! The uncompounded path is linear in weights, so optimization uses it; the compounded one is what an
//! account shows. Nothing is annualized. Errors: no observations, one that is not finite, a level
//! outside 0 to 1, a return below −1 where returns are compounded. Sources: A. Chekhlov, S. Uryasev,
//! M. Zabarankin, International Journal of Theoretical and Applied Finance 8 (2005); P.
//! Martin, B. McCann, *The Investor's Guide to Fidelity Funds* (1989). Pinned by
//! `golden/return_measures.json`.

use super::series::{RiskError, check, check_compoundable, check_level};
use super::tail::Tail;
use crate::linear::vector::{count, dot, sum};

/// How returns add up to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compounding {
    /// The path is the sum of returns, from 0.
    Uncompounded,
    /// The path is the product of 1 + returns, from 1.
    Compounded,
}

/// A drawdown and when it was. Positions count from 0, which is the start; position t
/// is after return t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawdown {
    /// The loss from peak to trough.
    pub depth: f64,
    /// Position of the peak before the trough.
    pub peak: usize,
    /// Position of the trough, the first where several are as deep.
    pub trough: usize,
    /// The first position after the trough at which the peak is reached again; `None` where it is not.
    pub recovery: Option<usize>,
}

impl Drawdown {
    /// Periods from the peak until it is reached again, or until the end of a series of so many periods.
    pub fn periods(&self, series: usize) -> usize {
        self.recovery.unwrap_or(series).saturating_sub(self.peak)
    }
}

/// The drawdown after each return.
///
/// ```
/// use evenkeel_quant::risk::drawdown::{Compounding, drawdowns};
/// assert_eq!(drawdowns(&[-0.5, 0.25, 1.0], Compounding::Uncompounded)?, [0.5, 0.25, 0.0]);
/// assert_eq!(drawdowns(&[-0.5, 0.25, 1.0], Compounding::Compounded)?, [0.5, 0.375, 0.0]);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`].
pub fn drawdowns(returns: &[f64], compounding: Compounding) -> Result<Vec<f64>, RiskError> {
    check(returns, 1)?;
    match compounding {
        Compounding::Uncompounded => {
            let (mut sum, mut peak) = (0.0, 0.0_f64);
            Ok(returns
                .iter()
                .map(|value| {
                    sum += value;
                    peak = peak.max(sum);
                    peak - sum
                })
                .collect())
        }
        Compounding::Compounded => {
            check_compoundable(returns)?;
            // Value over peak, so that nothing grows out of range.
            let mut share = 1.0;
            Ok(returns
                .iter()
                .map(|value| {
                    share = f64::min(share * (1.0 + value), 1.0);
                    1.0 - share
                })
                .collect())
        }
    }
}

/// Maximum drawdown.
///
/// ```
/// use evenkeel_quant::risk::drawdown::{Compounding, maximum_drawdown};
/// assert_eq!(maximum_drawdown(&[0.5, -0.5, 0.25], Compounding::Compounded)?, 0.5);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`drawdowns`].
pub fn maximum_drawdown(returns: &[f64], compounding: Compounding) -> Result<f64, RiskError> {
    Ok(drawdowns(returns, compounding)?.into_iter().fold(0.0, f64::max))
}

/// The deepest drawdown with its peak, trough and recovery.
///
/// ```
/// use evenkeel_quant::risk::drawdown::{Compounding, deepest_drawdown};
/// let deepest = deepest_drawdown(&[0.5, -0.5, 0.25, 1.0], Compounding::Compounded)?;
/// assert_eq!((deepest.peak, deepest.trough, deepest.recovery), (1, 2, Some(4)));
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`drawdowns`].
pub fn deepest_drawdown(returns: &[f64], compounding: Compounding) -> Result<Drawdown, RiskError> {
    let spells = drawdown_spells(returns, compounding)?;
    // Of equal ones the first.
    let deepest = spells.into_iter().rev().max_by(|a, b| a.depth.total_cmp(&b.depth));
    Ok(deepest.unwrap_or(Drawdown { depth: 0.0, peak: 0, trough: 0, recovery: Some(0) }))
}

/// Every stretch from a peak until it is reached again, in the order of time; the last one may still last.
///
/// ```
/// use evenkeel_quant::risk::drawdown::{Compounding, drawdown_spells};
/// let spells = drawdown_spells(&[-0.1, 0.2, -0.5], Compounding::Uncompounded)?;
/// let spans: Vec<_> = spells.iter().map(|spell| (spell.peak, spell.trough, spell.recovery)).collect();
/// assert_eq!(spans, [(0, 1, Some(2)), (2, 3, None)]);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`drawdowns`].
pub fn drawdown_spells(returns: &[f64], compounding: Compounding) -> Result<Vec<Drawdown>, RiskError> {
    Ok(spells(&drawdowns(returns, compounding)?))
}

/// The stretches of drawdowns that were measured.
pub(super) fn spells(drawdowns: &[f64]) -> Vec<Drawdown> {
    let mut spells = Vec::new();
    let mut current: Option<Drawdown> = None;
    for (before, depth) in drawdowns.iter().copied().enumerate() {
        let position = before + 1;
        current = match current {
            None if depth > 0.0 => Some(Drawdown { depth, peak: before, trough: position, recovery: None }),
            Some(spell) if depth > spell.depth => Some(Drawdown { depth, trough: position, ..spell }),
            Some(spell) if depth <= 0.0 => {
                spells.push(Drawdown { recovery: Some(position), ..spell });
                None
            }
            unchanged => unchanged,
        };
    }
    spells.extend(current);
    spells
}

/// Average drawdown.
///
/// ```
/// use evenkeel_quant::risk::drawdown::{Compounding, average_drawdown};
/// assert_eq!(average_drawdown(&[-0.5, 0.25, 1.0], Compounding::Uncompounded)?, 0.25);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`drawdowns`].
pub fn average_drawdown(returns: &[f64], compounding: Compounding) -> Result<f64, RiskError> {
    let drawdowns = drawdowns(returns, compounding)?;
    Ok(sum(&drawdowns) / count(drawdowns.len()))
}

/// Ulcer index: the root of the mean squared drawdown.
///
/// ```
/// use evenkeel_quant::risk::drawdown::{Compounding, ulcer_index};
/// let ulcer = ulcer_index(&[-0.5, 0.25, 1.0], Compounding::Uncompounded)?;
/// assert!((ulcer - ((0.25 + 0.0625) / 3.0_f64).sqrt()).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`drawdowns`].
pub fn ulcer_index(returns: &[f64], compounding: Compounding) -> Result<f64, RiskError> {
    let drawdowns = drawdowns(returns, compounding)?;
    Ok((dot(&drawdowns, &drawdowns) / count(drawdowns.len())).sqrt())
}

/// Conditional drawdown at risk: the mean of the deepest (1 − β) T drawdowns, the boundary one by
/// its fraction as in [`conditional_value_at_risk`](super::tail::conditional_value_at_risk).
///
/// ```
/// use evenkeel_quant::risk::drawdown::{Compounding, conditional_drawdown_at_risk};
/// let worst_half = conditional_drawdown_at_risk(&[-0.5, 0.25, 0.5, 0.0], 0.5, Compounding::Uncompounded)?;
/// assert_eq!(worst_half, 0.375);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`drawdowns`], and [`RiskError::Level`].
pub fn conditional_drawdown_at_risk(returns: &[f64], level: f64, compounding: Compounding) -> Result<f64, RiskError> {
    check_level(level)?;
    let mut drawdowns = drawdowns(returns, compounding)?;
    Ok(Tail::of(level, returns.len()).mean(&mut drawdowns))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::Compounding::{Compounded, Uncompounded};
    use super::*;

    #[test]
    fn a_total_loss_stays() {
        assert_eq!(drawdowns(&[0.1, -1.0, 0.5], Compounded).unwrap(), [0.0, 1.0, 1.0]);
        assert_eq!(drawdowns(&[0.1, -1.1], Compounded), Err(RiskError::BelowTotalLoss { index: 1, value: -1.1 }));
        assert_eq!(deepest_drawdown(&[0.1, -1.0, 0.5], Compounded).unwrap().recovery, None);
    }

    #[test]
    fn a_path_that_only_rises_has_none() {
        let none = Drawdown { depth: 0.0, peak: 0, trough: 0, recovery: Some(0) };
        assert_eq!(deepest_drawdown(&[0.1, 0.0, 0.2], Compounded).unwrap(), none);
        assert_eq!(deepest_drawdown(&[0.1, 0.0, 0.2], Uncompounded).unwrap(), none);
    }

    proptest! {
        #[test]
        fn measures_are_in_order(returns in prop::collection::vec(-0.5..0.5_f64, 1..60), level in 0.01..0.99_f64) {
            for compounding in [Uncompounded, Compounded] {
                let below = drawdowns(&returns, compounding).unwrap().into_iter().filter(|depth| *depth > 0.0).count();
                let spells = drawdown_spells(&returns, compounding).unwrap();
                let under: usize = spells.iter().map(|spell| spell.periods(returns.len()) - usize::from(spell.recovery.is_some())).sum();
                prop_assert_eq!(below, under);
                let average = average_drawdown(&returns, compounding).unwrap();
                let ulcer = ulcer_index(&returns, compounding).unwrap();
                let cdar = conditional_drawdown_at_risk(&returns, level, compounding).unwrap();
                let deepest = maximum_drawdown(&returns, compounding).unwrap();
                prop_assert!(average <= ulcer + 1e-14 && ulcer <= deepest + 1e-14);
                prop_assert!(average <= cdar + 1e-14 && cdar <= deepest + 1e-14);
            }
        }

        #[test]
        fn depth_is_from_peak_to_trough(returns in prop::collection::vec(-0.5..0.5_f64, 1..60)) {
            let found = deepest_drawdown(&returns, Compounded).unwrap();
            prop_assert_eq!(found.depth, maximum_drawdown(&returns, Compounded).unwrap());
            let value: f64 = returns[found.peak..found.trough].iter().map(|r| 1.0 + r).product();
            prop_assert!((1.0 - value - found.depth).abs() < 1e-12);
            if let Some(recovery) = found.recovery {
                let value: f64 = returns[found.peak..recovery].iter().map(|r| 1.0 + r).product();
                prop_assert!(value >= 1.0 - 1e-12);
            }
        }
    }
}
