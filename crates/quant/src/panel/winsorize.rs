//! Extremes pulled in to the values next to them.
//!
//! Of n values of an asset, the ⌊αn⌋ lowest become the lowest of the others, and the ⌊αn⌋ highest the
//! highest of the others.
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | | `returns` | T × n | a fraction a period |
//! | α | `tail` | 1 | share of each tail, from 0 to below ½ |
//!
//! Missing values stay missing and do not count. Source: W. J. Dixon, Annals of Mathematical Statistics
//! 31 (1960).

use super::{Panel, PanelError};
use crate::linear::vector::count;

/// A value that was pulled in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PulledIn {
    /// The column.
    pub asset: usize,
    /// The row.
    pub row: usize,
    /// What stood there.
    pub from: f64,
    /// What stands there now.
    pub to: f64,
}

/// Winsorizes the returns of each asset, and tells which values changed.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, winsorize::winsorize}};
/// let values = Matrix::from_columns(5, 1, vec![0.01, -0.50, 0.02, 0.90, 0.03])?;
/// let returns = Panel::new(Content::SimpleReturns, vec![1, 2, 3, 4, 5], values)?;
/// let (winsorized, changes) = winsorize(&returns, 0.2)?;
/// assert_eq!(winsorized.values().values(), [0.01, 0.01, 0.02, 0.03, 0.03]);
/// assert_eq!((changes[0].row, changes[0].from), (1, -0.50));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PanelError::Content`] for prices, [`PanelError::Argument`] for a tail outside 0 to ½.
pub fn winsorize(returns: &Panel, tail: f64) -> Result<(Panel, Vec<PulledIn>), PanelError> {
    returns.check_returns()?;
    if !(0.0..0.5).contains(&tail) {
        return Err(PanelError::Argument { name: "share of a tail", value: tail, limit: "at least 0 and below 0.5" });
    }
    let mut winsorized = returns.clone();
    let mut changes = Vec::new();
    for asset in 0..returns.assets() {
        let column = winsorized.values.column_mut(asset);
        let Some((low, high)) = limits(column, tail) else { continue };
        for (row, value) in column.iter_mut().enumerate().filter(|(_, value)| !value.is_nan()) {
            let to = value.clamp(low, high);
            if *value < low || *value > high {
                changes.push(PulledIn { asset, row, from: *value, to });
                *value = to;
            }
        }
    }
    Ok((winsorized, changes))
}

/// The lowest and the highest value that stay; `None` where all do.
fn limits(column: &[f64], tail: f64) -> Option<(f64, f64)> {
    let mut known: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and half the number of rows")]
    let pulled = (tail * count(known.len())).floor() as usize;
    if pulled == 0 {
        return None;
    }
    let last = known.len() - 1;
    let (_, low, above) = known.select_nth_unstable_by(pulled, f64::total_cmp);
    let low = *low;
    // Where one value stays, it is both.
    let high = (last - 2 * pulled).checked_sub(1).map_or(low, |place| *above.select_nth_unstable_by(place, f64::total_cmp).1);
    Some((low, high))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::linear::matrix::Matrix;
    use crate::panel::Content;

    fn returns(values: Vec<f64>) -> Panel {
        let rows = values.len();
        Panel::new(Content::SimpleReturns, (0..).take(rows).collect(), Matrix::from_columns(rows, 1, values).unwrap()).unwrap()
    }

    #[test]
    fn refuses_prices_and_tails_that_are_none() {
        let prices = Panel::new(Content::Prices, vec![1], Matrix::from_columns(1, 1, vec![5.0]).unwrap()).unwrap();
        assert!(matches!(winsorize(&prices, 0.1), Err(PanelError::Content { .. })));
        for tail in [-0.1, 0.5, f64::NAN] {
            assert!(matches!(winsorize(&returns(vec![0.1]), tail), Err(PanelError::Argument { .. })));
        }
        assert_eq!(winsorize(&returns(vec![0.3, 0.1, 0.2]), 0.49).unwrap().0.values().values(), [0.2; 3]);
    }

    proptest! {
        #[test]
        fn keeps_the_order_and_what_is_missing(values in prop::collection::vec(prop::option::weighted(0.9, -0.9..0.9_f64), 1..50), tail in 0.0..0.5_f64) {
            let panel = returns(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect());
            let mut sorted: Vec<f64> = values.iter().copied().flatten().collect();
            sorted.sort_by(f64::total_cmp);
            let (winsorized, changes) = winsorize(&panel, tail).unwrap();
            let pulled = (tail * count(sorted.len())).floor();
            let outside = sorted.iter().enumerate().filter(|(place, _)| count(*place) < pulled || count(sorted.len() - 1 - place) < pulled);
            prop_assert!(changes.len() <= outside.count());
            let inside: Vec<f64> = sorted.iter().enumerate().filter(|(place, _)| count(*place) >= pulled && count(sorted.len() - 1 - place) >= pulled).map(|(_, value)| *value).collect();
            for (before, after) in panel.values().values().iter().zip(winsorized.values().values()) {
                let expected = if before.is_nan() { f64::NAN } else { before.clamp(inside[0], inside[inside.len() - 1]) };
                prop_assert!(before.is_nan() && after.is_nan() || *after == expected);
            }
        }
    }
}
