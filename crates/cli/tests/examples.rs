//! Every example, by whole commands: text and JSON.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use serde_json::Value;
use support::{Folder, assert_fits, copy_example, evenkeel, shown};

/// Runs a command that must be done, and gives what it says; every line must fit.
fn said(arguments: &[&str]) -> String {
    let output = evenkeel(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let text = shown(&output);
    assert_fits(&text);
    without_hashes(&text)
}

/// Runs a command under `--json`, which must be done, and gives the result.
fn result(arguments: &[&str]) -> Value {
    let output = evenkeel(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let mut envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&envelope["schema_version"], &envelope["status"]), (&Value::from(1), &Value::from("done")));
    envelope["result"].take()
}

/// A snapshot must not change with the line endings of a checkout.
fn without_hashes(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once("SHA-256 ") {
            Some((name, hash)) if hash.len() == 64 => format!("{name}SHA-256 …\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}

/// Side, symbol and value of each trade.
fn trades(rebalance: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let trade = |trade: &Value| (text(&trade["side"]), text(&trade["symbol"]), text(&trade["gross"]["amount"]));
    rebalance["proposal"]["trades"].as_array().unwrap().iter().map(trade).collect()
}

const CLIENT: [&str; 4] = ["rebalance", "examples/client", "--as-of", "2026-03-31"];

#[test]
fn client_holds_at_5_points() {
    insta::assert_snapshot!(said(&CLIENT));
    assert!(trades(&result(&CLIENT)).is_empty());
}

#[test]
fn client_trades_at_3_points() {
    let arguments = [&CLIENT[..], &["--policy", "examples/client/3-points.toml"]].concat();
    insta::assert_snapshot!(said(&arguments));
    let mut rebalance = result(&arguments);
    assert_eq!(rebalance["objections"], Value::Array(Vec::new()));
    for hash in rebalance["proposal"]["provenance"]["inputs"].as_array_mut().unwrap() {
        hash[1] = "…".into();
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&rebalance).unwrap());
}

#[test]
fn client_by_the_calendar_alone_before_costs() {
    let arguments = [&CLIENT[..], &["--policy", "examples/client/calendar.toml"]].concat();
    let expected = [("sell", "INTST", "12200"), ("sell", "USTOT", "24400"), ("buy", "USBND", "35700"), ("buy", "USREI", "900")];
    assert_eq!(trades(&result(&arguments)), expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
}

#[test]
fn a_direct_index_is_held_within_its_tracking_error() {
    let arguments = ["rebalance", "examples/direct-index", "--as-of", "2026-03-31"];
    insta::assert_snapshot!(said(&arguments));
    let mut rebalance = result(&arguments);
    assert_eq!(rebalance["objections"], Value::Array(Vec::new()));
    let tracking = rebalance["proposal"]["optimum"]["tracking"][0].take();
    assert!(tracking["after"].as_f64() <= Some(0.05) && tracking["before"].as_f64() > Some(0.05), "{tracking}");
}

#[test]
fn endowment_is_validated() {
    insta::assert_snapshot!(said(&["stress", "examples/endowment", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!(said(&["stress", "examples/endowment", "--as-of", "2026-06-30"]));
    insta::assert_snapshot!(said(&["rebalance", "examples/endowment", "--as-of", "2026-06-30"]));
}

#[test]
fn overlay_is_limited_to_10_points() {
    let arguments = ["overlay", "examples/overlay", "--as-of", "2026-03-31"];
    insta::assert_snapshot!(said(&arguments));
    let overlay = result(&arguments)["overlay"].take();
    let near = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 1e-12;
    assert!(near(&overlay["requested"], -0.13) && near(&overlay["limited"], -0.10) && near(&overlay["applied"], -0.10));
    insta::assert_snapshot!(said(&["rebalance", "examples/overlay", "--as-of", "2026-03-31"]));
}

#[test]
fn family_with_three_accounts_and_a_contribution() {
    let arguments = ["rebalance", "examples/family", "--as-of", "2026-03-31", "--contribute", "7000@roth"];
    insta::assert_snapshot!(said(&arguments));
    insta::assert_snapshot!(said(&["drift", "examples/family", "--as-of", "2026-03-31"]));
}

#[test]
fn losses_worth_realizing() {
    insta::assert_snapshot!(said(&["harvest", "examples/harvest", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!(said(&["rebalance", "examples/harvest", "--as-of", "2026-03-31"]));
}

#[test]
fn trades_that_would_be_wash_sales() {
    let check = ["wash-check", "examples/harvest", "--as-of", "2026-03-31"];
    insta::assert_snapshot!(said(&check));
    let planned = [&check[..], &["--trades", "examples/harvest/trades.csv"]].concat();
    let output = support::evenkeel(&planned);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
}

#[test]
fn where_classes_should_live() {
    let arguments = ["locate", "examples/location", "--as-of", "2026-03-31"];
    insta::assert_snapshot!(said(&arguments));
    let location = result(&arguments)["location"].take();
    let amount = |value: &Value| value["amount"].as_str().unwrap().parse::<f64>().unwrap();
    let saved = amount(&location["annual"]["today"]["amount"]) - amount(&location["annual"]["best"]["amount"]);
    assert!((saved - amount(&location["all_moves"]["saved_a_year"])).abs() < 0.015, "{saved}");
    let moves = location["moves"].as_array().unwrap();
    let parts: f64 = moves.iter().map(|found| amount(&found["payback"]["saved_a_year"])).sum();
    assert!((saved - parts).abs() < 0.05, "{saved} is not {parts}");
    // Taxes of the moves, one after the other, are the tax of all.
    let taxes: f64 = moves.iter().map(|found| amount(&found["payback"]["tax"])).sum();
    assert!((taxes - amount(&location["all_moves"]["tax"])).abs() < 0.05, "{taxes}");
    let hurried = [&arguments[..], &["--within-years", "0.1"]].concat();
    assert!(said(&hurried).starts_with("exit code 0\n---- stdout\nMOVE: 2 moves save 2,424.96 USD a year"));
}

#[test]
fn nothing_is_located_without_yields() {
    let output = evenkeel(&["locate", "examples/family", "--as-of", "2026-03-31"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(shown(&output).contains("error[EK0606]: nothing says what it costs to hold a class"), "{}", shown(&output));
    let output = evenkeel(&["locate", "examples/location", "--as-of", "2026-03-31", "--within-years", "-1"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn lots_and_how_to_choose_among_them() {
    let family = ["lots", "examples/family", "--as-of", "2026-03-31"];
    insta::assert_snapshot!(said(&family));
    insta::assert_snapshot!(said(&[&family[..], &["--symbol", "VTI", "--sell", "120", "--gain-budget", "1500"]].concat()));
}

#[test]
fn profiles_side_by_side() {
    insta::assert_snapshot!(said(&[
        "allocate",
        "--horizon",
        "25,10,3",
        "--assumptions",
        "examples/overlay/assumptions.toml",
        "--as-of",
        "2026-03-31"
    ]));
}

#[test]
fn policies_in_words() {
    insta::assert_snapshot!(said(&["check", "examples/family/policy.toml"]));
    insta::assert_snapshot!(said(&["check", "examples/overlay", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!(said(&["policy", "diff", "examples/client/policy.toml", "examples/client/calendar.toml"]));
    insta::assert_snapshot!(said(&["policy", "diff", "examples/client/policy.toml", "examples/client/policy.toml"]));
}

/// As [`said`], without what is told of the files: the generated history has gaps.
fn answered(arguments: &[&str]) -> String {
    let output = evenkeel(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_fits(&text);
    text
}

#[test]
fn twenty_generated_years_with_lots_and_taxes() {
    let arguments = ["backtest", "examples/history", "--cash-rate", "0.02"];
    insta::assert_snapshot!(answered(&arguments));
    let ran = result(&arguments);
    assert_eq!(ran["notes"].as_array().unwrap().len(), 1, "{}", ran["notes"]);
}

#[test]
fn policies_over_the_same_past_are_compared() {
    insta::assert_snapshot!(answered(&["compare", "examples/history", "--hold", "--variant", "3 points: bands.absolute=0.03"]));
    let named = |first: &str, second: &str| {
        evenkeel(&[
            "compare",
            "examples/history",
            "--variant",
            &format!("{first}: bands.absolute=0.03"),
            "--variant",
            &format!("{second}: bands.absolute=0.1"),
        ])
    };
    assert_eq!(named("a", "a").status.code(), Some(2), "rows that cannot be told apart");
    assert_eq!(named("a", " ").status.code(), Some(2));
    assert_eq!(named("a", "b").status.code(), Some(0));
}

#[test]
fn what_a_limit_and_a_stop_would_have_done_is_told() {
    let folder = Folder::new("limits-in-history");
    copy_example("history", folder.path());
    let policy = folder.path().join("policy.toml");
    let rules = "\n[[limit]]\nname = \"equity\"\nwhere = { class = [\"Equity\"] }\nat_most = 0.62\nhard = false\n\
        \n[[limit]]\nname = \"bonds\"\nwhere = { class = [\"Bonds\"] }\nat_least = 0.01\nat_most = 0.5\n\
        \n[[limit]]\nname = \"belief\"\non = \"volatility\"\nat_most = 0.3\n\
        \n[[stop]]\nclass = \"Equity/Foreign\"\nkind = \"loss\"\nbasis = \"fraction\"\nmove = 0.1\ninto = \"Bonds\"\nturned = 0.05\n";
    std::fs::write(&policy, std::fs::read_to_string(&policy).unwrap() + rules).unwrap();
    let path = folder.path().to_str().unwrap();
    let ran = result(&["backtest", path]);
    let limit = |name: &str, bound: &str| {
        ran["limits"].as_array().unwrap().iter().find(|limit| limit["limit"] == name && limit["bound"] == bound).unwrap()
    };
    let (equity, belief) = (limit("equity", "at_most"), limit("belief", "at_most"));
    let (bonds, least) = (limit("bonds", "at_most"), limit("bonds", "at_least"));
    assert!(equity["broken"].as_u64().unwrap() > 0 && equity["worst"][1].as_f64().unwrap() > 0.62, "{equity}");
    let refused = ran["decisions"].as_array().unwrap().iter().filter(|decision| decision["refused"] == true).count();
    assert!(refused > 0 && bonds["refused"] == refused, "{bonds}");
    assert!(least["refused"] == 0 && least["broken"] == 0, "{least}");
    // What cannot be told is not called kept.
    assert!(belief["looks"] == 0 && ran["notes"].to_string().contains("`belief` could be told on no day"), "{}", ran["notes"]);
    let text = answered(&["backtest", path]);
    assert!(text.contains("Limits, before trades") && text.contains("not known"), "{text}");
    let compared = result(&["compare", path, "--without-each"]);
    let arms = compared["arms"].as_array().unwrap();
    let names: Vec<&str> = arms.iter().map(|arm| arm["name"].as_str().unwrap()).collect();
    // A limit of two sides is one.
    let without = ["without equity", "without bonds", "without belief", "without stop-loss of Equity/Foreign"];
    assert_eq!(names, [&["Household, 5-point bands"], &without[..]].concat());
    // What only tells changes nothing; what refuses and what stops does.
    let value = |arm: usize| arms[arm]["end"]["value"].as_f64().unwrap();
    assert!((value(1) - value(0)).abs() < 1e-9 && [2, 4].iter().all(|arm| (value(*arm) - value(0)).abs() > 1.0), "{compared}");
    let one = result(&["compare", path, "--without", "bonds"]);
    assert_eq!(one["arms"][1], arms[2], "one alone is the same as one of all");
    let output = evenkeel(&["compare", path, "--without", "bond", "--without", "equity"]);
    let told = shown(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("`bond` is no limit") && told.contains("equity, bonds, belief, stop-loss of Equity/Foreign"), "{told}");
    let output = evenkeel(&["compare", "examples/history", "--without-each"]);
    assert_eq!(output.status.code(), Some(2), "there are none");
}

#[test]
fn a_grid_of_bands_and_looks_says_how_much_is_luck() {
    let grids = ["--grid", "bands.absolute=0.02,0.05,0.1", "--grid", "look=month_end,quarter_end,year_end"];
    let sweep = [&["sweep", "examples/history"][..], &grids[..]].concat();
    insta::assert_snapshot!(answered(&sweep));
    let one = result(&[&sweep[..], &["--threads", "1"]].concat());
    assert_eq!(one, result(&[&sweep[..], &["--threads", "3"]].concat()));
    assert_eq!(one["variants"].as_array().unwrap().len(), 9);
}

#[test]
fn options_without_effect_on_a_backtest_are_refused() {
    for (more, said) in [
        (&["--settlement", "cash_limited"][..], "`--settlement` applies only with `--gear vector`"),
        (&["--gear", "vector", "--journal", "unwritten.jsonl"][..], "there is no journal to write"),
    ] {
        let output = evenkeel(&[&["backtest", "examples/history"][..], more].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(shown(&output).contains(said), "{}", shown(&output));
    }
}
