//! [`Groups`]: by what returns are told.

use std::collections::BTreeSet;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::household::Household;
use evenkeel_ledger::instrument::{Instrument, InstrumentId, Universe};
use evenkeel_ledger::number::Currency;

use crate::boundary::to_f64;
use crate::portfolio::Sleeves;

use super::record::Record;

/// A place in which value lies: cash of a currency, or an instrument, in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Cash.
    Cash(usize, Currency),
    /// Units of an instrument.
    Held(usize, InstrumentId),
}

/// By what returns are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// All of it at once.
    Household,
    /// By account.
    Account,
    /// By owner.
    Owner,
    /// By the broadest asset class.
    Class,
    /// By the whole path of the asset class.
    SubClass,
    /// By instrument, with cash.
    Instrument,
    /// By sector.
    Sector,
    /// By currency.
    Currency,
}

/// Groups by name, and what belongs to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// Names, by number.
    pub names: Vec<String>,
    /// By account.
    accounts: Option<Vec<usize>>,
    /// By instrument, with shares that add up to 1.
    instruments: Vec<Vec<(usize, f64)>>,
    /// Of cash by currency; the last for any other.
    cash: Vec<(Option<Currency>, usize)>,
}

/// What cash is called.
const CASH: &str = "Cash";

/// What has no sector is called.
const NO_SECTOR: &str = "no sector";

impl Groups {
    /// Groups of a household and its instruments.
    pub fn new(grouping: Grouping, household: &Household, universe: &Universe) -> Self {
        match grouping {
            Grouping::Household => Self::of_accounts(vec![household.id.clone()], vec![0; household.accounts.len()]),
            Grouping::Account => {
                let names: Vec<String> = household.accounts.iter().map(|account| account.id.clone()).collect();
                let own = (0..names.len()).collect();
                Self::of_accounts(names, own)
            }
            Grouping::Owner => {
                let names: Vec<String> = household.owners.iter().map(|owner| owner.id.clone()).collect();
                let owner = |id: &String| names.iter().position(|name| name == id).unwrap_or_default();
                let own = household.accounts.iter().map(|account| owner(&account.owner)).collect();
                Self::of_accounts(names, own)
            }
            Grouping::Class => Self::of_instruments(universe, |instrument| parts(instrument, top), |_| CASH.to_owned()),
            Grouping::SubClass => Self::of_instruments(universe, |instrument| parts(instrument, whole), |_| CASH.to_owned()),
            Grouping::Instrument => {
                Self::of_instruments(universe, |instrument| vec![(instrument.symbol.clone(), 1.0)], |_| CASH.to_owned())
            }
            Grouping::Sector => {
                let sector = |instrument: &Instrument| instrument.sector.clone().unwrap_or_else(|| NO_SECTOR.to_owned());
                Self::of_instruments(universe, |instrument| vec![(sector(instrument), 1.0)], |_| CASH.to_owned())
            }
            Grouping::Currency => Self::of_instruments(
                universe,
                |instrument| vec![(instrument.currency.to_string(), 1.0)],
                |currency| currency.map_or_else(|| "other currencies".to_owned(), |currency| currency.to_string()),
            ),
        }
    }

    /// The sleeves of a policy: its leaves, cash, and what no leaf names.
    pub fn of_sleeves(sleeves: &Sleeves, universe: &Universe) -> Self {
        let shares = |id: InstrumentId| sleeves.exposures(id).iter().map(|exposure| (exposure.sleeve.0, exposure.weight)).collect();
        Self {
            names: sleeves.iter().map(|(_, sleeve)| sleeve.class.to_string()).collect(),
            accounts: None,
            instruments: universe.iter().map(|(id, _)| shares(id)).collect(),
            cash: vec![(None, sleeves.cash.0)],
        }
    }

    /// The same, each apart by the currency in which it is held; with the sleeve and the currency of each group.
    pub fn of_sleeves_by_currency(sleeves: &Sleeves, record: &Record<'_>) -> (Self, Vec<(usize, Currency)>) {
        let (universe, base) = (record.universe, record.base);
        let held = universe.iter().flat_map(|(id, instrument)| {
            sleeves.exposures(id).iter().map(|exposure| (exposure.sleeve.0, instrument.currency)).collect::<Vec<_>>()
        });
        let cash = sleeves.cash.0;
        let of_all: BTreeSet<(usize, Currency)> = held.chain(record.currencies().into_iter().map(|currency| (cash, currency))).collect();
        let cells: Vec<(usize, Currency)> = of_all.into_iter().collect();
        let number = |cell: (usize, Currency)| cells.binary_search(&cell).ok();
        let name = |(sleeve, currency): &(usize, Currency)| {
            let class = sleeves.sleeves.get(*sleeve).map_or_else(String::new, |sleeve| sleeve.class.to_string());
            if *currency == base { class } else { format!("{class} in {currency}") }
        };
        let shares = |(id, instrument): (InstrumentId, &Instrument)| {
            let own = sleeves.exposures(id).iter();
            own.filter_map(|exposure| Some((number((exposure.sleeve.0, instrument.currency))?, exposure.weight))).collect()
        };
        let cash = cells.iter().enumerate().filter(|(_, (sleeve, _))| *sleeve == cash);
        let groups = Self {
            names: cells.iter().map(name).collect(),
            accounts: None,
            instruments: universe.iter().map(shares).collect(),
            cash: cash.map(|(group, (_, currency))| (Some(*currency), group)).collect(),
        };
        (groups, cells)
    }

    /// The groups of a cell, with its shares in them.
    pub fn of(&self, cell: Cell) -> Vec<(usize, f64)> {
        let (Cell::Cash(account, _) | Cell::Held(account, _)) = cell;
        if let Some(accounts) = &self.accounts {
            return accounts.get(account).map(|group| (*group, 1.0)).into_iter().collect();
        }
        match cell {
            Cell::Held(_, instrument) => self.instruments.get(instrument.index()).cloned().unwrap_or_default(),
            Cell::Cash(_, currency) => {
                let found = self.cash.iter().find(|(of, _)| of.is_none_or(|of| of == currency));
                found.map(|(_, group)| (*group, 1.0)).into_iter().collect()
            }
        }
    }

    fn of_accounts(names: Vec<String>, accounts: Vec<usize>) -> Self {
        Self { names, accounts: Some(accounts), instruments: Vec::new(), cash: Vec::new() }
    }

    fn of_instruments(
        universe: &Universe,
        parts: impl Fn(&Instrument) -> Vec<(String, f64)>,
        cash: impl Fn(Option<Currency>) -> String,
    ) -> Self {
        let named: Vec<Vec<(String, f64)>> = universe.iter().map(|(_, instrument)| parts(instrument)).collect();
        let currencies: BTreeSet<Currency> = universe.iter().map(|(_, instrument)| instrument.currency).collect();
        let cash: Vec<(Option<Currency>, String)> =
            currencies.into_iter().map(Some).chain(std::iter::once(None)).map(|currency| (currency, cash(currency))).collect();
        let names: BTreeSet<&String> = named.iter().flatten().map(|(name, _)| name).chain(cash.iter().map(|(_, name)| name)).collect();
        let names: Vec<String> = names.into_iter().cloned().collect();
        let number = |name: &String| names.binary_search(name).unwrap_or_default();
        let instruments = named.iter().map(|parts| parts.iter().map(|(name, share)| (number(name), *share)).collect()).collect();
        let cash = cash.iter().map(|(currency, name)| (*currency, number(name))).collect();
        Self { names, accounts: None, instruments, cash }
    }
}

fn top(class: &ClassPath) -> String {
    class.segments().next().unwrap_or_default().to_owned()
}

fn whole(class: &ClassPath) -> String {
    class.to_string()
}

/// The classes of an instrument, those of its parts where it is composed.
fn parts(instrument: &Instrument, name: impl Fn(&ClassPath) -> String) -> Vec<(String, f64)> {
    if instrument.composition.is_empty() {
        return vec![(name(&instrument.class), 1.0)];
    }
    instrument.composition.iter().map(|part| (name(&part.class), to_f64(part.weight.decimal()))).collect()
}
