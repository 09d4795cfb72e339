//! [`Term`]: short or long, to the day.

use crate::date::{Date, DateError};

/// How long something was held before it was sold, as US tax law counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// One year or less.
    Short,
    /// More than one year.
    Long,
}

impl Term {
    /// The term of what has been held since the purchase on `held_since` and was sold on `sold`.
    ///
    /// ```
    /// use evenkeel_ledger::term::Term;
    /// // 29 February 2024 is still within one year of the end of February 2023.
    /// assert_eq!(Term::between("2023-02-28".parse()?, "2024-02-29".parse()?), Term::Short);
    /// assert_eq!(Term::between("2023-02-28".parse()?, "2024-03-01".parse()?), Term::Long);
    /// // No sale is a year after the calendar's last.
    /// assert_eq!(Term::between("9999-03-01".parse()?, "9999-12-31".parse()?), Term::Short);
    /// # Ok::<(), evenkeel_ledger::date::DateError>(())
    /// ```
    pub fn between(held_since: Date, sold: Date) -> Self {
        if first_long_term_day(held_since).is_ok_and(|first| sold >= first) { Self::Long } else { Self::Short }
    }
}

/// The first day on which a sale of what was bought on `acquired` is long-term.
///
/// The holding period starts on the day after the purchase and is counted in calendar months;
/// more than twelve of them make it long (26 USC 1222, 26 USC 1223). What was bought on the last
/// day of a month is long-term from the first day of the thirteenth month that follows
/// (Rev. Rul. 66-7, 1966-1 C.B. 188).
pub fn first_long_term_day(acquired: Date) -> Result<Date, DateError> {
    let anniversary = acquired.add_months(12)?;
    let last_short_day = if acquired == acquired.month_end() { anniversary.month_end() } else { anniversary };
    last_short_day.add_days(1)
}
