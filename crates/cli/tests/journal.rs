//! `evenkeel journal`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use support::{Folder, assert_fits, copy_example, evenkeel, evenkeel_in, shown};

fn said(arguments: &[&str]) -> String {
    let text = shown(&evenkeel(arguments));
    assert_fits(&text);
    text
}

#[test]
fn replays_to_any_date() {
    insta::assert_snapshot!(said(&["journal", "replay", "examples/journal", "--as-of", "2024-06-30"]));
    insta::assert_snapshot!(said(&["journal", "lots", "examples/journal", "--as-of", "2024-06-30"]));
}

#[test]
fn an_earlier_day_is_what_was_then() {
    // Later events stand in the file and do not count.
    let early = said(&["journal", "lots", "examples/journal", "--as-of", "2023-12-31"]);
    let late = said(&["journal", "lots", "examples/journal", "--as-of", "2024-06-30"]);
    assert!(!early.contains("error") && early != late, "{early}");
    assert!(!early.contains("2024-"), "{early}");
}

#[test]
fn tells_gains_short_or_long_to_the_day() {
    insta::assert_snapshot!(said(&["journal", "gains", "examples/journal", "--as-of", "2024-06-30"]));
    let since = evenkeel(&["journal", "gains", "examples/journal", "--as-of", "2024-06-30", "--from", "2024-03-01", "--json"]);
    let gains: serde_json::Value = serde_json::from_slice(&since.stdout).unwrap();
    assert_eq!(gains["result"]["gains"].as_array().unwrap().len(), 2);
    let later = evenkeel(&["journal", "gains", "examples/journal", "--as-of", "2024-06-30", "--from", "2024-07-01"]);
    assert_eq!(later.status.code(), Some(2), "{}", shown(&later));
}

#[test]
fn appends_whole_or_not_at_all() {
    let folder = Folder::new("journal-append");
    copy_example("journal", folder.path());
    let append = ["journal", "append", ".", "--as-of", "2024-12-31", "--events", "new-events.csv"];
    let before = fs::read_to_string(folder.path().join("journal.csv")).unwrap();
    let output = evenkeel_in(folder.path(), &append);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let after = fs::read_to_string(folder.path().join("journal.csv")).unwrap();
    let added = after.strip_prefix(&before).unwrap();
    assert_eq!(added.lines().count(), 2);

    // The same events again lie before the end of the journal, or oversell: nothing is written.
    fs::write(
        folder.path().join("too-much.csv"),
        fs::read_to_string(folder.path().join("new-events.csv")).unwrap().replace(",60,", ",6000,"),
    )
    .unwrap();
    let refused = evenkeel_in(folder.path(), &["journal", "append", ".", "--as-of", "2024-12-31", "--events", "too-much.csv"]);
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    assert_eq!(fs::read_to_string(folder.path().join("journal.csv")).unwrap(), after);
}

/// An export of one day that is appended again is refused whole, and equal events of one file are not.
#[test]
fn an_export_of_the_last_day_is_not_booked_twice() {
    let folder = Folder::new("journal-twice");
    copy_example("journal", folder.path());
    let header = fs::read_to_string(folder.path().join("new-events.csv")).unwrap().lines().next().unwrap().to_owned();
    let withdrawal = |amount: &str| format!("brokerage,withdrawal,2024-07-15,,,,{amount},,,,\n");
    let append = |rows: &str, more: &[&str]| {
        fs::write(folder.path().join("day.csv"), format!("{header}\n{rows}")).unwrap();
        evenkeel_in(folder.path(), &[&["journal", "append", ".", "--as-of", "2024-12-31", "--events", "day.csv"], more].concat())
    };
    let read = || fs::read_to_string(folder.path().join("journal.csv")).unwrap();

    let first = append(&withdrawal("50").repeat(2), &[]);
    assert!(shown(&first).contains("2 events added"), "{}", shown(&first));
    let once = read();
    // The same export, and a later one of the day that begins as it did.
    for rows in [withdrawal("50").repeat(2), withdrawal("50").repeat(2) + &withdrawal("60"), withdrawal("60") + &withdrawal("50")] {
        let refused = append(&rows, &[]);
        assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
        let line = 2 + rows.lines().position(|row| row.contains(",50,")).unwrap();
        for told in ["EK0222", &format!("day.csv:{line}:1"), "2024-07-15", "--again"] {
            assert!(shown(&refused).contains(told), "{told} in {}", shown(&refused));
        }
        assert_eq!(read(), once);
    }
    // What is new, and what is said to have happened again.
    let new = append(&withdrawal("60"), &[]);
    assert!(shown(&new).contains("1 event added"), "{}", shown(&new));
    let again = append(&withdrawal("60"), &["--again"]);
    assert_eq!(again.status.code(), Some(0), "{}", shown(&again));
    assert_eq!(read().strip_prefix(&once).unwrap(), withdrawal("60").repeat(2));
}

/// Errors of added events are told in the user's own file.
#[test]
fn tells_where_new_events_are_wrong() {
    let folder = Folder::new("journal-places");
    copy_example("journal", folder.path());
    let new = fs::read_to_string(folder.path().join("new-events.csv")).unwrap();
    let lines = new.lines().count();
    for (from, to, told) in [
        (",60,", ",6o,", format!("events.csv:{lines}:")),
        (",60,", ",6000,", format!("events.csv:{lines}:")),
        ("2024-07-15", "2019-07-15", format!("events.csv:{}:", lines - 1)),
        ("quantity,price", "price,quantity", "events.csv:1:1".to_owned()),
    ] {
        assert!(new.contains(from), "{new}");
        fs::write(folder.path().join("events.csv"), new.replacen(from, to, 1)).unwrap();
        let output = evenkeel_in(folder.path(), &["journal", "append", ".", "--as-of", "2024-12-31", "--events", "events.csv"]);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(shown(&output).contains(&told), "{told} in {}", shown(&output));
    }
}

#[test]
fn what_the_books_refuse_is_told_with_its_line() {
    let folder = Folder::new("journal-refused");
    copy_example("journal", folder.path());
    let path = folder.path().join("journal.csv");
    let text = fs::read_to_string(&path).unwrap();
    let (line, sale) = text.lines().enumerate().find(|(_, line)| line.contains(",sell,")).unwrap();
    let too_many = sale.replacen(sale.split(',').nth(4).unwrap(), "123456789", 1);
    fs::write(&path, text.replacen(sale, &too_many, 1)).unwrap();
    let output = evenkeel_in(folder.path(), &["journal", "replay", ".", "--as-of", "2024-06-30"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains(&format!("journal.csv:{}:1", line + 1)), "{}", shown(&output));
}

#[test]
fn a_journal_stands_for_holdings() {
    let folder = Folder::new("journal-holdings");
    copy_example("journal", folder.path());
    fs::write(
        folder.path().join("policy.toml"),
        "schema_version = 1\nname = \"Two classes\"\nbase_currency = \"USD\"\n\n[bands]\nabsolute = 0.05\n\n\
         [[target]]\nclass = \"Equity\"\nweight = 0.5\ninstruments = [\"ACME\"]\n\n\
         [[target]]\nclass = \"Fixed Income\"\nweight = 0.5\ninstruments = [\"BOND\"]\n",
    )
    .unwrap();
    fs::write(folder.path().join("prices.csv"), "# kind: raw\ndate,ACME,BOND\n2024-06-28,90.00,93.50\n").unwrap();
    let output = evenkeel_in(folder.path(), &["drift", ".", "--as-of", "2024-06-30", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let drift: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // 240 × 90 of 240 × 90 + 150 × 93.5 + 31,681.20 in cash.
    let acme = &drift["result"]["drift"]["instruments"][0];
    assert_eq!(acme["symbol"], "ACME");
    assert!((acme["current"].as_f64().unwrap() - 21_600.0 / 67_306.2).abs() < 1e-12);
}

#[test]
fn appends_json_lines() {
    use evenkeel_io::folder::{Options, Paths, load};

    let folder = Folder::new("journal-lines");
    copy_example("journal", folder.path());
    // The events of the table, as JSON lines: all but the last are the journal, the last is added.
    let options = Options { as_of: "2024-06-30".parse().unwrap(), price_kind: None, study: false, settings: &[], past: false };
    let read = load(&Paths::in_folder(folder.path()).unwrap(), options).value.unwrap();
    let text = evenkeel_io::journal::write_lines(read.journal.unwrap().added(), &read.household.unwrap(), &read.universe.unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (last, earlier) = lines.split_last().unwrap();
    fs::write(folder.path().join("journal.jsonl"), earlier.join("\n") + "\n").unwrap();
    fs::write(folder.path().join("last.jsonl"), format!("{}\n{last}\n", lines[0])).unwrap();
    fs::remove_file(folder.path().join("journal.csv")).unwrap();
    let output = evenkeel_in(folder.path(), &["journal", "append", ".", "--as-of", "2024-06-30", "--events", "last.jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(fs::read_to_string(folder.path().join("journal.jsonl")).unwrap(), text);
    // The same number again is refused, and a number of its own tells an equal event apart.
    let append = ["journal", "append", ".", "--as-of", "2024-06-30", "--events", "last.jsonl"];
    assert_eq!(evenkeel_in(folder.path(), &append).status.code(), Some(2));
    let renumbered = last.replacen("\"sequence\":", "\"sequence\":9", 1);
    fs::write(folder.path().join("last.jsonl"), format!("{}\n{renumbered}\n", lines[0])).unwrap();
    assert_eq!(evenkeel_in(folder.path(), &append).status.code(), Some(0));
    let table = evenkeel_in(folder.path(), &["journal", "append", ".", "--as-of", "2024-12-31", "--events", "new-events.csv"]);
    assert_eq!(table.status.code(), Some(2), "{}", shown(&table));
}
