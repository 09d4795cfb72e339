//! `evenkeel batch`: the same for any number of threads and shards, whole after any kill, and told where a book is broken.
//!
//! `KILLS=50 cargo test -p evenkeel-cli --test batch killed` kills more often than the ordinary run.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use evenkeel_cli::batch::{Exception, ExceptionKind, Manifest, Totals};
use evenkeel_io::book::{AccountRow, LotRow, ShardWriter};
use evenkeel_ledger::number::Decimal;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;
use support::{Folder, evenkeel_in, shown};

/// Writes a synthetic book into a folder.
fn generate(folder: &Folder, name: &str, arguments: &[&str]) {
    let output = evenkeel_in(folder.path(), &[&["generate", "--into", name, "--seed", "5"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

/// Runs a book and reads what was published.
fn batch(folder: &Folder, book: &str, into: &str, arguments: &[&str]) -> Manifest {
    let output = evenkeel_in(folder.path(), &[&["batch", book, "--into", into], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    manifest(&folder.path().join(into))
}

fn manifest(run: &Path) -> Manifest {
    serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap()
}

/// Every row of all proposals, as text.
fn rows(run: &Path) -> Vec<String> {
    let files = manifest(run).shards.into_iter().map(|receipt| receipt.proposals.file);
    files
        .flat_map(|file| {
            let reader = SerializedFileReader::new(File::open(run.join(file)).unwrap()).unwrap();
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect::<Vec<_>>()
        })
        .collect()
}

/// The sum of a column over all proposals.
fn added(run: &Path, column: &str) -> Decimal {
    let mut sum = Decimal::ZERO;
    for receipt in manifest(run).shards {
        let reader = SerializedFileReader::new(File::open(run.join(receipt.proposals.file)).unwrap()).unwrap();
        for row in reader.get_row_iter(None).unwrap() {
            let row = row.unwrap();
            let (_, value) = row.get_column_iter().find(|(name, _)| *name == column).unwrap();
            sum = sum.try_add(value.to_string().parse().unwrap()).unwrap();
        }
    }
    sum
}

fn exceptions(run: &Path) -> Vec<Exception> {
    let files = manifest(run).shards.into_iter().map(|receipt| receipt.exceptions.file);
    files
        .flat_map(|file| {
            fs::read_to_string(run.join(file)).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()
        })
        .collect()
}

/// Every file below a folder but the log and the lock.
fn files(run: &Path) -> BTreeSet<String> {
    let below =
        |name: &str| fs::read_dir(run.join(name)).unwrap().map(|entry| entry.unwrap().path().display().to_string()).collect::<Vec<_>>();
    ["proposals", "exceptions", "receipts"].into_iter().flat_map(below).collect()
}

#[test]
fn the_result_is_the_same_for_any_number_of_threads_and_shards() {
    let folder = Folder::new("batch-same");
    generate(&folder, "one", &["--households", "40", "--shards", "1", "--broken", "0.1"]);
    generate(&folder, "many", &["--households", "40", "--shards", "7", "--broken", "0.1"]);
    let one = batch(&folder, "one", "run-one", &["--threads", "1"]);
    let many = batch(&folder, "many", "run-many", &["--threads", "3"]);
    assert_eq!(one.totals, many.totals);
    assert_eq!((one.shards.len(), many.shards.len()), (1, 7));
    let (first, second) = (rows(&folder.path().join("run-one")), rows(&folder.path().join("run-many")));
    assert_eq!(first.len(), one.totals.proposals);
    assert!(first == second, "the rows differ");
    // Files, too, are the same for any number of threads.
    batch(&folder, "many", "run-single", &["--threads", "1"]);
    let bytes = |run: &str| fs::read(folder.path().join(run).join("manifest.json")).unwrap();
    assert!(bytes("run-many") == bytes("run-single"));
    // The manifest is the sum of its rows, and they are what the files hold.
    let mut sum = Totals::default();
    for receipt in &many.shards {
        sum.add(&receipt.totals).unwrap();
    }
    assert_eq!(sum, many.totals);
    for (column, total) in [("value", many.totals.sums["USD"].value), ("costs", many.totals.sums["USD"].costs)] {
        assert_eq!(added(&folder.path().join("run-many"), column), total, "{column}");
    }
    let found = exceptions(&folder.path().join("run-many"));
    assert_eq!(found.len(), many.totals.exceptions.values().sum::<usize>());
    assert_eq!(many.totals.households, 40);
    let undecided: BTreeSet<&str> = found
        .iter()
        .filter(|found| !matches!(found.kind, ExceptionKind::Limit | ExceptionKind::Warning | ExceptionKind::Tax | ExceptionKind::Refused))
        .map(|found| found.household.as_str())
        .collect();
    assert_eq!(many.totals.proposals + undecided.len(), 40, "{found:?}");
    assert!(undecided.len() > 1 && found.iter().all(|found| found.row > 0 && found.code.starts_with("EK") && !found.message.is_empty()));
    // A second run has nothing to do, and no log names a household.
    let again = evenkeel_in(folder.path(), &["batch", "many", "--into", "run-many", "--json"]);
    let document: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(document["result"]["resumed"], 7);
    let log = fs::read_to_string(folder.path().join("run-many/log.jsonl")).unwrap();
    assert!(log.lines().count() > 14 && log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(!log.contains("H0000"), "{log}");
}

#[test]
fn a_changed_book_is_decided_anew_and_nothing_old_stays() {
    let folder = Folder::new("batch-changed");
    generate(&folder, "book", &["--households", "6", "--shards", "2"]);
    let before = batch(&folder, "book", "run", &[]);
    let policy = folder.path().join("book/policies/growth.toml");
    fs::write(&policy, fs::read_to_string(&policy).unwrap().replace("min_trade = 250", "min_trade = 251")).unwrap();
    let after = batch(&folder, "book", "run", &[]);
    assert!(before.shards.iter().zip(&after.shards).all(|(before, after)| before.made_of != after.made_of));
    assert_eq!(files(&folder.path().join("run")).len(), 6);
}

#[test]
fn a_broken_shard_keeps_the_run_from_being_published_until_it_is_mended() {
    let folder = Folder::new("batch-broken");
    generate(&folder, "book", &["--households", "9", "--shards", "3", "--broken", "0"]);
    let shard = folder.path().join("book/shards/00001.parquet");
    let (sound, manifest) = (fs::read(&shard).unwrap(), folder.path().join("book/shards.json"));
    let refused = |message: &str| {
        let output = evenkeel_in(folder.path(), &["batch", "book", "--into", "run"]);
        let text = shown(&output);
        assert!(output.status.code() == Some(2) && text.contains(message) && text.contains("help"), "{message}: {text}");
        assert!(!folder.path().join("run/manifest.json").exists());
    };
    fs::remove_file(&shard).unwrap();
    refused("00001.parquet cannot be read");
    fs::write(&shard, &sound[..sound.len() - 40]).unwrap();
    refused("00001.parquet has the SHA-256");
    // Without hashes the damage is told by what reads it.
    let said = fs::read_to_string(&manifest).unwrap();
    let mut shards: Value = serde_json::from_str(&said).unwrap();
    for entry in shards["shards"].as_array_mut().unwrap() {
        let file = entry["file"].clone();
        *entry = serde_json::json!({ "file": file });
    }
    fs::write(&manifest, shards.to_string()).unwrap();
    refused("00001.parquet is not a Parquet file that can be read");
    // A household in two shards.
    fs::copy(folder.path().join("book/shards/00000.parquet"), &shard).unwrap();
    refused("begins in row 1 with the household `H000000000`");
    fs::write(&shard, &sound).unwrap();
    let run = batch(&folder, "book", "run", &[]);
    assert_eq!(run.totals.households, 9);
    let log = fs::read_to_string(folder.path().join("run/log.jsonl")).unwrap();
    assert!(log.contains("EK0231") && !log.contains("H0000"), "{log}");
    fs::write(&manifest, said.replace("\"schema_version\": 1", "\"schema_version\": 2")).unwrap();
    let output = evenkeel_in(folder.path(), &["batch", "book", "--into", "run"]);
    assert!(shown(&output).contains("shards.json has the schema version 2"), "{}", shown(&output));
}

#[test]
fn killed_at_any_moment_a_run_loses_and_doubles_nothing() {
    let kills: u32 = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5);
    let folder = Folder::new("batch-killed");
    generate(&folder, "book", &["--households", "48", "--shards", "16"]);
    let start = Instant::now();
    let undisturbed = batch(&folder, "book", "undisturbed", &[]);
    let whole = start.elapsed();
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .args(["batch", "book", "--into", "run"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut left_half_written = 0;
    for kill in 0..kills {
        // Moments spread over a run; now and then what is done so far is thrown away, so that all moments are met.
        let mut child = run();
        sleep(whole * ((kill * 7919) % 100) / 100);
        child.kill().unwrap();
        child.wait().unwrap();
        let at = folder.path().join("run");
        if at.join("receipts").exists() {
            left_half_written += usize::from(files(&at).iter().any(|file| file.contains(".tmp")));
            // What is published at any moment is whole.
            if at.join("manifest.json").exists() {
                assert_eq!(manifest(&at), undisturbed);
            }
        }
        if kill % 3 == 2 {
            let _ = fs::remove_dir_all(&at);
        }
    }
    eprintln!("{kills} kills over runs of {whole:?}; {left_half_written} left something half-written");
    let finished = batch(&folder, "book", "run", &[]);
    assert_eq!(finished, undisturbed);
    assert_eq!(rows(&folder.path().join("run")), rows(&folder.path().join("undisturbed")));
    assert_eq!(files(&folder.path().join("run")).len(), 3 * 16, "nothing is left that is not listed");
}

#[test]
fn what_is_traded_on_in_doubt_is_an_exception_and_a_note() {
    let folder = Folder::new("batch-doubt");
    generate(&folder, "book", &["--households", "1", "--shards", "1", "--broken", "0"]);
    let day = "2020-01-02".parse().ok();
    let row = |account: &str, spouse: &str, filing_status: &str, cash: i64, cost_basis: Option<Decimal>| AccountRow {
        household: "smith".to_owned(),
        account: account.to_owned(),
        owner: if spouse == "b" { "a" } else { "b" }.to_owned(),
        spouse: Some(spouse.to_owned()),
        filing_status: filing_status.to_owned(),
        jurisdiction: "US".to_owned(),
        tax_treatment: "taxable".to_owned(),
        model: "income".to_owned(),
        currency: "USD".to_owned(),
        cash: Decimal::from_int(cash),
        lots: vec![LotRow {
            symbol: "ULCA".to_owned(),
            lot: 1,
            quantity: Decimal::from_int(1000),
            cost_basis,
            acquired: day,
            held_since: None,
        }],
        ..AccountRow::default()
    };
    let mut writer = ShardWriter::new();
    writer.push(&row("first", "b", "married_jointly", -500, Some(Decimal::ONE)));
    writer.push(&row("second", "a", "single", 0, None));
    fs::write(folder.path().join("book/shards/00000.parquet"), writer.finish().unwrap()).unwrap();
    fs::write(folder.path().join("book/shards.json"), r#"{"schema_version": 1, "shards": [{"file": "shards/00000.parquet"}]}"#).unwrap();
    let run = batch(&folder, "book", "run", &[]);
    assert_eq!(run.totals.proposals, 1);
    let found = exceptions(&folder.path().join("run"));
    let kinds: Vec<_> = found.iter().map(|found| (found.kind, found.code.as_str())).collect();
    for expected in [(ExceptionKind::Tax, "EK0801"), (ExceptionKind::Warning, "EK0217"), (ExceptionKind::Warning, "EK0218")] {
        assert!(kinds.contains(&expected), "{expected:?} is not among {kinds:?}");
    }
    assert!(found.iter().all(|found| found.value.is_some() && found.help.is_some()), "{found:?}");
    let row = rows(&folder.path().join("run")).pop().unwrap();
    for found in found.iter().filter(|found| found.kind != ExceptionKind::Limit) {
        assert!(row.contains(&found.message), "{} is not in {row}", found.message);
    }
    assert!(row.contains("wash_sales: \"") && row.contains("buy_locks: ["), "{row}");
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let folder = Folder::new("batch-locked");
    generate(&folder, "book", &["--households", "2", "--shards", "1"]);
    fs::create_dir(folder.path().join("run")).unwrap();
    let lock = File::create(folder.path().join("run/.lock")).unwrap();
    lock.lock().unwrap();
    let output = evenkeel_in(folder.path(), &["batch", "book", "--into", "run"]);
    assert!(output.status.code() == Some(2) && shown(&output).contains("another run is writing to `run`"), "{}", shown(&output));
}

#[test]
fn the_guide_can_be_followed() {
    let folder = Folder::new("batch-guide");
    let guide = fs::read_to_string(support::root().join("docs/guides/books.md")).unwrap();
    let commands = guide.split("```sh\n").skip(1).flat_map(|block| block.split("```").next().unwrap().lines());
    let mut run = 0;
    for command in commands.filter_map(|line| line.strip_prefix("evenkeel ")) {
        // A tenth of the guide's households, as a debug build is slow.
        let command = command.replace("--households 1000", "--households 100");
        let output = evenkeel_in(folder.path(), &command.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(0), "evenkeel {command}\n{}", shown(&output));
        support::assert_fits(&shown(&output));
        run += 1;
    }
    assert_eq!(run, 3);
}

#[test]
fn the_ways_compared_change_nothing_that_is_traded() {
    let folder = Folder::new("batch-compare");
    generate(&folder, "book", &["--households", "30", "--shards", "1"]);
    let all = batch(&folder, "book", "all", &[]);
    let fewer = batch(&folder, "book", "fewer", &["--compare", "nothing"]);
    assert_eq!(
        (all.totals.sums, all.totals.trades, all.totals.exceptions),
        (fewer.totals.sums, fewer.totals.trades, fewer.totals.exceptions)
    );
    assert_ne!(all.totals.content, fewer.totals.content, "the ways are in the rows");
}
