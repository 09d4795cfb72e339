//! The segments against a plain loop, month by month, and against themselves in other orders.

use std::num::NonZero;

use evenkeel_quant::simulate::source::{BlockBootstrap, Ends};
use evenkeel_quant::simulate::{Flow, Inflation, Model, Plan, Rebalancing, Simulation, Watch, WatchKind};
use evenkeel_quant::spending::{Spender, YearStart};
use proptest::prelude::*;

use crate::support::{close, fixed_real, history, plan};

/// Value at which trading to the weights is paid for, by bisection.
fn settled(available: f64, held: &[f64], weights: &[f64], costs: &[f64]) -> f64 {
    let lacks = |value: f64| {
        let paid: f64 = held.iter().zip(weights).zip(costs).map(|((held, weight), cost)| cost * (value * weight - held).abs()).sum();
        value + paid - available
    };
    let (mut low, mut high) = (0.0, available);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if lacks(middle) > 0.0 { high = middle } else { low = middle }
    }
    low
}

struct Plain {
    wealth: Vec<f64>,
    spending: Vec<f64>,
    rebalances: u64,
}

/// Every month on its own, in weights and values a person would write down.
fn month_by_month(plan: &Plan, months: &[Vec<f64>]) -> Plain {
    let assets = plan.costs.len();
    let row = |rows: &[Vec<f64>], year: usize| rows[year.min(rows.len() - 1)].clone();
    let mut held: Vec<f64> = plan.start.as_ref().unwrap_or(&plan.weights[0]).iter().map(|weight| plan.value * weight).collect();
    let mut found = Plain { wealth: Vec::new(), spending: Vec::new(), rebalances: 0 };
    let mut spender = Spender::new(&plan.spending);
    let (mut prices, mut amount, mut spent, mut grown) = (1.0, 0.0, 0.0, 1.0);
    for (month, growth) in months.iter().enumerate() {
        let (year, of_year) = (month / 12, month % 12);
        let value: f64 = held.iter().sum();
        if of_year % (12 / plan.looks_per_year) == 0 {
            spender.observe(value);
        }
        if of_year == 0 {
            amount =
                spender.decide(&YearStart { year, years_left: plan.years - year, value, price_level: prices, last_return: grown - 1.0 });
            (spent, grown) = (0.0, 1.0);
        }
        let mut flow = 0.0;
        if of_year % (12 / plan.payments_per_year) == 0 {
            let parts = plan.payments_per_year as f64;
            let planned = plan.flows.iter().filter(|flow| flow.year == year);
            flow = planned.map(|flow| if flow.is_real { flow.amount * prices } else { flow.amount }).sum::<f64>() / parts - amount / parts;
            spent += amount / parts / prices;
        }
        let weights = row(&plan.weights, year);
        let trades = match &plan.rebalancing {
            Rebalancing::Never => false,
            Rebalancing::Every { periods } => month % periods == 0,
            Rebalancing::Bands { check_every, half_widths } => {
                let half = row(half_widths, year);
                month % check_every == 0 && (0..assets).any(|i| (held[i] / value - weights[i]).abs() > half[i] + 1e-12)
            }
        };
        let before = if trades {
            found.rebalances += 1;
            let left = settled(value + flow, &held, &weights, &plan.costs);
            held = weights.iter().map(|weight| left * weight).collect();
            left
        } else {
            let cost: f64 = weights.iter().zip(&plan.costs).map(|(weight, cost)| weight * cost).sum();
            // v = V + flow − c |v − V|
            let left = if flow < 0.0 { (value * (1.0 - cost) + flow) / (1.0 - cost) } else { (value * (1.0 + cost) + flow) / (1.0 + cost) };
            for held in &mut held {
                *held *= left / value;
            }
            left
        };
        assert!(before > 0.0, "the examples do not run out");
        for (held, growth) in held.iter_mut().zip(growth) {
            *held *= growth;
        }
        let after: f64 = held.iter().sum();
        grown *= after / before;
        prices *= match plan.inflation {
            Inflation::Constant(rate) => (1.0_f64 + rate).powf(1.0 / 12.0),
            Inflation::Column => growth[assets],
        };
        if of_year == 11 {
            found.wealth.push(after / prices);
            found.spending.push(spent);
        }
    }
    found
}

fn rebalancing() -> impl Strategy<Value = Rebalancing> {
    prop_oneof![
        Just(Rebalancing::Never),
        prop_oneof![Just(1_usize), Just(3), Just(5), Just(12), Just(24)].prop_map(|periods| Rebalancing::Every { periods }),
        (prop_oneof![Just(1_usize), Just(3), Just(12)], 0.0..0.1_f64)
            .prop_map(|(check_every, half)| Rebalancing::Bands { check_every, half_widths: vec![vec![half; 3], vec![half * 0.5; 3]] }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn segments_are_months(
        rebalancing in rebalancing(),
        rate in 0.0..0.05_f64,
        cost in 0.0..0.02_f64,
        block in 1..30_usize,
        payments in prop_oneof![Just(1_usize), Just(4), Just(12)],
        flow in -1e4..5e4_f64,
        column in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let returns = history(60, 3 + usize::from(column), seed);
        let plan = Plan {
            weights: vec![vec![0.5, 0.3, 0.2], vec![0.4, 0.4, 0.2]],
            start: Some(vec![0.2, 0.3, 0.5]),
            costs: vec![cost, cost * 0.5, 0.0],
            rebalancing,
            years: 12,
            payments_per_year: payments,
            flows: vec![Flow { year: 2, amount: flow, is_real: true }, Flow { year: 3, amount: flow, is_real: false }],
            inflation: if column { Inflation::Column } else { Inflation::Constant(0.03) },
            looks_per_year: 4,
            ..plan(&[0.5, 0.3, 0.2], fixed_real(rate))
        };
        let model = Model::Block(BlockBootstrap::new(&returns, block, Ends::Circular).unwrap());
        // Blocks are drawn when the last has run out, so the stretches between do not change them.
        let months = model.path(seed, 5, 144);
        let plain = month_by_month(&plan, &months);
        let found = Simulation::new(plan, model).unwrap().path(seed, 5);
        prop_assert_eq!(found.rebalances, plain.rebalances);
        for (year, (fast, plain)) in found.wealth.iter().zip(&plain.wealth).enumerate() {
            prop_assert!(close(*fast, *plain, 1e-10), "year {}: {} {}", year, fast, plain);
        }
        for (fast, plain) in found.spending.iter().zip(&plain.spending) {
            prop_assert!(close(*fast, *plain, 1e-10));
        }
    }
}

#[test]
fn threads_and_numbers_of_paths_do_not_matter() {
    let returns = history(120, 6, 4);
    let watch = Watch { assets: vec![1.0, 1.0, 0.0, 0.0, 0.0, 0.0], kind: WatchKind::Share { at_least: 0.3, at_most: 0.5 } };
    let plan = Plan { watches: vec![watch], looks_per_year: 4, ..plan(&[0.2, 0.2, 0.2, 0.2, 0.1, 0.1], fixed_real(0.06)) };
    let simulation = Simulation::new(plan, Model::Block(BlockBootstrap::new(&returns, 12, Ends::Circular).unwrap())).unwrap();
    let threads = |threads: usize| NonZero::new(threads).unwrap();
    let one = simulation.run(9, 3000, threads(1)).unwrap();
    for more in [2, 3, 7] {
        assert_eq!(one, simulation.run(9, 3000, threads(more)).unwrap());
    }
    let fewer = simulation.run(9, 700, threads(2)).unwrap();
    for year in [0, 14, 29] {
        assert_eq!(fewer.wealth(year), one.wealth(year)[..700]);
        assert_eq!(fewer.spending(year), one.spending(year)[..700]);
    }
    assert_ne!(one.wealth(29), simulation.run(10, 3000, threads(1)).unwrap().wealth(29));
    let path = simulation.path(9, 699);
    assert_eq!(
        f64::from(fewer.wealth(29)[699]),
        f64::from({
            #[allow(clippy::cast_possible_truncation, reason = "as it is kept")]
            let kept = path.wealth[29] as f32;
            kept
        })
    );
}
