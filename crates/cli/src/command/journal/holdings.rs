//! What is held after the events of a date.

use evenkeel::diagnostic::Diagnostic;
use evenkeel_io::page::Page;
use evenkeel_ledger::account::AccountId;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Money, NumberError, Quantity};
use serde::Serialize;

use crate::command::{Document, Outcome};
use crate::evidence::About;
use crate::render::number::{amount, count, quantity};
use crate::render::sections::UNKNOWN;
use crate::render::table::{Cell, Column, Table};

use super::Books;

/// Cash and positions after the events of a date.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replayed {
    /// The household.
    pub household: String,
    /// The date.
    pub as_of: Date,
    /// Events replayed.
    pub events: usize,
    /// The accounts.
    pub accounts: Vec<AccountLine>,
}

/// What one account holds.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountLine {
    /// The account.
    pub account: String,
    /// Cash by currency.
    pub cash: Vec<Money>,
    /// Positions by symbol.
    pub positions: Vec<PositionLine>,
}

/// All lots of one instrument in one account.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PositionLine {
    /// The instrument.
    pub symbol: String,
    /// Units.
    pub quantity: Quantity,
    /// Cost basis of all lots; `null` where that of any is unknown.
    pub cost_basis: Option<Money>,
    /// Number of lots.
    pub lots: usize,
}

/// Every lot after the events of a date.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lots {
    /// The household.
    pub household: String,
    /// The date.
    pub as_of: Date,
    /// Lots by account, symbol and date.
    pub lots: Vec<LotLine>,
}

/// One lot.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LotLine {
    /// The account.
    pub account: String,
    /// The instrument.
    pub symbol: String,
    /// The lot.
    pub lot: LotId,
    /// Units; below zero where they were sold short.
    pub quantity: Quantity,
    /// Cost basis of the whole lot.
    pub cost_basis: Option<Money>,
    /// Trade date on which it was opened.
    pub acquired: Option<Date>,
    /// Start of its holding period.
    pub held_since: Option<Date>,
}

pub(super) fn replayed(books: &Books) -> Result<Outcome, Vec<Diagnostic>> {
    let holdings = books.book.holdings(books.as_of).map_err(|error| books.out_of_range(&error))?;
    let accounts = holdings.accounts.iter().enumerate().map(|(index, account)| {
        let positions = account.positions().map(|position| {
            let bases: Option<Vec<Money>> = position.lots.iter().map(|lot| lot.cost_basis).collect();
            let currency = books.household.accounts.get(index).map(|account| account.currency);
            let cost_basis = bases.zip(currency).map(|(bases, currency)| Money::sum(currency, bases)).transpose()?;
            let symbol = books.universe.symbol(position.instrument).to_owned();
            Ok(PositionLine { symbol, quantity: position.quantity()?, cost_basis, lots: position.lots.len() })
        });
        let id = AccountId::from_index(index).map(|id| books.account(id)).unwrap_or_default();
        Ok(AccountLine { account: id, cash: account.cash().to_vec(), positions: positions.collect::<Result<_, NumberError>>()? })
    });
    let accounts = accounts.collect::<Result<_, NumberError>>().map_err(|error| books.out_of_range(&error))?;
    let events = books.recorded.journal.through(books.as_of).len();
    Ok(books.done(Replayed { household: books.household.id.clone(), as_of: books.as_of, events, accounts }))
}

pub(super) fn lots(books: &Books) -> Result<Outcome, Vec<Diagnostic>> {
    let holdings = books.book.holdings(books.as_of).map_err(|error| books.out_of_range(&error))?;
    let lots = holdings.accounts.iter().enumerate().flat_map(|(index, account)| {
        let id = AccountId::from_index(index).map(|id| books.account(id)).unwrap_or_default();
        account.lots().iter().map(move |lot| LotLine {
            account: id.clone(),
            symbol: books.universe.symbol(lot.instrument).to_owned(),
            lot: lot.id.clone(),
            quantity: lot.quantity,
            cost_basis: lot.cost_basis,
            acquired: lot.acquired,
            held_since: lot.held_since,
        })
    });
    let lots = lots.collect();
    Ok(books.done(Lots { household: books.household.id.clone(), as_of: books.as_of, lots }))
}

impl Document for Replayed {
    fn page(&self) -> Page {
        let mut table = Table::new([
            Column::Name("Account"),
            Column::Name("Symbol"),
            Column::Number("Quantity"),
            Column::Number("Cost basis"),
            Column::Number("Lots"),
        ]);
        for account in &self.accounts {
            for cash in &account.cash {
                table.row([
                    account.account.clone().into(),
                    format!("CASH:{}", cash.currency()).into(),
                    amount(*cash),
                    "".into(),
                    "".into(),
                ]);
            }
            for position in &account.positions {
                let basis = position.cost_basis.map_or_else(|| UNKNOWN.into(), amount);
                let cells = [position.symbol.clone().into(), quantity(position.quantity), basis, count(position.lots)];
                table.row(std::iter::once((&account.account).into()).chain(cells));
            }
        }
        let mut page = Page::new();
        page.say(format!("Household {}, {}, after {} events.", self.household, self.as_of, count(self.events)));
        page.table("Holdings", table);
        page
    }

    fn about(&self) -> About {
        About { of: format!("Household {}", self.household), as_of: Some(self.as_of) }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

impl Document for Lots {
    fn page(&self) -> Page {
        let mut table = Table::new([
            Column::Name("Account"),
            Column::Name("Symbol"),
            Column::Name("Lot"),
            Column::Number("Quantity"),
            Column::Number("Cost basis"),
            Column::Name("Acquired"),
            Column::Name("Held since"),
        ]);
        let date = |date: Option<Date>| date.map_or_else(|| UNKNOWN.into(), |date| Cell::from(date.to_string()));
        for lot in &self.lots {
            let basis = lot.cost_basis.map_or_else(|| UNKNOWN.into(), amount);
            let cells = [lot.lot.to_string().into(), quantity(lot.quantity), basis, date(lot.acquired), date(lot.held_since)];
            table.row([(&lot.account).into(), (&lot.symbol).into()].into_iter().chain(cells));
        }
        let mut page = Page::new();
        page.say(format!("Household {}, {}.", self.household, self.as_of)).table("Lots", table);
        page
    }

    fn about(&self) -> About {
        About { of: format!("Household {}", self.household), as_of: Some(self.as_of) }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
