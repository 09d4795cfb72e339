//! `evenkeel demo`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use support::{Folder, assert_fits, evenkeel, evenkeel_in, shown};

#[test]
fn runs_anywhere_and_writes_all_results() {
    let folder = Folder::new("demo");
    let output = evenkeel_in(folder.path(), &["demo"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_fits(&shown(&output));
    let written = folder.path().join("out/demo");
    // Text and JSON of seventeen runs, the folders of eight examples, and that of the pictures; two reports in their forms.
    assert_eq!(fs::read_dir(&written).unwrap().count(), 17 * 2 + 8 + 1 + 2 * if cfg!(feature = "pdf") { 3 } else { 2 });
    for name in ["weights.svg", "weights.png", "correlations.svg", "frontier.svg", "frontier.png", "wealth.svg", "spending.png"] {
        assert!(fs::metadata(written.join("pictures").join(name)).unwrap().len() > 1_000, "{name}");
    }
    // What the demo writes is what the same commands say in a checkout.
    let text = fs::read_to_string(written.join("family.txt")).unwrap();
    let again = evenkeel(&["rebalance", "examples/family", "--as-of", "2026-03-31", "--contribute", "7000@roth"]);
    assert_eq!(text, String::from_utf8(again.stdout).unwrap());
    let json = fs::read_to_string(written.join("overlay.json")).unwrap();
    let again = evenkeel(&["overlay", "examples/overlay", "--as-of", "2026-03-31", "--json"]);
    assert_eq!(json, String::from_utf8(again.stdout).unwrap());
}

#[test]
fn writes_nothing_where_the_folder_cannot_be_made() {
    let folder = Folder::new("demo-in-the-way");
    fs::write(folder.path().join("out"), "a file, not a folder").unwrap();
    let output = evenkeel_in(folder.path(), &["demo"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert_eq!(folder.files(), ["out"]);
}
