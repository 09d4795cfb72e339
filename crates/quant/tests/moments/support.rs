//! Cases, panels and comparisons.

use evenkeel_quant::linear::matrix::Matrix;
use serde_json::Value;

pub(crate) use crate::shared::{case_returns, json as read, numbers, text};

/// Simple returns of a file of prices, `NaN` where a price is missing on either side.
pub(crate) fn returns_of_prices(path: &str) -> Option<Matrix> {
    let text = text(path)?;
    let prices: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').skip(1).map(|cell| cell.parse().unwrap_or(f64::NAN)).collect()).collect();
    Some(Matrix::from_fn(prices.len() - 1, prices[0].len(), |row, column| prices[row + 1][column] / prices[row][column] - 1.0))
}

pub(crate) fn matrix(value: &Value) -> Matrix {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Matrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column])
}

/// Every entry as expected, relative to the largest.
pub(crate) fn assert_matrix(found: &Matrix, expected: &Matrix, relative: f64, what: &str) {
    assert_eq!((found.rows(), found.columns()), (expected.rows(), expected.columns()), "{what}");
    let scale = expected.values().iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (at, (found, expected)) in found.values().iter().zip(expected.values()).enumerate() {
        assert!((found - expected).abs() <= relative * scale, "{what}: value {at} is {found}, not {expected}");
    }
}

pub(crate) fn assert_vector(found: &[f64], expected: &[f64], relative: f64, what: &str) {
    let column = |values: &[f64]| Matrix::from_columns(values.len(), 1, values.to_vec()).unwrap();
    assert_matrix(&column(found), &column(expected), relative, what);
}

pub(crate) fn assert_number(found: f64, expected: &Value, relative: f64, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= relative * expected.abs(), "{what} is {found}, not {expected}");
}

/// A panel with a common factor, from a seed.
pub(crate) fn panel(rows: usize, assets: usize, seed: u64) -> Matrix {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX) - 0.5
    };
    let market: Vec<f64> = (0..rows).map(|_| 0.02 * uniform()).collect();
    Matrix::from_fn(rows, assets, |row, _| 0.0003 + market[row] + 0.03 * uniform())
}
