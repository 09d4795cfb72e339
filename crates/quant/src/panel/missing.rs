//! What is done about missing returns, by choice, with a report.
//!
//! | policy | result | what it costs |
//! |---|---|---|
//! | refuse | an error that names the first hole | |
//! | complete cases | no holes: assets known too seldom go, then dates on which another is missing | history |
//! | pairwise | holes stay, for estimators that take each pair on its common dates | a covariance that need not be positive semidefinite |
//! | backfill | no holes: filled by a factor model | values that nobody observed |
//!
//! No policy is a default. R. J. A. Little, D. B. Rubin, *Statistical Analysis with Missing Data*, 3rd
//! ed. (2019), chapters 3 and 4, say when each is right.

use super::backfill::{Filled, fill};
use super::{Panel, PanelError};
use crate::linear::matrix::Matrix;
use crate::linear::vector::count;

pub use super::backfill::Residuals;

/// What is done about missing returns.
#[derive(Debug, Clone, Copy)]
pub enum Missing<'a> {
    /// Nothing may be missing.
    Refuse,
    /// Only dates on which every asset is known, after assets known on less than a share of all dates
    /// were dropped.
    CompleteCases {
        /// Share of dates, from 0 (no asset is dropped) to 1 (every asset with a hole is).
        least_coverage: f64,
    },
    /// Holes stay.
    Pairwise {
        /// Dates that every two assets must have in common.
        least_overlap: usize,
    },
    /// Holes are filled by a regression on factors.
    Backfill {
        /// T × k returns of factors on the dates of the panel, nothing missing; see
        /// [`component_returns`](super::backfill::component_returns) for factors of the panel itself.
        factors: &'a Matrix,
        /// What is added to the fitted value.
        residuals: Residuals,
    },
}

/// How much of an asset is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// The column.
    pub asset: usize,
    /// Rows with a value.
    pub known: usize,
    /// Rows before the first value: not yet listed. All rows where there is no value.
    pub before: usize,
    /// Rows without a value between the first and the last one.
    pub inside: usize,
    /// Rows after the last value: delisted.
    pub after: usize,
}

/// A run of rows without a value between two with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The column.
    pub asset: usize,
    /// The first row without a value.
    pub row: usize,
    /// Its date.
    pub date: i32,
    /// Rows without a value.
    pub rows: usize,
}

/// Two assets and the dates on which both are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// One column.
    pub first: usize,
    /// The other column.
    pub second: usize,
    /// Dates.
    pub dates: usize,
}

/// What was missing, and what was done about it. Columns are those of the panel that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingReport {
    /// Of assets of which anything was missing.
    pub coverage: Vec<Coverage>,
    /// The assets that are left, in order.
    pub kept_assets: Vec<usize>,
    /// The assets that were dropped.
    pub dropped_assets: Vec<usize>,
    /// The dates that were dropped.
    pub dropped_dates: Vec<i32>,
    /// The assets that were filled, and how well the factors explain them.
    pub filled: Vec<Filled>,
    /// Under [`Missing::Pairwise`], the two assets with the fewest dates in common.
    pub smallest_overlap: Option<Overlap>,
}

/// A panel without holes, or with those that were chosen to stay, and the report.
#[derive(Debug, Clone)]
pub struct Treated {
    /// The panel.
    pub panel: Panel,
    /// What was done.
    pub report: MissingReport,
}

/// Treats missing returns as chosen.
///
/// ```
/// use evenkeel_quant::linear::matrix::Matrix;
/// use evenkeel_quant::panel::{Content, Panel, missing::{Missing, treat_missing}};
/// let values = Matrix::from_columns(3, 2, vec![0.01, 0.02, 0.03, f64::NAN, 0.05, 0.06])?;
/// let returns = Panel::new(Content::SimpleReturns, vec![1, 2, 3], values)?;
/// let treated = treat_missing(&returns, Missing::CompleteCases { least_coverage: 0.5 })?;
/// assert_eq!((treated.panel.rows(), treated.report.dropped_dates), (2, vec![1]));
/// assert!(treat_missing(&returns, Missing::Refuse).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PanelError::Content`] for prices; [`PanelError::Missing`] where nothing may be missing;
/// [`PanelError::TooFewDates`] for complete cases without a date, [`PanelError::Overlap`],
/// [`PanelError::Fit`], [`PanelError::Argument`], [`PanelError::Rows`] for factors of other dates.
pub fn treat_missing(returns: &Panel, policy: Missing<'_>) -> Result<Treated, PanelError> {
    returns.check_returns()?;
    let coverage: Vec<Coverage> = coverage(returns).into_iter().filter(|coverage| coverage.known < returns.rows()).collect();
    let report = MissingReport {
        coverage,
        kept_assets: (0..returns.assets()).collect(),
        dropped_assets: Vec::new(),
        dropped_dates: Vec::new(),
        filled: Vec::new(),
        smallest_overlap: None,
    };
    match policy {
        Missing::Refuse => refuse(returns, report),
        Missing::CompleteCases { least_coverage } => complete_cases(returns, report, least_coverage),
        Missing::Pairwise { least_overlap } => pairwise(returns, report, least_overlap),
        Missing::Backfill { factors, residuals } => {
            let (panel, filled) = fill(returns, &report.coverage, factors, residuals)?;
            Ok(Treated { panel, report: MissingReport { filled, ..report } })
        }
    }
}

/// How much of each asset is known and missing, and where.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, missing::{Coverage, coverage}}};
/// let prices = Matrix::from_columns(4, 1, vec![10.0, f64::NAN, 11.0, f64::NAN])?;
/// let panel = Panel::new(Content::Prices, vec![5, 6, 7, 8], prices)?;
/// assert_eq!(coverage(&panel), [Coverage { asset: 0, known: 2, before: 0, inside: 1, after: 1 }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn coverage(panel: &Panel) -> Vec<Coverage> {
    let rows = panel.rows();
    (0..panel.assets())
        .map(|asset| {
            let Some((first, last)) = panel.listing(asset) else {
                return Coverage { asset, known: 0, before: rows, inside: 0, after: 0 };
            };
            let inside = panel.values().column(asset)[first..=last].iter().filter(|value| value.is_nan()).count();
            Coverage { asset, known: last + 1 - first - inside, before: first, inside, after: rows - 1 - last }
        })
        .collect()
}

/// The holes inside the history of each asset, in order.
///
/// ```
/// use evenkeel_quant::{linear::matrix::Matrix, panel::{Content, Panel, missing::{Gap, gaps}}};
/// let prices = Matrix::from_columns(4, 1, vec![10.0, f64::NAN, 11.0, f64::NAN])?;
/// let panel = Panel::new(Content::Prices, vec![5, 6, 7, 8], prices)?;
/// assert_eq!(gaps(&panel), [Gap { asset: 0, row: 1, date: 6, rows: 1 }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn gaps(panel: &Panel) -> Vec<Gap> {
    let mut found = Vec::new();
    for (asset, column) in panel.values().iter_columns().enumerate() {
        let Some((first, last)) = panel.listing(asset) else { continue };
        let mut row = first;
        for run in column[first..=last].chunk_by(|a, b| a.is_nan() == b.is_nan()) {
            if run[0].is_nan() {
                found.push(Gap { asset, row, date: panel.dates()[row], rows: run.len() });
            }
            row += run.len();
        }
    }
    found
}

fn refuse(returns: &Panel, report: MissingReport) -> Result<Treated, PanelError> {
    let missing = |coverage: &Coverage| coverage.before + coverage.inside + coverage.after;
    let Some(first) = report.coverage.first() else { return Ok(Treated { panel: returns.clone(), report }) };
    let row = returns.values().column(first.asset).iter().position(|value| value.is_nan()).unwrap_or_default();
    let count = report.coverage.iter().map(missing).sum();
    Err(PanelError::Missing { count, asset: first.asset, row, date: returns.dates()[row] })
}

fn complete_cases(returns: &Panel, mut report: MissingReport, least_coverage: f64) -> Result<Treated, PanelError> {
    if !(0.0..=1.0).contains(&least_coverage) {
        return Err(PanelError::Argument { name: "least coverage", value: least_coverage, limit: "a share of dates from 0 to 1" });
    }
    let needed = least_coverage * count(returns.rows());
    let seldom = report.coverage.iter().filter(|coverage| count(coverage.known) < needed);
    report.dropped_assets = seldom.map(|coverage| coverage.asset).collect();
    report.kept_assets.retain(|asset| report.dropped_assets.binary_search(asset).is_err());
    let kept = if report.dropped_assets.is_empty() { returns.clone() } else { returns.select(&report.kept_assets)? };
    let mut complete = vec![true; kept.rows()];
    for column in kept.values().iter_columns() {
        for (complete, value) in complete.iter_mut().zip(column) {
            *complete &= !value.is_nan();
        }
    }
    let (rows, dropped): (Vec<usize>, Vec<usize>) = (0..kept.rows()).partition(|row| complete[*row]);
    if rows.is_empty() && !dropped.is_empty() {
        return Err(PanelError::TooFewDates { found: 0, needed: 1 });
    }
    report.dropped_dates = dropped.iter().map(|row| kept.dates()[*row]).collect();
    let panel = if dropped.is_empty() { kept } else { kept.keep_rows(&rows) };
    Ok(Treated { panel, report })
}

fn pairwise(returns: &Panel, mut report: MissingReport, least_overlap: usize) -> Result<Treated, PanelError> {
    report.smallest_overlap = smallest_overlap(returns, &report.coverage);
    match report.smallest_overlap {
        Some(Overlap { first, second, dates }) if dates < least_overlap => {
            Err(PanelError::Overlap { first, second, found: dates, needed: least_overlap })
        }
        _ => Ok(Treated { panel: returns.clone(), report }),
    }
}

/// The two assets with the fewest dates in common, by counting bits of rows; `None` for one asset.
fn smallest_overlap(returns: &Panel, holed: &[Coverage]) -> Option<Overlap> {
    let masks: Vec<Vec<u64>> = returns.values().iter_columns().map(mask).collect();
    let mut smallest: Option<Overlap> = None;
    // Two assets without holes have all dates in common, which is the most.
    let partners = holed.iter().flat_map(|coverage| (0..returns.assets()).map(move |other| (coverage.asset, other)));
    let whole = (returns.assets() > 1).then_some((0, 1));
    for (one, other) in partners.chain(whole).filter(|(one, other)| one != other) {
        let (first, second) = (one.min(other), one.max(other));
        let dates = masks[first].iter().zip(&masks[second]).map(|(a, b)| (a & b).count_ones() as usize).sum();
        if smallest.is_none_or(|found| (dates, first, second) < (found.dates, found.first, found.second)) {
            smallest = Some(Overlap { first, second, dates });
        }
    }
    smallest
}

fn mask(column: &[f64]) -> Vec<u64> {
    let bits = |rows: &[f64]| rows.iter().enumerate().fold(0, |bits, (at, value)| bits | (u64::from(!value.is_nan()) << at));
    column.chunks(64).map(bits).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::panel::Content;

    const NAN: f64 = f64::NAN;

    fn returns(columns: &[&[f64]]) -> Panel {
        let rows = columns[0].len();
        let values = Matrix::from_columns(rows, columns.len(), columns.concat()).unwrap();
        Panel::new(Content::SimpleReturns, (10..).take(rows).collect(), values).unwrap()
    }

    /// One asset throughout, one listed late, one delisted, with a hole.
    fn example() -> Panel {
        returns(&[&[0.1, 0.2, 0.3, 0.4], &[NAN, NAN, 0.3, 0.4], &[0.1, NAN, 0.3, NAN]])
    }

    #[test]
    fn names_what_is_missing() {
        assert_eq!(treat_missing(&example(), Missing::Refuse).unwrap_err(), PanelError::Missing { count: 4, asset: 1, row: 0, date: 10 });
        assert_eq!(coverage(&example())[2], Coverage { asset: 2, known: 2, before: 0, inside: 1, after: 1 });
        assert_eq!(gaps(&example()), [Gap { asset: 2, row: 1, date: 11, rows: 1 }]);
        let whole = example().select(&[0]).unwrap();
        assert!(treat_missing(&whole, Missing::Refuse).unwrap().report.coverage.is_empty());
    }

    #[test]
    fn drops_assets_before_dates() {
        let treat = |least_coverage| treat_missing(&example(), Missing::CompleteCases { least_coverage }).unwrap();
        let all = treat(0.0);
        assert_eq!((all.panel.dates(), &all.report.dropped_dates[..]), (&[12][..], &[10, 11, 13][..]));
        let most = treat(0.6);
        assert_eq!((most.panel.rows(), &most.report.kept_assets[..], &most.report.dropped_assets[..]), (4, &[0][..], &[1, 2][..]));
        let none = returns(&[&[0.1, NAN], &[NAN, 0.1]]);
        let refused = treat_missing(&none, Missing::CompleteCases { least_coverage: 0.0 }).unwrap_err();
        assert_eq!(refused, PanelError::TooFewDates { found: 0, needed: 1 });
        let percent = treat_missing(&none, Missing::CompleteCases { least_coverage: 80.0 });
        assert!(matches!(percent, Err(PanelError::Argument { .. })));
    }

    #[test]
    fn finds_the_smallest_overlap() {
        let treated = treat_missing(&example(), Missing::Pairwise { least_overlap: 1 }).unwrap();
        assert_eq!(treated.report.smallest_overlap, Some(Overlap { first: 1, second: 2, dates: 1 }));
        assert!(!treated.panel.is_complete());
        let refused = treat_missing(&example(), Missing::Pairwise { least_overlap: 2 }).unwrap_err();
        assert_eq!(refused, PanelError::Overlap { first: 1, second: 2, found: 1, needed: 2 });
    }

    proptest! {
        #[test]
        fn what_is_complete_has_no_holes(cells in prop::collection::vec(prop::option::weighted(0.8, -0.5..0.5_f64), 5 * 70), least_coverage in 0.0..1.0_f64) {
            let cells: Vec<f64> = cells.into_iter().map(|cell| cell.unwrap_or(NAN)).collect();
            let panel = Panel::new(Content::SimpleReturns, (0..70).collect(), Matrix::from_columns(70, 5, cells).unwrap()).unwrap();
            if let Ok(treated) = treat_missing(&panel, Missing::CompleteCases { least_coverage }) {
                prop_assert!(treated.panel.is_complete());
                prop_assert_eq!(treated.panel.rows() + treated.report.dropped_dates.len(), 70);
                prop_assert_eq!(treated.panel.assets() + treated.report.dropped_assets.len(), 5);
            }
            let overlap = treat_missing(&panel, Missing::Pairwise { least_overlap: 0 }).unwrap().report.smallest_overlap.unwrap();
            let common = |a: usize, b: usize| (0..70).filter(|row| !panel.values().get(*row, a).is_nan() && !panel.values().get(*row, b).is_nan()).count();
            let least = (0..5).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| common(a, b)).min().unwrap();
            prop_assert_eq!(overlap.dates, least);
            prop_assert_eq!(common(overlap.first, overlap.second), least);
        }
    }
}
