//! [`TargetWeights`]: what should be held, and why.

use serde::Serialize;

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
    /// Which step: `tree`, `profile`, `horizon`, `glide_path`, `overlay`.
    pub step: &'static str,
    /// What it did, in a sentence with numbers.
    pub sentence: String,
}
