//! [`Diagnostic`]: a sentence, a place and a remedy.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

pub mod code;

pub use code::Code;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, and the user should know.
    Warning,
}

/// A place in a file of the user's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Location {
    /// The file, as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters are meant; at least 1.
    pub length: usize,
    /// The text of the line.
    pub text: String,
}

/// Something that a user did wrong or should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Diagnostic {
    /// Its code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence: what is wrong, the value seen and the limit with its unit.
    pub message: String,
    /// Where.
    pub location: Option<Location>,
    /// The change that would make it right.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place or help yet.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), location: None, help: None }
    }

    /// A warning without a place or help yet.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// With the place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// With the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}[{}]: {}", self.code, self.message)?;
        if let Some(location) = &self.location {
            write!(f, " ({}:{}:{})", location.file, location.line, location.column)?;
        }
        if let Some(help) = &self.help {
            write!(f, "; help: {help}")?;
        }
        Ok(())
    }
}

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

/// A text of the user's, with what it takes to name a place in it.
#[derive(Debug, Clone, Copy)]
pub struct SourceText<'a> {
    /// The file, as the user named it.
    pub file: &'a str,
    /// Its content.
    pub text: &'a str,
}

impl SourceText<'_> {
    /// The place of a range of bytes; a range beyond the text is the place of its end.
    pub fn locate(&self, span: Range<usize>) -> Location {
        let before = self.text.get(..self.boundary(span.start)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.locate_in_line(span, before.matches('\n').count() + 1, line_start)
    }

    /// As [`Self::locate`], for one who knows the line (from 1) and the byte at which it starts.
    pub fn locate_in_line(&self, span: Range<usize>, line: usize, line_start: usize) -> Location {
        let (start, end) = (self.boundary(span.start), self.boundary(span.end));
        let rest = self.text.get(line_start..).unwrap_or_default();
        let meant = self.text.get(start..end).unwrap_or_default();
        Location {
            file: self.file.to_owned(),
            line,
            column: self.text.get(line_start..start).unwrap_or_default().chars().count() + 1,
            length: meant.lines().next().unwrap_or_default().chars().count().max(1),
            text: rest.lines().next().unwrap_or_default().to_owned(),
        }
    }

    /// The start of the character that holds a byte.
    fn boundary(&self, mut at: usize) -> usize {
        at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
