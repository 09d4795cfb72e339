//! The joint planner against the cascade of rules over simulated years: `make experiment`.

#![allow(clippy::print_stdout, reason = "an example that reports what it found")]

use std::num::NonZero;
use std::path::PathBuf;

use clap::Parser;
use evenkeel_cli::workers;

mod experiment;

use experiment::{Failure, Settings};

/// Arguments.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many households.
    #[arg(long, default_value_t = 200)]
    households: usize,
    /// How many years.
    #[arg(long, default_value_t = 20)]
    years: usize,
    /// On how many households tracking error is matched; 0 leaves that out.
    #[arg(long, default_value_t = 10)]
    matched: usize,
    /// The seed of the book and the market.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads work; the result is the same for any number.
    #[arg(long)]
    threads: Option<NonZero<usize>>,
    /// Where the generated book is written.
    #[arg(long, default_value = "out/experiment/book")]
    book: PathBuf,
    /// Where the result is written as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let Arguments { households, years, matched, seed, threads, book, json } = Arguments::parse();
    let threads = threads.unwrap_or_else(workers::available);
    let report = experiment::run(&Settings { households, years, matched, seed, threads, book })?;
    print!("{}", report.text());
    if let Some(file) = json {
        evenkeel_io::write::whole(&file, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    Ok(())
}
