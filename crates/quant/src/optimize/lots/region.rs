//! What a node of the search may still choose from.

use super::program::Program;

/// Bounds of pieces and of sizes of trades, and what trading at all costs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Region {
    /// Least of each piece.
    pub(super) lower: Vec<f64>,
    /// Greatest of each piece.
    pub(super) upper: Vec<f64>,
    /// Where the size of each trade may lie.
    pub(super) sizes: Vec<Interval>,
    /// Trades that are made for sure.
    pub(super) made: Vec<bool>,
    /// What each trade must be where it is made at all; such that a size of 0 costs nothing.
    pub(super) entries: Vec<Entry>,
    /// For each trade: the fee of its entry, spread over the greatest size.
    pub(super) surcharges: Vec<f64>,
    /// Fees of trades that are made for sure.
    pub(super) fees: f64,
}

/// A fee and a least size for a trade that may be made or not.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Entry {
    pub(super) fee: f64,
    pub(super) least: f64,
}

/// From least to greatest; infinite where open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Interval {
    pub(super) const OPEN: Self = Self { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
}

impl Region {
    /// All that a program leaves open.
    pub(super) fn of(program: &Program) -> Self {
        let trades = program.trades.len();
        Self {
            lower: program.pieces.iter().map(|piece| piece.lower).collect(),
            upper: program.pieces.iter().map(|piece| piece.upper).collect(),
            sizes: vec![Interval::OPEN; trades],
            made: vec![false; trades],
            entries: vec![Entry::default(); trades],
            surcharges: vec![0.0; trades],
            fees: 0.0,
        }
    }
}
