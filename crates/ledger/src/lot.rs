//! [`Lot`]: units bought together.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::instrument::InstrumentId;
use crate::number::{Money, Quantity};

/// Identifies a lot within its account.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LotId {
    /// The number of the journal event that opened it, or the custodian's.
    Number(u64),
    /// The custodian's name for it; of a lot without a name, the date on which it was acquired.
    Named(Arc<str>),
}

impl FromStr for LotId {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `007` and `+7` are names: read as a number they would be printed as another text.
        let canonical = text == "0" || text.starts_with(|first: char| matches!(first, '1'..='9'));
        let number = text.parse::<u64>().ok().filter(|_| canonical);
        Ok(number.map_or_else(|| Self::Named(text.into()), Self::Number))
    }
}

impl fmt::Display for LotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Named(name) => f.pad(name),
        }
    }
}

impl fmt::Debug for LotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for LotId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LotId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for LotId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LotId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "Number of the opening event, or the custodian's name" })
    }
}

/// Units of one instrument that were bought, or sold short, together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Identifier within the account.
    pub id: LotId,
    /// The instrument.
    pub instrument: InstrumentId,
    /// Units; below zero where they were sold short.
    pub quantity: Quantity,
    /// What the whole lot cost, in the account's currency, and for a short lot what it brought
    /// (below zero). `None` where the holdings file does not say.
    pub cost_basis: Option<Money>,
    /// Trade date on which it was opened. `None` where the holdings file does not say.
    pub acquired: Option<Date>,
    /// Start of the holding period where it is tacked to an earlier one (gift, wash sale,
    /// spin-off); otherwise the same as `acquired`.
    pub held_since: Option<Date>,
}
