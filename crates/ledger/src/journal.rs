//! [`Journal`]: events in order, appended and never changed.

use crate::date::Date;
use crate::event::Event;

/// Events in the order of their numbers. Trade dates never go back, so that the books of any
/// date are those after some first part of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Journal {
    events: Vec<Event>,
}

/// Why an event cannot be appended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The number is in the journal already.
    #[error("event {sequence} is in the journal already: every event needs a number of its own")]
    Duplicate {
        /// The number.
        sequence: u64,
    },
    /// The number is below that of the last event.
    #[error("event {sequence} comes after event {last}: the journal is appended in increasing order")]
    OutOfOrder {
        /// The number.
        sequence: u64,
        /// The number of the last event.
        last: u64,
    },
    /// The trade date is before that of the last event.
    #[error(
        "event {sequence} is dated {date}, before event {last} of {last_date}: number events by date, or book a late one on the day it was learned"
    )]
    BackDated {
        /// The number.
        sequence: u64,
        /// Its trade date.
        date: Date,
        /// The number of the last event.
        last: u64,
        /// The trade date of the last event.
        last_date: Date,
    },
}

impl Journal {
    /// An empty journal.
    pub const fn new() -> Self {
        Self { events: Vec::new() }
    }

    /// A journal of events that are in order already.
    pub fn from_events(events: impl IntoIterator<Item = Event>) -> Result<Self, JournalError> {
        let mut journal = Self::new();
        for event in events {
            journal.append(event)?;
        }
        Ok(journal)
    }

    /// Adds an event at the end.
    pub fn append(&mut self, event: Event) -> Result<(), JournalError> {
        if let Some(last) = self.events.last() {
            let sequence = event.sequence;
            if sequence <= last.sequence {
                let known = self.events.binary_search_by_key(&sequence, |earlier| earlier.sequence).is_ok();
                return Err(if known {
                    JournalError::Duplicate { sequence }
                } else {
                    JournalError::OutOfOrder { sequence, last: last.sequence }
                });
            }
            if event.dates.trade < last.dates.trade {
                return Err(JournalError::BackDated {
                    sequence,
                    date: event.dates.trade,
                    last: last.sequence,
                    last_date: last.dates.trade,
                });
            }
        }
        self.events.push(event);
        Ok(())
    }

    /// All events, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The events up to and including a date.
    pub fn through(&self, date: Date) -> &[Event] {
        let count = self.events.partition_point(|event| event.dates.trade <= date);
        self.events.get(..count).unwrap_or_default()
    }

    /// The number of the last event.
    pub fn last_sequence(&self) -> Option<u64> {
        self.events.last().map(|event| event.sequence)
    }
}
