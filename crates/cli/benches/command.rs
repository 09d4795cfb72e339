//! The start of the command, beside the start of a program that does nothing, and the audit of a proposal.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel::drift::ReviewHistory;
use evenkeel::run::{Mandate, Provenance, Subject};
use evenkeel_cli::audit::{Facts, audit};
use evenkeel_testkit::generate::world;

fn start(criterion: &mut Criterion) {
    let run = |program: &str, argument: &str| {
        Command::new(program).arg(argument).stdout(Stdio::null()).status().expect("the program starts");
    };
    criterion.bench_function("start of `evenkeel --version`", |bencher| bencher.iter(|| run(env!("CARGO_BIN_EXE_evenkeel"), "--version")));
    criterion.bench_function("start of `true`, which does nothing", |bencher| bencher.iter(|| run("true", "")));
}

/// The first generated world whose proposal trades in at least six places.
fn auditor(criterion: &mut Criterion) {
    let history = ReviewHistory::default();
    for world in (0..).map(world) {
        let mandate = Mandate::new(&world.policy, &world.universe, &world.market, Some(&world.assumptions), None);
        let subject = Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history };
        let Ok(proposal) = mandate.propose(&subject, Provenance::default()) else { continue };
        if proposal.trades.len() < 6 {
            continue;
        }
        let facts = Facts {
            policy: &world.policy,
            universe: &world.universe,
            market: &world.market,
            assumptions: Some(&world.assumptions),
            household: &world.household,
            holdings: &world.holdings,
            flows: &[],
            sold: &[],
        };
        let lots: usize = world.holdings.accounts.iter().map(|account| account.lots().len()).sum();
        let name = format!(
            "audit of {} trades in {} accounts of {lots} lots, records included",
            proposal.trades.len(),
            world.household.accounts.len()
        );
        criterion.bench_function(&name, |bencher| bencher.iter(|| black_box(audit(&facts, &proposal).unwrap())));
        return;
    }
}

criterion_group!(benches, start, auditor);
criterion_main!(benches);
