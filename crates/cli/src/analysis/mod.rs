//! What the commands that estimate and optimize share: their inputs, and the files that they write.
//!
//! A household is not needed: a file of prices or returns is enough, with a policy or without one.

use std::path::PathBuf;

use clap::Args;
use evenkeel::assumptions::Assumptions;
use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel::document::Parsed;
use evenkeel::estimate::{EstimateInputs, Estimates};
use evenkeel::market::NamedPanel;
use evenkeel::policy::{MeanRiskObjective, Method, Optimization, Policy, RiskMeasure, Strategy};
use evenkeel::portfolio::{Sleeves, State};
use evenkeel::simulate::{Question, SimulateInputs};
use evenkeel::target::{Backend, OptimizeInputs, Optimized, stated_weights};
use evenkeel_io::folder::{self, Options, Paths};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{Instrument, InstrumentId, Universe};

use crate::inputs::{FileArguments, InputArguments, as_held};
use crate::render::number::percent;

// Files of results: pictures and CSV.
pub mod output;

// A policy made of a file's columns.
mod columns;

/// Where the inputs are.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inputs")]
pub struct AnalysisArguments {
    /// Folder with files of conventional names: prices.csv or returns.csv, and where they are there
    /// policy.toml, assumptions.toml and instruments.csv. With household.toml and holdings.csv or
    /// journal.csv, turnover and costs count from what is held.
    pub folder: Option<PathBuf>,
    /// The date; nothing later is looked at. Left out: the last date of the prices or returns.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
    /// Files in place of those of the folder.
    #[command(flatten)]
    pub files: FileArguments,
    /// Set a key of the policy, as in `--set estimate.covariance=gerber` or
    /// `--set 'optimize.constraints=["each <= 10 %"]'`; may be given more than once. Without a policy each
    /// column of the file is a class of its own, of equal weights.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Treat this as a study, in which lots may be valued on prices that nobody paid.
    #[arg(long)]
    pub study: bool,
}

/// What is estimated and optimized.
#[derive(Debug)]
pub struct Analysis {
    /// What was decided, or made of the columns.
    pub policy: Policy,
    /// Prices or returns by name.
    pub history: Option<NamedPanel>,
    /// The date.
    pub as_of: Date,
    /// What should be known of the files.
    pub warnings: Vec<Diagnostic>,
    /// The instruments.
    pub universe: Universe,
    /// The leaves of the policy's tree.
    pub sleeves: Sleeves,
    /// By sleeve, the weights that the targets state.
    pub stated: Vec<f64>,
    /// What is held, in the base currency.
    pub value: Option<f64>,
    /// What is believed.
    pub assumptions: Option<Assumptions>,
    /// By sleeve, the weights held.
    held: Option<Vec<f64>>,
    /// Share of what is held that is in other instruments than the first of the leaves.
    in_others: f64,
    /// Who holds it.
    household: Option<Household>,
}

impl AnalysisArguments {
    /// The files of a folder.
    pub fn folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder), as_of: None, files: FileArguments::default(), settings: Vec::new(), study: false }
    }

    /// Reads what there is.
    ///
    /// # Errors
    /// All diagnostics, at least one of them an error.
    pub fn load(&self) -> Result<Analysis, Vec<Diagnostic>> {
        let paths = self.files.paths(self.folder.as_deref())?;
        let is_complete = paths.policy.is_some() && paths.household.is_some() && paths.instruments.is_some();
        let is_held = paths.holdings.is_some() || paths.journal.is_some();
        let (history, mut told) = read_history(&paths)?;
        let as_of = self.as_of.or_else(|| last_date(history.as_ref()?)).ok_or_else(no_date)?;
        if is_complete && is_held && history.is_some() {
            return self.with_holdings(history, as_of);
        }
        if is_held {
            let message = "what is held is not looked at: that needs policy, household and instruments too";
            told.push(Diagnostic::warning(Code::INPUT_FILES, message).help("add them, or take the holdings out of the folder"));
        }
        let actions = paths.actions.filter(|_| paths.instruments.is_some());
        let (policy, instruments, assumptions, fx) = (paths.policy, paths.instruments, paths.assumptions, paths.fx);
        let without_household = Paths { policy, instruments, assumptions, fx, actions, ..Paths::default() };
        let parsed =
            folder::load(&without_household, Options { as_of, price_kind: None, study: true, settings: &self.settings, past: false });
        told.extend(parsed.diagnostics);
        let Some(read) = parsed.value else { return Err(told) };
        let policy = match (read.policy, &history) {
            (Some(policy), _) => policy,
            (None, Some(history)) => {
                let Parsed { value, diagnostics } = columns::policy(history, &self.settings);
                told.extend(diagnostics);
                let Some(policy) = value else { return Err(told) };
                policy
            }
            (None, None) => return Err(nothing_given(told)),
        };
        let universe = match read.universe {
            Some(universe) => universe,
            None => named_instruments(&policy)?,
        };
        let history = history.map(|panel| {
            let (panel, of_rates) = as_held(panel, &universe, &read.actions, &read.fx, &policy, as_of);
            told.extend(of_rates);
            panel
        });
        Ok(Analysis::new(policy, universe, history, read.assumptions, as_of, told))
    }

    /// With what a household holds.
    fn with_holdings(&self, history: Option<NamedPanel>, as_of: Date) -> Result<Analysis, Vec<Diagnostic>> {
        let arguments = InputArguments {
            folder: self.folder.clone(),
            as_of,
            files: self.files.clone(),
            study: self.study,
            allow_margin: false,
            settings: self.settings.clone(),
        };
        let mut inputs = arguments.load()?;
        let history = history.map(|panel| {
            let (panel, of_rates) = inputs.as_held(panel);
            // A policy that needs the history has them told with the inputs.
            let of_rates: Vec<Diagnostic> = of_rates.into_iter().filter(|told| !inputs.warnings.contains(told)).collect();
            inputs.warnings.extend(of_rates);
            panel
        });
        let sleeves = Sleeves::new(&inputs.policy.tree, &inputs.universe);
        let mandate = inputs.mandate();
        let portfolio = mandate.value(&inputs.holdings)?;
        let values = portfolio.sleeve_values(&sleeves);
        let total: f64 = values.iter().sum();
        let is_first = |id: InstrumentId| sleeves.iter().any(|(_, sleeve)| sleeve.instruments.first() == Some(&id));
        let state = State::of(&portfolio);
        let in_others = state.values().iter().filter(|(id, _)| !is_first(*id)).map(|(_, value)| value.abs() / total).sum();
        let held = (total > 0.0).then(|| values.iter().map(|value| value / total).collect());
        // What is wrong with the prices alone has been told with the rest.
        let analysis = Analysis::new(inputs.policy, inputs.universe, history, inputs.assumptions, as_of, inputs.warnings);
        Ok(Analysis { held, in_others, value: (total > 0.0).then_some(total), household: Some(inputs.household), ..analysis })
    }
}

impl Analysis {
    fn new(
        policy: Policy,
        universe: Universe,
        history: Option<NamedPanel>,
        assumptions: Option<Assumptions>,
        as_of: Date,
        warnings: Vec<Diagnostic>,
    ) -> Self {
        let sleeves = Sleeves::new(&policy.tree, &universe);
        let stated = stated_weights(&policy.tree, &sleeves);
        Self {
            policy,
            universe,
            history,
            assumptions,
            as_of,
            warnings,
            sleeves,
            stated,
            held: None,
            in_others: 0.0,
            value: None,
            household: None,
        }
    }

    /// What estimates are made of.
    pub fn estimate_inputs(&self) -> EstimateInputs<'_> {
        EstimateInputs {
            rules: &self.policy.estimate,
            tree: &self.policy.tree,
            sleeves: &self.sleeves,
            universe: &self.universe,
            history: self.history.as_ref(),
            assumptions: self.assumptions.as_ref(),
            reference: Some(&self.stated),
            as_of: self.as_of,
            scenarios: false,
        }
    }

    /// What an optimization is made of.
    pub fn optimize_inputs<'a>(&'a self, optimization: &'a Optimization, backend: Option<Backend>) -> OptimizeInputs<'a> {
        OptimizeInputs {
            optimization,
            tree: &self.policy.tree,
            estimate: self.estimate_inputs(),
            held: self.held.as_deref(),
            cash: self.stated.get(self.sleeves.cash.0).copied().unwrap_or(0.0),
            limits: &self.policy.limits,
            base_currency: self.policy.base_currency,
            value: self.value,
            backend,
        }
    }

    /// What a simulation is made of, from a value or what is held.
    pub fn simulate_inputs<'a>(
        &'a self,
        optimized: Option<&'a Optimized>,
        value: Option<f64>,
        question: &'a Question,
    ) -> SimulateInputs<'a> {
        SimulateInputs {
            policy: &self.policy,
            estimate: self.estimate_inputs(),
            optimized,
            household: self.household.as_ref(),
            value: value.or(self.value).unwrap_or(0.0),
            held: self.held.as_deref(),
            question,
        }
    }

    /// That what is held stands for its classes alone, where that makes a difference.
    pub fn classes_note(&self) -> Option<String> {
        let told = || {
            let share = percent(self.in_others);
            format!(
                "What is held counts by its classes, each as the first instrument of its leaf: {share} of it is in others, which \
                 `evenkeel risk` measures as they are."
            )
        };
        (self.held.is_some() && self.in_others >= TOLD_SHARE).then(told)
    }

    /// What the policy optimizes; `None` where it states its weights.
    pub fn optimization(&self) -> Option<&Optimization> {
        match &self.policy.strategy {
            Strategy::Optimized(optimization) => Some(optimization),
            _ => None,
        }
    }
}

/// Share in other instruments from which on it is told.
const TOLD_SHARE: f64 = 0.005;

/// The least variance, long only: what a frontier is of where the policy optimizes nothing.
pub fn least_variance() -> Optimization {
    let method = Method::MeanRisk { objective: MeanRiskObjective::MinimumRisk, measure: RiskMeasure::Variance };
    Optimization { method, constraints: Vec::new(), budget: 1.0, costs: None }
}

/// That something looks wrong in the history, for commands that do not list it.
pub fn defect_note(estimates: &Estimates) -> Option<String> {
    let first = estimates.defects.first()?;
    let count = estimates.defects.len();
    Some(format!(
        "{count} thing{} in the history look{} wrong, first: {}. `evenkeel estimate` lists all.",
        if count == 1 { "" } else { "s" },
        if count == 1 { "s" } else { "" },
        first.message
    ))
}

/// Prices or returns over time, where a file of them is there.
///
/// # Errors
/// What is wrong with it.
pub fn read_history(paths: &Paths) -> Result<(Option<NamedPanel>, Vec<Diagnostic>), Vec<Diagnostic>> {
    match folder::load_panel(paths) {
        None => Ok((None, Vec::new())),
        Some(Parsed { value: None, diagnostics }) => Err(diagnostics),
        Some(Parsed { value, diagnostics }) => {
            debug_assert!(!has_errors(&diagnostics), "a panel with errors is none");
            Ok((value, diagnostics))
        }
    }
}

/// The last date of a history.
pub fn last_date(history: &NamedPanel) -> Option<Date> {
    history.panel.dates().last().and_then(|day| Date::from_ordinal(*day).ok())
}

/// That no date is given, and none can be taken from prices.
pub fn no_date() -> Vec<Diagnostic> {
    let told = Diagnostic::error(Code::INPUT_FILES, "there are no prices or returns whose last date could be taken");
    vec![told.help("name a file with `--returns` or `--prices`; or, to estimate from assumptions alone, the date with `--as-of`")]
}

fn nothing_given(mut told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let nothing = Diagnostic::error(Code::INPUT_FILES, "there is neither a policy nor a file of prices or returns");
    told.push(nothing.help("name one with `--policy`, `--returns` or `--prices`"));
    told
}

/// The instruments that a policy names, of the classes for which they stand.
fn named_instruments(policy: &Policy) -> Result<Universe, Vec<Diagnostic>> {
    let named = policy
        .tree
        .leaves()
        .flat_map(|(_, leaf)| leaf.instruments.iter().map(|symbol| Instrument::new(symbol, leaf.class.clone(), policy.base_currency)));
    let told = |error: &dyn std::fmt::Display| {
        vec![Diagnostic::error(Code::INPUT_FILES, error.to_string()).help("correct the instruments of the policy")]
    };
    Universe::new(named.collect()).map_err(|error| told(&error))
}
