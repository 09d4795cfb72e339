//! Limits on risk: their names, confidence and horizon.

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::{LimitedRisk, Measure};

/// Confidence and trading days of a tail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Horizon {
    confidence: Option<f64>,
    days: Option<f64>,
}

/// Names of the keys of a [`Horizon`].
const KEYS: [&str; 2] = ["confidence", "horizon_days"];

pub(super) fn read_horizon(table: &Table<'_>) -> Horizon {
    let about = "Confidence of `value_at_risk` and `conditional_value_at_risk`, which need it, such as 0.99.";
    let confidence = table.key("confidence", about).number().inside(0.0, 1.0, "").optional();
    let about = "Their horizon in trading days, 252 a year; returns are independent from day to day.";
    let days = table.key("horizon_days", about).number().above(0.0, "days").optional();
    Horizon { confidence, days }
}

/// A measure of risk by its name; what its horizon lacks is told as an error by [`check_horizon`].
pub(super) fn by_name(name: &str, Horizon { confidence, days }: Horizon) -> Option<LimitedRisk> {
    let (confidence, horizon_days) = (confidence.unwrap_or(0.5), days.unwrap_or(1.0));
    let all = [
        LimitedRisk::Variance,
        LimitedRisk::Volatility,
        LimitedRisk::TrackingError,
        LimitedRisk::ValueAtRisk { confidence, horizon_days },
        LimitedRisk::ConditionalValueAtRisk { confidence, horizon_days },
    ];
    all.into_iter().find(|risk| risk.name() == name)
}

/// A tail needs a confidence and a horizon, and nothing else has use for them.
pub(super) fn check_horizon(table: &Table<'_>, measured: Option<&Measure>) {
    let Some(measured) = measured else { return };
    let is_tail = matches!(measured, Measure::Risk(LimitedRisk::ValueAtRisk { .. } | LimitedRisk::ConditionalValueAtRisk { .. }));
    for key in KEYS {
        if table.has(key) && !is_tail {
            let message = format!("`{key}` goes with `value_at_risk` and `conditional_value_at_risk`");
            table.report_value(key, Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help("remove it, or limit one of them"));
        } else if is_tail && !table.has(key) {
            let message = format!("`{key}` is missing in `limit`");
            table.report(Diagnostic::error(Code::MISSING_KEY, message).help("add `confidence = 0.99` and `horizon_days = 20`, say"));
        }
    }
}
