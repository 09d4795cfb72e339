//! The sentence that says why the chosen way was chosen, with the numbers of the others.

use evenkeel_ledger::number::Money;

use crate::boundary::to_f64;
use crate::drift::{Decision, Drift};
use crate::trade::{Planned, Way};
use crate::words::{amount, basis_points, percent, points};

/// Why the chosen way was chosen.
pub(super) fn explain(decision: &Decision, planned: &Planned, value: Money, before: &Drift) -> String {
    let way = |name: &str| planned.ways.iter().find(|way| way.name == name);
    let chosen = way(&planned.chosen);
    let others = planned.ways.iter().filter(|way| way.name != planned.chosen && way.name != "do_nothing" && way.trades > 0);
    match (decision, chosen) {
        (Decision::Hold { reason }, _) => {
            let target = way("to_target").filter(|way| way.trades > 0);
            let price = target.map(|way| format!(" Going to target would take {}.", effort(way, value)));
            format!("Hold. {reason}{}", price.unwrap_or_default())
        }
        (Decision::CashFlow { reason } | Decision::Rebalance { reason, .. }, Some(chosen)) => {
            let compared: Vec<String> = others
                .map(|way| format!("{} would take {} and leave {}", title(&way.name), effort(way, value), points(way.max_drift)))
                .collect();
            let others = if compared.is_empty() { String::new() } else { format!(" {}.", compared.join("; ")) };
            if chosen.trades == 0 {
                return format!("{reason} No trade is both allowed and large enough, so nothing is traded.{others}");
            }
            let proven = planned.optimum.as_ref().map(|optimum| format!(" By what the policy weighs {}.", optimum.statement(value)));
            let others = format!("{}{others}", proven.unwrap_or_default());
            format!(
                "{reason} {} takes {} and brings the largest drift from {} to {}{}.{others}",
                title(&chosen.name),
                effort(chosen, value),
                points(before.max),
                points(chosen.max_drift),
                tracking(before, chosen),
            )
        }
        (Decision::CashFlow { reason } | Decision::Rebalance { reason, .. }, None) => reason.clone(),
    }
}

/// What a way takes: trades, turnover, cost.
fn effort(way: &Way, value: Money) -> String {
    let total = to_f64(value.amount());
    let cost = to_f64(way.costs.amount());
    let share = if total > 0.0 { format!(" ({} of value)", basis_points(cost / total)) } else { String::new() };
    let trades = if way.trades == 1 { "1 trade".to_owned() } else { format!("{} trades", way.trades) };
    format!("{trades}, a one-way turnover of {} and costs of {}{share}", percent(way.turnover_one_way), amount(way.costs))
}

fn tracking(before: &Drift, way: &Way) -> String {
    match (before.tracking_error, way.tracking_error) {
        (Some(before), Some(after)) => {
            format!(", and the tracking error against target from {} to {} a year", percent(before), percent(after))
        }
        _ => String::new(),
    }
}

/// The name of a way at the start of a sentence.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
