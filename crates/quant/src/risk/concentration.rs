//! How few positions, or bets, a portfolio rests on.
//!
//! H = Σ sᵢ², effective number = 1 ÷ H; effective number of bets = exp(−Σ pₖ ln pₖ)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | sᵢ | \|wᵢ\| ÷ Σ \|wⱼ\| of `weights` | n | shares of the gross exposure |
//! | H | [`herfindahl`] | 1 | 1/n to 1 |
//! | pₖ | λₖ (eₖᵀw)² ÷ σ²: share of variance on principal portfolio k of `covariance` | n | sum to 1 |
//! | bets | [`effective_bets`] | 1 | 1 to n |
//!
//! Positions count the names, bets the independent sources of risk behind them: ten funds of one market are ten positions
//! and about one bet. Principal portfolios are those of the covariance, so volatile assets weigh more than they would by
//! correlation. Sources: A. O. Hirschman, *The Paternity of an Index*, American Economic Review 54 (1964); A. Meucci,
//! *Managing Diversification*, Risk 22 (2009), equations 14 to 17.

use super::series::{RiskError, check};
use crate::estimate::covariance::Covariance;
use crate::linear::eigen::Eigen;
use crate::linear::product::transposed_times;

/// Herfindahl–Hirschman index of a portfolio's shares; 1 ÷ it is the effective number of positions.
///
/// ```
/// let index = evenkeel_quant::risk::concentration::herfindahl(&[0.5, 0.25, 0.25])?;
/// assert_eq!(index, 0.375);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::NotFinite`]; [`RiskError::Nothing`] where nothing is held.
pub fn herfindahl(weights: &[f64]) -> Result<f64, RiskError> {
    check(weights, 0)?;
    let gross: f64 = weights.iter().map(|weight| weight.abs()).sum();
    if gross <= 0.0 {
        return Err(RiskError::Nothing { what: "position" });
    }
    Ok(weights.iter().map(|weight| (weight / gross).powi(2)).sum())
}

/// Effective number of uncorrelated bets.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::Covariance, risk::concentration::effective_bets};
/// let apart = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, 0.0, 0.0, 1.0])?;
/// assert!((effective_bets(&apart, &[1.0, 2.0])? - 2.0).abs() < 1e-12);
/// let as_one = Covariance::from_volatilities(&[0.2, 0.2], &[1.0; 4])?;
/// assert!((effective_bets(&as_one, &[0.5, 0.5])? - 1.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskError::NotFinite`], [`RiskError::Lengths`]; [`RiskError::NoRisk`] for a portfolio without variance.
pub fn effective_bets(covariance: &Covariance, weights: &[f64]) -> Result<f64, RiskError> {
    check(weights, 0)?;
    if weights.len() != covariance.size() {
        return Err(RiskError::Lengths { series: weights.len(), benchmark: covariance.size() });
    }
    let eigen = Eigen::of(&covariance.matrix()).map_err(|_| RiskError::NotFinite { index: 0, value: f64::NAN })?;
    let exposures = transposed_times(&eigen.vectors, weights);
    let parts: Vec<f64> = eigen.values.iter().zip(exposures).map(|(value, exposure)| value.max(0.0) * exposure * exposure).collect();
    let variance: f64 = parts.iter().sum();
    if variance <= 0.0 {
        return Err(RiskError::NoRisk { measure: "volatility" });
    }
    let entropy: f64 = parts.iter().filter(|part| **part > 0.0).map(|part| part / variance).map(|share| -share * share.ln()).sum();
    Ok(entropy.exp())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_rests_on_nothing() {
        assert_eq!(herfindahl(&[0.0, 0.0]), Err(RiskError::Nothing { what: "position" }));
        let covariance = Covariance::from_volatilities(&[0.2, 0.0], &[1.0, 0.0, 0.0, 1.0]).unwrap();
        assert_eq!(effective_bets(&covariance, &[0.0, 1.0]), Err(RiskError::NoRisk { measure: "volatility" }));
        assert!(matches!(effective_bets(&covariance, &[1.0]), Err(RiskError::Lengths { .. })));
    }

    proptest! {
        #[test]
        fn from_one_to_all(weights in prop::collection::vec(-1.0..1.0_f64, 5), volatilities in prop::collection::vec(0.01..0.5_f64, 5)) {
            let unrelated: Vec<f64> = (0..25).map(|at| f64::from(u8::from(at % 6 == 0))).collect();
            let covariance = Covariance::from_volatilities(&volatilities, &unrelated).unwrap();
            let bets = effective_bets(&covariance, &weights).unwrap();
            prop_assert!((1.0 - 1e-12..=5.0 + 1e-12).contains(&bets));
            let index = herfindahl(&weights).unwrap();
            prop_assert!((0.2 - 1e-12..=1.0 + 1e-12).contains(&index));
        }
    }
}
