//! The order in which things are given changes nothing.

use evenkeel_ledger::account::Menu;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_testkit::generate::{Random, World};

use crate::support::{decreed, for_all, propose};

#[test]
fn order_changes_nothing() {
    for_all(|world| {
        let world = decreed(world.clone());
        let (given, shuffled) = (propose(&world)?, propose(&shuffled(&world))?);
        if given == shuffled { Ok(()) } else { Err(format!("{}\nshuffled: {}", json(&given), json(&shuffled))) }
    });
}

fn json(proposal: &evenkeel::run::Proposal) -> String {
    serde_json::to_string(&proposal.trades).expect("JSON")
}

/// The same world with instruments, accounts and lots given in another order.
fn shuffled(world: &World) -> World {
    let mut random = Random::new(world.seed ^ 0xABCD);
    let mut instruments: Vec<_> = world.universe.iter().map(|(_, instrument)| instrument.clone()).collect();
    random.shuffle(&mut instruments);
    let universe = Universe::new(instruments).expect("a universe");
    let moved = |id: InstrumentId| universe.find(world.universe.symbol(id)).expect("the same instrument");
    let mut prices = vec![None; universe.len()];
    for (id, _) in world.universe.iter() {
        prices[moved(id).index()] = world.market.price(id);
    }
    let mut accounts = world.household.accounts.clone();
    random.shuffle(&mut accounts);
    for account in &mut accounts {
        if let Menu::Only(ids) = &account.menu {
            account.menu = Menu::Only(ids.iter().map(|id| moved(*id)).collect());
        }
    }
    let household = Household::new(world.household.id.clone(), world.household.owners.clone(), accounts).expect("a household");
    let holdings = household.accounts.iter().map(|account| {
        let index = world.household.account_index(&account.id).expect("the same account");
        let held = &world.holdings.accounts[index];
        let mut lots = held.lots().to_vec();
        for lot in &mut lots {
            lot.instrument = moved(lot.instrument);
        }
        random.shuffle(&mut lots);
        let mut cash = held.cash().to_vec();
        random.shuffle(&mut cash);
        AccountHoldings::new(lots, cash).expect("in range")
    });
    let holdings = Holdings { as_of: world.holdings.as_of, accounts: holdings.collect() };
    let mut shuffled = world.clone();
    shuffled.market.prices = prices;
    World { universe, household, holdings, ..shuffled }
}
