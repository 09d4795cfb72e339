//! Student's t distribution, fitted to returns by maximum likelihood.
//!
//! max over (a, c, ν) of Σ ln [f((rₜ − a) ÷ c; ν) ÷ c]
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T ≥ 10 | fractions a period |
//! | a, c | [`StudentFit::location`], [`StudentFit::scale`] | 1 | fractions a period |
//! | ν | [`StudentFit::degrees`] | 1 | [`FEWEST_DEGREES`] to [`MOST_DEGREES`] |
//!
//! For a ν, a and c are those of the EM iteration (weights (ν + 1) ÷ (ν + d²)); over ν the likelihood is searched by golden
//! section in ln ν. Returns as thin-tailed as normal ones end at [`MOST_DEGREES`], where the tail is the normal one to two
//! digits. The scale is not the volatility: that is c √(ν ÷ (ν − 2)). Source: K. L. Lange, R. J. A. Little, J. M. G.
//! Taylor, *Robust Statistical Modeling Using the t Distribution*, JASA 84 (1989), section 3.

use super::parametric::scaled_student_tail;
use super::series::{RiskError, check, mean_of};
use super::tail::TailRisk;
use super::variance::variance;
use crate::linear::vector::{count, vectorized};

/// Fewest degrees of freedom looked at: below 2 there is no volatility.
pub const FEWEST_DEGREES: f64 = 2.05;

/// Most degrees of freedom looked at.
pub const MOST_DEGREES: f64 = 200.0;

/// Golden-section steps: they narrow ln ν to 1e-8 of its range.
const STEPS: usize = 40;

/// EM iterations for one ν; they end before, once the scale rests.
const MOST_ITERATIONS: usize = 500;

/// Relative change of the scale at which it rests.
const AT_REST: f64 = 1e-12;

/// A fitted t distribution of one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentFit {
    /// a, the mean.
    pub location: f64,
    /// c, above 0.
    pub scale: f64,
    /// ν.
    pub degrees: f64,
    /// The largest log-likelihood.
    pub log_likelihood: f64,
}

impl StudentFit {
    /// VaR and CVaR of the fitted distribution.
    ///
    /// ```
    /// use evenkeel_quant::risk::student_fit::fit_student;
    /// let returns: Vec<f64> = (1..100).map(|at| 0.01 * (0.03 * f64::from(at) - 1.5).tan()).collect();
    /// let fitted = fit_student(&returns)?;
    /// assert!(fitted.degrees < 5.0 && fitted.tail(0.99)?.value_at_risk > 0.0);
    /// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// [`RiskError::Level`].
    pub fn tail(&self, level: f64) -> Result<TailRisk, RiskError> {
        scaled_student_tail(self.location, self.scale, self.degrees, level)
    }

    /// Standard deviation c √(ν ÷ (ν − 2)) of the fitted distribution.
    ///
    /// ```
    /// use evenkeel_quant::risk::student_fit::StudentFit;
    /// let fitted = StudentFit { location: 0.0, scale: 0.01, degrees: 4.0, log_likelihood: 0.0 };
    /// assert!((fitted.volatility() - 0.01 * 2.0_f64.sqrt()).abs() < 1e-17);
    /// ```
    pub fn volatility(&self) -> f64 {
        self.scale * (self.degrees / (self.degrees - 2.0)).sqrt()
    }
}

/// Fits location, scale and degrees of freedom.
///
/// ```
/// use evenkeel_quant::risk::student_fit::{MOST_DEGREES, fit_student};
/// let even: Vec<f64> = (0..50).map(|at| 0.001 * f64::from(at)).collect();
/// assert!(fit_student(&even)?.degrees > 0.99 * MOST_DEGREES);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for fewer than 10 returns, [`RiskError::NotFinite`], [`RiskError::NoRisk`] where half of the
/// returns or more are equal, so that the likelihood has no maximum.
pub fn fit_student(returns: &[f64]) -> Result<StudentFit, RiskError> {
    const NEEDED: usize = 10;
    check(returns, NEEDED)?;
    let mut sorted = returns.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    if sorted.iter().zip(&sorted[returns.len() / 2..]).any(|(low, high)| low >= high) {
        return Err(RiskError::NoRisk { measure: "spread of half of the returns" });
    }
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let at = |log_degrees: f64| fit_scale(&sorted, log_degrees.exp());
    let (mut low, mut high) = (FEWEST_DEGREES.ln(), MOST_DEGREES.ln());
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (at(left)?, at(right)?);
    for _ in 0..STEPS {
        if at_left.log_likelihood >= at_right.log_likelihood {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = at(left)?;
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = at(right)?;
        }
    }
    Ok(if at_left.log_likelihood >= at_right.log_likelihood { at_left } else { at_right })
}

/// The best location and scale for some degrees of freedom.
fn fit_scale(returns: &[f64], degrees: f64) -> Result<StudentFit, RiskError> {
    let number = count(returns.len());
    let (mut location, mut square) = (mean_of(returns), variance(returns, 0)?);
    for _ in 0..MOST_ITERATIONS {
        let [weights, weighted, squared] = weighted_sums(returns, location, square, degrees);
        // Sums are about the present location, where digits are not lost.
        let step = weighted / weights;
        let next = (squared - step * weighted) / number;
        location += step;
        let rests = (next - square).abs() <= AT_REST * square;
        square = next;
        if rests {
            break;
        }
    }
    let log_terms: f64 = returns.iter().map(|value| ((value - location).powi(2) / (square * degrees)).ln_1p()).sum();
    let constant = libm::lgamma(0.5 * (degrees + 1.0)) - libm::lgamma(0.5 * degrees) - 0.5 * (std::f64::consts::PI * degrees * square).ln();
    let log_likelihood = number * constant - 0.5 * (degrees + 1.0) * log_terms;
    Ok(StudentFit { location, scale: square.sqrt(), degrees, log_likelihood })
}

/// Σ w, Σ w (r − a), Σ w (r − a)² with w = (ν + 1) ÷ (ν + (r − a)² ÷ c²).
fn weighted_sums(returns: &[f64], location: f64, square: f64, degrees: f64) -> [f64; 3] {
    vectorized(
        #[inline(always)]
        || {
            let mut sums = [0.0; 3];
            for value in returns {
                let distance = value - location;
                let weight = (degrees + 1.0) / (degrees + distance * distance / square);
                sums[0] += weight;
                sums[1] += weight * distance;
                sums[2] += weight * distance * distance;
            }
            sums
        },
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::probability::random::Random;
    use crate::probability::student;

    #[test]
    fn finds_the_distribution_that_was_drawn() {
        for (degrees, within) in [(3.0, 0.4), (6.0, 1.2)] {
            let mut random = Random::stream(3, 0);
            let draw = |random: &mut Random| 0.0005 + 0.01 * student::quantile(random.uniform() + 1e-17, degrees).unwrap();
            let returns: Vec<f64> = (0..10_000).map(|_| draw(&mut random)).collect();
            let fitted = fit_student(&returns).unwrap();
            assert!((fitted.degrees - degrees).abs() < within, "{}", fitted.degrees);
            assert!((fitted.scale - 0.01).abs() < 4e-4 && (fitted.location - 0.0005).abs() < 5e-4);
            // No neighbor is likelier.
            for neighbor in [0.99, 1.01] {
                assert!(fit_scale(&returns, fitted.degrees * neighbor).unwrap().log_likelihood < fitted.log_likelihood);
            }
        }
    }

    #[test]
    fn refuses_what_cannot_be_fitted() {
        assert_eq!(fit_student(&[0.0; 9]), Err(RiskError::TooFew { found: 9, needed: 10 }));
        assert!(matches!(fit_student(&[0.01; 20]), Err(RiskError::NoRisk { .. })));
        let mut mostly_still = vec![0.0; 15];
        mostly_still.extend([0.1, 0.2, -0.1, 0.3, -0.2]);
        assert!(matches!(fit_student(&mostly_still), Err(RiskError::NoRisk { .. })));
    }
}
