//! [`Records`]: what was held and what happened; [`Disposals`]: what a country's rules make of it, and [`Matching`] as it goes on.

use std::borrow::Cow;
use std::fmt::Debug;

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::book::{BookError, RealizedGain, Refusal};
use evenkeel_ledger::date::{Date, DateError};
use evenkeel_ledger::event::Event;
use evenkeel_ledger::holdings::Holdings;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::identical::IdenticalSets;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Money, NumberError, Quantity};
use serde::Serialize;

/// What was held, and what happened since in all accounts of a household.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    /// Owners and accounts.
    pub household: &'a Household,
    /// Which instruments count as one.
    pub sets: &'a IdenticalSets,
    /// What was held before the first event.
    pub opening: &'a Holdings,
    /// Events in their order.
    pub events: &'a [Event],
    /// The last day of which all events are known.
    pub through: Date,
}

impl Records<'_> {
    /// Refuses events that the holdings include already.
    pub(super) fn check_no_overlap(&self) -> Result<(), RecordsError> {
        match self.events.first() {
            Some(first) if first.dates.trade <= self.opening.as_of => {
                Err(RecordsError::Overlap { sequence: first.sequence, date: first.dates.trade, as_of: self.opening.as_of })
            }
            _ => Ok(()),
        }
    }
}

/// Disposals matched with purchases while events come in.
pub trait Matching<'a>: Debug {
    /// Takes the next event.
    ///
    /// # Errors
    /// An event that decides what is found here, that is not modeled, or that the books do not take.
    fn enter(&mut self, event: &Event) -> Result<(), RecordsError>;

    /// Gains and losses so far, with what is not allowed of a loss in `deferred`; which of them may still change is not
    /// told. The day of the last event is over with it: events of that day that come after it are matched as those of a
    /// later one.
    ///
    /// # Errors
    /// Numbers or dates out of range, or more units sold than are held.
    fn gains(&mut self) -> Result<Cow<'_, [RealizedGain]>, RecordsError>;

    /// Another one that goes on from here by itself.
    fn fork(&self) -> Box<dyn Matching<'a> + 'a>;
}

/// Disposals as a country's rules match them with purchases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposals {
    /// Gains and losses in the order of events, with what is not allowed of a loss in `deferred`.
    pub gains: Vec<RealizedGain>,
    /// Losses, or parts of them, that are not allowed.
    pub washes: Vec<WashSale>,
    /// Losses that a purchase after the last known day may still take up.
    pub open: Vec<OpenLoss>,
    /// What is held at the end, with bases and holding periods adjusted; `None` where a country's pools reach over
    /// accounts.
    pub holdings: Option<Holdings>,
}

/// A loss, or part of it, that is not allowed because its units were replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WashSale {
    /// The loss, by its place among the gains.
    pub gain: usize,
    /// Units of it that were replaced.
    pub quantity: Quantity,
    /// Loss that is not allowed.
    pub loss: Money,
    /// The units that replace them.
    pub replacement: Replaced,
    /// Whether the loss is lost for good, as where the replacement lies in a retirement account.
    pub permanent: bool,
}

/// Units that replace others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The account that holds them.
    pub account: AccountId,
    /// Their instrument.
    pub instrument: InstrumentId,
    /// The lot that they were bought in.
    pub lot: LotId,
    /// The lot that they are now.
    pub piece: LotId,
    /// When they were bought.
    pub acquired: Date,
    /// Start of their holding period now; `None` if unknown.
    pub held_since: Option<Date>,
    /// Their basis now; `None` if unknown.
    pub basis: Option<Money>,
}

/// A loss that a later purchase may still take up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLoss {
    /// The loss, by its place among the gains.
    pub gain: usize,
    /// Units that were not replaced so far.
    pub quantity: Quantity,
    /// Their part of the loss.
    pub loss: Money,
    /// The last day of the window.
    pub until: Date,
}

/// On what it rests how a distribution is taxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The instruments file says it.
    Told,
    /// The class of the instrument says it.
    Class,
    /// Nothing says it: it is taken for a dividend of a corporation.
    Assumed,
}

/// A dividend, or interest that is exempt, and how much of it is qualified: taxed at the rates of long-term gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DividendTest {
    /// Number of the event.
    pub sequence: u64,
    /// The account.
    pub account: AccountId,
    /// The instrument that paid.
    pub instrument: InstrumentId,
    /// When it was received.
    pub received: Date,
    /// The ex-dividend date; where the event has none, the day on which it was received.
    pub ex: Date,
    /// Whether the event has an ex-dividend date.
    pub ex_is_known: bool,
    /// What was paid, before tax withheld.
    pub gross: Money,
    /// The part that is qualified.
    pub qualified: Money,
    /// The part that is not yet, and may still be after the last day that is known.
    pub open: Money,
    /// The part that is not taxed.
    pub exempt: Money,
    /// On what that rests, but for how long units were held.
    pub ground: Ground,
}

/// Why records cannot be matched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError {
    /// An event that the holdings include already.
    #[error("event {sequence} is dated {date}, and the holdings are those of {as_of}: they overlap")]
    Overlap {
        /// Number of the event.
        sequence: u64,
        /// Its date.
        date: Date,
        /// Date of the holdings.
        as_of: Date,
    },
    /// An event that says what is to be found.
    #[error("event {sequence} defers a loss or matches a disposal anew, which is found here: leave such events out")]
    Decided {
        /// Number of the event.
        sequence: u64,
    },
    /// A lot without units of its own date cannot be told from others.
    #[error("account `{account}` keeps a pool, in which lots have no dates: keep it in lots or at average cost")]
    Pooled {
        /// The account.
        account: String,
    },
    /// A loss and what replaces it are in books of two currencies.
    #[error("a loss in {loss} is replaced in account `{account}`, whose books are in {books}: keep both in one currency")]
    Currencies {
        /// Currency of the loss.
        loss: Currency,
        /// The account with the replacement.
        account: String,
        /// Currency of its books.
        books: Currency,
    },
    /// An event for which the country's rules are not modeled.
    #[error("event {sequence} is {what}, which is not modeled for the country's taxes")]
    NotModeled {
        /// Number of the event; 0 stands for the holdings.
        sequence: u64,
        /// What it is.
        what: String,
    },
    /// More is sold than an owner holds.
    #[error("event {sequence} sells more than the owner's taxable accounts hold: {lacking} units are lacking")]
    Oversold {
        /// Number of the event.
        sequence: u64,
        /// Units that are not there, after all splits.
        lacking: Quantity,
    },
    /// The books do not take the event.
    #[error(transparent)]
    Book(#[from] BookError),
    /// A change that the books do not take.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A number out of range, or of another currency.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A date out of range.
    #[error(transparent)]
    Date(#[from] DateError),
}

impl RecordsError {
    /// The number of the event that it is about; 0 stands for the holdings.
    pub fn sequence(&self) -> Option<u64> {
        match self {
            Self::Overlap { sequence, .. }
            | Self::Decided { sequence }
            | Self::NotModeled { sequence, .. }
            | Self::Oversold { sequence, .. } => Some(*sequence),
            Self::Book(error) => Some(error.sequence),
            _ => None,
        }
    }
}
