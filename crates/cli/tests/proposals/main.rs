//! Proposals over thousands of generated households: what must hold of every one of them.
//!
//! `EVENKEEL_SEEDS` sets how many seeds each property is tried on; without it a few hundred.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod any_order;
mod audited;
mod explained;
mod followed;
mod harvested;
mod located;
mod one_way;
mod optimal;
mod repeated;
mod scaled;
mod support;
