//! Past returns at today's volatility (filtered historical simulation).
//!
//! r′ₜ = rₜ σ_{T+1} ÷ σₜ, σ²ₜ₊₁ = λ σ²ₜ + (1 − λ) rₜ²
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T ≥ 2, oldest first | fractions a period |
//! | λ | `decay` | above 0, below 1 | 0.94 for days, 0.97 for months (RiskMetrics) |
//! | σ₁² | the mean square of all returns | | |
//! | r′ | result | T | fractions of the next period |
//!
//! VaR and CVaR of r′ by [`super::tail`] answer to the present: after calm years losses are scaled down, in a crisis up. The
//! volatility of a day is known the evening before. The first σ is of the whole sample, as nothing came before it. Filters
//! by GARCH, path by path, are [`crate::simulate`]'s. Errors: too few returns, one not finite, all 0. Sources: J. Hull,
//! A. White, *Incorporating Volatility Updating into the Historical Simulation Method for Value-at-Risk*, Journal of Risk
//! 1 (1998); G. Barone-Adesi, K. Giannopoulos, L. Vosper, Journal of Futures Markets 19 (1999).

use super::series::{RiskError, check};
use crate::linear::vector::{count, dot};

/// Returns rescaled to the volatility of the next period.
///
/// ```
/// let calm_after_a_storm = [0.04, -0.04, 0.01, -0.01, 0.01, -0.01];
/// let filtered = evenkeel_quant::risk::volatility_filter::volatility_filtered(&calm_after_a_storm, 0.5)?;
/// assert!(filtered[1].abs() < 0.02, "the storm counts as today's weather would make it");
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than 2 returns, [`RiskError::NotFinite`], [`RiskError::NoRisk`] where all are 0,
/// [`RiskError::Argument`] for a decay that is not between 0 and 1.
pub fn volatility_filtered(returns: &[f64], decay: f64) -> Result<Vec<f64>, RiskError> {
    check(returns, 2)?;
    if !(decay > 0.0 && decay < 1.0) {
        return Err(RiskError::Argument { name: "decay of variance", value: decay, limit: "above 0 and below 1" });
    }
    let mut variance = dot(returns, returns) / count(returns.len());
    if variance <= 0.0 {
        return Err(RiskError::NoRisk { measure: "volatility" });
    }
    let mut known_before = Vec::with_capacity(returns.len());
    for value in returns {
        known_before.push(variance);
        variance = decay * variance + (1.0 - decay) * value * value;
    }
    Ok(returns.iter().zip(known_before).map(|(value, before)| value * (variance / before).sqrt()).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_sample_of_one_size_stays_as_it_is() {
        let returns = [0.01, -0.01, -0.01, 0.01, -0.01];
        for (filtered, given) in volatility_filtered(&returns, 0.94).unwrap().iter().zip(returns) {
            assert!((filtered - given).abs() < 1e-16);
        }
    }

    #[test]
    fn by_hand() {
        // σ₁² = (1 + 4) ÷ 2 = 2.5, σ₂² = ½ × 2.5 + ½ × 1 = 1.75, σ₃² = ½ × 1.75 + ½ × 4 = 2.875.
        let filtered = volatility_filtered(&[1.0, -2.0], 0.5).unwrap();
        assert!((filtered[0] - (2.875_f64 / 2.5).sqrt()).abs() < 1e-15);
        assert!((filtered[1] + 2.0 * (2.875_f64 / 1.75).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn refuses_what_has_no_volatility() {
        assert_eq!(volatility_filtered(&[0.0, 0.0], 0.9), Err(RiskError::NoRisk { measure: "volatility" }));
        assert!(matches!(volatility_filtered(&[0.1, 0.0], 1.0), Err(RiskError::Argument { .. })));
        assert!(matches!(volatility_filtered(&[0.1], 0.9), Err(RiskError::TooFew { .. })));
    }
}
