//! Limits on risk: their names, confidence and horizon.

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::{HistoryTail, LimitedRisk, Measure, RiskBasis};

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

/// Fewest returns of a window: with fewer a volatility says more of chance than of risk.
const LEAST_WINDOW: i64 = 30;

/// What a limit on risk rests on, `None` where that is wrong; what has no effect is told as an error by [`check_basis`].
pub(super) fn read_basis(table: &Table<'_>) -> Option<RiskBasis> {
    let about = "What a limit on risk rests on: `assumptions` of classes, or `history`: what weights of the day would have earned in the \
                 past, by the first instruments of the leaves and the rules of `[estimate]` for returns.";
    let rests = table.key("basis", about).one_of(&[("assumptions", false), ("history", true)]).or_absent("assumptions", || false);
    let about = "With `basis = \"history\"`, how VaR and CVaR are told: `normal`, of the volatility that the returns had, or `historical`, \
                 from the losses that there were.";
    let tail = table.key("method", about).one_of(&[("normal", HistoryTail::Normal), ("historical", HistoryTail::Historical)]);
    let tail = tail.or_absent("normal", || HistoryTail::Normal).unwrap_or(HistoryTail::Normal);
    let about = "With `basis = \"history\"`, so many of the last returns count, at least 30. Left out: all.";
    let window = table.key("window", about).integer().at_least(LEAST_WINDOW, "returns").optional();
    let window = window.and_then(|window| usize::try_from(window).ok());
    Some(if rests? { RiskBasis::History { tail, window } } else { RiskBasis::Assumptions })
}

/// A basis goes with risk, a window with history, and a method with a tail of it.
pub(super) fn check_basis(table: &Table<'_>, measured: Option<&Measure>) {
    let told = |key: &str, message: &str, help: &str| {
        if table.has(key) {
            table.report_value(key, Diagnostic::error(Code::KEY_WITHOUT_EFFECT, message).help(help));
        }
    };
    let is_tail = |risk: &LimitedRisk| matches!(risk, LimitedRisk::ValueAtRisk { .. } | LimitedRisk::ConditionalValueAtRisk { .. });
    match measured {
        Some(Measure::Risk(_, RiskBasis::Assumptions)) => {
            for key in ["method", "window"] {
                told(
                    key,
                    &format!("`{key}` is about history, and this limit rests on assumptions"),
                    "add `basis = \"history\"`, or remove it",
                );
            }
        }
        Some(Measure::Risk(risk, RiskBasis::History { .. })) if !is_tail(risk) => {
            told("method", "`method` goes with `value_at_risk` and `conditional_value_at_risk`", "remove it, or limit one of them");
        }
        Some(Measure::Risk(..)) | None => {}
        Some(_) => {
            for key in ["basis", "method", "window"] {
                told(key, &format!("`{key}` is about risk, and `on` measures something else"), "remove it, or limit a measure of risk");
            }
        }
    }
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
    let is_tail = matches!(measured, Measure::Risk(LimitedRisk::ValueAtRisk { .. } | LimitedRisk::ConditionalValueAtRisk { .. }, _));
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
