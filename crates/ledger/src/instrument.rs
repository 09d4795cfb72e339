//! [`Instrument`] and the [`Universe`] of those that a run knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::class::ClassPath;
use crate::date::Date;
use crate::number::{Currency, Decimal, Quantity, Rate};

/// Where an instrument stands in its [`Universe`].
///
/// The universe is sorted by symbol, so comparing ids compares symbols: ties that are broken
/// by id do not depend on the order of any input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstrumentId(u32);

impl InstrumentId {
    /// The position in the universe.
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Something that can be held and traded, with all that rules may ask of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// Identifier, unique in the universe: a ticker, ISIN or the user's own.
    pub symbol: String,
    /// Name for people.
    pub name: Option<String>,
    /// Asset class.
    pub class: ClassPath,
    /// Currency in which it is priced.
    pub currency: Currency,
    /// Sector.
    pub sector: Option<String>,
    /// Who owes or runs it.
    pub issuer: Option<String>,
    /// Country of risk, ISO 3166.
    pub country: Option<String>,
    /// Trades are whole multiples of this; [`Decimal::STEP`] where any fraction may be traded.
    pub lot_size: Quantity,
    /// Quoted bid-ask spread as a fraction of the price; a trade pays half of it.
    pub spread: Option<Rate>,
    /// Average daily volume, in units.
    pub average_daily_volume: Option<Quantity>,
    /// Liquidity tier, 1 for the most liquid.
    pub liquidity_tier: Option<u8>,
    /// Scores by name, such as `esg`.
    pub scores: BTreeMap<String, Decimal>,
    /// Any further attribute by name, for limits and exclusions.
    pub tags: BTreeMap<String, String>,
    /// What a composed fund holds, by class; empty for an instrument of one class.
    pub composition: Vec<Component>,
    /// How it relates to others.
    pub relations: Vec<Relation>,
    /// Whether and how it may be traded.
    pub trading: Trading,
}

/// A part of a composed fund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Class of the part.
    pub class: ClassPath,
    /// Fraction of the fund's value.
    pub weight: Rate,
}

/// A relation from one instrument to another, told by the user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// What the other is to this one.
    pub kind: RelationKind,
    /// Symbol of the other.
    pub to: String,
}

/// What one instrument is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelationKind {
    /// Another share class of one fund.
    SameFund,
    /// So alike that selling one at a loss and buying the other is a wash sale.
    SubstantiallyIdentical,
    /// May stand in for it; ranked in the order in which they are listed.
    Substitute,
}

/// Whether and how an instrument may be traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TradingState {
    /// May be bought and sold.
    Approved,
    /// May be held; neither bought nor sold without somebody's leave.
    Restricted,
    /// May be sold, not bought.
    SellOnly,
    /// May not be held: what is held is sold.
    Banned,
    /// Has no market now: neither bought nor sold, kept at its last price.
    Suspended,
}

impl TradingState {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Restricted => "restricted",
            Self::SellOnly => "sell-only",
            Self::Banned => "banned",
            Self::Suspended => "suspended",
        }
    }

    /// Whether it may be bought.
    pub const fn may_buy(self) -> bool {
        matches!(self, Self::Approved)
    }

    /// Whether it may be sold.
    pub const fn may_sell(self) -> bool {
        matches!(self, Self::Approved | Self::SellOnly | Self::Banned)
    }
}

/// A trading state, until when, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trading {
    /// The state.
    pub state: TradingState,
    /// The last day on which the state holds; approved from the next day on.
    pub until: Option<Date>,
    /// Why it was set.
    pub reason: Option<String>,
}

impl Trading {
    /// Bought and sold freely.
    pub const APPROVED: Self = Self { state: TradingState::Approved, until: None, reason: None };

    /// The state on a date: approved once the state has expired.
    pub fn state_on(&self, date: Date) -> TradingState {
        match self.until {
            Some(until) if date > until => TradingState::Approved,
            _ => self.state,
        }
    }
}

impl Instrument {
    /// An approved instrument of which only the necessary is known: whole units, one class.
    pub fn new(symbol: impl Into<String>, class: ClassPath, currency: Currency) -> Self {
        Self {
            symbol: symbol.into(),
            name: None,
            class,
            currency,
            sector: None,
            issuer: None,
            country: None,
            lot_size: Quantity::ONE,
            spread: None,
            average_daily_volume: None,
            liquidity_tier: None,
            scores: BTreeMap::new(),
            tags: BTreeMap::new(),
            composition: Vec::new(),
            relations: Vec::new(),
            trading: Trading::APPROVED,
        }
    }

    /// Whether any fraction of a unit may be traded.
    pub fn is_fractional(&self) -> bool {
        self.lot_size.decimal() == Decimal::STEP
    }
}

/// All instruments that a run knows, sorted by symbol.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Universe {
    instruments: Vec<Instrument>,
}

/// Why a set of instruments is no universe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UniverseError {
    /// Two instruments bear one symbol.
    #[error("the symbol `{0}` names two instruments")]
    DuplicateSymbol(String),
    /// More instruments than an id can number.
    #[error("more than {} instruments", crate::limits::MAX_INSTRUMENTS)]
    TooMany,
}

impl Universe {
    /// Sorts instruments by symbol and numbers them.
    pub fn new(mut instruments: Vec<Instrument>) -> Result<Self, UniverseError> {
        if instruments.len() > crate::limits::MAX_INSTRUMENTS {
            return Err(UniverseError::TooMany);
        }
        instruments.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        if let Some(pair) = instruments.windows(2).find(|pair| matches!(pair, [a, b] if a.symbol == b.symbol)) {
            return Err(UniverseError::DuplicateSymbol(pair.iter().map(|i| i.symbol.clone()).next().unwrap_or_default()));
        }
        Ok(Self { instruments })
    }

    /// The id of a symbol.
    pub fn find(&self, symbol: &str) -> Option<InstrumentId> {
        let index = self.instruments.binary_search_by(|instrument| instrument.symbol.as_str().cmp(symbol)).ok()?;
        u32::try_from(index).ok().map(InstrumentId)
    }

    /// The instrument of an id; `None` for an id of another universe.
    pub fn get(&self, id: InstrumentId) -> Option<&Instrument> {
        self.instruments.get(id.index())
    }

    /// The symbol of an id, or `?` for an id of another universe.
    pub fn symbol(&self, id: InstrumentId) -> &str {
        self.get(id).map_or("?", |instrument| &instrument.symbol)
    }

    /// All instruments with their ids, by symbol.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (InstrumentId, &Instrument)> {
        self.instruments.iter().enumerate().map(|(index, instrument)| (InstrumentId(u32::try_from(index).unwrap_or(u32::MAX)), instrument))
    }

    /// How many instruments there are.
    pub fn len(&self) -> usize {
        self.instruments.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.instruments.is_empty()
    }
}
