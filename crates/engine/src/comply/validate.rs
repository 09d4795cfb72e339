//! [`Validation`]: whether an allocation meets its policy, on one page.

use evenkeel_ledger::number::NumberError;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::drift::{Drift, TOLERANCE};
use crate::policy::Policy;
use crate::portfolio::{Average, FactorExposure, Outlook, State};

use super::{Check, Rules, Status, StressResult, StressTests};

/// An overweight is worth trimming when it is beyond this fraction of its target weight …
const TRIM_BEYOND: f64 = 0.10;
/// … while the largest drift of the portfolio is beyond this, in points of weight.
const TRIM_WHILE_DRIFT_BEYOND: f64 = 0.03;

/// Whether an allocation meets its policy: return, limits, scores, exposures, stress.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Validation {
    /// Nominal return needed a year, a fraction; `None` where the policy states no objective.
    pub required_return: Option<f64>,
    /// Return expected a year; `None` without assumptions.
    pub expected_return: Option<Average>,
    /// How the expected return stands against the one needed.
    pub return_status: Status,
    /// Every limit of the policy; before and after are the same.
    pub checks: Vec<Check>,
    /// Scores, by name.
    pub scores: Vec<(String, Average)>,
    /// Exposures to factors, by name.
    pub exposures: Vec<FactorExposure>,
    /// What stands so far above its target that one should consider trimming it.
    pub consider_trimming: Vec<Overweight>,
    /// Stress scenarios of the policy.
    pub stress: Vec<StressResult>,
}

/// A class above its target.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Overweight {
    /// The class.
    pub class: String,
    /// Current weight.
    pub current: f64,
    /// Target weight.
    pub target: f64,
}

/// Validates an allocation against its policy.
///
/// # Errors
/// Where a value has more than 38 digits.
pub fn validate(
    policy: &Policy,
    rules: &Rules,
    stress: &StressTests,
    outlook: Option<&Outlook<'_>>,
    state: &State,
    drift: &Drift,
) -> Result<Validation, NumberError> {
    let measured = rules.measure(state);
    // Nothing is proposed, so nothing that is broken was broken by a proposal.
    let checks = rules.check(&measured, &measured).into_iter().map(|check| Check { breach: None, ..check });
    let required_return = policy.objective.required_return();
    let expected_return = outlook.and_then(|outlook| outlook.expected_return(state));
    Ok(Validation {
        required_return,
        expected_return,
        return_status: return_status(required_return, expected_return),
        checks: checks.collect(),
        scores: outlook.map_or_else(Vec::new, |outlook| outlook.scores(state)),
        exposures: outlook.map_or_else(Vec::new, |outlook| outlook.exposures(state)),
        consider_trimming: consider_trimming(drift),
        stress: stress.run(state)?,
    })
}

/// Leaves that are overweight beyond 10 % of their target while the largest drift is beyond 3
/// points; both strictly, with the tolerance of every comparison of weights.
pub fn consider_trimming(drift: &Drift) -> Vec<Overweight> {
    if drift.max <= TRIM_WHILE_DRIFT_BEYOND + TOLERANCE {
        return Vec::new();
    }
    let leaves = drift.classes.iter().filter(|class| class.is_leaf);
    let overweight = leaves.filter(|class| class.current > class.target * (1.0 + TRIM_BEYOND) + TOLERANCE);
    overweight.map(|class| Overweight { class: class.class.clone(), current: class.current, target: class.target }).collect()
}

impl Validation {
    /// What is wrong, in sentences with codes.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        if let (Status::Broken, Some(required), Some(expected)) = (self.return_status, self.required_return, self.expected_return) {
            let [required, expected] = [required, expected.value].map(|rate| 100.0 * rate);
            let message = format!("the expected return of {expected:.2} % does not meet the {required:.2} % needed");
            let help = "raise the weight of classes with a higher expected return, or lower the objective";
            diagnostics.push(Diagnostic::warning(Code::OBJECTIVE_NOT_MET, message).help(help));
        }
        diagnostics.extend(self.checks.iter().filter_map(Check::diagnostic));
        diagnostics
    }
}

fn return_status(required: Option<f64>, expected: Option<Average>) -> Status {
    match required.zip(expected) {
        None => Status::Unknown,
        Some((required, expected)) if (expected.value - required).abs() <= TOLERANCE => Status::AtLimit,
        Some((required, expected)) if expected.value > required => Status::Kept,
        Some(_) => Status::Broken,
    }
}
