//! What the planner plans against independent methods: bisection, and taking turns.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use evenkeel::policy::{Band, CashFlow, Destination, Mode};
use evenkeel_ledger::account::{Account, Menu, TaxTreatment};
use evenkeel_ledger::instrument::Universe;
use proptest::prelude::*;

const SYMBOLS: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// A policy with weights in proportion to whole numbers, and the weights themselves.
fn weighted(parts: &[u32]) -> (evenkeel::policy::Policy, Vec<f64>) {
    let sum: u32 = parts.iter().sum();
    // Nine digits, the last of which makes them sum to one.
    let mut nano: Vec<u32> = parts.iter().map(|part| part * (1_000_000_000 / sum)).collect();
    nano[0] += 1_000_000_000 - nano.iter().sum::<u32>();
    let texts: Vec<String> = nano.iter().map(|nano| format!("0.{nano:09}").replace("0.1000000000", "1")).collect();
    let stands: Vec<[&str; 1]> = SYMBOLS.iter().map(|symbol| [*symbol]).collect();
    let classes: Vec<(&str, &str, &[&str])> =
        texts.iter().zip(&stands).map(|(text, symbol)| (symbol[0], text.as_str(), symbol.as_slice())).collect();
    (policy(&classes), nano.iter().map(|nano| f64::from(*nano) / 1e9).collect())
}

/// Nearest to `wanted` within bounds and with a sum, by bisection over the multiplier.
fn nearest(wanted: &[f64], lower: &[f64], upper: &[f64], sum: f64) -> Vec<f64> {
    let at = |shift: f64| -> Vec<f64> {
        wanted.iter().zip(lower.iter().zip(upper)).map(|(wanted, (lower, upper))| (wanted + shift).max(*lower).min(*upper)).collect()
    };
    let most = wanted.iter().chain(lower).map(|value| value.abs()).fold(sum.abs(), f64::max) * 4.0 + 1.0;
    let (mut low, mut high) = (-most, most);
    for _ in 0..70 {
        let middle = f64::midpoint(low, high);
        if at(middle).iter().sum::<f64>() < sum { low = middle } else { high = middle }
    }
    at(high)
}

fn flat(parts: &[u32], values: &[u32], cash: i64) -> (World, Vec<f64>) {
    let (policy, weights) = weighted(parts);
    let quantities: Vec<String> = values.iter().map(ToString::to_string).collect();
    let instruments: Vec<(&str, &str, &str)> = SYMBOLS.iter().take(parts.len()).map(|symbol| (*symbol, *symbol, "1")).collect();
    let positions =
        SYMBOLS.iter().zip(&quantities).filter(|(_, quantity)| *quantity != "0").map(|(symbol, quantity)| (*symbol, quantity.as_str()));
    let held = Held { account: Account::new("a", "owner", USD), cash: &cash.max(0).to_string(), positions: positions.collect() };
    let mut world = world(policy, &instruments, vec![held]);
    if cash < 0 {
        world.policy.cash.flows.push(CashFlow { date: day("2026-03-31"), amount: usd(&cash.to_string()), account: None, purpose: None });
    }
    (world, weights)
}

fn parts_and_values() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    (2..=6_usize).prop_flat_map(|count| (proptest::collection::vec(1..40_u32, count), proptest::collection::vec(0..20_000_u32, count)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn contributions_and_withdrawals_are_the_least_squares_optimum((parts, values) in parts_and_values(), flow in -30_000..30_000_i32) {
        let held: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
        let total = held.iter().sum::<f64>() + f64::from(flow);
        prop_assume!(total > 0.0 && flow != 0);
        let (world, weights) = flat(&parts, &values, i64::from(flow));
        let wanted: Vec<f64> = weights.iter().map(|weight| weight * total).collect();
        let (least, most) = (vec![0.0; held.len()], vec![f64::INFINITY; held.len()]);
        let expected = if flow > 0 { nearest(&wanted, &held, &most, total) } else { nearest(&wanted, &least, &held, total) };
        let planned = world.cash_flow();
        for (planned, expected) in planned.after.iter().zip(&expected) {
            prop_assert!((planned - expected).abs() < 0.02, "{:?}\n{expected:?}", told(&world.cash_flow()));
        }
    }

    #[test]
    fn a_band_is_not_left_even_by_whole_lots((parts, values) in parts_and_values(), width in 10..60_u32, lot in 1..40_u32) {
        let held: f64 = values.iter().map(|value| f64::from(*value)).sum();
        let width = f64::from(width) / 1_000.0;
        // Bands must be wider than lots; the buffer of cash pays for lots that are rounded up.
        prop_assume!(2.0 * f64::from(lot) < width * held && held > 0.0);
        let lots: Vec<u32> = values.iter().map(|value| value / lot * lot).collect();
        for destination in [Destination::BandEdge, Destination::InnerBand { distance: width }, Destination::ToleranceBand { fraction: 0.5 }] {
            let (mut world, weights) = flat(&parts, &lots, i64::from(lots.iter().sum::<u32>()) / 49);
            world.policy.cash.buffer = 0.02;
            let inside = if matches!(destination, Destination::ToleranceBand { .. }) { 2.0 * width } else { width };
            for node in &mut world.policy.tree.nodes {
                node.band = Band { absolute: Some(inside), relative: None };
            }
            world.policy.rebalance.destination = destination;
            world.policy.rebalance.whole_lots = true;
            let mut instruments: Vec<_> = world.universe.iter().map(|(_, instrument)| instrument.clone()).collect();
            for instrument in &mut instruments {
                instrument.lot_size = lot.to_string().parse().unwrap();
            }
            world.universe = Universe::new(instruments).unwrap();
            let planned = world.rebalance();
            let total: f64 = planned.after.iter().sum();
            for (weight, after) in weights.iter().zip(&planned.after) {
                prop_assert!((after / total - 0.98 * weight).abs() <= width + 1e-9, "{weight} {:?} of {total}: {:?}", planned.after, told(&planned));
            }
        }
    }

    #[test]
    fn bands_are_reached_by_the_shortest_way((parts, values) in parts_and_values(), flow in -30_000..30_000_i32, width in 5..80_u32) {
        let held: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
        let total = held.iter().sum::<f64>() + f64::from(flow);
        prop_assume!(total > 0.0);
        let width = f64::from(width) / 1_000.0;
        let (mut world, weights) = flat(&parts, &values, i64::from(flow));
        for node in &mut world.policy.tree.nodes {
            node.band = Band { absolute: Some(width), relative: None };
        }
        world.policy.rebalance.destination = Destination::BandEdge;
        let wanted: Vec<f64> = weights.iter().map(|weight| weight * total).collect();
        let (low, high): (Vec<f64>, Vec<f64>) =
            wanted.iter().map(|wanted| ((wanted - width * total).max(0.0), wanted + width * total)).unzip();
        // Each to its band; then what is left over goes where it is short, or what is missing comes from where there is more.
        let edge: Vec<f64> = held.iter().zip(low.iter().zip(&high)).map(|(held, (low, high))| held.max(*low).min(*high)).collect();
        let expected = if edge.iter().sum::<f64>() <= total { nearest(&wanted, &edge, &high, total) } else { nearest(&wanted, &low, &edge, total) };
        let planned = world.rebalance();
        for (planned, expected) in planned.after.iter().zip(&expected) {
            prop_assert!((planned - expected).abs() < 0.02, "{:?}\n{expected:?}", told(&world.rebalance()));
        }
    }

    #[test]
    fn the_spread_over_accounts_is_the_least_squares_optimum(
        parts in proptest::collection::vec(1..40_u32, 4),
        values in proptest::collection::vec(0..20_000_u32, 12),
        menus in proptest::collection::vec(1..16_u32, 3),
        treatments in proptest::collection::vec(0..4_usize, 3),
    ) {
        // What is held may be bought: else what one account may keep would depend on what it sold before.
        let values: Vec<u32> = values.iter().enumerate().map(|(at, value)| if menus[at / 4] >> (at % 4) & 1 == 1 { *value } else { 0 }).collect();
        let world = accounts(&parts, &values, &menus, &treatments);
        let planned = world.rebalance();
        let weights = weighted(&parts).1;
        let total: f64 = values.iter().map(|value| f64::from(*value)).sum();
        prop_assume!(total > 0.0);
        let square = |sums: &[f64], wanted: &[f64]| sums.iter().zip(wanted).map(|(sum, wanted)| ((sum - wanted) / total).powi(2)).sum::<f64>();
        let Spread { sums: expected, wanted, is_one_way } = spread(&weights, &values, &menus, total);
        let (found, best) = (square(&planned.after, &wanted), square(&expected, &wanted));
        if is_one_way {
            // What is nearest would sell what is short, or buy what is beyond its target: on the way there one stops.
            let mut held: Vec<f64> = (0..4).map(|class| (0..3).map(|account| f64::from(values[4 * account + class])).sum()).collect();
            held.push(0.0);
            prop_assert!(found <= square(&held, &wanted) + 1e-6, "{found}: {:?}", told(&planned));
        } else if planned.list.trades.is_empty() {
            // What is hardly nearer to target than before is left alone.
            let mut targets: Vec<f64> = weights.iter().map(|weight| weight * total).collect();
            targets.push(0.0);
            let of_class = |class: usize| (0..3).map(|account| f64::from(values[4 * account + class])).sum();
            let mut before: Vec<f64> = (0..4).map(of_class).collect();
            before.push(0.0);
            let is_no_nearer = square(&expected, &targets) > 0.98 * square(&before, &targets) - 1e-9;
            prop_assert!(is_no_nearer || largest(&expected, &weights, total) > largest(&before, &weights, total) - 1e-5);
        } else {
            prop_assert!(found <= best + 1e-6, "{found} {best}: {:?}", told(&planned));
        }
        no_needless_opposites(&planned)?;
    }
}

fn largest(values: &[f64], weights: &[f64], total: f64) -> f64 {
    values.iter().zip(weights).map(|(value, weight)| (value / total - weight).abs()).fold(0.0, f64::max)
}

/// Three accounts over four classes, each with a menu given as bits.
fn accounts(parts: &[u32], values: &[u32], menus: &[u32], treatments: &[usize]) -> World {
    const TREATMENTS: [TaxTreatment; 4] = [TaxTreatment::Taxable, TaxTreatment::Deferred, TaxTreatment::Exempt, TaxTreatment::Untaxed];
    let quantities: Vec<String> = values.iter().map(ToString::to_string).collect();
    let held = ["a", "b", "c"].iter().enumerate().map(|(index, id)| {
        let positions = SYMBOLS.iter().zip(&quantities[4 * index..4 * index + 4]).filter(|(_, quantity)| *quantity != "0");
        let account = Account { tax_treatment: TREATMENTS[treatments[index]], ..Account::new(*id, "owner", USD) };
        Held { account, cash: "0", positions: positions.map(|(symbol, quantity)| (*symbol, quantity.as_str())).collect() }
    });
    let instruments: Vec<(&str, &str, &str)> = SYMBOLS.iter().take(4).map(|symbol| (*symbol, *symbol, "1")).collect();
    let mut world = world(weighted(parts).0, &instruments, held.collect());
    for (account, menu) in world.household.accounts.iter_mut().zip(menus) {
        let allowed = SYMBOLS.iter().take(4).enumerate().filter(|(bit, _)| menu >> bit & 1 == 1);
        account.menu = Menu::Only(allowed.map(|(_, symbol)| world.universe.find(symbol).unwrap()).collect());
    }
    world
}

/// A spread over accounts.
struct Spread {
    /// By class, then cash.
    sums: Vec<f64>,
    /// What the household wants.
    wanted: Vec<f64>,
    /// Whether it wants other than what is nearest, so that nothing that is short is sold.
    is_one_way: bool,
}

/// The spread nearest to what the household wants: each account in turn goes where it serves the household best, from where it
/// happens to be.
fn spread(weights: &[f64], values: &[u32], menus: &[u32], total: f64) -> Spread {
    let value = |account: usize, class: usize| f64::from(values[4 * account + class]);
    let worth: Vec<f64> = (0..3).map(|account| (0..4).map(|class| value(account, class)).sum()).collect();
    let upper = |account: usize, class: usize| match class {
        4 => worth[account],
        _ if menus[account] >> class & 1 == 1 => worth[account],
        _ => value(account, class),
    };
    let uppers: Vec<Vec<f64>> = (0..3).map(|account| (0..5).map(|class| upper(account, class)).collect()).collect();
    let of_all = |class: usize| uppers.iter().map(|upper| upper[class]).sum::<f64>();
    // What can be had of each class over all accounts comes first; cash is to be nothing, if it can.
    let most: Vec<f64> = (0..4).map(of_all).collect();
    let invested = total.min(most.iter().sum());
    let listed: Vec<f64> = weights.iter().map(|weight| weight * total).collect();
    // Of what is short none is given, and of what is beyond its target none is taken, unless all have to.
    let held_of = |class: usize| (0..3).map(|account| value(account, class)).sum::<f64>().min(most[class]);
    let one_way = |class: usize| if held_of(class) < listed[class] { (held_of(class), most[class]) } else { (0.0, held_of(class)) };
    let (mut low, mut high): (Vec<f64>, Vec<f64>) = (0..4).map(one_way).unzip();
    if invested < low.iter().sum() {
        (low, high) = (vec![0.0; 4], low);
    } else if invested > high.iter().sum() {
        (low, high) = (high, most.clone());
    }
    let planned = nearest(&listed, &low, &high, invested);
    let free_of_it = nearest(&listed, &[0.0; 4], &most, invested);
    let is_one_way = planned.iter().zip(&free_of_it).any(|(planned, nearest)| (planned - nearest).abs() > 1e-6 * total);
    // All are off by the same, and what cannot be had is missed as much as what can.
    let free = (0..4).find(|class| planned[*class] > low[*class] && planned[*class] < high[*class]);
    let off = free.map_or(0.0, |class| planned[class] - listed[class]);
    let is_out = |class: usize| planned[class] >= most[class] && listed[class] + off > planned[class];
    let mut wanted: Vec<f64> = (0..4).map(|class| if is_out(class) { listed[class] + off } else { planned[class] }).collect();
    wanted.push(total - invested);
    let mut held: Vec<Vec<f64>> =
        (0..3).map(|account| (0..5).map(|class| if class < 4 { value(account, class) } else { 0.0 }).collect()).collect();
    for round in 0..600 {
        let gaps: Vec<f64> = (0..5).map(|class| held.iter().map(|held| held[class]).sum::<f64>() - wanted[class]).collect();
        let account = round % 3;
        let point: Vec<f64> = held[account].iter().zip(&gaps).map(|(held, gap)| held - gap).collect();
        held[account] = nearest(&point, &[0.0; 5], &uppers[account], worth[account]);
    }
    Spread { sums: (0..5).map(|class| held.iter().map(|held| held[class]).sum()).collect(), wanted, is_one_way }
}

/// No two accounts trade two classes against each other, as they could leave both alone.
fn no_needless_opposites(planned: &evenkeel::trade::Planned) -> Result<(), TestCaseError> {
    let trades = &planned.list.trades;
    let does = |account: &str, symbol: &str, side| {
        trades
            .iter()
            .any(|trade| trade.account == account && trade.symbol == symbol && trade.side == side && trade.gross.amount() > decimal("1"))
    };
    for (one, other) in [("a", "b"), ("a", "c"), ("b", "c"), ("b", "a"), ("c", "a"), ("c", "b")] {
        for (first, second) in SYMBOLS.iter().flat_map(|first| SYMBOLS.iter().map(move |second| (first, second))) {
            let (sell, buy) = (evenkeel::trade::Side::Sell, evenkeel::trade::Side::Buy);
            let opposite = does(one, first, sell) && does(one, second, buy) && does(other, first, buy) && does(other, second, sell);
            prop_assert!(!opposite, "{one} and {other} swap {first} and {second}: {:?}", told(planned));
        }
    }
    Ok(())
}

#[test]
fn what_is_short_already_is_not_given_up_for_what_nobody_can_buy() {
    // The first account may sell C but not buy it; the second may hold A alone.
    let mut world = accounts(&[50, 30, 20, 1], &[10_000, 20_000, 10_000, 0, 60_000, 0, 0, 0, 0, 0, 0, 0], &[0b0111, 0b0001, 1], &[1, 1, 1]);
    let mut instruments: Vec<_> = world.universe.iter().map(|(_, instrument)| instrument.clone()).collect();
    instruments[2].trading.state = evenkeel_ledger::instrument::TradingState::SellOnly;
    world.universe = Universe::new(instruments).unwrap();
    let trades = told(&world.rebalance());
    assert!(!trades.is_empty() && !trades.iter().any(|trade| trade.contains("sell C")), "{trades:?}");
}

#[test]
fn one_direction_only_in_the_modes_that_say_so() {
    let (mut world, _) = flat(&[4, 3, 3], &[7_000, 2_000, 1_500], 900);
    for (mode, side) in [(Mode::BuyOnly, "buy"), (Mode::CashOnly, "buy"), (Mode::SellOnly, "sell")] {
        world.policy.rebalance.mode = mode;
        let trades = told(&world.rebalance());
        assert!(!trades.is_empty() && trades.iter().all(|trade| trade.contains(side)), "{mode:?}: {trades:?}");
    }
}
