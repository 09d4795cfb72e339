//! Reading policies: what is right, every defect on its own, and what is said about them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::format_collect, reason = "tests: a failure may panic, and speed does not matter")]

mod contents;
mod defects;
mod garbage;
mod limits;
mod meaning;
mod references;
mod template;
mod universe;
mod words;

use evenkeel::diagnostic::{Diagnostic, SourceText};
use evenkeel::document::Parsed;
use evenkeel::policy::Policy;

/// A policy with every key that does not exclude another.
const TREE: &str = include_str!("tree.toml");

/// The keys that exclude some of those.
const PROFILE: &str = include_str!("profile.toml");
const GLIDE: &str = include_str!("glide.toml");
const TARGET_DATE: &str = include_str!("target_date.toml");
const OPTIMIZED: &str = include_str!("optimized.toml");
const RISK_BUDGET: &str = include_str!("risk_budget.toml");
const CLUSTERS: &str = include_str!("clusters.toml");

/// Reads a policy from a text.
fn parse(text: &str) -> Parsed<Policy> {
    Policy::parse(SourceText { file: "policy.toml", text })
}

/// A policy that must be right.
fn policy(text: &str) -> Policy {
    let parsed = parse(text);
    assert!(parsed.value.is_some(), "{text}\n{:#?}", parsed.diagnostics);
    parsed.value.unwrap()
}

/// Code, line and column.
fn place(diagnostic: &Diagnostic) -> (String, usize, usize) {
    let at = diagnostic.location.as_ref().unwrap();
    (diagnostic.code.to_string(), at.line, at.column)
}

/// A text with one fragment replaced, which must be in it exactly once.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} must be there once");
    text.replacen(from, to, 1)
}
