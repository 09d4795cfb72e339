//! The same state on the same day: `rebalance` proposes what a backtest trades.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use support::{Folder, evenkeel_in, shown};

const POLICY: &str = r#"schema_version = 1
name = "One day"
base_currency = "USD"
[bands]
absolute = 0.02
[rebalance]
whole_lots = false
[costs]
management_fee = 0.01
proportional = 0.0005
[[target]]
class = "Equity"
weight = 0.5
instruments = ["A"]
[[target]]
class = "Bonds"
weight = 0.3
instruments = ["B"]
[[target]]
class = "Land"
weight = 0.2
instruments = ["C"]
[[stop]]
class = "Equity"
kind = "loss"
basis = "fraction"
move = 0.2
after_days = 20
"#;
const HOUSEHOLD: &str = "schema_version = 1\nid = \"h\"\n[[owner]]\nid = \"o\"\nfiling_status = \"single\"\njurisdiction = \"US\"\ncurrency = \"USD\"\n[[account]]\nid = \"a\"\nowner = \"o\"\ntax_treatment = \"taxable\"\ncurrency = \"USD\"\n";
const INSTRUMENTS: &str = "symbol,name,class,currency\nA,A,Equity,USD\nB,B,Bonds,USD\nC,C,Land,USD\n";

/// Sixty days: A is split two for one and falls by more than its stop on the last of them, C was last priced a fortnight before.
fn write(folder: &Folder) -> String {
    let first: evenkeel_ledger::date::Date = "2024-01-02".parse().unwrap();
    let days: Vec<_> = (0..100).map(|days| first.add_days(days).unwrap()).filter(|day| day.weekday().number() < 6).take(60).collect();
    let mut prices = "# kind: raw\ndate,symbol,price\n".to_owned();
    for (index, day) in (0_u32..).zip(&days) {
        let a = if index == 59 { 41.0 } else { 100.0 + 0.2 * f64::from(index) };
        let _ = writeln!(prices, "{day},A,{a:.2}\n{day},B,{:.2}", 50.0 + 0.05 * f64::from(index));
        if index < 50 {
            let _ = writeln!(prices, "{day},C,{:.2}", 20.0 - 0.1 * f64::from(index));
        }
    }
    let last = days[59].to_string();
    let actions = format!("date,symbol,kind,amount,qualified,new,old\n{last},A,split,,,2,1\n");
    let files = [
        ("policy.toml", POLICY),
        ("household.toml", HOUSEHOLD),
        ("instruments.csv", INSTRUMENTS),
        ("prices.csv", &prices),
        ("actions.csv", &actions),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    last
}

#[test]
fn a_proposal_is_what_a_backtest_trades_on_the_day() {
    let folder = Folder::new("one-day");
    let last = write(&folder);
    let ran = evenkeel_in(folder.path(), &["backtest", ".", "--journal", "run.jsonl"]);
    assert_eq!(ran.status.code(), Some(0), "{}", shown(&ran));
    let run = fs::read_to_string(folder.path().join("run.jsonl")).unwrap();
    let is_trade = |line: &&str| line.contains(&last) && (line.contains("\"buy\"") || line.contains("\"sell\""));
    let traded: Vec<&str> = run.lines().filter(is_trade).collect();
    assert!(traded.len() >= 2, "{run}");
    // What had happened when it was decided, the split of the day included.
    let before: String = run.lines().filter(|line| !is_trade(line)).flat_map(|line| [line, "\n"]).collect();
    assert!(before.contains("\"split\"") && before.contains("\"fee\""), "{before}");
    fs::remove_file(folder.path().join("run.jsonl")).unwrap();
    fs::write(folder.path().join("journal.jsonl"), before).unwrap();

    let proposed = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", &last, "--allow-margin", "--json"]);
    assert_eq!(proposed.status.code(), Some(0), "{}", shown(&proposed));
    let document: Value = serde_json::from_slice(&proposed.stdout).unwrap();
    let proposal = &document["result"]["proposal"];
    let trades = proposal["trades"].as_array().unwrap();
    assert!(trades.iter().any(|trade| trade["symbol"] == "A" && trade["side"] == "sell"), "the stop fires: {proposal}");
    assert!(trades.iter().all(|trade| trade["symbol"] != "C"), "what has no recent price is not traded: {proposal}");
    let of = |symbol: &Value, side: &Value, quantity: &Value| format!("{symbol} {side} {quantity}").replace('"', "");
    let mut proposed: Vec<String> = trades.iter().map(|trade| of(&trade["symbol"], &trade["side"], &trade["quantity"])).collect();
    let entered = traded.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut entered: Vec<String> = entered
        .map(|event| {
            let (side, trade) = event["kind"].as_object().unwrap().iter().next().unwrap();
            of(&trade["instrument"], &Value::from(side.as_str()), &trade["quantity"])
        })
        .collect();
    proposed.sort();
    entered.sort();
    assert_eq!(proposed, entered);
    let strict = evenkeel_in(folder.path(), &["rebalance", ".", "--as-of", &last]);
    assert!(shown(&strict).contains("--allow-margin"), "{}", shown(&strict));
}
