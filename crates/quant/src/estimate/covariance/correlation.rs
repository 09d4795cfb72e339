//! A covariance taken apart into volatilities and correlations.
//!
//! σᵢ = √Σᵢᵢ  and  ρᵢⱼ = Σᵢⱼ ÷ (σᵢ σⱼ)
//!
//! | symbol | field | shape | unit |
//! |---|---|---|---|
//! | Σ | the covariance | n × n | a period |
//! | σ | `volatilities` | n | a period, at least 0 |
//! | ρ | `correlation` | n × n | −1 to 1, 1 on the diagonal |
//!
//! An asset that never moves has no correlations: they are 0 with all others and 1 with itself.

use crate::linear::matrix::Matrix;

/// Volatilities and correlations.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposed {
    /// Volatility of each asset, a period.
    pub volatilities: Vec<f64>,
    /// Correlations, exactly 1 on the diagonal.
    pub correlation: Matrix,
}

/// Takes a symmetric matrix with a diagonal of at least 0 apart.
pub(crate) fn decompose(covariance: &Matrix) -> Decomposed {
    let volatilities: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.max(0.0).sqrt()).collect();
    let inverse: Vec<f64> = volatilities.iter().map(|volatility| if *volatility > 0.0 { volatility.recip() } else { 0.0 }).collect();
    let mut correlation = covariance.clone();
    scale_both_sides(&mut correlation, &inverse);
    set_unit_diagonal(&mut correlation);
    Decomposed { volatilities, correlation }
}

/// diag(s) A diag(s), in place.
pub(crate) fn scale_both_sides(matrix: &mut Matrix, scale: &[f64]) {
    for (at, own) in scale.iter().enumerate() {
        for (value, other) in matrix.column_mut(at).iter_mut().zip(scale) {
            // The product of the two scales first, so that mirror images stay equal.
            *value *= own * other;
        }
    }
}

pub(crate) fn set_unit_diagonal(matrix: &mut Matrix) {
    for at in 0..matrix.rows() {
        matrix.set(at, at, 1.0);
    }
}
