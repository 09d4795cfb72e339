//! `evenkeel attribute`: why a portfolio did better or worse than its benchmark.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evenkeel::attribution::{
    Attributed, CashRates, FactorAttribution, Interaction, Linking, Method, Model, NodeEffect, Segments, gathered, of_books,
    of_books_abroad, report,
};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::performance::{Every, Groups, days, policy_mix};
use evenkeel::portfolio::Sleeves;
use evenkeel::run::DISCLAIMER;
use evenkeel_io::folder;
use evenkeel_ledger::number::Currency;
use serde::Serialize;

use evenkeel_io::page::Page;
use evenkeel_io::picture::{Bars, Picture, Series};

use crate::account_history::{AccountHistory, HistoryArguments};
use crate::analysis::output::{Csv, Named, OutputArguments, PictureTheme, digits};
use crate::evidence::{About, written};
use crate::render::number::percent_to;
use crate::render::sections::pictured;
use crate::render::table::Cell;

use super::performance::{self, EveryArgument, NetArgument};
use super::{Document, Outcome, finish};

mod factors;

mod text;

pub use factors::FactorArguments;

/// Arguments of `evenkeel attribute`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are, and which days are looked at. With a segments.csv in the folder nothing else of it is read; else what
    /// was held in the leaves of the policy's tree is compared with its target mix, rebalanced every day.
    #[command(flatten)]
    pub history: HistoryArguments,
    /// Weights and returns by segment and period, in place of books: see segments.csv.
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub segments: Option<PathBuf>,
    /// What is told apart.
    #[arg(long, value_name = "METHOD", default_value = "brinson_fachler")]
    pub method: MethodArgument,
    /// Where interaction goes, with methods that know it; `in_selection` where left out.
    #[arg(long, value_name = "WHERE")]
    pub interaction: Option<InteractionArgument>,
    /// How effects of periods are made to add up to the compounded excess; `carino` where left out.
    #[arg(long, value_name = "LINKING")]
    pub linking: Option<LinkingArgument>,
    /// Yearly cash rates of a currency over time, as fractions: a series of signals.csv. With `--method currency` of books; may be given
    /// more than once, and then for every currency that is held.
    #[arg(long = "cash-rate", value_name = "CURRENCY=SERIES")]
    pub cash_rates: Vec<String>,
    /// Factors in place of segments.
    #[command(flatten)]
    pub factors: FactorArguments,
    /// Of books: which charges count; `nothing` where left out.
    #[arg(long, value_name = "CHARGES")]
    pub net_of: Option<NetArgument>,
    /// Of books and of factors: over what days effects are added up in the list by period; `month` where left out.
    #[arg(long, value_name = "STRETCH")]
    pub every: Option<EveryArgument>,
    /// Files of the result.
    #[command(flatten)]
    pub output: TableArguments,
}

/// The file of the result.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Files of results")]
pub struct TableArguments {
    /// Write the effects by segment to this file as CSV.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// What is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum MethodArgument {
    /// Allocation against the benchmark's return, selection, interaction.
    BrinsonFachler,
    /// Allocation against nothing, selection, interaction.
    BrinsonHoodBeebower,
    /// Allocation level by level of the segments' paths, selection at the leaves.
    Levels,
    /// Markets and currencies apart (Karnosky and Singer).
    Currency,
    /// Allocation and selection that compound.
    Geometric,
}

/// Where interaction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum InteractionArgument {
    /// It stands for itself.
    Separate,
    /// To selection: top down.
    InSelection,
    /// To allocation: bottom up.
    InAllocation,
}

/// How effects are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum LinkingArgument {
    /// By logarithms.
    Carino,
    /// As evenly as possible.
    Menchero,
    /// Grown by what the portfolio had earned, then by what the benchmark went on to earn.
    Grap,
    /// Recursively; the sums are those of GRAP.
    Frongello,
}

/// Why a portfolio did better or worse than its benchmark.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttributeDocument {
    /// The household; null of a table of segments or of a series.
    pub household: Option<String>,
    /// By segment; null where factors are told apart.
    pub attribution: Option<Attributed>,
    /// By factor; null where segments are told apart.
    pub factors: Option<FactorAttribution>,
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

impl Arguments {
    /// The accounts of a folder by quarter, against their policy's mix.
    pub fn folder(folder: PathBuf) -> Self {
        Self {
            history: HistoryArguments::folder(folder),
            segments: None,
            method: MethodArgument::BrinsonFachler,
            interaction: None,
            linking: None,
            cash_rates: Vec::new(),
            factors: FactorArguments::none(),
            net_of: None,
            every: Some(EveryArgument::Quarter),
            output: TableArguments { csv: None },
        }
    }

    /// Options of books, beside a table of segments that has none.
    fn without_books(&self) -> Vec<Diagnostic> {
        let history = &self.history;
        let given = [
            ("--cash-rate", !self.cash_rates.is_empty()),
            ("--net-of", self.net_of.is_some()),
            ("--every", self.every.is_some()),
            ("--from", history.from.is_some()),
            ("--to", history.to.is_some()),
            ("--currency", history.currency.is_some()),
            ("--allow-short", history.allow_short),
            ("--study", history.study),
        ];
        let given = given.into_iter().filter(|(_, given)| *given).map(|(argument, _)| {
            Diagnostic::error(Code::ARGUMENT, format!("`{argument}` would do nothing: a table of segments is attributed as it is"))
                .help("leave it out, or cut the table to the periods that are meant")
        });
        given.collect()
    }

    fn linking(&self) -> Linking {
        match self.linking.unwrap_or(LinkingArgument::Carino) {
            LinkingArgument::Carino => Linking::Carino,
            LinkingArgument::Menchero => Linking::Menchero,
            LinkingArgument::Grap => Linking::Grap,
            LinkingArgument::Frongello => Linking::Frongello,
        }
    }

    /// The method, or why the arguments name none.
    pub(super) fn method(&self) -> Result<Method, Vec<Diagnostic>> {
        let interaction = match self.interaction.unwrap_or(InteractionArgument::InSelection) {
            InteractionArgument::Separate => Interaction::Separate,
            InteractionArgument::InSelection => Interaction::InSelection,
            InteractionArgument::InAllocation => Interaction::InAllocation,
        };
        let linking = self.linking();
        let without = |argument: &str, why: &str| {
            let told = Diagnostic::error(Code::ARGUMENT, format!("`{argument}` would do nothing: {why}"));
            Err(vec![told.help("leave it out, or choose another `--method`")])
        };
        match self.method {
            MethodArgument::Levels if self.interaction.is_some() => without("--interaction", "level by level it is part of selection"),
            MethodArgument::Geometric if self.interaction.is_some() => without("--interaction", "geometric effects have none"),
            MethodArgument::Geometric if self.linking.is_some() => without("--linking", "geometric effects compound"),
            MethodArgument::BrinsonFachler => Ok(Method::Arithmetic(Model::BrinsonFachler, interaction, linking)),
            MethodArgument::BrinsonHoodBeebower => Ok(Method::Arithmetic(Model::BrinsonHoodBeebower, interaction, linking)),
            MethodArgument::Levels => Ok(Method::Levels(linking)),
            MethodArgument::Currency => Ok(Method::Currency(interaction, linking)),
            MethodArgument::Geometric => Ok(Method::Geometric),
        }
    }
}

/// Does it.
pub fn run(arguments: &Arguments) -> Outcome {
    if let Some(path) = &arguments.factors.factors {
        return match factors::explained(arguments, path) {
            Ok((document, warnings)) => finish(warnings, Ok(document)),
            Err(told) => Outcome::invalid(told),
        };
    }
    let method = match arguments.method() {
        Ok(method) => method,
        Err(told) => return Outcome::invalid(told),
    };
    let table = match &arguments.segments {
        Some(path) => Ok(Some(path.clone())),
        None => arguments.history.paths().map(|paths| paths.segments),
    };
    match table {
        Ok(Some(path)) => {
            let refused = arguments.without_books();
            if !refused.is_empty() {
                return Outcome::invalid(refused);
            }
            let (parsed, hashes) = folder::load_segments(&path);
            let Some(segments) = parsed.value else { return Outcome::invalid(parsed.diagnostics) };
            let told = report(&segments, method).and_then(|told| document(told, hashes, arguments));
            finish(parsed.diagnostics, told)
        }
        Ok(None) => of_accounts(arguments, method),
        Err(told) => Outcome::invalid(told),
    }
}

/// What accounts held, against their policy's mix.
fn of_accounts(arguments: &Arguments, method: Method) -> Outcome {
    let history = match arguments.history.load() {
        Ok(history) => history,
        Err(told) => return Outcome::invalid(told),
    };
    let told = explained(&history, arguments, method);
    finish(history.warnings, told)
}

/// Why accounts and their policy's mix differ.
pub(super) fn explained(history: &AccountHistory, arguments: &Arguments, method: Method) -> Result<AttributeDocument, Vec<Diagnostic>> {
    let Some(policy) = &history.policy else {
        let told = Diagnostic::error(Code::INPUT_FILES, "there is no policy.toml, with whose target mix accounts are compared");
        return Err(vec![told.help("add it to the folder, name one with `--policy`, or give `--segments FILE`")]);
    };
    let abroad = matches!(method, Method::Currency(..));
    if !abroad && !arguments.cash_rates.is_empty() {
        let told = Diagnostic::error(Code::ARGUMENT, "`--cash-rate` would do nothing: only `--method currency` tells currencies apart");
        return Err(vec![told.help("leave it out, or add `--method currency`")]);
    }
    let (record, sleeves) = (history.record(), Sleeves::new(&policy.tree, &history.universe));
    let (groups, cells) = if abroad {
        Groups::of_sleeves_by_currency(&sleeves, &record)
    } else {
        (Groups::of_sleeves(&sleeves, &history.universe), Vec::new())
    };
    let days = days(&record, &groups, arguments.history.span())?;
    let mix = policy_mix(policy, &sleeves, &record, &history.actions, (days.from, &days.dates))?;
    let net = arguments.net_of.unwrap_or(NetArgument::Nothing).into();
    let segments: Segments = if abroad {
        of_books_abroad(&days, &cells, &mix, (&record, &cash_rates(history, &arguments.cash_rates)?), net)?
    } else {
        of_books(&days, &mix, net)
    };
    let segments = segments.without_empty();
    let told = gathered(report(&segments, method)?, &Every::from(arguments.every.unwrap_or(EveryArgument::Month)).stretches(&days.dates));
    let own = document(told, history.hashes.clone(), arguments)?;
    Ok(AttributeDocument { household: Some(history.household.id.clone()), ..own })
}

/// Series of cash rates by currency.
fn cash_rates<'h>(history: &'h AccountHistory, asked: &[String]) -> Result<CashRates<'h>, Vec<Diagnostic>> {
    let read = |text: &String| {
        let unfit = |message: String, help: &str| vec![Diagnostic::error(Code::ARGUMENT, message).help(help)];
        let named = text.split_once('=').and_then(|(currency, series)| Some((currency.parse::<Currency>().ok()?, series)));
        let Some((currency, series)) = named else {
            return Err(unfit(format!("`--cash-rate {text}` names no currency and series"), "write it as `EUR=SERIES`"));
        };
        Ok((currency, performance::series_of(history, series)?))
    };
    asked.iter().map(read).collect()
}

fn document(attribution: Attributed, inputs: Vec<(String, String)>, arguments: &Arguments) -> Result<AttributeDocument, Vec<Diagnostic>> {
    let output = OutputArguments { csv: arguments.output.csv.clone(), pictures: None, theme: PictureTheme::Light };
    let files = output.write(&csv(&attribution), &[]).map_err(|problem| vec![*problem])?;
    let pictures = vec![("attribution", Picture::Bars(bars(&attribution)))];
    Ok(AttributeDocument {
        household: None,
        attribution: Some(attribution),
        factors: None,
        inputs,
        disclaimer: DISCLAIMER,
        pictures,
        files,
    })
}

/// Effects by segment; those that nothing adds to are left out.
fn bars(attribution: &Attributed) -> Bars {
    type Effect = fn(&NodeEffect) -> f64;
    let effects: [(&str, Effect); 4] = [
        ("allocation", |node| node.allocation),
        ("selection", |node| node.selection),
        ("interaction", |node| node.interaction),
        ("currency", |node| node.currency.unwrap_or(0.0)),
    ];
    let series = effects.map(|(name, of)| Series { name: name.to_owned(), values: attribution.segments.iter().map(of).collect() });
    Bars {
        title: "What each part added to the return".to_owned(),
        names: attribution.segments.iter().map(|node| "  ".repeat(node.depth) + &node.name).collect(),
        series: series.into_iter().filter(|series| series.values.iter().any(|value| *value != 0.0)).collect(),
    }
}

fn csv(attribution: &Attributed) -> Csv {
    let header = [
        "segment",
        "depth",
        "portfolio_weight",
        "benchmark_weight",
        "portfolio_return",
        "benchmark_return",
        "allocation",
        "selection",
        "interaction",
        "currency",
        "interest_differential",
        "total",
    ];
    let row = |node: &NodeEffect| {
        let known = [node.portfolio_weight, node.benchmark_weight, node.portfolio_return, node.benchmark_return].map(digits);
        let effects = [node.allocation, node.selection, node.interaction].map(digits);
        let names = [node.name.clone(), node.depth.to_string()];
        names
            .into_iter()
            .chain(known)
            .chain(effects)
            .chain([digits(node.currency), digits(node.interest_differential), digits(node.total)])
            .collect()
    };
    Csv { header: header.map(str::to_owned).to_vec(), rows: attribution.segments.iter().map(row).collect() }
}

impl Document for AttributeDocument {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let mut notes = Vec::new();
        if let Some(told) = &self.attribution {
            page.append(text::head(told)).append(pictured(&self.pictures)).append(text::tables(told));
            notes.extend(text::notes(told));
        }
        if let Some(told) = &self.factors {
            page.append(factors::page(told)).append(pictured(&self.pictures));
            notes.extend(told.notes.iter().cloned());
        }
        page.heading("Notes");
        for note in &notes {
            page.item(note);
        }
        page.item(self.disclaimer);
        page.append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        let household = self.household.as_ref().map(|household| format!("Household {household}"));
        let told = self.attribution.as_ref().map(|told| format!("{} to {}", told.from, told.to));
        let span = told.or_else(|| self.factors.as_ref().map(|told| format!("{} to {}", told.from, told.to)));
        About { of: household.into_iter().chain(span).collect::<Vec<_>>().join(", "), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

/// A fraction in percent with three places: effects are small.
fn precise(fraction: f64) -> Cell {
    percent_to(fraction, 3)
}
