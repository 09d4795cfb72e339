//! Events added at the end of a journal.

use std::path::Path;

use evenkeel::diagnostic::{Code, Diagnostic, has_errors};
use evenkeel_io::source::Source;
use evenkeel_ledger::book::AccountRules;
use serde::Serialize;

use crate::command::{Document, Outcome};
use crate::console::Style;
use crate::write_whole;

use super::{Books, read_journal, replay};

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
    let new = Source::open(events).map_err(|problem| vec![*problem])?;
    let (old_text, new_text) = (text(&books.source)?, text(&new)?);
    let (header, rows) = split_header(new_text);
    if split_header(old_text).0 != header {
        let message = format!("the header of {} is not that of {}", new.file, books.source.file);
        return Err(vec![Diagnostic::error(Code::JOURNAL, message).help("write the events with the columns of the journal, in its order")]);
    }
    let line_break = if old_text.ends_with('\n') { "" } else { "\n" };
    let whole = Source::new(books.source.file.clone(), format!("{old_text}{line_break}{rows}").into_bytes());
    let (journal, told) = read_journal(&whole, &books.household, &books.universe, books.as_of);
    let Some(journal) = journal.filter(|_| !has_errors(&told)) else { return Err(told) };
    replay(&journal, &books.household, rules)?;
    write_whole(&books.path, text(&whole)?).map_err(|error| vec![Diagnostic::error(Code::OUTPUT, error)])?;
    let before = books.journal.events().len();
    Ok(Outcome::done(Appended { journal: books.source.file.clone(), before, added: journal.events().len() - before }, told))
}

fn text(source: &Source) -> Result<&str, Vec<Diagnostic>> {
    source.text().map(|text| text.text).map_err(|problem| vec![*problem])
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
