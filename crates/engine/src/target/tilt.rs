//! A style's tilt: strategic weights leaned toward classes with a high preference, within a budget of
//! tracking error.
//!
//! > wᵢ = w⁰ᵢ + k dᵢ, with dᵢ = w⁰ᵢ (sᵢ − s̄), s̄ = Σ w⁰ᵢ sᵢ ÷ Σ w⁰ᵢ and
//! > k = min(τ ÷ √(dᵀΣd), 1 ÷ (s̄ − minᵢ sᵢ))
//!
//! | symbol | what | unit |
//! |---|---|---|
//! | w⁰ᵢ, wᵢ | weight of a leaf before and after | fraction of value |
//! | sᵢ | its preference: the loading of the style's name, for income else the score | any |
//! | dᵢ | direction; sums to zero | |
//! | Σ | covariance of the leaves | a year |
//! | τ | the most tracking error | a year, a fraction |
//!
//! The first bound on k meets the budget of risk, the second keeps every weight at or above zero: one
//! of them is met exactly. Sums run over the leaves with weight that state a preference; all others,
//! and cash, stay. Weights do not change when every preference is multiplied by a number above zero or
//! moved by a constant. That active weights scale with the budget of active risk: Grinold & Kahn 2000,
//! Active Portfolio Management, 2nd ed., chapter 5.

use evenkeel_ledger::class::ClassPath;

use crate::assumptions::{Assumptions, ClassAssumptions};
use crate::boundary::TOLERANCE;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{NodeId, Preference, TargetTree, Tilt};
use crate::portfolio::class_covariance;
use crate::words;

use super::spread::{Slot, Spread};
use super::{Reason, told};

/// A leaf with weight and a preference.
struct Leaf<'a> {
    node: NodeId,
    class: &'a ClassPath,
    weight: f64,
    preference: f64,
}

/// Tilts strategic weights toward a style.
pub(super) fn apply(
    tilt: Tilt,
    tree: &TargetTree,
    assumptions: Option<&Assumptions>,
    strategic: &Spread,
) -> Result<(Spread, Reason), Vec<Diagnostic>> {
    let style = tilt.toward.name();
    let Some(assumptions) = assumptions else { return Err(undefined(style, "there are no assumptions")) };
    let leaves = leaves(tilt.toward, tree, assumptions, strategic);
    let average = average(&leaves);
    let least = leaves.iter().map(|leaf| leaf.preference).fold(f64::INFINITY, f64::min);
    let differ = average - least > TOLERANCE * average.abs().max(least.abs());
    if !differ {
        let named = told::list(leaves.iter().map(|leaf| leaf.class.to_string()));
        let problem = match leaves.len() {
            0 => "no class with weight has one".to_owned(),
            1 => format!("only {named} has one"),
            _ => format!("{named} have the same"),
        };
        return Err(undefined(style, &problem));
    }
    let direction: Vec<f64> = leaves.iter().map(|leaf| leaf.weight * (leaf.preference - average)).collect();
    let classes: Vec<ClassPath> = leaves.iter().map(|leaf| leaf.class.clone()).collect();
    let covariance = class_covariance(assumptions, &classes).map_err(|unknown| {
        let message = format!("the tracking error of the style `{style}` cannot be told: {unknown}");
        let help = "give volatilities and correlations of the classes that it tilts in the assumptions, or use `style = \"index\"`";
        vec![Diagnostic::error(Code::STYLE_RISK_UNKNOWN, message).help(help)]
    })?;
    let risk = covariance.variance(&direction).sqrt();
    let by_bounds = 1.0 / (average - least);
    let by_risk = tilt.tracking_error_limit / risk;
    let scale = by_risk.min(by_bounds);

    let mut weights = strategic.clone();
    let mut changes = Vec::with_capacity(leaves.len());
    for leaf in &leaves {
        let factor = 1.0 + scale * (leaf.preference - average);
        // All of a leaf leaves exactly nothing.
        let weight = if factor.abs() <= TOLERANCE { 0.0 } else { leaf.weight * factor };
        weights.replace(tree, Slot::Node(leaf.node), weight);
        changes.push(format!("{} {}", leaf.class, told::signed_points(weight - leaf.weight)));
    }
    let (tracking_error, limit) = (words::percent(scale * risk), words::percent(tilt.tracking_error_limit));
    let bound = if by_risk <= by_bounds {
        "the most that is allowed".to_owned()
    } else {
        format!("of the {limit} that is allowed: more would take a weight below zero")
    };
    let sentence = format!(
        "Tilted toward {style}: {}. That is a tracking error of {tracking_error} a year against the strategic mix, {bound}.",
        told::list(changes.into_iter())
    );
    Ok((weights, Reason { step: "style", sentence }))
}

/// The leaves that a style moves: by loadings, or for income, where no leaf has one, by scores.
fn leaves<'a>(toward: Preference, tree: &'a TargetTree, assumptions: &Assumptions, strategic: &Spread) -> Vec<Leaf<'a>> {
    let by = |figure: &dyn Fn(&ClassAssumptions) -> Option<f64>| -> Vec<Leaf<'a>> {
        let with_weight = tree.leaves().map(|(node, leaf)| (node, leaf, strategic.get(Slot::Node(node))));
        with_weight
            .filter(|(_, leaf, weight)| *weight > 0.0 && !leaf.class.is_within(&ClassPath::cash()))
            .filter_map(|(node, leaf, weight)| {
                let preference = figure(assumptions.of(&leaf.class)?)?;
                Some(Leaf { node, class: &leaf.class, weight, preference })
            })
            .collect()
    };
    let name = toward.name();
    let by_loading = by(&|entry| entry.loadings.get(name).copied());
    if by_loading.is_empty() && toward == Preference::Income { by(&|entry| entry.scores.get(name).copied()) } else { by_loading }
}

/// Preference of the leaves, weighted by what they hold.
fn average(leaves: &[Leaf<'_>]) -> f64 {
    let weight: f64 = leaves.iter().map(|leaf| leaf.weight).sum();
    leaves.iter().map(|leaf| leaf.weight / weight * leaf.preference).sum()
}

fn undefined(style: &str, problem: &str) -> Vec<Diagnostic> {
    let message = format!("the style `{style}` needs classes that differ in their loading `{style}`, and {problem}");
    let help = format!("give the classes a loading `{style}` in the assumptions, or use `style = \"index\"`");
    vec![Diagnostic::error(Code::STYLE_UNDEFINED, message).help(help)]
}
