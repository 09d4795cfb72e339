//! Proposing on generated worlds, and trading what was proposed.

use evenkeel::diagnostic::Diagnostic;
use evenkeel::drift::{Decision, ReviewHistory};
use evenkeel::policy::Trigger;
use evenkeel::run::{Mandate, Proposal, Provenance, Subject};
use evenkeel::trade::{Comparison, LossSale, Side};
use evenkeel_ledger::account::BasisMethod;
use evenkeel_ledger::calendar::Calendar;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Money, Quantity};
use evenkeel_ledger::schedule::{Recurrence, Schedule};
use evenkeel_testkit::generate::{World, world};

/// Tries a property on the worlds of many seeds, and tells the seeds that fail.
pub(crate) fn for_all(property: impl Fn(&World) -> Result<(), String>) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("EVENKEEL_FIRST_SEED").unwrap_or(0);
    for_each(first..first + number("EVENKEEL_SEEDS").unwrap_or(400), property);
}

/// Tries a property on the worlds of some seeds, and tells those that fail.
pub(crate) fn for_each(seeds: impl IntoIterator<Item = u64>, property: impl Fn(&World) -> Result<(), String>) {
    let failures = seeds.into_iter().filter_map(|seed| property(&world(seed)).err().map(|error| format!("seed {seed}: {error}")));
    let failures: Vec<String> = failures.collect();
    let shown = failures.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} seeds fail:\n{shown}", failures.len());
}

/// What the engine proposes.
pub(crate) fn try_propose(world: &World) -> Result<Proposal, Vec<Diagnostic>> {
    try_propose_after(world, &[])
}

/// What the engine proposes after earlier sales at a loss.
fn try_propose_after(world: &World, sold: &[LossSale]) -> Result<Proposal, Vec<Diagnostic>> {
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, Some(&world.assumptions), None);
    // What the joint planner would do has tests of its own.
    let mandate = mandate.comparing(Comparison::Rules);
    let subject = Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold, history: ReviewHistory::default() };
    mandate.propose(&subject, Provenance::default())
}

/// What the engine proposes once a proposal has been traded.
pub(crate) fn propose_again(world: &World, first: &Proposal) -> Result<Proposal, String> {
    let lots = first.trades.iter().flat_map(|trade| trade.lots.iter().map(move |lot| (trade, lot)));
    let losses = lots.filter(|(_, lot)| lot.tax.is_some() && lot.gain.is_some_and(Money::is_negative));
    let sale = |symbol: &str| LossSale { instrument: world.universe.find(symbol).expect("an instrument"), sold: world.market.as_of };
    let sold: Vec<LossSale> = losses.map(|(trade, _)| sale(&trade.symbol)).collect();
    try_propose_after(&traded(world, first), &sold).map_err(|errors| format!("{errors:?}"))
}

/// What the engine proposes on a world that is complete.
pub(crate) fn propose(world: &World) -> Result<Proposal, String> {
    try_propose(world).map_err(|errors| errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; "))
}

/// The world with a trigger that fires whenever the household is worth something.
pub(crate) fn decreed(mut world: World) -> World {
    world.policy.calendar = Calendar::weekdays();
    world.policy.triggers = vec![Trigger::Calendar { schedule: Schedule::new(Recurrence::Daily) }];
    world.policy.rebalance.cooldown_days = 0;
    // Schedules fire on business days only.
    let today = world.market.as_of;
    let open = world.policy.calendar.next_open(today).expect("a weekday calendar knows every day");
    world.policy.cash.flows.iter_mut().filter(|flow| flow.date == today).for_each(|flow| flow.date = open);
    (world.market.as_of, world.holdings.as_of) = (open, open);
    // Prices of before a weekend stay recent.
    world.policy.prices.max_age_days = 10;
    world
}

/// Whether the proposal was made to rebalance.
pub(crate) fn rebalances(proposal: &Proposal) -> bool {
    matches!(proposal.decision, Decision::Rebalance { .. })
}

/// The world after the trades of a proposal and the flows of the day.
pub(crate) fn traded(world: &World, proposal: &Proposal) -> World {
    let mut after = world.clone();
    let accounts = world.household.accounts.iter().zip(&world.holdings.accounts).zip(&proposal.cash).map(|((account, held), line)| {
        let mut lots: Vec<Lot> = held.lots().to_vec();
        let mut cash = line.flows;
        for trade in proposal.trades.iter().filter(|trade| trade.account == account.id) {
            let instrument = world.universe.find(&trade.symbol).expect("an instrument");
            cash = cash.try_add(trade.cash).expect("in range");
            for sale in &trade.lots {
                let lot = lots.iter_mut().find(|lot| lot.id == sale.lot && lot.instrument == instrument).expect("a lot");
                lot.quantity = lot.quantity.try_sub(sale.quantity).expect("in range");
            }
            if trade.side == Side::Buy {
                let id = LotId::Named(format!("bought-{}", lots.len()).into());
                let paid = trade.gross.try_add(trade.costs.total).expect("in range");
                let cost_basis = Some(paid).filter(|paid| paid.currency() == account.currency && account.basis_method == BasisMethod::Lots);
                let acquired = Some(world.market.as_of);
                lots.push(Lot { id, instrument, quantity: trade.quantity, cost_basis, acquired, held_since: acquired });
            }
        }
        lots.retain(|lot| !lot.quantity.is_zero());
        AccountHoldings::new(lots, held.cash().iter().copied().chain([cash])).expect("in range")
    });
    after.holdings = Holdings { as_of: world.holdings.as_of, accounts: accounts.collect() };
    after.policy.cash.flows.retain(|flow| flow.date != world.market.as_of);
    after
}

/// Units of an instrument in an account.
pub(crate) fn units(holdings: &AccountHoldings, world: &World, symbol: &str) -> Quantity {
    let id = world.universe.find(symbol).expect("an instrument");
    let lots = holdings.lots().iter().filter(|lot| lot.instrument == id);
    lots.fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity).expect("in range"))
}

/// Trades as `account side symbol quantity gross`.
pub(crate) fn told(proposal: &Proposal) -> String {
    let line = |trade: &evenkeel::trade::Trade| {
        format!("{} {:?} {} {} = {:.2}", trade.account, trade.side, trade.symbol, trade.quantity, trade.gross.amount())
    };
    proposal.trades.iter().map(line).collect::<Vec<_>>().join(", ")
}

/// The sum of amounts in one currency.
pub(crate) fn sum(world: &World, amounts: impl IntoIterator<Item = Money>) -> Money {
    Money::sum(world.policy.base_currency, amounts).expect("in range")
}
