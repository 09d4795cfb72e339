//! The rules planner: a deterministic cascade that can be recited.
//!
//! 1. Where each sleeve should go ([`destination`](super::destination)), with the value that is
//!    left after costs; 2. which account takes up what ([`spread`](super::spread)); 3. which
//!    instruments that means ([`orders`](super::orders)); steps 1 to 3 are repeated until they
//!    agree with the costs they cause; 4. what is too small is dropped and the rest is spread
//!    anew; 5. the turnover cap; 6. whole lots, exact costs, cash to the cent
//!    ([`settle`](super::settle)).

use evenkeel_ledger::number::{Money, NumberError};

use crate::boundary::to_f64;
use crate::cost::Costs;
use crate::policy::Mode;

use super::context::Context;
use super::destination::{Aim, Current, Workspace, plan_sleeves};
use super::orders::{Order, fill};
use super::settle::{Settled, settle};
use super::situation::{AccountSituation, Situation, add};
use super::spread::{AccountPlan, spread};

/// Repetitions until plan and costs agree. Each shrinks the difference by the cost rate, so three
/// or four are usual; more only where fixed fees make trades come and go.
const MAX_COST_ROUNDS: usize = 24;

/// Part of the value below which a difference in costs is none.
const COSTS_AGREE: f64 = 1e-11;

/// What to trade to reach an aim, exactly.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// By account.
    pub(super) accounts: Vec<Settled>,
    /// Cash that each account is to end with, before rounding.
    pub(super) cash_targets: Vec<f64>,
    /// Orders that were too small, in the order in which they were dropped.
    pub(super) too_small: Vec<Order>,
    /// Share of the way that the turnover cap left, if it bound.
    pub(super) capped: Option<f64>,
    /// Value by sleeve afterwards, over all accounts.
    pub(super) after: Vec<f64>,
}

impl Plan {
    /// Costs of all trades.
    pub(super) fn costs(&self, context: &Context<'_>) -> Result<Costs, NumberError> {
        self.accounts.iter().try_fold(Costs::zero(context.currency()), |sum, account| sum.try_add(&account.costs))
    }

    /// Number of trades.
    pub(super) fn trades(&self) -> usize {
        self.accounts.iter().map(|account| account.executions.len()).sum()
    }

    /// Σ |trade|, both ways.
    pub(super) fn traded(&self, context: &Context<'_>) -> Result<Money, NumberError> {
        let both = self.accounts.iter().flat_map(|account| [account.buys, account.sells]);
        Money::sum(context.currency(), both)
    }
}

/// A plan under way.
struct Draft {
    aim: Aim,
    /// Value by sleeve before, over all accounts, and what may be held of it.
    values: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    plans: Vec<AccountPlan>,
    desired: Vec<f64>,
    orders: Vec<Order>,
    workspace: Workspace,
}

/// Plans the trades of one household toward an aim; no aim, no trades.
pub(super) fn plan(context: &Context<'_>, situation: &Situation<'_>, aim: Option<Aim>) -> Result<Plan, NumberError> {
    let mut too_small = Vec::new();
    let mut capped = None;
    let mut orders = Vec::new();
    let mut cash_targets = situation.accounts.iter().map(|account| account.cash).collect();
    if let Some(aim) = aim {
        let mut draft = Draft::new(context, situation, aim);
        loop {
            draft.set_bounds(context, situation);
            draft.agree_with_costs(context, situation);
            let small = draft.smallest(context);
            if small.is_empty() {
                break;
            }
            for order in small {
                draft.freeze(&order);
                too_small.push(order);
            }
        }
        capped = draft.cap_turnover(context, situation);
        cash_targets = draft.cash_targets(context, situation);
        orders = draft.orders;
    }
    let mut accounts = Vec::with_capacity(situation.accounts.len());
    for index in 0..situation.accounts.len() {
        accounts.extend(settle(context, situation, index, &orders)?);
    }
    let after = after(context, situation, &accounts)?;
    Ok(Plan { accounts, cash_targets, too_small, capped, after })
}

impl Draft {
    fn new(context: &Context<'_>, situation: &Situation<'_>, aim: Aim) -> Self {
        let sleeves = context.sleeves.len();
        // Where cash is missing, cash only means to sell.
        let mode = match aim.mode {
            Mode::CashOnly if situation.spare_cash() < 0.0 => Mode::SellOnly,
            mode => mode,
        };
        let plans = situation.accounts.iter().map(|account| AccountPlan::new(account, mode));
        Self {
            aim,
            values: situation.sleeve_values(sleeves),
            lower: vec![0.0; sleeves],
            upper: vec![0.0; sleeves],
            plans: plans.collect(),
            desired: vec![0.0; sleeves],
            orders: Vec::new(),
            workspace: Workspace::default(),
        }
    }

    /// What each account and the household may hold by sleeve; what is frozen may not change.
    fn set_bounds(&mut self, context: &Context<'_>, situation: &Situation<'_>) {
        self.lower.fill(0.0);
        self.upper.fill(0.0);
        for (account, plan) in situation.accounts.iter().zip(&mut self.plans) {
            plan.set_bounds(account, context.sleeves.cash.0);
            add(&mut self.lower, &plan.lower);
            add(&mut self.upper, &plan.upper);
        }
    }

    /// Repeats planning until the costs that the plan pays are those that it causes.
    fn agree_with_costs(&mut self, context: &Context<'_>, situation: &Situation<'_>) {
        let mut costs = vec![0.0; situation.accounts.len()];
        let mut next = costs.clone();
        let close = COSTS_AGREE * situation.total().abs();
        for _ in 0..MAX_COST_ROUNDS {
            self.attempt(context, situation, &costs);
            next.fill(0.0);
            for order in &self.orders {
                if let Some(sum) = next.get_mut(order.account) {
                    *sum += context.costs.estimate(order.instrument, order.value);
                }
            }
            let change = costs.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            std::mem::swap(&mut costs, &mut next);
            if change <= close {
                break;
            }
        }
    }

    /// One plan, paying the given costs by account.
    fn attempt(&mut self, context: &Context<'_>, situation: &Situation<'_>, costs: &[f64]) {
        let mut total = 0.0;
        for ((account, plan), costs) in situation.accounts.iter().zip(&mut self.plans).zip(costs) {
            plan.total = account.total() - costs;
            total += plan.total;
        }
        let cash = situation.cash_reserve.amount(total);
        let current = Current { values: &self.values, lower: &self.lower, upper: &self.upper, total, cash };
        plan_sleeves(context, self.aim, current, &mut self.workspace, &mut self.desired);
        spread(context, situation, &self.desired, &mut self.plans, &mut self.workspace);
        self.orders.clear();
        for (index, (account, plan)) in situation.accounts.iter().zip(&self.plans).enumerate() {
            fill(context, index, account, plan, &mut self.orders);
        }
    }

    /// Cash that each account is to end with, before rounding.
    fn cash_targets(&self, context: &Context<'_>, situation: &Situation<'_>) -> Vec<f64> {
        let cash = context.sleeves.cash.0;
        let target = |(plan, account): (&AccountPlan, &AccountSituation<'_>)| {
            let change = plan.values.get(cash).zip(account.values.get(cash)).map_or(0.0, |(planned, held)| planned - held);
            account.cash + change
        };
        self.plans.iter().zip(&situation.accounts).map(target).collect()
    }

    /// The smaller half of the orders at or below the minimum trade, and one at the least: the
    /// rest may grow beyond it once these no longer share in what there is to trade.
    fn smallest(&self, context: &Context<'_>) -> Vec<Order> {
        let min_trade = to_f64(context.policy.rebalance.min_trade.amount());
        let frozen = |order: &&Order| self.plans.get(order.account).is_none_or(|plan| plan.is_frozen(order.sleeve));
        let too_small = |order: &&Order| order.value.abs() <= min_trade && !frozen(order);
        let mut small: Vec<Order> = self.orders.iter().filter(too_small).copied().collect();
        small.sort_by(|a, b| a.value.abs().total_cmp(&b.value.abs()).then((a.account, a.instrument).cmp(&(b.account, b.instrument))));
        small.truncate(small.len().div_ceil(2));
        small
    }

    fn freeze(&mut self, order: &Order) {
        if let Some(plan) = self.plans.get_mut(order.account) {
            plan.freeze(order.sleeve);
        }
    }

    /// Scales all orders down to the turnover cap; the share of the way that is left, if it binds.
    fn cap_turnover(&mut self, context: &Context<'_>, situation: &Situation<'_>) -> Option<f64> {
        let cap = context.policy.rebalance.max_turnover_one_way?;
        let traded: f64 = self.orders.iter().map(|order| order.value.abs()).sum();
        let turnover = 0.5 * traded / situation.total();
        if turnover <= cap {
            return None;
        }
        let share = cap / turnover;
        for order in &mut self.orders {
            order.value *= share;
        }
        for (plan, account) in self.plans.iter_mut().zip(&situation.accounts) {
            for (planned, held) in plan.values.iter_mut().zip(&account.values) {
                *planned = held + share * (*planned - held);
            }
        }
        Some(share)
    }
}

/// Value by sleeve after all executions.
fn after(context: &Context<'_>, situation: &Situation<'_>, accounts: &[Settled]) -> Result<Vec<f64>, NumberError> {
    let mut values = situation.sleeve_values(context.sleeves.len());
    let mut shift = |sleeve: usize, value: f64| {
        if let Some(slot) = values.get_mut(sleeve) {
            *slot += value;
        }
    };
    for (account, settled) in situation.accounts.iter().zip(accounts) {
        let start = account.valued.cash.try_add(account.flows)?;
        shift(context.sleeves.cash.0, to_f64(settled.cash_after.try_sub(start)?.amount()));
        for execution in &settled.executions {
            let gross = to_f64(execution.gross.amount());
            let signed = if execution.order.value > 0.0 { gross } else { -gross };
            for exposure in context.sleeves.exposures(execution.order.instrument) {
                shift(exposure.sleeve.0, signed * exposure.weight);
            }
        }
    }
    Ok(values)
}
