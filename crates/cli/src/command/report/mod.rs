//! `evenkeel report`: one page first, then the detail, for those who read it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::page::{Page, Report};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::evidence::{About, Evidence, Invocation};
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

// What was left out, and what it rests on.
mod methods;

use facts::Facts;
use methods::Methods;
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
    /// How it was asked for.
    #[arg(skip)]
    pub invocation: Invocation,
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
            invocation: Invocation::default(),
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
    /// What the parts do not tell: why some are left out, and what should be known of the proposal.
    #[serde(skip)]
    methods: Methods,
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
    let methods = Methods::new(&facts, &left_out, &arguments.invocation);
    let about = about(&facts);
    let evidence = Evidence::new(&arguments.invocation, about.as_of, &facts.warnings);
    let (title, subtitle) = (arguments.reader.title().to_owned(), about.to_string());
    let (summary, told) = (first_page::page(&facts, arguments.reader), Some(methods.section(&evidence)));
    let report = Report { title: title.clone(), subtitle: subtitle.clone(), summary, sections: found, evidence: told };
    let is_refused = facts.household.as_ref().is_ok_and(|household| household.proposal().refused);
    match facts.json() {
        Ok(parts) => {
            let Evidence { command, inputs, .. } = evidence;
            let (as_of, reader, inputs) = (facts.as_of, arguments.reader.name(), inputs.into_iter().collect());
            let document = ReportDocument { title, subtitle, as_of, reader, command, inputs, parts, report, methods };
            let status = if is_refused { Status::Refused } else { Status::Done };
            Outcome { status, ..Outcome::done(document, facts.warnings) }
        }
        Err(error) => Outcome::invalid(vec![Diagnostic::error(Code::OUTPUT, error.to_string())]),
    }
}

fn about(facts: &Facts) -> About {
    match &facts.household {
        Ok(household) => {
            let proposal = household.proposal();
            About::household(&proposal.household, &proposal.policy, facts.as_of)
        }
        Err(_) => About { of: String::new(), as_of: Some(facts.as_of) },
    }
}

impl Document for ReportDocument {
    fn page(&self) -> Page {
        self.report.page()
    }

    fn about(&self) -> About {
        About { of: String::new(), as_of: Some(self.as_of) }
    }

    fn report(&self, _: &str, evidence: &Evidence) -> Report {
        Report { evidence: Some(self.methods.section(evidence)), ..self.report.clone() }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
