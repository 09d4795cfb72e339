//! What an instrument returned beyond the leaves over which it is spread.

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::linear::matrix::Matrix;

use super::{EstimateInputs, history};

/// Share of the dates that an instrument must have, or it moves as its leaves do.
const LEAST_COVERED: f64 = 0.95;

/// Simple returns of an instrument less those of its leaves, on the dates of these: `of_leaves` has a row a date and a column a sleeve.
/// 0 on single dates on which it has none; `None` where it has none on many.
pub(crate) fn beyond(inputs: &EstimateInputs<'_>, instrument: InstrumentId, dates: &[i32], of_leaves: &Matrix) -> Option<Vec<f64>> {
    let own = history::of_series(inputs, inputs.universe.symbol(instrument), dates)?;
    #[expect(clippy::cast_precision_loss, reason = "dates")]
    let is_covered = own.iter().filter(|value| value.is_finite()).count() as f64 >= LEAST_COVERED * own.len() as f64;
    let exposures = inputs.sleeves.exposures(instrument);
    let of_leaves = |row: usize| exposures.iter().map(|exposure| exposure.weight * of_leaves.get(row, exposure.sleeve.0)).sum::<f64>();
    let difference = |(row, own): (usize, &f64)| if own.is_finite() { own - of_leaves(row) } else { 0.0 };
    is_covered.then(|| own.iter().enumerate().map(difference).collect())
}
