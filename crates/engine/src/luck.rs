//! [`Luck`]: how much of the best of many variants may be luck.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::vector::count;
use evenkeel_quant::validate::deflated::{Trials, deflated_sharpe_ratio};
use evenkeel_quant::validate::error::ValidateError;
use evenkeel_quant::validate::overfitting::overfitting;
use evenkeel_quant::validate::resample::Resampling;
use evenkeel_quant::validate::sharpe::{SharpeEstimate, minimum_track_record, probabilistic_sharpe_ratio};
use evenkeel_quant::validate::superior::{reality_check, superior_ability};
use serde::Serialize;

/// How sure one wants to be of a track record.
const CONFIDENCE: f64 = 0.95;

/// Rows that a block of the test of overfitting has at least.
const ROWS_A_BLOCK: usize = 8;

/// The most blocks of it.
const MOST_BLOCKS: usize = 16;

/// How much of the best variant may be luck; what cannot be told is null, and says why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Luck {
    /// Variants that were tried: counted, not remembered.
    pub trials: usize,
    /// Probability that the true Sharpe ratio is above 0.
    pub probabilistic_sharpe: Option<f64>,
    /// Years after which it would be so with a confidence of 95 %, if the ratio stayed.
    pub minimum_track_record_years: Option<f64>,
    /// Sharpe ratio a year that the best of so many trials shows by luck alone.
    pub best_by_luck: Option<f64>,
    /// Deflated Sharpe ratio: probability that the true ratio is above that.
    pub deflated_sharpe: Option<f64>,
    /// Probability of overfitting: how often the best variant of one half of the time is below the median in the other.
    pub overfitting: Option<f64>,
    /// White's reality check against the benchmark: how likely luck alone makes the best variant as much better.
    pub reality_check: Option<f64>,
    /// Hansen's SPA against the benchmark: lower bound, consistent, upper bound.
    pub superior_ability: Option<[f64; 3]>,
    /// Why values are null.
    pub undefined: Vec<String>,
}

/// One of the variants that were tried, with what it is to beat, over the same periods.
#[derive(Debug, Clone, Copy)]
pub struct Track<'a> {
    /// Its returns.
    pub returns: &'a [f64],
    /// Those of the benchmark.
    pub benchmark: &'a [f64],
    /// Periods in a year.
    pub periods_per_year: f64,
}

/// How the history is resampled.
#[derive(Debug, Clone, Copy)]
pub struct Resamples {
    /// How often.
    pub number: usize,
    /// Seed.
    pub seed: u64,
}

/// Mean length of resampled blocks: the cube root of the history, as is usual where nothing is known of how long memory is,
/// but a month at the least.
pub(crate) fn mean_block(periods: usize, periods_per_year: f64) -> f64 {
    count(periods).cbrt().max(periods_per_year / 12.0).max(1.0)
}

/// The variant with the highest Sharpe ratio, the first of equal ones.
pub fn best_of(tracks: &[Track<'_>], risk_free: f64) -> usize {
    let ratio = |index: &usize| {
        let estimate = tracks.get(*index).map(|track| SharpeEstimate::of(track.returns, risk_free / track.periods_per_year));
        estimate.and_then(Result::ok).map_or(f64::NEG_INFINITY, |estimate| estimate.ratio)
    };
    (0..tracks.len()).rev().max_by(|a, b| ratio(a).total_cmp(&ratio(b))).unwrap_or(0)
}

/// Tests the chosen of all variants that were tried, at a risk-free return a year.
pub fn luck(walks: &[Track<'_>], chosen: usize, risk_free: f64, resamples: Resamples) -> Luck {
    let mut undefined = Vec::new();
    let a_year = walks.get(chosen).map_or(1.0, |walk| walk.periods_per_year);
    let estimates: Result<Vec<SharpeEstimate>, ValidateError> =
        walks.iter().map(|walk| SharpeEstimate::of(walk.returns, risk_free / walk.periods_per_year)).collect();
    let best = estimates
        .as_ref()
        .map_err(|error| *error)
        .and_then(|estimates| estimates.get(chosen).copied().ok_or(ValidateError::TooFew { what: "variants", found: 0, needed: 1 }));
    let ratios: Vec<f64> = estimates.iter().flatten().map(|estimate| estimate.ratio).collect();
    let trials = Trials::of(&ratios);
    let mut known = |name: &str, value: Result<f64, ValidateError>| value.map_err(|error| undefined.push(format!("{name}: {error}"))).ok();
    let told = Luck {
        trials: walks.len(),
        probabilistic_sharpe: known("probabilistic_sharpe", best.and_then(|best| probabilistic_sharpe_ratio(&best, 0.0))),
        minimum_track_record_years: known(
            "minimum_track_record_years",
            best.and_then(|best| minimum_track_record(&best, 0.0, CONFIDENCE)).map(|periods| periods / a_year),
        ),
        best_by_luck: known("best_by_luck", trials.and_then(|trials| trials.expected_best()).map(|ratio| ratio * a_year.sqrt())),
        deflated_sharpe: known("deflated_sharpe", best.and_then(|best| deflated_sharpe_ratio(&best, &trials?))),
        overfitting: known("overfitting", overfit(walks, risk_free)),
        reality_check: None,
        superior_ability: None,
        undefined: Vec::new(),
    };
    let excess = excess(walks);
    let how = Resampling { resamples: resamples.number, mean_block: mean_block(excess.rows(), a_year), seed: resamples.seed };
    let check = known("reality_check", reality_check(&excess, &how).map(|told| told.p_value));
    let ability = superior_ability(&excess, &how).map_err(|error| undefined.push(format!("superior_ability: {error}"))).ok();
    let superior_ability = ability.map(|told| [told.lower, told.consistent, told.upper]);
    Luck { reality_check: check, superior_ability, undefined, ..told }
}

/// Returns over the benchmark, a column for each variant that differs from it: what does not is neither better nor worse.
fn excess(walks: &[Track<'_>]) -> Matrix {
    let rows = walks.iter().map(|walk| walk.returns.len()).min().unwrap_or(0);
    let value = |walk: &Track<'_>, row: usize| Some(walk.returns.get(row)? - walk.benchmark.get(row)?);
    let differ: Vec<&Track<'_>> = walks.iter().filter(|walk| walk.returns != walk.benchmark).collect();
    Matrix::from_fn(rows, differ.len(), |row, variant| differ.get(variant).and_then(|walk| value(walk, row)).unwrap_or(0.0))
}

fn overfit(walks: &[Track<'_>], risk_free: f64) -> Result<f64, ValidateError> {
    let rows = walks.iter().map(|walk| walk.returns.len()).min().unwrap_or(0);
    let blocks = (rows / ROWS_A_BLOCK).min(MOST_BLOCKS) / 2 * 2;
    if blocks < 4 {
        return Err(ValidateError::TooFew { what: "periods", found: rows, needed: 4 * ROWS_A_BLOCK });
    }
    let returns = Matrix::from_fn(rows, walks.len(), |row, variant| {
        walks.get(variant).and_then(|walk| Some(walk.returns.get(row)? - risk_free / walk.periods_per_year)).unwrap_or(0.0)
    });
    overfitting(&returns, blocks).map(|told| told.probability)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// Returns without a pattern, from a mean on.
    fn noise(mean: f64, salt: u64) -> Vec<f64> {
        let uniform = |index: u64| {
            let mixed =
                (index.wrapping_add(salt << 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            f64::from(u32::try_from(mixed >> 40).unwrap()) / f64::from(1_u32 << 24) - 0.5
        };
        (0..600).map(|index| mean + 0.02 * uniform(index)).collect()
    }

    /// The best of variants, and how much of it is luck, against the first.
    fn judged(variants: &[Vec<f64>]) -> (usize, Luck) {
        let benchmark = &variants[0];
        let tracks: Vec<Track<'_>> = variants.iter().map(|returns| Track { returns, benchmark, periods_per_year: 252.0 }).collect();
        let best = best_of(&tracks, 0.0);
        (best, luck(&tracks, best, 0.0, Resamples { number: 1_000, seed: 7 }))
    }

    #[test]
    fn the_best_of_much_noise_is_told_to_be_luck() {
        let noises: Vec<Vec<f64>> = (0..40).map(|salt| noise(0.0, salt)).collect();
        let (best, told) = judged(&noises);
        assert_eq!((told.trials, told.undefined.len()), (40, 0), "{told:?}");
        assert!(best < 40);
        assert!(told.deflated_sharpe.unwrap() < 0.95 && told.probabilistic_sharpe.unwrap() > told.deflated_sharpe.unwrap(), "{told:?}");
        assert!(told.reality_check.unwrap() > 0.05 && told.overfitting.unwrap() > 0.1, "{told:?}");
        let mut skilled = noises;
        skilled.push(noise(0.003, 99));
        let (best, told) = judged(&skilled);
        assert_eq!(best, 40);
        assert!(told.superior_ability.unwrap()[1] < 0.01 && told.overfitting.unwrap() < 0.01, "{told:?}");
    }

    #[test]
    fn one_variant_has_nothing_to_be_compared_with() {
        let (best, told) = judged(&[noise(0.001, 1)]);
        assert_eq!((told.trials, best), (1, 0));
        assert!(told.reality_check.is_none() && told.overfitting.is_none() && told.probabilistic_sharpe.is_some());
    }
}
