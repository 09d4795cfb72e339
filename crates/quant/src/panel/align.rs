//! Series on dates of their own, brought to common dates.

use super::{Content, Panel, PanelError, check_dates};
use crate::linear::matrix::Matrix;

/// One asset's observations on dates in ascending order.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// Days.
    pub dates: &'a [i32],
    /// A price or return for each; NaN where nothing is known.
    pub values: &'a [f64],
}

/// The dates that a panel gets.
#[derive(Debug, Clone, Copy)]
pub enum Calendar<'a> {
    /// Every date on which any series has a row.
    Union,
    /// The dates on which all series have rows.
    Intersection,
    /// These dates.
    Given(&'a [i32]),
}

/// Observations of a series that stand on no date of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// The series.
    pub asset: usize,
    /// How many.
    pub observations: usize,
    /// Date of the first.
    pub first: i32,
    /// Date of the last.
    pub last: i32,
}

/// A panel, and what it left out.
#[derive(Debug, Clone)]
pub struct Aligned {
    /// The panel: a column for each series, in their order.
    pub panel: Panel,
    /// By series, those of which observations were left out.
    pub left_out: Vec<LeftOut>,
}

/// Brings series to common dates; dates that a series lacks are missing in its column.
///
/// Nothing is carried on: a price of yesterday is not one of today. Prices off the calendar are left
/// out and reported, because the next price contains what happened; returns off the calendar, but
/// within it, would be lost and are refused.
///
/// ```
/// use evenkeel_quant::panel::{Content, align::{Calendar, Series, align}};
/// let tokyo = Series { dates: &[1, 2, 3], values: &[10.0, 11.0, 12.0] };
/// let london = Series { dates: &[1, 3], values: &[5.0, 6.0] };
/// let aligned = align(Content::Prices, &[tokyo, london], Calendar::Intersection)?;
/// assert_eq!(aligned.panel.values().values(), [10.0, 12.0, 5.0, 6.0]);
/// assert_eq!((aligned.left_out[0].asset, aligned.left_out[0].observations), (0, 1));
/// # Ok::<(), evenkeel_quant::panel::PanelError>(())
/// ```
///
/// # Errors
/// [`PanelError::Rows`], [`PanelError::Dates`] and [`PanelError::Value`] for a series or calendar that
/// is none, [`PanelError::LostReturn`].
pub fn align(content: Content, series: &[Series<'_>], calendar: Calendar<'_>) -> Result<Aligned, PanelError> {
    for one in series {
        if one.dates.len() != one.values.len() {
            return Err(PanelError::Rows { rows: one.values.len(), dates: one.dates.len() });
        }
        check_dates(one.dates)?;
    }
    let dates = match calendar {
        Calendar::Union => fold(series, union),
        Calendar::Intersection => fold(series, intersection),
        Calendar::Given(dates) => dates.to_vec(),
    };
    check_dates(&dates)?;
    let mut values = Matrix::zeros(dates.len(), series.len());
    let mut left_out = Vec::new();
    for (asset, one) in series.iter().enumerate() {
        left_out.extend(place(asset, one, &dates, values.column_mut(asset)));
    }
    if content != Content::Prices
        && let Some(lost) = left_out.iter().find_map(|left| lost_return(left.asset, &series[left.asset], &dates))
    {
        return Err(lost);
    }
    Ok(Aligned { panel: Panel::new(content, dates, values)?, left_out })
}

/// Puts observations on the rows of their dates, and tells of those that have none.
fn place(asset: usize, series: &Series<'_>, dates: &[i32], column: &mut [f64]) -> Option<LeftOut> {
    column.fill(f64::NAN);
    let mut left_out: Option<LeftOut> = None;
    let mut row = 0;
    for (date, value) in series.dates.iter().zip(series.values) {
        while dates.get(row).is_some_and(|at| at < date) {
            row += 1;
        }
        if dates.get(row) == Some(date) {
            column[row] = *value;
        } else if !value.is_nan() {
            let left = left_out.get_or_insert(LeftOut { asset, observations: 0, first: *date, last: *date });
            left.observations += 1;
            left.last = *date;
        }
    }
    left_out
}

/// The first return that stands between two dates of the calendar.
fn lost_return(asset: usize, series: &Series<'_>, dates: &[i32]) -> Option<PanelError> {
    let (first, last) = (dates.first()?, dates.last()?);
    let known = series.dates.iter().zip(series.values).filter(|(_, value)| !value.is_nan()).map(|(date, _)| date);
    let lost = known.filter(|date| *date > first && *date < last).find(|date| dates.binary_search(date).is_err())?;
    Some(PanelError::LostReturn { asset, date: *lost })
}

fn fold(series: &[Series<'_>], join: fn(&[i32], &[i32]) -> Vec<i32>) -> Vec<i32> {
    let mut dates = series.first().map_or(Vec::new(), |first| first.dates.to_vec());
    for one in series.iter().skip(1) {
        // Most series share their dates.
        if one.dates != dates.as_slice() {
            dates = join(&dates, one.dates);
        }
    }
    dates
}

fn union(one: &[i32], other: &[i32]) -> Vec<i32> {
    let mut joined = Vec::with_capacity(one.len().max(other.len()));
    let (mut one, mut other) = (one.iter().copied().peekable(), other.iter().copied().peekable());
    while let Some(next) = one.peek().into_iter().chain(other.peek()).min().copied() {
        one.next_if_eq(&next);
        other.next_if_eq(&next);
        joined.push(next);
    }
    joined
}

fn intersection(a: &[i32], b: &[i32]) -> Vec<i32> {
    let mut from = 0;
    let mut joined = Vec::with_capacity(a.len().min(b.len()));
    for date in a {
        while b.get(from).is_some_and(|other| other < date) {
            from += 1;
        }
        if b.get(from) == Some(date) {
            joined.push(*date);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn returns_are_not_lost_between_dates() {
        let daily = Series { dates: &[1, 2, 3, 4], values: &[0.1, 0.2, 0.3, 0.4] };
        let given = |dates: &'static [i32]| align(Content::SimpleReturns, &[daily], Calendar::Given(dates));
        assert_eq!(given(&[1, 3, 4]).unwrap_err(), PanelError::LostReturn { asset: 0, date: 2 });
        let inner = given(&[2, 3]).unwrap();
        assert_eq!(inner.left_out, [LeftOut { asset: 0, observations: 2, first: 1, last: 4 }]);
        assert_eq!(given(&[3, 3]).unwrap_err(), PanelError::Dates { row: 1, date: 3, before: 3 });
    }

    #[test]
    fn names_the_price_that_cannot_be() {
        let series = Series { dates: &[10, 11], values: &[10.0, 0.0] };
        let refused = align(Content::Prices, &[series], Calendar::Union).unwrap_err();
        assert_eq!(refused, PanelError::Value { asset: 0, row: 1, date: 11, value: 0.0, content: Content::Prices });
        assert!(refused.to_string().contains("asset 0 has on day 11 (row 1) the value 0, which cannot be among prices"), "{refused}");
    }

    proptest! {
        #[test]
        fn joins_as_sets_do(sets in prop::collection::vec(prop::collection::btree_set(-40..40_i32, 0..30), 1..6)) {
            let dates: Vec<Vec<i32>> = sets.iter().map(|set| set.iter().copied().collect()).collect();
            let values: Vec<Vec<f64>> = dates.iter().map(|dates| dates.iter().map(|date| f64::from(*date) + 100.0).collect()).collect();
            let series: Vec<Series<'_>> = dates.iter().zip(&values).map(|(dates, values)| Series { dates, values }).collect();
            let union: BTreeSet<i32> = sets.iter().flatten().copied().collect();
            let common: BTreeSet<i32> = union.iter().copied().filter(|date| sets.iter().all(|set| set.contains(date))).collect();
            for (calendar, expected) in [(Calendar::Union, union), (Calendar::Intersection, common)] {
                let aligned = align(Content::Prices, &series, calendar).unwrap();
                prop_assert!(aligned.panel.dates().iter().eq(expected.iter()));
                let mut left_out = aligned.left_out.iter();
                for (asset, set) in sets.iter().enumerate() {
                    for (row, date) in aligned.panel.dates().iter().enumerate() {
                        let value = aligned.panel.values().get(row, asset);
                        let found = (!value.is_nan()).then_some(value);
                        prop_assert_eq!(found, set.contains(date).then_some(f64::from(*date) + 100.0));
                    }
                    let dropped = set.difference(&expected).count();
                    prop_assert_eq!(if dropped > 0 { left_out.next().unwrap().observations } else { 0 }, dropped);
                }
            }
        }
    }
}
