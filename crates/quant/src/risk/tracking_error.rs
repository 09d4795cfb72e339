//! Volatility of the return over a benchmark.
//!
//! TE = √(dᵀΣd)
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | d | `active_weights` | n | fractions of portfolio value: portfolio − benchmark |
//! | Σ | `covariance` | n × n | a period |
//! | TE | result | 1 | a period, a fraction, at least 0 |
//!
//! A year's covariance gives a year's tracking error. (R. C. Grinold, R. N. Kahn, *Active Portfolio
//! Management*, 2nd ed. 2000, chapter 3.)

use crate::estimate::covariance::Covariance;

/// Volatility of the return over a benchmark, from the differences in weight. Assets beyond the end
/// of `active_weights` do not differ.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::Covariance, risk::tracking_error::tracking_error};
/// let covariance = Covariance::from_volatilities(&[0.2, 0.05], &[1.0, 0.0, 0.0, 1.0])?;
/// let five_points_from_bonds_to_stocks = tracking_error(&covariance, &[0.05, -0.05]);
/// assert!((five_points_from_bonds_to_stocks - 0.05 * (0.2_f64.powi(2) + 0.05_f64.powi(2)).sqrt()).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::estimate::covariance::CovarianceError>(())
/// ```
pub fn tracking_error(covariance: &Covariance, active_weights: &[f64]) -> f64 {
    covariance.variance(active_weights).sqrt()
}
