//! Clusters and the weights built on them, and risk budgets, against published cases and invariants.
//!
//! The case files stand beside the project in `../shared/cases`; where they are absent the tests say
//! so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

#[path = "../shared/mod.rs"]
mod shared;

mod clusters;
mod hierarchical;
mod risk_budget;
mod support;
