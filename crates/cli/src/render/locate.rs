//! Where classes should live, and what moving there saves and costs.

use evenkeel::run::LocationReport;
use evenkeel::trade::{AnnualAmount, Located, Move, Payback, Place};
use evenkeel::words;
use evenkeel_io::page::{Page, Tone};
use evenkeel_ledger::number::Money;

use super::number::{amount, change, percent, rounded};
use super::sections::{self, UNKNOWN};
use super::table::{Column, Table};

/// All of it.
pub fn render(report: &LocationReport) -> Page {
    let LocationReport { household, policy, as_of, value, location, .. } = report;
    let mut page = headline(location);
    page.say(format!("Household {household}, policy “{policy}”, {as_of}, worth {}.", words::amount(*value)));
    page.table("Where each class should live", places(&location.places));
    page.table("What holding the same classes costs a year", annual(location));
    page.table("Moves, the one that saves most for its value first", moves(location));
    page.append(sections::notes(&location.notes, &report.provenance, report.disclaimer));
    page
}

fn headline(location: &Located) -> Page {
    let worthwhile = location.moves.iter().filter(|found| found.pays_back).count();
    let within = format!("within {} years", rounded(location.within_years, 1).trim_end_matches(".0"));
    let (word, tone, sentence) = if location.moves.is_empty() {
        ("KEEP", Tone::Good, "every class lives where it costs least.".to_owned())
    } else if worthwhile == 0 {
        ("KEEP", Tone::Good, format!("no move pays back {within}."))
    } else {
        let Payback { saved_a_year, years, .. } = location.worthwhile_moves;
        let moves = if worthwhile == 1 { "1 move saves".to_owned() } else { format!("{worthwhile} moves save") };
        let years = match years.map(|years| rounded(years, 1)) {
            Some(years) if &*years == "0.0" => "; paid back at once".to_owned(),
            Some(years) => format!("; paid back in {years} years"),
            None => String::new(),
        };
        let sentence = format!("{moves} {} a year, {}{years}.", words::amount(saved_a_year), paid(&location.worthwhile_moves));
        ("MOVE", Tone::Attention, sentence)
    };
    Page::of_verdict(word, tone, sentence)
}

/// "for tax of 1,200.00 USD and costs of 30.00 USD".
fn paid(payback: &Payback) -> String {
    let costs = words::amount(payback.costs);
    match payback.tax {
        None => format!("for a tax that is not known and costs of {costs}"),
        Some(tax) if tax.is_negative() => format!("and tax of {} at once, for costs of {costs}", words::amount(tax.neg())),
        Some(tax) => format!("for tax of {} and costs of {costs}", words::amount(tax)),
    }
}

fn places(places: &[Place]) -> Table {
    let mut table = Table::new([
        Column::Name("Account"),
        Column::Name("Class"),
        Column::Number("Cost a year"),
        Column::Number("Today"),
        Column::Number("Best"),
        Column::Number("Change"),
    ]);
    for place in places {
        let moved = place.best.try_sub(place.today).map_or_else(|_| UNKNOWN.into(), change);
        let cost = percent(place.annual_cost);
        table.row([place.account.clone().into(), place.class.clone().into(), cost, amount(place.today), amount(place.best), moved]);
    }
    table
}

fn annual(location: &Located) -> Table {
    let mut table =
        Table::new([Column::Name("Location"), Column::Number("A year"), Column::Number("Basis points"), Column::Number("The best saves")]);
    let best = location.annual.best;
    let rows = [("today", location.annual.today), ("every account a mirror", location.annual.mirror), ("best", best)];
    for (name, AnnualAmount { amount: a_year, basis_points }) in rows {
        let saved = a_year.try_sub(best.amount).map_or_else(|_| UNKNOWN.into(), amount);
        table.row([name.into(), amount(a_year), rounded(basis_points, 1), saved]);
    }
    table
}

fn moves(location: &Located) -> Table {
    let mut table = Table::new([
        Column::Number("Move"),
        Column::Number("Value"),
        Column::Number("Saves a year"),
        Column::Number("Tax"),
        Column::Number("Costs"),
        Column::Number("Years to pay back"),
        Column::Name(""),
    ]);
    for (index, found) in location.moves.iter().enumerate() {
        let Payback { saved_a_year, tax, costs, years } = found.payback;
        table.row([
            (index + 1).to_string().into(),
            amount(found.value),
            amount(saved_a_year),
            tax.map_or_else(|| UNKNOWN.into(), amount),
            amount(costs),
            years.map_or_else(|| UNKNOWN.into(), |years| rounded(years, 1)),
            if found.pays_back { "" } else { "does not pay back" }.into(),
        ]);
        table.note(&told(found));
    }
    table
}

/// What each account does, and what else is to be known of a move.
fn told(found: &Move) -> String {
    let legs: Vec<String> = found.legs.iter().map(|leg| format!("{} sells {} and buys {}", leg.account, leg.sell, leg.buy)).collect();
    let mut told = vec![format!("{}.", legs.join("; "))];
    let realized: Vec<String> = [("short-term", found.short_term), ("long-term", found.long_term)]
        .into_iter()
        .filter(|(_, gain)| !gain.is_zero())
        .map(|(term, gain)| format!("{} {term}", change(gain)))
        .collect();
    if !realized.is_empty() {
        told.push(format!("Realizes {}.", realized.join(" and ")));
    }
    if found.payback.saved_a_year.is_zero() && Money::is_positive(found.return_kept_a_year) {
        let kept = amount(found.return_kept_a_year);
        told.push(format!("Saves no tax a year; {kept} a year of the expected return is no longer shared with the state."));
    }
    told.join(" ")
}
