//! [`Book`]: cash, lots and realized gains of a household, driven by the journal.
//!
//! The book is a function of the events applied to it and nothing else: the same journal gives
//! the same book. Trades are booked on their trade date, cash and units alike. An event that is
//! refused leaves the book as it was.

mod account;

mod adjust;

mod basis;

mod corporate;

mod error;

mod income;

mod matching;

mod order;

mod realized;

mod trades;

mod transfer;

pub use error::{BookError, Refusal};
pub use realized::RealizedGain;

use account::AccountBook;
use realized::Disposal;

use crate::account::AccountId;
use crate::date::Date;
use crate::event::{Event, EventKind};
use crate::holdings::Holdings;
use crate::household::Household;
use crate::instrument::InstrumentId;
use crate::lot::Lot;
use crate::number::{Currency, Money};
use crate::select::Pick;

/// What an account may do beyond what it holds, and how long its disposals stay open to matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountRules {
    /// Whether cash may go below zero.
    pub margin: bool,
    /// Whether a plain sale beyond what is held opens a short lot.
    pub short: bool,
    /// Days after a disposal through which its match may change (30 for share identification in
    /// the UK and wash sales in the US); zero makes it final at once.
    pub matching_days: u16,
}

impl AccountRules {
    /// No borrowing, no short sales, disposals final at once.
    pub const STRICT: Self = Self { margin: false, short: false, matching_days: 0 };
}

/// Cash, lots and realized gains of a household after some events.
#[derive(Debug, Clone)]
pub struct Book {
    /// In the household's order.
    accounts: Vec<AccountBook>,
    realized: Vec<RealizedGain>,
    /// Number and date of the last event.
    last: Option<(u64, Date)>,
    /// Kept from one event to the next so that none needs memory of its own.
    picks: Vec<Pick>,
    taken: Vec<Lot>,
}

impl Book {
    /// The empty books of a household, under [`AccountRules::STRICT`].
    pub fn new(household: &Household) -> Self {
        let accounts = household.accounts.iter().map(|account| AccountBook::new(account.currency, account.basis_method)).collect();
        Self { accounts, realized: Vec::new(), last: None, picks: Vec::new(), taken: Vec::new() }
    }

    /// The book with other rules for an account; an account of another household is ignored.
    #[must_use]
    pub fn with_rules(mut self, account: AccountId, rules: AccountRules) -> Self {
        if let Some(book) = self.accounts.get_mut(account.index()) {
            book.rules = rules;
        }
        self
    }

    /// Enters events in order, up to the first that is refused.
    ///
    /// The books of a date are those after [`Journal::through`](crate::journal::Journal::through) it.
    pub fn apply_all<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>) -> Result<(), BookError> {
        events.into_iter().try_for_each(|event| self.apply(event))
    }

    /// Enters an event.
    pub fn apply(&mut self, event: &Event) -> Result<(), BookError> {
        let outcome = self.check_order(event).and_then(|()| self.enter(event));
        self.taken.clear();
        match outcome {
            Ok(()) => {
                self.last = Some((event.sequence, event.dates.trade));
                Ok(())
            }
            Err(reason) => Err(BookError { sequence: event.sequence, reason }),
        }
    }

    /// Gains realized so far, in the order of events; within an event in the order in which lots
    /// were taken.
    pub fn realized(&self) -> &[RealizedGain] {
        &self.realized
    }

    /// What is held at the end of a date, which must not be before that of the last event.
    pub fn holdings(&self, as_of: Date) -> Result<Holdings, BookError> {
        let (sequence, last) = self.last.unwrap_or((0, as_of));
        if last > as_of {
            return Err(BookError { sequence, reason: Refusal::Passed { as_of, last } });
        }
        let accounts: Result<Vec<_>, _> = self.accounts.iter().map(AccountBook::holdings).collect();
        Ok(Holdings { as_of, accounts: accounts.map_err(|number| BookError { sequence, reason: number.into() })? })
    }

    /// Lots of an instrument in an account, earliest first.
    pub fn lots(&self, account: AccountId, instrument: InstrumentId) -> Vec<&Lot> {
        let position = self.accounts.get(account.index()).and_then(|book| book.position(instrument));
        position.map(|position| position.held().collect()).unwrap_or_default()
    }

    /// Cash of a currency in an account.
    pub fn cash(&self, account: AccountId, currency: Currency) -> Money {
        self.accounts.get(account.index()).map_or(Money::zero(currency), |book| book.cash_in(currency))
    }

    /// Number of the last event.
    pub fn last_sequence(&self) -> Option<u64> {
        self.last.map(|(sequence, _)| sequence)
    }

    fn check_order(&self, event: &Event) -> Result<(), Refusal> {
        let date = event.dates.trade;
        match self.last {
            Some((last, _)) if event.sequence <= last => Err(Refusal::OutOfOrder { last }),
            Some((_, last)) if date < last => Err(Refusal::BackDated { date, last }),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, event: &Event) -> Result<(), Refusal> {
        match &event.kind {
            EventKind::Buy(trade) => self.buy(event, trade),
            EventKind::Sell(trade) => self.sell(event, trade, false),
            EventKind::SellShort(trade) => self.sell(event, trade, true),
            EventKind::Dividend { income, .. } | EventKind::Interest { income, .. } => self.receive(event, income),
            EventKind::Deposit(money) => self.move_cash(event, *money, "the deposit", false),
            EventKind::Withdrawal(money) => self.move_cash(event, *money, "the withdrawal", true),
            EventKind::Fee(money) => self.move_cash(event, *money, "the fee", true),
            EventKind::Tax(money) if money.is_negative() => self.move_cash(event, money.neg(), "the tax that comes back", false),
            EventKind::Tax(money) => self.move_cash(event, *money, "the tax", true),
            EventKind::Split { instrument, ratio, cash_in_lieu } => self.split(event, *instrument, *ratio, cash_in_lieu.as_ref()),
            EventKind::SymbolChange { from, to } => self.change_symbol(event, *from, *to),
            EventKind::Merger { from, terms, cash_in_lieu } => self.merge(event, *from, terms, cash_in_lieu.as_ref()),
            EventKind::SpinOff(spin_off) => self.spin_off(event, spin_off),
            EventKind::TransferIn(lots) => self.transfer_in(event, lots),
            EventKind::TransferOut { instrument, quantity, selection, to } => {
                self.transfer_out(event, *instrument, *quantity, selection, *to)
            }
            EventKind::Rematch(rematch) => self.rematch(event, rematch),
            EventKind::DeferLoss(deferral) => self.defer_loss(event, deferral),
        }
    }

    fn account(&self, id: AccountId) -> Result<&AccountBook, Refusal> {
        self.accounts.get(id.index()).ok_or(Refusal::UnknownAccount)
    }

    fn account_mut(&mut self, id: AccountId) -> Result<&mut AccountBook, Refusal> {
        self.accounts.get_mut(id.index()).ok_or(Refusal::UnknownAccount)
    }

    /// What the gains of an event have in common.
    fn disposal(&self, event: &Event) -> Result<Disposal, Refusal> {
        let days = self.account(event.account)?.rules.matching_days;
        let date = event.dates.trade;
        let provisional_through = if days == 0 { None } else { Some(date.add_days(i32::from(days))?) };
        Ok(Disposal { sequence: event.sequence, account: event.account, date, provisional_through })
    }
}

fn require_positive(is_positive: bool, what: &'static str) -> Result<(), Refusal> {
    if is_positive { Ok(()) } else { Err(Refusal::NotPositive { what }) }
}

fn refuse_negative(money: Money, what: &'static str) -> Result<(), Refusal> {
    if money.is_negative() { Err(Refusal::Negative { what }) } else { Ok(()) }
}
