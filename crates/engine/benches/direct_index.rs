//! The joint decision on a direct index of 500 names, 3,000 lots and 60 factors: processor time over sixty seeds. An argument keeps
//! to the runs whose name contains it, a number to so many seeds, for counting instructions.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, missing_docs, reason = "a benchmark")]

use evenkeel::drift::ReviewHistory;
use evenkeel::index::bind_indices;
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::trade::Comparison;
use evenkeel_testkit::clock::processor_time;
use evenkeel_testkit::generate::{DirectIndex, Size, direct_index};

// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SEEDS: u64 = 60;
const SIZE: Size = Size { names: 500, lots: 3_000, factors: 60, concentrated: 0 };

/// The whole decision: from holdings to a proposal with reasons.
fn decide(world: &DirectIndex) -> (Proposal, f64) {
    let indices = bind_indices(&world.policy, &world.universe, Some(&world.constituents), Some(&world.risk)).value.unwrap();
    let mandate =
        Mandate::new(&world.policy, &world.universe, &world.market, None, None).with_indices(&indices).comparing(Comparison::Nothing);
    let (household, holdings) = (&world.household, &world.holdings);
    let subject = Subject { household, holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
    let before = processor_time();
    let proposal = mandate.propose(&subject, Provenance::default()).unwrap();
    (proposal, processor_time() - before)
}

/// The value below which so much of the sorted values lie.
fn quantile(sorted: &[f64], of_hundred: usize) -> f64 {
    sorted[(sorted.len() * of_hundred).div_ceil(100).saturating_sub(1)]
}

/// What is asked for on the command line.
struct Asked {
    /// Part of the name of the runs.
    name: String,
    seeds: u64,
}

/// With a limit at so much of the tracking error that is left without one, where given.
fn report(asked: &Asked, name: &str, limit: Option<f64>) {
    if !name.contains(&asked.name) {
        return;
    }
    let (mut times, mut gaps, mut nodes, mut trades, mut binding) = (Vec::new(), Vec::new(), Vec::new(), 0, 0);
    for seed in 1..=asked.seeds {
        let mut world = direct_index(seed, SIZE);
        world.policy.indices[0].max_tracking_error = None;
        let (mut proposal, mut time) = decide(&world);
        if let Some(limit) = limit {
            world.policy.indices[0].max_tracking_error = Some(limit * proposal.optimum.unwrap().tracking[0].after);
            (proposal, time) = decide(&world);
        }
        let optimum = proposal.optimum.unwrap();
        times.push(time);
        gaps.extend(optimum.proof.map(|proof| proof.gap));
        nodes.extend(optimum.proof.map(|proof| f64::from(u32::try_from(proof.nodes).unwrap())));
        binding += usize::from(optimum.tracking[0].multiplier > 1.0);
        trades += proposal.trades.len();
    }
    for values in [&mut times, &mut gaps, &mut nodes] {
        values.sort_by(f64::total_cmp);
    }
    println!(
        "{name}: p50 {:.1} ms, p99 {:.1} ms; gap p50 {:.2} bp, p95 {:.2} bp; nodes p50 {}, most {}; {} trades a household; limit bound {binding} of {}",
        quantile(&times, 50),
        quantile(&times, 99),
        quantile(&gaps, 50),
        quantile(&gaps, 95),
        quantile(&nodes, 50),
        quantile(&nodes, 100),
        trades / times.len(),
        times.len()
    );
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let seeds = given.iter().find_map(|argument| argument.parse().ok()).unwrap_or(SEEDS);
    let name = given.into_iter().find(|argument| argument.parse::<u64>().is_err()).unwrap_or_default();
    let asked = Asked { name, seeds };
    report(&asked, "no limit of tracking error", None);
    report(&asked, "a limit that does not bind", Some(2.0));
    report(&asked, "a limit at 0.8 of the tracking error without one", Some(0.8));
}
