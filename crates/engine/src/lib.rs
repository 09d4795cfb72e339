//! The flow, from policy and holdings to a proposal and its proof.
//!
//! One module a stage, in the order in which data passes through them; a module uses only those
//! above it. No clock, no files, no randomness that it was not handed, so every run can be
//! replayed and simulated.

// No clock, files, environment or random numbers that were not handed in: see clippy.toml.
#![deny(clippy::disallowed_methods)]

// What a user did wrong or should know, with the place and the remedy.
pub mod diagnostic;

// The border between exact books and floating-point analytics.
pub mod boundary;

// How numbers are said in sentences.
pub mod words;

// Reading TOML documents: every problem in one pass, each with its place.
pub mod document;

// What the user has decided: targets, bands, triggers, costs, limits.
pub mod policy;

// What the user believes: expected returns, volatilities, correlations, scores.
pub mod assumptions;

// What was observed: prices, exchange rates, signals.
pub mod market;

// What is held, valued and assigned to the policy's tree.
pub mod portfolio;

// What is expected of the leaves of the tree.
pub mod estimate;

// What should be held, and why.
pub mod target;

// How far holdings are from target, and whether to trade.
pub mod drift;

// What a trade costs.
pub mod cost;

// What tax a year's gains cause, by country.
pub mod tax;

// What it costs a year to hold a class in an account, and where each should live.
pub mod location;

// Classes held name by name like an index: weights and risk.
pub mod index;

// Whether every limit is kept, and what a shock would do.
pub mod comply;

// What to trade, where and in which lots.
pub mod trade;

// The whole flow: from inputs to a proposal.
pub mod run;

// How much of the best of many results is luck.
pub mod luck;

// The flow under a virtual clock: what a policy would have done.
pub mod backtest;

// What a series of returns comes to, as documents give it.
pub mod figures;

// What accounts have earned, from their journal and prices alone.
pub mod performance;

// Whether laws were kept on the days on which they look at holdings.
pub mod observance;

// Why it was earned: segments of the books, or of a table, against a benchmark.
pub mod attribution;

// How much risk is held, where it comes from, and what shocks would do.
pub mod risk;

// Which bands and which destination cost least.
pub mod advise;

// Whether what is optimized on one part of a history holds on the next.
pub mod walk_forward;

// Many futures of a policy, on paths from history or beliefs.
pub mod simulate;
