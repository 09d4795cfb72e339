//! `evenkeel replay`: the same proposal again, or what differs.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use support::{Folder, copy_example, evenkeel_in, shown};

/// A folder `in` with the family's files, and a proposal made from it.
fn proposed(name: &str, arguments: &[&str]) -> Folder {
    let folder = Folder::new(name);
    fs::create_dir(folder.path().join("in")).unwrap();
    copy_example("family", &folder.path().join("in"));
    let asked = ["rebalance", "in", "--as-of", "2026-03-31", "--json", "--out", "proposal.json"];
    let output = evenkeel_in(folder.path(), &[&asked, arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    folder
}

fn replayed(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    let output = evenkeel_in(folder.path(), &[&["replay", "proposal.json"], arguments].concat());
    (output.status.code().unwrap(), shown(&output))
}

#[test]
fn a_proposal_is_the_same_again() {
    let folder = proposed("replay-same", &["--contribute", "7000.50@roth", "--withdraw", "100", "--last-rebalance", "2026-01-05"]);
    let (code, text) = replayed(&folder, &[]);
    assert!(code == 0 && text.contains("THE SAME: bit by bit."), "{text}");
    // Wherever its inputs lie now.
    fs::rename(folder.path().join("in"), folder.path().join("moved")).unwrap();
    assert_eq!(replayed(&folder, &[]).0, 2);
    let (code, text) = replayed(&folder, &["--folder", "moved"]);
    assert!(code == 0 && text.contains("THE SAME"), "{text}");
}

#[test]
fn a_changed_input_is_named() {
    let folder = proposed("replay-input", &[]);
    let prices = folder.path().join("in/prices.csv");
    fs::write(&prices, fs::read_to_string(&prices).unwrap().replace("341.25", "341.26")).unwrap();
    let (code, text) = replayed(&folder, &[]);
    assert!(code == 1 && text.contains("EK0911") && text.contains("`prices.csv` was"), "{text}");
}

#[test]
fn a_changed_field_is_named_with_both_values() {
    let folder = proposed("replay-field", &[]);
    let file = folder.path().join("proposal.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"chosen\": \"", "\"chosen\": \"not_")).unwrap();
    let (code, told) = replayed(&folder, &[]);
    assert!(code == 1 && told.contains("`proposal.chosen` was \"not_"), "{told}");
    // A digit too many for a float is told as well.
    let digit = text.find("\"max_drift\": 0.").unwrap() + "\"max_drift\": 0.".len();
    let mut other = text.clone();
    other.insert_str(text[digit..].find(|letter: char| !letter.is_ascii_digit()).unwrap() + digit, "0000000000000000001");
    fs::write(&file, other).unwrap();
    let (code, told) = replayed(&folder, &[]);
    assert!(code == 1 && told.contains("other digits"), "{told}");
}

#[test]
fn a_changed_envelope_is_named() {
    let folder = proposed("replay-envelope", &[]);
    let file = folder.path().join("proposal.json");
    let text = fs::read_to_string(&file).unwrap();
    for (was, is, code, told) in [
        ("\"status\": \"done\"", "\"status\": \"refused\"", 1, "`status` was \"refused\", and is \"done\""),
        ("\"command\": \"rebalance\"", "\"command\": \"harvest\"", 1, "`command` was \"harvest\""),
        ("\"schema_version\": 1", "\"schema_version\": 99", 2, "has the schema version 99, and this program reads 1"),
    ] {
        assert!(text.contains(was), "{was}");
        fs::write(&file, text.replacen(was, is, 1)).unwrap();
        let (ended, said) = replayed(&folder, &[]);
        assert!(ended == code && said.contains(told), "{told}: {said}");
    }
}

#[test]
fn what_is_no_proposal_is_told() {
    let folder = Folder::new("replay-none");
    for text in ["", "{}", "{\"result\": null}"] {
        fs::write(folder.path().join("proposal.json"), text).unwrap();
        let (code, told) = replayed(&folder, &[]);
        assert!(code == 2 && told.contains("EK0901") && told.contains("--json --out"), "{told}");
    }
}

#[test]
fn a_household_of_a_run_is_the_same_again() {
    let folder = Folder::new("replay-batch");
    for arguments in
        [&["generate", "--households", "8", "--shards", "2", "--broken", "0", "--into", "book"][..], &["batch", "book", "--into", "run"]]
    {
        assert_eq!(evenkeel_in(folder.path(), arguments).status.code(), Some(0));
    }
    let again = |household: &str| evenkeel_in(folder.path(), &["replay", "--batch", "run", "--household", household]);
    for household in ["H000000000", "H000000005"] {
        let output = again(household);
        assert!(output.status.code() == Some(0) && shown(&output).contains("THE SAME"), "{}", shown(&output));
    }
    assert_eq!(again("nobody").status.code(), Some(2));
    let policy = folder.path().join("book/policies/growth.toml");
    fs::write(&policy, fs::read_to_string(&policy).unwrap() + "\n# Changed.\n").unwrap();
    let output = again("H000000000");
    assert!(output.status.code() == Some(1) && shown(&output).contains("`policies/growth.toml` was"), "{}", shown(&output));
}
