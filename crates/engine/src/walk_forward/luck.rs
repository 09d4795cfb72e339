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

use super::WalkedForward;

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

/// Tests the chosen of all variants that were tried, at a risk-free return a year.
pub fn luck(walks: &[WalkedForward], chosen: usize, risk_free: f64, resamples: usize, seed: u64) -> Luck {
    let mut undefined = Vec::new();
    let a_year = walks.get(chosen).map_or(1.0, |walk| walk.periods_per_year);
    let estimates: Result<Vec<SharpeEstimate>, ValidateError> =
        walks.iter().map(|walk| SharpeEstimate::of(&walk.returns, risk_free / walk.periods_per_year)).collect();
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
    // The cube root of the history, as is usual where nothing is known of how long memory is, but a month at the least.
    let how = Resampling { resamples, mean_block: count(excess.rows()).cbrt().max(a_year / 12.0).max(1.0), seed };
    let check = known("reality_check", reality_check(&excess, &how).map(|told| told.p_value));
    let ability = superior_ability(&excess, &how).map_err(|error| undefined.push(format!("superior_ability: {error}"))).ok();
    let superior_ability = ability.map(|told| [told.lower, told.consistent, told.upper]);
    Luck { reality_check: check, superior_ability, undefined, ..told }
}

/// Returns over the benchmark, a column for each variant.
fn excess(walks: &[WalkedForward]) -> Matrix {
    let rows = walks.iter().map(|walk| walk.returns.len()).min().unwrap_or(0);
    let value = |walk: &WalkedForward, row: usize| Some(walk.returns.get(row)? - walk.benchmark.get(row)?);
    Matrix::from_fn(rows, walks.len(), |row, variant| walks.get(variant).and_then(|walk| value(walk, row)).unwrap_or(0.0))
}

fn overfit(walks: &[WalkedForward], risk_free: f64) -> Result<f64, ValidateError> {
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
