//! Backtests of weights against a loop that was written otherwise, cases by hand and laws.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::cast_precision_loss, reason = "a test; equality of bits is what some of them ask")]

#[path = "../shared/mod.rs"]
mod shared;

mod bad_input;
mod by_hand;
mod differential;
mod generate;
mod laws;
mod reference;
mod sweeps;
