//! Calendars against published holidays, against real trading days, and against their own laws.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]
#![allow(clippy::disallowed_methods, reason = "the data of a test is read from files")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use evenkeel_ledger::calendar::{BusinessDayAdjustment, Calendar, CalendarError, CalendarTable, Closing, EarlyClose};
use evenkeel_ledger::date::{Date, Weekday};
use proptest::prelude::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Holidays of a year as `MM-DD`.
fn holidays(calendar: &Calendar, year: i16) -> String {
    let in_year = calendar.table().holidays.iter().filter(|closing| closing.date.year() == year);
    in_year.map(|closing| closing.date.to_string()[5..].to_owned()).collect::<Vec<_>>().join(" ")
}

/// Early closes of a year as `MM-DD HH:MM`.
fn early_closes(calendar: &Calendar, year: i16) -> String {
    let in_year = calendar.table().early_closes.iter().filter(|early| early.date.year() == year);
    in_year.map(|early| format!("{} {}", &early.date.to_string()[5..], early.closes_at)).collect::<Vec<_>>().join(", ")
}

// Source: nyse.com, Holidays & Trading Hours, for the years announced; NYSE special closings for the past.
const NEW_YORK_HOLIDAYS: [(i16, &str); 19] = [
    (1972, "02-21 03-31 05-29 07-04 09-04 11-07 11-23 12-25 12-28"),
    (1990, "01-01 02-19 04-13 05-28 07-04 09-03 11-22 12-25"),
    (1994, "02-21 04-01 04-27 05-30 07-04 09-05 11-24 12-26"),
    (1997, "01-01 02-17 03-28 05-26 07-04 09-01 11-27 12-25"),
    (1998, "01-01 01-19 02-16 04-10 05-25 07-03 09-07 11-26 12-25"),
    (2001, "01-01 01-15 02-19 04-13 05-28 07-04 09-03 09-11 09-12 09-13 09-14 11-22 12-25"),
    (2004, "01-01 01-19 02-16 04-09 05-31 06-11 07-05 09-06 11-25 12-24"),
    (2007, "01-01 01-02 01-15 02-19 04-06 05-28 07-04 09-03 11-22 12-25"),
    (2011, "01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26"),
    (2012, "01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25"),
    (2018, "01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25"),
    (2021, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24"),
    (2022, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26"),
    (2023, "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25"),
    (2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25"),
    (2025, "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25"),
    (2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25"),
    (2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24"),
    (2028, "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25"),
];

// Source: as above.
const NEW_YORK_EARLY_CLOSES: [(i16, &str); 16] = [
    (1973, ""),
    (1975, "02-12 14:30, 12-24 14:00"),
    (1991, "12-24 14:00"),
    (1992, "11-27 14:00, 12-24 14:00"),
    (1993, "11-26 13:00"),
    (1996, "01-08 14:00, 07-05 13:00, 11-29 13:00, 12-24 13:00"),
    (1997, "07-03 13:00, 10-27 15:30, 11-28 13:00, 12-24 13:00, 12-26 13:00"),
    (1999, "11-26 13:00, 12-31 13:00"),
    (2002, "07-05 13:00, 11-29 13:00, 12-24 13:00"),
    (2010, "11-26 13:00"),
    (2013, "07-03 13:00, 11-29 13:00, 12-24 13:00"),
    (2020, "11-27 13:00, 12-24 13:00"),
    (2021, "11-26 13:00"),
    (2024, "07-03 13:00, 11-29 13:00, 12-24 13:00"),
    (2025, "07-03 13:00, 11-28 13:00, 12-24 13:00"),
    (2026, "11-27 13:00, 12-24 13:00"),
];

// Source: gov.uk/bank-holidays (England and Wales) and The Gazette.
const LONDON_HOLIDAYS: [(i16, &str); 16] = [
    (1981, "01-01 04-17 04-20 05-04 05-25 07-29 08-31 12-25 12-28"),
    (1995, "01-02 04-14 04-17 05-08 05-29 08-28 12-25 12-26"),
    (1999, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28 12-31"),
    (2000, "01-03 04-21 04-24 05-01 05-29 08-28 12-25 12-26"),
    (2002, "01-01 03-29 04-01 05-06 06-03 06-04 08-26 12-25 12-26"),
    (2005, "01-03 03-25 03-28 05-02 05-30 08-29 12-26 12-27"),
    (2010, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
    (2011, "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27"),
    (2012, "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26"),
    (2015, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
    (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
    (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
    (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
    (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
    (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
    (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
];

// Source: londonstockexchange.com, Business days.
const LONDON_EARLY_CLOSES: [(i16, &str); 4] = [
    (2017, "12-22 12:30, 12-29 12:30"),
    (2022, "12-23 12:30, 12-30 12:30"),
    (2024, "12-24 12:30, 12-31 12:30"),
    (2025, "12-24 12:30, 12-31 12:30"),
];

#[test]
fn new_york_keeps_its_published_days() {
    let calendar = Calendar::new_york();
    for (year, expected) in NEW_YORK_HOLIDAYS {
        assert_eq!(holidays(&calendar, year), expected, "{year}");
    }
    for (year, expected) in NEW_YORK_EARLY_CLOSES {
        assert_eq!(early_closes(&calendar, year), expected, "{year}");
    }
}

#[test]
fn london_keeps_its_published_days() {
    let calendar = Calendar::london();
    for (year, expected) in LONDON_HOLIDAYS {
        assert_eq!(holidays(&calendar, year), expected, "{year}");
    }
    for (year, expected) in LONDON_EARLY_CLOSES {
        assert_eq!(early_closes(&calendar, year), expected, "{year}");
    }
}

#[test]
fn every_built_in_table_is_one_that_would_be_accepted() {
    for name in ["new_york", "london", "weekdays"] {
        let calendar = Calendar::named(name).unwrap();
        assert_eq!(calendar.name(), name);
        assert_eq!(Calendar::from_table(calendar.table().clone()).as_ref(), Ok(&calendar));
        let json = serde_json::to_string(calendar.table()).unwrap();
        assert_eq!(&serde_json::from_str::<CalendarTable>(&json).unwrap(), calendar.table());
    }
    assert_eq!(Calendar::named("paris"), Err(CalendarError::Unknown("paris".to_owned())));
}

#[test]
fn days_have_their_names() {
    let calendar = Calendar::new_york();
    assert_eq!(calendar.holiday(date("2012-10-29")).unwrap(), Some("Hurricane Sandy"));
    assert_eq!(calendar.holiday(date("2024-11-28")).unwrap(), Some("Thanksgiving Day"));
    assert_eq!(calendar.holiday(date("2024-11-30")).unwrap(), None);
    assert!(!calendar.is_open(date("2024-11-30")).unwrap());
    let early = calendar.early_close(date("2024-11-29")).unwrap().unwrap();
    assert_eq!((early.name.as_ref(), early.closes_at.hour(), early.closes_at.minute()), ("Day after Thanksgiving", 13, 0));
    assert!(calendar.is_open(date("2024-11-29")).unwrap());
    assert_eq!(calendar.early_close(date("2024-11-27")).unwrap(), None);
}

#[test]
fn a_date_outside_the_years_covered_is_an_error() {
    let calendar = Calendar::new_york();
    let outside = |date: Date| CalendarError::OutsideCoverage { calendar: "new_york".to_owned(), date, first_year: 1971, last_year: 2099 };
    for day in [date("1970-12-31"), date("2100-01-01")] {
        assert_eq!(calendar.is_open(day), Err(outside(day)));
        assert_eq!(calendar.holiday(day), Err(outside(day)));
        assert_eq!(calendar.early_close(day), Err(outside(day)));
        assert_eq!(calendar.adjust(day, BusinessDayAdjustment::None), Err(outside(day)));
        assert_eq!(calendar.business_days_between(date("2000-01-03"), day), Err(outside(day)));
    }
    assert_eq!(calendar.next_open(date("2099-12-31")), Err(outside(date("2100-01-01"))));
    assert_eq!(calendar.previous_open(date("1971-01-04")), Err(outside(date("1970-12-31"))));
    let london = Calendar::london();
    let early = london.early_close(date("1999-12-24"));
    assert_eq!(early, Err(CalendarError::EarlyClosesUnknown { calendar: "london".to_owned(), date: date("1999-12-24"), since: 2000 }));
}

#[test]
fn adjustment_follows_its_convention() {
    use BusinessDayAdjustment::{Following, ModifiedFollowing, ModifiedPreceding, None, Preceding};
    let calendar = Calendar::new_york();
    let cases = [
        // A Sunday at the end of a month, with Good Friday before it.
        ("2024-03-31", Following, "2024-04-01"),
        ("2024-03-31", ModifiedFollowing, "2024-03-28"),
        ("2024-03-31", Preceding, "2024-03-28"),
        ("2024-03-31", ModifiedPreceding, "2024-03-28"),
        ("2024-03-31", None, "2024-03-31"),
        // A Saturday at the start of a month.
        ("2024-06-01", Following, "2024-06-03"),
        ("2024-06-01", ModifiedFollowing, "2024-06-03"),
        ("2024-06-01", Preceding, "2024-05-31"),
        ("2024-06-01", ModifiedPreceding, "2024-06-03"),
        // A business day stays.
        ("2024-06-03", Following, "2024-06-03"),
        ("2024-06-03", ModifiedPreceding, "2024-06-03"),
    ];
    for (from, adjustment, to) in cases {
        assert_eq!(calendar.adjust(date(from), adjustment).unwrap(), date(to), "{from} {adjustment}");
        assert_eq!(adjustment.to_string().parse(), Ok(adjustment));
    }
    // Known to the last day covered, although the day after is not.
    assert_eq!(calendar.adjust(date("2099-12-27"), ModifiedFollowing).unwrap(), date("2099-12-28"));
}

#[test]
fn business_days_are_counted_over_holidays() {
    let calendar = Calendar::new_york();
    assert_eq!(calendar.add_business_days(date("2001-09-10"), 1).unwrap(), date("2001-09-17"));
    assert_eq!(calendar.add_business_days(date("2001-09-17"), -1).unwrap(), date("2001-09-10"));
    assert_eq!(calendar.add_business_days(date("2001-09-12"), 0).unwrap(), date("2001-09-17"));
    assert_eq!(calendar.business_days_between(date("2023-12-29"), date("2024-12-31")).unwrap(), 252);
    assert_eq!(calendar.business_days_between(date("2000-12-29"), date("2001-12-31")).unwrap(), 248);
    assert_eq!(calendar.business_days_between(date("2024-12-31"), date("2023-12-29")).unwrap(), -252);
    assert_eq!(Calendar::weekdays().business_days_between(date("2024-01-01"), date("2024-01-08")).unwrap(), 5);
}

type Damage = fn(&mut CalendarTable);

#[test]
fn a_table_that_contradicts_itself_is_refused() {
    let good = CalendarTable {
        name: "tokyo".into(),
        source: "a test".into(),
        first_year: 2024,
        last_year: 2025,
        early_closes_since: 2024,
        weekend: vec![Weekday::Saturday, Weekday::Sunday],
        holidays: vec![Closing { date: date("2024-01-02"), name: "Market holiday".into() }],
        early_closes: vec![EarlyClose { date: date("2024-12-30"), name: "Last day".into(), closes_at: "11:30".parse().unwrap() }],
    };
    assert!(!Calendar::from_table(good.clone()).unwrap().is_open(date("2024-01-02")).unwrap());
    let broken: [(&str, Damage); 6] = [
        ("first year 2026 comes after", |table| table.first_year = 2026),
        ("known since 2023", |table| table.early_closes_since = 2023),
        ("no day of the week is open", |table| table.weekend = Weekday::ALL.to_vec()),
        ("2024-01-02 is listed twice", |table| table.holidays.extend(table.holidays.clone())),
        ("2026-01-01 is outside", |table| table.holidays[0].date = date("2026-01-01")),
        ("2024-12-30 is both closed and an early close", |table| table.holidays[0].date = date("2024-12-30")),
    ];
    for (problem, damage) in broken {
        let mut table = good.clone();
        damage(&mut table);
        let error = Calendar::from_table(table).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    for text in ["24:00", "9:30", "12:60", "1230", "12:3x", "+1:30"] {
        assert!(text.parse::<evenkeel_ledger::calendar::TimeOfDay>().is_err(), "{text}");
    }
}

/// The dates in the first column of a file of prices or returns, if the file is there.
fn real_trading_days(file: &str) -> Option<Vec<Date>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not here", path.display());
        return None;
    };
    Some(text.lines().skip(1).filter_map(|line| line.split(',').next()).map(date).collect())
}

#[test]
fn the_days_of_real_prices_are_the_open_days_of_new_york() {
    let calendar = Calendar::new_york();
    for file in ["sp500_5y_close.csv", "sp20_daily_prices.csv", "factors_daily.csv"] {
        let Some(days) = real_trading_days(file) else { continue };
        let covered: BTreeSet<Date> = days.into_iter().filter(|day| day.year() >= calendar.table().first_year).collect();
        let (first, last) = (*covered.first().unwrap(), *covered.last().unwrap());
        let mut expected = BTreeSet::new();
        let mut day = calendar.adjust(first, BusinessDayAdjustment::Following).unwrap();
        while day <= last {
            expected.insert(day);
            day = calendar.next_open(day).unwrap();
        }
        let closed: Vec<_> = covered.difference(&expected).collect();
        let missing: Vec<_> = expected.difference(&covered).collect();
        assert!(closed.is_empty() && missing.is_empty(), "{file}: prices on closed days {closed:?}, none on open days {missing:?}");
        assert!(covered.len() > 1_000, "{file} has {} days", covered.len());
    }
}

static NEW_YORK: LazyLock<Calendar> = LazyLock::new(Calendar::new_york);
static LONDON: LazyLock<Calendar> = LazyLock::new(Calendar::london);

fn any_day() -> impl Strategy<Value = Date> {
    let epoch = date("1990-01-01");
    (0..365 * 60).prop_map(move |days| epoch.add_days(days).unwrap())
}

proptest! {
    #[test]
    fn adding_and_counting_business_days_agree(day in any_day(), count in -400_i32..400) {
        for calendar in [&*NEW_YORK, &*LONDON] {
            let moved = calendar.add_business_days(day, count).unwrap();
            prop_assert!(calendar.is_open(moved).unwrap());
            // From a closed day backwards, the start itself does not count.
            let from = calendar.adjust(day, if count < 0 { BusinessDayAdjustment::Following } else { BusinessDayAdjustment::Preceding }).unwrap();
            if count != 0 {
                prop_assert_eq!(calendar.business_days_between(from, moved).unwrap(), count);
            }
        }
    }

    #[test]
    fn counting_splits_at_any_day(a in any_day(), b in any_day(), c in any_day()) {
        let count = |from, to| LONDON.business_days_between(from, to).unwrap();
        prop_assert_eq!(count(a, b) + count(b, c), count(a, c));
        prop_assert_eq!(count(a, b), -count(b, a));
    }
}
