//! Co-movement counted rather than measured: the Gerber statistic.
//!
//! A return counts as up at or above h σᵢ, as down at or below −h σᵢ, and as neutral between. With
//! cᵢⱼ the number of periods in which i and j are up together or down together, and dᵢⱼ of those in
//! which one is up and the other down,
//!
//! gᵢⱼ = (cᵢⱼ − dᵢⱼ) ÷ (T − Nᵢⱼ)  or  (cᵢⱼ − dᵢⱼ) ÷ √(aᵢ aⱼ),  Σᵢⱼ = σᵢ σⱼ gᵢⱼ
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | h | `threshold` | 1 | volatilities; 0.5 is usual |
//! | σ | volatilities of `returns`, divided by T | n | a period, a fraction |
//! | N, a | periods in which both are neutral; in which one asset is not | n × n, n | |
//! | g | [`Gerber::statistic`] | n × n | −1 to 1 |
//! | Σ | [`Gerber::covariance`] | n × n | a period |
//!
//! Returns are compared with their thresholds as they are, means not removed. Both forms are positive
//! semidefinite: cᵢⱼ − dᵢⱼ is a matrix of inner products, so the second form is one scaled; the
//! first is its entrywise product with 1 ÷ (T − Nᵢⱼ) = Σₖ Nᵢⱼᵏ ÷ Tᵏ⁺¹, and entrywise products and sums of
//! semidefinite matrices are semidefinite (Schur). An asset that is always neutral, as one that never moves,
//! has g = 0 with all others. Not annualized. (S. Gerber, H. Markowitz, P. Ernst, Y. Miao, B. Javid,
//! P. Sargen, "The Gerber Statistic: A Robust Co-Movement Measure for Portfolio Optimization", 2022.) Pinned by `golden/covariance.json`.
//!
//! Each asset's periods are two rows of bits, so that a pair costs two population counts for every 64 periods.

use super::Covariance;
use super::correlation::{scale_both_sides, set_unit_diagonal};
use super::sample::variances_of;
use crate::estimate::observations::{EstimateError, check_rows, deviations};
use crate::linear::matrix::Matrix;
use crate::linear::product::mirror_lower;
use crate::linear::vector::{count, vectorized};

/// What the number of concordant less discordant periods is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GerberDenominator {
    /// The periods in which not both are neutral (Riskfolio-Lib `gerber1`, `skfolio` by default).
    NotBothNeutral,
    /// The geometric mean of the periods in which each is not neutral (Riskfolio-Lib `gerber2`).
    GeometricMean,
}

/// A covariance from counted co-movements.
#[derive(Debug, Clone, PartialEq)]
pub struct Gerber {
    /// The covariance, a period.
    pub covariance: Covariance,
    /// g, in the place of correlations.
    pub statistic: Matrix,
}

/// The covariance of the Gerber statistic.
///
/// ```
/// use evenkeel_quant::{
///     estimate::covariance::gerber::{GerberDenominator, gerber},
///     linear::matrix::Matrix,
/// };
/// let returns = Matrix::from_rows(4, 2, &[0.02, 0.01, -0.02, -0.01, 0.02, -0.01, 0.0, 0.01])?;
/// let found = gerber(&returns, 0.5, GerberDenominator::NotBothNeutral)?;
/// // Twice together, once against one another, and never both neutral.
/// assert_eq!(found.statistic.get(0, 1), (2.0 - 1.0) / 4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError::Parameter`] for a threshold that is not above 0; [`EstimateError::TooFewRows`]
/// without rows; [`EstimateError::Value`] for a return that is no number.
pub fn gerber(returns: &Matrix, threshold: f64, denominator: GerberDenominator) -> Result<Gerber, EstimateError> {
    if !(threshold > 0.0 && threshold.is_finite()) {
        return Err(EstimateError::Parameter { name: "the threshold", value: threshold, range: "a number above 0" });
    }
    check_rows(returns.rows(), 0)?;
    let deviations = deviations("returns", returns)?;
    let volatilities: Vec<f64> = variances_of(&deviations, count(returns.rows())).into_iter().map(f64::sqrt).collect();
    let moves: Vec<Moves> =
        returns.iter_columns().zip(&volatilities).map(|(column, volatility)| Moves::of(column, threshold * volatility)).collect();
    let assets = returns.columns();
    let mut statistic = Matrix::zeros(assets, assets);
    for first in 0..assets {
        for second in first + 1..assets {
            let (a, b) = (&moves[first], &moves[second]);
            let (both, opposed) = a.shared(b);
            let divisor = match denominator {
                GerberDenominator::NotBothNeutral => count(a.number + b.number - both),
                GerberDenominator::GeometricMean => (count(a.number) * count(b.number)).sqrt(),
            };
            if divisor > 0.0 {
                statistic.set(second, first, (count(both) - 2.0 * count(opposed)) / divisor);
            }
        }
    }
    mirror_lower(&mut statistic);
    set_unit_diagonal(&mut statistic);
    let mut matrix = statistic.clone();
    scale_both_sides(&mut matrix, &volatilities);
    Ok(Gerber { covariance: Covariance::dense(matrix), statistic })
}

/// Periods in a word of bits.
const WORD: usize = 64;

/// The periods in which an asset moved, a bit each.
struct Moves {
    /// Up or down, beside whether up, in words of 64 periods.
    bits: Vec<[u64; 2]>,
    /// Number of periods up or down.
    number: usize,
}

impl Moves {
    fn of(returns: &[f64], threshold: f64) -> Self {
        if threshold <= 0.0 {
            return Self { bits: vec![[0; 2]; returns.len().div_ceil(WORD)], number: 0 };
        }
        let bits: Vec<[u64; 2]> = vectorized(
            #[inline(always)]
            || {
                let words = returns.chunks(WORD).map(|periods| {
                    let (mut up, mut down) = (0, 0);
                    for (at, value) in periods.iter().enumerate() {
                        up |= u64::from(*value >= threshold) << at;
                        down |= u64::from(*value <= -threshold) << at;
                    }
                    [up | down, up]
                });
                words.collect()
            },
        );
        let number = bits.iter().map(|[moved, _]| moved.count_ones() as usize).sum();
        Self { bits, number }
    }

    /// Number of periods in which both moved, and in which they moved against one another.
    fn shared(&self, other: &Self) -> (usize, usize) {
        vectorized(
            #[inline(always)]
            || {
                let (mut both, mut opposed) = (0, 0);
                for ([moved, up], [other_moved, other_up]) in self.bits.iter().zip(&other.bits) {
                    let together = moved & other_moved;
                    both += together.count_ones() as usize;
                    opposed += (together & (up ^ other_up)).count_ones() as usize;
                }
                (both, opposed)
            },
        )
    }
}
