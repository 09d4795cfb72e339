//! How much of a result is luck: differences with their confidence, and the price of having tried many variants.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::validate::deflated::{Trials, deflated_sharpe_ratio};
use evenkeel_quant::validate::overfitting::overfitting;
use evenkeel_quant::validate::resample::Resampling;
use evenkeel_quant::validate::sharpe::{SharpeEstimate, minimum_track_record, probabilistic_sharpe_ratio};
use evenkeel_quant::validate::superior::{reality_check, superior_ability};
use serde::Serialize;

/// Resamples of the history.
const RESAMPLES: usize = 1_000;

/// Blocks into which the history is cut to choose and judge on different parts of it.
const BLOCKS: usize = 16;

/// Confidence of bands and of the shortest track record.
const CONFIDENCE: f64 = 0.95;

/// How much more one run grew than another, a year, with the band in which 95 % of resampled histories lie. Both are
/// resampled together by the stationary bootstrap (D. Politis, J. Romano, Journal of the American Statistical Association 89
/// (1994)), in blocks of a mean length of T^{1/3} periods but at least a month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// Difference of logarithmic growth a year.
    pub growth: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end of the band.
    pub high: f64,
}

/// How much of the best of many variants is luck. What cannot be told is `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Luck {
    /// Variants that were tried, as counted by the run itself.
    pub trials: usize,
    /// Position of the variant with the highest Sharpe ratio.
    pub best: usize,
    /// Its Sharpe ratio a year.
    pub sharpe: Option<f64>,
    /// Probability that its true Sharpe ratio is above 0, had it been the only one (Bailey and López de Prado 2012).
    pub probabilistic_sharpe: Option<f64>,
    /// Probability that it is above what luck alone gives the best of so many (Bailey and López de Prado 2014).
    pub deflated_sharpe: Option<f64>,
    /// Years of such returns that it takes to tell it from 0 with 95 % confidence.
    pub minimum_track_record_years: Option<f64>,
    /// Probability that the best in one half of the history is in the worse half in the other (Bailey et al. 2017).
    pub probability_of_overfitting: Option<f64>,
    /// White's reality check (2000) against the first variant: how likely so good a best one is if none is better.
    pub reality_check: Option<f64>,
    /// Hansen's test for superior predictive ability (2005) against the first variant, consistent p-value.
    pub superior_ability: Option<f64>,
    /// Resamples of the history that the two tests rest on.
    pub resamples: usize,
    /// Mean length of their blocks, in periods.
    pub mean_block: f64,
}

/// Mean length of blocks for a history of so many periods.
fn resampling(periods: usize, periods_per_year: f64, seed: u64) -> Resampling {
    #[expect(clippy::cast_precision_loss, reason = "periods are far below 2^53")]
    let length = (periods as f64).cbrt().max(periods_per_year / 12.0);
    Resampling { resamples: RESAMPLES, mean_block: length.max(1.0), seed }
}

/// How much more a run grew than another over the same days; `None` where they cannot be compared.
pub fn difference(of: &[f64], than: &[f64], periods_per_year: f64, seed: u64) -> Option<Difference> {
    if of.len() != than.len() || of.len() < 2 {
        return None;
    }
    let logs: Vec<f64> = of.iter().zip(than).map(|(of, than)| of.ln_1p() - than.ln_1p()).collect();
    if logs.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let how = resampling(logs.len(), periods_per_year, seed);
    #[expect(clippy::cast_precision_loss, reason = "periods are far below 2^53")]
    let scale = periods_per_year / logs.len() as f64;
    let mut counts = vec![0.0; logs.len()];
    let mut drawn: Vec<f64> = (0..RESAMPLES as u64)
        .map(|resample| {
            how.counts(resample, &mut counts);
            scale * counts.iter().zip(&logs).map(|(count, value)| count * value).sum::<f64>()
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let tail = RESAMPLES * 25 / 1_000;
    let (low, high) = (*drawn.get(tail)?, *drawn.get(RESAMPLES - 1 - tail)?);
    Some(Difference { growth: scale * logs.iter().sum::<f64>(), low, high })
}

/// How much of the best of many variants is luck; each is its returns by day, the first is what the others are compared with.
pub fn luck(variants: &[Vec<f64>], cash_rate: f64, periods_per_year: f64, seed: u64) -> Luck {
    let risk_free = cash_rate / periods_per_year;
    let estimates: Vec<Option<SharpeEstimate>> = variants.iter().map(|returns| SharpeEstimate::of(returns, risk_free).ok()).collect();
    let ratio = |index: &usize| estimates.get(*index).and_then(|estimate| estimate.as_ref()).map_or(f64::NEG_INFINITY, |told| told.ratio);
    let best = (0..variants.len()).rev().max_by(|a, b| ratio(a).total_cmp(&ratio(b))).unwrap_or(0);
    let estimate = estimates.get(best).and_then(Option::as_ref);
    let ratios: Vec<f64> = estimates.iter().flatten().map(|estimate| estimate.ratio).collect();
    let rows = variants.first().map_or(0, Vec::len);
    let how = resampling(rows, periods_per_year, seed);
    let told = |variant: usize, row: usize| variants.get(variant).and_then(|returns| returns.get(row)).copied().unwrap_or(0.0);
    // What differs from the first in nothing can be neither better nor worse.
    let others: Vec<usize> = (1..variants.len()).filter(|other| variants.get(*other) != variants.first()).collect();
    let excess = Matrix::from_fn(rows, others.len(), |row, other| told(others.get(other).copied().unwrap_or(0), row) - told(0, row));
    let returns = Matrix::from_fn(rows, variants.len(), |row, variant| told(variant, row) - risk_free);
    Luck {
        trials: variants.len(),
        best,
        sharpe: estimate.map(|estimate| estimate.ratio * periods_per_year.sqrt()),
        probabilistic_sharpe: estimate.and_then(|estimate| probabilistic_sharpe_ratio(estimate, 0.0).ok()),
        deflated_sharpe: estimate.and_then(|estimate| deflated_sharpe_ratio(estimate, &Trials::of(&ratios).ok()?).ok()),
        minimum_track_record_years: estimate
            .and_then(|estimate| minimum_track_record(estimate, 0.0, CONFIDENCE).ok())
            .map(|periods| periods / periods_per_year),
        probability_of_overfitting: overfitting(&returns, BLOCKS).ok().map(|told| told.probability),
        reality_check: reality_check(&excess, &how).ok().map(|told| told.p_value),
        superior_ability: superior_ability(&excess, &how).ok().map(|told| told.consistent),
        resamples: how.resamples,
        mean_block: how.mean_block,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

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

    #[test]
    fn tells_a_difference_from_none() {
        let told = difference(&noise(0.001, 1), &noise(0.0, 1), 252.0, 7).unwrap();
        assert!(told.low > 0.0 && told.low <= told.growth && told.growth <= told.high, "{told:?}");
        let same = difference(&noise(0.001, 1), &noise(0.001, 1), 252.0, 7).unwrap();
        assert_eq!((same.growth, same.low, same.high), (0.0, 0.0, 0.0));
        assert_eq!(difference(&[0.0], &[0.0], 252.0, 7), None);
        assert_eq!(difference(&[0.1, -1.0], &[0.0, 0.0], 252.0, 7), None);
    }

    #[test]
    fn the_best_of_much_noise_is_told_to_be_luck() {
        let noises: Vec<Vec<f64>> = (0..40).map(|salt| noise(0.0, salt)).collect();
        let told = luck(&noises, 0.0, 252.0, 7);
        assert_eq!(told.trials, 40);
        assert!(told.deflated_sharpe.unwrap() < 0.95 && told.probabilistic_sharpe.unwrap() > told.deflated_sharpe.unwrap(), "{told:?}");
        assert!(told.reality_check.unwrap() > 0.05 && told.probability_of_overfitting.unwrap() > 0.1, "{told:?}");
        let mut skilled = noises;
        skilled.push(noise(0.003, 99));
        let told = luck(&skilled, 0.0, 252.0, 7);
        assert_eq!(told.best, 40);
        assert!(told.superior_ability.unwrap() < 0.01 && told.probability_of_overfitting.unwrap() < 0.01, "{told:?}");
    }

    #[test]
    fn one_variant_has_nothing_to_be_compared_with() {
        let told = luck(&[noise(0.001, 1)], 0.0, 252.0, 7);
        assert_eq!((told.trials, told.best), (1, 0));
        assert!(told.reality_check.is_none() && told.probability_of_overfitting.is_none() && told.probabilistic_sharpe.is_some());
    }
}
