//! The triangular factor of a curvature, updated from step to step.

use crate::linear::matrix::Matrix;
use crate::linear::vector::{add_scaled, dot};

/// R, upper triangular, with `RᵀR` = H; column by column, each as long as its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Triangle {
    columns: Vec<Vec<f64>>,
}

/// Turns two rows into one another.
#[derive(Debug, Clone, Copy)]
struct Rotation {
    cosine: f64,
    sine: f64,
}

impl Rotation {
    /// The rotation that moves all of (a, b) into the first, and its length.
    fn onto_first(a: f64, b: f64) -> (Self, f64) {
        let length = a.hypot(b);
        if length == 0.0 { (Self { cosine: 1.0, sine: 0.0 }, 0.0) } else { (Self { cosine: a / length, sine: b / length }, length) }
    }

    fn apply(self, a: f64, b: f64) -> (f64, f64) {
        (self.cosine * a + self.sine * b, self.cosine * b - self.sine * a)
    }
}

impl Triangle {
    /// R = Lᵀ.
    pub(super) fn from_lower(lower: &Matrix) -> Self {
        Self { columns: (0..lower.rows()).map(|row| (0..=row).map(|column| lower.get(row, column)).collect()).collect() }
    }

    /// Adds a last row and column: `w` above the diagonal and `pivot` on it.
    pub(super) fn push(&mut self, mut w: Vec<f64>, pivot: f64) {
        w.push(pivot);
        self.columns.push(w);
    }

    /// Replaces b by `R⁻ᵀ` b, over the first entries where b is shorter.
    pub(super) fn solve_transposed(&self, b: &mut [f64]) {
        for at in 0..b.len() {
            let column = &self.columns[at];
            b[at] = (b[at] - dot(&column[..at], &b[..at])) / column[at];
        }
    }

    /// Replaces b by R⁻¹ b, over the first entries where b is shorter.
    pub(super) fn solve(&self, b: &mut [f64]) {
        for at in (0..b.len()).rev() {
            let column = &self.columns[at];
            b[at] /= column[at];
            let value = b[at];
            add_scaled(&mut b[..at], -value, &column[..at]);
        }
    }

    /// The factor of `TᵀHT`, where T expresses entry q by the others so that q + Σ uₛ s = 0: `ratios`
    /// are u, in order without q. Zeros remove row and column q.
    ///
    /// H without q is `R̃ᵀR̃` + r `rᵀ` once q is turned to the front, with first row (ρ, r); and
    /// `TᵀHT` is `R̃ᵀR̃` + (r − ρu)(r − ρu)ᵀ.
    pub(super) fn restrict(&mut self, q: usize, ratios: &[f64]) {
        let (pivot, mut first) = self.eliminate(q);
        add_scaled(&mut first, -pivot, ratios);
        self.add_square(&mut first);
    }

    /// Turns q to the front and takes its row off: its pivot and the rest of the row.
    fn eliminate(&mut self, q: usize) -> (f64, Vec<f64>) {
        let removed = self.columns.remove(q);
        let mut rotations = vec![Rotation { cosine: 1.0, sine: 0.0 }; q];
        let mut length = removed[q];
        for at in (0..q).rev() {
            (rotations[at], length) = Rotation::onto_first(removed[at], length);
        }
        let mut first = Vec::with_capacity(self.columns.len() + 1);
        for (at, column) in self.columns.iter_mut().enumerate() {
            if at < q {
                column.push(0.0);
            }
            let last = q.min(column.len() - 1);
            let mut carried = column[last];
            for row in (0..last).rev() {
                let (up, down) = rotations[row].apply(column[row], carried);
                column[row + 1] = down;
                carried = up;
            }
            first.push(carried);
            column.remove(0);
        }
        (length, first)
    }

    /// `RᵀR` + v `vᵀ`.
    fn add_square(&mut self, v: &mut [f64]) {
        let mut rotations: Vec<Rotation> = Vec::with_capacity(v.len());
        for (column, added) in self.columns.iter_mut().zip(v) {
            let mut carried = *added;
            for (entry, rotation) in column.iter_mut().zip(&rotations) {
                (*entry, carried) = rotation.apply(*entry, carried);
            }
            if let Some(pivot) = column.last_mut() {
                let (rotation, length) = Rotation::onto_first(*pivot, carried);
                *pivot = length;
                rotations.push(rotation);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::linear::cholesky::Cholesky;
    use crate::linear::product::{gram, multiply};

    fn squared(triangle: &Triangle) -> Matrix {
        let size = triangle.columns.len();
        gram(&Matrix::from_fn(size, size, |row, column| triangle.columns[column].get(row).copied().unwrap_or(0.0)))
    }

    proptest! {
        #[test]
        fn restricts_as_a_change_of_variables(
            entries in proptest::collection::vec(-1.0..1.0_f64, 36),
            ratios in proptest::collection::vec(-2.0..2.0_f64, 5),
            q in 0..6_usize,
        ) {
            let mut h = gram(&Matrix::from_columns(6, 6, entries).unwrap());
            for at in 0..6 {
                h.set(at, at, h.get(at, at) + 0.1);
            }
            let mut triangle = Triangle::from_lower(Cholesky::factor(h.clone()).unwrap().lower());
            triangle.restrict(q, &ratios);
            let t = Matrix::from_fn(6, 5, |row, column| {
                if row == q { -ratios[column] } else { f64::from(u8::from(row == column + usize::from(column >= q))) }
            });
            let expected = multiply(&t.transposed(), &multiply(&h, &t));
            for (found, expected) in squared(&triangle).values().iter().zip(expected.values()) {
                prop_assert!((found - expected).abs() < 1e-12);
            }
        }
    }
}
