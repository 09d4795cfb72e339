//! [`RiskReport`]: how much risk is held, where it comes from, and how well such figures held before.
//!
//! ```text
//! history or assumptions → model (by leaf of the tree) ─┐
//!                                    state, question ──→ figures: methods, classes, concentration, liquidity, scores
//!                               returns of the past ──→ methods, and how often they were exceeded
//! ```
//!
//! A leaf moves as what is held of it did, at today's weights; where nothing of it is held, or most of that has no past, as its
//! preferred instrument. Beside the others of its leaf a holding moves as it did itself. Losses are positive fractions of value over the
//! horizon.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::instrument::Universe;
use serde::Serialize;

use crate::assumptions::Assumptions;
use crate::cost::CostModel;
use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::EstimateInputs;
use crate::policy::Policy;
use crate::portfolio::{FactorExposure, Outlook, Sleeves, State};

// The past of what is held.
mod composite;

// What is known of the returns of the leaves.
mod model;

// VaR and CVaR by every method.
mod methods;

// How often a method was exceeded in the past.
mod exceptions;

// What holdings do beyond their classes.
mod own;

// What each class and holding contributes.
mod parts;

// How much rests on few holdings, what it takes to sell, how it scores.
mod holdings;

// The risk of a series of returns, such as a backtest's.
mod series;

// Returns of classes and instruments, applied to what is held.
mod scene;

// What other correlations would do, and which shock would break a limit.
mod reverse;

// What shocks and crises of the past would do, and all that is asked beside the policy's scenarios.
mod what_if;

pub use exceptions::ExceptionTest;
pub use holdings::{Concentration, Liquidity, PositionLiquidity, ScoreProfile, Share};
pub use methods::MethodRisk;
pub use model::{Basis, RiskModel};
pub use parts::{ClassRisk, HoldingRisk, PartRisk};
pub use reverse::{CorrelationStress, ReverseStress};
pub use scene::{ClassMove, Replay};
pub use series::{SeriesRisk, assess_dated, assess_returns, assess_series};
pub use what_if::{Shock, ShockOf, WhatIf, WhatIfQuestion, what_if};

/// What is asked of risk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// Confidence of VaR and CVaR.
    pub confidence: f64,
    /// Horizon in trading days, 252 a year.
    pub horizon_days: f64,
    /// Degrees of freedom of Student's t; fitted to history where left out.
    pub degrees: Option<f64>,
    /// Scenarios of Monte Carlo.
    pub scenarios: usize,
    /// Their seed.
    pub seed: u64,
    /// Share of the average daily volume that may be traded a day.
    pub participation: f64,
}

impl Default for Question {
    /// 95 % over a month of 21 days, 10,000 scenarios, a fifth of the volume.
    fn default() -> Self {
        Self { confidence: 0.95, horizon_days: 21.0, degrees: None, scenarios: 10_000, seed: 1, participation: 0.2 }
    }
}

/// What risk is measured on and by.
#[derive(Debug, Clone, Copy)]
pub struct RiskInputs<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The instruments.
    pub universe: &'a Universe,
    /// The leaves of the tree.
    pub sleeves: &'a Sleeves,
    /// Beliefs.
    pub assumptions: Option<&'a Assumptions>,
    /// What selling costs.
    pub costs: &'a CostModel,
    /// How the returns of leaves are estimated.
    pub estimate: EstimateInputs<'a>,
    /// Weights of the targets by sleeve, where the policy states them.
    pub targets: Option<&'a [f64]>,
    /// What is asked.
    pub question: &'a Question,
}

/// The risk of what is held.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RiskFigures {
    /// Value of everything, in the base currency.
    pub value: f64,
    /// Share of the value of which the risk is known; the rest counts as riskless.
    pub covered: f64,
    /// Volatility a year.
    pub volatility: f64,
    /// Volatility a year of the difference from the targets, where the policy states them.
    pub tracking_error: Option<f64>,
    /// Expected return a year, by the same model; `None` where that of something held is not known, and VaR takes none off for it.
    pub expected_return: Option<f64>,
    /// VaR and CVaR over the horizon by method.
    pub methods: Vec<MethodRisk>,
    /// What each class of the tree contributes, parents before children.
    pub classes: Vec<ClassRisk>,
    /// What each holding contributes, and cash: what carries most risk first.
    pub holdings: Vec<HoldingRisk>,
    /// Exposure to factors that the assumptions state.
    pub factors: Vec<FactorExposure>,
    /// How much rests on how few.
    pub concentration: Concentration,
    /// Weights by currency, the largest first.
    pub currencies: Vec<Share>,
    /// What it takes to sell.
    pub liquidity: Liquidity,
    /// Scores beside those of the targets.
    pub scores: Vec<ScoreProfile>,
}

/// The risk of a household, and of what a proposal would make of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RiskReport {
    /// Confidence of VaR and CVaR.
    pub confidence: f64,
    /// Horizon in trading days, 252 a year.
    pub horizon_days: f64,
    /// What the figures rest on.
    pub basis: Basis,
    /// First and last date of the history, and its returns, where it rests on one.
    pub span: Option<(Date, Date, usize)>,
    /// Of what is held.
    pub held: RiskFigures,
    /// Of what a proposal would leave.
    pub proposed: Option<RiskFigures>,
    /// How often VaR of one period was exceeded, with what is held today held all along.
    pub exceptions: Vec<ExceptionTest>,
    /// What was done on the way, in sentences.
    pub notes: Vec<String>,
}

/// Measures the risk of a state, and of another that a proposal would leave.
///
/// # Errors
/// All diagnostics: neither history nor assumptions that tell the risk of the leaves, nothing of value, a question out of range.
pub fn assess(inputs: &RiskInputs<'_>, held: &State, proposed: Option<&State>) -> Result<RiskReport, Vec<Diagnostic>> {
    let question = inputs.question;
    check(question, held)?;
    let model = RiskModel::of_held(inputs, held)?;
    let mut notes = model.notes.clone();
    let of_held = figures(inputs, &model, held, &mut notes)?;
    // A proposal may hold other instruments of a class, which then moves as they do.
    let after = |state: &State| figures(inputs, &RiskModel::of_held(inputs, state)?, state, &mut Vec::new());
    let proposed = proposed.map(after).transpose()?;
    let series = model.series(&weights(inputs.sleeves, held));
    let exceptions = series.as_ref().map_or_else(Vec::new, |series| exceptions::test(series, question.confidence));
    Ok(RiskReport {
        confidence: question.confidence,
        horizon_days: question.horizon_days,
        basis: model.basis,
        span: model.history.as_ref().and_then(model::History::span),
        held: of_held,
        proposed,
        exceptions,
        notes,
    })
}

fn figures(inputs: &RiskInputs<'_>, model: &RiskModel, state: &State, notes: &mut Vec<String>) -> Result<RiskFigures, Vec<Diagnostic>> {
    let weights = weights(inputs.sleeves, state);
    let covered = model.covered(&weights);
    if covered < 1.0 - crate::boundary::TOLERANCE {
        notes.push(format!("{} of the value has no known risk and counts as riskless.", crate::words::percent(1.0 - covered)));
    }
    let unmeasured = |error: evenkeel_quant::risk::series::RiskError| {
        vec![Diagnostic::error(Code::RISK, format!("the risk cannot be told: {error}")).help("correct the inputs that it names")]
    };
    let difference = inputs.targets.map(|targets| weights.iter().zip(targets).map(|(own, target)| own - target).collect::<Vec<f64>>());
    let outlook = inputs.assumptions.map(|assumptions| Outlook::new(inputs.universe, inputs.sleeves, assumptions));
    let parts = parts::Parts::new(inputs, model, state, &weights).map_err(unmeasured)?;
    Ok(RiskFigures {
        value: state.total(),
        covered,
        volatility: model.covariance.variance(&weights).sqrt(),
        tracking_error: difference.map(|difference| model.covariance.variance(&difference).sqrt()),
        expected_return: model.expected_return(&weights),
        methods: methods::of_model(model, &weights, inputs.question),
        classes: parts.classes().map_err(unmeasured)?,
        holdings: parts.holdings(state).map_err(unmeasured)?,
        factors: outlook.map_or_else(Vec::new, |outlook| outlook.exposures(state)),
        concentration: holdings::concentration(inputs, model, state, &weights),
        currencies: holdings::currencies(inputs, state),
        liquidity: holdings::liquidity(inputs, state),
        scores: outlook.map_or_else(Vec::new, |outlook| holdings::scores(inputs, &outlook, state)),
    })
}

/// Weights by sleeve, composed funds looked through; they sum to 1.
fn weights(sleeves: &Sleeves, state: &State) -> Vec<f64> {
    let mut weights = vec![0.0; sleeves.len()];
    let mut add = |sleeve: usize, value: f64| {
        if let Some(weight) = weights.get_mut(sleeve) {
            *weight += value / state.total();
        }
    };
    for (id, value) in state.values() {
        for exposure in sleeves.exposures(*id) {
            add(exposure.sleeve.0, exposure.weight * value);
        }
    }
    add(sleeves.cash.0, state.cash());
    weights
}

fn check(question: &Question, state: &State) -> Result<(), Vec<Diagnostic>> {
    check_question(question)?;
    if state.total() > 0.0 {
        return Ok(());
    }
    let told = Diagnostic::error(Code::RISK, format!("what is held is worth {:.2}, and risk is a share of value", state.total()));
    Err(vec![told.help("give holdings of value")])
}

/// Confidences of which the tail is one: below a half gains would be told as losses.
const CONFIDENCES: std::ops::RangeInclusive<f64> = 0.5..=0.9999;

/// The longest horizon in trading days: what is known of a day says nothing of more than ten years.
const MOST_DAYS: f64 = 10.0 * crate::policy::TRADING_DAYS;

fn check_question(question: &Question) -> Result<(), Vec<Diagnostic>> {
    let asked = [
        ("confidence", question.confidence, CONFIDENCES.contains(&question.confidence), "from 0.5 to 0.9999, such as 0.95"),
        (
            "horizon",
            question.horizon_days,
            question.horizon_days > 0.0 && question.horizon_days <= MOST_DAYS,
            "above 0 and at most 2520 trading days, ten years",
        ),
        ("number of degrees of freedom", question.degrees.unwrap_or(5.0), question.degrees.is_none_or(|degrees| degrees > 2.0), "above 2"),
        (
            "share of the volume",
            question.participation,
            question.participation > 0.0 && question.participation <= 1.0,
            "above 0 and at most 1",
        ),
        ("number of scenarios", evenkeel_quant::linear::vector::count(question.scenarios), question.scenarios > 0, "at least 1"),
    ];
    let wrong = asked.into_iter().filter(|(_, _, is_sound, _)| !is_sound);
    let told: Vec<Diagnostic> = wrong
        .map(|(name, value, _, range)| {
            Diagnostic::error(Code::ARGUMENT, format!("the {name} is {value}")).help(format!("it must be {range}"))
        })
        .collect();
    if told.is_empty() { Ok(()) } else { Err(told) }
}
