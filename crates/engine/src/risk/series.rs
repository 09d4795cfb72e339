//! [`SeriesRisk`]: the risk of a series of returns, such as those of a backtest, a path or an account.

use evenkeel_ledger::date::Date;
use evenkeel_quant::panel::Content;
use evenkeel_quant::panel::returns::{Gaps, simple_returns, to_simple};
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::market::NamedPanel;
use crate::policy::TRADING_DAYS;

use super::{ExceptionTest, MethodRisk, Question, check_question, exceptions, methods};

/// The risk of a series of returns.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesRisk {
    /// Confidence of VaR and CVaR.
    pub confidence: f64,
    /// Horizon in trading days, 252 a year.
    pub horizon_days: f64,
    /// Number of returns.
    pub returns: usize,
    /// Returns a year.
    pub periods_per_year: f64,
    /// VaR and CVaR over the horizon by method.
    pub methods: Vec<MethodRisk>,
    /// How often VaR of one period was exceeded.
    pub exceptions: Vec<ExceptionTest>,
}

/// The risk of simple returns of equal periods, oldest first: VaR and CVaR by every method that they allow, and how often those of
/// one period were exceeded.
///
/// # Errors
/// A series that is too short or cannot be compounded, and a question out of range.
pub fn assess_returns(returns: &[f64], periods_per_year: f64, question: &Question) -> Result<SeriesRisk, Vec<Diagnostic>> {
    check_question(question)?;
    let refused = |error: evenkeel_quant::risk::series::RiskError| {
        let message = format!("the risk of the returns cannot be told: {error}");
        vec![Diagnostic::error(Code::RISK, message).help("give more returns, without holes")]
    };
    let periods = question.horizon_days / TRADING_DAYS * periods_per_year;
    Ok(SeriesRisk {
        confidence: question.confidence,
        horizon_days: question.horizon_days,
        returns: returns.len(),
        periods_per_year,
        methods: methods::of_series(returns, periods, question).map_err(refused)?,
        exceptions: exceptions::test(returns, question.confidence),
    })
}

/// The same of one column of prices or returns, up to a date. Dates before its first price are left out, holes are bridged.
///
/// # Errors
/// As [`assess_returns`], and a column that is not there.
pub fn assess_series(panel: &NamedPanel, column: &str, as_of: Date, question: &Question) -> Result<SeriesRisk, Vec<Diagnostic>> {
    let Some(index) = panel.names.iter().position(|name| name == column) else {
        let message = format!("no column of the prices or returns is `{column}`");
        return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help(format!("choose one of: {}", panel.names.join(", ")))]);
    };
    let refused = |error: evenkeel_quant::panel::PanelError| {
        let message = format!("the returns of `{column}` cannot be used: {error}");
        vec![Diagnostic::error(Code::RISK, message).help("correct the file")]
    };
    let known = panel.panel.select(&[index]).map_err(refused)?.between(i32::MIN, as_of.ordinal());
    let returns = match known.content() {
        Content::Prices => simple_returns(&known, Gaps::Bridged).map_err(refused)?,
        Content::SimpleReturns => known,
        Content::LogReturns => to_simple(known).map_err(refused)?,
    };
    let returns: Vec<f64> = returns.values().column(0).iter().copied().filter(|value| !value.is_nan()).collect();
    assess_returns(&returns, conventional(panel.dates_per_year()), question)
}

/// The same of returns by date, in order, up to a date.
///
/// # Errors
/// As [`assess_returns`].
pub fn assess_dated(points: Vec<(Date, f64)>, as_of: Date, question: &Question) -> Result<SeriesRisk, Vec<Diagnostic>> {
    const NAME: &str = "return";
    let panel = NamedPanel::of_series(None, Content::SimpleReturns, vec![(NAME.to_owned(), points)])
        .map_err(|error| vec![Diagnostic::error(Code::RISK, format!("the returns cannot be used: {error}")).help("correct the file")])?;
    assess_series(&panel, NAME, as_of, question)
}

/// Days, weeks and months of a year by convention, whatever holidays there were.
fn conventional(dates_per_year: f64) -> f64 {
    match dates_per_year {
        100.0.. => 252.0,
        30.0.. => 52.0,
        8.0.. => 12.0,
        fewer => fewer.round().max(1.0),
    }
}
