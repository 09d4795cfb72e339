//! The parts of a report that follow the first page.

use evenkeel::diagnostic::Diagnostic;
use evenkeel::policy::Planner;
use evenkeel::run::{DISCLAIMER, Proposal};
use evenkeel_io::page::{Block, Page, Section};
use evenkeel_ledger::instrument::Universe;

use crate::command::Document;
use crate::command::risk::RiskDocument;
use crate::evidence::without_short;
use crate::render::{proposal, risk, sections, taxes, what_if};

use super::facts::{Facts, Found, HouseholdFacts};
use super::reader::{Part, Reader};

/// A part, or why it is left out.
pub(super) fn section(part: Part, facts: &Facts, reader: Reader) -> Result<Option<Section>, Vec<Diagnostic>> {
    let page = match part {
        Part::Performance => match &facts.performance {
            Some(Ok(document)) if reader.signs() => document.in_short(),
            found => of_document(found.as_ref())?,
        },
        Part::Attribution => of_document(facts.attribution.as_ref())?,
        Part::Frontier => of_document(facts.frontier.as_ref())?,
        Part::Simulation => of_document(facts.simulation.as_ref())?,
        Part::Backtest => {
            let mut page = of_document(facts.backtest.as_ref())?;
            // The first page has the first picture.
            let first = page.blocks.iter().position(|block| matches!(block, Block::Picture(_)));
            first.map(|first| page.blocks.remove(first));
            page
        }
        Part::Trades => {
            let household = facts.household.as_ref().map_err(Clone::clone)?;
            trades(household.proposal(), &household.inputs.universe, reader)
        }
        _ => of_household(part, facts.household.as_ref().map_err(Clone::clone)?)?,
    };
    let page = without_short(page);
    Ok((!page.is_empty()).then(|| Section { heading: part.heading().to_owned(), page }))
}

fn of_document<D: Document>(found: Option<&Found<D>>) -> Found<Page> {
    found.map_or_else(|| Ok(Page::new()), |found| Ok(found.as_ref().map_err(Clone::clone)?.page()))
}

fn of_household(part: Part, facts: &HouseholdFacts) -> Found<Page> {
    let proposal = facts.proposal();
    let has_trades = !proposal.trades.is_empty();
    Ok(match part {
        Part::Lots => {
            let mut page = proposal::lots(proposal);
            page.append(taxes::render(&proposal.taxes));
            page
        }
        Part::Cash => proposal::cash(proposal),
        Part::Ways => ways(facts),
        Part::Drift => weights(proposal, has_trades),
        Part::TradeOff => of_document(facts.trade_off.as_ref())?,
        Part::Risk => {
            let report = Some(facts.risk.as_ref().map_err(Clone::clone)?.clone());
            let (subject, policy) = (proposal.household.clone(), Some(proposal.policy.clone()));
            risk::page(&RiskDocument { subject, policy, as_of: proposal.as_of, report, series: None, disclaimer: DISCLAIMER.to_owned() })
        }
        Part::Stress => {
            let mut page = sections::stress(&facts.stress.validation.stress);
            page.append(facts.stress.what_if.as_ref().map_or_else(Page::new, what_if::page));
            page
        }
        Part::Limits => sections::limits(&proposal.checks, has_trades),
        Part::Trades | Part::Performance | Part::Attribution | Part::Frontier | Part::Simulation | Part::Backtest => Page::new(),
    })
}

/// The trades with their reasons, and what is not traded.
fn trades(proposal: &Proposal, universe: &Universe, reader: Reader) -> Page {
    let mut page = Page::new();
    // Who signs has the reason on the first page, and no table of the other ways to compare it with.
    if !reader.signs() || proposal.trades.is_empty() {
        page.labeled("Why", &proposal.explanation);
    }
    for reason in &proposal.target_reasons {
        page.labeled("Targets", &reason.sentence);
    }
    page.append(sections::trades(&proposal.trades, proposal.currency, Some(universe)));
    page.append(proposal::not_traded(proposal));
    page
}

/// The ways, and why one that costs more is chosen.
fn ways(facts: &HouseholdFacts) -> Page {
    let proposal = facts.proposal();
    let mut page = proposal::ways(proposal);
    let weighed = |name: &str| Some(proposal.ways.iter().find(|way| way.name == name)?.objective?.total);
    let is_dearer = weighed(&proposal.chosen).zip(weighed("optimal")).is_some_and(|(chosen, best)| chosen > best);
    if facts.inputs.policy.rebalance.planner == Planner::Rules && is_dearer {
        page.remark(
            "The policy plans by rules, which take it to its `destination`; what the joint planner would do (`optimal`) is beside it for \
             comparison, and comes in with `planner = \"optimal\"`.",
        );
    }
    page
}

/// The tree of weights; the first page has the picture.
fn weights(proposal: &Proposal, has_trades: bool) -> Page {
    let mut page = sections::drift(&proposal.before, Some(&proposal.after).filter(|_| has_trades));
    page.blocks.retain(|block| !matches!(block, Block::Picture(_)));
    page
}
