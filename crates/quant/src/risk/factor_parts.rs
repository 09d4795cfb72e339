//! Which factors a portfolio's volatility comes from.
//!
//! σ = Σₖ xₖ σₖ ρₖ + s σₛ, x = Bᵀw, ρₖ = (F x)ₖ ÷ (σₖ σ), σₛ² ÷ σ = Σ wᵢ² dᵢ ÷ σ
//!
//! | symbol | argument or field | shape | unit |
//! |---|---|---|---|
//! | w | `weights`; of the portfolio less those of a benchmark for active risk | n | fractions of value |
//! | B, F, d | `exposures`, `factor_covariance` and specific variances of a [`FactorModel`] | n × k, k × k, n | a period |
//! | x | [`FactorPart::exposure`] | k | returns of the portfolio per return of the factor |
//! | σₖ, ρₖ | [`FactorPart::volatility`], [`FactorPart::correlation`] with the portfolio | k | a period |
//! | x σ ρ | [`FactorPart::contribution`] | k | volatility a period; with the specific part they sum to σ |
//!
//! A factor is told by three numbers that mean something each: how far the portfolio leans on it, how much it moves, and
//! whether it moves with the rest. Sources: J. Menchero, B. Davis, *Risk Contribution Is Exposure Times Volatility Times
//! Correlation*, Journal of Portfolio Management 37 (2011), equation 7; R. Litterman, *Hot Spots and Hedges*, Goldman
//! Sachs (1996).

use super::series::{RiskError, check};
use crate::estimate::covariance::factor_model::FactorModel;
use crate::linear::product::transposed_times;
use crate::linear::vector::sum;

/// What one factor contributes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FactorPart {
    /// x: how far the portfolio leans on it.
    pub exposure: f64,
    /// σₖ: its volatility, a period.
    pub volatility: f64,
    /// ρ: its correlation with the portfolio; 0 where one of the two does not move.
    pub correlation: f64,
    /// x σ ρ: its part of the portfolio's volatility.
    pub contribution: f64,
}

/// A portfolio's volatility, told factor by factor.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorParts {
    /// Of the portfolio, a period.
    pub volatility: f64,
    /// By factor.
    pub factors: Vec<FactorPart>,
    /// What no factor explains.
    pub specific: f64,
}

/// Divides a portfolio's volatility among factors and what is specific.
///
/// ```
/// use evenkeel_quant::estimate::covariance::{Covariance, factor_model::compose};
/// use evenkeel_quant::{linear::matrix::Matrix, risk::factor_parts::factor_parts};
/// let market = Covariance::from_volatilities(&[0.2], &[1.0])?;
/// let model = compose(Matrix::from_columns(2, 1, vec![1.0, 0.5])?, market, vec![0.0, 0.04])?;
/// let parts = factor_parts(&model, &[0.6, 0.4])?;
/// let variance = (0.8_f64 * 0.2).powi(2) + 0.16 * 0.04;
/// assert!((parts.specific - 0.16 * 0.04 / variance.sqrt()).abs() < 1e-15);
/// assert!((parts.factors[0].exposure - 0.8).abs() < 1e-15);
/// assert!((parts.factors[0].contribution + parts.specific - parts.volatility).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RiskError::NotFinite`]; [`RiskError::Lengths`] where weights are not those of the model's assets.
pub fn factor_parts(model: &FactorModel, weights: &[f64]) -> Result<FactorParts, RiskError> {
    check(weights, 0)?;
    let assets = model.exposures.rows();
    if weights.len() != assets {
        return Err(RiskError::Lengths { series: weights.len(), benchmark: assets });
    }
    let exposures = transposed_times(&model.exposures, weights);
    let covaries = model.factor_covariance.times(&exposures);
    let common: Vec<f64> = exposures.iter().zip(&covaries).map(|(exposure, covariance)| exposure * covariance).collect();
    let form = model.covariance.factor_form();
    let own = form.map_or(0.0, |form| form.specific.iter().zip(weights).map(|(variance, weight)| variance * weight * weight).sum());
    let variance = (sum(&common) + own).max(0.0);
    let volatility = variance.sqrt();
    let over = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let volatilities = model.factor_covariance.volatilities();
    let factors = exposures.iter().zip(&volatilities).zip(covaries.iter().zip(&common)).map(|((exposure, own), (covariance, part))| {
        let correlation = over(*covariance, own * volatility);
        FactorPart { exposure: *exposure, volatility: *own, correlation, contribution: over(*part, volatility) }
    });
    Ok(FactorParts { volatility, factors: factors.collect(), specific: over(own, volatility) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::estimate::covariance::Covariance;
    use crate::estimate::covariance::factor_model::compose;
    use crate::linear::matrix::Matrix;

    #[test]
    fn a_portfolio_without_risk_has_no_parts() {
        let model = compose(Matrix::zeros(2, 1), Covariance::from_volatilities(&[0.2], &[1.0]).unwrap(), vec![0.0, 0.01]).unwrap();
        let parts = factor_parts(&model, &[1.0, 0.0]).unwrap();
        assert_eq!((parts.volatility, parts.specific, parts.factors[0].correlation), (0.0, 0.0, 0.0));
        assert!(matches!(factor_parts(&model, &[1.0]), Err(RiskError::Lengths { series: 1, benchmark: 2 })));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_volatility_of_the_covariance(
            exposures in prop::collection::vec(-1.5..1.5_f64, 12),
            correlation in -0.9..0.9_f64,
            specific in prop::collection::vec(0.0..0.1_f64, 6),
            weights in prop::collection::vec(-1.0..1.0_f64, 6),
        ) {
            let factors = Covariance::from_volatilities(&[0.2, 0.1], &[1.0, correlation, correlation, 1.0]).unwrap();
            let model = compose(Matrix::from_columns(6, 2, exposures).unwrap(), factors, specific).unwrap();
            let parts = factor_parts(&model, &weights).unwrap();
            let whole = parts.factors.iter().map(|part| part.contribution).sum::<f64>() + parts.specific;
            prop_assert!((whole - parts.volatility).abs() < 1e-12);
            prop_assert!((parts.volatility - model.covariance.variance(&weights).sqrt()).abs() < 1e-12);
            for part in &parts.factors {
                prop_assert!((part.contribution - part.exposure * part.volatility * part.correlation).abs() < 1e-12);
                prop_assert!(part.correlation.abs() <= 1.0 + 1e-12);
            }
        }
    }
}
