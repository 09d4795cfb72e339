//! The parts of a report that follow the first page.

use evenkeel::diagnostic::Diagnostic;
use evenkeel::run::{DISCLAIMER, Proposal};
use evenkeel_io::page::{Block, Page, Section};

use crate::command::Document;
use crate::command::risk::RiskDocument;
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
        Part::Backtest => of_document(facts.backtest.as_ref())?,
        _ => of_household(part, facts.household.as_ref().map_err(Clone::clone)?)?,
    };
    let page = without_disclaimer(page);
    Ok((!page.is_empty()).then(|| Section { heading: part.heading().to_owned(), page }))
}

fn of_document<D: Document>(found: Option<&Found<D>>) -> Found<Page> {
    found.map_or_else(|| Ok(Page::new()), |found| Ok(found.as_ref().map_err(Clone::clone)?.page()))
}

fn of_household(part: Part, facts: &HouseholdFacts) -> Found<Page> {
    let proposal = facts.proposal();
    let has_trades = !proposal.trades.is_empty();
    Ok(match part {
        Part::Trades => trades(proposal),
        Part::Lots => {
            let mut page = proposal::lots(proposal);
            page.append(taxes::render(&proposal.taxes));
            page
        }
        Part::Cash => proposal::cash(proposal),
        Part::Ways => proposal::ways(proposal),
        Part::Drift => weights(proposal, has_trades),
        Part::TradeOff => of_document(facts.trade_off.as_ref())?,
        Part::Risk => match &facts.risk {
            None => Page::new(),
            Some(found) => {
                let report = Some(found.as_ref().map_err(Clone::clone)?.clone());
                let (subject, policy) = (proposal.household.clone(), Some(proposal.policy.clone()));
                risk::page(&RiskDocument {
                    subject,
                    policy,
                    as_of: proposal.as_of,
                    report,
                    series: None,
                    disclaimer: DISCLAIMER.to_owned(),
                })
            }
        },
        Part::Stress => {
            let mut page = sections::stress(&facts.stress.validation.stress);
            page.append(facts.stress.what_if.as_ref().map_or_else(Page::new, what_if::page));
            page
        }
        Part::Limits => sections::limits(&proposal.checks, has_trades),
        Part::Performance | Part::Attribution | Part::Frontier | Part::Simulation | Part::Backtest => Page::new(),
    })
}

/// The trades with their reasons, and what is not traded.
fn trades(proposal: &Proposal) -> Page {
    let mut page = Page::new();
    page.labeled("Why", &proposal.explanation);
    for reason in &proposal.target_reasons {
        page.labeled("Targets", &reason.sentence);
    }
    page.append(sections::trades(&proposal.trades, proposal.currency));
    page.append(proposal::not_traded(proposal));
    page
}

/// The tree of weights; the first page has the picture.
fn weights(proposal: &Proposal, has_trades: bool) -> Page {
    let mut page = sections::drift(&proposal.before, Some(&proposal.after).filter(|_| has_trades));
    page.blocks.retain(|block| !matches!(block, Block::Picture(_)));
    page
}

/// Said once, at the end.
fn without_disclaimer(mut page: Page) -> Page {
    page.blocks.retain(|block| !matches!(block, Block::Paragraph(said) | Block::Item(said) if said == DISCLAIMER));
    if let Some(Block::Heading(_)) = page.blocks.last() {
        page.blocks.pop();
    }
    page
}
