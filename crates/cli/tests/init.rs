//! `evenkeel init`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use support::{Folder, evenkeel_in, shown};

#[test]
fn writes_files_that_work() {
    let folder = Folder::new("init");
    let output = evenkeel_in(folder.path(), &["init", "mine"]);
    insta::assert_snapshot!(shown(&output));
    let checked = evenkeel_in(folder.path(), &["check", "mine", "--as-of", "2026-03-31"]);
    assert_eq!((checked.status.code(), checked.stderr.len()), (Some(0), 0), "{}", shown(&checked));
    let proposed = evenkeel_in(folder.path(), &["rebalance", "mine", "--as-of", "2026-03-31"]);
    assert_eq!(proposed.status.code(), Some(0), "{}", shown(&proposed));
}

#[test]
fn overwrites_nothing() {
    let folder = Folder::new("init-in-the-way");
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let output = evenkeel_in(folder.path(), &["init", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(folder.files(), ["notes.txt"]);
}
