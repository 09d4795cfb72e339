//! Laws that hold for any study.

use evenkeel_quant::backtest::{Cause, History, Record, Rule, Run, Settlement, Study, Trigger, run};
use proptest::prelude::*;

use crate::generate::{World, rule};

fn bits(run: &Run) -> (Vec<u64>, Vec<u64>) {
    let bits = |list: &[f64]| list.iter().map(|value| value.to_bits()).collect();
    (bits(&run.values), bits(&run.weights))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// What comes after a row changes nothing up to it.
    #[test]
    fn nothing_looks_ahead(seed: u64, cut in 0.0..1.0_f64) {
        let mut world = World::with_gaps(seed);
        let rule = rule(seed, world.assets, world.periods + 1);
        let before = run(&world.study(), &rule, Record::Weights).unwrap();
        let cut = (0..world.periods).find(|row| *row as f64 >= cut * world.periods as f64).unwrap_or(0).max(1);
        for (at, value) in world.returns.iter_mut().enumerate() {
            if at / world.assets >= cut && !value.is_nan() {
                *value = 0.3 - *value;
            }
        }
        let after = run(&world.study(), &rule, Record::Weights).unwrap();
        let (rows, entries) = (cut + 1, (cut + 1) * world.assets);
        prop_assert_eq!(&bits(&before).0[..rows], &bits(&after).0[..rows]);
        prop_assert_eq!(&bits(&before).1[..entries], &bits(&after).1[..entries]);
        let until = |run: &Run| run.events.iter().copied().filter(|event| event.row <= cut).collect::<Vec<_>>();
        prop_assert_eq!(until(&before), until(&after));
    }

    /// Value after = value before, grown, plus the flow, less costs; weights are the targets after a full rebalance.
    #[test]
    fn self_financing_keeps_the_books(seed: u64) {
        let world = World::new(seed);
        let rule = Rule { settlement: Settlement::SelfFinancing, ..rule(seed, world.assets, world.periods + 1) };
        let found = run(&world.study(), &rule, Record::Weights).unwrap();
        let n = world.assets;
        let mut paid = 0.0;
        for row in 1..=world.periods {
            if found.totals.ruined.is_some_and(|ruined| row >= ruined) {
                break;
            }
            let weights = &found.weights[(row - 1) * n..row * n];
            let growth = 1.0 + weights.iter().zip(&world.returns[(row - 1) * n..]).map(|(w, r)| w * r).sum::<f64>();
            let flow = world.flows.get(row).copied().unwrap_or(0.0);
            let cost = found.events.iter().find(|event| event.row == row).map_or(0.0, |event| event.cost);
            paid += cost;
            let expected = found.values[row - 1] * growth * (1.0 - world.management) + flow - cost;
            prop_assert!((found.values[row] - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "row {row}");
            let sum: f64 = found.weights[row * n..(row + 1) * n].iter().sum();
            // A flow that does not pay for its trades waits as cash, or is owed.
            prop_assert!(!world.flows.is_empty() || (sum - 1.0).abs() <= 1e-9, "row {row}: {sum}");
        }
        prop_assert!((found.totals.cost - paid - found.events[0].cost).abs() <= 1e-12 * (1.0 + paid));
    }

    /// The cost of a full rebalance is what the trades that it leads to cost.
    #[test]
    fn weights_are_exact_after_costs(seed: u64) {
        let mut world = World::new(seed);
        (world.fixed, world.management, world.flows) = (0.0, 0.0, Vec::new());
        let n = world.assets;
        let found = run(&world.study(), &Rule::periodic(1), Record::Weights).unwrap();
        for event in &found.events[1..] {
            let (row, before) = (event.row, event.row - 1);
            let (mut cost, mut total) = (0.0, 0.0);
            let set = world.target_rows.iter().rposition(|first| *first <= row).unwrap();
            for asset in 0..n {
                let held = found.values[before] * found.weights[before * n + asset] * (1.0 + world.returns[before * n + asset]);
                let after = world.targets[set * n + asset] * found.values[row];
                cost += world.proportional[asset] * (after - held).abs();
                total += held;
                prop_assert!((found.weights[row * n + asset] - world.targets[set * n + asset]).abs() <= 1e-14);
            }
            prop_assert!((found.values[row] - (total - cost)).abs() <= 4e-15 * total);
        }
    }

    /// Money has no unit: everything × 8 gives everything × 8.
    #[test]
    fn scaling_money_scales_values(seed: u64) {
        let mut world = World::with_gaps(seed);
        let rule = rule(seed, world.assets, world.periods + 1);
        let once = run(&world.study(), &rule, Record::Weights).unwrap();
        world.start *= 8.0;
        world.flows.iter_mut().for_each(|flow| *flow *= 8.0);
        let eight = run(&world.study(), &rule, Record::Weights).unwrap();
        prop_assert_eq!(once.values.iter().map(|value| 8.0 * value).collect::<Vec<_>>(), eight.values);
        prop_assert_eq!(once.weights, eight.weights);
    }

    /// Assets have no order.
    #[test]
    fn turning_the_assets_round_changes_nothing(seed: u64) {
        let mut world = World::with_gaps(seed);
        let mut rule = rule(seed, world.assets, world.periods + 1);
        let once = run(&world.study(), &rule, Record::Values).unwrap();
        let n = world.assets;
        world.returns.chunks_exact_mut(n).for_each(<[f64]>::reverse);
        world.targets.chunks_exact_mut(n).for_each(<[f64]>::reverse);
        world.proportional.reverse();
        rule.bands.reverse();
        let turned = run(&world.study(), &rule, Record::Values).unwrap();
        prop_assert_eq!(once.events.len(), turned.events.len());
        for (once, turned) in once.values.iter().zip(&turned.values) {
            prop_assert!((once - turned).abs() <= 1e-10 * once.abs().max(1e-3), "{once} {turned}");
        }
    }

    /// Prices and the returns between them are the same history.
    #[test]
    fn prices_give_what_their_returns_give(seed: u64) {
        let world = World::new(seed);
        let n = world.assets;
        let mut prices: Vec<f64> = (0..n).map(|asset| 10.0 + asset as f64).collect();
        for (at, change) in world.returns.iter().enumerate() {
            prices.push(prices[at] * (1.0 + change));
        }
        let rule = rule(seed, n, world.periods + 1);
        let by_returns = run(&world.study(), &rule, Record::Values).unwrap();
        let by_prices = run(&Study { history: History::prices(&prices, n), ..world.study() }, &rule, Record::Values).unwrap();
        prop_assert_eq!(by_returns.events.len(), by_prices.events.len());
        for (a, b) in by_returns.values.iter().zip(&by_prices.values) {
            prop_assert!((a - b).abs() <= 1e-11 * a.abs().max(1e-3), "{a} {b}");
        }
    }

    /// What is recorded changes nothing but what is recorded.
    #[test]
    fn totals_are_the_same_whatever_is_recorded(seed: u64) {
        let world = World::with_gaps(seed);
        let rule = rule(seed, world.assets, world.periods + 1);
        let [totals, values, weights] = [Record::Totals, Record::Values, Record::Weights].map(|record| run(&world.study(), &rule, record).unwrap());
        prop_assert_eq!(totals.totals, values.totals);
        prop_assert_eq!(values.totals, weights.totals);
        prop_assert_eq!(&values.events, &weights.events);
        prop_assert!(weights.values.iter().chain(&weights.weights).all(|number| number.is_finite()));
        prop_assert_eq!(values.values.last().copied(), Some(values.totals.final_value));
        let trades = values.events.iter().filter(|event| !matches!(event.cause, Cause::Start | Cause::Flow)).count();
        prop_assert_eq!(trades, values.totals.rebalances);
        if rule.trigger == Trigger::Always {
            prop_assert!(values.events.iter().all(|event| matches!(event.cause, Cause::Start | Cause::Flow | Cause::Look)));
        }
    }
}
