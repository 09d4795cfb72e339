//! `evenkeel attribute` by currency from the books, and by factors: by hand, and on real data.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use evenkeel_ledger::date::{Date, Weekday};
use serde_json::Value;
use support::{Folder, assert_fits, evenkeel_in, root, shown};

fn result(folder: &Path, arguments: &[&str]) -> Value {
    let output = evenkeel_in(folder, &[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let mut envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
    envelope["result"].take()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn sum(list: &Value, key: &str) -> f64 {
    list.as_array().unwrap().iter().map(|entry| number(&entry[key])).sum()
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// A share in euros and a bond in dollars, half each, for three days; the policy wants 40 % of the share.
fn abroad(name: &str) -> Folder {
    let folder = Folder::new(name);
    let files = [
        ("instruments.csv", "symbol,class,currency\nEURO,Equity,EUR\nBOND,Bonds,USD\n"),
        ("prices.csv", "# kind: raw\ndate,EURO,BOND\n2024-01-02,100,100\n2024-01-03,110,101\n2024-01-04,99,102\n"),
        ("fx.csv", "date,base,quote,rate\n2024-01-02,EUR,USD,1.00\n2024-01-03,EUR,USD,1.05\n2024-01-04,EUR,USD,1.10\n"),
        ("signals.csv", "date,estr,sofr\n2024-01-01,0.0365,0.073\n"),
        (
            "policy.toml",
            "schema_version = 1\nname = \"abroad\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.5\n[[target]]\nclass = \"Equity\"\n\
             weight = 0.4\ninstruments = [\"EURO\"]\n[[target]]\nclass = \"Bonds\"\nweight = 0.6\ninstruments = [\"BOND\"]\n",
        ),
        (
            "household.toml",
            "schema_version = 1\nid = \"abroad\"\n[[owner]]\nid = \"kim\"\nfiling_status = \"single\"\njurisdiction = \"US\"\n\
             currency = \"USD\"\nrates = { ordinary = 0.24, long_term = 0.15, state = 0.0 }\n[[account]]\nid = \"a\"\nowner = \"kim\"\n\
             tax_treatment = \"untaxed\"\ncurrency = \"USD\"\n",
        ),
        (
            "journal.csv",
            "account,kind,trade_date,symbol,quantity,price,gross,currency,fx_rate\na,deposit,2024-01-02,,,,1000,USD,\n\
             a,deposit,2024-01-02,,,,1000,EUR,\na,buy,2024-01-02,EURO,10,100,,EUR,1\na,buy,2024-01-02,BOND,10,100,,USD,\n",
        ),
    ];
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

/// By hand: the share earns 10 % and then −10 % in euros, the euro 5 % and then 1.10 ÷ 1.05 − 1.
#[test]
fn currencies_are_told_apart_from_the_books() {
    let folder = abroad("abroad");
    let asked = ["attribute", ".", "--method", "currency", "--every", "day"];
    let told = result(folder.path(), &asked)["attribution"].take();
    let value = [2000.0, 10.0 * 110.0 * 1.05 + 1010.0, 10.0 * 99.0 * 1.10 + 1020.0];
    near(number(&told["portfolio_return"]), value[2] / value[0] - 1.0, 1e-12);
    let mix = (1.0 + 0.4 * (1.1 * 1.05 - 1.0) + 0.6 * 0.01) * (1.0 + 0.4 * (0.9 * 1.10 / 1.05 - 1.0) + 0.6 * (102.0 / 101.0 - 1.0));
    near(number(&told["benchmark_return"]), mix - 1.0, 1e-12);
    let parts = ["allocation", "selection", "interaction", "currency"].map(|part| number(&told[part]));
    near(parts.iter().sum::<f64>(), number(&told["excess"]), 1e-12);
    near(sum(&told["segments"], "total"), number(&told["excess"]), 1e-12);
    // The first day alone: markets over cash (none given), then the currency.
    let first = &told["by_period"][1];
    let linked = number(&first["allocation"]) / ((0.5 - 0.4) * (0.10 * 1.05 - 0.01));
    near(number(&first["currency"]), linked * (0.5 - 0.4) * 0.05, 1e-12);
    // What was earned in the own currency and by it.
    let earned = &told["earned"];
    let abroad = earned.as_array().unwrap().iter().find(|part| part["name"] == "Equity in EUR").unwrap();
    near(number(&abroad["local_return"]), 1.1 * 0.9 - 1.0, 1e-12);
    near(number(&abroad["currency_return"]), 0.10, 1e-12);
    near(sum(earned, "total"), number(&told["portfolio_return"]), 1e-12);
    near(sum(earned, "interest_differential"), 0.0, 0.0);
    assert_fits(&shown(&evenkeel_in(folder.path(), &asked)));
}

#[test]
fn cash_rates_tell_the_differential_of_interest() {
    let folder = abroad("cash-rates");
    let plain = result(folder.path(), &["attribute", ".", "--method", "currency"])["attribution"].take();
    let asked = ["attribute", ".", "--method", "currency", "--cash-rate", "EUR=estr", "--cash-rate", "USD=sofr"];
    let told = result(folder.path(), &asked)["attribution"].take();
    for total in ["portfolio_return", "benchmark_return"] {
        near(number(&told[total]), number(&plain[total]), 1e-12);
    }
    // A day of 3.65 % is 0.01 %, of 7.3 % 0.02 %: euros paid less, and there were more of them than the policy wants.
    let interest = number(&told["interest_differential"]);
    assert!(interest < 0.0 && interest > -0.0001, "{interest}");
    near(sum(&told["segments"], "total"), number(&told["excess"]), 1e-12);
    let abroad = told["earned"].as_array().unwrap().iter().find(|part| part["name"] == "Equity in EUR").unwrap();
    assert!(number(&abroad["interest_differential"]) < 0.0);
    near(sum(&told["earned"], "total"), number(&told["portfolio_return"]), 1e-12);
    assert_fits(&shown(&evenkeel_in(folder.path(), &asked)));
    for (arguments, why) in [
        (&["attribute", ".", "--method", "currency", "--cash-rate", "EUR=estr"][..], "none of USD"),
        (&["attribute", ".", "--method", "currency", "--cash-rate", "EUR=libor"], "`libor` is no series of signals.csv"),
        (&["attribute", ".", "--method", "currency", "--cash-rate", "estr"], "names no currency and series"),
        (&["attribute", ".", "--cash-rate", "EUR=estr"], "would do nothing"),
    ] {
        let output = evenkeel_in(folder.path(), arguments);
        assert!(output.status.code() == Some(2) && shown(&output).contains(why), "{}", shown(&output));
    }
}

/// Factors that bear the first day of the month that they are of stand beside the month before, which is told.
#[test]
fn factors_on_first_days_of_months_are_told() {
    let folder = Folder::new("first-days");
    let begin: Date = "2020-01-01".parse().unwrap();
    let months: Vec<Date> = (0..24).map(|month| begin.add_months(month).unwrap()).collect();
    let earned = |month: usize| 0.02 * (f64::from(u8::try_from(month).unwrap()) * 1.3).sin();
    let table = |header: &str, day: fn(&Date) -> Date| {
        let rows = months.iter().enumerate().map(|(month, date)| format!("{},{:.6}\n", day(date), earned(month)));
        format!("date,{header}\n") + &rows.collect::<String>()
    };
    fs::write(folder.path().join("fund.csv"), table("fund", |date| date.month_end())).unwrap();
    let notes = |factors: String| {
        fs::write(folder.path().join("factors.csv"), factors).unwrap();
        result(folder.path(), &["attribute", "--returns", "fund.csv", "--factors", "factors.csv"])["factors"]["notes"].to_string()
    };
    let told = notes(table("MKT", |date| *date));
    assert!(told.contains("The factors bear first days of months: what is dated 2021-12-01 stands beside the returns of the month that ended on 2021-11-30"), "{told}");
    assert!(!notes(table("MKT", |date| date.month_end())).contains("first days"));
}

/// A fund made of factors: its exposures are found, and nothing is left.
#[test]
fn a_fund_of_factors_is_taken_apart() {
    let folder = Folder::new("factors");
    let (mut factors, mut fund) = ("date,MKT,SIZE,RF\n".to_owned(), "date,fund,index\n".to_owned());
    for month in 0..24_u32 {
        let date = format!("{}-{:02}-28", 2020 + month / 12, month % 12 + 1);
        let (market, size) = (0.01 * f64::from(month * 7 % 11) - 0.04, 0.01 * f64::from(month * 5 % 7) - 0.03);
        let _ = writeln!(factors, "{date},{market},{size},0.001");
        let _ = writeln!(fund, "{date},{},{}", 0.001 + 0.8 * market - 0.3 * size, 0.001 + market);
    }
    fs::write(folder.path().join("factors.csv"), factors).unwrap();
    fs::write(folder.path().join("fund.csv"), fund).unwrap();
    let base = ["attribute", "--returns", "fund.csv", "--factors", "factors.csv"];
    let told = result(folder.path(), &[&base[..], &["--cash", "RF", "--every", "year"]].concat())["factors"].take();
    let of = |name: &str| told["factors"].as_array().unwrap().iter().find(|factor| factor["factor"] == name).unwrap().clone();
    near(number(&of("MKT")["exposure"]), 0.8, 1e-10);
    near(number(&of("SIZE")["exposure"]), -0.3, 1e-10);
    near(number(&of("RF")["exposure"]), 1.0, 0.0);
    near(number(&told["specific"]), 0.0, 1e-12);
    near(sum(&told["factors"], "effect") + number(&told["specific"]), number(&told["portfolio_return"]), 1e-12);
    assert_eq!((told["by_period"].as_array().unwrap().len(), &told["exposures"]), (2, &Value::from("fitted")));
    // Against the index what differs is a market that is held less, and size.
    for linking in ["carino", "menchero", "grap", "frongello"] {
        let arguments = [&base[..], &["--benchmark", "index", "--factor", "MKT", "--factor", "SIZE", "--linking", linking]].concat();
        let told = result(folder.path(), &arguments)["factors"].take();
        near(number(&told["factors"][0]["exposure"]), -0.2, 1e-10);
        near(sum(&told["factors"], "effect") + number(&told["specific"]), number(&told["excess"]), 1e-12);
    }
    for (more, why) in [
        (&["--factor", "VALUE"][..], "`VALUE` is no column of the factors"),
        (&["--factor", "RF"], "does not vary"),
        (&["--from", "2021-11-01"], "too few"),
        (&["--from", "2023-01-01"], "has no return in the span"),
        (&["--method", "levels"], "cannot be used with"),
    ] {
        let output = evenkeel_in(folder.path(), &[&base[..], more].concat());
        assert!(output.status.code() == Some(2) && shown(&output).contains(why), "{}", shown(&output));
    }
}

/// Half of a factor that is known by the day, in dates that are no usual step apart: the first return begins where the file says.
#[test]
fn the_first_return_begins_with_the_day_before_it() {
    let folder = Folder::new("factor-begin");
    let first: Date = "2020-01-01".parse().unwrap();
    let weekdays: Vec<Date> = (0..220)
        .map(|day| first.add_days(day).unwrap())
        .filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
        .collect();
    let market = |place: usize| 0.001 * f64::from(u32::try_from(place * 7 % 11).unwrap()) - 0.004;
    let factors = weekdays.iter().enumerate().map(|(place, day)| format!("{day},{}\n", market(place))).collect::<Vec<_>>().concat();
    fs::write(folder.path().join("factors.csv"), format!("date,MKT\n{factors}")).unwrap();
    // What the fund earned from each date to the next.
    let fund = |dates: &[&str]| -> String {
        let days: Vec<Date> = dates.iter().map(|date| date.parse().unwrap()).collect();
        let grown = |begin: Date, end: Date| {
            let held = weekdays.iter().enumerate().filter(|(_, day)| **day > begin && **day <= end);
            held.map(|(place, _)| 1.0 + market(place)).product::<f64>() - 1.0
        };
        days.windows(2).map(|pair| format!("{},{}\n", pair[1], 0.5 * grown(pair[0], pair[1]))).collect::<Vec<_>>().concat()
    };
    let uneven = fund(&["2020-01-16", "2020-01-31", "2020-03-05", "2020-04-03", "2020-05-06", "2020-06-02", "2020-07-03"]);
    let ends = fund(&["2020-01-31", "2020-02-28", "2020-03-31", "2020-04-30", "2020-05-29", "2020-06-30"]);
    let days: Vec<String> = weekdays[13..40].iter().map(ToString::to_string).collect();
    let daily = fund(&days.iter().map(String::as_str).collect::<Vec<_>>());
    let table = |directive: &str, rows: &str| format!("{directive}date,fund\n{rows}");
    for (text, span, begin) in [
        (table("# base_date: 2020-01-16\n", &uneven), &[][..], "2020-01-16"),
        (table("# base_date: 2020-01-16\n", &uneven), &["--from", "2020-02-03"][..], "2020-01-31"),
        (table("", &ends), &[][..], "2020-01-31"),
        (table("", &ends), &["--from", "2020-03-01"][..], "2020-02-28"),
        // A Monday: its day before is the Friday.
        (table("", &daily), &["--from", "2020-01-27"][..], "2020-01-24"),
        (table(&format!("# base_date: {}\n", days[0]), &daily), &[][..], &days[0]),
    ] {
        fs::write(folder.path().join("fund.csv"), &text).unwrap();
        let base = ["attribute", "--returns", "fund.csv", "--factors", "factors.csv"];
        let told = result(folder.path(), &[&base[..], span].concat())["factors"].take();
        assert_eq!(told["from"], begin, "{text}");
        near(number(&told["factors"][0]["exposure"]), 0.5, 1e-9);
        near(number(&told["r_squared"]), 1.0, 1e-9);
        assert_eq!(told["notes"].as_array().unwrap().len(), 0, "{told}");
    }
    // A month without factors is told, of returns by the month and by the day.
    let holed: String = factors.lines().filter(|row| !row.starts_with("2020-04")).fold(String::new(), |text, row| text + row + "\n");
    fs::write(folder.path().join("factors.csv"), format!("date,MKT\n{holed}")).unwrap();
    let all: Vec<String> = weekdays.iter().map(ToString::to_string).collect();
    let all = fund(&all.iter().map(String::as_str).collect::<Vec<_>>());
    for (rows, usual, longest) in [(&ends, "32 days", "2020-03-31 to 2020-05-29"), (&all, "1 day", "2020-03-31 to 2020-05-01")] {
        fs::write(folder.path().join("fund.csv"), table("", rows)).unwrap();
        let told = result(folder.path(), &["attribute", "--returns", "fund.csv", "--factors", "factors.csv"])["factors"].take();
        let note =
            format!("1 period is longer than the usual {usual}, as returns or factors are missing within: the longest is from {longest}.");
        assert!(told["notes"].as_array().unwrap().contains(&Value::from(note.as_str())), "{note} {}", told["notes"]);
    }
    fs::write(folder.path().join("fund.csv"), table("# base_date: soon\n", &ends)).unwrap();
    let output = evenkeel_in(folder.path(), &["performance", "--returns", "fund.csv"]);
    assert!(output.status.code() == Some(2) && shown(&output).contains("is not a date"), "{}", shown(&output));
}

/// By hand: 1,000 dollars in a share and 1,000 euros of cash, both 10 % more the next day, beside the share alone.
#[test]
fn what_the_benchmark_does_not_hold_has_no_selection() {
    let folder = abroad("not-held");
    let policy = "schema_version = 1\nname = \"one\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.5\n[[target]]\nclass = \"Bonds\"\n\
                  weight = 1\ninstruments = [\"BOND\"]\n";
    let journal = "account,kind,trade_date,symbol,quantity,price,gross,currency\na,deposit,2024-01-02,,,,1000,USD\n\
                   a,deposit,2024-01-02,,,,1000,EUR\na,buy,2024-01-02,BOND,10,100,,USD\n";
    let prices = "# kind: raw\ndate,EURO,BOND\n2024-01-02,100,100\n2024-01-03,100,110\n";
    let rates = "date,base,quote,rate\n2024-01-02,EUR,USD,1.00\n2024-01-03,EUR,USD,1.10\n";
    for (file, text) in [("policy.toml", policy), ("journal.csv", journal), ("prices.csv", prices), ("fx.csv", rates)] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let of = |method: &str, name: &str| {
        let told = result(folder.path(), &["attribute", ".", "--method", method])["attribution"].take();
        near(sum(&told["segments"], "total"), number(&told["excess"]), 1e-12);
        let found = told["segments"].as_array().unwrap().iter().find(|segment| segment["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("{name}: {told}"))
    };
    let cash = of("currency", "Cash in EUR");
    for (part, expected) in [("allocation", -0.05), ("selection", 0.0), ("interaction", 0.0), ("currency", 0.05)] {
        near(number(&cash[part]), expected, 1e-12);
    }
    for method in ["brinson_fachler", "levels"] {
        let cash = of(method, "Cash");
        near(number(&cash["allocation"]), 0.0, 1e-12);
        near(number(&cash["selection"]), 0.0, 1e-12);
    }
}

/// Real returns of funds and the factors of Fama and French: effects add up to the return to the last digit.
#[test]
fn real_funds_and_real_factors() {
    let data = root().join("../shared/data");
    let (funds, factors) = (data.join("etf18_daily_returns.csv"), data.join("factors_daily.csv"));
    if !funds.exists() {
        println!("SKIPPED: {} is not there", funds.display());
        return;
    }
    let base = ["attribute", "--returns", funds.to_str().unwrap(), "--of", "VTI", "--factors", factors.to_str().unwrap(), "--cash", "RF"];
    let three = ["--factor", "MKT_RF", "--factor", "SMB", "--factor", "HML", "--every", "year"];
    let arguments = [&base[..], &three].concat();
    let told = result(&root(), &arguments)["factors"].take();
    // The whole market, without its dividends.
    near(number(&told["factors"][1]["exposure"]), 1.0, 0.02);
    assert!(number(&told["r_squared"]) > 0.98 && number(&told["factors"][1]["t_statistic"]) > 100.0);
    near(sum(&told["factors"], "effect") + number(&told["specific"]), number(&told["portfolio_return"]), 1e-12);
    let by_period: f64 = told["by_period"]
        .as_array()
        .unwrap()
        .iter()
        .map(|year| year["factors"].as_array().unwrap().iter().map(number).sum::<f64>() + number(&year["specific"]))
        .sum();
    near(by_period, number(&told["portfolio_return"]), 1e-12);
    assert_fits(&shown(&evenkeel_in(&root(), &arguments)));
}

/// The accounts of the example by the loadings of their classes, which the weights of every day carry.
#[test]
fn books_have_the_exposures_of_their_classes() {
    let folder = Folder::new("loadings");
    let assumptions = "schema_version = 1\nas_of = 2024-01-01\nsource = \"test\"\n[[class]]\nclass = \"Equity\"\nloadings = { market = 1.0 }\n\
                       [[class]]\nclass = \"Bonds\"\nloadings = { market = 0.1, rates = 1.0 }\n";
    fs::write(folder.path().join("loadings.toml"), assumptions).unwrap();
    let prices = fs::read_to_string(root().join("examples/performance/prices.csv")).unwrap();
    let mut factors = "date,market,rates\n".to_owned();
    for (week, row) in prices.lines().skip(2).enumerate() {
        let week = i32::try_from(week).unwrap();
        let moves = (0.002 * f64::from(week % 5 - 2), 0.001 * f64::from(week % 3 - 1));
        let _ = writeln!(factors, "{},{},{}", row.split(',').next().unwrap(), moves.0, moves.1);
    }
    fs::write(folder.path().join("factors.csv"), factors).unwrap();
    let example = root().join("examples/performance");
    let base = ["attribute", example.to_str().unwrap(), "--factors", "factors.csv", "--loadings", "loadings.toml"];
    let alone = result(folder.path(), &base)["factors"].take();
    assert_eq!((&alone["exposures"], &alone["r_squared"]), (&Value::from("loadings"), &Value::Null));
    // On the first day nothing was held before: what its purchases cost has no factors beside it.
    let earned = result(&root(), &["performance", "examples/performance", "--from", "2024-01-12"]);
    near(number(&alone["portfolio_return"]), number(&earned["performance"]["total"]["gross"]["total"]), 1e-12);
    near(sum(&alone["factors"], "effect") + number(&alone["specific"]), number(&alone["excess"]), 1e-12);
    let market = number(&alone["factors"][0]["exposure"]);
    assert!(market > 0.5 && market < 0.8, "{market}");
    // Beside the policy only what differs from it counts.
    let beside = result(folder.path(), &[&base[..], &["--benchmark", "policy"]].concat())["factors"].take();
    assert!(number(&beside["factors"][0]["exposure"]).abs() < 0.1);
    near(sum(&beside["factors"], "effect") + number(&beside["specific"]), number(&beside["excess"]), 1e-12);
    let output = evenkeel_in(folder.path(), &[&base[..], &["--benchmark", "domestic"]].concat());
    assert!(output.status.code() == Some(2) && shown(&output).contains("no weights are known"), "{}", shown(&output));
}

/// Ten years of real returns in three currencies at their real rates: nothing is left between markets and currencies.
#[test]
fn real_returns_in_three_currencies() {
    let data = root().join("../shared/data");
    let (Ok(returns), Ok(rates)) =
        (fs::read_to_string(data.join("us_multiasset_monthly_1963_2022.csv")), fs::read_to_string(data.join("fx_monthly_long.csv")))
    else {
        println!("SKIPPED: {} is not there", data.display());
        return;
    };
    let folder = abroad("real-currencies");
    let rate = |country: &str, month: &str| -> String {
        let row = rates.lines().find(|row| row.starts_with(month) && row.contains(country)).unwrap();
        row.rsplit(',').next().unwrap().to_owned()
    };
    let months: Vec<Vec<&str>> =
        returns.lines().filter(|row| *row >= "2010-01" && *row < "2020-01").map(|row| row.split(',').collect()).collect();
    assert_eq!(months.len(), 120);
    let (mut prices, mut fx) = ("# kind: raw\ndate,HOME,YEN,FRANC\n".to_owned(), "date,base,quote,rate\n".to_owned());
    let mut levels = [100.0, 100.0, 100.0];
    for (at, month) in months.iter().enumerate() {
        let date = month[0];
        let moves = [month[1], month[2], month[3]].map(|text| text.parse::<f64>().unwrap());
        if at > 0 {
            levels = [0, 1, 2].map(|asset| levels[asset] * (1.0 + moves[asset]));
        }
        let _ = writeln!(prices, "{date},{:.9},{:.9},{:.9}", levels[0], levels[1], levels[2]);
        for (currency, country) in [("JPY", "Japan"), ("CHF", "Switzerland")] {
            let _ = writeln!(fx, "{date},USD,{currency},{}", rate(country, &date[..7]));
        }
    }
    let weight = |class: &str, weight: &str, symbol: &str| {
        format!("[[target]]\nclass = \"{class}\"\nweight = {weight}\ninstruments = [\"{symbol}\"]\n")
    };
    let policy = format!(
        "schema_version = 1\nname = \"three\"\nbase_currency = \"USD\"\n[bands]\nabsolute = 0.5\n[prices]\nmax_age_days = 40\n{}{}{}",
        weight("Equity", "0.5", "HOME"),
        weight("Bonds", "0.3", "YEN"),
        weight("Gold", "0.2", "FRANC")
    );
    let (yen, franc) = (rate("Japan", "2010-01").parse::<f64>().unwrap(), rate("Switzerland", "2010-01").parse::<f64>().unwrap());
    let day = months[0][0];
    let buy = |symbol: &str, currency: &str, per_dollar: f64| {
        let rate = if currency == "USD" { String::new() } else { format!("{:.9}", 1.0 / per_dollar) };
        format!("a,deposit,{day},,,,100000,{currency},\na,buy,{day},{symbol},1000,100,,{currency},{rate}\n")
    };
    let journal = format!(
        "account,kind,trade_date,symbol,quantity,price,gross,currency,fx_rate\n{}{}{}",
        buy("HOME", "USD", 1.0),
        buy("YEN", "JPY", yen),
        buy("FRANC", "CHF", franc)
    );
    let instruments = "symbol,class,currency\nHOME,Equity,USD\nYEN,Bonds,JPY\nFRANC,Gold,CHF\n".to_owned();
    for (file, text) in
        [("prices.csv", prices), ("fx.csv", fx), ("policy.toml", policy), ("journal.csv", journal), ("instruments.csv", instruments)]
    {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let earned = result(folder.path(), &["performance", "."]);
    for linking in ["carino", "menchero", "grap", "frongello"] {
        let told = result(folder.path(), &["attribute", ".", "--method", "currency", "--linking", linking])["attribution"].take();
        near(number(&told["portfolio_return"]), number(&earned["performance"]["total"]["gross"]["total"]), 1e-12);
        near(sum(&told["segments"], "total"), number(&told["excess"]), 1e-12);
        near(sum(&told["earned"], "total"), number(&told["portfolio_return"]), 1e-12);
        let bonds = told["earned"].as_array().unwrap().iter().find(|part| part["name"] == "Bonds in JPY").unwrap();
        near(number(&bonds["local_return"]), levels[1] / 100.0 - 1.0, 1e-9);
        near(number(&bonds["currency_return"]), yen / rate("Japan", &months[119][0][..7]).parse::<f64>().unwrap() - 1.0, 1e-9);
    }
}
