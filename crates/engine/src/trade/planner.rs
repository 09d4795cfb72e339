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
use super::situation::{Situation, add};
use super::spread::{AccountPlan, spread};

/// Repetitions until plan and costs agree. Each shrinks the difference by the cost rate, so four
/// are usual; more only where fixed fees make trades come and go.
const MAX_COST_ROUNDS: usize = 24;

/// Part of the value below which a difference in costs is none.
const COSTS_AGREE: f64 = 1e-13;

/// What to trade to reach an aim, exactly.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// By account.
    pub(super) accounts: Vec<Settled>,
    /// What each account is to hold, by sleeve, before rounding.
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
    plans: Vec<AccountPlan>,
    desired: Vec<f64>,
    orders: Vec<Order>,
    /// By account and sleeve: whether it may no longer change.
    frozen: Vec<Vec<bool>>,
    workspace: Workspace,
}

/// Plans the trades of one household toward an aim; no aim, no trades.
pub(super) fn plan(context: &Context<'_>, situation: &Situation<'_>, aim: Option<Aim>) -> Result<Plan, NumberError> {
    let sleeves = context.sleeves.len();
    let mut draft = Draft {
        plans: vec![AccountPlan::default(); situation.accounts.len()],
        desired: vec![0.0; sleeves],
        orders: Vec::new(),
        frozen: vec![vec![false; sleeves]; situation.accounts.len()],
        workspace: Workspace::default(),
    };
    let mut too_small = Vec::new();
    let mut capped = None;
    if let Some(aim) = aim {
        loop {
            draft.agree_with_costs(context, situation, aim);
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
    }
    let mut accounts = Vec::with_capacity(situation.accounts.len());
    for index in 0..situation.accounts.len() {
        accounts.extend(settle(context, situation, index, &draft.orders)?);
    }
    let cash = context.sleeves.cash.0;
    let cash_targets = draft.plans.iter().zip(&situation.accounts).map(|(plan, account)| {
        let planned = plan.values.get(cash).zip(account.values.get(cash));
        planned.map_or(account.cash, |(planned, held)| account.cash + planned - held)
    });
    let cash_targets = cash_targets.collect();
    let after = after(context, situation, &accounts)?;
    Ok(Plan { accounts, cash_targets, too_small, capped, after })
}

impl Draft {
    /// Repeats planning until the costs that the plan pays are those that it causes.
    fn agree_with_costs(&mut self, context: &Context<'_>, situation: &Situation<'_>, aim: Aim) {
        let mut costs = vec![0.0; situation.accounts.len()];
        for _ in 0..MAX_COST_ROUNDS {
            self.attempt(context, situation, aim, &costs);
            let mut next = vec![0.0; costs.len()];
            for order in &self.orders {
                if let Some(sum) = next.get_mut(order.account) {
                    *sum += context.costs.estimate(order.instrument, order.value);
                }
            }
            let change = costs.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            costs = next;
            if change <= COSTS_AGREE * situation.total().abs() {
                break;
            }
        }
    }

    /// One plan, paying the given costs by account.
    fn attempt(&mut self, context: &Context<'_>, situation: &Situation<'_>, aim: Aim, costs: &[f64]) {
        let sleeves = context.sleeves.len();
        let (mut values, mut lower, mut upper) = (vec![0.0; sleeves], vec![0.0; sleeves], vec![0.0; sleeves]);
        let mode = match aim.mode {
            Mode::CashOnly if situation.spare_cash() < 0.0 => Mode::SellOnly,
            mode => mode,
        };
        let cash = context.sleeves.cash.0;
        for (index, account) in situation.accounts.iter().enumerate() {
            let Some(plan) = self.plans.get_mut(index) else { continue };
            plan.total = account.total() - costs.get(index).copied().unwrap_or(0.0);
            plan.lower.clear();
            plan.upper.clear();
            for sleeve in 0..sleeves {
                let frozen = self.frozen.get(index).and_then(|frozen| frozen.get(sleeve)).copied().unwrap_or(false);
                let value = account.values.get(sleeve).copied().unwrap_or(0.0);
                let (low, high) = if frozen { (value, value) } else { account.bounds(mode, cash, sleeve) };
                plan.lower.push(low);
                plan.upper.push(high);
            }
            add(&mut values, &account.values);
            add(&mut lower, &plan.lower);
            add(&mut upper, &plan.upper);
        }
        let total: f64 = self.plans.iter().map(|plan| plan.total).sum();
        let current = Current { values: &values, lower: &lower, upper: &upper, total, cash: situation.cash_reserve.amount(total) };
        // With missing cash, sells go from overweights; what they bring stays cash by the reserve.
        let aim = Aim { mode: if aim.mode == Mode::CashOnly { Mode::CashOnly } else { mode }, ..aim };
        plan_sleeves(context, aim, current, &mut self.workspace, &mut self.desired);
        spread(context, situation, mode, &self.desired, &mut self.plans, &mut self.workspace);
        self.orders.clear();
        for (index, (account, plan)) in situation.accounts.iter().zip(&self.plans).enumerate() {
            fill(context, index, account, plan, &mut self.orders);
        }
    }

    /// The smaller half of the orders at or below the minimum trade, and one at the least: the
    /// rest may grow beyond it once these no longer share in what there is to trade.
    fn smallest(&self, context: &Context<'_>) -> Vec<Order> {
        let min_trade = to_f64(context.policy.rebalance.min_trade.amount());
        let frozen = |order: &&Order| self.frozen.get(order.account).and_then(|frozen| frozen.get(order.sleeve)).copied().unwrap_or(true);
        let too_small = |order: &&Order| order.value.abs() <= min_trade && !frozen(order);
        let mut small: Vec<Order> = self.orders.iter().filter(too_small).copied().collect();
        small.sort_by(|a, b| a.value.abs().total_cmp(&b.value.abs()).then((a.account, a.instrument).cmp(&(b.account, b.instrument))));
        small.truncate(small.len().div_ceil(2));
        small
    }

    fn freeze(&mut self, order: &Order) {
        if let Some(frozen) = self.frozen.get_mut(order.account).and_then(|frozen| frozen.get_mut(order.sleeve)) {
            *frozen = true;
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
