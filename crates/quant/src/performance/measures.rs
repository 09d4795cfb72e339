//! [`measures`]: every measure of a series at once, under its name.

use super::loss::{burke_ratio, drawdown_deviation, martin_ratio, modified_burke_ratio, pain_ratio, sterling_calmar_ratio, sterling_ratio};
use super::market_model::MarketModel;
use super::partial_moment::{
    compounded_sortino_ratio, d_ratio, gain_loss_ratio, kappa_ratio, m_squared_sortino, omega_excess_return, omega_sharpe_ratio,
    prospect_ratio, upside_potential_ratio, upside_risk, variability_skewness, volatility_skewness,
};
use super::shape::{
    adjusted_sharpe_ratio, bias_ratio, compounded_sharpe_ratio, conditional_sharpe_ratio, hurst_index, k_ratio, rachev_ratio,
    reward_to_value_at_risk, skewness_kurtosis_ratio, tail_ratio,
};
use super::terms::Terms;
use super::up_down::{bear_beta, bull_beta, down, timing_ratio, up};
use crate::risk::deviation::{downside_deviation, mean_absolute_deviation};
use crate::risk::drawdown::{Compounding, average_drawdown, maximum_drawdown, ulcer_index};
use crate::risk::ratio::{calmar_ratio, omega_ratio};
use crate::risk::series::RiskError;
use crate::risk::shape::{kurtosis, skewness};
use crate::risk::statistics::Measured;
use crate::validate::sharpe::SharpeEstimate;

/// Runs of losses that the Sterling ratio averages.
const LARGEST_RUNS: usize = 3;

/// Confidence of ratios to VaR and CVaR.
const CONFIDENCE: f64 = 0.95;

/// What a measure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The return itself.
    Return,
    /// Risk of the whole distribution.
    Risk,
    /// Losses below a level.
    Downside,
    /// Drawdowns.
    Drawdown,
    /// Shape and order of returns.
    Shape,
    /// A benchmark beside it.
    Relative,
}

/// A measure under its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Its name, in snake case.
    pub name: &'static str,
    /// What it is of.
    pub family: Family,
    /// Whether it is a fraction to be read in percent, and not a number.
    pub is_fraction: bool,
    /// Whether it is a return a year, or a difference of such: of a span below a year it is scaled up.
    pub is_annual_return: bool,
    /// Its value, or why there is none.
    pub value: Measured,
}

/// Every measure of a series, beside a benchmark where there is one, in a fixed order. `level` is the least return of a period
/// that is acceptable.
///
/// ```
/// use evenkeel_quant::performance::{measures::measures, terms::Terms};
/// let months = [0.02, -0.01, 0.03, 0.01];
/// let all = measures(&months, Some(&[0.01, -0.02, 0.03, 0.0]), 0.0, &Terms::of(12.0));
/// let alpha = all.iter().find(|measure| measure.name == "jensen_alpha");
/// assert!(alpha.is_some_and(|alpha| alpha.is_annual_return && alpha.value.is_ok_and(|value| value > 0.0)));
/// ```
pub fn measures(returns: &[f64], benchmark: Option<&[f64]>, level: f64, terms: &Terms) -> Vec<Measure> {
    let mut all = own(returns, level, terms);
    all.extend(benchmark.into_iter().flat_map(|benchmark| beside(returns, benchmark, level, terms)));
    all
}

fn annual(name: &'static str, family: Family, value: Measured) -> Measure {
    Measure { name, family, is_fraction: true, is_annual_return: true, value }
}

fn fraction(name: &'static str, family: Family, value: Measured) -> Measure {
    Measure { name, family, is_fraction: true, is_annual_return: false, value }
}

fn number(name: &'static str, family: Family, value: Measured) -> Measure {
    Measure { name, family, is_fraction: false, is_annual_return: false, value }
}

fn own(r: &[f64], level: f64, terms: &Terms) -> Vec<Measure> {
    use Family::{Downside, Drawdown, Return, Risk, Shape};
    let p = terms.periods_per_year;
    let compounded = Compounding::Compounded;
    vec![
        annual("annual_return", Return, terms.annual_return(r)),
        fraction("volatility", Risk, terms.annual_volatility(r)),
        fraction("mean_absolute_deviation", Risk, mean_absolute_deviation(r)),
        number("sharpe_ratio", Risk, compounded_sharpe_ratio(r, terms)),
        number("adjusted_sharpe_ratio", Risk, adjusted_sharpe_ratio(r, terms)),
        number("double_sharpe_ratio", Risk, double_sharpe_ratio(r, terms)),
        number("reward_to_value_at_risk", Risk, reward_to_value_at_risk(r, terms.risk_free, CONFIDENCE)),
        number("conditional_sharpe_ratio", Risk, conditional_sharpe_ratio(r, terms.risk_free, CONFIDENCE)),
        fraction("downside_deviation", Downside, downside_deviation(r, level)),
        fraction("upside_risk", Downside, upside_risk(r, level)),
        number("sortino_ratio", Downside, compounded_sortino_ratio(r, level, terms)),
        number("kappa_3", Downside, kappa_ratio(r, level, 3)),
        number("omega_ratio", Downside, omega_ratio(r, level)),
        number("omega_sharpe_ratio", Downside, omega_sharpe_ratio(r, level)),
        number("upside_potential_ratio", Downside, upside_potential_ratio(r, level)),
        number("volatility_skewness", Downside, volatility_skewness(r, level)),
        number("variability_skewness", Downside, variability_skewness(r, level)),
        number("gain_loss_ratio", Downside, gain_loss_ratio(r)),
        number("d_ratio", Downside, d_ratio(r)),
        number("prospect_ratio", Downside, prospect_ratio(r, level)),
        fraction("maximum_drawdown", Drawdown, maximum_drawdown(r, compounded)),
        fraction("pain_index", Drawdown, average_drawdown(r, compounded)),
        fraction("ulcer_index", Drawdown, ulcer_index(r, compounded)),
        fraction("drawdown_deviation", Drawdown, drawdown_deviation(r)),
        number("calmar_ratio", Drawdown, calmar_ratio(r, p)),
        number("sterling_ratio", Drawdown, sterling_ratio(r, LARGEST_RUNS, terms)),
        number("sterling_calmar_ratio", Drawdown, sterling_calmar_ratio(r, terms)),
        number("burke_ratio", Drawdown, burke_ratio(r, terms)),
        number("modified_burke_ratio", Drawdown, modified_burke_ratio(r, terms)),
        number("pain_ratio", Drawdown, pain_ratio(r, terms)),
        number("martin_ratio", Drawdown, martin_ratio(r, terms)),
        number("skewness", Shape, skewness(r)),
        number("excess_kurtosis", Shape, kurtosis(r).map(|kurtosis| kurtosis - 3.0)),
        number("skewness_kurtosis_ratio", Shape, skewness_kurtosis_ratio(r)),
        number("hurst_index", Shape, hurst_index(r, terms.ddof)),
        number("k_ratio", Shape, k_ratio(r, p)),
        number("bias_ratio", Shape, bias_ratio(r, terms.ddof)),
        number("tail_ratio", Shape, tail_ratio(r)),
        number("rachev_ratio", Shape, rachev_ratio(r, CONFIDENCE)),
    ]
}

fn beside(r: &[f64], b: &[f64], level: f64, terms: &Terms) -> Vec<Measure> {
    let model = MarketModel::of(r, b, terms);
    let of = |value: fn(&MarketModel) -> f64| model.map(|model| value(&model));
    let ratio = |value: fn(&MarketModel) -> Measured| model.and_then(|model| value(&model));
    let (up, down) = (up(r, b), down(r, b));
    let f = terms.risk_free;
    let annual = |name, value| annual(name, Family::Relative, value);
    let fraction = |name, value| fraction(name, Family::Relative, value);
    let number = |name, value| number(name, Family::Relative, value);
    vec![
        annual("benchmark_return", terms.annual_return(b)),
        annual("active_premium", of(MarketModel::active_premium)),
        fraction("tracking_error", of(|model| model.tracking_error)),
        number("information_ratio", ratio(MarketModel::information_ratio)),
        number("beta", of(|model| model.beta)),
        number("bull_beta", bull_beta(r, b, f)),
        number("bear_beta", bear_beta(r, b, f)),
        number("timing_ratio", timing_ratio(r, b, f)),
        fraction("regression_alpha", of(|model| model.alpha)),
        annual("jensen_alpha", of(MarketModel::jensen_alpha)),
        number("correlation", of(|model| model.correlation)),
        number("r_squared", of(MarketModel::r_squared)),
        fraction("systematic_risk", of(|model| model.systematic_risk)),
        fraction("specific_risk", of(|model| model.specific_risk)),
        fraction("treynor_ratio", ratio(MarketModel::treynor_ratio)),
        number("modified_treynor_ratio", ratio(MarketModel::modified_treynor_ratio)),
        number("appraisal_ratio", ratio(MarketModel::appraisal_ratio)),
        fraction("modified_jensen", ratio(MarketModel::modified_jensen)),
        number("alternative_jensen", ratio(MarketModel::alternative_jensen)),
        number("fama_beta", of(|model| model.fama().beta)),
        annual("diversification", of(|model| model.fama().diversification)),
        annual("net_selectivity", of(|model| model.fama().net_selectivity)),
        annual("m_squared", ratio(MarketModel::m_squared)),
        annual("m_squared_excess", ratio(MarketModel::m_squared_excess)),
        annual("m_squared_sortino", m_squared_sortino(r, b, level, terms)),
        annual("omega_excess_return", omega_excess_return(r, b, level, terms)),
        number("up_capture", up.map(|up| up.capture)),
        number("down_capture", down.map(|down| down.capture)),
        number("up_number_ratio", up.map(|up| up.number)),
        number("down_number_ratio", down.map(|down| down.number)),
        number("up_percentage_ratio", up.map(|up| up.percentage)),
        number("down_percentage_ratio", down.map(|down| down.percentage)),
    ]
}

/// Sharpe ratio of a period over its standard error (H. D. Vinod, M. R. Morey, *A Double Sharpe Ratio* (2001)), the error by
/// moments instead of a bootstrap.
fn double_sharpe_ratio(returns: &[f64], terms: &Terms) -> Measured {
    let undefined = RiskError::NoRisk { measure: "standard error of the Sharpe ratio" };
    let estimate = SharpeEstimate::of(returns, terms.risk_free).map_err(|_| undefined)?;
    let error = estimate.standard_error().map_err(|_| undefined)?;
    if error > 0.0 { Ok(estimate.ratio / error) } else { Err(undefined) }
}
