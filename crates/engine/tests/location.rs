//! What it costs a year to hold a class in an account, and where classes should live.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use evenkeel::assumptions::{Assumptions, ClassAssumptions, Distributions};
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::drift::ReviewHistory;
use evenkeel::location::{AnnualCosts, check_accounts};
use evenkeel::policy::{LocationRules, StatedCosts, Where};
use evenkeel::portfolio::Sleeves;
use evenkeel::run::{LocationReport, Mandate, Provenance, Subject};
use evenkeel::trade::Leg;
use evenkeel_ledger::account::{Account, Menu, TaxTreatment};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, OtherIncome, Owner, TaxRates};
use evenkeel_ledger::number::Money;

use common::{Held, USD, World, day, policy, usd, world};

fn class(name: &str) -> ClassPath {
    ClassPath::new(name).unwrap()
}

/// A bond fund, a stock fund and cash in an account of each kind.
fn household() -> World {
    let classes: [(&str, &str, &[&str]); 3] = [("Bonds", "0.4", &["BND"]), ("Equity", "0.5", &["VTI"]), ("Cash", "0.1", &[])];
    let account = |id: &str, tax_treatment| Held {
        account: Account { tax_treatment, ..Account::new(id, "owner", USD) },
        cash: "1000",
        positions: Vec::new(),
    };
    let kinds = [
        ("brokerage", TaxTreatment::Taxable),
        ("foundation", TaxTreatment::Untaxed),
        ("ira", TaxTreatment::Deferred),
        ("roth", TaxTreatment::Exempt),
    ];
    let accounts = kinds.map(|(id, kind)| account(id, kind)).into();
    let mut world = world(policy(&classes), &[("BND", "Bonds", "100"), ("VTI", "Equity", "100")], accounts);
    let rates = TaxRates { ordinary: "0.32".parse().unwrap(), long_term: "0.15".parse().unwrap(), state: "0.05".parse().unwrap() };
    world.household.owners[0].rates = rates;
    world
}

/// Class, expected return, yield, share qualified, turnover.
fn beliefs(classes: &[(&str, f64, f64, f64, f64)]) -> Assumptions {
    let entry = |(name, expected, income, qualified, turnover): &(&str, f64, f64, f64, f64)| ClassAssumptions {
        class: class(name),
        expected_return: Some(*expected),
        return_range: None,
        volatility: None,
        distributions: Some(Distributions { income: *income, qualified: *qualified, turnover: *turnover }),
        scores: std::collections::BTreeMap::new(),
        loadings: std::collections::BTreeMap::new(),
    };
    Assumptions { as_of: day("2026-01-01"), source: "Test".to_owned(), classes: classes.iter().map(entry).collect(), correlation: None }
}

fn all() -> Assumptions {
    beliefs(&[("Bonds", 0.045, 0.05, 0.0, 0.5), ("Equity", 0.07, 0.015, 0.9, 0.1), ("Cash", 0.03, 0.03, 0.0, 0.0)])
}

fn costs(world: &World, assumptions: Option<&Assumptions>) -> AnnualCosts {
    let sleeves = Sleeves::new(&world.policy.tree, &world.universe);
    AnnualCosts::new(&world.household, &sleeves, &world.policy, assumptions, world.market.as_of).unwrap()
}

fn close(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
}

#[test]
fn income_and_realized_growth_are_taxed_where_nothing_defers_them() {
    let world = household();
    let costs = costs(&world, Some(&all()));
    // By hand: income at 37 % and 20 %, growth at 20 %; bonds that lose value realize nothing that counts.
    close(costs.of(0, 0), 0.05 * 0.37);
    let equity = costs.parts(0, 1);
    close(equity.income, 0.015 * (0.9 * 0.20 + 0.1 * 0.37));
    close(equity.realized_gains, 0.1 * 0.055 * 0.20);
    close(equity.total(), costs.of(0, 1));
    close(costs.of(0, 2), 0.03 * 0.37);
    for account in 1..4 {
        assert!((0..3).all(|sleeve| costs.of(account, sleeve) == 0.0), "account {account}");
    }
    // What the state takes of a deferred return is told beside the cost.
    close(costs.parts(2, 1).shared_return, 0.07 * 0.37);
    assert_eq!((costs.parts(0, 1).shared_return, costs.parts(3, 1).shared_return), (0.0, 0.0));
    assert_eq!(costs.note(), None);
    assert_eq!((costs.of(4, 0), costs.of(0, 3)), (0.0, 0.0));
}

#[test]
fn losses_carried_forward_do_not_lower_what_income_is_taxed() {
    let mut world = household();
    let owner = &mut world.household.owners[0];
    owner.income = Some(OtherIncome { ordinary: usd("150000"), ..OtherIncome::zero(USD) });
    let before = costs(&world, Some(&all()));
    // 2026, single, at 150,000: 24 % on ordinary income and 15 % on long-term gains; 5 % of the state on both.
    close(before.of(0, 2), 0.03 * 0.29);
    close(before.parts(0, 1).realized_gains, 0.1 * 0.055 * 0.20);
    world.household.owners[0].carry_forward = GainsByTerm { short_term: usd("-5000"), long_term: usd("-80000") };
    assert_eq!(costs(&world, Some(&all())), before);
}

#[test]
fn rates_stated_by_one_spouse_hold_for_the_return_of_both() {
    let mut world = household();
    let first = &mut world.household.owners[0];
    (first.filing_status, first.spouse) = (FilingStatus::MarriedJointly, Some("spouse".to_owned()));
    let spouse = Owner { id: "spouse".to_owned(), rates: TaxRates::default(), spouse: Some("owner".to_owned()), ..first.clone() };
    world.household.owners.push(spouse);
    world.household.accounts[1] = Account::new("theirs", "spouse", USD);
    let found = costs(&world, Some(&all()));
    close(found.of(1, 0), 0.05 * 0.37);
    (0..3).for_each(|sleeve| close(found.of(1, sleeve), found.of(0, sleeve)));
    // Income that one of them states counts for both, whatever rates the other states.
    world.household.owners[1].income = Some(OtherIncome { ordinary: usd("200000"), ..OtherIncome::zero(USD) });
    let by_income = costs(&world, Some(&all()));
    (0..3).for_each(|sleeve| close(by_income.of(1, sleeve), by_income.of(0, sleeve)));
    assert!(by_income.of(0, 0) < found.of(0, 0), "22 % and 5 % of the state");
}

#[test]
fn where_gains_do_not_tell_how_income_is_taxed_the_rates_stated_hold() {
    let mut world = household();
    let owner = &mut world.household.owners[0];
    owner.jurisdiction = "GB".to_owned();
    owner.income = Some(OtherIncome { ordinary: usd("150000"), ..OtherIncome::zero(USD) });
    close(costs(&world, Some(&all())).of(0, 0), 0.05 * 0.37);
}

#[test]
fn stated_costs_take_the_place_of_derived_ones() {
    let mut world = household();
    let stated = |accounts, class_cost: &[(&str, f64)]| StatedCosts {
        accounts,
        classes: class_cost.iter().map(|(name, cost)| (class(name), *cost)).collect(),
    };
    world.policy.location = LocationRules {
        costs: vec![
            stated(Where::Kind(TaxTreatment::Taxable), &[("Bonds", 0.012), ("Equity", 0.003)]),
            stated(Where::Account("brokerage".to_owned()), &[("Equity", 0.004)]),
            stated(Where::Kind(TaxTreatment::Exempt), &[("Equity", -0.001)]),
        ],
    };
    let costs = costs(&world, Some(&all()));
    assert_eq!((costs.of(0, 0), costs.of(0, 1), costs.of(3, 1)), (0.012, 0.004, -0.001));
    close(costs.of(0, 2), 0.03 * 0.37);
}

#[test]
fn what_is_not_known_costs_nothing_and_is_told_once() {
    let mut world = household();
    let nothing = costs(&world, None);
    assert!(nothing.are_zero());
    assert!(nothing.note().unwrap().contains("a year of Bonds, Equity, Cash in taxable accounts is not known"));
    let some = costs(&world, Some(&beliefs(&[("Bonds", 0.04, 0.04, 0.0, 0.0), ("Cash", 0.03, 0.03, 0.0, 0.0)])));
    assert!(some.note().unwrap().contains("a year of Equity in taxable"));
    // Without a taxable account nothing is missing.
    world.household.accounts[0].tax_treatment = TaxTreatment::Exempt;
    assert_eq!(costs(&world, None).note(), None);
}

#[test]
fn accounts_that_the_household_has_not_are_told_with_those_that_it_has() {
    let mut world = household();
    let stated = |id: &str| StatedCosts { accounts: Where::Account(id.to_owned()), classes: vec![(class("Bonds"), 0.01)] };
    world.policy.location.costs = vec![stated("ira"), stated("taxabel"), stated("401k")];
    let told = check_accounts(&world.policy, &world.household);
    assert_eq!(told.len(), 2);
    assert!(told[0].message.contains("`taxabel` is no account of the household"), "{}", told[0].message);
    assert_eq!(told[0].help.as_deref(), Some("did you mean `taxable`?"));
}

/// A class, what it costs a year, and where.
type Stated<'a> = (TaxTreatment, &'a [(&'a str, f64)]);

fn stated(costs: &[Stated<'_>]) -> LocationRules {
    let of = |(kind, classes): &Stated<'_>| StatedCosts {
        accounts: Where::Kind(*kind),
        classes: classes.iter().map(|(name, cost)| (class(name), *cost)).collect(),
    };
    LocationRules { costs: costs.iter().map(of).collect() }
}

/// Locates; a move is to pay back within 10 years.
fn locate(world: &World, assumptions: Option<&Assumptions>) -> Result<LocationReport, Vec<Diagnostic>> {
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, assumptions, None);
    let subject =
        Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history: ReviewHistory::default() };
    mandate.locate(&subject, 10.0, Provenance::default())
}

#[test]
fn the_shared_case() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases/rebal_asset_location.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: {} is not here", path.display());
        return;
    };
    let case: serde_json::Value = serde_json::from_str(&text).unwrap();
    let kinds = [("roth", TaxTreatment::Exempt), ("taxable", TaxTreatment::Taxable), ("traditional", TaxTreatment::Deferred)];
    let mut policy = policy(&[("bond", "0.4", &["B"]), ("reit", "0.1", &["R"]), ("equity", "0.5", &["E"])]);
    policy.location.costs = kinds
        .iter()
        .map(|(account, kind)| {
            let cost = |name: &str| case["annual_cost_per_unit_x1000"][account][name].as_f64().unwrap() / 1000.0;
            let classes = ["bond", "reit", "equity"].map(|name| (class(name), cost(name))).to_vec();
            StatedCosts { accounts: Where::Kind(*kind), classes }
        })
        .collect();
    let value = |account: &str| case["accounts"][account].as_f64().unwrap().to_string();
    let cash = kinds.map(|(account, _)| value(account));
    let held = kinds.iter().zip(&cash).map(|((account, kind), cash)| Held {
        account: Account { tax_treatment: *kind, ..Account::new(*account, "owner", USD) },
        cash,
        positions: Vec::new(),
    });
    let world = world(policy, &[("B", "bond", "1"), ("R", "reit", "1"), ("E", "equity", "1")], held.collect());
    let found = locate(&world, None).unwrap().location;
    let expected = &case["expected"];
    let amount = |money: Money| evenkeel::boundary::to_f64(money.amount());
    close(amount(found.annual.best.amount), expected["objective"].as_f64().unwrap());
    close(amount(found.annual.mirror.amount), expected["every_account_a_mirror_of_the_household"].as_f64().unwrap());
    for place in &found.places {
        let wanted = expected["allocation"][&place.account][&place.class].as_f64().unwrap_or(0.0);
        close(amount(place.best), wanted);
    }
    assert_eq!(found.places.iter().filter(|place| place.best.is_positive()).count(), 5);
}

/// Bonds of 10,000 in a taxable account and stocks of 10,000 in an IRA; each would be better off where the other is.
fn swapped(basis: &str) -> World {
    let bonds: &[&str] = &["BOND", "OTHER"];
    let mut policy = policy(&[("Bonds", "0.5", bonds), ("Stocks", "0.5", &["STOCK"])]);
    policy.costs.proportional = "0.001".parse().unwrap();
    policy.rebalance.lot_method = evenkeel::policy::LotChoice::MinTax;
    policy.location = stated(&[(TaxTreatment::Taxable, &[("Bonds", 0.02), ("Stocks", 0.005)])]);
    let held = |id, tax_treatment, symbol| Held {
        account: Account { tax_treatment, ..Account::new(id, "owner", USD) },
        cash: "0",
        positions: vec![(symbol, "100")],
    };
    let accounts = vec![held("ira", TaxTreatment::Deferred, "STOCK"), held("taxed", TaxTreatment::Taxable, "BOND")];
    let mut world = world(policy, &[("BOND", "Bonds", "100"), ("OTHER", "Bonds", "50"), ("STOCK", "Stocks", "100")], accounts);
    world.household.owners[0].rates =
        TaxRates { ordinary: "0.37".parse().unwrap(), long_term: "0.20".parse().unwrap(), state: "0".parse().unwrap() };
    let mut lot = world.holdings.accounts[1].lots()[0].clone();
    (lot.cost_basis, lot.acquired, lot.held_since) = (Some(usd(basis)), Some(day("2019-03-01")), Some(day("2019-03-01")));
    world.holdings.accounts[1] = AccountHoldings::new(vec![lot], [usd("0")]).unwrap();
    world
}

#[test]
fn moving_pays_back_what_it_costs() {
    let found = locate(&swapped("9000"), None).unwrap().location;
    let [only] = &found.moves[..] else { panic!("one move, not {:?}", found.moves) };
    let leg = |account: &str, sell: &str, buy: &str| Leg { account: account.to_owned(), sell: sell.to_owned(), buy: buy.to_owned() };
    assert_eq!(only.legs, [leg("ira", "Stocks", "Bonds"), leg("taxed", "Bonds", "Stocks")]);
    // By hand: 1.5 points of 10,000 a year; 20 % of a gain of 1,000; four trades of 10,000 at 10 basis points.
    assert_eq!((only.value, only.payback.saved_a_year), (usd("10000"), usd("150")));
    assert_eq!((only.long_term, only.short_term), (usd("1000"), usd("0")));
    assert_eq!((only.payback.tax, only.payback.costs), (Some(usd("200")), usd("40")));
    close(only.payback.years.unwrap(), 240.0 / 150.0);
    assert!(only.pays_back && found.all_moves == only.payback && found.worthwhile_moves == only.payback);
    assert_eq!((found.annual.today.amount, found.annual.mirror.amount, found.annual.best.amount), (usd("200"), usd("125"), usd("50")));
    close(found.annual.today.basis_points, 100.0);
    // A gain of 9,000 and fees that eat the saving of a lifetime.
    let mut dear = swapped("1000");
    dear.policy.costs.fixed_per_trade = usd("500");
    let found = locate(&dear, None).unwrap().location;
    close(found.moves[0].payback.years.unwrap(), (1800.0 + 40.0 + 2000.0) / 150.0);
    assert!(!found.moves[0].pays_back && found.worthwhile_moves.saved_a_year.is_zero());
}

#[test]
fn losses_count_where_they_are_not_washed() {
    // 2,000 of loss come off ordinary income; the IRA buys the other bond.
    let mut world = swapped("12000");
    let found = locate(&world, None).unwrap().location;
    assert_eq!(found.moves[0].payback.tax, Some(usd("-740")));
    assert_eq!(found.moves[0].payback.years, Some(0.0));
    assert!(found.notes.iter().any(|note| note.starts_with("Losses of 2,000.00 USD count only as other accounts")), "{:?}", found.notes);
    // Where it has no other bond to buy, the loss would be lost.
    world.household.accounts[0].menu = Menu::Only([world.universe.find("BOND").unwrap()].into());
    let found = locate(&world, None).unwrap().location;
    assert_eq!((found.moves[0].payback.tax, found.moves[0].long_term), (Some(usd("0")), usd("0")));
    assert!(found.notes.iter().any(|note| note.starts_with("Losses of 2,000.00 USD would be wash sales")), "{:?}", found.notes);
}

#[test]
fn what_a_menu_or_a_market_forbids_stays() {
    let mut world = swapped("9000");
    world.household.accounts[0].menu = Menu::Only([world.universe.find("STOCK").unwrap()].into());
    let found = locate(&world, None).unwrap().location;
    assert!(found.moves.is_empty() && found.annual.best == found.annual.today);
}

#[test]
fn accounts_without_room_are_told() {
    let classes: [(&str, &str, &[&str]); 3] = [("Bonds", "0.2", &["B"]), ("Large", "0.4", &["L"]), ("Small", "0.4", &["S"])];
    let held = |id| Held { account: Account::new(id, "owner", USD), cash: "10000", positions: Vec::new() };
    let instruments = [("B", "Bonds", "100"), ("L", "Large", "100"), ("S", "Small", "100")];
    let mut world = world(policy(&classes), &instruments, vec![held("first"), held("second")]);
    world.policy.location = stated(&[(TaxTreatment::Taxable, &[("Bonds", 0.02), ("Large", 0.01), ("Small", 0.01)])]);
    // Each class has room somewhere. But the first account may hold bonds alone, and the household wants fewer than it holds.
    world.household.accounts[0].menu = Menu::Only([world.universe.find("B").unwrap()].into());
    let told = locate(&world, None).unwrap_err();
    assert_eq!(told[0].code, Code::NO_LOCATION);
    assert_eq!(
        told[0].message,
        "account `first` holds 10,000.00 USD, and there is room for 4,000.00 USD: 4,000.00 USD of Bonds, all that the household is to hold"
    );
}

#[test]
fn classes_that_no_account_can_hold_make_way() {
    let mut world = swapped("9000");
    for account in &mut world.household.accounts {
        account.menu = Menu::Only([world.universe.find("STOCK").unwrap()].into());
    }
    world.policy.tree.nodes[0].weight = Some("0.75".parse().unwrap());
    world.policy.tree.nodes[1].weight = Some("0.25".parse().unwrap());
    let found = locate(&world, None).unwrap().location;
    assert!(found.notes.iter().any(|note| note.contains("leave room for 10,000.00 USD")), "{:?}", found.notes);
}

#[test]
fn what_grows_most_goes_where_nothing_is_taxed_again() {
    let mut world = household();
    world.policy.location = LocationRules::default();
    let found = locate(&world, Some(&all())).unwrap().location;
    let best = |account: &str, class: &str| {
        let place = found.places.iter().find(|place| place.account == account && place.class == class);
        place.map_or(usd("0"), |place| place.best)
    };
    // 4,000 in four accounts: of 2,000 of stocks the taxable account takes 1,000, as they are taxed least. The other 1,000
    // cost nothing in any of the three, and go where the state takes no share of their growth.
    assert_eq!(best("brokerage", "Equity"), usd("1000"));
    assert_eq!(best("ira", "Equity"), usd("0"));
}

#[test]
fn without_costs_there_is_nothing_to_locate() {
    let mut world = swapped("9000");
    world.policy.location = LocationRules::default();
    assert_eq!(locate(&world, None).unwrap_err()[0].code, Code::NO_ANNUAL_COSTS);
    world.policy.location =
        LocationRules { costs: vec![StatedCosts { accounts: Where::Account("iraq".to_owned()), classes: vec![(class("Bonds"), 0.01)] }] };
    let told = locate(&world, None).unwrap_err();
    assert_eq!((told[0].code, told[0].help.as_deref()), (Code::COST_ACCOUNT, Some("did you mean `ira`?")));
}
