//! Prices in columns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use evenkeel::diagnostic::Code;
use evenkeel::document::Parsed;
use evenkeel::market::{PriceHistory, PriceKind};
use evenkeel_io::prices::{READER_THREAD, read_parquet as read, read_parquet_panel};
use evenkeel_io::source::Source;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{Instrument, Universe};
use evenkeel_ledger::number::Currency;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

fn universe() -> Universe {
    let class = ClassPath::new("Equity").unwrap();
    Universe::new(["A", "B"].map(|symbol| Instrument::new(symbol, class.clone(), Currency::USD)).to_vec()).unwrap()
}

/// A file of dates (days since 1970) and columns of prices; NaN in the input is null in the file.
fn wide(kind: Option<&str>, names: &[&str], dates: &[i32], prices: &[&[Option<f64>]]) -> Source {
    let columns = names.iter().map(|name| format!("optional double {name};")).collect::<Vec<_>>().concat();
    let schema = Arc::new(parse_message_type(&format!("message m {{ required int32 date (DATE); {columns} }}")).unwrap());
    let pairs = kind.map(|kind| vec![KeyValue::new("kind".to_owned(), kind.to_owned())]);
    let properties = Arc::new(WriterProperties::builder().set_key_value_metadata(pairs).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(dates, None, None).unwrap();
    column.close().unwrap();
    for series in prices {
        let mut column = group.next_column().unwrap().unwrap();
        let values: Vec<f64> = series.iter().copied().flatten().collect();
        let levels: Vec<i16> = series.iter().map(|price| i16::from(price.is_some())).collect();
        column.typed::<DoubleType>().write_batch(&values, Some(&levels), None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    Source::new("prices.parquet", writer.into_inner().unwrap())
}

fn codes(parsed: &Parsed<PriceHistory>) -> Vec<Code> {
    parsed.diagnostics.iter().map(|told| told.code).collect()
}

#[test]
fn reads_a_wide_panel() {
    let source =
        wide(Some("raw"), &["A", "B", "C"], &[19_724, 19_723], &[&[Some(10.5), Some(10.25)], &[None, Some(0.1)], &[Some(1.0), None]]);
    let parsed = read(&source, &universe(), None);
    assert_eq!(codes(&parsed), [Code::UNKNOWN_SYMBOL]);
    let history = parsed.value.unwrap();
    let shown: Vec<Vec<String>> =
        history.series.iter().map(|series| series.iter().map(|point| format!("{} {}", point.date, point.price)).collect()).collect();
    assert_eq!(shown, [vec!["2024-01-01 10.25", "2024-01-02 10.5"], vec!["2024-01-01 0.1"]]);
}

#[test]
fn tells_every_defect() {
    let good: &[&[Option<f64>]] = &[&[Some(10.0), Some(11.0)]];
    let cases: [(Source, Option<PriceKind>, Code); 7] = [
        (wide(None, &["A"], &[1, 2], good), None, Code::PRICE_KIND),
        (wide(Some("rwa"), &["A"], &[1, 2], good), None, Code::PRICE_KIND),
        (wide(Some("raw"), &["A"], &[1, 2], good), Some(PriceKind::TotalReturn), Code::PRICE_KIND),
        (wide(Some("raw"), &["A"], &[1, 1], good), None, Code::DUPLICATE_ROW),
        (wide(Some("raw"), &["A"], &[1, 2], &[&[Some(f64::NAN), Some(1.0)]]), None, Code::NOT_A_VALUE),
        (wide(Some("raw"), &["A"], &[1, 2], &[&[Some(0.0), Some(1.0)]]), None, Code::NOT_POSITIVE),
        (Source::new("x.parquet", b"date,A\n".to_vec()), None, Code::UNREADABLE),
    ];
    for (source, stated, code) in cases {
        let parsed = read(&source, &universe(), stated);
        assert_eq!(codes(&parsed), [code], "{:?}", parsed.diagnostics);
        assert_eq!(parsed.value.is_none(), code != Code::NOT_POSITIVE);
    }
    // Zero is left out, and a sign is a mistake.
    let below = read(&wide(Some("raw"), &["A"], &[1, 2], &[&[Some(-10.0), Some(1.0)]]), &universe(), None);
    assert!(below.value.is_none() && codes(&below) == [Code::NOT_POSITIVE], "{:?}", below.diagnostics);
}

#[test]
fn reads_a_long_panel() {
    let schema = "message m { required binary date (UTF8); required binary symbol (UTF8); optional double price; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for texts in [["2024-01-02", "2024-01-02", "2024-01-03"], ["A", "X", "A"]] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts.map(ByteArray::from), None, None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&[1.5, 9.0, 1.75], Some(&[1, 1, 1]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let source = Source::new("prices.parquet", writer.into_inner().unwrap());
    let parsed = read(&source, &universe(), Some(PriceKind::SplitAdjusted));
    assert_eq!(codes(&parsed), [Code::UNKNOWN_SYMBOL]);
    let history = parsed.value.unwrap();
    assert_eq!((history.kind, history.series[0].len(), history.series[1].len()), (PriceKind::SplitAdjusted, 2, 0));
}

#[test]
fn broken_files_are_told() {
    // Panics of the reader are contained, on a thread of that name alone; their messages would drown all others.
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(READER_THREAD) {
            tell(panic);
        }
    }));
    let source = wide(Some("raw"), &["A"], &[1, 2], &[&[Some(10.0), Some(11.0)]]);
    for cut in 0..source.bytes.len() {
        let broken = Source::new("prices.parquet", source.bytes[..cut].to_vec());
        assert!(read(&broken, &universe(), None).value.is_none(), "cut at {cut}");
    }
    for at in 0..source.bytes.len() {
        let mut bytes = source.bytes.clone();
        bytes[at] ^= 0x55;
        read(&Source::new("prices.parquet", bytes), &universe(), None);
    }
}

#[test]
fn reads_every_series_by_its_name_for_estimates() {
    let source = wide(None, &["B", "A"], &[19_724, 19_723], &[&[Some(10.5), Some(10.25)], &[None, Some(0.1)]]);
    let named = read_parquet_panel(&source).value.unwrap();
    assert_eq!((named.names.as_slice(), named.kind), (&["B".to_owned(), "A".to_owned()][..], None));
    assert_eq!((named.panel.rows(), named.panel.values().get(0, 0).to_bits()), (2, 10.25_f64.to_bits()));
    assert!(named.panel.values().get(1, 1).is_nan());
    let source = wide(Some("total_return"), &["A"], &[19_723], &[&[Some(1.0)]]);
    assert_eq!(read_parquet_panel(&source).value.unwrap().kind, Some(PriceKind::TotalReturn));
    let broken = Source::new("prices.parquet", b"PAR1 and no more".to_vec());
    assert_eq!(read_parquet_panel(&broken).diagnostics[0].code, Code::UNREADABLE);
}
