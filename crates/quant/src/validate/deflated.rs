//! What the best of many trials would show by luck alone.
//!
//! S₀ = √V ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e))), DSR = PSR(S₀)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | N | [`Trials::number`] | 1 | independent trials; 1 has nothing to choose from, and S₀ = 0 |
//! | V | [`Trials::variance`] | 1 | of the trials' Sharpe ratios **a period**, ddof = 1 |
//! | γ | | 1 | Euler–Mascheroni constant |
//! | S₀ | [`Trials::expected_best`] | 1 | Sharpe ratio a period that the best of N trials without skill is expected to show |
//! | DSR | result | 1 | probability that the true ratio is above S₀ |
//!
//! Trials that resemble one another count as less than one each; taking all of them as independent deflates
//! too much, never too little. Source: D. H. Bailey, M. López de Prado, *The Deflated Sharpe Ratio*, Journal
//! of Portfolio Management 40 (2014), equations 1 and 2. Pinned by that paper's example.

use std::f64::consts::E;

use crate::linear::vector::count;
use crate::probability::normal::quantile;
use crate::risk::variance::variance;

use super::error::ValidateError;
use super::sharpe::{SharpeEstimate, probabilistic_sharpe_ratio};

/// Euler–Mascheroni constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// What was tried before one was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trials {
    /// How many trials there were.
    pub number: usize,
    /// Variance of their Sharpe ratios, a period.
    pub variance: f64,
}

impl Trials {
    /// Counts the Sharpe ratios a period of all trials.
    ///
    /// ```
    /// use evenkeel_quant::validate::deflated::Trials;
    /// let trials = Trials::of(&[0.1, 0.2, 0.3])?;
    /// assert!(trials.number == 3 && (trials.variance - 0.01).abs() < 1e-15);
    /// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
    /// ```
    ///
    /// # Errors
    /// [`ValidateError::TooFew`] for no trials, [`ValidateError::Series`] for a ratio that is not finite.
    pub fn of(ratios: &[f64]) -> Result<Self, ValidateError> {
        let number = ratios.len();
        if number == 0 {
            return Err(ValidateError::TooFew { what: "trials", found: 0, needed: 1 });
        }
        let variance = if number > 1 { variance(ratios, 1)? } else { 0.0 };
        Ok(Self { number, variance })
    }

    /// The Sharpe ratio S₀, a period, that the best of the trials shows if none has any skill.
    ///
    /// ```
    /// use evenkeel_quant::validate::deflated::Trials;
    /// let best = Trials { number: 10, variance: 1.0 }.expected_best()?;
    /// assert!((best - 1.574_598_301_3).abs() < 1e-9);
    /// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
    /// ```
    ///
    /// # Errors
    /// [`ValidateError::TooFew`] for no trials, [`ValidateError::Argument`] for a variance that is negative or not
    /// finite.
    pub fn expected_best(&self) -> Result<f64, ValidateError> {
        let Self { number, variance } = *self;
        if number == 0 {
            return Err(ValidateError::TooFew { what: "trials", found: 0, needed: 1 });
        }
        if !(variance >= 0.0 && variance.is_finite()) {
            return Err(ValidateError::Argument { name: "variance of the trials", value: variance, limit: "at least 0" });
        }
        let tail = |share: f64| quantile(1.0 - share).unwrap_or_default();
        let trials = count(number);
        let highest = if number == 1 { 0.0 } else { (1.0 - EULER) * tail(1.0 / trials) + EULER * tail(1.0 / (trials * E)) };
        Ok(variance.sqrt() * highest)
    }
}

/// Deflated Sharpe ratio: the probability that the true ratio is above what luck alone gives the best trial.
///
/// ```
/// use evenkeel_quant::validate::deflated::{Trials, deflated_sharpe_ratio};
/// use evenkeel_quant::validate::sharpe::SharpeEstimate;
/// let best = SharpeEstimate { ratio: 2.5 / 250_f64.sqrt(), skewness: -3.0, kurtosis: 10.0, periods: 1250 };
/// let trials = Trials { number: 100, variance: 0.5 / 250.0 };
/// assert!((deflated_sharpe_ratio(&best, &trials)? - 0.9004).abs() < 5e-5);
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// As [`probabilistic_sharpe_ratio`] and [`Trials::expected_best`].
pub fn deflated_sharpe_ratio(estimate: &SharpeEstimate, trials: &Trials) -> Result<f64, ValidateError> {
    probabilistic_sharpe_ratio(estimate, trials.expected_best()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::probability::random::Random;

    /// Bailey and López de Prado (2014), the numerical example and the two variations of it.
    #[test]
    fn the_papers_example() {
        let best = |skewness, kurtosis| SharpeEstimate { ratio: 2.5 / 250_f64.sqrt(), skewness, kurtosis, periods: 1250 };
        let trials = |number| Trials { number, variance: 0.5 / 250.0 };
        assert!((trials(100).expected_best().unwrap() - 0.1132).abs() < 5e-5);
        assert!((deflated_sharpe_ratio(&best(-3.0, 10.0), &trials(46)).unwrap() - 0.9505).abs() < 5e-4);
        assert!((deflated_sharpe_ratio(&best(0.0, 3.0), &trials(88)).unwrap() - 0.9505).abs() < 5e-4);
    }

    #[test]
    fn the_expected_best_is_that_of_draws() {
        let mut random = Random::stream(5, 0);
        for number in [2, 10, 100] {
            let best = |random: &mut Random| (0..number).map(|_| random.normal()).fold(f64::NEG_INFINITY, f64::max);
            let mean = (0..20_000).map(|_| best(&mut random)).sum::<f64>() / 20_000.0;
            let said = Trials { number, variance: 1.0 }.expected_best().unwrap();
            // The formula is asymptotic in N.
            assert!((said - mean).abs() < 0.06, "{number}: {said} against {mean}");
        }
    }

    #[test]
    fn one_trial_deflates_nothing_and_none_is_refused() {
        assert!(Trials::of(&[0.4]).unwrap().expected_best().unwrap().abs() < 1e-300);
        assert_eq!(Trials::of(&[]), Err(ValidateError::TooFew { what: "trials", found: 0, needed: 1 }));
        assert!(Trials { number: 3, variance: -1.0 }.expected_best().is_err());
    }
}
