//! [`SeriesRisk`]: the risk of a series of returns, such as those of a backtest, a path or an account.

use evenkeel_ledger::date::Date;
use evenkeel_quant::panel::returns::{Gaps, simple_returns, to_simple};
use evenkeel_quant::panel::{Content, Panel};
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::market::NamedPanel;
use crate::policy::TRADING_DAYS;
use crate::words::percent;

use super::{ExceptionTest, MethodRisk, Question, check_question, exceptions, methods};

/// The risk of a series of returns.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesRisk {
    /// Confidence of VaR and CVaR.
    pub confidence: f64,
    /// Horizon in trading days, 252 a year.
    pub horizon_days: f64,
    /// First and last date, where they are known: of prices that of the first and the last one.
    pub span: Option<(Date, Date)>,
    /// Number of returns.
    pub returns: usize,
    /// Returns a year.
    pub periods_per_year: f64,
    /// VaR and CVaR over the horizon by method.
    pub methods: Vec<MethodRisk>,
    /// How often VaR of one period was exceeded.
    pub exceptions: Vec<ExceptionTest>,
    /// What should be known of the series, in sentences.
    pub notes: Vec<String>,
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
        span: None,
        returns: returns.len(),
        periods_per_year,
        methods: methods::of_series(returns, periods, question).map_err(refused)?,
        exceptions: exceptions::test(returns, question.confidence),
        notes: Vec::new(),
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
    let known_values = known.clone();
    let returns = match known.content() {
        Content::Prices => simple_returns(&known, Gaps::Bridged).map_err(refused)?,
        Content::SimpleReturns => known,
        Content::LogReturns => to_simple(known).map_err(refused)?,
    };
    let dated = |panel: &Panel| -> Vec<(Date, f64)> {
        let values = panel.dates().iter().zip(panel.values().column(0)).filter(|(_, value)| !value.is_nan());
        values.filter_map(|(day, value)| Some((Date::from_ordinal(*day).ok()?, *value))).collect()
    };
    let known_dates: Vec<Date> = dated(&known_values).into_iter().map(|(date, _)| date).collect();
    let returns = dated(&returns);
    let values: Vec<f64> = returns.iter().map(|(_, value)| *value).collect();
    let told = assess_returns(&values, conventional(panel.dates_per_year()), question)?;
    let span = known_dates.first().copied().zip(known_dates.last().copied());
    Ok(SeriesRisk { span, notes: notes(&known_dates, &returns, panel.usual_step(), as_of), ..told })
}

/// Holes over which prices were joined, returns that look like no returns, and a last date that is old.
fn notes(known: &[Date], returns: &[(Date, f64)], usual_step: i32, as_of: Date) -> Vec<String> {
    let mut notes = Vec::new();
    let steps = known.windows(2).filter_map(|pair| Some((pair.last()?.days_since(*pair.first()?), *pair.first()?, *pair.last()?)));
    let holes: Vec<(i32, Date, Date)> = steps.filter(|(days, ..)| *days > LONG_STEP.max(2 * usual_step)).collect();
    if let Some((days, from, to)) = holes.iter().max_by_key(|(days, ..)| *days) {
        let others = if holes.len() > 1 { format!(" (and {} more)", holes.len() - 1) } else { String::new() };
        notes.push(format!("From {from} to {to}, {days} days, there is nothing{others}: what is joined over a hole counts as one return."));
    }
    let jumps = returns.iter().filter(|(_, value)| value.abs() > LARGE_RETURN);
    if let Some((date, value)) = jumps.clone().max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs())) {
        let (more, size) = (jumps.count() - 1, percent(*value));
        let others = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        notes.push(format!("The return of {date} is {size}{others}: a split that is not adjusted for, or a wrong price, looks like this."));
    }
    let age = known.last().map_or(0, |last| as_of.days_since(*last));
    if let Some(last) = known.last().filter(|_| age > OLD.max(2 * usual_step)) {
        notes.push(format!("The last one is of {last}, {age} days before {as_of}: the risk is that of then."));
    }
    notes
}

/// Days from one value to the next beyond which there is a hole, unless values usually come as far apart.
const LONG_STEP: i32 = 10;

/// Returns beyond this look like none.
const LARGE_RETURN: f64 = 0.5;

/// Days after which a series is old.
const OLD: i32 = 10;

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
