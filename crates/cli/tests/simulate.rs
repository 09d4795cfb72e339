//! `evenkeel simulate`, by whole commands.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Folder, assert_fits, copy_example, evenkeel, shown};

const RETIREMENT: [&str; 6] = ["simulate", "examples/retirement", "--value", "1000000", "--paths", "2000"];

const ENDOWMENT: [&str; 6] = ["simulate", "examples/endowment", "--as-of", "2026-06-30", "--assumptions", "examples/endowment/risk.toml"];

fn result(arguments: &[&str]) -> Value {
    let output = evenkeel(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let mut envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
    envelope["result"].take()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn a_retirement_on_one_screen() {
    let output = evenkeel(&RETIREMENT);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let text = shown(&output);
    assert_fits(&text);
    for said in ["the money lasts 30 years", "Bad (5 %)", "How sure this is", "not investment or tax advice"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(text.lines().count() < 55, "one screen: {}", text.lines().count());
}

#[test]
fn a_seed_says_the_same_again() {
    let at = |seed: &str| result(&[&RETIREMENT[..], &["--seed", seed]].concat());
    assert_eq!(at("7"), at("7"));
    assert_ne!(at("7")["median"], at("8")["median"]);
}

#[test]
fn every_method_tells_a_retirement() {
    let methods = ["bootstrap", "stationary", "gbm", "t", "copula", "t-copula", "garch", "regime", "tree"];
    for method in methods {
        let found = result(&[&RETIREMENT[..], &["--method", method, "--years", "20"]].concat());
        let median = number(&found["median"]["value"]);
        assert!((3e5..1.5e6).contains(&median), "{method}: {median}");
        assert!(number(&found["ruin"]["value"]) < 0.2, "{method}");
        assert_eq!(found["by_year"].as_array().unwrap().len(), 20);
    }
}

#[test]
fn stresses_are_harder() {
    let ruin = |more: &[&str]| number(&result(&[&RETIREMENT[..], more].concat())["ruin"]["low"]);
    let calm = number(&result(&RETIREMENT)["ruin"]["high"]);
    for stress in ["correlations:0.9", "volatility:1.5", "lost-decade", "lost-decade:-0.01"] {
        assert!(ruin(&["--stress", stress]) > calm, "{stress}");
    }
    // Beliefs are made harder in the same ways.
    let calm = number(&result(&[&RETIREMENT[..], &["--method", "gbm"]].concat())["ruin"]["high"]);
    for stress in ["correlations:0.9", "volatility:1.5", "lost-decade"] {
        assert!(ruin(&["--method", "gbm", "--stress", stress]) > calm, "{stress}");
    }
}

#[test]
fn the_endowment_keeps_its_value_about_half_the_time() {
    let found = result(&[&ENDOWMENT[..], &["--cover", "2", "--years", "10"]].concat());
    assert!((number(&found["expected_return"]) - 0.0775).abs() < 1e-12, "{}", found["expected_return"]);
    assert_eq!(found["spending"], "4 % of value a year; paid once a year (the objective's)");
    // 1.0775 · 0.96 ÷ 1.025 is a real growth of 0.9 % a year of the mean; the median is about half the variance below.
    let start = number(&found["value"]);
    assert!((number(&found["mean"]["value"]) / start - (1.0775 * 0.96 / 1.025_f64).powi(10)).abs() < 0.03);
    let shortfall = number(&found["shortfall"]["value"]);
    assert!((0.35..0.65).contains(&shortfall), "{shortfall}");
    let breaches = found["breaches"].as_array().unwrap();
    let probability = |name: &str| number(&breaches.iter().find(|breach| breach["name"] == name).unwrap()["probability"]["value"]);
    assert!(probability("limit `liquid`") <= 0.0);
    assert!(probability("liquid assets pay for 2 years of spending") <= 0.0);
    assert!(probability("band of US Equity") > 0.5);
}

#[test]
fn writes_fans_and_a_table() {
    let folder = Folder::new("simulate");
    let (pictures, table) = (folder.path().join("pictures"), folder.path().join("years.csv"));
    let output = evenkeel(
        &[&RETIREMENT[..], &["--theme", "dark", "--pictures", pictures.to_str().unwrap(), "--csv", table.to_str().unwrap()]].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    for name in ["wealth.svg", "wealth.png", "spending.svg", "spending.png"] {
        assert!(fs::metadata(pictures.join(name)).unwrap().len() > 1_000, "{name}");
    }
    let table = fs::read_to_string(table).unwrap();
    assert!(table.starts_with("year,wealth_p5,"));
    assert_eq!(table.lines().count(), 31);
}

#[test]
fn what_cannot_be_simulated_is_told() {
    let refused = |arguments: &[&str], code: &str, said: &str| {
        let output = evenkeel(arguments);
        let text = shown(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(code) && text.contains(said), "{said}: {text}");
    };
    refused(&["simulate", "examples/retirement"], "EK0461", "--value");
    refused(&["simulate", "examples/retirement", "--value", "1e300"], "EK0461", "at most 1e15");
    refused(&["simulate", "examples/endowment", "--as-of", "2026-06-30"], "EK0434", "volatility");
    refused(&[&ENDOWMENT[..], &["--method", "garch"]].concat(), "EK0433", "91 days apart");
    refused(&[&RETIREMENT[..], &["--inflation", "PRICES"]].concat(), "EK0432", "PRICES");
    refused(&[&RETIREMENT[..], &["--block", "400"]].concat(), "EK0461", "the length of blocks is 400");
    refused(&[&RETIREMENT[..], &["--stress", "crash"]].concat(), "", "correlations:LEVEL");
}

#[test]
fn flows_that_recur_are_paid_every_year() {
    let folder = Folder::new("simulate-recurring");
    copy_example("retirement", folder.path());
    let policy = fs::read_to_string(folder.path().join("policy.toml")).unwrap();
    let median = |more: &str| {
        fs::write(folder.path().join("policy.toml"), format!("{policy}\n{more}")).unwrap();
        let household = folder.path().to_str().unwrap();
        number(&result(&[&["simulate", household], &RETIREMENT[2..], &["--years", "10"]].concat())["median"]["value"])
    };
    let every = "[[cash.flow]]\ndate = 2000-01-01\nevery = \"business_day:5\"\namount = 1000\n";
    let once = |month: usize| format!("[[cash.flow]]\ndate = {}-{:02}-10\namount = 1000\n", 2026 + month / 12, 1 + month % 12);
    let each: String = (0..360).map(once).collect();
    assert!(median(every) > median("") + 5e4);
    assert!((median(every) / median(&each) - 1.0).abs() < 1e-12, "the same flows, listed");
}

#[test]
fn losses_on_the_way_are_those_of_the_lognormal() {
    let folder = Folder::new("simulate-losses");
    let head = "schema_version = 1\nname = \"One class\"\nbase_currency = \"USD\"\n";
    let target = "[[target]]\nclass = \"Stocks\"\nweight = 1.0\ninstruments = [\"S\"]\n[bands]\nabsolute = 0.05\n";
    let beliefs = "schema_version = 1\nas_of = 2025-12-31\nsource = \"made up\"\n[[class]]\nclass = \"Stocks\"\nexpected_return = 0.05\nvolatility = 0.2\n";
    fs::write(folder.path().join("assumptions.toml"), beliefs).unwrap();
    let of = |flows: &str| {
        fs::write(folder.path().join("policy.toml"), format!("{head}{target}{flows}")).unwrap();
        let path = folder.path().to_str().unwrap();
        let more = ["--as-of", "2025-12-31", "--method", "gbm", "--paths", "40000", "--years", "2", "--value", "1000000"];
        result(&[&["simulate", path], &more[..]].concat())["by_year"].clone()
    };
    let by_year = of("");
    let (z, tail) = (-1.644_853_626_951_472_6, 0.05);
    for (index, years) in [(0, 1.0_f64), (1, 2.0)] {
        let variance = (1.0 + (0.2_f64 / 1.05).powi(2)).ln();
        let (mean, deviation) = (years * (1.05_f64.ln() - variance / 2.0), (years * variance).sqrt());
        let year = &by_year[index];
        let value_at_risk = 1.0 - (mean + z * deviation).exp();
        assert!((number(&year["value_at_risk"]) - value_at_risk).abs() < 0.006, "{year} {value_at_risk}");
        // E[1 − e^X | X below its 5 % quantile] = 1 − 1.05^T Φ(z − s) ÷ 0.05, by the tail of a normal distribution.
        let below = normal_below(z - deviation);
        let conditional = 1.0 - 1.05_f64.powf(years) * below / tail;
        assert!((number(&year["conditional_value_at_risk"]) - conditional).abs() < 0.008, "{year} {conditional}");
        assert!((number(&year["lost"]) - normal_below(-mean / deviation)).abs() < 0.01, "{year}");
    }
    // What comes in is no gain, and what goes out no loss.
    let paid_in = of("[[cash.flow]]\ndate = 2026-01-01\namount = 100000\n[[cash.flow]]\ndate = 2027-01-10\namount = -100000\n");
    for year in [0, 1] {
        let (plain, flows) = (number(&by_year[year]["value_at_risk"]), number(&paid_in[year]["value_at_risk"]));
        assert!((flows / plain - 1.0).abs() < 0.12, "{plain} {flows}");
    }
}

/// Probability of less than `x` under the normal distribution, by the trapezoid rule.
fn normal_below(x: f64) -> f64 {
    let density = |at: f64| (-0.5 * at * at).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let (from, steps) = (-9.0, 20_000);
    let width = (x - from) / f64::from(steps);
    (0..steps).map(|step| 0.5 * width * (density(from + width * f64::from(step)) + density(from + width * f64::from(step + 1)))).sum()
}
