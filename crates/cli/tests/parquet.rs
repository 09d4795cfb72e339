//! A damaged Parquet file: told as a diagnostic, without what its reader says when it panics.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use evenkeel_io::prices::{READER_THREAD, read_parquet};
use evenkeel_io::source::Source;
use evenkeel_ledger::instrument::Universe;
use parquet::data_type::{DoubleType, Int32Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use support::{Folder, copy_example, evenkeel_in, shown};

/// Prices of one day, in columns.
fn sound() -> Vec<u8> {
    let schema = Arc::new(parse_message_type("message m { required int32 date (DATE); required double VTI; }").unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut dates = group.next_column().unwrap().unwrap();
    dates.typed::<Int32Type>().write_batch(&[20_543, 20_544], None, None).unwrap();
    dates.close().unwrap();
    let mut prices = group.next_column().unwrap().unwrap();
    prices.typed::<DoubleType>().write_batch(&[341.25, 342.1], None, None).unwrap();
    prices.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_panic_of_the_reader_is_kept_quiet() {
    static PANICKED: AtomicBool = AtomicBool::new(false);
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some(READER_THREAD) {
            PANICKED.store(true, Ordering::SeqCst);
        } else {
            tell(panic);
        }
    }));
    let sound = sound();
    let damaged = (0..sound.len() * 8).map(|at| {
        let mut bytes = sound.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        bytes
    });
    let panics = |bytes: &Vec<u8>| {
        PANICKED.store(false, Ordering::SeqCst);
        let _ = read_parquet(&Source::new("prices.parquet", bytes.clone()), &Universe::default(), None);
        PANICKED.load(Ordering::SeqCst)
    };
    let Some(bytes) = damaged.into_iter().find(panics) else {
        // The reader has learned to tell every such damage, and nothing has to be kept quiet.
        return;
    };
    let folder = Folder::new("parquet");
    copy_example("family", folder.path());
    fs::remove_file(folder.path().join("prices.csv")).unwrap();
    fs::write(folder.path().join("prices.parquet"), bytes).unwrap();
    let output = evenkeel_in(folder.path(), &["check", ".", "--as-of", "2026-03-31"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    let text = shown(&output);
    assert!(text.contains("error[EK0201]: ./prices.parquet is not a Parquet file that can be read"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}
