//! Files in and out.
//!
//! Neutral formats, strict about units and signs. What is wrong with a file is told all at once,
//! each defect with its place and remedy; nothing is guessed, and nothing is half-written.

pub mod limits;

// An input file in memory, with its hash.
pub mod source;

// How foreign headers, dates and signs become neutral ones.
pub mod mapping;

// The one way in which delimited files are read.
pub mod table;

// `instruments.csv`.
pub mod instruments;

// `household.toml`.
pub mod household;

// `holdings.csv`.
pub mod holdings;

// `journal.csv` and `journal.jsonl`.
pub mod journal;

// `prices.csv` and `returns.csv`.
pub mod prices;

// `fx.csv`.
pub mod fx;

// `sales.csv`.
pub mod sales;

// A household and instruments where no file gives them.
mod made_up;

// `actions.csv`.
pub mod actions;

// `signals.csv`.
pub mod signals;

// `assumptions.toml`.
pub mod assumptions;

// `benchmark.csv`.
pub mod benchmark;

// `segments.csv`.
pub mod segments;

// What a backtest has written.
pub mod results;

// `constituents.csv`.
pub mod constituents;

// `factors.csv`.
pub mod factors;

// `exposures.csv`.
pub mod exposures;

// Pictures of results.
pub mod picture;

// Writing files whole or not at all.
pub mod write;

// What a person reads, on any medium.
pub mod page;

// Whose pages results are.
pub mod brand;

// All inputs of a run.
pub mod folder;

// Books of many accounts.
pub mod book;

// The reference of files.
pub mod reference;

mod intern;

mod panel;
