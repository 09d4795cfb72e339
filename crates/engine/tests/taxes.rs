//! Trades chosen for tax: losses first, then what is not taxed, then the cheapest gains; within the budget, and
//! never into a wash sale.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{Held, USD, World, day, policy, told, usd, world};
use evenkeel::drift::Decision;
use evenkeel::policy::{LotChoice, Policy, WashSales};
use evenkeel::trade::{LossSale, Planned};
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::TaxRates;
use evenkeel_ledger::instrument::{Relation, RelationKind, Universe};
use evenkeel_ledger::lot::{Lot, LotId};

/// Symbol, units, basis, acquired.
type LotText<'a> = (&'a str, &'a str, &'a str, &'a str);

fn account(id: &str, tax_treatment: TaxTreatment) -> Account {
    Account { tax_treatment, ..Account::new(id, "owner", USD) }
}

/// A world of stocks (ACME, OTHER) and a bond at 100 each, with lots.
fn lots_world(weights: [&str; 2], accounts: &[(&str, TaxTreatment, &str, &[LotText<'_>])]) -> World {
    let policy = policy(&[("Stocks", weights[0], &["ACME", "OTHER"]), ("Bonds", weights[1], &["BOND"])]);
    with_lots(policy, &[("ACME", "Stocks", "100"), ("OTHER", "Stocks", "100"), ("BOND", "Bonds", "100")], accounts)
}

/// A world of instruments (symbol, class, price), with lots, that chooses the lot taxed least.
fn with_lots(mut policy: Policy, prices: &[(&str, &str, &str)], accounts: &[(&str, TaxTreatment, &str, &[LotText<'_>])]) -> World {
    policy.rebalance.lot_method = LotChoice::MinTax;
    let held = accounts.iter().map(|(id, treatment, cash, _)| Held { account: account(id, *treatment), cash, positions: Vec::new() });
    let mut world = world(policy, prices, held.collect());
    world.household.owners[0].rates =
        TaxRates { ordinary: "0.37".parse().unwrap(), long_term: "0.20".parse().unwrap(), state: "0".parse().unwrap() };
    let mut sorted: Vec<_> = accounts.to_vec();
    sorted.sort_by_key(|(id, ..)| *id);
    let holdings = sorted.iter().map(|(_, _, cash, lots)| {
        let lots = lots.iter().enumerate().map(|(index, (symbol, units, basis, acquired))| Lot {
            id: LotId::Number(index as u64 + 1),
            instrument: world.universe.find(symbol).unwrap(),
            quantity: units.parse().unwrap(),
            cost_basis: Some(usd(basis)),
            acquired: Some(day(acquired)),
            held_since: Some(day(acquired)),
        });
        AccountHoldings::new(lots.collect(), [usd(cash)]).unwrap()
    });
    world.holdings = Holdings { as_of: day("2026-03-31"), accounts: holdings.collect() };
    world
}

/// Lots sold as `account symbol lot units`.
fn lots_sold(planned: &Planned) -> Vec<String> {
    let lots = planned.list.trades.iter().flat_map(|trade| trade.lots.iter().map(move |lot| (trade, lot)));
    lots.map(|(trade, lot)| format!("{} {} {} {}", trade.account, trade.symbol, lot.lot, lot.quantity)).collect()
}

const LONG_AGO: &str = "2019-03-01";

#[test]
fn the_lot_taxed_least_is_sold_first() {
    // The case `hifo_is_not_min_tax`: 10 a unit short-term are taxed 3.70, 16 long-term 3.20.
    let lots: &[LotText<'_>] = &[("ACME", "100", "9000", "2025-11-20"), ("ACME", "100", "8400", LONG_AGO)];
    let mut world = lots_world(["0.5", "0.5"], &[("a", TaxTreatment::Taxable, "0", lots)]);
    let planned = world.rebalance();
    assert_eq!(lots_sold(&planned), ["a ACME 2 100"]);
    assert_eq!(planned.list.trades[0].lots[0].tax, Some(usd("320")));
    world.policy.rebalance.lot_method = LotChoice::By(evenkeel_ledger::select::LotMethod::Hifo);
    let planned = world.rebalance();
    assert_eq!(lots_sold(&planned), ["a ACME 1 100"]);
    assert_eq!(planned.list.trades[0].lots[0].tax, Some(usd("370")));
}

#[test]
fn losses_then_untaxed_then_the_cheapest_gains() {
    let taxable: &[LotText<'_>] = &[
        ("ACME", "10", "1500", LONG_AGO),
        ("ACME", "10", "500", LONG_AGO),
        ("OTHER", "10", "900", LONG_AGO),
        ("BOND", "70", "7000", LONG_AGO),
    ];
    let untaxed: &[LotText<'_>] = &[("ACME", "10", "100", LONG_AGO), ("BOND", "90", "9000", LONG_AGO)];
    // Stocks are 40 units of 200.
    let sold = |stocks: &str, bonds: &str| {
        let accounts = [("ira", TaxTreatment::Deferred, "0", untaxed), ("taxed", TaxTreatment::Taxable, "0", taxable)];
        lots_sold(&lots_world([stocks, bonds], &accounts).rebalance())
    };
    assert_eq!(sold("0.15", "0.85"), ["taxed ACME 1 10"]);
    assert_eq!(sold("0.1", "0.9"), ["ira ACME 1 10", "taxed ACME 1 10"]);
    assert_eq!(sold("0.05", "0.95"), ["ira ACME 1 10", "taxed ACME 1 10", "taxed OTHER 3 10"]);
    assert_eq!(sold("0", "1"), ["ira ACME 1 10", "taxed ACME 1 10", "taxed ACME 2 10", "taxed OTHER 3 10"]);
}

#[test]
fn a_loss_is_not_sold_while_it_would_be_washed() {
    let bought = |date: &'static str| {
        let taxable: &[LotText<'_>] = &[("ACME", "100", "15000", LONG_AGO), ("OTHER", "100", "9000", LONG_AGO)];
        let ira = [("ACME", "10", "1000", date)];
        let accounts = [("ira", TaxTreatment::Deferred, "0", &ira[..]), ("taxed", TaxTreatment::Taxable, "0", taxable)];
        let mut world = lots_world(["0.75", "0.25"], &accounts);
        world.household.accounts[0].menu = evenkeel_ledger::account::Menu::Only(std::collections::BTreeSet::default());
        world
    };
    // The edges of the window of 2026-03-31: bought on the thirtieth day before, or on the one before that.
    let inside = bought("2026-03-01").rebalance();
    assert_eq!(lots_sold(&inside), ["taxed OTHER 2 52.5"]);
    let locked = inside.list.not_traded.iter().find(|line| line.subject == "ACME" && line.account.as_deref() == Some("taxed")).unwrap();
    assert!(locked.reason.contains("before 2026-04-01"), "{}", locked.reason);
    assert_eq!(lots_sold(&bought("2026-02-28").rebalance()), ["taxed ACME 1 52.5"]);
    // Who allows wash sales gets them.
    let mut allowing = bought("2026-03-01");
    allowing.policy.tax.wash_sales = WashSales::Allow;
    assert_eq!(lots_sold(&allowing.rebalance()), ["taxed ACME 1 52.5"]);
    // Nobody taxed elsewhere than in the United States is kept from anything.
    let mut abroad = bought("2026-03-01");
    abroad.household.owners[0].jurisdiction = "DE".to_owned();
    assert_eq!(lots_sold(&abroad.rebalance()), ["taxed ACME 1 52.5"]);
}

#[test]
fn what_was_sold_at_a_loss_is_not_bought_back() {
    let lots: &[LotText<'_>] = &[("BOND", "100", "10000", LONG_AGO)];
    let mut world = lots_world(["0.5", "0.5"], &[("a", TaxTreatment::Taxable, "0", lots)]);
    let bought = |world: &World, date: &str| {
        let sold = [LossSale { instrument: world.universe.find("ACME").unwrap(), sold: day(date) }];
        world.decide_after(&Decision::Rebalance { trigger: String::new(), reason: String::new() }, &sold)
    };
    let planned = bought(&world, "2026-03-01");
    assert_eq!(told(&planned), ["a sell BOND 5000.00", "a buy OTHER 5000.00"]);
    assert!(planned.list.trades[1].bound_by[0].contains("up to 2026-03-31"), "{:?}", planned.list.trades[1].bound_by);
    assert_eq!(told(&bought(&world, "2026-02-28")), ["a sell BOND 5000.00", "a buy ACME 5000.00"]);
    // What counts as identical is not bought either.
    relate(&mut world, "OTHER", RelationKind::SubstantiallyIdentical, "ACME");
    assert_eq!(told(&bought(&world, "2026-03-01")), Vec::<String>::new());
    world.policy.tax.identical = evenkeel_ledger::identical::Identity::SameFund;
    assert_eq!(told(&bought(&world, "2026-03-01")), ["a sell BOND 5000.00", "a buy OTHER 5000.00"]);
}

fn relate(world: &mut World, symbol: &str, kind: RelationKind, to: &str) {
    let mut instruments: Vec<_> = world.universe.iter().map(|(_, instrument)| instrument.clone()).collect();
    let one = instruments.iter_mut().find(|instrument| instrument.symbol == symbol).unwrap();
    one.relations.push(Relation { kind, to: to.to_owned() });
    world.universe = Universe::new(instruments).unwrap();
}

#[test]
fn one_account_does_not_buy_what_another_sells_at_a_loss() {
    // The taxable account must raise cash for the flow by selling ACME at a loss; the IRA puts its cash into stocks.
    let taxable: &[LotText<'_>] = &[("ACME", "100", "15000", LONG_AGO)];
    let ira: &[LotText<'_>] = &[("BOND", "100", "10000", LONG_AGO)];
    let accounts = [("ira", TaxTreatment::Deferred, "6000", ira), ("taxed", TaxTreatment::Taxable, "-6000", taxable)];
    let mut world = lots_world(["0.5", "0.5"], &accounts);
    assert_eq!(told(&world.rebalance()), ["ira buy OTHER 6000.00", "taxed sell ACME 6000.00"]);
    // Where the IRA's menu has no other, the taxable account sells no loss; here it then has nothing to sell.
    let stocks_of_the_menu = [world.universe.find("ACME").unwrap()].into_iter().collect();
    world.household.accounts[0].menu = evenkeel_ledger::account::Menu::Only(stocks_of_the_menu);
    let planned = world.rebalance();
    assert!(lots_sold(&planned).is_empty(), "{:?}", told(&planned));
}

#[test]
fn gains_stay_within_the_budget() {
    // The case `gain_budget`: 50 units at 10 and 50 at 100, a price of 100, and 100 of gain allowed.
    let lots: &[LotText<'_>] = &[("ACME", "50", "500", LONG_AGO), ("ACME", "50", "5000", LONG_AGO)];
    let mut world = lots_world(["0.5", "0.5"], &[("a", TaxTreatment::Taxable, "0", lots)]);
    world.policy.tax.gain_budget = Some(usd("100"));
    assert_eq!(lots_sold(&world.rebalance()), ["a ACME 2 50"]);
    let mut world = lots_world(["0", "1"], &[("a", TaxTreatment::Taxable, "0", lots)]);
    world.policy.tax.gain_budget = Some(usd("100"));
    world.policy.rebalance.whole_lots = true;
    let planned = world.rebalance();
    assert_eq!(lots_sold(&planned), ["a ACME 2 50", "a ACME 1 1"]);
    let kept = planned.list.not_traded.iter().find(|line| line.subject == "ACME").unwrap();
    assert!(kept.reason.contains("gain budget") && kept.value == usd("-4900"), "{kept:?}");
    world.policy.rebalance.whole_lots = false;
    assert_eq!(lots_sold(&world.rebalance()), ["a ACME 2 50", "a ACME 1 1.111111111"]);
    // Gains of the year so far use the budget up.
    world.household.owners[0].year_to_date.long_term = usd("60");
    assert_eq!(lots_sold(&world.rebalance()), ["a ACME 2 50", "a ACME 1 0.444444444"]);
    world.household.owners[0].year_to_date.long_term = usd("600");
    assert_eq!(lots_sold(&world.rebalance()), ["a ACME 2 50"]);
}

#[test]
fn what_is_too_little_is_not_sold_to_make_up_for_a_budget() {
    // Stocks stay at 75 of 60, as no gain is allowed: of bonds, 20 of 30, and gold, 5 of 10, none is sold for the other.
    let mut policy = policy(&[("Stocks", "0.6", &["ACME"]), ("Bonds", "0.3", &["BOND"]), ("Gold", "0.1", &["GOLD"])]);
    policy.tax.gain_budget = Some(usd("0"));
    let prices = [("ACME", "Stocks", "100"), ("BOND", "Bonds", "100"), ("GOLD", "Gold", "100")];
    let lots: &[LotText<'_>] = &[("ACME", "750", "7500", LONG_AGO), ("BOND", "200", "20000", LONG_AGO), ("GOLD", "50", "5000", LONG_AGO)];
    let world = |cash| with_lots(policy.clone(), &prices, &[("a", TaxTreatment::Taxable, cash, lots)]);
    assert_eq!(told(&world("0").rebalance()), Vec::<String>::new());
    // What there is to invest goes to what is short the most, and what is withdrawn comes from what is short the least.
    assert_eq!(told(&world("5000").rebalance()), ["a buy BOND 5000.00"]);
    assert_eq!(told(&world("8000").rebalance()), ["a buy BOND 7300.00", "a buy GOLD 700.00"]);
    assert_eq!(told(&world("-1000").rebalance()), ["a sell GOLD 1000.00"]);
}

#[test]
fn units_that_share_their_basis_are_sold_at_it() {
    let lots: &[LotText<'_>] = &[("ACME", "100", "9000", "2025-11-20"), ("ACME", "100", "8400", LONG_AGO)];
    let mut world = lots_world(["0.5", "0.5"], &[("a", TaxTreatment::Taxable, "0", lots)]);
    world.household.accounts[0].basis_method = evenkeel_ledger::account::BasisMethod::AverageCost;
    let planned = world.rebalance();
    assert_eq!(lots_sold(&planned), ["a ACME 2 100"]);
    // 17,400 over 200 units: 8,700 for a hundred.
    assert_eq!(planned.list.trades[0].lots[0].gain, Some(usd("1300")));
}

#[test]
fn gains_of_pools_are_not_planned_for_and_that_is_told() {
    let lots: &[LotText<'_>] = &[("ACME", "100", "9000", "2025-11-20"), ("ACME", "100", "15000", LONG_AGO)];
    let mut world = lots_world(["0.5", "0.5"], &[("a", TaxTreatment::Taxable, "0", lots)]);
    world.household.owners[0].jurisdiction = "GB".to_owned();
    let planned = world.rebalance();
    assert_eq!(planned.list.trades[0].lots[0].tax, None);
    assert!(planned.taxes.returns.is_empty() && planned.taxes.notes[0].contains("pools over all taxable accounts"));
    assert!(planned.ways.iter().all(|way| way.tax.is_zero() && way.tax_after_netting.is_none()));
}

#[test]
fn a_flow_without_an_account_is_paid_by_one_that_can() {
    let small: &[LotText<'_>] = &[("ACME", "6", "600", LONG_AGO)];
    let accounts = [("first", TaxTreatment::Taxable, "0", small), ("second", TaxTreatment::Taxable, "20000", &[])];
    let mut world = lots_world(["0.5", "0.5"], &accounts);
    let flow = |amount: &str| evenkeel::policy::CashFlow { date: day("2026-03-31"), amount: usd(amount), account: None, purpose: None };
    world.policy.cash.flows = vec![flow("-5000")];
    let flows = |planned: &Planned| planned.list.cash.iter().map(|line| line.flows).collect::<Vec<_>>();
    assert_eq!(flows(&world.rebalance()), [usd("0"), usd("-5000")]);
    // What can be paid by selling is taken where cash does not suffice; what comes in goes to the first.
    world.policy.cash.flows = vec![flow("-5000"), flow("-14500"), flow("500")];
    assert_eq!(flows(&world.rebalance()), [usd("500"), usd("-19500")]);
}
