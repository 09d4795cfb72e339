//! The first page of `evenkeel report`: nothing that is not known is told as known, and what speaks against the decision stands in it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Folder, copy_example, evenkeel, shown};

/// The text of a report on a folder.
fn text(folder: &str, arguments: &[&str]) -> String {
    let output = evenkeel(&[&["report", folder][..], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    // As one line: sentences are told apart from how they are wrapped.
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parts(folder: &str, arguments: &[&str]) -> Value {
    let output = evenkeel(&[&["report", folder, "--json"][..], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["result"]["parts"].clone()
}

/// A copy of an example with some of its files written anew.
fn changed(name: &str, example: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(name);
    copy_example(example, folder.path());
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

/// A copy of an example with a text in one of its files replaced.
fn replaced(name: &str, example: &str, file: &str, from: &str, to: &str) -> Folder {
    let folder = changed(name, example, &[]);
    let path = folder.path().join(file);
    let before = fs::read_to_string(&path).unwrap();
    assert!(before.contains(from), "{before}");
    fs::write(path, before.replace(from, to)).unwrap();
    folder
}

fn near(a: &Value, b: &Value) -> bool {
    (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-9
}

#[test]
fn one_report_has_one_risk_and_one_expected_return_of_what_is_held() {
    let parts = parts("examples/optimized", &["--for", "board"]);
    let points = parts["frontier"]["points"].as_array().unwrap();
    let held = points.iter().find(|point| point["kind"] == "held").unwrap();
    assert!(
        near(&parts["risk"]["held"]["expected_return"], &held["expected_return"]),
        "{} {held}",
        parts["risk"]["held"]["expected_return"]
    );
    assert!(near(&parts["risk"]["held"]["volatility"], &held["risk"]), "{} {held}", parts["risk"]["held"]["volatility"]);
}

#[test]
fn a_return_that_nobody_expects_is_not_known() {
    let class = |name: &str| format!("[[class]]\nclass = \"{name}\"\nvolatility = 0.1\n");
    let classes = ["US Stocks", "International Stocks", "Bonds", "Real Estate"].map(class).concat();
    let beliefs = format!(
        "schema_version = 1\nas_of = 2026-01-02\nsource = \"nobody\"\ncorrelation_matrix = [[1.0, 0.5, 0.1, 0.4], [0.5, 1.0, 0.1, 0.4], [0.1, 0.1, 1.0, 0.1], [0.4, 0.4, 0.1, 1.0]]\n{classes}"
    );
    let folder = changed("decision-unknown", "client", &[("assumptions.toml", &beliefs)]);
    let path = folder.path().to_str().unwrap();
    assert!(parts(path, &["--for", "board"])["risk"]["held"]["expected_return"].is_null());
    let told = text(path, &["--for", "client"]);
    assert!(told.contains("Expected return a year not known"), "{told}");
    assert!(told.contains("no expected return known or taken off"), "{told}");
}

#[test]
fn nothing_is_estimated_from_a_single_return() {
    let told = text("examples/client", &["--for", "board"]);
    assert!(told.contains("Return against risk: an estimate needs at least 30 returns, and the history up to 2026-03-31 has 1."), "{told}");
    let output = evenkeel(&["frontier", "examples/client"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
}

#[test]
fn a_tax_that_is_not_known_is_told_so() {
    let folder = changed("decision-tax", "family", &[]);
    let path = folder.path().join("holdings.csv");
    let held = fs::read_to_string(&path).unwrap();
    let without = held.lines().map(|line| match line.strip_prefix("brokerage,VTI,") {
        Some(rest) => format!("brokerage,VTI,{},\n", rest.rsplit_once(',').unwrap().0),
        None => format!("{line}\n"),
    });
    fs::write(&path, without.collect::<String>()).unwrap();
    let told = text(folder.path().to_str().unwrap(), &["--parts", "lots,ways"]);
    assert!(told.contains("Tax on gains, USD – not known"), "{told}");
    // In the accounts that are not taxed there is none.
    assert!(told.contains("not known") && told.contains("none"), "{told}");
}

#[test]
fn on_prices_that_are_too_old_nothing_is_decided() {
    let told = text("examples/client", &["--policy", "examples/client/3-points.toml", "--as-of", "2030-12-31", "--for", "client"]);
    assert!(
        told.starts_with("UNDECIDED: whether to trade cannot be decided: the price of INTST is of 2026-03-31, 1736 days old, and may be 5"),
        "{told}"
    );
    assert!(told.contains("Decision asked: none yet") && !told.contains("nothing needs to be traded") && !told.contains("HOLD"), "{told}");
}

#[test]
fn what_is_counted_at_an_old_exchange_rate_is_not_traded() {
    let folder = replaced(
        "decision-rate",
        "client",
        "instruments.csv",
        "INTST,International stock fund,International Stocks,USD",
        "INTST,International stock fund,International Stocks,EUR",
    );
    fs::write(folder.path().join("fx.csv"), "date,base,quote,rate\n2018-03-01,EUR,USD,1.2\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let told = text(path, &["--policy", "examples/client/3-points.toml"]);
    assert!(told.contains("the exchange rate EUR/USD is of 2018-03-01"), "{told}");
    let proposal = &parts(path, &["--policy", "examples/client/3-points.toml"])["rebalance"]["proposal"];
    let traded: Vec<&str> = proposal["trades"].as_array().unwrap().iter().map(|trade| trade["symbol"].as_str().unwrap()).collect();
    assert!(!traded.contains(&"INTST"), "{traded:?}");
    assert_eq!(proposal["stale"][0]["what"], "exchange rate EUR/USD");
}

#[test]
fn books_that_contradict_the_holdings_stand_before_the_decision() {
    let holdings = "account,symbol,quantity,acquired,cost_basis\nbrokerage,STOCK,99999,2024-01-05,1000\n";
    let folder = changed("decision-books", "performance", &[("holdings.csv", holdings)]);
    let path = folder.path().to_str().unwrap();
    let told = text(path, &["--for", "board"]);
    assert!(told.starts_with("BOOKS: do not act on this yet: holdings and journal contradict one another on 2025-12-26"), "{told}");
    assert!(told.contains("`brokerage` holds 0 BOND by the holdings and"), "{told}");
    assert!(told.contains("but only once the books above are put right"), "{told}");
    assert!(!told.contains("What changed"), "nothing is told of what other books have earned: {told}");
    let output = evenkeel(&["rebalance", path, "--as-of", "2025-12-26"]);
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("BOOKS: do not act on this yet"));
}

#[test]
fn futures_are_told_with_what_they_rest_on() {
    let told = text("examples/performance", &[]);
    let sentence = told.split("What may come: ").nth(1).unwrap().split("Decision asked").next().unwrap();
    assert!(sentence.contains("23 months of history") && sentence.contains("no inflation counted"), "{sentence}");
    assert!(!sentence.contains("run out") && !sentence.contains("today's prices"), "{sentence}");
    let told = text("examples/endowment", &["--assumptions", "examples/endowment/risk.toml", "--for", "client"]);
    let sentence = told.split("What may come: ").nth(1).unwrap().split("Decision asked").next().unwrap();
    assert!(sentence.contains("from the assumptions") && sentence.contains("real value is kept in"), "{sentence}");
    assert!(sentence.contains("prices, which rise by") && !sentence.contains("run out"), "{sentence}");
}

#[test]
fn what_is_broken_is_named_on_the_first_page() {
    let folder = replaced("decision-broken", "endowment", "policy.toml", "at_most = 0.70", "at_most = 0.40");
    let told = text(folder.path().to_str().unwrap(), &["--assumptions", "examples/endowment/risk.toml", "--for", "board"]);
    let first = told.split("== Limits ==").next().unwrap();
    assert!(
        first.contains("LIMITS: the hard limit “equity” of at most 40.00 % is broken: 52.71 % before the trades and 50.35 % after them."),
        "{first}"
    );
    assert!(first.contains("The target weights themselves break a limit"), "{first}");
    assert!(first.contains("STRESS: after the trades, the portfolio does not survive “Financial crisis of 2008”"), "{first}");
}

#[test]
fn every_reader_sees_allocation_and_risk_in_figures() {
    for reader in ["client", "board", "operations", "investor"] {
        let told = text("examples/endowment", &["--assumptions", "examples/endowment/risk.toml", "--for", reader]);
        let first = told.split(" == ").next().unwrap();
        for figure in
            ["Class Held Target Band After the trades", "Volatility a year", "Loss in 21 trading days at 95 %", "Score: quality 6.94 6.92"]
        {
            assert!(first.contains(figure), "{figure} for {reader}: {first}");
        }
    }
}

#[test]
fn what_changed_is_of_the_dates_that_stand_there() {
    let told = text("examples/performance", &[]);
    // The close before the quarter, at which the value before is taken.
    assert!(told.contains("this 2025-09-26 2025-12-26 410,041.14"), "{told}");
    assert!(told.contains("last 2025-06-27 2025-09-26"), "{told}");
    let told = text("examples/performance", &["--as-of", "2025-02-10"]);
    assert!(told.contains("at prices of 2025-02-07.") && !told.contains("at prices of 2025-02-10"), "{told}");
}

#[test]
fn the_reason_names_what_makes_it() {
    let told = text("examples/direct-index", &["--parts", "trades"]);
    let first = told.split(" == ").next().unwrap();
    assert!(first.contains("Every class is within its band; the trades realize losses of"), "{first}");
    let told = text("examples/family", &["--parts", "trades"]);
    assert!(told.contains("Cash is kept for payments ahead (2,400.00 USD on 2026-04-15 for tax payment)"), "{told}");
    let told = text("examples/overlay", &["--parts", "trades"]);
    let first = told.split(" == ").next().unwrap();
    assert!(first.contains("shifted by the overlay") && first.contains("reviewed by 2026-12-31"), "{first}");
}

#[test]
fn what_cannot_be_reported_is_an_error() {
    for (file, arguments, code) in [
        ("", &["--from", "2026-05-01"][..], "EK0901"),
        ("", &["--value", "nan"][..], "EK0901"),
        ("", &["--value", "1e300"][..], "EK0901"),
        ("", &["--value", "-5"][..], "EK0901"),
        ("household.toml", &["--for", "board"][..], "EK0224"),
        ("policy.toml", &["--for", "board"][..], "EK0224"),
    ] {
        let folder = changed("decision-wrong", "performance", &[]);
        if !file.is_empty() {
            fs::remove_file(folder.path().join(file)).unwrap();
        }
        let output = evenkeel(&[&["report", folder.path().to_str().unwrap()][..], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{file} {arguments:?}: {}", shown(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains(code), "{}", shown(&output));
    }
}
