//! `evenkeel sweep`: one policy over a grid of keys, and how much of the best result is luck.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::backtest::Summary;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::luck::{Luck, Resamples, Track, best_of, luck};
use evenkeel::market::periods_per_year;
use evenkeel::run::DISCLAIMER;
use evenkeel_io::page::Page;
use evenkeel_io::picture::{Grid, Picture};
use evenkeel_io::source::Source;
use evenkeel_io::write;
use evenkeel_ledger::date::Date;
use serde::{Deserialize, Serialize};

use crate::analysis::output::{Csv, Named, OutputArguments, digits};
use crate::evidence::{About, written};
use crate::grid::{Axis, combinations, named};
use crate::past::{PastArguments, PastInputs};
use crate::progress::Meter;
use crate::render::number::{counted, percent, rounded};
use crate::render::sections::{UNKNOWN, pictured};
use crate::render::table::{Cell, Column, Table};
use crate::workers;

use super::{Document, Outcome, finish};

/// Most variants of a sweep.
const MOST: usize = 100_000;

/// Resamples of the history for the tests against luck.
const RESAMPLES: usize = 1_000;

/// Variants that a person is shown.
const SHOWN: usize = 20;

/// Arguments of `evenkeel sweep`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are, and how the clock is run.
    #[command(flatten)]
    pub past: PastArguments,
    /// A key of the policy and its values, such as `bands.absolute=0.01,0.02,0.05`, or the looks, `look=daily,month_end`; every
    /// combination of all grids is run.
    #[arg(long = "grid", value_name = "KEY=V1,V2,…", required = true)]
    pub grids: Vec<Axis>,
    /// Keep each variant's result in this folder, and take from it what was run before with the same inputs.
    #[arg(long, value_name = "FOLDER")]
    pub into: Option<PathBuf>,
    /// How many threads work; without it, as many as the machine runs at once. The result does not depend on it.
    #[arg(long, value_name = "COUNT")]
    pub threads: Option<NonZero<usize>>,
    /// Files of the result.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// One variant of a sweep. Figures are those of [`Summary`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Variant {
    /// The keys that were set, with their values.
    pub settings: Vec<(String, String)>,
    /// Compounded return a year.
    pub annual_return: f64,
    /// Volatility a year.
    pub volatility: Option<f64>,
    /// Sharpe ratio a year.
    pub sharpe: Option<f64>,
    /// The deepest drawdown.
    pub maximum_drawdown: f64,
    /// One-way turnover a year.
    pub turnover_one_way: f64,
    /// Costs of trading a year.
    pub cost_drag: f64,
    /// Taxes paid a year.
    pub tax_drag: f64,
    /// Decisions that traded.
    pub rebalances: usize,
    /// Largest drift: half of the looks saw no more.
    pub median_drift: Option<f64>,
    /// Value at the end.
    pub value: f64,
    /// The same after all taxes owed, were everything sold.
    pub after_tax: Option<f64>,
}

/// A variant with its returns, as it is kept between runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    schema_version: u32,
    variant: Variant,
    first: Date,
    periods_per_year: f64,
    returns: Vec<f64>,
}

/// A policy over a grid of keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sweep {
    /// The policy.
    pub policy: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The keys of the grids.
    pub keys: Vec<String>,
    /// Every variant, in the order of the grids.
    pub variants: Vec<Variant>,
    /// Variants that were taken from an earlier run.
    pub kept: usize,
    /// Position of the variant with the highest Sharpe ratio.
    pub best: usize,
    /// How much of the best is luck; the first variant is what the tests compare with.
    pub luck: Luck,
    /// SHA-256 of each input.
    pub inputs: Vec<(String, String)>,
    /// What this is not.
    pub disclaimer: &'static str,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    /// Files written beside it.
    pub files: Vec<String>,
}

/// Sweeps.
pub fn run(arguments: &Arguments) -> Outcome {
    let inputs = match arguments.past.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let swept = sweep(&inputs, arguments);
    finish(inputs.warnings, swept)
}

fn sweep(inputs: &PastInputs, arguments: &Arguments) -> Result<Sweep, Vec<Diagnostic>> {
    let variants = combinations(&arguments.grids, MOST)?;
    if let Some(folder) = &arguments.into {
        keep_apart(folder, arguments.past.folder.as_deref())?;
        fs::create_dir_all(folder).map_err(|error| vec![unwritten(folder, &error)])?;
    }
    let threads = arguments.threads.unwrap_or_else(workers::available);
    let total = variants.len();
    let mut meter = Meter::start();
    let (mut done, mut kept) = (0_usize, 0);
    let work = |index: usize| variants.get(index).map(|settings| one(inputs, arguments, settings));
    let outcomes = workers::share(threads, total, work, |outcome| {
        done += 1;
        kept += usize::from(matches!(outcome, Some(Ok((_, true)))));
        #[expect(clippy::cast_precision_loss, reason = "numbers of variants are far below 2^53")]
        let (so_far, all) = (done as f64, total as f64);
        meter.tell(so_far / all, |seconds| format!("{done} of {total} variants, {:.0} a second", so_far / seconds));
    });
    drop(meter);
    let found = outcomes.into_iter().flatten().collect::<Result<Vec<_>, _>>()?;
    let first = found.first().map_or(&[][..], |(kept, _)| &kept.returns);
    let told = || found.iter().map(|(kept, _)| kept);
    let tracks: Vec<Track<'_>> =
        told().map(|kept| Track { returns: &kept.returns, benchmark: first, periods_per_year: kept.periods_per_year }).collect();
    let best = best_of(&tracks, inputs.terms.cash_rate);
    let luck = luck(&tracks, best, inputs.terms.cash_rate, Resamples { number: RESAMPLES, seed: arguments.past.seed });
    let mut document = Sweep {
        policy: inputs.policy.name.clone(),
        from: inputs.terms.from,
        to: inputs.terms.to,
        keys: arguments.grids.iter().map(|axis| axis.key.clone()).collect(),
        best,
        luck,
        variants: found.into_iter().map(|(kept, _)| kept.variant).collect(),
        kept,
        inputs: inputs.hashes.clone(),
        disclaimer: DISCLAIMER,
        pictures: Vec::new(),
        files: Vec::new(),
    };
    document.pictures = document.maps(&arguments.grids);
    document.files = arguments.output.write(&document.csv(), &document.pictures).map_err(|problem| vec![*problem])?;
    Ok(document)
}

/// Refuses to keep variants among the inputs.
fn keep_apart(into: &Path, inputs: Option<&Path>) -> Result<(), Vec<Diagnostic>> {
    let is_same = |inputs: &Path| fs::canonicalize(into).is_ok_and(|into| fs::canonicalize(inputs).is_ok_and(|inputs| inputs == into));
    if !inputs.is_some_and(is_same) {
        return Ok(());
    }
    let message = format!("`--into {}` is the folder of the inputs, in which a file for each variant would lie among them", into.display());
    Err(vec![Diagnostic::error(Code::OUTPUT, message).help(format!("name a folder of its own: `--into {}`", into.join("sweep").display()))])
}

/// Runs a variant, or takes it from an earlier run; whether it was taken.
fn one(inputs: &PastInputs, arguments: &Arguments, settings: &[(String, String)]) -> Result<(Kept, bool), Vec<Diagnostic>> {
    let path = arguments.into.as_ref().map(|folder| folder.join(format!("{}.json", fingerprint(inputs, arguments, settings))));
    if let Some(kept) = path.as_deref().and_then(taken) {
        return Ok((kept, true));
    }
    let name = named(settings);
    let of_variant = |told: Vec<Diagnostic>| -> Vec<Diagnostic> {
        told.into_iter().map(|told| Diagnostic { message: format!("with {name}: {}", told.message), ..told }).collect()
    };
    let kept = ran(inputs, arguments, settings).map_err(of_variant)?;
    if let Some(path) = path {
        let text = serde_json::to_string(&kept).map_err(|error| vec![unwritten(&path, &error)])?;
        write::whole(&path, text.as_bytes()).map_err(|error| vec![unwritten(&path, &error)])?;
    }
    Ok((kept, false))
}

fn ran(inputs: &PastInputs, arguments: &Arguments, settings: &[(String, String)]) -> Result<Kept, Vec<Diagnostic>> {
    let mut terms = inputs.terms;
    let mut keys = arguments.past.settings.clone();
    for (key, value) in settings {
        if key == "look" {
            terms.look = Some(value.parse().map_err(|error| {
                let told = Diagnostic::error(Code::ARGUMENT, format!("`{value}` is no schedule of looks: {error}"));
                vec![told.help("write such as `daily`, `weekly:friday` or `month_end`")]
            })?);
        } else {
            keys.push(format!("{key}={value}"));
        }
    }
    let policy = arguments.past.policy(None, &keys, &inputs.universe)?;
    let (run, _) = inputs.run_under(&policy, &terms, &mut |_| ())?;
    let dates: Vec<Date> = run.days.iter().map(|day| day.date).collect();
    let summary = Summary::of(&run, terms.cash_rate, None)?;
    Ok(Kept {
        schema_version: crate::SCHEMA_VERSION,
        first: dates.first().copied().unwrap_or(terms.from),
        periods_per_year: periods_per_year(&dates),
        returns: run.periods(),
        variant: Variant {
            settings: settings.to_vec(),
            annual_return: summary.annual_return,
            volatility: summary.volatility,
            sharpe: summary.sharpe,
            maximum_drawdown: summary.maximum_drawdown,
            turnover_one_way: summary.turnover_one_way,
            cost_drag: summary.cost_drag,
            tax_drag: summary.tax_drag,
            rebalances: summary.rebalances,
            median_drift: summary.drift.map(|drift| drift.median),
            value: run.end.value,
            after_tax: run.end.after_tax,
        },
    })
}

/// What a variant is made of, in one word: program, inputs, terms and settings.
fn fingerprint(inputs: &PastInputs, arguments: &Arguments, settings: &[(String, String)]) -> String {
    let mut text = format!("{} {:?} {:?} {:?}\n", env!("CARGO_PKG_VERSION"), inputs.terms, inputs.vector, arguments.past.settings);
    for (name, hash) in &inputs.hashes {
        let _ = writeln!(text, "{name} {hash}");
    }
    let _ = write!(text, "{settings:?}");
    Source::new("", text.into_bytes()).sha256
}

/// An earlier result; what cannot be read is run anew.
fn taken(path: &Path) -> Option<Kept> {
    let kept: Kept = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (kept.schema_version == crate::SCHEMA_VERSION).then_some(kept)
}

fn unwritten(path: &Path, error: &dyn std::fmt::Display) -> Diagnostic {
    let told = Diagnostic::error(Code::OUTPUT, format!("`{}` cannot be written: {error}", path.display()));
    told.help("check the path, the permissions and the space left")
}

impl Sweep {
    /// Of two grids, maps of what was earned and paid.
    fn maps(&self, grids: &[Axis]) -> Vec<Named> {
        let [Axis { key: down, values: rows }, Axis { key: across, values: columns }] = grids else { return Vec::new() };
        let map = |title: &str, of: &dyn Fn(&Variant) -> f64, is_percent: bool| {
            Picture::Grid(Grid {
                title: format!("{title}: {}", self.policy),
                down: down.clone(),
                across: across.clone(),
                rows: rows.clone(),
                columns: columns.clone(),
                values: self.variants.iter().map(of).collect(),
                is_percent,
            })
        };
        vec![
            ("sweep-return", map("Return a year", &|variant| variant.annual_return, true)),
            ("sweep-sharpe", map("Sharpe ratio", &|variant| variant.sharpe.unwrap_or(f64::NAN), false)),
            ("sweep-turnover", map("One-way turnover a year", &|variant| variant.turnover_one_way, true)),
        ]
    }

    fn csv(&self) -> Csv {
        let figures = [
            "annual_return",
            "volatility",
            "sharpe",
            "maximum_drawdown",
            "turnover_one_way",
            "cost_drag",
            "tax_drag",
            "rebalances",
            "median_drift",
            "value",
            "after_tax",
        ];
        let header = self.keys.iter().cloned().chain(figures.map(str::to_owned)).collect();
        let row = |variant: &Variant| {
            let settings = variant.settings.iter().map(|(_, value)| value.clone());
            let figures = [
                digits(variant.annual_return),
                digits(variant.volatility),
                digits(variant.sharpe),
                digits(variant.maximum_drawdown),
                digits(variant.turnover_one_way),
                digits(variant.cost_drag),
                digits(variant.tax_drag),
                variant.rebalances.to_string(),
                digits(variant.median_drift),
                digits(variant.value),
                digits(variant.after_tax),
            ];
            settings.chain(figures).collect()
        };
        Csv { header, rows: self.variants.iter().map(row).collect() }
    }

    fn best(&self) -> Page {
        let mut ranked: Vec<&Variant> = self.variants.iter().collect();
        let ratio = |variant: &Variant| variant.sharpe.unwrap_or(f64::NEG_INFINITY);
        ranked.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)));
        let heading =
            if ranked.len() > SHOWN { format!("The {SHOWN} with the highest Sharpe ratio") } else { "By Sharpe ratio".to_owned() };
        let mut columns: Vec<Column<&str>> = self.keys.iter().map(|key| Column::Name(key.as_str())).collect();
        columns.extend(["Return", "Volatility", "Sharpe", "Drawdown", "Turnover", "Costs"].map(Column::Number));
        let mut table = Table::new(columns);
        for variant in ranked.into_iter().take(SHOWN) {
            let known = |value: Option<f64>, told: fn(f64) -> Cell| value.map_or_else(|| UNKNOWN.into(), told);
            let figures = [
                percent(variant.annual_return),
                known(variant.volatility, percent),
                known(variant.sharpe, |value| rounded(value, 3)),
                percent(variant.maximum_drawdown),
                percent(variant.turnover_one_way),
                percent(variant.cost_drag),
            ];
            table.row(variant.settings.iter().map(|(_, value)| value.into()).chain(figures));
        }
        Page::of_table(&heading, table)
    }

    fn how_much_luck(&self) -> Page {
        let luck = &self.luck;
        let mut table = Table::new([Column::Text("How much of the best is luck"), Column::Number("")]);
        let known = |value: Option<f64>, told: fn(f64) -> Cell| value.map_or_else(|| UNKNOWN.into(), told);
        let rows = [
            ("variants tried", luck.trials.to_string().into()),
            ("its Sharpe ratio is above 0, had it been the only one (PSR)", known(luck.probabilistic_sharpe, percent)),
            ("it is above what luck gives the best of so many (deflated Sharpe)", known(luck.deflated_sharpe, percent)),
            ("years that it takes to tell its Sharpe ratio from 0", known(luck.minimum_track_record_years, |value| rounded(value, 1))),
            ("the best of one half is in the worse half of the other (PBO)", known(luck.overfitting, percent)),
            ("so good a best if none beats the first variant (White)", known(luck.reality_check, |value| rounded(value, 3))),
            (
                "the same, studentized (Hansen, consistent)",
                known(luck.superior_ability.map(|[_, consistent, _]| consistent), |value| rounded(value, 3)),
            ),
        ];
        for (what, value) in rows {
            table.row([what.into(), value]);
        }
        Page::of_table("Probabilities", table)
    }
}

impl Document for Sweep {
    fn page(&self) -> Page {
        let head = format!(
            "Policy “{}”, {} to {}: {} run, {} of them before.",
            self.policy,
            self.from,
            self.to,
            counted(self.variants.len(), "variant"),
            self.kept
        );
        let mut page = Page::new();
        page.say(&head).append(pictured(&self.pictures)).append(self.best()).append(self.how_much_luck());
        page.heading("Notes");
        page.item("The number of trials is that of this sweep. What was tried before and elsewhere counts too, and only you know of it.");
        page.item(self.disclaimer);
        page.append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        About { of: format!("Policy “{}”, {} to {}", self.policy, self.from, self.to), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
