//! Rows of history of which the growth over any stretch is one product.

use crate::linear::matrix::Matrix;
use crate::linear::vector::{count, sum};
use crate::simulate::error::{SimulateError, check};
use crate::simulate::moments::check_returns;
use crate::simulate::settle::{GROUP, Lanes};

use super::padded;

/// Numbers of a row that are multiplied at once.
const VECTOR: usize = 4;

/// Cumulative growth over two rounds of history, and its reciprocal: that from one row to another is the one's times the other's reciprocal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GrowthTable {
    rows: usize,
    columns: usize,
    /// Vectors of a row.
    vectors: usize,
    /// G, 2T + 1 rows of vectors: row t is growth over the first t rows, again from the first after the last.
    growth: Vec<[f64; VECTOR]>,
    /// 1 ÷ G.
    reciprocal: Vec<[f64; VECTOR]>,
    mean: Vec<f64>,
}

impl GrowthTable {
    pub(super) fn new(returns: &Matrix) -> Result<Self, SimulateError> {
        check_returns(returns)?;
        let (rows, columns) = (returns.rows(), returns.columns());
        let vectors = padded(columns) / VECTOR;
        let mut growth = vec![[1.0; VECTOR]; (2 * rows + 1) * vectors];
        for row in 0..2 * rows {
            for column in 0..columns {
                let (vector, lane) = (column / VECTOR, column % VECTOR);
                let before = growth[row * vectors + vector][lane];
                growth[(row + 1) * vectors + vector][lane] = before * (1.0 + returns.get(row % rows, column));
            }
        }
        for value in growth.as_flattened().iter().copied() {
            check("growth over twice the history", value, value.is_normal(), "within the range of floating point")?;
        }
        let reciprocal = growth.iter().map(|growth| growth.map(f64::recip)).collect();
        let mean = returns.iter_columns().map(|column| sum(column) / count(rows)).collect();
        Ok(Self { rows, columns, vectors, growth, reciprocal, mean })
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
        for (vector, growth) in growth.as_chunks_mut::<VECTOR>().0.iter_mut().enumerate() {
            let product = self.product(row, length, vector);
            for (growth, factor) in growth.iter_mut().zip(product) {
                *growth = if is_first { factor } else { *growth * factor };
            }
        }
    }

    /// Growth over `length` rows from each path's row on, of both at most T; by column and path.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    pub(super) fn grow_group(&self, rows: &[usize; GROUP], length: usize, growth: &mut [Lanes]) {
        for (vector, growth) in growth.as_chunks_mut::<VECTOR>().0.iter_mut().enumerate() {
            for (at, rows) in rows.as_chunks::<VECTOR>().0.iter().enumerate() {
                let products = rows.map(|row| self.product(row, length, vector));
                for (column, growth) in growth.iter_mut().enumerate() {
                    if let Some(paths) = growth.as_chunks_mut::<VECTOR>().0.get_mut(at) {
                        *paths = products.map(|product| product[column]);
                    }
                }
            }
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn product(&self, row: usize, length: usize, vector: usize) -> [f64; VECTOR] {
        let (from, to) = (row * self.vectors + vector, (row + length) * self.vectors + vector);
        let (Some(end), Some(start)) = (self.growth.get(to), self.reciprocal.get(from)) else { return [1.0; VECTOR] };
        std::array::from_fn(|lane| end[lane] * start[lane])
    }

    /// The row of the first round of history that a row of two rounds is; T stays.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    pub(super) fn within(&self, row: usize) -> usize {
        if row > self.rows { row - self.rows } else { row }
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
            self.row = table.within(self.row + length);
            self.left -= length;
            wanted -= length;
            is_first = false;
        }
    }
}
