//! [`Schedule`]: the days on which something is to be done, such as a review at every quarter's end.

use std::fmt;
use std::str::FromStr;

use crate::calendar::{AdjustmentError, BusinessDayAdjustment, Calendar, CalendarError};
use crate::date::{Date, Weekday, WeekdayError};

/// How often something recurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recurrence {
    /// Every business day.
    Daily,
    /// One day of every week.
    Weekly(Weekday),
    /// The last day of every month.
    MonthEnd,
    /// The last day of March, June, September and December.
    QuarterEnd,
    /// 31 December.
    YearEnd,
    /// A business day of every month by its number.
    BusinessDay(BusinessDayOfMonth),
}

/// The number of a business day within its month: 1 is the first, −1 the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BusinessDayOfMonth(i32);

/// A recurrence, and what happens to a day on which the exchange is closed.
///
/// As text: `daily`, `weekly:monday`, `month_end`, `quarter_end`, `year_end`, `business_day:3`,
/// `business_day:-1`; with another adjustment than the usual one, `weekly:friday:preceding`.
///
/// ```
/// use evenkeel_ledger::calendar::Calendar;
/// use evenkeel_ledger::date::Date;
/// use evenkeel_ledger::schedule::Schedule;
///
/// let quarterly: Schedule = "quarter_end".parse()?;
/// // 31 March 2024 was Easter Sunday, and Good Friday a holiday.
/// let due = quarterly.next_on_or_after(Date::new(2024, 2, 1)?, &Calendar::new_york())?;
/// assert_eq!(due, Date::new(2024, 3, 28)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Schedule {
    recurrence: Recurrence,
    adjustment: BusinessDayAdjustment,
}

/// A text or a number that makes no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The text names no recurrence.
    #[error(
        "`{0}` is not a schedule: expected `daily`, `weekly:monday`, `month_end`, `quarter_end`, `year_end` or `business_day:3` \
         (`business_day:-1` is the last of the month)"
    )]
    Unknown(String),
    /// The day of the week is no such day.
    #[error(transparent)]
    Weekday(#[from] WeekdayError),
    /// The adjustment is no such adjustment.
    #[error(transparent)]
    Adjustment(#[from] AdjustmentError),
    /// A month need not have that many business days.
    #[error("business day {0} is not in every month: expected 1 to 15 from its start, or -1 to -15 from its end")]
    BusinessDay(i32),
    /// Business days need no adjustment.
    #[error("`{0}` falls on business days only: leave out the adjustment")]
    AlreadyBusinessDay(String),
}

impl BusinessDayOfMonth {
    /// The highest number that every month reaches: September 2001 had 15 days of trade in New York.
    pub const LIMIT: i32 = 15;

    /// Checks a number: 1 to 15, or −15 to −1.
    pub fn new(number: i32) -> Result<Self, ScheduleError> {
        let within = (1..=Self::LIMIT).contains(&number) || (-Self::LIMIT..=-1).contains(&number);
        within.then_some(Self(number)).ok_or(ScheduleError::BusinessDay(number))
    }

    /// The number, above zero from the start of the month and below zero from its end.
    pub fn number(self) -> i32 {
        self.0
    }
}

impl Recurrence {
    /// A weekly day moves on, so that one never acts before it; the end of a period moves back, so
    /// that it stays within the period.
    fn usual_adjustment(self) -> BusinessDayAdjustment {
        match self {
            Self::Weekly(_) => BusinessDayAdjustment::Following,
            Self::MonthEnd | Self::QuarterEnd | Self::YearEnd => BusinessDayAdjustment::Preceding,
            Self::Daily | Self::BusinessDay(_) => BusinessDayAdjustment::None,
        }
    }

    /// The first day of the period (day, week from Monday, month, quarter, year) that holds `date`.
    fn period_start(self, date: Date) -> Result<Date, CalendarError> {
        let first_month = match self {
            Self::Daily => return Ok(date),
            Self::Weekly(_) => return Ok(date.add_days(1_i32.saturating_sub(date.weekday().number()))?),
            Self::MonthEnd | Self::BusinessDay(_) => date.month(),
            Self::QuarterEnd => match date.month() {
                1..=3 => 1,
                4..=6 => 4,
                7..=9 => 7,
                _ => 10,
            },
            Self::YearEnd => 1,
        };
        Ok(Date::new(date.year(), first_month, 1)?)
    }

    /// The first day of the period so many periods on.
    fn step(self, period_start: Date, periods: i32) -> Result<Date, CalendarError> {
        let months = |each: i32| period_start.add_months(each.saturating_mul(periods));
        Ok(match self {
            Self::Daily => period_start.add_days(periods)?,
            Self::Weekly(_) => period_start.add_days(7_i32.saturating_mul(periods))?,
            Self::MonthEnd | Self::BusinessDay(_) => months(1)?,
            Self::QuarterEnd => months(3)?,
            Self::YearEnd => months(12)?,
        })
    }
}

impl Schedule {
    /// A schedule with the usual adjustment: a weekly day moves to the following business day, the
    /// end of a month, quarter or year to the preceding one.
    pub fn new(recurrence: Recurrence) -> Self {
        Self { recurrence, adjustment: recurrence.usual_adjustment() }
    }

    /// The same with another adjustment; refused for `daily` and `business_day`, which need none.
    pub fn with_adjustment(self, adjustment: BusinessDayAdjustment) -> Result<Self, ScheduleError> {
        match self.recurrence {
            Recurrence::Daily | Recurrence::BusinessDay(_) => Err(ScheduleError::AlreadyBusinessDay(self.to_string())),
            _ => Ok(Self { adjustment, ..self }),
        }
    }

    /// How often it recurs.
    pub fn recurrence(self) -> Recurrence {
        self.recurrence
    }

    /// What happens to a day on which the exchange is closed.
    pub fn adjustment(self) -> BusinessDayAdjustment {
        self.adjustment
    }

    /// Whether it is due on that day.
    pub fn is_due(self, date: Date, calendar: &Calendar) -> Result<bool, CalendarError> {
        Ok(self.next_on_or_after(date, calendar)? == date)
    }

    /// The first due day from `date` on.
    pub fn next_on_or_after(self, date: Date, calendar: &Calendar) -> Result<Date, CalendarError> {
        self.search(date, 1, calendar)
    }

    /// The last due day up to `date`.
    pub fn previous_on_or_before(self, date: Date, calendar: &Calendar) -> Result<Date, CalendarError> {
        self.search(date, -1, calendar)
    }

    /// Walks over the periods in one direction, from one period back: its day may have been moved
    /// across the border.
    fn search(self, date: Date, direction: i32, calendar: &Calendar) -> Result<Date, CalendarError> {
        calendar.is_open(date)?;
        let current = self.recurrence.period_start(date)?;
        let due_before = self.recurrence.step(current, direction.saturating_neg()).and_then(|period| self.due_in(period, calendar));
        let reached = |due: &Date| if direction > 0 { *due >= date } else { *due <= date };
        // A period beside the years covered has no day that could be asked for.
        if let Some(due) = due_before.ok().flatten().filter(reached) {
            return Ok(due);
        }
        let mut period = current;
        loop {
            if let Some(due) = self.due_in(period, calendar)?.filter(reached) {
                return Ok(due);
            }
            period = self.recurrence.step(period, direction)?;
        }
    }

    /// The due day of a period, by its first day; none where it has too few business days.
    fn due_in(self, period_start: Date, calendar: &Calendar) -> Result<Option<Date>, CalendarError> {
        let nominal = match self.recurrence {
            Recurrence::Daily => return Ok(calendar.is_open(period_start)?.then_some(period_start)),
            Recurrence::BusinessDay(which) => return business_day_of_month(period_start, which, calendar),
            Recurrence::Weekly(weekday) => period_start.add_days(weekday.number().saturating_sub(1))?,
            Recurrence::MonthEnd => period_start.month_end(),
            Recurrence::QuarterEnd => period_start.add_months(2)?.month_end(),
            Recurrence::YearEnd => period_start.add_months(11)?.month_end(),
        };
        calendar.adjust(nominal, self.adjustment).map(Some)
    }
}

fn business_day_of_month(first: Date, which: BusinessDayOfMonth, calendar: &Calendar) -> Result<Option<Date>, CalendarError> {
    let step = which.number().signum();
    let (mut day, mut left) = (if step > 0 { first } else { first.month_end() }, which.number().abs());
    while (day.year(), day.month()) == (first.year(), first.month()) {
        left = left.saturating_sub(i32::from(calendar.is_open(day)?));
        if left == 0 {
            return Ok(Some(day));
        }
        day = day.add_days(step)?;
    }
    Ok(None)
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let unknown = || ScheduleError::Unknown(text.to_owned());
        let mut parts = text.split(':');
        let recurrence = match parts.next().unwrap_or_default() {
            "daily" => Recurrence::Daily,
            "month_end" => Recurrence::MonthEnd,
            "quarter_end" => Recurrence::QuarterEnd,
            "year_end" => Recurrence::YearEnd,
            "weekly" => Recurrence::Weekly(parts.next().ok_or_else(unknown)?.parse()?),
            "business_day" => {
                let number = parts.next().filter(|digits| !digits.starts_with('+')).and_then(|digits| digits.parse().ok());
                Recurrence::BusinessDay(BusinessDayOfMonth::new(number.ok_or_else(unknown)?)?)
            }
            _ => return Err(unknown()),
        };
        let schedule = match parts.next() {
            Some(adjustment) => Self::new(recurrence).with_adjustment(adjustment.parse()?)?,
            None => Self::new(recurrence),
        };
        if parts.next().is_some() { Err(unknown()) } else { Ok(schedule) }
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daily => f.write_str("daily"),
            Self::Weekly(weekday) => write!(f, "weekly:{weekday}"),
            Self::MonthEnd => f.write_str("month_end"),
            Self::QuarterEnd => f.write_str("quarter_end"),
            Self::YearEnd => f.write_str("year_end"),
            Self::BusinessDay(which) => write!(f, "business_day:{}", which.number()),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.adjustment == self.recurrence.usual_adjustment() {
            f.pad(&self.recurrence.to_string())
        } else {
            f.pad(&format!("{}:{}", self.recurrence, self.adjustment))
        }
    }
}

impl serde::Serialize for Schedule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Schedule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Schedule".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(daily|business_day:-?([1-9]|1[0-5])|(weekly:(mon|tues|wednes|thurs|fri|satur|sun)day|month_end|quarter_end|year_end)(:(following|modified_following|preceding|modified_preceding|none))?)$"
        })
    }
}
