//! How much of a result is luck: against plain loops, known distributions and published cases.
//!
//! The case files stand beside the project in `../shared/cases`; where they are absent the tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking, and says what it skips"
)]

mod overfitting;
mod premium;
#[path = "../shared/mod.rs"]
mod shared;
mod superior;

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::probability::random::Random;

/// Independent returns of a mean and a volatility of 1 %, a stream of the seed.
fn noise(rows: usize, variants: usize, mean: f64, seed: u64) -> Matrix {
    let mut random = Random::stream(seed, 0);
    Matrix::from_fn(rows, variants, |_, _| mean + 0.01 * random.normal())
}
