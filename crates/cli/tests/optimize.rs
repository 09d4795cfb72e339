//! Optimized targets through the command: from words in the policy to weights, proof and trades.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Folder, copy_example, evenkeel};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn optimized(folder: &str) -> Value {
    let run = evenkeel(&["optimize", folder, "--as-of", "2026-06-30", "--json"]);
    serde_json::from_slice::<Value>(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&run.stderr)))["result"].take()
}

#[test]
fn weights_keep_every_rule_and_are_proven() {
    let found = optimized("examples/optimized");
    let assets = found["assets"].as_array().unwrap();
    let weight = |class: &str| assets.iter().find(|asset| asset["class"] == class).unwrap()["weight"].as_f64().unwrap();
    let sum: f64 = assets.iter().map(|asset| asset["weight"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-8);
    assert!(weight("US Equity") + weight("International Equity") <= 0.65 + 1e-8);
    assert!(weight("Gold") <= 0.10 + 1e-8);
    // The view lifts international equity above its share of the market.
    assert!(weight("International Equity") > 0.25);
    let risks: f64 = assets.iter().map(|asset| asset["risk_share"].as_f64().unwrap()).sum();
    assert!((risks - 1.0).abs() < 1e-12);
    assert!(found["proof"]["gap"].as_f64().unwrap().abs() < 1e-6);
    let view = &found["views"][0];
    let (prior, stated, posterior) =
        (view["prior"].as_f64().unwrap(), view["stated"].as_f64().unwrap(), view["posterior"].as_f64().unwrap());
    assert!((stated - 0.01).abs() < 1e-15 && (posterior - prior) * (stated - posterior) > 0.0);
}

#[test]
fn a_rebalance_trades_toward_optimized_weights() {
    let run = evenkeel(&["rebalance", "examples/optimized", "--as-of", "2026-06-30", "--json"]);
    let result = serde_json::from_slice::<Value>(&run.stdout).unwrap()["result"].take();
    let reasons = result["proposal"]["target_reasons"].as_array().unwrap();
    assert!(reasons.iter().any(|reason| reason["step"] == "optimized"), "{reasons:?}");
}

#[test]
fn a_rebalance_from_returns_loses_none_of_them() {
    let folder = Folder::new("optimize-returns");
    copy_example("optimized", folder.path());
    fs::remove_file(folder.path().join("prices.csv")).unwrap();
    // The first return is the extreme one: without it the weights would be others.
    let weekdays = (0..40_u32).filter(|day| day % 7 < 5).map(|day| if day < 14 { (5, 18 + day) } else { (6, day - 13) });
    let returns = weekdays.enumerate().map(|(at, (month, day))| {
        let wave = |swing: f64, every: usize| if at == 0 { 20.0 * swing } else { swing * [1.0, -0.6, 0.3, -0.8][at / every % 4] };
        format!("2026-{month:02}-{day:02},{:.4},{:.4},{:.4},{:.4}\n", wave(0.01, 1), wave(0.012, 2), wave(0.002, 3), wave(0.006, 5))
    });
    let returns: Vec<String> = returns.chain(["2026-06-30,-0.004,0.005,0.0005,0.002\n".to_owned()]).collect();
    let count = returns.len();
    let returns = format!("# kind: total_return\ndate,USEQ,INEQ,BOND,GOLD\n{}", returns.concat());
    fs::write(folder.path().join("returns.csv"), returns).unwrap();
    let policy = folder.path().join("policy.toml");
    let written = fs::read_to_string(&policy).unwrap();
    let written =
        written.replace("returns = \"equilibrium\"\ncovariance = \"assumptions\"\nmarket_risk_aversion = 2.5", "covariance = \"sample\"");
    fs::write(&policy, written.replace("maximum_utility\"\nrisk_aversion = 2.5", "minimum_risk\"")).unwrap();
    let path = folder.path().to_str().unwrap();
    let estimated = evenkeel(&["estimate", path, "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&estimated.stdout).unwrap()["result"]["observations"], count, "{}", text(&estimated.stderr));
    let weights = optimized(path)["assets"].take();
    let run = evenkeel(&["rebalance", path, "--as-of", "2026-06-30", "--json"]);
    let result = serde_json::from_slice::<Value>(&run.stdout).unwrap()["result"].take();
    let rows = result["proposal"]["before"]["classes"].as_array().unwrap().clone();
    for asset in weights.as_array().unwrap() {
        let row = rows.iter().find(|row| row["class"] == asset["class"]).unwrap();
        let difference = row["target"].as_f64().unwrap() - asset["weight"].as_f64().unwrap();
        assert!(difference.abs() < 1e-8, "{row} {asset}");
    }
}

#[test]
fn rules_that_contradict_one_another_are_named_with_their_line() {
    let folder = Folder::new("optimize-contradiction");
    copy_example("optimized", folder.path());
    let policy = folder.path().join("policy.toml");
    let changed = fs::read_to_string(&policy).unwrap().replace("\"Gold <= 10 %\"", "\"US Equity + International Equity >= 70 %\"");
    fs::write(&policy, changed).unwrap();
    let run = evenkeel(&["optimize", folder.path().to_str().unwrap(), "--as-of", "2026-06-30"]);
    let told = text(&run.stderr);
    assert_eq!(run.status.code(), Some(2));
    assert!(told.contains("EK0442"), "{told}");
    assert!(told.contains("US Equity + International Equity <= 65 %") && told.contains(">= 70 %"), "{told}");
}

#[test]
fn pictures_are_written() {
    let folder = Folder::new("optimize-pictures");
    let run = evenkeel(&[
        "optimize",
        "examples/optimized",
        "--as-of",
        "2026-06-30",
        "--pictures",
        folder.path().to_str().unwrap(),
        "--theme",
        "dark",
    ]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    for name in ["weights.svg", "weights.png", "correlations.svg", "correlations.png"] {
        assert!(fs::metadata(folder.path().join(name)).unwrap().len() > 1_000, "{name}");
    }
}
