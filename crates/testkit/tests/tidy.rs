//! The laws of the code that no compiler checks, read from the sources.
//!
//! Each law is a function from text to complaints, so that the tests below it can show what it
//! catches; the tests named after a law run it over the workspace.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test that reports what it found")]

mod tidy {
    pub(crate) mod edges;
    pub(crate) mod source;
    pub(crate) mod text;
    pub(crate) mod workspace;
}

use tidy::workspace::{CRATES, Workspace};
use tidy::{edges, source, text};

/// Fails with all complaints at once.
fn refuse(law: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{law}:\n  {}\n", complaints.join("\n  "));
}

#[test]
fn files_are_short() {
    let mut complaints = Vec::new();
    for file in Workspace::open().rust_files("") {
        let lines = file.text.lines().count();
        if lines > text::MAX_LINES {
            complaints.push(format!("{}: {lines} lines", file.path));
        } else if lines > text::USUAL_LINES {
            eprintln!("long: {} has {lines} lines; {} is the rule, {} the limit", file.path, text::USUAL_LINES, text::MAX_LINES);
        }
    }
    refuse("no file has more than 700 lines; split it by concept", &complaints);
}

#[test]
fn crates_depend_only_upstream() {
    let workspace = Workspace::open();
    let mut complaints = Vec::new();
    let mut seen = Vec::new();
    for file in workspace.files.iter().filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml")) {
        let name = file.path.trim_start_matches("crates/").trim_end_matches("/Cargo.toml");
        seen.push(name.to_owned());
        complaints.extend(edges::crate_complaints(name, &file.text));
    }
    assert!(CRATES.iter().all(|known| seen.iter().any(|name| name == known.name)), "the table names a crate that is not there");
    refuse("data flows one way through the crates", &complaints);
}

#[test]
fn modules_depend_only_upstream() {
    let workspace = Workspace::open();
    for name in ["ledger", "quant", "engine"] {
        let root = format!("crates/{name}/src");
        let order = edges::module_order(workspace.text(&format!("{root}/lib.rs")));
        let mut complaints = Vec::new();
        for file in workspace.rust_files(&root) {
            let inside = file.path.trim_start_matches(&root).trim_start_matches('/');
            complaints.extend(edges::module_complaints(&order, inside, &file.text).iter().map(|found| format!("{root}/{found}")));
        }
        refuse("a module uses only those above it in lib.rs", &complaints);
    }
}

#[test]
fn pure_crates_have_no_effects() {
    let workspace = Workspace::open();
    let mut complaints = Vec::new();
    for name in ["ledger", "quant", "engine", "audit"] {
        let root = format!("crates/{name}/src/");
        for file in workspace.rust_files(&root) {
            complaints.extend(source::effect_complaints(&file.path, &file.text));
        }
        let lib = workspace.text(&format!("{root}lib.rs"));
        if !source::denies_effects(lib) {
            complaints.push(format!("{root}lib.rs: `#![deny(clippy::disallowed_methods)]` is missing"));
        }
    }
    refuse("no clock, files, environment or default random generator in ledger, quant, engine, audit", &complaints);
}

#[test]
fn the_books_hold_no_floating_point() {
    let workspace = Workspace::open();
    let ledger = workspace.rust_files("crates/ledger/src/");
    let complaints: Vec<String> = ledger.flat_map(|file| source::float_complaints(&file.path, &file.text)).collect();
    refuse("money, prices and quantities are exact", &complaints);
}

#[test]
fn nothing_is_left_to_do() {
    let complaints: Vec<String> =
        Workspace::open().files.iter().flat_map(|file| text::marker_complaints(&file.path, file.is("rs"), &file.text)).collect();
    refuse("an unfinished thing is an issue, not a comment", &complaints);
}

#[test]
fn no_machine_is_named() {
    let complaints: Vec<String> =
        Workspace::open().files.iter().flat_map(|file| text::machine_complaints(&file.path, &file.text)).collect();
    refuse("a path of one machine means nothing on another", &complaints);
}

#[test]
fn links_resolve() {
    let workspace = Workspace::open();
    let mut complaints = Vec::new();
    for file in workspace.files.iter().filter(|file| file.is("md")) {
        for (line, target) in text::relative_links(&file.text) {
            if !workspace.resolves(&file.path, &target) {
                complaints.push(format!("{}:{line}: {target}", file.path));
            }
        }
    }
    refuse("a relative link leads somewhere", &complaints);
}

#[test]
fn every_document_is_listed() {
    const LIST: &str = "docs/README.md";
    let workspace = Workspace::open();
    let listed: Vec<String> = text::relative_links(workspace.text(LIST)).into_iter().map(|(_, target)| format!("docs/{target}")).collect();
    let pages = workspace.files.iter().filter(|file| file.is("md") && file.path.starts_with("docs/") && file.path != LIST);
    let complaints: Vec<String> = pages.filter(|file| !listed.contains(&file.path)).map(|file| file.path.clone()).collect();
    refuse("docs/README.md links every page of the documentation", &complaints);
}

#[test]
fn error_codes_are_documented() {
    const REFERENCE: &str = "docs/reference/error-codes.md";
    let workspace = Workspace::open();
    let Some(reference) = workspace.files.iter().find(|file| file.path == REFERENCE) else {
        eprintln!("SKIPPED: {REFERENCE} is not written yet");
        return;
    };
    let documented = text::error_codes(&reference.text);
    let mut complaints = Vec::new();
    // Tests may name codes that do not exist, to see them refused.
    for file in workspace.rust_files("crates/").filter(|file| !file.path.contains("/tests/")) {
        let missing = text::error_codes(&file.text).into_iter().filter(|code| !documented.contains(code));
        complaints.extend(missing.map(|code| format!("{}: {code}", file.path)));
    }
    refuse("every error code stands in docs/reference/error-codes.md", &complaints);
}
