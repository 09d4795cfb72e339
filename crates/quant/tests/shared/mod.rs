//! Files beside the project that several test targets read; where they are absent the tests say so and pass.
#![allow(dead_code, clippy::print_stdout, clippy::unwrap_used, reason = "shared by several tests")]

use std::path::Path;

use evenkeel_quant::linear::matrix::Matrix;
use serde_json::Value;

/// The text of a file, its path from the root of the repository; nothing where it is absent.
pub(crate) fn text(path: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("SKIPPED: {} is not here", path.display());
    }
    text
}

/// A JSON file.
pub(crate) fn json(path: &str) -> Option<Value> {
    text(path).map(|text| serde_json::from_str(&text).unwrap())
}

/// A reference case by its name, as `optim_minvar`.
pub(crate) fn case(name: &str) -> Option<Value> {
    json(&format!("../shared/cases/{name}.json"))
}

/// The 1000 days of 20 assets of the optimization cases.
pub(crate) fn case_returns() -> Option<Matrix> {
    let text = text("../shared/cases/optim_returns.csv")?;
    let fields = |line: &str| line.split(',').skip(1).map(|field| field.parse().unwrap()).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = text.lines().skip(1).map(fields).collect();
    Some(Matrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column]))
}

/// The numbers of an array.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}
