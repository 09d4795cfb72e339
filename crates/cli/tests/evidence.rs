//! Every page says what it is, of whom and when, what it rests on, and how to make it again.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use evenkeel_io::source::sha256;
use support::{Folder, copy_example, evenkeel, evenkeel_in, root, shown};

/// A command for each kind of page, with its title and what its subtitle says.
const RUNS: [(&str, &str, &str); 19] = [
    ("risk examples/endowment --as-of 2026-06-30 --assumptions examples/endowment/risk.toml", "Risk", "Household endowment, policy"),
    ("stress examples/endowment --as-of 2026-03-31", "Stress test", "Household endowment, policy"),
    ("comply examples/endowment --as-of 2026-06-30", "Compliance with limits", "Household endowment, policy"),
    ("performance examples/performance", "Performance", "Household "),
    ("attribute examples/performance", "Attribution of the return", " to "),
    ("frontier examples/optimized --as-of 2026-06-30 --points 3", "Efficient frontier", "Policy “"),
    ("optimize examples/optimized --as-of 2026-06-30", "Optimized weights", "Policy “"),
    ("estimate examples/optimized --as-of 2026-06-30", "Expected returns and risk", "Policy “"),
    ("simulate examples/retirement --value 1000000 --paths 50", "Many futures", "Policy “"),
    ("tax-year examples/taxes --year 2025", "Tax of a year", "Household "),
    ("rebalance examples/family --as-of 2026-03-31", "Rebalancing proposal", "Household "),
    ("drift examples/family --as-of 2026-03-31", "Drift from target", "Household "),
    ("overlay examples/overlay --as-of 2026-03-31", "Tactical overlay", "Policy “"),
    ("harvest examples/harvest --as-of 2026-03-31", "Losses to harvest", "Household "),
    ("wash-check examples/harvest --as-of 2026-03-31", "Wash-sale check", "Household "),
    ("locate examples/location --as-of 2026-03-31", "Asset location", "Household "),
    ("lots examples/family --as-of 2026-03-31", "Tax lots", "Household "),
    ("journal gains examples/journal --as-of 2026-03-31", "Realized gains by the journal", "Household "),
    ("policy diff examples/client/policy.toml examples/client/3-points.toml", "What changed in a policy", ""),
];

fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    text.split(begin).nth(1).and_then(|rest| rest.split(end).next()).unwrap_or_default()
}

#[test]
fn every_page_says_what_it_is_and_can_be_made_again() {
    let folder = Folder::new("evidence");
    let (first, again) = (folder.path().join("first.html"), folder.path().join("again.html"));
    for (run, title, of) in RUNS {
        let words: Vec<&str> = run.split(' ').collect();
        let output = evenkeel(&[&words[..], &["--out", first.to_str().unwrap()]].concat());
        assert_ne!(output.status.code(), Some(2), "{run}: {}", shown(&output));
        let html = fs::read_to_string(&first).unwrap();
        assert_eq!(between(&html, "<h1>", "</h1>"), title, "{run}");
        assert!(between(&html, "<p class=\"subtitle\">", "</p>").contains(of), "{run}: {}", between(&html, "subtitle", "</p>"));
        let evidence = html.split("<h2>Evidence</h2>").nth(1).unwrap_or_default();
        assert_eq!(html.matches("not investment or tax advice").count(), evidence.matches("not investment or tax advice").count(), "{run}");
        // Each input bears the hash of the file as it is.
        let rows: Vec<(&str, &str)> = evidence
            .split("<tr><td")
            .skip(1)
            .filter_map(|row| {
                Some((row.split_once('>')?.1.split("</td>").next()?, row.split("<td class=\"text\">").nth(1)?.split("</td>").next()?))
            })
            .collect();
        assert!(!rows.is_empty(), "{run}");
        for (file, hash) in rows {
            assert_eq!(sha256(&fs::read(root().join(file)).unwrap()), hash, "{run}: {file}");
        }
        let command = between(evidence, "<pre tabindex=\"0\">", "</pre>");
        assert!(command.starts_with(&format!("evenkeel {run}")), "{run}: {command}");
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let output = evenkeel(&[&words[..], &["--out", again.to_str().unwrap()]].concat());
        assert!(fs::read_to_string(&again).unwrap() == html, "{command}: {}", shown(&output));
    }
}

#[test]
fn a_page_names_files_from_where_its_command_names_them() {
    let folder = Folder::new("evidence-roots");
    let own = folder.path().join("mine");
    fs::create_dir(&own).unwrap();
    copy_example("performance", &own);
    fs::write(own.join("holdings.csv"), "account,symbol,quantity\n").unwrap();
    let page = folder.path().join("risk.html");
    let run = ["rebalance", own.to_str().unwrap(), "--as-of", "2025-12-31", "--out", page.to_str().unwrap()];
    let output = evenkeel(&run);
    let html = fs::read_to_string(&page).unwrap_or_else(|_| shown(&output));
    assert!(html.contains("mine/holdings.csv and mine/journal.csv both say what is held"), "{html}");
    assert!(!html.contains(folder.path().to_str().unwrap()), "no path of a machine stands on a page");
    let (beside, other) = (folder.path().join("beside.csv"), folder.path().join("other.html"));
    let output = evenkeel(&["performance", own.to_str().unwrap(), "--csv", beside.to_str().unwrap(), "--out", other.to_str().unwrap()]);
    let told = fs::read_to_string(&other).unwrap_or_else(|_| shown(&output));
    assert!(told.contains("--csv beside.csv") && !told.contains(folder.path().to_str().unwrap()), "nor where files are written beside it");
    let text = folder.path().join("risk.txt");
    let relative = ["rebalance", "mine", "--as-of", "2025-12-31", "--out", "risk.html", "--out", text.to_str().unwrap()];
    evenkeel_in(folder.path(), &relative);
    assert!(fs::read_to_string(&page).unwrap() == html);
    assert!(!fs::read_to_string(&text).unwrap().contains("To make it again"), "text is short, as on a terminal");
}

#[test]
fn a_folder_of_tables_says_what_it_is() {
    let folder = Folder::new("evidence-tables");
    let out = format!("{}/", folder.path().join("tables").display());
    let output = evenkeel(&["risk", "examples/optimized", "--as-of", "2026-06-30", "--out", &out]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let told = fs::read_to_string(folder.path().join("tables/about.csv")).unwrap();
    assert!(told.starts_with("Risk,"), "{told}");
    for part in
        ["examples/optimized/prices.csv,", "evenkeel risk examples/optimized --as-of 2026-06-30", "seed 1", "not investment or tax advice"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let contents = fs::read_to_string(folder.path().join("tables/contents.csv")).unwrap();
    assert!(contents.contains("about.csv,"), "{contents}");
}
