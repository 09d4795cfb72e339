//! A household to keep books of, and short names for the events that tests write.

#![allow(dead_code, unreachable_pub)] // every test binary uses some of it

use evenkeel_ledger::account::{Account, AccountId, BasisMethod};
use evenkeel_ledger::book::Book;
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{Event, EventDates, EventKind, Trade};
use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
use evenkeel_ledger::instrument::{Instrument, InstrumentId, Universe};
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity};
use evenkeel_ledger::select::{LotMethod, LotSelection};

pub const FIFO: LotSelection = LotSelection::By(LotMethod::Fifo);

pub fn household(accounts: &[(&str, BasisMethod)]) -> Household {
    let owner = Owner {
        id: "ann".into(),
        name: None,
        birth_date: None,
        filing_status: FilingStatus::Single,
        jurisdiction: "US".into(),
        rates: TaxRates::default(),
        spouse: None,
        year_to_date: GainsByTerm::zero(Currency::USD),
        carry_forward: GainsByTerm::zero(Currency::USD),
        income: None,
    };
    let accounts =
        accounts.iter().map(|(id, basis_method)| Account { basis_method: *basis_method, ..Account::new(*id, "ann", Currency::USD) });
    Household::new("home", vec![owner], accounts.collect()).unwrap()
}

pub fn instruments(count: usize) -> Vec<InstrumentId> {
    let class = ClassPath::new("Equity").unwrap();
    let all = (0..count).map(|i| Instrument::new(format!("I{i:03}"), class.clone(), Currency::USD)).collect();
    Universe::new(all).unwrap().iter().map(|(id, _)| id).collect()
}

pub fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn units(text: &str) -> Quantity {
    text.parse().unwrap()
}

pub fn usd(text: &str) -> Money {
    Money::new(decimal(text), Currency::USD)
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn trade(instrument: InstrumentId, quantity: &str, gross: &str, selection: LotSelection) -> Trade {
    Trade { instrument, quantity: units(quantity), gross: usd(gross), fees: usd("0"), selection }
}

/// Books of one account, to which events are given one by one.
pub struct Ledger {
    pub household: Household,
    pub book: Book,
    pub account: AccountId,
    pub next: u64,
}

impl Ledger {
    /// An account that begins with a million.
    pub fn new(method: BasisMethod) -> Self {
        let household = household(&[("a", method), ("b", BasisMethod::Lots)]);
        let account = household.find_account("a").unwrap();
        let book = Book::new(&household);
        let mut ledger = Self { household, book, account, next: 1 };
        ledger.event("2000-01-03", EventKind::Deposit(usd("1000000")));
        ledger
    }

    pub fn make(&self, on: &str, kind: EventKind) -> Event {
        Event { sequence: self.next, account: self.account, dates: EventDates::on(date(on)), fx: None, kind }
    }

    /// Enters an event and gives its number.
    pub fn event(&mut self, on: &str, kind: EventKind) -> u64 {
        let event = self.make(on, kind);
        self.book.apply(&event).unwrap();
        self.next += 1;
        event.sequence
    }

    pub fn buy(&mut self, on: &str, instrument: InstrumentId, quantity: &str, gross: &str) -> u64 {
        self.event(on, EventKind::Buy(trade(instrument, quantity, gross, LotSelection::Strict)))
    }

    pub fn sell(&mut self, on: &str, instrument: InstrumentId, quantity: &str, gross: &str, selection: LotSelection) -> u64 {
        self.event(on, EventKind::Sell(trade(instrument, quantity, gross, selection)))
    }

    /// What the books say to an event that they refuse; they must stay as they were.
    pub fn refusal(&mut self, on: &str, kind: EventKind) -> String {
        let event = self.make(on, kind);
        let before = (self.book.holdings(date("2999-12-31")).unwrap(), self.book.realized().to_vec());
        let error = self.book.apply(&event).unwrap_err();
        assert_eq!(
            before,
            (self.book.holdings(date("2999-12-31")).unwrap(), self.book.realized().to_vec()),
            "a refused event left a trace"
        );
        error.to_string()
    }

    pub fn cash(&self) -> Money {
        self.book.cash(self.account, Currency::USD)
    }
}
