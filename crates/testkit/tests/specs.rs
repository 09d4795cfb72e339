//! Every example of `specs/*.md`, run by its subject.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking

use std::path::{Path, PathBuf};

use evenkeel_testkit::spec::{Spec, SpecError, bands, compliance, dividends, lots, overlay, rounding, taxes, taxes_uk, wash_sales};

/// Runs one example.
type Runner = fn(&Spec) -> Result<(), SpecError>;

/// The subjects: file name and runner.
const SUBJECTS: [(&str, Runner); 10] = [
    ("bands.md", bands::run),
    ("compliance.md", compliance::run),
    ("regulation.md", compliance::run),
    ("dividends.md", dividends::run),
    ("lots.md", lots::run),
    ("overlay.md", overlay::run),
    ("rounding.md", rounding::run),
    ("taxes.md", taxes::run),
    ("taxes-uk.md", taxes_uk::run),
    ("wash-sales.md", wash_sales::run),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

#[test]
fn every_example_holds() {
    let mut failures = Vec::new();
    for (file, run) in SUBJECTS {
        let text = std::fs::read_to_string(folder().join(file)).unwrap();
        let specs = Spec::parse(&text).unwrap_or_else(|error| panic!("specs/{file}: {error}"));
        assert!(!specs.is_empty(), "specs/{file} has no example");
        for spec in &specs {
            if let Err(error) = run(spec) {
                failures.push(format!("specs/{file}, {}: {error}", spec.title));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_file_has_a_runner() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(SUBJECTS.iter().any(|(file, _)| *file == name), "specs/{name} has no runner: add one to SUBJECTS");
    }
}

#[test]
fn what_a_runner_does_not_know_is_an_error() {
    let run = |text: &str| Spec::parse(text).and_then(|specs| specs.iter().try_for_each(lots::run)).unwrap_err().to_string();
    assert_eq!(run("## A\n\n| a |\n|---|\n"), "line 3: a table needs its kind above it, such as `Events:`");
    assert_eq!(run("Events:\n\n| a |\n|---|\n"), "line 3: a table needs a section (`## Title`) to stand in");
    assert_eq!(run("## A\nEvents:\n\n| a | b |\n|---|---|\n| 1 |\n"), "line 6: 1 cells stand under 2 columns");
    assert!(run("## A\nBands:\n\n| a |\n|---|\n").starts_with("line 2: no table `bands` is known here"));
    assert!(run("## A\nEvents:\n\n| price |\n|---|\n").starts_with("line 2: table `events` has no column `price`"));
    assert!(run("## A\nCash:\n\n| amount |\n|---|\n| 1 |\n").contains("`amount` is 0, and 1 is expected"));
    assert!(run("## A\nLots:\n\n| lot |\n|---|\n| 1 |\n").contains("1 rows are expected and there are 0"));
}
