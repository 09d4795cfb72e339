//! The text of a proposal: the decision first, then what it rests on.

use evenkeel::boundary::to_f64;
use evenkeel::market::Stale;
use evenkeel::run::Proposal;
use evenkeel::trade::LotSale;
use evenkeel::words;

use evenkeel_io::page::{Page, Tone};

use super::number::{amount, change, percent, quantity, rounded};
use super::optimum;
use super::realized;
use super::sections::{self, UNKNOWN, UNTOLD};
use super::table::{Cell, Column, Table};
use super::taxes;

/// All of a proposal.
pub fn render(proposal: &Proposal) -> Page {
    let mut page = headline(proposal);
    let after = Some(&proposal.after).filter(|_| !proposal.trades.is_empty());
    let Proposal { household, policy, as_of, .. } = proposal;
    page.say(format!("Household {household}, policy “{policy}”, {as_of}, {}.", worth(proposal)));
    page.labeled("Why", &proposal.explanation);
    for reason in &proposal.target_reasons {
        page.labeled("Targets", &reason.sentence);
    }
    page.append(sections::drift(&proposal.before, after));
    page.append(ways(proposal));
    page.append(proposal.optimum.as_ref().map_or_else(Page::new, optimum::render));
    page.append(sections::trades(&proposal.trades, proposal.currency, None));
    page.append(lots(proposal));
    page.append(taxes::render(&proposal.taxes));
    page.append(not_traded(proposal));
    page.append(cash(proposal));
    page.append(sections::limits(&proposal.checks, !proposal.trades.is_empty()));
    page.append(sections::stress(&proposal.stress));
    page.append(sections::notes(&proposal.notes, &proposal.provenance, proposal.disclaimer));
    page
}

/// What it is worth, and what weights are fractions of where money flows on the day.
fn worth(proposal: &Proposal) -> String {
    let (value, with_flows) = (words::amount(proposal.value), words::amount(proposal.value_with_flows));
    if proposal.value == proposal.value_with_flows {
        format!("worth {value}")
    } else {
        format!("worth {value}, and {with_flows} with the flows of the day, of which all weights and shares below are fractions")
    }
}

/// The decision in a sentence with numbers.
pub fn headline(proposal: &Proposal) -> Page {
    // What is done, not what was decided: cash that an account must keep is raised even where the
    // household holds, and a rebalance may find nothing that may or need be traded.
    let (word, tone) = if proposal.refused {
        ("REFUSED", Tone::Bad)
    } else if proposal.trades.is_empty() && !proposal.stale.is_empty() {
        ("UNDECIDED", Tone::Bad)
    } else if proposal.trades.is_empty() {
        ("HOLD", Tone::Good)
    } else {
        ("TRADE", Tone::Attention)
    };
    let sentence = if proposal.refused {
        let broken: Vec<&str> = proposal.checks.iter().filter(|check| check.refuses()).map(|check| check.limit.as_str()).collect();
        format!("{} would break the hard limit {}; nothing may be traded.", trades_in_words(proposal), broken.join(" and "))
    } else if proposal.trades.is_empty() && !proposal.stale.is_empty() {
        format!("whether to trade cannot be decided: {}. Add newer ones.", stale(&proposal.stale))
    } else if proposal.trades.is_empty() {
        let to_target = proposal.ways.iter().find(|way| way.name == "to_target" && way.trades > 0);
        let instead = to_target.map(|way| format!("; going to target would cost {}", words::amount(way.costs))).unwrap_or_default();
        format!("nothing to trade; the largest drift is {}{instead}.", words::points(proposal.before.max))
    } else {
        let (before, after) = (words::points(proposal.before.max), words::points(proposal.after.max));
        let take = if proposal.trades.len() == 1 { "takes" } else { "take" };
        format!("{} and {take} the largest drift from {before} to {after}.", trades_in_words(proposal))
    };
    let mut page = Page::of_verdict(word, tone, sentence);
    if !proposal.stale.is_empty() && !proposal.trades.is_empty() {
        let told = format!("{}. What it values is counted all the same, and is not traded.", stale(&proposal.stale));
        page.labeled("Too old to decide on", told);
    }
    page
}

/// The first of what is too old, and how much more is.
fn stale(stale: &[Stale]) -> String {
    let first = stale.first().map(Stale::to_string).unwrap_or_default();
    match stale.len() - 1 {
        0 => first,
        1 => format!("{first}; so is 1 more"),
        more => format!("{first}; so are {more} more"),
    }
}

/// That the books contradict one another, where they do.
pub fn books(contradiction: Option<&str>) -> Page {
    contradiction.map_or_else(Page::new, |told| Page::of_verdict("BOOKS", Tone::Bad, format!("do not act on this yet: {told}.")))
}

/// `3 trades, one-way turnover 3.31 %, cost 147.04 USD (1.35 bp)`.
fn trades_in_words(proposal: &Proposal) -> String {
    let chosen = proposal.ways.iter().find(|way| way.name == proposal.chosen);
    let turnover = chosen.map_or(0.0, |way| way.turnover_one_way);
    let cost = proposal.costs.total;
    let share = to_f64(cost.amount()) / to_f64(proposal.value_with_flows.amount());
    let count = proposal.trades.len();
    let (plural, verb) = if count == 1 { ("", "s") } else { ("s", "") };
    format!(
        "{count} trade{plural} move{verb} {} one-way, cost{verb} {} ({} of value)",
        words::percent(turnover),
        words::amount(cost),
        words::basis_points(share)
    )
}

/// The ways that were compared.
pub fn ways(proposal: &Proposal) -> Page {
    let has_risk = proposal.ways.iter().any(|way| way.tracking_error.is_some());
    let is_weighed = proposal.ways.iter().any(|way| way.objective.is_some());
    let mut columns = vec![Column::Name("Way"), Column::Number("Drift left")];
    columns.extend((!is_weighed).then_some(Column::Number("Half L1")));
    columns.extend(has_risk.then_some(Column::Number("TE a year")));
    let has_tax = proposal.ways.iter().any(|way| way.is_tax_unknown || !way.tax.is_zero());
    let is_netted = proposal.ways.iter().all(|way| way.tax_after_netting.is_some());
    columns.extend([Column::Number("Turnover"), Column::Number("Trades"), Column::Number("Cost")]);
    columns.extend(has_tax.then_some(Column::Number("Tax")));

    columns.extend(is_weighed.then_some(Column::Number("All in bp")));
    columns.push(Column::Name(""));
    let mut table = Table::new(columns);
    for way in &proposal.ways {
        let mut row = vec![way.name.replace('_', " ").into(), percent(way.max_drift)];
        row.extend((!is_weighed).then(|| percent(way.half_l1_drift)));
        row.extend(has_risk.then(|| way.tracking_error.map_or_else(|| UNKNOWN.into(), percent)));
        let chosen = if way.name == proposal.chosen { "chosen" } else { "" };
        row.extend([percent(way.turnover_one_way), way.trades.to_string().into(), amount(way.costs)]);
        let tax = way.tax_after_netting.filter(|_| is_netted).unwrap_or(way.tax);
        row.extend(has_tax.then(|| if way.is_tax_unknown { UNTOLD.into() } else { change(tax) }));
        row.extend(is_weighed.then(|| way.objective.map_or_else(|| UNKNOWN.into(), |terms| rounded(terms.total, 2))));
        row.push(chosen.into());
        table.row(row);
    }
    let risk = if has_risk { ", tracking error (TE) left" } else { "" };
    let tax = match (has_tax, is_netted) {
        (true, true) => ", tax added to the year's",
        (true, false) => ", tax at marginal rates",
        (false, _) => "",
    };
    let all = if is_weighed { ", all of it weighed" } else { "" };
    Page::of_table(format!("Ways compared: drift left{risk}, one-way turnover, cost{tax}{all}"), table)
}

/// Every lot sold.
pub fn lots(proposal: &Proposal) -> Page {
    // A lot without a name bears its date.
    let is_named = |lot: &LotSale| lot.acquired.is_none_or(|date| date.to_string() != lot.lot.to_string());
    let named = proposal.trades.iter().flat_map(|trade| &trade.lots).any(is_named);
    let mut columns = vec![Column::Name("Account"), Column::Name("Symbol")];
    columns.extend(named.then_some(Column::Name("Lot")));
    columns.extend([
        Column::Name("Acquired"),
        Column::Number("Quantity"),
        Column::Number("Cost basis"),
        Column::Number("Gain"),
        Column::Name("Term"),
        Column::Number("Tax"),
    ]);
    let mut table = Table::new(columns);
    for trade in &proposal.trades {
        for lot in &trade.lots {
            let mut row: Vec<Cell> = vec![(&trade.account).into(), (&trade.symbol).into()];
            row.extend(named.then(|| lot.lot.to_string().into()));
            row.extend([
                lot.acquired.map_or_else(|| UNKNOWN.into(), |date| date.to_string().into()),
                quantity(lot.quantity),
                lot.cost_basis.map_or_else(|| UNKNOWN.into(), amount),
                lot.gain.map_or_else(|| UNKNOWN.into(), change),
                lot.long_term.map_or(UNKNOWN, |long| if long { "long" } else { "short" }).into(),
                lot.tax.map_or_else(|| if lot.is_tax_unknown { UNTOLD } else { "none" }.into(), change),
            ]);
            table.row(row);
        }
    }
    let mut page = Page::of_table("Lots sold, with tax at marginal rates", table);
    for sentence in realized::sentences(proposal) {
        page.remark(sentence);
    }
    page
}

/// What is not traded, and why.
pub fn not_traded(proposal: &Proposal) -> Page {
    let mut table = Table::new([Column::Name("Account"), Column::Name("What"), Column::Number("Value"), Column::Text("Why not")]);
    for item in &proposal.not_traded {
        let account = item.account.clone().unwrap_or_else(|| "household".to_owned());
        table.row([account.into(), item.subject.clone().into(), change(item.value), item.reason.clone().into()]);
    }
    Page::of_table("Not traded", table)
}

/// Cash of each account, before and after.
pub fn cash(proposal: &Proposal) -> Page {
    let mut table = Table::new([
        Column::Name("Account"),
        Column::Number("Before"),
        Column::Number("Flows"),
        Column::Number("Sells"),
        Column::Number("Buys"),
        Column::Number("Costs"),
        Column::Number("After"),
        Column::Number("Aimed at"),
    ]);
    for line in &proposal.cash {
        table.row([
            line.account.clone().into(),
            amount(line.before),
            change(line.flows),
            amount(line.sells),
            amount(line.buys),
            amount(line.costs),
            amount(line.after),
            amount(line.target),
        ]);
    }
    Page::of_table(format!("Cash in {}: before + flows + sells − buys − costs = after", proposal.currency), table)
}
