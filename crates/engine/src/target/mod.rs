//! [`TargetWeights`]: what should be held, and why.
//!
//! Strategic weights come from the tree, a profile or a glide path, in exact decimals; the shares of
//! the tree spread them over its leaves, a style may tilt these, and a tactical overlay may shift
//! them within its limits.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use serde::Serialize;

use crate::assumptions::Assumptions;
use crate::boundary::TOLERANCE;
use crate::diagnostic::{Code, Diagnostic};
use crate::market::SignalHistory;
use crate::policy::{Policy, Strategy, Style, TargetTree};
use crate::portfolio::Sleeves;
use crate::words::percent;

mod mix;

mod told;

mod strategic;

mod glide_path;

mod spread;

mod tilt;

mod signal;

mod overlay;

mod stop;

mod objective;

mod optimized;

mod limits;

mod side_by_side;

pub use evenkeel_quant::optimize::solution::Backend;
pub use limits::check_limits;
pub use objective::ObjectiveCheck;
pub use optimized::{
    AssetWeight, BindingRule, Frontier, FrontierPoint, OptimizeInputs, Optimized, ProofFigures, cluster_tree, frontier, optimize,
    optimize_estimated,
};
pub use overlay::{OverlayLeg, OverlayReport, RuleReading};
pub use side_by_side::{ProfileColumn, ProfileTable, side_by_side};
pub use signal::SignalReading;
pub use stop::{StopReading, read_stops};
pub(crate) use stop::{changed as changed_stops, with_stops};

use spread::Spread;

/// Target weight of every node and sleeve, with the reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetWeights {
    /// By node of the policy's tree, as fractions of portfolio value.
    pub nodes: Vec<f64>,
    /// By sleeve; they sum to 1. Unlisted sleeves have zero.
    pub sleeves: Vec<f64>,
    /// What made them, in order.
    pub reasons: Vec<Reason>,
}

/// One step on the way to the target weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// Which step: `tree`, `profile`, `horizon`, `glide_path`, `optimized`, `style`, `overlay`, `stop`, `objective`.
    pub step: &'static str,
    /// What it did, in a sentence with numbers.
    pub sentence: String,
}

/// Target weights, with what was found on the way to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    /// The weights.
    pub weights: TargetWeights,
    /// By sleeve, with the style's tilt and before the overlay; the same as `weights.sleeves` without one.
    pub strategic: Vec<f64>,
    /// What the overlay did, where the policy has one.
    pub overlay: Option<OverlayReport>,
    /// How the expected return of the weights stands to what is required.
    pub objective: ObjectiveCheck,
    /// What the user should know; no errors among them.
    pub warnings: Vec<Diagnostic>,
}

/// The target weights of a household on a day.
///
/// # Errors
/// All diagnostics, at least one of them an error: a class of the strategy that the tree lacks, a
/// glide path by age without a birth date, a style or its risk that the assumptions do not tell, an
/// overlay that has expired, a signal that is absent or stale, a tracking-error limit that cannot be
/// checked.
pub fn target_weights(
    policy: &Policy,
    sleeves: &Sleeves,
    household: &Household,
    assumptions: Option<&Assumptions>,
    signals: Option<&SignalHistory>,
    as_of: Date,
) -> Result<Targets, Vec<Diagnostic>> {
    let (mix, reasons) = match &policy.strategy {
        Strategy::Tree => strategic::from_tree(&policy.tree),
        Strategy::Optimized(_) => {
            let message = "the weights are optimized, which takes estimates; none were handed in";
            return Err(vec![Diagnostic::error(Code::OPTIMIZATION, message).help("bind the policy to a history, or state the weights")]);
        }
        Strategy::Profile { profile, horizon_years } => strategic::from_profile(profile, *horizon_years)?,
        Strategy::GlidePath(path) => glide_path::at(path, household, as_of)?,
    };
    let strategic = spread::spread(&policy.tree, &mix)?;
    complete(policy, sleeves, strategic, reasons, assumptions, signals, as_of)
}

/// The target weights of a policy whose leaves are optimized.
///
/// # Errors
/// As [`target_weights`], and weights below 0, which no account is brought to.
pub fn optimized_weights(
    policy: &Policy,
    sleeves: &Sleeves,
    optimized: &Optimized,
    assumptions: Option<&Assumptions>,
    signals: Option<&SignalHistory>,
    as_of: Date,
) -> Result<Targets, Vec<Diagnostic>> {
    let short = optimized.assets.iter().filter(|asset| asset.weight < -TOLERANCE).map(|asset| {
        let message = format!(
            "the optimized weight of {} is {}, and accounts are not brought to short positions",
            asset.class,
            percent(asset.weight)
        );
        Diagnostic::error(Code::OPTIMIZATION, message)
            .help("add `each >= 0` to the constraints of `[optimize]`; `optimize` shows the weights as they are")
    });
    let short: Vec<Diagnostic> = short.collect();
    if !short.is_empty() {
        return Err(short);
    }
    let strategic = spread::of_leaves(&policy.tree, sleeves, optimized);
    let reasons = vec![Reason { step: "optimized", sentence: optimized.sentence() }];
    complete(policy, sleeves, strategic, reasons, assumptions, signals, as_of)
}

/// The weights that a tree states, by sleeve: what stands for the market where weights are optimized.
/// Zeros where it states none, but for cash.
pub fn stated_weights(tree: &TargetTree, sleeves: &Sleeves) -> Vec<f64> {
    let (mix, _) = strategic::from_tree(tree);
    match spread::spread(tree, &mix) {
        Ok(spread) => spread.by_sleeve(sleeves),
        Err(_) => vec![0.0; sleeves.len()],
    }
}

/// Tilts and shifts strategic weights as the policy says, and holds them against its objective.
fn complete(
    policy: &Policy,
    sleeves: &Sleeves,
    mut strategic: Spread,
    mut reasons: Vec<Reason>,
    assumptions: Option<&Assumptions>,
    signals: Option<&SignalHistory>,
    as_of: Date,
) -> Result<Targets, Vec<Diagnostic>> {
    if let Style::Tilted(style) = policy.style {
        let (tilted, reason) = tilt::apply(style, &policy.tree, assumptions, &strategic)?;
        reasons.push(reason);
        strategic = tilted;
    }
    let strategic_sleeves = strategic.by_sleeve(sleeves);

    let (mut weights, mut report) = (strategic, None);
    if let Some(rules) = &policy.overlay {
        let inputs = overlay::Inputs { overlay: rules, tree: &policy.tree, sleeves, assumptions, signals, as_of };
        let (shifted, overlay) = overlay::apply(&inputs, &weights)?;
        reasons.extend(overlay.sentences.iter().map(|sentence| Reason { step: "overlay", sentence: sentence.clone() }));
        (weights, report) = (shifted, Some(overlay));
    }
    let by_sleeve = weights.by_sleeve(sleeves);
    let objective = objective::check(&policy.objective, sleeves, &by_sleeve, assumptions);
    let warnings = objective.warning().into_iter().collect();
    reasons.extend(objective.reason());
    let weights = TargetWeights { nodes: weights.nodes, sleeves: by_sleeve, reasons };
    Ok(Targets { weights, strategic: strategic_sleeves, overlay: report, objective, warnings })
}
