//! From a file of returns alone to weights, frontier and clusters: the reference answers through the command.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation, clippy::print_stderr, reason = "tests")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use support::{Folder, evenkeel, root, shown};

/// A file of the reference answers; `None`, said aloud, where they are not there.
fn case(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/cases").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn read(name: &str) -> Option<Value> {
    Some(serde_json::from_str(&fs::read_to_string(case(&format!("optim_{name}.json"))?).unwrap()).unwrap())
}

/// Runs a command on the reference returns with the sample covariance.
fn on_returns(command: &str, returns: &str, settings: &[&str], more: &[&str]) -> Value {
    let mut arguments = vec![command, "--returns", returns, "--json", "--set", "estimate.covariance=sample"];
    arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    arguments.extend(more);
    let output = evenkeel(&arguments);
    let mut document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", shown(&output)));
    assert_eq!(document["status"], "done", "{settings:?}: {}", shown(&output));
    document["result"].take()
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn weights(result: &Value) -> Vec<f64> {
    result["assets"].as_array().unwrap().iter().map(|asset| asset["weight"].as_f64().unwrap()).collect()
}

fn largest_difference(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Reference answers with the settings that ask for them.
const CASES: [(&str, &[&str]); 23] = [
    ("minvar", &[]),
    ("cvar_0.9333", &["optimize.measure=cvar", "optimize.confidence=0.9333"]),
    ("cvar_0.95", &["optimize.measure=cvar"]),
    ("cvar_0.99", &["optimize.measure=cvar", "optimize.confidence=0.99"]),
    ("evar", &["optimize.measure=evar"]),
    ("cdar", &["optimize.measure=cdar"]),
    ("mdd", &["optimize.measure=maximum_drawdown"]),
    ("mad", &["optimize.measure=mad"]),
    ("semideviation", &["optimize.measure=semideviation"]),
    ("maxsharpe_rf0", &["optimize.objective=maximum_ratio"]),
    ("maxsharpe_rf2pct", &["optimize.objective=maximum_ratio", "estimate.risk_free=0.02"]),
    ("utility_g1", &["optimize.objective=maximum_utility", "optimize.risk_aversion=1"]),
    ("utility_g5", &["optimize.objective=maximum_utility", "optimize.risk_aversion=5"]),
    ("utility_g20", &["optimize.objective=maximum_utility", "optimize.risk_aversion=20"]),
    ("erc", &["optimize.method=risk_budget"]),
    ("max_diversification", &["optimize.method=maximum_diversification"]),
    ("kelly", &["optimize.method=kelly"]),
    ("hrp_single", &["optimize.method=hrp"]),
    ("hrp_ward", &["optimize.method=hrp", "optimize.linkage=ward"]),
    ("herc_ward_k4", &["optimize.method=herc", "optimize.clusters=4"]),
    ("nco_minvar_ward_k4", &["optimize.method=nco", "optimize.clusters=4"]),
    ("minvar_longshort", &["optimize.constraints=[\"each >= -1000 %\"]"]),
    ("cardinality_minvar", &["optimize.constraints=[\"assets <= 5\"]"]),
];

/// Dates a year by which figures of the reference answers are annualized.
const YEAR: f64 = 252.0;

/// Optimizes as asked, and holds the weights against those of a reference answer.
fn reproduces(name: &str, case: &Value, settings: &[&str]) {
    let returns = root().join("../shared/cases/optim_returns.csv");
    let found = weights(&on_returns("optimize", returns.to_str().unwrap(), settings, &[]));
    let difference = largest_difference(&found, &numbers(&case["reference"]["weights"]));
    let tolerance = case["tolerance"]["weights_abs"].as_f64().unwrap();
    assert!(difference <= tolerance, "{name}: weights differ by {difference:e}, and {tolerance:e} is allowed");
}

#[test]
fn optimizes_a_file_of_returns_to_the_reference_answers() {
    for (name, settings) in CASES {
        let Some(case) = read(name) else { return };
        reproduces(name, &case, settings);
    }
}

#[test]
fn optimizes_under_rules_in_words_to_the_reference_answers() {
    let Some(case) = read("target_return") else { return };
    let wanted = case["parameters"]["target_return_daily"].as_f64().unwrap() * YEAR;
    reproduces("target_return", &case, &[&format!("optimize.constraints=[\"return >= {wanted}\"]")]);

    let case = read("target_volatility").unwrap();
    let most = case["parameters"]["target_vol_daily"].as_f64().unwrap() * YEAR.sqrt();
    let rule = format!("optimize.constraints=[\"volatility <= {most}\"]");
    reproduces("target_volatility", &case, &["optimize.objective=maximum_return", &rule]);

    let case = read("groups").unwrap();
    let assets = fs::read_to_string(root().join("../shared/cases/optim_assets.csv")).unwrap();
    let of = |sector: &str| {
        let rows = assets.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        rows.filter(|row| row[1] == sector).map(|row| row[0].to_owned()).collect::<Vec<_>>().join(" + ")
    };
    let side = |side: &str, relation: &str| {
        let bounds = case["parameters"][side].as_object().unwrap().iter();
        bounds.map(|(sector, bound)| format!("\"{} {relation} {bound}\"", of(sector))).collect::<Vec<_>>().join(", ")
    };
    let rules = format!("optimize.constraints=[{}, {}, \"each <= 15 %\"]", side("lower", ">="), side("upper", "<="));
    reproduces("groups", &case, &[&rules]);

    for (name, measure) in [("risk_budget", "variance"), ("risk_budget_cvar", "cvar")] {
        let case = read(name).unwrap();
        let budgets = numbers(&case["parameters"]["budget"]);
        let budgets: Vec<String> = budgets.iter().enumerate().map(|(at, share)| format!("A{at:02} = {share:.9}")).collect();
        let budgets = format!("optimize.risk_budgets={{ {} }}", budgets.join(", "));
        reproduces(name, &case, &["optimize.method=risk_budget", &format!("optimize.measure={measure}"), &budgets]);
    }
}

#[test]
fn turnover_counts_from_the_weights_of_a_policy() {
    let Some(returns) = case("optim_returns.csv") else { return };
    let folder = Folder::new("analysis-turnover");
    fs::copy(returns, folder.path().join("returns.csv")).unwrap();
    let assets = fs::read_to_string(root().join("../shared/cases/optim_assets.csv")).unwrap();
    let mut policy = String::from("schema_version = 1\nname = \"Turnover\"\nbase_currency = \"USD\"\n");
    policy.push_str("[estimate]\ncovariance = \"sample\"\n[optimize]\nconstraints = [\"turnover <= 30 %\"]\n[bands]\nabsolute = 0.05\n");
    let rows: Vec<Vec<&str>> = assets.lines().skip(1).map(|line| line.split(',').collect()).collect();
    // Exact weights have nine digits and sum to 1: the last one is what the others leave.
    let mut left = 1_000_000_000_i64;
    for (at, row) in rows.iter().enumerate() {
        let parts = if at + 1 < rows.len() { (row[3].parse::<f64>().unwrap() * 1e9).round() as i64 } else { left };
        left -= parts;
        writeln!(policy, "[[target]]\nclass = \"{}\"\nweight = 0.{parts:09}", row[0]).unwrap();
    }
    let path = folder.path().join("policy.toml");
    fs::write(&path, policy).unwrap();
    let folder = folder.path().to_str().unwrap();
    for (name, settings) in [("turnover_total", vec![]), ("turnover_per_asset", vec!["--set", "optimize.constraints=[\"change <= 2 %\"]"])]
    {
        let case = read(name).unwrap();
        let output = evenkeel(&[&["optimize", folder, "--json"], &settings[..]].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let difference = largest_difference(&weights(&document["result"]), &numbers(&case["reference"]["weights"]));
        assert!(difference < 1e-5, "{name}: {difference:e}");
    }
}

#[test]
fn the_frontier_is_that_of_the_reference() {
    let Some(case) = read("frontier") else { return };
    let returns = root().join("../shared/cases/optim_returns.csv");
    let returns = returns.to_str().unwrap();
    let expected = case["reference"]["weights"].as_array().unwrap();
    let on = |found: &Value| -> Vec<Vec<f64>> {
        let points = found["points"].as_array().unwrap().iter();
        points
            .filter(|point| point["kind"] != "chosen" && point["kind"] != "maximum_ratio")
            .map(|point| numbers(&point["weights"]))
            .collect()
    };
    let exact = on_returns("frontier", returns, &[], &[]);
    assert_eq!(exact["exact"], true);
    let points = on(&on_returns("frontier", returns, &[], &["--points", "12"]));
    assert_eq!(points.len(), 12);
    for (found, expected) in points.iter().zip(expected) {
        assert!(largest_difference(found, &numbers(expected)) < 1e-5);
    }
    // A rule that is not linear and does not bind: the same points, one by one.
    let loose = ["optimize.constraints=[\"volatility <= 100 %\"]"];
    let singly = on_returns("frontier", returns, &loose, &["--points", "12"]);
    assert_eq!(singly["exact"], false);
    for (found, expected) in on(&singly).iter().zip(expected) {
        assert!(largest_difference(found, &numbers(expected)) < 1e-4);
    }
    // The greatest ratio is that of the optimization.
    let greatest = exact["points"].as_array().unwrap().iter().find(|point| point["kind"] == "maximum_ratio").unwrap();
    let sharpe = read("maxsharpe_rf0").unwrap();
    assert!(largest_difference(&numbers(&greatest["weights"]), &numbers(&sharpe["reference"]["weights"])) < 1e-6);
}

#[test]
fn clusters_stand_in_the_reference_order() {
    for (name, linkage) in [("hrp_single", "single"), ("hrp_ward", "ward")] {
        let Some(case) = read(name) else { return };
        let returns = root().join("../shared/cases/optim_returns.csv");
        let found = on_returns("cluster", returns.to_str().unwrap(), &[], &["--linkage", linkage]);
        assert_eq!(found["order"], case["reference"]["leaf_order"], "{name}");
    }
}

#[test]
fn no_return_of_a_file_is_lost() {
    let Some(returns) = case("optim_returns.csv") else { return };
    let found = on_returns("estimate", returns.to_str().unwrap(), &[], &[]);
    assert_eq!((found["observations"].as_u64(), found["first"].as_str()), (Some(1000), Some("2020-01-01")));
}
