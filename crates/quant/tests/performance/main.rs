//! Returns and ratios against published cases and closed forms.
//!
//! The case files stand beside the project in `../shared/cases`; where they are absent the tests say so and pass.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

#[path = "../shared/mod.rs"]
mod shared;

mod bacon;

mod cases;

mod laws;
