//! Parts of a history to estimate on and to judge on.
//!
//! | symbol | argument | unit |
//! |---|---|---|
//! | T | `rows` | periods |
//! | | [`WalkForward::train`], [`WalkForward::test`] | periods in sample and out of sample |
//! | | `purge` | periods left out between the two, on both sides of what is judged |
//! | | `embargo` | further periods left out after what is judged |
//! | N, k | `groups`, `tested` | parts of the history, and how many of them are judged at a time |
//!
//! **Walking forward**, only what came before is estimated on. **Combinatorial purged cross-validation** cuts the
//! history into N parts in a row, of sizes that differ by one at the most, and judges each choice of k of them by
//! the others: C = N over k splits, of which each part is judged in C k/N. So there are C k/N *paths*, whole
//! histories made of parts out of sample. A row is purged where its outcome reaches into what is judged, or the
//! other way round: `purge` is how far an outcome reaches. What is correlated beyond that is kept away by the embargo.
//! Source: M. López de Prado, *Advances in Financial Machine Learning* (2018), sections 7.4 and 12.3 to 12.4.

use std::ops::Range;

use crate::linear::vector::count;

use super::error::ValidateError;

/// The most splits that are made.
const MOST_SPLITS: usize = 100_000;

/// Rows to estimate on, and rows to judge on, in the order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows in sample.
    pub train: Vec<Range<usize>>,
    /// Rows out of sample.
    pub test: Vec<Range<usize>>,
}

/// Rows to estimate on, and the rows after them to judge on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Rows in sample.
    pub train: Range<usize>,
    /// Rows out of sample.
    pub test: Range<usize>,
}

/// How windows walk through a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkForward {
    /// Rows in sample; of an anchored window, those of the first.
    pub train: usize,
    /// Rows out of sample, by which windows move on.
    pub test: usize,
    /// Whether windows keep the first row and grow, or keep their length and roll.
    pub anchored: bool,
    /// Rows between the two that are left out.
    pub purge: usize,
}

/// Windows that estimate on what came before. The last one judges on what is left.
///
/// ```
/// use evenkeel_quant::validate::split::{WalkForward, walk_forward};
/// let splits = walk_forward(10, &WalkForward { train: 4, test: 3, anchored: false, purge: 1 })?;
/// let parts: Vec<_> = splits.iter().map(|split| (split.train.clone(), split.test.clone())).collect();
/// assert_eq!(parts, [(0..4, 5..8), (3..7, 8..10)]);
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// [`ValidateError::Argument`] for a window of no rows, [`ValidateError::TooFew`] for a history that leaves nothing
/// to judge on.
pub fn walk_forward(rows: usize, windows: &WalkForward) -> Result<Vec<Window>, ValidateError> {
    let WalkForward { train, test, anchored, purge } = *windows;
    for (name, value) in [("window in sample", train), ("window out of sample", test)] {
        if value == 0 {
            return Err(ValidateError::Argument { name, value: 0.0, limit: "at least 1 period" });
        }
    }
    let first = train.saturating_add(purge);
    if rows <= first {
        return Err(ValidateError::TooFew { what: "periods", found: rows, needed: first.saturating_add(1) });
    }
    let splits = (first..rows).step_by(test).map(|start| {
        let end = start - purge;
        let begin = if anchored { 0 } else { end - train };
        Window { train: begin..end, test: start..start.saturating_add(test).min(rows) }
    });
    Ok(splits.collect())
}

/// Splits of combinatorial purged cross-validation, and the paths that they make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combinatorial {
    /// The rows of each group.
    pub groups: Vec<Range<usize>>,
    /// One for each choice of groups, in lexicographic order.
    pub splits: Vec<Split>,
    /// For each path, and on it for each group, the split in which the group is judged.
    pub paths: Vec<Vec<usize>>,
}

/// Combinatorial purged cross-validation.
///
/// ```
/// use evenkeel_quant::validate::split::combinatorial_purged;
/// let made = combinatorial_purged(60, 6, 2, 1, 2)?;
/// assert_eq!((made.splits.len(), made.paths.len()), (15, 5));
/// // Groups 0 and 1 are judged: rows 20 to 22 are too near.
/// assert_eq!((made.splits[0].test.clone(), made.splits[0].train.clone()), (vec![0..20], vec![23..60]));
/// # Ok::<(), evenkeel_quant::validate::error::ValidateError>(())
/// ```
///
/// # Errors
/// [`ValidateError::Argument`] unless 0 < `tested` < `groups` and there are at most 100,000 splits,
/// [`ValidateError::TooFew`] for fewer rows than groups.
pub fn combinatorial_purged(
    rows: usize,
    groups: usize,
    tested: usize,
    purge: usize,
    embargo: usize,
) -> Result<Combinatorial, ValidateError> {
    if tested == 0 || tested >= groups {
        return Err(ValidateError::Argument { name: "number of tested groups", value: count(tested), limit: "above 0 and below all" });
    }
    if rows < groups {
        return Err(ValidateError::TooFew { what: "periods", found: rows, needed: groups });
    }
    let choices = choices(groups, tested)?;
    let groups: Vec<Range<usize>> = (0..groups).map(|group| group * rows / groups..(group + 1) * rows / groups).collect();
    let splits: Vec<Split> = choices.iter().map(|choice| split(rows, &groups, choice, purge, embargo)).collect();
    let number = choices.len() * tested / groups.len();
    let mut paths = vec![vec![0; groups.len()]; number];
    for group in 0..groups.len() {
        let judged = choices.iter().enumerate().filter(|(_, choice)| choice.contains(&group));
        for (path, (split, _)) in paths.iter_mut().zip(judged) {
            path[group] = split;
        }
    }
    Ok(Combinatorial { groups, splits, paths })
}

/// The rows of a choice of groups, and those that are far enough from them.
fn split(rows: usize, groups: &[Range<usize>], choice: &[usize], purge: usize, embargo: usize) -> Split {
    let mut test: Vec<Range<usize>> = Vec::new();
    for group in choice.iter().filter_map(|group| groups.get(*group)) {
        match test.last_mut() {
            Some(last) if last.end == group.start => last.end = group.end,
            _ => test.push(group.clone()),
        }
    }
    let mut train = Vec::new();
    let mut free = 0;
    for range in &test {
        train.push(free..range.start.saturating_sub(purge));
        free = range.end.saturating_add(purge).saturating_add(embargo);
    }
    train.push(free..rows);
    train.retain(|range| range.start < range.end);
    Split { train, test }
}

/// All choices of some of so many, in lexicographic order.
fn choices(of: usize, chosen: usize) -> Result<Vec<Vec<usize>>, ValidateError> {
    let mut found = Vec::new();
    let mut current: Vec<usize> = (0..chosen).collect();
    loop {
        if found.len() == MOST_SPLITS {
            return Err(ValidateError::Argument { name: "number of groups", value: count(of), limit: "few enough for 100,000 splits" });
        }
        found.push(current.clone());
        // The last that can move on does, and those after it follow closely.
        let Some(moving) = (0..chosen).rev().find(|at| current[*at] < of - chosen + at) else { return Ok(found) };
        let next = current[moving] + 1;
        for (step, value) in current[moving..].iter_mut().enumerate() {
            *value = next + step;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_leaves_nothing() {
        let windows = WalkForward { train: 5, test: 2, anchored: true, purge: 1 };
        assert!(matches!(walk_forward(6, &windows), Err(ValidateError::TooFew { found: 6, needed: 7, .. })));
        assert!(walk_forward(9, &WalkForward { test: 0, ..windows }).is_err());
        assert!(combinatorial_purged(60, 6, 6, 0, 0).is_err());
        assert!(combinatorial_purged(5, 6, 2, 0, 0).is_err());
        assert!(combinatorial_purged(1000, 60, 30, 0, 0).is_err());
    }

    proptest! {
        #[test]
        fn nothing_later_is_estimated_on(rows in 3..200_usize, train in 1..50_usize, test in 1..30_usize, purge in 0..5_usize, anchored: bool) {
            prop_assume!(rows > train + purge);
            let splits = walk_forward(rows, &WalkForward { train, test, anchored, purge }).unwrap();
            let judged: Vec<usize> = splits.iter().flat_map(|split| split.test.clone()).collect();
            prop_assert_eq!(judged, (train + purge..rows).collect::<Vec<_>>());
            for split in &splits {
                prop_assert_eq!(split.train.end + purge, split.test.start);
                prop_assert!(split.train.len() == train || anchored && split.train.start == 0);
            }
        }

        #[test]
        fn paths_judge_every_row_once(rows in 20..200_usize, groups in 2..8_usize, tested in 1..7_usize, purge in 0..4_usize, embargo in 0..4_usize) {
            prop_assume!(tested < groups);
            let made = combinatorial_purged(rows, groups, tested, purge, embargo).unwrap();
            for path in &made.paths {
                for (group, split) in path.iter().enumerate() {
                    prop_assert!(made.splits[*split].test.iter().any(|range| range.start <= made.groups[group].start && made.groups[group].end <= range.end));
                }
            }
            // No split serves a group on two paths.
            for group in 0..groups {
                let mut used: Vec<usize> = made.paths.iter().map(|path| path[group]).collect();
                used.sort_unstable();
                used.dedup();
                prop_assert_eq!(used.len(), made.paths.len());
            }
            for split in &made.splits {
                let is_judged = |row: usize| split.test.iter().any(|range| range.contains(&row));
                for row in 0..rows {
                    let near = (row.saturating_sub(purge + embargo)..row).any(is_judged) || (row..=row + purge).any(is_judged);
                    prop_assert_eq!(split.train.iter().any(|range| range.contains(&row)), !near);
                }
            }
        }
    }
}
