//! Events added at the end of a journal.

use std::borrow::Cow;
use std::path::Path;

use evenkeel::diagnostic::{Code, Diagnostic, SourceText};
use evenkeel_io::journal::{self, JournalContext, Recorded};
use evenkeel_io::mapping::Mapping;
use evenkeel_io::page::Page;
use evenkeel_io::source::{Source, is_there};
use evenkeel_ledger::book::AccountRules;
use serde::Serialize;

use crate::command::{Document, Outcome};
use crate::files::write_whole;
use crate::render::number::counted;

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

/// Adds events if the books accept them after those of the journal. What is wrong is told in the
/// place where the file of new events says it.
pub(super) fn append(books: &Books, rules: AccountRules, events: &Path, again: bool) -> Result<Outcome, Vec<Diagnostic>> {
    let (old, new) = (open(&books.path)?, open(events)?);
    if is_there(&books.path.with_extension("mapping.toml")) {
        let message = format!("{} is a foreign file, which is read through a mapping and not written", old.file);
        return Err(refuse(message, "keep a journal of your own beside it"));
    }
    let (old_text, new_text) = (text(&old)?, text(&new)?);
    let mapping = mapping_beside(events)?;
    let form = form(books, &old, &new, mapping.is_some())?;
    let journal = &books.recorded.journal;
    let context = JournalContext { household: &books.household, universe: &books.universe, until: Some(books.as_of), after: Some(journal) };
    let parsed = match form {
        Form::Lines => journal::read_lines(new_text, context),
        Form::Table | Form::Foreign => journal::read(new_text, mapping.as_ref(), context),
    };
    let Some(recorded) = parsed.value else { return Err(parsed.diagnostics) };
    if !again {
        refuse_repeated(&recorded, new_text)?;
    }
    replay(&recorded, books.as_of, &books.household, rules, events)?;
    let rows = match form {
        Form::Foreign => Cow::Owned(translated(books, &recorded)?),
        Form::Table | Form::Lines => Cow::Borrowed(split_header(new_text.text).1),
    };
    let line_break = if old_text.text.is_empty() || old_text.text.ends_with('\n') { "" } else { "\n" };
    let whole = format!("{}{line_break}{rows}", old_text.text);
    write_whole(&books.path, &whole).map_err(|error| vec![Diagnostic::error(Code::OUTPUT, error)])?;
    let appended = Appended { journal: old.file, before: recorded.earlier, added: recorded.added().len() };
    Ok(Outcome::done(appended, parsed.diagnostics))
}

fn refuse(message: String, help: &str) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::JOURNAL, message).help(help)]
}

/// Refuses an export of the journal's last day that was appended before.
fn refuse_repeated(recorded: &Recorded, new: SourceText<'_>) -> Result<(), Vec<Diagnostic>> {
    let Some((added, known)) = recorded.repeated() else { return Ok(()) };
    let message = format!("this is event {} of the journal, of {}, once more", known.sequence, known.dates.trade);
    let told = Diagnostic::error(Code::JOURNAL, message);
    let told = match recorded.place(new, added.sequence) {
        Some(place) => told.at(place),
        None => told,
    };
    Err(vec![told.help("append only what is new; if the same happened again, give `--again`, or number the events in `sequence`")])
}

/// How the new events are written.
#[derive(Clone, Copy)]
enum Form {
    /// With the columns of the journal.
    Table,
    /// As JSON lines, as the journal is.
    Lines,
    /// A foreign table, whose events are added as JSON lines.
    Foreign,
}

/// The form of the new events, if it goes with that of the journal.
fn form(books: &Books, old: &Source, new: &Source, is_mapped: bool) -> Result<Form, Vec<Diagnostic>> {
    let lines = is_lines(&books.path);
    let differs = |what: &str| format!("{} is not {what} {}", new.file, old.file);
    match (is_mapped, lines, is_lines(Path::new(&new.file))) {
        (true, true, false) => Ok(Form::Foreign),
        (true, ..) => {
            let message = format!("{} is a foreign file, and {} is not in JSON lines, as which its events are added", new.file, old.file);
            Err(refuse(message, "keep the journal as journal.jsonl, and the events as a table"))
        }
        (false, journal, events) if journal != events => Err(refuse(differs("in the form of"), "write both as CSV, or both as JSON lines")),
        _ if split_header(text(old)?.text).0 != split_header(text(new)?.text).0 => {
            let (header, text) = (split_header(text(old)?.text).0, text(new)?);
            let found = text.text.find(split_header(text.text).0).unwrap_or(0);
            let message = format!("the first line of {} is not that of {}", new.file, old.file);
            let told = Diagnostic::error(Code::JOURNAL, message).at(text.locate(found..found + split_header(text.text).0.len()));
            Err(vec![told.help(format!("begin the events as the journal begins: {header}"))])
        }
        _ => Ok(if lines { Form::Lines } else { Form::Table }),
    }
}

/// The mapping file beside a foreign file of events, if there is one.
fn mapping_beside(events: &Path) -> Result<Option<Mapping>, Vec<Diagnostic>> {
    let path = events.with_extension("mapping.toml");
    if !is_there(&path) {
        return Ok(None);
    }
    let parsed = Mapping::read(open(&path)?.text().map_err(|problem| vec![*problem])?);
    parsed.value.map(Some).ok_or(parsed.diagnostics)
}

/// The events of a foreign file as JSON lines.
fn translated(books: &Books, recorded: &Recorded) -> Result<String, Vec<Diagnostic>> {
    let written = journal::write_lines(recorded.added(), &books.household, &books.universe);
    let written = written.map_err(|error| vec![Diagnostic::error(Code::OUTPUT, error.to_string())])?;
    Ok(split_header(&written).1.to_owned())
}

fn open(path: &Path) -> Result<Source, Vec<Diagnostic>> {
    Source::open(path).map_err(|problem| vec![*problem])
}

fn text(source: &Source) -> Result<SourceText<'_>, Vec<Diagnostic>> {
    source.text().map_err(|problem| vec![*problem])
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"))
}

/// The header line, and the rows after it; comments and empty lines before the header are left out.
fn split_header(text: &str) -> (&str, &str) {
    let start: usize = text.split_inclusive('\n').take_while(|line| line.starts_with('#') || line.trim().is_empty()).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let (header, rows) = rest.split_once('\n').unwrap_or((rest, ""));
    (header.trim_end(), rows)
}

impl Document for Appended {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.say(format!("{}: {} added to {}", self.journal, counted(self.added, "event"), self.before));
        page
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
