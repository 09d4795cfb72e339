//! [`BookError`]: an event that the books refuse, and why.

use crate::date::Date;
use crate::fx::FxError;
use crate::lot::LotId;
use crate::number::{Currency, Money, NumberError, Quantity};
use crate::select::SelectError;

/// An event that cannot have happened to these books. They are left as they were before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {sequence}: {reason}")]
pub struct BookError {
    /// Number of the event.
    pub sequence: u64,
    /// Why it is refused.
    #[source]
    pub reason: Refusal,
}

/// Why an event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The number is not above that of the last event.
    #[error("the books have reached event {last}: events are applied in increasing order")]
    OutOfOrder {
        /// Number of the last event applied.
        last: u64,
    },
    /// The date is before that of the last event.
    #[error("it is dated {date} and the books have reached {last}: events are applied in the order of their dates")]
    BackDated {
        /// Trade date of the event.
        date: Date,
        /// Date that the books have reached.
        last: Date,
    },
    /// A snapshot was asked for a date that the books have passed.
    #[error("it is dated {last}, after the snapshot's date {as_of}: replay the journal only through that date")]
    Passed {
        /// Date of the snapshot.
        as_of: Date,
        /// Date that the books have reached.
        last: Date,
    },
    /// The account is not in the household.
    #[error("its account is not in the household")]
    UnknownAccount,
    /// A quantity or amount that must be above zero is not.
    #[error("{what} must be above zero")]
    NotPositive {
        /// The quantity or amount.
        what: &'static str,
    },
    /// An amount that may be zero is below it.
    #[error("{what} must not be below zero")]
    Negative {
        /// The amount.
        what: &'static str,
    },
    /// A fraction beyond 0 to 1.
    #[error("the part of the basis that goes to the new instrument must lie between 0 and 1")]
    NotAFraction,
    /// More is paid out than there is.
    #[error("{needed} is needed and {held} is held: deposit or convert cash first, or allow the account to borrow")]
    InsufficientCash {
        /// Cash before the event.
        held: Money,
        /// What the event takes.
        needed: Money,
    },
    /// More is sold than is held.
    #[error("{asked} units are sold and {held} are held: sell less, or record a short sale in an account that may sell short")]
    Oversold {
        /// Units sold.
        asked: Quantity,
        /// Units held.
        held: Quantity,
    },
    /// Nothing is held to which the event could apply.
    #[error("nothing is held of the instrument")]
    NotHeld,
    /// Long lots meet short ones.
    #[error("long and short lots of one instrument cannot be held side by side: close the one before the other arrives")]
    OppositeSides,
    /// The event makes no sense for a short position.
    #[error("the position is short, for which only the taxed terms of a merger are defined: record a taxed exchange")]
    ShortPosition,
    /// Two lots of one id that are not parts of one lot.
    #[error("lot {0} is held already, with other dates: give the lot that arrives another id")]
    DuplicateLot(LotId),
    /// A lot without basis meets a method that averages, or a rule that computes with it.
    #[error("lot {0} has no cost basis, which is needed here: add it to the event that brought the lot")]
    UnknownBasis(LotId),
    /// Rounding leaves no unit of the new instrument.
    #[error("the ratio leaves less than the smallest part of a unit: record a sale for cash instead")]
    NothingLeft,
    /// An instrument is exchanged for itself, or an account transfers to itself.
    #[error("the origin and the destination are the same")]
    SameOnBothSides,
    /// No such disposal.
    #[error("event {disposal} disposed of no {lot} in this account: name the event, instrument and lot of a realized gain")]
    NoSuchDisposal {
        /// Number of the event named.
        disposal: u64,
        /// Lot named.
        lot: LotId,
    },
    /// The window for matching has closed.
    #[error("the disposal became final after {through}: it can no longer be matched or its loss deferred")]
    Final {
        /// The last day on which it was provisional.
        through: Date,
    },
    /// More units are matched than were disposed of.
    #[error("{asked} units are matched and {held} were disposed of")]
    TooManyMatched {
        /// Units matched.
        asked: Quantity,
        /// Units of the disposal.
        held: Quantity,
    },
    /// The pool does not hold what is said to be in it.
    #[error("the pool does not hold these units and their cost")]
    NotInPool,
    /// More loss is deferred than there is.
    #[error("{asked} of loss is deferred and {left} is left of it")]
    TooMuchDeferred {
        /// Loss that is to be deferred.
        asked: Money,
        /// Loss not deferred yet; zero or below where there is none.
        left: Money,
    },
    /// The basis is kept in another currency.
    #[error("the basis is given in {given} and the account keeps its books in {kept}")]
    BasisCurrency {
        /// Currency given.
        given: Currency,
        /// Currency of the account.
        kept: Currency,
    },
    /// Lots cannot be chosen.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// No exchange rate for the pair.
    #[error("{0} (an event carries its own rate)")]
    Fx(#[from] FxError),
    /// A number out of range, or of another currency.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// A date out of range.
    #[error(transparent)]
    Date(#[from] crate::date::DateError),
}
