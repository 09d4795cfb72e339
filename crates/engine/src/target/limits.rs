//! Target weights against the policy's limits, as far as both are known without a household.

use crate::assumptions::Assumptions;
use crate::boundary::TOLERANCE;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Bound, GlideAxis, Limit, Measure, Policy, Strategy, Style};
use crate::words;

use evenkeel_ledger::class::ClassPath;

use super::mix::Mix;
use super::spread::{Slot, Spread, slot, spread};
use super::{glide_path, strategic, tilt};

/// Warnings of limits on the weight of classes that the strategic weights themselves break, before cash
/// reserves and the overlay: those of the tree, of the profile with its horizon, or of each point of
/// the glide path, which is as good as of every day, as weights between points are interpolated. Tilted
/// weights are compared where the assumptions tell them.
pub fn check_limits(policy: &Policy, assumptions: Option<&Assumptions>) -> Vec<Diagnostic> {
    let stages = stages(policy, assumptions);
    let told = policy.limits.iter().filter_map(|limit| {
        let broken = stages.iter().find_map(|(when, weights)| Some((when, broken(limit, policy, weights)?)));
        let (when, weight) = broken?;
        let side = if limit.bound == Bound::AtMost { "allows at most" } else { "asks for at least" };
        let (weight, allowed) = (words::percent(weight), words::percent(limit.value));
        let message = format!("the targets put {weight}{when} where `{}` {side} {allowed}", limit.name);
        let told = Diagnostic::warning(Code::TARGET_BREAKS_LIMIT, message);
        let told = told.help("change the weights or the limit: no proposal can meet both");
        Some(match &limit.location {
            Some(location) => told.at(location.clone()),
            None => told,
        })
    });
    told.collect()
}

/// The strategic weights that can be told, each with when they hold, where that is not always.
fn stages(policy: &Policy, assumptions: Option<&Assumptions>) -> Vec<(String, Spread)> {
    let always = |mix: Mix| vec![(String::new(), mix)];
    let mixes: Vec<(String, Mix)> = match &policy.strategy {
        Strategy::Tree => always(strategic::from_tree(&policy.tree).0),
        // What the optimizer will find cannot be told before there are estimates; it keeps its own rules.
        Strategy::Optimized(_) => Vec::new(),
        Strategy::Profile { profile, horizon_years } => {
            strategic::from_profile(profile, *horizon_years).map(|(mix, _)| always(mix)).unwrap_or_default()
        }
        Strategy::GlidePath(path) => {
            let when = |years| match path.axis {
                GlideAxis::YearsFrom(date) => format!(" {years} years from {date}"),
                GlideAxis::Age => format!(" at the age of {years}"),
            };
            path.points.iter().map(|point| (when(point.years), glide_path::mix_of(point))).collect()
        }
    };
    let spread = |mix: &Mix| {
        let weights = spread(&policy.tree, mix).ok()?;
        match policy.style {
            Style::Index => Some(weights),
            Style::Tilted(style) => tilt::apply(style, &policy.tree, assumptions, &weights).ok().map(|(tilted, _)| tilted),
        }
    };
    mixes.iter().filter_map(|(when, mix)| Some((when.clone(), spread(mix)?))).collect()
}

/// What weights put where a limit on the weight of classes allows less or asks for more.
fn broken(limit: &Limit, policy: &Policy, weights: &Spread) -> Option<f64> {
    let selector = &limit.selector;
    let is_plain = selector.attributes.is_empty() && selector.liquidity_tier_at_most.is_none() && selector.except.is_none();
    let by_class_only = is_plain && !selector.classes.is_empty();
    if limit.measure != Measure::Weight || limit.each.is_some() || !by_class_only {
        return None;
    }
    let weight = weight_within(&selector.classes, policy, weights)?;
    let beyond = match limit.bound {
        Bound::AtMost => weight - limit.value,
        Bound::AtLeast => limit.value - weight,
    };
    (beyond > TOLERANCE).then_some(weight)
}

/// Weight of the leaves within any of some classes; `None` where the classes cut through a leaf, so
/// that the targets do not say.
fn weight_within(classes: &[ClassPath], policy: &Policy, weights: &Spread) -> Option<f64> {
    let mut sum = 0.0;
    let leaves = policy.tree.leaves().map(|(id, leaf)| (Slot::Node(id), &leaf.class));
    let cash = ClassPath::cash();
    let apart = (slot(&policy.tree, &cash) == Some(Slot::Cash)).then_some((Slot::Cash, &cash));
    for (slot, class) in leaves.chain(apart) {
        if classes.iter().any(|selected| class.is_within(selected)) {
            sum += weights.get(slot);
        } else if classes.iter().any(|selected| selected.is_within(class)) {
            return None;
        }
    }
    Some(sum)
}
