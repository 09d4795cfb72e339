//! Composed funds: kept where the policy says so, and told with the share that lies in a class.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Held, USD, World, policy, told, world};
use evenkeel::policy::Unlisted;
use evenkeel_ledger::account::Account;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Component, Instrument, Universe};

fn change(world: &mut World, symbol: &str, change: impl Fn(&mut Instrument)) {
    let mut instruments: Vec<_> = world.universe.iter().map(|(_, instrument)| instrument.clone()).collect();
    instruments.iter_mut().filter(|instrument| instrument.symbol == symbol).for_each(change);
    world.universe = Universe::new(instruments).unwrap();
}

/// A mixed fund of 60 % stocks and 40 % bonds beside both.
fn mixed(named: bool, positions: Vec<(&str, &str)>) -> World {
    let stocks: &[&str] = if named { &["M", "S"] } else { &["S"] };
    let policy = policy(&[("Stocks", "0.5", stocks), ("Bonds", "0.5", &["B"])]);
    let instruments = [("B", "Bonds", "1"), ("M", "Mixed", "1"), ("S", "Stocks", "1")];
    let mut world = world(policy, &instruments, vec![Held { account: Account::new("a", "owner", USD), cash: "0", positions }]);
    let part = |class: &str, weight: &str| Component { class: ClassPath::new(class).unwrap(), weight: weight.parse().unwrap() };
    change(&mut world, "M", |fund| fund.composition = vec![part("Stocks", "0.6"), part("Bonds", "0.4")]);
    world
}

#[test]
fn a_fund_that_no_target_names_is_kept_where_the_policy_keeps() {
    // Stocks 66, bonds 34: 16 too much in stocks, of which the fund would give up some.
    let mut world = mixed(false, vec![("M", "60"), ("S", "30"), ("B", "10")]);
    let traded = |world: &World| told(&world.rebalance());
    assert!(traded(&world).iter().any(|line| line.contains(" M ")), "{:?}", traded(&world));
    world.policy.rebalance.unlisted = Unlisted::Keep;
    assert_eq!(traded(&world), ["a sell S 16.00", "a buy B 16.00"]);
    let kept = world.rebalance().list.not_traded.into_iter().find(|item| item.subject == "M").unwrap();
    assert!(kept.reason.starts_with("no class of the policy names the fund"), "{}", kept.reason);
    // One that a target names is traded as any other.
    let mut named = mixed(true, vec![("M", "100")]);
    named.policy.rebalance.unlisted = Unlisted::Keep;
    assert!(traded(&named).iter().any(|line| line.contains(" M ")), "{:?}", traded(&named));
}

#[test]
fn a_fund_is_told_with_the_share_that_lies_in_the_class() {
    let planned = mixed(true, vec![("S", "80"), ("B", "20")]).rebalance();
    let buy = planned.list.trades.iter().find(|trade| trade.symbol == "M").map(|trade| trade.reason.clone());
    let sell = mixed(false, vec![("M", "100")]).rebalance();
    let reason = sell.list.trades.iter().find(|trade| trade.symbol == "M").map(|trade| trade.reason.clone());
    let reasons: Vec<String> = buy.into_iter().chain(reason).collect();
    assert!(!reasons.is_empty());
    for reason in reasons {
        assert!(reason.starts_with("the fund is mostly Stocks (60 % of it), which is "), "{reason}");
    }
}

#[test]
fn fractions_are_not_called_a_lot_size() {
    let rounded = |lot: &str| {
        let positions = vec![("S", "100"), ("B", "33")];
        let policy = policy(&[("Stocks", "0.5", &["S"]), ("Bonds", "0.5", &["B"])]);
        let instruments = [("B", "Bonds", "7"), ("S", "Stocks", "3")];
        let mut world = world(policy, &instruments, vec![Held { account: Account::new("a", "owner", USD), cash: "0.01", positions }]);
        world.policy.rebalance.whole_lots = true;
        for symbol in ["B", "S"] {
            change(&mut world, symbol, |instrument| instrument.lot_size = lot.parse().unwrap());
        }
        let planned = world.rebalance();
        assert!(!planned.list.trades.is_empty());
        planned.list.trades.iter().flat_map(|trade| &trade.bound_by).any(|bound| bound.starts_with("lot size"))
    };
    assert!(rounded("1"));
    assert!(!rounded("0.000000001"));
}
