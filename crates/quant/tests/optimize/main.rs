//! The portfolio solver against published cases, closed forms, invariants and generated programs.
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
    clippy::float_cmp,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

#[path = "../shared/mod.rs"]
mod shared;

mod active_set;
mod frontier;
mod interior_point;
mod support;
