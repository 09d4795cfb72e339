//! Whether the best of many variants is better than its benchmark.
//!
//! Reality check: V = maxₖ √T d̄ₖ, and V* = maxₖ √T (d̄*ₖ − d̄ₖ) of each resample.
//! SPA: V = max(maxₖ √T d̄ₖ ÷ ωₖ, 0), and V* = max(maxₖ √T (d̄*ₖ − g(d̄ₖ)) ÷ ωₖ, 0), with
//!
//! - lower: g(d̄) = max(d̄, 0), as if the poor variants had mean 0 at best of luck;
//! - consistent: g(d̄) = d̄ where √T d̄ ≥ −ω √(2 ln ln T), else 0: the clearly poor ones do not count;
//! - upper: g(d̄) = d̄, all as good as the benchmark.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | d | `excess` | T × N | of a variant a column: its return, or another score, less the benchmark's; more is better |
//! | d̄, d̄* | | N | means of d, and of its resamples |
//! | ω | | N | exact standard deviation of √T d̄* ([`Resampling::variance_of_mean`]) |
//! | p | result | 1 | share of resamples with V* > V: how likely luck alone does as well |
//!
//! The hypothesis is that no variant is better than the benchmark. All variants that were tried belong into the
//! matrix, also those that were dropped. The standard error of p is √(p (1 − p) ÷ resamples). Sources: H. White, *A
//! Reality Check for Data Snooping*, Econometrica 68 (2000); P. R. Hansen, *A Test for Superior Predictive Ability*,
//! Journal of Business & Economic Statistics 23 (2005), sections 3 and 4.

use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum};

use super::error::{ValidateError, check};
use super::resample::Resampling;

/// What White's reality check says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RealityCheck {
    /// The variant with the highest mean.
    pub best: usize,
    /// V.
    pub statistic: f64,
    /// p.
    pub p_value: f64,
}

/// What Hansen's test for superior predictive ability says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SuperiorAbility {
    /// The variant with the highest mean by its standard deviation.
    pub best: usize,
    /// V.
    pub statistic: f64,
    /// p where poor variants count least: a lower bound.
    pub lower: f64,
    /// p that is right for long histories.
    pub consistent: f64,
    /// p where all variants count: an upper bound.
    pub upper: f64,
}

/// White's reality check.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, validate::{resample::Resampling, superior::reality_check}};
/// let excess = Matrix::from_fn(200, 2, |row, variant| ((row * 7 % 11) as f64 - 5.0) * 0.01 + 0.02 * variant as f64);
/// let told = reality_check(&excess, &Resampling { resamples: 500, mean_block: 5.0, seed: 7 })?;
/// assert!(told.best == 1 && told.p_value < 0.01);
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// [`ValidateError::TooFew`] for fewer than 2 periods, no variant or no resample, [`ValidateError::NotFinite`],
/// [`ValidateError::Argument`] for a block below 1.
pub fn reality_check(excess: &Matrix, how: &Resampling) -> Result<RealityCheck, ValidateError> {
    check(excess, 2, 1)?;
    how.check()?;
    let means = means(excess);
    let (best, highest) = highest(means.iter().copied());
    let mut beyond = 0;
    how.means(excess, |resampled| {
        let (_, most) = self::highest(resampled.iter().zip(&means).map(|(drawn, mean)| drawn - mean));
        beyond += usize::from(most > highest);
    });
    Ok(RealityCheck { best, statistic: highest * count(excess.rows()).sqrt(), p_value: count(beyond) / count(how.resamples) })
}

/// Hansen's test for superior predictive ability.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, validate::{resample::Resampling, superior::superior_ability}};
/// let excess = Matrix::from_fn(200, 2, |row, variant| ((row * 7 % 11) as f64 - 5.0) * 0.01 - 0.02 * variant as f64);
/// let told = superior_ability(&excess, &Resampling { resamples: 500, mean_block: 5.0, seed: 7 })?;
/// assert!(told.best == 0 && told.lower <= told.consistent && told.consistent <= told.upper);
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// As [`reality_check`], [`ValidateError::TooFew`] for fewer than 3 periods, and [`ValidateError::NoRisk`] for a variant
/// whose resamples all have the same mean.
pub fn superior_ability(excess: &Matrix, how: &Resampling) -> Result<SuperiorAbility, ValidateError> {
    check(excess, 3, 1)?;
    how.check()?;
    let root = count(excess.rows()).sqrt();
    let means = means(excess);
    let mut scales = Vec::with_capacity(means.len());
    for (variant, column) in excess.iter_columns().enumerate() {
        let deviation = how.variance_of_mean(column).sqrt();
        if deviation <= 0.0 {
            return Err(ValidateError::NoRisk { variant });
        }
        scales.push(root / deviation);
    }
    let (best, highest) = highest(means.iter().zip(&scales).map(|(mean, scale)| mean * scale));
    let statistic = highest.max(0.0);
    let poor = -(2.0 * count(excess.rows()).ln().ln().max(0.0)).sqrt();
    let consistent = |(mean, scale): (&f64, &f64)| if mean * scale >= poor { *mean } else { 0.0 };
    let centers: [Vec<f64>; 3] =
        [means.iter().map(|mean| mean.max(0.0)).collect(), means.iter().zip(&scales).map(consistent).collect(), means.clone()];
    let mut beyond = [0; 3];
    how.means(excess, |resampled| {
        for (beyond, centers) in beyond.iter_mut().zip(&centers) {
            let studentized = resampled.iter().zip(centers).zip(&scales).map(|((drawn, center), scale)| (drawn - center) * scale);
            *beyond += usize::from(self::highest(studentized).1.max(0.0) > statistic);
        }
    });
    let [lower, consistent, upper] = beyond.map(|beyond| count(beyond) / count(how.resamples));
    Ok(SuperiorAbility { best, statistic, lower, consistent, upper })
}

fn means(excess: &Matrix) -> Vec<f64> {
    excess.iter_columns().map(|column| sum(column) / count(column.len())).collect()
}

/// The first of the highest, and how high.
fn highest(values: impl Iterator<Item = f64>) -> (usize, f64) {
    values.enumerate().fold((0, f64::NEG_INFINITY), |best, (at, value)| if value > best.1 { (at, value) } else { best })
}
