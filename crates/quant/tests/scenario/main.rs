//! Scenario portfolios against reference cases, an independent method and their own invariants.
//!
//! The case files stand beside the project in `../shared/cases`; where they are absent the tests say
//! so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a test fails by panicking, says what it skips, and its counts are small"
)]

#[path = "../shared/mod.rs"]
mod shared;

mod cases;
mod second;
mod worlds;
