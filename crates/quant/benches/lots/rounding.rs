//! Decisions near pieces: sizes to the nearest allowed, cash takes what is left, taxes as they are.

use evenkeel_quant::optimize::lots::branch::Rounding;
use evenkeel_quant::optimize::lots::program::{Choices, Program};

use crate::generate::{row_values, tax};

/// Trades below these parts of their greatest size are left out, each tried in turn.
const LEFT_OUT: [f64; 4] = [0.0, 0.02, 0.1, 0.3];

/// Part of a step by which a size may miss a multiple.
const NOISE: f64 = 1e-4;

pub(crate) struct Nearest<'a> {
    program: &'a Program,
    choices: &'a Choices,
}

impl<'a> Nearest<'a> {
    pub(crate) fn new(program: &'a Program, choices: &'a Choices) -> Self {
        Self { program, choices }
    }

    fn decide(&self, pieces: &[f64], left_out: f64) -> Option<f64> {
        let (program, surface) = (self.program, &self.choices.surfaces[0]);
        let mut v = pieces.to_vec();
        let mut fees = 0.0;
        for sizes in &self.choices.sizes {
            let trade = &program.trades[sizes.trade];
            let (size, all) = (trade.size(&v), program.pieces[trade.pieces.clone()].iter().map(|piece| piece.upper).sum::<f64>());
            let count = if trade.sign > 0.0 { (size / sizes.step + NOISE).floor() } else { (size / sizes.step).round() };
            let mut whole = if sizes.step > 0.0 { (count * sizes.step).min(all) } else { size };
            if whole < sizes.least - NOISE * sizes.step && whole < all || size < left_out * all || size <= 0.0 {
                whole = 0.0;
            }
            fees += if whole > 0.0 { sizes.fee } else { 0.0 };
            resize(program, trade.pieces.clone(), whole, &mut v);
        }
        // Cash of each account takes what is left; no share of the surface counts.
        v[surface.pieces.clone()].fill(0.0);
        let accounts = program.rows.len() - 3;
        for trade in program.trades.iter().filter(|trade| trade.asset.is_none() && trade.pieces != surface.pieces) {
            v[trade.pieces.start] = 0.0;
        }
        let values = row_values(program, &v);
        for trade in program.trades.iter().filter(|trade| trade.asset.is_none() && trade.pieces != surface.pieces) {
            let row = trade.rows[0].0;
            let left = program.rows[row] - values[row];
            if left < -1e-12 || left > program.pieces[trade.pieces.start].upper {
                return None;
            }
            v[trade.pieces.start] = left;
        }
        let gains = [0, 1].map(|side| values[accounts + side] - program.rows[accounts + side]);
        Some(program.objective(&v) + fees + tax(gains[0], gains[1]))
    }
}

/// Changes pieces in their order until they sum to a size.
fn resize(program: &Program, pieces: std::ops::Range<usize>, whole: f64, v: &mut [f64]) {
    let mut missing = whole - v[pieces.clone()].iter().sum::<f64>();
    for piece in pieces {
        let change = missing.clamp(-v[piece], program.pieces[piece].upper - v[piece]);
        v[piece] += change;
        missing -= change;
    }
}

impl Rounding for Nearest<'_> {
    fn round(&mut self, pieces: &[f64]) -> Option<f64> {
        LEFT_OUT.iter().filter_map(|left_out| self.decide(pieces, *left_out)).reduce(f64::min)
    }
}
