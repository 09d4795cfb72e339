//! `evenkeel report`: whoever reads it finds what concerns them, and nothing that is not so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Folder, copy_example, evenkeel, shown};

const ENDOWMENT: [&str; 4] = ["report", "examples/endowment", "--assumptions", "examples/endowment/risk.toml"];

/// A report as a page for a browser.
fn page(folder: &Folder, arguments: &[&str]) -> String {
    let path = folder.path().join("report.html");
    let output = evenkeel(&[arguments, &["--out", path.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    fs::read_to_string(&path).unwrap()
}

fn headings(html: &str) -> Vec<&str> {
    html.split("<h2>").skip(1).map(|text| text.split("</h2>").next().unwrap()).collect()
}

#[test]
fn a_board_reads_the_decision_the_limits_and_the_future() {
    let folder = Folder::new("report-board");
    let html = page(&folder, &[&ENDOWMENT[..], &["--for", "board", "--as-of", "2026-06-30"]].concat());
    for part in ["Limits", "Stress", "Risk", "Return against risk", "What may come", "Trades, and why", "Methods, data and evidence"] {
        assert!(headings(&html).contains(&part), "{part} of {:?}", headings(&html));
    }
    // The first page: decision, allocation, what it costs, limits and stress, and what is asked.
    let summary = html.split("<section id=").next().unwrap();
    for told in
        ["<strong>TRADE</strong>", "Allocation against target and bands", "Cost of trading", "Limits kept", "4 of 4", "Decision asked:"]
    {
        assert!(summary.contains(told), "{told}");
    }
    // Evidence: a hash of each input, and the command.
    assert!(html.contains("--assumptions examples/endowment/risk.toml --for board --as-of 2026-06-30</pre>"), "the command is told");
    assert!(html.contains(">examples/endowment/risk.toml</td>"), "the inputs are told");
    assert!(!html.contains("NaN") && !html.contains("inf %"));
}

#[test]
fn every_reader_gets_a_report_of_every_example() {
    let folder = Folder::new("report-readers");
    for example in ["client", "family", "performance", "optimized", "history"] {
        for reader in ["investor", "researcher", "client", "board", "operations"] {
            let html = page(&folder, &["report", &format!("examples/{example}"), "--for", reader]);
            assert!(headings(&html).len() >= 2, "{example} for {reader}: {:?}", headings(&html));
            assert!(!html.contains("NaN") && !html.contains("inf %"), "{example} for {reader}");
        }
    }
}

#[test]
fn the_command_that_a_report_tells_makes_it_again() {
    let folder = Folder::new("report-again");
    let portfolio = folder.path().join("it's two words");
    fs::create_dir(&portfolio).unwrap();
    copy_example("client", &portfolio);
    let html = page(&folder, &["report", portfolio.to_str().unwrap(), "--for", "client"]);
    let told = html.split("<pre tabindex=\"0\">").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap();
    let told = told.replace("&#39;", "'").replace("&quot;", "\"").replace("&amp;", "&");
    let words = told.strip_prefix("evenkeel ").unwrap();
    let again = folder.path().join("again.html");
    let run = format!("'{}' {words} --out '{}'", env!("CARGO_BIN_EXE_evenkeel"), again.display());
    let output = std::process::Command::new("sh").args(["-c", &run]).current_dir(folder.path()).output().unwrap();
    assert!(fs::read_to_string(&again).unwrap_or_default() == html, "{run}\n{}", shown(&output));
}

#[test]
fn what_is_absent_is_left_out_and_said() {
    let folder = Folder::new("report-absent");
    let html = page(&folder, &["report", "examples/client", "--for", "board"]);
    assert!(html.contains("What was earned: there is no journal"), "the journal is missed");
    let output = evenkeel(&["report", "examples/client", "--parts", "performance"]);
    assert_eq!(output.status.code(), Some(2), "a report of nothing is none: {}", shown(&output));
}

#[test]
fn what_is_wrong_in_a_file_is_told_and_not_left_out() {
    let folder = Folder::new("report-wrong");
    support::copy_example("performance", folder.path());
    for (file, row) in [("journal.csv", "2025-13-45,nonsense\n"), ("prices.csv", "2026-01-09,NaN,-1,1\n")] {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.clone() + row).unwrap();
        let output = evenkeel(&["report", folder.path().to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("{file}:")), "{}", shown(&output));
        fs::write(&path, text).unwrap();
    }
}

#[test]
fn a_proposal_that_cannot_be_made_is_no_report() {
    let folder = Folder::new("report-undecided");
    let out = folder.path().join("report.html");
    let output = evenkeel(&["report", "examples/client", "--withdraw", "99000000", "--out", out.to_str().unwrap()]);
    assert_ne!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("can be raised") && !out.exists(), "{}", shown(&output));
}

#[test]
fn a_report_is_a_page_a_workbook_and_tables_at_once() {
    let folder = Folder::new("report-forms");
    let out = |name: &str| folder.path().join(name).display().to_string();
    let (html, book, tables) = (out("a.html"), out("a.xlsx"), out("tables/"));
    let output = evenkeel(&["report", "examples/family", "--out", &html, "--out", &book, "--out", &tables]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(&fs::read(&book).unwrap()[..2], b"PK");
    let limits = fs::read_to_string(Path::new(&tables).join("weights.csv")).unwrap();
    assert!(limits.starts_with("Class,Target (%),Weight (%),Drift (points),Band (points)"), "{limits}");
    // The page shows two places of a weight, and the table has all.
    let weight = limits.lines().nth(1).unwrap().split(',').nth(2).unwrap();
    assert!(weight.split('.').nth(1).unwrap().len() > 6, "{weight}");
    let cell = format!("<td class=\"number\">{:.2}\u{a0}%</td>", weight.parse::<f64>().unwrap());
    assert!(fs::read_to_string(&html).unwrap().contains(&cell), "{cell}");
    let again = evenkeel(&["report", "examples/family", "--out", &book, "--out", &tables]);
    assert_eq!(again.status.code(), Some(0), "{}", shown(&again));
    fs::write(Path::new(&tables).join("weights.csv"), "mine,and,not,a,result\n").unwrap();
    assert_eq!(evenkeel(&["report", "examples/family", "--out", &tables]).status.code(), Some(2));
}

#[test]
fn a_folder_of_tables_is_a_whole() {
    let folder = Folder::new("report-whole");
    let tables = folder.path().join("tables");
    let out = format!("{}/", tables.display());
    for reader in ["investor", "client"] {
        let output = evenkeel(&["report", "examples/performance", "--for", reader, "--out", &out]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        if reader == "investor" {
            // What somebody has changed, or brought, stays.
            fs::write(tables.join("lots-sold.csv"), "mine\n").unwrap();
            fs::write(tables.join("own.csv"), "mine\n").unwrap();
            assert!(tables.join("weights.csv").exists());
        }
    }
    let there = |name: &str| tables.join(name).exists();
    assert!(!there("weights.csv") && there("lots-sold.csv") && there("own.csv") && there("trades.csv"));
    let contents = fs::read_to_string(tables.join("contents.csv")).unwrap();
    assert!(contents.starts_with("file,part,table,rows,sha256\n") && contents.contains("trades.csv,") && !contents.contains("weights.csv"));
}

#[test]
fn the_evidence_has_the_brand_and_what_a_frontier_is_made_of() {
    let folder = Folder::new("report-evidence");
    let brand = folder.path().join("brand.toml");
    fs::write(&brand, "schema_version = 1\nname = \"Kiel\"\n").unwrap();
    let html = page(&folder, &["report", "examples/client", "--brand", brand.to_str().unwrap()]);
    assert!(html.contains("--brand brand.toml --as-of 2026-03-31</pre>") && html.contains("<td>brand.toml</td>"));
    let output = evenkeel(&["report", "examples/retirement", "--parts", "frontier", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let inputs = document["result"]["inputs"].as_array().unwrap();
    let names: Vec<&str> = inputs.iter().map(|input| input[0].as_str().unwrap()).collect();
    assert!(["policy.toml", "returns.csv"].iter().all(|name| names.contains(&format!("examples/retirement/{name}").as_str())), "{names:?}");
    assert!(document["result"]["command"].as_str().unwrap().starts_with("evenkeel report examples/retirement"));
    let out = folder.path().join("a.html");
    let output = evenkeel(&["report", "examples/client", "--json", "--out", out.to_str().unwrap()]);
    assert!(output.status.code() == Some(2) && !out.exists(), "a document is no page: {}", shown(&output));
}

#[test]
fn the_parts_of_a_report_are_documents() {
    let output = evenkeel(&[&ENDOWMENT[..], &["--for", "board", "--json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let parts = document["result"]["parts"].as_object().unwrap();
    let names: Vec<&str> = parts.keys().map(String::as_str).collect();
    assert_eq!(names, ["frontier", "rebalance", "risk", "simulate", "stress"]);
}

#[test]
fn a_brand_says_whose_pages_they_are() {
    let folder = Folder::new("report-brand");
    let brand = folder.path().join("brand.toml");
    fs::write(folder.path().join("logo.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"/>").unwrap();
    fs::write(
        &brand,
        "schema_version = 1\nname = \"Kiel & Co\"\nlogo = \"logo.svg\"\naccent = \"#7a1f3d\"\nnumbers = \"1.234,56\"\nfooter = \"Not advice.\"\n",
    )
    .unwrap();
    let html = page(&folder, &["report", "examples/client", "--brand", brand.to_str().unwrap()]);
    assert!(html.contains("alt=\"Kiel &amp; Co\"") && html.contains("--accent: #7a1f3d") && html.contains("<footer>Not advice.</footer>"));
    assert!(html.contains("1.089.000,00") && !html.contains("1,089,000.00"), "numbers as asked");
    fs::write(&brand, "schema_version = 1\nacccent = \"#ffee00\"\nnumbers = \"x\"\nlogo = \"gone.svg\"\n").unwrap();
    let out = folder.path().join("other.html");
    let output = evenkeel(&["report", "examples/client", "--brand", brand.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("brand.toml:2:1") && told.contains("brand.toml:3:") && !out.exists(), "{told}");
}

#[test]
fn a_file_that_another_argument_names_is_spared() {
    let folder = Folder::new("report-spared");
    let path = folder.path().join("data.txt");
    fs::copy(support::root().join("examples/retirement/returns.csv"), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let name = path.to_str().unwrap();
    for arguments in [
        vec!["performance", "--returns", name, "--out", name],
        vec!["performance", &format!("--returns={name}"), "--out", name],
        vec!["backtest", "examples/history", "--out", "a.html", "--csv", "./a.html"],
    ] {
        let output = evenkeel(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", shown(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains("EK0902"), "{}", shown(&output));
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn limits_that_no_frontier_can_keep_leave_it_out() {
    let folder = Folder::new("report-without-frontier");
    copy_example("endowment", folder.path());
    let (policy, risk) = (folder.path().join("policy.toml"), folder.path().join("risk.toml"));
    let limit = "\n[[limit]]\nname = \"each\"\neach = \"instrument\"\nat_most = 0.05\n";
    fs::write(&policy, fs::read_to_string(&policy).unwrap() + limit).unwrap();
    let out = folder.path().join("report.html");
    let output = evenkeel(&[
        "report",
        folder.path().to_str().unwrap(),
        "--assumptions",
        risk.to_str().unwrap(),
        "--for",
        "board",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1), "refused by the limit: {}", shown(&output));
    let html = fs::read_to_string(&out).unwrap();
    assert!(html.contains("Left out") && html.contains("Return against risk: these cannot all be kept"), "{}", shown(&output));
}

#[test]
fn a_result_may_bear_the_name_of_its_command() {
    let folder = Folder::new("report-name");
    copy_example("client", folder.path());
    let run = |arguments: &[&str]| support::evenkeel_in(folder.path(), arguments);
    let output = run(&["drift", ".", "--as-of", "2026-03-31", "--out", "drift/"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(folder.path().join("drift/contents.csv").exists());
    let output = run(&["drift", "drift", "--as-of", "2026-03-31", "--out", "drift/"]);
    assert!(output.status.code() == Some(2) && shown(&output).contains("another argument names too"), "{}", shown(&output));
}
