//! The auditor is told enough to object to whatever does not hold.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use evenkeel::drift::ReviewHistory;
use evenkeel::policy::{Bound, CashFlow};
use evenkeel::run::{Proposal, Subject};
use evenkeel_cli::audit::{Facts, audit};
use evenkeel_cli::inputs::{InputArguments, Inputs};
use evenkeel_ledger::household::{OtherIncome, TaxRates};
use evenkeel_ledger::number::{Decimal, Money, Quantity};

fn inputs(example: &str, as_of: &str) -> Inputs {
    InputArguments::folder(support::root().join("examples").join(example), as_of.parse().unwrap()).load().unwrap()
}

fn flow(inputs: &Inputs, amount: i32, account: &str) -> CashFlow {
    let amount = Money::new(Decimal::from(amount), inputs.policy.base_currency);
    CashFlow { date: inputs.market.as_of, amount, account: Some(account.to_owned()), purpose: None }
}

fn propose(inputs: &Inputs, flows: &[CashFlow]) -> Proposal {
    let subject = Subject { household: &inputs.household, holdings: &inputs.holdings, flows, sold: &[], history: ReviewHistory::default() };
    inputs.mandate().propose(&subject, inputs.provenance.clone()).unwrap()
}

/// The rules to which the auditor objects.
fn objections(inputs: &Inputs, flows: &[CashFlow], proposal: &Proposal) -> Vec<String> {
    let facts = Facts {
        policy: &inputs.policy,
        universe: &inputs.universe,
        market: &inputs.market,
        assumptions: inputs.assumptions.as_ref(),
        household: &inputs.household,
        holdings: &inputs.holdings,
        flows,
        sold: &[],
    };
    audit(&facts, proposal).unwrap().into_iter().map(|objection| objection.rule).collect()
}

#[test]
fn accepts_what_is_proposed() {
    let none: [String; 0] = [];
    for (example, as_of) in [("client", "2026-03-31"), ("endowment", "2026-06-30"), ("overlay", "2026-03-31"), ("family", "2026-03-31")] {
        let inputs = inputs(example, as_of);
        assert_eq!(objections(&inputs, &[], &propose(&inputs, &[])), none, "{example}");
    }
    let family = inputs("family", "2026-03-31");
    for (amount, account) in [(7000, "roth"), (25_000, "brokerage"), (-3000, "ira"), (-12_000, "brokerage")] {
        let flows = [flow(&family, amount, account)];
        assert_eq!(objections(&family, &flows, &propose(&family, &flows)), none, "{amount} {account}");
    }
}

#[test]
fn accepts_rates_and_income_that_only_one_spouse_states() {
    let mut family = inputs("family", "2026-03-31");
    let flows = [flow(&family, -12_000, "brokerage")];
    let none: [String; 0] = [];
    // The brokerage account is that of the first.
    family.household.owners[0].rates = TaxRates::default();
    assert_eq!(objections(&family, &flows, &propose(&family, &flows)), none);
    let income = OtherIncome {
        ordinary: Money::new(Decimal::from(180_000), family.policy.base_currency),
        ..OtherIncome::zero(family.policy.base_currency)
    };
    family.household.owners[1].income = Some(income);
    assert_eq!(objections(&family, &flows, &propose(&family, &flows)), none);
}

type Tampering = fn(&mut Proposal);

#[test]
fn objects_to_every_claim_that_was_tampered_with() {
    let inputs = inputs("family", "2026-03-31");
    let flows = [flow(&inputs, 7000, "roth")];
    let proposal = propose(&inputs, &flows);
    assert!(!proposal.trades.is_empty());
    let tamperings: [(Tampering, &str); 10] = [
        (|proposal| proposal.trades[0].quantity = proposal.trades[0].quantity.try_add(Quantity::ONE).unwrap(), "gross"),
        (|proposal| proposal.trades[0].price = "1".parse().unwrap(), "price"),
        (|proposal| proposal.trades[0].symbol = "NONE".to_owned(), "known_instrument"),
        (|proposal| proposal.trades[0].account = "nowhere".to_owned(), "known_account"),
        (|proposal| proposal.trades[0].costs.total = proposal.trades[0].gross, "total_cost"),
        (|proposal| proposal.trades[0].cash = proposal.trades[0].gross, "cash_effect"),
        (|proposal| proposal.cash[0].before = proposal.value, "cash_before"),
        (|proposal| proposal.cash[0].after = proposal.value, "cash_after"),
        (|proposal| proposal.cash.iter_mut().for_each(|line| line.flows = Money::zero(line.flows.currency())), "cash_flows"),
        (|proposal| drop(proposal.trades.pop()), "cash_buys"),
    ];
    for (tamper, rule) in tamperings {
        let mut tampered = proposal.clone();
        tamper(&mut tampered);
        let found = objections(&inputs, &flows, &tampered);
        assert!(found.iter().any(|found| found == rule), "expected {rule}, found {found:?}");
    }
}

#[test]
fn objects_where_the_rules_were_others() {
    // The facts come from the inputs: a proposal made under looser rules does not pass.
    let mut inputs = inputs("family", "2026-03-31");
    let proposal = propose(&inputs, &[]);
    inputs.policy.costs.proportional = "0.01".parse().unwrap();
    inputs.policy.rebalance.min_trade = Money::new(Decimal::from(100_000), inputs.policy.base_currency);
    // Equity was above this, and the proposal takes it below.
    (inputs.policy.limits[0].bound, inputs.policy.limits[0].value) = (Bound::AtLeast, 0.61);
    let found = objections(&inputs, &[], &proposal);
    for rule in ["proportional_cost", "min_trade", "limit"] {
        assert!(found.iter().any(|found| found == rule), "expected {rule}, found {found:?}");
    }
}
