//! `risk`, `comply` and `stress` beside the policy's scenarios, by whole commands.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use support::{Folder, assert_fits, copy_example, evenkeel, evenkeel_in, shown};

const ENDOWMENT: [&str; 5] = ["examples/endowment", "--as-of", "2026-03-31", "--assumptions", "examples/endowment/risk.toml"];

/// Runs a command and gives its exit code and document.
fn document(arguments: &[&str]) -> (i32, Value) {
    let output = evenkeel(&[arguments, &["--json"]].concat());
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

fn near(found: &Value, expected: f64) {
    assert!((found.as_f64().unwrap() - expected).abs() < 1e-9, "{found} is not {expected}");
}

fn of<'v>(list: &'v Value, key: &str, name: &str) -> &'v Value {
    list.as_array().unwrap().iter().find(|entry| entry[key] == name).unwrap_or_else(|| panic!("no {name} in {list}"))
}

#[test]
fn the_endowments_figures_are_the_scenarios_own() {
    let (code, told) = document(&[&["risk"], &ENDOWMENT[..]].concat());
    assert_eq!(code, 0);
    let held = &told["result"]["report"]["held"];
    near(&held["expected_return"], 0.0775);
    near(&of(&held["scores"], "name", "quality")["held"]["value"], 6.91);
    near(&of(&held["scores"], "name", "quality")["targets"]["value"], 6.91);
    near(&of(&held["factors"], "factor", "growth")["exposure"], 0.26);
    near(&held["tracking_error"], 0.0);
    let classes = held["classes"].as_array().unwrap();
    near(&classes.iter().map(|class| class["share"].as_f64().unwrap()).sum::<f64>().into(), 1.0);
    let (code, told) = document(&[&["stress"], &ENDOWMENT[..]].concat());
    let stress = &told["result"]["validation"]["stress"];
    for (scenario, portfolio_return, survives) in
        [("Financial crisis of 2008", -0.225, false), ("Technology bubble", -0.139, true), ("Inflation", -0.08, true)]
    {
        let result = of(stress, "scenario", scenario);
        near(&result["portfolio_return"], portfolio_return);
        assert_eq!(result["survives"], survives);
    }
    assert_eq!((code, &told["result"]["what_if"]), (0, &Value::Null));
}

#[test]
fn what_a_person_reads_fits() {
    for arguments in [
        [&["risk"], &ENDOWMENT[..], &["--proposal", "--degrees", "5"]].concat(),
        [&["stress"], &ENDOWMENT[..], &["--shock", "US Equity=-0.3", "--spread", "--correlation", "0.9", "--reverse", "--proposal"]]
            .concat(),
        [&["comply"], &ENDOWMENT[..], &["--proposal"]].concat(),
        vec!["risk", "--series", "DOME", "--prices", "examples/history/prices.csv", "--as-of", "2019-06-28"],
    ] {
        let output = evenkeel(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        assert_fits(&shown(&output));
    }
}

#[test]
fn history_is_replayed_and_tested() {
    let folder = Folder::new("replays");
    copy_example("history", folder.path());
    let held = "# schema_version: 1\naccount,symbol,quantity,acquired,cost_basis\nira,DOME,600,,\nira,FORE,300,,\nira,BOND,900,,\n";
    fs::write(folder.path().join("holdings.csv"), held).unwrap();
    let asked = ["--as-of", "2019-06-28", "--study", "--set", "estimate.missing=complete", "--set", "estimate.frequency=monthly"];
    let run = |command: &str, more: &[&str]| {
        let output = evenkeel_in(folder.path(), &[&[command, ".", "--json"], &asked[..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["result"].take()
    };
    let told = run("risk", &[]);
    let report = &told["report"];
    assert_eq!((&report["basis"], report["exceptions"].as_array().unwrap().len()), (&Value::from("history"), 3));
    assert_eq!(report["held"]["methods"].as_array().unwrap().len(), 10);
    let told = run("stress", &["--crises", "2", "--window", "2008-08-31:2009-02-28"]);
    let replays = told["what_if"]["replays"].as_array().unwrap();
    assert_eq!(replays.len(), 3);
    let returned: Vec<f64> = replays.iter().map(|replay| replay["portfolio_return"].as_f64().unwrap()).collect();
    assert!(returned[1] < -0.1 && returned[1] < returned[2] && returned[0] < 0.0, "{returned:?}");
}

#[test]
fn one_series_needs_no_household() {
    let (code, told) =
        document(&["risk", "--series", "DOME", "--prices", "examples/history/prices.csv", "--as-of", "2019-06-28", "--confidence", "0.9"]);
    let series = &told["result"]["series"];
    assert_eq!((code, series["periods_per_year"].as_f64()), (0, Some(12.0)));
    let historical = of(&series["methods"], "method", "historical");
    assert!(historical["value_at_risk"].as_f64().unwrap() < historical["conditional_value_at_risk"].as_f64().unwrap());
    let output = evenkeel(&["risk", "--series", "GONE", "--prices", "examples/history/prices.csv", "--as-of", "2019-06-28"]);
    assert!(output.status.code() == Some(2) && shown(&output).contains("choose one of: DOME"), "{}", shown(&output));
}

#[test]
fn a_backtest_is_measured_by_its_returns() {
    let folder = Folder::new("risk-of-a-backtest");
    let file = folder.path().join("growth.csv");
    let file = file.to_str().unwrap();
    let output = evenkeel(&["backtest", "examples/history", "--csv", file]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let (code, told) = document(&["risk", "--result", file, "--as-of", "2026-01-01", "--horizon-days", "63"]);
    let series = &told["result"]["series"];
    assert_eq!((code, series["periods_per_year"].as_f64()), (0, Some(12.0)), "{told}");
    assert!(
        series["returns"].as_u64().unwrap() > 200
            && of(&series["methods"], "method", "historical")["note"].as_str().unwrap().contains("of 3 returns")
    );
    fs::write(file, "date,return\n2020-01-31,0.01\n2020-01-31,0.02\n").unwrap();
    let output = evenkeel(&["risk", "--result", file, "--as-of", "2026-01-01"]);
    assert!(output.status.code() == Some(2) && shown(&output).contains("line 2 already"), "{}", shown(&output));
}

/// The endowment of a quarter later, with 52.71 % of equity and a proposal that sells down to 50.35 %.
#[test]
fn a_broken_hard_limit_is_the_exit_code() {
    let folder = Folder::new("comply");
    copy_example("endowment", folder.path());
    let policy = fs::read_to_string(folder.path().join("policy.toml")).unwrap();
    let run = |equity: &str, more: &str, arguments: &[&str]| {
        fs::write(folder.path().join("policy.toml"), policy.replace("at_most = 0.70", equity) + more).unwrap();
        let output = evenkeel_in(folder.path(), &[&["comply", ".", "--as-of", "2026-06-30"], arguments].concat());
        (output.status.code().unwrap(), shown(&output))
    };
    let (code, text) = run("at_most = 0.70", "", &[]);
    assert!(code == 0 && text.contains("no limit of 4 is broken"), "{text}");
    let (code, text) = run("at_most = 0.52", "", &[]);
    assert!(code == 1 && text.contains("EK0701") && text.contains("1 of 4 limits BROKEN"), "{text}");
    // What the market broke the proposal cures.
    let (code, text) = run("at_most = 0.52", "", &["--proposal"]);
    assert!(code == 0 && text.contains("0 active, 0 passive"), "{text}");
    // Half a way is no cure, but no fault of the proposal either.
    let (code, text) = run("at_most = 0.50", "", &["--proposal"]);
    assert!(code == 1 && text.contains("0 active, 1 passive") && text.contains("EK0702"), "{text}");
    let (code, text) = run("at_most = 0.50\nhard = false", "", &[]);
    assert!(code == 0 && text.contains("1 of 4 limits BROKEN, 0 of them hard"), "{text}");
    let risk = "\n[[limit]]\nname = \"risk\"\non = \"volatility\"\nat_most = 0.11\n";
    let (code, text) = run("at_most = 0.70", risk, &["--assumptions", "risk.toml"]);
    assert!(code == 1 && text.contains("11.19 %"), "{text}");
    let (code, text) = run("at_most = 0.70", risk, &[]);
    assert!(code == 1 && text.contains("EK0703") && text.contains("volatilities and correlations"), "not told is not kept: {text}");
    let law = "\n[[limit]]\npreset = \"irc_851\"\n";
    let (code, text) = run("at_most = 0.70", law, &[]);
    assert!(code == 1 && text.contains("issuer not given") && text.contains("shares of an issuer's votes"), "{text}");
    let (code, text) = run("at_most = 0.70", &format!("{law}hard = false\n"), &[]);
    assert!(code == 0 && text.contains("cannot be told"), "{text}");
}

#[test]
fn what_makes_no_sense_is_refused_all_at_once() {
    let stress = |more: &[&str]| {
        let output = evenkeel(&[&["stress"], &ENDOWMENT[..], more].concat());
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        shown(&output)
    };
    let text = stress(&["--shock", "Gold=-0.3", "--shock", "instrument:XX=-2", "--shock", "factor:carry=1"]);
    assert!(
        text.contains("no class `Gold`") && text.contains("no instrument is `XX`") && text.contains("carry") && text.contains("-2"),
        "{text}"
    );
    assert!(stress(&["--shock", "Equity"]).contains("CLASS=RETURN"));
    assert!(stress(&["--window", "2020-03-01:2020-02-01"]).contains("before the last"));
    assert!(stress(&["--crises", "3"]).contains("nothing can be replayed"));
    assert!(stress(&["--shock", "Equity=-0.1", "--horizon-days", "21"]).contains("`--horizon-days` would do nothing"));
    assert!(stress(&["--shock", "Equity=-0.1", "--confidence", "0.9"]).contains("--correlation"));
    assert!(stress(&["--shock", "Equity=1e308"]).contains("out of range"));
    let output = evenkeel(&[&["risk"], &ENDOWMENT[..], &["--confidence", "95", "--horizon-days", "0"]].concat());
    assert!(output.status.code() == Some(2) && shown(&output).contains("2 errors"), "{}", shown(&output));
    let output = evenkeel(&["risk", "examples/endowment", "--as-of", "2026-03-31"]);
    assert!(output.status.code() == Some(2) && shown(&output).contains("EK0471"), "{}", shown(&output));
}

/// A share and a bond over 60 days, half each, with a policy that limits risk by what happened.
fn limited(name: &str, limit: &str, days: usize) -> Folder {
    let folder = Folder::new(name);
    let mut prices = "# kind: raw\ndate,S,B\n".to_owned();
    let (mut share, mut bond) = (100.0, 100.0);
    let first = "2024-01-01".parse::<evenkeel_ledger::date::Date>().unwrap();
    for day in 0..days {
        let (own, other) = moves(day);
        share *= 1.0 + own;
        bond *= 1.0 + other;
        let date = first.add_days(i32::try_from(day).unwrap()).unwrap();
        let _ = writeln!(prices, "{date},{share:.8},{bond:.8}");
    }
    let policy = format!(
        "schema_version = 1\nname = \"limited\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.5\n[prices]\nmax_age_days = 5\n\
         [[target]]\nclass = \"Stocks\"\nweight = 0.4\ninstruments = [\"S\"]\n[[target]]\nclass = \"Bonds\"\nweight = 0.6\n\
         instruments = [\"B\"]\n[[limit]]\nname = \"risk\"\n{limit}"
    );
    let units = format!("account,symbol,quantity,acquired,cost_basis\na,S,{:.6},,\na,B,{:.6},,\n", 1000.0 / share, 1000.0 / bond);
    let household = "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"kim\"\nfiling_status = \"single\"\njurisdiction = \"US\"\ncurrency = \"USD\"\n\
                     [[account]]\nid = \"a\"\nowner = \"kim\"\ntax_treatment = \"untaxed\"\ncurrency = \"USD\"\n";
    for (file, text) in [
        ("prices.csv", prices.as_str()),
        ("policy.toml", &policy),
        ("holdings.csv", &units),
        ("household.toml", household),
        ("instruments.csv", "symbol,class,currency,lot_size\nS,Stocks,USD,0.000001\nB,Bonds,USD,0.000001\n"),
    ] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

/// Returns of a day of the share and the bond.
fn moves(day: usize) -> (f64, f64) {
    let of = |step: usize, size: f64| size * (f64::from(u32::try_from(day * step % 11).unwrap()) - 5.0);
    (of(7, 0.004), of(3, 0.001))
}

/// What half of each would have earned, the last of so many days.
fn halves(days: usize, window: usize) -> Vec<f64> {
    (1..days).map(|day| 0.5 * moves(day).0 + 0.5 * moves(day).1).skip(days - 1 - window).collect()
}

fn deviation(returns: &[f64]) -> f64 {
    let count = f64::from(u32::try_from(returns.len()).unwrap());
    let mean = returns.iter().sum::<f64>() / count;
    (returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
}

fn comply(folder: &Folder, more: &[&str]) -> (i32, Value) {
    let output = evenkeel_in(folder.path(), &[&["comply", ".", "--as-of", "2024-02-29", "--json"], more].concat());
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn limits_on_risk_may_rest_on_history() {
    let all = halves(60, 59);
    let normal = 1.644_853_626_951_472_2 * deviation(&halves(60, 40));
    let mut losses: Vec<f64> = all.iter().map(|earned| -earned).collect();
    losses.sort_by(|a, b| b.total_cmp(a));
    let tail = "confidence = 0.95\nhorizon_days = 1\n";
    for (limit, expected, basis) in [
        ("on = \"volatility\"\n".to_owned(), deviation(&all) * 252.0_f64.sqrt(), "history: 59 returns from 2024-01-02 to 2024-02-29"),
        ("on = \"variance\"\nwindow = 30\n".to_owned(), deviation(&halves(60, 30)).powi(2) * 252.0, "history: 30 returns from 2024-01-31"),
        (format!("on = \"value_at_risk\"\nwindow = 40\n{tail}"), normal, "as normal ones"),
        // Five of a hundred of 59 are 2.95: the third largest loss.
        (format!("on = \"value_at_risk\"\nmethod = \"historical\"\n{tail}"), losses[2], "as they were"),
        (
            format!("on = \"conditional_value_at_risk\"\nmethod = \"historical\"\n{tail}"),
            (losses[0] + losses[1] + 0.95 * losses[2]) / 2.95,
            "as they were",
        ),
    ] {
        let folder = limited("limit-history", &format!("{limit}basis = \"history\"\nat_most = 0.5\n"), 60);
        let (code, told) = comply(&folder, &[]);
        let check = &told["result"]["checks"][0];
        assert!((check["after"].as_f64().unwrap() - expected).abs() < 1e-6, "{limit}: {check} is not {expected}");
        assert_eq!((code, &check["status_after"]), (0, &Value::from("kept")));
        assert!(check["basis"].as_str().unwrap().contains(basis), "{check}");
        assert!(told["result"]["notes"][0].as_str().unwrap().starts_with("`risk` rests on history"), "{told}");
    }
    // The same limit, too low, refuses and is the exit code; a proposal that lowers the risk of history is passive.
    let folder = limited("limit-history-broken", "on = \"volatility\"\nbasis = \"history\"\nat_most = 0.05\n", 60);
    assert_eq!(comply(&folder, &[]).0, 1);
}

#[test]
fn a_limit_on_history_without_one_is_an_error_at_its_place() {
    let told = |name: &str, limit: &str, days: usize| {
        let folder = limited(name, &format!("{limit}at_most = 0.5\n"), days);
        let output = evenkeel_in(folder.path(), &["comply", ".", "--as-of", "2024-02-29"]);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        shown(&output)
    };
    let history = "on = \"volatility\"\nbasis = \"history\"\n";
    let window = told("window", &format!("{history}window = 100\n"), 60);
    assert!(
        window.contains("needs 100 returns, and there are 59") && window.contains("policy.toml:") && window.contains("`window`"),
        "{window}"
    );
    for (limit, why) in [
        ("on = \"volatility\"\nwindow = 50\n", "`window` is about history"),
        ("on = \"volatility\"\nbasis = \"history\"\nmethod = \"historical\"\n", "`method` goes with"),
        ("on = \"weight\"\neach = \"class\"\nbasis = \"history\"\n", "`basis` is about risk"),
        ("on = \"volatility\"\nbasis = \"history\"\nwindow = 5\n", "30"),
    ] {
        let said = told("unfit", limit, 60);
        assert!(said.contains(why), "{said}");
    }
}
