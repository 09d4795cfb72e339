//! [`Figures`]: what a series of returns comes to, as documents give it.

use evenkeel_quant::risk::series::RiskError;
use evenkeel_quant::risk::statistics::{Settings, Statistics, statistics};
use serde::Serialize;

/// What a series of returns comes to, a year where nothing else is said; what it has no measure of is null, and says why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Figures {
    /// Periods.
    pub periods: usize,
    /// Years.
    pub years: f64,
    /// Return over all periods, compounded.
    pub total_return: f64,
    /// Compounded return a year.
    pub annual_return: f64,
    /// Volatility a year.
    pub volatility: Option<f64>,
    /// Sharpe ratio a year.
    pub sharpe: Option<f64>,
    /// Sortino ratio a year.
    pub sortino: Option<f64>,
    /// Compounded return a year over maximum drawdown.
    pub calmar: Option<f64>,
    /// Skewness.
    pub skewness: Option<f64>,
    /// Kurtosis less 3.
    pub excess_kurtosis: Option<f64>,
    /// Worst return of a period.
    pub worst: f64,
    /// Deepest drawdown.
    pub maximum_drawdown: f64,
    /// CVaR of a period at 95 %.
    pub conditional_value_at_risk: f64,
    /// Tracking error against the benchmark, a year.
    pub tracking_error: Option<f64>,
    /// Information ratio against the benchmark, a year.
    pub information_ratio: Option<f64>,
    /// Why measures are null.
    pub undefined: Vec<String>,
}

impl Figures {
    /// Those of simple returns of a period, with a risk-free return a year, beside a benchmark where there is one.
    ///
    /// # Errors
    /// [`RiskError`] for a series that cannot be measured at all.
    pub fn of(returns: &[f64], periods_per_year: f64, risk_free: f64, benchmark: Option<&[f64]>) -> Result<Self, RiskError> {
        let settings = Settings { risk_free: risk_free / periods_per_year, benchmark, ..Settings::of(periods_per_year) };
        Ok(Self::new(&statistics(returns, &settings)?))
    }

    /// Those of statistics.
    pub fn new(statistics: &Statistics) -> Self {
        let mut undefined = Vec::new();
        let mut known = |name: &str, measured: Result<f64, RiskError>| match measured {
            Ok(value) => Some(value),
            Err(error) => {
                undefined.push(format!("{name}: {error}"));
                None
            }
        };
        let relative = statistics.relative.as_ref();
        Self {
            periods: statistics.periods,
            years: statistics.years,
            total_return: statistics.total_return,
            annual_return: statistics.annual_return,
            volatility: known("volatility", statistics.volatility),
            sharpe: known("sharpe", statistics.sharpe),
            sortino: known("sortino", statistics.sortino),
            calmar: known("calmar", statistics.calmar),
            skewness: known("skewness", statistics.skewness),
            excess_kurtosis: known("excess_kurtosis", statistics.excess_kurtosis),
            worst: statistics.worst,
            maximum_drawdown: statistics.maximum_drawdown,
            conditional_value_at_risk: statistics.conditional_value_at_risk,
            tracking_error: relative.and_then(|relative| known("tracking_error", relative.tracking_error)),
            information_ratio: relative.and_then(|relative| known("information_ratio", relative.information_ratio)),
            undefined,
        }
    }
}
