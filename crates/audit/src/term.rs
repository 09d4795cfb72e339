//! Whether something was held for more than a year, by day, month and year alone.

use evenkeel_ledger::date::Date;

/// Whether what has been held since one day and is sold on another was held long-term.
///
/// The holding period starts on the day after the purchase, so the same day a year later is still
/// short-term (26 USC 1222); what was bought on the last day of a month is short-term through the
/// last day of that month a year later (Rev. Rul. 66-7, 1966-1 C.B. 188).
pub(crate) fn is_long_term(since: Date, sold: Date) -> bool {
    let last_of_month = since.day() == days_in_month(since.year(), since.month());
    let last_short_day = if last_of_month { 31 } else { since.day() };
    (sold.year(), sold.month(), sold.day()) > (since.year().saturating_add(1), since.month(), last_short_day)
}

fn days_in_month(year: i16, month: i8) -> i8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn more_than_a_year_to_the_day() {
        let cases = [
            ("2023-02-28", "2024-02-29", false),
            ("2023-02-28", "2024-03-01", true),
            ("2024-02-29", "2025-02-28", false),
            ("2024-02-29", "2025-03-01", true),
            ("2024-02-28", "2025-02-28", false),
            ("2024-02-28", "2025-03-01", true),
            ("2023-04-30", "2024-04-30", false),
            ("2023-04-30", "2024-05-01", true),
            ("2023-06-15", "2024-06-15", false),
            ("2023-06-15", "2024-06-16", true),
            ("2023-12-31", "2024-12-31", false),
            ("2023-12-31", "2025-01-01", true),
            ("2020-01-01", "2019-12-31", false),
        ];
        for (since, sold, long) in cases {
            assert_eq!(is_long_term(since.parse().unwrap(), sold.parse().unwrap()), long, "{since} to {sold}");
        }
    }
}
