//! Books: shards read as they were written, and every way in which one can be broken told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel_io::book::generate::{Generator, Plan};
use evenkeel_io::book::{
    AccountRow, Book, Entry, LotRow, MANIFEST_FILE, Manifest, Reading, ShardEntry, ShardWriter, Symbol, check_boundary, open, read_bytes,
    read_shard,
};
use evenkeel_io::source::Source;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::holdings::AccountHoldings;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::number::{Currency, Decimal, Money};
use parquet::data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use proptest::{collection, option, sample};

fn plan(households: u64, shards: u64) -> Plan {
    Plan { households, seed: 11, shards, as_of: "2026-06-30".parse().unwrap(), broken: 0.0 }
}

/// A folder that is removed with its value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("evenkeel-book-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        for below in ["shards", "policies"] {
            fs::create_dir_all(path.join(below)).unwrap();
        }
        Self(path)
    }

    /// Writes a synthetic book.
    fn book(self, plan: Plan) -> Self {
        let generator = Generator::new(plan).unwrap();
        for (name, text) in generator.files("0") {
            fs::write(self.0.join(name), text).unwrap();
        }
        let shards = (0..plan.shards).map(|shard| {
            let (entry, bytes) = generator.shard(shard).unwrap();
            fs::write(self.0.join(&entry.file), bytes).unwrap();
            entry
        });
        let manifest = Manifest::new(shards.collect());
        fs::write(self.0.join(MANIFEST_FILE), serde_json::to_string(&manifest).unwrap()).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn opened(folder: &Path) -> Book {
    let parsed = open(folder);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    parsed.value.unwrap()
}

/// Every household of a book, and what is told of those that are broken.
fn entries(folder: &Path, book: &Book) -> Vec<Result<Entry, Vec<Diagnostic>>> {
    let mut all = Vec::new();
    for shard in &book.manifest.shards {
        let source = read_bytes(folder, shard).unwrap();
        let columns = read_shard(&source, shard, &book.universe).unwrap();
        let reading = Reading { columns: &columns, universe: &book.universe, as_of: book.facts.as_of };
        all.extend(columns.households(&source.file).unwrap().into_iter().map(|rows| reading.entry(rows)));
    }
    all
}

#[test]
fn a_book_is_the_same_for_any_number_of_shards() {
    let (one, many) = (Folder::new("one").book(plan(120, 1)), Folder::new("many").book(plan(120, 7)));
    let (first, second) = (entries(&one.0, &opened(&one.0)), entries(&many.0, &opened(&many.0)));
    assert_eq!(first.len(), 120);
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(first, second);
    }
    let entries: Vec<Entry> = first.into_iter().map(Result::unwrap).collect();
    let accounts: Vec<usize> = entries.iter().map(|entry| entry.household.accounts.len()).collect();
    assert!(accounts.iter().min() == Some(&1) && accounts.iter().max() == Some(&4), "{accounts:?}");
    let lots: usize = entries.iter().flat_map(|entry| &entry.holdings.accounts).map(|account| account.lots().len()).sum();
    let mean = lots / accounts.iter().sum::<usize>();
    assert!((27..=33).contains(&mean), "{mean} lots an account");
    // Some lots lie below what they cost, some above.
    assert!(entries.iter().flat_map(|entry| &entry.flows).any(|flow| flow.amount.is_negative()));
}

#[test]
fn another_seed_is_another_book() {
    let first = Generator::new(plan(3, 1)).unwrap().shard(0).unwrap();
    assert_eq!(first, Generator::new(plan(3, 1)).unwrap().shard(0).unwrap());
    assert_ne!(first, Generator::new(Plan { seed: 12, ..plan(3, 1) }).unwrap().shard(0).unwrap());
}

#[test]
fn broken_households_are_told_by_row_and_leave_the_others_alone() {
    let folder = Folder::new("broken").book(Plan { broken: 0.2, ..plan(300, 2) });
    let found = entries(&folder.0, &opened(&folder.0));
    let told: Vec<&Diagnostic> = found.iter().filter_map(|entry| entry.as_ref().err()).flatten().collect();
    assert!(told.iter().all(|told| told.message.starts_with("row ") && told.help.is_some()), "{told:?}");
    for code in [Code::UNKNOWN_SYMBOL, Code::BELOW_ZERO, Code::FUTURE_DATE, Code::NOT_A_CHOICE, Code::HOUSEHOLD] {
        assert!(told.iter().any(|told| told.code == code), "{code:?} is not among {told:?}");
    }
    assert!(found.iter().filter(|entry| entry.is_ok()).count() > 220);
}

fn row(household: &str, account: &str, lots: Vec<LotRow>) -> AccountRow {
    AccountRow {
        household: household.to_owned(),
        account: account.to_owned(),
        owner: "a".to_owned(),
        filing_status: "single".to_owned(),
        jurisdiction: "US".to_owned(),
        tax_treatment: "taxable".to_owned(),
        model: "income".to_owned(),
        currency: "USD".to_owned(),
        lots,
        ..AccountRow::default()
    }
}

fn shard(rows: &[AccountRow]) -> Source {
    let mut writer = ShardWriter::new();
    for row in rows {
        writer.push(row);
    }
    Source::new("shards/0.parquet", writer.finish().unwrap())
}

fn refused(source: &Source, entry: &ShardEntry) -> Diagnostic {
    *read_shard(source, entry, &Universe::default()).unwrap_err()
}

#[test]
fn rows_out_of_order_are_refused() {
    let straddling = shard(&[row("a", "1", Vec::new()), row("b", "1", Vec::new()), row("a", "2", Vec::new())]);
    let told = refused(&straddling, &ShardEntry::default());
    assert_eq!(told.message, "shards/0.parquet: row 3 is of the household `a`, which stands after `b`");
    assert!(check_boundary(("0.parquet", "a"), ("1.parquet", "b")).is_ok());
    let told = check_boundary(("0.parquet", "b"), ("1.parquet", "b")).unwrap_err();
    assert_eq!(told.message, "the household `b` straddles 0.parquet, where it is the last, and 1.parquet, where it is in row 1");
    assert!(check_boundary(("0.parquet", "c"), ("1.parquet", "b")).unwrap_err().message.contains("begins in row 1"));
}

#[test]
fn damaged_shards_are_refused() {
    let sound = shard(&[row("a", "1", Vec::new())]);
    for bytes in [sound.bytes[..sound.bytes.len() / 2].to_vec(), Vec::new(), b"PAR1".to_vec()] {
        let told = refused(&Source::new("cut.parquet", bytes), &ShardEntry::default());
        assert!(told.code == Code::UNREADABLE && told.message.contains("cut.parquet"), "{told}");
    }
    // A byte turned is told, or changes nothing that is read: nothing ends the program.
    for at in (0..sound.bytes.len()).step_by(3) {
        let mut bytes = sound.bytes.clone();
        bytes[at] ^= 0x5a;
        let _ = read_shard(&Source::new("turned.parquet", bytes), &ShardEntry::default(), &Universe::default());
    }
    let told = refused(&sound, &ShardEntry { accounts: Some(2), ..ShardEntry::default() });
    assert_eq!(told.message, "shards/0.parquet has 1 accounts, and shards.json says 2");
}

#[test]
fn another_compression_is_told_as_such() {
    // The codec follows the column's path in the footer: ZSTD is 6 and GZIP 2, in zigzag.
    let mut bytes = shard(&[row("a", "1", Vec::new())]).bytes;
    let at = bytes.windows(11).rposition(|window| window == b"household\x15\x0c").unwrap();
    bytes[at + 10] = 0x04;
    let told = refused(&Source::new("gzip.parquet", bytes), &ShardEntry::default());
    assert_eq!(told.message, "gzip.parquet: the column `household` is compressed by GZIP, which is not read");
    assert!(told.code == Code::UNREADABLE && told.help.unwrap().contains("Snappy"));
}

#[test]
fn overdrafts_and_lots_without_basis_are_told() {
    let folder = Folder::new("warned").book(plan(1, 1));
    let book = opened(&folder.0);
    let lot = |lot: i64, cost_basis: Option<Decimal>, acquired: Option<Date>| LotRow {
        symbol: "AGGA".to_owned(),
        lot,
        quantity: Decimal::ONE,
        cost_basis,
        acquired,
        ..LotRow::default()
    };
    let day = "2020-01-02".parse().ok();
    let lots = vec![lot(1, None, day), lot(2, Some(Decimal::ONE), None), lot(3, None, None), lot(4, Some(Decimal::ONE), day)];
    let sheltered = AccountRow { tax_treatment: "exempt".to_owned(), ..row("a", "2", lots.clone()) };
    let overdrawn = AccountRow { cash: Decimal::from_int(-500_000), ..row("a", "3", vec![lot(1, Some(Decimal::ONE), day)]) };
    let columns = read_shard(&shard(&[row("a", "1", lots), sheltered, overdrawn]), &ShardEntry::default(), &book.universe).unwrap();
    let reading = Reading { columns: &columns, universe: &book.universe, as_of: book.facts.as_of };
    let warnings = reading.entry(0..3).unwrap().warnings;
    let told: Vec<&str> = warnings.iter().map(|told| told.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "of the 4 lots in the taxable account `1`, 2 lack the cost basis: their gains cannot be told, and are in no total; \
             2 lack the date of purchase: their terms cannot be told",
            "the cash of the account `3` is -500000 USD: it is overdrawn",
        ]
    );
    assert!(warnings.iter().all(|told| !told.is_error() && told.help.is_some()));
}

#[test]
fn what_the_manifest_says_is_checked() {
    let folder = Folder::new("manifest").book(plan(8, 2));
    let book = opened(&folder.0);
    let first = &book.manifest.shards[0];
    let wrong = ShardEntry { sha256: Some("00".to_owned()), ..first.clone() };
    assert!(read_bytes(&folder.0, &wrong).unwrap_err().message.contains("SHA-256"));
    fs::remove_file(folder.0.join(&first.file)).unwrap();
    assert_eq!(read_bytes(&folder.0, first).unwrap_err().code, Code::UNREADABLE);
    for (text, code) in [
        ("[]", Code::BOOK),
        ("{\"schema_version\": 2, \"shards\": []}", Code::SCHEMA_VERSION),
        ("{\"schema_version\": 1, \"shards\": []}", Code::BOOK),
        ("{\"schema_version\": 1, \"shards\": [{\"file\": \"../a.parquet\"}]}", Code::BOOK),
        ("{\"schema_version\": 1, \"shards\": [{\"file\": \"a.parquet\"}, {\"file\": \"a.parquet\"}]}", Code::BOOK),
    ] {
        fs::write(folder.0.join(MANIFEST_FILE), text).unwrap();
        let told = open(&folder.0).diagnostics;
        assert!(told.len() == 1 && told[0].code == code && told[0].message.contains(MANIFEST_FILE), "{text}: {told:?}");
    }
}

#[test]
fn wide_and_flat_forms_are_read_too() {
    let folder = Folder::new("flat").book(plan(1, 1));
    let book = opened(&folder.0);
    let lot = |symbol: &str, lot: i64| LotRow { symbol: symbol.to_owned(), lot, quantity: Decimal::ONE, ..LotRow::default() };
    let nested =
        shard(&[row("a", "1", vec![lot("AGGA", 1), lot("ULCA", 2)]), row("a", "2", Vec::new()), row("b", "1", vec![lot("ULCA", 1)])]);
    let flat = flat(&[("a", "1", Some("AGGA")), ("a", "1", Some("ULCA")), ("a", "2", None), ("b", "1", Some("ULCA"))]);
    let read = |source: &Source| {
        let columns = read_shard(source, &ShardEntry::default(), &book.universe).unwrap();
        let reading = Reading { columns: &columns, universe: &book.universe, as_of: book.facts.as_of };
        let rows = columns.households(&source.file).unwrap();
        rows.into_iter().map(|rows| reading.entry(rows).unwrap()).collect::<Vec<_>>()
    };
    let (nested, flat_entries) = (read(&nested), read(&flat));
    assert_eq!(nested.len(), 2);
    for (nested, flat) in nested.iter().zip(&flat_entries) {
        assert_eq!(nested.household, flat.household);
        let lots = |entry: &Entry| -> Vec<_> {
            entry
                .holdings
                .accounts
                .iter()
                .map(|account| account.lots().iter().map(|lot| (lot.instrument, lot.quantity)).collect::<Vec<_>>())
                .collect()
        };
        assert_eq!(lots(nested), lots(flat));
    }
    let bases =
        |entry: &Entry| -> Vec<_> { entry.holdings.accounts.iter().flat_map(AccountHoldings::lots).map(|lot| lot.cost_basis).collect() };
    assert_eq!(bases(&flat_entries[0]), [Some("5".parse().map(|five| Money::new(five, Currency::USD)).unwrap()), None]);
    let told = refused(&self::flat(&[("a", "1", Some("AGGA")), ("a", "2", None), ("a", "1", Some("ULCA"))]), &ShardEntry::default());
    assert!(told.message.contains("row 3 stands after a row of a later household or account"), "{told}");
}

/// A flat shard as another program writes one: decimals of two places in 32 bits, lots named by text.
fn flat(rows: &[(&str, &str, Option<&str>)]) -> Source {
    let schema = "message flat {
        required binary household (UTF8); required binary account (UTF8); required binary owner (UTF8);
        required binary filing_status (UTF8); required binary jurisdiction (UTF8);
        required int32 ordinary_rate (DECIMAL(9,2)); required int32 long_term_rate (DECIMAL(9,2)); required int32 state_rate (DECIMAL(9,2));
        required binary tax_treatment (UTF8); required binary model (UTF8); required binary currency (UTF8);
        required int32 cash (DECIMAL(9,2)); optional binary symbol (UTF8); optional binary lot (UTF8); optional int64 quantity (DECIMAL(18,0));
        optional fixed_len_byte_array(16) cost_basis (DECIMAL(38,9));
    }";
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(parse_message_type(schema).unwrap()), Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let present: Vec<i16> = rows.iter().map(|(_, _, symbol)| i16::from(symbol.is_some())).collect();
    let names = [
        "household",
        "account",
        "owner",
        "filing_status",
        "jurisdiction",
        "",
        "",
        "",
        "tax_treatment",
        "model",
        "currency",
        "",
        "symbol",
        "lot",
    ];
    for name in names {
        let mut column = group.next_column().unwrap().unwrap();
        if name.is_empty() {
            column.typed::<Int32Type>().write_batch(&vec![0; rows.len()], None, None).unwrap();
        } else {
            let text = |(household, account, symbol): &(&str, &str, Option<&str>)| {
                Some(ByteArray::from(match name {
                    "household" => (*household).as_bytes().to_vec(),
                    "account" => (*account).as_bytes().to_vec(),
                    "owner" => b"a".to_vec(),
                    "filing_status" => b"single".to_vec(),
                    "jurisdiction" => b"US".to_vec(),
                    "tax_treatment" => b"taxable".to_vec(),
                    "model" => b"income".to_vec(),
                    "currency" => b"USD".to_vec(),
                    "symbol" => (*symbol)?.as_bytes().to_vec(),
                    _ => symbol.map(|_| b"x1".to_vec())?,
                }))
            };
            let texts: Vec<ByteArray> = rows.iter().filter_map(text).collect();
            let levels = ["symbol", "lot"].contains(&name).then_some(&present[..]);
            column.typed::<ByteArrayType>().write_batch(&texts, levels, None).unwrap();
        }
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&vec![1; present.iter().filter(|level| **level > 0).count()], Some(&present), None).unwrap();
    column.close().unwrap();
    // A basis of 5 for the first row, and none for the others.
    let mut column = group.next_column().unwrap().unwrap();
    let basis: Vec<i16> = (0..rows.len()).map(|row| i16::from(row == 0)).collect();
    let five = FixedLenByteArray::from(5_000_000_000_i128.to_be_bytes().to_vec());
    column.typed::<FixedLenByteArrayType>().write_batch(&[five], Some(&basis), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    Source::new("flat.parquet", writer.into_inner().unwrap())
}

/// A lot of which anything may be missing that may.
fn any_lot() -> impl Strategy<Value = LotRow> {
    let amount = || (0..i64::MAX).prop_map(|raw| Decimal::from_raw(i128::from(raw)).unwrap());
    let date = || (-10_000..40_000).prop_map(|days| Date::from_ordinal(days).unwrap());
    (sample::select(vec!["AGGA", "ULCA", "STKA"]), 0..i64::MAX, amount(), option::of(amount()), option::of(date()), option::of(date()))
        .prop_map(|(symbol, lot, quantity, cost_basis, acquired, held_since)| LotRow {
            symbol: symbol.to_owned(),
            lot,
            quantity,
            cost_basis,
            acquired,
            held_since,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shards_are_read_as_they_were_written(
        accounts in collection::vec(
            (collection::vec(any_lot(), 0..5), option::of(collection::vec(sample::select(vec!["AGGA", "ULCA"]), 0..3)), option::of(-9_i64..9)),
            1..30,
        )
    ) {
        let rows: Vec<AccountRow> = accounts.into_iter().enumerate().map(|(index, (lots, menu, flow))| AccountRow {
            menu: menu.map(|menu| menu.into_iter().map(str::to_owned).collect()),
            flow: flow.map(Decimal::from_int),
            ..row(&format!("{:03}", index / 3), &index.to_string(), lots)
        }).collect();
        let generator = Generator::new(plan(1, 1)).unwrap();
        let text = &generator.files("0")[1].1;
        let universe = evenkeel_io::instruments::read(SourceText { file: "instruments.csv", text }, None).value.unwrap();
        let columns = read_shard(&shard(&rows), &ShardEntry::default(), &universe).unwrap();
        prop_assert_eq!(columns.accounts(), rows.len());
        for (index, row) in rows.iter().enumerate() {
            prop_assert_eq!(columns.account.text(index), Some(row.account.as_str()));
            prop_assert_eq!(columns.flow.get(index).copied(), row.flow.map(Decimal::raw));
            prop_assert_eq!(columns.has_menu[index], row.menu.is_some());
            let menu: Vec<_> = columns.menus.of(index).filter_map(|entry| columns.menu.text(entry)).collect();
            prop_assert_eq!(menu, row.menu.iter().flatten().map(String::as_str).collect::<Vec<_>>());
            let places = columns.lots_of.of(index);
            prop_assert_eq!(places.len(), row.lots.len());
            for (place, lot) in places.zip(&row.lots) {
                let lots = &columns.lots;
                prop_assert_eq!(&lots.symbol[place], &Symbol::Known(universe.find(&lot.symbol).unwrap()));
                prop_assert_eq!(lots.lot.get(place).map(|id| id.to_string()), Some(lot.lot.to_string()));
                prop_assert_eq!(lots.quantity.get(place).copied(), Some(lot.quantity.raw()));
                prop_assert_eq!(lots.cost_basis.get(place).copied(), lot.cost_basis.map(Decimal::raw));
                prop_assert_eq!(lots.acquired.get(place).copied(), lot.acquired.map(Date::ordinal));
                prop_assert_eq!(lots.held_since.get(place).copied(), lot.held_since.map(Date::ordinal));
            }
        }
    }
}
