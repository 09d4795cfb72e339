//! One defect at a time, over every tabular file and every column: the code, the line and the column
//! of what is told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use evenkeel::diagnostic::{Code, Diagnostic, SourceText, has_errors};
use evenkeel_io::source::Source;
use evenkeel_io::table::{Further, Kind, Need};
use proptest::prelude::*;

mod support;

use support::{File, files};

/// A sound file taken apart: comments, header and rows. No sound file has quotes.
struct Parts {
    comments: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Parts {
    fn of(text: &str) -> Self {
        let (comments, rows): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('#'));
        let split = |line: &&str| line.split(',').map(str::to_owned).collect();
        Self { comments: comments.into_iter().map(str::to_owned).collect(), rows: rows.iter().map(split).collect() }
    }

    fn text(&self) -> String {
        let rows = self.rows.iter().map(|row| row.join(","));
        self.comments.iter().cloned().chain(rows).map(|line| line + "\n").collect::<Vec<_>>().concat()
    }

    /// Line and column at which a field begins; row 0 is the header.
    fn place(&self, row: usize, field: usize) -> (usize, usize) {
        let before: usize = self.rows[row].iter().take(field).map(|value| value.chars().count() + 1).sum();
        (self.comments.len() + row + 1, before + 1)
    }

    fn field(&self, column: &str) -> usize {
        self.rows[0].iter().position(|name| name == column).unwrap_or_else(|| panic!("no sound file has {column}"))
    }
}

fn read(file: File, text: &str) -> Vec<Diagnostic> {
    (file.read)(SourceText { file: "file.csv", text })
}

fn place(told: &Diagnostic) -> Option<(usize, usize)> {
    told.location.as_ref().map(|place| (place.line, place.column))
}

/// Something is told with this code at this place, with a remedy, and no error on another line.
fn expect(file: File, text: &str, code: Code, at: (usize, usize)) {
    let told = read(file, text);
    let found = told.iter().find(|told| told.code == code && place(told) == Some(at));
    let found = found.unwrap_or_else(|| panic!("{}: no {code} at {at:?} in {told:#?}\n{text}", file.format.title));
    assert!(found.help.as_ref().is_some_and(|help| !help.is_empty()), "no remedy: {found}");
    let elsewhere = told.iter().find(|told| told.is_error() && place(told).is_some_and(|(line, _)| line != at.0));
    assert!(elsewhere.is_none(), "{}: {elsewhere:?}\n{text}", file.format.title);
}

#[test]
fn sound_files_are_sound() {
    for file in files() {
        assert!(!has_errors(&read(file, file.text)), "{}: {:?}", file.format.title, read(file, file.text));
        // Every column stands in the sound file, so that the tests below reach it.
        for column in file.format.columns {
            let present = Parts::of(file.text).rows[0].iter().any(|name| name == column.name);
            assert!(present || column.need == Need::Optional, "{} {}", file.format.title, column.name);
        }
    }
}

#[test]
fn every_needed_column_may_not_be_missing() {
    for file in files() {
        for column in file.format.columns.iter().filter(|column| column.need == Need::Required) {
            let mut parts = Parts::of(file.text);
            let field = parts.field(column.name);
            for row in &mut parts.rows {
                row.remove(field);
            }
            let told = read(file, &parts.text());
            let at = parts.place(0, 0);
            let missing = |told: &&Diagnostic| told.code == Code::MISSING_COLUMN && told.message.contains(&format!("`{}`", column.name));
            assert_eq!(told.iter().find(missing).and_then(place), Some(at), "{}: {told:?}", file.format.title);
        }
    }
}

#[test]
fn every_column_may_be_misspelled_or_doubled() {
    for file in files() {
        for column in file.format.columns {
            let mut parts = Parts::of(file.text);
            let Some(field) = parts.rows[0].iter().position(|name| name == column.name) else { continue };
            if file.format.further == Further::Refused {
                parts.rows[0][field] = format!("{}x", column.name);
                let at = parts.place(0, field);
                let told = read(file, &parts.text());
                let found = told.iter().find(|told| told.code == Code::UNKNOWN_COLUMN && place(told) == Some(at)).unwrap();
                assert!(found.help.as_ref().unwrap().contains(&format!("`{}`", column.name)), "{found}");
            }
            let mut parts = Parts::of(file.text);
            for row in &mut parts.rows {
                let value = row[field].clone();
                row.push(value);
            }
            let at = parts.place(0, parts.rows[0].len() - 1);
            let told = read(file, &parts.text());
            assert!(told.iter().any(|told| told.code == Code::DUPLICATE_COLUMN && place(told) == Some(at)), "{}: {told:?}", column.name);
        }
    }
}

/// A text that is not of a type, and what is told of it.
fn wrong(kind: Kind) -> &'static [(&'static str, Code)] {
    match kind {
        Kind::Text | Kind::List => &[],
        Kind::Symbol => &[("NOPE", Code::UNKNOWN_SYMBOL)],
        Kind::Decimal | Kind::Fraction => &[
            ("abc", Code::NOT_A_VALUE),
            ("NaN", Code::NOT_A_VALUE),
            ("1e3", Code::NOT_A_VALUE),
            ("$5", Code::NOT_A_VALUE),
            ("1.0000000001", Code::VALUE_RANGE),
        ],
        Kind::Number => &[("abc", Code::NOT_A_VALUE), ("NaN", Code::NOT_A_VALUE), ("inf", Code::NOT_A_VALUE), ("5%", Code::NOT_A_VALUE)],
        Kind::Whole => &[("-1", Code::NOT_A_VALUE), ("1.5", Code::NOT_A_VALUE), ("x", Code::NOT_A_VALUE)],
        Kind::Date => &[("2024-13-01", Code::NOT_A_VALUE), ("02/01/2024", Code::NOT_A_VALUE), ("2024-1-2", Code::NOT_A_VALUE)],
        Kind::Currency => &[("usd", Code::NOT_A_VALUE), ("US", Code::NOT_A_VALUE)],
        Kind::Class => &[("Equity//US", Code::NOT_A_VALUE), ("/", Code::NOT_A_VALUE)],
        Kind::OneOf(_) => &[("zzz", Code::NOT_A_CHOICE)],
    }
}

#[test]
fn every_value_may_be_of_another_type() {
    for file in files() {
        for column in file.format.columns {
            let sound = Parts::of(file.text);
            let Some(field) = sound.rows[0].iter().position(|name| name == column.name) else { continue };
            // A row that has a value there, so that the column means something for it.
            let row = (1..sound.rows.len()).find(|row| !sound.rows[*row][field].is_empty()).unwrap_or(1);
            for (text, code) in wrong(column.kind) {
                let mut parts = Parts::of(file.text);
                (*text).clone_into(&mut parts.rows[row][field]);
                expect(file, &parts.text(), *code, parts.place(row, field));
            }
            if column.need == Need::Required {
                let mut parts = Parts::of(file.text);
                parts.rows[row][field].clear();
                expect(file, &parts.text(), Code::EMPTY_VALUE, parts.place(row, field));
            }
        }
    }
}

#[test]
fn series_of_wide_files_may_be_of_another_type() {
    for file in files().into_iter().filter(|file| matches!(file.format.further, Further::Series(_))) {
        for text in ["abc", "NaN", "1,000"] {
            let mut parts = Parts::of(file.text);
            let quoted = if text.contains(',') { format!("\"{text}\"") } else { text.to_owned() };
            parts.rows[1][1] = quoted;
            let (line, column) = parts.place(1, 1);
            expect(file, &parts.text(), Code::NOT_A_VALUE, (line, column + usize::from(text.contains(','))));
        }
    }
}

#[test]
fn the_shape_of_a_file_may_be_wrong() {
    for file in files() {
        expect(file, "", Code::NO_HEADER, (1, 1));
        let sound = Parts::of(file.text);
        let header = Parts { comments: sound.comments.clone(), rows: vec![sound.rows[0].clone()] };
        let told = read(file, &header.text());
        assert!(told.iter().any(|told| told.code == Code::NO_ROWS), "{}: {told:?}", file.format.title);

        let mut surplus = Parts::of(file.text);
        surplus.rows[1].push("surplus".to_owned());
        expect(file, &surplus.text(), Code::RAGGED_ROW, surplus.place(1, surplus.rows[0].len()));
        let mut short = Parts::of(file.text);
        short.rows[1].pop();
        expect(file, &short.text(), Code::RAGGED_ROW, short.place(1, short.rows[1].len() - 1));

        let mut unclosed = Parts::of(file.text);
        unclosed.rows[1][0].insert(0, '"');
        expect(file, &unclosed.text(), Code::BROKEN_QUOTE, unclosed.place(1, 0));

        let versioned = |version: &str| format!("# schema_version: {version}\n{}", file.text);
        assert!(!has_errors(&read(file, &versioned("1"))));
        expect(file, &versioned("2"), Code::SCHEMA_VERSION, (1, 1));
    }
}

#[test]
fn line_ends_marks_and_quotes_change_nothing() {
    for file in files() {
        let plain = read(file, file.text);
        let windows = file.text.replace('\n', "\r\n");
        let quoted: String = {
            let mut parts = Parts::of(file.text);
            for value in parts.rows.iter_mut().flatten().filter(|value| !value.is_empty()) {
                *value = format!("\"{value}\"");
            }
            parts.text()
        };
        let marked = Source::new("file.csv", [b"\xEF\xBB\xBF", windows.as_bytes()].concat());
        for text in [windows.as_str(), quoted.as_str(), file.text.trim_end(), marked.text().unwrap().text] {
            let codes = |told: &[Diagnostic]| told.iter().map(|told| told.code).collect::<Vec<_>>();
            assert_eq!(codes(&read(file, text)), codes(&plain), "{}", file.format.title);
        }
    }
}

#[test]
fn lines_are_counted_through_quoted_breaks() {
    let text = "symbol,name,class,currency\nA,\"two\nlines\",Equity,USD\nB,x,Equity,usd\n";
    expect(files()[0], text, Code::NOT_A_VALUE, (4, 12));
    let text = "symbol,name,class,currency\nA,\"two\nlines\",Equity,usd\n";
    let told = read(files()[0], text);
    assert_eq!(told.iter().map(place).collect::<Vec<_>>(), [Some((3, 15))]);
}

#[test]
fn all_defects_are_told_at_once_up_to_a_limit() {
    let rows = |count: usize| (0..count).map(|i| format!("S{i},Equity,usd\n")).collect::<Vec<_>>().concat();
    let text = format!("symbol,class,currency\n{}", rows(100));
    assert_eq!(read(files()[0], &text).len(), 100);
    let told = read(files()[0], &format!("symbol,class,currency\n{}", rows(130)));
    assert_eq!(told.len(), 101);
    let last = told.last().unwrap();
    assert_eq!(last.code, Code::MORE_ROWS);
    assert!(last.message.starts_with("30 further rows"), "{last}");
    assert!(last.is_error());
}

/// File, what is replaced, by what, what is told, and where.
type Case = (File, &'static str, &'static str, Code, (usize, usize));

#[test]
fn what_the_rules_decide() {
    let [instruments, holdings, journal, wide, _, wide_returns, _, fx, ..] = &files()[..] else { panic!("fifteen files") };
    let [.., constituents, factors, exposures] = &files()[..] else { panic!("fifteen files") };
    let cases: Vec<Case> = vec![
        (*instruments, "BND,Bonds", "VTI,Bonds", Code::DUPLICATE_ROW, (4, 1)),
        (*instruments, "BND,Bonds", "CASH:USD,Bonds", Code::VALUE_RANGE, (4, 1)),
        (*instruments, "USD,US,1,0.0002", "USD,usa,1,0.0002", Code::NOT_A_VALUE, (2, 32)),
        (*instruments, "US,1,0.0002", "US,0,0.0002", Code::VALUE_RANGE, (2, 35)),
        (*instruments, "1,0.0002", "1,1.5", Code::VALUE_RANGE, (2, 37)),
        (*instruments, "0.0002,3000000", "0.0002,-1", Code::VALUE_RANGE, (2, 44)),
        (*instruments, "3000000,1,", "3000000,0,", Code::NOT_A_VALUE, (2, 52)),
        (*instruments, "Equity/US:0.6;", "Equity/US:0.5;", Code::WEIGHT_SUM, (5, 32)),
        (*instruments, "Equity/US:0.6;", "Equity/US;", Code::NOT_A_VALUE, (5, 32)),
        (*instruments, ",ITOT,,,,7.5", ",ITTO,,,,7.5", Code::UNKNOWN_SYMBOL, (2, 57)),
        (*instruments, ",ITOT,,,,7.5", ",VTI,,,,7.5", Code::INSTRUMENT, (2, 57)),
        (*instruments, "restricted,2026", ",2026", Code::VALUE_RANGE, (3, 47)),
        (*holdings, "taxable,VTI,100", "taxble,VTI,100", Code::UNKNOWN_ACCOUNT, (2, 1)),
        (*holdings, "VTI,100", "VTI,-100", Code::BELOW_ZERO, (2, 13)),
        (*holdings, "VTI,100", "VTI,0", Code::VALUE_RANGE, (2, 13)),
        (*holdings, "2020-03-02", "2026-07-01", Code::FUTURE_DATE, (2, 20)),
        (*holdings, "2019-03-02", "2020-03-03", Code::VALUE_RANGE, (2, 40)),
        (*holdings, "15000.50", "-15000.50", Code::VALUE_RANGE, (2, 31)),
        (*holdings, "10.5,,2021", "10.5,a1,2021", Code::DUPLICATE_ROW, (3, 9)),
        (*holdings, "10.5,,2021-03-02,2100", "10.5,,2021-03-02,", Code::INCOMPLETE_LOT, (3, 30)),
        (*holdings, "CASH:USD", "CASH:usd", Code::NOT_A_VALUE, (4, 9)),
        (*holdings, "2500.25", "-2500.25", Code::BELOW_ZERO, (4, 18)),
        (*holdings, "2500.25,,", "2500.25,a,", Code::VALUE_RANGE, (4, 26)),
        (*journal, "2024-01-03,2024", "2024-01-01,2024", Code::JOURNAL, (3, 15)),
        (*journal, "2,taxable,buy", "1,taxable,buy", Code::JOURNAL, (3, 1)),
        (*journal, "8,taxable,symbol_change,2024", "8,taxable,symbol_change,2027", Code::FUTURE_DATE, (9, 25)),
        (*journal, "VTI,10,250,,1", "VTI,10,,,1", Code::EMPTY_VALUE, (3, 47)),
        (*journal, "VTI,10,250,,1", "VTI,-10,250,,1", Code::VALUE_RANGE, (3, 43)),
        (*journal, "1040,1", "1400,1", Code::VALUE_RANGE, (4, 50)),
        (*journal, "1040,1", "1040,-1", Code::VALUE_RANGE, (4, 55)),
        (*journal, "USD,,fifo,", "USD,,fifo,2:4", Code::VALUE_RANGE, (4, 68)),
        (*journal, "ira,transfer_in", "roth,transfer_in", Code::UNKNOWN_ACCOUNT, (7, 3)),
        (*journal, "10000,,", "10000,5,", Code::VALUE_RANGE, (2, 42)),
        (*journal, ",2:2,", ",2,", Code::NOT_A_VALUE, (8, 51)),
        (*wide, "# kind: raw", "# kind: rwa", Code::PRICE_KIND, (1, 9)),
        (*wide, "# kind: raw", "# knd: raw", Code::UNKNOWN_KEY, (1, 1)),
        (*wide, "date,VTI,BND", "date,VTI,BDN", Code::UNKNOWN_SYMBOL, (2, 10)),
        (*wide, "237.22", "0", Code::NOT_POSITIVE, (3, 12)),
        (*wide, "237.22", "-1", Code::NOT_POSITIVE, (3, 12)),
        (*wide, "2024-01-03", "2024-01-02", Code::DUPLICATE_ROW, (4, 1)),
        (*wide_returns, "-0.02", "-1", Code::VALUE_RANGE, (4, 12)),
        (*fx, "1.0956", "0", Code::NOT_POSITIVE, (2, 20)),
        (*fx, "2024-01-03", "2024-01-02", Code::DUPLICATE_ROW, (3, 1)),
        (*fx, "EUR,USD,1.0956", "USD,USD,1.0956", Code::VALUE_RANGE, (2, 16)),
        (*constituents, "us,ITOT", "us,VTI", Code::DUPLICATE_ROW, (3, 4)),
        (*constituents, "0.6", "60", Code::VALUE_RANGE, (2, 8)),
        (*constituents, "0.6", "0.5", Code::WEIGHT_SUM, (1, 1)),
        (*factors, "value,,1", "market,,1", Code::DUPLICATE_ROW, (3, 1)),
        (*factors, "0.16", "16", Code::VALUE_RANGE, (2, 14)),
        (*factors, "1,0.3,0.16", "1,1.3,0.16", Code::CORRELATION, (2, 10)),
        (*factors, "1,0.3,0.16", "1,,0.16", Code::CORRELATION, (1, 1)),
        (*factors, "value,,1", "value,0.4,1", Code::CORRELATION, (1, 1)),
        (*factors, "value,,1", "value,,0.9", Code::CORRELATION, (1, 1)),
        (*factors, "factor,market,value", "factor,market,size", Code::UNKNOWN_COLUMN, (1, 15)),
        (*exposures, "ITOT", "VTI", Code::DUPLICATE_ROW, (3, 1)),
        (*exposures, "0.02", "-0.02", Code::VALUE_RANGE, (2, 11)),
        (*exposures, "symbol,market,value", "symbol,market,size", Code::UNKNOWN_COLUMN, (1, 15)),
        (*exposures, "symbol,market,value", "symbol,market,size", Code::MISSING_COLUMN, (1, 1)),
    ];
    for (file, sound, defect, code, at) in cases {
        assert!(file.text.contains(sound), "{sound}");
        expect(file, &file.text.replacen(sound, defect, 1), code, at);
    }
}

#[test]
fn other_delimiters_are_named() {
    for (delimiter, said) in [(";", ";"), ("\t", "tab"), ("|", "|")] {
        let told = read(files()[7], &support::FX.replace(',', delimiter));
        let [told] = &told[..] else { panic!("one cause is told once: {told:#?}") };
        assert!(told.code == Code::MISSING_COLUMN && told.message.contains(&format!("parted by `{said}`")), "{told}");
        assert!(told.help.as_ref().unwrap().contains(&format!("delimiter = \"{said}\"")), "{told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn garbage_never_panics(text in "(\\PC|[\"\r\n,;:#-]|date|symbol|price|account|2024-01-02|[0-9.]{1,40}|CASH:USD){0,60}") {
        for file in files() {
            read(file, &text);
        }
    }

    #[test]
    fn sound_files_with_one_piece_exchanged_never_panic(which in 0usize..15, at in any::<prop::sample::Index>(), length in 0usize..12, piece in "\\PC{0,12}") {
        let file = files()[which];
        let characters: Vec<char> = file.text.chars().collect();
        let start = at.index(characters.len());
        let text: String = characters.iter().take(start).copied().chain(piece.chars()).chain(characters.iter().skip(start + length).copied()).collect();
        for told in read(file, &text) {
            let lines = text.lines().count().max(1);
            prop_assert!(told.location.is_none_or(|place| place.line <= lines + 1 && place.column >= 1 && place.length >= 1));
        }
    }
}
