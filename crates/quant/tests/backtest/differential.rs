//! Against the plain loop.

use evenkeel_quant::backtest::{Record, Rule, Settlement, run};
use proptest::prelude::*;

use crate::generate::{World, rule};
use crate::reference;

fn compare(mut world: World, rule: &Rule) -> Result<(), TestCaseError> {
    if rule.settlement == Settlement::CashLimited {
        // Sells that pay off what a fixed cost left owing come to lie where they just pay for themselves: see `cash_limited` by hand.
        world.fixed = 0.0;
    }
    let world = &world;
    let found = run(&world.study(), rule, Record::Weights).unwrap();
    let (values, events) = reference::run(world, rule);
    prop_assert_eq!(found.values.len(), values.len());
    prop_assert_eq!(found.weights.len(), values.len() * world.assets);
    // Where everything is lost, what is left is rounding.
    let end = values.iter().position(|value| *value <= 1e-9).unwrap_or(values.len());
    let rows: Vec<usize> = found.events.iter().map(|event| event.row).filter(|row| *row < end).collect();
    let expected: Vec<usize> = events.iter().map(|event| event.0).filter(|row| *row < end).collect();
    prop_assert_eq!(rows, expected, "under {:?}", rule);
    for (row, (found, value)) in found.values.iter().zip(&values).enumerate() {
        prop_assert!((found - value).abs() <= 1e-10 * value.abs().max(1e-3), "row {row}: {found} and {value} under {rule:?}");
    }
    for (event, (row, turnover, cost)) in found.events.iter().zip(&events).filter(|(event, _)| event.row < end) {
        prop_assert!((event.turnover - turnover).abs() <= 1e-9, "row {row}: {} and {turnover} under {rule:?}", event.turnover);
        prop_assert!((event.cost - cost).abs() <= 1e-9, "row {row}: {} and {cost} under {rule:?}", event.cost);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_rule_gives_what_a_plain_loop_gives(seed: u64) {
        let world = World::new(seed);
        let rule = rule(seed, world.assets, world.periods + 1);
        compare(world, &rule)?;
    }

    #[test]
    fn gaps_listings_and_total_losses_too(seed: u64) {
        let world = World::with_gaps(seed);
        let rule = rule(seed, world.assets, world.periods + 1);
        compare(world, &rule)?;
    }
}
