//! `evenkeel comply` on limits of laws that look at holdings on some days, with the journal.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Folder, assert_fits, evenkeel_in, shown};

const PRICES: &str = "# kind: raw\ndate,A,B,C\n2023-12-15,10,10,10\n2023-12-29,10,10,10\n2024-02-01,16,10,10\n2024-03-28,16,10,10\n\
                      2024-04-02,16,10,10\n2024-05-02,16,10,10\n2024-06-28,16,10,10\n2024-07-15,16,10,10\n2024-09-30,16,10,10\n";

fn fund(name: &str, preset: &str, prices: &str, events: &str) -> Folder {
    let folder = Folder::new(name);
    let policy = format!(
        "schema_version = 1\nname = \"fund\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 1\n[prices]\nmax_age_days = 5\nmax_jump = 5\n[[target]]\nclass = \"Shares\"\nweight = 0.4\n\
         instruments = [\"A\", \"B\", \"C\"]\n[[target]]\nclass = \"Cash\"\nweight = 0.6\n[[limit]]\npreset = \"{preset}\"\nname = \"law\"\n"
    );
    let household = "schema_version = 1\nid = \"fund\"\n[[owner]]\nid = \"kim\"\nfiling_status = \"single\"\njurisdiction = \"US\"\n\
                     currency = \"USD\"\n[[account]]\nid = \"a\"\nowner = \"kim\"\ntax_treatment = \"untaxed\"\ncurrency = \"USD\"\n";
    let journal = format!("account,kind,trade_date,symbol,quantity,price,gross,lot_method\na,deposit,2023-12-15,,,,1000,\n{events}");
    for (file, text) in [
        ("policy.toml", policy.as_str()),
        ("household.toml", household),
        ("journal.csv", &journal),
        ("prices.csv", prices),
        ("instruments.csv", "symbol,class,currency,issuer\nA,Shares,USD,Acme\nB,Shares,USD,Bolt\nC,Shares,USD,Crown\n"),
    ] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

fn comply(folder: &Folder, day: &str) -> (i32, Value) {
    let output = evenkeel_in(folder.path(), &["comply", ".", "--as-of", day, "--json"]);
    let mut told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["result"].is_object(), "{}", shown(&output));
    // What is told beside the result, as of a broken limit, is as long as it is.
    let text = evenkeel_in(folder.path(), &["comply", ".", "--as-of", day]);
    assert_fits(&String::from_utf8_lossy(&text.stdout));
    (output.status.code().unwrap(), told["result"].take())
}

/// How many limits are broken and tolerated; whether a program reads so of each, and a person that it is no breach.
fn tolerated(told: &Value) -> usize {
    let of = |check: &&Value| !check["tolerated"].is_null();
    told["checks"].as_array().unwrap().iter().filter(of).inspect(|check| assert_eq!(check["status_after"], "broken", "{check}")).count()
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// 20 % each of two issuers; the market takes one to 28.6 %, a purchase to 35.7 %, and a sale within 30 days back to 21.4 %.
#[test]
fn section_851_looks_at_the_close_of_quarters() {
    let events = "a,buy,2023-12-15,A,20,10,,\na,buy,2023-12-15,B,20,10,,\na,buy,2024-05-02,A,5,16,,\na,sell,2024-07-15,A,10,16,,fifo\n";
    let folder = fund("section-851", "irc_851", PRICES, events);
    let of_one = |told: &Value| -> Vec<Value> {
        told["tests"].as_array().unwrap().iter().filter(|test| words(&test["limit"]).contains("one issuer")).cloned().collect()
    };
    // In a quarter, and at its close, what the market alone did is tolerated.
    for day in ["2024-02-01", "2024-03-28"] {
        let (code, told) = comply(&folder, day);
        assert_eq!((code, tolerated(&told)), (0, 1), "{told}");
        assert!(told["notes"].as_array().unwrap().iter().any(|note| words(note).contains("section 851(d)(1)")), "{told}");
        let text = shown(&evenkeel_in(folder.path(), &["comply", ".", "--as-of", day]));
        assert!(text.contains("tolerated (market)") && !text.contains("BROKEN"), "{text}");
    }
    // On the first page of a report it is no broken limit either.
    let report = shown(&evenkeel_in(folder.path(), &["report", ".", "--as-of", "2024-03-28"]));
    assert!(report.contains("TOLERATED") && report.contains("which section 851(d)(1) of the") && !report.contains("LIMITS:"), "{report}");
    let closes = of_one(&comply(&folder, "2024-03-28").1);
    let told: Vec<(&str, bool, &str, bool)> = closes
        .iter()
        .map(|test| (words(&test["date"]), test["broken"] == true, words(&test["cause"]), test["is_breach"] == true))
        .collect();
    assert_eq!(told, [("2023-12-29", false, "", false), ("2024-03-28", true, "market", false)]);
    // An acquisition makes it worse: from then on it is its result, too.
    let (code, told) = comply(&folder, "2024-05-02");
    assert_eq!((code, tolerated(&told)), (1, 0));
    assert!(shown(&evenkeel_in(folder.path(), &["comply", ".", "--as-of", "2024-05-02"])).contains("BROKEN"));
    let (code, told) = comply(&folder, "2024-06-28");
    let last = of_one(&told).pop().unwrap();
    assert_eq!((code, words(&last["cause"]), last["is_breach"] == true), (1, "acquisition", true));
    assert_eq!(
        (words(&last["acquired"][0]), words(&last["acquired"][1][0]), words(&last["cure_until"])),
        ("2024-05-02", "A", "2024-07-30")
    );
    assert_eq!(last["cured"], Value::Null);
    // Done away with within 30 days, it is none.
    let (code, told) = comply(&folder, "2024-09-30");
    let closes = of_one(&told);
    assert_eq!((code, closes.len()), (0, 4));
    assert_eq!((&closes[2]["cured"], &closes[2]["is_breach"]), (&Value::from(true), &Value::from(false)));
    // Without the sale it stays one.
    let kept = events.split("a,sell").next().unwrap();
    let (code, told) = comply(&fund("section-851-kept", "irc_851", PRICES, kept), "2024-09-30");
    assert_eq!((code, &of_one(&told)[2]["cured"]), (1, &Value::from(false)));
}

/// The market takes one issuer far above, a purchase another a little: the purchase is the breach.
#[test]
fn what_the_market_did_does_not_hide_what_was_bought() {
    let prices = PRICES.replace(",16,10,", ",30,12,");
    let events = "a,buy,2023-12-15,A,15,10,,\na,buy,2023-12-15,B,24,10,,\na,buy,2024-05-02,B,10,12,,\n";
    let (code, told) = comply(&fund("market-and-bought", "irc_851", &prices, events), "2024-06-28");
    let of = |issuer: &str| -> Value {
        let tests = told["tests"].as_array().unwrap();
        tests.iter().rfind(|test| words(&test["limit"]).ends_with(issuer)).unwrap_or(&Value::Null).clone()
    };
    assert_eq!((code, words(&of("Acme")["cause"]), words(&of("Bolt")["cause"])), (1, "market", "acquisition"), "{told}");
    assert_eq!((&of("Acme")["is_breach"], &of("Bolt")["is_breach"]), (&Value::from(false), &Value::from(true)));
}

#[test]
fn nothing_is_tolerated_before_a_quarter_was_closed_with_the_law_kept() {
    let prices = PRICES.replace("2023-12-29,10", "2023-12-29,16");
    let folder = fund("never-met", "irc_851", &prices, "a,buy,2023-12-15,A,20,10,,\na,buy,2023-12-15,B,20,10,,\n");
    let (code, told) = comply(&folder, "2024-03-28");
    let broken: Vec<&Value> = told["tests"].as_array().unwrap().iter().filter(|test| test["broken"] == true).collect();
    assert!(
        code == 1 && broken.len() == 2 && broken.iter().all(|test| test["cause"] == "never_met" && test["is_breach"] == true),
        "{told}"
    );
}

/// Two issuers of 10 %; one doubles, another small one is bought, and then more of a large one.
#[test]
fn the_1940_act_looks_after_acquisitions() {
    let prices = PRICES.replace(",16,", ",20,");
    let first = "a,buy,2023-12-15,A,10,10,,\na,buy,2023-12-15,B,10,10,,\n";
    let market = fund("act-market", "us_1940_act_75_5_10", &prices, &format!("{first}a,buy,2024-04-02,C,1,10,,\n"));
    let (code, told) = comply(&market, "2024-06-28");
    assert_eq!((code, told["tests"].as_array().unwrap().len(), tolerated(&told)), (0, 0, 1), "{told}");
    let bought = fund("act-bought", "us_1940_act_75_5_10", &prices, &format!("{first}a,buy,2024-05-02,B,1,10,,\n"));
    let (code, told) = comply(&bought, "2024-06-28");
    let test = &told["tests"][0];
    assert_eq!(
        (code, words(&test["occasion"]), words(&test["date"]), &test["is_breach"]),
        (1, "acquisition", "2024-05-02", &Value::from(true))
    );
}

/// Without a journal it is not known what broke the limit: it counts as broken, and the reason is told.
#[test]
fn without_a_journal_what_broke_a_limit_is_not_told() {
    let folder = fund("no-journal", "irc_851", PRICES, "");
    fs::remove_file(folder.path().join("journal.csv")).unwrap();
    fs::write(folder.path().join("holdings.csv"), "account,symbol,quantity,acquired,cost_basis\na,A,20,,\na,B,20,,\na,CASH:USD,600,,\n")
        .unwrap();
    let (code, told) = comply(&folder, "2024-03-28");
    assert_eq!(code, 1);
    assert!(told["notes"].as_array().unwrap().iter().any(|note| words(note).contains("what did it is not told")), "{told}");
}
