//! A valuation signal from a file that writes zero for what is missing.

use evenkeel::diagnostic::Code;
use serde_json::Value;

use crate::case::{Answer, Case, documented, public};

const HOUSEHOLD: &str = "schema_version = 1
id = \"saver\"

[[owner]]
id = \"saver\"
filing_status = \"single\"
jurisdiction = \"US\"
currency = \"USD\"

[[account]]
id = \"ira\"
owner = \"saver\"
tax_treatment = \"deferred\"
currency = \"USD\"
";

/// Five points less equity while the cyclically adjusted price-earnings ratio is half above its mean.
fn policy(signal: &str) -> String {
    format!(
        "schema_version = 1\nname = \"Valuation\"\nbase_currency = \"USD\"\n\n[bands]\nabsolute = 0.05\n\n\
         [[target]]\nclass = \"Equity\"\nweight = 0.6\ninstruments = [\"SPY\"]\n\n\
         [[target]]\nclass = \"Bonds\"\nweight = 0.4\ninstruments = [\"BND\"]\n\n\
         [overlay]\nreview_by = 2030-12-31\nshifted = [\"Equity\"]\noffset = {{ Bonds = 1.0 }}\n\n\
         [[overlay.signal]]\nname = \"valuation\"\n{signal}\n\n\
         [[overlay.rule]]\nsignal = \"valuation\"\nabove = 0.5\nshift = -0.05\n\n\
         [[overlay.rule]]\nsignal = \"valuation\"\nbelow = -0.5\nshift = 0.05\n"
    )
}

const TO_MEAN: &str = "series = \"cape\"\ntransform = \"relative_to_mean\"\nmax_age_days = 45";

/// With the zeros of the file told to be missing values, or not.
fn saver(name: &str, signal: &str, is_told: bool) -> Option<Case> {
    let (signals, prices) = (public("shiller_sp500_monthly.csv")?, public("etf5_daily_prices.csv")?);
    let mapping: String = documented("signals.mapping.toml")
        .lines()
        .filter(|line| !line.starts_with("missing_values") || is_told)
        .map(|line| format!("{line}\n"))
        .collect();
    let case = Case::new(name);
    case.lay("signals.csv", &signals)
        .write("signals.mapping.toml", &mapping)
        .lay("prices.csv", &prices)
        .write("prices.mapping.toml", "schema_version = 1\ndirectives = { kind = \"total_return\" }\n")
        .write("household.toml", HOUSEHOLD)
        .write("instruments.csv", "symbol,class,currency\nSPY,Equity,USD\nBND,Bonds,USD\n")
        .write("holdings.csv", "account,symbol,quantity\nira,SPY,100\nira,BND,400\nira,CASH:USD,500\n")
        .write("policy.toml", &policy(signal));
    Some(case)
}

fn overlay(case: &Case, as_of: &str) -> Answer {
    case.run(&["overlay", ".", "--as-of", as_of])
}

fn reading(answer: &Answer) -> &Value {
    &answer.result()["overlay"]["signals"][0]
}

#[test]
fn zeros_that_mean_missing_are_left_out_through_the_mapping() {
    let Some(case) = saver("cape", TO_MEAN, true) else { return };
    let last = overlay(&case, "2023-09-29");
    assert_eq!(last.code, 0, "{}", last.text);
    assert!(!last.tells(Code::VALUE_RANGE, &[]), "{:?}", last.told());
    assert_eq!(reading(&last)["observed"], "2023-09-01");
    let value = reading(&last)["value"].as_f64().unwrap();
    // 30.81 in September 2023, against a mean since 1881 of about 17.
    assert!((0.7..0.9).contains(&value), "{value}");
    assert_eq!(last.result()["overlay"]["requested"], -0.05);
    // From October on it is missing: stale in the end, never zero.
    let stale = overlay(&case, "2024-03-28");
    assert_eq!(stale.code, 2, "{}", stale.text);
    stale.assert_tells(Code::SIGNAL_STALE, &["the last observation of `cape` is of 2023-09-01"]);
}

#[test]
fn zeros_that_nobody_explained_are_warned_of() {
    let Some(case) = saver("cape-naive", TO_MEAN, false) else { return };
    let naive = overlay(&case, "2024-03-28");
    assert_eq!(naive.code, 0, "{}", naive.text);
    naive.assert_tells(Code::VALUE_RANGE, &["`cape` is zero on", "zero may stand for a missing value"]);
    naive.assert_tells(Code::VALUE_RANGE, &["`earnings` is zero on"]);
    assert!(!naive.tells(Code::VALUE_RANGE, &["`price`"]));
}

#[test]
fn nothing_is_divided_by_a_zero() {
    let ratio = "series = \"price\"\ntransform = \"relative_to\"\nto = \"earnings\"\nmax_age_days = 45";
    let Some(case) = saver("price-earnings", ratio, false) else { return };
    let refused = overlay(&case, "2024-03-28");
    assert_eq!(refused.code, 2, "{}", refused.text);
    refused.assert_tells(Code::SIGNAL_UNDEFINED, &["the last value of `earnings` is 0; a ratio needs it above 0"]);
}
