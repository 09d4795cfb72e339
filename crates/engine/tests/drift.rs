//! Drift, bands and the decision whether to trade.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_cmp,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::fmt::Write;

use evenkeel::assumptions::{Assumptions, ClassAssumptions};
use evenkeel::diagnostic::{Diagnostic, SourceText};
use evenkeel::drift::{Case, CashState, Decision, Drift, Gauge, ReviewHistory, decide, destination, move_to_edge};
use evenkeel::policy::{Band, Destination, Policy};
use evenkeel::portfolio::{SleeveCovariance, Sleeves};
use evenkeel::target::target_weights;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;
use serde_json::Value;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A flat policy in words: class and weight, and further tables.
fn policy(classes: &[(&str, &str)], rules: &str) -> Policy {
    let mut text = "schema_version = 1\nname = \"Test\"\nbase_currency = \"USD\"\ncalendar = \"new_york\"\n".to_owned();
    for (index, (class, weight)) in classes.iter().enumerate() {
        let instruments = if *class == "Cash" { "[]".to_owned() } else { format!("[\"I{index}\"]") };
        writeln!(text, "[[target]]\nclass = \"{class}\"\nweight = {weight}\ninstruments = {instruments}").unwrap();
    }
    text += rules;
    let parsed = Policy::parse(SourceText { file: "policy.toml", text: &text });
    parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

const STOCKS_AND_BONDS: [(&str, &str); 2] = [("Stocks", "0.6"), ("Bonds", "0.4")];

/// A household measured and decided on.
struct Decided {
    drift: Drift,
    decision: Result<Decision, Vec<Diagnostic>>,
}

/// What the tests vary beside the policy and the values of the leaves.
#[derive(Clone, Copy)]
struct Setting<'a> {
    cash: Option<CashState>,
    history: ReviewHistory,
    assumptions: Option<&'a Assumptions>,
    as_of: &'a str,
}

const PLAIN: Setting<'_> =
    Setting { cash: None, history: ReviewHistory { last_review: None, last_rebalance: None }, assumptions: None, as_of: "2026-05-14" };

fn decided(policy: &Policy, values: &[f64], setting: Setting<'_>) -> Decided {
    let universe = Universe::default();
    let sleeves = Sleeves::new(&policy.tree, &universe);
    let household = Household::new("home", Vec::new(), Vec::new()).unwrap();
    let targets = target_weights(policy, &sleeves, &household, None, None, day(setting.as_of)).unwrap();
    let covariance = setting.assumptions.and_then(|assumptions| SleeveCovariance::new(assumptions, &sleeves).ok());
    let gauge = Gauge::new(policy, &sleeves, &targets.weights, covariance.as_ref());
    let mut values = values.to_vec();
    values.resize(sleeves.len(), 0.0);
    let drift = gauge.from_values(&values);
    let summary = gauge.summary(&values);
    assert_eq!((summary.max, summary.half_l1, summary.tracking_error), (drift.max, drift.half_l1, drift.tracking_error));
    let value = values.iter().sum();
    let cash = setting.cash.unwrap_or(CashState { value, spare: 0.0, missing: 0.0, flow: 0.0 });
    let (history, assumptions, as_of) = (setting.history, setting.assumptions, day(setting.as_of));
    let decision = decide(&Case { policy, drift: &drift, cash, history, sleeves: &sleeves, universe: &universe, assumptions, as_of });
    Decided { drift, decision }
}

/// `hold`, `cash_flow`, or the name of the trigger.
fn word(decided: &Decided) -> &str {
    match decided.decision.as_ref().unwrap() {
        Decision::Hold { .. } => "hold",
        Decision::CashFlow { .. } => "cash_flow",
        Decision::Rebalance { trigger, .. } => trigger,
    }
}

fn reason(decided: &Decided) -> &str {
    match decided.decision.as_ref().unwrap() {
        Decision::Hold { reason } | Decision::CashFlow { reason } | Decision::Rebalance { reason, .. } => reason,
    }
}

fn case(name: &str) -> Option<Value> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases").join(name);
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Some(serde_json::from_str(&text).unwrap());
    }
    println!("skipped: {} is not here", path.display());
    None
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn volatilities(classes: &[(&str, f64)]) -> Assumptions {
    let entry = |(class, volatility): &(&str, f64)| ClassAssumptions {
        class: ClassPath::new(class).unwrap(),
        expected_return: None,
        return_range: None,
        volatility: Some(*volatility),
        scores: std::collections::BTreeMap::new(),
        distributions: None,
        loadings: std::collections::BTreeMap::new(),
    };
    let n = classes.len();
    let correlation = (0..n * n).map(|at| if at / n == at % n { 1.0 } else { 0.0 }).collect();
    Assumptions {
        as_of: day("2026-01-01"),
        source: "test".to_owned(),
        classes: classes.iter().map(entry).collect(),
        correlation: Some(correlation),
    }
}

#[test]
fn exactly_at_the_band_is_within_it() {
    let policy = policy(&STOCKS_AND_BONDS, "[bands]\nabsolute = 0.05\n");
    for (stocks, expected) in [(0.65, "hold"), (0.55, "hold"), (0.650_000_1, "threshold"), (0.549_999_9, "threshold")] {
        let decided = decided(&policy, &[stocks, 1.0 - stocks], PLAIN);
        assert_eq!(word(&decided), expected, "{stocks}: {}", reason(&decided));
    }
}

#[test]
fn any_breach_fires_the_portfolio_and_the_reason_has_the_numbers() {
    let policy = policy(&[("Stocks", "0.5"), ("Bonds", "0.4"), ("Real Estate", "0.1")], "[bands]\nabsolute = 0.09\n");
    let decided = decided(&policy, &[0.6, 0.3, 0.1], PLAIN);
    assert_eq!(word(&decided), "threshold");
    assert_eq!(reason(&decided), "Stocks is at 60 %, 10 points above its target of 50 %, beyond its band of 9 points. So is 1 more class.");
    assert!((decided.drift.max - 0.1).abs() < 1e-15 && (decided.drift.half_l1 - 0.1).abs() < 1e-15);
}

#[test]
fn the_three_asset_cases_fire_as_a_portfolio() {
    let Some(file) = case("scenario_001_rebalance.json") else { return };
    for case in file["cases"].as_array().unwrap() {
        let threshold = case["inputs"]["threshold"].as_f64().unwrap();
        let mut policy = policy(&[("stocks", "0.5"), ("bonds", "0.4"), ("real_estate", "0.1")], "[bands]\nabsolute = 0.05\n");
        for node in &mut policy.tree.nodes {
            node.band = Band { absolute: Some(threshold), relative: None };
        }
        let held = ["stocks", "bonds", "real_estate"].map(|class| case["inputs"]["portfolio"][class].as_f64().unwrap());
        // The naive list is one-sided at 0.1, where float noise decides; the band is not exceeded.
        let expected = if threshold < 0.1 { "threshold" } else { "hold" };
        assert_eq!(word(&decided(&policy, &held, PLAIN)), expected, "{threshold}");
    }
}

#[test]
fn the_published_bands_match() {
    let Some(file) = case("rebal_bands_cashflow.json") else { return };
    let bands = file["bands"].as_array().unwrap();
    let by_id = |id: &str| bands.iter().find(|band| band["id"] == id).unwrap();
    let close = |found: f64, expected: &Value| assert!((found - expected.as_f64().unwrap()).abs() < 1e-9, "{found} is not {expected}");

    for id in ["five_twentyfive_large", "five_twentyfive_small", "five_twentyfive_crossover"] {
        let target = by_id(id)["target"].as_f64().unwrap();
        let half_width = Band { absolute: Some(0.05), relative: Some(0.25) }.half_width(target);
        close(target - half_width, &by_id(id)["expected"]["lower"]);
        close(target + half_width, &by_id(id)["expected"]["upper"]);
    }
    for id in ["relative_20pct_band_60", "relative_20pct_band_20", "tamarac_min_max"] {
        let target = by_id(id)["target"].as_f64().unwrap();
        let half_width = Band { absolute: None, relative: Some(0.2) }.half_width(target);
        close(target - half_width, &by_id(id)["expected"]["lower"]);
        close(target + half_width, &by_id(id)["expected"]["upper"]);
    }
    let moves = by_id("price_move_to_hit_weight_band");
    close(move_to_edge(0.2, 0.25).unwrap(), &moves["expected"]["up_move"]);
    close(move_to_edge(0.2, 0.15).unwrap(), &moves["expected"]["down_move"]);

    let quarters = [("A", "0.25"), ("B", "0.25"), ("C", "0.25"), ("D", "0.25")];
    let betterment = by_id("betterment_drift");
    let drift = decided(&policy(&quarters, "[bands]\nabsolute = 0.05\n"), &numbers(&betterment["current"]), PLAIN).drift;
    close(drift.half_l1, &betterment["expected"]["drift"]);
    close(1.0 - drift.half_l1, &by_id("passiv_accuracy")["expected"]["accuracy"]);

    let vanguard = by_id("vanguard_200_175");
    let policy = policy(&STOCKS_AND_BONDS, "[bands]\nabsolute = 0.02\n");
    for case in vanguard["cases"].as_array().unwrap() {
        let stocks = case["current"].as_f64().unwrap();
        let expected = if case["trade_to"].is_null() { "hold" } else { "threshold" };
        assert_eq!(word(&decided(&policy, &[stocks, 1.0 - stocks], PLAIN)), expected, "{stocks}");
    }
}

#[test]
fn a_class_of_classes_has_its_own_band_and_counts_what_no_leaf_names() {
    let text = "schema_version = 1\nname = \"Test\"\nbase_currency = \"USD\"\ncalendar = \"new_york\"\n\
[[target]]\nclass = \"Equity\"\nweight = 0.6\nband = { absolute = 0.03 }\n\
[[target]]\nclass = \"Equity/US\"\nweight = 0.5\ninstruments = [\"U\"]\nband = { absolute = 0.10 }\n\
[[target]]\nclass = \"Equity/World\"\nweight = 0.5\ninstruments = [\"W\"]\nband = { absolute = 0.10 }\n\
[[target]]\nclass = \"Bonds\"\nweight = 0.4\ninstruments = [\"B\"]\n[bands]\nabsolute = 0.05\n";
    let policy = Policy::parse(SourceText { file: "policy.toml", text }).value.unwrap();
    let frontier = Instrument::new("F", ClassPath::new("Equity/Frontier").unwrap(), Currency::USD);
    let gold = Instrument::new("G", ClassPath::new("Gold").unwrap(), Currency::USD);
    let sleeves = Sleeves::new(&policy.tree, &Universe::new(vec![frontier, gold]).unwrap());
    let household = Household::new("home", Vec::new(), Vec::new()).unwrap();
    let targets = target_weights(&policy, &sleeves, &household, None, None, day("2026-05-14")).unwrap();
    let gauge = Gauge::new(&policy, &sleeves, &targets.weights, None);
    // US, World, Bonds, cash, Equity/Unlisted, Unlisted.
    assert_eq!(sleeves.len(), 6);
    let drift = gauge.from_values(&[31.0, 31.0, 32.0, 0.0, 2.0, 4.0]);
    let rows: Vec<(&str, bool, bool)> = drift.classes.iter().map(|row| (row.class.as_str(), row.is_leaf, row.outside)).collect();
    let expected = [
        ("Equity", false, true),
        ("Equity/US", true, false),
        ("Equity/World", true, false),
        ("Bonds", true, true),
        ("Cash", true, false),
        ("Equity/Unlisted", true, false),
        ("Unlisted", true, true),
    ];
    assert_eq!(rows, expected);
    assert!((drift.classes[0].current - 0.64).abs() < 1e-15);
    assert!((drift.half_l1 - 0.08).abs() < 1e-15);
}

#[test]
fn the_calendar_acts_on_its_days_and_makes_up_for_missed_ones() {
    let policy = policy(&STOCKS_AND_BONDS, "[[trigger]]\nkind = \"calendar\"\nschedule = \"quarter_end\"\n");
    let reviewed = |date: &str| ReviewHistory { last_review: Some(day(date)), last_rebalance: None };
    let at = |as_of, history| decided(&policy, &[0.6, 0.4], Setting { history, as_of, ..PLAIN });
    // The last trading day of the first quarter of 2024 was 28 March.
    assert_eq!(word(&at("2024-03-28", ReviewHistory::default())), "calendar");
    assert_eq!(word(&at("2024-04-02", ReviewHistory::default())), "hold");
    assert_eq!(word(&at("2024-04-02", reviewed("2024-03-15"))), "calendar");
    assert_eq!(word(&at("2024-04-02", reviewed("2024-03-28"))), "hold");
    assert!(reason(&at("2024-04-02", reviewed("2024-03-28"))).contains("2024-06-28"));
    assert_eq!(at("1901-04-02", ReviewHistory::default()).decision.unwrap_err()[0].code.to_string(), "EK0501");
}

#[test]
fn a_hybrid_looks_on_the_calendar_and_acts_on_the_threshold() {
    let policy = policy(&STOCKS_AND_BONDS, "[bands]\nabsolute = 0.05\n[[trigger]]\nkind = \"hybrid\"\nschedule = \"quarter_end\"\n");
    for (as_of, stocks, expected) in [("2024-03-28", 0.7, "hybrid"), ("2024-03-28", 0.62, "hold"), ("2024-03-27", 0.7, "hold")] {
        assert_eq!(word(&decided(&policy, &[stocks, 1.0 - stocks], Setting { as_of, ..PLAIN })), expected, "{as_of} {stocks}");
    }
}

#[test]
fn the_opportunist_looks_every_so_often_and_returns_to_the_tolerance_band() {
    let rules = "[bands]\nrelative = 0.20\n[[trigger]]\nkind = \"opportunistic\"\nlook_interval_days = 14\ntolerance = 0.5\n";
    let policy = policy(&STOCKS_AND_BONDS, rules);
    let at = |reviewed: &str, stocks: f64| {
        let history = ReviewHistory { last_review: Some(day(reviewed)), last_rebalance: None };
        decided(&policy, &[stocks, 1.0 - stocks], Setting { history, ..PLAIN })
    };
    assert_eq!(word(&at("2026-05-01", 0.75)), "hold");
    assert_eq!(word(&at("2026-04-30", 0.75)), "opportunistic");
    assert_eq!(word(&at("2026-04-30", 0.67)), "hold");
    assert_eq!(destination(&policy, at("2026-04-30", 0.75).decision.as_ref().unwrap()), Destination::ToleranceBand { fraction: 0.5 });
    assert_eq!(destination(&policy, &Decision::Hold { reason: String::new() }), policy.rebalance.destination);
}

#[test]
fn risk_decides_where_it_is_known() {
    let beliefs = volatilities(&[("Stocks", 0.16), ("Bonds", 0.05)]);
    let rules = "[[trigger]]\nkind = \"tracking_error\"\nlimit = 0.01\n";
    let by_error = policy(&STOCKS_AND_BONDS, rules);
    let known = Setting { assumptions: Some(&beliefs), ..PLAIN };
    // √(0.16² + 0.05²) = 16.76 % a year for each point moved from one to the other.
    let far = decided(&by_error, &[0.66, 0.34], known);
    assert!((far.drift.tracking_error.unwrap() - 0.06 * (0.16_f64.powi(2) + 0.05_f64.powi(2)).sqrt()).abs() < 1e-15);
    assert_eq!(word(&far), "tracking_error");
    assert_eq!(word(&decided(&by_error, &[0.65, 0.35], known)), "hold");
    let unknown = decided(&by_error, &[0.9, 0.1], PLAIN);
    assert!(word(&unknown) == "hold" && reason(&unknown).contains("cannot be told"));

    // Half a year's volatility of the target weight: 4.8 points of stocks, 1 point of bonds.
    let by_volatility = policy(&STOCKS_AND_BONDS, "[[trigger]]\nkind = \"volatility_band\"\nmultiple = 0.5\n");
    assert_eq!(word(&decided(&by_volatility, &[0.61, 0.39], known)), "hold");
    let beyond = decided(&by_volatility, &[0.611, 0.389], known);
    assert!(word(&beyond) == "volatility_band" && reason(&beyond).starts_with("Bonds is at 38.9 %"), "{}", reason(&beyond));
}

#[test]
fn the_no_trade_region_is_the_closed_form() {
    let rules = "[costs]\nproportional = 0.0005\ndefault_spread = 0.001\n\
                 [[trigger]]\nkind = \"no_trade_region\"\nclass = \"Stocks\"\nrisk_aversion = 5\n";
    let policy = policy(&STOCKS_AND_BONDS, rules);
    // Weight 0.6, risk aversion 5, 10 bp each side: 57.41 % to 62.59 %.
    for (stocks, expected) in [(0.625_85, "hold"), (0.625_86, "no_trade_region"), (0.574_15, "hold"), (0.574_14, "no_trade_region")] {
        let decided = decided(&policy, &[stocks, 1.0 - stocks], PLAIN);
        assert_eq!(word(&decided), expected, "{stocks}: {}", reason(&decided));
    }
}

#[test]
fn a_deposit_is_put_to_work_even_when_every_class_is_in_its_band() {
    let policy = policy(&STOCKS_AND_BONDS, "[bands]\nabsolute = 0.05\n[rebalance]\nmin_trade = 1000\n");
    let at = |spare: f64, missing: f64, flow: f64| {
        let cash = Some(CashState { value: 1e6, spare, missing, flow });
        decided(&policy, &[600_000.0, 400_000.0], Setting { cash, ..PLAIN })
    };
    assert_eq!(word(&at(5_000.0, 0.0, 5_000.0)), "cash_flow");
    assert_eq!(word(&at(5_000.0, 0.0, 0.0)), "cash_flow");
    assert_eq!(word(&at(1_000.0, 0.0, 1_000.0)), "hold");
    assert_eq!(word(&at(-3_000.0, 3_000.0, -3_000.0)), "cash_flow");
    assert!(reason(&at(-3_000.0, 3_000.0, -3_000.0)).contains("0.3 % of value has to be raised"));
}

#[test]
fn cash_within_the_band_of_its_class_is_no_reason_to_trade() {
    let policy =
        policy(&[("Stocks", "0.6"), ("Bonds", "0.35"), ("Cash", "0.05")], "[bands]\nabsolute = 0.05\n[rebalance]\nmin_trade = 1000\n");
    let cash = Some(CashState { value: 1e6, spare: 20_000.0, missing: 0.0, flow: 0.0 });
    assert_eq!(word(&decided(&policy, &[590_000.0, 340_000.0, 70_000.0], Setting { cash, ..PLAIN })), "hold");
    let trigger = self::policy(
        &[("Stocks", "0.6"), ("Bonds", "0.35"), ("Cash", "0.05")],
        "[bands]\nabsolute = 0.05\n[[trigger]]\nkind = \"cash_flow\"\nat_least = 0.02\n",
    );
    assert_eq!(word(&decided(&trigger, &[590_000.0, 340_000.0, 70_000.0], Setting { cash, ..PLAIN })), "cash_flow");
}

#[test]
fn in_the_cooldown_only_needed_cash_and_deposits_count() {
    let policy = policy(&STOCKS_AND_BONDS, "[bands]\nabsolute = 0.05\n[rebalance]\nmin_trade = 1000\ncooldown_days = 30\n");
    let at = |rebalanced: &str, cash: CashState| {
        let history = ReviewHistory { last_review: None, last_rebalance: Some(day(rebalanced)) };
        decided(&policy, &[700_000.0, 300_000.0], Setting { history, cash: Some(cash), ..PLAIN })
    };
    let calm = CashState { value: 1e6, spare: 0.0, missing: 0.0, flow: 0.0 };
    assert_eq!(word(&at("2026-04-14", calm)), "hold");
    assert_eq!(word(&at("2026-04-13", calm)), "threshold");
    assert_eq!(word(&at("2026-04-14", CashState { missing: 2_000.0, spare: -2_000.0, ..calm })), "cash_flow");
    assert_eq!(word(&at("2026-04-14", CashState { spare: 2_000.0, flow: 2_000.0, ..calm })), "cash_flow");
    assert_eq!(word(&at("2026-04-14", CashState { spare: 2_000.0, ..calm })), "hold");
}

#[test]
fn several_triggers_are_all_named() {
    let rules =
        "[bands]\nabsolute = 0.05\n[[trigger]]\nkind = \"calendar\"\nschedule = \"quarter_end\"\n[[trigger]]\nkind = \"threshold\"\n";
    let policy = policy(&STOCKS_AND_BONDS, rules);
    let both = decided(&policy, &[0.7, 0.3], Setting { as_of: "2024-03-28", ..PLAIN });
    assert_eq!(word(&both), "calendar");
    assert!(reason(&both).contains("quarter_end") && reason(&both).contains("beyond its band of 5 points"), "{}", reason(&both));
}

#[test]
fn without_value_there_is_no_drift() {
    let policy = policy(&STOCKS_AND_BONDS, "[bands]\nabsolute = 0.05\n");
    for values in [[0.0, 0.0], [-10.0, 5.0]] {
        let decided = decided(&policy, &values, PLAIN);
        assert_eq!((decided.drift.max, word(&decided)), (0.0, "hold"));
    }
}
