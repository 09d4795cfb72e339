//! Ratios to drawdowns and runs of losses.
//!
//! | measure | formula | drawdowns of |
//! |---|---|---|
//! | [`sterling_ratio`] | (R − F) ÷ mean of the d largest | runs of losses |
//! | [`sterling_calmar_ratio`] | (R − F) ÷ mean of the deepest drawdown of each year | the path |
//! | [`burke_ratio`], [`modified_burke_ratio`] | (R − F) ÷ √Σ D², ÷ √(Σ D² ÷ T) | runs of losses |
//! | [`drawdown_deviation`] | √(Σ D² ÷ T) | runs of losses |
//! | [`pain_ratio`] | (R − F) ÷ pain index, the average drawdown | the path |
//! | [`martin_ratio`] | (R − F) ÷ ulcer index, the root mean square drawdown | the path |
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | a fraction a period |
//! | D | [`loss_runs`] | | the compounded loss of periods that all lost, one after the other; above 0 |
//! | R, F | | 1 | compounded a year, under [`Terms`] |
//!
//! The book's drawdown of Sterling and Burke is an uninterrupted run of losses; that of [`risk::drawdown`](crate::risk::drawdown) is
//! the loss since the last peak. The Calmar ratio is in [`risk::ratio`](crate::risk::ratio): like Young's, it takes no risk-free
//! return off. Errors: those of the series,
//! and no loss at all. Sources: L. N. Kestner (1996); G. Burke, Futures 23 (1994); T. Becker, *The Zephyr K-Ratio and Pain Ratio*
//! (2006); C. R. Bacon (2008), section 4.8.

use super::terms::Terms;
use crate::linear::vector::{count, dot, sum};
use crate::risk::drawdown::{Compounding, average_drawdown, maximum_drawdown, ulcer_index};
use crate::risk::series::{RiskError, check, check_compoundable, check_periods, ratio};

/// Compounded losses of runs of periods that all lost, in the order of time.
///
/// ```
/// let runs = evenkeel_quant::performance::loss::loss_runs(&[-0.5, 0.1, -0.25, -0.5])?;
/// assert_eq!(runs, [0.5, 0.625]);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`], [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`].
pub fn loss_runs(returns: &[f64]) -> Result<Vec<f64>, RiskError> {
    check(returns, 1)?;
    check_compoundable(returns)?;
    let runs = returns.chunk_by(|before, after| (*before < 0.0) == (*after < 0.0));
    let losing = runs.filter(|run| run.first().is_some_and(|first| *first < 0.0));
    Ok(losing.map(|run| 1.0 - run.iter().map(|value| 1.0 + value).product::<f64>()).collect())
}

/// Drawdown deviation, over all periods.
///
/// ```
/// let deviation = evenkeel_quant::performance::loss::drawdown_deviation(&[-0.5, 0.1, 0.1, 0.1])?;
/// assert_eq!(deviation, 0.25);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`loss_runs`].
pub fn drawdown_deviation(returns: &[f64]) -> Result<f64, RiskError> {
    let runs = loss_runs(returns)?;
    Ok((dot(&runs, &runs) / count(returns.len())).sqrt())
}

/// Sterling ratio: over the mean of the largest runs of losses, of which there may be fewer.
///
/// ```
/// use evenkeel_quant::performance::{loss::sterling_ratio, terms::Terms};
/// let ratio = sterling_ratio(&[-0.1, 0.5, -0.2, 0.5], 1, &Terms::of(4.0))?;
/// assert!((ratio - 0.62 / 0.2).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`loss_runs`], [`RiskError::Argument`], and [`RiskError::NoRisk`] where nothing is lost.
pub fn sterling_ratio(returns: &[f64], largest: usize, terms: &Terms) -> Result<f64, RiskError> {
    if largest == 0 {
        return Err(RiskError::Argument { name: "number of runs", value: 0.0, limit: "1 or more" });
    }
    let mut runs = loss_runs(returns)?;
    runs.sort_by(|a, b| b.total_cmp(a));
    runs.truncate(largest);
    ratio(terms.annual_excess(returns)?, sum(&runs) / count(runs.len().max(1)), "mean run of losses")
}

/// Sterling–Calmar ratio: over the mean of the deepest drawdowns of the years, counted from the first period on; the last year
/// may be shorter.
///
/// ```
/// use evenkeel_quant::performance::{loss::sterling_calmar_ratio, terms::Terms};
/// let ratio = sterling_calmar_ratio(&[-0.1, 0.5, -0.2, 0.5], &Terms::of(2.0))?;
/// assert!((ratio - (1.62_f64.sqrt() - 1.0) / 0.15).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`sterling_ratio`].
pub fn sterling_calmar_ratio(returns: &[f64], terms: &Terms) -> Result<f64, RiskError> {
    check_periods(terms.periods_per_year)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; above 0")]
    let year = (terms.periods_per_year.round() as usize).max(1);
    let deepest = returns.chunks(year).map(|year| maximum_drawdown(year, Compounding::Compounded));
    let deepest = deepest.collect::<Result<Vec<f64>, RiskError>>()?;
    ratio(terms.annual_excess(returns)?, sum(&deepest) / count(deepest.len().max(1)), "mean of the years' deepest drawdowns")
}

/// Burke ratio: over the root of the sum of squared runs of losses.
///
/// ```
/// use evenkeel_quant::performance::{loss::burke_ratio, terms::Terms};
/// let ratio = burke_ratio(&[-0.3, 1.0, -0.4, 1.0], &Terms::of(4.0))?;
/// assert!((ratio - 0.68 / 0.5).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`sterling_ratio`].
pub fn burke_ratio(returns: &[f64], terms: &Terms) -> Result<f64, RiskError> {
    let runs = loss_runs(returns)?;
    ratio(terms.annual_excess(returns)?, dot(&runs, &runs).sqrt(), "runs of losses")
}

/// Modified Burke ratio: over the drawdown deviation, which does not grow with the length of the series.
///
/// ```
/// use evenkeel_quant::performance::{loss::modified_burke_ratio, terms::Terms};
/// let ratio = modified_burke_ratio(&[-0.3, 1.0, -0.4, 1.0], &Terms::of(4.0))?;
/// assert!((ratio - 0.68 / 0.25).abs() < 1e-13);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`sterling_ratio`].
pub fn modified_burke_ratio(returns: &[f64], terms: &Terms) -> Result<f64, RiskError> {
    ratio(terms.annual_excess(returns)?, drawdown_deviation(returns)?, "drawdown deviation")
}

/// Pain ratio: over the average drawdown of the compounded path.
///
/// ```
/// use evenkeel_quant::performance::{loss::pain_ratio, terms::Terms};
/// let ratio = pain_ratio(&[-0.1, 0.5, 0.0, 0.0], &Terms::of(4.0))?;
/// assert!((ratio - 0.35 / 0.025).abs() < 1e-12);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`sterling_ratio`].
pub fn pain_ratio(returns: &[f64], terms: &Terms) -> Result<f64, RiskError> {
    ratio(terms.annual_excess(returns)?, average_drawdown(returns, Compounding::Compounded)?, "pain index")
}

/// Martin ratio: over the ulcer index of the compounded path.
///
/// ```
/// use evenkeel_quant::performance::{loss::martin_ratio, terms::Terms};
/// let ratio = martin_ratio(&[-0.1, 0.5, 0.0, 0.0], &Terms::of(4.0))?;
/// assert!((ratio - 0.35 / 0.05).abs() < 1e-12);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`sterling_ratio`].
pub fn martin_ratio(returns: &[f64], terms: &Terms) -> Result<f64, RiskError> {
    ratio(terms.annual_excess(returns)?, ulcer_index(returns, Compounding::Compounded)?, "ulcer index")
}
