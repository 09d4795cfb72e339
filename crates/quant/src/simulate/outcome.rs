//! What is kept of simulated paths: value and spending at the end of each year, in single precision.

use super::settle::GROUP;
use super::walk::{Sink, Tally, YearEnd};

/// Paths of which the years lie together in memory: whole groups.
pub(super) const CHUNK: usize = 256;

/// One path in full precision.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PathYears {
    /// Value at the end of each year, at the prices of the start.
    pub wealth: Vec<f64>,
    /// What was paid in each year, at the prices of the start.
    pub spending: Vec<f64>,
    /// Price level at the end of each year, 1 at the start.
    pub prices: Vec<f64>,
    /// How often weights were brought back.
    pub rebalances: u64,
    /// Whether each watch failed at least once.
    pub breached: Vec<bool>,
}

impl Sink for PathYears {
    fn year(&mut self, _: usize, end: &YearEnd<'_>) {
        let [wealth, ..] = end.wealth;
        let [spent, ..] = end.spent;
        let [prices, ..] = end.prices;
        self.wealth.push(*wealth);
        self.spending.push(*spent);
        self.prices.push(*prices);
    }
}

/// All paths of a simulation: 8 bytes a path and year, 12 where prices rise differently on each path. Values have 24 bits:
/// 6 parts in a hundred million.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub(super) paths: usize,
    pub(super) years: usize,
    /// Yearly growth of prices where it is the same on all paths.
    pub(super) constant_prices: Option<f64>,
    /// Equal parts in which a year's spending is paid, each at the start of its part of the year.
    pub(super) payments_per_year: usize,
    /// By chunk of paths, year and path.
    pub(super) wealth: Vec<f32>,
    pub(super) spending: Vec<f32>,
    pub(super) prices: Vec<f32>,
    pub(super) counts: Counts,
}

/// What happened on all paths, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) rebalances: u64,
    /// Paths on which each watch failed at least once.
    pub(super) breached: Vec<u64>,
}

impl Counts {
    /// Those of the first paths of a group.
    pub(super) fn add(&mut self, tally: &Tally, paths: usize) {
        self.rebalances += tally.rebalances.iter().take(paths).sum::<u64>();
        for (bit, breached) in self.breached.iter_mut().enumerate() {
            *breached += tally.breached.iter().take(paths).map(|bits| (bits >> bit) & 1).sum::<u64>();
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.rebalances += other.rebalances;
        for (breached, more) in self.breached.iter_mut().zip(&other.breached) {
            *breached += more;
        }
    }
}

/// The rows of one chunk, and where its group of paths is written.
pub(super) struct ChunkRows<'o> {
    pub(super) wealth: &'o mut [f32],
    pub(super) spending: &'o mut [f32],
    pub(super) prices: &'o mut [f32],
    /// The first path of the group, within the chunk.
    pub(super) first: usize,
}

impl Sink for ChunkRows<'_> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn year(&mut self, year: usize, end: &YearEnd<'_>) {
        let at = year * CHUNK + self.first;
        for (row, values) in [(&mut *self.wealth, end.wealth), (&mut *self.spending, end.spent), (&mut *self.prices, end.prices)] {
            if let Some(places) = row.get_mut(at..at + GROUP) {
                for (place, value) in places.iter_mut().zip(values) {
                    *place = single(*value);
                }
            }
        }
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "kept in single precision, as documented")]
fn single(value: f64) -> f32 {
    value as f32
}

impl Outcome {
    /// Number of paths.
    pub fn paths(&self) -> usize {
        self.paths
    }

    /// Number of years.
    pub fn years(&self) -> usize {
        self.years
    }

    /// Value at the end of a year on each path, at the prices of the start; 0 after ruin. Empty beyond the last year.
    pub fn wealth(&self, year: usize) -> Vec<f32> {
        self.column(&self.wealth, year)
    }

    /// What was paid in a year on each path, at the prices of the start.
    pub fn spending(&self, year: usize) -> Vec<f32> {
        self.column(&self.spending, year)
    }

    /// Value at the end of a year on each path, at the prices of that day.
    pub fn nominal_wealth(&self, year: usize) -> Vec<f32> {
        self.at_prices(self.wealth(year), year)
    }

    /// What was paid in a year on each path, at the prices of the days on which it was; within a year prices rise evenly.
    pub fn nominal_spending(&self, year: usize) -> Vec<f32> {
        let mut paid = self.spending(year);
        if let Some(level) = self.level_of_payments(year) {
            for paid in &mut paid {
                *paid *= single(level);
            }
            return paid;
        }
        let before = year.checked_sub(1).map(|before| self.column(&self.prices, before));
        let starts = before.into_iter().flatten().chain(std::iter::repeat(1.0));
        for ((paid, start), end) in paid.iter_mut().zip(starts).zip(self.column(&self.prices, year)) {
            *paid *= single(f64::from(start) * self.rise_by_payments(f64::from(end) / f64::from(start)));
        }
        paid
    }

    /// Level of prices at a year's payments, over that of the start, where it is the same on all paths.
    pub fn level_of_payments(&self, year: usize) -> Option<f64> {
        let growth = self.constant_prices?;
        Some(growth.powi(i32::try_from(year).unwrap_or(i32::MAX)) * self.rise_by_payments(growth))
    }

    /// By how much prices have risen since the year began when its equal payments are made, where they rise so much in all: the
    /// harmonic mean turns what they are worth at the prices of the start into what they are.
    #[expect(clippy::cast_precision_loss, reason = "parts of a year")]
    fn rise_by_payments(&self, growth: f64) -> f64 {
        let parts = self.payments_per_year.max(1);
        parts as f64 / (0..parts).map(|part| growth.powf(-(part as f64) / parts as f64)).sum::<f64>()
    }

    /// How often weights were brought back, on all paths together.
    pub fn rebalances(&self) -> u64 {
        self.counts.rebalances
    }

    /// Paths on which each watch failed at least once.
    pub fn breached(&self) -> &[u64] {
        &self.counts.breached
    }

    /// Bytes that the paths take.
    pub fn bytes(&self) -> usize {
        size_of::<f32>() * (self.wealth.len() + self.spending.len() + self.prices.len())
    }

    fn at_prices(&self, mut values: Vec<f32>, year: usize) -> Vec<f32> {
        match self.constant_prices {
            Some(growth) => {
                let level = single(growth.powi(i32::try_from(year).unwrap_or(i32::MAX).saturating_add(1)));
                for value in &mut values {
                    *value *= level;
                }
            }
            None => values.iter_mut().zip(self.column(&self.prices, year)).for_each(|(value, level)| *value *= level),
        }
        values
    }

    fn column(&self, rows: &[f32], year: usize) -> Vec<f32> {
        let mut column = Vec::with_capacity(self.paths);
        if year < self.years {
            for chunk in rows.chunks_exact(self.years * CHUNK) {
                column.extend_from_slice(chunk.get(year * CHUNK..(year + 1) * CHUNK).unwrap_or_default());
            }
        }
        column.truncate(self.paths);
        column
    }
}
