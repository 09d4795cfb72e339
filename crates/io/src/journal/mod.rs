//! `journal.csv` and `journal.jsonl`: the events that made the holdings.
//!
//! The CSV form takes the events that custodians report: trades, income, cash, splits, symbol
//! changes and transfers. Mergers, spin-offs, cash in lieu and later matching have structure of
//! their own and are written as JSON lines, which take every event.

mod csv;

mod jsonl;

mod recorded;

mod wire;

pub use csv::{FORMAT, read};
pub use jsonl::{read_lines, write_lines};
pub use recorded::Recorded;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::Universe;
use evenkeel_ledger::journal::Journal;

/// What the events of a journal refer to.
#[derive(Debug, Clone, Copy)]
pub struct JournalContext<'a> {
    /// Its accounts.
    pub household: &'a Household,
    /// Its instruments.
    pub universe: &'a Universe,
    /// No event may be dated after this, where it is given: a guard for events that are added. A
    /// journal that is kept may hold events after the day for which it is replayed.
    pub until: Option<Date>,
    /// The journal to which the events are added, where there is one: they must come after its last,
    /// and are numbered on from it where the file does not number them.
    pub after: Option<&'a Journal>,
}
