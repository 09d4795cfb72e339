//! Every complete world gets a proposal, the auditor objects to nothing, and nothing is lost.

use evenkeel::trade::Side;
use evenkeel_cli::audit::{Facts, audit};
use evenkeel_ledger::number::{Money, Quantity, Rounding};
use evenkeel_testkit::generate::{World, world};

use crate::support::{decreed, for_all, propose, sum, traded, units};

#[test]
fn the_auditor_objects_to_nothing() {
    for_all(audited);
}

#[test]
fn the_auditor_objects_to_no_rebalance() {
    for_all(|world| audited(&decreed(world.clone())));
}

fn audited(world: &World) -> Result<(), String> {
    let proposal = propose(world)?;
    let facts = Facts {
        policy: &world.policy,
        universe: &world.universe,
        market: &world.market,
        assumptions: Some(&world.assumptions),
        household: &world.household,
        holdings: &world.holdings,
        flows: &[],
        sold: &[],
    };
    let objections = audit(&facts, &proposal).map_err(|error| error.to_string())?;
    if objections.is_empty() { Ok(()) } else { Err(format!("{objections:?}")) }
}

/// So that the auditor has something to object to.
#[test]
fn tax_stands_in_the_way_of_some_trades() {
    let mut told =
        [("of 30 days or now", "would be a wash sale", 0), ("of the budget", "gain budget", 0), ("to buy", "make that a wash sale", 0)];
    for seed in 0..400 {
        let Ok(proposal) = propose(&decreed(world(seed))) else { continue };
        let kept = proposal.not_traded.iter().map(|line| line.reason.as_str());
        let reasons: Vec<&str> = kept.chain(proposal.trades.iter().flat_map(|trade| &trade.bound_by).map(String::as_str)).collect();
        for (_, words, count) in &mut told {
            *count += usize::from(reasons.iter().any(|reason| reason.contains(*words)));
        }
    }
    assert!(told.iter().all(|(.., count)| *count >= 2), "{told:?}");
}

#[test]
fn cash_and_units_are_conserved() {
    for_all(|world| conserved(&decreed(world.clone())));
}

/// Recomputed from the trades alone, by account.
fn conserved(world: &World) -> Result<(), String> {
    let proposal = propose(world)?;
    let after = traded(world, &proposal);
    let base = world.policy.base_currency;
    let due = world.policy.cash.flows.iter().filter(|flow| flow.date == world.market.as_of);
    let flows = sum(world, proposal.cash.iter().map(|line| line.flows));
    if flows != sum(world, due.map(|flow| flow.amount)) {
        return Err(format!("flows of {flows}"));
    }
    for (index, account) in world.household.accounts.iter().enumerate() {
        let (held, line) = (&world.holdings.accounts[index], &proposal.cash[index]);
        let in_base = |money: &Money| world.market.fx.convert(*money, base, Rounding::HalfEven).expect("a rate");
        let trades = || proposal.trades.iter().filter(|trade| trade.account == account.id);
        let of = |side| sum(world, trades().filter(|trade| trade.side == side).map(|trade| trade.gross));
        let costs = sum(world, trades().map(|trade| trade.costs.total)).neg();
        let before = sum(world, held.cash().iter().map(in_base));
        let cash = sum(world, [before, line.flows, of(Side::Sell), of(Side::Buy).neg(), costs]);
        if cash != line.after || line.account != account.id {
            return Err(format!("{} ends with {}, and should with {cash}", account.id, line.after));
        }
        for trade in trades() {
            let (before, left) = (units(held, world, &trade.symbol), units(&after.holdings.accounts[index], world, &trade.symbol));
            let signed = if trade.side == Side::Buy { trade.quantity } else { trade.quantity.neg() };
            if before.try_add(signed).ok() != Some(left) || left < before.min(Quantity::ZERO) {
                return Err(format!("{} of {} become {left} in {}", before, trade.symbol, account.id));
            }
        }
    }
    Ok(())
}
