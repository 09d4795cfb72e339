//! The panel of the cases, generated covariances, comparisons.

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::gram;
use proptest::prelude::*;
use serde_json::Value;

pub(crate) use crate::shared::{case, case_returns as returns, numbers};

/// Sample covariance with ddof 1.
pub(crate) fn sample_covariance(returns: &Matrix) -> Covariance {
    let mut centered = returns.clone();
    let dates = returns.rows() as f64;
    for column in 0..returns.columns() {
        let mean = returns.column(column).iter().sum::<f64>() / dates;
        centered.column_mut(column).iter_mut().for_each(|entry| *entry -= mean);
    }
    let mut matrix = gram(&centered);
    matrix.values_mut().iter_mut().for_each(|entry| *entry /= dates - 1.0);
    Covariance::from_matrix(matrix).unwrap()
}

/// Assets by their names "A00", "A01" …
pub(crate) fn assets(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().trim_start_matches('A').parse().unwrap()).collect()
}

pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= tolerance);
    assert!(close, "{what}: {found:?} is not {expected:?}");
}

/// A covariance of three factors and specific risk of its own for each of `size` assets.
pub(crate) fn covariances(size: std::ops::Range<usize>) -> impl Strategy<Value = Covariance> {
    size.prop_flat_map(|size| (prop::collection::vec(-0.3..0.3_f64, 3 * size), prop::collection::vec(0.001..0.1_f64, size))).prop_map(
        |(loadings, specific)| {
            let factors = Covariance::from_factors(Matrix::from_columns(specific.len(), 3, loadings).unwrap(), specific).unwrap();
            Covariance::from_matrix(factors.matrix().into_owned()).unwrap()
        },
    )
}

/// The same assets in another order: asset i of the result is asset `order[i]`.
pub(crate) fn reordered(covariance: &Covariance, order: &[usize]) -> Covariance {
    Covariance::from_matrix(covariance.matrix().select(order, order)).unwrap()
}

/// Every asset's risk in another unit.
pub(crate) fn scaled(covariance: &Covariance, factor: f64) -> Covariance {
    let mut matrix = covariance.matrix().into_owned();
    matrix.values_mut().iter_mut().for_each(|entry| *entry *= factor);
    Covariance::from_matrix(matrix).unwrap()
}

/// An order of `size` assets that is neither theirs nor its reverse.
pub(crate) fn shuffle(size: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..size).collect();
    let key = |asset: &usize| (*asset as u64 + 1).wrapping_mul(seed | 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    order.sort_by_key(key);
    order
}
