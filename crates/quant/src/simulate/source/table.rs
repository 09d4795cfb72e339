//! Rows of history of which the growth over any stretch is one product.

use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum};
use crate::simulate::error::{SimulateError, check};
use crate::simulate::moments::check_returns;

use super::padded;

/// Numbers of a row that are multiplied at once.
const VECTOR: usize = 4;

/// Cumulative growth over two rounds of history, and its reciprocal: that from one row to another is the one's times the other's reciprocal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GrowthTable {
    rows: usize,
    columns: usize,
    width: usize,
    /// G, (2T + 1) × width: row t is growth over the first t rows, again from the first after the last.
    growth: Vec<f64>,
    /// 1 ÷ G.
    reciprocal: Vec<f64>,
    mean: Vec<f64>,
}

impl GrowthTable {
    pub(super) fn new(returns: &Matrix) -> Result<Self, SimulateError> {
        check_returns(returns)?;
        let (rows, columns) = (returns.rows(), returns.columns());
        let width = padded(columns);
        let mut growth = vec![1.0; (2 * rows + 1) * width];
        for row in 0..2 * rows {
            for column in 0..columns {
                let before = growth[row * width + column];
                growth[(row + 1) * width + column] = before * (1.0 + returns.get(row % rows, column));
            }
        }
        for value in growth.iter().copied() {
            check("growth over twice the history", value, value.is_normal(), "within the range of floating point")?;
        }
        let reciprocal = growth.iter().map(|growth| growth.recip()).collect();
        let mean = returns.iter_columns().map(|column| sum(column) / count(rows)).collect();
        Ok(Self { rows, columns, width, growth, reciprocal, mean })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn mean(&self) -> Vec<f64> {
        self.mean.clone()
    }

    /// Growth over `length` rows from a row on, of both at most T; multiplied to what is there unless it is the first.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    pub(super) fn grow(&self, row: usize, length: usize, is_first: bool, growth: &mut [f64]) {
        let (from, to) = (row * self.width, (row + length) * self.width);
        let width = growth.len();
        let (Some(end), Some(start)) = (self.growth.get(to..to + width), self.reciprocal.get(from..from + width)) else { return };
        // Rows are whole vectors.
        let ((end, _), (start, _)) = (end.as_chunks::<VECTOR>(), start.as_chunks::<VECTOR>());
        for ((growth, end), start) in growth.as_chunks_mut::<VECTOR>().0.iter_mut().zip(end).zip(start) {
            let before = if is_first { [1.0; VECTOR] } else { *growth };
            for lane in 0..VECTOR {
                growth[lane] = before[lane] * (end[lane] * start[lane]);
            }
        }
    }
}

/// A stretch of history that a path is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stretch {
    /// The next row, from 0 to T.
    pub(super) row: usize,
    /// Rows left.
    pub(super) left: usize,
}

impl Stretch {
    /// Growth over the next periods; `next` gives the first row and the length of the stretch that follows.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    pub(super) fn advance(&mut self, table: &GrowthTable, periods: usize, growth: &mut [f64], mut next: impl FnMut() -> Self) {
        let (mut wanted, mut is_first) = (periods, true);
        while wanted > 0 {
            if self.left == 0 {
                *self = next();
            }
            let length = wanted.min(self.left).min(table.rows);
            table.grow(self.row, length, is_first, growth);
            self.row += length;
            if self.row > table.rows {
                self.row -= table.rows;
            }
            self.left -= length;
            wanted -= length;
            is_first = false;
        }
    }
}
