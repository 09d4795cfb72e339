//! Where the method stands: pieces, prices, and what is left to gain.

use super::super::program::Program;
use super::super::region::{Interval, Region};
use super::barrier::Side;
use super::kernel::{add_columns, set_products};
use super::layout::Layout;
use crate::linear::vector::dot;

/// A range below this part of its ends, or of the range that it is in, is a point.
const POINT: f64 = 1e-12;

/// What limits the size of a trade beyond the bounds of its pieces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    /// Nothing.
    Open,
    /// An interval, infinite where the pieces' own bounds are as tight.
    Between(Interval),
    /// The size is given.
    Given,
}

/// A point strictly between its bounds, with multipliers above 0.
///
/// Values are of all pieces, and then of the sizes of all trades.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    pub(super) limits: Vec<Limit>,
    /// v, and w of each trade.
    pub(super) values: Vec<f64>,
    /// Lower and upper bounds.
    pub(super) sides: [Side; 2],
    /// Prices of sizes that are given.
    pub(super) given: Vec<f64>,
    /// y.
    pub(super) prices: Vec<f64>,
    /// ∇f − Aᵀy, without multipliers of bounds and limits.
    pub(super) slopes: Vec<f64>,
    /// r − A v.
    pub(super) missed: Vec<f64>,
    /// What rows can sum up, without signs.
    pub(super) gross: Vec<f64>,
    exposures: Vec<f64>,
    active: Vec<f64>,
    /// Marginal risk of each asset.
    marginal: Vec<f64>,
}

/// How far a point is from the optimum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Distance {
    /// f(v).
    pub(super) objective: f64,
    /// What its terms sum to without their signs.
    pub(super) gross: f64,
    /// A value that no feasible point is below.
    pub(super) bound: f64,
    /// Largest miss of a row, as a fraction of its size.
    pub(super) residual: f64,
}

impl Point {
    pub(super) fn new(program: &Program) -> Self {
        let (pieces, trades, rows) = (program.pieces.len(), program.trades.len(), program.rows.len());
        let values = pieces + trades;
        Self {
            lower: vec![0.0; pieces],
            upper: vec![0.0; pieces],
            limits: vec![Limit::Open; trades],
            values: vec![0.0; values],
            sides: [Side::new(1.0, values), Side::new(-1.0, values)],
            given: vec![0.0; trades],
            prices: vec![0.0; rows],
            slopes: vec![0.0; pieces],
            missed: vec![0.0; rows],
            gross: vec![0.0; rows],
            exposures: vec![0.0; program.factors()],
            active: vec![0.0; program.assets.len()],
            marginal: vec![0.0; program.assets.len()],
        }
    }

    /// Number of pieces.
    pub(super) fn pieces(&self) -> usize {
        self.slopes.len()
    }

    #[inline]
    pub(super) fn is_fixed(&self, piece: usize) -> bool {
        self.lower[piece] >= self.upper[piece]
    }

    /// The middle of a region; false where the bounds of a trade contradict one another.
    pub(super) fn begin(&mut self, program: &Program, region: &Region) -> bool {
        self.lower.copy_from_slice(&region.lower);
        self.upper.copy_from_slice(&region.upper);
        self.prices.fill(0.0);
        self.given.fill(0.0);
        for side in &mut self.sides {
            side.dual.fill(0.0);
        }
        for piece in 0..self.pieces() {
            let (lower, upper) = (self.lower[piece], self.upper[piece]);
            if upper - lower <= POINT * lower.abs().max(upper.abs()) {
                self.upper[piece] = lower;
            }
        }
        (0..program.trades.len()).all(|trade| self.begin_trade(program, trade, region.sizes[trade]))
    }

    fn begin_trade(&mut self, program: &Program, at: usize, size: Interval) -> bool {
        let pieces = program.trades[at].pieces.clone();
        let least: f64 = self.lower[pieces.clone()].iter().sum();
        let most: f64 = self.upper[pieces.clone()].iter().sum();
        let (room, rounding) = (most - least, POINT * (most - least).max(least.abs()).max(most.abs()));
        self.limits[at] = Limit::Open;
        let mut share = 0.5;
        if size.lower > most + rounding || size.upper < least - rounding || size.lower > size.upper + rounding {
            return false;
        }
        let (lower, upper) = (size.lower.max(least), size.upper.min(most));
        if upper <= least + rounding {
            for piece in pieces.clone() {
                self.upper[piece] = self.lower[piece];
            }
        } else if lower >= most - rounding {
            for piece in pieces.clone() {
                self.lower[piece] = self.upper[piece];
            }
        } else if pieces.len() == 1 {
            self.lower[pieces.start] = lower;
            self.upper[pieces.start] = if upper - lower <= rounding { lower } else { upper };
        } else if lower > least + rounding || upper < most - rounding {
            share = (0.5 * (lower + upper) - least) / room;
            let lower = if lower > least + rounding { lower } else { f64::NEG_INFINITY };
            let upper = if upper < most - rounding { upper } else { f64::INFINITY };
            let given = upper - lower <= rounding;
            self.limits[at] = if given { Limit::Given } else { Limit::Between(Interval { lower, upper }) };
        }
        for piece in pieces.clone() {
            let range = self.upper[piece] - self.lower[piece];
            self.values[piece] = self.lower[piece] + share * range;
            self.sides[0].slack[piece] = share * range;
            self.sides[1].slack[piece] = (1.0 - share) * range;
        }
        let (size, place) = (self.values[pieces].iter().sum(), self.pieces() + at);
        self.values[place] = size;
        if let Limit::Between(limit) = self.limits[at] {
            let finite = |slack: f64| if slack.is_finite() { slack } else { 0.0 };
            self.sides[0].slack[place] = finite(size - limit.lower);
            self.sides[1].slack[place] = finite(limit.upper - size);
        } else {
            self.sides[0].slack[place] = 0.0;
            self.sides[1].slack[place] = 0.0;
        }
        true
    }

    /// First multipliers: what the slopes ask for, and as much more as keeps all products alike.
    pub(super) fn begin_multipliers(&mut self) {
        let (mut sum, mut count) = (0.0, 0.0);
        for (piece, slope) in self.slopes.iter().enumerate().filter(|(piece, _)| !self.is_fixed(*piece)) {
            sum += slope.abs() * self.sides[0].slack[piece].min(self.sides[1].slack[piece]);
            count += 1.0;
        }
        let product = if sum > 0.0 { sum / count } else { 1.0 };
        for (side, sign) in self.sides.iter_mut().zip([1.0, -1.0]) {
            for (at, (dual, slack)) in side.dual.iter_mut().zip(&side.slack).enumerate() {
                let asked = self.slopes.get(at).map_or(0.0, |slope| (sign * slope).max(0.0));
                *dual = if *slack > 0.0 { asked + product / slack } else { 0.0 };
            }
        }
    }

    /// Slopes, what rows miss, and how far the point is from the optimum.
    pub(super) fn measure(&mut self, program: &Program, layout: &Layout, region: &Region) -> Distance {
        self.active.iter_mut().zip(&program.assets).for_each(|(active, asset)| *active = asset.active);
        for (at, trade) in program.trades.iter().enumerate() {
            if let Some(asset) = trade.asset {
                self.active[asset] += trade.sign * self.values[program.pieces.len() + at];
            }
        }
        self.exposures.fill(0.0);
        add_columns(&mut self.exposures, &program.loadings, &self.active);
        set_products(&mut self.marginal, &program.loadings, &self.exposures);
        let mut risk = dot(&self.exposures, &self.exposures);
        for ((asset, active), marginal) in program.assets.iter().zip(&self.active).zip(&mut self.marginal) {
            *marginal += asset.specific * active;
            risk += asset.specific * active * active;
        }
        let (pieces, sizes) = self.values.split_at(program.pieces.len());
        self.missed.copy_from_slice(&program.rows);
        layout.piece_rows.subtract_sums(&mut self.missed, pieces);
        layout.trade_rows.subtract_sums(&mut self.missed, sizes);
        self.slopes.copy_from_slice(&layout.prices);
        layout.piece_rows.add_priced(&mut self.slopes, -1.0, &self.prices);
        let mut sums = Distance { objective: 0.5 * risk, gross: 0.5 * risk, bound: 0.0, residual: 0.0 };
        for (at, surcharge) in region.surcharges.iter().enumerate() {
            self.measure_trade(program, layout, (at, *surcharge), &mut sums);
        }
        for (row, missed) in self.missed.iter().enumerate() {
            sums.bound -= self.prices[row] * missed;
            let size = self.gross[row];
            let part = if size > 0.0 { missed.abs() / size } else { missed.abs() };
            sums.residual = if part <= sums.residual { sums.residual } else { part };
        }
        // L(v) is f(v) + yᵀ(r − A v), and what bounds leave its tangent to fall was summed.
        sums.bound = sums.objective - sums.bound;
        sums
    }

    /// Slopes of the pieces of a trade, of which those of their own are set; what it adds to the sums.
    fn measure_trade(&mut self, program: &Program, layout: &Layout, (at, surcharge): (usize, f64), sums: &mut Distance) {
        let trade = &program.trades[at];
        let place = program.pieces.len() + at;
        let size = self.values[place];
        let root = if trade.impact > 0.0 { size.max(0.0).sqrt() } else { 0.0 };
        let impact = trade.impact * root * size.max(0.0);
        let of_asset = trade.asset.map_or(0.0, |asset| trade.sign * self.marginal[asset]);
        let common = of_asset + 1.5 * trade.impact * root + surcharge - layout.trade_rows.dot(at, &self.prices);
        let limit = self.price_of_limit(at);
        sums.objective += impact + surcharge * size;
        sums.gross += impact + (surcharge * size).abs();
        for piece in trade.pieces.clone() {
            self.slopes[piece] += common;
            let (reduced, cost) = (self.slopes[piece] - limit, layout.prices[piece] * self.values[piece]);
            sums.objective += cost;
            sums.gross += cost.abs();
            let side = &self.sides[usize::from(reduced < 0.0)];
            sums.bound += reduced.abs() * side.slack[piece];
        }
        sums.bound += self.sides.iter().map(|side| side.slack[place] * side.dual[place]).sum::<f64>();
    }

    /// What a unit of a trade's size is worth at its limits.
    pub(super) fn price_of_limit(&self, trade: usize) -> f64 {
        let place = self.pieces() + trade;
        self.given[trade] + self.sides[0].dual[place] - self.sides[1].dual[place]
    }
}
