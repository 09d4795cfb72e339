//! Reading policies: what is right, every defect on its own, and what is said about them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test may panic")]

mod template;

use evenkeel::diagnostic::SourceText;
use evenkeel::document::Parsed;
use evenkeel::policy::Policy;

/// Reads a policy from a text.
fn parse(text: &str) -> Parsed<Policy> {
    Policy::parse(SourceText { file: "policy.toml", text })
}
