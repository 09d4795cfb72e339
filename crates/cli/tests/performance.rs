//! `evenkeel performance` and `evenkeel attribute`, by whole commands.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use support::{Folder, assert_fits, copy_example, evenkeel, evenkeel_in, root, shown};

fn said(arguments: &[&str]) -> String {
    let output = evenkeel(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let text = shown(&output);
    assert_fits(&text);
    text
}

fn result(arguments: &[&str]) -> Value {
    let output = evenkeel(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let mut envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
    envelope["result"].take()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn two_years_of_two_accounts() {
    let compared = ["performance", "examples/performance", "--benchmark", "sixty-forty", "--consumer-prices", "cpi"];
    insta::assert_snapshot!(said(&[&compared[..], &["--by", "account", "--every", "quarter"]].concat()));
    let told = result(&compared);
    let total = &told["performance"]["total"];
    assert!(number(&total["gross"]["total"]) > number(&total["net"]["total"]));
    assert!(number(&total["net"]["total"]) > number(&total["after_tax"]["total"]));
    assert!(number(&total["real"]["total"]) < number(&total["net"]["total"]));
    // The benchmark of the file is the policy's mix with its dividends.
    let mix = result(&["performance", "examples/performance", "--benchmark", "policy"]);
    let apart = number(&total["benchmark"]["total"]) - number(&mix["performance"]["total"]["benchmark"]["total"]);
    assert!(apart.abs() < 1e-5, "{apart}");
    // Months compound to the whole.
    let months = total["stretches"].as_array().unwrap();
    let grown: f64 = months.iter().map(|month| 1.0 + number(&month["net"])).product();
    assert!((grown - 1.0 - number(&total["net"]["total"])).abs() < 1e-12 && months.len() == 24);
    // Contributions of classes add up.
    let by_class = result(&["performance", "examples/performance", "--by", "class", "--net-of", "nothing"]);
    let parts = by_class["performance"]["parts"].as_array().unwrap();
    let sum: f64 = parts.iter().map(|part| number(&part["contribution"])).sum();
    assert!((sum - number(&total["gross"]["total"])).abs() < 1e-12);
}

/// The accounts hold the three indices and some cash, which has no index here.
#[test]
fn what_the_accounts_have_moved_like() {
    let mix = ["performance", "examples/performance", "--style", "--every", "day", "--net-of", "nothing"];
    let style = result(&mix)["performance"]["style"].take();
    let weights = style["weights"].as_array().unwrap();
    let sum: f64 = weights.iter().map(|index| number(&index[1])).sum();
    assert!((sum - 1.0).abs() < 1e-9 && weights.iter().all(|index| number(&index[1]) >= 0.0), "{weights:?}");
    assert!(number(&style["r_squared"]) > 0.98);
    assert!(said(&mix).contains("The mix explains 9"));
    let without = evenkeel(&["performance", "examples/performance", "--benchmark", "policy", "--json"]);
    let document: Value = serde_json::from_slice(&without.stdout).unwrap();
    assert!(document["result"]["performance"]["style"].is_null());
}

/// Bacon's 24 months, typed in: the figures that `PerformanceAnalytics` for R documents.
#[test]
fn a_series_of_returns_can_be_typed_in() {
    let portfolio = "0.003 0.026 0.011 -0.010 0.015 0.025 0.016 0.067 -0.014 0.040 -0.005 0.081 0.040 -0.037 -0.061 0.017 -0.049 -0.022 0.070 \
                     0.058 -0.065 0.024 -0.005 -0.009";
    let benchmark = "0.002 0.025 0.018 -0.011 0.014 0.018 0.014 0.065 -0.015 0.042 -0.006 0.083 0.039 -0.038 -0.062 0.015 -0.048 0.021 0.060 \
                     0.056 -0.067 0.019 -0.003 0.000";
    let mut table = "# kind: total_return\ndate,portfolio,benchmark\n".to_owned();
    for (month, (own, other)) in portfolio.split_whitespace().zip(benchmark.split_whitespace()).enumerate() {
        let _ = writeln!(table, "{}-{:02}-28,{own},{other}", 2000 + month / 12, month % 12 + 1);
    }
    let folder = Folder::new("bacon-months");
    fs::write(folder.path().join("months.csv"), table).unwrap();
    let arguments = ["performance", "--returns", "months.csv", "--benchmark", "benchmark", "--minimum-return", "0.0616778118644995"];
    let output = evenkeel_in(folder.path(), &[&arguments[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let figures = document["result"]["performance"]["total"]["figures"].as_array().unwrap();
    let figure = |name: &str| number(&figures.iter().find(|figure| figure["name"] == name).unwrap()["value"]);
    for (name, expected, tolerance) in [
        ("jensen_alpha", -0.014_169_44, 5e-9),
        ("appraisal_ratio", -0.430_275_6, 5e-8),
        ("modified_jensen", -0.014_185_76, 5e-9),
        ("fama_beta", 1.030_395, 5e-7),
        ("net_selectivity", -0.017_891_2, 5e-8),
        ("m_squared", 0.100_62, 5e-6),
        ("omega_sharpe_ratio", 0.291_793_3, 5e-8),
        ("omega_excess_return", 0.080_537_95, 5e-9),
        ("gain_loss_ratio", 1.779_783, 5e-7),
        ("skewness_kurtosis_ratio", -0.033_942_04, 5e-9),
        ("mean_absolute_deviation", 0.031_083_33, 5e-9),
    ] {
        assert!((figure(name) - expected).abs() < tolerance, "{name}: {}", figure(name));
    }
    let text = shown(&evenkeel_in(folder.path(), &arguments));
    assert_fits(&text);
    assert!(text.contains("portfolio, 1999-12-") && text.contains("(24 returns)") && !text.contains("money-weighted"), "{text}");
    for (arguments, told) in [
        (&["performance", "--returns", "months.csv", "--of", "fund"][..], "`fund` is no column of the returns"),
        (&["performance", "--returns", "months.csv", "--from", "2010-01-01"], "has no return in the span"),
        (&["performance", "--returns", "months.csv", "--by", "class"], "cannot be used with"),
    ] {
        let output = evenkeel_in(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(shown(&output).contains(told), "{}", shown(&output));
    }
}

#[test]
fn why_the_accounts_differ_from_their_policy() {
    insta::assert_snapshot!(said(&["attribute", "examples/performance", "--every", "quarter"]));
    for method in ["brinson_fachler", "brinson_hood_beebower", "levels", "geometric"] {
        let told = result(&["attribute", "examples/performance", "--method", method]);
        let told = &told["attribution"];
        let [allocation, selection, interaction] = ["allocation", "selection", "interaction"].map(|part| number(&told[part]));
        let effects =
            if method == "geometric" { (1.0 + allocation) * (1.0 + selection) - 1.0 } else { allocation + selection + interaction };
        assert!((effects - number(&told["excess"])).abs() < 1e-12, "{method}");
        let segments = told["segments"].as_array().unwrap();
        let by_segment: f64 = segments.iter().map(|segment| number(&segment["allocation"])).sum();
        assert!((by_segment - allocation).abs() < 1e-12, "{method}");
    }
    // What was earned before fees is what the performance says.
    let earned = result(&["performance", "examples/performance"]);
    let told = result(&["attribute", "examples/performance"]);
    let apart = number(&earned["performance"]["total"]["gross"]["total"]) - number(&told["attribution"]["portfolio_return"]);
    assert!(apart.abs() < 1e-12, "{apart}");
}

#[test]
fn a_table_of_segments() {
    insta::assert_snapshot!(said(&["attribute", "examples/attribution", "--method", "levels"]));
    insta::assert_snapshot!(said(&["attribute", "examples/attribution", "--interaction", "separate", "--linking", "menchero"]));
}

/// Table 8.2 of the book, from the shared cases, as a user would type it.
#[test]
fn the_book_can_be_typed_in() {
    let Ok(text) = fs::read_to_string(root().join("../shared/cases/pub_attribution_bacon_2008.json")) else {
        return;
    };
    let case: Value = serde_json::from_str(&text).unwrap();
    let inputs = &case["inputs"];
    let mut table = "period,segment,portfolio_weight,benchmark_weight,portfolio_return,benchmark_return\n".to_owned();
    for quarter in 0..4 {
        for segment in 0..3 {
            let of = |key: &str| inputs[key][quarter][segment].to_string();
            let columns =
                ["portfolio_weights_by_quarter", "benchmark_weights_by_quarter", "portfolio_returns", "benchmark_returns"].map(of);
            let _ = writeln!(table, "Q{},{},{}", quarter + 1, inputs["segments"][segment].as_str().unwrap(), columns.join(","));
        }
    }
    let folder = Folder::new("bacon");
    fs::write(folder.path().join("segments.csv"), table).unwrap();
    for linking in ["carino", "menchero", "grap", "frongello"] {
        let output = evenkeel_in(folder.path(), &["attribute", ".", "--linking", linking, "--json"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let expected = &case["expected_recomputed"]["linking_on_bf_top_down"][linking];
        for part in ["allocation", "selection"] {
            for segment in 0..3 {
                let found = number(&document["result"]["attribution"]["segments"][segment][part]);
                assert!((found - number(&expected[part][segment])).abs() < 1e-12, "{linking} {part} {segment}");
            }
        }
    }
}

#[test]
fn the_journal_of_a_backtest_is_measured() {
    let folder = Folder::new("backtest-journal");
    let journal = folder.path().join("journal.jsonl");
    let path = journal.to_str().unwrap();
    let ran = result(&["backtest", "examples/history", "--journal", path]);
    let told = result(&["performance", "examples/history", "--journal", path, "--net-of", "fees_and_taxes"]);
    let total = &told["performance"]["total"];
    assert!((number(&ran["end"]["value"]) - number(&total["end"])).abs() < 1e-6);
    let grown: f64 = ran["years"].as_array().unwrap().iter().map(|year| 1.0 + number(&year["total_return"])).product();
    let apart = number(&total["after_tax"]["total"]) / (grown - 1.0) - 1.0;
    assert!(apart.abs() < 1e-9, "{apart}");
    let taxes: f64 = ran["years"].as_array().unwrap().iter().map(|year| number(&year["tax"])).sum();
    assert!((number(&total["taxes"]) - taxes).abs() < 1e-6 && taxes > 0.0);
}

/// A price that may be a slip of the pen is told, above the result and in it.
#[test]
fn a_price_that_jumps_is_told() {
    let folder = Folder::new("jumped");
    copy_example("performance", folder.path());
    let prices = fs::read_to_string(folder.path().join("prices.csv")).unwrap();
    // The decimal point of the last price is missing.
    let (rest, bonds) = prices.trim_end().rsplit_once(',').unwrap();
    fs::write(folder.path().join("prices.csv"), format!("{rest},{}\n", bonds.replace('.', ""))).unwrap();
    let output = evenkeel_in(folder.path(), &["performance", ".", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = document["diagnostics"].as_array().unwrap();
    assert!(told.iter().any(|told| told["code"] == "EK0303" && told["message"].as_str().unwrap().contains("BOND")), "{told:?}");
    let notes = document["result"]["performance"]["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().starts_with("The last price of `BOND`, of 2025-12-26, is 9")), "{notes:?}");
}

#[test]
fn what_cannot_be_measured_is_told() {
    let folder = Folder::new("unmeasured");
    copy_example("performance", folder.path());
    fs::remove_file(folder.path().join("journal.csv")).unwrap();
    fs::remove_file(folder.path().join("household.toml")).unwrap();
    let output = evenkeel_in(folder.path(), &["performance", "."]);
    assert_eq!(output.status.code(), Some(2));
    let text = shown(&output);
    assert!(text.contains("there is no journal.csv") && text.contains("there is no household.toml"), "{text}");
    for (arguments, told) in [
        (&["performance", "examples/performance", "--benchmark", "world"][..], "`world` is no benchmark of benchmark.csv"),
        (&["performance", "examples/performance", "--consumer-prices", "hicp"], "`hicp` is no series of signals.csv"),
        (&["performance", "examples/performance", "--risk-free", "2"], "`--risk-free 2` is no rate a year"),
        (&["performance", "examples/performance", "--from", "2030-01-01"], "there is no price of any day"),
        (&["attribute", "examples/attribution", "--method", "geometric", "--linking", "grap"], "`--linking` would do nothing"),
        (&["attribute", "examples/attribution", "--method", "currency"], "is missing"),
        (&["attribute", "examples/performance", "--method", "currency", "--cash-rate", "USD"], "names no currency and series"),
        (&["attribute", "examples/journal"], "there is no prices.csv"),
    ] {
        let output = evenkeel(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(shown(&output).contains(told), "{}", shown(&output));
    }
}

/// A table of segments is attributed as it is: options of books would do nothing.
#[test]
fn options_without_effect_are_refused() {
    for option in [&["--every", "year"][..], &["--from", "2025-03-01"], &["--net-of", "fees"], &["--allow-short"]] {
        let output = evenkeel(&[&["attribute", "examples/attribution"], option].concat());
        assert!(output.status.code() == Some(2) && shown(&output).contains("would do nothing"), "{}", shown(&output));
    }
    let output = evenkeel(&["risk", "--result", "out.csv", "--prices", "prices.csv", "--as-of", "2026-01-01"]);
    assert!(output.status.code() == Some(2) && shown(&output).contains("cannot be used with"), "{}", shown(&output));
}

/// By hand: 20 of interest at 30 %, a short-term gain of 100 at 30 % on the last day of its year, a long-term gain of 200 at 15 % on what is left.
#[test]
fn returns_after_the_taxes_of_the_years() {
    let folder = Folder::new("after-tax");
    let files = [
        ("instruments.csv", "symbol,class,currency\nSHARE,Equity,USD\n"),
        ("prices.csv", "# kind: raw\ndate,SHARE\n2024-01-02,100\n2024-06-28,110\n2024-07-01,120\n2024-12-31,130\n2025-01-31,140\n"),
        (
            "household.toml",
            "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"kim\"\nfiling_status = \"single\"\njurisdiction = \"US\"\ncurrency = \"USD\"\n\
             rates = { ordinary = 0.3, long_term = 0.15, state = 0.0 }\n[[account]]\nid = \"a\"\nowner = \"kim\"\n\
             tax_treatment = \"taxable\"\ncurrency = \"USD\"\n",
        ),
        (
            "journal.csv",
            "account,kind,trade_date,symbol,quantity,price,gross,lot_method\na,deposit,2024-01-02,,,,1000,\na,buy,2024-01-02,SHARE,10,100,,\n\
             a,interest,2024-06-28,,,,20,\na,sell,2024-07-01,SHARE,5,120,,fifo\n",
        ),
    ];
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let run = |more: &[&str]| {
        let output = evenkeel_in(folder.path(), &[&["performance", ".", "--after-tax", "--json"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["result"].take()
    };
    let told = run(&[])["after_tax"].take();
    let rest = 1220.0 / 1120.0 * (1270.0 - 30.0) / 1220.0;
    let first = (1120.0 - 6.0) / 1000.0;
    for (key, expected) in [("tax_on_income", 6.0), ("tax_on_gains", 30.0), ("tax_on_liquidation", 30.0)] {
        assert!((number(&told[key]) - expected).abs() < 1e-9, "{key}: {told}");
    }
    let pre = number(&told["pre_liquidation"]["total"]);
    assert!((pre - (first * rest * 1320.0 / 1270.0 - 1.0)).abs() < 1e-12, "{pre}");
    let post = number(&told["post_liquidation"]["total"]);
    assert!((post - (first * rest * (1320.0 - 30.0) / 1270.0 - 1.0)).abs() < 1e-12, "{post}");
    // From the middle of the year on, what was earned before it is not charged to it.
    let later = run(&["--from", "2024-12-31"])["after_tax"].take();
    assert_eq!((number(&later["tax_on_income"]), number(&later["tax_on_gains"])), (0.0, 0.0));
    assert!((number(&later["pre_liquidation"]["total"]) - (1270.0 / 1220.0 * 1320.0 / 1270.0 - 1.0)).abs() < 1e-12);
    let text = shown(&evenkeel_in(folder.path(), &["performance", ".", "--after-tax"]));
    assert_fits(&text);
    assert!(text.contains("after tax, pre-liquidation") && text.contains("after tax, post-liquidation"), "{text}");
}

/// As what each dividend is taxed, at 30 % or 15 %: by the tag, else by the class, else by how long units were held.
#[test]
fn dividends_are_taxed_as_what_they_are() {
    let folder = Folder::new("after-tax-dividends");
    let files = [
        (
            "instruments.csv",
            "symbol,class,currency,tag:dividends\nBND,Fixed Income,USD,\nFORE,Equity/World,USD,0.6\nMUNI,Fixed Income/Municipal,USD,\n\
             NEW,Equity,USD,qualified\nREIT,Equity,USD,ordinary\nVTI,Equity,USD,\nODD,Equity,USD,quarterly\n",
        ),
        (
            "prices.csv",
            "# kind: raw\ndate,BND,FORE,MUNI,NEW,REIT,VTI,ODD\n2024-01-02,10,10,10,10,10,10,10\n2024-06-28,10,10,10,10,10,10,10\n",
        ),
        (
            "household.toml",
            "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"kim\"\nfiling_status = \"single\"\njurisdiction = \"US\"\ncurrency = \"USD\"\n\
             rates = { ordinary = 0.3, long_term = 0.15, state = 0.0 }\n[[account]]\nid = \"a\"\nowner = \"kim\"\n\
             tax_treatment = \"taxable\"\ncurrency = \"USD\"\n",
        ),
        (
            "journal.csv",
            "account,kind,trade_date,ex_date,symbol,quantity,price,gross,lot_method\na,deposit,2024-01-02,,,,,1000,\na,buy,2024-01-02,,BND,10,10,,\n\
             a,buy,2024-01-02,,FORE,10,10,,\na,buy,2024-01-02,,MUNI,10,10,,\na,buy,2024-01-02,,REIT,10,10,,\na,buy,2024-01-02,,VTI,10,10,,\n\
             a,buy,2024-01-02,,ODD,1,10,,\na,buy,2024-03-01,,NEW,10,10,,\n\
             a,dividend,2024-03-20,2024-03-20,BND,,,50,\na,dividend,2024-03-20,2024-03-20,FORE,,,100,\na,dividend,2024-03-20,2024-03-20,MUNI,,,40,\n\
             a,dividend,2024-03-20,2024-03-20,NEW,,,10,\na,dividend,2024-03-20,2024-03-20,REIT,,,20,\na,dividend,2024-03-20,2024-03-20,VTI,,,100,\n\
             a,dividend,2024-03-20,2024-03-20,ODD,,,2,\na,interest,2024-03-20,,MUNI,,,30,\na,sell,2024-04-02,,NEW,10,10,,fifo\n",
        ),
    ];
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let run = |arguments: &[&str]| {
        let output = evenkeel_in(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["result"].take()
    };
    let told = run(&["performance", ".", "--after-tax", "--json"])["after_tax"].take();
    // Bonds 50, and of FORE 40, of NEW 10 and of REIT 20, at 30 %; of FORE 60, of VTI 100 and of ODD 2, at 15 %; municipal bonds not at all.
    let expected = 0.3 * (50.0 + 40.0 + 10.0 + 20.0) + 0.15 * (60.0 + 100.0 + 2.0);
    assert!((number(&told["tax_on_income"]) - expected).abs() < 1e-9, "{told}");
    let year = run(&["tax-year", ".", "--year", "2024", "--json"])["returns"][0].take();
    let amount = |row: &Value, key: &str| row[key]["amount"].as_str().unwrap().parse::<f64>().unwrap();
    let rows = year["dividends"].as_array().unwrap();
    let sum = |key: &str| rows.iter().map(|row| amount(row, key)).sum::<f64>();
    assert_eq!((sum("gross"), sum("qualified"), sum("exempt")), (352.0, 162.0, 70.0));
    let ground = |symbol: &str| rows.iter().find(|row| row["symbol"] == symbol).unwrap()["ground"].as_str().unwrap();
    assert_eq!(["FORE", "BND", "VTI", "ODD"].map(ground), ["told", "class", "assumed", "assumed"]);
    // Both say in the same words what was assumed, and of how much.
    for words in [
        "Dividends of ODD and VTI (102.00 USD) are taken for qualified where units were held long enough",
        "Dividends of BND (50.00 USD) are taken for ordinary income by their class",
        "Dividends of MUNI (70.00 USD) are taken for exempt interest by their class",
        "`tag:dividends` is `quarterly` of ODD, which says nothing",
    ] {
        for notes in [&told["notes"], &year["notes"]] {
            assert!(notes.as_array().unwrap().iter().any(|note| note.as_str().unwrap().contains(words)), "{words}: {notes}");
        }
    }
    let text = shown(&evenkeel_in(folder.path(), &["tax-year", ".", "--year", "2024"]));
    assert_fits(&text);
    assert!(text.contains("Exempt"), "{text}");
}

/// Of a country whose taxes on dividends are not modeled they are taxed at the rate that is stated, which is told with the amount.
#[test]
fn dividends_abroad_are_told_to_be_taxed_at_the_stated_rate() {
    let folder = Folder::new("after-tax-gb");
    let files = [
        ("instruments.csv", "symbol,class,currency\nVWRL,Equity,GBP\n"),
        ("prices.csv", "# kind: raw\ndate,VWRL\n2024-05-02,10\n2024-06-28,10\n"),
        (
            "household.toml",
            "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"sam\"\nfiling_status = \"single\"\njurisdiction = \"GB-ENG\"\ncurrency = \"GBP\"\n\
             rates = { ordinary = 0.3, long_term = 0.2, state = 0.0 }\n[[account]]\nid = \"a\"\nowner = \"sam\"\n\
             tax_treatment = \"taxable\"\ncurrency = \"GBP\"\nbasis_method = \"pooled\"\n",
        ),
        (
            "journal.csv",
            "account,kind,trade_date,symbol,quantity,price,gross\na,deposit,2024-05-02,,,,1000\na,buy,2024-05-02,VWRL,10,10,\n\
             a,dividend,2024-06-03,VWRL,,,100\n",
        ),
    ];
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let output = evenkeel_in(folder.path(), &["performance", ".", "--after-tax", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let told = serde_json::from_slice::<Value>(&output.stdout).unwrap()["result"]["after_tax"].take();
    assert!((number(&told["tax_on_income"]) - 30.0).abs() < 1e-9, "{told}");
    assert!(told["notes"].to_string().contains("100.00 GBP of dividends are taxed at the marginal rate of ordinary income"), "{told}");
}

/// What ends before the span, or is no level, says nothing of it; and a span that ends before it begins is none.
#[test]
fn what_does_not_reach_the_span_is_told() {
    let folder = Folder::new("performance-short");
    support::copy_example("performance", folder.path());
    let run = |arguments: &[&str]| shown(&evenkeel_in(folder.path(), &[&["performance", "."], arguments].concat()));
    let put = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
    put("benchmark.csv", "# kind: total_return\ndate,bonds\n2024-01-05,100\n2024-06-28,101\n");
    let told = run(&["--benchmark", "bonds"]);
    assert!(
        told.starts_with("exit code 2") && told.contains("the benchmark `bonds` ends on 2024-06-28") && told.contains("--to 2024-06-28"),
        "{told}"
    );
    assert!(run(&["--benchmark", "bonds", "--to", "2024-06-28"]).starts_with("exit code 0"));
    // Prices of long ago are no inflation of 0.
    put("signals.csv", "date,cpi\n2010-01-01,100\n");
    let told = run(&["--consumer-prices", "cpi"]);
    assert!(told.contains("Consumer prices do not cover the span") && !told.contains("after consumer prices"), "{told}");
    put("signals.csv", "date,cpi\n2023-12-01,0.3\n2024-01-01,-0.1\n");
    let told = run(&["--consumer-prices", "cpi"]);
    assert!(told.starts_with("exit code 2") && told.contains("`cpi` of signals.csv is -0.1 on 2024-01-01"), "{told}");
    let told = run(&["--from", "2025-06-01", "--to", "2025-01-01"]);
    assert!(told.contains("the first day 2025-06-01 is after the last, 2025-01-01"), "{told}");
    assert!(run(&["--to", "2020-01-01"]).contains("the journal begins on 2024-01-05, and the last day is 2020-01-01"));
}

/// What an exempt account abroad holds is not sold to tell the tax of a liquidation.
#[test]
fn exempt_accounts_may_be_kept_in_another_currency() {
    let folder = Folder::new("after-tax-abroad");
    let account = |id: &str, treatment: &str, currency: &str| {
        format!("[[account]]\nid = \"{id}\"\nowner = \"kim\"\ntax_treatment = \"{treatment}\"\ncurrency = \"{currency}\"\n")
    };
    let household = format!(
        "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"kim\"\nfiling_status = \"single\"\njurisdiction = \"US\"\ncurrency = \"USD\"\n\
         rates = {{ ordinary = 0.3, long_term = 0.15, state = 0.0 }}\n{}{}",
        account("a", "taxable", "USD"),
        account("e", "exempt", "EUR")
    );
    let files = [
        ("instruments.csv", "symbol,class,currency\nSHARE,Equity,USD\nEURO,Equity,EUR\n"),
        ("prices.csv", "# kind: raw\ndate,SHARE,EURO\n2024-01-02,100,50\n2024-01-03,110,51\n"),
        ("fx.csv", "date,base,quote,rate\n2024-01-02,EUR,USD,1.00\n2024-01-03,EUR,USD,1.10\n"),
        ("household.toml", &household),
        (
            "journal.csv",
            "account,kind,trade_date,symbol,quantity,price,gross\na,deposit,2024-01-02,,,,1000\ne,deposit,2024-01-02,,,,1000\n\
             a,buy,2024-01-02,SHARE,10,100,\ne,buy,2024-01-02,EURO,10,50,\n",
        ),
    ];
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let output = evenkeel_in(folder.path(), &["performance", ".", "--after-tax", "--currency", "USD", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let tax = number(&told["result"]["after_tax"]["tax_on_liquidation"]);
    assert!((tax - 0.3 * 100.0).abs() < 1e-9, "{tax}");
}

/// The taxes are those that `tax-year` tells of the same books.
#[test]
fn taxes_of_returns_are_those_of_the_years() {
    let told = result(&["performance", "examples/performance", "--after-tax"]);
    let of_years: f64 = ["2024", "2025"]
        .iter()
        .map(|year| {
            let told = result(&["tax-year", "examples/performance", "--year", year, "--through", "2025-12-26"]);
            let kinds = told["returns"].as_array().unwrap().iter().flat_map(|filed| filed["tax"]["kinds"].as_array().unwrap());
            kinds.map(|kind| kind["caused"]["amount"].as_str().unwrap().parse::<f64>().unwrap()).sum::<f64>()
        })
        .sum();
    assert!((number(&told["after_tax"]["tax_on_gains"]) - of_years).abs() < 1e-6, "{of_years}: {}", told["after_tax"]);
    let total = &told["performance"]["total"];
    let (pre, post) = (number(&told["after_tax"]["pre_liquidation"]["total"]), number(&told["after_tax"]["post_liquidation"]["total"]));
    assert!(post < pre && pre < number(&total["net"]["total"]), "{pre} {post}");
}
