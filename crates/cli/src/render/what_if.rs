//! Shocks, crises and correlations, and which shock would break a limit.

use evenkeel::risk::{Replay, WhatIf};

use crate::console::Style;

use super::number::{percent, rounded};
use super::sections::{UNKNOWN, section};
use super::table::{Column, Table};
use super::text::wrap;

/// What a person reads of it.
pub fn text(what_if: &WhatIf, style: Style) -> String {
    let mut text = String::new();
    if let Some(shocks) = &what_if.shocks {
        let after = shocks.proposed_return.map_or_else(String::new, |after| format!("; after the proposal {}", percent(after)));
        let heading = format!("Shocks: {} of value{after}", percent(shocks.portfolio_return));
        text.push_str(&moves(style, &heading, shocks));
    }
    text.push_str(&replays(style, &what_if.replays));
    if let Some(stress) = &what_if.correlation {
        let told = format!(
            "With all correlations at {}: volatility {} a year instead of {}, VaR {} instead of {}.",
            rounded(stress.correlation, 2),
            percent(stress.stressed_volatility),
            percent(stress.volatility),
            percent(stress.stressed_value_at_risk),
            percent(stress.value_at_risk)
        );
        text.push('\n');
        text.push_str(&wrap("", &told));
    }
    text.push_str(&reverse(style, what_if));
    if !what_if.notes.is_empty() {
        text.push('\n');
    }
    for note in &what_if.notes {
        text.push_str(&wrap("- ", note));
    }
    text
}

fn moves(style: Style, heading: &str, replay: &Replay) -> String {
    let mut table = Table::new([Column::Name("Class"), Column::Number("Return"), Column::Number("Adds")]);
    for class in &replay.classes {
        table.row([class.class.clone(), percent(class.moved), percent(class.contribution)]);
    }
    section(style, heading, &table)
}

fn replays(style: Style, replays: &[Replay]) -> String {
    let proposed = replays.iter().any(|replay| replay.proposed_return.is_some());
    let mut columns = vec![Column::Name("From"), Column::Name("To"), Column::Number("Return")];
    if proposed {
        columns.push(Column::Number("After proposal"));
    }
    columns.push(Column::Text("Classes"));
    let mut table = Table::new(columns);
    for replay in replays {
        let date = |date: Option<evenkeel_ledger::date::Date>| date.map_or_else(|| UNKNOWN.to_owned(), |date| date.to_string());
        let mut row = vec![date(replay.span.map(|span| span.0)), date(replay.span.map(|span| span.1)), percent(replay.portfolio_return)];
        if proposed {
            row.push(replay.proposed_return.map_or_else(|| UNKNOWN.to_owned(), percent));
        }
        row.push(told(replay));
        table.row(row);
    }
    section(style, "The past again, with what is held today", &table)
}

/// Each class with its return.
fn told(replay: &Replay) -> String {
    let classes = replay.classes.iter().filter(|class| class.moved != 0.0);
    classes.map(|class| format!("{} {}", class.class, percent(class.moved))).collect::<Vec<_>>().join(", ")
}

fn reverse(style: Style, what_if: &WhatIf) -> String {
    let mut table = Table::new([
        Column::Name("Limit"),
        Column::Number("Deviations"),
        Column::Number("Chance"),
        Column::Number("Return"),
        Column::Text("Smallest shock that breaks it"),
    ]);
    for stress in &what_if.reverse {
        let shown = |value: Option<f64>, tell: fn(f64) -> String| value.map_or_else(|| UNKNOWN.to_owned(), tell);
        let shock = match stress.distance {
            None => "none does".to_owned(),
            Some(0.0) => "at the limit: any shock does".to_owned(),
            Some(_) => {
                let classes = stress.classes.iter().filter(|class| class.moved != 0.0);
                classes.map(|class| format!("{} {}", class.class, percent(class.moved))).collect::<Vec<_>>().join(", ")
            }
        };
        table.row([
            stress.limit.clone(),
            shown(stress.distance, |distance| rounded(distance, 2)),
            shown(stress.probability, percent),
            shown(stress.portfolio_return, percent),
            shock,
        ]);
    }
    section(style, "In reverse: the smallest shock that breaks each limit", &table)
}
