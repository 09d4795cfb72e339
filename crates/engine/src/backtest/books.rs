//! [`Books`]: what a household holds and has realized, entered event by event as in life.

use evenkeel_ledger::account::{Account, AccountId, BasisMethod, TaxTreatment};
use evenkeel_ledger::book::{AccountRules, Book, BookError, Refusal};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, Trade as TradeEvent, TransferredLot};
use evenkeel_ledger::fx::FxError;
use evenkeel_ledger::holdings::{AccountHoldings, Holdings};
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::journal::Journal;
use evenkeel_ledger::lot::{Lot, LotId};
use evenkeel_ledger::number::{Currency, Money, NumberError, Quantity};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};
use evenkeel_ledger::term::Term;

use crate::diagnostic::{Code, Diagnostic};
use crate::drift::ReviewHistory;
use crate::trade::{LossSale, Side, Trade};

/// Days around a sale at a loss in which a purchase replaces it (26 USC 1091).
const WASH_DAYS: i32 = 30;

/// Cash may go below zero for a day, as charges are booked before what pays for them is sold.
const RULES: AccountRules = AccountRules { margin: true, short: false, matching_days: 0 };

/// What a household holds, and how it came to it.
#[derive(Debug)]
pub(super) struct Books {
    /// Its owners carry what the year so far has realized.
    pub(super) household: Household,
    pub(super) journal: Journal,
    /// Sales at a loss of the last 30 days.
    pub(super) sold: Vec<LossSale>,
    pub(super) history: ReviewHistory,
    pub(super) holdings: Holdings,
    book: Book,
    /// Number of the next event, by which the lots that it opens are named.
    next: u64,
    base: Currency,
    /// Events since `holdings` was made.
    is_stale: bool,
    /// Realized gains that are in the owners' years.
    counted: usize,
}

impl Books {
    /// The books with what is held at first.
    ///
    /// # Errors
    /// An account in another currency than the base currency, or lots that the books refuse.
    pub(super) fn open(
        household: &Household,
        opening: &Holdings,
        sold: &[LossSale],
        base: Currency,
        day: Date,
    ) -> Result<Self, Vec<Diagnostic>> {
        let foreign = household.accounts.iter().filter(|account| account.currency != base).map(|account| {
            let message = format!("account `{}` is kept in {}, and a backtest keeps all books in {base}", account.id, account.currency);
            Diagnostic::error(Code::FOREIGN_CURRENCY, message).help("give the account the policy's base currency")
        });
        let foreign: Vec<Diagnostic> = foreign.collect();
        if !foreign.is_empty() {
            return Err(foreign);
        }
        let accounts = (0..household.accounts.len()).filter_map(AccountId::from_index);
        let book = accounts.fold(Book::new(household), |book, account| book.with_rules(account, RULES));
        let lots = opening.accounts.iter().flat_map(AccountHoldings::lots);
        let numbered = lots.filter_map(|lot| if let LotId::Number(number) = lot.id { Some(number) } else { None });
        let mut books = Self {
            household: household.clone(),
            journal: Journal::new(),
            sold: sold.to_vec(),
            history: ReviewHistory::default(),
            holdings: Holdings::empty(household, day),
            book,
            next: numbered.max().map_or(1, |last| last.saturating_add(1)),
            base,
            is_stale: true,
            counted: 0,
        };
        for (index, (account, held)) in household.accounts.iter().zip(&opening.accounts).enumerate() {
            books.take_over(index, held, day).map_err(|told| {
                let unfit = |told: Diagnostic| {
                    let message = format!("what account `{}` holds at first cannot be taken over: {}", account.id, told.message);
                    Diagnostic::error(Code::JOURNAL, message).help("correct its lots in the holdings file")
                };
                told.into_iter().map(unfit).collect::<Vec<_>>()
            })?;
        }
        Ok(books)
    }

    /// Lots and cash with which an account begins.
    fn take_over(&mut self, account: usize, held: &AccountHoldings, day: Date) -> Result<(), Vec<Diagnostic>> {
        let lot = |lot: &Lot| TransferredLot {
            id: lot.id.clone(),
            instrument: lot.instrument,
            quantity: lot.quantity,
            cost_basis: lot.cost_basis,
            acquired: lot.acquired,
            held_since: lot.held_since,
        };
        let lots: Box<[TransferredLot]> = held.lots().iter().map(lot).collect();
        if !lots.is_empty() {
            self.enter(account, day, EventKind::TransferIn(lots))?;
        }
        for money in held.cash() {
            self.move_cash(account, day, *money)?;
        }
        Ok(())
    }

    /// Enters what happened to an account.
    ///
    /// # Errors
    /// What the books refuse.
    pub(super) fn enter(&mut self, account: usize, day: Date, kind: EventKind) -> Result<(), Vec<Diagnostic>> {
        let Some(account) = AccountId::from_index(account) else { return Ok(()) };
        let sequence = self.next;
        self.next = self.next.saturating_add(1);
        let event = Event { sequence, account, dates: EventDates::on(day), fx: None, kind };
        self.book.apply(&event).map_err(|error| refused(&error, day))?;
        let appended = self.journal.append(event);
        appended.map_err(|error| vec![Diagnostic::error(Code::DEFECT, format!("on {day} the journal refuses an event: {error}"))])?;
        self.is_stale = true;
        Ok(())
    }

    /// Cash that comes in from outside, or goes out.
    ///
    /// # Errors
    /// As [`Books::enter`].
    pub(super) fn move_cash(&mut self, account: usize, day: Date, money: Money) -> Result<(), Vec<Diagnostic>> {
        if money.is_zero() {
            return Ok(());
        }
        let kind = if money.is_negative() { EventKind::Withdrawal(money.neg()) } else { EventKind::Deposit(money) };
        self.enter(account, day, kind)
    }

    /// Enters a trade at a quantity, value and charges that may be others than those proposed.
    ///
    /// # Errors
    /// As [`Books::enter`].
    pub(super) fn trade(
        &mut self,
        trade: &Trade,
        universe: &Universe,
        done: (Quantity, Money, Money),
        day: Date,
    ) -> Result<(), Vec<Diagnostic>> {
        let (quantity, gross, fees) = done;
        let (Some(account), Some(instrument)) = (self.household.account_index(&trade.account), universe.find(&trade.symbol)) else {
            return Ok(());
        };
        let of = |selection| TradeEvent { instrument, quantity, gross, fees, selection };
        let kind = match trade.side {
            // What is bought closes short lots first.
            Side::Buy => EventKind::Buy(of(LotSelection::By(LotMethod::Fifo))),
            Side::Sell => EventKind::Sell(of(self.selection(account, trade))),
        };
        self.enter(account, day, kind)?;
        self.count_gains()
    }

    /// The lots of a sale; where lots share a cost, the order in which they go.
    fn selection(&self, account: usize, trade: &Trade) -> LotSelection {
        let by_lot = self.household.accounts.get(account).is_some_and(|account| account.basis_method == BasisMethod::Lots);
        if !by_lot || trade.lots.is_empty() {
            return LotSelection::By(LotMethod::Fifo);
        }
        LotSelection::Specific(trade.lots.iter().map(|sale| LotQuantity { lot: sale.lot.clone(), quantity: sale.quantity }).collect())
    }

    /// Counts gains of taxable accounts that were realized since into their owners' years, and remembers losses.
    ///
    /// # Errors
    /// Sums out of range.
    pub(super) fn count_gains(&mut self) -> Result<(), Vec<Diagnostic>> {
        let realized = self.book.realized().get(self.counted..).unwrap_or_default();
        for gain in realized {
            let account = self.household.accounts.get(gain.account.index()).filter(|account| is_taxable(account));
            let (Some(account), Some(amount)) = (account, gain.gain().map_err(|error| too_large(&error))?) else { continue };
            let is_long = gain.term() == Some(Term::Long);
            if let Some(owner) = self.household.owners.iter_mut().find(|owner| owner.id == account.owner) {
                let year = &mut owner.year_to_date;
                let sum = if is_long { &mut year.long_term } else { &mut year.short_term };
                *sum = sum.try_add(amount).map_err(|error| too_large(&error))?;
            }
            if amount.is_negative() {
                self.sold.push(LossSale { instrument: gain.instrument, sold: gain.realized });
            }
        }
        self.counted = self.book.realized().len();
        Ok(())
    }

    /// Brings what is held up to a day.
    ///
    /// # Errors
    /// Sums out of range.
    pub(super) fn close(&mut self, day: Date) -> Result<(), Vec<Diagnostic>> {
        if self.is_stale {
            self.holdings = self.book.holdings(day).map_err(|error| refused(&error, day))?;
            self.is_stale = false;
        }
        self.holdings.as_of = day;
        self.sold.retain(|sale| day.days_since(sale.sold) <= WASH_DAYS);
        Ok(())
    }

    /// Units of an instrument in an account.
    pub(super) fn quantity(&self, account: usize, instrument: InstrumentId) -> Result<Quantity, NumberError> {
        let Some(account) = AccountId::from_index(account) else { return Ok(Quantity::ZERO) };
        self.book.lots(account, instrument).iter().try_fold(Quantity::ZERO, |sum, lot| sum.try_add(lot.quantity))
    }

    /// Cash of an account in the base currency.
    pub(super) fn cash(&self, account: usize) -> Money {
        AccountId::from_index(account).map_or(Money::zero(self.base), |account| self.book.cash(account, self.base))
    }
}

pub(super) fn is_taxable(account: &Account) -> bool {
    account.tax_treatment == TaxTreatment::Taxable
}

pub(super) fn no_rate(error: &FxError) -> Vec<Diagnostic> {
    vec![Diagnostic::error(Code::NO_EXCHANGE_RATE, error.to_string()).help("add the pair to the exchange rates file")]
}

fn refused(error: &BookError, day: Date) -> Vec<Diagnostic> {
    let message = format!("on {day} the books refuse an entry: {error}");
    if matches!(error.reason, Refusal::Select(_)) {
        return vec![Diagnostic::error(Code::JOURNAL, message).help("give the lots of the holdings file what they lack")];
    }
    vec![Diagnostic::error(Code::DEFECT, message).help("this is a defect of evenkeel: report it with the inputs")]
}

pub(super) fn too_large(error: &NumberError) -> Vec<Diagnostic> {
    let message = format!("an amount of the backtest cannot be counted: {error}");
    vec![Diagnostic::error(Code::AMOUNT_TOO_LARGE, message).help("check quantities and prices, and the amounts of the policy")]
}
