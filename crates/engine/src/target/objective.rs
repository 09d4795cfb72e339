//! Whether the weights are expected to return what is required.

use serde::Serialize;

use crate::assumptions::Assumptions;
use crate::boundary::TOLERANCE;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::Objective;
use crate::portfolio::Sleeves;
use crate::words;

use super::Reason;

/// How the expected return of weights stands to what is required; returns a year, as fractions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectiveCheck {
    /// The nominal return required; `None` where the policy requires none.
    pub required: Option<f64>,
    /// The return expected; `None` where a class with weight has no expected return.
    pub expected: Option<f64>,
    /// Expected − required.
    pub margin: Option<f64>,
    /// Whether the expected return reaches what is required.
    pub met: Option<bool>,
    /// Classes with weight and without an expected return.
    pub unknown: Vec<String>,
}

/// Compares what weights are expected to return with what is required.
pub(super) fn check(objective: &Objective, sleeves: &Sleeves, weights: &[f64], assumptions: Option<&Assumptions>) -> ObjectiveCheck {
    let entries = sleeves.iter().zip(weights).map(|((_, sleeve), weight)| (&sleeve.class, *weight));
    compare(objective.required_return(), expected_return(entries, assumptions))
}

pub(super) fn compare(required: Option<f64>, expected: Result<f64, Vec<String>>) -> ObjectiveCheck {
    let (expected, unknown) = expected.map_or_else(|unknown| (None, unknown), |expected| (Some(expected), Vec::new()));
    let margin = expected.zip(required).map(|(expected, required)| expected - required);
    ObjectiveCheck { required, expected, margin, met: margin.map(|margin| margin >= -TOLERANCE), unknown }
}

/// Expected return of weights by class, or the classes with weight of which nothing is expected.
pub(super) fn expected_return<'a>(
    weights: impl Iterator<Item = (&'a evenkeel_ledger::class::ClassPath, f64)>,
    assumptions: Option<&Assumptions>,
) -> Result<f64, Vec<String>> {
    let (mut sum, mut unknown) = (0.0, Vec::new());
    for (class, weight) in weights.filter(|(_, weight)| *weight != 0.0) {
        match assumptions.and_then(|assumptions| assumptions.of(class)).and_then(|entry| entry.expected_return) {
            Some(expected) => sum += weight * expected,
            None => unknown.push(class.to_string()),
        }
    }
    if unknown.is_empty() { Ok(sum) } else { Err(unknown) }
}

impl ObjectiveCheck {
    /// The sentence on it, where a return is required.
    pub fn sentence(&self) -> Option<String> {
        let required = words::percent(self.required?);
        Some(match (self.expected, self.margin) {
            (Some(expected), Some(margin)) if self.met == Some(false) => {
                format!(
                    "The expected return of {} a year is {} short of the {required} required.",
                    words::percent(expected),
                    words::points(-margin)
                )
            }
            (Some(expected), _) => format!("The expected return of {} a year reaches the {required} required.", words::percent(expected)),
            (None, _) => {
                format!(
                    "Whether the {required} a year required can be expected is unknown: no expected return for {}.",
                    self.unknown.join(", ")
                )
            }
        })
    }

    pub(super) fn reason(&self) -> Option<Reason> {
        self.sentence().map(|sentence| Reason { step: "objective", sentence })
    }

    /// A warning where what is required is not met, or cannot be told.
    pub(super) fn warning(&self) -> Option<Diagnostic> {
        let sentence = self.sentence()?.trim_end_matches('.').to_owned();
        match self.met {
            Some(true) => None,
            Some(false) => Some(
                Diagnostic::warning(Code::TARGET_RETURN_SHORT, sentence)
                    .help("take more risk, require less, or spend less; the weights are used as they are"),
            ),
            None => Some(Diagnostic::warning(Code::TARGET_RETURN_UNKNOWN, sentence).help("give these expected returns in the assumptions")),
        }
    }
}
