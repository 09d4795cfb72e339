//! What looks wrong: bad prints, outliers, stale prices, repeated dates, long steps.
//!
//! A change lₜ is the logarithm of a price over the last known one before it, or of 1 + return. An
//! asset's scale s is 1.4826 × the median |l| of its changes other than 0, which extremes do not move
//! (of normal changes it is the standard deviation).
//!
//! | defect | rule |
//! |---|---|
//! | bad print | \|lₜ\| > k s, and \|lₜ + lₜ₊₁\| ≤ c \|lₜ\|: the next value comes back |
//! | outlier | \|lₜ\| > k s, and it stays: real news, or a split or spin-off not adjusted for |
//! | stale | equal prices (returns of 0) on so many rows, unless the asset never moves |
//! | repeated date | every asset known on both rows as on the row before: a holiday filled, a row copied |
//! | long step | more days between two rows than they should be |
//!
//! Nothing is changed: the caller decides what is mended. Measured against each asset's own scale,
//! so that bonds and stocks, days and months are judged alike. Source of the scale: F. R. Hampel,
//! Journal of the American Statistical Association 69 (1974).

use super::{Content, Panel};

/// The median of |normal| is 1 ÷ 1.4826 of its standard deviation.
const NORMAL_MEDIAN: f64 = 1.482_602_218_505_602;

/// From what on something is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DefectRules {
    /// k: scales that a change of an outlier or bad print exceeds.
    pub scales: f64,
    /// c: share of a bad print that may be left after the next row.
    pub left_after_return: f64,
    /// Rows with equal prices in turn that are stale.
    pub stale_rows: usize,
    /// Most days from one row to the next.
    pub largest_step: i32,
}

impl DefectRules {
    /// For daily rows: 12 scales, a quarter left, ten equal prices, a week from row to row.
    pub const DAILY: Self = Self { scales: 12.0, left_after_return: 0.25, stale_rows: 10, largest_step: 7 };

    /// For monthly rows: 8 scales, a quarter left, four equal values, 35 days from row to row.
    pub const MONTHLY: Self = Self { scales: 8.0, left_after_return: 0.25, stale_rows: 4, largest_step: 35 };
}

/// Something that looks wrong, with asset (column), row and date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Defect {
    /// A value far away to which the next comes back.
    BadPrint {
        /// The column.
        asset: usize,
        /// The row.
        row: usize,
        /// Its date.
        date: i32,
        /// The change, as a simple return.
        change: f64,
        /// The change of the next row, as a simple return.
        back: f64,
    },
    /// A change far beyond what the asset usually does.
    Outlier {
        /// The column.
        asset: usize,
        /// The row.
        row: usize,
        /// Its date.
        date: i32,
        /// The change, as a simple return.
        change: f64,
        /// How many scales of the asset it has.
        scales: f64,
    },
    /// A price that stands still.
    Stale {
        /// The column.
        asset: usize,
        /// The first row with that price.
        row: usize,
        /// Its date.
        date: i32,
        /// The last date with it.
        until: i32,
        /// Known rows with it.
        rows: usize,
    },
    /// A row with the values of the row before.
    RepeatedDate {
        /// The row.
        row: usize,
        /// Its date.
        date: i32,
    },
    /// More days since the row before than there should be.
    LongStep {
        /// The row.
        row: usize,
        /// Its date.
        date: i32,
        /// Days since the row before.
        days: i32,
    },
}

/// What looks wrong in a panel: by asset and row, then repeated dates and long steps by row.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, defects::{Defect, DefectRules, find_defects}}};
/// let mut prices: Vec<f64> = (0..60).map(|t| 100.0 + f64::from(t % 3)).collect();
/// prices[30] = 50.0;
/// let panel = Panel::new(Content::Prices, (0..60).collect(), Matrix::from_columns(60, 1, prices)?)?;
/// let [Defect::BadPrint { asset: 0, row: 30, change, .. }] = find_defects(&panel, &DefectRules::DAILY)[..] else { panic!() };
/// assert!((change - (50.0 / 102.0 - 1.0)).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn find_defects(panel: &Panel, rules: &DefectRules) -> Vec<Defect> {
    let mut found = Vec::new();
    let mut repeats = Repeats::new(panel);
    for (asset, column) in panel.values().iter_columns().enumerate() {
        let changes = changes(panel.content(), column);
        let mut of_asset = jumps(panel, asset, &changes, rules);
        of_asset.extend(standstills(panel, asset, &changes, rules));
        of_asset.sort_by_key(row_of);
        found.extend(of_asset);
        repeats.count(column);
    }
    found.extend(repeats.rows().map(|row| Defect::RepeatedDate { row, date: panel.dates()[row] }));
    let steps = panel.dates().windows(2).map(|pair| pair[1].saturating_sub(pair[0])).enumerate();
    let long = steps.filter(|(_, days)| *days > rules.largest_step);
    found.extend(long.map(|(row, days)| Defect::LongStep { row: row + 1, date: panel.dates()[row + 1], days }));
    found
}

fn row_of(defect: &Defect) -> usize {
    match defect {
        Defect::BadPrint { row, .. }
        | Defect::Outlier { row, .. }
        | Defect::Stale { row, .. }
        | Defect::RepeatedDate { row, .. }
        | Defect::LongStep { row, .. } => *row,
    }
}

/// A change, and the known row before it: for returns the row itself, which holds the whole change.
#[derive(Debug, Clone, Copy)]
struct Change {
    row: usize,
    from: usize,
    log: f64,
}

fn changes(content: Content, column: &[f64]) -> Vec<Change> {
    let known = column.iter().copied().enumerate().filter(|(_, value)| !value.is_nan());
    let of_return = |log: fn(f64) -> f64| known.clone().map(|(row, value)| Change { row, from: row, log: log(value) }).collect();
    match content {
        Content::Prices => {
            let before = known.clone();
            let pairs = before.zip(known.skip(1));
            // A price that stands has no change at all, not that of a rounded quotient.
            pairs.map(|((from, before), (row, now))| Change { row, from, log: (now / before).ln() }).collect()
        }
        Content::SimpleReturns => of_return(f64::ln_1p),
        Content::LogReturns => of_return(|value| value),
    }
}

fn jumps(panel: &Panel, asset: usize, changes: &[Change], rules: &DefectRules) -> Vec<Defect> {
    let mut found = Vec::new();
    let Some(scale) = scale(changes) else { return found };
    let mut came_back = false;
    for (index, change) in changes.iter().enumerate() {
        if std::mem::take(&mut came_back) || change.log.abs() <= rules.scales * scale {
            continue;
        }
        let next = changes.get(index + 1).filter(|next| (change.log + next.log).abs() <= rules.left_after_return * change.log.abs());
        let (row, date, size) = (change.row, panel.dates()[change.row], change.log.exp_m1());
        found.push(match next {
            Some(next) => Defect::BadPrint { asset, row, date, change: size, back: next.log.exp_m1() },
            None => Defect::Outlier { asset, row, date, change: size, scales: change.log.abs() / scale },
        });
        came_back = next.is_some();
    }
    found
}

/// 1.4826 × the median of the changes other than 0; `None` where there are none.
fn scale(changes: &[Change]) -> Option<f64> {
    let mut sizes: Vec<f64> = changes.iter().map(|change| change.log.abs()).filter(|size| *size > 0.0).collect();
    let middle = sizes.len() / 2;
    if sizes.is_empty() {
        return None;
    }
    Some(NORMAL_MEDIAN * *sizes.select_nth_unstable_by(middle, f64::total_cmp).1)
}

fn standstills(panel: &Panel, asset: usize, changes: &[Change], rules: &DefectRules) -> Vec<Defect> {
    let still = |change: &Change| change.log == 0.0;
    if changes.iter().all(still) {
        return Vec::new();
    }
    // A run of changes of 0 has one price more, the one before it.
    let runs = changes.chunk_by(|a, b| still(a) == still(b)).filter(|run| still(&run[0]) && run.len() + 1 >= rules.stale_rows);
    runs.map(|run| Defect::Stale {
        asset,
        row: run[0].from,
        date: panel.dates()[run[0].from],
        until: panel.dates()[run[run.len() - 1].row],
        rows: run.len() + 1,
    })
    .collect()
}

/// Counts for each row how many assets are known on it and the row before, and how many repeat.
struct Repeats {
    both: Vec<usize>,
    equal: Vec<usize>,
    /// Returns of 0 all over are a standstill of every asset, which is told as such.
    moves: Vec<bool>,
    prices: bool,
}

impl Repeats {
    fn new(panel: &Panel) -> Self {
        let rows = panel.rows();
        Self { both: vec![0; rows], equal: vec![0; rows], moves: vec![false; rows], prices: panel.content() == Content::Prices }
    }

    #[expect(clippy::float_cmp, reason = "a copy is equal to the last bit")]
    fn count(&mut self, column: &[f64]) {
        for (row, pair) in column.windows(2).enumerate() {
            let (before, now) = (pair[0], pair[1]);
            self.both[row + 1] += usize::from(!before.is_nan() && !now.is_nan());
            self.equal[row + 1] += usize::from(before == now);
            self.moves[row + 1] |= self.prices || now != 0.0;
        }
    }

    /// Of one asset alone equal values say nothing that standing still does not.
    fn rows(&self) -> impl Iterator<Item = usize> {
        (1..self.both.len()).filter(|row| self.both[*row] > 1 && self.equal[*row] == self.both[*row] && self.moves[*row])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use super::*;
    use crate::linear::matrix::Matrix;

    /// A quiet series of changes of a percent up and down.
    fn quiet(rows: usize) -> Vec<f64> {
        (0..rows).map(|row| if row % 2 == 0 { 100.0 } else { 101.0 }).collect()
    }

    fn found(content: Content, columns: &[Vec<f64>]) -> Vec<Defect> {
        let rows = columns[0].len();
        let values = Matrix::from_columns(rows, columns.len(), columns.concat()).unwrap();
        find_defects(&Panel::new(content, (0..).take(rows).collect(), values).unwrap(), &DefectRules::DAILY)
    }

    #[test]
    fn tells_prints_that_come_back_from_jumps_that_stay() {
        let mut print = quiet(40);
        print[20] = 60.0;
        let mut halved = quiet(40);
        halved.iter_mut().skip(21).for_each(|price| *price *= 0.5);
        let [
            Defect::BadPrint { asset: 0, row: 20, change, back, .. },
            Defect::Outlier { asset: 1, row: 21, date: 21, change: halving, scales },
        ] = found(Content::Prices, &[print.clone(), halved])[..]
        else {
            panic!("two defects")
        };
        assert!((change - (60.0 / 101.0 - 1.0)).abs() < 1e-12 && (back - (101.0 / 60.0 - 1.0)).abs() < 1e-12);
        assert!((halving - (0.5 * 101.0 / 100.0 - 1.0)).abs() < 1e-12 && scales > 40.0);
        let returns: Vec<f64> = print.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
        assert!(matches!(found(Content::SimpleReturns, &[returns])[..], [Defect::BadPrint { asset: 0, row: 19, .. }]));
    }

    #[test]
    fn looks_over_holes() {
        let mut print = quiet(40);
        print[19] = f64::NAN;
        print[21] = f64::NAN;
        print[20] = 200.0;
        assert!(matches!(found(Content::Prices, &[print])[..], [Defect::BadPrint { row: 20, .. }]));
    }

    #[test]
    fn tells_what_stands_still() {
        let mut prices = quiet(60);
        prices[30..40].fill(100.0);
        prices[35] = f64::NAN;
        prices[40] = 101.0;
        // Nine known prices of 100, and row 29 before them is 101.
        assert_eq!(found(Content::Prices, &[prices.clone()]), []);
        prices[35] = 100.0;
        assert_eq!(found(Content::Prices, &[prices.clone()]), [Defect::Stale { asset: 0, row: 30, date: 30, until: 39, rows: 10 }]);
        let mut returns = vec![0.01; 30];
        returns[10..19].fill(0.0);
        assert_eq!(found(Content::SimpleReturns, &[returns]), [Defect::Stale { asset: 0, row: 10, date: 10, until: 18, rows: 10 }]);
        assert_eq!(found(Content::Prices, &[vec![1.0; 50]]), [], "what never moves is worth the same on purpose");
    }

    #[test]
    fn tells_copied_rows_and_long_steps() {
        let mut returns: Vec<Vec<f64>> = (1..4).map(|asset| (0..10).map(|row| 0.001 * f64::from(asset + row % 4)).collect()).collect();
        for column in &mut returns {
            column[6] = column[5];
        }
        assert_eq!(found(Content::SimpleReturns, &returns), [Defect::RepeatedDate { row: 6, date: 6 }]);
        let values = Matrix::from_columns(3, 1, vec![1.0, 2.0, 3.0]).unwrap();
        let panel = Panel::new(Content::Prices, vec![0, 7, 15], values).unwrap();
        assert_eq!(find_defects(&panel, &DefectRules::DAILY), [Defect::LongStep { row: 2, date: 15, days: 8 }]);
    }

    #[test]
    fn is_the_same_in_any_unit_of_price() {
        let mut print = quiet(40);
        print[20] = 60.0;
        for factor in [1e-8, 1e8] {
            let scaled = print.iter().map(|price| price * factor).collect();
            assert!(matches!(found(Content::Prices, &[scaled])[..], [Defect::BadPrint { row: 20, .. }]));
        }
    }
}
