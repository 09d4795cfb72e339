//! Events added at the end of a journal.

use std::borrow::Cow;
use std::path::Path;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel_io::journal::{self, JournalContext};
use evenkeel_io::mapping::Mapping;
use evenkeel_io::source::Source;
use evenkeel_ledger::book::AccountRules;
use serde::Serialize;

use crate::command::{Document, Outcome};
use crate::console::Style;
use crate::write_whole;

use super::{Books, replay};

/// What was added.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Appended {
    /// The journal that was written.
    pub journal: String,
    /// Events before.
    pub before: usize,
    /// Events added.
    pub added: usize,
}

/// Adds events if the whole journal can be replayed with them.
pub(super) fn append(books: &Books, rules: AccountRules, events: &Path) -> Result<Outcome, Vec<Diagnostic>> {
    let refuse = |message: String, help: &str| vec![Diagnostic::error(Code::JOURNAL, message).help(help)];
    let (old, new) = (open(&books.path)?, open(events)?);
    if books.path.with_extension("mapping.toml").is_file() {
        let message = format!("{} is a foreign file, which is read through a mapping and not written", old.file);
        return Err(refuse(message, "keep a journal of your own beside it"));
    }
    let lines = is_lines(&books.path);
    let (old_text, new_text) = (text(&old)?, text(&new)?);
    let rows = match mapping_beside(events)? {
        Some(mapping) if lines => Cow::Owned(translated(books, new.text().map_err(|problem| vec![*problem])?, &mapping)?),
        Some(_) => {
            let message = format!("{} is a foreign file, and {} is not in JSON lines, as which its events are added", new.file, old.file);
            return Err(refuse(message, "keep the journal as journal.jsonl"));
        }
        None if lines != is_lines(events) => {
            return Err(refuse(format!("{} is not in the form of {}", new.file, old.file), "write both as CSV, or both as JSON lines"));
        }
        None => Cow::Borrowed(rows_under(old_text, new_text).ok_or_else(|| {
            let message = format!("the first line of {} is not that of {}", new.file, old.file);
            refuse(message, "begin the events as the journal begins: with its columns in their order, or its schema version")
        })?),
    };
    let line_break = if old_text.is_empty() || old_text.ends_with('\n') { "" } else { "\n" };
    let whole = Source::new(old.file.clone(), format!("{old_text}{line_break}{rows}").into_bytes());
    let context = JournalContext { household: &books.household, universe: &books.universe, until: Some(books.as_of), first_sequence: 1 };
    let source = whole.text().map_err(|problem| vec![*problem])?;
    let parsed = if lines { journal::read_lines(source, context) } else { journal::read(source, None, context) };
    let Some(journal) = parsed.value else { return Err(parsed.diagnostics) };
    replay(journal.events(), &books.household, rules)?;
    write_whole(&books.path, source.text).map_err(|error| vec![Diagnostic::error(Code::OUTPUT, error)])?;
    let before = books.journal.events().len();
    let added = journal.events().len() - before;
    Ok(Outcome::done(Appended { journal: old.file, before, added }, parsed.diagnostics))
}

/// The mapping file beside a foreign file of events, if there is one.
fn mapping_beside(events: &Path) -> Result<Option<Mapping>, Vec<Diagnostic>> {
    let path = events.with_extension("mapping.toml");
    if !path.is_file() {
        return Ok(None);
    }
    let parsed = Mapping::read(open(&path)?.text().map_err(|problem| vec![*problem])?);
    parsed.value.map(Some).ok_or(parsed.diagnostics)
}

/// The events of a foreign file as JSON lines, numbered on from the last of the journal.
fn translated(books: &Books, events: SourceText<'_>, mapping: &Mapping) -> Result<String, Vec<Diagnostic>> {
    let first_sequence = books.journal.last_sequence().map_or(1, |last| last.saturating_add(1));
    let context = JournalContext { household: &books.household, universe: &books.universe, until: Some(books.as_of), first_sequence };
    let parsed = journal::read(events, Some(mapping), context);
    let journal = parsed.value.ok_or(parsed.diagnostics)?;
    let written = journal::write_lines(&journal, &books.household, &books.universe);
    let written = written.map_err(|error| vec![Diagnostic::error(Code::OUTPUT, error.to_string())])?;
    Ok(split_header(&written).1.to_owned())
}

fn open(path: &Path) -> Result<Source, Vec<Diagnostic>> {
    Source::open(path).map_err(|problem| vec![*problem])
}

fn text(source: &Source) -> Result<&str, Vec<Diagnostic>> {
    source.text().map(|text| text.text).map_err(|problem| vec![*problem])
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"))
}

/// The rows of a table whose header is that of another; `None` where it differs. The heading of
/// JSON lines is such a header too.
fn rows_under<'t>(other: &str, table: &'t str) -> Option<&'t str> {
    let (header, rows) = split_header(table);
    (split_header(other).0 == header).then_some(rows)
}

/// The header line, and the rows after it; comments and empty lines before the header are left out.
fn split_header(text: &str) -> (&str, &str) {
    let start: usize = text.split_inclusive('\n').take_while(|line| line.starts_with('#') || line.trim().is_empty()).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let (header, rows) = rest.split_once('\n').unwrap_or((rest, ""));
    (header.trim_end(), rows)
}

impl Document for Appended {
    fn text(&self, _: Style) -> String {
        format!("{}: {} events added to {}\n", self.journal, self.added, self.before)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
