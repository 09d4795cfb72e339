//! A value that no decision of a program is below.
//!
//! ```text
//! bound = min over lower ≤ v ≤ upper of  f̂(v) − yᵀ(A v − r)
//! ```
//!
//! f̂ is the tangent of the objective at a point v̂: with f = Fᵀ(x − b), a = x − b and ŵ = max(w(v̂), 0),
//! ½‖f‖² ≥ f̂ᵀf − ½‖f̂‖², ½ d a² ≥ d â a − ½ d â² and w^{3/2} ≥ 3/2 √ŵ w − ½ ŵ^{3/2}. What is left is linear, so each
//! piece takes the bound that its reduced cost asks for. It holds for any v̂ and y, wherever they come from (S. Boyd,
//! L. Vandenberghe, *Convex Optimization*, 2004, section 5.1.3), and shares no code with what finds them.

use super::program::{Program, Trade};
use super::region::{Entry, Interval, Region};

/// A value that no pieces which satisfy bounds and rows are below, from any point and any prices of rows.
///
/// | symbol | argument | shape | unit |
/// |---|---|---|---|
/// | v̂ | `near` | pieces | as pieces |
/// | y | `prices` | rows | objective by unit of the row; of `L = f(v) − yᵀ(A v − r)` |
/// | bound | result | 1 | as the objective; −∞ where a number is none |
///
/// Entries that are missing count as 0. At an optimum and its prices the bound is the optimum.
///
/// ```
/// use evenkeel_quant::linear::matrix::Matrix;
/// use evenkeel_quant::optimize::lots::{bound::lower_bound, program::{Piece, Program, Trade}};
/// // Two units of cash: 1 to spend at a price of 0.3, or 5 at a price of 0.5.
/// let piece = |upper, price| Piece { lower: 0.0, upper, price, rows: Vec::new() };
/// let all = Trade { asset: None, sign: 1.0, impact: 0.0, rows: vec![(0, 1.0)], pieces: 0..2 };
/// let program = Program {
///     loadings: Matrix::zeros(0, 0),
///     assets: Vec::new(),
///     trades: vec![all],
///     pieces: vec![piece(1.0, 0.3), piece(5.0, 0.5)],
///     rows: vec![2.0],
/// };
/// assert!((lower_bound(&program, &[0.0, 0.0], &[0.5]) - 0.8).abs() < 1e-15);
/// assert!(lower_bound(&program, &[0.0, 0.0], &[0.4]) < 0.8);
/// ```
pub fn lower_bound(program: &Program, near: &[f64], prices: &[f64]) -> f64 {
    lower_bound_within(program, &Region::of(program), near, prices)
}

/// The same over what a node leaves open, with fees: each trade may be left out, or is made for its fee in at least its
/// least size, which no convex program can say.
pub(super) fn lower_bound_within(program: &Program, region: &Region, near: &[f64], prices: &[f64]) -> f64 {
    let marginal = Tangent::of(program, near);
    let priced = |rows: &[(usize, f64)]| rows.iter().map(|(row, count)| prices.get(*row).unwrap_or(&0.0) * count).sum::<f64>();
    let mut bound = marginal.constant + region.fees + program.rows.iter().zip(prices).map(|(row, price)| row * price).sum::<f64>();
    let mut costs: Vec<(f64, f64)> = Vec::new();
    for (at, trade) in program.trades.iter().enumerate() {
        let of_asset = trade.asset.and_then(|asset| marginal.assets.get(asset)).unwrap_or(&0.0);
        let root = trade.size(near).max(0.0).sqrt();
        let common = trade.sign * of_asset + 1.5 * trade.impact * root - priced(&trade.rows);
        costs.clear();
        for piece in trade.pieces.clone() {
            let cost = common + program.pieces[piece].price - priced(&program.pieces[piece].rows);
            let (lower, upper) = (region.lower[piece], region.upper[piece]);
            bound += cost * lower;
            costs.push((cost, upper - lower));
        }
        let least: f64 = region.lower[trade.pieces.clone()].iter().sum();
        let (size, entry) = (region.sizes[at], region.entries[at]);
        bound += if entry == Entry::default() {
            cheapest(&mut costs, size, least)
        } else {
            let made = Interval { lower: size.lower.max(entry.least), upper: size.upper };
            (entry.fee + cheapest(&mut costs, made, least)).min(0.0)
        };
    }
    if bound.is_nan() { f64::NEG_INFINITY } else { bound }
}

/// The least that ranges cost beyond their lower ends, where these sum to so much and the whole must lie in an interval.
fn cheapest(costs: &mut [(f64, f64)], size: Interval, least: f64) -> f64 {
    if size == Interval::OPEN {
        return costs.iter().map(|(cost, range)| cost.min(0.0) * range).sum();
    }
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut total, mut taken) = (0.0, least);
    for (cost, range) in costs.iter() {
        // What pays is taken up to the greatest size, what costs only up to the least.
        let limit = if *cost < 0.0 { size.upper } else { size.lower };
        let amount = range.min((limit - taken).max(0.0));
        total += cost * amount;
        taken += amount;
    }
    total
}

/// The tangent of risk at a point, and the part of all tangents that does not depend on v.
struct Tangent {
    /// Slope in each asset.
    assets: Vec<f64>,
    constant: f64,
}

impl Tangent {
    fn of(program: &Program, near: &[f64]) -> Self {
        let active = program.active(near);
        let mut constant = 0.0;
        let mut assets: Vec<f64> = program.assets.iter().zip(&active).map(|(asset, x)| asset.specific * x).collect();
        for factor in 0..program.factors() {
            let exposure: f64 = active.iter().enumerate().map(|(asset, x)| program.loadings.get(factor, asset) * x).sum();
            constant -= 0.5 * exposure * exposure;
            for (asset, slope) in assets.iter_mut().enumerate() {
                *slope += program.loadings.get(factor, asset) * exposure;
            }
        }
        for ((asset, x), slope) in program.assets.iter().zip(&active).zip(&assets) {
            constant += slope * asset.active - 0.5 * asset.specific * x * x;
        }
        let power = |trade: &Trade| if trade.impact > 0.0 { trade.impact * trade.size(near).max(0.0).powf(1.5) } else { 0.0 };
        constant -= 0.5 * program.trades.iter().map(power).sum::<f64>();
        Self { assets, constant }
    }
}
