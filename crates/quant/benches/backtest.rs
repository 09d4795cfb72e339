//! The vector gear of the backtest: median CPU time of one thread, from raw returns to the answer.
//!
//! `cargo bench -p evenkeel-quant --bench backtest` prints the table of docs/benchmarks.md.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::num::NonZeroUsize;

use evenkeel_quant::backtest::{Band, Checks, Costs, Destination, History, Record, Rule, Settlement, Study, run, sweep};
use rustix::time::{ClockId, clock_gettime};

/// 25 years of days.
const ROWS: usize = 6_300;

/// Seconds of CPU that this thread has used.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// Daily returns with a common part, from a linear congruential generator: 17 % volatility a year each, correlations of a third.
fn returns(assets: usize) -> Vec<f64> {
    let mut state = 20_260_101_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX) - 0.5
    };
    let mut rows = Vec::with_capacity(ROWS * assets);
    for _ in 0..ROWS {
        let market = 0.0003 + 0.021 * uniform();
        rows.extend((0..assets).map(|_| market + 0.030 * uniform()));
    }
    rows
}

fn report(what: &str, goal: &str, times: usize, mut task: impl FnMut() -> usize) {
    let mut seconds = Vec::new();
    let mut rebalances = task();
    for _ in 0..times {
        let start = cpu();
        rebalances = black_box(task());
        seconds.push(cpu() - start);
    }
    seconds.sort_by(f64::total_cmp);
    let (median, least) = (1e3 * seconds[times / 2], 1e3 * seconds[0]);
    println!("| {what} | {goal} | {median:.3} | {least:.3} | {rebalances} |");
}

fn main() {
    println!("| study | goal, ms | median ms | least ms | rebalances |\n|---|---|---|---|---|");
    for (assets, goal, times) in [(20, "0.15", 500), (500, "6", 40)] {
        let returns = returns(assets);
        let targets = vec![1.0 / assets as f64; assets];
        let costs = Costs { proportional: &[0.001], ..Costs::default() };
        let study = Study { costs, ..Study::new(History::returns(&returns, assets), &targets) };
        let single = |rule: &Rule, record| run(black_box(&study), rule, record).unwrap().totals.rebalances;
        let band = Rule::banded(Band::relative(0.25));
        let what = |what: &str| format!("{assets} assets, {what}");
        report(&what("daily look at bands of 25 % of target"), goal, times, || single(&band, Record::Values));
        report(&what("the same, totals alone"), "", times, || single(&band, Record::Totals));
        let edge = Rule { destination: Destination::BandEdge, ..band.clone() };
        report(&what("the same, to the band's edge"), "", times, || single(&edge, Record::Values));
        let limited = Rule { settlement: Settlement::CashLimited, ..band };
        report(&what("the same, cash limited"), "", times, || single(&limited, Record::Values));
        report(&what("back to target every day"), "", times, || single(&Rule::periodic(1), Record::Values));
        report(&what("back to target every 21 days"), "", times, || single(&Rule::periodic(21), Record::Values));
        if assets == 20 {
            let rules = grid();
            let swept =
                |threads| sweep(black_box(&study), &rules, Record::Totals, threads).unwrap().iter().map(|run| run.totals.rebalances).sum();
            report(&what("50 bands × 20 look frequencies, totals"), "40", 15, || swept(NonZeroUsize::MIN));
            let values = || sweep(&study, &rules, Record::Values, NonZeroUsize::MIN).unwrap().iter().map(|run| run.totals.rebalances).sum();
            report(&what("the same with values by row"), "", 5, values);
        }
    }
}

/// Bands of 1 to 50 % of the target, looked at every 1 to 20 days.
fn grid() -> Vec<Rule> {
    let bands = (1..=50_u32).map(|percent| Band::relative(f64::from(percent) / 100.0));
    bands.flat_map(|band| (1..=20).map(move |every| Rule { checks: Checks::Every(every), ..Rule::banded(band) })).collect()
}
