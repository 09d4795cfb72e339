//! What rebalancing brought: the policy's mix against its parts and against buying and holding them.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::validate::premium::premium_band;
use evenkeel_quant::validate::resample::Resampling;
use serde::Serialize;

use crate::boundary::to_f64;
use crate::market::periods_per_year;
use crate::policy::{Policy, Strategy};
use crate::portfolio::Sleeves;
use crate::target::stated_weights;

use super::Past;
use super::result::Backtest;
use super::tape::Tape;

const RESAMPLES: usize = 1_000;
const SEED: u64 = 7;
const CONFIDENCE: f64 = 0.95;

/// What keeping the policy's weights brought, as logarithmic growth a year (Fernholz and Shay 1982; Booth and Fama 1992;
/// Hallerbach 2014). Each class is the first instrument that stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PremiumReport {
    /// Growth of the weights kept in every period, before costs.
    pub rebalanced: f64,
    /// Growth of the same weights bought and held.
    pub buy_and_hold: f64,
    /// Σ weight × growth of the classes.
    pub weighted_assets: f64,
    /// `rebalanced` − `weighted_assets`: volatility harvested.
    pub diversification_return: f64,
    /// `buy_and_hold` − `weighted_assets`: what winners brought by being let grow.
    pub dispersion: f64,
    /// `rebalanced` − `buy_and_hold`.
    pub premium: f64,
    /// 95 % band of the premium over resampled histories.
    pub band: (f64, f64),
    /// Growth of the run itself, after costs, fees and taxes, less `buy_and_hold`.
    pub of_the_run: f64,
}

/// The premium of a run; `None` where weights are not constant, a class has no price on every day, prices leave out
/// dividends or splits, or are of several currencies.
pub fn premium(past: &Past<'_>, policy: &Policy, run: &Backtest) -> Option<PremiumReport> {
    let is_foreign = past.universe.iter().any(|(_, instrument)| instrument.currency != policy.base_currency);
    if !matches!(policy.strategy, Strategy::Tree | Strategy::Profile { .. })
        || policy.overlay.is_some()
        || !past.actions.is_empty()
        || is_foreign
    {
        return None;
    }
    let sleeves = Sleeves::new(&policy.tree, past.universe);
    let weights = stated_weights(&policy.tree, &sleeves);
    let held: Vec<(usize, f64)> = weights.iter().copied().enumerate().filter(|(_, weight)| *weight > 0.0).collect();
    let levels = levels(past, &sleeves, &held, run)?;
    let rows = run.days.len().checked_sub(1)?;
    let returns = Matrix::from_fn(rows, held.len(), |row, column| {
        let level = |row: usize| levels.get(column).and_then(|levels: &Vec<f64>| levels.get(row)).copied().unwrap_or(1.0);
        level(row + 1) / level(row) - 1.0
    });
    let dates: Vec<_> = run.days.iter().map(|day| day.date).collect();
    let periods = periods_per_year(&dates);
    let weights: Vec<f64> = held.iter().map(|(_, weight)| *weight).collect();
    #[expect(clippy::cast_precision_loss, reason = "days are far below 2^53")]
    let mean_block = (rows as f64).cbrt().max(periods / 12.0);
    let how = Resampling { resamples: RESAMPLES, mean_block, seed: SEED };
    let told = premium_band(&returns, &weights, None, periods, &how, CONFIDENCE).ok()?;
    let own = run.returns();
    #[expect(clippy::cast_precision_loss, reason = "days are far below 2^53")]
    let growth = own.iter().skip(1).map(|value| value.ln_1p()).sum::<f64>() / rows as f64 * periods;
    let whole = told.observed;
    Some(PremiumReport {
        rebalanced: whole.rebalanced,
        buy_and_hold: whole.buy_and_hold,
        weighted_assets: whole.weighted_assets,
        diversification_return: whole.diversification_return(),
        dispersion: whole.dispersion(),
        premium: whole.premium(),
        band: told.premium,
        of_the_run: growth - whole.buy_and_hold,
    })
}

/// What one unit of each sleeve is worth by day: its first instrument's price, or cash that stays as it is.
fn levels(past: &Past<'_>, sleeves: &Sleeves, held: &[(usize, f64)], run: &Backtest) -> Option<Vec<Vec<f64>>> {
    let stands_for = |sleeve: usize| match sleeves.sleeves.get(sleeve)?.instruments.first() {
        Some(first) => Some(Some(*first)),
        None => (sleeve == sleeves.cash.0).then_some(None),
    };
    let instruments = held.iter().map(|(sleeve, _)| stands_for(*sleeve)).collect::<Option<Vec<_>>>()?;
    let mut levels = vec![Vec::with_capacity(run.days.len()); instruments.len()];
    let mut tape = Tape::new(past.prices, past.policy.prices);
    for day in &run.days {
        tape.advance(day.date);
        for (levels, instrument) in levels.iter_mut().zip(&instruments) {
            levels.push(match instrument {
                Some(instrument) => to_f64(tape.last(*instrument)?.price.decimal()),
                None => 1.0,
            });
        }
    }
    Some(levels)
}
