//! London: the London Stock Exchange (XLON).
//!
//! Sources: Banking and Financial Dealings Act 1971, schedule 1, and the royal proclamations under
//! it (The Gazette; gov.uk/bank-holidays lists the recent ones) for the bank holidays of England,
//! on which the exchange is closed; londonstockexchange.com, "Business days", for the half days.
//!
//! From 1978, when the early May holiday was added. After the years proclaimed the present rules
//! are carried on.

use super::rule::{Day, EarlyRule, Observed, Rule, RuleBook, Special};
use super::table::TimeOfDay;
use crate::date::{Date, Weekday};

const FIRST: i16 = 1978;
const LAST: i16 = 2099;

const HALF_PAST_TWELVE: TimeOfDay = TimeOfDay::constant(12, 30);

const fn monday(nth: i32, month: i8) -> Day {
    Day::Nth { nth, weekday: Weekday::Monday, month, plus: 0 }
}

const HOLIDAYS: &[Rule] = &[
    Rule::new("New Year's Day", Day::Fixed(1, 1), Observed::Substitute, (FIRST, LAST)),
    Rule::new("Good Friday", Day::Easter(-2), Observed::Never, (FIRST, LAST)),
    Rule::new("Easter Monday", Day::Easter(1), Observed::Never, (FIRST, LAST)),
    // Moved to the anniversaries of VE Day in 1995 and 2020.
    Rule::new("Early May bank holiday", monday(1, 5), Observed::Never, (FIRST, LAST)).except(&[1995, 2020]),
    // Moved to the jubilees of 2002, 2012 and 2022.
    Rule::new("Spring bank holiday", monday(-1, 5), Observed::Never, (FIRST, LAST)).except(&[2002, 2012, 2022]),
    Rule::new("Summer bank holiday", monday(-1, 8), Observed::Never, (FIRST, LAST)),
    Rule::new("Christmas Day", Day::Fixed(12, 25), Observed::Substitute, (FIRST, LAST)),
    Rule::new("Boxing Day", Day::Fixed(12, 26), Observed::Substitute, (FIRST, LAST)),
];

const SPECIALS: &[Special] = &[
    (Date::constant(1981, 7, 29), "Wedding of the Prince of Wales"),
    (Date::constant(1995, 5, 8), "Early May bank holiday (50 years since VE Day)"),
    (Date::constant(1999, 12, 31), "Eve of the year 2000"),
    (Date::constant(2002, 6, 3), "Golden Jubilee"),
    (Date::constant(2002, 6, 4), "Spring bank holiday"),
    (Date::constant(2011, 4, 29), "Wedding of Prince William"),
    (Date::constant(2012, 6, 4), "Spring bank holiday"),
    (Date::constant(2012, 6, 5), "Diamond Jubilee"),
    (Date::constant(2020, 5, 8), "Early May bank holiday (75 years since VE Day)"),
    (Date::constant(2022, 6, 2), "Spring bank holiday"),
    (Date::constant(2022, 6, 3), "Platinum Jubilee"),
    (Date::constant(2022, 9, 19), "State funeral of Queen Elizabeth II"),
    (Date::constant(2023, 5, 8), "Coronation of King Charles III"),
];

// On a weekend, the last trading day before is the half day.
const EARLY_CLOSES: &[EarlyRule] = &[
    EarlyRule { rule: Rule::new("Christmas Eve", Day::Fixed(12, 24), Observed::FridayBefore, (FIRST, LAST)), closes_at: HALF_PAST_TWELVE },
    EarlyRule { rule: Rule::new("New Year's Eve", Day::Fixed(12, 31), Observed::FridayBefore, (FIRST, LAST)), closes_at: HALF_PAST_TWELVE },
];

pub(super) const BOOK: RuleBook = RuleBook {
    name: "london",
    source: "Banking and Financial Dealings Act 1971 and proclamations; londonstockexchange.com, Business days",
    first_year: FIRST,
    last_year: LAST,
    // Half days of earlier years have no source at hand.
    early_closes_since: 2000,
    holidays: HOLIDAYS,
    specials: SPECIALS,
    early_closes: EARLY_CLOSES,
    special_early_closes: &[],
};
