//! Covariance in which each period counts less than the next.
//!
//! Σ = s Σₜ wₜ (xₜ − c)(xₜ − c)ᵀ, with wₜ = (1 − λ) λ^(T−t) ÷ (1 − λ^T), which sum to 1
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | x | `returns` | T × n, oldest first | a period, a fraction |
//! | λ | `decay` | 1 | the weight of a period over that of the next, above 0 and below 1 |
//! | c, s | `form` | n and 1 | see below |
//! | Σ | result | n × n | a period |
//!
//! Libraries call five different things by this name:
//!
//! | [`ExponentialForm`] | c | s | |
//! |---|---|---|---|
//! | `ZeroMean` | 0 | 1 | |
//! | `WeightedMean` | Σ wₜ xₜ | 1 | pandas with `bias=True` |
//! | `WeightedMeanUnbiased` | Σ wₜ xₜ | 1 ÷ (1 − Σ wₜ²) | pandas by default |
//! | `PlainMean` | Σ xₜ ÷ T | 1 | `PyPortfolioOpt` |
//! | `Recursive` | 0 | 1 | `RiskMetrics`: Σₜ = λ Σₜ₋₁ + (1 − λ) xₜxₜᵀ from Σ₁ = x₁x₁ᵀ, so w₁ = λ^(T−1) |
//!
//! Not annualized. A half-life of h periods is λ = 2^(−1/h). One row gives zeros where a mean is
//! removed, and too few rows where that is unbiased. (J.P. Morgan and Reuters, *`RiskMetrics` Technical
//! Document*, 4th ed. 1996, section 5.2.) Pinned by `golden/covariance.json`.

use super::Covariance;
use super::weighted::{second_moment, weighted_means};
use crate::estimate::observations::{EstimateError, check, check_rows};
use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, scale};

/// What is removed, and how the sum is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExponentialForm {
    /// Nothing is removed: means are taken to be 0.
    ZeroMean,
    /// The weighted mean is removed.
    WeightedMean,
    /// The weighted mean is removed, and what that loses is given back.
    WeightedMeanUnbiased,
    /// The mean that counts all periods alike is removed.
    PlainMean,
    /// Nothing is removed, and the first period keeps the weight of all that came before it.
    Recursive,
}

/// Covariance in which each period counts less than the next, in one of five forms.
///
/// ```
/// use evenkeel_quant::{
///     estimate::covariance::exponential::{ExponentialForm, exponentially_weighted},
///     linear::matrix::Matrix,
/// };
/// let returns = Matrix::from_columns(2, 1, vec![0.03, 0.01])?;
/// let covariance = exponentially_weighted(&returns, 0.5, ExponentialForm::ZeroMean)?;
/// assert!((covariance.variances()[0] - (0.0009 + 2.0 * 0.0001) / 3.0).abs() < 1e-18);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Parameter`] for a decay that is not between 0 and 1; [`EstimateError::TooFewRows`]
/// without rows, and with one row in the unbiased form; [`EstimateError::Value`] for a return that
/// is no number.
pub fn exponentially_weighted(returns: &Matrix, decay: f64, form: ExponentialForm) -> Result<Covariance, EstimateError> {
    if !(decay > 0.0 && decay < 1.0) {
        return Err(EstimateError::Parameter { name: "the decay", value: decay, range: "above 0 and below 1" });
    }
    check_rows(returns.rows(), usize::from(form == ExponentialForm::WeightedMeanUnbiased))?;
    check("returns", returns)?;
    let periods = count(returns.rows());
    let mut weights = decreasing(returns.rows(), decay);
    let centers = match form {
        ExponentialForm::ZeroMean | ExponentialForm::Recursive => vec![0.0; returns.columns()],
        ExponentialForm::WeightedMean | ExponentialForm::WeightedMeanUnbiased => weighted_means(returns, &weights),
        ExponentialForm::PlainMean => weighted_means(returns, &vec![periods.recip(); returns.rows()]),
    };
    let oldest = decay.powf(periods);
    match form {
        ExponentialForm::Recursive => {
            // The same weights before they were made to sum to 1, and what they lack given to the first.
            scale(&mut weights, 1.0 - oldest);
            weights[0] = decay.powf(periods - 1.0);
        }
        ExponentialForm::WeightedMeanUnbiased => {
            // 1 − Σ wₜ² in closed form, so that nothing cancels.
            let kept = 2.0 * (decay - oldest) / ((1.0 + decay) * (1.0 - oldest));
            scale(&mut weights, kept.recip());
        }
        _ => {}
    }
    Ok(Covariance::dense(second_moment(returns, &centers, &weights)))
}

/// Weights that sum to 1, each `decay` times the next.
fn decreasing(periods: usize, decay: f64) -> Vec<f64> {
    let mut weights = vec![1.0; periods];
    for at in (1..periods).rev() {
        weights[at - 1] = weights[at] * decay;
    }
    let total: f64 = weights.iter().sum();
    scale(&mut weights, total.recip());
    weights
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;

    #[test]
    fn the_recursion_and_its_weights_agree() {
        let returns = [0.02, -0.01, 0.015, 0.03];
        let recursive = returns[1..].iter().fold(returns[0] * returns[0], |before, now| 0.9 * before + 0.1 * now * now);
        let panel = Matrix::from_columns(4, 1, returns.to_vec()).unwrap();
        let found = exponentially_weighted(&panel, 0.9, ExponentialForm::Recursive).unwrap();
        assert!((found.variances()[0] - recursive).abs() < 1e-18);
    }

    #[test]
    fn a_decay_of_almost_one_counts_all_alike() {
        let panel = Matrix::from_columns(3, 1, vec![0.01, 0.02, 0.06]).unwrap();
        let found = exponentially_weighted(&panel, 1.0 - 1e-9, ExponentialForm::WeightedMeanUnbiased).unwrap();
        assert!((found.variances()[0] - 0.0014 / 2.0).abs() < 1e-10, "{}", found.variances()[0]);
    }

    #[test]
    fn one_row_and_bad_decays_have_defined_answers() {
        let row = Matrix::from_rows(1, 2, &[0.01, -0.02]).unwrap();
        for form in [ExponentialForm::WeightedMean, ExponentialForm::PlainMean] {
            assert_eq!(exponentially_weighted(&row, 0.94, form).unwrap().matrix().values(), [0.0; 4]);
        }
        for form in [ExponentialForm::ZeroMean, ExponentialForm::Recursive] {
            assert_eq!(exponentially_weighted(&row, 0.94, form).unwrap().matrix().get(0, 1), 0.01 * -0.02);
        }
        let unbiased = exponentially_weighted(&row, 0.94, ExponentialForm::WeightedMeanUnbiased);
        assert!(matches!(unbiased, Err(EstimateError::TooFewRows { found: 1, needed: 2 })));
        for decay in [0.0, 1.0, -0.5, f64::NAN] {
            let refused = exponentially_weighted(&row, decay, ExponentialForm::ZeroMean);
            assert!(matches!(refused, Err(EstimateError::Parameter { .. })));
        }
    }
}
