//! The panel of the cases, generated covariances, comparisons.

use std::path::Path;

use evenkeel_quant::estimate::covariance::Covariance;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::linear::product::gram;
use proptest::prelude::*;
use serde_json::Value;

fn read(path: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("SKIPPED: {} is not here", path.display());
    }
    text
}

pub(crate) fn case(name: &str) -> Option<Value> {
    Some(serde_json::from_str(&read(&format!("../shared/cases/{name}.json"))?).unwrap())
}

/// Returns of the panel that the cases share, dates × assets.
pub(crate) fn returns() -> Option<Matrix> {
    let text = read("../shared/cases/optim_returns.csv")?;
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').skip(1).map(|field| field.parse().unwrap()).collect()).collect();
    Some(Matrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column]))
}

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

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
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
