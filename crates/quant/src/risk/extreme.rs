//! The far tail: losses over a threshold, by the generalized Pareto distribution.
//!
//! VaR = u + c/ξ [((1 − β) ÷ ζ)^{−ξ} − 1], CVaR = (VaR + c − ξ u) ÷ (1 − ξ)
//!
//! | symbol | argument or field | shape | unit |
//! |---|---|---|---|
//! | r, L = −r | `returns` | T | fractions a period |
//! | k | `exceedances`: so many worst losses make the tail | at least 10, fewer than T | |
//! | u | [`ParetoTail::threshold`]: the next loss after them | 1 | a loss a period |
//! | ζ | [`ParetoTail::share`] = k ÷ T | 1 | |
//! | ξ, c | [`ParetoTail::shape`], [`ParetoTail::scale`] | 1 | 0.1 to 0.4 is usual for markets; a loss a period |
//! | β | `level`, at least 1 − ζ | 1 | confidence |
//!
//! With ξ near 0 the excess is exponential. ξ and c are by probability-weighted moments, which do better than maximum
//! likelihood in samples below 500: with b₀ the mean excess and b₁ = 1/k Σ (1 − (j − 0.35) ÷ k) y₍ⱼ₎ over excesses in
//! increasing order, ξ = 2 − b₀ ÷ (b₀ − 2b₁) and c = 2 b₀ b₁ ÷ (b₀ − 2b₁). They need ξ below ½ to be efficient, and
//! below 1 for CVaR to exist. Sources: J. R. M. Hosking, J. R. Wallis, *Parameter and Quantile Estimation for the
//! Generalized Pareto Distribution*, Technometrics 29 (1987); A. J. McNeil, R. Frey, *Estimation of Tail-Related Risk
//! Measures for Heteroscedastic Financial Time Series*, Journal of Empirical Finance 7 (2000), equations 11 and 15.

use super::series::{RiskError, check, check_level};
use super::tail::TailRisk;
use crate::linear::vector::{count, sum};

/// Fewest losses from which a tail is told.
pub const FEWEST_EXCEEDANCES: usize = 10;

/// A shape so near to 0 that the excess counts as exponential.
const EXPONENTIAL: f64 = 1e-9;

/// A fitted tail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoTail {
    /// u: where the tail begins, a loss.
    pub threshold: f64,
    /// ζ: share of returns in the tail.
    pub share: f64,
    /// ξ: above 0 where large losses fade like a power.
    pub shape: f64,
    /// c, above 0.
    pub scale: f64,
}

/// Fits the tail of the worst `exceedances` losses.
///
/// ```
/// use evenkeel_quant::risk::extreme::fit_tail;
/// // Losses of a Pareto distribution of index 4, at the middle of equal probabilities: ξ is ¼.
/// let returns: Vec<f64> = (0..1000).map(|at| -0.01 * ((f64::from(at) + 0.5) / 1000.0).powf(-0.25)).collect();
/// let tail = fit_tail(&returns, 100)?;
/// assert!((tail.shape - 0.25).abs() < 0.02);
/// let far = tail.at(0.999)?;
/// assert!((far.value_at_risk / (0.01 * 0.001_f64.powf(-0.25)) - 1.0).abs() < 0.05);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than [`FEWEST_EXCEEDANCES`] exceedances, or no return beside them;
/// [`RiskError::NotFinite`]; [`RiskError::NoRisk`] where all losses of the tail are equal to the threshold.
pub fn fit_tail(returns: &[f64], exceedances: usize) -> Result<ParetoTail, RiskError> {
    check(returns, exceedances.max(FEWEST_EXCEEDANCES).saturating_add(1))?;
    if exceedances < FEWEST_EXCEEDANCES {
        return Err(RiskError::TooFew { found: exceedances, needed: FEWEST_EXCEEDANCES });
    }
    let mut losses: Vec<f64> = returns.iter().map(|value| 0.0 - value).collect();
    losses.select_nth_unstable_by(exceedances, |a, b| b.total_cmp(a));
    let threshold = losses[exceedances];
    let mut excesses: Vec<f64> = losses[..exceedances].iter().map(|loss| loss - threshold).collect();
    excesses.sort_unstable_by(f64::total_cmp);
    let number = count(exceedances);
    let weighted: Vec<f64> = excesses.iter().enumerate().map(|(at, excess)| (1.0 - (count(at) + 0.65) / number) * excess).collect();
    let (first, second) = (sum(&excesses) / number, sum(&weighted) / number);
    let apart = first - 2.0 * second;
    if apart <= 0.0 || second <= 0.0 {
        return Err(RiskError::NoRisk { measure: "spread of the losses beyond the threshold" });
    }
    Ok(ParetoTail { threshold, share: number / count(returns.len()), shape: 2.0 - first / apart, scale: 2.0 * first * second / apart })
}

impl ParetoTail {
    /// VaR and CVaR in the fitted tail.
    ///
    /// ```
    /// use evenkeel_quant::risk::extreme::ParetoTail;
    /// let exponential = ParetoTail { threshold: 0.02, share: 0.1, shape: 0.0, scale: 0.01 };
    /// let told = exponential.at(0.99)?;
    /// assert!((told.value_at_risk - (0.02 + 0.01 * 10.0_f64.ln())).abs() < 1e-15);
    /// assert!((told.conditional_value_at_risk - told.value_at_risk - 0.01).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::Level`]; [`RiskError::Argument`] for a level that lies before the threshold, and for a shape of 1 or
    /// more, whose mean loss is infinite.
    pub fn at(&self, level: f64) -> Result<TailRisk, RiskError> {
        check_level(level)?;
        let Self { threshold, share, shape, scale } = *self;
        let beyond = 1.0 - level;
        if beyond > share {
            return Err(RiskError::Argument { name: "confidence level", value: level, limit: "at least 1 less the share of the tail" });
        }
        if shape >= 1.0 {
            return Err(RiskError::Argument { name: "shape of the tail", value: shape, limit: "below 1 for the mean loss to be finite" });
        }
        let log_rarity = (share / beyond).ln();
        let growth = if shape.abs() < EXPONENTIAL { log_rarity } else { (shape * log_rarity).exp_m1() / shape };
        let value_at_risk = threshold + scale * growth;
        Ok(TailRisk { value_at_risk, conditional_value_at_risk: (value_at_risk + scale - shape * threshold) / (1.0 - shape) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::probability::random::Random;

    #[test]
    fn finds_the_distribution_that_was_drawn() {
        for shape in [-0.2, 0.0001, 0.25, 0.4] {
            let mut random = Random::stream(11, 0);
            let loss = |uniform: f64| 0.01 / shape * ((1.0 - uniform).powf(-shape) - 1.0);
            let returns: Vec<f64> = (0..200_000).map(|_| -loss(random.uniform())).collect();
            // The excess over a threshold u of a Pareto tail is one with the scale c + ξ u.
            let tail = fit_tail(&returns, 20_000).unwrap();
            assert!((tail.shape - shape).abs() < 0.03, "{shape}: {}", tail.shape);
            assert!((tail.scale - (0.01 + shape * tail.threshold)).abs() < 0.05 * tail.scale);
            assert!((tail.at(0.999).unwrap().value_at_risk / loss(0.999) - 1.0).abs() < 0.03);
        }
    }

    #[test]
    fn refuses_what_lies_before_the_threshold() {
        let returns: Vec<f64> = (0..100).map(|at| -0.001 * f64::from(at)).collect();
        let tail = fit_tail(&returns, 10).unwrap();
        assert!((tail.threshold - 0.089).abs() < 1e-15);
        assert!(tail.at(0.9 + 1e-9).is_ok());
        assert!(matches!(tail.at(0.89), Err(RiskError::Argument { name: "confidence level", .. })));
        assert_eq!(fit_tail(&returns, 9), Err(RiskError::TooFew { found: 9, needed: 10 }));
        assert_eq!(fit_tail(&returns, 100), Err(RiskError::TooFew { found: 100, needed: 101 }));
        assert!(matches!(fit_tail(&[0.0; 50], 10), Err(RiskError::NoRisk { .. })));
        assert!(matches!(ParetoTail { shape: 1.0, ..tail }.at(0.99), Err(RiskError::Argument { name: "shape of the tail", .. })));
    }

    proptest! {
        /// CVaR is VaR and the mean excess over it, by the closed form of the mean excess.
        #[test]
        fn mean_excess_is_linear(shape in -0.4..0.9_f64, scale in 0.001..0.1_f64, level in 0.9..0.9999_f64) {
            let tail = ParetoTail { threshold: 0.02, share: 0.1, shape, scale };
            let told = tail.at(level).unwrap();
            let mean_excess = (scale + shape * (told.value_at_risk - 0.02)) / (1.0 - shape);
            prop_assert!((told.conditional_value_at_risk - told.value_at_risk - mean_excess).abs() < 1e-12);
        }
    }
}
