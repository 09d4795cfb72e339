//! Losses to realize, what stands in for them, and what that saves.

use evenkeel::boundary::to_f64;
use evenkeel::run::HarvestProposal;
use evenkeel::trade::{Harvest, HarvestedLoss};
use evenkeel::words;

use evenkeel_io::page::{Page, Tone};

use super::number::{amount, change, percent};
use super::sections::{self, UNKNOWN};
use super::table::{Column, Table};

/// All of it.
pub fn render(proposal: &HarvestProposal) -> Page {
    let harvest = &proposal.harvest;
    let mut page = headline(proposal);
    let HarvestProposal { household, policy, as_of, .. } = proposal;
    let value = words::amount(proposal.value);
    page.say(format!("Household {household}, policy “{policy}”, {as_of}, worth {value}."));
    page.append(losses(harvest));
    for loss in &harvest.harvests {
        page.item(told(loss));
    }
    page.append(totals(harvest));
    page.append(sections::trades(&harvest.trades, proposal.currency, None));
    page.append(left(harvest));
    page.append(sections::limits(&proposal.checks, !harvest.trades.is_empty()));
    page.append(sections::notes(&proposal.notes, &proposal.provenance, proposal.disclaimer));
    page
}

fn headline(proposal: &HarvestProposal) -> Page {
    let totals = &proposal.harvest.totals;
    let (word, tone, sentence) = if proposal.refused {
        ("REFUSED", Tone::Bad, "the harvest would break a hard limit; nothing may be traded.".to_owned())
    } else if proposal.harvest.harvests.is_empty() {
        ("HOLD", Tone::Good, "no loss is worth realizing.".to_owned())
    } else {
        let count = proposal.harvest.harvests.len();
        let sentence = format!(
            "{}: {} of tax saved this year, of which {} for good, at costs of {}.",
            if count == 1 { "1 loss".to_owned() } else { format!("{count} losses") },
            words::amount(totals.tax_saved),
            words::amount(totals.tax_saved_for_good),
            words::amount(totals.costs)
        );
        ("HARVEST", Tone::Attention, sentence)
    };
    Page::of_verdict(word, tone, sentence)
}

fn losses(harvest: &Harvest) -> Page {
    let mut table = Table::new([
        Column::Name("Account"),
        Column::Name("Sell"),
        Column::Number("Short-term"),
        Column::Number("Long-term"),
        Column::Name("Buy"),
        Column::Number("TE a year"),
        Column::Number("Saved"),
        Column::Number("For good"),
        Column::Number("Costs"),
    ]);
    for loss in &harvest.harvests {
        table.row([
            loss.account.clone().into(),
            loss.symbol.clone().into(),
            change(loss.short_term),
            change(loss.long_term),
            loss.substitute.clone().into(),
            loss.tracking_error.map_or_else(|| UNKNOWN.into(), percent),
            amount(loss.tax_saved),
            change(loss.tax_saved_for_good),
            amount(loss.costs),
        ]);
    }
    Page::of_table("Losses to realize, and the tax that this saves after netting", table)
}

fn told(loss: &HarvestedLoss) -> String {
    let mut sentences =
        vec![format!("Do not buy {} up to {}, in any account, dividends reinvested included.", loss.do_not_buy.join(", "), loss.until)];
    if let Some(from) = loss.switch_back_from {
        sentences.push(format!("Go back from {} to {} from {from} on, if that is worth its costs and gain.", loss.substitute, loss.symbol));
    }
    if let Some(turns) = loss.short_term_until.filter(|_| loss.waiting_costs.is_positive()) {
        sentences.push(format!("From {turns} on part of the loss is long-term, and may save {} less.", amount(loss.waiting_costs)));
    }
    sentences.join(" ")
}

fn totals(harvest: &Harvest) -> Page {
    if harvest.harvests.is_empty() {
        return Page::new();
    }
    let totals = &harvest.totals;
    let rates = totals.rates.iter().map(|(owner, short, long)| {
        format!("{owner}: {} short-term, {} long-term", percent(to_f64(short.decimal())), percent(to_f64(long.decimal())))
    });
    let rates: Vec<String> = rates.collect();
    let mut page = Page::new();
    page.heading("In all");
    let sentences = [
        format!(
            "Losses of {} short-term and {} long-term: a harvest yield of {} of the taxable accounts.",
            change(totals.short_term),
            change(totals.long_term),
            percent(totals.harvest_yield)
        ),
        format!(
            "Tax saved this year {}, of which {} is deferred: it is due, at the long-term rate, once the substitutes are sold. {} is saved for good.",
            amount(totals.tax_saved),
            amount(totals.tax_deferred),
            change(totals.tax_saved_for_good)
        ),
        format!(
            "After costs of {} that is a tax alpha of {} of the household, deferral included, and {} without it.",
            amount(totals.costs),
            percent(totals.tax_alpha),
            percent(totals.tax_alpha_for_good)
        ),
        format!("Rates: {}.", rates.join("; ")),
    ];
    for sentence in sentences {
        page.remark(&sentence);
    }
    page
}

fn left(harvest: &Harvest) -> Page {
    let mut table = Table::new([Column::Name("Account"), Column::Name("Symbol"), Column::Number("Loss"), Column::Text("Why not")]);
    for loss in &harvest.not_harvested {
        table.row([loss.account.clone().into(), loss.symbol.clone().into(), change(loss.loss), loss.reason.clone().into()]);
    }
    Page::of_table("Losses that stay", table)
}
