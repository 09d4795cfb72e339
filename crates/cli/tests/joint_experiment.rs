//! The experiment of `make experiment`, small: it runs, the auditor passes all, and the result is the same for any number of threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

#[path = "../examples/joint_experiment/experiment/mod.rs"]
mod experiment;

use std::num::NonZero;

use experiment::{Settings, run};
use support::Folder;

#[test]
fn a_year_of_two_households_is_the_same_for_any_number_of_threads() {
    let folder = Folder::new("joint-experiment");
    let settings = |threads| Settings {
        households: 2,
        years: 1,
        matched: 0,
        seed: 3,
        threads: NonZero::new(threads).unwrap(),
        book: folder.path().join("book"),
    };
    let report = run(&settings(1)).unwrap();
    // Four arms of two households, decided on twelve times.
    assert_eq!(report.audited(), 4 * 2 * 12);
    let joint = report.averages.iter().find(|average| average.arm == "joint planner").unwrap();
    assert!(joint.gap.as_ref().is_some_and(|gap| gap.decisions > 0 && gap.unproven == 0), "{joint:?}");
    assert!(report.averages.iter().all(|average| average.end_after_tax > 0.0 && average.end_after_tax < average.end_before_tax));
    assert_eq!(report.text(), run(&settings(2)).unwrap().text());
}
