//! How sure a Sharpe ratio is, and how long a track record has to be.
//!
//! s² = (1 − γ₃ S + ¼ (γ₄ − 1) S²) ÷ (T − 1), PSR(S*) = Φ((S − S*) ÷ s),
//! L = 1 + (1 − γ₃ S + ¼ (γ₄ − 1) S²) (Φ⁻¹(c) ÷ (S − S*))²
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | S, S* | [`SharpeEstimate::ratio`], `benchmark` | 1 | Sharpe ratios **a period**, not a year |
//! | γ₃, γ₄ | [`SharpeEstimate::skewness`], [`SharpeEstimate::kurtosis`] | 1 | 0 and 3 for normal returns |
//! | T | [`SharpeEstimate::periods`] | 1 | periods observed |
//! | c | `confidence` | 1 | strictly between 0 and 1, such as 0.95 |
//! | PSR | result | 1 | probability that the true ratio is above S* |
//! | L | result | 1 | periods, not rounded: the minimum track record length |
//!
//! Returns are taken as independent over time. A ratio a year divided by √P is one a period. Source: D. H.
//! Bailey, M. López de Prado, *The Sharpe Ratio Efficient Frontier*, Journal of Risk 15 (2012), equations 8
//! to 11. Pinned by the examples of that paper.

use crate::linear::vector::count;
use crate::probability::normal::{cumulative, quantile};
use crate::risk::ratio::sharpe_ratio;
use crate::risk::shape::{kurtosis, skewness};

use super::error::{ValidateError, check_level};

/// A Sharpe ratio and what tells how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharpeEstimate {
    /// The ratio, a period.
    pub ratio: f64,
    /// Skewness of the returns.
    pub skewness: f64,
    /// Kurtosis of the returns, 3 for normal ones.
    pub kurtosis: f64,
    /// Periods observed.
    pub periods: usize,
}

impl SharpeEstimate {
    /// Measures returns against a risk-free return, both a period.
    ///
    /// ```
    /// use evenkeel_quant::validate::sharpe::SharpeEstimate;
    /// let estimate = SharpeEstimate::of(&[0.01, 0.03, -0.01], 0.0)?;
    /// assert!((estimate.ratio - 0.5).abs() < 1e-15 && estimate.periods == 3);
    /// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
    /// ```
    ///
    /// # Errors
    /// [`ValidateError::Series`] for a series without a Sharpe ratio.
    pub fn of(returns: &[f64], risk_free: f64) -> Result<Self, ValidateError> {
        let ratio = sharpe_ratio(returns, risk_free, 1.0)?;
        Ok(Self { ratio, skewness: skewness(returns)?, kurtosis: kurtosis(returns)?, periods: returns.len() })
    }

    /// Standard error s of the ratio, a period.
    ///
    /// ```
    /// use evenkeel_quant::validate::sharpe::SharpeEstimate;
    /// let normal = SharpeEstimate { ratio: 0.2, skewness: 0.0, kurtosis: 3.0, periods: 101 };
    /// assert!((normal.standard_error()? - (1.02_f64 / 100.0).sqrt()).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
    /// ```
    ///
    /// # Errors
    /// [`ValidateError::TooFew`] for fewer than 2 periods, [`ValidateError::Moments`], [`ValidateError::Argument`] for
    /// a ratio that is not finite.
    pub fn standard_error(&self) -> Result<f64, ValidateError> {
        if self.periods < 2 {
            return Err(ValidateError::TooFew { what: "periods", found: self.periods, needed: 2 });
        }
        Ok((self.spread()? / count(self.periods - 1)).sqrt())
    }

    /// 1 − γ₃ S + ¼ (γ₄ − 1) S², at least 0 for moments that a distribution can have.
    fn spread(&self) -> Result<f64, ValidateError> {
        let Self { ratio, skewness, kurtosis, .. } = *self;
        if !ratio.is_finite() {
            return Err(ValidateError::Argument { name: "Sharpe ratio", value: ratio, limit: "a finite number" });
        }
        let least = 1.0 + skewness * skewness;
        if kurtosis.is_finite() && kurtosis >= least * (1.0 - 1e-9) {
            Ok((1.0 - skewness * ratio + 0.25 * (kurtosis - 1.0) * ratio * ratio).max(0.0))
        } else {
            Err(ValidateError::Moments { skewness, kurtosis })
        }
    }
}

/// Probability that the true Sharpe ratio is above a benchmark's.
///
/// ```
/// use evenkeel_quant::validate::sharpe::{SharpeEstimate, probabilistic_sharpe_ratio};
/// let fund = SharpeEstimate { ratio: 0.458, skewness: -2.448, kurtosis: 10.164, periods: 24 };
/// assert!((probabilistic_sharpe_ratio(&fund, 0.0)? - 0.913).abs() < 5e-4);
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// As [`SharpeEstimate::standard_error`], and [`ValidateError::Argument`] for a benchmark that is not finite.
pub fn probabilistic_sharpe_ratio(estimate: &SharpeEstimate, benchmark: f64) -> Result<f64, ValidateError> {
    if !benchmark.is_finite() {
        return Err(ValidateError::Argument { name: "Sharpe ratio of the benchmark", value: benchmark, limit: "a finite number" });
    }
    let error = estimate.standard_error()?;
    let excess = estimate.ratio - benchmark;
    // Where nothing is uncertain, the sign decides, and equality is half.
    Ok(if error > 0.0 || excess == 0.0 { cumulative(excess / error.max(f64::MIN_POSITIVE)) } else { f64::from(u8::from(excess > 0.0)) })
}

/// Periods after which the ratio, if it stays as it is, is above a benchmark's with a confidence.
///
/// ```
/// use evenkeel_quant::validate::sharpe::{SharpeEstimate, minimum_track_record};
/// let a_day = 1.0 / 250_f64.sqrt();
/// let daily = SharpeEstimate { ratio: 2.0 * a_day, skewness: 0.0, kurtosis: 3.0, periods: 250 };
/// let years = minimum_track_record(&daily, 1.0 * a_day, 0.95)? / 250.0;
/// assert!((years - 2.73).abs() < 0.005);
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// As [`probabilistic_sharpe_ratio`], [`ValidateError::NotAbove`] for a ratio at or below the benchmark's, and
/// [`ValidateError::Argument`] for a confidence outside 0 to 1.
pub fn minimum_track_record(estimate: &SharpeEstimate, benchmark: f64, confidence: f64) -> Result<f64, ValidateError> {
    check_level("confidence", confidence)?;
    let spread = estimate.spread()?;
    let excess = estimate.ratio - benchmark;
    let wanted = quantile(confidence).unwrap_or_default();
    if excess > 0.0 {
        Ok(1.0 + spread * (wanted / excess).powi(2))
    } else {
        Err(ValidateError::NotAbove { ratio: estimate.ratio, benchmark })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const fn normal(ratio: f64, periods: usize) -> SharpeEstimate {
        SharpeEstimate { ratio, skewness: 0.0, kurtosis: 3.0, periods }
    }

    /// Bailey and López de Prado (2012), sections 3 to 5.
    #[test]
    fn the_papers_examples() {
        assert!((probabilistic_sharpe_ratio(&normal(0.458, 24), 0.0).unwrap() - 0.982).abs() < 5e-4);
        for (a_year, years) in [(250.0, 2.73), (52.0, 2.83), (12.0, 3.24)] {
            let found = minimum_track_record(&normal(2.0 / f64::sqrt(a_year), 10), 1.0 / f64::sqrt(a_year), 0.95).unwrap();
            assert!((found / a_year - years).abs() < 5e-3, "{a_year}: {}", found / a_year);
        }
    }

    #[test]
    fn refuses_what_has_no_meaning() {
        assert!(matches!(normal(0.1, 1).standard_error(), Err(ValidateError::TooFew { found: 1, needed: 2, .. })));
        let impossible = SharpeEstimate { skewness: 2.0, ..normal(0.1, 24) };
        assert_eq!(impossible.standard_error(), Err(ValidateError::Moments { skewness: 2.0, kurtosis: 3.0 }));
        assert_eq!(minimum_track_record(&normal(0.1, 24), 0.1, 0.95), Err(ValidateError::NotAbove { ratio: 0.1, benchmark: 0.1 }));
        assert!(minimum_track_record(&normal(0.1, 24), 0.0, 95.0).is_err());
        assert!(probabilistic_sharpe_ratio(&normal(f64::NAN, 24), 0.0).is_err());
        assert!(SharpeEstimate::of(&[0.1; 5], 0.0).is_err());
    }

    proptest! {
        /// At its minimum length a track record has just the confidence asked for.
        #[test]
        fn the_two_answer_one_another(returns in prop::collection::vec(-0.1..0.12_f64, 4..60), confidence in 0.6..0.99_f64) {
            let estimate = SharpeEstimate::of(&returns, 0.0).unwrap();
            prop_assume!(estimate.ratio > 0.02);
            let periods = minimum_track_record(&estimate, 0.0, confidence).unwrap();
            let z = (periods - 1.0).sqrt() * estimate.ratio / (estimate.standard_error().unwrap() * count(returns.len() - 1).sqrt());
            prop_assert!((cumulative(z) - confidence).abs() < 1e-12);
        }

        #[test]
        fn a_higher_benchmark_is_less_likely_passed(returns in prop::collection::vec(-0.1..0.12_f64, 4..60), a in -0.5..0.5_f64, b in 0.0..0.5_f64) {
            let estimate = SharpeEstimate::of(&returns, 0.0).unwrap();
            prop_assert!(probabilistic_sharpe_ratio(&estimate, a).unwrap() >= probabilistic_sharpe_ratio(&estimate, a + b).unwrap());
        }
    }
}
