//! What it costs a year to hold a class in an account.

#![allow(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use evenkeel::assumptions::{Assumptions, ClassAssumptions, Distributions};
use evenkeel::location::{AnnualCosts, check_accounts};
use evenkeel::policy::{LocationRules, StatedCosts, Where};
use evenkeel::portfolio::Sleeves;
use evenkeel_ledger::account::{Account, TaxTreatment};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::household::{GainsByTerm, OtherIncome, TaxRates};

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
