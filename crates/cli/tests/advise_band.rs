//! Advice on bands through the command.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Folder, copy_example, evenkeel, shown};

const FEW: [&str; 4] = ["--paths", "10", "--years", "5"];

fn advised(arguments: &[&str]) -> Value {
    let output = evenkeel(&[&["advise-band"], arguments, &FEW, &["--json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", shown(&output)));
    document["result"].clone()
}

const EXAMPLE: [&str; 3] = ["examples/optimized", "--as-of", "2026-06-30"];

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_advised_rule_is_near_the_least_and_its_keys_are_a_policy() {
    let found = advised(&EXAMPLE);
    let tried = found["advice"]["tried"].as_array().unwrap();
    let at = |key: &str| &tried[usize::try_from(found["advice"][key].as_u64().unwrap()).unwrap()];
    let (least, chosen) = (at("least"), at("advised"));
    assert!(tried.iter().all(|one| number(&one["total"]) >= number(&least["total"])));
    assert!(number(&chosen["total"]) <= 1.05 * number(&least["total"]) || chosen["as_good"] == true);
    assert!(tried.iter().any(|one| one["candidate"]["family"] == "now"));
    // Edge beats target at the best width of each, as the closed form has it.
    let cheapest = |destination: &str| {
        let of = tried.iter().filter(|one| one["candidate"]["destination"] == destination && one["candidate"]["family"] == "own");
        of.map(|one| number(&one["total"])).fold(f64::INFINITY, f64::min)
    };
    assert!(cheapest("band_edge") < cheapest("half_way") && cheapest("half_way") < cheapest("target"));
    // What is to be pasted can be read, and then is what the policy has now.
    let folder = Folder::new("advise-band");
    copy_example("optimized", folder.path());
    let policy = folder.path().join("policy.toml");
    let text = fs::read_to_string(&policy).unwrap();
    let settings = found["advice"]["settings"].as_str().unwrap();
    assert!(settings.starts_with("[bands]\n"), "{settings}");
    let text =
        text.replace("[bands]\nabsolute = 0.03\n", "").replace("[[trigger]]\nkind = \"threshold\"\n", "").replace("[rebalance]\n", "");
    fs::write(&policy, format!("{}\n{settings}min_trade = 1000\n", text.replace("min_trade = 1000\n", ""))).unwrap();
    let again = advised(&[folder.path().to_str().unwrap(), "--as-of", "2026-06-30"]);
    let now = again["advice"]["tried"].as_array().unwrap().iter().find(|one| one["candidate"]["family"] == "now").unwrap();
    assert_eq!(now["total"], chosen["total"]);
}

#[test]
fn dearer_trades_and_less_aversion_widen_bands() {
    let width = |arguments: &[&str]| {
        let found = advised(&[&EXAMPLE[..], arguments].concat());
        number(&found["advice"]["classes"][0]["band_edge"])
    };
    let usual = width(&["--risk-aversion", "5"]);
    assert!((width(&["--risk-aversion", "40"]) / usual - 0.5).abs() < 1e-12);
    assert!((width(&["--risk-aversion", "5", "--set", "costs.proportional=0.004"]) / usual - 2.0).abs() < 1e-12);
}

#[test]
fn the_same_seed_gives_the_same_advice() {
    assert_eq!(advised(&EXAMPLE), advised(&EXAMPLE));
    assert_ne!(advised(&EXAMPLE)["advice"]["tried"], advised(&[&EXAMPLE[..], &["--seed", "8"]].concat())["advice"]["tried"]);
}

#[test]
fn the_region_is_drawn_for_any_two_classes() {
    let folder = Folder::new("advise-band-picture");
    let pictures = folder.path().join("pictures");
    let arguments = ["--pictures", pictures.to_str().unwrap(), "--theme", "dark", "--classes", "Gold,Bonds"];
    let output = evenkeel(&[&["advise-band"], &EXAMPLE[..], &FEW, &arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let svg = fs::read_to_string(pictures.join("no-trade-region.svg")).unwrap();
    assert!(svg.contains("weight of Gold") && svg.contains("weight of Bonds") && svg.contains("policy now"));
    assert!(fs::read(pictures.join("no-trade-region.png")).unwrap().starts_with(b"\x89PNG"));
    let wrong =
        evenkeel(&[&["advise-band"], &EXAMPLE[..], &FEW, &["--pictures", pictures.to_str().unwrap(), "--classes", "Gold,Wood"]].concat());
    assert!(shown(&wrong).contains("two classes with a target weight are needed"), "{}", shown(&wrong));
}

#[test]
fn refuses_what_cannot_drift() {
    let said = shown(&evenkeel(&[&["advise-band"], &EXAMPLE[..], &FEW, &["--risk-aversion", "0"]].concat()));
    assert!(said.contains("the risk aversion is 0; it must be above 0"), "{said}");
}
