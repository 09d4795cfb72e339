//! What a node of the search may still choose from.

use super::program::Program;

/// Bounds of pieces and of sizes of trades, and what a unit of a trade costs beyond its pieces' prices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Region {
    /// Least of each piece.
    pub(super) lower: Vec<f64>,
    /// Greatest of each piece.
    pub(super) upper: Vec<f64>,
    /// Where the size of each trade may lie.
    pub(super) sizes: Vec<Interval>,
    /// For each trade: a fee, spread over the greatest size.
    pub(super) surcharges: Vec<f64>,
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
            surcharges: vec![0.0; trades],
        }
    }
}
