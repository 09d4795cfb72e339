//! The hard limits of a household: as the joint planner weighs them, and by which a proposal is refused.

use crate::boundary::{TOLERANCE, to_f64};
use crate::comply::{LinearLimit, Rules};
use crate::policy::{Bound, Mode};
use crate::portfolio::State;
use crate::trade::context::Context;
use crate::trade::planner::Plan;
use crate::trade::situation::Situation;

/// A hard limit of a household: Σ coefficient × value stands to `right` as `bound` says.
#[derive(Debug, Clone)]
pub(super) struct HardLimit<'a> {
    pub(super) name: &'a str,
    pub(super) bound: Bound,
    /// By instrument of the universe, and last cash.
    pub(super) coefficients: Vec<f64>,
    /// In the base currency.
    pub(super) right: f64,
}

impl HardLimit<'_> {
    /// Value beyond the limit; below zero where there is room.
    pub(super) fn beyond(&self, values: &[f64]) -> f64 {
        let measured: f64 = self.coefficients.iter().zip(values).map(|(coefficient, value)| coefficient * value).sum();
        if self.bound == Bound::AtMost { measured - self.right } else { self.right - measured }
    }
}

/// The hard limits of a household. A weight is measured on value after costs, as it is where proposals are checked, except
/// where costs would count for what they cannot change: they bring no holding nearer to a floor, and where more is held than
/// may be sold down to a ceiling, every trade of anything else would break that by a hair more.
pub(super) fn hard_limits<'a>(context: &Context<'_>, situation: &Situation<'_>, rules: &'a Rules) -> Vec<HardLimit<'a>> {
    let value = situation.total();
    let counted = |limit: &'a LinearLimit| {
        let most = limit.right + limit.share * value;
        let before_costs = limit.bound == Bound::AtLeast || kept_in_any_case(context, situation, limit) > most + TOLERANCE * value;
        let share = if before_costs { 0.0 } else { limit.share };
        HardLimit {
            name: &limit.name,
            bound: limit.bound,
            coefficients: limit.coefficients.iter().map(|coefficient| coefficient - share).collect(),
            right: limit.right + (limit.share - share) * value,
        }
    };
    rules.linear().iter().map(counted).collect()
}

/// What of a limit's holdings may not be sold, as the limit counts it.
fn kept_in_any_case(context: &Context<'_>, situation: &Situation<'_>, limit: &LinearLimit) -> f64 {
    let sells = context.policy.rebalance.mode != Mode::BuyOnly;
    let positions = situation.accounts.iter().flat_map(|account| &account.positions);
    let kept = positions.map(|position| {
        let sellable = if position.may_sell && sells { position.sellable().max(0.0) } else { 0.0 };
        limit.coefficients.get(position.instrument.index()).copied().unwrap_or(0.0) * (position.value - sellable)
    });
    kept.sum()
}

/// What a plan leaves: values by instrument of the universe, not rounded to cents as what is paid for them is, and last cash.
pub(super) fn values_after(context: &Context<'_>, situation: &Situation<'_>, plan: &Plan) -> Vec<f64> {
    let mut values = vec![0.0; context.universe.len() + 1];
    let mut add = |place: usize, value: f64| {
        if let Some(slot) = values.get_mut(place) {
            *slot += value;
        }
    };
    for (account, settled) in situation.accounts.iter().zip(&plan.accounts) {
        account.positions.iter().for_each(|position| add(position.instrument.index(), position.value));
        for execution in &settled.executions {
            let instrument = execution.order.instrument;
            add(instrument.index(), context.worth(instrument, execution.signed_quantity()));
        }
        add(context.universe.len(), to_f64(settled.cash_after.amount()));
    }
    values
}

/// Whether a proposal of a plan would be refused: for a hard limit that it breaks, or breaks further.
pub(super) fn is_refused(context: &Context<'_>, situation: &Situation<'_>, rules: &Rules, plan: &Plan) -> bool {
    if rules.linear().is_empty() && !context.policy.limits.iter().any(|limit| limit.hard) {
        return false;
    }
    let state = |plan: &Plan| {
        let values = values_after(context, situation, plan);
        let cash = values.last().copied().unwrap_or(0.0);
        State::new(context.universe.iter().zip(values).filter(|(_, value)| *value != 0.0).map(|((id, _), value)| (id, value)), cash)
    };
    rules.refuses(&rules.measure(&state(&Plan::nothing(context, situation))), &rules.measure(&state(plan)))
}
