//! Modes that trade in one direction do only that.

use evenkeel::policy::{Destination, Mode};
use evenkeel::run::Proposal;
use evenkeel::trade::{Side, Trade};
use evenkeel_ledger::instrument::TradingState;
use evenkeel_testkit::generate::World;

use crate::support::{decreed, for_all, propose, told};

#[test]
fn who_only_buys_sells_nothing() {
    for_all(|world| only(world, Mode::BuyOnly, Side::Buy));
}

#[test]
fn who_only_sells_buys_nothing() {
    for_all(|world| only(world, Mode::SellOnly, Side::Sell));
}

/// Trades that no rule demands in any mode: what is banned must go, and cash that must be there is raised.
fn free<'a>(world: &'a World, proposal: &'a Proposal) -> impl Iterator<Item = &'a Trade> {
    proposal.trades.iter().filter(|trade| {
        let instrument = world.universe.find(&trade.symbol).and_then(|id| world.universe.get(id)).expect("an instrument");
        let is_banned = instrument.trading.state_on(world.market.as_of) == TradingState::Banned;
        !is_banned && !trade.reason.contains("cash would be below")
    })
}

fn only(world: &World, mode: Mode, side: Side) -> Result<(), String> {
    for destination in [Destination::Target, Destination::HalfWay, Destination::BandEdge] {
        let mut world = decreed(world.clone());
        (world.policy.rebalance.mode, world.policy.rebalance.destination) = (mode, destination);
        let proposal = propose(&world)?;
        if proposal.chosen != "cash_flow_only" && free(&world, &proposal).any(|trade| trade.side != side) {
            return Err(format!("{destination:?} {}", told(&proposal)));
        }
    }
    Ok(())
}

#[test]
fn cash_alone_moves_each_account_in_one_direction() {
    for_all(|world| {
        let mut world = decreed(world.clone());
        world.policy.rebalance.mode = Mode::CashOnly;
        let proposal = propose(&world)?;
        let sides = |account: &str| {
            let of_account = free(&world, &proposal).filter(|trade| trade.account == account);
            let mut sides: Vec<Side> = of_account.map(|trade| trade.side).collect();
            sides.sort();
            sides.dedup();
            sides.len()
        };
        if world.household.accounts.iter().all(|account| sides(&account.id) < 2) { Ok(()) } else { Err(told(&proposal)) }
    });
}
