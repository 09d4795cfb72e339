//! `evenkeel stress`: whether holdings meet their policy, and what shocks would do to them.

use std::str::FromStr;

use clap::Args;
use evenkeel::comply::{Status, StressResult, Validation, validate};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::drift::Drift;
use evenkeel::policy::TRADING_DAYS;
use evenkeel::portfolio::{Average, Outlook, State};
use evenkeel::risk::{Question, Shock, ShockOf, WhatIf, WhatIfQuestion, what_if};
use evenkeel::run::{Mandate, Measured};
use evenkeel::target::stated_weights;
use evenkeel::words;
use evenkeel_io::page::Page;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Money;
use serde::Serialize;

use crate::evidence::About;
use crate::inputs::{InputArguments, Inputs};
use crate::render;
use crate::render::number::{percent, rounded};
use crate::render::sections::{self};
use crate::render::table::{Column, Table};

use super::risk::{history, risk_inputs, subject, with_settings};
use super::{Document, Outcome};

/// Arguments of `evenkeel stress`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Set a key of the policy, as in `--set estimate.missing=complete`; may be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// What is asked beside the policy's scenarios.
    #[command(flatten)]
    pub asked: WhatIfArguments,
}

/// What is asked beside the policy's scenarios.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Stress")]
pub struct WhatIfArguments {
    /// A shock of a class, `instrument:SYMBOL` or `factor:NAME`, as in `--shock Equity=-0.35`; all that are given make one scenario.
    #[arg(long = "shock", value_name = "OF=SIZE")]
    pub shocks: Vec<ShockArgument>,
    /// Classes that no shock names move as their covariance with those that are lets one expect; else they stay put.
    #[arg(long, requires = "shocks")]
    pub spread: bool,
    /// Replay so many of the deepest drawdowns of the history of what is held.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub crises: usize,
    /// Replay a stretch of history, as in `--window 2020-02-19:2020-03-23`; may be given more than once.
    #[arg(long = "window", value_name = "FROM:TO")]
    pub windows: Vec<WindowArgument>,
    /// Move all correlations to this, volatilities kept.
    #[arg(long, value_name = "LEVEL")]
    pub correlation: Option<f64>,
    /// Find the smallest shock that breaks each limit.
    #[arg(long)]
    pub reverse: bool,
    /// Also tell what shocks and replays would do to what the proposal of the day would leave.
    #[arg(long)]
    pub proposal: bool,
    /// Horizon of `--correlation` and `--reverse` in trading days, 252 a year; 252 where left out.
    #[arg(long, value_name = "DAYS")]
    pub horizon_days: Option<f64>,
    /// Confidence of VaR under `--correlation`; 0.95 where left out.
    #[arg(long, value_name = "FRACTION", requires = "correlation")]
    pub confidence: Option<f64>,
}

/// A shock as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct ShockArgument(Shock);

impl FromStr for ShockArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let help = "write it as `CLASS=RETURN`, `instrument:SYMBOL=RETURN` or `factor:NAME=MOVE`, such as `Equity=-0.35`";
        let (of, size) = text.rsplit_once('=').ok_or(help)?;
        let size = size.parse().map_err(|_| help)?;
        let of = match of.split_once(':') {
            Some(("instrument", symbol)) => ShockOf::Instrument(symbol.to_owned()),
            Some(("factor", name)) => ShockOf::Factor(name.to_owned()),
            _ => ShockOf::Class(ClassPath::new(of).map_err(|error| error.to_string())?),
        };
        Ok(Self(Shock { of, size }))
    }
}

/// A stretch of history as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowArgument(Date, Date);

impl FromStr for WindowArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let help = "write it as `FROM:TO`, such as `2020-02-19:2020-03-23`";
        let (from, to) = text.split_once(':').ok_or(help)?;
        let (from, to): (Date, Date) = (from.parse().map_err(|_| help)?, to.parse().map_err(|_| help)?);
        if from < to { Ok(Self(from, to)) } else { Err("the first date must be before the last".to_owned()) }
    }
}

impl WhatIfArguments {
    fn question(&self) -> WhatIfQuestion {
        WhatIfQuestion {
            shocks: self.shocks.iter().map(|shock| shock.0.clone()).collect(),
            spread: self.spread,
            crises: self.crises,
            windows: self.windows.iter().map(|window| (window.0, window.1)).collect(),
            correlation: self.correlation,
            reverse: self.reverse,
        }
    }

    /// The question of risk; over a year, as the policy's scenarios are meant.
    fn of_risk(&self) -> Question {
        let usual = Question::default();
        Question {
            confidence: self.confidence.unwrap_or(usual.confidence),
            horizon_days: self.horizon_days.unwrap_or(TRADING_DAYS),
            ..usual
        }
    }

    /// A horizon of nothing that has one.
    fn refused(&self) -> Option<Diagnostic> {
        (self.horizon_days.is_some() && self.correlation.is_none() && !self.reverse).then(|| {
            Diagnostic::error(Code::ARGUMENT, "`--horizon-days` would do nothing: shocks and replays have no horizon")
                .help("leave it out, or ask for `--correlation` or `--reverse`")
        })
    }
}

/// How holdings stand to their policy.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StressReport {
    /// The household.
    pub household: String,
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// Value of everything, with the flows of the day.
    pub value: Money,
    /// Return, limits, scores, exposures, what to trim, stress.
    pub validation: Validation,
    /// What was asked beside the policy's scenarios; null where nothing was.
    pub what_if: Option<WhatIf>,
    /// How far holdings are from target once cash reserves are set aside, as `drift` measures it.
    pub drift: Drift,
}

/// Validates.
pub fn run(arguments: &Arguments) -> Outcome {
    if let Some(refused) = arguments.asked.refused() {
        return Outcome::invalid(vec![refused]);
    }
    match with_settings(&arguments.inputs, &arguments.settings).load() {
        Ok(inputs) => report(inputs, arguments),
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

/// Validates the holdings of a run.
pub fn report(inputs: Inputs, arguments: &Arguments) -> Outcome {
    match validated(&inputs, arguments) {
        Ok(report) => {
            let of_history = report.what_if.as_ref().and_then(|_| history(&arguments.inputs, &inputs).ok());
            let mut diagnostics = inputs.warnings;
            diagnostics.extend(of_history.into_iter().flat_map(|(_, told)| told));
            diagnostics.extend(report.validation.diagnostics());
            Outcome::done(report, diagnostics)
        }
        Err(errors) => Outcome::invalid(inputs.warnings.into_iter().chain(errors).collect()),
    }
}

pub(super) fn validated(inputs: &Inputs, arguments: &Arguments) -> Result<StressReport, Vec<Diagnostic>> {
    let mandate = inputs.mandate();
    let subject = subject(inputs);
    let Measured { value, state, drift } = mandate.measure(&subject)?;
    let outlook = inputs.assumptions.as_ref().map(|assumptions| Outlook::new(&inputs.universe, &mandate.sleeves, assumptions));
    let validation = validate(&inputs.policy, mandate.rules(), mandate.stress(), outlook.as_ref(), &state, &drift)
        .map_err(|error| vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, error.to_string()).help("check quantities and prices")])?;
    let what_if = asked(inputs, &mandate, arguments, &state)?;
    Ok(StressReport {
        household: inputs.household.id.clone(),
        policy: inputs.policy.name.clone(),
        as_of: inputs.market.as_of,
        value,
        validation,
        what_if,
        drift,
    })
}

/// What was asked beside the policy's scenarios.
fn asked(inputs: &Inputs, mandate: &Mandate<'_>, arguments: &Arguments, held: &State) -> Result<Option<WhatIf>, Vec<Diagnostic>> {
    let question = arguments.asked.question();
    if question == WhatIfQuestion::default() {
        return Ok(None);
    }
    let (history, _) = history(&arguments.inputs, inputs)?;
    let stated = stated_weights(&inputs.policy.tree, &mandate.sleeves);
    let of_risk = arguments.asked.of_risk();
    let risk = risk_inputs(inputs, mandate, history.as_ref(), &stated, &of_risk);
    let proposed = if arguments.asked.proposal {
        Some(mandate.propose(&subject(inputs), inputs.provenance.clone())?.state_after(held, &inputs.universe))
    } else {
        None
    };
    what_if(&risk, mandate.rules(), &question, held, proposed.as_ref()).map(Some)
}

impl StressReport {
    /// The answer in a sentence with numbers.
    fn headline(&self) -> String {
        let broken = self.validation.checks.iter().filter(|check| check.status_after == Status::Broken).count();
        let lost: Vec<&StressResult> = self.validation.stress.iter().filter(|result| !result.survives).collect();
        let limits = match (self.validation.checks.len(), broken) {
            (0, _) => "no limits".to_owned(),
            (all, 0) => format!("all {all} limits kept"),
            (all, broken) => format!("{broken} of {all} limits broken"),
        };
        let names: Vec<&str> = lost.iter().map(|result| result.scenario.as_str()).collect();
        let stress = match (self.validation.stress.len(), lost.len()) {
            (0, _) => "no stress scenarios".to_owned(),
            (all, 0) => format!("survives all {all} stress scenarios"),
            (all, lost) => format!("does not survive {lost} of {all} stress scenarios ({})", names.join(", ")),
        };
        format!("{limits}; {stress}.")
    }

    fn returns(&self) -> Option<String> {
        let required = self.validation.required_return?;
        let expected = match self.validation.expected_return {
            Some(expected) => format!("expected {}{}", percent(expected.value), partly(expected)),
            None => "not known what to expect without assumptions".to_owned(),
        };
        let stands = match self.validation.return_status {
            Status::Broken => " (NOT MET)",
            Status::Kept | Status::AtLimit => " (met)",
            Status::Unknown => "",
        };
        Some(format!("Return a year: {} needed, {expected}{stands}.", percent(required)))
    }
}

/// How much of the value an average covers, where it is not all.
fn partly(average: Average) -> String {
    if average.covered < 1.0 - evenkeel::boundary::TOLERANCE {
        format!(" over {} of value", percent(average.covered))
    } else {
        String::new()
    }
}

impl Document for StressReport {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.say(format!("VALIDATION: {}", self.headline()));
        let about = format!("Household {}, policy “{}”, {}, worth {}.", self.household, self.policy, self.as_of, words::amount(self.value));
        page.say(about);
        if let Some(sentence) = self.returns() {
            page.say(sentence);
        }
        for (name, score) in &self.validation.scores {
            page.say(format!("Score {name}: {}{}.", rounded(score.value, 2), partly(*score)));
        }
        page.append(sections::drift(&self.drift, None));
        let mut exposures = Table::new([Column::Name("Factor"), Column::Number("Exposure"), Column::Number("Covered")]);
        for exposure in &self.validation.exposures {
            exposures.row([exposure.factor.clone().into(), rounded(exposure.exposure, 3), percent(exposure.covered)]);
        }
        page.table("Exposure to factors", exposures);
        page.append(sections::limits(&self.validation.checks, false));
        page.append(sections::stress(&self.validation.stress));
        if let Some(what_if) = &self.what_if {
            page.append(render::what_if::page(what_if));
        }
        let mut trim = Table::new([Column::Name("Class"), Column::Number("Target"), Column::Number("Weight")]);
        for overweight in &self.validation.consider_trimming {
            trim.row([overweight.class.clone().into(), percent(overweight.target), percent(overweight.current)]);
        }
        page.table("Consider trimming: more than 10 % above target", trim);
        page.say(evenkeel::run::DISCLAIMER);
        page
    }

    fn about(&self) -> About {
        About::household(&self.household, &self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
