//! Why not everything that must be kept is kept: the smallest set of rules that exclude one another.

use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::lots::program::{Asset, Program};
use evenkeel_quant::optimize::lots::relax::relax;
use serde::Serialize;

use super::model::{Model, Soft};

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
pub(super) fn find(model: &Model) -> Option<Conflict> {
    let mut kept: Vec<&Soft> = model.soft.iter().collect();
    missed(model, &kept).filter(|missed| *missed > NOTHING)?;
    let mut at = 0;
    while at < kept.len() {
        let without: Vec<&Soft> = kept.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, soft)| *soft).collect();
        if missed(model, &without).is_some_and(|missed| missed > NOTHING) {
            kept = without;
        } else {
            at += 1;
        }
    }
    let missed = missed(model, &kept)?;
    Some(Conflict { rules: kept.into_iter().map(|soft| soft.name.clone()).collect(), missed })
}

/// The least by which some rules are missed, together, where nothing else counts.
fn missed(model: &Model, rules: &[&Soft]) -> Option<f64> {
    let mut program = Program {
        loadings: Matrix::zeros(0, model.program.assets.len()),
        assets: vec![Asset { specific: 0.0, active: 0.0 }; model.program.assets.len()],
        ..model.program.clone()
    };
    program.pieces.iter_mut().for_each(|piece| piece.price = 0.0);
    program.trades.iter_mut().for_each(|trade| trade.impact = 0.0);
    for soft in rules {
        program.pieces.get_mut(soft.piece)?.price = soft.sign;
    }
    relax(&program).ok().map(|relaxed| relaxed.objective)
}
