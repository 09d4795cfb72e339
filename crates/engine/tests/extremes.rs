//! Households at the ends of what there is: a cent, a quadrillion, an account of five hundred stocks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use evenkeel::boundary::to_f64;
use evenkeel::trade::{Planned, Side};
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::household::TaxRates;
use evenkeel_ledger::lot::Lot;
use evenkeel_ledger::number::{Money, Rounding};

/// Stocks and bonds of price 1, with the given cash.
fn halves(cash: &str, whole_lots: bool) -> World {
    let mut policy = policy(&[("S", "0.5", &["S"]), ("B", "0.5", &["B"])]);
    policy.rebalance.whole_lots = whole_lots;
    policy.costs.proportional = "0.001".parse().unwrap();
    world(policy, &[("B", "B", "1"), ("S", "S", "1")], vec![Held { account: Account::new("a", "owner", USD), cash, positions: vec![] }])
}

/// Cash afterwards, recomputed from the trades.
fn balances(planned: &Planned) {
    let line = &planned.list.cash[0];
    let trades = planned.list.trades.iter().map(|trade| if trade.side == Side::Buy { trade.gross.neg() } else { trade.gross });
    let costs = planned.list.trades.iter().map(|trade| trade.costs.total.neg());
    let after = Money::sum(USD, [line.before, line.flows].into_iter().chain(trades).chain(costs)).unwrap();
    assert_eq!(line.after, after);
    assert!(!line.after.is_negative(), "{line:?}");
}

#[test]
fn a_cent_is_left_where_it_is() {
    for whole_lots in [false, true] {
        let planned = halves("0.01", whole_lots).rebalance();
        assert_eq!(told(&planned), Vec::<String>::new());
        balances(&planned);
    }
}

#[test]
fn four_cents_are_shared() {
    let mut world = halves("0.04", false);
    world.policy.costs.proportional = "0".parse().unwrap();
    let planned = world.rebalance();
    assert_eq!(told(&planned), ["a buy B 0.02", "a buy S 0.02"]);
    balances(&planned);
}

#[test]
fn a_quadrillion_is_shared_to_the_cent() {
    for whole_lots in [false, true] {
        let planned = halves("1000000000000000.00", whole_lots).rebalance();
        balances(&planned);
        let [bonds, stocks] = [&planned.list.trades[0], &planned.list.trades[1]];
        // 10^15 ÷ 1.001 is invested, in equal halves up to a lot.
        assert!((to_f64(bonds.gross.amount()) - 499_500_499_500_499.5).abs() < 1.0, "{:?}", told(&planned));
        assert!((to_f64(stocks.gross.amount()) - to_f64(bonds.gross.amount())).abs() < 1.5, "{:?}", told(&planned));
        assert!(to_f64(planned.list.cash[0].after.amount()) < 3.0, "{:?}", planned.list.cash[0]);
    }
}

#[test]
fn five_hundred_positions_near_target_hardly_trade() {
    const COUNT: usize = 505;
    let symbols: Vec<String> = (0..COUNT).map(|index| format!("S{index:03}")).collect();
    let names: Vec<[&str; 1]> = symbols.iter().map(|symbol| [symbol.as_str()]).collect();
    // 505 weights of nine digits that sum to one.
    let weights: Vec<String> = (0..COUNT).map(|index| format!("0.{:09}", 1_980_198 + usize::from(index < 10))).collect();
    let classes: Vec<(&str, &str, &[&str])> = symbols
        .iter()
        .zip(&weights)
        .zip(&names)
        .map(|((symbol, weight), name)| (symbol.as_str(), weight.as_str(), name.as_slice()))
        .collect();
    let mut policy = policy(&classes);
    policy.rebalance.whole_lots = true;
    policy.rebalance.min_trade = usd("1000");
    let instruments: Vec<(&str, &str, &str)> = symbols.iter().map(|symbol| (symbol.as_str(), symbol.as_str(), "10")).collect();
    // Each is off by up to 500, but three are off by more.
    let off = |index: usize| [4_000, 3_000, -2_500].get(index).copied().unwrap_or((i64::try_from(index * 37 % 101).unwrap() - 50) * 10);
    let quantities: Vec<String> = (0..COUNT).map(|index| ((100_000 + off(index)) / 10).to_string()).collect();
    let positions = symbols.iter().zip(&quantities).map(|(symbol, quantity)| (symbol.as_str(), quantity.as_str())).collect();
    let held = Held { account: Account::new("a", "owner", USD), cash: "0", positions };
    let planned = world(policy, &instruments, vec![held]).rebalance();
    balances(&planned);
    let trades = told(&planned);
    assert!(trades.iter().any(|trade| trade.starts_with("a sell S000")) && trades.iter().any(|trade| trade.starts_with("a sell S001")));
    assert!(trades.len() < 10 && planned.list.trades.iter().all(|trade| trade.gross.amount() > decimal("1000")), "{trades:?}");
}

#[test]
fn the_tax_of_a_huge_gain_is_exact() {
    let policy = policy(&[("S", "0.5", &["S"]), ("B", "0.5", &["B"])]);
    let account = Account { tax_treatment: TaxTreatment::Taxable, ..Account::new("a", "owner", USD) };
    let held = Held { account, cash: "0", positions: vec![("S", "180000000000000001")] };
    let mut world = world(policy, &[("B", "B", "1"), ("S", "S", "101.07")], vec![held]);
    world.household.owners[0].rates =
        TaxRates { ordinary: "0.37".parse().unwrap(), long_term: "0.153".parse().unwrap(), state: "0".parse().unwrap() };
    let since = Some(day("2012-02-29"));
    let lot = Lot { cost_basis: Some(usd("2340")), acquired: since, held_since: since, ..world.holdings.accounts[0].lots()[0].clone() };
    world.holdings.accounts = vec![AccountHoldings::new(vec![lot], []).unwrap()];
    let planned = world.rebalance();
    let sale = &planned.list.trades.iter().find(|trade| trade.side == Side::Sell).unwrap().lots[0];
    let exact = sale.gain.unwrap().times("0.153".parse().unwrap(), Rounding::HalfEven).unwrap();
    assert_eq!(sale.tax.unwrap(), exact.to_cents(Rounding::HalfEven).unwrap());
}
