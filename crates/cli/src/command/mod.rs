//! One file a subcommand: its arguments, what it does, and the document that it gives.

use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel_io::page::{Page, Report};
use serde::Serialize;

use crate::SCHEMA_VERSION;
use crate::arguments::Command;
use crate::evidence::{About, Evidence};
use crate::exit::Status;

pub mod advise_band;

pub mod allocate;

pub mod attribute;

pub mod backtest;

pub mod batch;

pub mod check;

pub mod cluster;

pub mod compare;

pub mod comply;

pub mod demo;

pub mod drift;

pub mod estimate;

pub mod explain;

pub mod frontier;

pub mod generate;

pub mod harvest;

pub mod init;

pub mod journal;

pub mod locate;

pub mod lots;

pub mod optimize;

pub mod overlay;

pub mod performance;

pub mod policy;

pub mod rebalance;

pub mod replay;

pub mod report;

pub mod risk;

pub mod simulate;

pub mod stress;

pub mod sweep;

pub mod tax_year;

pub mod trade_off;

pub mod walk_forward;

pub mod wash_check;

/// What a subcommand gives: a document for people and for programs.
pub trait Document {
    /// For people: at most [`WIDTH`](crate::render::WIDTH) columns, a line feed at the end.
    fn page(&self) -> Page;

    /// Of whom and of which day it is.
    fn about(&self) -> About {
        About::default()
    }

    /// The same under a title and with its evidence, for browsers, paper and workbooks.
    fn report(&self, title: &str, evidence: &Evidence) -> Report {
        evidence.close(Report { subtitle: self.about().to_string(), ..Report::of(title, self.page()) })
    }

    /// For programs.
    ///
    /// # Errors
    /// Where a value has no JSON form.
    fn json(&self) -> Result<serde_json::Value, serde_json::Error>;
}

/// How a subcommand ended.
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// What was wrong or should be known.
    pub diagnostics: Vec<Diagnostic>,
    /// The result; `None` where the inputs cannot be used.
    pub document: Option<Box<dyn Document>>,
}

impl Outcome {
    /// Done, with what should be known.
    pub fn done(document: impl Document + 'static, diagnostics: Vec<Diagnostic>) -> Self {
        Self { status: Status::Done, diagnostics, document: Some(Box::new(document)) }
    }

    /// The inputs cannot be used. A price that is missing where it is needed is told as that error alone.
    pub fn invalid(mut diagnostics: Vec<Diagnostic>) -> Self {
        let symbol = |told: &Diagnostic| told.message.split('`').nth(1).map(str::to_owned);
        let missing = |told: &Diagnostic, is_error: bool| told.code == Code::NO_PRICE && told.is_error() == is_error;
        let needed: Vec<Option<String>> = diagnostics.iter().filter(|told| missing(told, true)).map(symbol).collect();
        diagnostics.retain(|told| !missing(told, false) || !needed.contains(&symbol(told)));
        debug_assert!(has_errors(&diagnostics), "an input is refused for an error");
        Self { status: Status::Invalid, diagnostics, document: None }
    }
}

/// A result with the warnings of its inputs, or what keeps it from being found.
pub fn finish<D: Document + 'static>(mut diagnostics: Vec<Diagnostic>, found: Result<D, Vec<Diagnostic>>) -> Outcome {
    match found {
        Ok(document) => Outcome::done(document, diagnostics),
        Err(errors) => {
            diagnostics.extend(errors);
            Outcome::invalid(diagnostics)
        }
    }
}

/// What a program reads from standard output under `--json`: always one of these.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Envelope<T> {
    /// Version of this document's schema.
    pub schema_version: u32,
    /// The subcommand.
    pub command: String,
    /// How it ended.
    pub status: Status,
    /// What was wrong or should be known.
    pub diagnostics: Vec<Diagnostic>,
    /// What the subcommand gives; `null` where the inputs cannot be used.
    pub result: Option<T>,
}

/// An outcome as a program reads it.
///
/// # Errors
/// Where a value has no JSON form.
pub fn envelope(command: &str, outcome: &Outcome) -> Result<String, serde_json::Error> {
    let envelope = Envelope {
        schema_version: SCHEMA_VERSION,
        command: command.to_owned(),
        status: outcome.status,
        diagnostics: outcome.diagnostics.clone(),
        result: outcome.document.as_ref().map(|document| document.json()).transpose()?,
    };
    Ok(serde_json::to_string_pretty(&envelope)? + "\n")
}

impl Command {
    /// The name under which it was asked for.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Check(_) => "check",
            Self::Policy(_) => "policy diff",
            Self::Allocate(_) => "allocate",
            Self::Attribute(_) => "attribute",
            Self::Estimate(_) => "estimate",
            Self::Cluster(_) => "cluster",
            Self::Frontier(_) => "frontier",
            Self::Optimize(_) => "optimize",
            Self::Overlay(_) => "overlay",
            Self::Performance(_) => "performance",
            Self::Drift(_) => "drift",
            Self::Rebalance(_) => "rebalance",
            Self::Harvest(_) => "harvest",
            Self::Locate(_) => "locate",
            Self::Lots(_) => "lots",
            Self::AdviseBand(_) => "advise-band",
            Self::WalkForward(_) => "walk-forward",
            Self::WashCheck(_) => "wash-check",
            Self::Simulate(_) => "simulate",
            Self::Stress(_) => "stress",
            Self::Risk(_) => "risk",
            Self::Comply(_) => "comply",
            Self::Init(_) => "init",
            Self::Journal(arguments) => arguments.action.name(),
            Self::Batch(_) => "batch",
            Self::Replay(_) => "replay",
            Self::Report(_) => "report",
            Self::TaxYear(_) => "tax-year",
            Self::TradeOff(_) => "trade-off",
            Self::Backtest(_) => "backtest",
            Self::Compare(_) => "compare",
            Self::Sweep(_) => "sweep",
            Self::Generate(_) => "generate",
            Self::Demo(_) => "demo",
            Self::Explain(_) => "explain",
        }
    }

    /// What its page is called.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Check(_) => "What a policy means",
            Self::Policy(_) => "What changed in a policy",
            Self::Allocate(_) => "Profiles side by side",
            Self::Attribute(_) => "Attribution of the return",
            Self::Estimate(_) => "Expected returns and risk",
            Self::Cluster(_) => "Clusters of assets",
            Self::Frontier(_) => "Efficient frontier",
            Self::Optimize(_) => "Optimized weights",
            Self::Overlay(_) => "Tactical overlay",
            Self::Performance(_) => "Performance",
            Self::Drift(_) => "Drift from target",
            Self::Rebalance(_) => "Rebalancing proposal",
            Self::Harvest(_) => "Losses to harvest",
            Self::Locate(_) => "Asset location",
            Self::Lots(_) => "Tax lots",
            Self::AdviseBand(_) => "Advice on bands",
            Self::WalkForward(_) => "Walk-forward test",
            Self::WashCheck(_) => "Wash-sale check",
            Self::Simulate(_) => "Many futures",
            Self::Stress(_) => "Stress test",
            Self::Risk(_) => "Risk",
            Self::Comply(_) => "Compliance with limits",
            Self::Init(_) => "Files to start from",
            Self::Journal(arguments) => arguments.action.title(),
            Self::Batch(_) => "Proposals for a book of accounts",
            Self::Replay(_) => "Replay of a proposal",
            Self::Report(_) => "Report",
            Self::TaxYear(_) => "Tax of a year",
            Self::TradeOff(_) => "Tax and cost against closeness to target",
            Self::Backtest(_) => "Backtest",
            Self::Compare(_) => "Policies compared",
            Self::Sweep(_) => "Sweep over the keys of a policy",
            Self::Generate(_) => "Synthetic book",
            Self::Demo(_) => "Demonstration",
            Self::Explain(_) => "Meaning of a code",
        }
    }

    /// Does it.
    pub fn run(&self) -> Outcome {
        match self {
            Self::Check(arguments) => check::run(arguments),
            Self::Policy(arguments) => policy::run(arguments),
            Self::Allocate(arguments) => allocate::run(arguments),
            Self::Attribute(arguments) => attribute::run(arguments),
            Self::Estimate(arguments) => estimate::run(arguments),
            Self::Cluster(arguments) => cluster::run(arguments),
            Self::Frontier(arguments) => frontier::run(arguments),
            Self::Optimize(arguments) => optimize::run(arguments),
            Self::Overlay(arguments) => overlay::run(arguments),
            Self::Performance(arguments) => performance::run(arguments),
            Self::Drift(arguments) => drift::run(arguments),
            Self::Rebalance(arguments) => rebalance::run(arguments),
            Self::Harvest(arguments) => harvest::run(arguments),
            Self::Locate(arguments) => locate::run(arguments),
            Self::Lots(arguments) => lots::run(arguments),
            Self::AdviseBand(arguments) => advise_band::run(arguments),
            Self::WalkForward(arguments) => walk_forward::run(arguments),
            Self::WashCheck(arguments) => wash_check::run(arguments),
            Self::Simulate(arguments) => simulate::run(arguments),
            Self::Stress(arguments) => stress::run(arguments),
            Self::Risk(arguments) => risk::run(arguments),
            Self::Comply(arguments) => comply::run(arguments),
            Self::Init(arguments) => init::run(arguments),
            Self::Journal(arguments) => journal::run(arguments),
            Self::Batch(arguments) => batch::run(arguments),
            Self::Replay(arguments) => replay::run(arguments),
            Self::Report(arguments) => report::run(arguments),
            Self::TaxYear(arguments) => tax_year::run(arguments),
            Self::TradeOff(arguments) => trade_off::run(arguments),
            Self::Backtest(arguments) => backtest::run(arguments),
            Self::Compare(arguments) => compare::run(arguments),
            Self::Sweep(arguments) => sweep::run(arguments),
            Self::Generate(arguments) => generate::run(arguments),
            Self::Demo(arguments) => demo::run(arguments),
            Self::Explain(arguments) => explain::run(arguments),
        }
    }
}
