//! How often the best variant of one half of a history is below the median in the other.
//!
//! The rows are cut into S blocks in a row. For each choice of S/2 blocks: n* has the highest Sharpe ratio in
//! them, ω is its rank among all N in the other blocks ÷ (N + 1), λ = ln(ω ÷ (1 − ω)). PBO = share of λ ≤ 0.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T × N | of a variant a column, over the risk-free return, a fraction a period |
//! | S | `blocks` | 1 | even, 2 to 20; blocks differ by at most one row |
//! | λ | [`Overfitting::logits`] | (S over S/2) | in the order of the choices; 0 at the median |
//! | PBO | [`Overfitting::probability`] | 1 | probability: 0.5 where choosing says nothing, near 0 where it does |
//!
//! Variants of equal rank share it. Each choice and its complement both count. The sums of all subsets of each
//! half of the blocks are made once, so that a choice costs one addition a variant; that takes 4 · 2^{S/2} · N
//! floats. Errors: fewer than 2 variants, fewer than 2 rows a block, a variant that does not move. Source:
//! D. H. Bailey, J. M. Borwein, M. López de Prado, Q. J. Zhu, *The Probability of Backtest Overfitting*,
//! Journal of Computational Finance 20 (2017), section 2.2.

use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum, vectorized};

use super::error::{ValidateError, check};

/// The most blocks: 184,756 choices.
const MOST_BLOCKS: usize = 20;

/// What choosing the best variant comes to out of sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Overfitting {
    /// Share of choices whose best variant is at or below the median out of sample.
    pub probability: f64,
    /// Share of choices whose best variant has a Sharpe ratio below 0 out of sample.
    pub probability_of_loss: f64,
    /// Slope of the best variant's Sharpe ratio out of sample on that in sample: below 0 where more in sample
    /// comes with less out of it; `None` where all in sample are equal.
    pub slope: Option<f64>,
    /// Logit of the rank out of sample, for each choice.
    pub logits: Vec<f64>,
    /// How often each variant was the best in sample.
    pub chosen: Vec<usize>,
}

/// Probability of backtest overfitting by combinatorially symmetric cross-validation.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, validate::overfitting::overfitting};
/// // The second variant earns as much more in every period.
/// let returns = Matrix::from_fn(40, 2, |row, variant| 0.01 * ((row * 7 % 5) as f64 - 2.0) + 0.005 * variant as f64);
/// let told = overfitting(&returns, 4)?;
/// assert_eq!((told.logits.len(), told.probability, told.chosen), (6, 0.0, vec![0, 6]));
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// [`ValidateError::Argument`] for a number of blocks that is odd or out of range, [`ValidateError::TooFew`],
/// [`ValidateError::NotFinite`], [`ValidateError::NoRisk`].
pub fn overfitting(returns: &Matrix, blocks: usize) -> Result<Overfitting, ValidateError> {
    if blocks < 2 || !blocks.is_multiple_of(2) || blocks > MOST_BLOCKS {
        return Err(ValidateError::Argument { name: "number of blocks", value: count(blocks), limit: "even, from 2 to 20" });
    }
    check(returns, 2 * blocks, 2)?;
    let sums = Sums::new(returns, blocks)?;
    let variants = returns.columns();
    let (mut inside, mut outside) = (vec![0.0; variants], vec![0.0; variants]);
    let mut told = Overfitting { probability: 0.0, probability_of_loss: 0.0, slope: None, logits: Vec::new(), chosen: vec![0; variants] };
    let mut pairs = Vec::new();
    for choice in (0..1_usize << blocks).filter(|choice| choice.count_ones() as usize == blocks / 2) {
        sums.sharpe_ratios(choice, &mut inside);
        sums.sharpe_ratios(sums.complement(choice), &mut outside);
        let best = first_highest(&inside);
        let (before, after) = (inside[best], outside[best]);
        told.chosen[best] += 1;
        let below = outside.iter().filter(|ratio| **ratio < after).count();
        let above = outside.iter().filter(|ratio| **ratio > after).count();
        // The middle of the ranks that equal ones share.
        let rank = 0.5 * (count(below) + count(variants - above) + 1.0) / (count(variants) + 1.0);
        told.logits.push((rank / (1.0 - rank)).ln());
        pairs.push((before, after));
    }
    let share = |number: usize| count(number) / count(pairs.len());
    told.probability = share(told.logits.iter().filter(|logit| **logit <= 0.0).count());
    told.probability_of_loss = share(pairs.iter().filter(|(_, after)| *after < 0.0).count());
    told.slope = slope(&pairs);
    Ok(told)
}

fn first_highest(ratios: &[f64]) -> usize {
    let best =
        ratios.iter().enumerate().fold((0, f64::NEG_INFINITY), |best, (at, ratio)| if *ratio > best.1 { (at, *ratio) } else { best });
    best.0
}

/// Least-squares slope of the second on the first.
fn slope(pairs: &[(f64, f64)]) -> Option<f64> {
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count(pairs.len());
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let squares: f64 = pairs.iter().map(|pair| (pair.0 - x).powi(2)).sum();
    let products: f64 = pairs.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum();
    let slope = products / squares;
    (squares > 0.0 && slope.is_finite()).then_some(slope)
}

/// Sums over every subset of half of the blocks: of deviations from the mean, and of their squares.
struct Half {
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Half {
    /// One sum a variant.
    fn of(&self, subset: usize, variants: usize) -> (&[f64], &[f64]) {
        let range = subset * variants..(subset + 1) * variants;
        (&self.first[range.clone()], &self.second[range])
    }
}

/// What Sharpe ratios over any choice of blocks are made of.
struct Sums {
    /// Mean of each variant over all rows.
    means: Vec<f64>,
    /// Rows of each block.
    rows: Vec<usize>,
    lower: Half,
    upper: Half,
}

impl Sums {
    fn new(returns: &Matrix, blocks: usize) -> Result<Self, ValidateError> {
        let (rows, variants, half) = (returns.rows(), returns.columns(), blocks / 2);
        let start = |block: usize| block * rows / blocks;
        let empty = || Half { first: vec![0.0; variants << half], second: vec![0.0; variants << half] };
        let (mut lower, mut upper) = (empty(), empty());
        let mut means = Vec::with_capacity(variants);
        for (variant, column) in returns.iter_columns().enumerate() {
            if column.iter().all(|value| value.to_bits() == column[0].to_bits()) {
                return Err(ValidateError::NoRisk { variant });
            }
            // About the mean, so that squares do not cancel.
            let mean = sum(column) / count(rows);
            means.push(mean);
            for block in 0..blocks {
                let at = (1 << (block % half)) * variants + variant;
                let sums = if block < half { &mut lower } else { &mut upper };
                for value in &column[start(block)..start(block + 1)] {
                    sums.first[at] += value - mean;
                    sums.second[at] += (value - mean) * (value - mean);
                }
            }
        }
        for sums in [&mut lower, &mut upper] {
            fill_subsets(&mut sums.first, variants);
            fill_subsets(&mut sums.second, variants);
        }
        let rows = (0..blocks).map(|block| start(block + 1) - start(block)).collect();
        Ok(Self { means, rows, lower, upper })
    }

    /// The blocks that a choice leaves.
    fn complement(&self, choice: usize) -> usize {
        !choice & ((1 << self.rows.len()) - 1)
    }

    /// Sharpe ratios a period over the blocks whose bits are set; 0 for a variant that neither moves nor earns there.
    fn sharpe_ratios(&self, choice: usize, ratios: &mut [f64]) {
        let (variants, half) = (self.means.len(), self.rows.len() / 2);
        let (sums_below, squares_below) = self.lower.of(choice & ((1 << half) - 1), variants);
        let (sums_above, squares_above) = self.upper.of(choice >> half, variants);
        let chosen = self.rows.iter().enumerate().filter(|(block, _)| choice >> block & 1 == 1);
        let rows = count(chosen.map(|(_, rows)| rows).sum());
        let (sums, squares) = (sums_below.iter().zip(sums_above), squares_below.iter().zip(squares_above));
        vectorized(
            #[inline(always)]
            || {
                for (((ratio, mean), (a, b)), (c, d)) in ratios.iter_mut().zip(&self.means).zip(sums).zip(squares) {
                    let sum = a + b;
                    let variance = ((c + d - sum * sum / rows) / (rows - 1.0)).max(0.0);
                    let found = (mean + sum / rows) / variance.sqrt();
                    *ratio = if found.is_nan() { 0.0 } else { found };
                }
            },
        );
    }
}

/// Fills in the sums of all subsets, where those of single blocks stand: each is that without its highest block
/// and that block.
fn fill_subsets(sums: &mut [f64], variants: usize) {
    for subset in 1..sums.len() / variants {
        let highest = 1 << subset.ilog2();
        if subset == highest {
            continue;
        }
        let (before, target) = sums.split_at_mut(subset * variants);
        let (rest, block) = (&before[(subset - highest) * variants..], &before[highest * variants..]);
        for ((target, rest), block) in target[..variants].iter_mut().zip(rest).zip(block) {
            *target = rest + block;
        }
    }
}
