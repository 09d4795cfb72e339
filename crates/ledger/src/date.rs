//! [`Date`]: a civil date, without time of day or zone.

use std::fmt;
use std::str::FromStr;

/// A civil date in the market's calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

/// A text or a computation that names no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// The text is not `YYYY-MM-DD`.
    #[error("`{0}` is not a date (expected YYYY-MM-DD)")]
    NotADate(String),
    /// The date lies outside the years −9999 to 9999.
    #[error("the date is out of range")]
    OutOfRange,
}

/// Day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A text that names no day of the week.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day of the week (expected `monday` to `sunday`)")]
pub struct WeekdayError(String);

impl Weekday {
    /// The days from Monday to Sunday.
    pub const ALL: [Self; 7] = [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Its number, 1 for Monday to 7 for Sunday (ISO 8601).
    pub fn number(self) -> i32 {
        match self {
            Self::Monday => 1,
            Self::Tuesday => 2,
            Self::Wednesday => 3,
            Self::Thursday => 4,
            Self::Friday => 5,
            Self::Saturday => 6,
            Self::Sunday => 7,
        }
    }

    /// Its name in documents, such as `monday`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }
}

impl FromStr for Weekday {
    type Err = WeekdayError;

    fn from_str(text: &str) -> Result<Self, WeekdayError> {
        Self::ALL.into_iter().find(|day| day.as_str() == text).ok_or_else(|| WeekdayError(text.to_owned()))
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Date {
    /// The last day of the calendar, 9999-12-31.
    pub const MAX: Self = Self::constant(9999, 12, 31);

    /// A date of the tables in this crate, checked when it is compiled.
    pub(crate) const fn constant(year: i16, month: i8, day: i8) -> Self {
        Self(jiff::civil::Date::constant(year, month, day))
    }

    /// The date of a year, month (1 to 12) and day (1 to 31).
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, DateError> {
        jiff::civil::Date::new(year, month, day).map(Self).map_err(|_| DateError::OutOfRange)
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        match self.0.weekday() {
            jiff::civil::Weekday::Monday => Weekday::Monday,
            jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
            jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
            jiff::civil::Weekday::Thursday => Weekday::Thursday,
            jiff::civil::Weekday::Friday => Weekday::Friday,
            jiff::civil::Weekday::Saturday => Weekday::Saturday,
            jiff::civil::Weekday::Sunday => Weekday::Sunday,
        }
    }

    /// So many days later (earlier where below zero).
    pub fn add_days(self, days: i32) -> Result<Self, DateError> {
        self.0
            .checked_add(jiff::Span::new().try_days(days).map_err(|_| DateError::OutOfRange)?)
            .map(Self)
            .map_err(|_| DateError::OutOfRange)
    }

    /// So many calendar months later, on the same day or the month's last where it has no such day.
    pub fn add_months(self, months: i32) -> Result<Self, DateError> {
        self.0
            .checked_add(jiff::Span::new().try_months(months).map_err(|_| DateError::OutOfRange)?)
            .map(Self)
            .map_err(|_| DateError::OutOfRange)
    }

    /// Days from `earlier` to `self`; below zero if `self` comes first.
    pub fn days_since(self, earlier: Self) -> i32 {
        self.ordinal().saturating_sub(earlier.ordinal())
    }

    /// Days since 1970-01-01, as other systems and `quant` count them.
    pub fn ordinal(self) -> i32 {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        epoch.until(self.0).map_or(0, |span| span.get_days())
    }

    /// The date so many days after 1970-01-01.
    ///
    /// ```
    /// # use evenkeel_ledger::date::Date;
    /// let date = Date::from_ordinal(19_723)?;
    /// assert_eq!((date.to_string().as_str(), date.ordinal()), ("2024-01-01", 19_723));
    /// # Ok::<(), evenkeel_ledger::date::DateError>(())
    /// ```
    pub fn from_ordinal(days: i32) -> Result<Self, DateError> {
        Self::constant(1970, 1, 1).add_days(days)
    }

    /// The last day of the month.
    #[must_use]
    pub fn month_end(self) -> Self {
        Self(self.0.last_of_month())
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let not_a_date = || DateError::NotADate(text.to_owned());
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(not_a_date());
        };
        let number = |part: &str, digits: usize| -> Result<i16, DateError> {
            if part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()) {
                part.parse().map_err(|_| not_a_date())
            } else {
                Err(not_a_date())
            }
        };
        let narrow = |value: i16| i8::try_from(value).map_err(|_| not_a_date());
        Self::new(number(year, 4)?, narrow(number(month, 2)?)?, narrow(number(day, 2)?)?).map_err(|_| not_a_date())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}-{:02}", self.year(), self.month(), self.day()))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}
