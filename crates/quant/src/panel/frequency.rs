//! From days to weeks, months, quarters or years.
//!
//! A period is a run of rows with the same key. Its price is the last one known in it, its return
//! the compounded return of all its rows: missing where a row is, because a month of which a day is
//! unknown has no known return. Convert prices before making returns of them where holes are to be
//! passed over. A period stands on the date of its last row; the first and the last period of a panel
//! may be cut off, which only the caller can know.

use super::{Content, Panel, PanelError};
use crate::linear::matrix::Matrix;

/// A period of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

impl Period {
    /// The keys of dates that are days since 1970-01-01: equal within a period, ascending over time.
    ///
    /// ```
    /// use evenkeel_quant::panel::frequency::Period;
    /// let (new_years_eve, new_years_day) = (19_722, 19_723); // 2023-12-31, a Sunday, and 2024-01-01
    /// for period in [Period::Week, Period::Month, Period::Quarter, Period::Year] {
    ///     let keys = period.keys(&[new_years_eve, new_years_day, new_years_day + 1]);
    ///     assert!(keys[0] < keys[1] && keys[1] == keys[2]);
    /// }
    /// ```
    pub fn keys(self, dates: &[i32]) -> Vec<i32> {
        dates
            .iter()
            .map(|date| {
                let months = || {
                    let (year, month) = year_and_month(*date);
                    12 * year + month - 1
                };
                match self {
                    // 1970-01-01 was a Thursday.
                    Self::Week => (date.saturating_add(3)).div_euclid(7),
                    Self::Month => months(),
                    Self::Quarter => months().div_euclid(3),
                    Self::Year => months().div_euclid(12),
                }
            })
            .collect()
    }
}

/// Year and month (1 to 12) of a day since 1970-01-01 in the Gregorian calendar (H. Hinnant,
/// *chrono-Compatible Low-Level Date Algorithms*, 2013, `civil_from_days`).
fn year_and_month(date: i32) -> (i32, i32) {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    let from_march_of_year_0 = i64::from(date) + 719_468;
    let era = from_march_of_year_0.div_euclid(DAYS_OF_400_YEARS);
    let day = from_march_of_year_0.rem_euclid(DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    #[expect(clippy::cast_possible_truncation, reason = "32-bit days reach fewer than six million years")]
    let (year, month) = (year as i32, month as i32);
    (year, month)
}

/// A panel of longer periods: one row for each run of equal keys.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, frequency::to_periods}};
/// let daily = Panel::new(Content::SimpleReturns, vec![1, 2, 8], Matrix::from_columns(3, 1, vec![0.5, 0.5, 0.25])?)?;
/// let weekly = to_periods(&daily, &[0, 0, 1])?;
/// assert_eq!((weekly.dates(), weekly.values().values()), (&[2, 8][..], &[1.25, 0.25][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PanelError::PeriodKeys`] where there is not one key for each row, in ascending order.
pub fn to_periods(panel: &Panel, keys: &[i32]) -> Result<Panel, PanelError> {
    if keys.len() != panel.rows() {
        return Err(PanelError::PeriodKeys { row: keys.len().min(panel.rows()) });
    }
    if let Some(row) = keys.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(PanelError::PeriodKeys { row: row + 1 });
    }
    // One past the last row of each period.
    let mut ends: Vec<usize> = (1..keys.len()).filter(|row| keys[*row] != keys[row - 1]).collect();
    ends.extend((!keys.is_empty()).then_some(keys.len()));
    let mut values = Matrix::zeros(ends.len(), panel.assets());
    for asset in 0..panel.assets() {
        let from = panel.values.column(asset);
        let mut start = 0;
        for (to, end) in values.column_mut(asset).iter_mut().zip(&ends) {
            *to = value_of(panel.content, &from[start..*end]);
            start = *end;
        }
    }
    Panel::new(panel.content, ends.iter().map(|end| panel.dates[end - 1]).collect(), values)
}

fn value_of(content: Content, rows: &[f64]) -> f64 {
    match content {
        Content::Prices => rows.iter().rev().copied().find(|price| !price.is_nan()).unwrap_or(f64::NAN),
        Content::SimpleReturns => rows.iter().fold(1.0, |growth, value| growth * (1.0 + value)) - 1.0,
        Content::LogReturns => rows.iter().sum(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::panel::returns::{Gaps, simple_returns};

    #[test]
    fn knows_the_calendar() {
        // Days since 1970-01-01 of the first days of months around leap years and the epoch.
        for (date, year, month) in [
            (0, 1970, 1),
            (-1, 1969, 12),
            (11_016, 2000, 2),
            (11_017, 2000, 3),
            (-25_509, 1900, 2),
            (-25_508, 1900, 3),
            (19_782, 2024, 2),
            (19_783, 2024, 3),
        ] {
            assert_eq!(year_and_month(date), (year, month), "{date}");
        }
        assert_eq!(Period::Year.keys(&[-1, 0]), [1969, 1970]);
        assert_eq!(Period::Week.keys(&[i32::MAX]).len(), 1);
    }

    #[test]
    fn a_period_with_an_unknown_return_is_unknown() {
        let values = Matrix::from_columns(4, 1, vec![f64::NAN, 0.1, 0.2, 0.3]).unwrap();
        let panel = Panel::new(Content::SimpleReturns, vec![1, 2, 3, 4], values).unwrap();
        let periods = to_periods(&panel, &[5, 5, 6, 6]).unwrap();
        assert_eq!(periods.listing(0), Some((1, 1)));
        assert_eq!(to_periods(&panel, &[5, 5, 6]).unwrap_err(), PanelError::PeriodKeys { row: 3 });
        assert_eq!(to_periods(&panel, &[5, 7, 6, 8]).unwrap_err(), PanelError::PeriodKeys { row: 2 });
    }

    proptest! {
        #[test]
        fn prices_and_returns_agree(path in prop::collection::vec(1.0..100.0_f64, 8..60), start in -3000..3000_i32) {
            let dates: Vec<i32> = (start..).take(path.len()).collect();
            let prices = Panel::new(Content::Prices, dates.clone(), Matrix::from_columns(path.len(), 1, path).unwrap()).unwrap();
            let daily = simple_returns(&prices, Gaps::Open).unwrap();
            let of_prices = simple_returns(&to_periods(&prices, &Period::Week.keys(&dates)).unwrap(), Gaps::Open).unwrap();
            let of_returns = to_periods(&daily, &Period::Week.keys(daily.dates())).unwrap();
            // The first week of returns has no price before it.
            let skipped = of_returns.rows() - of_prices.rows();
            prop_assert!(skipped <= 1);
            prop_assert_eq!(&of_returns.dates()[skipped..], of_prices.dates());
            for (a, b) in of_returns.values().values()[skipped..].iter().zip(of_prices.values().values()) {
                prop_assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()));
            }
        }
    }
}
