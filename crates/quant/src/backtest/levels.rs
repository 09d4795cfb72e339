//! The levels by which holdings grow, in blocks of rows.
//!
//! Units held between trades make the value of row t a sum of its own, Vₜ = Σ uᵢPᵢₜ, so rows are worked
//! on in blocks. Levels P are prices, or for returns their compounded growth from 1, times what the
//! management fee leaves.

use super::BacktestError;
use super::history::{Content, History, Missing};
use super::rule::Checks;
use super::scan::{Column, LANES, ROWS};
use super::study::Checked;
use crate::linear::vector::vectorized;

/// Levels of some rows, row by row.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Assets of a row, padded.
    width: usize,
    /// `width` levels for each row.
    pub(super) levels: Vec<f64>,
    /// What a unit of cash is worth: what the management fee leaves.
    pub(super) cash: Column,
    /// Which rows these are.
    pub(super) rows: [usize; ROWS],
    /// Rows in which an asset has no value, or is worth nothing, a bit each.
    pub(super) gaps: u32,
    /// How many rows these are.
    pub(super) length: usize,
}

impl Block {
    pub(super) fn new(assets: usize) -> Self {
        let width = assets.next_multiple_of(LANES);
        Self { width, levels: vec![0.0; ROWS * width], cash: [1.0; ROWS], rows: [0; ROWS], gaps: 0, length: 0 }
    }

    /// Levels of a row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.levels[row * self.width..(row + 1) * self.width]
    }

    /// Takes a row of another block.
    fn push(&mut self, block: &Self, row: usize) {
        let to = self.length;
        self.levels[to * self.width..(to + 1) * self.width].copy_from_slice(block.row(row));
        (self.rows[to], self.cash[to]) = (block.rows[row], block.cash[row]);
        self.gaps |= (block.gaps >> row & 1) << to;
        self.length += 1;
    }
}

/// Rows of a block at which something may happen, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks {
    /// Rows that are looked at.
    pub(super) looks: u32,
    /// Rows with a flow, other targets, or a look at a gap.
    pub(super) stops: u32,
}

impl Marks {
    pub(super) fn new(block: &Block, checks: &Checks, checked: &Checked<'_>) -> Self {
        let rows = &block.rows[..block.length];
        let looks = checks.looks(rows);
        let mut stops = looks & block.gaps;
        if checked.has_flows_or_changes() {
            for (at, row) in rows.iter().enumerate() {
                stops |= u32::from(checked.flow(*row) != 0.0 || checked.changes_targets(*row)) << at;
            }
        }
        Self { looks, stops }
    }
}

/// The rows of blocks that are marked, the first and the last.
pub(super) fn pick(blocks: &[Block], marks: &[Marks], assets: usize) -> Vec<Block> {
    let mut picked: Vec<Block> = Vec::new();
    for (at, (block, marks)) in blocks.iter().zip(marks).enumerate() {
        for row in 0..block.length {
            let is_last = at + 1 == blocks.len() && row + 1 == block.length;
            if (marks.looks | marks.stops) >> row & 1 == 1 || block.rows[row] == 0 || is_last {
                if picked.last().is_none_or(|last| last.length == ROWS) {
                    picked.push(Block::new(assets));
                }
                if let Some(last) = picked.last_mut() {
                    last.push(block, row);
                }
            }
        }
    }
    picked
}

/// Reads a history block by block, from the first row on.
pub(super) struct Reader<'a> {
    history: History<'a>,
    /// Levels of the row read last, padded.
    levels: Vec<f64>,
    /// Levels before the present block.
    before: Vec<f64>,
    /// The values of a block in padded rows, where assets do not fill whole vectors.
    padded: Vec<f64>,
    /// What the management fee has left.
    kept: f64,
    keep: f64,
    row: usize,
}

impl<'a> Reader<'a> {
    /// `fee` is what the management fee takes of each row.
    pub(super) fn new(history: History<'a>, fee: f64) -> Self {
        let width = history.assets.next_multiple_of(LANES);
        // Of what pads a row a unit is worth 1, and none is held.
        let mut levels = vec![1.0; width];
        if history.content == Content::Prices {
            levels[..history.assets].fill(0.0);
        }
        let pad = if history.content == Content::Returns { 0.0 } else { 1.0 };
        let padded = if width == history.assets { Vec::new() } else { vec![pad; ROWS * width] };
        Self { history, before: levels.clone(), levels, padded, kept: 1.0, keep: 1.0 - fee, row: 0 }
    }

    /// The next rows; `false` at the end.
    pub(super) fn read(&mut self, block: &mut Block) -> Result<bool, BacktestError> {
        let start = self.row;
        let length = ROWS.min(self.history.rows() - start);
        for (at, row) in (start..start + length).enumerate() {
            if row > 0 {
                self.kept *= self.keep;
            }
            (block.rows[at], block.cash[at]) = (row, self.kept);
        }
        (block.length, block.gaps) = (length, 0);
        self.row += length;
        let is_whole = length == ROWS && start >= self.history.lead();
        if !(is_whole && self.read_whole(start, block)) {
            self.read_rows(block)?;
        }
        Ok(length > 0)
    }

    /// A block of rows that all have values and are all worth something; `false` where they do not, with the levels as before.
    fn read_whole(&mut self, start: usize, block: &mut Block) -> bool {
        let History { values, assets, content, .. } = self.history;
        let mut values = &values[(start - self.history.lead()) * assets..];
        let width = self.levels.len();
        if width > assets {
            for (padded, values) in self.padded.chunks_exact_mut(width).zip(values.chunks_exact(assets)) {
                padded[..assets].copy_from_slice(values);
            }
            values = &self.padded;
        }
        self.before.copy_from_slice(&self.levels);
        let is_sound = match content {
            Content::Returns => fill(&mut self.levels, values, block, |level, change| level * (1.0 + change)),
            Content::Prices => fill(&mut self.levels, values, block, |_, price| price),
        };
        if !is_sound {
            self.levels.copy_from_slice(&self.before);
        }
        is_sound
    }

    /// Rows one by one, looking for what is missing or wrong.
    fn read_rows(&mut self, block: &mut Block) -> Result<(), BacktestError> {
        for at in 0..block.length {
            for asset in 0..self.levels.len() {
                let is_there = match block.rows[at].checked_sub(self.history.lead()) {
                    _ if asset >= self.history.assets => true,
                    Some(row) => self.read_value(row, asset)?,
                    None => !self.history.is_missing(0, asset),
                };
                block.levels[at * block.width + asset] = self.levels[asset] * block.cash[at];
                block.gaps |= u32::from(!is_there || self.levels[asset] == 0.0) << at;
            }
        }
        Ok(())
    }

    /// Moves a level by one value; whether there is one.
    fn read_value(&mut self, row: usize, asset: usize) -> Result<bool, BacktestError> {
        let History { values, assets, content, missing } = self.history;
        let (value, level) = (values[row * assets + asset], &mut self.levels[asset]);
        let (least, moved) = match content {
            Content::Returns => (-1.0, *level * (1.0 + value)),
            Content::Prices => (0.0, value),
        };
        if value.is_nan() {
            return if missing == Missing::Rest { Ok(false) } else { Err(BacktestError::Missing { row, asset }) };
        }
        if value < least || !moved.is_finite() {
            return Err(BacktestError::Value { row, asset, value });
        }
        *level = moved;
        Ok(true)
    }
}

/// Fills a block with levels; whether all of them are above 0 and finite.
#[inline(always)]
#[allow(clippy::inline_always, reason = "one body for each kind of history")]
fn fill(levels: &mut [f64], values: &[f64], block: &mut Block, next: impl Fn(f64, f64) -> f64) -> bool {
    let width = levels.len();
    let rows = values.chunks_exact(width).zip(block.levels.chunks_exact_mut(width)).zip(&block.cash);
    vectorized(
        #[inline(always)]
        || {
            // What is missing or not finite shows in the sum, what is 0 or below in the least.
            let (mut least, mut sum) = ([f64::INFINITY; LANES], [0.0; LANES]);
            for ((values, out), &kept) in rows {
                let lists = values.as_chunks::<LANES>().0.iter().zip(out.as_chunks_mut::<LANES>().0);
                for ((values, out), levels) in lists.zip(levels.as_chunks_mut::<LANES>().0) {
                    // Read first and written last, as nothing tells the compiler that the lists lie apart.
                    let (values, mut level, mut held) = (*values, *levels, [0.0; LANES]);
                    for at in 0..LANES {
                        level[at] = next(level[at], values[at]);
                        least[at] = if level[at] < least[at] { level[at] } else { least[at] };
                        sum[at] += level[at];
                        held[at] = level[at] * kept;
                    }
                    (*levels, *out) = (level, held);
                }
            }
            let mut is_sound = true;
            for at in 0..LANES {
                is_sound &= least[at] > 0.0 && sum[at] < f64::INFINITY;
            }
            is_sound
        },
    )
}
