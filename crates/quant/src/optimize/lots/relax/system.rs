//! The linear system of a step, condensed to factors and rows.
//!
//! With B the curvature without common factors (of barriers: diagonal; κ'' of each trade: rank one; dᵢ of each asset: rank one
//! over its trades), E the moves of assets, and C = [`FᵀE`; A], a step solves
//!
//! ```text
//! B dv = ρ + Cᵀx,  x = [−FᵀE dv; dy],  A dv = missed   so   (C B⁻¹ Cᵀ + [I 0; 0 0]) x = [0; missed] − C B⁻¹ ρ
//! ```
//!
//! B⁻¹ is written out by the formula of J. Sherman, W. J. Morrison (1950), trade inside asset, in terms that cancel nothing.
//! A trade whose size is given has infinite curvature κ''.

use super::super::program::Program;
use super::factor::Symmetric;
use super::kernel::{add_columns, add_four, set_products};
use super::layout::Layout;
use crate::linear::vector::{add_scaled, vectorized};

/// What the pieces of a trade sum to.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Σ 1 ÷ θⱼ.
    flexibility: f64,
    /// 1 ÷ (1 + κ'' Σ 1 ÷ θⱼ).
    ratio: f64,
    /// κ'' ÷ (1 + κ'' Σ 1 ÷ θⱼ).
    stiffness: f64,
}

/// The condensed matrix, its factor, and what steps need of B⁻¹.
#[derive(Debug, Clone)]
pub(super) struct System {
    /// 1 ÷ θ of each piece; 0 where it is fixed.
    pub(super) flexibility: Vec<f64>,
    /// κ'' of each trade.
    pub(super) curvature: Vec<f64>,
    trades: Vec<Sums>,
    /// For each group: 1 ÷ (1 + d S), where S is the flexibility of its trades.
    damping: Vec<f64>,
    matrix: Symmetric,
    /// Factors × rows.
    mixed: Vec<f64>,
    /// The right side, then x.
    unknowns: Vec<f64>,
    /// For each piece: ρ + Cᵀx.
    right: Vec<f64>,
    /// For each asset: how it moves, or what a unit of it is worth.
    moves: Vec<f64>,
    /// Rows of a trade and of a group.
    own: RowSums,
    common: RowSums,
}

impl System {
    pub(super) fn new(program: &Program, layout: &Layout) -> Self {
        let (factors, rows) = (program.factors(), program.rows.len());
        Self {
            flexibility: vec![0.0; program.pieces.len()],
            curvature: vec![0.0; program.trades.len()],
            trades: vec![Sums::default(); program.trades.len()],
            damping: vec![1.0; layout.groups.len()],
            matrix: Symmetric::zeros(factors + rows),
            mixed: vec![0.0; factors * rows],
            unknowns: vec![0.0; factors + rows],
            right: vec![0.0; program.pieces.len()],
            moves: vec![0.0; program.assets.len()],
            own: RowSums::new(rows),
            common: RowSums::new(rows),
        }
    }

    /// Builds and factors the matrix for the flexibilities and curvatures set before.
    pub(super) fn factor(&mut self, program: &Program, layout: &Layout) {
        let (factors, size) = (program.factors(), program.factors() + program.rows.len());
        self.matrix.clear();
        self.mixed.fill(0.0);
        // Assets that wait until there are four.
        let mut waiting: [(usize, f64); 4] = [(0, 0.0); 4];
        let mut count = 0;
        for (at, group) in layout.groups.iter().enumerate() {
            let mut flexibility = 0.0;
            for trade in &layout.order[group.trades.clone()] {
                self.add_trade(program, layout, *trade);
                flexibility += program.trades[*trade].sign.powi(2) * self.trades[*trade].ratio * self.trades[*trade].flexibility;
            }
            if let Some(asset) = group.asset {
                let specific = program.assets[asset].specific;
                let damping = 1.0 / (1.0 + specific * flexibility);
                self.damping[at] = damping;
                add_outer(&mut self.matrix.values, size, factors, &self.common, -specific * damping);
                for row in &self.common.touched {
                    let place = &mut self.mixed[row * factors..(row + 1) * factors];
                    add_scaled(place, self.common.values[*row] * damping, program.loadings.column(asset));
                }
                if flexibility > 0.0 {
                    waiting[count] = (asset, flexibility * damping);
                    count += 1;
                }
            }
            self.common.clear();
            if count == 4 {
                add_assets(&mut self.matrix.values, size, program, waiting);
                count = 0;
            }
        }
        waiting[count..].fill((0, 0.0));
        if count > 0 {
            add_assets(&mut self.matrix.values, size, program, waiting);
        }
        for factor in 0..factors {
            self.matrix.values[factor * (size + 1)] += 1.0;
            for row in 0..program.rows.len() {
                self.matrix.values[factor * size + factors + row] = self.mixed[row * factors + factor];
            }
        }
        self.matrix.factor();
    }

    /// Adds what a trade alone contributes between rows, and its rows to those of its group.
    fn add_trade(&mut self, program: &Program, layout: &Layout, at: usize) {
        let (factors, size) = (program.factors(), program.factors() + program.rows.len());
        let trade = &program.trades[at];
        let mut flexibility = 0.0;
        for piece in trade.pieces.clone() {
            let own = self.flexibility[piece];
            flexibility += own;
            let list = layout.piece_rows.list(piece);
            for entry in list {
                self.own.add(entry.row, entry.count * own);
                for other in list.iter().filter(|other| other.row <= entry.row) {
                    self.matrix.values[(factors + other.row) * size + factors + entry.row] += entry.count * other.count * own;
                }
            }
        }
        let sums = Sums::of(flexibility, self.curvature[at]);
        self.trades[at] = sums;
        add_outer(&mut self.matrix.values, size, factors, &self.own, -sums.stiffness);
        let rows = layout.trade_rows.list(at);
        for entry in rows {
            let place = |first: usize, second: usize| (factors + first.min(second)) * size + factors + first.max(second);
            for other in rows.iter().filter(|other| other.row <= entry.row) {
                self.matrix.values[place(other.row, entry.row)] += sums.ratio * flexibility * entry.count * other.count;
            }
            for other in &self.own.touched {
                let both = if *other == entry.row { 2.0 } else { 1.0 };
                self.matrix.values[place(*other, entry.row)] += both * sums.ratio * entry.count * self.own.values[*other];
            }
            self.common.add(entry.row, trade.sign * sums.ratio * flexibility * entry.count);
        }
        for row in &self.own.touched {
            self.common.add(*row, trade.sign * sums.ratio * self.own.values[*row]);
        }
        self.own.clear();
    }

    /// The step for a slope ρ that makes up for what rows miss.
    pub(super) fn solve(&mut self, program: &Program, layout: &Layout, goal: &Goal<'_>, step: &mut Step) {
        let factors = program.factors();
        self.unknowns[..factors].fill(0.0);
        self.unknowns[factors..].copy_from_slice(goal.missed);
        self.right.copy_from_slice(goal.slope);
        self.apply_inverse(program, layout, step);
        let (common, rows) = self.unknowns.split_at_mut(factors);
        add_columns(common, &program.loadings, &self.moves);
        layout.piece_rows.subtract_sums(rows, &step.values);
        layout.trade_rows.subtract_sums(rows, &step.values[program.pieces.len()..]);
        self.matrix.solve(&mut self.unknowns);
        self.set_right(program, layout, goal.slope);
        self.apply_inverse(program, layout, step);
        step.prices.copy_from_slice(&self.unknowns[factors..]);
    }

    /// dv = B⁻¹ (ρ + Cᵀx); the moves of assets with the sign turned.
    fn apply_inverse(&mut self, program: &Program, layout: &Layout, step: &mut Step) {
        let (pieces, sizes) = step.values.split_at_mut(program.pieces.len());
        for ((change, right), flexibility) in pieces.iter_mut().zip(&self.right).zip(&self.flexibility) {
            *change = right * flexibility;
        }
        self.moves.fill(0.0);
        for (at, group) in layout.groups.iter().enumerate() {
            let trades = &layout.order[group.trades.clone()];
            let mut moved = 0.0;
            for trade in trades {
                let of = &program.trades[*trade];
                sizes[*trade] = pieces[of.pieces.clone()].iter().sum();
                moved += of.sign * self.trades[*trade].ratio * sizes[*trade];
            }
            moved *= self.damping[at];
            let mut slope = 0.0;
            if let Some(asset) = group.asset {
                self.moves[asset] = -moved;
                slope = program.assets[asset].specific * moved;
            }
            for trade in trades {
                let (of, sums) = (&program.trades[*trade], self.trades[*trade]);
                let own = sums.stiffness * sizes[*trade];
                step.given[*trade] = if self.curvature[*trade].is_finite() { 0.0 } else { -own };
                sizes[*trade] = sums.ratio * (sizes[*trade] - sums.flexibility * slope * of.sign);
                let common = own + slope * of.sign * sums.ratio;
                for (change, flexibility) in pieces[of.pieces.clone()].iter_mut().zip(&self.flexibility[of.pieces.clone()]) {
                    *change -= flexibility * common;
                }
            }
        }
    }

    /// ρ + Cᵀx.
    fn set_right(&mut self, program: &Program, layout: &Layout, slope: &[f64]) {
        let (common, prices) = self.unknowns.split_at(program.factors());
        set_products(&mut self.moves, &program.loadings, common);
        self.right.copy_from_slice(slope);
        layout.piece_rows.add_priced(&mut self.right, 1.0, prices);
        for (at, trade) in program.trades.iter().enumerate() {
            let of_asset = trade.asset.map_or(0.0, |asset| trade.sign * self.moves[asset]);
            let of_trade = of_asset + layout.trade_rows.dot(at, prices);
            for right in &mut self.right[trade.pieces.clone()] {
                *right += of_trade;
            }
        }
    }
}

/// What a step must do: ρ, and what rows miss.
pub(super) struct Goal<'a> {
    pub(super) slope: &'a [f64],
    pub(super) missed: &'a [f64],
}

/// Changes of values, of prices of rows, and of prices of given sizes.
#[derive(Debug, Clone, Default)]
pub(super) struct Step {
    /// Of all pieces, and then of the sizes of all trades.
    pub(super) values: Vec<f64>,
    pub(super) prices: Vec<f64>,
    pub(super) given: Vec<f64>,
}

impl Step {
    pub(super) fn zeros(program: &Program) -> Self {
        let (pieces, trades, rows) = (program.pieces.len(), program.trades.len(), program.rows.len());
        Self { values: vec![0.0; pieces + trades], prices: vec![0.0; rows], given: vec![0.0; trades] }
    }
}

impl Sums {
    fn of(flexibility: f64, curvature: f64) -> Self {
        if flexibility <= 0.0 {
            Self::default()
        } else if curvature.is_finite() {
            let ratio = 1.0 / (1.0 + curvature * flexibility);
            Self { flexibility, ratio, stiffness: curvature * ratio }
        } else {
            Self { flexibility, ratio: 0.0, stiffness: 1.0 / flexibility }
        }
    }
}

/// A value for each row, of which few are not 0.
#[derive(Debug, Clone)]
struct RowSums {
    values: Vec<f64>,
    touched: Vec<usize>,
    marked: Vec<bool>,
}

impl RowSums {
    fn new(rows: usize) -> Self {
        Self { values: vec![0.0; rows], touched: Vec::with_capacity(rows), marked: vec![false; rows] }
    }

    #[inline]
    fn add(&mut self, row: usize, value: f64) {
        self.values[row] += value;
        if !self.marked[row] {
            self.marked[row] = true;
            self.touched.push(row);
        }
    }

    fn clear(&mut self) {
        for row in &self.touched {
            self.values[*row] = 0.0;
            self.marked[*row] = false;
        }
        self.touched.clear();
    }
}

/// Adds α q qᵀ between rows.
fn add_outer(values: &mut [f64], size: usize, factors: usize, sums: &RowSums, alpha: f64) {
    if alpha == 0.0 {
        return;
    }
    for row in &sums.touched {
        let scaled = alpha * sums.values[*row];
        for other in sums.touched.iter().filter(|other| *other <= row) {
            values[(factors + other) * size + factors + row] += scaled * sums.values[*other];
        }
    }
}

/// Adds Σ αᵢ Fᵢ Fᵢᵀ of four assets.
fn add_assets(values: &mut [f64], size: usize, program: &Program, assets: [(usize, f64); 4]) {
    let factors = program.factors();
    let columns = assets.map(|(asset, _)| program.loadings.column(asset));
    vectorized(
        #[inline(always)]
        || {
            for at in 0..factors {
                let by = [0, 1, 2, 3].map(|which| assets[which].1 * columns[which][at]);
                add_four(&mut values[at * size + at..at * size + factors], by, columns.map(|column| &column[at..]));
            }
        },
    );
}
