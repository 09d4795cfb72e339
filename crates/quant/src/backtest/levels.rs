//! The levels by which holdings grow, in blocks of rows.
//!
//! Units held between trades make the value of row t a sum of its own, Vₜ = Σ uᵢPᵢₜ, so rows are worked
//! on in blocks. Levels P are prices, or for returns their compounded growth from 1, times what the
//! management fee leaves.

use super::BacktestError;
use super::history::{Content, History, Missing};
use super::rule::Checks;
use super::scan::{LANES, Lanes};
use super::study::Checked;
use crate::linear::vector::vectorized;

/// Levels of some rows, asset by asset: the lanes of an asset are the rows.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// `LANES` levels for each asset.
    pub(super) levels: Vec<f64>,
    /// What a unit of cash is worth: what the management fee leaves.
    pub(super) cash: Lanes,
    /// The row of each lane.
    pub(super) rows: [usize; LANES],
    /// Rows in which an asset has no value, or is worth nothing.
    pub(super) gaps: [bool; LANES],
    /// Lanes that are rows.
    pub(super) length: usize,
}

impl Block {
    pub(super) fn new(assets: usize) -> Self {
        Self { levels: vec![0.0; assets * LANES], cash: [1.0; LANES], rows: [0; LANES], gaps: [false; LANES], length: 0 }
    }

    /// Takes a row of another block for the next lane.
    fn push(&mut self, block: &Self, lane: usize) {
        let to = self.length;
        for (levels, from) in self.levels.as_chunks_mut::<LANES>().0.iter_mut().zip(block.levels.as_chunks::<LANES>().0) {
            levels[to] = from[lane];
        }
        (self.rows[to], self.cash[to], self.gaps[to]) = (block.rows[lane], block.cash[lane], block.gaps[lane]);
        self.length += 1;
    }
}

/// Rows of a block at which something may happen, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks {
    /// Rows that are looked at.
    pub(super) looks: u16,
    /// Rows with a flow, other targets, or a look at a gap.
    pub(super) stops: u16,
}

impl Marks {
    pub(super) fn new(block: &Block, checks: &Checks, checked: &Checked<'_>) -> Self {
        let mut marks = Self::default();
        for (lane, (row, gap)) in block.rows.iter().zip(block.gaps).take(block.length).enumerate() {
            let looks = checks.looks(*row);
            let stops = looks && gap || checked.flow(*row) != 0.0 || checked.changes_targets(*row);
            marks.looks |= u16::from(looks) << lane;
            marks.stops |= u16::from(stops) << lane;
        }
        marks
    }
}

/// The rows of blocks that are marked, and the last one.
pub(super) fn pick(blocks: &[Block], marks: &[Marks]) -> Vec<Block> {
    let mut picked: Vec<Block> = Vec::new();
    for (at, (block, marks)) in blocks.iter().zip(marks).enumerate() {
        for lane in 0..block.length {
            let is_last = at + 1 == blocks.len() && lane + 1 == block.length;
            if (marks.looks | marks.stops) >> lane & 1 == 1 || is_last {
                if picked.last().is_none_or(|last| last.length == LANES) {
                    picked.push(Block::new(block.levels.len() / LANES));
                }
                if let Some(last) = picked.last_mut() {
                    last.push(block, lane);
                }
            }
        }
    }
    picked
}

/// Reads a history block by block, from the first row on.
pub(super) struct Reader<'a> {
    history: History<'a>,
    /// Levels of the row read last.
    levels: Vec<f64>,
    /// What the management fee has left.
    kept: f64,
    keep: f64,
    row: usize,
    /// Levels of a block, row by row.
    table: Vec<f64>,
}

impl<'a> Reader<'a> {
    /// `fee` is what the management fee takes of each row.
    pub(super) fn new(history: History<'a>, fee: f64) -> Self {
        let first = match history.content {
            Content::Returns => 1.0,
            Content::Prices => 0.0,
        };
        let table = vec![0.0; history.assets * LANES];
        Self { history, levels: vec![first; history.assets], kept: 1.0, keep: 1.0 - fee, row: 0, table }
    }

    /// The next rows; `false` at the end.
    pub(super) fn read(&mut self, block: &mut Block) -> Result<bool, BacktestError> {
        let History { values, assets, content, .. } = self.history;
        let length = LANES.min(self.history.rows() - self.row);
        if length == 0 {
            return Ok(false);
        }
        let start = self.row;
        for lane in 0..LANES {
            // Lanes beyond the end repeat the last row.
            let row = start + lane.min(length - 1);
            if lane < length && row > 0 {
                self.kept *= self.keep;
            }
            (block.rows[lane], block.cash[lane], block.gaps[lane]) = (row, self.kept, false);
        }
        block.length = length;
        self.row += length;
        // Returns begin at the second row: the first has levels of 1.
        let skipped = usize::from(content == Content::Returns && start == 0);
        let first = start + skipped - self.history.lead();
        let values = &values[first * assets..(start + length - self.history.lead()) * assets];
        let table = &mut self.table[skipped * assets..];
        let (kept, gaps) = (&block.cash[skipped..], &mut block.gaps[skipped..]);
        match content {
            Content::Returns => fill(&mut self.levels, values, kept, table, gaps, |level, change| level * (1.0 + change)),
            Content::Prices => fill(&mut self.levels, values, kept, table, gaps, |_, price| price),
        }
        for lane in skipped..length {
            if block.gaps[lane] {
                self.check_row(first + lane - skipped)?;
            }
        }
        if skipped > 0 {
            self.table[..assets].fill(1.0);
            block.gaps[0] = (0..assets).any(|asset| self.history.is_missing(0, asset));
        }
        for lane in length..LANES {
            self.table.copy_within((length - 1) * assets..length * assets, lane * assets);
        }
        turn(&self.table, assets, &mut block.levels);
        Ok(true)
    }

    /// Looks for what is wrong in a row of values that are not all above 0 and finite once they are levels.
    fn check_row(&self, row: usize) -> Result<(), BacktestError> {
        let History { values, assets, content, missing } = self.history;
        let least = if content == Content::Returns { -1.0 } else { 0.0 };
        for (asset, (&value, level)) in values[row * assets..].iter().zip(&self.levels).enumerate() {
            if value.is_nan() && missing == Missing::Refuse {
                return Err(BacktestError::Missing { row, asset });
            }
            if value < least || value == f64::INFINITY || level.is_infinite() {
                return Err(BacktestError::Value { row, asset, value });
            }
        }
        Ok(())
    }
}

/// Levels row by row, those without a value as they were; marks rows in which a level is not above 0 and finite or has no value.
#[inline(always)]
#[allow(clippy::inline_always, reason = "one body for each kind of history")]
fn fill(levels: &mut [f64], values: &[f64], kept: &[f64], table: &mut [f64], gaps: &mut [bool], next: impl Fn(f64, f64) -> f64) {
    let assets = levels.len();
    vectorized(
        #[inline(always)]
        || {
            let rows = values.chunks_exact(assets).zip(table.chunks_exact_mut(assets));
            for ((values, row), (kept, gap)) in rows.zip(kept.iter().zip(gaps)) {
                let mut unsound = 0_u64;
                for ((level, value), out) in levels.iter_mut().zip(values).zip(row) {
                    let moved = next(*level, *value);
                    *level = if value.is_nan() { *level } else { moved };
                    *out = *level * kept;
                    unsound += u64::from(!(moved > 0.0 && moved < f64::INFINITY));
                }
                *gap = unsound > 0;
            }
        },
    );
}

/// Rows by assets to assets by rows.
fn turn(table: &[f64], assets: usize, levels: &mut [f64]) {
    vectorized(
        #[inline(always)]
        || {
            for (asset, lanes) in levels.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                for (lane, level) in lanes.iter_mut().enumerate() {
                    *level = table[lane * assets + asset];
                }
            }
        },
    );
}
