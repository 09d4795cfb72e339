//! Walking forward through the command: on a history with a pattern that holds, one without, and real prices.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use support::{Folder, evenkeel, root, shown};

/// Months of four classes; the third earns the same in every month but for noise, and the others nothing.
fn months(number: u32) -> String {
    let mut state = 12_345_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / 16_777_216.0 - 0.5
    };
    let mut text = "# kind: total_return\ndate,A,B,C,D\n".to_owned();
    for month in 0..number {
        let (year, month) = (1990 + month / 12, month % 12 + 1);
        let [a, b, c, d] = [0.10, 0.12, 0.02, 0.14].map(|width| width * noise());
        writeln!(text, "{year}-{month:02}-28,{a:.6},{b:.6},{:.6},{d:.6}", c + 0.006).unwrap();
    }
    text
}

fn walked(arguments: &[&str]) -> Value {
    let output = evenkeel(&[&["walk-forward"], arguments, &["--json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", shown(&output)));
    assert_eq!(output.status.code(), Some(0), "{document:#}");
    document["result"].clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn what_holds_is_found_and_every_variant_is_counted() {
    let folder = Folder::new("walk-forward");
    let (file, csv) = (folder.path().join("returns.csv"), folder.path().join("out.csv"));
    fs::write(&file, months(300)).unwrap();
    let returns = file.to_str().unwrap();
    let arguments = [
        "--returns",
        returns,
        "--train",
        "5",
        "--test",
        "2",
        "--grid",
        "optimize.objective=minimum_risk,maximum_ratio",
        "--grid",
        "estimate.covariance=sample,ledoit_wolf",
        "--csv",
        csv.to_str().unwrap(),
    ];
    let found = walked(&arguments);
    assert_eq!(found["periods_per_year"], 12.0);
    assert_eq!((found["train_rows"].as_u64(), found["test_rows"].as_u64()), (Some(60), Some(24)));
    let variants = found["variants"].as_array().unwrap();
    assert_eq!((variants.len(), found["luck"]["trials"].as_u64()), (4, Some(4)));
    let best = &variants[usize::try_from(found["chosen"].as_u64().unwrap()).unwrap()];
    assert!(variants.iter().all(|variant| number(&variant["out_of_sample"]["sharpe"]) <= number(&best["out_of_sample"]["sharpe"])));
    assert!(number(&found["luck"]["deflated_sharpe"]) > 0.95, "{:#}", found["luck"]);
    assert!(number(&found["luck"]["superior_ability"][1]) < 0.05);
    // Windows meet without a gap, and estimate on nothing that they are judged on.
    let windows = found["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 10);
    for window in windows {
        assert!(window["train_to"].as_str().unwrap() < window["test_from"].as_str().unwrap());
        let weights: Vec<f64> = window["weights"].as_array().unwrap().iter().map(number).collect();
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9 && weights[2] > 0.5, "{weights:?}");
    }
    // The table has each variant's returns, whose product is what is told.
    let table = fs::read_to_string(csv).unwrap();
    let column = usize::try_from(found["chosen"].as_u64().unwrap()).unwrap() + 1;
    let value: f64 = table.lines().skip(1).map(|line| 1.0 + line.split(',').nth(column).unwrap().parse::<f64>().unwrap()).product();
    assert!((value - 1.0 - number(&best["out_of_sample"]["total_return"])).abs() < 1e-9);
    assert_eq!(table.lines().count(), 241);
}

/// What lies after a window does not reach its weights.
#[test]
fn nothing_later_is_looked_at() {
    let folder = Folder::new("walk-forward-future");
    let file = folder.path().join("returns.csv");
    let all = months(120);
    let run = |text: &str| {
        fs::write(&file, text).unwrap();
        walked(&["--returns", file.to_str().unwrap(), "--train", "3", "--test", "1", "--set", "optimize.objective=minimum_risk"])
    };
    let before = run(&all);
    // The last two years become others.
    let lines: Vec<&str> = all.lines().collect();
    let (head, tail) = lines.split_at(lines.len() - 24);
    let shifted: Vec<String> = tail.iter().map(|line| line.replacen(",0.", ",-0.", 2)).collect();
    let after = run(&format!("{}\n{}\n", head.join("\n"), shifted.join("\n")));
    let windows = |found: &Value| found["windows"].as_array().unwrap().clone();
    let (before, after) = (windows(&before), windows(&after));
    assert_eq!(before.len(), 7);
    // Weights of the window before the change are the same bits, and so are returns up to it.
    assert_eq!(before[..5], after[..5]);
    assert_eq!(before[5]["weights"], after[5]["weights"]);
    assert_ne!(before[5]["out_of_sample_return"], after[5]["out_of_sample_return"]);
    assert_ne!(before[6]["weights"], after[6]["weights"]);
}

#[test]
fn real_prices_walk() {
    let prices = root().join("../shared/data/etf5_daily_prices.csv");
    if !prices.exists() {
        println!("SKIPPED: {} is not here", prices.display());
        return;
    }
    let arguments = [
        "--prices",
        prices.to_str().unwrap(),
        "--train",
        "2",
        "--test",
        "0.5",
        "--purge",
        "5",
        "--anchored",
        "--set",
        "optimize.objective=minimum_risk",
    ];
    let found = walked(&arguments);
    assert_eq!(found["periods_per_year"], 252.0);
    let windows = found["windows"].as_array().unwrap();
    assert!(windows.iter().all(|window| window["train_from"] == windows[0]["train_from"]));
    // Least variance holds mostly bonds, also out of sample.
    assert!(windows.iter().all(|window| window["weights"].as_array().unwrap().iter().map(number).any(|weight| weight > 0.6)));
    let only = &found["variants"][0];
    assert!(number(&only["out_of_sample"]["volatility"]) < number(&found["benchmark"]["volatility"]));
    assert!(
        found["luck"]["overfitting"].is_null()
            && found["luck"]["undefined"].as_array().unwrap().iter().any(|told| told.as_str().unwrap().starts_with("overfitting"))
    );
}

#[test]
fn refuses_what_cannot_be_walked() {
    let folder = Folder::new("walk-forward-refused");
    let file = folder.path().join("returns.csv");
    fs::write(&file, months(24)).unwrap();
    let said = |arguments: &[&str]| shown(&evenkeel(&[&["walk-forward", "--returns", file.to_str().unwrap()], arguments].concat()));
    assert!(said(&["--train", "5"]).contains("24 periods are too few: 61 are needed"));
    assert!(said(&["--train", "0"]).contains("`--train` of 0 years is 0 rows"));
    assert!(said(&["--grid", "estimate.covariance"]).contains("it must be KEY=VALUE,VALUE"));
    let told = said(&["--train", "1", "--grid", "estimate.covariance=sample,wrong"]);
    assert!(told.contains("wrong"), "{told}");
}
