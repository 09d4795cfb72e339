//! The sizes that residuals are held against, so that a verdict does not depend on units.

use crate::linear::vector::dot;
use crate::optimize::program::Program;

/// The part of its assets' variance, taken gross, below which the variance of a portfolio counts as 0:
/// a hundredth of the volatility.
const RISK_FLOOR: f64 = 1e-4;

/// What a weight, a slope of the objective and the objective itself measure in this program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// A weight.
    pub(super) weight: f64,
    /// The objective by weight.
    pub(super) slope: f64,
    /// The objective.
    pub(super) objective: f64,
}

impl Scale {
    /// Sizes at x, where the smooth part of the objective has a gradient.
    pub(super) fn of(program: &Program, x: &[f64], gradient: &[f64]) -> Self {
        let weight = weight_scale(program, x);
        let (greatest, gross) = gross_volatility(program, x, weight);
        let near = weight * super::NEAR;
        let slopes = gradient.iter().zip(&program.linear).enumerate().map(|(asset, (gradient, linear))| {
            let (left, right) = program
                .costs
                .get(asset)
                .zip(x.get(asset))
                .map_or((0.0, 0.0), |(cost, x)| (cost.slopes(x - near).0.abs(), cost.slopes(x + near).1.abs()));
            (gradient - linear).abs() + linear.abs() + left.max(right)
        });
        let slope = slopes.fold(RISK_FLOOR * greatest * gross, f64::max);
        let risk: f64 =
            gradient.iter().zip(&program.linear).zip(x.iter().zip(&program.center)).map(|((g, c), (x, b))| (g - c) * (x - b)).sum();
        let linear: f64 = program.linear.iter().zip(x).map(|(c, x)| (c * x).abs()).sum();
        let costs: f64 = program.costs.iter().zip(x).map(|(cost, x)| cost.value(*x).abs()).sum();
        let objective = (0.5 * risk.abs() + linear + costs).max(0.5 * RISK_FLOOR * gross * gross).max(RISK_FLOOR * slope * weight);
        Self { weight, slope, objective }
    }
}

/// The size of a weight: of those held, of what they are measured from, and at least the smallest size
/// that a limit names.
fn weight_scale(program: &Program, x: &[f64]) -> f64 {
    let region = &program.region;
    let centers = region.risks.iter().flat_map(|risk| &risk.center).chain(&program.center);
    let origins = region.spreads.iter().flat_map(|spread| &spread.origin).chain(program.costs.iter().map(|cost| &cost.origin));
    let held = x.iter().chain(centers).chain(origins).fold(0.0, |most, x| x.abs().max(most));
    let bounds = region.lower.iter().chain(&region.upper).copied();
    let rows = (0..region.rows.lower.len()).flat_map(|row| {
        let largest = (0..program.size()).fold(0.0, |most: f64, asset| most.max(region.rows.matrix.get(row, asset).abs()));
        [region.rows.lower[row], region.rows.upper[row]].map(|limit| if largest > 0.0 { limit / largest } else { 0.0 })
    });
    let named = bounds.chain(rows).map(f64::abs).filter(|size| *size > 0.0 && size.is_finite()).reduce(f64::min);
    held.max(named.unwrap_or(0.0))
}

/// The greatest volatility, with the square root of the scale in it, and the sum over what is held and
/// what that is measured from.
fn gross_volatility(program: &Program, x: &[f64], weight: f64) -> (f64, f64) {
    let Some(covariance) = &program.quadratic else { return (0.0, 0.0) };
    let factor = program.scale.sqrt();
    let volatilities: Vec<f64> = covariance.volatilities().into_iter().map(|volatility| volatility * factor).collect();
    let sizes: Vec<f64> = x.iter().zip(&program.center).map(|(x, b)| x.abs() + b.abs()).collect();
    let greatest = volatilities.iter().copied().fold(0.0, f64::max);
    (greatest, dot(&volatilities, &sizes).max(greatest * weight))
}

/// A residual as a fraction of a size; 0 of nothing is 0, and anything else of nothing infinite.
pub(super) fn relative(residual: f64, size: f64) -> f64 {
    if residual == 0.0 { 0.0 } else { residual / size }
}
