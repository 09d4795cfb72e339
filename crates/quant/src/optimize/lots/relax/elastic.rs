//! How far rows are from being met.

use super::super::program::{Piece, Program, Trade};
use super::super::region::{Entry, Interval, Region};
use crate::linear::matrix::Matrix;

/// The program whose optimum is the least share of what rows miss at a point that must be allowed: above 0 where no
/// point is feasible. Its last piece is the share.
pub(super) fn elastic(program: &Program, region: &Region, missed: &[f64]) -> (Program, Region) {
    let mut program = Program { loadings: Matrix::zeros(0, 0), assets: Vec::new(), ..program.clone() };
    for trade in &mut program.trades {
        (trade.asset, trade.impact) = (None, 0.0);
    }
    for piece in &mut program.pieces {
        piece.price = 0.0;
    }
    let start = program.pieces.len();
    let rows = missed.iter().copied().enumerate().filter(|(_, missed)| *missed != 0.0).collect();
    program.pieces.push(Piece { lower: 0.0, upper: 1.0, price: 1.0, rows });
    program.trades.push(Trade { asset: None, sign: 1.0, impact: 0.0, rows: Vec::new(), pieces: start..start + 1 });
    let mut region = region.clone();
    region.lower.push(0.0);
    region.upper.push(1.0);
    region.sizes.push(Interval::OPEN);
    region.made.push(false);
    region.entries.push(Entry::default());
    region.surcharges.fill(0.0);
    region.surcharges.push(0.0);
    (program, region)
}
