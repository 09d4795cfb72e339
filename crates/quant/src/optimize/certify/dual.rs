//! The dual function, bounded from below without a solver.
//!
//! The quadratic is above its tangent at x̂, and a risk limit implies the linear one
//! (x̂ − b)ᵀ V (x − b) ≤ r ‖x̂ − b‖ (Cauchy, Schwarz), so the Lagrangian is above a sum of convex functions
//! of one weight each, which are minimized in closed form over the bounds, and over those that rows and
//! spreads imply where a bound is open. A weight that stays open must have the slope 0; what is missing
//! is made up for by the quadratic, where that is positive definite.

use crate::linear::cholesky::Cholesky;
use crate::linear::matrix::Matrix;
use crate::linear::product::times;
use crate::optimize::program::{Program, Region};
use crate::optimize::solution::Multipliers;

use super::piece::Piece;

/// Times that limits imply bounds from one another.
const ROUNDS: usize = 2;

/// The Lagrangian at a point, by asset.
pub(super) struct Lagrangian<'a> {
    program: &'a Program,
    /// One function an asset.
    pub(super) pieces: Vec<Piece<'a>>,
    /// Σ multiplier × slack, over rows, spreads and risk limits; each at least 0 where feasible.
    pub(super) slackness: Vec<f64>,
}

impl<'a> Lagrangian<'a> {
    /// Of multipliers with feasible signs at x; `gradient` is that of the smooth objective, or zeros for
    /// the constraints alone, and `costs` tells whether φ counts.
    pub(super) fn new(program: &'a Program, x: &[f64], gradient: &[f64], costs: bool, multipliers: &Multipliers) -> Self {
        let region = &program.region;
        let mut slopes = gradient.to_vec();
        let mut slackness = Vec::new();
        let values = times(&region.rows.matrix, x);
        for (row, y) in multipliers.rows.iter().enumerate().filter(|(_, y)| **y != 0.0) {
            let side = if *y > 0.0 { region.rows.lower[row] } else { region.rows.upper[row] };
            slackness.push(y * (values[row] - side));
            for (asset, slope) in slopes.iter_mut().enumerate() {
                *slope -= y * region.rows.matrix.get(row, asset);
            }
        }
        for (risk, nu) in region.risks.iter().zip(&multipliers.risks).filter(|(_, nu)| **nu != 0.0) {
            let active: Vec<f64> = x.iter().zip(&risk.center).map(|(x, b)| x - b).collect();
            let volatility = risk.covariance.variance(&active).sqrt();
            slackness.push(2.0 * nu * volatility * (risk.volatility - volatility));
            for (slope, covariance) in slopes.iter_mut().zip(risk.covariance.times(&active)) {
                *slope += 2.0 * nu * covariance;
            }
        }
        let priced: Vec<_> = region.spreads.iter().zip(&multipliers.spreads).filter(|(_, theta)| **theta != 0.0).collect();
        slackness.extend(priced.iter().map(|(spread, theta)| **theta * (spread.limit - spread.value(x))));
        let piece = |(asset, slope): (usize, f64)| Piece {
            slope,
            cost: if costs { program.costs.get(asset) } else { None },
            spreads: priced
                .iter()
                .map(|(spread, theta)| (spread.origin[asset], *theta * spread.above[asset], *theta * spread.below[asset]))
                .collect(),
        };
        let pieces = slopes.into_iter().enumerate().map(piece).collect();
        Self { program, pieces, slackness }
    }

    /// What the Lagrangian at x is above its least value over the box, with the slackness: the duality
    /// gap. Infinite where the bound is.
    pub(super) fn gap(&self, x: &[f64], implied: &[(f64, f64)]) -> f64 {
        let mut gap: f64 = self.slackness.iter().sum();
        let mut open = vec![0.0; x.len()];
        for (asset, piece) in self.pieces.iter().enumerate() {
            let (lower, upper) = implied[asset];
            match piece.least(lower, upper, x[asset]) {
                Some(least) => gap += piece.change(x[asset], least),
                None => open[asset] = piece.slope,
            }
        }
        if open.iter().any(|slope| *slope != 0.0) { gap + self.open_gap(&open) } else { gap }
    }

    /// ½ rᵀ (s Q)⁻¹ r: the most that slopes r in open directions can gain against the quadratic.
    fn open_gap(&self, slopes: &[f64]) -> f64 {
        let priced =
            self.pieces.iter().zip(slopes).any(|(piece, slope)| *slope != 0.0 && (piece.cost.is_some() || !piece.spreads.is_empty()));
        let Some(covariance) = self.program.quadratic.as_ref().filter(|_| self.program.scale > 0.0 && !priced) else {
            return f64::INFINITY;
        };
        let dense: Matrix = covariance.matrix().into_owned();
        Cholesky::factor(dense).map_or(f64::INFINITY, |factor| {
            let solved = factor.solve(slopes);
            0.5 * solved.iter().zip(slopes).map(|(a, b)| a * b).sum::<f64>() / self.program.scale
        })
    }
}

/// Multipliers whose signs can prove something: none on an open side, none below 0 where none may be.
pub(super) fn feasible_signs(region: &Region, multipliers: &Multipliers) -> Multipliers {
    let rows = multipliers.rows.iter().enumerate().map(|(row, y)| {
        let side = if *y > 0.0 { region.rows.lower[row] } else { region.rows.upper[row] };
        if side.is_finite() { *y } else { 0.0 }
    });
    let spreads =
        multipliers.spreads.iter().zip(&region.spreads).map(|(theta, spread)| if spread.limit.is_finite() { theta.max(0.0) } else { 0.0 });
    let risks = multipliers.risks.iter().zip(&region.risks).map(|(nu, risk)| if risk.volatility.is_finite() { nu.max(0.0) } else { 0.0 });
    Multipliers { bounds: multipliers.bounds.clone(), rows: rows.collect(), spreads: spreads.collect(), risks: risks.collect() }
}

/// Bounds of each weight: those given, and where a side is open, what rows, spreads and specific risk
/// imply.
pub(crate) fn implied_bounds(region: &Region) -> Vec<(f64, f64)> {
    let mut bounds: Vec<(f64, f64)> = region.lower.iter().copied().zip(region.upper.iter().copied()).collect();
    let open = |(lower, upper): &(f64, f64)| lower.is_infinite() || upper.is_infinite();
    if !bounds.iter().any(open) {
        return bounds;
    }
    for spread in region.spreads.iter().filter(|spread| spread.limit.is_finite()) {
        for (asset, bound) in bounds.iter_mut().enumerate().filter(|(_, bound)| open(bound)) {
            let reach = |price: f64| if price > 0.0 { spread.limit / price } else { f64::INFINITY };
            tighten(bound, spread.origin[asset] - reach(spread.below[asset]), spread.origin[asset] + reach(spread.above[asset]));
        }
    }
    for risk in region.risks.iter().filter(|risk| risk.volatility.is_finite()) {
        let Some(factors) = risk.covariance.factor_form() else { continue };
        for ((bound, specific), center) in bounds.iter_mut().zip(&factors.specific).zip(&risk.center).filter(|((bound, _), _)| open(bound))
        {
            let reach = if *specific > 0.0 { risk.volatility / specific.sqrt() } else { f64::INFINITY };
            tighten(bound, center - reach, center + reach);
        }
    }
    for _ in 0..ROUNDS {
        for row in 0..region.rows.lower.len() {
            row_bounds(region, row, &mut bounds);
        }
    }
    bounds
}

/// What one row implies for the weights whose bounds are open.
fn row_bounds(region: &Region, row: usize, bounds: &mut [(f64, f64)]) {
    let sides = [(region.rows.lower[row], -1.0), (region.rows.upper[row], 1.0)];
    for (limit, sign) in sides.into_iter().filter(|(limit, _)| limit.is_finite()) {
        // Written as Σ a x ≤ u, with the least that the other terms can be.
        let coefficient = |asset: usize| sign * region.rows.matrix.get(row, asset);
        let least = |asset: usize, bounds: &[(f64, f64)]| match coefficient(asset) {
            0.0 => 0.0,
            a if a > 0.0 => a * bounds[asset].0,
            a => a * bounds[asset].1,
        };
        let (mut finite, mut open) = (0.0, 0);
        for asset in 0..bounds.len() {
            let term = least(asset, bounds);
            if term.is_finite() { finite += term } else { open += 1 }
        }
        for asset in 0..bounds.len() {
            let term = least(asset, bounds);
            let others = if term.is_finite() { (finite - term, open) } else { (finite, open - 1) };
            let a = coefficient(asset);
            if others.1 == 0 && a != 0.0 {
                let reach = (sign * limit - others.0) / a;
                let (lower, upper) = bounds[asset];
                if a > 0.0 && upper.is_infinite() {
                    tighten(&mut bounds[asset], f64::NEG_INFINITY, reach);
                } else if a < 0.0 && lower.is_infinite() {
                    tighten(&mut bounds[asset], reach, f64::INFINITY);
                }
                // The sums hold terms by the other side of each bound, which has not moved.
            }
        }
    }
}

/// Closes an open side; a bound that is given stays, and sides do not cross.
fn tighten(bound: &mut (f64, f64), lower: f64, upper: f64) {
    let (given_lower, given_upper) = *bound;
    if given_lower.is_infinite() {
        bound.0 = lower.min(given_upper);
    }
    if given_upper.is_infinite() {
        bound.1 = upper.max(bound.0);
    }
}
