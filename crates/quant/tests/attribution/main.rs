//! Attribution against Bacon's tables and what must always hold.
//!
//! The case files stand beside the project in `../shared/cases`; where they are absent the tests say so and pass.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_cmp,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

#[path = "../shared/mod.rs"]
mod shared;

mod bacon;

mod currencies;

mod degenerate;

mod explained;

mod laws;

mod tree;

use evenkeel_quant::attribution::segment::Segment;

/// A segment: weights of portfolio and benchmark, then returns.
pub(crate) fn segment(portfolio_weight: f64, benchmark_weight: f64, portfolio_return: f64, benchmark_return: f64) -> Segment {
    Segment { portfolio_weight, benchmark_weight, portfolio_return, benchmark_return }
}

pub(crate) fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, not {expected}");
}
