//! The 9,367 fills of a strategy account, appended to a journal of its own through a mapping file, a
//! year at a time, and replayed against the account's own records.

use std::collections::BTreeMap;

use evenkeel::diagnostic::Code;
use evenkeel_ledger::number::Decimal;

use crate::case::{Case, decimal, documented, institution, public_text};

const SYMBOLS: [&str; 7] = ["AMD", "CERN", "COST", "DELL", "GPS", "INTC", "MMM"];

/// The opening deposit is in no file of the source; it begins the journal.
const OPENING: &str = "{\"schema_version\":1}\n{\"sequence\":1,\"account\":\"strategy\",\"dates\":{\"trade\":\"2004-01-02\"},\
                       \"kind\":{\"deposit\":{\"amount\":\"100000\",\"currency\":\"USD\"}}}\n";

#[test]
fn fills_are_appended_through_a_mapping_and_replayed() {
    let (Some(fills), Some(recorded)) = (public_text("account_transactions.csv"), public_text("account_positions_usd.csv")) else { return };
    let (header, fills) = fills.split_once('\n').unwrap();
    let instruments: String = SYMBOLS.iter().map(|symbol| format!("{symbol},Equity/US,USD\n")).collect();
    let case = Case::new("account");
    case.write("household.toml", &institution("fund", "strategy"))
        .write("instruments.csv", &format!("symbol,class,currency\n{instruments}"))
        .write("journal.jsonl", OPENING)
        .write("fills.mapping.toml", &documented("fills.mapping.toml"));
    let mut units: BTreeMap<&str, Decimal> = BTreeMap::new();
    let (mut appended, mut shorts, mut overdrawn) = (0, 0, 0);
    for year in ["2004", "2005", "2006", "2007", "2008", "2009"] {
        let of_year: Vec<&str> = fills.lines().filter(|line| line.starts_with(year)).collect();
        case.write("fills.csv", &format!("{header}\n{}\n", of_year.join("\n")));
        let as_of = format!("{year}-12-31");
        let options = ["--as-of", &as_of, "--allow-margin", "--allow-short"];
        let added = case.run(&[&["journal", "append", "."], &options[..], &["--events", "fills.csv"]].concat());
        assert_eq!(added.code, 0, "{}", added.text);
        assert_eq!(added.result()["added"], of_year.len());
        appended += of_year.len();

        for line in &of_year {
            let fields: Vec<&str> = line.split(',').collect();
            let held = units.entry(SYMBOLS.iter().find(|symbol| **symbol == fields[4]).unwrap()).or_default();
            *held = held.try_add(fields[1].parse().unwrap()).unwrap();
        }
        let replayed = case.run(&[&["journal", "replay", "."], &options[..]].concat());
        assert_eq!(replayed.code, 0, "{}", replayed.text);
        let account = &replayed.result()["accounts"][0];
        let positions = account["positions"].as_array().unwrap().iter();
        let positions: BTreeMap<&str, Decimal> =
            positions.map(|line| (line["symbol"].as_str().unwrap(), decimal(&line["quantity"]))).collect();
        let expected: BTreeMap<&str, Decimal> =
            units.iter().filter(|(_, units)| !units.is_zero()).map(|(symbol, units)| (*symbol, *units)).collect();
        assert_eq!(positions, expected, "{as_of}");
        shorts += positions.values().filter(|units| units.is_negative()).count();
        // Cash of the last recorded day of the year.
        let last = recorded.lines().rfind(|line| line.starts_with(year)).unwrap();
        let cash: Decimal = last.rsplit(',').next().unwrap().parse().unwrap();
        let found = decimal(&account["cash"][0]["amount"]);
        assert!(found.try_sub(cash).unwrap().abs() <= "0.01".parse().unwrap(), "{as_of}: {found}, recorded {cash}");
        overdrawn += usize::from(found.is_negative());
    }
    assert_eq!(appended, 9367);
    assert!(shorts > 0 && overdrawn > 0, "{shorts} short positions and {overdrawn} overdrafts at the ends of years");

    // The fills of the last year once more would go back in time: nothing is written.
    let before = case.read("journal.jsonl");
    let again = case.run(&["journal", "append", ".", "--as-of", "2010-12-31", "--events", "fills.csv", "--allow-margin", "--allow-short"]);
    assert_eq!(again.code, 2, "{}", again.text);
    again.assert_tells(Code::JOURNAL, &["2009-12-31"]);
    assert!(case.read("journal.jsonl") == before);
}

/// A foreign file can be the journal itself: replayed, and left as it is.
#[test]
fn fills_can_be_the_journal_itself() {
    let Some(fills) = public_text("account_transactions.csv") else { return };
    let instruments: String = SYMBOLS.iter().map(|symbol| format!("{symbol},Equity/US,USD\n")).collect();
    let case = Case::new("account-itself");
    case.write("household.toml", &institution("fund", "strategy"))
        .write("instruments.csv", &format!("symbol,class,currency\n{instruments}"))
        .write("journal.csv", &fills)
        .write("journal.mapping.toml", &documented("fills.mapping.toml"));
    let books = [".", "--as-of", "2009-12-31"];
    let replayed = case.run(&[&["journal", "replay"], &books[..], &["--allow-margin", "--allow-short"]].concat());
    assert_eq!(replayed.code, 0, "{}", replayed.text);
    assert_eq!(replayed.result()["events"], 9367);
    // Without its deposit the account is 100,000 below its own record of -11,938.953.
    let cash = decimal(&replayed.result()["accounts"][0]["cash"][0]["amount"]);
    assert!(cash.try_sub("-111938.953".parse().unwrap()).unwrap().abs() <= "0.01".parse().unwrap(), "{cash}");
    let strict = case.run(&[&["journal", "replay"], &books[..]].concat());
    assert_eq!(strict.code, 2, "{}", strict.text);
    strict.assert_tells(Code::JOURNAL, &["the books refuse event 1", "6961.92 USD is needed"]);
}

/// A price is known only while something is held: from one to the next it may have doubled.
const POLICY: &str = "schema_version = 1\nname = \"strategy\"\nbase_currency = \"USD\"\n\n[prices]\nmax_jump = 3.0\n\n[bands]\nabsolute = 0.05\n\n\
                      [[target]]\nclass = \"Equity\"\nweight = 1.0\ninstruments = [\"AMD\"]\n\n[[trigger]]\nkind = \"threshold\"\n";

/// Prices made of the recorded positions: every one of 1,506 days earns what the account's own record says, with shorts and
/// borrowed cash.
#[test]
fn the_account_earns_what_its_own_record_says() {
    let names = ["account_transactions.csv", "account_positions_usd.csv", "account_returns.csv"];
    let [Some(fills), Some(positions), Some(returns)] = names.map(public_text) else { return };
    let instruments: String = SYMBOLS.iter().map(|symbol| format!("{symbol},Equity/US,USD\n")).collect();
    let case = Case::new("account-performance");
    case.write("household.toml", &institution("fund", "strategy"))
        .write("instruments.csv", &format!("symbol,class,currency\n{instruments}"))
        .write("journal.jsonl", OPENING)
        .write("fills.mapping.toml", &documented("fills.mapping.toml"))
        .write("fills.csv", &fills)
        .write("policy.toml", POLICY)
        .write("prices.csv", &prices(&fills, &positions));
    let options = [".", "--as-of", "2009-12-31", "--events", "fills.csv", "--allow-margin", "--allow-short"];
    let added = case.run(&[&["journal", "append"], &options[..]].concat());
    assert_eq!(added.code, 0, "{}", added.text);
    let told = case.run(&["performance", ".", "--every", "day", "--by", "instrument"]);
    assert_eq!(told.code, 0, "{}", told.text);
    let performance = &told.result()["performance"];
    let expected: BTreeMap<&str, f64> =
        returns.lines().skip(1).filter_map(|line| line.split_once(',')).map(|(date, earned)| (date, earned.parse().unwrap())).collect();
    let days = performance["total"]["stretches"].as_array().unwrap();
    assert_eq!(days.len(), 1506);
    for day in days {
        let (date, found) = (day["to"].as_str().unwrap(), day["net"].as_f64().unwrap());
        assert!((found - expected[date]).abs() < 1e-6, "{date}: {found}, recorded {}", expected[date]);
    }
    let parts = performance["parts"].as_array().unwrap();
    let sum: f64 = parts.iter().map(|part| part["contribution"].as_f64().unwrap()).sum();
    assert!((sum - performance["total"]["net"]["total"].as_f64().unwrap()).abs() < 1e-9 && parts.len() == 8, "{sum}");
}

/// What a unit was worth on each day on which some were held, or sold short.
fn prices(fills: &str, positions: &str) -> String {
    let mut units: BTreeMap<&str, i64> = BTreeMap::new();
    let mut fills = fills.lines().skip(1).peekable();
    let mut text = format!("# kind: split_adjusted\ndate,{}\n", SYMBOLS.join(","));
    for line in positions.lines().skip(1) {
        let (date, values) = line.split_once(',').unwrap();
        while let Some(fill) = fills.next_if(|fill| &fill[..10] <= date) {
            let fields: Vec<&str> = fill.split(',').collect();
            *units.entry(fields[4]).or_default() += fields[1].parse::<i64>().unwrap();
        }
        let price = |(symbol, value): (&&str, &str)| {
            let held = f64::from(i32::try_from(units.get(*symbol).copied().unwrap_or_default()).unwrap());
            if held == 0.0 { String::new() } else { format!("{:.9}", value.parse::<f64>().unwrap() / held) }
        };
        let row: Vec<String> = SYMBOLS.iter().zip(values.split(',')).map(price).collect();
        text += &[date, ",", &row.join(","), "\n"].concat();
    }
    text
}
