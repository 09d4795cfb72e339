//! Generated worlds are valid, and a few hundred of them reach every corner.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use evenkeel::comply::{Rules, StressTests};
use evenkeel::policy::NodeId;
use evenkeel::portfolio::{Portfolio, Sleeves, State, class_parts};
use evenkeel_ledger::number::Rate;
use evenkeel_testkit::generate::{Corner, Random, world};

const SEEDS: std::ops::Range<u64> = 0..400;

#[test]
fn every_corner_is_reached() {
    let worlds: Vec<_> = SEEDS.map(world).collect();
    let missing: Vec<_> = Corner::ALL.iter().filter(|corner| !worlds.iter().any(|world| corner.is_in(world))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn weights_of_siblings_sum_to_one() {
    for world in SEEDS.map(world) {
        let nodes = &world.policy.tree.nodes;
        let groups = std::iter::once(None).chain((0..nodes.len()).map(|index| Some(NodeId(index))));
        for parent in groups {
            let children: Vec<_> = nodes.iter().filter(|node| node.parent == parent).collect();
            let sum = children.iter().try_fold(Rate::ZERO, |sum, node| sum.try_add(node.weight.unwrap())).unwrap();
            assert!(children.is_empty() || sum == Rate::ONE, "seed {}: {parent:?} has {sum}", world.seed);
        }
    }
}

/// Every world can be valued, and its limits and scenarios measured, in whatever order its
/// positions come.
#[test]
fn worlds_are_measured_in_any_order() {
    for world in SEEDS.map(world) {
        let sleeves = Sleeves::new(&world.policy.tree, &world.universe);
        let portfolio = Portfolio::new(&world.holdings, &world.universe, &world.market, world.policy.base_currency).unwrap();
        let state = State::of(&portfolio);
        let rules = Rules::bind(&world.policy, &world.universe, &sleeves, Some(&world.assumptions));
        let stress = StressTests::bind(&world.policy, &world.universe, &sleeves);
        let measured = rules.measure(&state);
        let mut positions = state.values().to_vec();
        Random::new(world.seed).shuffle(&mut positions);
        let shuffled = State::new(positions, state.cash());
        assert_eq!(rules.measure(&shuffled), measured, "seed {}", world.seed);
        assert_eq!(stress.run(&shuffled).unwrap(), stress.run(&state).unwrap(), "seed {}", world.seed);
        let checks = rules.check(&measured, &measured);
        assert_eq!(checks.iter().any(evenkeel::comply::Check::refuses), rules.refuses(&measured, &measured), "seed {}", world.seed);
        assert!(checks.iter().all(|check| (0.0..=1.0).contains(&check.covered)), "seed {}", world.seed);
        for (id, instrument) in world.universe.iter() {
            let whole: f64 = class_parts(id, instrument, &sleeves).iter().map(|part| part.fraction).sum();
            assert!((whole - 1.0).abs() < 1e-12, "seed {}: {} has parts of {whole}", world.seed, instrument.symbol);
        }
    }
}
