//! VaR and CVaR of a sample in which observations count differently, as where recent ones count for more.
//!
//! VaR = the first loss, the worst first, at which the weights added up reach 1 − β; CVaR = mean of the worst weights 1 − β,
//! the boundary loss by the part of its weight that it takes to fill them.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T, oldest first | fractions a period |
//! | p | `weights` | T, at least 0; divided by their sum | |
//! | λ | `decay` | above 0, at most 1 | weight of a return over that of the next: pₜ ∝ λ^{T − t} |
//! | β | `level` | 1 | confidence |
//!
//! With equal weights, and so with λ = 1, these are [`super::tail::tail_risk`]. λ = 0.98 is usual for days. The paper puts
//! half of each weight on either side of a loss and interpolates; here the quantile is an observed loss, as everywhere
//! in this crate. Source: J. Boudoukh, M. Richardson, R. Whitelaw, *The Best of Both Worlds*, Risk 11 (1998).

use super::series::{RiskError, check, check_level};
use super::tail::TailRisk;
use crate::linear::vector::sum;

/// Probabilities that differ by less are the same: what adding up weights can do.
const SAME: f64 = 1e-12;

/// VaR and CVaR of returns that count by weights.
///
/// ```
/// use evenkeel_quant::risk::weighted_tail::weighted_tail_risk;
/// let told = weighted_tail_risk(&[-0.10, 0.02, -0.04], &[1.0, 5.0, 4.0], 0.8)?;
/// assert_eq!(told.value_at_risk, 0.04);
/// assert!((told.conditional_value_at_risk - 0.07).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::Level`], [`RiskError::Lengths`];
/// [`RiskError::Argument`] for a weight below 0, or weights that sum to 0.
pub fn weighted_tail_risk(returns: &[f64], weights: &[f64], level: f64) -> Result<TailRisk, RiskError> {
    check(returns, 1)?;
    check_level(level)?;
    if returns.len() != weights.len() {
        return Err(RiskError::Lengths { series: returns.len(), benchmark: weights.len() });
    }
    if let Some(value) = weights.iter().copied().find(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(RiskError::Argument { name: "weight of an observation", value, limit: "at least 0" });
    }
    let total = sum(weights);
    if total <= 0.0 {
        return Err(RiskError::Argument { name: "sum of the weights", value: total, limit: "above 0" });
    }
    let mut losses: Vec<(f64, f64)> = returns.iter().zip(weights).map(|(value, weight)| (0.0 - value, weight / total)).collect();
    // Of equal losses the order does not matter, but the order of a sum does: it is that of the weights.
    losses.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let tail = 1.0 - level;
    let (mut filled, mut lost, mut boundary) = (0.0, 0.0, 0.0);
    for (loss, weight) in losses.into_iter().filter(|(_, weight)| *weight > 0.0) {
        let part = weight.min(tail - filled);
        filled += part;
        lost += part * loss;
        boundary = loss;
        if tail - filled <= SAME * tail {
            break;
        }
    }
    Ok(TailRisk { value_at_risk: boundary, conditional_value_at_risk: lost / filled })
}

/// VaR and CVaR of returns of which each counts λ times as much as the next (age-weighted historical simulation).
///
/// ```
/// use evenkeel_quant::risk::{tail::tail_risk, weighted_tail::age_weighted_tail};
/// let returns = [-0.08, 0.01, 0.02, -0.01, 0.0, 0.01, 0.02, 0.01, -0.02, 0.01];
/// assert_eq!(age_weighted_tail(&returns, 1.0, 0.9)?.value_at_risk, tail_risk(&returns, 0.9)?.value_at_risk);
/// let the_loss_is_long_ago = age_weighted_tail(&returns, 0.7, 0.9)?;
/// assert_eq!(the_loss_is_long_ago.value_at_risk, 0.02);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`weighted_tail_risk`], and [`RiskError::Argument`] for a decay outside 0 to 1.
pub fn age_weighted_tail(returns: &[f64], decay: f64, level: f64) -> Result<TailRisk, RiskError> {
    check_decay(decay)?;
    let mut weights: Vec<f64> = std::iter::successors(Some(1.0), |weight| Some(weight * decay)).take(returns.len()).collect();
    weights.reverse();
    weighted_tail_risk(returns, &weights, level)
}

/// Refuses a decay outside 0 to 1.
pub(crate) fn check_decay(decay: f64) -> Result<(), RiskError> {
    let is_sound = decay > 0.0 && decay <= 1.0;
    if is_sound { Ok(()) } else { Err(RiskError::Argument { name: "decay", value: decay, limit: "above 0 and at most 1" }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::risk::tail::tail_risk;

    #[test]
    fn refuses_what_are_no_weights() {
        let refused = |weights: &[f64]| weighted_tail_risk(&[0.1, -0.1], weights, 0.9).unwrap_err();
        assert_eq!(refused(&[1.0]), RiskError::Lengths { series: 2, benchmark: 1 });
        assert!(matches!(refused(&[1.0, -1.0]), RiskError::Argument { .. }));
        assert!(matches!(refused(&[0.0, 0.0]), RiskError::Argument { name: "sum of the weights", .. }));
        assert!(matches!(age_weighted_tail(&[0.1], 1.1, 0.9), Err(RiskError::Argument { name: "decay", .. })));
    }

    proptest! {
        #[test]
        fn equal_weights_are_the_plain_tail(returns in prop::collection::vec(-0.2..0.2_f64, 1..60), level in 0.05..0.99_f64) {
            let (weighted, plain) = (age_weighted_tail(&returns, 1.0, level).unwrap(), tail_risk(&returns, level).unwrap());
            prop_assert_eq!(weighted.value_at_risk, plain.value_at_risk);
            prop_assert!((weighted.conditional_value_at_risk - plain.conditional_value_at_risk).abs() < 1e-13);
        }

        /// A whole weight is as many observations.
        #[test]
        fn a_weight_of_two_is_two_observations(returns in prop::collection::vec((-0.2..0.2_f64, 1..4_usize), 1..30), level in 0.05..0.99_f64) {
            let (values, weights): (Vec<f64>, Vec<f64>) = returns.iter().map(|(value, times)| (*value, crate::linear::vector::count(*times))).unzip();
            let repeated: Vec<f64> = returns.iter().flat_map(|(value, times)| std::iter::repeat_n(*value, *times)).collect();
            let (weighted, plain) = (weighted_tail_risk(&values, &weights, level).unwrap(), tail_risk(&repeated, level).unwrap());
            prop_assert_eq!(weighted.value_at_risk, plain.value_at_risk);
            prop_assert!((weighted.conditional_value_at_risk - plain.conditional_value_at_risk).abs() < 1e-13);
        }
    }
}
