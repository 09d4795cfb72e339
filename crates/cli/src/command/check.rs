//! `evenkeel check`: what is wrong with a policy or a folder, and what the policy means.

use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel::market::{inspect, snapshot};
use evenkeel::policy::{Policy, explain};
use evenkeel::target::check_limits;
use evenkeel_io::folder;
use evenkeel_io::page::Page;
use evenkeel_io::source::Source;
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::evidence::About;
use crate::exit::Status;
use crate::inputs::{InputArguments, Inputs, missing};
use crate::needs::needed;
use crate::render::number::counted;

use super::rebalance::{self, DayArguments};
use super::{Document, Outcome};

/// Arguments of `evenkeel check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A policy file, or a folder with all inputs.
    pub path: PathBuf,
    /// The date for which a folder's files are checked; needed with a folder.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
}

/// What a policy means.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Meaning {
    /// Its name.
    pub policy: String,
    /// What it means, a sentence each.
    pub sentences: Vec<String>,
    /// What the other files of a folder hold, a sentence each; empty for a policy alone.
    pub files: Vec<String>,
}

/// Reads and explains.
pub fn run(arguments: &Arguments) -> Outcome {
    let read = if arguments.path.is_dir() {
        check_folder(arguments)
    } else {
        read_policy(&arguments.path).map(|(policy, warnings)| Outcome::done(Meaning::of(&policy, Vec::new()), warnings))
    };
    read.unwrap_or_else(Outcome::invalid)
}

impl Meaning {
    fn of(policy: &Policy, files: Vec<String>) -> Self {
        Self { policy: policy.name.clone(), sentences: explain(policy), files }
    }
}

/// A policy and what should be known of it, or what is wrong with it.
pub(super) fn read_policy(path: &Path) -> Result<(Policy, Vec<Diagnostic>), Vec<Diagnostic>> {
    if let Some(told) = table_for_policy(path) {
        return Err(vec![told]);
    }
    let source = Source::open(path).map_err(|problem| vec![*problem])?;
    let parsed = Policy::parse(source.text().map_err(|problem| vec![*problem])?);
    match parsed.value {
        Some(policy) => {
            let broken = check_limits(&policy, None);
            Ok((policy, parsed.diagnostics.into_iter().chain(broken).collect()))
        }
        None => Err(parsed.diagnostics),
    }
}

/// A table in the place of a policy, which would be a defect in each of its lines.
fn table_for_policy(path: &Path) -> Option<Diagnostic> {
    const TABLES: [&str; 3] = ["csv", "jsonl", "parquet"];
    let is_table = path.extension().is_some_and(|extension| TABLES.iter().any(|table| extension.eq_ignore_ascii_case(table)));
    let message = format!("`{}` is a table, and a policy is a TOML file", path.display());
    let help = "name a policy; the tables of a folder are checked with it: `evenkeel check FOLDER --as-of YYYY-MM-DD`";
    is_table.then(|| Diagnostic::error(Code::ARGUMENT, message).help(help))
}

/// Reads all files of a folder and tells what a run of it would be refused for, also what is missing.
fn check_folder(arguments: &Arguments) -> Result<Outcome, Vec<Diagnostic>> {
    let Some(as_of) = arguments.as_of else {
        let message = format!("`{}` is a folder, and its files are checked for a date", arguments.path.display());
        return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help("add `--as-of YYYY-MM-DD`")]);
    };
    let input = InputArguments::folder(arguments.path.clone(), as_of);
    let paths = input.paths()?;
    let (read, mut told) = input.read(&paths)?;
    told.extend(missing(&paths));
    told.extend(read.policy.iter().flat_map(|policy| needed(policy, &read, &paths)));
    let mut earlier = Vec::new();
    if let (Some(policy), Some(prices), Some(universe)) = (&read.policy, &read.prices, &read.universe) {
        earlier = inspect(prices, universe, as_of, &policy.prices);
        if has_errors(&told) {
            told.extend(snapshot(prices, universe, &read.fx, as_of, &policy.prices).1);
        }
    }
    let files = what_was_read(&read);
    let bound = if has_errors(&told) { Err(told) } else { input.bind(read, &paths, told) };
    let mut outcome = match bound {
        Ok(inputs) => rehearsed(inputs, files),
        Err(told) => Outcome::invalid(told),
    };
    // What concerns the day is told already, with what becomes of it.
    earlier.retain(|earlier| !outcome.diagnostics.iter().any(|now| now.message.starts_with(&earlier.message)));
    outcome.diagnostics.extend(earlier);
    Ok(outcome)
}

/// What the inputs mean, and what a run of them would be told, without its answer.
fn rehearsed(inputs: Inputs, files: Vec<String>) -> Outcome {
    let meaning = Meaning::of(&inputs.policy, files);
    let run = rebalance::report(inputs, &DayArguments::default());
    Outcome { document: (run.status != Status::Invalid).then(|| Box::new(meaning) as Box<dyn Document>), ..run }
}

/// What the other files hold, a sentence each.
fn what_was_read(read: &folder::Inputs) -> Vec<String> {
    let household = read.household.as_ref().map(|household| {
        format!(
            "Household `{}`: {}, {}.",
            household.id,
            counted(household.owners.len(), "owner"),
            counted(household.accounts.len(), "account")
        )
    });
    let universe = read.universe.as_ref().map(|universe| format!("{} may be held.", counted(universe.len(), "instrument")));
    let holdings = read.holdings.as_ref().map(|holdings| {
        let lots: usize = holdings.accounts.iter().map(|account| account.lots().len()).sum();
        format!("{} held on {}.", counted(lots, "lot"), holdings.as_of)
    });
    let journal = read.journal.as_ref().map(|recorded| format!("{} in the journal.", counted(recorded.added().len(), "event")));
    let prices = read.prices.as_ref().map(|prices| format!("{} read.", counted(prices.series.iter().map(Vec::len).sum(), "price")));
    [household, universe, holdings, journal, prices].into_iter().flatten().collect()
}

impl Document for Meaning {
    fn page(&self) -> Page {
        let mut page = Page::new();
        for sentence in self.sentences.iter().chain(&self.files) {
            page.item(sentence);
        }
        page
    }

    fn about(&self) -> About {
        About { of: format!("Policy “{}”", self.policy), as_of: None }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
