//! Results as pages for a browser.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use support::{Folder, evenkeel, shown};

/// Names of elements in their order, `/name` where one ends; without those that have no end.
fn tags(html: &str) -> Vec<String> {
    let closed = |tag: &&str| tag.split('>').next().unwrap().ends_with('/');
    let tags = html.split('<').skip(1).filter(|tag| !closed(tag)).map(|tag| tag.split(['>', ' ']).next().unwrap().to_owned());
    tags.filter(|tag| !["!doctype", "meta", "img"].contains(&tag.as_str())).collect()
}

fn assert_balanced(html: &str) {
    let mut open = Vec::new();
    for tag in tags(html) {
        match tag.strip_prefix('/') {
            Some(ends) => assert_eq!(open.pop().as_deref(), Some(ends), "of {open:?}"),
            None => open.push(tag),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn results_are_pages_that_need_nothing_else() {
    let folder = Folder::new("page");
    let runs: [&[&str]; 3] = [
        &["rebalance", "examples/family", "--as-of", "2026-03-31"],
        &["backtest", "examples/history"],
        &["simulate", "examples/retirement", "--value", "1000000", "--paths", "200"],
    ];
    for (number, run) in runs.iter().enumerate() {
        let path = folder.path().join(format!("{number}.html"));
        let output = evenkeel(&[run, &["--out", path.to_str().unwrap()][..]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let html = fs::read_to_string(&path).unwrap();
        assert!(html.starts_with("<!doctype html>"), "{run:?}");
        assert_balanced(&html);
        for outside in ["<script src", "http:", "https:", "<link", "@import", "NaN", "inf %"] {
            assert!(!html.contains(outside), "{run:?}: {outside}");
        }
        assert_eq!(html.matches("<script>").count(), 1, "{run:?}: sorting and searching, and nothing else");
        assert!(html.matches("<figure>").count() >= 1, "{run:?} has pictures");
        assert!(html.matches("<th scope=\"col\"").count() >= 4, "{run:?} has tables");
    }
}
