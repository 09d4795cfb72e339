//! `evenkeel journal`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use support::{Folder, assert_fits, copy_example, evenkeel, evenkeel_in, shown};

fn said(arguments: &[&str]) -> String {
    let text = shown(&evenkeel(arguments));
    assert_fits(&text);
    text
}

#[test]
fn replays_to_any_date() {
    insta::assert_snapshot!(said(&["journal", "replay", "examples/journal", "--as-of", "2024-06-30"]));
    insta::assert_snapshot!(said(&["journal", "lots", "examples/journal", "--as-of", "2024-06-30"]));
}

#[test]
fn tells_gains_short_or_long_to_the_day() {
    insta::assert_snapshot!(said(&["journal", "gains", "examples/journal", "--as-of", "2024-06-30"]));
    let since = evenkeel(&["journal", "gains", "examples/journal", "--as-of", "2024-06-30", "--from", "2024-03-01", "--json"]);
    let gains: serde_json::Value = serde_json::from_slice(&since.stdout).unwrap();
    assert_eq!(gains["result"]["gains"].as_array().unwrap().len(), 2);
}

#[test]
fn appends_whole_or_not_at_all() {
    let folder = Folder::new("journal-append");
    copy_example("journal", folder.path());
    let append = ["journal", "append", ".", "--as-of", "2024-12-31", "--events", "new-events.csv"];
    let before = fs::read_to_string(folder.path().join("journal.csv")).unwrap();
    let output = evenkeel_in(folder.path(), &append);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let after = fs::read_to_string(folder.path().join("journal.csv")).unwrap();
    let added = after.strip_prefix(&before).unwrap();
    assert_eq!(added.lines().count(), 2);

    // The same events again lie before the end of the journal, or oversell: nothing is written.
    fs::write(
        folder.path().join("too-much.csv"),
        fs::read_to_string(folder.path().join("new-events.csv")).unwrap().replace(",60,", ",6000,"),
    )
    .unwrap();
    let refused = evenkeel_in(folder.path(), &["journal", "append", ".", "--as-of", "2024-12-31", "--events", "too-much.csv"]);
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    assert_eq!(fs::read_to_string(folder.path().join("journal.csv")).unwrap(), after);
}
