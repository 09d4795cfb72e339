//! Why trades are proposed, or none: what fired, and what that alone does not tell.

use evenkeel::drift::Decision;
use evenkeel::policy::CashFlow;
use evenkeel::words::{amount, percent};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::Money;

use super::facts::HouseholdFacts;

/// Steps to the target weights that shift what the policy states.
const SHIFTS: [&str; 4] = ["overlay", "stop", "style", "glide_path"];

/// The reason in sentences.
pub(super) fn reason(household: &HouseholdFacts) -> String {
    let (Decision::Hold { reason } | Decision::CashFlow { reason } | Decision::Rebalance { reason, .. }) = &household.proposal().decision;
    let more = [beside_bands(household), ahead(household), shifted(household)];
    // Schedules as they are said, and not as the policy spells them.
    let reason =
        ["month_end", "quarter_end", "year_end"].iter().fold(reason.clone(), |told, name| told.replace(name, &name.replace('_', " ")));
    std::iter::once(reason).chain(more.into_iter().flatten()).collect::<Vec<String>>().join(" ")
}

/// What trades are for where every class is within its band.
fn beside_bands(household: &HouseholdFacts) -> Option<String> {
    let proposal = household.proposal();
    let is_outside = proposal.before.classes.iter().any(|class| class.outside);
    if is_outside || proposal.trades.is_empty() || !matches!(proposal.decision, Decision::Rebalance { .. }) {
        return None;
    }
    let way = |name: &str| proposal.ways.iter().find(|way| way.name == name);
    let chosen = way(&proposal.chosen)?;
    let mut gains = Vec::new();
    let lots = || proposal.trades.iter().flat_map(|trade| &trade.lots).filter_map(|lot| lot.gain).filter(|gain| gain.is_negative());
    let losses = Money::sum(proposal.currency, lots().filter(|gain| gain.currency() == proposal.currency)).ok();
    gains.extend(losses.filter(|losses| losses.is_negative()).map(|losses| format!("realize losses of {}", amount(losses.neg()))));
    if let (Some(before), Some(after)) = (proposal.before.tracking_error, chosen.tracking_error) {
        gains.push(format!("take the tracking error against target from {} to {} a year", percent(before), percent(after)));
    }
    if let (Some(nothing), Some(all)) = (way("do_nothing").and_then(|way| way.objective), chosen.objective)
        && nothing.index > all.index
    {
        gains.push(format!("take {:.2} bp of risk against the indices that classes follow to {:.2} bp", nothing.index, all.index));
    }
    let saved = chosen.tax_after_netting.filter(|tax| tax.is_negative());
    gains.extend(saved.map(|tax| format!("save {} of tax this year", amount(tax.neg()))));
    let told = |gains: &[String]| format!("Every class is within its band; the trades {}.", gains.join(", "));
    (!gains.is_empty()).then(|| told(&gains))
}

/// Payments ahead for which cash is kept, so that targets are of what is left.
fn ahead(household: &HouseholdFacts) -> Option<String> {
    let (policy, as_of) = (&household.inputs.policy, household.proposal().as_of);
    let days = i32::try_from(policy.cash.look_ahead_days).ok()?;
    let end: Date = as_of.add_days(days).ok()?;
    let recurring = policy.cash.recurring_within(&policy.calendar, as_of, end).unwrap_or_default();
    let is_ahead = |flow: &&CashFlow| flow.amount.is_negative() && flow.date > as_of && flow.date <= end;
    let told = policy.cash.flows.iter().chain(&recurring).filter(is_ahead).map(|flow| {
        let purpose = flow.purpose.as_ref().map(|purpose| format!(" for {purpose}")).unwrap_or_default();
        format!("{} on {}{purpose}", amount(flow.amount.neg()), flow.date)
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("Cash is kept for payments ahead ({}), and other targets are of what is left.", told.join(", ")))
}

/// What shifts the targets.
fn shifted(household: &HouseholdFacts) -> Option<String> {
    let reasons = household.proposal().target_reasons.iter().filter(|reason| SHIFTS.contains(&reason.step));
    let told: Vec<String> = reasons
        .map(|reason| {
            let sentence = reason.sentence.trim_end_matches('.');
            format!("Targets are shifted by the {}: {sentence}.", reason.step.replace('_', " "))
        })
        .collect();
    let overlay = household.inputs.policy.overlay.as_ref();
    let review = overlay.map(|overlay| format!(" The overlay is to be reviewed by {}.", overlay.review_by)).unwrap_or_default();
    (!told.is_empty()).then(|| told.join(" ") + &review)
}
