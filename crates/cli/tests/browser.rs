//! Reports in a real browser, as wide as a telephone and as a desktop: nothing overflows, no chart is empty, no text is cut.
//!
//! Skipped, and said so, where no Chromium is: `CHROMIUM` names one that is not on the path. The rules of axe-core on
//! accessibility are asked too, where its script is.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{Folder, evenkeel, shown};

/// Looks at a page within a frame of some width, and says what is wrong with it.
const LOOK: &str = include_str!("support/look.js");

fn chromium() -> Option<String> {
    let named = std::env::var("CHROMIUM").ok();
    let known = ["chromium", "chromium-browser", "google-chrome"].map(str::to_owned);
    named.into_iter().chain(known).find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()))
}

/// The script of axe-core: `AXE` names it, or `make test` has brought it.
fn axe() -> Option<PathBuf> {
    let named = std::env::var_os("AXE").map(PathBuf::from);
    let found = named.or_else(|| {
        let tools = fs::read_dir(support::root().join("target/tools")).ok()?;
        let mut scripts: Vec<PathBuf> = tools.flatten().map(|tool| tool.path().join("node_modules/axe-core/axe.min.js")).collect();
        scripts.sort();
        scripts.into_iter().rfind(|script| script.exists())
    });
    if found.is_none() {
        eprintln!("SKIPPED: the rules of axe-core, as it is not here: name its axe.min.js with AXE, or run `make test` with npm");
    }
    found
}

/// What is wrong with a page at a width.
fn faults(chromium: &str, folder: &Folder, page: &str, width: u32) -> Vec<String> {
    let mut within = String::new();
    for letter in page.chars() {
        match letter {
            '&' => within += "&amp;",
            '"' => within += "&quot;",
            letter => within.push(letter),
        }
    }
    let mut outer = String::from("<!doctype html><meta charset=\"utf-8\"><body style=\"margin:0\">");
    write!(outer, "<iframe id=\"page\" style=\"border:0;width:{width}px;height:900px\" srcdoc=\"{within}\"></iframe>").unwrap();
    let axe = Value::from(axe().map(|script| format!("file://{}", script.display())));
    write!(outer, "<pre id=\"found\">nothing</pre><script>const AXE = {axe};\n{LOOK}</script>").unwrap();
    let path = folder.path().join("outer.html");
    fs::write(&path, outer).unwrap();
    let profile = folder.path().join("profile");
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--window-size=1400,1000", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", path.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let found = dom.split("<pre id=\"found\">").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap_or("no page");
    let found = found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let faults: Vec<Value> =
        serde_json::from_str(&found).unwrap_or_else(|_| vec![Value::String(format!("the page was not looked at: {found}"))]);
    faults.into_iter().map(|fault| format!("{width} px: {}", fault.as_str().unwrap_or_default())).collect()
}

#[test]
fn reports_can_be_read_on_telephones_and_desktops() {
    let Some(chromium) = chromium() else {
        eprintln!("SKIPPED: no Chromium is installed; name one with CHROMIUM");
        return;
    };
    let folder = Folder::new("browser");
    let risk = ["--assumptions", "examples/endowment/risk.toml", "--as-of", "2026-06-30"];
    let runs: [Vec<&str>; 5] = [
        [&["report", "examples/endowment", "--for", "board"][..], &risk].concat(),
        vec!["report", "examples/client", "--for", "client"],
        vec!["report", "examples/performance", "--for", "investor"],
        vec!["report", "examples/history", "--for", "researcher"],
        vec!["report", "examples/family", "--for", "operations"],
    ];
    let mut all = Vec::new();
    for run in &runs {
        let path = folder.path().join("report.html");
        let output = evenkeel(&[&run[..], &["--out", path.to_str().unwrap()]].concat());
        assert!(path.exists(), "{}", shown(&output));
        let page = fs::read_to_string(&path).unwrap();
        for width in [390, 1280] {
            all.extend(faults(&chromium, &folder, &page, width).into_iter().map(|fault| format!("{run:?} {fault}")));
        }
        fs::remove_file(&path).unwrap();
    }
    assert!(all.is_empty(), "{all:#?}");
    assert!(!Path::new("outer.html").exists());
}

#[test]
fn the_look_finds_what_is_wrong() {
    let Some(chromium) = chromium() else {
        eprintln!("SKIPPED: no Chromium is installed; name one with CHROMIUM");
        return;
    };
    let folder = Folder::new("browser-wrong");
    let wrong = "<!doctype html><html lang=\"en\"><title>x</title><body><h1>x</h1><p style=\"width:2000px\">wide</p><p>NaN %</p>\
                 <figure><figcaption>f</figcaption><div class=\"wide\"><svg viewBox=\"0 0 100 100\"></svg></div></figure><img src=\"\"></body></html>";
    let found = faults(&chromium, &folder, wrong, 390).join("\n");
    let by_axe = axe().map(|_| "image-alt");
    for fault in ["wider", "NaN", "empty", "alt"].into_iter().chain(by_axe) {
        assert!(found.contains(fault), "{fault}: {found}");
    }
}
