//! VaR and CVaR of returns that are skewed and have fat tails, by the expansion of Cornish and Fisher.
//!
//! z̃ = z + (z² − 1) S/6 + (z³ − 3z) K/24 − (2z³ − 5z) S²/36, VaR = −μ − σ z̃
//!
//! CVaR = −μ − σ min(z̃, −φ(z̃) ÷ (1 − β) [1 + S z̃³/6 + K (z̃⁴ − 2z̃² − 1)/24 + S² (z̃⁶ − 9z̃⁴ + 9z̃² + 3)/72])
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | μ, σ | `mean`, `volatility` over the horizon | fractions |
//! | S, K | `skewness`, `excess_kurtosis` over the horizon | numbers, 0 for the normal distribution |
//! | β, z | `level`, the normal quantile 1 − β, below 0 for a tail | |
//! | result | positive losses over the horizon | fractions of value |
//!
//! The expansion orders quantiles only while z̃ rises with z everywhere, that is while
//! S²/9 ≤ 4 (K/8 − S²/6) (1 − K/8 + 5 S²/36) and K/8 ≥ S²/6; [`CornishFisher::is_valid`] says whether. Beyond, a
//! higher confidence can give a smaller loss, and the number should not be used. Within, S and K are parameters that
//! the skewness and kurtosis of the distribution they make only resemble (Maillard). Sources: D. Maillard, *A User's
//! Guide to the Cornish Fisher Expansion* (2012), equations 3 and 9; K. Boudt, B. Peterson, C. Croux, *Estimation and
//! Decomposition of Downside Risk for Portfolios with Non-Normal Returns*, Journal of Risk 11 (2008), equations 12 to 15,
//! here with their integrals written out. Pinned by `tests/value_at_risk.rs`.

use super::parametric::{check_moments, normal_quantile};
use super::series::{RiskError, check_argument};
use super::tail::TailRisk;
use crate::probability::normal;

/// A tail by the expansion, and whether the expansion is a distribution at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CornishFisher {
    /// VaR and CVaR.
    pub tail: TailRisk,
    /// z̃, the quantile in volatilities from the mean.
    pub quantile: f64,
    /// Whether quantiles rise with confidence for these moments.
    pub is_valid: bool,
}

/// VaR and CVaR by the four first moments.
///
/// ```
/// let told = evenkeel_quant::risk::cornish_fisher::cornish_fisher_tail(0.005, 0.04, -0.5, 1.0, 0.99)?;
/// assert!((told.tail.value_at_risk - 0.108_348_361_414_773_48).abs() < 1e-9 && told.is_valid);
/// let too_skewed = evenkeel_quant::risk::cornish_fisher::cornish_fisher_tail(0.0, 0.04, -2.0, 1.0, 0.99)?;
/// assert!(!too_skewed.is_valid);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::Level`]; [`RiskError::Argument`] for a moment that is not finite or a volatility below 0.
pub fn cornish_fisher_tail(
    mean: f64,
    volatility: f64,
    skewness: f64,
    excess_kurtosis: f64,
    level: f64,
) -> Result<CornishFisher, RiskError> {
    check_moments(mean, volatility)?;
    check_argument("skewness", skewness)?;
    check_argument("excess kurtosis", excess_kurtosis)?;
    let z = -normal_quantile(level)?;
    let (s, k) = (skewness, excess_kurtosis);
    let quantile = z + (z * z - 1.0) * s / 6.0 + (z.powi(3) - 3.0 * z) * k / 24.0 - (2.0 * z.powi(3) - 5.0 * z) * s * s / 36.0;
    let g = quantile;
    let edgeworth = 1.0
        + s * g.powi(3) / 6.0
        + k * (g.powi(4) - 2.0 * g * g - 1.0) / 24.0
        + s * s * (g.powi(6) - 9.0 * g.powi(4) + 9.0 * g * g + 3.0) / 72.0;
    let beyond = -normal::density(g) / (1.0 - level) * edgeworth;
    let tail =
        TailRisk { value_at_risk: -mean - volatility * quantile, conditional_value_at_risk: -mean - volatility * beyond.min(quantile) };
    Ok(CornishFisher { tail, quantile, is_valid: is_monotone(s, k) })
}

/// dz̃/dz = (1 − K/8 + 5 S²/36) + z S/3 + z² (K/8 − S²/6) is nowhere below 0.
fn is_monotone(s: f64, k: f64) -> bool {
    let constant = 1.0 - k / 8.0 + 5.0 * s * s / 36.0;
    let square = k / 8.0 - s * s / 6.0;
    square >= 0.0 && constant >= 0.0 && s * s / 9.0 <= 4.0 * square * constant
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::risk::parametric::normal_tail;

    #[test]
    fn the_domain_is_maillards() {
        // Figure 1 of the guide: at S = 0 from K = 0 to 8; S reaches 6 (√2 − 1), at K between.
        for (skewness, kurtosis, inside) in
            [(0.0, 0.0, true), (0.0, 8.0, true), (0.0, 8.01, false), (0.0, -0.01, false), (2.4, 11.0, true), (2.5, 11.5, false)]
        {
            let told = cornish_fisher_tail(0.0, 1.0, skewness, kurtosis, 0.99).unwrap();
            assert_eq!(told.is_valid, inside, "{skewness} {kurtosis}");
        }
    }

    proptest! {
        #[test]
        fn within_the_domain_risk_rises_with_confidence(skewness in -2.5..2.5_f64, kurtosis in 0.0..12.0_f64) {
            prop_assume!(is_monotone(skewness, kurtosis));
            let levels = (1..100).map(|step| 0.5 + 0.0049 * f64::from(step));
            let told: Vec<f64> =
                levels.map(|level| cornish_fisher_tail(0.0, 1.0, skewness, kurtosis, level).unwrap().tail.value_at_risk).collect();
            prop_assert!(told.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
        }

        #[test]
        fn without_skewness_and_kurtosis_it_is_the_normal_tail(mean in -0.1..0.1_f64, volatility in 0.0..0.5_f64, level in 0.5..0.999_f64) {
            let (told, normal) = (cornish_fisher_tail(mean, volatility, 0.0, 0.0, level).unwrap().tail, normal_tail(mean, volatility, level).unwrap());
            prop_assert!((told.value_at_risk - normal.value_at_risk).abs() < 1e-14);
            prop_assert!((told.conditional_value_at_risk - normal.conditional_value_at_risk).abs() < 1e-13);
        }

        /// The bracket is 1 ÷ (1 − β) ∫ z φ(z) [1 + S/6 H₃ + K/24 H₄ + S²/72 H₆] dz up to z̃, by Simpson's rule.
        #[test]
        fn the_integrals_of_the_paper_are_written_out(skewness in -0.8..0.8_f64, kurtosis in 0.0..3.0_f64, level in 0.9..0.99_f64) {
            let told = cornish_fisher_tail(0.0, 1.0, skewness, kurtosis, level).unwrap();
            let density = |z: f64| {
                let (h3, h4) = (z.powi(3) - 3.0 * z, z.powi(4) - 6.0 * z * z + 3.0);
                let h6 = z.powi(6) - 15.0 * z.powi(4) + 45.0 * z * z - 15.0;
                z * normal::density(z) * (1.0 + skewness / 6.0 * h3 + kurtosis / 24.0 * h4 + skewness * skewness / 72.0 * h6)
            };
            let (start, steps) = (-14.0, 4000_u32);
            let width = (told.quantile - start) / f64::from(steps);
            let weight = |step: u32| if step == 0 || step == steps { 1.0 } else { f64::from(2 + 2 * (step % 2)) };
            let integral = (0..=steps).map(|step| weight(step) * density(start + width * f64::from(step))).sum::<f64>() * width / 3.0;
            let expected = -(integral / (1.0 - level)).min(told.quantile);
            prop_assert!((told.tail.conditional_value_at_risk - expected).abs() < 1e-8);
        }
    }
}
