//! `evenkeel harvest`: which losses to realize today, what to buy in their stead, and what that saves.

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::drift::ReviewHistory;
use evenkeel::run::{HarvestProposal, Subject};
use evenkeel_io::folder;
use serde::Serialize;

use evenkeel_io::page::Page;

use crate::audit::{AuditRules, Claimed, Facts, Objection, audit_claims};
use crate::evidence::About;
use crate::inputs::{InputArguments, Inputs};
use crate::render::harvest;

use super::rebalance::judged;
use super::{Document, Outcome};

/// Arguments of `evenkeel harvest`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: InputArguments,
}

/// Losses to realize, and what the auditor says of the trades.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HarvestDocument {
    /// The proposal.
    pub proposal: HarvestProposal,
    /// What the auditor objects to; always empty, unless Evenkeel has a defect.
    pub objections: Vec<Objection>,
}

/// Looks for losses, and has the trades audited.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut inputs = match arguments.inputs.load() {
        Ok(inputs) => inputs,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    // Tracking errors of substitutes need the whole history; what is wrong with the file has been told.
    if inputs.history.is_none()
        && let Ok(paths) = arguments.inputs.paths()
    {
        inputs.history = folder::load_panel(&paths).and_then(|parsed| parsed.value).map(|panel| inputs.as_held(panel).0);
    }
    let subject = Subject {
        household: &inputs.household,
        holdings: &inputs.holdings,
        flows: &[],
        sold: &inputs.sold,
        history: ReviewHistory::default(),
    };
    match inputs.mandate().harvest(&subject, inputs.provenance.clone()) {
        Ok(proposal) => audited(inputs, proposal),
        Err(errors) => Outcome::invalid(inputs.warnings.into_iter().chain(errors).collect()),
    }
}

fn audited(inputs: Inputs, proposal: HarvestProposal) -> Outcome {
    let facts = Facts {
        policy: &inputs.policy,
        universe: &inputs.universe,
        market: &inputs.market,
        assumptions: inputs.assumptions.as_ref(),
        household: &inputs.household,
        holdings: &inputs.holdings,
        flows: &[],
        sold: &inputs.sold,
    };
    let claimed = Claimed { trades: &proposal.harvest.trades, cash: &proposal.harvest.cash, refused: proposal.refused };
    let rules = AuditRules::new(facts.policy, facts.universe, facts.market, facts.assumptions);
    let objections = match rules.and_then(|rules| audit_claims(&rules.auditor(facts.universe, facts.market), &facts, &claimed)) {
        Ok(objections) => objections,
        Err(error) => {
            let unaudited = Diagnostic::error(Code::AMOUNT_TOO_LARGE, format!("the trades cannot be audited: {error}"));
            return Outcome::invalid(vec![unaudited.help("check the numbers of the policy and the assumptions")]);
        }
    };
    let told = judged(&proposal.checks, proposal.refused, &objections);
    told.of(inputs.warnings, HarvestDocument { proposal, objections })
}

impl Document for HarvestDocument {
    fn page(&self) -> Page {
        if self.objections.is_empty() { harvest::render(&self.proposal) } else { Page::new() }
    }

    fn about(&self) -> About {
        About::household(&self.proposal.household, &self.proposal.policy, self.proposal.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
