//! New York: the New York Stock Exchange (XNYS).
//!
//! Sources: NYSE Rule 7.2 (holidays and their observance), "Holidays & Trading Hours" on
//! nyse.com (years to come), and "NYSE special closings since 1885" (closings and early closes of
//! the past). Days that the exchange opened late are not early closes and are not listed.
//!
//! From 1971 the holidays are those of the Uniform Monday Holiday Act; before it they were others.
//! After the years announced by the exchange the present rules are carried on.

use super::rule::{Day, EarlyRule, Observed, Rule, RuleBook, Special, SpecialEarlyClose};
use super::table::TimeOfDay;
use crate::date::{Date, Weekday};

const LAST: i16 = 2099;
const FIRST: i16 = 1971;

const ONE: TimeOfDay = TimeOfDay::constant(13, 0);
const TWO: TimeOfDay = TimeOfDay::constant(14, 0);
const HALF_PAST_TWO: TimeOfDay = TimeOfDay::constant(14, 30);
const THREE: TimeOfDay = TimeOfDay::constant(15, 0);
const HALF_PAST_THREE: TimeOfDay = TimeOfDay::constant(15, 30);

const fn nth(nth: i32, weekday: Weekday, month: i8) -> Day {
    Day::Nth { nth, weekday, month, plus: 0 }
}

const THANKSGIVING_FRIDAY: Day = Day::Nth { nth: 4, weekday: Weekday::Thursday, month: 11, plus: 1 };

const HOLIDAYS: &[Rule] = &[
    // A New Year's Day on Saturday is not kept: Friday closes the accounting year.
    Rule::new("New Year's Day", Day::Fixed(1, 1), Observed::SundayToMonday, (FIRST, LAST)),
    Rule::new("Martin Luther King Jr. Day", nth(3, Weekday::Monday, 1), Observed::Never, (1998, LAST)),
    Rule::new("Washington's Birthday", nth(3, Weekday::Monday, 2), Observed::Never, (FIRST, LAST)),
    Rule::new("Good Friday", Day::Easter(-2), Observed::Never, (FIRST, LAST)),
    Rule::new("Memorial Day", nth(-1, Weekday::Monday, 5), Observed::Never, (FIRST, LAST)),
    Rule::new("Juneteenth", Day::Fixed(6, 19), Observed::Nearest, (2022, LAST)),
    Rule::new("Independence Day", Day::Fixed(7, 4), Observed::Nearest, (FIRST, LAST)),
    Rule::new("Labor Day", nth(1, Weekday::Monday, 9), Observed::Never, (FIRST, LAST)),
    Rule::new("Thanksgiving Day", nth(4, Weekday::Thursday, 11), Observed::Never, (FIRST, LAST)),
    Rule::new("Christmas Day", Day::Fixed(12, 25), Observed::Nearest, (FIRST, LAST)),
];

const SPECIALS: &[Special] = &[
    (Date::constant(1972, 11, 7), "Presidential election"),
    (Date::constant(1972, 12, 28), "Funeral of Harry S. Truman"),
    (Date::constant(1973, 1, 25), "Funeral of Lyndon B. Johnson"),
    (Date::constant(1976, 11, 2), "Presidential election"),
    (Date::constant(1977, 7, 14), "Blackout in New York City"),
    (Date::constant(1980, 11, 4), "Presidential election"),
    (Date::constant(1985, 9, 27), "Hurricane Gloria"),
    (Date::constant(1994, 4, 27), "Funeral of Richard M. Nixon"),
    (Date::constant(2001, 9, 11), "Attacks of September 11"),
    (Date::constant(2001, 9, 12), "Attacks of September 11"),
    (Date::constant(2001, 9, 13), "Attacks of September 11"),
    (Date::constant(2001, 9, 14), "Attacks of September 11"),
    (Date::constant(2004, 6, 11), "Mourning for Ronald Reagan"),
    (Date::constant(2007, 1, 2), "Mourning for Gerald R. Ford"),
    (Date::constant(2012, 10, 29), "Hurricane Sandy"),
    (Date::constant(2012, 10, 30), "Hurricane Sandy"),
    (Date::constant(2018, 12, 5), "Mourning for George H. W. Bush"),
    (Date::constant(2025, 1, 9), "Mourning for Jimmy Carter"),
];

// Where the day is closed altogether (24 December on a Friday, 3 July on a Friday) there is no early close.
const EARLY_CLOSES: &[EarlyRule] = &[
    // In 1996 and 2002 (4 July on a Thursday) the Friday after was short instead: see below.
    EarlyRule {
        rule: Rule::new("Day before Independence Day", Day::Fixed(7, 3), Observed::Never, (1995, LAST)).except(&[1996, 2002]),
        closes_at: ONE,
    },
    EarlyRule { rule: Rule::new("Day after Thanksgiving", THANKSGIVING_FRIDAY, Observed::Never, (1992, 1992)), closes_at: TWO },
    EarlyRule { rule: Rule::new("Day after Thanksgiving", THANKSGIVING_FRIDAY, Observed::Never, (1993, LAST)), closes_at: ONE },
    EarlyRule { rule: Rule::new("Christmas Eve", Day::Fixed(12, 24), Observed::Never, (1974, 1975)), closes_at: TWO },
    EarlyRule { rule: Rule::new("Christmas Eve", Day::Fixed(12, 24), Observed::Never, (1990, 1992)), closes_at: TWO },
    EarlyRule { rule: Rule::new("Christmas Eve", Day::Fixed(12, 24), Observed::Never, (1993, LAST)), closes_at: ONE },
];

const SPECIAL_EARLY_CLOSES: &[SpecialEarlyClose] = &[
    (Date::constant(1975, 2, 12), HALF_PAST_TWO, "Snow"),
    (Date::constant(1976, 8, 9), THREE, "Hurricane warning"),
    (Date::constant(1978, 2, 6), TWO, "Snow"),
    (Date::constant(1981, 3, 30), TimeOfDay::constant(15, 17), "Attempt on the life of Ronald Reagan"),
    (Date::constant(1981, 9, 9), TimeOfDay::constant(15, 28), "Power failure"),
    (Date::constant(1987, 10, 23), TWO, "Backlog of paperwork"),
    (Date::constant(1987, 10, 26), TWO, "Backlog of paperwork"),
    (Date::constant(1987, 10, 27), TWO, "Backlog of paperwork"),
    (Date::constant(1987, 10, 28), TWO, "Backlog of paperwork"),
    (Date::constant(1987, 10, 29), TWO, "Backlog of paperwork"),
    (Date::constant(1987, 10, 30), TWO, "Backlog of paperwork"),
    (Date::constant(1987, 11, 2), HALF_PAST_TWO, "Backlog of paperwork"),
    (Date::constant(1987, 11, 3), HALF_PAST_TWO, "Backlog of paperwork"),
    (Date::constant(1987, 11, 4), HALF_PAST_TWO, "Backlog of paperwork"),
    (Date::constant(1987, 11, 5), THREE, "Backlog of paperwork"),
    (Date::constant(1987, 11, 6), THREE, "Backlog of paperwork"),
    (Date::constant(1987, 11, 9), HALF_PAST_THREE, "Backlog of paperwork"),
    (Date::constant(1987, 11, 10), HALF_PAST_THREE, "Backlog of paperwork"),
    (Date::constant(1987, 11, 11), HALF_PAST_THREE, "Backlog of paperwork"),
    (Date::constant(1994, 2, 11), HALF_PAST_TWO, "Snow"),
    (Date::constant(1996, 1, 8), TWO, "Snow"),
    (Date::constant(1996, 7, 5), ONE, "Day after Independence Day"),
    (Date::constant(1997, 10, 27), HALF_PAST_THREE, "Circuit breaker"),
    (Date::constant(1997, 12, 26), ONE, "Day after Christmas"),
    // Announced by the exchange's board on 1999-06-04; not in its list of special closings.
    (Date::constant(1999, 12, 31), ONE, "Eve of the year 2000"),
    (Date::constant(2002, 7, 5), ONE, "Day after Independence Day"),
    (Date::constant(2003, 12, 26), ONE, "Day after Christmas"),
    (Date::constant(2005, 6, 1), TimeOfDay::constant(15, 56), "Failure of communications"),
];

pub(super) const BOOK: RuleBook = RuleBook {
    name: "new_york",
    source: "NYSE Rule 7.2; nyse.com, Holidays & Trading Hours; NYSE special closings since 1885",
    first_year: FIRST,
    last_year: LAST,
    early_closes_since: FIRST,
    holidays: HOLIDAYS,
    specials: SPECIALS,
    early_closes: EARLY_CLOSES,
    special_early_closes: SPECIAL_EARLY_CLOSES,
};
