//! `evenkeel stress`: whether holdings meet their policy, and what shocks would do to them.

use clap::Args;
use evenkeel::comply::{Status, StressResult, Validation, validate};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::drift::{Drift, ReviewHistory};
use evenkeel::portfolio::{Average, Outlook};
use evenkeel::run::{Measured, Subject};
use evenkeel::words;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Money;
use serde::Serialize;

use crate::console::Style;
use crate::inputs::{InputArguments, Inputs};
use crate::render::number::{percent, rounded};
use crate::render::sections::{self, section};
use crate::render::table::{Column, Table};
use crate::render::text::wrap;

use super::{Document, Outcome};

/// Arguments of `evenkeel stress`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
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
    /// How far holdings are from target once cash reserves are set aside, as `drift` measures it.
    pub drift: Drift,
}

/// Validates.
pub fn run(arguments: &Arguments) -> Outcome {
    match arguments.inputs.load() {
        Ok(inputs) => report(inputs),
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

/// Validates the holdings of a run.
pub fn report(inputs: Inputs) -> Outcome {
    match validated(&inputs) {
        Ok(report) => {
            let mut diagnostics = inputs.warnings;
            diagnostics.extend(report.validation.diagnostics());
            Outcome::done(report, diagnostics)
        }
        Err(errors) => Outcome::invalid(inputs.warnings.into_iter().chain(errors).collect()),
    }
}

fn validated(inputs: &Inputs) -> Result<StressReport, Vec<Diagnostic>> {
    let mandate = inputs.mandate();
    let subject = Subject {
        household: &inputs.household,
        holdings: &inputs.holdings,
        flows: &[],
        sold: &inputs.sold,
        history: ReviewHistory::default(),
    };
    let Measured { value, state, drift } = mandate.measure(&subject)?;
    let outlook = inputs.assumptions.as_ref().map(|assumptions| Outlook::new(&inputs.universe, &mandate.sleeves, assumptions));
    let validation = validate(&inputs.policy, mandate.rules(), mandate.stress(), outlook.as_ref(), &state, &drift)
        .map_err(|error| vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, error.to_string()).help("check quantities and prices")])?;
    Ok(StressReport {
        household: inputs.household.id.clone(),
        policy: inputs.policy.name.clone(),
        as_of: inputs.market.as_of,
        value,
        validation,
        drift,
    })
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
    fn text(&self, style: Style) -> String {
        let mut text = wrap("", &format!("VALIDATION: {}", self.headline()));
        let about =
            format!("\nHousehold {}, policy “{}”, {}, worth {}.", self.household, self.policy, self.as_of, words::amount(self.value));
        text.push_str(&about);
        text.push('\n');
        text.extend(self.returns().map(|sentence| wrap("", &sentence)));
        for (name, score) in &self.validation.scores {
            text.push_str(&wrap("", &format!("Score {name}: {}{}.", rounded(score.value, 2), partly(*score))));
        }
        text.push_str(&sections::drift(style, &self.drift, None));
        let mut exposures = Table::new([Column::Name("Factor"), Column::Number("Exposure"), Column::Number("Covered")]);
        for exposure in &self.validation.exposures {
            exposures.row([exposure.factor.clone(), rounded(exposure.exposure, 3), percent(exposure.covered)]);
        }
        text.push_str(&section(style, "Exposure to factors", &exposures));
        text.push_str(&sections::limits(style, &self.validation.checks, false));
        text.push_str(&sections::stress(style, &self.validation.stress));
        let mut trim = Table::new([Column::Name("Class"), Column::Number("Target"), Column::Number("Weight")]);
        for overweight in &self.validation.consider_trimming {
            trim.row([overweight.class.clone(), percent(overweight.target), percent(overweight.current)]);
        }
        text.push_str(&section(style, "Consider trimming: more than 10 % above target", &trim));
        text + "\n" + &wrap("", evenkeel::run::DISCLAIMER)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
