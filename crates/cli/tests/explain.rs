//! `evenkeel explain`.

mod support;

use support::{evenkeel, shown};

#[test]
fn says_what_a_code_means() {
    insta::assert_snapshot!(shown(&evenkeel(&["explain", "ek0104"])));
    insta::assert_snapshot!(shown(&evenkeel(&["explain", "EK0104", "--json"])));
}

#[test]
fn refuses_an_unknown_code() {
    insta::assert_snapshot!(shown(&evenkeel(&["explain", "EK0999"])));
    insta::assert_snapshot!(shown(&evenkeel(&["explain", "EK0999", "--json"])));
}

#[test]
fn usage_errors_exit_with_2() {
    assert_eq!(evenkeel(&["explain"]).status.code(), Some(2));
    assert_eq!(evenkeel(&["no-such-command"]).status.code(), Some(2));
}

#[test]
fn colors_only_when_asked() {
    assert!(!evenkeel(&["explain", "EK0104"]).stdout.contains(&0x1b));
    assert!(evenkeel(&["explain", "EK0104", "--color", "always"]).stdout.contains(&0x1b));
}

#[test]
fn writes_a_result_whole_or_not_at_all() {
    let folder = support::Folder::new("explain-out");
    let done = support::evenkeel_in(folder.path(), &["explain", "EK0104", "--json", "--out", "meaning.json"]);
    assert_eq!((done.status.code(), done.stdout.len()), (Some(0), 0));
    assert_eq!(folder.files(), ["meaning.json"]);
    let refused = support::evenkeel_in(folder.path(), &["explain", "EK0999", "--out", "unknown.txt"]);
    assert_eq!(refused.status.code(), Some(2));
    let nowhere = support::evenkeel_in(folder.path(), &["explain", "EK0104", "--out", "missing/meaning.txt"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert_eq!(folder.files(), ["meaning.json"]);
}
