//! The examples of the repository are files that are read without an error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use evenkeel_io::folder::{Options, Paths, load};

#[test]
fn every_example_is_read() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folders: Vec<PathBuf> =
        examples.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.join("household.toml").is_file()).collect();
    assert!(!folders.is_empty());
    let options = Options { as_of: "2030-01-01".parse().unwrap(), price_kind: None, study: false, settings: &[], past: false };
    for folder in folders {
        let parsed = load(&Paths::in_folder(&folder).unwrap(), options);
        let errors: Vec<String> = parsed.diagnostics.iter().filter(|told| told.is_error()).map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", folder.display());
        let inputs = parsed.value.unwrap();
        assert!(inputs.household.is_some() && inputs.universe.is_some());
    }
}
