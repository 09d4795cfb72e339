//! All that is told of a series at once.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | r | `returns` | T | simple, a fraction a period, oldest first |
//! | P | [`Settings::periods_per_year`] | 1 | 252, 52, 12 …: an argument, never guessed |
//! | f | [`Settings::risk_free`] | 1 | a fraction **a period** |
//! | b | [`Settings::benchmark`] | T | simple, a fraction a period, the same dates |
//! | β | [`Settings::confidence`] | 1 | of VaR and CVaR, strictly between 0 and 1 |
//!
//! Every measure is that of its own module, in its convention. Two are made here: alpha = P ((r̄ − f) − beta
//! (b̄ − f)), a year (M. C. Jensen, Journal of Finance 23 (1968)), and capture, the mean compounded return of
//! a period over that of the benchmark in the periods in which the benchmark rises, or falls (C. R. Bacon,
//! *Practical Portfolio Performance Measurement and Attribution*, 2nd ed. (2008), chapter 4, in Morningstar's
//! compounded form). What is not defined for a series says why, as an `Err` in its field; it is never NaN.

use super::drawdown::{Compounding, Drawdown, drawdowns, spells};
use super::performance::{annualized_mean_return, log_growth, mean_return};
use super::ratio::{sharpe_ratio, sortino_ratio};
use super::relative::{active_returns, beta, information_ratio, realized_tracking_error};
use super::series::{RiskError, check_argument, check_compoundable, check_level, check_periods, ratio};
use super::shape::{kurtosis, skewness};
use super::tail::{conditional_value_at_risk, value_at_risk};
use super::variance::annualized_volatility;
use crate::linear::vector::{count, dot};

/// A measure, or why the series has none.
pub type Measured = Result<f64, RiskError>;

/// What a series is measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings<'a> {
    /// Periods in a year.
    pub periods_per_year: f64,
    /// Risk-free return, a period; also the level below which the Sortino ratio counts losses.
    pub risk_free: f64,
    /// Confidence of VaR and CVaR.
    pub confidence: f64,
    /// How many of the deepest drawdowns are listed.
    pub deepest: usize,
    /// Returns of a benchmark on the same dates.
    pub benchmark: Option<&'a [f64]>,
}

impl Settings<'_> {
    /// Nothing risk-free, VaR and CVaR at 95 %, the 5 deepest drawdowns, no benchmark.
    pub const fn of(periods_per_year: f64) -> Self {
        Self { periods_per_year, risk_free: 0.0, confidence: 0.95, deepest: 5, benchmark: None }
    }
}

/// What is told of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Periods, T.
    pub periods: usize,
    /// Years, T ÷ P.
    pub years: f64,
    /// Return over all periods, compounded.
    pub total_return: f64,
    /// Compounded return, a year.
    pub annual_return: f64,
    /// Arithmetic mean, a year.
    pub mean_return: f64,
    /// Volatility, a year.
    pub volatility: Measured,
    /// Sharpe ratio, a year.
    pub sharpe: Measured,
    /// Sortino ratio against the risk-free return, a year.
    pub sortino: Measured,
    /// Compounded return a year over maximum drawdown.
    pub calmar: Measured,
    /// Compounded return a year over the ulcer index.
    pub martin: Measured,
    /// Skewness of the sample.
    pub skewness: Measured,
    /// Kurtosis of the sample less 3.
    pub excess_kurtosis: Measured,
    /// Largest return of a period.
    pub best: f64,
    /// Smallest return of a period.
    pub worst: f64,
    /// Share of periods with a return above 0.
    pub share_positive: f64,
    /// VaR of a period, a loss.
    pub value_at_risk: f64,
    /// CVaR of a period, a loss.
    pub conditional_value_at_risk: f64,
    /// Depth of the deepest drawdown; 0 where the value never falls.
    pub maximum_drawdown: f64,
    /// The deepest drawdowns of the compounded path, the deepest first, of equal ones the earlier.
    pub drawdowns: Vec<Drawdown>,
    /// The drawdown that lasted longest, of equal ones the earlier.
    pub longest_underwater: Option<Drawdown>,
    /// Measures beside the benchmark.
    pub relative: Option<Relative>,
}

/// What is told of a series beside its benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Relative {
    /// Volatility of the return over the benchmark, a year.
    pub tracking_error: Measured,
    /// Mean return over the benchmark by tracking error, a year.
    pub information_ratio: Measured,
    /// How far the series moves where the benchmark moves by 1.
    pub beta: Measured,
    /// Return a year that beta does not explain (Jensen).
    pub alpha: Measured,
    /// Share of the benchmark's gains that is had, in periods in which it rises.
    pub up_capture: Measured,
    /// Share of the benchmark's losses that is had, in periods in which it falls.
    pub down_capture: Measured,
}

/// Measures a series of returns.
///
/// ```
/// use evenkeel_quant::risk::statistics::{Settings, statistics};
/// let months = [0.02, -0.05, 0.01, 0.03, 0.04];
/// let told = statistics(&months, &Settings::of(12.0))?;
/// assert!((told.maximum_drawdown - 0.05).abs() < 1e-15);
/// assert_eq!((told.drawdowns[0].peak, told.drawdowns[0].trough, told.drawdowns[0].recovery), (1, 2, Some(5)));
/// assert!(told.sharpe.is_ok() && told.relative.is_none());
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::TooFew`] for no returns, [`RiskError::NotFinite`], [`RiskError::BelowTotalLoss`],
/// [`RiskError::Argument`], [`RiskError::Level`], [`RiskError::Lengths`] for a benchmark of other dates.
pub fn statistics(returns: &[f64], settings: &Settings<'_>) -> Result<Statistics, RiskError> {
    let Settings { periods_per_year, risk_free, confidence, deepest, benchmark } = *settings;
    check_periods(periods_per_year)?;
    let growth = log_growth(returns)?;
    check_argument("risk-free return", risk_free)?;
    check_level(confidence)?;
    let below = drawdowns(returns, Compounding::Compounded)?;
    let mut spells = spells(&below);
    let longest_underwater = spells.iter().rev().max_by_key(|spell| spell.periods(returns.len())).copied();
    spells.sort_by(|a, b| b.depth.total_cmp(&a.depth));
    let maximum_drawdown = spells.first().map_or(0.0, |spell| spell.depth);
    spells.truncate(deepest);
    let annual_return = (growth * periods_per_year).exp_m1();
    let ulcer = (dot(&below, &below) / count(below.len())).sqrt();
    Ok(Statistics {
        periods: returns.len(),
        years: count(returns.len()) / periods_per_year,
        total_return: (growth * count(returns.len())).exp_m1(),
        annual_return,
        mean_return: annualized_mean_return(returns, periods_per_year)?,
        volatility: annualized_volatility(returns, periods_per_year),
        sharpe: sharpe_ratio(returns, risk_free, periods_per_year),
        sortino: sortino_ratio(returns, risk_free, periods_per_year),
        calmar: ratio(annual_return, maximum_drawdown, "maximum drawdown"),
        martin: ratio(annual_return, ulcer, "ulcer index"),
        skewness: skewness(returns),
        excess_kurtosis: kurtosis(returns).map(|kurtosis| kurtosis - 3.0),
        best: returns.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        worst: returns.iter().copied().fold(f64::INFINITY, f64::min),
        share_positive: count(returns.iter().filter(|value| **value > 0.0).count()) / count(returns.len()),
        value_at_risk: value_at_risk(returns, confidence)?,
        conditional_value_at_risk: conditional_value_at_risk(returns, confidence)?,
        maximum_drawdown,
        drawdowns: spells,
        longest_underwater,
        relative: benchmark.map(|benchmark| relative(returns, benchmark, settings)).transpose()?,
    })
}

fn relative(returns: &[f64], benchmark: &[f64], settings: &Settings<'_>) -> Result<Relative, RiskError> {
    let Settings { periods_per_year, risk_free, .. } = *settings;
    active_returns(returns, benchmark)?;
    check_compoundable(benchmark)?;
    let excess = |series: &[f64]| mean_return(series).map(|mean| mean - risk_free);
    let (own, other) = (excess(returns)?, excess(benchmark)?);
    let beta = beta(returns, benchmark);
    Ok(Relative {
        tracking_error: realized_tracking_error(returns, benchmark).map(|error| error * periods_per_year.sqrt()),
        information_ratio: information_ratio(returns, benchmark, periods_per_year),
        alpha: beta.map(|beta| (own - beta * other) * periods_per_year),
        beta,
        up_capture: capture(returns, benchmark, |value| value > 0.0, "period in which the benchmark rises"),
        down_capture: capture(returns, benchmark, |value| value < 0.0, "period in which the benchmark falls"),
    })
}

/// Mean compounded return over that of the benchmark, in the periods that its return chooses.
fn capture(returns: &[f64], benchmark: &[f64], chosen: impl Fn(f64) -> bool, what: &'static str) -> Measured {
    let (own, other): (Vec<f64>, Vec<f64>) = returns.iter().zip(benchmark).filter(|(_, value)| chosen(**value)).unzip();
    if own.is_empty() {
        return Err(RiskError::Nothing { what });
    }
    let mean = |series: &[f64]| log_growth(series).map(f64::exp_m1);
    let (own, other) = (mean(&own)?, mean(&other)?);
    ratio(own * other.signum(), other.abs(), "mean return of the benchmark")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const ASKED: Settings<'static> = Settings::of(12.0);

    #[test]
    fn what_is_not_defined_says_why() {
        let told = statistics(&[0.01], &Settings { benchmark: Some(&[0.02]), ..ASKED }).unwrap();
        assert_eq!(told.volatility, Err(RiskError::TooFew { found: 1, needed: 2 }));
        assert_eq!(told.calmar, Err(RiskError::NoRisk { measure: "maximum drawdown" }));
        assert_eq!(told.sortino, Err(RiskError::NoRisk { measure: "downside deviation" }));
        assert_eq!((told.longest_underwater, told.drawdowns), (None, Vec::new()));
        let relative = told.relative.unwrap();
        assert_eq!(relative.down_capture.unwrap_err().to_string(), "there is no period in which the benchmark falls to measure");
        assert!((relative.up_capture.unwrap() - 0.5).abs() < 1e-14);
        assert_eq!(statistics(&[0.1, 0.1], &ASKED).unwrap().skewness, Err(RiskError::NoRisk { measure: "volatility" }));
    }

    #[test]
    fn refuses_what_is_no_series() {
        assert_eq!(statistics(&[], &ASKED), Err(RiskError::TooFew { found: 0, needed: 1 }));
        assert_eq!(statistics(&[-1.5], &ASKED), Err(RiskError::BelowTotalLoss { index: 0, value: -1.5 }));
        assert_eq!(
            statistics(&[0.1], &Settings { benchmark: Some(&[0.1, 0.2]), ..ASKED }),
            Err(RiskError::Lengths { series: 1, benchmark: 2 })
        );
        assert_eq!(statistics(&[0.1], &Settings { confidence: 95.0, ..ASKED }), Err(RiskError::Level { value: 95.0 }));
        assert!(matches!(statistics(&[0.1], &Settings { periods_per_year: 0.0, ..ASKED }), Err(RiskError::Argument { .. })));
    }

    #[test]
    fn a_total_loss_is_a_result() {
        let told = statistics(&[0.1, -1.0, 0.0], &ASKED).unwrap();
        assert_eq!((told.total_return, told.annual_return, told.maximum_drawdown), (-1.0, -1.0, 1.0));
        assert_eq!(told.longest_underwater.unwrap().recovery, None);
    }

    proptest! {
        #[test]
        fn a_benchmark_of_twice_the_series_halves_it(returns in prop::collection::vec(-0.2..0.2_f64, 3..60)) {
            let benchmark: Vec<f64> = returns.iter().map(|value| 2.0 * value).collect();
            let told = statistics(&returns, &Settings { benchmark: Some(&benchmark), ..ASKED }).unwrap();
            let relative = told.relative.clone().unwrap();
            prop_assert!((relative.beta.unwrap() - 0.5).abs() < 1e-12);
            prop_assert!(relative.alpha.unwrap().abs() < 1e-12);
            prop_assert!((relative.tracking_error.unwrap() - told.volatility.unwrap()).abs() < 1e-12);
            prop_assert!((relative.information_ratio.unwrap() + told.sharpe.unwrap()).abs() < 1e-9);
        }

        #[test]
        fn lists_are_in_order_and_within_the_whole(returns in prop::collection::vec(-0.2..0.2_f64, 1..60)) {
            let told = statistics(&returns, &Settings { deepest: 3, ..ASKED }).unwrap();
            prop_assert!(told.drawdowns.len() <= 3 && told.drawdowns.is_sorted_by(|a, b| a.depth >= b.depth));
            prop_assert_eq!(told.drawdowns.first().map_or(0.0, |deepest| deepest.depth), told.maximum_drawdown);
            let longest = told.longest_underwater.map_or(0, |spell| spell.periods(returns.len()));
            prop_assert!(told.drawdowns.iter().all(|spell| spell.periods(returns.len()) <= longest));
            prop_assert!(told.worst <= told.best && told.conditional_value_at_risk >= told.value_at_risk - 1e-15);
            prop_assert!((1.0 + told.total_return - (1.0 + told.annual_return).powf(told.years)).abs() < 1e-9);
        }
    }
}
