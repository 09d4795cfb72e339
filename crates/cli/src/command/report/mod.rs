//! `evenkeel report`: one page first, then the detail, for those who read it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::page::{Page, Report};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::exit::Status;
use crate::inputs::{FileArguments, InputArguments};

use super::rebalance::{self, DayArguments};
use super::{Document, Outcome};

// Who reads it, and what concerns them.
mod reader;

// What it is made of.
mod facts;

// The first page.
mod first_page;

// What has to be known before anything else.
mod concerns;

// Why trades are proposed.
mod reasons;

// Figures before and after.
mod glance;

// What was earned, and what may come.
mod outlook;

// The parts that follow.
mod sections;

// What it rests on.
mod evidence;

use facts::Facts;
pub use reader::{Part, Reader};

/// Arguments of `evenkeel report`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Folder with files of conventional names, as `rebalance`, `performance` and `backtest` read them. What is not there leaves its
    /// part of the report out.
    #[arg(help_heading = "Inputs")]
    pub folder: PathBuf,
    /// Who reads the report.
    #[arg(long = "for", value_name = "READER", default_value = "investor")]
    pub reader: Reader,
    /// The parts that follow the first page, in this order, in place of those that concern the reader.
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    pub parts: Vec<Part>,
    /// The date of the report; nothing later is looked at. The last one with prices where left out.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
    /// The first day of the period that is reviewed or backtested; that of the first event or price where left out.
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Value with which futures begin, where nothing is held.
    #[arg(long, value_name = "AMOUNT")]
    pub value: Option<f64>,
    /// What is asked of the day.
    #[command(flatten)]
    pub day: DayArguments,
    /// Files in place of those of the folder.
    #[command(flatten)]
    pub files: FileArguments,
    /// Treat this as a study, in which lots may be valued on prices that nobody paid.
    #[arg(long)]
    pub study: bool,
    /// Let the journal's accounts owe cash in between.
    #[arg(long)]
    pub allow_margin: bool,
    /// Whose pages these are: `--brand` of all commands.
    #[arg(skip)]
    pub brand: Option<PathBuf>,
}

impl Arguments {
    /// A report on a folder.
    pub fn folder(folder: PathBuf, reader: Reader) -> Self {
        Self {
            folder,
            reader,
            parts: Vec::new(),
            as_of: None,
            from: None,
            value: None,
            day: DayArguments::default(),
            files: FileArguments::default(),
            study: false,
            allow_margin: false,
            brand: None,
        }
    }

    /// What `rebalance` is asked for the proposal.
    fn of_the_day(&self, as_of: Date) -> rebalance::Arguments {
        let folder = InputArguments::folder(self.folder.clone(), as_of);
        let inputs = InputArguments { files: self.files.clone(), study: self.study, allow_margin: self.allow_margin, ..folder };
        rebalance::Arguments { inputs, day: self.day.clone() }
    }
}

/// A report.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReportDocument {
    /// What it is called.
    pub title: String,
    /// Of whom and when.
    pub subtitle: String,
    /// The date.
    pub as_of: Date,
    /// Who reads it.
    pub reader: String,
    /// The command that makes it again.
    pub command: String,
    /// SHA-256 of each input, by name.
    pub inputs: Vec<(String, String)>,
    /// Each part that it is made of, as the command of that name gives it: `rebalance`, `stress`, `risk`, `trade_off`, `performance`,
    /// `attribute`, `frontier`, `simulate`, `backtest`.
    pub parts: BTreeMap<&'static str, serde_json::Value>,
    #[serde(skip)]
    report: Report,
}

/// Makes it.
pub fn run(arguments: &Arguments) -> Outcome {
    let parts = if arguments.parts.is_empty() { arguments.reader.parts() } else { &arguments.parts };
    let facts = match Facts::gather(arguments, parts) {
        Ok(facts) => facts,
        Err(told) => return Outcome::invalid(told),
    };
    let mut left_out = Vec::new();
    let mut found = Vec::new();
    for part in parts {
        match sections::section(*part, &facts, arguments.reader) {
            Ok(section) => found.extend(section),
            Err(told) => left_out.push((*part, told)),
        }
    }
    if let (true, Some((_, told))) = (found.is_empty(), left_out.first()) {
        return Outcome::invalid(told.clone());
    }
    let evidence = match evidence::Evidence::new(arguments, &facts) {
        Ok(evidence) => evidence,
        Err(told) => return Outcome::invalid(told),
    };
    found.push(evidence.section(&facts, &left_out));
    let (title, subtitle) = (arguments.reader.title().to_owned(), subtitle(&facts));
    let report =
        Report { title: title.clone(), subtitle: subtitle.clone(), summary: first_page::page(&facts, arguments.reader), sections: found };
    let is_refused = facts.household.as_ref().is_ok_and(|household| household.proposal().refused);
    match facts.json() {
        Ok(parts) => {
            let evidence::Evidence { command, inputs } = evidence;
            let (as_of, reader, inputs) = (facts.as_of, evidence::named(&arguments.reader), inputs.into_iter().collect());
            let document = ReportDocument { title, subtitle, as_of, reader, command, inputs, parts, report };
            let status = if is_refused { Status::Refused } else { Status::Done };
            Outcome { status, ..Outcome::done(document, facts.warnings) }
        }
        Err(error) => Outcome::invalid(vec![Diagnostic::error(Code::OUTPUT, error.to_string())]),
    }
}

/// Of whom and when.
fn subtitle(facts: &Facts) -> String {
    match &facts.household {
        Ok(household) => {
            let proposal = household.proposal();
            format!("Household {}, policy “{}”, {}", proposal.household, proposal.policy, facts.as_of)
        }
        Err(_) => facts.as_of.to_string(),
    }
}

impl Document for ReportDocument {
    fn page(&self) -> Page {
        self.report.page()
    }

    fn report(&self, _: &str) -> Report {
        self.report.clone()
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
