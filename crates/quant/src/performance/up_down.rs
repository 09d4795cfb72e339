//! [`UpDown`]: what a benchmark's rises and falls became.
//!
//! | measure | formula over the periods in which the benchmark rises (falls) | good |
//! |---|---|---|
//! | capture | Σ r ÷ Σ b: mean over mean | above 1 (below 1) |
//! | number ratio | share of them in which the series rises (falls) | high (low) |
//! | percentage ratio | share of them in which the series is above the benchmark | high |
//! | [`bull_beta`], [`bear_beta`], [`timing_ratio`] | beta over those in which b − f is above (below) 0; the one over the other | timing above 1 |
//!
//! A period in which the benchmark stands still is neither. Capture here is the book's arithmetic one; the compounded one is in
//! [`risk::statistics`](crate::risk::statistics). Errors: series of different lengths, a number that is not finite, no period
//! of the kind. Source: C. R. Bacon (2008), section 4.6; R. D. Henriksson, R. C. Merton, Journal of Business 54 (1981).

use crate::linear::vector::{count, sum};
use crate::risk::relative::{active_returns, beta};
use crate::risk::series::{RiskError, check_argument, ratio};

/// What became of some periods of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UpDown {
    /// Mean return over that of the benchmark.
    pub capture: f64,
    /// Share of the periods in which the series went the benchmark's way.
    pub number: f64,
    /// Share of the periods in which the series was above the benchmark.
    pub percentage: f64,
}

/// In the periods in which the benchmark rises.
///
/// ```
/// let up = evenkeel_quant::performance::up_down::up(&[0.75, -0.25, 0.5], &[0.5, 0.5, -0.5])?;
/// assert_eq!((up.capture, up.number, up.percentage), (0.5, 0.5, 0.5));
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::Lengths`], [`RiskError::NotFinite`], [`RiskError::Nothing`] where the benchmark never rises.
pub fn up(returns: &[f64], benchmark: &[f64]) -> Result<UpDown, RiskError> {
    told(returns, benchmark, 1.0, "period in which the benchmark rises")
}

/// In the periods in which the benchmark falls.
///
/// ```
/// let down = evenkeel_quant::performance::up_down::down(&[0.03, -0.01, -0.01], &[0.02, 0.02, -0.02])?;
/// assert_eq!((down.capture, down.number, down.percentage), (0.5, 1.0, 1.0));
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::Lengths`], [`RiskError::NotFinite`], [`RiskError::Nothing`] where the benchmark never falls.
pub fn down(returns: &[f64], benchmark: &[f64]) -> Result<UpDown, RiskError> {
    told(returns, benchmark, -1.0, "period in which the benchmark falls")
}

fn told(returns: &[f64], benchmark: &[f64], way: f64, what: &'static str) -> Result<UpDown, RiskError> {
    active_returns(returns, benchmark)?;
    let (own, other): (Vec<f64>, Vec<f64>) = returns.iter().zip(benchmark).filter(|(_, value)| **value * way > 0.0).unzip();
    if own.is_empty() {
        return Err(RiskError::Nothing { what });
    }
    let share = |holds: &dyn Fn(f64, f64) -> bool| {
        count(own.iter().zip(&other).filter(|(own, other)| holds(**own, **other)).count()) / count(own.len())
    };
    Ok(UpDown {
        capture: ratio(sum(&own) * way, sum(&other) * way, "return of the benchmark")?,
        number: share(&|own, _| own * way > 0.0),
        percentage: share(&|own, other| own > other),
    })
}

/// Beta over the periods in which the benchmark is above the risk-free return.
///
/// ```
/// let bull = evenkeel_quant::performance::up_down::bull_beta(&[0.02, 0.04, -0.01], &[0.01, 0.02, -0.01], 0.0)?;
/// assert!((bull - 2.0).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// [`RiskError::Lengths`], [`RiskError::NotFinite`], [`RiskError::TooFew`] for fewer than 2 such periods, [`RiskError::NoRisk`].
pub fn bull_beta(returns: &[f64], benchmark: &[f64], risk_free: f64) -> Result<f64, RiskError> {
    beta_where(returns, benchmark, risk_free, |excess| excess > 0.0)
}

/// Beta over the periods in which the benchmark is below the risk-free return.
///
/// ```
/// let bear = evenkeel_quant::performance::up_down::bear_beta(&[0.02, -0.01, -0.02], &[0.01, -0.01, -0.03], 0.0)?;
/// assert!((bear - 0.5).abs() < 1e-14);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`bull_beta`].
pub fn bear_beta(returns: &[f64], benchmark: &[f64], risk_free: f64) -> Result<f64, RiskError> {
    beta_where(returns, benchmark, risk_free, |excess| excess < 0.0)
}

/// Bull beta over bear beta.
///
/// ```
/// let returns = [0.02, 0.04, -0.01, -0.02];
/// let timing = evenkeel_quant::performance::up_down::timing_ratio(&returns, &[0.01, 0.02, -0.01, -0.03], 0.0)?;
/// assert!((timing - 4.0).abs() < 1e-12);
/// # Ok::<(), evenkeel_quant::risk::series::RiskError>(())
/// ```
///
/// # Errors
/// As [`bull_beta`], and [`RiskError::NoRisk`] for a bear beta that is not above 0.
pub fn timing_ratio(returns: &[f64], benchmark: &[f64], risk_free: f64) -> Result<f64, RiskError> {
    ratio(bull_beta(returns, benchmark, risk_free)?, bear_beta(returns, benchmark, risk_free)?, "bear beta")
}

fn beta_where(returns: &[f64], benchmark: &[f64], risk_free: f64, chosen: impl Fn(f64) -> bool) -> Result<f64, RiskError> {
    check_argument("risk-free return", risk_free)?;
    active_returns(returns, benchmark)?;
    let (own, other): (Vec<f64>, Vec<f64>) = returns.iter().zip(benchmark).filter(|(_, value)| chosen(**value - risk_free)).unzip();
    beta(&own, &other)
}
