//! [`Recorded`]: a journal, and where in its file each event stands.

use std::path::Path;

use evenkeel::diagnostic::{Code, Diagnostic, Location, SourceText};
use evenkeel_ledger::book::BookError;
use evenkeel_ledger::event::Event;
use evenkeel_ledger::journal::{Journal, JournalError};

use crate::source::Source;

/// A journal, and where in its file each event stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// The events, after those of the journal to which they were added.
    pub journal: Journal,
    /// How many events the journal held before those of the file.
    pub earlier: usize,
    /// Whether the file numbers its events.
    numbered: bool,
    /// The line of each event of the file.
    lines: Vec<usize>,
}

impl Recorded {
    /// A journal to which events of a file are added, which numbers them or not.
    pub(super) fn after(journal: Option<&Journal>, numbered: bool) -> Self {
        let journal = journal.cloned().unwrap_or_default();
        Self { earlier: journal.events().len(), journal, numbered, lines: Vec::new() }
    }

    /// The number of the next event where the file does not number them.
    pub(super) fn next_sequence(&self) -> u64 {
        self.journal.last_sequence().map_or(1, |last| last.saturating_add(1))
    }

    /// Adds the event of a line.
    pub(super) fn append(&mut self, event: Event, line: usize) -> Result<(), JournalError> {
        self.journal.append(event)?;
        self.lines.push(line);
        Ok(())
    }

    /// The events of the file.
    pub fn added(&self) -> &[Event] {
        self.journal.events().get(self.earlier..).unwrap_or_default()
    }

    /// The first event of the file that is the same as one of the last day of the journal to which it is
    /// added, and that one: what an export of that day looks like when it is added again. Numbers tell
    /// equal events apart, so there is none where the file numbers them.
    pub fn repeated(&self) -> Option<(&Event, &Event)> {
        let before = self.journal.events().get(..self.earlier)?;
        let day = before.last()?.dates.trade;
        let same = |added: &Event, known: &Event| {
            (added.account, added.dates, added.fx, &added.kind) == (known.account, known.dates, known.fx, &known.kind)
        };
        let last_day = || before.iter().rev().take_while(|known| known.dates.trade == day);
        let mut added = self.added().iter().take_while(|added| !self.numbered && added.dates.trade == day);
        added.find_map(|added| last_day().find(|known| same(added, known)).map(|known| (added, known)))
    }

    /// Where the file that was read says an event, by its number.
    pub fn place(&self, source: SourceText<'_>, sequence: u64) -> Option<Location> {
        let index = self.added().binary_search_by_key(&sequence, |event| event.sequence).ok()?;
        let line = *self.lines.get(index)?;
        let start: usize = source.text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let length = source.text.get(start..)?.lines().next().map_or(0, |text| text.trim_end().len());
        Some(source.locate_in_line(start..start + length, line, start))
    }

    /// An event that the books refuse, with the line of the file that says it.
    pub fn refused(&self, error: &BookError, file: &Path) -> Diagnostic {
        let told = Diagnostic::error(Code::JOURNAL, format!("the books refuse {error}"));
        let place = Source::open(file).ok().and_then(|source| self.place(source.text().ok()?, error.sequence));
        match place {
            Some(place) => told.at(place),
            None => told,
        }
    }
}
