//! Why not everything that must be kept is kept: the smallest set of rules that exclude one another.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::lots::branch::{Budget, Rounding, search};
use evenkeel_quant::optimize::lots::program::{Asset, Choices, Program};
use serde::Serialize;

use super::WORK;
use super::edit::{Edit, Given};
use super::model::{Leg, Model, Soft};

/// Rules that cannot all be kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conflict {
    /// The rules: without any one of them the others could be kept.
    pub rules: Vec<String>,
    /// The least by which they are missed together, as a fraction of household value.
    pub missed: f64,
}

/// Part of household value below which nothing is missed.
const NOTHING: f64 = 1e-7;

/// The smallest set of rules that exclude one another, found by leaving out one after another (J. Chinneck and
/// E. Dravnieks, *Locating minimal infeasible constraint sets in linear programs*, 1991); `None` where all can be kept.
pub(super) fn find(model: &Model, edits: &[Edit]) -> Option<Conflict> {
    let pinned = |leg: &&Leg| edits.iter().any(|edit| matches!(edit.of(leg.account, leg.instrument, leg.side), Given::Exactly(_)));
    let pinned: Vec<usize> = model.legs.iter().filter(pinned).flat_map(|leg| model.pieces_of(leg)).collect();
    let is_pinned = |pieces: &[usize]| pieces.iter().any(|piece| pinned.contains(piece));
    let exclusions = model.choices.exclusions.iter().filter(|exclusion| is_pinned(&exclusion.one) && is_pinned(&exclusion.other));
    let choices = Choices { exclusions: exclusions.cloned().collect(), ..Choices::default() };
    let missed = |rules: &[&Soft]| missed(model, &choices, rules);
    let mut kept: Vec<&Soft> = model.soft.iter().collect();
    missed(&kept).filter(|missed| *missed > NOTHING)?;
    let mut at = 0;
    while at < kept.len() {
        let without: Vec<&Soft> = kept.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, soft)| *soft).collect();
        if missed(&without).is_some_and(|missed| missed > NOTHING) {
            kept = without;
        } else {
            at += 1;
        }
    }
    let missed = missed(&kept)?;
    Some(Conflict { rules: kept.into_iter().map(|soft| soft.name.clone()).collect(), missed })
}

/// The least by which some rules are missed, together, where nothing else counts but that pinned trades may exclude one another.
fn missed(model: &Model, choices: &Choices, rules: &[&Soft]) -> Option<f64> {
    let mut program = Program {
        loadings: Matrix::zeros(0, model.program.assets.len()),
        assets: vec![Asset { specific: 0.0, active: 0.0 }; model.program.assets.len()],
        ..model.program.clone()
    };
    program.pieces.iter_mut().for_each(|piece| piece.price = 0.0);
    program.trades.iter_mut().for_each(|trade| trade.impact = 0.0);
    for (piece, upper) in model.soft.iter().flat_map(|soft| &soft.closed) {
        program.pieces.get_mut(*piece)?.upper = *upper;
    }
    for soft in rules {
        for (piece, sign) in &soft.missed {
            program.pieces.get_mut(*piece)?.price = *sign;
        }
        for (piece, _) in &soft.closed {
            let piece = program.pieces.get_mut(*piece)?;
            piece.upper = piece.lower;
        }
    }
    let mut kept = Kept { program: &program, choices };
    search(&program, choices, &mut kept, Budget { work: WORK, tolerance: NOTHING }).ok().map(|searched| searched.bound)
}

/// Takes solutions as they are where they hold all choices.
struct Kept<'k> {
    program: &'k Program,
    choices: &'k Choices,
}

impl Rounding for Kept<'_> {
    fn round(&mut self, pieces: &[f64]) -> Option<f64> {
        let lower = |piece: usize| self.program.pieces.get(piece).map_or(0.0, |piece| piece.lower);
        let is_taken = |list: &[usize]| list.iter().any(|piece| pieces.get(*piece).is_some_and(|v| *v > lower(*piece) + NOTHING));
        let kept = self.choices.exclusions.iter().all(|exclusion| !is_taken(&exclusion.one) || !is_taken(&exclusion.other));
        kept.then(|| self.program.objective(pieces))
    }
}
