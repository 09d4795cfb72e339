//! Whether to trade: the policy's triggers asked in turn, after the cash that is needed.

use evenkeel_ledger::class::ClassPath;

use crate::boundary::{TOLERANCE, to_f64};
use crate::diagnostic::Diagnostic;
use crate::policy::{Destination, Policy, Trigger};
use crate::words::{percent, points};

use super::Decision;
use super::case::Case;
use super::trigger::{self, Outcome};

/// Decides whether to trade.
///
/// Any trigger that fires is enough, for the portfolio as a whole; the reason names each that
/// fires. Where none does, cash may still call for trades that only take it up or raise it: cash
/// that is missing, a deposit of the day, the policy's cash-flow trigger, or, where the policy has
/// no class for cash, spare cash worth more than the least trade. In the cooldown after a rebalance
/// only missing cash and a deposit of the day count.
///
/// # Errors
/// Diagnostics, where the calendar does not cover the day.
pub fn decide(case: &Case<'_>) -> Result<Decision, Vec<Diagnostic>> {
    if case.cash.value <= 0.0 {
        let reason = format!("The household is worth {:.2} and nothing can be traded against weights.", case.cash.value);
        return Ok(Decision::Hold { reason });
    }
    let need = cash_need(case);
    if let Some(cooling) = cooldown(case) {
        return Ok(match need {
            Some(reason) => Decision::CashFlow { reason: format!("{reason} {cooling}") },
            None => Decision::Hold { reason: cooling },
        });
    }
    let (mut fired, mut flows, mut held): (Option<&str>, Vec<String>, Vec<String>) = (None, Vec::new(), Vec::new());
    let mut reasons = Vec::new();
    flows.extend(need);
    for rule in &case.policy.triggers {
        match trigger::ask(rule, case)? {
            Outcome::Fires(reason) if matches!(rule, Trigger::CashFlow { .. }) => flows.push(reason),
            Outcome::Fires(reason) => {
                fired = fired.or(Some(trigger::name(rule)));
                reasons.push(reason);
            }
            Outcome::Holds(reason) => held.push(reason),
        }
    }
    if let Some(trigger) = fired {
        reasons.extend(flows);
        return Ok(Decision::Rebalance { trigger: trigger.to_owned(), reason: reasons.join(" ") });
    }
    flows.extend(idle_cash(case).filter(|_| flows.is_empty()));
    Ok(if flows.is_empty() { Decision::Hold { reason: held.join(" ") } } else { Decision::CashFlow { reason: flows.join(" ") } })
}

/// Where trades lead after a decision: the policy's destination, or the tolerance band of the
/// opportunistic trigger where that fired first.
pub fn destination(policy: &Policy, decision: &Decision) -> Destination {
    let tolerance = policy.triggers.iter().find_map(|rule| match (rule, decision) {
        (Trigger::Opportunistic { tolerance, .. }, Decision::Rebalance { trigger, .. }) if trigger == trigger::name(rule) => {
            Some(*tolerance)
        }
        _ => None,
    });
    tolerance.map_or(policy.rebalance.destination, |fraction| Destination::ToleranceBand { fraction })
}

/// Cash that must be raised, or a deposit of the day that is to be put to work.
fn cash_need(case: &Case<'_>) -> Option<String> {
    let share = |amount: f64| percent(amount / case.cash.value);
    if case.cash.missing > TOLERANCE * case.cash.value {
        return Some(format!("Cash worth {} of value has to be raised for the minimum and planned withdrawals.", share(case.cash.missing)));
    }
    let deposit = case.cash.flow > 0.0 && case.cash.spare > least_trade(case);
    deposit.then(|| {
        format!("A deposit worth {} of value comes in today, and {} is to be put to work.", share(case.cash.flow), share(case.cash.spare))
    })
}

/// Spare cash where the policy has neither a class nor a trigger for it.
fn idle_cash(case: &Case<'_>) -> Option<String> {
    let policy = case.policy;
    let ruled =
        policy.tree.find(&ClassPath::cash()).is_some() || policy.triggers.iter().any(|rule| matches!(rule, Trigger::CashFlow { .. }));
    let idle = !ruled && case.cash.spare > least_trade(case);
    let share = case.cash.spare / case.cash.value;
    idle.then(|| {
        format!("Every trigger holds, and cash of {} of value, for which the policy has no class, can be put to work.", points(share))
    })
}

fn least_trade(case: &Case<'_>) -> f64 {
    to_f64(case.policy.rebalance.min_trade.amount()).max(TOLERANCE * case.cash.value)
}

/// Why no trigger counts, within the cooldown after a rebalance.
fn cooldown(case: &Case<'_>) -> Option<String> {
    let days = case.policy.rebalance.cooldown_days;
    let rebalanced = case.history.last_rebalance?;
    let end = trigger::cooldown_end(rebalanced, days)?;
    let cooling = days > 0 && case.as_of <= end;
    cooling.then(|| format!("The last rebalance was on {rebalanced}, and until {end} only cash that is needed or comes in is acted on."))
}
