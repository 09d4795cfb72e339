//! Ten times the money makes ten times the trades, where quantities are fractional, nothing is rounded
//! and fixed amounts grow as well.

use evenkeel::boundary::to_f64;
use evenkeel::policy::{Destination, Mode, Scope, WashSales};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::GainsByTerm;
use evenkeel_ledger::number::{Decimal, Money, Quantity, Rounding};
use evenkeel_testkit::generate::World;

use crate::support::{decreed, for_all, propose, told};

/// Part of the value by which trades may differ: a household counts as at its target within a tenth of a
/// basis point, and of two ways to get there cents may decide.
const CLOSE: f64 = 2e-4;

/// Minor units that rounding may come to over all trades; the yen has no other.
const CENTS: f64 = 100.0;

#[test]
fn scaling_all_money_scales_the_trades() {
    for_all(|world| {
        let world = fractional(decreed(world.clone()));
        let ten = Decimal::from_int(10);
        let (small, large) = (propose(&world)?, propose(&scaled(&world, ten))?);
        let traded = |trades: &[evenkeel::trade::Trade], account: &str, symbol: &str| -> f64 {
            trades.iter().filter(|trade| trade.account == account && trade.symbol == symbol).map(|trade| -to_f64(trade.cash.amount())).sum()
        };
        let off = |trade: &evenkeel::trade::Trade| {
            let (one, ten) = (traded(&small.trades, &trade.account, &trade.symbol), traded(&large.trades, &trade.account, &trade.symbol));
            (10.0 * one - ten).abs() > CLOSE * to_f64(large.value.amount()).abs() + CENTS
        };
        match small.trades.iter().chain(&large.trades).find(|trade| off(trade)) {
            Some(trade) => Err(format!(
                "{} in {} is {} and {} of {}\n  {} {}\n  {} {}",
                trade.symbol,
                trade.account,
                traded(&small.trades, &trade.account, &trade.symbol),
                traded(&large.trades, &trade.account, &trade.symbol),
                small.value,
                small.chosen,
                told(&small),
                large.chosen,
                told(&large),
            )),
            None => Ok(()),
        }
    });
}

/// To target with nothing that rounds, drops or bends in proportion to anything but value.
fn fractional(mut world: World) -> World {
    let rules = &mut world.policy.rebalance;
    rules.whole_lots = false;
    rules.min_trade = Money::zero(world.policy.base_currency);
    (rules.destination, rules.scope, rules.mode) = (Destination::Target, Scope::All, Mode::Full);
    world.policy.costs.impact_coefficient = 0.0;
    world.policy.costs.fixed_per_trade = Money::zero(world.policy.base_currency);
    // Whether costs make a loss of a lot, and so a wash sale of a trade, cents may decide.
    world.policy.tax.wash_sales = WashSales::Allow;
    world
}

fn scaled(world: &World, factor: Decimal) -> World {
    let mut scaled = world.clone();
    let times = |money: Money| Money::new(money.amount().mul(factor, Rounding::HalfEven).expect("in range"), money.currency());
    let units = |quantity: Quantity| Quantity::new(quantity.decimal().mul(factor, Rounding::HalfEven).expect("in range"));
    scaled.policy.tax.gain_budget = scaled.policy.tax.gain_budget.map(times);
    for owner in &mut scaled.household.owners {
        let gains = owner.year_to_date;
        owner.year_to_date = GainsByTerm { short_term: times(gains.short_term), long_term: times(gains.long_term) };
    }
    scaled.policy.cash.minimum = times(scaled.policy.cash.minimum);
    scaled.policy.cash.flows.iter_mut().for_each(|flow| flow.amount = times(flow.amount));
    for account in &mut scaled.household.accounts {
        account.cash_minimum.iter_mut().for_each(|money| *money = times(*money));
    }
    let accounts = world.holdings.accounts.iter().map(|held| {
        let mut lots = held.lots().to_vec();
        for lot in &mut lots {
            lot.quantity = units(lot.quantity);
            lot.cost_basis = lot.cost_basis.map(times);
        }
        AccountHoldings::new(lots, held.cash().iter().copied().map(times)).expect("in range")
    });
    scaled.holdings = Holdings { as_of: world.holdings.as_of, accounts: accounts.collect() };
    scaled
}
