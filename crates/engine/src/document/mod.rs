//! Reading TOML documents.
//!
//! A document is read by a function that asks a [`Table`] for every key it knows, in one place
//! each with type, range, default and description. All problems are collected, none ends the
//! reading: wrong types and ranges where keys are asked for, keys that nobody asked for when the
//! function returns. The same function, run by [`reference()`] on no document at all, yields the
//! reference of keys.
//!
//! ```
//! use evenkeel::diagnostic::SourceText;
//! use evenkeel::document::{self, Table};
//!
//! struct Costs { fixed: i64, rate: f64 }
//!
//! fn read(root: &Table<'_>) -> Option<Costs> {
//!     let version = root.schema_version(1);
//!     let fixed = root.key("fixed", "Fee for each trade.").integer().at_least(0, "cents").or(0);
//!     let rate = root.key("rate", "Fraction of the traded value.").number().fraction().required();
//!     version?;
//!     Some(Costs { fixed, rate: rate? })
//! }
//!
//! let good = document::read(SourceText { file: "costs.toml", text: "schema_version = 1\nrate = 0.001" }, read);
//! assert_eq!(good.value.map(|costs| (costs.fixed, costs.rate)), Some((0, 0.001)));
//!
//! let bad = document::read(SourceText { file: "costs.toml", text: "schema_version = 1\nraet = 10" }, read);
//! assert!(bad.value.is_none());
//! let told: Vec<String> = bad.diagnostics.iter().map(ToString::to_string).collect();
//! assert_eq!(told, [
//!     "error[EK0103]: `rate` is missing (costs.toml:1:1); help: add `rate = …`: Fraction of the traded value.",
//!     "error[EK0102]: `raet` is not a known key (costs.toml:2:1); help: did you mean `rate`?",
//! ]);
//! ```

use std::cell::RefCell;
use std::ops::Range;

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, Location, SourceText, has_errors};

mod field;
mod number;
mod reference;
mod settings;
mod suggest;
mod table;
mod value;

pub use field::{Field, Key};
pub use reference::{KeyEntry, Presence, Reference, TableEntry, TableForm};
pub use settings::{SETTINGS, quoted};
pub use suggest::{closest, did_you_mean};
pub use table::Table;
pub use value::Value;

use settings::{Composed, Origin};

/// What reading a document gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<T> {
    /// What was read; `None` if any diagnostic is an error.
    pub value: Option<T>,
    /// All that is wrong or worth knowing, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Codes that say that something is not there.
const ABSENCE: [Code; 3] = [Code::MISSING_KEY, Code::NO_BANDS, Code::NO_TARGETS];

/// Reads a document with a function that asks for every key it knows.
///
/// The value is there only if nothing is an error, whatever the function returns.
pub fn read<T>(source: SourceText<'_>, reader: impl FnOnce(&Table<'_>) -> Option<T>) -> Parsed<T> {
    read_lines(source, &[], reader)
}

/// Reads a document as [`read`] does, with keys set from outside of it: `optimize.objective=maximum_ratio`.
pub fn read_with<T>(source: SourceText<'_>, settings: &[String], reader: impl FnOnce(&Table<'_>) -> Option<T>) -> Parsed<T> {
    match Composed::new(source, settings) {
        Ok(composed) => read_lines(SourceText { text: &composed.text(), ..source }, &composed.origins(), reader),
        Err(diagnostics) => Parsed { value: None, diagnostics },
    }
}

/// Reads a document whose lines come from somewhere; from where they stand, where nothing is said.
fn read_lines<T>(source: SourceText<'_>, origins: &[Origin], reader: impl FnOnce(&Table<'_>) -> Option<T>) -> Parsed<T> {
    let (tree, syntax_errors) = DeTable::parse_recoverable(source.text);
    let document = Document { origins, ..Document::new(source, None) };
    for error in &syntax_errors {
        document.report_syntax(error);
    }
    let root = Table::root(&document, Some(tree.get_ref()));
    let value = reader(&root);
    root.finish();
    let mut diagnostics = document.into_diagnostics();
    if !syntax_errors.is_empty() {
        // What is missing may stand where the text could not be read.
        diagnostics.retain(|told| !ABSENCE.contains(&told.code));
    }
    Parsed { value: value.filter(|_| !has_errors(&diagnostics)), diagnostics }
}

/// The reference of all keys that a function asks for. Whatever it returns is dropped: it is run
/// on a document in which every table is present and every key absent.
pub fn reference<T>(reader: impl FnOnce(&Table<'_>) -> Option<T>) -> Reference {
    let document = Document::new(SourceText { file: "", text: "" }, Some(RefCell::default()));
    let root = Table::root(&document, None);
    let _ = reader(&root);
    document.reference.map(RefCell::into_inner).unwrap_or_default()
}

/// A text being read, with what was found wrong so far.
struct Document<'a> {
    source: SourceText<'a>,
    /// Where each line comes from; empty where the text is as the user wrote it.
    origins: &'a [Origin],
    /// Byte at which each line starts.
    line_starts: Vec<usize>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// Lines with a syntax error: what else is found on them follows from it.
    broken_lines: RefCell<Vec<usize>>,
    /// Collects the keys asked for, where there is no text to read.
    reference: Option<RefCell<Reference>>,
}

impl<'a> Document<'a> {
    fn new(source: SourceText<'a>, reference: Option<RefCell<Reference>>) -> Self {
        let newlines = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            source,
            origins: &[],
            line_starts: std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect(),
            diagnostics: RefCell::default(),
            broken_lines: RefCell::default(),
            reference,
        }
    }

    fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    fn locate(&self, span: Range<usize>) -> Location {
        let line = self.line_starts.partition_point(|start| *start <= span.start).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let place = self.source.locate_in_line(span, line, start);
        match self.origins.get(line - 1) {
            Some(Origin::Document(line)) => Location { line: *line, ..place },
            Some(Origin::Setting(number)) => Location { file: SETTINGS.to_owned(), line: *number, ..place },
            None => place,
        }
    }

    fn report_syntax(&self, error: &toml::de::Error) {
        let end = self.source.text.len();
        let location = self.locate(error.span().unwrap_or(end..end));
        let diagnostic = if error.message() == "duplicate key" {
            let key = self.source.text.get(error.span().unwrap_or_default()).unwrap_or_default();
            Diagnostic::error(Code::DUPLICATE_KEY, format!("`{key}` is given a second time")).help("keep one of the two")
        } else {
            self.broken_lines.borrow_mut().push(location.line);
            Diagnostic::error(Code::SYNTAX, format!("this is not valid TOML: {}", error.message()))
                .help("see https://toml.io for how values, tables and arrays are written")
        };
        self.report(diagnostic.at(location));
    }

    /// All diagnostics in the order of the text. After a syntax error the tree is incomplete: what
    /// seems missing, and all on the broken lines, follows from the error and is not told.
    fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics.into_inner();
        let broken = self.broken_lines.into_inner();
        if !broken.is_empty() {
            let on_broken_line = |diagnostic: &Diagnostic| diagnostic.location.as_ref().is_some_and(|at| broken.contains(&at.line));
            diagnostics.retain(|diagnostic| {
                diagnostic.code == Code::SYNTAX || !(diagnostic.code == Code::MISSING_KEY || on_broken_line(diagnostic))
            });
        }
        diagnostics.sort_by(|a, b| {
            let place = |diagnostic: &Diagnostic| diagnostic.location.as_ref().map(|at| (at.line, at.column));
            place(a).cmp(&place(b))
        });
        diagnostics.dedup();
        diagnostics
    }
}

#[cfg(test)]
mod tests;
