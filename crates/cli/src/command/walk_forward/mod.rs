//! `evenkeel walk-forward`: whether what is optimized on one part of a history holds on the next.

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::figures::Figures;
use evenkeel::luck::{Luck, Resamples, Track, luck};
use evenkeel::walk_forward::{WalkForward, WalkForwardInputs, WalkedForward, WalkedWindow, rows_per_year, walk_forward};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::analysis::output::{Csv, digits};
use crate::analysis::{Analysis, AnalysisArguments};
use crate::grid::{Axis, combinations};
use crate::workers;

use super::Outcome;

mod text;

/// The most variants: more would be found by luck whatever the history.
const MOST: usize = 1_000;

/// Arguments of `evenkeel walk-forward`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: AnalysisArguments,
    /// Years in sample; of an anchored window, those of the first.
    #[arg(long, value_name = "YEARS", default_value_t = 5.0)]
    pub train: f64,
    /// Years out of sample, by which windows move on.
    #[arg(long, value_name = "YEARS", default_value_t = 1.0)]
    pub test: f64,
    /// Keep the first date and let windows grow, rather than roll.
    #[arg(long)]
    pub anchored: bool,
    /// Rows of the history between the two that are left out.
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    pub purge: usize,
    /// Try these values of a key of the policy, as in `--grid estimate.covariance=sample,ledoit_wolf`; given more than once,
    /// every combination. All of them count as trials.
    #[arg(long, value_name = "KEY=VALUES")]
    pub grid: Vec<Axis>,
    /// Resampled histories of the tests against luck.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub resamples: u32,
    /// The seed of the resamples.
    #[arg(long, value_name = "NUMBER", default_value_t = 7)]
    pub seed: u64,
    /// Write the returns out of sample to this file as CSV, a column for each variant.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<std::path::PathBuf>,
}

/// What was held out of sample, what came of it, and how much of that may be luck.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WalkForwardDocument {
    /// The policy.
    pub policy: String,
    /// The date up to which history is looked at.
    pub as_of: Date,
    /// Rows in sample.
    pub train_rows: usize,
    /// Rows out of sample.
    pub test_rows: usize,
    /// Whether windows grow rather than roll.
    pub anchored: bool,
    /// Rows left out between.
    pub purge: usize,
    /// Rows a year.
    pub periods_per_year: f64,
    /// Every variant that was tried, in order.
    pub variants: Vec<Variant>,
    /// The variant of the highest Sharpe ratio out of sample.
    pub chosen: usize,
    /// The classes of the weights, cash last.
    pub classes: Vec<String>,
    /// The windows of the chosen variant.
    pub windows: Vec<WindowFigures>,
    /// The weights that the policy states, or equal ones, traded on the same days at the same costs.
    pub benchmark: Figures,
    /// How much of it may be luck.
    pub luck: Luck,
    /// What should be known.
    pub notes: Vec<String>,
    #[serde(skip)]
    files: Vec<String>,
}

/// A variant, in sample and out of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Variant {
    /// The keys that make it; none for the policy as it is.
    pub settings: Vec<String>,
    /// Mean compounded return a year of its weights in sample, before costs.
    pub in_sample_return: f64,
    /// Mean Sharpe ratio a year in sample; none where a window has none.
    pub in_sample_sharpe: Option<f64>,
    /// Returns out of sample, after costs, against the benchmark.
    pub out_of_sample: Figures,
    /// One-way turnover a year.
    pub turnover: f64,
    /// Costs a year, as a fraction of value.
    pub costs: f64,
}

/// One window.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WindowFigures {
    /// First date estimated on.
    pub train_from: Date,
    /// Last date estimated on.
    pub train_to: Date,
    /// First date judged on.
    pub test_from: Date,
    /// Last date judged on.
    pub test_to: Date,
    /// Weights, in the order of the classes.
    pub weights: Vec<f64>,
    /// Sharpe ratio a year of these weights in sample.
    pub in_sample_sharpe: Option<f64>,
    /// Sharpe ratio a year out of sample, after costs.
    pub out_of_sample_sharpe: Option<f64>,
    /// Return out of sample, after costs, of the whole window.
    pub out_of_sample_return: f64,
}

/// Walks.
pub fn run(arguments: &Arguments) -> Outcome {
    let analysis = match arguments.inputs.load() {
        Ok(analysis) => analysis,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let found = found(&analysis, arguments);
    super::finish(analysis.warnings, found)
}

fn found(analysis: &Analysis, arguments: &Arguments) -> Result<WalkForwardDocument, Vec<Diagnostic>> {
    let windows = windows(analysis, arguments)?;
    let settings = |trial: Vec<(String, String)>| trial.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    let trials: Vec<Vec<String>> = combinations(&arguments.grid, MOST)?.into_iter().map(settings).collect();
    let jobs = |trial: usize| -> Result<WalkedForward, Vec<Diagnostic>> {
        let settings = trials.get(trial).map_or(&[][..], Vec::as_slice);
        if settings.is_empty() {
            return walked(analysis, windows);
        }
        let mut inputs = arguments.inputs.clone();
        inputs.settings.extend_from_slice(settings);
        walked(&inputs.load()?, windows).map_err(|problems| in_variant(problems, settings))
    };
    let walks: Vec<WalkedForward> =
        workers::share(workers::available(), trials.len(), jobs, |_| ()).into_iter().collect::<Result<_, _>>()?;
    document(analysis, arguments, windows, trials, &walks)
}

/// Windows in rows of the history.
fn windows(analysis: &Analysis, arguments: &Arguments) -> Result<WalkForward, Vec<Diagnostic>> {
    let a_year = analysis.history.as_ref().map_or(1.0, |history| rows_per_year(history, &analysis.policy.estimate));
    let rows = |name: &str, years: f64| {
        let rows = (years * a_year).round();
        if !(1.0..1e9).contains(&rows) {
            let message = format!("`--{name}` of {years} years is {rows} rows of the history");
            return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help("give a length of at least one row, in years")]);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 10⁹")]
        let rows = rows as usize;
        Ok(rows)
    };
    let (train, test) = (rows("train", arguments.train)?, rows("test", arguments.test)?);
    Ok(WalkForward { train, test, anchored: arguments.anchored, purge: arguments.purge })
}

fn walked(analysis: &Analysis, windows: WalkForward) -> Result<WalkedForward, Vec<Diagnostic>> {
    let Some(optimization) = analysis.optimization() else {
        let none = Diagnostic::error(Code::ARGUMENT, format!("the policy `{}` optimizes nothing", analysis.policy.name));
        let help = "add an `[optimize]` table (docs/reference/policy.md lists its keys), or `--set optimize.objective=minimum_risk`";
        return Err(vec![none.help(help)]);
    };
    let optimize = analysis.optimize_inputs(optimization, None);
    walk_forward(&WalkForwardInputs { optimize, costs: &analysis.policy.costs, windows })
}

fn in_variant(problems: Vec<Diagnostic>, settings: &[String]) -> Vec<Diagnostic> {
    let named = |problem: Diagnostic| Diagnostic { message: format!("with {}: {}", settings.join(", "), problem.message), ..problem };
    problems.into_iter().map(named).collect()
}

fn document(
    analysis: &Analysis,
    arguments: &Arguments,
    windows: WalkForward,
    trials: Vec<Vec<String>>,
    walks: &[WalkedForward],
) -> Result<WalkForwardDocument, Vec<Diagnostic>> {
    let risk_free = analysis.policy.estimate.risk_free;
    let mut variants = Vec::with_capacity(walks.len());
    for (settings, walk) in trials.into_iter().zip(walks) {
        variants.push(variant(settings, walk, risk_free)?);
    }
    let sharpe = |variant: &Variant| variant.out_of_sample.sharpe.unwrap_or(f64::NEG_INFINITY);
    let better = |best: usize, (at, variant): (usize, &Variant)| {
        if sharpe(variant) > variants.get(best).map_or(f64::NEG_INFINITY, sharpe) { at } else { best }
    };
    let chosen = variants.iter().enumerate().fold(0, better);
    let Some(walk) = walks.get(chosen) else { return Err(Vec::new()) };
    let benchmark = measured(&walk.benchmark, walk.periods_per_year, risk_free, None)?;
    let window_figures = |window| figures(window, walk.periods_per_year, risk_free);
    let table = returns(walks, &variants);
    let tracks: Vec<Track<'_>> = walks
        .iter()
        .map(|walk| Track { returns: &walk.returns, benchmark: &walk.benchmark, periods_per_year: walk.periods_per_year })
        .collect();
    let files = crate::analysis::output::table(arguments.csv.as_deref(), &table).map_err(|problem| vec![*problem])?;
    Ok(WalkForwardDocument {
        policy: analysis.policy.name.clone(),
        as_of: analysis.as_of,
        train_rows: windows.train,
        test_rows: windows.test,
        anchored: windows.anchored,
        purge: windows.purge,
        periods_per_year: walk.periods_per_year,
        luck: luck(&tracks, chosen, risk_free, Resamples { number: arguments.resamples as usize, seed: arguments.seed }),
        classes: walk.classes.clone(),
        windows: walk.windows.iter().map(window_figures).collect(),
        benchmark,
        notes: walk.notes.clone(),
        variants,
        chosen,
        files,
    })
}

fn measured(returns: &[f64], periods_per_year: f64, risk_free: f64, benchmark: Option<&[f64]>) -> Result<Figures, Vec<Diagnostic>> {
    Figures::of(returns, periods_per_year, risk_free, benchmark).map_err(|error| {
        let told = Diagnostic::error(Code::HISTORY_UNUSABLE, format!("returns out of sample cannot be measured: {error}"));
        vec![told.help("correct the history")]
    })
}

fn variant(settings: Vec<String>, walk: &WalkedForward, risk_free: f64) -> Result<Variant, Vec<Diagnostic>> {
    let told = measured(&walk.returns, walk.periods_per_year, risk_free, Some(&walk.benchmark))?;
    let mut inside = Vec::with_capacity(walk.windows.len());
    for window in &walk.windows {
        inside.push(measured(&window.in_sample, walk.periods_per_year, risk_free, None)?);
    }
    let sharpes: Option<Vec<f64>> = inside.iter().map(|told| told.sharpe).collect();
    let returns: Vec<f64> = inside.iter().map(|told| told.annual_return).collect();
    Ok(Variant {
        settings,
        in_sample_return: mean(&returns),
        in_sample_sharpe: sharpes.as_deref().map(mean),
        out_of_sample: told,
        turnover: walk.turnover,
        costs: walk.costs,
    })
}

fn figures(window: &WalkedWindow, periods_per_year: f64, risk_free: f64) -> WindowFigures {
    let measured = |returns: &[f64]| measured(returns, periods_per_year, risk_free, None).ok();
    let (inside, outside) = (measured(&window.in_sample), measured(&window.out_of_sample));
    WindowFigures {
        train_from: window.train.0,
        train_to: window.train.1,
        test_from: window.test.0,
        test_to: window.test.1,
        weights: window.weights.clone(),
        in_sample_sharpe: inside.and_then(|told| told.sharpe),
        out_of_sample_sharpe: outside.as_ref().and_then(|told| told.sharpe),
        out_of_sample_return: outside.map_or(0.0, |told| told.total_return),
    }
}

#[expect(clippy::cast_precision_loss, reason = "windows are few")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns out of sample, a column for each variant and one for the benchmark.
fn returns(walks: &[WalkedForward], variants: &[Variant]) -> Csv {
    let name = |variant: &Variant| if variant.settings.is_empty() { "policy".to_owned() } else { variant.settings.join(" ") };
    let header = std::iter::once("date".to_owned()).chain(variants.iter().map(name)).chain(["benchmark".to_owned()]);
    let first = walks.first();
    let rows = first.iter().flat_map(|walk| walk.dates.iter().enumerate()).map(|(row, date)| {
        let values = walks.iter().map(|walk| walk.returns.get(row)).chain([first.and_then(|walk| walk.benchmark.get(row))]);
        std::iter::once(date.to_string()).chain(values.map(|value| digits(value.copied()))).collect()
    });
    Csv { header: header.collect(), rows: rows.collect() }
}
