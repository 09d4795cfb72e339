//! Events as JSON, with symbols and account ids in the place of numbers.
//!
//! Each type of the ledger's events has a mirror here of the same fields; [`Wire`] goes there and
//! back. The mirrors refuse fields that they do not know.

use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::event::{
    self, Acquisition, CashInLieu, DeferLoss, EventKind, Income, MergerTerms, Ratio, Reinvestment, Rematch, Replacement, SpinOff,
    StockTerms, Trade, TransferredLot,
};
use evenkeel_ledger::fx::FxQuote;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{InstrumentId, Universe};
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity, Rate};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};
use serde::{Deserialize, Serialize};

/// A name that the household or the universe does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    Account(String),
    Symbol(String),
}

/// The names behind numbers, and the numbers behind names.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) household: &'a Household,
    pub(super) universe: &'a Universe,
}

/// The mirror of a type of the ledger.
pub(super) trait Wire: Sized {
    /// What it mirrors.
    type Book;

    /// From the ledger.
    fn encode(book: &Self::Book, names: Names<'_>) -> Self;

    /// To the ledger.
    fn decode(self, names: Names<'_>) -> Result<Self::Book, Unknown>;
}

/// The symbol of an instrument.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Symbol(String);

impl Wire for Symbol {
    type Book = InstrumentId;

    fn encode(book: &InstrumentId, names: Names<'_>) -> Self {
        Self(names.universe.symbol(*book).to_owned())
    }

    fn decode(self, names: Names<'_>) -> Result<InstrumentId, Unknown> {
        names.universe.find(&self.0).ok_or(Unknown::Symbol(self.0))
    }
}

/// The id of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct AccountName(String);

impl Wire for AccountName {
    type Book = AccountId;

    fn encode(book: &AccountId, names: Names<'_>) -> Self {
        Self(names.household.accounts.get(book.index()).map_or_else(|| "?".to_owned(), |account| account.id.clone()))
    }

    fn decode(self, names: Names<'_>) -> Result<AccountId, Unknown> {
        names.household.find_account(&self.0).ok_or(Unknown::Account(self.0))
    }
}

impl<T: Wire> Wire for Option<T> {
    type Book = Option<T::Book>;

    fn encode(book: &Self::Book, names: Names<'_>) -> Self {
        book.as_ref().map(|book| T::encode(book, names))
    }

    fn decode(self, names: Names<'_>) -> Result<Self::Book, Unknown> {
        self.map(|wire| wire.decode(names)).transpose()
    }
}

impl<T: Wire> Wire for Vec<T> {
    type Book = Box<[T::Book]>;

    fn encode(book: &Self::Book, names: Names<'_>) -> Self {
        book.iter().map(|book| T::encode(book, names)).collect()
    }

    fn decode(self, names: Names<'_>) -> Result<Self::Book, Unknown> {
        self.into_iter().map(|wire| wire.decode(names)).collect()
    }
}

/// Types that are written as they are.
macro_rules! as_they_are {
    ($($name:ty),+) => {
        $(impl Wire for $name {
            type Book = Self;

            fn encode(book: &Self, _: Names<'_>) -> Self {
                book.clone()
            }

            fn decode(self, _: Names<'_>) -> Result<Self, Unknown> {
                Ok(self)
            }
        })+
    };
}

as_they_are!(Date, Decimal, Money, Quantity, Rate, Currency, LotId, LotMethod, u64);

/// Mirrors of structs, field by field.
macro_rules! mirrors {
    ($($name:ident = $book:ty { $($field:ident: $wire:ty),+ $(,)? })+) => {
        $(
            #[derive(Debug, Clone, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(super) struct $name { $($field: $wire),+ }

            impl Wire for $name {
                type Book = $book;

                fn encode(book: &$book, names: Names<'_>) -> Self {
                    Self { $($field: <$wire>::encode(&book.$field, names)),+ }
                }

                fn decode(self, names: Names<'_>) -> Result<$book, Unknown> {
                    type Book = $book;
                    Ok(Book { $($field: self.$field.decode(names)?),+ })
                }
            }
        )+
    };
}

mirrors! {
    EventLine = event::Event { sequence: u64, account: AccountName, dates: Dates, fx: Option<Fx>, kind: Kind }
    Dates = event::EventDates { trade: Date, settlement: Option<Date>, ex: Option<Date>, pay: Option<Date> }
    Fx = FxQuote { base: Currency, quote: Currency, rate: Decimal, date: Date }
    TradeLine = Trade { instrument: Symbol, quantity: Quantity, gross: Money, fees: Money, selection: Selection }
    LotUnits = LotQuantity { lot: LotId, quantity: Quantity }
    IncomeLine = Income { gross: Money, withheld: Money, reinvested: Option<ReinvestmentLine> }
    ReinvestmentLine = Reinvestment { instrument: Symbol, quantity: Quantity, cost: Money }
    RatioLine = Ratio { new: Decimal, old: Decimal }
    InLieu = CashInLieu { quantity: Quantity, proceeds: Money, selection: Selection }
    Stock = StockTerms { instrument: Symbol, ratio: RatioLine }
    SpinOffLine = SpinOff { parent: Symbol, child: Symbol, ratio: RatioLine, basis_fraction: Rate, cash_in_lieu: Option<InLieu> }
    LotLine = TransferredLot {
        id: LotId,
        instrument: Symbol,
        quantity: Quantity,
        cost_basis: Option<Money>,
        acquired: Option<Date>,
        held_since: Option<Date>,
    }
    RematchLine = Rematch { disposal: u64, instrument: Symbol, from: LotId, quantity: Quantity, to: AcquisitionLine }
    DeferLossLine = DeferLoss { disposal: u64, instrument: Symbol, from: LotId, loss: Money, into: Option<ReplacementLine> }
    ReplacementLine =
        Replacement { account: AccountName, instrument: Symbol, lot: LotId, quantity: Quantity, held_since: Option<Date> }
}

/// Mirrors of enums: variants of one value, and variants of fields.
macro_rules! mirror_enums {
    ($($name:ident = $book:ident {
        $($value:ident($wire:ty),)*
        ; $($fields:ident { $($field:ident: $field_wire:ty),+ },)*
        ; $($unit:ident),*
    })+) => {
        $(
            #[derive(Debug, Clone, Serialize, Deserialize)]
            #[serde(rename_all = "snake_case", deny_unknown_fields)]
            pub(super) enum $name {
                $($value($wire),)*
                $($fields { $($field: $field_wire),+ },)*
                $($unit,)*
            }

            impl Wire for $name {
                type Book = $book;

                fn encode(book: &$book, names: Names<'_>) -> Self {
                    match book {
                        $($book::$value(value) => Self::$value(<$wire>::encode(value, names)),)*
                        $($book::$fields { $($field),+ } => Self::$fields { $($field: <$field_wire>::encode($field, names)),+ },)*
                        $($book::$unit => { let _ = names; Self::$unit })*
                    }
                }

                fn decode(self, names: Names<'_>) -> Result<$book, Unknown> {
                    Ok(match self {
                        $(Self::$value(value) => $book::$value(value.decode(names)?),)*
                        $(Self::$fields { $($field),+ } => $book::$fields { $($field: $field.decode(names)?),+ },)*
                        $(Self::$unit => { let _ = names; $book::$unit })*
                    })
                }
            }
        )+
    };
}

mirror_enums! {
    Kind = EventKind {
        Buy(TradeLine),
        Sell(TradeLine),
        SellShort(TradeLine),
        Deposit(Money),
        Withdrawal(Money),
        Fee(Money),
        Tax(Money),
        SpinOff(SpinOffLine),
        TransferIn(Vec<LotLine>),
        Rematch(RematchLine),
        DeferLoss(DeferLossLine),
        ;
        Dividend { instrument: Symbol, income: IncomeLine },
        Interest { instrument: Option<Symbol>, income: IncomeLine },
        Split { instrument: Symbol, ratio: RatioLine, cash_in_lieu: Option<InLieu> },
        SymbolChange { from: Symbol, to: Symbol },
        Merger { from: Symbol, terms: Terms, cash_in_lieu: Option<InLieu> },
        TransferOut { instrument: Symbol, quantity: Quantity, selection: Selection, to: Option<AccountName> },
        ;
    }
    Terms = MergerTerms {
        Stock(Stock),
        ;
        Cash { proceeds: Money },
        StockAndCash { stock: Stock, stock_value: Money, cash: Money },
        Taxed { stock: Stock, stock_value: Money, cash: Money },
        ;
    }
    AcquisitionLine = Acquisition {
        Lot(LotId),
        ;
        Pooled { acquired: Date, basis: Money },
        ;
    }
    Selection = LotSelection {
        By(LotMethod),
        Specific(Vec<LotUnits>),
        ;
        ;
        Strict
    }
}
