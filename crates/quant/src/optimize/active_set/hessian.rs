//! The quadratic part of a scaled program: products and entries.

use crate::estimate::covariance::Covariance;
use crate::linear::matrix::Matrix;
use crate::linear::vector::dot;

/// factor × Q + diag(own).
#[derive(Debug, Clone)]
pub(crate) struct Hessian<'a> {
    covariance: Option<&'a Covariance>,
    entries: Entries<'a>,
    /// Multiplies Q.
    factor: f64,
    /// What quadratic costs add to the diagonal; empty for nothing.
    own: Vec<f64>,
}

/// How single entries are read.
#[derive(Debug, Clone)]
enum Entries<'a> {
    Zero,
    Dense(&'a Matrix),
    /// Lᵀ, so that an asset's loadings lie together, and d.
    Factor(Matrix, &'a [f64]),
}

impl<'a> Hessian<'a> {
    pub(crate) fn new(covariance: Option<&'a Covariance>, factor: f64, own: Vec<f64>) -> Self {
        let covariance = covariance.filter(|_| factor > 0.0);
        let entries = match covariance.map(|covariance| (covariance.dense_form(), covariance.factor_form())) {
            Some((Some(matrix), _)) => Entries::Dense(matrix),
            Some((None, Some(factors))) => Entries::Factor(factors.loadings.transposed(), &factors.specific),
            _ => Entries::Zero,
        };
        Self { covariance, entries, factor, own }
    }

    /// Adds H x.
    pub(crate) fn add_product(&self, x: &[f64], out: &mut [f64]) {
        if let Some(covariance) = self.covariance {
            for (entry, value) in out.iter_mut().zip(covariance.times(x)) {
                *entry += self.factor * value;
            }
        }
        for ((entry, own), x) in out.iter_mut().zip(&self.own).zip(x) {
            *entry += own * x;
        }
    }

    /// Adds `weight` times the entries of one column in chosen rows.
    pub(crate) fn add_column(&self, column: usize, rows: &[usize], weight: f64, out: &mut [f64]) {
        let weighted = weight * self.factor;
        match &self.entries {
            Entries::Zero => {}
            Entries::Dense(matrix) => {
                let values = matrix.column(column);
                for (entry, row) in out.iter_mut().zip(rows) {
                    *entry += weighted * values[*row];
                }
            }
            Entries::Factor(loadings, specific) => {
                let own = loadings.column(column);
                for (entry, row) in out.iter_mut().zip(rows) {
                    let specific = if *row == column { specific[column] } else { 0.0 };
                    *entry += weighted * (dot(loadings.column(*row), own) + specific);
                }
            }
        }
        if let Some(own) = self.own.get(column) {
            for (entry, _) in out.iter_mut().zip(rows).filter(|(_, row)| **row == column) {
                *entry += weight * own;
            }
        }
    }

    /// What multiplies Q.
    pub(crate) fn factor(&self) -> f64 {
        self.factor
    }

    /// What is added to the diagonal; empty for nothing.
    pub(crate) fn own(&self) -> &[f64] {
        &self.own
    }

    /// Multiplies all of H.
    pub(crate) fn rescale(&mut self, by: f64) {
        self.factor *= by;
        self.own.iter_mut().for_each(|entry| *entry *= by);
    }

    /// L and d where Q has them, nothing where there is no Q; `None` where Q is dense.
    pub(crate) fn factor_form(&self) -> Option<(Option<&Matrix>, &[f64])> {
        match self.covariance {
            None => Some((None, &[])),
            Some(covariance) => covariance.factor_form().map(|form| (Some(&form.loadings), form.specific.as_slice())),
        }
    }

    /// All entries, of a dense Q.
    pub(crate) fn to_matrix(&self, size: usize) -> Matrix {
        let mut matrix = match &self.entries {
            Entries::Dense(matrix) => (*matrix).clone(),
            Entries::Zero | Entries::Factor(..) => Matrix::zeros(size, size),
        };
        for entry in matrix.values_mut() {
            *entry *= self.factor;
        }
        for (at, own) in self.own.iter().enumerate() {
            matrix.set(at, at, matrix.get(at, at) + own);
        }
        matrix
    }

    /// The diagonal.
    pub(crate) fn diagonal(&self, size: usize) -> Vec<f64> {
        let mut diagonal = self.covariance.map_or_else(|| vec![0.0; size], Covariance::variances);
        for (at, entry) in diagonal.iter_mut().enumerate() {
            *entry = *entry * self.factor + self.own.get(at).copied().unwrap_or(0.0);
        }
        diagonal
    }
}
