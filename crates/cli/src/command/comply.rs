//! `evenkeel comply`: whether what is held keeps every limit, and whether the proposal of the day would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use evenkeel::comply::{Breach, Check, Status as Stands};
use evenkeel::diagnostic::Diagnostic;
use evenkeel::observance::{Cause, Observance, Occasion, Test, observe};
use evenkeel::policy::Attribute;
use evenkeel::run::DISCLAIMER;
use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Money;
use serde::Serialize;

use crate::account_history::HistoryArguments;
use crate::evidence::About;
use crate::exit::Status;
use crate::inputs::{InputArguments, Inputs};
use crate::render::number::{counted, percent};
use crate::render::sections;
use crate::render::table::{Column, Table};

use super::risk::subject;
use super::{Document, Outcome};

/// Arguments of `evenkeel comply`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Check the proposal of the day, before and after, and tell what it breaks from what the market broke.
    #[arg(long)]
    pub proposal: bool,
}

/// How a book stands to every limit of its policy.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComplyReport {
    /// The household.
    pub household: String,
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// Value of everything, with the flows of the day.
    pub value: Money,
    /// Whether the limits are those of a proposal, before and after; else of what is held, and both are the same.
    pub of_proposal: bool,
    /// Number of trades of the proposal.
    pub trades: usize,
    /// Every limit; `breach` tells active from passive where a proposal is checked.
    pub checks: Vec<Check>,
    /// Limits of law on the days on which the law tests them, where the policy has some and a journal tells what happened: closes of
    /// quarters for section 851, and acquisitions that broke the limit of the 1940 Act.
    pub tests: Vec<Test>,
    /// What is not checked, and what should be known of the limits.
    pub notes: Vec<String>,
    /// What this is not.
    pub disclaimer: String,
}

/// Checks.
pub fn run(arguments: &Arguments) -> Outcome {
    match arguments.inputs.load() {
        Ok(inputs) => {
            let observed = observed(&arguments.inputs, &inputs);
            told(inputs, arguments.proposal, observed)
        }
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

/// What laws found on the days on which they look at holdings, from the journal; or why that is not told. `None` where the policy has no
/// limit of such a law.
pub(super) fn observed(own: &InputArguments, inputs: &Inputs) -> Option<Result<Observance, String>> {
    inputs.policy.limits.iter().any(|limit| limit.law.is_some()).then(|| {
        let first = |told: Vec<Diagnostic>| told.first().map_or_else(String::new, |told| told.message.clone());
        let paths = own.paths().map_err(first)?;
        if paths.journal.is_none() || paths.holdings.is_some() {
            return Err("holdings stand alone, without the journal of all that happened".to_owned());
        }
        let files = own.files.clone();
        let history = HistoryArguments {
            folder: own.folder.clone(),
            household: files.household,
            instruments: files.instruments,
            prices: files.prices,
            fx: files.fx,
            policy: files.policy,
            to: Some(own.as_of),
            study: own.study,
            ..HistoryArguments::folder(PathBuf::new())
        };
        let history = history.load().map_err(first)?;
        observe(&history.record(), inputs.mandate().rules(), &inputs.policy.limits, own.as_of).map_err(first)
    })
}

/// That it is not known how limits of law came to be broken, and why.
pub(super) fn unobserved(why: &str) -> String {
    let lawful = "Limits of the 1940 Act and of section 851 are tested after acquisitions and at the close of quarters, and tolerate what the \
                  market alone did";
    format!("{lawful}; what did it is not told: {why}.")
}

/// Checks the holdings of a run, or its proposal: refused where a hard limit is broken after, or may be by what cannot be told.
pub fn report(inputs: Inputs, proposal: bool) -> Outcome {
    told(inputs, proposal, None)
}

fn told(inputs: Inputs, proposal: bool, observed: Option<Result<Observance, String>>) -> Outcome {
    match checked(&inputs, proposal) {
        Ok(mut report) => {
            report.add(observed);
            let mut diagnostics = inputs.warnings;
            diagnostics.extend(report.checks.iter().filter_map(Check::diagnostic));
            let status = if report.broken(true) + report.untold() > 0 { Status::Refused } else { Status::Done };
            Outcome { status, ..Outcome::done(report, diagnostics) }
        }
        Err(errors) => Outcome::invalid(inputs.warnings.into_iter().chain(errors).collect()),
    }
}

fn checked(inputs: &Inputs, of_proposal: bool) -> Result<ComplyReport, Vec<Diagnostic>> {
    let mandate = inputs.mandate();
    let subject = subject(inputs);
    let measured = mandate.measure(&subject)?;
    let (checks, trades) = if of_proposal {
        let proposal = mandate.propose(&subject, inputs.provenance.clone())?;
        (proposal.checks, proposal.trades.len())
    } else {
        let held = mandate.rules().measure(&measured.state);
        // Nothing is proposed, so nothing that is broken was broken by a proposal.
        let checks = mandate.rules().check(&held, &held).into_iter().map(|check| Check { breach: None, ..check });
        (checks.collect(), 0)
    };
    Ok(ComplyReport {
        household: inputs.household.id.clone(),
        policy: inputs.policy.name.clone(),
        as_of: inputs.market.as_of,
        value: measured.value,
        of_proposal,
        trades,
        tests: Vec::new(),
        notes: bases(&checks).chain(notes(inputs)).collect(),
        checks,
        disclaimer: DISCLAIMER.to_owned(),
    })
}

/// What limits on risk rest on.
fn bases(checks: &[Check]) -> impl Iterator<Item = String> {
    checks.iter().filter_map(|check| Some(format!("`{}` rests on {}.", check.limit, check.basis.as_ref()?)))
}

/// What limits on issuers do not see.
fn notes(inputs: &Inputs) -> Vec<String> {
    if !inputs.policy.limits.iter().any(|limit| limit.each == Some(Attribute::Issuer)) {
        return Vec::new();
    }
    let mut notes = vec![
        "Issuers are those that instruments.csv names. What else a rule of law asks is not checked: shares of an issuer's votes (10 % in \
         Art. 56 of the UCITS Directive, section 5(b)(1) of the 1940 Act and IRC section 851(b)(3)), groups of companies."
            .to_owned(),
    ];
    let mut spellings: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for issuer in inputs.universe.iter().filter_map(|(_, instrument)| instrument.issuer.as_deref()) {
        spellings.entry(issuer.to_lowercase()).or_default().insert(issuer);
    }
    notes.extend(spellings.into_values().filter(|names| names.len() > 1).map(|names| {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        format!("{} differ in capitals alone, and count as {} issuers.", names.join(" and "), names.len())
    }));
    notes
}

impl ComplyReport {
    /// Adds what laws found on the days on which they look at holdings.
    fn add(&mut self, observed: Option<Result<Observance, String>>) {
        let found = match observed {
            None => return,
            Some(Err(why)) => {
                self.notes.push(unobserved(&why));
                return;
            }
            Some(Ok(found)) => found,
        };
        found.tolerate(&mut self.checks);
        self.tests = found.tests;
        let told = self.tolerated().filter_map(|check| Some((check, check.tolerated?)));
        let told = told.map(|(check, section)| format!("`{}` is above by what the market alone did: {section} tolerates it.", check.limit));
        self.notes.extend(told.collect::<Vec<_>>());
    }

    /// Limits that are broken after by what the market alone did, which their law tolerates.
    fn tolerated(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.status_after == Stands::Broken && check.tolerated.is_some())
    }

    /// Tests of law that were not passed, and the closes of quarters.
    fn tested(&self) -> Page {
        if self.tests.is_empty() {
            return Page::new();
        }
        let mut table = Table::new([
            Column::Name("Limit of law"),
            Column::Name("Tested"),
            Column::Number("Measured"),
            Column::Number("At most"),
            Column::Text(""),
        ]);
        for test in &self.tests {
            let occasion = if test.occasion == Occasion::QuarterEnd { "close of quarter" } else { "acquisition" };
            table.row([
                test.limit.clone().into(),
                format!("{} {occasion}", test.date).into(),
                test.measured.map(percent).unwrap_or_default(),
                percent(test.at_most),
                finding(test).into(),
            ]);
        }
        Page::of_table("When the law looked", table)
    }

    /// Hard limits that may be broken by what cannot be told of them.
    fn untold(&self) -> usize {
        self.checks.iter().filter(|check| check.hard && check.may_be_broken()).count()
    }

    /// Limits that are broken after.
    fn broken(&self, only_hard: bool) -> usize {
        let is_told = |check: &&Check| check.status_after == Stands::Broken && check.tolerated.is_none();
        self.checks.iter().filter(is_told).filter(|check| check.hard || !only_hard).count()
    }

    /// The answer in a sentence with numbers.
    fn headline(&self) -> String {
        let all = self.checks.len();
        let unknown = self.checks.iter().filter(|check| check.is_untold()).count();
        let unknown = if unknown > 0 { format!("; {unknown} cannot be told") } else { String::new() };
        let tolerated = match self.tolerated().count() {
            0 => String::new(),
            above => format!("; what the market alone did to {above} of them its law tolerates"),
        };
        let of = |breach: Breach| self.checks.iter().filter(|check| check.breach == Some(breach)).count();
        let how = match (self.of_proposal, of(Breach::Active), of(Breach::Passive)) {
            (false, ..) => String::new(),
            (true, active, passive) => format!(" after {} ({active} active, {passive} passive)", counted(self.trades, "trade")),
        };
        let is_anything_measured = all == 0 || self.checks.iter().any(|check| check.after.is_some());
        match (all, self.broken(false)) {
            (_, 0) if !is_anything_measured => format!("COMPLIANCE: none of {} can be told of what is held.", counted(all, "limit")),
            (0, _) => "COMPLIANCE: the policy has no limits.".to_owned(),
            (_, 0) => format!("COMPLIANCE: no limit of {all} is broken{how}{unknown}{tolerated}."),
            (_, broken) => {
                format!("COMPLIANCE: {broken} of {all} limits BROKEN{how}, {} of them hard{unknown}{tolerated}.", self.broken(true))
            }
        }
    }
}

/// What a test of law says.
fn finding(test: &Test) -> String {
    let by = test.acquired.as_ref().map_or_else(String::new, |(date, symbols)| format!(" by buying {} on {date}", symbols.join(", ")));
    let cure = match (test.cured, test.cure_until) {
        (Some(true), Some(until)) => format!("; done away with by {until}"),
        (Some(false), Some(until)) => format!("; not done away with by {until}"),
        (None, Some(until)) => format!("; can be done away with until {until}"),
        _ => String::new(),
    };
    match test.cause {
        None => "kept".to_owned(),
        Some(Cause::Market) => "above by the market alone: no breach".to_owned(),
        Some(Cause::NeverMet) => "BREACH: never met before at the close of a quarter".to_owned(),
        Some(Cause::Acquisition) if test.is_breach => format!("BREACH{by}{cure}"),
        Some(Cause::Acquisition) => format!("above{by}{cure}: no breach"),
    }
}

impl Document for ComplyReport {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.say(self.headline());
        let worth = evenkeel::words::amount(self.value);
        page.say(format!("Household {}, policy “{}”, {}, worth {worth}.", self.household, self.policy, self.as_of));
        page.append(sections::limits(&self.checks, self.of_proposal)).append(self.tested());
        for note in &self.notes {
            page.item(note);
        }
        page.say(&self.disclaimer);
        page
    }

    fn about(&self) -> About {
        About::household(&self.household, &self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
