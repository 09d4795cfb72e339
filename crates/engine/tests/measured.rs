//! Measuring without proposing: the same drift and the same value as a proposal starts from.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Held, USD, day, policy, usd, world};
use evenkeel::drift::ReviewHistory;
use evenkeel::policy::CashFlow;
use evenkeel::run::{Mandate, Provenance, Subject};
use evenkeel_ledger::account::Account;

#[test]
fn a_measure_is_what_a_proposal_starts_from() {
    let mut policy = policy(&[("Stocks", "0.5", &["S"]), ("Bonds", "0.5", &["B"])]);
    policy.cash.buffer = 0.1;
    let positions = vec![("S", "500"), ("B", "400")];
    let world = world(
        policy,
        &[("B", "Bonds", "1"), ("S", "Stocks", "1")],
        vec![Held { account: Account::new("a", "owner", USD), cash: "100", positions }],
    );
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, None, None);
    let flow = CashFlow { date: day("2026-03-31"), amount: usd("250"), account: None, purpose: None };
    let flows = [flow];
    let subject =
        Subject { household: &world.household, holdings: &world.holdings, flows: &flows, sold: &[], history: ReviewHistory::default() };
    let proposal = mandate.propose(&subject, Provenance::default()).unwrap();
    let measured = mandate.measure(&subject).unwrap();
    assert_eq!(measured.drift, proposal.before);
    assert_eq!((proposal.value, proposal.value_with_flows, measured.value), (usd("1000"), usd("1250"), usd("1250")));
    assert_eq!(measured.state.total().to_bits(), 1250.0_f64.to_bits());
    // A tenth of 1,250 is set aside, and each class has half of the rest.
    let target = |class: &str| measured.drift.classes.iter().find(|row| row.class == class).unwrap().target;
    assert!((target("Stocks") - 0.45).abs() < 1e-12 && (target("Cash") - 0.1).abs() < 1e-12);
    // Instruments are fractions of the same value.
    let stock = measured.drift.instruments.iter().find(|row| row.symbol == "S").unwrap();
    assert!((stock.current - 0.4).abs() < 1e-12, "{}", stock.current);
}

#[test]
fn a_history_to_come_is_refused() {
    let world = world(
        policy(&[("Stocks", "1", &["S"])]),
        &[("S", "Stocks", "1")],
        vec![Held { account: Account::new("a", "owner", USD), cash: "0", positions: vec![("S", "1")] }],
    );
    let mandate = Mandate::new(&world.policy, &world.universe, &world.market, None, None);
    let history = ReviewHistory { last_review: Some(day("2026-04-01")), last_rebalance: Some(day("2026-05-01")) };
    let subject = Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history };
    let told = mandate.propose(&subject, Provenance::default()).unwrap_err();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|told| told.is_error() && told.help.is_some()));
}
