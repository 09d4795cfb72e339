//! What all variants of a study have in common.

use super::BacktestError;
use super::history::History;
use super::rule::at_least_zero;
use super::scan::LANES;

/// How far a sum of target weights may be from 1.
const SUM: f64 = 1e-9;

/// Target weights: fractions of value, at least 0, summing to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Targets<'a> {
    /// The same on every row: one weight an asset.
    Constant(&'a [f64]),
    /// Weights that change. From its row on, a set is what drift is measured against; a change alone trades nothing.
    Schedule {
        /// The row from which each set holds: 0 first, then rising.
        rows: &'a [usize],
        /// The weights, set by set.
        weights: &'a [f64],
    },
}

/// What holding and trading cost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Costs<'a> {
    /// Cost of a trade as a fraction of its value, at least 0 and below 1: one for all assets, one each, or none for 0.
    pub proportional: &'a [f64],
    /// Cost of each trade of an asset beside that, as a fraction of the start value.
    pub fixed: f64,
    /// Fraction of the value that a management fee takes on each row but the first, before trades.
    pub management: f64,
    /// Whether the first purchase costs nothing.
    pub free_start: bool,
}

/// A study: what happened, what is aimed at, what it costs.
///
/// | symbol | field | shape | unit |
/// |---|---|---|---|
/// | r or P | `history` | T × n returns, or T + 1 × n prices | a row |
/// | w | `targets` | n, or k × n | fractions of value |
/// | c, f, φ | `costs` | n or 1; 1; 1 | fractions of what is traded, of the start value, of value a row |
/// | F | `flows` | T + 1 or 0 | units of value; contributions above 0, withdrawals below |
/// | V₀ | `start` | 1 | units of value |
///
/// ```
/// use evenkeel_quant::backtest::{History, Study};
/// let study = Study::new(History::returns(&[0.10, -0.05, -0.08, 0.06], 2), &[0.5, 0.5]);
/// assert_eq!(study.start, 1.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Study<'a> {
    /// Returns or prices.
    pub history: History<'a>,
    /// Target weights.
    pub targets: Targets<'a>,
    /// Costs.
    pub costs: Costs<'a>,
    /// What comes in or is taken out at the close of each row, 0 at row 0; none where it is empty.
    pub flows: &'a [f64],
    /// Value before the first purchase, above 0.
    pub start: f64,
}

impl<'a> Study<'a> {
    /// A study of constant targets without costs and flows that starts with a value of 1.
    ///
    /// ```
    /// use evenkeel_quant::backtest::{Costs, History, Study};
    /// let study = Study { costs: Costs { proportional: &[0.001], ..Costs::default() }, ..Study::new(History::returns(&[0.1], 1), &[1.0]) };
    /// assert!(study.flows.is_empty());
    /// ```
    pub const fn new(history: History<'a>, targets: &'a [f64]) -> Self {
        let costs = Costs { proportional: &[], fixed: 0.0, management: 0.0, free_start: false };
        Self { history, targets: Targets::Constant(targets), costs, flows: &[], start: 1.0 }
    }
}

/// What trades cost.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fees {
    /// Fraction of the value of a trade, by asset, padded to whole vectors.
    pub(super) proportional: Vec<f64>,
    /// Beside that, of each asset's trade, in units of value.
    pub(super) fixed: f64,
}

/// A study that has been checked.
#[derive(Debug, Clone)]
pub(super) struct Checked<'a> {
    pub(super) history: History<'a>,
    pub(super) rows: usize,
    pub(super) assets: usize,
    /// The row from which each set of targets holds.
    pub(super) target_rows: Vec<usize>,
    /// Sets of targets, each divided by its sum.
    pub(super) targets: Vec<f64>,
    pub(super) fees: Fees,
    /// What the first purchase costs.
    pub(super) start_fees: Fees,
    pub(super) management: f64,
    pub(super) flows: &'a [f64],
    pub(super) start: f64,
}

impl<'a> Checked<'a> {
    pub(super) fn new(study: &Study<'a>) -> Result<Self, BacktestError> {
        let Study { history, costs, flows, start, .. } = *study;
        history.check()?;
        let (assets, rows) = (history.assets, history.rows());
        if !(start > 0.0 && start.is_finite()) {
            return Err(BacktestError::Number { what: "the start value", value: start, rule: "above 0 and finite" });
        }
        for (what, value) in [("the fixed cost of a trade", costs.fixed), ("the management fee of a row", costs.management)] {
            at_least_zero(what, value)?;
        }
        if costs.management >= 1.0 {
            return Err(BacktestError::Number { what: "the management fee of a row", value: costs.management, rule: "below 1" });
        }
        if !flows.is_empty() && flows.len() != rows {
            return Err(BacktestError::Length { what: "the list of flows", found: flows.len(), expected: rows });
        }
        if let Some(&value) = flows.iter().find(|flow| !flow.is_finite()) {
            return Err(BacktestError::Number { what: "a flow", value, rule: "finite" });
        }
        if let Some(&value) = flows.first().filter(|flow| **flow != 0.0) {
            return Err(BacktestError::Number { what: "the flow of row 0", value, rule: "0, as it is part of the start value" });
        }
        let width = assets.next_multiple_of(LANES);
        let mut proportional = checked_costs(costs.proportional, assets)?;
        proportional.resize(width, 0.0);
        let fees = Fees { proportional, fixed: costs.fixed * start };
        let (target_rows, targets) = checked_targets(study.targets, assets, rows)?;
        Ok(Self {
            history,
            rows,
            assets,
            target_rows,
            targets,
            start_fees: if costs.free_start { Fees { proportional: vec![0.0; width], fixed: 0.0 } } else { fees.clone() },
            fees,
            management: costs.management,
            flows,
            start,
        })
    }

    /// What comes in or is taken out at the close of a row.
    pub(super) fn flow(&self, row: usize) -> f64 {
        self.flows.get(row).copied().unwrap_or(0.0)
    }

    /// Whether rows have more to them than looks.
    pub(super) fn has_flows_or_changes(&self) -> bool {
        !self.flows.is_empty() || self.target_rows.len() > 1
    }

    /// Whether other targets hold from a row on.
    pub(super) fn changes_targets(&self, row: usize) -> bool {
        self.target_rows.binary_search(&row).is_ok()
    }

    /// The targets that hold on a row.
    pub(super) fn targets_of(&self, row: usize) -> &[f64] {
        let set = self.target_rows.partition_point(|first| *first <= row).saturating_sub(1);
        &self.targets[set * self.assets..(set + 1) * self.assets]
    }
}

fn checked_costs(costs: &[f64], assets: usize) -> Result<Vec<f64>, BacktestError> {
    if let Some(&value) = costs.iter().find(|cost| !(0.0..1.0).contains(*cost)) {
        return Err(BacktestError::Number { what: "a proportional cost", value, rule: "at least 0 and below 1" });
    }
    match costs {
        [] => Ok(vec![0.0; assets]),
        [cost] => Ok(vec![*cost; assets]),
        costs if costs.len() == assets => Ok(costs.to_vec()),
        costs => Err(BacktestError::Length { what: "the list of proportional costs", found: costs.len(), expected: assets }),
    }
}

fn checked_targets(targets: Targets<'_>, assets: usize, rows: usize) -> Result<(Vec<usize>, Vec<f64>), BacktestError> {
    let (starts, weights): (&[usize], &[f64]) = match targets {
        Targets::Constant(weights) => (&[0], weights),
        Targets::Schedule { rows, weights } => (rows, weights),
    };
    let expected = starts.len().max(1) * assets;
    if weights.len() != expected {
        return Err(BacktestError::Length { what: "the list of target weights", found: weights.len(), expected });
    }
    for (entry, &row) in starts.iter().enumerate() {
        let follows = if entry == 0 { row == 0 } else { row > starts[entry - 1] };
        if !follows || row >= rows {
            return Err(BacktestError::Schedule { entry, row });
        }
    }
    if starts.is_empty() {
        return Err(BacktestError::Length { what: "the list of rows at which targets change", found: 0, expected: 1 });
    }
    let mut scaled = weights.to_vec();
    for (set, weights) in scaled.chunks_exact_mut(assets).enumerate() {
        let sum: f64 = if weights.iter().all(|weight| *weight >= 0.0) { weights.iter().sum() } else { f64::NAN };
        if sum.is_nan() || (sum - 1.0).abs() > SUM {
            return Err(BacktestError::Targets { set, sum });
        }
        for weight in weights {
            *weight /= sum;
        }
    }
    Ok((starts.to_vec(), scaled))
}
