//! The reference of files says what the code reads.
//!
//! Run with `UPDATE_REFERENCE=1` to write it anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use evenkeel::diagnostic::SourceText;
use evenkeel_io::journal::{JournalContext, read_lines};
use evenkeel_io::reference::pages;

mod support;

#[test]
fn the_reference_is_current() {
    for (name, expected) in pages() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            std::fs::write(&file, &expected).unwrap();
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == expected, "docs/reference/{name} is not current: run `UPDATE_REFERENCE=1 cargo test -p evenkeel-io`");
    }
}

#[test]
fn the_lines_that_it_shows_are_read() {
    let [(_, files), ..] = pages();
    let shown = files.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let text = format!("{{\"schema_version\":1}}\n{shown}");
    let (household, universe) = (support::household(), support::universe());
    let context = JournalContext { household: &household, universe: &universe, until: Some(support::as_of()), after: None };
    let parsed = read_lines(SourceText { file: "journal.jsonl", text: &text }, context);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let recorded = parsed.value.unwrap();
    let mut kinds: Vec<_> = recorded.added().iter().map(|event| std::mem::discriminant(&event.kind)).collect();
    let lines = kinds.len();
    kinds.dedup();
    assert_eq!((lines, kinds.len()), (16, 16), "one of each kind");
}
