//! How far a point is inside each limit.

use crate::linear::product::times;
use crate::linear::vector::dot;
use crate::optimize::limit::Limit;
use crate::optimize::program::Program;

/// The part of its assets' volatility, taken gross, below which a limit on volatility is no size.
const VOLATILITY_FLOOR: f64 = 1e-2;

/// The room within one limit, below 0 where it is broken, and the size to hold that against.
pub(super) struct Slack {
    pub(super) limit: Limit,
    pub(super) room: f64,
    pub(super) size: f64,
}

/// The room within every limit that is not open, in the order of [`crate::optimize::program::Region::limits`].
///
/// `weight` is the size of a weight: a row, spread or bound measures at least that.
pub(super) fn slacks(program: &Program, x: &[f64], weight: f64) -> Vec<Slack> {
    let region = &program.region;
    let mut slacks = Vec::with_capacity(2 * x.len() + region.rows.lower.len() + 4);
    let mut push = |limit: Limit, level: f64, room: f64, size: f64| {
        if level.is_finite() {
            slacks.push(Slack { limit, room, size });
        }
    };
    let values = times(&region.rows.matrix, x);
    let sizes: Vec<f64> = x.iter().map(|x| x.abs()).collect();
    for (row, value) in values.iter().enumerate() {
        let entry = |asset: usize| region.rows.matrix.get(row, asset).abs();
        let gross: f64 = sizes.iter().enumerate().map(|(asset, size)| entry(asset) * size).sum();
        let gross = (0..x.len()).map(entry).fold(gross, |most, entry| most.max(entry * weight));
        let (lower, upper) = (region.rows.lower[row], region.rows.upper[row]);
        push(Limit::RowLower(row), lower, value - lower, gross.max(lower.abs()));
        push(Limit::RowUpper(row), upper, upper - value, gross.max(upper.abs()));
    }
    for (at, spread) in region.spreads.iter().enumerate() {
        let prices: Vec<f64> = spread.above.iter().zip(&spread.below).map(|(above, below)| above.max(*below)).collect();
        let gross: f64 = prices.iter().zip(x.iter().zip(&spread.origin)).map(|(price, (x, origin))| price * (x.abs() + origin.abs())).sum();
        let gross = prices.iter().fold(gross, |most, price| most.max(price * weight));
        push(Limit::Spread(at), spread.limit, spread.limit - spread.value(x), gross.max(spread.limit.abs()));
    }
    for (at, risk) in region.risks.iter().enumerate() {
        let sizes: Vec<f64> = x.iter().zip(&risk.center).map(|(x, center)| x.abs() + center.abs()).collect();
        let gross = dot(&risk.covariance.volatilities(), &sizes);
        push(Limit::Risk(at), risk.volatility, risk.volatility - risk.value(x), risk.volatility.max(VOLATILITY_FLOOR * gross));
    }
    for (asset, x) in x.iter().enumerate() {
        let (lower, upper) = (region.lower[asset], region.upper[asset]);
        push(Limit::Lower(asset), lower, x - lower, weight.max(lower.abs()));
        push(Limit::Upper(asset), upper, upper - x, weight.max(upper.abs()));
    }
    slacks
}
