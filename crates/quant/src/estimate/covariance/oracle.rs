//! Oracle approximating shrinkage toward the identity, for normal returns.
//!
//! δ = min(1, (α + m²) ÷ ((T + 1)(α − m² ÷ n))),  α = ‖S‖² ÷ n²,  m = tr S ÷ n
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | S | of `returns`, divided by T | n × n | a period |
//! | α | mean square of its entries | 1 | |
//! | m | mean variance; the target is m I | 1 | a period |
//! | δ | [`Shrunk::intensity`] | 1 | 0 to 1 |
//!
//! Not annualized. This is the form of scikit-learn, which leaves the factors 1 − 2/n of the paper's
//! numerator and denominator out, and with them what is of order 1/n. Where the sample is the target
//! already (one asset, one row, no movement), δ is 0. (Y. Chen, A. Wiesel, Y. C. Eldar, A. O. Hero,
//! "Shrinkage Algorithms for MMSE Covariance Estimation", 2010, eq. 23.)
//! Pinned by `golden/covariance.json`.

use super::shrinkage::{Shrunk, TowardIdentity};
use crate::estimate::observations::EstimateError;
use crate::linear::matrix::Matrix;
use crate::linear::vector::count;

/// The sample covariance drawn toward a multiple of the identity, as normal returns call for.
///
/// ```
/// use evenkeel_quant::{estimate::covariance::oracle::oracle_approximating, linear::matrix::Matrix};
/// let returns = Matrix::from_rows(3, 2, &[0.01, 0.03, 0.02, 0.01, 0.03, 0.02])?;
/// assert_eq!(oracle_approximating(&returns)?.intensity, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::TooFewRows`] without rows; [`EstimateError::Value`] for a return that is no number.
pub fn oracle_approximating(returns: &Matrix) -> Result<Shrunk, EstimateError> {
    let sums = TowardIdentity::of(returns)?;
    let assets = count(sums.assets);
    let square = sums.mean_variance * sums.mean_variance;
    // α − m² ÷ n, times n².
    let dispersion = sums.squared_norm - assets * square;
    let is_target = dispersion <= f64::EPSILON * assets * sums.squared_norm;
    let bound = (sums.squared_norm + assets * assets * square) / ((count(sums.rows) + 1.0) * dispersion);
    Ok(sums.shrunk(if is_target { 0.0 } else { bound.min(1.0) }))
}
