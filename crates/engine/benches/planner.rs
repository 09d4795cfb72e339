//! The rules planner on accounts of 30 lots: valuing, planning and writing down one household.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "a benchmark")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Held, World, policy, tree_targets, usd, world};
use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel::cost::CostModel;
use evenkeel::drift::{Decision, Gauge};
use evenkeel::policy::Band;
use evenkeel::portfolio::{Portfolio, Sleeves};
use evenkeel::trade::{Context, Situation, plan_trades, propose_trades};
use evenkeel_ledger::account::Account;
use evenkeel_ledger::identical::IdenticalSets;
use std::hint::black_box;

/// Ten instruments with three lots each, out of balance.
fn account_of_30_lots() -> World {
    const SYMBOLS: [&str; 10] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];
    let mut policy = policy(&SYMBOLS.map(|symbol| {
        (
            symbol,
            "0.1",
            match symbol {
                "A" => &["A"] as &[&str],
                "B" => &["B"],
                "C" => &["C"],
                "D" => &["D"],
                "E" => &["E"],
                "F" => &["F"],
                "G" => &["G"],
                "H" => &["H"],
                "I" => &["I"],
                _ => &["J"],
            },
        )
    }));
    for node in &mut policy.tree.nodes {
        node.band = Band { absolute: Some(0.05), relative: Some(0.25) };
    }
    policy.rebalance.whole_lots = true;
    policy.rebalance.min_trade = usd("100");
    policy.costs.proportional = "0.0005".parse().unwrap();
    policy.costs.fixed_per_trade = usd("1");
    let instruments = SYMBOLS.map(|symbol| (symbol, symbol, "87.35"));
    let quantities = ["150", "20", "35", "64", "81", "110", "12", "95", "40", "77"];
    let positions = SYMBOLS.iter().zip(quantities).flat_map(|(symbol, quantity)| std::iter::repeat_n((*symbol, quantity), 3));
    let positions = positions.collect();
    world(policy, &instruments, vec![Held { account: Account::new("main", "owner", common::USD), cash: "2500.00", positions }])
}

fn planner(criterion: &mut Criterion) {
    let world = account_of_30_lots();
    let sleeves = Sleeves::new(&world.policy.tree, &world.universe);
    let targets = tree_targets(&world.policy, &sleeves);
    let costs = CostModel::new(&world.policy.costs, &world.universe, &world.market, None);
    let identical = IdenticalSets::new(&world.universe, world.policy.tax.identical);
    let context = Context::new(&world.policy, &world.universe, &world.market, &sleeves, costs, identical, &targets);
    let decision = Decision::Rebalance { trigger: "threshold".to_owned(), reason: String::new() };
    criterion.bench_function("rules planner: 30 lots, value and plan", |bencher| {
        bencher.iter(|| {
            let portfolio = Portfolio::new(&world.holdings, &world.universe, &world.market, common::USD).unwrap();
            let situation = Situation::new(&context, &world.household, &portfolio, &[], &[]).unwrap();
            black_box(plan_trades(&context, &situation, world.policy.rebalance.destination).unwrap())
        });
    });
    criterion.bench_function("rules planner: 30 lots, all ways, written down with reasons", |bencher| {
        bencher.iter(|| {
            let portfolio = Portfolio::new(&world.holdings, &world.universe, &world.market, common::USD).unwrap();
            let situation = Situation::new(&context, &world.household, &portfolio, &[], &[]).unwrap();
            let effective = situation.effective_targets(&context);
            let gauge = Gauge::new(&world.policy, &sleeves, &effective, None);
            let destination = world.policy.rebalance.destination;
            black_box(propose_trades(&context, &situation, &gauge, &effective.sleeves, &decision, destination, None).unwrap())
        });
    });
}

criterion_group!(benches, planner);
criterion_main!(benches);
