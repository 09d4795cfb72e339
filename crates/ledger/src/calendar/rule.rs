//! [`RuleBook`]: a calendar as rules that repeat every year and lists of days that do not.

use std::borrow::Cow;

use super::table::{CalendarTable, Closing, EarlyClose, TimeOfDay};
use crate::date::{Date, Weekday};

/// A day of the year before it is moved off a weekend.
#[derive(Debug, Clone, Copy)]
pub(super) enum Day {
    /// Month and day of the month.
    Fixed(i8, i8),
    /// The n-th such weekday of a month, counted from the end where below zero, and so many days on.
    Nth { nth: i32, weekday: Weekday, month: i8, plus: i32 },
    /// So many days after Easter Sunday.
    Easter(i32),
}

/// What happens to a day that falls on a Saturday or Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Observed {
    /// It lapses.
    Never,
    /// A Sunday moves to Monday; a Saturday lapses.
    SundayToMonday,
    /// Saturday moves to Friday, Sunday to Monday.
    Nearest,
    /// It moves to the first weekday after it that is no holiday already (a substitute day).
    Substitute,
    /// It moves to the Friday before.
    FridayBefore,
}

/// One rule: a day in each year of a span.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) day: Day,
    pub(super) observed: Observed,
    /// First and last year in which it holds.
    pub(super) years: (i16, i16),
    /// Years within the span in which it does not.
    pub(super) except: &'static [i16],
}

/// A rule for days on which the exchange closes early.
#[derive(Debug, Clone, Copy)]
pub(super) struct EarlyRule {
    pub(super) rule: Rule,
    pub(super) closes_at: TimeOfDay,
}

impl Rule {
    pub(super) const fn new(name: &'static str, day: Day, observed: Observed, years: (i16, i16)) -> Self {
        Self { name, day, observed, years, except: &[] }
    }

    pub(super) const fn except(self, years: &'static [i16]) -> Self {
        Self { except: years, ..self }
    }

    fn holds_in(&self, year: i16) -> bool {
        (self.years.0..=self.years.1).contains(&year) && !self.except.contains(&year)
    }

    /// The day as the rule names it, before it is moved off a weekend.
    fn nominal(&self, year: i16) -> Option<Date> {
        match self.day {
            Day::Fixed(month, day) => Date::new(year, month, day).ok(),
            Day::Nth { nth, weekday, month, plus } => nth_weekday(year, month, weekday, nth)?.add_days(plus).ok(),
            Day::Easter(days) => easter(year)?.add_days(days).ok(),
        }
    }

    /// The day on which it is kept; `taken` says which weekdays are holidays already.
    fn observed_in(&self, year: i16, taken: impl Fn(Date) -> bool) -> Option<Date> {
        if !self.holds_in(year) {
            return None;
        }
        let nominal = self.nominal(year)?;
        let moved = match (nominal.weekday(), self.observed) {
            (Weekday::Saturday, Observed::Nearest | Observed::FridayBefore) => nominal.add_days(-1),
            (Weekday::Sunday, Observed::FridayBefore) => nominal.add_days(-2),
            (Weekday::Sunday, Observed::Nearest | Observed::SundayToMonday) => nominal.add_days(1),
            (Weekday::Saturday | Weekday::Sunday, Observed::Substitute) => {
                return (1..=7).filter_map(|days| nominal.add_days(days).ok()).find(|&date| is_weekday(date) && !taken(date));
            }
            (Weekday::Saturday | Weekday::Sunday, _) => return None,
            _ => Ok(nominal),
        };
        moved.ok()
    }
}

pub(super) type Special = (Date, &'static str);
pub(super) type SpecialEarlyClose = (Date, TimeOfDay, &'static str);

/// A calendar as rules and lists, from which its table is made.
pub(super) struct RuleBook {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    pub(super) first_year: i16,
    pub(super) last_year: i16,
    pub(super) early_closes_since: i16,
    pub(super) holidays: &'static [Rule],
    pub(super) specials: &'static [Special],
    pub(super) early_closes: &'static [EarlyRule],
    pub(super) special_early_closes: &'static [SpecialEarlyClose],
}

impl RuleBook {
    pub(super) fn table(&self) -> CalendarTable {
        let mut holidays = closings(self.holidays, self.first_year, self.last_year);
        holidays.extend(self.specials.iter().map(|&(date, name)| Closing { date, name: Cow::Borrowed(name) }));
        holidays.sort_by_key(|closing| closing.date);
        let is_closed = |date: Date| holidays.binary_search_by_key(&date, |closing| closing.date).is_ok();
        let mut early_closes = Vec::new();
        for early in self.early_closes {
            for year in self.early_closes_since..=self.last_year {
                let open = early.rule.observed_in(year, is_closed).filter(|&date| !is_closed(date));
                let name = Cow::Borrowed(early.rule.name);
                early_closes.extend(open.map(|date| EarlyClose { date, name, closes_at: early.closes_at }));
            }
        }
        early_closes.extend(self.special_early_closes.iter().map(|&(date, closes_at, name)| EarlyClose {
            date,
            name: Cow::Borrowed(name),
            closes_at,
        }));
        early_closes.sort_by_key(|early| early.date);
        CalendarTable {
            name: Cow::Borrowed(self.name),
            source: Cow::Borrowed(self.source),
            first_year: self.first_year,
            last_year: self.last_year,
            early_closes_since: self.early_closes_since,
            weekend: vec![Weekday::Saturday, Weekday::Sunday],
            holidays,
            early_closes,
        }
    }
}

/// The holidays that rules give in a span of years, in order of date.
fn closings(rules: &[Rule], first_year: i16, last_year: i16) -> Vec<Closing> {
    let mut all: Vec<Closing> = Vec::new();
    for year in first_year..=last_year {
        let mut dates: Vec<Closing> = Vec::new();
        // Substitutes come last: they give way to every other holiday.
        for substitutes in [false, true] {
            for rule in rules {
                let on_weekend = rule.nominal(year).is_some_and(|date| !is_weekday(date));
                if (on_weekend && rule.observed == Observed::Substitute) != substitutes {
                    continue;
                }
                let observed = rule.observed_in(year, |date| dates.iter().any(|closing| closing.date == date));
                dates.extend(observed.map(|date| Closing { date, name: Cow::Borrowed(rule.name) }));
            }
        }
        all.append(&mut dates);
    }
    all.sort_by_key(|closing| closing.date);
    all
}

fn is_weekday(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn nth_weekday(year: i16, month: i8, weekday: Weekday, nth: i32) -> Option<Date> {
    let first = Date::new(year, month, 1).ok()?;
    let (anchor, weeks) = if nth > 0 { (first, nth.checked_sub(1)?) } else { (first.month_end(), nth.checked_add(1)?) };
    let ahead = weekday.number().checked_sub(anchor.weekday().number())?;
    let days = if nth > 0 { ahead.rem_euclid(7) } else { ahead.checked_neg()?.rem_euclid(7).checked_neg()? };
    anchor.add_days(days.checked_add(weeks.checked_mul(7)?)?).ok()
}

/// Easter Sunday of the Gregorian calendar.
///
/// Source: the anonymous algorithm of *Nature* (20 April 1876), as given in J. Meeus,
/// *Astronomical Algorithms* (1991), chapter 8; the letters are the book's.
#[allow(
    clippy::arithmetic_side_effects,
    clippy::many_single_char_names,
    reason = "bounded by the four digits of a year; the source's letters"
)]
fn easter(year: i16) -> Option<Date> {
    let x = i32::from(year);
    let (a, b, c) = (x % 19, x / 100, x % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(sum / 31).ok()?, i8::try_from(sum % 31 + 1).ok()?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn easter_matches_the_almanac() {
        // Earliest and latest possible dates, the exceptions of the rule (1954, 1981, 2049, 2076), and recent years.
        let expected = [
            "1818-03-22",
            "1943-04-25",
            "1954-04-18",
            "1961-04-02",
            "1981-04-19",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2019-04-21",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2038-04-25",
            "2049-04-18",
            "2076-04-19",
        ];
        for text in expected {
            let date: Date = text.parse().unwrap();
            assert_eq!(easter(date.year()), Some(date));
        }
    }

    #[test]
    fn weekdays_are_counted_from_either_end_of_a_month() {
        let date = |text: &str| Some(text.parse::<Date>().unwrap());
        assert_eq!(nth_weekday(2024, 11, Weekday::Thursday, 4), date("2024-11-28"));
        assert_eq!(nth_weekday(2024, 9, Weekday::Monday, 1), date("2024-09-02"));
        assert_eq!(nth_weekday(2024, 9, Weekday::Sunday, 1), date("2024-09-01"));
        assert_eq!(nth_weekday(2021, 5, Weekday::Monday, -1), date("2021-05-31"));
        assert_eq!(nth_weekday(2022, 5, Weekday::Monday, -1), date("2022-05-30"));
        assert_eq!(nth_weekday(2022, 5, Weekday::Monday, -2), date("2022-05-23"));
    }
}
