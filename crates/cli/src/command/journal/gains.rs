//! Realized gains, to the day short or long.

use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel_io::page::Page;
use evenkeel_ledger::book::RealizedGain;
use evenkeel_ledger::date::Date;
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Money, NumberError, Quantity};
use evenkeel_ledger::term::Term;
use serde::Serialize;

use crate::command::{Document, Outcome};
use crate::evidence::About;
use crate::render::number::{amount, change, count, counted, quantity};
use crate::render::sections::UNKNOWN;
use crate::render::table::{Column, Table};

use super::Books;

/// Realized gains up to a date.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gains {
    /// The household.
    pub household: String,
    /// The first date that counts; `null` for all.
    pub from: Option<Date>,
    /// The last date that counts.
    pub as_of: Date,
    /// Disposals in the order of events.
    pub gains: Vec<Gain>,
    /// Sums by account.
    pub accounts: Vec<AccountGains>,
}

/// The disposal of one lot, or of part of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gain {
    /// Number of the event.
    pub event: u64,
    /// The account.
    pub account: String,
    /// The instrument.
    pub symbol: String,
    /// The lot.
    pub lot: LotId,
    /// Units.
    pub quantity: Quantity,
    /// What they brought, fees taken off.
    pub proceeds: Option<Money>,
    /// What they cost, fees added.
    pub basis: Option<Money>,
    /// The part of a loss that went into the basis of other units.
    pub deferred: Money,
    /// Proceeds less basis, with deferred loss added back; `null` where either is unknown.
    pub gain: Option<Money>,
    /// Date of purchase.
    pub acquired: Option<Date>,
    /// The day on which the gain arose.
    pub realized: Date,
    /// Whether the holding period was long-term; `null` where the date of purchase is unknown.
    pub long_term: Option<bool>,
    /// Whether a short lot was closed.
    pub short_position: bool,
    /// The last day on which the match may still change; `null` where it is final.
    pub provisional_through: Option<Date>,
}

/// Sums of one account, in its currency.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountGains {
    /// The account.
    pub account: String,
    /// Net short-term gain.
    pub short_term: Money,
    /// Net long-term gain.
    pub long_term: Money,
    /// Disposals of which gain or term is unknown, which are in neither sum.
    pub unknown: usize,
}

pub(super) fn gains(books: &Books, from: Option<Date>) -> Result<Outcome, Vec<Diagnostic>> {
    if let Some(from) = from.filter(|from| *from > books.as_of) {
        let told = Diagnostic::error(Code::ARGUMENT, format!("`--from` is {from}, after {}, through which gains are shown", books.as_of));
        return Err(vec![told.help("give an earlier `--from`, or a later `--as-of`")]);
    }
    let counts = |gain: &&RealizedGain| from.is_none_or(|from| gain.realized >= from);
    let gains: Vec<Gain> = books.book.realized().iter().filter(counts).map(|gain| line(books, gain)).collect::<Result<_, _>>()?;
    let sums = books.household.accounts.iter().map(|account| {
        let own = || gains.iter().filter(|gain| gain.account == account.id);
        let sum = |long: bool| Money::sum(account.currency, own().filter(|gain| gain.long_term == Some(long)).filter_map(|gain| gain.gain));
        let unknown = own().filter(|gain| gain.gain.is_none() || gain.long_term.is_none()).count();
        Ok(AccountGains { account: account.id.clone(), short_term: sum(false)?, long_term: sum(true)?, unknown })
    });
    let accounts = sums.collect::<Result<_, NumberError>>().map_err(|error| books.out_of_range(&error))?;
    Ok(books.done(Gains { household: books.household.id.clone(), from, as_of: books.as_of, gains, accounts }))
}

fn line(books: &Books, gain: &RealizedGain) -> Result<Gain, Vec<Diagnostic>> {
    Ok(Gain {
        event: gain.sequence,
        account: books.account(gain.account),
        symbol: books.universe.symbol(gain.instrument).to_owned(),
        lot: gain.lot.clone(),
        quantity: gain.quantity,
        proceeds: gain.proceeds,
        basis: gain.basis,
        deferred: gain.deferred,
        gain: gain.gain().map_err(|error| books.out_of_range(&error))?,
        acquired: gain.acquired,
        realized: gain.realized,
        long_term: gain.term().map(|term| term == Term::Long),
        short_position: gain.short,
        provisional_through: gain.provisional_through,
    })
}

impl Document for Gains {
    fn page(&self) -> Page {
        let from = self.from.map(|from| format!("from {from} ")).unwrap_or_default();
        let mut page = Page::new();
        page.say(format!("Household {}, {from}through {}: {}.", self.household, self.as_of, counted(self.gains.len(), "disposal")));
        let mut table = Table::new([
            Column::Name("Realized"),
            Column::Name("Account"),
            Column::Name("Symbol"),
            Column::Name("Lot"),
            Column::Number("Quantity"),
            Column::Number("Proceeds"),
            Column::Number("Basis"),
            Column::Number("Gain"),
            Column::Name("Term"),
        ]);
        for gain in &self.gains {
            let term = gain.long_term.map_or(UNKNOWN, |long| if long { "long" } else { "short" }).into();
            table.row([
                gain.realized.to_string().into(),
                (&gain.account).into(),
                (&gain.symbol).into(),
                gain.lot.to_string().into(),
                quantity(gain.quantity),
                gain.proceeds.map_or_else(|| UNKNOWN.into(), amount),
                gain.basis.map_or_else(|| UNKNOWN.into(), amount),
                gain.gain.map_or_else(|| UNKNOWN.into(), change),
                term,
            ]);
        }
        page.table("Realized gains", table);
        let mut sums = Table::new([
            Column::Name("Account"),
            Column::Number("Short-term"),
            Column::Number("Long-term"),
            Column::Name("Currency"),
            Column::Number("Unknown"),
        ]);
        for sum in &self.accounts {
            let currency = sum.short_term.currency().to_string();
            sums.row([sum.account.clone().into(), change(sum.short_term), change(sum.long_term), currency.into(), count(sum.unknown)]);
        }
        page.table("Sums", sums);
        page
    }

    fn about(&self) -> About {
        About { of: format!("Household {}", self.household), as_of: Some(self.as_of) }
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
