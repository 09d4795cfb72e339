//! Schedules: days worked out by hand, the text form, and agreement of the three questions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::LazyLock;

use evenkeel_ledger::calendar::{BusinessDayAdjustment, Calendar, CalendarError};
use evenkeel_ledger::date::Date;
use evenkeel_ledger::schedule::{BusinessDayOfMonth, Recurrence, Schedule, ScheduleError};
use proptest::prelude::*;

static NEW_YORK: LazyLock<Calendar> = LazyLock::new(Calendar::new_york);

const EVERY: [&str; 16] = [
    "daily",
    "weekly:monday",
    "weekly:friday",
    "weekly:sunday",
    "weekly:monday:preceding",
    "weekly:wednesday:none",
    "month_end",
    "month_end:none",
    "month_end:following",
    "quarter_end",
    "quarter_end:modified_following",
    "year_end",
    "business_day:1",
    "business_day:3",
    "business_day:-1",
    "business_day:-15",
];

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn schedule(text: &str) -> Schedule {
    text.parse().unwrap()
}

/// All due days of a span, walked forward.
fn due_days(text: &str, from: &str, to: &str) -> String {
    let mut due = Vec::new();
    let mut day = schedule(text).next_on_or_after(date(from), &NEW_YORK).unwrap();
    while day <= date(to) {
        due.push(day.to_string());
        day = schedule(text).next_on_or_after(day.add_days(1).unwrap(), &NEW_YORK).unwrap();
    }
    due.join(" ")
}

#[test]
fn due_days_are_those_of_the_almanac() {
    let cases = [
        ("daily", "2024-03-27", "2024-04-02", "2024-03-27 2024-03-28 2024-04-01 2024-04-02"),
        // 15 January and 19 February 2024 are holidays.
        ("weekly:monday", "2024-01-08", "2024-01-23", "2024-01-08 2024-01-16 2024-01-22"),
        ("weekly:monday:preceding", "2024-01-08", "2024-01-23", "2024-01-08 2024-01-12 2024-01-22"),
        ("weekly:monday:none", "2024-01-08", "2024-01-23", "2024-01-08 2024-01-15 2024-01-22"),
        ("weekly:sunday", "2024-01-13", "2024-01-23", "2024-01-16 2024-01-22"),
        ("month_end", "2024-01-01", "2024-06-30", "2024-01-31 2024-02-29 2024-03-28 2024-04-30 2024-05-31 2024-06-28"),
        ("month_end:none", "2024-02-15", "2024-04-01", "2024-02-29 2024-03-31"),
        ("month_end:following", "2024-03-01", "2024-06-05", "2024-04-01 2024-04-30 2024-05-31"),
        ("quarter_end", "2012-01-01", "2012-12-31", "2012-03-30 2012-06-29 2012-09-28 2012-12-31"),
        ("year_end", "2020-06-01", "2023-12-31", "2020-12-31 2021-12-31 2022-12-30 2023-12-29"),
        ("business_day:1", "2007-01-01", "2007-03-31", "2007-01-03 2007-02-01 2007-03-01"),
        // Four days without trade in September 2001, which left fifteen.
        ("business_day:15", "2001-09-01", "2001-09-30", "2001-09-28"),
        ("business_day:-15", "2001-09-01", "2001-09-30", "2001-09-04"),
        ("business_day:-1", "2012-10-01", "2012-11-30", "2012-10-31 2012-11-30"),
        ("business_day:-2", "2012-10-01", "2012-10-31", "2012-10-26"),
    ];
    for (text, from, to, expected) in cases {
        assert_eq!(due_days(text, from, to), expected, "{text}");
    }
}

#[test]
fn a_day_moved_across_a_border_is_found_from_both_sides() {
    // The end of March 2024 moved into April.
    let moved = schedule("month_end:following");
    assert!(moved.is_due(date("2024-04-01"), &NEW_YORK).unwrap());
    assert!(!moved.is_due(date("2024-03-31"), &NEW_YORK).unwrap());
    assert_eq!(moved.previous_on_or_before(date("2024-04-15"), &NEW_YORK).unwrap(), date("2024-04-01"));
    assert_eq!(moved.previous_on_or_before(date("2024-03-31"), &NEW_YORK).unwrap(), date("2024-02-29"));
    // The Monday of 15 January moved into the week before.
    let early = schedule("weekly:monday:preceding");
    assert_eq!(early.next_on_or_after(date("2024-01-09"), &NEW_YORK).unwrap(), date("2024-01-12"));
    assert_eq!(early.previous_on_or_before(date("2024-01-14"), &NEW_YORK).unwrap(), date("2024-01-12"));
}

#[test]
fn the_border_of_the_calendar_is_told() {
    let first = date("1971-01-01");
    let last = date("2099-12-31");
    assert_eq!(schedule("month_end").previous_on_or_before(last, &NEW_YORK).unwrap(), last);
    assert_eq!(schedule("business_day:1").next_on_or_after(first, &NEW_YORK).unwrap(), date("1971-01-04"));
    assert_eq!(schedule("year_end").next_on_or_after(first, &NEW_YORK).unwrap(), date("1971-12-31"));
    for text in EVERY {
        let before = schedule(text).is_due(date("1970-12-31"), &NEW_YORK);
        assert!(matches!(before, Err(CalendarError::OutsideCoverage { .. })), "{text}");
    }
    let beyond = schedule("month_end:following").next_on_or_after(date("2100-01-01"), &NEW_YORK);
    assert!(matches!(beyond, Err(CalendarError::OutsideCoverage { .. })));
}

#[test]
fn text_is_read_and_written_alike() {
    for text in EVERY {
        assert_eq!(schedule(text).to_string(), text);
        let json = serde_json::to_string(&schedule(text)).unwrap();
        assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule(text));
    }
    // The usual adjustment may be written, and is left out when printed.
    assert_eq!(schedule("weekly:monday:following").to_string(), "weekly:monday");
    assert_eq!(schedule("quarter_end:preceding"), Schedule::new(Recurrence::QuarterEnd));
    assert_eq!(schedule("month_end:none").adjustment(), BusinessDayAdjustment::None);
    let third = BusinessDayOfMonth::new(3).unwrap();
    assert_eq!(schedule("business_day:3").recurrence(), Recurrence::BusinessDay(third));
}

#[test]
fn other_text_is_refused_with_the_way_out() {
    let refused = [
        ("", "expected `daily`"),
        ("Daily", "expected `daily`"),
        ("monthly", "expected `daily`"),
        ("weekly", "expected `daily`"),
        ("weekly:", "expected `monday`"),
        ("weekly:mon", "expected `monday`"),
        ("weekly:monday:later", "expected `following`"),
        ("weekly:monday:following:none", "expected `daily`"),
        ("business_day", "expected `daily`"),
        ("business_day:x", "expected `daily`"),
        ("business_day:+3", "expected `daily`"),
        ("business_day:0", "expected 1 to 15"),
        ("business_day:16", "expected 1 to 15"),
        ("business_day:-16", "-1 to -15"),
        ("business_day:3:following", "leave out the adjustment"),
        ("daily:following", "leave out the adjustment"),
        ("month_end ", "expected `daily`"),
    ];
    for (text, way_out) in refused {
        let error = text.parse::<Schedule>().unwrap_err();
        assert!(error.to_string().contains(way_out), "{text}: {error}");
    }
    assert_eq!("business_day:0".parse::<Schedule>(), Err(ScheduleError::BusinessDay(0)));
}

proptest! {
    #[test]
    fn the_three_questions_agree(index in 0..EVERY.len(), offset in 0..365 * 60) {
        let schedule = schedule(EVERY[index]);
        let day = date("1990-01-01").add_days(offset).unwrap();
        let next = schedule.next_on_or_after(day, &NEW_YORK).unwrap();
        let previous = schedule.previous_on_or_before(day, &NEW_YORK).unwrap();
        prop_assert!(previous <= day && day <= next);
        prop_assert!(schedule.is_due(next, &NEW_YORK).unwrap() && schedule.is_due(previous, &NEW_YORK).unwrap());
        prop_assert_eq!(schedule.is_due(day, &NEW_YORK).unwrap(), day == next);
        prop_assert_eq!(day == next, day == previous);
        // Nothing is due in between.
        let mut between = previous.add_days(1).unwrap();
        while between < next {
            prop_assert!(between == day && day == previous || !schedule.is_due(between, &NEW_YORK).unwrap());
            between = between.add_days(1).unwrap();
        }
        prop_assert!(schedule.adjustment() == BusinessDayAdjustment::None && schedule.recurrence() != Recurrence::Daily
            || NEW_YORK.is_open(next).unwrap());
    }
}
