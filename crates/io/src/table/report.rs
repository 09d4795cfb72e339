//! [`Report`]: what is wrong with a file, up to a stated number of rows.

use evenkeel::diagnostic::{Code, Diagnostic, has_errors};

use crate::limits::MAX_REPORTED_ROWS;

/// Collects diagnostics; beyond [`MAX_REPORTED_ROWS`] bad rows it only counts.
#[derive(Debug, Default)]
pub(super) struct Report {
    diagnostics: Vec<Diagnostic>,
    rows: usize,
    last_row: Option<usize>,
    left_out: usize,
    errors_left_out: bool,
}

impl Report {
    /// Adds a diagnostic about the whole file.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds a diagnostic about the row that starts at a byte; it is made only if it is shown.
    pub(super) fn add_row(&mut self, row: usize, is_error: bool, diagnostic: impl FnOnce() -> Diagnostic) {
        if self.last_row != Some(row) {
            self.last_row = Some(row);
            self.rows += 1;
            self.left_out += usize::from(self.rows > MAX_REPORTED_ROWS);
        }
        if self.rows <= MAX_REPORTED_ROWS {
            self.diagnostics.push(diagnostic());
        } else {
            self.errors_left_out |= is_error;
        }
    }

    /// Whether anything was an error so far.
    pub(super) fn has_errors(&self) -> bool {
        self.errors_left_out || has_errors(&self.diagnostics)
    }

    /// All diagnostics, and the count of rows that were left out.
    pub(super) fn finish(mut self, file: &str) -> Vec<Diagnostic> {
        if self.left_out > 0 {
            let message = format!("{} further rows of {file} have defects; the first {MAX_REPORTED_ROWS} are shown", self.left_out);
            let make = if self.errors_left_out { Diagnostic::error } else { Diagnostic::warning };
            self.diagnostics.push(make(Code::MORE_ROWS, message).help("mend the rows shown and read the file again"));
        }
        self.diagnostics
    }
}
