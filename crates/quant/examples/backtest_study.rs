//! A study of returns read from a file, timed in CPU time of one thread; `bench/compare_backtest.py` runs it beside its peers.
//!
//! `backtest_study TASK RETURNS ASSETS REPEATS ANSWER` reads little-endian f64 row by row, writes the answer the same way
//! and prints one line of JSON. TASK is a settlement (`self_financing`, `outlay_inclusive`, `cash_limited`, `fee_from_cash`),
//! which gives the value of each row, or `sweep`, which gives the final value of each variant.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, reason = "a program for a comparison")]

use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;

use evenkeel_quant::backtest::{Band, Checks, Costs, History, Record, Rule, Settlement, Study, run, sweep};
use rustix::time::{ClockId, clock_gettime};

/// Seconds of CPU that this thread has used.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// Greatest memory that this process has used, in kB; Linux tells.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn read(path: &str) -> Vec<f64> {
    fs::read(path).unwrap().chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// Looked at every day, a quarter of the target on each side.
fn banded(settlement: Settlement) -> Rule {
    Rule { settlement, ..Rule::banded(Band::relative(0.25)) }
}

/// Bands of 1 to 50 % of the target, looked at every 1 to 20 days.
fn grid() -> Vec<Rule> {
    let bands = (1..=50_u32).map(|percent| Band::relative(f64::from(percent) / 100.0));
    bands.flat_map(|band| (1..=20).map(move |every| Rule { checks: Checks::Every(every), ..Rule::banded(band) })).collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [task, path, assets, repeats, answer] = arguments.as_slice() else {
        println!("run by bench/compare_backtest.py");
        return;
    };
    let (returns, assets, repeats): (_, usize, usize) = (read(path), assets.parse().unwrap(), repeats.parse().unwrap());
    let targets = vec![1.0 / assets as f64; assets];
    let costs = Costs { proportional: &[0.001], ..Costs::default() };
    let study = Study { costs, start: 1e6, ..Study::new(History::returns(&returns, assets), &targets) };
    let values = |settlement| run(black_box(&study), &banded(settlement), Record::Values).unwrap().values;
    let rules = grid();
    let asked = || match task.as_str() {
        "self_financing" => values(Settlement::SelfFinancing),
        "outlay_inclusive" => values(Settlement::OutlayInclusive),
        "cash_limited" => values(Settlement::CashLimited),
        "fee_from_cash" => values(Settlement::FeeFromCash),
        "sweep" => {
            let runs = sweep(black_box(&study), &rules, Record::Totals, NonZeroUsize::MIN).unwrap();
            runs.iter().map(|run| run.totals.final_value).collect()
        }
        other => unreachable!("no task is called {other}"),
    };
    let mut found = asked();
    let mut seconds = Vec::new();
    for _ in 0..repeats {
        let start = cpu();
        found = asked();
        seconds.push(cpu() - start);
    }
    fs::write(answer, found.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    println!("{{\"seconds\": {seconds:?}, \"peak\": {}}}", peak());
}
