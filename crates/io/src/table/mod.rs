//! [`Table`]: the one way in which delimited files are read.
//!
//! The header is checked against a [`Format`]; rows are then read one after the other, each value
//! by its type. Every defect is reported with its line, column, value and remedy, all at once, up
//! to [`MAX_REPORTED_ROWS`](crate::limits::MAX_REPORTED_ROWS) rows.

use std::ops::Range;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText, has_errors};
use evenkeel::document::{Parsed, closest};

use crate::mapping::Mapping;

mod format;
mod header;
mod report;
mod row;
mod split;
mod value;

pub use format::{Column, DirectiveFormat, Format, Further, Kind, Need};
pub use header::FurtherColumn;
pub use row::{Cell, Row, RowPlace};
pub use value::Reject;

pub(crate) use format::columns;
pub(crate) use value::{class, currency};

use report::Report;
use row::{Context, locate};
use split::{Fault, Record, Records};

/// The schema version that this program reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// What a comment line before the header says, and where it says so.
#[derive(Debug)]
struct Directive<'a> {
    key: &'a str,
    value: &'a str,
    span: Range<usize>,
}

/// A delimited file that is being read.
#[derive(Debug)]
pub struct Table<'a> {
    context: Context<'a>,
    records: Records<'a>,
    record: Record,
    report: Report,
    directives: Vec<Directive<'a>>,
    /// Whether the header was good enough for rows to be read.
    readable: bool,
    rows: usize,
}

impl<'a> Table<'a> {
    /// Reads comment lines and the header, and reports what is wrong with them.
    pub fn open(source: SourceText<'a>, format: &'static Format, mapping: Option<&'a Mapping>) -> Self {
        let mut report = Report::default();
        let (directives, at, line) = read_directives(source, format, &mut report);
        let delimiter = mapping.map_or(b',', |mapping| mapping.delimiter);
        let mut records = Records::new(source.text, delimiter, at, line);
        let mut record = Record::default();
        match records.next_into(&mut record) {
            Ok(true) => {}
            Ok(false) => {
                let names: Vec<&str> = format.columns.iter().map(|column| column.name).collect();
                let help = format!("begin it with the line {}", names.join(","));
                report.add(Diagnostic::error(Code::NO_HEADER, "the file has no header line").at(source.locate(at..at)).help(help));
            }
            Err(fault) => report.add(fault_diagnostic(source, &record, fault)),
        }
        let header = if record.fields.is_empty() {
            header::Header { places: Vec::new(), further: Vec::new(), width: 0 }
        } else {
            header::read(source, &record, format, mapping, &mut report)
        };
        let readable = header.width > 0;
        let context = Context { source, format, mapping, header };
        Self { context, records, record, report, directives, readable, rows: 0 }
    }

    /// What a comment line before the header, or the mapping, says.
    pub fn directive(&self, key: &str) -> Option<&'a str> {
        let in_file = self.directives.iter().find(|directive| directive.key == key).map(|directive| directive.value);
        in_file.or_else(|| self.context.mapping.and_then(|mapping| mapping.directive(key)))
    }

    /// Columns that the format does not list by name.
    pub fn further(&self) -> Vec<FurtherColumn> {
        self.context.header.further.clone()
    }

    /// Whether the file has a column of the format.
    pub fn has(&self, column: usize) -> bool {
        self.context.header.places.get(column).is_some_and(|place| !matches!(place, header::Place::Absent))
    }

    /// Reports a problem with the file as a whole, at its header.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.report.add(diagnostic.at(self.context.source.locate(0..0)));
    }

    /// Reports a problem with what a comment line says, at its value; where no line says it, at the
    /// beginning of the file.
    pub fn report_directive(&mut self, key: &str, diagnostic: Diagnostic) {
        let span = self.directives.iter().find(|directive| directive.key == key).map_or(0..0, |directive| directive.span.clone());
        self.report.add(diagnostic.at(self.context.source.locate(span)));
    }

    /// Reports a problem with a further column, at its name in the header.
    pub fn report_further(&mut self, column: &FurtherColumn, diagnostic: Diagnostic) {
        let start = self.header_start();
        let mut record = Record::default();
        let mut records = Records::new(self.context.source.text, self.delimiter(), start.0, start.1);
        let _ = records.next_into(&mut record);
        let place = locate(self.context.source, &record, record.fields.get(column.field));
        self.report.add(diagnostic.at(place));
    }

    /// The next row that can be read; rows of another width than the header are reported and passed
    /// over, rows that the mapping leaves out are passed over.
    pub fn next_row(&mut self) -> Option<Row<'_, 'a>> {
        while self.readable {
            match self.records.next_into(&mut self.record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    let (source, record) = (self.context.source, &self.record);
                    self.report.add_row(record.start, true, || fault_diagnostic(source, record, fault));
                    self.readable = false;
                    break;
                }
            }
            self.rows += 1;
            if self.record.fields.len() != self.context.header.width {
                self.report_ragged();
            } else if !self.context.skips(&self.record) {
                return Some(Row { context: &self.context, record: &self.record, report: &mut self.report, bad: false });
            }
        }
        None
    }

    /// Whether anything was an error so far: what follows from all rows is then not told.
    pub(crate) fn has_errors(&self) -> bool {
        self.report.has_errors()
    }

    /// Goes back to a row that was read before, to report on it.
    pub fn at<T>(&mut self, place: RowPlace, report: impl FnOnce(&mut Row<'_, 'a>) -> T) -> Option<T> {
        let mut record = Record::default();
        let mut records = Records::new(self.context.source.text, self.delimiter(), place.start, place.line);
        if !records.next_into(&mut record).unwrap_or(false) {
            return None;
        }
        Some(report(&mut Row { context: &self.context, record: &record, report: &mut self.report, bad: false }))
    }

    /// Ends the reading. A file without rows is told: as an error where it `needs_rows`.
    pub fn finish<T>(mut self, needs_rows: bool, value: T) -> Parsed<T> {
        if self.readable && self.rows == 0 {
            let make = if needs_rows { Diagnostic::error } else { Diagnostic::warning };
            let end = self.context.source.text.len();
            let told = make(Code::NO_ROWS, "the file has a header and no rows".to_owned());
            self.report.add(told.at(self.context.source.locate(end..end)).help("add a row, or remove the file if there is nothing to say"));
        }
        let diagnostics = self.report.finish(self.context.source.file);
        Parsed { value: Some(value).filter(|_| !has_errors(&diagnostics)), diagnostics }
    }

    fn delimiter(&self) -> u8 {
        self.context.mapping.map_or(b',', |mapping| mapping.delimiter)
    }

    fn header_start(&self) -> (usize, usize) {
        let text = self.context.source.text;
        let comments = text.split_inclusive('\n').take_while(|line| is_comment(line));
        comments.fold((0, 1), |(at, line), comment| (at + comment.len(), line + 1))
    }

    fn report_ragged(&mut self) {
        let (record, source, width) = (&self.record, self.context.source, self.context.header.width);
        self.report.add_row(record.start, true, || {
            let (count, surplus) = (record.fields.len(), record.fields.get(width));
            let help = if surplus.is_some() {
                "put a value that holds a comma in quotes, or remove the surplus field"
            } else {
                "write a comma for every field, also for empty ones"
            };
            let message = format!("the row has {count} fields, and the header {width}");
            Diagnostic::error(Code::RAGGED_ROW, message).at(locate(source, record, surplus.or(record.fields.last()))).help(help)
        });
    }
}

/// The names in the header of a file, without reports: to tell forms of a file apart.
pub(crate) fn header_names(source: SourceText<'_>, mapping: Option<&Mapping>) -> Vec<String> {
    let delimiter = mapping.map_or(b',', |mapping| mapping.delimiter);
    let at: usize = source.text.split_inclusive('\n').take_while(|line| is_comment(line)).map(str::len).sum();
    let mut record = Record::default();
    let _ = Records::new(source.text, delimiter, at, 1).next_into(&mut record);
    record.fields.iter().map(|field| field.value(source.text).into_owned()).collect()
}

fn is_comment(line: &str) -> bool {
    line.starts_with('#') || line.trim().is_empty()
}

/// Key and value of each comment line before the header, the byte after them, and its line.
fn read_directives<'a>(source: SourceText<'a>, format: &Format, report: &mut Report) -> (Vec<Directive<'a>>, usize, usize) {
    let mut directives: Vec<Directive<'a>> = Vec::new();
    let (mut at, mut number) = (0, 1);
    for line in source.text.split_inclusive('\n').take_while(|line| is_comment(line)) {
        let span = at..at + line.trim_end().len();
        at += line.len();
        number += 1;
        let Some((key, value)) = line.trim_start_matches('#').split_once(':').map(|(key, value)| (key.trim(), value.trim())) else {
            continue;
        };
        let mut told = |diagnostic: Diagnostic| report.add(diagnostic.at(source.locate(span.clone())));
        let known = format.directives.iter().map(|directive| directive.key).chain(["schema_version"]);
        if directives.iter().any(|directive| directive.key == key) {
            told(Diagnostic::error(Code::DUPLICATE_KEY, format!("`# {key}:` is given a second time")).help("keep one of the two"));
        } else if key == "schema_version" && value.parse() != Ok(SCHEMA_VERSION) {
            let message = format!("this file has schema version {value}, and this program reads version {SCHEMA_VERSION}");
            told(
                Diagnostic::error(Code::SCHEMA_VERSION, message)
                    .help("write the file in the current format, or use the release that reads it"),
            );
        } else if known.clone().any(|name| name == key) {
            let value_at = span.end - value.len();
            directives.push(Directive { key, value, span: value_at..span.end });
        } else if let Some(meant) = closest(key, known) {
            let message = format!("the comment `# {key}:` is not one that is read");
            told(Diagnostic::warning(Code::UNKNOWN_KEY, message).help(format!("did you mean `# {meant}:`?")));
        }
    }
    (directives, at, number)
}

fn fault_diagnostic(source: SourceText<'_>, record: &Record, fault: Fault) -> Diagnostic {
    let (at, code, message, help) = match fault {
        Fault::UnclosedQuote(at) => (
            at,
            Code::BROKEN_QUOTE,
            "a quote is opened here and never closed; the rest of the file was not read",
            "close it, or double a quote that belongs to the value",
        ),
        Fault::TextAfterQuote(at) => (
            at,
            Code::BROKEN_QUOTE,
            "text follows a closing quote; the rest of the file was not read",
            "double a quote that belongs to the value, or put the comma after the quote",
        ),
        Fault::TooManyFields(at) => {
            (at, Code::RAGGED_ROW, "the row has too many fields; the rest of the file was not read", "check the line breaks of the file")
        }
    };
    let field = split::Field { start: at, end: at + 1, quoting: split::Quoting::Plain };
    Diagnostic::error(code, message).at(locate(source, record, Some(&field))).help(help)
}
