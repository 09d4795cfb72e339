//! [`ExceptionTest`]: how often VaR of one period was exceeded, each day by what was known before.

use evenkeel_quant::linear::vector::count;
use evenkeel_quant::risk::exceptions::{Zone, conditional_coverage, coverage, exceptions, independence, shortfall_test, traffic_light};
use evenkeel_quant::risk::parametric::normal_tail;
use evenkeel_quant::risk::performance::mean_return;
use evenkeel_quant::risk::series::RiskError;
use evenkeel_quant::risk::tail::{TailRisk, tail_risk};
use evenkeel_quant::risk::variance::volatility;
use evenkeel_quant::risk::volatility_filter::volatility_filtered;
use serde::Serialize;

use super::methods::VARIANCE_DECAY;

/// Returns from which each VaR is told: a year of days.
const WINDOW: usize = 250;

/// Fewest returns from which one is told, where history is short.
const LEAST_WINDOW: usize = 30;

/// How often VaR of one period was exceeded, and what tests make of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExceptionTest {
    /// The method: `historical`, `normal` or `volatility_filtered`.
    pub method: &'static str,
    /// Returns from which each VaR was told.
    pub window: usize,
    /// Periods that were tested.
    pub observations: usize,
    /// Losses beyond VaR among them.
    pub exceptions: usize,
    /// How many a right model would have on average.
    pub expected: f64,
    /// Kupiec's p-value: of as unlikely a number.
    pub coverage_p: Option<f64>,
    /// Christoffersen's p-value: of exceptions that follow one another so.
    pub independence_p: Option<f64>,
    /// Christoffersen's p-value of both at once.
    pub conditional_coverage_p: Option<f64>,
    /// The Basel Committee's zone: `green`, `yellow` or `red`.
    pub zone: Option<&'static str>,
    /// Acerbi and Szekely's second statistic of CVaR: 0 on average, above 0.7 where losses were beyond what was told.
    pub shortfall_z: Option<f64>,
}

type Method = fn(&[f64], f64) -> Result<TailRisk, RiskError>;

const METHODS: [(&str, Method); 3] = [("historical", tail_risk), ("normal", normal), ("volatility_filtered", filtered)];

fn normal(returns: &[f64], level: f64) -> Result<TailRisk, RiskError> {
    normal_tail(mean_return(returns)?, volatility(returns, 1)?, level)
}

fn filtered(returns: &[f64], level: f64) -> Result<TailRisk, RiskError> {
    tail_risk(&volatility_filtered(returns, VARIANCE_DECAY)?, level)
}

/// Tests each method on all periods that have a window before them; none where history is too short.
pub(super) fn test(returns: &[f64], confidence: f64) -> Vec<ExceptionTest> {
    let window = WINDOW.min(returns.len() / 2);
    if window < LEAST_WINDOW {
        return Vec::new();
    }
    METHODS.iter().filter_map(|(name, method)| test_method(name, *method, returns, window, confidence)).collect()
}

fn test_method(name: &'static str, method: Method, returns: &[f64], window: usize, confidence: f64) -> Option<ExceptionTest> {
    let told: Vec<TailRisk> =
        returns.windows(window + 1).map(|known| method(known.get(..window)?, confidence).ok()).collect::<Option<_>>()?;
    let value_at_risk: Vec<f64> = told.iter().map(|tail| tail.value_at_risk).collect();
    let shortfall: Vec<f64> = told.iter().map(|tail| tail.conditional_value_at_risk).collect();
    let tested = returns.get(window..)?;
    let beyond = exceptions(tested, &value_at_risk).ok()?;
    let number = beyond.iter().filter(|beyond| **beyond).count();
    let zone = traffic_light(number, beyond.len(), confidence).ok().map(|light| match light.zone {
        Zone::Green => "green",
        Zone::Yellow => "yellow",
        Zone::Red => "red",
    });
    Some(ExceptionTest {
        method: name,
        window,
        observations: beyond.len(),
        exceptions: number,
        expected: (1.0 - confidence) * count(beyond.len()),
        coverage_p: coverage(number, beyond.len(), confidence).ok().map(|test| test.p_value),
        independence_p: independence(&beyond).ok().map(|test| test.p_value),
        conditional_coverage_p: conditional_coverage(&beyond, confidence).ok().map(|test| test.p_value),
        zone,
        shortfall_z: shortfall_test(tested, &value_at_risk, &shortfall, confidence).ok(),
    })
}
