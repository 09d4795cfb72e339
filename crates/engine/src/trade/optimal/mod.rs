//! The joint planner: one decision over lots, accounts and instruments, with a bound on what any decision could reach.
//!
//! A household becomes a program of trades in lots ([`model`]): what a unit of each lot costs to sell, what may be bought
//! where, and rows for cash, bands, limits, turnover and gains. At given rates that is convex. What is not (the tax of a
//! return, wash sales, whole lots, fees, lots in a forced order) is branched on by
//! [`search`](evenkeel_quant::optimize::lots::branch::search), which rounds what it finds to real trades
//! ([`round`]), measures them by the full rules ([`objective`]), and hands back the best of them with a lower bound. The
//! plan of the rules is among those measured, so that the decision is never worse than it.

use evenkeel_ledger::number::NumberError;
use evenkeel_quant::optimize::lots::branch::{Budget, Ended, Searched, search};
use evenkeel_quant::optimize::lots::check::LotsError;

use crate::policy::Mode;

use super::context::Context;
use super::planner::Plan;
use super::situation::Situation;

mod buys;

mod conflict;

mod edit;

mod effects;

mod explain;

mod followed;

mod limits;

mod model;

mod nearby;

mod objective;

mod pins;

mod repair;

mod round;

mod rows;

mod sells;

mod surface;

mod taxes;

pub use conflict::Conflict;
pub use edit::Edit;
pub(super) use explain::explain;
pub use explain::{Optimum, Proof};
pub use followed::Tracking;
pub use objective::{Terms, Weighing};

use followed::raise;
use model::Model;
use objective::Objective;
use round::{Best, Breaking, Rounder};

/// Work of a decision at most, in multiplications: what takes about 250 ms on one core.
const WORK: f64 = 2.5e8;

/// Legs up to which a household is small: it is searched to the end.
const SMALL: usize = 24;

/// Work that is spent on a household that is not small before one is content with a gap that is not wide.
const EASY: f64 = 1e6;

/// A gap that is worth the whole work, a fraction of value: half a basis point.
const WIDE: f64 = 5e-5;

/// Multiplications that rounding a piece takes the time of: decimals, lots and the tax of the year are dear.
const PER_PIECE: f64 = 2_000.0;

/// A gap with which the search is content, a fraction of value: a twentieth of a basis point.
const CONTENT: f64 = 5e-6;

/// Times that the price of tracking error is raised where a search comes upon a solution that breaks its limit.
const RAISES: usize = 6;

/// What limits miss at the least to be looked into, in basis points: a millionth of value at their price.
const LEAST_MISSED: f64 = 0.1;

/// A plan and what is proven of it.
pub(super) struct Decided {
    pub(super) plan: Plan,
    pub(super) optimum: Option<Optimum>,
}

/// Decides for a household; `rules` is what the rules planner would do.
///
/// # Errors
/// An amount out of range.
pub(super) fn decide(
    context: &Context<'_>,
    situation: &Situation<'_>,
    weighing: &Weighing<'_>,
    mode: Mode,
    rules: Plan,
) -> Result<Decided, NumberError> {
    let Some(mut objective) = Objective::new(context, situation, weighing) else { return Ok(Decided { plan: rules, optimum: None }) };
    let mut model = Model::new(context, situation, &objective, mode)?;
    let nothing = Plan::nothing(context, situation);
    let mut raises = 0;
    let looked = loop {
        let looked = look(context, situation, &objective, &model, mode, [&rules, &nothing], raises < RAISES)?;
        let Some(breaking) = &looked.breaking else { break looked };
        raises += 1;
        raise(&mut objective.followed, &mut model, breaking);
    };
    let Looked { best: found, searched, .. } = looked;
    let rules_terms = objective.measure(context, situation, &rules)?;
    let nothing_terms = objective.measure(context, situation, &nothing)?;
    let is_missed = found.as_ref().is_none_or(|best| best.terms.limits > LEAST_MISSED);
    let conflict = if is_missed { conflict::find(&model, weighing.edits) } else { None };
    // Where a person's decisions cannot be kept, nothing is proposed; else the rules are the last resort.
    let resort = || if weighing.edits.is_empty() { (rules, rules_terms) } else { (nothing, nothing_terms) };
    let Best { plan, terms, .. } = found.unwrap_or_else(|| {
        let (plan, terms) = resort();
        Best { plan, terms, pieces: None, is_repaired: false }
    });
    let mut approximations = model.approximations.clone();
    let proof = match searched {
        Ok(searched) => {
            let bound = 1e4 * (searched.bound + model.constant);
            Some(Proof {
                bound: bound.min(terms.total),
                gap: (terms.total - bound).max(0.0),
                complete: searched.ended == Ended::Proven,
                nodes: searched.nodes,
                factorizations: searched.factorizations,
                work: searched.work / WORK,
            })
        }
        Err(error) => {
            approximations.push(format!("nothing is proven, as the program could not be solved: {error}"));
            None
        }
    };
    let tracking = objective.followed.iter().map(|index| index.told(situation, &plan, objective.value)).collect();
    let horizon_years = objective.rules.horizon_years;
    let optimum = Optimum { horizon_years, tracking, terms, nothing: nothing_terms, rules: rules_terms, proof, approximations, conflict };
    Ok(Decided { plan, optimum: Some(optimum) })
}

/// What a search came to.
struct Looked {
    best: Option<Best>,
    searched: Result<Searched, LotsError>,
    /// A solution that breaks the limit of an index, which ended the search.
    breaking: Option<Breaking>,
}

/// Searches for the best plan, among those that are known too.
///
/// # Errors
/// An amount out of range.
fn look(
    context: &Context<'_>,
    situation: &Situation<'_>,
    objective: &Objective<'_>,
    model: &Model,
    mode: Mode,
    [rules, nothing]: [&Plan; 2],
    may_raise: bool,
) -> Result<Looked, NumberError> {
    let mut rounder = Rounder {
        context,
        situation,
        objective,
        model,
        mode,
        best: None,
        nearest: Vec::new(),
        known: f64::INFINITY,
        error: None,
        refinements: 0,
        work: PER_PIECE * model.pieces(),
        may_raise,
        breaking: None,
        seen: 0,
    };
    if rounder.may_be_made(rules) {
        rounder.offer(rules.clone(), None)?;
    }
    if objective.weighing.edits.is_empty() && !model.legs.iter().any(|leg| leg.forced) {
        rounder.offer(nothing.clone(), None)?;
    }
    let first = Budget { work: if model.legs.len() <= SMALL { WORK } else { EASY }, tolerance: CONTENT };
    let mut searched = search(&model.program, &model.choices, &mut rounder, first);
    if rounder.breaking.is_none() {
        rounder.repair(searched.as_ref().map_or(f64::INFINITY, |found| found.bound))?;
    }
    if let Ok(found) = &searched
        && found.ended == Ended::WorkSpent
        && rounder.breaking.is_none()
        && rounder.least().is_none_or(|best| best - found.bound > WIDE)
    {
        let rest = Budget { work: WORK - found.work, tolerance: WIDE };
        searched = search(&model.program, &model.choices, &mut rounder, rest).map(|rest| rest.after(found));
        rounder.repair(searched.as_ref().map_or(f64::INFINITY, |found| found.bound))?;
    }
    if rounder.breaking.is_none() {
        rounder.prefer()?;
    }
    match rounder.error {
        Some(error) => Err(error),
        None => Ok(Looked { best: rounder.best, searched, breaking: rounder.breaking }),
    }
}

/// What a plan comes to by the objective of the joint planner, with indices weighed as for a decision; `None` where there is none.
///
/// # Errors
/// An amount out of range.
pub(super) fn measure(
    context: &Context<'_>,
    situation: &Situation<'_>,
    weighing: &Weighing<'_>,
    tracking: &[Tracking],
    plan: &Plan,
) -> Result<Option<Terms>, NumberError> {
    let objective = Objective::new(context, situation, weighing).map(|objective| objective.weighed_as(tracking));
    objective.map(|objective| objective.measure(context, situation, plan)).transpose()
}
