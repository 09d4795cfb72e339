//! Shocks, crises and correlations, and which shock would break a limit.

use evenkeel::risk::{ClassMove, Replay, WhatIf};

use evenkeel_io::page::Page;

use super::number::{percent, rounded};
use super::risk::horizon;
use super::sections::UNKNOWN;
use super::table::{Cell, Column, Table};

/// Classes that are told of a shock or a stretch of the past.
const MOST_CLASSES: usize = 8;

/// What a person reads of it.
pub fn page(what_if: &WhatIf) -> Page {
    let mut page = Page::new();
    if let Some(shocks) = &what_if.shocks {
        let after = shocks.proposed_return.map_or_else(String::new, |after| format!("; after the proposal {}", percent(after)));
        let heading = format!("Shocks: {} of value{after}", percent(shocks.portfolio_return));
        page.append(moves(&heading, shocks));
    }
    page.append(replays(&what_if.replays));
    if let Some(stress) = &what_if.correlation {
        let told = format!(
            "With all correlations at {}: volatility {} a year instead of {}, VaR {} instead of {} ({}).",
            rounded(stress.correlation, 2),
            percent(stress.stressed_volatility),
            percent(stress.volatility),
            percent(stress.stressed_value_at_risk),
            percent(stress.value_at_risk),
            horizon(stress.confidence, stress.horizon_days)
        );
        page.say(&told);
    }
    page.append(reverse(what_if));
    for note in &what_if.notes {
        page.item(note);
    }
    page
}

fn moves(heading: &str, replay: &Replay) -> Page {
    let mut table = Table::new([Column::Name("Class"), Column::Number("Return"), Column::Number("Adds")]);
    for class in &replay.classes {
        table.row([class.class.clone().into(), percent(class.moved), percent(class.contribution)]);
    }
    Page::of_table(heading, table)
}

fn replays(replays: &[Replay]) -> Page {
    let proposed = replays.iter().any(|replay| replay.proposed_return.is_some());
    let mut columns = vec![Column::Name("From"), Column::Name("To"), Column::Number("Return")];
    if proposed {
        columns.push(Column::Number("After proposal"));
    }
    columns.push(Column::Text("Classes"));
    let mut table = Table::new(columns);
    for replay in replays {
        let date = |date: Option<evenkeel_ledger::date::Date>| date.map_or_else(|| UNKNOWN.into(), |date| Cell::from(date.to_string()));
        let mut row = vec![date(replay.span.map(|span| span.0)), date(replay.span.map(|span| span.1)), percent(replay.portfolio_return)];
        if proposed {
            row.push(replay.proposed_return.map_or_else(|| UNKNOWN.into(), percent));
        }
        row.push(most_moved(&replay.classes).into());
        table.row(row);
    }
    Page::of_table("The past again, with what is held today", table)
}

/// The classes that add most to the return, and how many more there are.
fn most_moved(classes: &[ClassMove]) -> String {
    let mut moved: Vec<&ClassMove> = classes.iter().filter(|class| class.moved != 0.0).collect();
    let more = moved.len().saturating_sub(MOST_CLASSES);
    if more > 0 {
        moved.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    }
    let told: Vec<String> = moved.iter().take(MOST_CLASSES).map(|class| format!("{} {}", class.class, percent(class.moved))).collect();
    if more > 0 { format!("{} and {more} more", told.join(", ")) } else { told.join(", ") }
}

fn reverse(what_if: &WhatIf) -> Page {
    let mut table = Table::new([
        Column::Name("Limit"),
        Column::Number("Deviations"),
        Column::Number("Chance"),
        Column::Number("Return"),
        Column::Text("Smallest shock that breaks it"),
    ]);
    for stress in &what_if.reverse {
        let shown = |value: Option<f64>, tell: fn(f64) -> Cell| value.map_or_else(|| UNKNOWN.into(), tell);
        let shock = match stress.distance {
            None => "none does".to_owned(),
            Some(_) if stress.is_broken => "broken already".to_owned(),
            Some(0.0) => "at the limit: any shock does".to_owned(),
            Some(_) => most_moved(&stress.classes),
        };
        table.row([
            stress.limit.clone().into(),
            shown(stress.distance, |distance| rounded(distance, 2)),
            shown(stress.probability, percent),
            shown(stress.portfolio_return, percent),
            shock.into(),
        ]);
    }
    Page::of_table("In reverse: the smallest shock that breaks each limit", table)
}
