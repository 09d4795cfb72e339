//! The rules planner: a deterministic cascade that can be recited.
//!
//! 1. Where each sleeve should go ([`destination`](super::destination)), with the value that is
//!    left after costs; 2. which account takes up what ([`spread`](super::spread)); 3. which
//!    instruments that means ([`orders`](super::orders)); steps 1 to 3 are repeated until they
//!    agree with the costs they cause; 4. what is too small is dropped and the rest is spread
//!    anew; 5. the turnover cap; 6. whole lots, exact costs, cash to the cent
//!    ([`settle`](super::settle)).

use std::borrow::Cow;

use evenkeel_ledger::instrument::TradingState;
use evenkeel_ledger::number::{Money, NumberError};

use crate::boundary::to_f64;
use crate::cost::Costs;
use crate::policy::{Destination, Mode, Scope};

use super::context::Context;
use super::destination::{Aim, Current, Distance, Room, Workspace, is_within_bands, plan_sleeves};
use super::list::Side;
use super::locks::Locks;
use super::lots::ChosenLots;
use super::orders::{Order, fill};
use super::rounding::{is_rounded_inward, rounded_value};
use super::settle::{Drop, Dropped, Execution, Settled, Terms, join, settle};
use super::situation::{AccountSituation, Situation, add};
use super::spread::{AccountPlan, spread};

/// Attempts until plan and costs agree. Three are usual; more only where impact costs nearly as much
/// as it moves, or fixed fees make trades come and go.
const MAX_COST_ROUNDS: usize = 12;

/// Part of the value below which a difference in costs is none.
const COSTS_AGREE: f64 = 1e-11;

/// Passes before what is reached is taken. Two or three are usual; each leads nearer.
const MAX_PASSES: usize = 32;

/// What trades leave of the squared distance to target must be less than this part of it, so that
/// lots are not shifted about for next to nothing.
const NEARER: f64 = 0.99;

/// Part of the value by which whole lots must change an order for the others to be planned anew.
const COARSE: f64 = 1e-4;

/// Distance in weights within which a household is at its target: a tenth of a basis point.
const AT_TARGET: f64 = 1e-5;

/// What to trade to reach an aim, exactly.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// By account.
    pub(super) accounts: Vec<Settled>,
    /// Cash that each account is to end with, before rounding.
    pub(super) cash_targets: Vec<f64>,
    /// Orders that are not made, in the order in which they were dropped.
    pub(super) dropped: Vec<Dropped>,
    /// Share of the way that the turnover cap left, if it bound.
    pub(super) capped: Option<f64>,
    /// Value by sleeve afterwards, over all accounts.
    pub(super) after: Vec<f64>,
    /// By account, the lots of its sales.
    pub(super) sales: Vec<Vec<ChosenLots>>,
    /// What could not be sold or bought for tax.
    pub(super) locks: Locks,
}

impl Plan {
    /// Costs of all trades.
    pub(super) fn costs(&self, context: &Context<'_>) -> Result<Costs, NumberError> {
        self.accounts.iter().try_fold(Costs::zero(context.currency()), |sum, account| sum.try_add(&account.costs))
    }

    /// The plan with all its trades dropped.
    fn without_trades(mut self, context: &Context<'_>, situation: &Situation<'_>) -> Self {
        let trades = self.accounts.iter().flat_map(|account| &account.executions);
        self.dropped.extend(trades.map(|execution| Dropped { order: execution.order, why: Drop::NotNearer }));
        for (settled, account) in self.accounts.iter_mut().zip(&situation.accounts) {
            *settled = Settled::nothing(context, account);
        }
        self.after = situation.sleeve_values(context.sleeves.len());
        self
    }

    /// This plan and what another pass trades after it.
    fn join(&self, context: &Context<'_>, situation: &Situation<'_>, then: Self) -> Result<Self, NumberError> {
        let mut accounts = Vec::with_capacity(self.accounts.len());
        for ((account, first), then) in situation.accounts.iter().zip(&self.accounts).zip(&then.accounts) {
            accounts.push(join(context, account, first, then)?);
        }
        let after = after(context, situation, &accounts)?;
        let mut joined = Self { accounts, dropped: self.dropped.clone(), after, ..then };
        joined.forget_dropped_that_trade();
        Ok(joined)
    }

    /// Forgets drops of what is traded after all.
    pub(super) fn forget_dropped_that_trade(&mut self) {
        let Self { accounts, dropped, .. } = self;
        dropped.retain(|dropped| {
            let settled = accounts.get(dropped.order.account).map_or(&[][..], |settled| &settled.executions);
            !settled.iter().any(|execution| execution.order.instrument == dropped.order.instrument)
        });
    }

    /// Whether all that was planned is traded, but for less than half of any lot there is: then
    /// another pass has nothing to add.
    fn is_as_planned(&self, context: &Context<'_>, situation: &Situation<'_>) -> bool {
        let as_planned = |(account, settled): (&AccountSituation<'_>, &Settled)| {
            let smallest_lot = finest_lot(context, account);
            let is_near = |execution: &Execution| {
                let gap = (execution.order.value.abs() - to_f64(execution.gross.amount())).abs();
                !execution.bound.cash && gap < 0.5 * smallest_lot
            };
            !account.composed && settled.executions.iter().all(is_near)
        };
        self.dropped.is_empty() && situation.accounts.iter().zip(&self.accounts).all(as_planned)
    }

    /// Whether a trade must be made even if it does not lead nearer to target: because an account has less
    /// cash than it must keep, or holds what is banned.
    fn has_to(&self, context: &Context<'_>, situation: &Situation<'_>) -> bool {
        let is_banned = |execution: &Execution| context.unit(execution.order.instrument).state == TradingState::Banned;
        self.accounts.iter().zip(&situation.accounts).any(|(settled, account)| {
            let is_short = account.exact_cash.try_cmp(account.cash_minimum).is_ok_and(std::cmp::Ordering::is_lt);
            let mut sells = settled.executions.iter().filter(|execution| execution.side == Side::Sell);
            sells.any(|execution| is_short || execution.bound.raises_cash || is_banned(execution))
        })
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
    costs: Vec<AccountCosts>,
    desired: Vec<f64>,
    /// Orders that are settled, as their lots are coarse; they come first among the orders.
    fixed: Vec<Order>,
    orders: Vec<Order>,
    workspace: Workspace,
}

/// What one account's plan pays for trading and what its orders then cost, which are to agree.
#[derive(Debug, Clone, Copy, Default)]
struct AccountCosts {
    paid: f64,
    caused: f64,
    /// The attempt before.
    last: Option<(f64, f64)>,
    /// The smallest lot of what the account holds or may buy.
    finest_lot: f64,
}

impl AccountCosts {
    fn new(context: &Context<'_>, account: &AccountSituation<'_>) -> Self {
        Self { finest_lot: finest_lot(context, account), ..Self::default() }
    }

    /// Pays next what the secant through the last two attempts makes agree: one step where costs are
    /// in proportion to what is traded, and a damped one where impact makes them overshoot.
    fn agree(&mut self) {
        let Self { paid, caused, last, finest_lot } = *self;
        let slope = match last {
            Some((before, caused_before)) if (paid - before).abs() > 0.0 => (caused - caused_before) / (paid - before),
            _ => 0.0,
        };
        *self = Self {
            paid: (paid + (caused - paid) / (1.0 - slope.clamp(-4.0, 0.5))).max(0.0),
            caused,
            last: Some((paid, caused)),
            finest_lot,
        };
    }
}

/// Plans the trades of one household toward an aim, lots aside.
///
/// Rounding, minimum trades, fees and the spread over accounts leave differences that one pass
/// cannot see. So planning is repeated on what it leads to, as long as that leads nearer to target:
/// whoever rebalances again right afterwards has nothing to trade.
pub(super) fn approach(context: &Context<'_>, situation: &Situation<'_>, aim: Option<Aim>) -> Result<Plan, NumberError> {
    if let Some(aim) = aim.filter(|aim| aim.mode == Mode::Full && !matches!(aim.destination, Destination::Target | Destination::HalfWay)) {
        // Where cash alone leads into the bands, nothing else need be traded.
        let by_cash = pass(context, situation, Some(Aim { destination: Destination::Target, scope: Scope::All, mode: Mode::CashOnly }))?;
        if is_within_bands(context, aim, &by_cash.after, situation.cash_reserve) {
            return Ok(by_cash);
        }
    }
    let mut plan = pass(context, situation, aim)?;
    // Other destinations, and sells that may not be invested, lead elsewhere.
    let Some(Aim { mode: Mode::Full, destination: Destination::Target, .. }) = aim else { return Ok(plan) };
    let before = situation.sleeve_values(context.sleeves.len());
    if plan.trades() > 0 && !plan.has_to(context, situation) && !leads_nearer(context, situation, &before, &plan.after) {
        return Ok(plan.without_trades(context, situation));
    }
    // A second pass would have the turnover cap once more.
    let one = context.policy.rebalance.max_turnover_one_way.is_some() || plan.trades() == 0 || plan.is_as_planned(context, situation);
    let passes = if one { 1 } else { MAX_PASSES };
    for _ in 1..passes {
        let reached = situation.reached(context, &plan.accounts)?;
        let then = pass(context, &reached, aim)?;
        let has_to = then.has_to(context, &reached);
        if then.trades() == 0 || !has_to && !leads_nearer(context, situation, &plan.after, &then.after) {
            break;
        }
        let joined = plan.join(context, situation, then)?;
        // What two trades cost less as one is left in cash, and may outweigh a small step.
        if !has_to && distance(context, situation, &joined.after).squared >= distance(context, situation, &plan.after).squared {
            break;
        }
        plan = joined;
    }
    Ok(plan)
}

/// Plans once.
fn pass(context: &Context<'_>, situation: &Situation<'_>, aim: Option<Aim>) -> Result<Plan, NumberError> {
    let mut dropped = Vec::new();
    let mut capped = None;
    let mut orders = Vec::new();
    let mut cash_targets = situation.accounts.iter().map(|account| account.cash).collect();
    if let Some(aim) = aim {
        let mut draft = Draft::new(context, situation, aim);
        // The household as it will be once coarse lots are traded.
        let mut moved = Cow::Borrowed(situation);
        loop {
            draft.set_bounds(context, &moved);
            let small = draft.agree_with_costs(context, &moved);
            let coarse = if small.is_empty() { draft.coarsest(context, &moved) } else { Vec::new() };
            if small.is_empty() && coarse.is_empty() {
                break;
            }
            for small in small {
                draft.freeze(&small.order);
                dropped.push(small);
            }
            if !coarse.is_empty() {
                moved = Cow::Owned(moved.moved(context, &coarse));
                draft.fix(coarse, &moved);
            }
        }
        capped = draft.cap_turnover(context, situation);
        cash_targets = draft.cash_targets(context, &moved);
        orders = draft.orders;
    }
    let terms = Terms { may_raise_cash: aim.is_some_and(|aim| aim.mode != Mode::BuyOnly), toward_zero: capped.is_some() };
    let mut accounts = Vec::with_capacity(situation.accounts.len());
    for (index, account) in situation.accounts.iter().enumerate() {
        accounts.push(settle(context, index, account, &orders, terms, &mut dropped)?);
    }
    let after = after(context, situation, &accounts)?;
    Ok(Plan { accounts, cash_targets, dropped, capped, after, sales: Vec::new(), locks: Locks::default() })
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
            costs: situation.accounts.iter().map(|account| AccountCosts::new(context, account)).collect(),
            desired: vec![0.0; sleeves],
            fixed: Vec::new(),
            orders: Vec::with_capacity(sleeves),
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

    /// Repeats planning until the costs that the plan pays are those that it causes, or there are orders
    /// not worth making: those of them that are to be dropped.
    fn agree_with_costs(&mut self, context: &Context<'_>, situation: &Situation<'_>) -> Vec<Dropped> {
        let close = COSTS_AGREE * situation.total().abs();
        self.costs.iter_mut().for_each(|costs| costs.last = None);
        for _ in 0..MAX_COST_ROUNDS {
            self.attempt(context, situation);
            self.costs.iter_mut().for_each(|costs| costs.caused = 0.0);
            for order in &self.orders {
                if let Some(costs) = self.costs.get_mut(order.account) {
                    costs.caused += context.costs.estimate(order.instrument, rounded_value(context, order));
                }
            }
            let small = self.smallest(context);
            if small.is_empty() && self.costs.iter().all(|costs| (costs.caused - costs.paid).abs() <= close) {
                break;
            }
            self.costs.iter_mut().for_each(AccountCosts::agree);
            if !small.is_empty() {
                return small;
            }
        }
        Vec::new()
    }

    /// One plan, paying the costs looked for.
    fn attempt(&mut self, context: &Context<'_>, situation: &Situation<'_>) {
        let mut total = 0.0;
        for ((account, plan), costs) in situation.accounts.iter().zip(&mut self.plans).zip(&self.costs) {
            plan.total = account.total() - costs.paid;
            total += plan.total;
        }
        let cash = situation.cash_reserve.amount(total);
        let current = Current { values: &self.values, lower: &self.lower, upper: &self.upper, total, cash };
        plan_sleeves(context, self.aim, current, &mut self.workspace, &mut self.desired);
        spread(context, situation, &self.desired, &mut self.plans, &mut self.workspace);
        self.orders.clone_from(&self.fixed);
        for (index, (account, plan)) in situation.accounts.iter().zip(&self.plans).enumerate() {
            fill(context, index, account, plan, &mut self.orders);
        }
        for order in self.orders.iter_mut().skip(self.fixed.len()) {
            order.room = self.workspace.rooms.get(order.sleeve).copied().unwrap_or(Room::ANY);
        }
    }

    /// Cash that each account is to end with, before rounding.
    fn cash_targets(&self, context: &Context<'_>, situation: &Situation<'_>) -> Vec<f64> {
        let cash = context.sleeves.cash.0;
        let target = |(plan, account): (&AccountPlan, &AccountSituation<'_>)| match &plan.instruments {
            Some(instruments) => plan.total - instruments.iter().map(|(_, value)| value).sum::<f64>(),
            None => account.cash + plan.values.get(cash).zip(account.values.get(cash)).map_or(0.0, |(planned, held)| planned - held),
        };
        self.plans.iter().zip(&situation.accounts).map(target).collect()
    }

    /// The smaller half of the orders that are not worth making, and one at the least: the rest may
    /// grow beyond that once these no longer share in what there is to trade.
    fn smallest(&self, context: &Context<'_>) -> Vec<Dropped> {
        let small = |order: &Order| Some(Dropped { order: *order, why: too_small(context, order)? });
        let mut small: Vec<Dropped> = self.orders.iter().skip(self.fixed.len()).filter_map(small).collect();
        small.sort_by(|Dropped { order: a, .. }, Dropped { order: b, .. }| {
            a.value.abs().total_cmp(&b.value.abs()).then((a.account, a.instrument).cmp(&(b.account, b.instrument)))
        });
        small.truncate(small.len().div_ceil(2));
        small
    }

    /// Orders that the others should know of in whole lots: those rounded inward to stay in a band, else
    /// those that lots change by much, the coarsest first, as finer ones can take up what they leave.
    /// Under a turnover cap none: it scales all orders, and then rounds them toward zero.
    fn coarsest(&self, context: &Context<'_>, situation: &Situation<'_>) -> Vec<Order> {
        if context.policy.rebalance.max_turnover_one_way.is_some() {
            return Vec::new();
        }
        let open = || self.orders.iter().skip(self.fixed.len());
        let inward: Vec<Order> = open().filter(|order| is_rounded_inward(context, order)).copied().collect();
        if !inward.is_empty() {
            return inward;
        }
        let error = |order: &Order| (rounded_value(context, order) - order.value).abs();
        let finest = |order: &Order| self.costs.get(order.account).map_or(0.0, |costs| costs.finest_lot);
        let least = COARSE * situation.total().abs();
        let coarse = || open().filter(|order| error(order) > least.max(finest(order)));
        let most = coarse().map(error).fold(0.0, f64::max);
        coarse().filter(|order| error(order) > 0.5 * most).copied().collect()
    }

    /// Settles orders: from here on the household is planned as it is after them.
    fn fix(&mut self, orders: Vec<Order>, moved: &Situation<'_>) {
        for order in &orders {
            self.freeze(order);
        }
        self.fixed.extend(orders);
        self.values = moved.sleeve_values(self.values.len());
    }

    fn freeze(&mut self, order: &Order) {
        if let Some(plan) = self.plans.get_mut(order.account) {
            plan.frozen.insert(order.instrument);
        }
    }

    /// Scales all orders down to the turnover cap; the share of the way that is left, if it binds.
    fn cap_turnover(&mut self, context: &Context<'_>, situation: &Situation<'_>) -> Option<f64> {
        let cap = context.policy.rebalance.max_turnover_one_way?;
        let turnover = |traded: f64| 0.5 * traded / situation.total();
        let planned = turnover(self.orders.iter().map(|order| order.value.abs()).sum());
        let rounded = turnover(self.orders.iter().map(|order| rounded_value(context, order).abs()).sum());
        if planned.max(rounded) <= cap {
            return None;
        }
        // Where only rounding would exceed it, not rounding up is enough.
        let share = (cap / planned).min(1.0);
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

/// How far values by sleeve are from target.
fn distance(context: &Context<'_>, situation: &Situation<'_>, values: &[f64]) -> Distance {
    Distance::new(context, values, situation.cash_reserve)
}

/// Whether values by sleeve are nearer to target than those before: by the sum of squares, and by
/// the largest drift too, which is what triggers and people look at.
fn leads_nearer(context: &Context<'_>, situation: &Situation<'_>, before: &[f64], after: &[f64]) -> bool {
    let (before, after) = (distance(context, situation, before), distance(context, situation, after));
    before.squared > AT_TARGET.powi(2) && after.squared < NEARER * before.squared && after.largest <= before.largest + AT_TARGET
}

/// Why an order is not worth making, if it is not. What comes to nothing in lots costs nothing, and
/// stays: rounding deals with it.
fn too_small(context: &Context<'_>, order: &Order) -> Option<Drop> {
    let min_trade = to_f64(context.policy.rebalance.min_trade.amount());
    let (planned, rounded) = (order.value.abs(), rounded_value(context, order).abs());
    // Rounding to the cent may take a trade down to the minimum.
    let least = if min_trade > 0.0 { min_trade + 0.5 * context.cent } else { 0.0 };
    if planned <= least {
        Some(Drop::MinTrade)
    } else if rounded == 0.0 {
        None
    } else if rounded <= least {
        Some(Drop::MinTradeInLots)
    } else {
        (context.costs.estimate(order.instrument, rounded) >= rounded).then_some(Drop::Costs)
    }
}

/// The smallest lot of anything that an account holds or may buy.
fn finest_lot(context: &Context<'_>, account: &AccountSituation<'_>) -> f64 {
    let held = account.positions.iter().map(|position| position.instrument);
    let tradable = held.chain(account.buys.iter().copied().flatten());
    tradable.map(|id| context.unit(id).lot).fold(f64::INFINITY, f64::min)
}

/// Value by sleeve after all executions.
pub(super) fn after(context: &Context<'_>, situation: &Situation<'_>, accounts: &[Settled]) -> Result<Vec<f64>, NumberError> {
    let mut values = situation.sleeve_values(context.sleeves.len());
    let mut shift = |sleeve: usize, value: f64| {
        if let Some(slot) = values.get_mut(sleeve) {
            *slot += value;
        }
    };
    for (account, settled) in situation.accounts.iter().zip(accounts) {
        shift(context.sleeves.cash.0, to_f64(settled.cash_after.try_sub(account.exact_cash)?.amount()));
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
