//! [`MethodRisk`]: VaR and CVaR by every method.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::vector::{count, dot};
use evenkeel_quant::risk::cornish_fisher::cornish_fisher_tail;
use evenkeel_quant::risk::extreme::{FEWEST_EXCEEDANCES, fit_tail};
use evenkeel_quant::risk::horizon::{overlapping_returns, scaled_moments};
use evenkeel_quant::risk::monte_carlo::{Draws, Shape, simulate};
use evenkeel_quant::risk::parametric::{normal_tail, student_tail};
use evenkeel_quant::risk::series::RiskError;
use evenkeel_quant::risk::student_fit::{StudentFit, fit_student};
use evenkeel_quant::risk::tail::{TailRisk, tail_risk};
use evenkeel_quant::risk::volatility_filter::volatility_filtered;
use evenkeel_quant::risk::weighted_tail::age_weighted_tail;
use evenkeel_quant::simulate::source::{BlockBootstrap, Ends, Model};
use serde::Serialize;

use crate::policy::TRADING_DAYS;

use super::Question;
use super::model::RiskModel;

/// Weight of a return over that of the next, by age (Boudoukh, Richardson and Whitelaw's own).
const AGE_DECAY: f64 = 0.98;

/// Weight of a day's variance over that of the next (RiskMetrics).
pub(super) const VARIANCE_DECAY: f64 = 0.94;

/// Share of the returns that make the extreme tail.
const TAIL_SHARE: f64 = 0.10;

/// Horizons that differ from a whole number of periods by less are that number.
const WHOLE: f64 = 1e-9;

/// VaR and CVaR by one method.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MethodRisk {
    /// The method: `historical`, `age_weighted`, `volatility_filtered`, `normal`, `cornish_fisher`, `student_t`, `extreme_value`,
    /// `monte_carlo_normal`, `monte_carlo_student_t`, `monte_carlo_bootstrap`.
    pub method: &'static str,
    /// VaR over the horizon, a loss as a fraction of value; null where the method has none here.
    pub value_at_risk: Option<f64>,
    /// CVaR over the horizon, a loss as a fraction of value.
    pub conditional_value_at_risk: Option<f64>,
    /// Whether the method holds for these returns: false for an expansion outside its domain, for fewer observations than the tail
    /// needs to hold one, and where there is no figure.
    pub is_valid: bool,
    /// What it rests on, or why it has no figure.
    pub note: String,
}

impl MethodRisk {
    fn new(method: &'static str, measured: Result<TailRisk, RiskError>, note: impl Into<String>) -> Self {
        match measured {
            Ok(tail) => Self {
                method,
                value_at_risk: Some(tail.value_at_risk),
                conditional_value_at_risk: Some(tail.conditional_value_at_risk),
                is_valid: true,
                note: note.into(),
            },
            Err(error) => Self { method, value_at_risk: None, conditional_value_at_risk: None, is_valid: false, note: error.to_string() },
        }
    }
}

/// The same, with a caution where the tail beyond the confidence holds less than one of so many equal observations.
fn of_observations(method: MethodRisk, observations: usize, level: f64) -> MethodRisk {
    if count(observations) * (1.0 - level) >= 1.0 - WHOLE || method.value_at_risk.is_none() {
        return method;
    }
    let needed = (1.0 / (1.0 - level) - WHOLE).ceil();
    let note = format!("{}; too few to tell: {needed:.0} are needed", method.note);
    MethodRisk { is_valid: false, note, ..method }
}

/// All methods for weights on a model.
pub(super) fn of_model(model: &RiskModel, weights: &[f64], question: &Question) -> Vec<MethodRisk> {
    let years = question.horizon_days / TRADING_DAYS;
    let covariance = model.covariance.clone().scaled(years);
    let mean: Vec<f64> = model.expected.iter().map(|expected| expected * years).collect();
    let (expected, volatility) = (dot(&mean, weights), covariance.variance(weights).sqrt());
    let level = question.confidence;
    let series = model.series(weights);
    let mut found = vec![MethodRisk::new("normal", normal_tail(expected, volatility, level), "mean and covariance of the model")];
    let fitted = series.as_deref().map(fit_student);
    let degrees = question.degrees.or_else(|| fitted.as_ref()?.as_ref().ok().map(|fit| fit.degrees)).filter(|degrees| *degrees > 2.0);
    let mut shapes = vec![("monte_carlo_normal", Shape::Normal)];
    if let Some(degrees) = degrees {
        let note = format!("{degrees:.1} degrees of freedom, volatility of the model");
        found.push(MethodRisk::new("student_t", student_tail(expected, volatility, degrees, level), note));
        shapes.push(("monte_carlo_student_t", Shape::Student(degrees)));
    }
    for (method, shape) in shapes {
        let draws = Draws { shape, scenarios: question.scenarios, seed: question.seed };
        let drawn = simulate(&mean, &covariance, weights, level, draws).map(|drawn| drawn.total);
        let drawn = MethodRisk::new(method, drawn, format!("{} scenarios, seed {}", question.scenarios, question.seed));
        found.push(of_observations(drawn, question.scenarios, level));
    }
    if let (Some(series), Some(history)) = (&series, &model.history) {
        found.extend(of_history(series, years * history.periods_per_year, question));
    }
    found
}

/// All methods that a series of returns allows; `periods` is the horizon in its periods.
pub(super) fn of_series(returns: &[f64], periods: f64, question: &Question) -> Result<Vec<MethodRisk>, RiskError> {
    let level = question.confidence;
    let moments = match scaled_moments(returns, periods) {
        // What never moves has no shape, but losses that every method tells.
        Err(RiskError::NoRisk { .. }) => None,
        moments => Some(moments?),
    };
    let (mean, volatility) = match &moments {
        Some(moments) => (moments.mean, moments.volatility),
        None => (periods * returns.first().copied().unwrap_or_default(), 0.0),
    };
    let mut found = vec![MethodRisk::new("normal", normal_tail(mean, volatility, level), "mean and volatility of the returns")];
    let fitted = fit_student(returns);
    let degrees = question.degrees.or_else(|| fitted.as_ref().ok().map(|fit| fit.degrees));
    let of_degrees = degrees.ok_or(RiskError::Nothing { what: "number of degrees of freedom" });
    let told = match (&fitted, question.degrees) {
        (Ok(StudentFit { degrees, .. }), None) => format!("{degrees:.1} degrees of freedom, fitted"),
        _ => "degrees of freedom as given".to_owned(),
    };
    let student = of_degrees.and_then(|degrees| student_tail(mean, volatility, degrees, level));
    found.push(MethodRisk::new("student_t", student, told));
    found.extend(of_history(returns, periods, question));
    Ok(found)
}

/// Methods that look at returns of the past one by one.
fn of_history(returns: &[f64], periods: f64, question: &Question) -> Vec<MethodRisk> {
    let level = question.confidence;
    let is_whole = periods >= 1.0 - WHOLE && (periods - periods.round()).abs() <= WHOLE * periods;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of periods, at least 1")]
    let whole = if is_whole { periods.round() as usize } else { 1 };
    let root = periods.sqrt();
    let is_one = (periods - 1.0).abs() <= WHOLE;
    let one_period = match (is_one, is_whole) {
        (true, _) => String::new(),
        (false, true) => format!(", one period × √{whole}"),
        (false, false) => format!(", one period × √{periods:.2}"),
    };
    let scaled = |tail: TailRisk| TailRisk {
        value_at_risk: root * tail.value_at_risk,
        conditional_value_at_risk: root * tail.conditional_value_at_risk,
    };
    let historical = if is_whole && !is_one {
        let count = (returns.len() + 1).saturating_sub(whole);
        let windows = overlapping_returns(returns, whole).and_then(|windows| tail_risk(&windows, level));
        let told = MethodRisk::new("historical", windows, format!("{count} overlapping windows of {whole} returns"));
        of_observations(told, count, level)
    } else {
        let told = MethodRisk::new("historical", tail_risk(returns, level).map(scaled), format!("{} returns{one_period}", returns.len()));
        of_observations(told, returns.len(), level)
    };
    let filtered = volatility_filtered(returns, VARIANCE_DECAY).and_then(|filtered| tail_risk(&filtered, level));
    let expansion =
        scaled_moments(returns, periods).and_then(|m| cornish_fisher_tail(m.mean, m.volatility, m.skewness, m.excess_kurtosis, level));
    let is_valid = expansion.as_ref().is_ok_and(|expansion| expansion.is_valid);
    let domain = if is_valid { "within its domain" } else { "outside its domain: not to be relied on" };
    let cornish_fisher = MethodRisk::new("cornish_fisher", expansion.map(|expansion| expansion.tail), domain);
    let mut found = vec![
        historical,
        MethodRisk::new(
            "age_weighted",
            age_weighted_tail(returns, AGE_DECAY, level).map(scaled),
            format!("each return counts {AGE_DECAY} of the next{one_period}"),
        ),
        MethodRisk::new("volatility_filtered", filtered.map(scaled), format!("at today's volatility, decay {VARIANCE_DECAY}{one_period}")),
        MethodRisk { is_valid: cornish_fisher.is_valid && is_valid, ..cornish_fisher },
        extreme(returns, level, &scaled, &one_period),
    ];
    if is_whole {
        found.push(bootstrap(returns, whole, question));
    }
    found
}

fn extreme(returns: &[f64], level: f64, scaled: &dyn Fn(TailRisk) -> TailRisk, one_period: &str) -> MethodRisk {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of returns")]
    let exceedances = (TAIL_SHARE * count(returns.len())).floor() as usize;
    let fitted = fit_tail(returns, exceedances.max(FEWEST_EXCEEDANCES));
    let note = fitted.as_ref().map_or_else(ToString::to_string, |tail| {
        format!("losses beyond {:.2} %, shape {:.2}{one_period}", 100.0 * tail.threshold, tail.shape)
    });
    MethodRisk::new("extreme_value", fitted.and_then(|tail| tail.at(level)).map(scaled), note)
}

/// Blocks of history as long as the horizon, drawn one after another.
fn bootstrap(returns: &[f64], periods: usize, question: &Question) -> MethodRisk {
    let column = Matrix::from_columns(returns.len(), 1, returns.to_vec());
    let block = periods.min(returns.len());
    let model = column.ok().and_then(|column| BlockBootstrap::new(&column, block, Ends::Circular).ok()).map(Model::Block);
    let drawn = model.ok_or(RiskError::Nothing { what: "block of returns that could be drawn" }).and_then(|model| {
        let growth = |number: usize| model.path(question.seed, number as u64, periods).iter().flatten().product::<f64>();
        let drawn: Vec<f64> = (0..question.scenarios).map(|number| growth(number) - 1.0).collect();
        tail_risk(&drawn, question.confidence)
    });
    let note = format!("{} scenarios in blocks of {block}, seed {}", question.scenarios, question.seed);
    of_observations(MethodRisk::new("monte_carlo_bootstrap", drawn, note), question.scenarios, question.confidence)
}
