//! [`CalendarTable`]: a calendar as plain data, to read from a file or to build from rules.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::date::{Date, Weekday};

/// Every day on which an exchange is closed or closes early, over a stated span of years.
///
/// More calendars are more of these: read one from a document and hand it to
/// [`Calendar::from_table`](super::Calendar::from_table).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CalendarTable {
    /// Name by which a policy asks for the calendar, such as `new_york`.
    pub name: Cow<'static, str>,
    /// Where the dates come from.
    pub source: Cow<'static, str>,
    /// First year covered, from 1 January.
    pub first_year: i16,
    /// Last year covered, to 31 December.
    pub last_year: i16,
    /// First year for which early closes are known; earlier ones are refused, not guessed.
    pub early_closes_since: i16,
    /// Days of the week that are never open.
    pub weekend: Vec<Weekday>,
    /// Days on which the exchange is closed, in any order, each once.
    pub holidays: Vec<Closing>,
    /// Days on which it closes early, in any order, each once.
    #[serde(default)]
    pub early_closes: Vec<EarlyClose>,
}

/// A day on which an exchange is closed, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// The day.
    pub date: Date,
    /// The holiday or event.
    pub name: Cow<'static, str>,
}

/// A day on which an exchange closes before its usual time, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EarlyClose {
    /// The day.
    pub date: Date,
    /// The holiday or event.
    pub name: Cow<'static, str>,
    /// Time of the close, local to the exchange.
    pub closes_at: TimeOfDay,
}

/// An hour and minute on the exchange's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
}

/// A text that names no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time of day (expected HH:MM, from 00:00 to 23:59)")]
pub struct TimeOfDayError(String);

impl TimeOfDay {
    /// A time of the tables in this crate, each of which a test reads back.
    pub(super) const fn constant(hour: u8, minute: u8) -> Self {
        Self { hour, minute }
    }

    /// The hour, 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    fn from_str(text: &str) -> Result<Self, TimeOfDayError> {
        let part = |digits: &str, limit: u8| -> Option<u8> {
            let number = (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)?;
            number.parse().ok().filter(|&value| value < limit)
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Some(Self { hour: part(hour, 24)?, minute: part(minute, 60)? }))
            .ok_or_else(|| TimeOfDayError(text.to_owned()))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:02}:{:02}", self.hour, self.minute))
    }
}

impl serde::Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TimeOfDay {
    fn schema_name() -> Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" })
    }
}
