//! Whether an objective falls without end along a direction.

use crate::linear::product::times;
use crate::linear::vector::dot;
use crate::optimize::program::{Cost, Program};

use super::scale::relative;

/// How well a direction proves that a program is unbounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Descent {
    /// The largest part by which the direction leaves the region or meets curvature, relative.
    pub(super) residual: f64,
    /// The fall of the objective along it, as a fraction of the gross of its terms.
    pub(super) fall: f64,
}

/// Measures a direction.
pub(super) fn descent(program: &Program, direction: &[f64]) -> Descent {
    let region = &program.region;
    let held = direction.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let mut residual: f64 = if held > 0.0 { 0.0 } else { f64::INFINITY };
    let mut leaves = |by: f64, size: f64| residual = residual.max(relative(by.max(0.0), size));
    for (asset, d) in direction.iter().enumerate() {
        if region.lower[asset].is_finite() {
            leaves(-d, held);
        }
        if region.upper[asset].is_finite() {
            leaves(*d, held);
        }
    }
    for (row, value) in times(&region.rows.matrix, direction).into_iter().enumerate() {
        let gross: f64 = direction.iter().enumerate().map(|(asset, d)| (region.rows.matrix.get(row, asset) * d).abs()).sum();
        if region.rows.lower[row].is_finite() {
            leaves(-value, gross);
        }
        if region.rows.upper[row].is_finite() {
            leaves(value, gross);
        }
    }
    for spread in region.spreads.iter().filter(|spread| spread.limit.is_finite()) {
        let priced = direction.iter().zip(spread.above.iter().zip(&spread.below));
        let (used, most) = priced.fold((0.0, 0.0_f64), |(used, most), (d, (above, below))| {
            (used + if *d > 0.0 { above * d } else { -below * d }, most.max(above.max(*below)))
        });
        leaves(used, most * held);
    }
    let limits = region.risks.iter().filter(|risk| risk.volatility.is_finite()).map(|risk| &risk.covariance);
    for covariance in limits.chain(program.quadratic.iter().filter(|_| program.scale > 0.0)) {
        let sizes: Vec<f64> = direction.iter().map(|d| d.abs()).collect();
        leaves(covariance.variance(direction).sqrt(), dot(&covariance.volatilities(), &sizes));
    }
    let (mut slope, mut gross) = (0.0, 0.0);
    for (asset, d) in direction.iter().enumerate() {
        let cost = program.costs.get(asset).map_or(0.0, |cost| recession(cost, *d, held));
        slope += program.linear[asset] * d + cost;
        gross += (program.linear[asset] * d).abs() + cost.abs();
    }
    Descent { residual, fall: if gross.is_finite() { relative(-slope, gross) } else { f64::NEG_INFINITY } }
}

/// What a cost rises by, in the long run, with a step d.
fn recession(cost: &Cost, d: f64, held: f64) -> f64 {
    if (cost.quadratic > 0.0 || cost.power > 0.0) && d.abs() > super::NEAR * held {
        return f64::INFINITY;
    }
    let jumps: f64 = cost.kinks.iter().map(|kink| kink.jump).sum();
    d * if d > 0.0 { cost.slope + jumps } else { cost.slope }
}
