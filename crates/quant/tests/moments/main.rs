//! Estimators and views against published and derived cases, and the laws they keep.
//!
//! The golden files are the project's own. The case files stand beside the project in
//! `../shared/cases`; where they are absent the tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_cmp,
    missing_docs,
    reason = "a test fails by panicking, says what it skips, and knows when a number must be exact"
)]

#[path = "../shared/mod.rs"]
mod shared;

mod black_litterman;
mod covariance_cases;
mod covariance_laws;
mod degenerate;
mod entropy_pooling;
mod real_panels;
mod support;
