//! Parts of the whole flow that no reference case covers: cash, cooldown, ages, spreads, instruments.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{Held, USD, World, day, lines, policy, tree_targets, usd, world};
use evenkeel::cost::CostModel;
use evenkeel::drift::{CashState, Decision, ReviewHistory};
use evenkeel::policy::{Band, CashFlow, GlideAxis, GlidePath, GlidePoint, Policy, Strategy, Trigger};
use evenkeel::portfolio::{Portfolio, Sleeves};
use evenkeel::run::Proposal;
use evenkeel::trade::{Context, Situation};
use evenkeel_ledger::account::Account;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::fx::{FxQuote, FxRates};
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::{Component, Instrument, Universe};
use evenkeel_ledger::number::Money;
use evenkeel_ledger::schedule::{Recurrence, Schedule};

fn main_account() -> Account {
    Account::new("main", "owner", USD)
}

/// Stocks and bonds of price 1 in one account.
fn stocks_and_bonds(stocks: &str, bonds: &str) -> World {
    let policy = policy(&[("Stocks", "0.6", &["S"]), ("Bonds", "0.4", &["B"])]);
    let positions = vec![("S", stocks), ("B", bonds)];
    let mut world =
        world(policy, &[("B", "Bonds", "1"), ("S", "Stocks", "1")], vec![Held { account: main_account(), cash: "0", positions }]);
    band_all(&mut world.policy, 0.05);
    world
}

fn band_all(policy: &mut Policy, width: f64) {
    for node in &mut policy.tree.nodes {
        node.band = Band { absolute: Some(width), relative: None };
    }
}

fn change(world: &mut World, symbol: &str, change: impl Fn(&mut Instrument)) {
    let mut instruments: Vec<_> = world.universe.iter().map(|(_, instrument)| instrument.clone()).collect();
    change(instruments.iter_mut().find(|instrument| instrument.symbol == symbol).unwrap());
    world.universe = Universe::new(instruments).unwrap();
}

fn word(proposal: &Proposal) -> &str {
    match &proposal.decision {
        Decision::Hold { .. } => "hold",
        Decision::CashFlow { .. } => "cash_flow",
        Decision::Rebalance { trigger, .. } => trigger,
    }
}

fn flow(date: &str, amount: &str) -> CashFlow {
    CashFlow { date: day(date), amount: usd(amount), account: None, purpose: None }
}

fn cash_state(world: &World) -> CashState {
    let sleeves = Sleeves::new(&world.policy.tree, &world.universe);
    let targets = tree_targets(&world.policy, &sleeves);
    let costs = CostModel::new(&world.policy.costs, &world.universe, &world.market, None);
    let identical = evenkeel_ledger::identical::IdenticalSets::new(&world.universe, world.policy.tax.identical);
    let context = Context::new(&world.policy, &world.universe, &world.market, &sleeves, costs, identical, &targets);
    let portfolio = Portfolio::new(&world.holdings, &world.universe, &world.market, USD).unwrap();
    Situation::new(&context, &world.household, &portfolio, &world.policy.cash.flows, &[]).unwrap().cash_state()
}

/// 500 in stocks, 400 in bonds, 100 in cash, of which 5 % of value is the target.
fn with_cash() -> World {
    let policy = policy(&[("Stocks", "0.5", &["S"]), ("Bonds", "0.45", &["B"]), ("Cash", "0.05", &[])]);
    let positions = vec![("S", "500"), ("B", "400")];
    world(policy, &[("B", "Bonds", "1"), ("S", "Stocks", "1")], vec![Held { account: main_account(), cash: "100", positions }])
}

fn assert_cash(world: &World, value: f64, spare: f64, missing: f64, flow: f64) {
    let found = cash_state(world);
    let pairs = [(found.value, value), (found.spare, spare), (found.missing, missing), (found.flow, flow)];
    assert!(pairs.iter().all(|(found, expected)| (found - expected).abs() < 1e-9), "{found:?}");
}

#[test]
fn cash_above_target_buffer_and_minimum_is_spare() {
    let mut world = with_cash();
    assert_cash(&world, 1000.0, 50.0, 0.0, 0.0);
    world.policy.cash.buffer = 0.02;
    assert_cash(&world, 1000.0, 30.0, 0.0, 0.0);
    world.policy.cash.minimum = usd("80");
    assert_cash(&world, 1000.0, 20.0, 0.0, 0.0);
    world.policy.cash.minimum = usd("120");
    assert_cash(&world, 1000.0, -20.0, 20.0, 0.0);
}

#[test]
fn flows_of_the_day_count_and_later_ones_are_provided_for() {
    let mut world = with_cash();
    world.policy.cash.look_ahead_days = 30;
    world.policy.cash.flows = vec![flow("2026-03-31", "200")];
    assert_cash(&world, 1200.0, 300.0 - 60.0, 0.0, 200.0);
    // 50 by target and 70 to leave, of 100.
    world.policy.cash.flows = vec![flow("2026-04-30", "-70")];
    assert_cash(&world, 1000.0, -20.0, 0.0, 0.0);
    world.policy.cash.flows = vec![flow("2026-05-01", "-70")];
    assert_cash(&world, 1000.0, 50.0, 0.0, 0.0);
    // Of 70 that leave, 50 come in before.
    world.policy.cash.flows = vec![flow("2026-04-10", "-70"), flow("2026-04-05", "50")];
    assert_cash(&world, 1000.0, 30.0, 0.0, 0.0);
    // What comes in later helps nothing.
    world.policy.cash.flows = vec![flow("2026-04-10", "-130"), flow("2026-04-11", "50")];
    assert_cash(&world, 1000.0, -80.0, 30.0, 0.0);
}

#[test]
fn an_account_without_its_minimum_is_short_though_the_household_is_not() {
    let policy = policy(&[("Stocks", "0.9", &["S"]), ("Cash", "0.1", &[])]);
    let mut needs = Account::new("b", "owner", USD);
    needs.cash_minimum = vec![usd("30")];
    let accounts = vec![
        Held { account: Account::new("a", "owner", USD), cash: "100", positions: vec![("S", "450")] },
        Held { account: needs, cash: "10", positions: vec![("S", "440")] },
    ];
    let world = world(policy, &[("S", "Stocks", "1")], accounts);
    assert_cash(&world, 1000.0, 10.0, 20.0, 0.0);
}

#[test]
fn in_the_cooldown_only_a_deposit_is_invested() {
    let mut world = stocks_and_bonds("700", "300");
    world.policy.rebalance.cooldown_days = 30;
    let after =
        |world: &World, date: &str| world.propose_after(ReviewHistory { last_review: Some(day(date)), last_rebalance: Some(day(date)) });
    let cooling = after(&world, "2026-03-01");
    assert_eq!((word(&cooling), cooling.trades.len()), ("hold", 0));
    assert!(cooling.explanation.contains("until 2026-03-31"), "{}", cooling.explanation);
    assert_eq!(lines(&after(&world, "2026-02-28").trades), ["main sell S 100.00", "main buy B 100.00"]);
    world.policy.cash.flows = vec![flow("2026-03-31", "50")];
    let deposit = after(&world, "2026-03-01");
    assert_eq!((word(&deposit), lines(&deposit.trades)), ("cash_flow", vec!["main buy B 50.00".to_owned()]));
}

#[test]
fn a_glide_path_by_age_leads_to_trades() {
    let mut world = stocks_and_bonds("700", "300");
    let point = |years: &str, stocks: &str, bonds: &str| GlidePoint {
        years: years.parse().unwrap(),
        weights: [("Stocks", stocks), ("Bonds", bonds)]
            .map(|(class, weight)| (ClassPath::new(class).unwrap(), weight.parse().unwrap()))
            .to_vec(),
    };
    let points = vec![point("50", "0.7", "0.3"), point("60", "0.5", "0.5")];
    world.policy.strategy = Strategy::GlidePath(GlidePath { axis: GlideAxis::Age, points });
    // On 2026-03-31 the owner is 50, or 55 (1,826 of 3,652 days on), or 60 and a day.
    let cases: [(&str, f64, &[&str]); 3] = [
        ("1976-03-31", 0.7, &[]),
        ("1971-03-31", 0.6, &["main sell S 100.00", "main buy B 100.00"]),
        ("1966-03-30", 0.5, &["main sell S 200.00", "main buy B 200.00"]),
    ];
    for (born, stocks, trades) in cases {
        world.household.owners[0].birth_date = Some(day(born));
        let proposal = world.propose();
        assert!((proposal.before.classes[0].target - stocks).abs() < 1e-9, "born {born}: {:?}", proposal.before.classes[0]);
        assert_eq!(lines(&proposal.trades), trades, "born {born}");
        assert!(proposal.target_reasons.iter().any(|reason| reason.step == "glide_path" && reason.sentence.contains("age")));
    }
}

#[test]
fn the_no_trade_region_has_the_costs_of_the_policy_where_nothing_else_is_known() {
    // Half width (3/(2·5) · 0.6² · 0.4² · cost)^⅓ = (0.01728 · cost)^⅓: of 10 bp 2.585 points.
    for (stocks, bonds, expected) in [("62585", "37415", "hold"), ("62586", "37414", "no_trade_region")] {
        assert_eq!(word(&regional(stocks, bonds).propose()), expected, "{stocks}");
    }
}

/// Stocks and bonds with a no-trade region, 5 bp of commission and a spread of 10 bp by default.
fn regional(stocks: &str, bonds: &str) -> World {
    let mut world = stocks_and_bonds(stocks, bonds);
    world.policy.costs.proportional = "0.0005".parse().unwrap();
    world.policy.costs.default_spread = "0.001".parse().unwrap();
    let class = ClassPath::new("Stocks").unwrap();
    world.policy.triggers = vec![Trigger::NoTradeRegion { class, risk_aversion: 5.0 }];
    world
}

#[test]
fn the_no_trade_region_has_the_spread_of_what_is_traded() {
    // A spread of 1.5 % costs 0.05 % + 0.75 % = 0.8 % each side: eight times the cost, twice the width.
    for (stocks, bonds, expected) in [("65170", "34830", "hold"), ("65171", "34829", "no_trade_region")] {
        let mut world = regional(stocks, bonds);
        change(&mut world, "S", |instrument| instrument.spread = Some("0.015".parse().unwrap()));
        let proposal = world.propose();
        assert_eq!(word(&proposal), expected, "{stocks}");
        assert!(proposal.explanation.contains("at a cost of 0.8 % each side"), "{}", proposal.explanation);
    }
}

#[test]
fn the_no_trade_region_of_a_class_of_classes_has_the_spreads_of_its_leaves() {
    // (0.4 · 1.5 % + 0.2 · 0.1 %) ÷ 0.6 is 1.0333 %: 0.5667 % each side, a half width of 4.6092 points.
    for (large, expected) in [("44609", "hold"), ("44610", "no_trade_region")] {
        let weights: [(&str, &str, &[&str]); 4] = [
            ("Stocks", "0.6", &[]),
            ("Stocks/Large", "0.666666667", &["L"]),
            ("Stocks/Small", "0.333333333", &["S"]),
            ("Bonds", "0.4", &["B"]),
        ];
        let bonds = (80_000 - large.parse::<i32>().unwrap()).to_string();
        let positions = vec![("L", large), ("S", "20000"), ("B", bonds.as_str())];
        let instruments = [("B", "Bonds", "1"), ("L", "Stocks/Large", "1"), ("S", "Stocks/Small", "1")];
        let mut world = world(policy(&weights), &instruments, vec![Held { account: main_account(), cash: "0", positions }]);
        let nodes = &mut world.policy.tree.nodes;
        nodes[0].children = vec![evenkeel::policy::NodeId(1), evenkeel::policy::NodeId(2)];
        (nodes[1].parent, nodes[2].parent) = (Some(evenkeel::policy::NodeId(0)), Some(evenkeel::policy::NodeId(0)));
        let like = regional("1", "1").policy;
        (world.policy.costs, world.policy.triggers) = (like.costs, like.triggers);
        change(&mut world, "L", |instrument| instrument.spread = Some("0.015".parse().unwrap()));
        assert_eq!(word(&world.propose()), expected, "{large}");
    }
}

#[test]
fn drift_of_an_instrument_is_told_where_it_alone_stands_for_a_target() {
    let policy = policy(&[("Stocks", "0.5", &["S1", "S2"]), ("Bonds", "0.3", &["B"]), ("Gold", "0.2", &["G"])]);
    let instruments =
        [("B", "Bonds", "1"), ("G", "Gold", "1"), ("M", "Mixed", "1"), ("S1", "Stocks", "1"), ("S2", "Stocks", "1"), ("X", "Oddity", "1")];
    let accounts = vec![
        Held { account: Account::new("a", "owner", USD), cash: "0", positions: vec![("S1", "200"), ("B", "100"), ("M", "100")] },
        Held {
            account: Account::new("b", "owner", USD),
            cash: "0",
            positions: vec![("S2", "250"), ("B", "150"), ("X", "50"), ("G", "150")],
        },
    ];
    let mut world = world(policy, &instruments, accounts);
    band_all(&mut world.policy, 0.05);
    change(&mut world, "M", |instrument| {
        let part = |class: &str| Component { class: ClassPath::new(class).unwrap(), weight: "0.5".parse().unwrap() };
        instrument.composition = vec![part("Stocks"), part("Gold")];
    });
    let found: Vec<(String, f64, Option<f64>)> = world
        .propose()
        .before
        .instruments
        .into_iter()
        .map(|row| {
            assert_eq!(row.drift, row.target.map(|target| row.current - target));
            (row.symbol, row.current, row.target)
        })
        .collect();
    let expected = [
        ("B", 0.25, Some(0.3)), // over both accounts
        ("G", 0.15, None),      // the mixed fund stands for gold too
        ("M", 0.10, None),      // in two leaves
        ("S1", 0.20, None),     // shares its leaf
        ("S2", 0.25, None),
        ("X", 0.05, Some(0.0)), // named by no leaf: to be sold
    ];
    assert_eq!(found.len(), expected.len());
    for ((symbol, current, target), (name, weight, aim)) in found.iter().zip(expected) {
        assert_eq!(symbol, name);
        assert!((current - weight).abs() < 1e-12, "{symbol} is {current}");
        match (target, aim) {
            (Some(target), Some(aim)) => assert!((target - aim).abs() < 1e-12, "{symbol} is to be {target}"),
            (target, aim) => assert_eq!((*target, aim), (None, None), "{symbol}"),
        }
    }
}

#[test]
fn cash_that_must_stay_needs_a_rate() {
    let policy = policy(&[("S", "1", &["S"])]);
    let mut account = Account::new("a", "owner", USD);
    account.cash_minimum = vec![evenkeel_ledger::number::Money::new("1500".parse().unwrap(), "JPY".parse().unwrap())];
    let world = world(policy, &[("S", "S", "1")], vec![Held { account, cash: "10", positions: vec![("S", "100")] }]);
    let mandate = evenkeel::run::Mandate::new(&world.policy, &world.universe, &world.market, None, None);
    let history = evenkeel::drift::ReviewHistory::default();
    let subject = evenkeel::run::Subject { household: &world.household, holdings: &world.holdings, flows: &[], sold: &[], history };
    let errors = mandate.propose(&subject, evenkeel::run::Provenance::default()).unwrap_err();
    assert_eq!(errors[0].code, evenkeel::diagnostic::Code::NO_EXCHANGE_RATE);
    assert!(errors[0].message.contains("JPY"), "{}", errors[0].message);
}

#[test]
fn foreign_cash_that_is_spent_is_told() {
    let policy = policy(&[("S", "1", &["S"])]);
    let mut world = world(policy, &[("S", "S", "1")], vec![Held { account: main_account(), cash: "10", positions: vec![("S", "100")] }]);
    let euro = "EUR".parse().unwrap();
    world.market.fx =
        FxRates::new(vec![FxQuote { base: euro, quote: USD, rate: "1.10".parse().unwrap(), date: day("2026-03-31") }]).unwrap();
    let held = &world.holdings.accounts[0];
    let cash = [usd("10"), Money::new("20".parse().unwrap(), euro)];
    world.holdings.accounts[0] = AccountHoldings::new(held.lots().to_vec(), cash).unwrap();
    world.policy.triggers = vec![Trigger::Calendar { schedule: Schedule::new(Recurrence::Daily) }];
    let proposal = world.propose();
    // 10.00 USD and 20.00 EUR, worth 22.00 USD, are all put to work.
    assert_eq!(lines(&proposal.trades), ["main buy S 32.00"]);
    let note = proposal.notes.iter().find(|note| note.contains("beyond its cash in USD")).expect("a note");
    assert!(note.contains("main") && note.contains("22.00 USD") && note.contains("20.00 EUR"), "{note}");
    world.policy.rebalance.min_trade = usd("1000");
    assert!(world.propose().notes.is_empty(), "{:?}", world.propose().notes);
}

#[test]
fn a_withdrawal_of_more_than_there_is_is_told() {
    let mut world = stocks_and_bonds("600", "400");
    world.policy.cash.flows = vec![flow("2026-03-31", "-1000")];
    assert!(world.propose().notes.is_empty(), "{:?}", world.propose().notes);
    world.policy.cash.flows = vec![flow("2026-03-31", "-1200")];
    let note = &world.propose().notes[0];
    assert!(note.contains("1,200.00 USD") && note.contains("1,000.00 USD") && note.contains("200.00 USD"), "{note}");
    world.policy.cash.look_ahead_days = 30;
    world.policy.cash.flows = vec![flow("2026-04-15", "-1200")];
    let proposal = world.propose();
    assert_eq!(lines(&proposal.trades), ["main sell B 400.00", "main sell S 600.00"]);
    assert!(proposal.notes[0].contains("200.00 USD"), "{:?}", proposal.notes);
}
