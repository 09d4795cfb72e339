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
    /// Rows in which an asset has no value, or is worth nothing, a bit each.
    pub(super) gaps: u16,
    /// Lanes that are rows.
    pub(super) length: usize,
}

impl Block {
    pub(super) fn new(assets: usize) -> Self {
        Self { levels: vec![0.0; assets * LANES], cash: [1.0; LANES], rows: [0; LANES], gaps: 0, length: 0 }
    }

    /// Takes a row of another block for the next lane.
    fn push(&mut self, block: &Self, lane: usize) {
        let to = self.length;
        for (levels, from) in self.levels.as_chunks_mut::<LANES>().0.iter_mut().zip(block.levels.as_chunks::<LANES>().0) {
            levels[to] = from[lane];
        }
        (self.rows[to], self.cash[to]) = (block.rows[lane], block.cash[lane]);
        self.gaps |= (block.gaps >> lane & 1) << to;
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
        let rows = &block.rows[..block.length];
        let looks = checks.looks(rows);
        let mut stops = looks & block.gaps;
        if checked.has_flows_or_changes() {
            for (lane, row) in rows.iter().enumerate() {
                stops |= u16::from(checked.flow(*row) != 0.0 || checked.changes_targets(*row)) << lane;
            }
        }
        Self { looks, stops }
    }
}

/// The rows of blocks that are marked, the first and the last.
pub(super) fn pick(blocks: &[Block], marks: &[Marks]) -> Vec<Block> {
    let mut picked: Vec<Block> = Vec::new();
    for (at, (block, marks)) in blocks.iter().zip(marks).enumerate() {
        for lane in 0..block.length {
            let is_last = at + 1 == blocks.len() && lane + 1 == block.length;
            if (marks.looks | marks.stops) >> lane & 1 == 1 || block.rows[lane] == 0 || is_last {
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
    /// Levels before the present block.
    before: Vec<f64>,
    /// What the management fee has left.
    kept: f64,
    keep: f64,
    row: usize,
}

impl<'a> Reader<'a> {
    /// `fee` is what the management fee takes of each row.
    pub(super) fn new(history: History<'a>, fee: f64) -> Self {
        let first = match history.content {
            Content::Returns => 1.0,
            Content::Prices => 0.0,
        };
        let levels = vec![first; history.assets];
        Self { history, before: levels.clone(), levels, kept: 1.0, keep: 1.0 - fee, row: 0 }
    }

    /// The next rows; `false` at the end.
    pub(super) fn read(&mut self, block: &mut Block) -> Result<bool, BacktestError> {
        let start = self.row;
        let length = LANES.min(self.history.rows() - start);
        for (lane, row) in (start..start + length).enumerate() {
            if row > 0 {
                self.kept *= self.keep;
            }
            (block.rows[lane], block.cash[lane]) = (row, self.kept);
        }
        (block.length, block.gaps) = (length, 0);
        self.row += length;
        let is_whole = length == LANES && start >= self.history.lead();
        if !(is_whole && self.read_whole(start, block)) {
            self.read_rows(block)?;
        }
        Ok(length > 0)
    }

    /// A block of rows that all have values and are all worth something; `false` where they do not, with the levels as before.
    fn read_whole(&mut self, start: usize, block: &mut Block) -> bool {
        let History { values, assets, content, .. } = self.history;
        let values = &values[(start - self.history.lead()) * assets..];
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
        let assets = self.history.assets;
        for lane in 0..block.length {
            let row = block.rows[lane];
            for asset in 0..assets {
                let is_there = if let Some(at) = row.checked_sub(self.history.lead()) {
                    self.read_value(at, asset)?
                } else {
                    !self.history.is_missing(0, asset)
                };
                block.levels[asset * LANES + lane] = self.levels[asset] * block.cash[lane];
                block.gaps |= u16::from(!is_there || self.levels[asset] == 0.0) << lane;
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
fn fill(levels: &mut [f64], values: &[f64], block: &mut Block, next: impl Fn(f64, f64) -> f64 + Copy) -> bool {
    let assets = levels.len();
    let (kept, mut out) = (&block.cash, block.levels.as_mut_slice());
    vectorized(
        #[inline(always)]
        || {
            let mut is_sound = true;
            let (eights, rest) = levels.as_chunks_mut::<8>();
            let (fours, ones) = rest.as_chunks_mut::<4>();
            let mut first = 0;
            for levels in eights {
                is_sound &= fill_assets(levels, &values[first..], assets, kept, out.split_off_mut(..8 * LANES).unwrap_or_default(), next);
                first += 8;
            }
            for levels in fours {
                is_sound &= fill_assets(levels, &values[first..], assets, kept, out.split_off_mut(..4 * LANES).unwrap_or_default(), next);
                first += 4;
            }
            for level in ones.as_chunks_mut::<1>().0 {
                is_sound &= fill_assets(level, &values[first..], assets, kept, out.split_off_mut(..LANES).unwrap_or_default(), next);
                first += 1;
            }
            is_sound
        },
    )
}

/// Levels of some assets side by side, turned so that the rows of an asset lie together.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn fill_assets<const WIDTH: usize>(
    levels: &mut [f64; WIDTH],
    values: &[f64],
    assets: usize,
    kept: &Lanes,
    out: &mut [f64],
    next: impl Fn(f64, f64) -> f64,
) -> bool {
    let mut rows = [[0.0; WIDTH]; LANES];
    // A level that is missing or not finite shows in the sum, one that is 0 or below in the least.
    let (mut least, mut sum) = ([f64::INFINITY; WIDTH], [0.0; WIDTH]);
    for ((row, values), kept) in rows.iter_mut().zip(values.chunks(assets)).zip(kept) {
        let Some(values) = values.first_chunk::<WIDTH>() else { return false };
        for at in 0..WIDTH {
            let level = next(levels[at], values[at]);
            levels[at] = level;
            row[at] = level * kept;
            least[at] = if level < least[at] { level } else { least[at] };
            sum[at] += level;
        }
    }
    for (at, lanes) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        for (lane, row) in lanes.iter_mut().zip(&rows) {
            *lane = row[at];
        }
    }
    (0..WIDTH).all(|at| least[at] > 0.0 && sum[at] < f64::INFINITY)
}
