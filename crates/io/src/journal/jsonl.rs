//! The journal as JSON lines: one event a line, every kind of event.

use evenkeel::diagnostic::{Code, Diagnostic, SourceText, has_errors};
use evenkeel::document::{Parsed, did_you_mean};
use evenkeel_ledger::event::Event;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_REPORTED_ROWS;
use crate::table::SCHEMA_VERSION;

use super::wire::{EventLine, Names, Unknown, Wire};
use super::{JournalContext, Recorded};

/// The first line of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    schema_version: u32,
}

/// Reads JSON lines: `{"schema_version":1}` and then an event a line, numbered.
pub fn read_lines(source: SourceText<'_>, context: JournalContext<'_>) -> Parsed<Recorded> {
    let names = Names { household: context.household, universe: context.universe };
    let mut reading = Reading { source, diagnostics: Vec::new(), left_out: 0 };
    let mut recorded = Recorded::after(context.after, true);
    let mut start = 0;
    let mut headed = false;
    for (index, line) in source.text.split_inclusive('\n').enumerate() {
        let place = Place { start, line: index + 1 };
        start += line.len();
        let text = line.trim_end();
        if text.is_empty() {
            continue;
        }
        if !headed {
            headed = true;
            reading.heading(text, place);
        } else if let Some(event) = reading.event(text, place, names) {
            let date = event.dates.trade;
            if let Some(until) = context.until.filter(|until| date > *until) {
                let message = format!("event {} is dated {date}, after {until}, the date for which the file is read", event.sequence);
                let help = format!("correct the date, or read the file as of {date} or later");
                reading.report(place, 1, Diagnostic::error(Code::FUTURE_DATE, message).help(help));
            } else if let Err(error) = recorded.append(event, place.line) {
                let told = Diagnostic::error(Code::JOURNAL, error.to_string());
                reading.report(place, 1, told.help("number events in the order of their dates"));
            }
        }
    }
    if !headed {
        let told = Diagnostic::error(Code::NO_HEADER, "the file is empty").at(source.locate(0..0));
        reading.diagnostics.push(told.help("begin it with the line {\"schema_version\":1}"));
    }
    if reading.left_out > 0 {
        let message =
            format!("{} further lines of {} have defects; the first {MAX_REPORTED_ROWS} are shown", reading.left_out, source.file);
        reading.diagnostics.push(Diagnostic::error(Code::MORE_ROWS, message).help("mend the lines shown and read the file again"));
    }
    let diagnostics = reading.diagnostics;
    Parsed { value: Some(recorded).filter(|_| !has_errors(&diagnostics)), diagnostics }
}

/// Writes events as JSON lines. What [`read_lines`] makes of them is the same events.
pub fn write_lines(events: &[Event], household: &Household, universe: &Universe) -> Result<String, serde_json::Error> {
    let names = Names { household, universe };
    let mut text = serde_json::to_string(&Heading { schema_version: SCHEMA_VERSION })?;
    text.push('\n');
    for event in events {
        text.push_str(&serde_json::to_string(&EventLine::encode(event, names))?);
        text.push('\n');
    }
    Ok(text)
}

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    line: usize,
}

struct Reading<'a> {
    source: SourceText<'a>,
    diagnostics: Vec<Diagnostic>,
    left_out: usize,
}

impl Reading<'_> {
    /// Reports a problem at a column (bytes from 1, as the JSON reader counts) of a line.
    fn report(&mut self, place: Place, column: usize, diagnostic: Diagnostic) {
        if self.diagnostics.len() >= MAX_REPORTED_ROWS {
            self.left_out += 1;
            return;
        }
        let at = place.start + column.saturating_sub(1);
        self.diagnostics.push(diagnostic.at(self.source.locate_in_line(at..at + 1, place.line, place.start)));
    }

    fn heading(&mut self, text: &str, place: Place) {
        let help = format!("begin the file with the line {{\"schema_version\":{SCHEMA_VERSION}}}");
        match serde_json::from_str::<Heading>(text) {
            Ok(Heading { schema_version: SCHEMA_VERSION }) => {}
            Ok(Heading { schema_version }) => {
                let message = format!("this file has schema version {schema_version}, and this program reads version {SCHEMA_VERSION}");
                self.report(place, 1, Diagnostic::error(Code::SCHEMA_VERSION, message).help("write the file in the current format"));
            }
            Err(error) => {
                let message = format!("the first line does not say the schema version: {}", plain(&error));
                self.report(place, error.column(), Diagnostic::error(Code::NO_HEADER, message).help(help));
            }
        }
    }

    fn event(&mut self, text: &str, place: Place, names: Names<'_>) -> Option<Event> {
        let line: EventLine = match serde_json::from_str(text) {
            Ok(line) => line,
            Err(error) => {
                let message = format!("this is not an event: {}", plain(&error));
                let told = Diagnostic::error(Code::NOT_A_VALUE, message);
                self.report(place, error.column(), told.help("write one event a line; the reference of files shows one of each kind"));
                return None;
            }
        };
        match line.decode(names) {
            Ok(event) => Some(event),
            Err(unknown) => {
                self.report_unknown(text, place, unknown, names);
                None
            }
        }
    }

    fn report_unknown(&mut self, text: &str, place: Place, unknown: Unknown, names: Names<'_>) {
        let (name, told, help) = match unknown {
            Unknown::Account(id) => {
                let known = names.household.accounts.iter().map(|account| account.id.as_str());
                let help = did_you_mean(&id, known, "add the account to the household file");
                (id, Diagnostic::error(Code::UNKNOWN_ACCOUNT, "the event names an account that is not in the household file"), help)
            }
            Unknown::Symbol(symbol) => {
                let known = names.universe.iter().map(|(_, instrument)| instrument.symbol.as_str());
                let help = did_you_mean(&symbol, known, "add it to the instruments file");
                (symbol, Diagnostic::error(Code::UNKNOWN_SYMBOL, "the event names an instrument that is not in the instruments file"), help)
            }
        };
        let column = text.find(&format!("\"{name}\"")).map_or(1, |at| at + 1);
        let message = format!("{}: `{name}`", told.message);
        self.report(place, column, Diagnostic { message, ..told }.help(help));
    }
}

/// The reader's words without the place, which the diagnostic has of its own.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(words, _)| words.to_owned())
}
