//! What rebalancing has brought, taken apart.
//!
//! R = P/T Σₜ ln(1 + wᵀrₜ), gᵢ = P/T Σₜ ln(1 + rₜᵢ), B = P/T ln Σᵢ wᵢ exp(T gᵢ ÷ P)
//!
//! premium R − B − costs = diversification return (R − Σ wᵢ gᵢ) − dispersion (B − Σ wᵢ gᵢ) − costs
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T × n | simple, from one rebalancing to the next: a row is the time between two |
//! | w | `weights` | n | fractions that sum to 1, none below 0 |
//! | P | `periods_per_year` | 1 | rebalancings a year |
//! | R, B, gᵢ | [`Premium`] | 1 | logarithmic growth a year of the mix rebalanced, bought and held, and of an asset |
//! | costs | | 1 | growth a year that costs took: R less the growth of `net` returns |
//!
//! The **diversification return** comes of keeping weights where assets move apart and back; the **dispersion** is
//! what buying and holding gains because the winners grow in weight, never below 0 (Jensen). Rebalancing pays where
//! the first is larger. It is no gain over every alternative: where expected returns differ, buying and holding has the
//! higher expected wealth ([`fixed_mix`](super::fixed_mix)). Errors: fewer than 2 rows, weights that do not fit, a total loss. Sources:
//! D. G. Booth, E. F. Fama, *Diversification Returns and Asset Contributions*, Financial Analysts Journal 48 (1992); S.
//! Willenbrock, *Diversification Return, Portfolio Rebalancing, and the Commodity Return Puzzle*, Financial Analysts
//! Journal 67 (2011); W. G. Hallerbach, *Disentangling Rebalancing Return*, Journal of Asset Management 15 (2014); E. R.
//! Fernholz, B. Shay, *Stochastic Portfolio Theory and Stock Market Equilibrium*, Journal of Finance 37 (1982).

use crate::linear::matrix::Matrix;
use crate::linear::product::times;
use crate::linear::vector::{count, dot, sum};

use super::error::{ValidateError, check, check_level};
use super::resample::Resampling;

/// Weights that sum to 1 within this.
const WHOLE: f64 = 1e-9;

/// A premium taken apart; all but the last two logarithmic growth a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Premium {
    /// R, before costs.
    pub rebalanced: f64,
    /// B.
    pub buy_and_hold: f64,
    /// Σ wᵢ gᵢ.
    pub weighted_assets: f64,
    /// What costs took; 0 where no net returns are given.
    pub costs: f64,
    /// Value at the end of 1 rebalanced, after costs.
    pub rebalanced_value: f64,
    /// Value at the end of 1 bought and held.
    pub buy_and_hold_value: f64,
}

impl Premium {
    /// R − Σ wᵢ gᵢ: what keeping the weights brought over the assets.
    pub fn diversification_return(&self) -> f64 {
        self.rebalanced - self.weighted_assets
    }

    /// B − Σ wᵢ gᵢ: what letting winners grow brought over the assets.
    pub fn dispersion(&self) -> f64 {
        self.buy_and_hold - self.weighted_assets
    }

    /// What rebalancing brought over buying and holding, after costs.
    pub fn premium(&self) -> f64 {
        self.rebalanced - self.buy_and_hold - self.costs
    }
}

/// Takes apart what a mix that was rebalanced at each row brought; `net` are its returns after costs.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, validate::premium::premium};
/// // Shannon's demon: half in what doubles and halves in turn, half in cash.
/// let returns = Matrix::from_fn(20, 2, |row, asset| [[1.0, 0.0], [-0.5, 0.0]][row % 2][asset]);
/// let told = premium(&returns, &[0.5, 0.5], None, 1.0)?;
/// assert!((told.rebalanced - 0.058_891_517_828).abs() < 1e-12 && told.buy_and_hold.abs() < 1e-15);
/// assert!((told.rebalanced_value - 3.247_321_025_468).abs() < 1e-11);
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// [`ValidateError::TooFew`] for fewer than 2 rows or no asset, [`ValidateError::Length`], [`ValidateError::NotFinite`],
/// [`ValidateError::TotalLoss`], [`ValidateError::Argument`] for weights or periods that are out of range.
pub fn premium(returns: &Matrix, weights: &[f64], net: Option<&[f64]>, periods_per_year: f64) -> Result<Premium, ValidateError> {
    let growth = Growth::new(returns, weights, net, periods_per_year)?;
    let means: Vec<f64> = growth.logs.iter_columns().map(|column| sum(column) / count(column.len())).collect();
    Ok(growth.premium(&means))
}

/// A premium with the band in which resamples of the history lie around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PremiumBand {
    /// Of the history itself.
    pub observed: Premium,
    /// Bounds of the premium.
    pub premium: (f64, f64),
    /// Bounds of the diversification return.
    pub diversification_return: (f64, f64),
    /// Bounds of the dispersion.
    pub dispersion: (f64, f64),
    /// Share of resamples, as centered, in which the premium is above 0.
    pub share_above_zero: f64,
}

/// As [`premium`], with percentile bounds from resampled histories at a confidence, rows kept whole. Resamples are moved so that
/// their mean is what was observed.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, validate::{premium::premium_band, resample::Resampling}};
/// let returns = Matrix::from_fn(60, 2, |row, asset| 0.05 * (((row * 7 + asset * 3) % 5) as f64 - 2.0));
/// let how = Resampling { resamples: 500, mean_block: 4.0, seed: 7 };
/// let band = premium_band(&returns, &[0.5, 0.5], None, 12.0, &how, 0.9)?;
/// assert!(band.premium.0 < band.observed.premium() && band.observed.premium() < band.premium.1);
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// As [`premium`], and as [`Resampling`] and confidence demand.
pub fn premium_band(
    returns: &Matrix,
    weights: &[f64],
    net: Option<&[f64]>,
    periods_per_year: f64,
    how: &Resampling,
    confidence: f64,
) -> Result<PremiumBand, ValidateError> {
    check_level("confidence", confidence)?;
    how.check()?;
    let observed = premium(returns, weights, net, periods_per_year)?;
    let growth = Growth::new(returns, weights, net, periods_per_year)?;
    let mut drawn = Vec::with_capacity(how.resamples);
    how.means(&growth.logs, |means| drawn.push(growth.premium(means)));
    // Resamples spread assets more than history did, so that what is drawn lies beside what was observed: only how far it
    // scatters says something.
    let centered = |of: fn(&Premium) -> f64| {
        let values: Vec<f64> = drawn.iter().map(of).collect();
        let shift = of(&observed) - values.iter().sum::<f64>() / count(values.len());
        values.into_iter().map(move |value| value + shift).collect::<Vec<f64>>()
    };
    let bounds = |of: fn(&Premium) -> f64| {
        let mut values = centered(of);
        values.sort_unstable_by(f64::total_cmp);
        (at_share(&values, 0.5 * (1.0 - confidence)), at_share(&values, 0.5 * (1.0 + confidence)))
    };
    let above = centered(Premium::premium).into_iter().filter(|premium| *premium > 0.0).count();
    Ok(PremiumBand {
        observed,
        premium: bounds(Premium::premium),
        diversification_return: bounds(Premium::diversification_return),
        dispersion: bounds(Premium::dispersion),
        share_above_zero: count(above) / count(drawn.len()),
    })
}

/// The quantile of values in increasing order, linear between them.
fn at_share(values: &[f64], share: f64) -> f64 {
    let position = share * count(values.len().saturating_sub(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last position")]
    let below = position.floor() as usize;
    let lower = values.get(below).copied().unwrap_or_default();
    let upper = values.get(below + 1).copied().unwrap_or(lower);
    lower + (position - position.floor()) * (upper - lower)
}

/// Logarithmic returns of a period: of the assets, then of the mix, then of the mix after costs.
struct Growth<'a> {
    logs: Matrix,
    weights: &'a [f64],
    periods_per_year: f64,
}

impl<'a> Growth<'a> {
    fn new(returns: &Matrix, weights: &'a [f64], net: Option<&[f64]>, periods_per_year: f64) -> Result<Self, ValidateError> {
        check(returns, 2, 1)?;
        check_weights(weights, returns.columns())?;
        if !(periods_per_year > 0.0 && periods_per_year.is_finite()) {
            return Err(ValidateError::Argument { name: "number of periods a year", value: periods_per_year, limit: "above 0" });
        }
        let mix = times(returns, weights);
        let net = net.unwrap_or(&mix);
        if net.len() != mix.len() {
            return Err(ValidateError::Length { what: "net returns", found: net.len(), expected: mix.len() });
        }
        let mut logs = Matrix::zeros(returns.rows(), returns.columns() + 2);
        for (asset, column) in returns.iter_columns().chain([mix.as_slice(), net]).enumerate() {
            for (row, (value, log)) in column.iter().copied().zip(logs.column_mut(asset)).enumerate() {
                if !(value > -1.0 && value.is_finite()) {
                    return Err(ValidateError::TotalLoss { row, asset, value });
                }
                *log = value.ln_1p();
            }
        }
        Ok(Self { logs, weights, periods_per_year })
    }

    /// The premium where the mean logarithmic returns of a period are these.
    fn premium(&self, means: &[f64]) -> Premium {
        let (assets, mixes) = means.split_at(self.weights.len());
        let [mix, net] = [mixes[0], mixes[1]];
        let rows = count(self.logs.rows());
        // Relative to the strongest, so that nothing grows out of range.
        let strongest = assets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let held: f64 = self.weights.iter().zip(assets).map(|(weight, mean)| weight * ((mean - strongest) * rows).exp()).sum();
        let buy_and_hold = strongest + held.ln() / rows;
        Premium {
            rebalanced: mix * self.periods_per_year,
            buy_and_hold: buy_and_hold * self.periods_per_year,
            weighted_assets: dot(self.weights, assets) * self.periods_per_year,
            costs: (mix - net) * self.periods_per_year,
            rebalanced_value: (net * rows).exp(),
            buy_and_hold_value: (buy_and_hold * rows).exp(),
        }
    }
}

fn check_weights(weights: &[f64], assets: usize) -> Result<(), ValidateError> {
    if weights.len() != assets {
        return Err(ValidateError::Length { what: "weights", found: weights.len(), expected: assets });
    }
    if let Some(value) = weights.iter().copied().find(|weight| weight.is_nan() || *weight < 0.0) {
        return Err(ValidateError::Argument { name: "weight", value, limit: "at least 0" });
    }
    let value = sum(weights);
    if (value - 1.0).abs() <= WHOLE { Ok(()) } else { Err(ValidateError::Argument { name: "sum of the weights", value, limit: "1" }) }
}
