//! `evenkeel tax-year`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Folder, assert_fits, copy_example, evenkeel, evenkeel_in, shown};

const RUN: [&str; 4] = ["tax-year", ".", "--year", "2025"];

fn example(name: &str) -> Folder {
    let folder = Folder::new(&format!("tax-year-{name}"));
    copy_example("taxes", folder.path());
    folder
}

/// Runs on the example after changes to its files, which must be refused with these words.
fn refused(name: &str, changes: &[(&str, &str, &str)], arguments: &[&str], words: &[&str]) {
    let folder = example(name);
    for (file, from, to) in changes {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(&path, text.replace(from, to)).unwrap();
    }
    let output = evenkeel_in(folder.path(), &[&RUN[..], arguments].concat());
    let told = shown(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    for word in words {
        assert!(told.contains(word), "`{word}` is missing in:\n{told}");
    }
}

#[test]
fn tells_a_year_of_two_spouses() {
    let text = shown(&evenkeel(&["tax-year", "examples/taxes", "--year", "2025"]));
    assert_fits(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn a_stricter_identity_and_a_later_day_change_what_is_not_allowed() {
    let run = |more: &[&str]| {
        let output = evenkeel(&[&["tax-year", "examples/taxes", "--year", "2025", "--json"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let mut envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
        envelope["result"]["returns"][0].take()
    };
    let symbols = |tax_return: &Value| -> Vec<String> {
        tax_return["wash_sales"].as_array().unwrap().iter().map(|row| row["symbol"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(symbols(&run(&[])), ["VXUS", "VTI", "BND"]);
    assert_eq!(symbols(&run(&["--identical", "instrument"])), ["VXUS", "BND"]);
    assert_eq!(run(&[])["provisional"].as_array().unwrap().len(), 1);
    assert_eq!(run(&["--through", "2026-01-28"])["provisional"].as_array().unwrap().len(), 0);
    assert_eq!(run(&["--owner", "ben"])["owners"], serde_json::json!(["ann", "ben"]));
    // Days that are left out are as if nothing had happened on them.
    assert_eq!(symbols(&run(&["--through", "2025-04-06"])), ["VXUS"]);
}

#[test]
fn writes_the_disposals_for_form_8949() {
    let folder = example("csv");
    let output = evenkeel_in(folder.path(), &[&RUN[..], &["--csv", "form-8949.csv"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("form-8949.csv")).unwrap());
    // A table that is not of this kind is spared.
    let output = evenkeel_in(folder.path(), &[&RUN[..], &["--csv", "journal.csv"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
}

/// Amounts of the form are cents, and proceeds less basis with the adjustment added are the gain; JSON is exact.
#[test]
fn amounts_for_people_are_cents() {
    let folder = Folder::new("tax-year-cents");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    put(
        "household.toml",
        "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"a\"\nfiling_status = \"single\"\njurisdiction = \"US-TX\"\n\
         currency = \"USD\"\nrates = { ordinary = 0.3 }\n[[account]]\nid = \"t\"\nowner = \"a\"\ntax_treatment = \"taxable\"\n\
         currency = \"USD\"\n",
    );
    put("instruments.csv", "symbol,class,currency,lot_size\nX,Equity,USD,fractional\n");
    put(
        "journal.csv",
        "account,kind,trade_date,symbol,quantity,gross,lots\n\
         t,buy,2024-01-10,X,300,10000,\n\
         t,sell,2024-06-05,X,101,1000,1:101\n\
         t,buy,2024-06-10,X,7,80,\n\
         t,dividend,2024-06-20,X,,50,\n",
    );
    let output = evenkeel_in(folder.path(), &["tax-year", ".", "--year", "2024", "--csv", "form.csv"]);
    let told = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    // 101 · 10,000 ÷ 300 − 1,000 = 2,366.67, of which 7 ÷ 101 are not allowed: 164.03.
    assert!(told.contains("2,202.64 USD of loss reduces ordinary income."), "{told}");
    assert!(told.contains("1 dividend without `ex_date`"), "{told}");
    let csv = fs::read_to_string(folder.path().join("form.csv")).unwrap();
    assert!(csv.contains(",1000.00,3366.67,W,164.03,-2202.64,USD,"), "{csv}");
    let output = evenkeel_in(folder.path(), &["tax-year", ".", "--year", "2024", "--json"]);
    let envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = &envelope["result"]["returns"][0]["parts"][0]["disposals"][0];
    assert_eq!(row["basis"]["amount"].as_str(), Some("3366.666666667"), "{row}");
}

#[test]
fn a_lot_without_basis_or_date_is_told_with_the_row_that_sells_it() {
    refused(
        "basis",
        &[("holdings.csv", "late,2024-07-16,16680.00", "late,2024-07-16,")],
        &[],
        &["EK0218", "lot late of VTI in account `brokerage` has no cost basis", "journal.csv:4", "write it in holdings.csv"],
    );
    refused("date", &[("holdings.csv", "bonds,2021-03-11,", "bonds,,")], &[], &["has no date of purchase", "journal.csv:9"]);
}

#[test]
fn records_that_overlap_are_told() {
    let words =
        ["EK0802", "event 1 is dated 2024-12-24, and the holdings are those of 2024-12-31: they overlap", "journal.csv:3", "--opening"];
    refused("overlap", &[], &["--opening", "2024-12-31"], &words);
    // A lot bought after the day of the holdings shows that they are later than the journal's beginning.
    let words = ["EK0214", "2025-02-05"];
    refused("later-lot", &[("holdings.csv", "intl,2024-02-05", "intl,2025-02-05")], &[], &words);
}

#[test]
fn events_that_the_books_do_not_take_are_told_with_their_row() {
    refused(
        "oversold",
        &[("journal.csv", "BND,150,72.60", "BND,151,72.60")],
        &[],
        &["151 units are sold and 150 are held", "journal.csv:9"],
    );
    // A correction of a past day belongs on the day on which it was learned.
    let change = ("journal.csv", "sell,2025-09-10", "sell,2025-03-10");
    refused("correction", &[change], &[], &["EK0222", "is dated 2025-03-10, before event", "book a late one on the day it was learned"]);
}

#[test]
fn unknown_places_years_and_people_are_told() {
    let state = ("household.toml", "US-CO", "US-XX");
    refused("state", &[state], &[], &["EK0801", "`XX` is no part of that country: write the two letters of a state"]);
    refused("country", &[("household.toml", "US-CO", "FR")], &[], &["taxed in `FR`, whose rules are not modeled"]);
    let year = example("year");
    let output = evenkeel_in(year.path(), &["tax-year", ".", "--year", "2030"]);
    assert_eq!(output.status.code(), Some(2));
    let told = shown(&output);
    assert!(told.contains("no table of taxes of the United States for 2030: there are those for 2020"), "{told}");
    assert!(told.contains("put `rates` in the place of `income`"), "{told}");
    let output = evenkeel_in(year.path(), &["tax-year", ".", "--year", "32000"]);
    assert!(shown(&output).contains("`--year 32000` is no year") && shown(&output).contains("such as 2025"), "{}", shown(&output));
    refused("owner", &[], &["--owner", "eve"], &["there is no owner `eve`"]);
    let twins = ("household.toml", "id = \"ben-ira\"", "id = \"brokerage\"");
    refused(
        "accounts",
        &[twins, ("journal.csv", "ben-ira", "brokerage"), ("holdings.csv", "ben-ira", "brokerage")],
        &[],
        &["EK0221", "names two accounts"],
    );
    let apart =
        ("household.toml", "id = \"ben\"\nfiling_status = \"married_jointly\"", "id = \"ben\"\nfiling_status = \"married_separately\"");
    refused("apart", &[apart], &[], &["files one return with the spouse"]);
    let single = ("household.toml", "filing_status = \"married_jointly\"", "filing_status = \"single\"");
    refused("single", &[single], &[], &["EK0801", "`ann` has the spouse `ben` and files as `single`", "leave `spouse` out"]);
    let early = example("early");
    let output = evenkeel_in(early.path(), &["tax-year", ".", "--year", "2023"]);
    assert_eq!(output.status.code(), Some(2));
    let words = ["EK0802", "the tax year ends on 2023-12-31, and the records begin on the evening of 2024-12-23"];
    assert!(words.iter().all(|words| shown(&output).contains(words)), "{}", shown(&output));
}

/// The same command under other rules: share identification, the exempt amount, the year from 6 April.
#[test]
fn tells_a_year_in_the_united_kingdom() {
    let folder = Folder::new("tax-year-gb");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    put(
        "household.toml",
        r#"schema_version = 1
id = "leeds"

[[owner]]
id = "sam"
filing_status = "single"
jurisdiction = "GB-ENG"
currency = "GBP"
income = { ordinary = 34700 }

[[account]]
id = "dealing"
owner = "sam"
tax_treatment = "taxable"
currency = "GBP"
basis_method = "pooled"

[[account]]
id = "isa"
owner = "sam"
tax_treatment = "exempt"
currency = "GBP"
basis_method = "pooled"
"#,
    );
    put("instruments.csv", "symbol,class,currency\nVWRL,Equity,GBP\nISF,Equity/UK,GBP\n");
    put("holdings.csv", "account,symbol,quantity,cost_basis\ndealing,VWRL,400,22000\ndealing,ISF,3000,18900\n");
    put(
        "journal.csv",
        "account,kind,trade_date,symbol,quantity,price,fees\n\
         dealing,sell,2025-04-04,VWRL,50,88.00,6\n\
         dealing,sell,2025-05-12,VWRL,150,92.40,6\n\
         dealing,buy,2025-06-02,VWRL,40,90.10,6\n\
         dealing,sell,2025-11-20,ISF,1000,5.80,6\n\
         isa,buy,2025-11-24,ISF,1000,5.75,6\n\
         dealing,sell,2026-03-30,VWRL,60,101.20,6\n",
    );
    let output = evenkeel_in(folder.path(), &RUN);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let text = shown(&output);
    assert_fits(&text);
    insta::assert_snapshot!(text);
}

/// What is advised where a year has no table does away with the error.
#[test]
fn the_remedy_for_a_year_without_a_table_works() {
    let folder = Folder::new("tax-year-without-table");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let household = |jurisdiction: &str, currency: &str, income: &str| {
        format!(
            "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"kim\"\nfiling_status = \"single\"\njurisdiction = \"{jurisdiction}\"\n\
             currency = \"{currency}\"\n{income}\n[[account]]\nid = \"a\"\nowner = \"kim\"\ntax_treatment = \"taxable\"\n\
             currency = \"{currency}\"\n"
        )
    };
    let rates = "rates = { ordinary = 0.3, long_term = 0.2, state = 0.0 }";
    put(
        "journal.csv",
        "account,kind,trade_date,symbol,quantity,price,lot_method\na,buy,2009-05-01,X,10,100,\na,sell,2010-06-01,X,10,150,fifo\n",
    );
    let run = |year: &str| shown(&evenkeel_in(folder.path(), &["tax-year", ".", "--year", year]));
    // The exempt amount of the United Kingdom is a year's own: what is advised is another year, whatever is stated.
    put("instruments.csv", "symbol,class,currency\nX,Equity,GBP\n");
    for stated in ["income = { ordinary = 30000 }", rates] {
        put("household.toml", &household("GB", "GBP", stated));
        for year in ["2010", "2027"] {
            let told = run(year);
            assert!(told.starts_with("exit code 2") && told.contains("EK0801") && told.contains("name one of those years"), "{told}");
            assert!(!told.contains("leave `income` out"), "{told}");
        }
        assert!(run("2020").starts_with("exit code 0"), "{}", run("2020"));
    }
    // Rates need no table in the United States.
    put("instruments.csv", "symbol,class,currency\nX,Equity,USD\n");
    put("household.toml", &household("US", "USD", "income = { ordinary = 30000 }"));
    assert!(run("2010").contains("put `rates` in the place of `income`"), "{}", run("2010"));
    put("household.toml", &household("US", "USD", rates));
    assert!(run("2010").contains("100.00") && run("2010").starts_with("exit code 0"), "{}", run("2010"));
    assert!(run("2027").starts_with("exit code 0"), "{}", run("2027"));
    // Neither of the two is a tax of 0, and it is said.
    put("household.toml", &household("US", "USD", ""));
    assert!(run("2010").contains("every tax is told as 0"), "{}", run("2010"));
}

#[test]
fn a_decision_counts_what_the_journal_has_realized_in_the_year() {
    let folder = Folder::new("tax-year-so-far");
    copy_example("performance", folder.path());
    let path = folder.path().join("journal.csv");
    let journal = fs::read_to_string(&path).unwrap();
    let paid = "brokerage,tax,2025-04-11";
    let sold = format!("brokerage,sell,2025-04-04,WORLD,400,30.00,,2.00,,fifo\n{paid}");
    fs::write(&path, journal.replace(paid, &sold)).unwrap();
    let output = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "2025-12-26", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let taxes = document["result"]["proposal"]["taxes"].to_string();
    let told = shown(&evenkeel_in(folder.path(), &["tax-year", ".", "--year", "2025"]));
    assert!(taxes.contains("-5773.448") && told.contains("5,773.45"), "{taxes}\n{told}");
}

#[test]
fn a_gain_budget_for_pooled_shares_is_refused() {
    let folder = Folder::new("tax-year-pooled-budget");
    copy_example("performance", folder.path());
    for (file, from, to) in [
        ("household.toml", "jurisdiction = \"US\"", "jurisdiction = \"GB\""),
        ("policy.toml", "[bands]", "[tax]\ngain_budget = 5000\n\n[bands]"),
    ] {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}:\n{text}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
    let output = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", "2025-12-26"]);
    let told = shown(&output);
    assert!(output.status.code() == Some(2) && told.contains("`gain_budget` cannot be kept for `kim`"), "{told}");
}

#[test]
fn tags_that_say_nothing_of_taxes_are_told_at_their_place() {
    let folder = example("tags");
    let path = folder.path().join("instruments.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("collectible,", "colectible,").replace(",ordinary", ",Ordinary")).unwrap();
    let told = shown(&evenkeel_in(folder.path(), &RUN));
    for said in
        ["`colectible`", "instruments.csv:7", "write collectible for gold", "`Ordinary`", "instruments.csv:6", "says nothing of taxes"]
    {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!shown(&evenkeel(&["tax-year", "examples/taxes", "--year", "2025"])).contains("says nothing of taxes"));
}
