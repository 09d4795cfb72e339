//! What the commands that estimate and optimize make of sparse, odd and broken inputs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_sign_loss, clippy::print_stderr, reason = "tests")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use evenkeel_ledger::date::Date;
use serde_json::Value;
use support::{Folder, assert_fits, copy_example, evenkeel, evenkeel_in, root, shown};

const COMMANDS: [&str; 4] = ["estimate", "cluster", "frontier", "optimize"];

/// Returns of so many days, each row made by a function of its number.
fn returns(header: &str, days: i32, row: impl Fn(i32) -> String) -> String {
    let first: Date = "2024-01-01".parse().unwrap();
    let mut text = format!("date,{header}\n");
    for day in 0..days {
        writeln!(text, "{},{}", first.add_days(day).unwrap(), row(day)).unwrap();
    }
    text
}

/// Two assets that move apart.
fn two_assets(days: i32) -> String {
    returns("A,B", days, |day| format!("{},{}", [0.01, -0.008, 0.002][day as usize % 3], [0.004, 0.003, -0.005, 0.001][day as usize % 4]))
}

/// Runs a command on a file of returns; exit code, and all that it says.
fn run(folder: &Folder, text: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let path = folder.path().join("returns.csv");
    fs::write(&path, text).unwrap();
    let output = evenkeel(&[arguments, &["--returns", path.to_str().unwrap()]].concat());
    assert_fits(&String::from_utf8_lossy(&output.stdout));
    (output.status.code(), shown(&output))
}

#[test]
fn refuses_with_the_place_what_is_no_history() {
    let folder = Folder::new("analysis-broken");
    let broken = [
        ("", "EK0203", "header"),
        ("date,A\n", "EK0204", "no rows"),
        ("Date,A\n2024-01-02,0.1\n", "EK0206", "rename `Date`"),
        ("date,A,A\n2024-01-02,0.1,0.2\n", "EK0207", "`A` is given a second time"),
        ("date,A\n2024-01-02,NaN\n", "EK0211", "`A` is `NaN`"),
        ("date,A\n2024-01-02,-150\n", "EK0212", "-0.05 for a loss of five percent"),
        ("date,A\n2024-01-02,0.1\n2024-01-02,0.1\n", "EK0213", "stands on line 2 already"),
        ("date,A\n2024-01-02,0.1\n", "EK0432", "needs two at the least"),
        ("date,A,B\n2024-01-02,0.1,\n2024-01-03,0.1,\n", "EK0432", "no history for B"),
        ("date,A,B\n2024-01-02,0.1,0.1\n2024-01-03,0.1,\n", "EK0433", "1 return is missing, the first of them of B on 2024-01-03"),
    ];
    for (text, code, words) in broken {
        for command in COMMANDS {
            let (status, told) = run(&folder, text, &[command]);
            assert!(status == Some(2) && told.contains(code) && told.contains(words), "{command} {text:?}: {told}");
        }
    }
}

#[test]
fn defines_an_answer_for_degenerate_histories() {
    let folder = Folder::new("analysis-degenerate");
    let few = returns("A,B,C,D,E", 3, |day| format!("0.0{day},0.01,-0.0{day},0.02,0.0{}", 3 - day));
    let still = returns("A,B", 50, |_| "0,0".to_owned());
    let one = returns("A", 50, |day| format!("{}", [0.01, -0.005][day as usize % 2]));
    let twins = returns("A,B", 50, |day| format!("{0},{0}", [0.01, -0.005][day as usize % 2]));
    for text in [&few, &still, &one, &twins] {
        for command in COMMANDS {
            let (status, told) = run(&folder, text, &[command]);
            assert_eq!(status, Some(0), "{command}: {told}");
            assert!(!told.contains("NaN") && !told.contains("inf"), "{told}");
        }
    }
    let (status, told) = run(&folder, &still, &["optimize", "--set", "optimize.method=hrp"]);
    assert!(status == Some(2) && told.contains("A has no risk"), "{told}");
    let (status, told) = run(&folder, &one, &["cluster", "--clusters", "2"]);
    assert!(status == Some(2) && told.contains("2 are asked for"), "{told}");
}

#[test]
fn no_ratio_is_the_greatest_where_all_means_are_negative() {
    let folder = Folder::new("analysis-negative");
    let falling = returns("A,B", 60, |day| format!("{},{}", [-0.02, 0.005][day as usize % 2], [-0.01, 0.002, -0.003][day as usize % 3]));
    for measure in ["variance", "cvar"] {
        let (status, told) = run(
            &folder,
            &falling,
            &["optimize", "--set", "optimize.objective=maximum_ratio", "--set", &format!("optimize.measure={measure}")],
        );
        assert!(status == Some(2) && told.contains("no portfolio is expected to return more than"), "{told}");
        // The frontier is there all the same, without that point.
        let (status, told) = run(&folder, &falling, &["frontier", "--points", "3", "--set", &format!("optimize.measure={measure}")]);
        assert!(status == Some(0) && !told.contains("maximum ratio"), "{told}");
    }
}

#[test]
fn a_frontier_of_tracking_error_starts_at_the_benchmark() {
    let folder = Folder::new("analysis-tracking");
    let (status, told) = run(&folder, &two_assets(60), &["frontier", "--json", "--set", "optimize.measure=tracking_error"]);
    assert_eq!(status, Some(0), "{told}");
    let json = told.split("---- stdout\n").nth(1).unwrap().split("---- stderr").next().unwrap();
    let result = serde_json::from_str::<Value>(json).unwrap()["result"].take();
    let points = result["points"].as_array().unwrap();
    let first = &points[0];
    assert!(
        first["risk"].as_f64().unwrap() < 1e-8 && first["ratio"].is_null() && (first["weights"][0].as_f64().unwrap() - 0.5).abs() < 1e-8
    );
    let last = points.last().unwrap();
    let excess = last["expected_return"].as_f64().unwrap() - first["expected_return"].as_f64().unwrap();
    let ratio = excess / last["risk"].as_f64().unwrap();
    assert!((last["ratio"].as_f64().unwrap() - ratio).abs() < 1e-9 * ratio && points.iter().all(|point| point["kind"] != "maximum_ratio"));
}

#[test]
fn rules_in_conflict_are_told_at_their_setting() {
    let folder = Folder::new("analysis-conflict");
    for command in ["optimize", "frontier"] {
        let (status, told) = run(
            &folder,
            &two_assets(60),
            &[command, "--set", "estimate.covariance=sample", "--set", "optimize.constraints=[\"each <= 40 %\"]"],
        );
        assert!(status == Some(2) && told.contains("EK0442") && told.contains("--set:2:"), "{told}");
        assert!(told.contains("`each <= 40 %` for A") && told.contains("by 10 points would do"), "{told}");
    }
    // Limits on risk.
    for rule in ["cvar <= 0.1 %", "volatility <= 1 %"] {
        let rules = format!("optimize.constraints=[\"A >= 50 %\", \"{rule}\"]");
        let (status, told) = run(&folder, &two_assets(60), &["optimize", "--set", &rules]);
        assert!(status == Some(2) && told.contains(&format!("relaxing `{rule}` by")), "{told}");
    }
    let settings =
        ["optimize.objective=maximum_return", "optimize.measure=cvar", "optimize.constraints=[\"A >= 50 %\", \"cvar <= 0.1 %\"]"];
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let (status, told) = run(&folder, &two_assets(60), &["optimize"].into_iter().chain(settings).collect::<Vec<_>>());
    assert!(status == Some(2) && told.contains("relaxing `cvar <= 0.1 %` by"), "{told}");
    let many = returns("A,B,C,D,E", 40, |day| format!("0.0{},0.01,-0.0{},0.02,0.0{}", day % 4, day % 3, day % 5));
    let (_, told) = run(&folder, &many, &["optimize", "--set", "optimize.constraints=[\"each <= 16 %\"]"]);
    assert!(told.contains("`each <= 16 %` for 5 classes") && told.contains("by 4 points would do"), "{told}");
}

#[test]
fn settings_are_refused_at_their_place() {
    let folder = Folder::new("analysis-settings");
    let wrong = [
        ("estimate.covarianc=sample", "EK0102", "did you mean `covariance`?"),
        ("estimate.covariance=sampel", "EK0107", "did you mean `sample`?"),
        ("optimize.confidence=0", "EK0105", "is not between 0 and 1"),
        ("optimize.confidence=1", "EK0105", "is not between 0 and 1"),
        ("optimize.constraints=[\"C <= 10 %\"]", "EK0113", "`C` is no class"),
        ("estimate.tau=0.1", "EK0132", "`tau` has an effect only with a `[[view]]`"),
        ("optimize.confidence=0.9", "EK0132", "or a rule on one of them"),
        ("optimize.constraints=[\"each <= 20\"]", "EK0133", "write 20 % or 0.2"),
        ("optimize.constraints=[\"volatility <= 12\"]", "EK0133", "write 12 % or 0.12"),
        ("optimize.constraints=[\"turnover <= 20\"]", "EK0133", "which is 2000 %"),
        ("optimize.constraints=[\"volatility <= 0 %\"]", "EK0133", "limits volatility to nothing"),
        ("optimize.constraints=[\"short <= -10 %\"]", "EK0133", "binds short below 0"),
        ("optimize.constraints=[\"volatility + A <= 10 %\"]", "EK0113", "stands alone on its side"),
        ("optimize.constraints=[\"Zzzzzz <= 10 %\"]", "EK0113", "semideviation, maximum drawdown, exposure to …"),
        ("optimize.constraints=[\"each <= 10 %\"", "EK0101", "not a value as TOML writes it"),
        ("covariance", "EK0901", "sets nothing"),
        ("optimize=hrp", "EK0901", "is a table of the policy"),
    ];
    for (setting, code, words) in wrong {
        let (status, told) = run(&folder, &two_assets(60), &["optimize", "--set", "estimate.risk_free=0.01", "--set", setting]);
        assert!(status == Some(2) && told.contains(code) && told.contains(words) && told.contains("--set:2:"), "{setting}: {told}");
    }
    // Rules beside a method that does not keep them.
    let rules = ["optimize", "--set", "optimize.method=hrp", "--set", "optimize.constraints=[\"each <= 60 %\"]"];
    let (status, told) = run(&folder, &two_assets(60), &rules);
    assert!(status == Some(2) && told.contains("`constraints` has an effect only with"), "{told}");
}

#[test]
fn views_that_cannot_be_meant_are_refused_in_their_own_words() {
    let folder = Folder::new("analysis-views");
    let pooled = "name = \"P\"\nschema_version = 1\nbase_currency = \"USD\"\n[estimate]\nviews = \"entropy_pooling\"\n";
    let targets = "[[target]]\nclass = \"A\"\ninstruments = [\"A\"]\n[[target]]\nclass = \"B\"\ninstruments = [\"B\"]\n[optimize]\n[bands]\nabsolute = 0.05\n";
    for (views, code, words) in [
        (&["A = 4"][..], "EK0133", "fractions are not percent: write 4 % or 0.04"),
        (&["A > B by 2"], "EK0133", "write 2 % or 0.02"),
        (&["volatility of A = -5 %"], "EK0133", "says a volatility below 0"),
        (&["correlation of A and B = 1.5"], "EK0133", "says a correlation of 1.5"),
        (&["A >= 80 %", "A <= 1 %"], "EK0435", "`A >= 80 %`"),
        (&["volatility of A = 90 %"], "EK0435", "`volatility of A = 90 %` cannot hold: weighing the dates anew, it can only be from"),
    ] {
        let views = views.iter().map(|view| format!("[[view]]\nview = \"{view}\"\n")).collect::<Vec<_>>().concat();
        fs::write(folder.path().join("policy.toml"), format!("{pooled}{views}{targets}")).unwrap();
        fs::write(folder.path().join("returns.csv"), two_assets(60)).unwrap();
        let output = evenkeel(&["optimize", folder.path().to_str().unwrap()]);
        let (status, told) = (output.status.code(), shown(&output));
        assert!(status == Some(2) && told.contains(code) && told.contains(words) && told.contains("policy.toml:7:"), "{views}: {told}");
    }
}

#[test]
fn risk_budgets_keep_rules_and_take_two_measures() {
    let folder = Folder::new("analysis-budgets");
    let weights = |settings: &[&str]| -> Vec<f64> {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let arguments: Vec<&str> = ["optimize", "--json", "--set", "optimize.method=risk_budget"].into_iter().chain(settings).collect();
        let (_, told) = run(&folder, &two_assets(80), &arguments);
        let json = told.split("---- stdout\n").nth(1).unwrap().split("---- stderr").next().unwrap();
        let document: Value = serde_json::from_str(json).unwrap();
        document["result"]["assets"]
            .as_array()
            .unwrap_or_else(|| panic!("{told}"))
            .iter()
            .map(|asset| asset["weight"].as_f64().unwrap())
            .collect()
    };
    let (free, bound) = (weights(&[]), weights(&["optimize.constraints=[\"B <= 50 %\"]"]));
    assert!(free[1] > 0.55 && (bound[1] - 0.5).abs() < 1e-9, "{free:?} {bound:?}");
    let tail = weights(&["optimize.measure=cvar"]);
    assert!((tail[0] + tail[1] - 1.0).abs() < 1e-9 && (tail[0] - free[0]).abs() > 1e-3, "{tail:?} {free:?}");
    let (status, told) =
        run(&folder, &two_assets(60), &["optimize", "--set", "optimize.method=risk_budget", "--set", "optimize.measure=mad"]);
    assert!(status == Some(2) && told.contains("shares of the variance or of `cvar`"), "{told}");
}

#[test]
fn a_folder_without_household_is_enough() {
    let folder = Folder::new("analysis-folder");
    fs::write(folder.path().join("returns.csv"), two_assets(60)).unwrap();
    let policy = "schema_version = 1\nname = \"Two\"\nbase_currency = \"USD\"\n[optimize]\n[bands]\nabsolute = 0.05\n\
        [[target]]\nclass = \"Growth\"\ninstruments = [\"A\"]\n[[target]]\nclass = \"Safety\"\ninstruments = [\"B\"]\n";
    fs::write(folder.path().join("policy.toml"), policy).unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    for command in COMMANDS {
        let output = evenkeel(&[command, &path]);
        assert!(output.status.success() && shown(&output).contains("Growth"), "{}", shown(&output));
    }
    // A setting goes before the policy; what it breaks is told at the setting.
    let output = evenkeel(&["optimize", &path, "--set", "optimize.constraints=[\"Growth >= 70 %\"]", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!((document["result"]["assets"][0]["weight"].as_f64().unwrap() - 0.7).abs() < 1e-9);
    assert_eq!(document["result"]["as_of"], "2024-02-29");
    // Holdings that cannot be read for lack of the rest are told, not silently left out.
    fs::write(folder.path().join("holdings.csv"), "account,symbol,quantity\nx,A,1\n").unwrap();
    assert!(shown(&evenkeel(&["optimize", &path])).contains("what is held is not looked at"));
}

#[test]
fn tables_and_pictures_are_written_and_inputs_spared() {
    let folder = Folder::new("analysis-files");
    let (table, pictures) = (folder.path().join("table.csv"), folder.path().join("pictures"));
    let header = ["class,symbol,prior_return", "node,class,place", "point,expected_return,risk", "class,symbol,weight"];
    let drawn = [&["correlations"][..], &["correlations", "dendrogram"], &["frontier"], &["correlations", "weights"]];
    for ((command, header), drawn) in COMMANDS.iter().zip(header).zip(drawn) {
        let _ = fs::remove_file(&table);
        let _ = fs::remove_dir_all(&pictures);
        let files = ["--csv", table.to_str().unwrap(), "--pictures", pictures.to_str().unwrap()];
        let arguments = [&[*command, "examples/optimized"], &files[..]].concat();
        // Twice: a table may replace an earlier one of its kind.
        for _ in 0..2 {
            let output = evenkeel(&arguments);
            assert!(output.status.success(), "{}", shown(&output));
        }
        let text = fs::read_to_string(&table).unwrap();
        let columns = text.lines().next().unwrap().split(',').count();
        assert!(text.starts_with(header) && text.lines().all(|line| line.split(',').count() == columns), "{text}");
        let mut names: Vec<PathBuf> = fs::read_dir(&pictures).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let expected: Vec<PathBuf> =
            drawn.iter().flat_map(|name| ["png", "svg"].map(|ending| pictures.join(name).with_extension(ending))).collect();
        assert_eq!(names, expected, "{command}");
    }
    copy_example("optimized", folder.path());
    let holdings = folder.path().join("holdings.csv");
    let before = fs::read(&holdings).unwrap();
    let output = evenkeel(&["optimize", "examples/optimized", "--csv", holdings.to_str().unwrap()]);
    assert!(output.status.code() == Some(2) && shown(&output).contains("EK0903"), "{}", shown(&output));
    assert_eq!(fs::read(&holdings).unwrap(), before);
}

#[test]
fn real_panels_give_an_answer_or_say_what_is_missing() {
    let data = root().join("../shared/data");
    if !data.exists() {
        eprintln!("SKIPPED: {} is not there", data.display());
        return;
    }
    let on = |kind: &str, file: &str, settings: &[&str]| {
        let path = data.join(file);
        let mut arguments = vec!["optimize", kind, path.to_str().unwrap()];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let output = evenkeel(&arguments);
        assert_fits(&String::from_utf8_lossy(&output.stdout));
        (output.status.code(), shown(&output))
    };
    let clean = [
        ("--returns", "etf18_daily_returns.csv"),
        ("--returns", "multiasset6_monthly_returns.csv"),
        ("--prices", "etf5_daily_prices.csv"),
        ("--prices", "sp20_daily_prices.csv"),
        ("--prices", "factor_etf_daily_prices.csv"),
    ];
    for (kind, file) in clean {
        let (status, told) = on(kind, file, &[]);
        assert_eq!(status, Some(0), "{file}: {told}");
    }
    let holed = [
        ("--returns", "us_multiasset_monthly_1963_2022.csv", "OIL_WTI on 1963-07-31"),
        ("--returns", "factors_daily.csv", "MOM on 1963-07-01"),
        ("--prices", "stocks20_daily_prices.csv", "GOOG on 1990-01-02"),
        ("--prices", "sp500_5y_close.csv", "ALLE on 2013-02-11"),
    ];
    for (kind, file, first) in holed {
        let (status, told) = on(kind, file, &[]);
        assert!(status == Some(2) && told.contains(first) && told.contains("`complete`, `pairwise` or `backfill`"), "{file}: {told}");
        let (status, told) = on(kind, file, &["estimate.missing=backfill"]);
        assert_eq!(status, Some(0), "{file}: {told}");
    }
}

#[test]
fn returns_in_parquet_are_refused_without_showing_them() {
    let folder = Folder::new("parquet-returns");
    let path = folder.path().join("returns.parquet");
    fs::write(&path, b"PAR1\0\xff\xfePAR1").unwrap();
    let output = evenkeel(&["estimate", "--returns", path.to_str().unwrap()]);
    let said = shown(&output);
    assert!(said.contains("returns are read from CSV") && !said.contains("PAR1"), "{said}");
}

/// A household with a fund in euros, 120 days of prices, and rates of which the middle and the end are missing.
fn abroad(name: &str) -> Folder {
    let folder = Folder::new(name);
    let day = |index: i32| "2024-01-01".parse::<Date>().unwrap().add_days(index).unwrap();
    let wave = |index: i32, step: f64| 100.0 + 3.0 * (f64::from(index) * step).sin() + 0.05 * f64::from(index);
    let rows = (0..120).map(|index| format!("{},{:.4},{:.4}\n", day(index), wave(index, 0.7), wave(index, 1.3)));
    let quoted = (0..100).filter(|index| !(40..60).contains(index));
    let rates = quoted.map(|index| format!("{},EUR,USD,{:.4}\n", day(index), 1.0 + 0.001 * f64::from(index)));
    let files = [
        (
            "policy.toml",
            "schema_version = 1\nname = \"p\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.05\n[prices]\nmax_age_days = 5\n[[target]]\nclass = \"Home\"\n\
             weight = 0.5\ninstruments = [\"X\"]\n[[target]]\nclass = \"Abroad\"\nweight = 0.5\ninstruments = [\"E\"]\n"
                .to_owned(),
        ),
        (
            "household.toml",
            "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"kim\"\nfiling_status = \"single\"\njurisdiction = \"US\"\ncurrency = \"USD\"\n\
             [[account]]\nid = \"a\"\nowner = \"kim\"\ntax_treatment = \"exempt\"\ncurrency = \"USD\"\n"
                .to_owned(),
        ),
        ("instruments.csv", "symbol,class,currency,lot_size\nX,Home,USD,fractional\nE,Abroad,EUR,fractional\n".to_owned()),
        ("journal.csv", "account,kind,trade_date,symbol,quantity,price,gross,fx_rate,currency\na,deposit,2024-01-01,,,,1100,,\na,deposit,2024-01-01,,,,1000,,EUR\na,buy,2024-01-01,X,10,100,,,\na,buy,2024-01-01,E,10,100,,1,EUR\n".to_owned()),
        ("prices.csv", "# kind: raw\ndate,X,E\n".to_owned() + &rows.collect::<String>()),
        ("fx.csv", "date,base,quote,rate\n".to_owned() + &rates.collect::<String>()),
    ];
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

/// What is wrong with rates in a history, and that dividends are not in it, stands in the document and on the page, whoever reads them later.
#[test]
fn what_should_be_known_of_a_history_stands_in_document_and_page() {
    let folder = abroad("abroad");
    let commands: [&[&str]; 6] = [
        &["risk", ".", "--as-of", "2024-04-29"],
        &["estimate", "."],
        &["frontier", "."],
        &["simulate", ".", "--block", "2", "--method", "bootstrap", "--years", "2", "--paths", "50"],
        &["backtest", "."],
        &["performance", "."],
    ];
    let told = |arguments: &[&str]| -> Value {
        let output = evenkeel_in(folder.path(), &[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    for arguments in commands {
        let found = told(arguments);
        let diagnostics: Vec<&str> = found["diagnostics"].as_array().unwrap().iter().filter_map(|told| told["message"].as_str()).collect();
        // The days 45 to 59 after the first are in a hole, the days 105 to 119 after the last rate.
        let stale = "the exchange rate of `EUR/USD` is stale on 30 of 120 dates of the history, at worst 20 days old";
        assert_eq!(diagnostics.iter().filter(|message| message.contains(stale)).count(), 1, "{arguments:?}: {diagnostics:?}");
        let has_note = found["result"].to_string().contains("Returns leave out dividends");
        // What was earned is what the journal tells; its prices are not where dividends are looked for.
        assert_eq!(has_note, arguments[0] != "performance", "{arguments:?}: {}", found["result"]);
        let page = folder.path().join("page.html");
        evenkeel_in(folder.path(), &[arguments, &["--out", "page.html"]].concat());
        let page = fs::read_to_string(page).unwrap();
        assert!(page.contains("What should be known of data and methods") && page.contains("is stale on 30 of 120 dates"), "{arguments:?}");
    }
    fs::write(folder.path().join("actions.csv"), "date,symbol,kind,amount\n2024-02-01,X,dividend,1\n").unwrap();
    // Cash abroad is counted at the rates, too.
    let journal = "account,kind,trade_date,gross,currency\na,deposit,2024-01-01,1100,\na,deposit,2024-01-01,1000,EUR\n";
    let kept = fs::read_to_string(folder.path().join("journal.csv")).unwrap();
    fs::write(folder.path().join("journal.csv"), journal).unwrap();
    assert!(told(&["performance", "."])["diagnostics"].to_string().contains("is stale on 30 of 120 dates"));
    fs::write(folder.path().join("journal.csv"), kept).unwrap();
    for arguments in commands {
        assert!(!told(arguments)["result"].to_string().contains("Returns leave out dividends"), "{arguments:?}");
    }
}
