//! The command on public market data and on the fills of a real account.
//!
//! The data lie in `../shared/data` beside the workspace, and no part of them is in the repository;
//! where they are absent each test says so and passes. What the files are, where they come from and
//! the mapping files that read them are described in docs/guides/real-data.md.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]
#![allow(clippy::format_collect, clippy::format_push_string, reason = "files of a test are short")]

#[path = "../support/mod.rs"]
mod support;

mod account;

mod case;

mod currency;

mod dirty;

mod panel;

mod stocks;

mod valuation;
