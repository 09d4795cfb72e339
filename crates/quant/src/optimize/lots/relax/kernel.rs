//! Loops that the processor does in lanes, in a fixed order.

use crate::linear::matrix::Matrix;
use crate::linear::vector::vectorized;

/// y ← y + Σ αᵢ xᵢ over the shortest length.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
pub(super) fn add_four(y: &mut [f64], by: [f64; 4], x: [&[f64]; 4]) {
    for ((((y, a), b), c), d) in y.iter_mut().zip(x[0]).zip(x[1]).zip(x[2]).zip(x[3]) {
        *y += (by[0] * a + by[1] * b) + (by[2] * c + by[3] * d);
    }
}

/// Joins terms in lanes, and the lanes in their order.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
pub(super) fn reduce(count: usize, join: impl Fn(f64, f64) -> f64, term: impl Fn(usize) -> f64) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let whole = count - count % LANES;
    for start in (0..whole).step_by(LANES) {
        for (lane, value) in lanes.iter_mut().enumerate() {
            *value = join(*value, term(start + lane));
        }
    }
    let rest = (whole..count).map(term).fold(0.0, &join);
    lanes.into_iter().fold(rest, join)
}

/// Σ aᵢ bᵢ.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn product(a: &[f64], b: &[f64]) -> f64 {
    let count = a.len().min(b.len());
    let (a, b) = (&a[..count], &b[..count]);
    reduce(count, |sum, term| sum + term, |at| a[at] * b[at])
}

/// y ← y + M x.
pub(super) fn add_columns(y: &mut [f64], matrix: &Matrix, x: &[f64]) {
    let rows = matrix.rows();
    vectorized(
        #[inline(always)]
        || {
            let mut four = matrix.values().chunks_exact((4 * rows).max(1));
            let mut by = x.chunks_exact(4);
            for (columns, by) in (&mut four).zip(&mut by) {
                let part = |which: usize| &columns[which * rows..(which + 1) * rows];
                add_four(y, [by[0], by[1], by[2], by[3]], [part(0), part(1), part(2), part(3)]);
            }
            for (column, by) in four.remainder().chunks_exact(rows.max(1)).zip(by.remainder()) {
                for (y, entry) in y.iter_mut().zip(column) {
                    *y += by * entry;
                }
            }
        },
    );
}

/// x ← Mᵀ y.
pub(super) fn set_products(x: &mut [f64], matrix: &Matrix, y: &[f64]) {
    vectorized(
        #[inline(always)]
        || {
            for (x, column) in x.iter_mut().zip(matrix.iter_columns()) {
                *x = product(column, y);
            }
        },
    );
}
