//! `evenkeel comply`: whether what is held keeps every limit, and whether the proposal of the day would.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use evenkeel::comply::{Breach, Check, Status as Stands};
use evenkeel::diagnostic::Diagnostic;
use evenkeel::policy::Attribute;
use evenkeel::run::DISCLAIMER;
use evenkeel_io::page::Page;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Money;
use serde::Serialize;

use crate::exit::Status;
use crate::inputs::{InputArguments, Inputs};
use crate::render::number::counted;
use crate::render::sections;

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
    /// What is not checked, and what should be known of the limits.
    pub notes: Vec<String>,
    /// What this is not.
    pub disclaimer: String,
}

/// Checks.
pub fn run(arguments: &Arguments) -> Outcome {
    match arguments.inputs.load() {
        Ok(inputs) => report(inputs, arguments.proposal),
        Err(diagnostics) => Outcome::invalid(diagnostics),
    }
}

/// Checks the holdings of a run, or its proposal: refused where a hard limit is broken after, or may be by what cannot be told.
pub fn report(inputs: Inputs, proposal: bool) -> Outcome {
    match checked(&inputs, proposal) {
        Ok(report) => {
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
    /// Hard limits that may be broken by what cannot be told of them.
    fn untold(&self) -> usize {
        self.checks.iter().filter(|check| check.hard && check.may_be_broken()).count()
    }

    /// Limits that are broken after.
    fn broken(&self, only_hard: bool) -> usize {
        self.checks.iter().filter(|check| check.status_after == Stands::Broken && (check.hard || !only_hard)).count()
    }

    /// The answer in a sentence with numbers.
    fn headline(&self) -> String {
        let all = self.checks.len();
        let unknown = self.checks.iter().filter(|check| check.is_untold()).count();
        let unknown = if unknown > 0 { format!("; {unknown} cannot be told") } else { String::new() };
        let of = |breach: Breach| self.checks.iter().filter(|check| check.breach == Some(breach)).count();
        let how = match (self.of_proposal, of(Breach::Active), of(Breach::Passive)) {
            (false, ..) => String::new(),
            (true, active, passive) => format!(" after {} ({active} active, {passive} passive)", counted(self.trades, "trade")),
        };
        match (all, self.broken(false)) {
            (0, _) => "COMPLIANCE: the policy has no limits.".to_owned(),
            (_, 0) => format!("COMPLIANCE: no limit of {all} is broken{how}{unknown}."),
            (_, broken) => format!("COMPLIANCE: {broken} of {all} limits BROKEN{how}, {} of them hard{unknown}.", self.broken(true)),
        }
    }
}

impl Document for ComplyReport {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.say(self.headline());
        let worth = evenkeel::words::amount(self.value);
        page.say(format!("Household {}, policy “{}”, {}, worth {worth}.", self.household, self.policy, self.as_of));
        page.append(sections::limits(&self.checks, self.of_proposal));
        for note in &self.notes {
            page.item(note);
        }
        page.say(&self.disclaimer);
        page
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
