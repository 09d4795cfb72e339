//! [`Event`]: something that happened to an account.

use crate::account::AccountId;
use crate::date::Date;
use crate::fx::FxQuote;
use crate::instrument::InstrumentId;
use crate::lot::LotId;
use crate::number::{Decimal, Money, Quantity, Rate};
use crate::select::LotSelection;

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Number in the journal, strictly increasing. A lot that the event opens bears it as its id.
    pub sequence: u64,
    /// The account to which it happened.
    pub account: AccountId,
    /// When it happened.
    pub dates: EventDates,
    /// Exchange rate between the currency of the event's amounts and that of the account; needed
    /// only where they differ and basis or proceeds are concerned.
    pub fx: Option<FxQuote>,
    /// What happened.
    pub kind: EventKind,
}

/// The dates of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventDates {
    /// The day on which the books show it: the trade date of a purchase or sale, the effective
    /// date of a corporate action, the day on which income or cash arrives. Cash of a trade is
    /// booked on this day too.
    pub trade: Date,
    /// The day on which cash and units change hands.
    pub settlement: Option<Date>,
    /// The first day on which the instrument trades without the right to the distribution.
    pub ex: Option<Date>,
    /// The day on which a distribution is paid.
    pub pay: Option<Date>,
}

impl EventDates {
    /// Only the trade date is known.
    pub const fn on(trade: Date) -> Self {
        Self { trade, settlement: None, ex: None, pay: None }
    }
}

/// What happened. Amounts and quantities are above zero unless it is said otherwise; the kind
/// gives the direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A purchase. Closes short lots first, then opens a lot that cost gross plus fees.
    Buy(Trade),
    /// A sale of what is held, bringing gross less fees.
    Sell(Trade),
    /// A sale that closes what is held and opens a short lot with the rest.
    SellShort(Trade),
    /// A dividend or other distribution of an instrument.
    Dividend {
        /// The instrument that pays.
        instrument: InstrumentId,
        /// What it pays.
        income: Income,
    },
    /// Interest on cash (no instrument) or on a bond.
    Interest {
        /// The instrument that pays, if one does.
        instrument: Option<InstrumentId>,
        /// What is paid.
        income: Income,
    },
    /// Cash from outside.
    Deposit(Money),
    /// Cash to outside.
    Withdrawal(Money),
    /// A charge that belongs to no trade.
    Fee(Money),
    /// Tax paid out of the account, below zero where it comes back: performance before tax counts it as taken out, after tax as
    /// lost.
    Tax(Money),
    /// A split (more units) or reverse split (fewer): lots keep basis and dates.
    Split {
        /// The instrument.
        instrument: InstrumentId,
        /// New units for old.
        ratio: Ratio,
        /// What is paid for the fraction that is not issued.
        cash_in_lieu: Option<CashInLieu>,
    },
    /// The instrument trades under another symbol; lots are unchanged.
    SymbolChange {
        /// The former instrument.
        from: InstrumentId,
        /// The new one.
        to: InstrumentId,
    },
    /// The instrument is exchanged for another, for cash, or both.
    Merger {
        /// The instrument that ends.
        from: InstrumentId,
        /// What its holders get.
        terms: MergerTerms,
        /// What is paid for the fraction of the new instrument that is not issued.
        cash_in_lieu: Option<CashInLieu>,
    },
    /// Units of a new instrument are distributed, and take part of the basis with them.
    SpinOff(SpinOff),
    /// Units arrive from outside with their lots.
    TransferIn(Box<[TransferredLot]>),
    /// Units leave, with their lots.
    TransferOut {
        /// The instrument.
        instrument: InstrumentId,
        /// Units.
        quantity: Quantity,
        /// Which lots go.
        selection: LotSelection,
        /// The account of the household that receives them; `None` for one outside.
        to: Option<AccountId>,
    },
    /// A disposal that is still provisional is matched to other units.
    Rematch(Rematch),
    /// The loss of a disposal that is still provisional goes into the basis of a lot.
    DeferLoss(DeferLoss),
}

/// A purchase or sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    /// The instrument.
    pub instrument: InstrumentId,
    /// Units.
    pub quantity: Quantity,
    /// Quantity times price, before fees; zero is allowed.
    pub gross: Money,
    /// Commission and other charges of the trade, in the same currency; zero is allowed.
    pub fees: Money,
    /// Which lots are closed: those held, by a sale; those sold short, by a purchase.
    pub selection: LotSelection,
}

/// A distribution, received in cash unless it is reinvested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Income {
    /// Before tax; below zero where it is owed (on a short position, or on borrowed cash).
    pub gross: Money,
    /// Tax withheld at the source; zero is allowed.
    pub withheld: Money,
    /// What was bought with it.
    pub reinvested: Option<Reinvestment>,
}

/// A purchase paid from income: it opens a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reinvestment {
    /// The instrument bought.
    pub instrument: InstrumentId,
    /// Units.
    pub quantity: Quantity,
    /// What they cost, all charges included, in the currency of the income.
    pub cost: Money,
}

/// So many new units for so many old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// New units.
    pub new: Decimal,
    /// Old units.
    pub old: Decimal,
}

/// A fraction of a unit that is not issued but sold for the holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashInLieu {
    /// The fraction, in new units.
    pub quantity: Quantity,
    /// What it brought.
    pub proceeds: Money,
    /// Which lots it comes from.
    pub selection: LotSelection,
}

/// Units of another instrument given in exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockTerms {
    /// The instrument received.
    pub instrument: InstrumentId,
    /// Its units for those given up.
    pub ratio: Ratio,
}

/// What holders of a merged instrument get. Amounts are for the account's whole position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergerTerms {
    /// Cash alone: every lot is sold.
    Cash {
        /// All that is paid.
        proceeds: Money,
    },
    /// Units alone: basis and dates carry over.
    Stock(StockTerms),
    /// Units and cash in a reorganization: per lot, a gain is realized up to the cash and a loss
    /// is not; the basis becomes basis − cash + realized gain and dates carry over
    /// (26 USC 356(a), 358(a)).
    StockAndCash {
        /// The units.
        stock: StockTerms,
        /// What the units are worth.
        stock_value: Money,
        /// The cash.
        cash: Money,
    },
    /// A taxed exchange: every lot is sold for cash and the worth of the units, which are bought
    /// anew at that worth.
    Taxed {
        /// The units.
        stock: StockTerms,
        /// What the units are worth.
        stock_value: Money,
        /// The cash; zero is allowed.
        cash: Money,
    },
}

/// A distribution of another company's units. New lots have the dates of the lots from which
/// they come and are named `LOT.SEQUENCE` after lot and event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpinOff {
    /// The instrument that is kept.
    pub parent: InstrumentId,
    /// The instrument that is received.
    pub child: InstrumentId,
    /// Units of the child for units of the parent.
    pub ratio: Ratio,
    /// The fraction of each lot's basis that goes to the child, from 0 to 1: its share of the
    /// value of both after the distribution (26 USC 358(b)).
    pub basis_fraction: Rate,
    /// What is paid for the fraction of the child that is not issued.
    pub cash_in_lieu: Option<CashInLieu>,
}

/// A lot that arrives from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferredLot {
    /// Its name; unique among the account's lots of the instrument.
    pub id: LotId,
    /// The instrument.
    pub instrument: InstrumentId,
    /// Units; below zero for a short lot.
    pub quantity: Quantity,
    /// Total basis in the account's currency, of the sign of the quantity; `None` if unknown.
    pub cost_basis: Option<Money>,
    /// Trade date of its purchase; `None` if unknown.
    pub acquired: Option<Date>,
    /// Start of the holding period where it is not `acquired`.
    pub held_since: Option<Date>,
}

/// Matches units of a provisional disposal to others than those first taken, as share
/// identification rules demand once a later purchase falls into their window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rematch {
    /// Number of the event that disposed.
    pub disposal: u64,
    /// The instrument.
    pub instrument: InstrumentId,
    /// The lot from which the units had been taken.
    pub from: LotId,
    /// Units.
    pub quantity: Quantity,
    /// What they are matched to instead.
    pub to: Acquisition,
}

/// Units to which a disposal is matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquisition {
    /// Those of an open lot.
    Lot(LotId),
    /// Those that were bought on a date at a cost, and have gone into a pool.
    Pooled {
        /// The date of purchase.
        acquired: Date,
        /// What the units cost, in the account's currency.
        basis: Money,
    },
}

/// Moves loss of a provisional disposal into the basis of replacement units, as the wash sale
/// rule demands (26 USC 1091(d)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeferLoss {
    /// Number of the event that disposed.
    pub disposal: u64,
    /// The instrument disposed of.
    pub instrument: InstrumentId,
    /// The lot from which its units had been taken.
    pub from: LotId,
    /// The part of the loss that is not allowed, in the account's currency.
    pub loss: Money,
    /// The replacement units; `None` where the loss is lost for good, as when they are bought in
    /// a retirement account (Rev. Rul. 2008-5).
    pub into: Option<Replacement>,
}

/// Replacement units that take up a deferred loss. Where they are only part of their lot, they
/// become a lot of their own, named `LOT.SEQUENCE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The account that holds them.
    pub account: AccountId,
    /// Their instrument.
    pub instrument: InstrumentId,
    /// Their lot.
    pub lot: LotId,
    /// Units.
    pub quantity: Quantity,
    /// Start of their holding period once that of the units sold is added; `None` leaves it.
    pub held_since: Option<Date>,
}
