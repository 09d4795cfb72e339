//! The first page: what is decided, how it stands, what it costs, what changed, and the decision asked.

use evenkeel_io::page::{Page, Tone};

use crate::render::number::{percent, rounded};
use crate::render::sections::UNKNOWN;
use crate::render::table::Cell;
use crate::render::{proposal, sections};

use super::facts::{Facts, HouseholdFacts};
use super::reader::Reader;
use super::{concerns, glance, outlook, reasons};

/// All of it.
pub(super) fn page(facts: &Facts, reader: Reader) -> Page {
    // Of what was asked for its history, the history comes first.
    let mut page = of_past(facts);
    if let Ok(household) = &facts.household {
        page.append(of_household(household));
    }
    page.append(outlook::what_changed(facts));
    page.append(outlook::what_may_come(facts));
    if let Ok(household) = &facts.household {
        page.append(decision(household, reader));
    }
    page
}

fn of_household(household: &HouseholdFacts) -> Page {
    let proposal = household.proposal();
    let after = Some(&proposal.after).filter(|_| !proposal.trades.is_empty());
    let mut page = concerns::page(household);
    page.append(proposal::headline(proposal));
    page.say(reasons::reason(household));
    page.picture(sections::allocation(&proposal.before, after));
    page.append(glance::allocation(proposal));
    page.append(glance::figures(household));
    page
}

/// What the policy would have come to.
fn of_past(facts: &Facts) -> Page {
    let mut page = Page::new();
    if let Some(Ok(ran)) = &facts.backtest {
        let figures = &ran.summary;
        let known = |value: Option<f64>, told: fn(f64) -> Cell| value.map_or_else(|| UNKNOWN.into(), told);
        page.verdict(
            "BACKTEST",
            Tone::Attention,
            format!(
                "{} to {}: {} a year at a volatility of {}, Sharpe ratio {}, deepest drawdown {}, one-way turnover {} a year.",
                ran.from,
                ran.to,
                percent(figures.annual_return),
                known(figures.volatility, percent),
                known(figures.sharpe, |ratio| rounded(ratio, 2)),
                percent(figures.maximum_drawdown),
                percent(figures.turnover_one_way)
            ),
        );
        for (_, picture) in ran.pictures.iter().take(1) {
            page.picture(picture.clone());
        }
    }
    page
}

fn decision(household: &HouseholdFacts, reader: Reader) -> Page {
    let proposal = household.proposal();
    let mut page = Page::new();
    page.labeled("Decision asked", asked(household));
    if reader.signs() && !proposal.trades.is_empty() && !proposal.refused {
        page.form(&["approved", "approved with changes", "declined"], &["Name", "Date", "Signature"]);
    }
    page
}

fn asked(household: &HouseholdFacts) -> String {
    let proposal = household.proposal();
    if proposal.refused {
        return "none: the proposal would break a hard limit and may not be traded; the policy or the limit needs a decision.".to_owned();
    }
    if proposal.trades.is_empty() {
        return if proposal.stale.is_empty() {
            "none: nothing needs to be traded.".to_owned()
        } else {
            "none yet: whether to trade cannot be decided before there are newer prices.".to_owned()
        };
    }
    let trades = match proposal.trades.len() {
        1 => "the trade proposed".to_owned(),
        count => format!("the {count} trades proposed"),
    };
    let at = match household.priced() {
        Some((first, last)) if first == last => format!(", at prices of {last}"),
        Some((first, last)) => format!(", at prices of {first} to {last}"),
        None => String::new(),
    };
    let warned = match (household.inputs.contradiction.is_some(), proposal.stale.is_empty()) {
        (true, _) => ", but only once the books above are put right",
        (false, false) => ", though what is told above to be too old is counted at old prices",
        (false, true) => "",
    };
    format!("whether to make {trades}{at}{warned}.")
}
