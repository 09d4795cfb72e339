//! Trades in lots: the relaxation against Clarabel and its own conditions, the bound against random points, the search
//! against every combination.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "a test fails by panicking; sizes are small"
)]

mod generate;
#[path = "../differential/random.rs"]
mod random;
mod reference;
mod relax;
mod search;
mod small;
