//! `evenkeel check`: what is wrong with a policy or a folder, and what the policy means.

use std::path::{Path, PathBuf};

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::policy::{Policy, explain};
use evenkeel_io::source::Source;
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::console::Style;
use crate::inputs::InputArguments;
use crate::render::text::wrap;

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
}

/// Reads and explains.
pub fn run(arguments: &Arguments) -> Outcome {
    let read = if arguments.path.is_dir() { check_folder(arguments) } else { read_policy(&arguments.path) };
    match read {
        Ok((policy, warnings)) => Outcome::done(Meaning { sentences: explain(&policy), policy: policy.name }, warnings),
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

/// A policy and what should be known of it, or what is wrong with it.
pub(super) fn read_policy(path: &Path) -> Result<(Policy, Vec<Diagnostic>), Vec<Diagnostic>> {
    let source = Source::open(path).map_err(|problem| vec![*problem])?;
    let parsed = Policy::parse(source.text().map_err(|problem| vec![*problem])?);
    match parsed.value {
        Some(policy) => Ok((policy, parsed.diagnostics)),
        None => Err(parsed.diagnostics),
    }
}

fn check_folder(arguments: &Arguments) -> Result<(Policy, Vec<Diagnostic>), Vec<Diagnostic>> {
    let Some(as_of) = arguments.as_of else {
        let message = format!("`{}` is a folder, and its files are checked for a date", arguments.path.display());
        return Err(vec![Diagnostic::error(Code::ARGUMENT, message).help("add `--as-of YYYY-MM-DD`")]);
    };
    let inputs = InputArguments::folder(&arguments.path, as_of).load()?;
    Ok((inputs.policy, inputs.warnings))
}

impl Document for Meaning {
    fn text(&self, _: Style) -> String {
        self.sentences.iter().map(|sentence| wrap("- ", sentence)).collect()
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
