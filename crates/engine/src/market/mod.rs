//! [`MarketSnapshot`]: what is known of prices and exchange rates on a date.

mod history;

mod action;

mod total_return;

mod exchange;

mod inspect;

mod panel;

mod snapshot;

mod spacing;

mod stale;

pub use action::{Action, ActionKind, split_adjusted};
pub(crate) use action::{adjust, counted_twice};
pub use history::{FxHistory, PriceHistory, SignalHistory};
pub use inspect::inspect;
pub use panel::NamedPanel;
pub use snapshot::snapshot;
pub(crate) use snapshot::{bad_prints, is_used};
pub use stale::{Stale, stale_rates};

pub use spacing::periods_per_year;
pub(crate) use spacing::usual_step;

use evenkeel_ledger::date::Date;
use evenkeel_ledger::fx::FxRates;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::number::Price;
use serde::Serialize;

/// What a series of prices is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PriceKind {
    /// As traded.
    Raw,
    /// Adjusted backwards for splits.
    SplitAdjusted,
    /// Adjusted backwards for splits and dividends, or an index built of total returns.
    TotalReturn,
    /// An index built of price returns: dividends are not in, and nobody paid its level.
    PriceIndex,
}

impl PriceKind {
    /// Whether lots may be valued and taxed on such prices: not on those that nobody paid.
    pub const fn suits_lots(self) -> bool {
        matches!(self, Self::Raw | Self::SplitAdjusted)
    }

    /// That dividends are not in returns of such prices, in a sentence; `None` where they are.
    pub fn without_dividends(self) -> Option<String> {
        let why = match self {
            Self::Raw => "prices are as traded (`# kind: raw`), and actions.csv tells no dividends",
            Self::SplitAdjusted => "prices are adjusted for splits alone (`# kind: split_adjusted`), and actions.csv tells no dividends",
            Self::PriceIndex => "they are price returns (`# kind: price_return`)",
            Self::TotalReturn => return None,
        };
        Some(format!("Returns leave out dividends and are too low by them: {why}."))
    }
}

/// A price and its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricePoint {
    /// The price, in the instrument's currency; above zero.
    pub price: Price,
    /// When it was made.
    pub date: Date,
}

/// What is known on a date: the last price of each instrument, and exchange rates.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketSnapshot {
    /// The date.
    pub as_of: Date,
    /// What the prices are.
    pub kind: PriceKind,
    /// By instrument; `None` where there is no usable price.
    pub prices: Vec<Option<PricePoint>>,
    /// Exchange rates.
    pub fx: FxRates,
}

impl MarketSnapshot {
    /// The last price of an instrument.
    pub fn price(&self, id: InstrumentId) -> Option<PricePoint> {
        self.prices.get(id.index()).copied().flatten()
    }
}
