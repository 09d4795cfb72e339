//! The linear system of a step: H + D over the weights, bordered by the rows.
//!
//! ```text
//! [ H + D   −Ãᵀ ] [ Δx ]   [ b ]
//! [   Ã      R  ] [ Δy ] = [ q ]
//! ```
//!
//! With H = F `Fᵀ` + diag(d), the factors are bordered like rows: with G = [F, −Ãᵀ] and all diagonals
//! in D, S = `GᵀD⁻¹G` + diag(I, R) is positive definite and of the size of factors and rows, so that a
//! step costs O(n k²) (M. A. Woodbury, 1950, in the form that does not cancel). A dense H costs one
//! Cholesky factorization.

use super::lifted::Lifted;
use crate::linear::cholesky::{Cholesky, NotPositiveDefinite};
use crate::linear::matrix::Matrix;
use crate::linear::product::{gram, times, transposed_times};
use crate::linear::vector::dot;

/// Added to the diagonal of S, as a fraction of it, so that rows that repeat one another do not matter.
const REGULARIZATION: f64 = 1e-13;

/// Corrections of a solution by what it leaves.
const REFINEMENTS: usize = 3;

/// A remainder below this fraction of the right side is rounding.
const SETTLED: f64 = 1e-12;

/// What changes of the matrix from step to step.
pub(super) struct Diagonals {
    /// D, infinite for weights that may not move.
    pub(super) weights: Vec<f64>,
    /// Ãᵀ.
    pub(super) rows: Matrix,
    /// R.
    pub(super) border: Matrix,
}

/// A factored system.
pub(super) struct System<'l, 'a> {
    lifted: &'l Lifted<'a>,
    diagonals: Diagonals,
    form: Form,
}

enum Form {
    /// D⁻¹ with the factors' own diagonal, G, and S.
    Factor { inverse: Vec<f64>, bordered: Matrix, factors: usize, small: Cholesky },
    /// H + D, M⁻¹Ãᵀ, and Ã M⁻¹ Ãᵀ + R.
    Dense { large: Cholesky, solved: Matrix, small: Cholesky },
}

impl<'l, 'a> System<'l, 'a> {
    pub(super) fn factor(lifted: &'l Lifted<'a>, diagonals: Diagonals) -> Result<Self, NotPositiveDefinite> {
        let form = match lifted.model.factor_form() {
            Some((loadings, specific)) => bordered_form(lifted, &diagonals, loadings, specific)?,
            None => dense_form(lifted, &diagonals)?,
        };
        Ok(Self { lifted, diagonals, form })
    }

    /// Δx and Δy, corrected until only rounding is left.
    pub(super) fn solve(&self, b: &[f64], q: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut dx, mut dy) = self.solve_once(b, q);
        let size = largest(b).max(largest(q));
        let mut before = f64::INFINITY;
        for _ in 0..REFINEMENTS {
            let (left_b, left_q) = self.remainder(b, q, &dx, &dy);
            let left = largest(&left_b).max(largest(&left_q));
            if left <= SETTLED * size || left >= 0.5 * before {
                break;
            }
            before = left;
            let (more_x, more_y) = self.solve_once(&left_b, &left_q);
            dx.iter_mut().zip(&more_x).for_each(|(entry, more)| *entry += more);
            dy.iter_mut().zip(&more_y).for_each(|(entry, more)| *entry += more);
        }
        (dx, dy)
    }

    fn solve_once(&self, b: &[f64], q: &[f64]) -> (Vec<f64>, Vec<f64>) {
        match &self.form {
            Form::Factor { inverse, bordered, factors, small } => {
                let divided: Vec<f64> = b.iter().zip(inverse).map(|(b, inverse)| b * inverse).collect();
                let mut right = transposed_times(bordered, &divided);
                right[*factors..].iter_mut().zip(q).for_each(|(entry, q)| *entry += q);
                let inner = small.solve(&right);
                let taken = times(bordered, &inner);
                let dx = b.iter().zip(&taken).zip(inverse).map(|((b, taken), inverse)| (b - taken) * inverse).collect();
                (dx, inner[*factors..].to_vec())
            }
            Form::Dense { large, solved, small } => {
                let b: Vec<f64> = b.iter().zip(moves(&self.diagonals.weights)).map(|(b, moves)| b * moves).collect();
                let mut dx = large.solve(&b);
                let crossed = transposed_times(&self.diagonals.rows, &dx);
                let right: Vec<f64> = q.iter().zip(&crossed).map(|(q, crossed)| q - crossed).collect();
                let dy = small.solve(&right);
                for (entry, more) in dx.iter_mut().zip(times(solved, &dy)) {
                    *entry += more;
                }
                (dx, dy)
            }
        }
    }

    /// What a solution leaves of the right side.
    fn remainder(&self, b: &[f64], q: &[f64], dx: &[f64], dy: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut product = vec![0.0; dx.len()];
        self.lifted.model.add_curvature(dx, &mut product);
        let priced = times(&self.diagonals.rows, dy);
        let left = (0..dx.len()).map(|asset| {
            let diagonal = self.diagonals.weights[asset];
            if diagonal.is_finite() { b[asset] - product[asset] - diagonal * dx[asset] + priced[asset] } else { 0.0 }
        });
        let crossed = transposed_times(&self.diagonals.rows, dx);
        let border = times(&self.diagonals.border, dy);
        let rest = q.iter().zip(crossed.iter().zip(&border)).map(|(q, (crossed, border))| q - crossed - border).collect();
        (left.collect(), rest)
    }
}

/// Factors bordered like rows.
fn bordered_form(
    lifted: &Lifted<'_>,
    diagonals: &Diagonals,
    loadings: Option<&Matrix>,
    specific: &[f64],
) -> Result<Form, NotPositiveDefinite> {
    let hessian = &lifted.model.hessian;
    let entry = |values: &[f64], asset: usize| values.get(asset).copied().unwrap_or(0.0);
    let diagonal = |(asset, own): (usize, &f64)| own + hessian.factor() * entry(specific, asset) + entry(hessian.own(), asset);
    let inverse: Vec<f64> = diagonals.weights.iter().enumerate().map(|at| 1.0 / diagonal(at)).collect();
    let factors = loadings.map_or(0, Matrix::columns);
    let root = hessian.factor().sqrt();
    let mut values = Vec::with_capacity(inverse.len() * (factors + diagonals.rows.columns()));
    values.extend(loadings.into_iter().flat_map(Matrix::values).map(|value| root * value));
    values.extend(diagonals.rows.values().iter().map(|value| -value));
    let bordered = matrix(inverse.len(), factors + diagonals.rows.columns(), values);
    let roots: Vec<f64> = inverse.iter().map(|inverse| inverse.sqrt()).collect();
    let mut small = gram(&scaled(&bordered, &roots));
    for at in 0..factors {
        small.set(at, at, small.get(at, at) + 1.0);
    }
    add_border(&mut small, factors, &diagonals.border);
    Ok(Form::Factor { inverse, bordered, factors, small: Cholesky::factor(small)? })
}

/// One factorization of all of H + D.
fn dense_form(lifted: &Lifted<'_>, diagonals: &Diagonals) -> Result<Form, NotPositiveDefinite> {
    let mut large = lifted.model.dense_hessian();
    for (asset, value) in diagonals.weights.iter().enumerate() {
        if value.is_finite() {
            large.set(asset, asset, large.get(asset, asset) + value);
        } else {
            // A weight that may not move: its row and column are those of the identity.
            large.column_mut(asset).fill(0.0);
            for other in 0..diagonals.weights.len() {
                large.set(asset, other, 0.0);
            }
            large.set(asset, asset, 1.0);
        }
    }
    let large = Cholesky::factor(large)?;
    let mut solved = scaled(&diagonals.rows, &moves(&diagonals.weights));
    large.solve_columns(&mut solved);
    let mut small =
        Matrix::from_fn(solved.columns(), solved.columns(), |row, column| dot(diagonals.rows.column(row), solved.column(column)));
    add_border(&mut small, 0, &diagonals.border);
    Ok(Form::Dense { large, solved, small: Cholesky::factor(small)? })
}

/// 1 for weights that move and 0 for those that may not.
fn moves(diagonal: &[f64]) -> Vec<f64> {
    diagonal.iter().map(|value| f64::from(u8::from(value.is_finite()))).collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()))
}

/// A matrix of values of a known number.
fn matrix(rows: usize, columns: usize, values: Vec<f64>) -> Matrix {
    Matrix::from_columns(rows, columns, values).unwrap_or_else(|_| Matrix::zeros(rows, columns))
}

/// Rows multiplied by one number each.
fn scaled(source: &Matrix, factors: &[f64]) -> Matrix {
    let mut product = source.clone();
    for column in product.values_mut().chunks_exact_mut(factors.len().max(1)) {
        for (entry, factor) in column.iter_mut().zip(factors) {
            *entry *= factor;
        }
    }
    product
}

/// Adds R behind the factors, and a trace of the diagonal.
fn add_border(small: &mut Matrix, factors: usize, border: &Matrix) {
    for column in 0..border.columns() {
        for row in 0..border.rows() {
            let value = small.get(factors + row, factors + column) + border.get(row, column);
            small.set(factors + row, factors + column, value);
        }
        let at = factors + column;
        let diagonal = small.get(at, at);
        small.set(at, at, diagonal * (1.0 + REGULARIZATION) + f64::MIN_POSITIVE);
    }
}
