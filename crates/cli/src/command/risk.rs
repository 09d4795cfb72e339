//! `evenkeel risk`: how much risk is held, where it comes from, and how well such figures held before.

use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel::drift::ReviewHistory;
use evenkeel::market::NamedPanel;
use evenkeel::policy::Strategy;
use evenkeel::risk::{Question, RiskInputs, RiskReport, SeriesRisk, assess, assess_dated, assess_series};
use evenkeel::run::{DISCLAIMER, Mandate, Subject};
use evenkeel::target::stated_weights;
use evenkeel_io::page::Page;
use evenkeel_io::source::Source;
use evenkeel_io::{folder, results};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::evidence::About;
use crate::inputs::{InputArguments, Inputs};
use crate::render;

use super::{Document, Outcome};

/// Arguments of `evenkeel risk`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// What is asked.
    #[command(flatten)]
    pub question: QuestionArguments,
    /// Set a key of the policy, as in `--set estimate.missing=complete`; may be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Also tell the risk that the proposal of the day would leave.
    #[arg(long)]
    pub proposal: bool,
    /// In place of holdings, the risk of one column of the prices or returns: no household and no policy is needed.
    #[arg(long, value_name = "COLUMN", conflicts_with = "proposal")]
    pub series: Option<String>,
    /// In place of holdings, the risk of the returns that `evenkeel backtest --csv` has written.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["proposal", "series", "folder", "prices", "returns", "settings"])]
    pub result: Option<PathBuf>,
}

/// What is asked of risk.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Risk")]
pub struct QuestionArguments {
    /// Confidence of VaR and CVaR.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.95)]
    pub confidence: f64,
    /// Horizon in trading days, 252 a year.
    #[arg(long, value_name = "DAYS", default_value_t = 21.0)]
    pub horizon_days: f64,
    /// Degrees of freedom of Student's t; fitted to the history where left out.
    #[arg(long, value_name = "N")]
    pub degrees: Option<f64>,
    /// Scenarios of Monte Carlo.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub scenarios: u32,
    /// Seed of Monte Carlo.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Share of the average daily volume that may be traded a day.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.2)]
    pub participation: f64,
}

impl Default for QuestionArguments {
    fn default() -> Self {
        let Question { confidence, horizon_days, degrees, seed, participation, .. } = Question::default();
        Self { confidence, horizon_days, degrees, scenarios: 10_000, seed, participation }
    }
}

impl QuestionArguments {
    /// The question of the library.
    pub fn question(&self) -> Question {
        Question {
            confidence: self.confidence,
            horizon_days: self.horizon_days,
            degrees: self.degrees,
            scenarios: usize::try_from(self.scenarios).unwrap_or(usize::MAX),
            seed: self.seed,
            participation: self.participation,
        }
    }
}

/// The risk of a household, or of a series.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RiskDocument {
    /// The household, or the name of the series.
    pub subject: String,
    /// The policy; null for a series.
    pub policy: Option<String>,
    /// The date.
    pub as_of: Date,
    /// Of what is held; null for a series.
    pub report: Option<RiskReport>,
    /// Of a series; null for a household.
    pub series: Option<SeriesRisk>,
    /// What this is not.
    pub disclaimer: String,
}

/// Measures.
pub fn run(arguments: &Arguments) -> Outcome {
    let series = match (&arguments.series, &arguments.result) {
        (Some(column), _) => Some(of_column(arguments, column)),
        (None, Some(file)) => Some(of_result(arguments, file)),
        (None, None) => None,
    };
    if let Some(found) = series {
        return match found {
            Ok((document, told)) => Outcome::done(document, told),
            Err(told) => Outcome::invalid(told),
        };
    }
    match with_settings(&arguments.inputs, &arguments.settings).load() {
        Ok(inputs) => report(arguments, inputs),
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

/// The inputs with keys of the policy set from outside.
pub(super) fn with_settings(inputs: &InputArguments, settings: &[String]) -> InputArguments {
    InputArguments { settings: settings.to_vec(), ..inputs.clone() }
}

fn report(arguments: &Arguments, inputs: Inputs) -> Outcome {
    let question = arguments.question.question();
    let found = history(&arguments.inputs, &inputs)
        .and_then(|(history, told)| Ok((measured(&inputs, history.as_ref(), &question, arguments.proposal)?, told)));
    match found {
        Ok((report, told)) => {
            let document = RiskDocument {
                subject: inputs.household.id,
                policy: Some(inputs.policy.name),
                as_of: inputs.market.as_of,
                report: Some(report),
                series: None,
                disclaimer: DISCLAIMER.to_owned(),
            };
            Outcome::done(document, inputs.warnings.into_iter().chain(told).collect())
        }
        Err(errors) => Outcome::invalid(inputs.warnings.into_iter().chain(errors).collect()),
    }
}

/// Prices or returns over time of a household's folder, as holders saw them, and what should be known of that beside what is told with
/// the inputs, as what is wrong with the files themselves is.
pub(super) fn history(arguments: &InputArguments, inputs: &Inputs) -> Result<(Option<NamedPanel>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let panel = folder::load_panel(&arguments.paths()?).and_then(|parsed| parsed.value);
    let (panel, told) = panel.map(|panel| inputs.as_held(panel)).unzip();
    let told = told.into_iter().flatten().filter(|told| !inputs.warnings.contains(told));
    Ok((panel, told.collect()))
}

pub(super) fn measured(
    inputs: &Inputs,
    history: Option<&NamedPanel>,
    question: &Question,
    proposal: bool,
) -> Result<RiskReport, Vec<Diagnostic>> {
    let mandate = inputs.mandate();
    let subject = subject(inputs);
    let held = mandate.measure(&subject)?.state;
    let proposed =
        if proposal { Some(mandate.propose(&subject, inputs.provenance.clone())?.state_after(&held, &inputs.universe)) } else { None };
    let stated = stated_weights(&inputs.policy.tree, &mandate.sleeves);
    assess(&risk_inputs(inputs, &mandate, history, &stated, question), &held, proposed.as_ref())
}

/// The household on the day, without further flows.
pub(super) fn subject(inputs: &Inputs) -> Subject<'_> {
    Subject { household: &inputs.household, holdings: &inputs.holdings, flows: &[], sold: &inputs.sold, history: ReviewHistory::default() }
}

/// What risk is measured on and by.
pub(super) fn risk_inputs<'a>(
    inputs: &'a Inputs,
    mandate: &'a Mandate<'a>,
    history: Option<&'a NamedPanel>,
    stated: &'a [f64],
    question: &'a Question,
) -> RiskInputs<'a> {
    let mut estimate = mandate.estimate_inputs(Some(stated));
    estimate.history = history;
    RiskInputs {
        policy: &inputs.policy,
        universe: &inputs.universe,
        sleeves: &mandate.sleeves,
        assumptions: inputs.assumptions.as_ref(),
        costs: mandate.costs(),
        estimate,
        targets: (inputs.policy.strategy == Strategy::Tree).then_some(stated),
        question,
    }
}

/// The risk of the returns of a backtest.
fn of_result(arguments: &Arguments, file: &Path) -> Result<(RiskDocument, Vec<Diagnostic>), Vec<Diagnostic>> {
    let source = Source::open(file).map_err(|problem| vec![*problem])?;
    let parsed = results::read(source.text().map_err(|problem| vec![*problem])?, None);
    let Some(points) = parsed.value.filter(|_| !has_errors(&parsed.diagnostics)) else { return Err(parsed.diagnostics) };
    let series = assess_dated(points, arguments.inputs.as_of, &arguments.question.question())?;
    Ok((series_document(arguments, &file.display().to_string(), series), parsed.diagnostics))
}

/// The risk of one column of the prices or returns.
fn of_column(arguments: &Arguments, column: &str) -> Result<(RiskDocument, Vec<Diagnostic>), Vec<Diagnostic>> {
    let paths = arguments.inputs.paths()?;
    let Some(parsed) = folder::load_panel(&paths) else {
        let told = Diagnostic::error(Code::INPUT_FILES, "there are no prices or returns to take a series from");
        return Err(vec![told.help("name a file with `--prices` or `--returns`")]);
    };
    let Some(panel) = parsed.value else { return Err(parsed.diagnostics) };
    let series = assess_series(&panel, column, arguments.inputs.as_of, &arguments.question.question())?;
    Ok((series_document(arguments, column, series), parsed.diagnostics))
}

fn series_document(arguments: &Arguments, subject: &str, series: SeriesRisk) -> RiskDocument {
    RiskDocument {
        subject: subject.to_owned(),
        policy: None,
        as_of: arguments.inputs.as_of,
        report: None,
        series: Some(series),
        disclaimer: DISCLAIMER.to_owned(),
    }
}

impl Document for RiskDocument {
    fn page(&self) -> Page {
        render::risk::page(self)
    }

    fn about(&self) -> About {
        match &self.policy {
            Some(policy) => About::household(&self.subject, policy, self.as_of),
            None => About { of: format!("Series {}", self.subject), as_of: Some(self.as_of) },
        }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
