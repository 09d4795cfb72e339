//! Factorization of small positive definite matrices that may be singular in some directions.

use super::kernel::add_four;
use crate::linear::vector::vectorized;

/// A pivot below this part of its diagonal is what rounding left of 0.
const SINGULAR: f64 = 1e-14;

/// A symmetric matrix that is factored in place: columns from the diagonal down, `A = L Lᵀ`.
#[derive(Debug, Clone)]
pub(super) struct Symmetric {
    size: usize,
    /// Column by column, with room for the entries above the diagonal.
    pub(super) values: Vec<f64>,
    /// 1 ÷ pivot; 0 where the row depends on those before it.
    inverse: Vec<f64>,
}

impl Symmetric {
    pub(super) fn zeros(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size], inverse: vec![0.0; size] }
    }

    pub(super) fn clear(&mut self) {
        self.values.fill(0.0);
    }

    /// Factors the matrix. Rows that depend on those before them get the unknown 0.
    pub(super) fn factor(&mut self) {
        let (size, values, inverse) = (self.size, &mut self.values, &mut self.inverse);
        vectorized(
            #[inline(always)]
            || {
                for at in 0..size {
                    let (done, rest) = values.split_at_mut(at * size);
                    let column = &mut rest[at..size];
                    let diagonal = column[0];
                    subtract_products(column, done, at, size);
                    let sound = column[0] > SINGULAR * diagonal && column[0].is_finite();
                    inverse[at] = if sound { 1.0 / column[0].sqrt() } else { 0.0 };
                    for value in column.iter_mut() {
                        *value *= inverse[at];
                    }
                }
            },
        );
    }

    /// Replaces b by x with A x = b.
    pub(super) fn solve(&self, b: &mut [f64]) {
        let size = self.size;
        for at in 0..size {
            b[at] *= self.inverse[at];
            let (head, tail) = b.split_at_mut(at + 1);
            let known = head[at];
            for (value, below) in tail.iter_mut().zip(&self.values[at * size + at + 1..(at + 1) * size]) {
                *value -= known * below;
            }
        }
        for at in (0..size).rev() {
            let (head, tail) = b.split_at_mut(at + 1);
            let below = &self.values[at * size + at + 1..(at + 1) * size];
            let sum: f64 = below.iter().zip(tail.iter()).map(|(below, value)| below * value).sum();
            head[at] = (head[at] - sum) * self.inverse[at];
        }
    }
}

/// Takes the products of earlier columns off a column, four at a time: the column is read and written a quarter as often.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn subtract_products(column: &mut [f64], done: &[f64], at: usize, size: usize) {
    let mut blocks = done.chunks_exact(4 * size);
    for block in &mut blocks {
        let part = |which: usize| &block[which * size + at..(which + 1) * size];
        let four = [part(0), part(1), part(2), part(3)];
        let by = four.map(|part| -part[0]);
        add_four(column, by, four);
    }
    for earlier in blocks.remainder().chunks_exact(size) {
        let part = &earlier[at..];
        let by = part[0];
        for (value, other) in column.iter_mut().zip(part) {
            *value -= by * other;
        }
    }
}
