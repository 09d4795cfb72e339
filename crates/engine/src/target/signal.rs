//! Signals: what rules of an overlay read, made of series.

use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::market::SignalHistory;
use crate::policy::{SignalRule, SignalTransform};

/// A signal on a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignalReading {
    /// Its name.
    pub signal: String,
    /// Its value: a fraction for a ratio, the series' own unit for a level.
    pub value: f64,
    /// Date of the latest observation that it is made of.
    pub observed: Date,
}

/// Reads a signal: from the observations of its series up to a day.
pub(super) fn read(rule: &SignalRule, history: Option<&SignalHistory>, as_of: Date) -> Result<SignalReading, Vec<Diagnostic>> {
    let past = observations(rule, &rule.series, history, as_of)?;
    let (observed, last) = latest(rule, &rule.series, past, as_of)?;
    let value = match &rule.transform {
        SignalTransform::Level => Ok(last),
        SignalTransform::RelativeTo(other) => {
            let (_, reference) = latest(rule, other, observations(rule, other, history, as_of)?, as_of)?;
            relative(last, reference, &format!("the last value of `{other}`"))
        }
        SignalTransform::Momentum { days } => {
            let start = i32::try_from(*days).ok().and_then(|days| observed.add_days(-days).ok());
            match start.and_then(|start| past.iter().rev().find(|(date, _)| *date <= start)) {
                Some((date, before)) => relative(last, *before, &format!("its value of {date}")),
                None => Err(format!("`{}` has no observation {days} days before {observed}", rule.series)),
            }
        }
        SignalTransform::RelativeToMean => relative(last, mean(past), "the mean of its history"),
        SignalTransform::ZScore => {
            z_score(past, last).ok_or_else(|| format!("the history of `{}` up to {observed} does not vary", rule.series))
        }
    };
    match value {
        Ok(value) if value.is_finite() => Ok(SignalReading { signal: rule.name.clone(), value, observed }),
        Ok(value) => Err(format!("it comes to {value}")),
        Err(problem) => Err(problem),
    }
    .map_err(|problem| {
        let message = format!("signal `{}` cannot be computed: {problem}", rule.name);
        let help = "correct the series, or take the rules that read this signal out of the overlay";
        vec![Diagnostic::error(Code::SIGNAL_UNDEFINED, message).help(help)]
    })
}

/// The observations of a series up to a day.
fn observations<'a>(
    rule: &SignalRule,
    series: &str,
    history: Option<&'a SignalHistory>,
    as_of: Date,
) -> Result<&'a [(Date, f64)], Vec<Diagnostic>> {
    let all = history.and_then(|history| history.series.get(series)).map_or(&[][..], Vec::as_slice);
    let count = all.partition_point(|(date, _)| *date <= as_of);
    all.get(..count).filter(|past| !past.is_empty()).ok_or_else(|| {
        let message = format!("signal `{}` reads the series `{series}`, which has no observation on or before {as_of}", rule.name);
        let help = "add the series to the signals file, or take the rules that read it out of the overlay";
        vec![Diagnostic::error(Code::SIGNAL_ABSENT, message).help(help)]
    })
}

/// The last observation, which must not be older than the rule allows.
fn latest(rule: &SignalRule, series: &str, past: &[(Date, f64)], as_of: Date) -> Result<(Date, f64), Vec<Diagnostic>> {
    let (date, value) = past.last().copied().unwrap_or((as_of, f64::NAN));
    let age = as_of.days_since(date);
    if i64::from(age) > i64::from(rule.max_age_days) {
        let message = format!(
            "signal `{}` is stale: the last observation of `{series}` is of {date}, {age} days before {as_of}, and the limit is {} days",
            rule.name, rule.max_age_days
        );
        let help = "bring the series up to date, or raise `max_age_days` of the signal";
        return Err(vec![Diagnostic::error(Code::SIGNAL_STALE, message).help(help)]);
    }
    Ok((date, value))
}

fn relative(value: f64, reference: f64, named: &str) -> Result<f64, String> {
    if reference > 0.0 { Ok(value / reference - 1.0) } else { Err(format!("{named} is {reference}; a ratio needs it above 0")) }
}

fn mean(past: &[(Date, f64)]) -> f64 {
    sum(past.iter().map(|(_, value)| *value)) / sum(past.iter().map(|_| 1.0))
}

/// In standard deviations (ddof = 1) from the mean; `None` for a history that does not vary.
fn z_score(past: &[(Date, f64)], last: f64) -> Option<f64> {
    let mean = mean(past);
    let degrees = sum(past.iter().map(|_| 1.0)) - 1.0;
    let deviation = (sum(past.iter().map(|(_, value)| (value - mean).powi(2))) / degrees).sqrt();
    (degrees > 0.0 && deviation > 0.0).then(|| (last - mean) / deviation)
}

fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.sum()
}
