//! The program of trades in lots, in its standard form.
//!
//! ```text
//! minimize    ½ ‖Fᵀ(x − b)‖² + ½ Σᵢ dᵢ (xᵢ − bᵢ)² + Σⱼ cⱼ vⱼ + Σₚ κₚ wₚ^{3/2}
//! with        xᵢ = hᵢ + Σ σₚ wₚ over the trades p of asset i,   wₚ = Σ vⱼ over the pieces j of trade p
//! subject to  lower ≤ v ≤ upper                            all finite
//!             A v = r                                      rows: cash of an account, gains of a return, a limit
//! ```
//!
//! | symbol | field | shape | meaning |
//! |---|---|---|---|
//! | x − b | [`Asset::active`] at v = 0 | assets | what is held beyond what is wanted |
//! | F, d | [`Program::loadings`], [`Asset::specific`] | k × assets, assets | risk, scaled by its price |
//! | σ, κ | [`Trade::sign`], [`Trade::impact`] | trades | 1 buys, −1 sells; price of w^{3/2} |
//! | c | [`Piece::price`] | pieces | what a unit costs: spread, tax, location |
//! | A, r | [`Trade::rows`], [`Piece::rows`], [`Program::rows`] | sparse | of a whole trade, and of a single piece |
//!
//! A piece is a lot that may be sold, an amount that may be bought, cash that stays, what a limit leaves open, or the
//! share of a corner of a tax surface. What is common to the pieces of a trade (its asset, its account) is said once, so
//! that a step of the solver costs next to nothing a lot. Prices y of rows have the sign of `L = f(v) − yᵀ(A v − r)`.

use std::ops::Range;

use crate::linear::matrix::Matrix;

/// A convex program over pieces of trades; see the head of this module.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// F: a column for each asset, a row for each factor.
    pub loadings: Matrix,
    /// What is held and wanted.
    pub assets: Vec<Asset>,
    /// Groups of pieces; they cover all pieces in their order.
    pub trades: Vec<Trade>,
    /// The unknowns.
    pub pieces: Vec<Piece>,
    /// r, one for each row.
    pub rows: Vec<f64>,
}

/// One asset over all accounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asset {
    /// dᵢ, at least 0: specific variance, scaled by its price.
    pub specific: f64,
    /// hᵢ − bᵢ.
    pub active: f64,
}

/// Pieces that are alike but for their price.
#[derive(Debug, Clone, PartialEq)]
pub struct Trade {
    /// The asset that it moves; none for slack and for corners of surfaces.
    pub asset: Option<usize>,
    /// σ: 1 where a piece adds to the asset, −1 where it takes from it.
    pub sign: f64,
    /// κ, at least 0.
    pub impact: f64,
    /// Rows in which each of its pieces counts alike: the row and what a unit counts.
    pub rows: Vec<(usize, f64)>,
    /// Its pieces.
    pub pieces: Range<usize>,
}

/// One unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Least, finite.
    pub lower: f64,
    /// Greatest, finite.
    pub upper: f64,
    /// c.
    pub price: f64,
    /// Further rows in which this piece alone counts: gains of a lot.
    pub rows: Vec<(usize, f64)>,
}

/// What is not convex: each is branched on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choices {
    /// Trades that come in sizes.
    pub sizes: Vec<Sizes>,
    /// Pieces that come in whole steps.
    pub wholes: Vec<Whole>,
    /// Pieces that exclude one another.
    pub exclusions: Vec<Exclusion>,
    /// Pieces that are taken in a given order.
    pub orders: Vec<Vec<usize>>,
    /// Taxes of returns.
    pub surfaces: Vec<Surface>,
}

/// w = 0 at no fee; or for the fee, w at least so much and, unless it is all there is, a multiple of the step that leaves half of
/// one at the least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// The trade.
    pub trade: usize,
    /// What trading at all costs, at least 0.
    pub fee: f64,
    /// Least size, at least 0.
    pub least: f64,
    /// Size of a whole lot; 0 where any size may be traded.
    pub step: f64,
}

/// v is a whole multiple of the step, unless it is all there is of the piece.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Whole {
    /// The piece; its lower bound is 0.
    pub piece: usize,
    /// Above 0.
    pub step: f64,
}

/// Either no piece of the one list is above its lower bound or none of the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Exclusion {
    /// Pieces.
    pub one: Vec<usize>,
    /// Pieces.
    pub other: Vec<usize>,
}

/// A continuous function of two unknowns that is linear on the cells between lines.
///
/// Its pieces are shares λ ≥ 0 of corners, which rows hold to Σ λ = 1 and to Σ λ·corner = the point, so that without
/// branching it counts as its convex envelope. Branching drops the corners beyond a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    /// The pieces, one for each corner; their prices are the function's values.
    pub pieces: Range<usize>,
    /// Where lines, and the sides of the reachable rectangle, meet: two coordinates each.
    pub corners: Vec<[f64; 2]>,
    /// Where it bends: a₀ s + a₁ l = at.
    pub lines: Vec<Line>,
}

/// The points at which a₀ s + a₁ l = at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// a.
    pub normal: [f64; 2],
    /// Where it lies.
    pub at: f64,
}

impl Program {
    /// Number of factors.
    pub fn factors(&self) -> usize {
        self.loadings.rows()
    }

    /// x − b at v.
    pub fn active(&self, v: &[f64]) -> Vec<f64> {
        let mut active: Vec<f64> = self.assets.iter().map(|asset| asset.active).collect();
        for trade in &self.trades {
            let Some(slot) = trade.asset.and_then(|asset| active.get_mut(asset)) else { continue };
            *slot += trade.sign * trade.size(v);
        }
        active
    }

    /// The objective at v.
    pub fn objective(&self, v: &[f64]) -> f64 {
        let active = self.active(v);
        let factors = (0..self.factors()).map(|factor| {
            let exposure: f64 = active.iter().enumerate().map(|(asset, x)| self.loadings.get(factor, asset) * x).sum();
            exposure * exposure
        });
        let common: f64 = factors.sum();
        let specific: f64 = self.assets.iter().zip(&active).map(|(asset, x)| asset.specific * x * x).sum();
        let prices: f64 = self.pieces.iter().zip(v).map(|(piece, v)| piece.price * v).sum();
        let impact: f64 =
            self.trades.iter().filter(|trade| trade.impact > 0.0).map(|trade| trade.impact * trade.size(v).max(0.0).powf(1.5)).sum();
        0.5 * (common + specific) + prices + impact
    }
}

impl Trade {
    /// w: how much of it is made.
    pub fn size(&self, v: &[f64]) -> f64 {
        v.get(self.pieces.clone()).unwrap_or_default().iter().sum()
    }
}
