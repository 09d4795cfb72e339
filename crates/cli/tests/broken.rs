//! Broken inputs, one by one: exit code 2, the file and line, and nothing written.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;
use std::path::Path;

use support::{Folder, copy_example, evenkeel, evenkeel_in, shown};

/// A defect: a file, a text of it and what replaces that, and the place that is told.
struct Defect {
    file: &'static str,
    text: &'static str,
    becomes: &'static str,
    told: &'static str,
}

const fn defect(file: &'static str, text: &'static str, becomes: &'static str, told: &'static str) -> Defect {
    Defect { file, text, becomes, told }
}

const DEFECTS: [Defect; 25] = [
    defect("policy.toml", "weight = 0.60", "weight = \"0.60\"", "policy.toml:9:10"),
    defect("policy.toml", "weight = 0.60", "weight = 0.61", "policy.toml:"),
    defect("policy.toml", "weight = 0.60", "weigth = 0.60", "policy.toml:9:1"),
    defect("policy.toml", "base_currency = \"USD\"", "base_currency = \"Dollar\"", "policy.toml:5:17"),
    defect("policy.toml", "[[target]]", "[[target]", "policy.toml:7:"),
    defect("policy.toml", "schema_version = 1", "schema_version = 9", "policy.toml:3:18"),
    defect("policy.toml", "\"VXUS\"", "\"VXUZ\"", "VXUZ"),
    defect("policy.toml", "schedule = \"quarter_end\"", "schedule = \"sometimes\"", "policy.toml:"),
    defect("household.toml", "owner = \"robin\"", "owner = \"robyn\"", "household.toml:"),
    defect("household.toml", "tax_treatment = \"exempt\"", "tax_treatment = \"free\"", "household.toml:"),
    defect("household.toml", "\"AGG\", \"VNQ\"]", "\"AGGG\", \"VNQ\"]", "household.toml:"),
    defect("instruments.csv", "currency,issuer", "curency,issuer", "instruments.csv:2:"),
    defect("instruments.csv", "USD,Vanguard,0.0001", "USD,Vanguard,1 %", "instruments.csv:3:"),
    defect("instruments.csv", "ITOT,Core", "VTI,Core", "instruments.csv:4:1"),
    defect("holdings.csv", "brokerage,VTI,160", "brokerage,VTI,16O", "holdings.csv:3:15"),
    defect("holdings.csv", "brokerage,VTI,160", "brokrage,VTI,160", "holdings.csv:3:1"),
    defect("holdings.csv", "brokerage,VTI,160", "brokerage,VTY,160", "holdings.csv:3:11"),
    defect("holdings.csv", "2019-05-14", "2029-05-14", "holdings.csv:3:"),
    defect("holdings.csv", "ira,BND,900", "ira,BND,-900", "holdings.csv:10:"),
    defect("holdings.csv", "brokerage,CASH:USD", "brokerage,CASH", "such as CASH:USD"),
    defect("holdings.csv", "account,symbol,quantity,acquired,cost_basis", "account;symbol;quantity;acquired;cost_basis", "parted by `;`"),
    defect("prices.csv", "# kind: raw\n", "", "prices.csv:1:1"),
    defect("prices.csv", "342.10", "NaN", "prices.csv:6:12"),
    defect("prices.csv", "2026-03-31", "2026-03-32", "prices.csv:6:1"),
    defect("prices.csv", "# kind: raw", "# kind: rwa", "prices.csv:2:9"),
];

fn break_file(folder: &Path, defect: &Defect) {
    let path = folder.join(defect.file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(defect.text), "{} has no {}", defect.file, defect.text);
    fs::write(path, text.replacen(defect.text, defect.becomes, 1)).unwrap();
}

#[test]
fn every_defect_is_told_with_its_place() {
    for defect in &DEFECTS {
        let folder = Folder::new("broken");
        copy_example("family", folder.path());
        break_file(folder.path(), defect);
        let files = folder.files();
        let output = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "2026-03-31", "--out", "proposal.txt"]);
        let case = format!("{}: {} → {}\n{}", defect.file, defect.text, defect.becomes, shown(&output));
        assert_eq!(output.status.code(), Some(2), "{case}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(defect.told), "expected {} in {case}", defect.told);
        assert!(told.contains("error[EK") && told.contains("help: "), "{case}");
        assert!(output.stdout.is_empty(), "{case}");
        assert_eq!(folder.files(), files, "{case}");
    }
}

#[test]
fn all_defects_are_told_at_once() {
    let folder = Folder::new("broken-all");
    copy_example("family", folder.path());
    for index in [0, 9, 16, 22] {
        break_file(folder.path(), &DEFECTS[index]);
    }
    insta::assert_snapshot!(shown(&evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "2026-03-31"])));
}

#[test]
fn a_missing_file_is_named() {
    let folder = Folder::new("broken-missing");
    copy_example("family", folder.path());
    fs::remove_file(folder.path().join("prices.csv")).unwrap();
    let output = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "2026-03-31", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["status"], "invalid");
    assert!(told["diagnostics"][0]["message"].as_str().unwrap().contains("prices.csv"));
    assert!(told["result"].is_null());
}

#[test]
fn a_broken_hard_limit_is_refused() {
    let folder = Folder::new("broken-limit");
    copy_example("family", folder.path());
    // The targets alone would keep it; one account's cash cannot.
    break_file(
        folder.path(),
        &defect(
            "policy.toml",
            "[[limit]]\nname = \"equity\"",
            "[[limit]]\nname = \"one fund\"\neach = \"instrument\"\nat_most = 0.20\n\n[[limit]]\nname = \"equity\"",
            "",
        ),
    );
    let output = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "2026-03-31"]);
    let text = shown(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("REFUSED: "), "{text}");
    assert!(text.contains("policy.toml:"), "{text}");
}

#[test]
fn arguments_are_checked_against_the_inputs() {
    let folder = Folder::new("broken-arguments");
    copy_example("family", folder.path());
    let run = |further: &[&str]| evenkeel_in(folder.path(), &[&["rebalance", "."], further].concat()).status.code();
    assert_eq!(run(&[]), Some(2), "no date");
    assert_eq!(run(&["--as-of", "today"]), Some(2));
    assert_eq!(run(&["--as-of", "2026-03-31", "--contribute", "100@nowhere"]), Some(2));
    assert_eq!(run(&["--as-of", "2026-03-31", "--contribute", "-100"]), Some(2));
    assert_eq!(run(&["--as-of", "2026-03-31", "--last-rebalance", "2026-04-01"]), Some(2), "a rebalance to come");
    assert_eq!(run(&["--as-of", "2026-03-31", "--last-review", "2026-04-01"]), Some(2), "a review to come");
    assert_eq!(run(&["--as-of", "2026-03-31", "--last-rebalance", "2026-03-31"]), Some(0), "the day itself");
    assert_eq!(run(&["--as-of", "2026-03-31", "--withdraw", "9999999@roth"]), Some(1), "more than there is");
}

/// What can be raised does not depend on how much more is asked for.
#[test]
fn what_cannot_be_raised_is_told_with_what_is_missing() {
    let folder = Folder::new("broken-withdrawal");
    copy_example("family", folder.path());
    let missing = |flow: &str| {
        let output = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "2026-03-31", "--withdraw", flow]);
        assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
        let text = shown(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, told) = text.split_once("error[EK0905]: ").unwrap();
        told.split_once("which is ").unwrap().1.split_once(" USD more than can be raised").unwrap().0.replace(',', "")
    };
    // The household is worth 296,880.50; the brokerage account raises 6,200.00 of cash and 154,272.50 of funds less
    // 86.03 of costs.
    assert_eq!(missing("280000"), "119613.53");
    assert_eq!(missing("300000"), "139613.53");
    assert_eq!(missing("10000000"), "9839613.53");
}

#[test]
fn a_value_too_large_is_told_with_its_name() {
    let folder = Folder::new("broken-large");
    copy_example("family", folder.path());
    break_file(folder.path(), &defect("holdings.csv", "brokerage,VTI,160", "brokerage,VTI,9999999999999999999999999999", ""));
    let text = shown(&evenkeel_in(folder.path(), &["drift", ".", "--as-of", "2026-03-31"]));
    assert!(text.contains("error[EK0602]: the value of `VTI` cannot be counted"), "{text}");
    assert!(text.contains("help: ") && text.contains("holdings file"), "{text}");
}

/// What has nothing to do with the mistake is no remedy.
#[test]
fn remedies_fit_the_mistake() {
    let folder = Folder::new("broken-remedies");
    copy_example("family", folder.path());
    let told = |arguments: &[&str]| {
        let output = evenkeel_in(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        shown(&output).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let contribution = told(&["rebalance", ".", "--as-of", "2026-03-31", "--contribute", "-5"]);
    assert!(contribution.contains("must be above zero") && !contribution.contains("-- -5"), "{contribution}");
    let table = told(&["check", "holdings.csv"]);
    assert!(table.contains("`holdings.csv` is a table") && table.matches("error[").count() == 1, "{table}");
    let replaced = told(&["drift", ".", "--as-of", "2026-03-31", "--out", "policy.toml"]);
    assert!(replaced.contains("help: name another file"), "{replaced}");

    break_file(folder.path(), &defect("holdings.csv", "brokerage,BND,", "brokerage,BNX,", ""));
    let unknown = told(&["check", ".", "--as-of", "2026-03-31"]);
    assert!(unknown.contains("help: did you mean `BND`?"), "{unknown}");
    break_file(folder.path(), &defect("holdings.csv", "brokerage,BNX,", "brokerage,USD,", ""));
    assert!(told(&["check", ".", "--as-of", "2026-03-31"]).contains("help: write cash as CASH:"));
}

/// A program that asks for JSON gets JSON, whatever was wrong with what it asked.
#[test]
fn arguments_that_cannot_be_used_are_told_as_a_document() {
    let folder = Folder::new("broken-json");
    for (arguments, command, words) in [
        (&["rebalance", ".", "--json"][..], "rebalance", "--as-of"),
        (&["--json", "rebalance", ".", "--as-of", "today"], "rebalance", "today"),
        (&["journal", "append", ".", "--json"], "journal append", "--events"),
        (&["allocate", "--horizon", "101", "--json"], "allocate", "from 0 to 100 years"),
        (&["allocate", "--horizon", "-1", "--json"], "allocate", "from 0 to 100 years"),
        (&["nonsense", "--json"], "", "nonsense"),
    ] {
        let output = evenkeel_in(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&document["command"], &document["status"]), (&command.into(), &"invalid".into()), "{document}");
        assert_eq!(document["diagnostics"][0]["code"], "EK0901");
        assert!(document["diagnostics"][0]["message"].as_str().unwrap().contains(words), "{document}");
    }
    let help = evenkeel_in(folder.path(), &["rebalance", "--json", "--help"]);
    assert_eq!((help.status.code(), help.stdout.starts_with(b"{")), (Some(0), false));
}

#[test]
fn a_price_that_is_missing_is_told_once() {
    let folder = Folder::new("broken-price");
    copy_example("family", folder.path());
    let path = folder.path().join("prices.csv");
    let text = fs::read_to_string(&path).unwrap();
    // All prices of the third symbol, VXUS, are taken out.
    let without = text.lines().map(|line| match line.splitn(5, ',').collect::<Vec<_>>().as_slice() {
        [date, a, b, price, rest] if price.parse::<f64>().is_ok() => format!("{date},{a},{b},,{rest}\n"),
        _ => format!("{line}\n"),
    });
    fs::write(&path, without.collect::<String>()).unwrap();
    for command in ["rebalance", "check", "drift"] {
        let output = shown(&evenkeel_in(folder.path(), &[command, ".", "--as-of", "2026-03-31"]));
        assert_eq!(output.matches("[EK0306]").count(), 1, "{output}");
        assert!(output.contains("error[EK0306]: `VXUS` is held"), "{output}");
    }
}

#[test]
fn a_result_replaces_no_input() {
    let folder = Folder::new("spared");
    copy_example("client", folder.path());
    let policy = folder.path().join("policy.toml");
    let before = std::fs::read_to_string(&policy).unwrap();
    let output = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "2026-03-31", "--out", "policy.toml"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert_eq!(std::fs::read_to_string(&policy).unwrap(), before);
}

#[test]
fn a_number_below_zero_is_judged_by_what_it_means() {
    let told = shown(&evenkeel(&["walk-forward", "examples/optimized", "--train", "-1"]));
    assert!(told.contains("`--train` of -1 years"), "{told}");
    let fallen = evenkeel(&["simulate", "examples/retirement", "--inflation", "-0.01", "--value", "100000"]);
    assert_eq!(fallen.status.code(), Some(0), "{}", shown(&fallen));
}

#[test]
fn variants_are_not_kept_among_the_inputs() {
    let folder = Folder::new("sweep-into-inputs");
    copy_example("history", folder.path());
    let before = folder.files();
    let output = evenkeel_in(folder.path(), &["sweep", ".", "--grid", "bands.absolute=0.02,0.05", "--into", "./"]);
    assert!(shown(&output).contains("folder of the inputs"), "{}", shown(&output));
    assert_eq!(folder.files(), before);
}

/// What is bought in the last year of the calendar is held for less than a year.
#[test]
fn the_last_year_of_the_calendar_has_terms_too() {
    let folder = Folder::new("last-year");
    let files = [
        (
            "policy.toml",
            "schema_version = 1\nname = \"P\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.02\n[[target]]\nclass = \"Equity\"\nweight = 0.5\ninstruments = [\"A\"]\n[[target]]\nclass = \"Bonds\"\nweight = 0.5\ninstruments = [\"B\"]\n",
        ),
        (
            "household.toml",
            "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"o\"\nfiling_status = \"single\"\njurisdiction = \"US\"\ncurrency = \"USD\"\n[[account]]\nid = \"a\"\nowner = \"o\"\ntax_treatment = \"taxable\"\ncurrency = \"USD\"\n",
        ),
        ("instruments.csv", "symbol,name,class,currency\nA,A,Equity,USD\nB,B,Bonds,USD\n"),
        ("holdings.csv", "account,symbol,quantity,acquired,cost_basis\na,A,200,9999-03-20,16000\na,B,20,9999-03-20,1500\n"),
        ("prices.csv", "# kind: raw\ndate,symbol,price\n9999-12-30,A,100\n9999-12-30,B,100\n"),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let output = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "9999-12-31"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}
