//! Which account holds what: the sleeves' planned values, spread over accounts.
//!
//! minimize Σₛ (Σₐ yₐₛ − dₛ − mₛ)², each account's values within its bounds and summing to its total,
//! with m what the plan misses because no account may trade it: so that what is short already is the
//! last to be given up.
//!
//! It starts from what is held. First spare cash is put to work where it lies; then each account in
//! turn takes up what serves the household best, those first in which trading is not taxed: what
//! they can set right, the others need not trade. From there [`balance`] finds the optimum, and
//! [`rearrange`] exchanges between accounts what saves trading.
//!
//! Where composed funds tie the sleeves of an account together, taking turns is repeated: the problem
//! is convex and its constraints concern one account each, so that leads to the optimum as well
//! (block coordinate descent; Bertsekas, Nonlinear Programming, 1999, proposition 2.7.1).

use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_quant::optimize::projection::project_onto_bounded_simplex;

use crate::boundary::to_f64;
use crate::policy::Mode;

use super::balance::balance;
use super::context::Context;
use super::destination::Workspace;
use super::look_through;
use super::rearrange::rearrange;
use super::situation::{AccountSituation, Frozen, Situation};

/// Rounds over all accounts, where funds are composed, before what is reached is taken: each halves
/// what is left at the least in households seen, and a hundred-millionth of the value is less than
/// a cent.
const MAX_ROUNDS: usize = 60;

/// Part of the household's value below which a change counts as none.
const SETTLED: f64 = 1e-11;

/// What one account is to hold.
#[derive(Debug, Clone)]
pub(super) struct AccountPlan {
    /// In which direction it may trade.
    pub(super) mode: Mode,
    /// Instruments that are not traded, because their trades were not worth making.
    pub(super) frozen: Frozen,
    /// By sleeve.
    pub(super) values: Vec<f64>,
    /// By instrument, where composed funds make the sleeves depend on one another.
    pub(super) instruments: Option<Vec<(InstrumentId, f64)>>,
    /// Bounds by sleeve.
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    /// Positions and cash with flows, less costs.
    pub(super) total: f64,
}

impl AccountPlan {
    /// The account as it is.
    pub(super) fn new(account: &AccountSituation<'_>, mode: Mode) -> Self {
        let values = account.values.clone();
        // What cash alone moves is decided by the cash that is there before any trade.
        let is_short = account.cash < to_f64(account.cash_floor.amount());
        let mode = match mode {
            Mode::CashOnly if is_short => Mode::SellOnly,
            Mode::CashOnly => Mode::BuyOnly,
            mode => mode,
        };
        Self {
            mode,
            frozen: Frozen::default(),
            values,
            instruments: None,
            lower: account.lower.clone(),
            upper: account.upper.clone(),
            total: account.total(),
        }
    }

    /// What may be held by sleeve, in the plan's mode and without trading what is frozen; no more
    /// than there is to invest.
    pub(super) fn set_bounds(&mut self, account: &AccountSituation<'_>, cash: usize) {
        for (sleeve, (lower, upper)) in self.lower.iter_mut().zip(&mut self.upper).enumerate() {
            (*lower, *upper) = account.bounds(self.mode, cash, sleeve, &self.frozen);
        }
        let room = (account.total() - self.lower.iter().sum::<f64>()).max(0.0);
        for (lower, upper) in self.lower.iter().zip(&mut self.upper) {
            *upper = upper.min(lower + room);
        }
    }

    /// How much less of a sleeve the account may hold than planned.
    pub(super) fn room_below(&self, sleeve: usize) -> f64 {
        self.values.get(sleeve).zip(self.lower.get(sleeve)).map_or(0.0, |(planned, lower)| planned - lower)
    }

    /// How much more of a sleeve the account may hold than planned.
    pub(super) fn room_above(&self, sleeve: usize) -> f64 {
        self.values.get(sleeve).zip(self.upper.get(sleeve)).map_or(0.0, |(planned, upper)| upper - planned)
    }
}

/// Spreads the household's planned values over its accounts.
pub(super) fn spread(
    context: &Context<'_>,
    situation: &Situation<'_>,
    desired: &[f64],
    plans: &mut [AccountPlan],
    workspace: &mut Workspace,
) {
    if let ([account], [plan]) = (situation.accounts.as_slice(), &mut *plans)
        && !account.composed
    {
        plan.values.copy_from_slice(desired);
        return;
    }
    for (account, plan) in situation.accounts.iter().zip(plans.iter_mut()) {
        plan.values.clone_from(&account.values);
        plan.instruments = None;
    }
    let desired: Vec<f64> = desired.iter().zip(&workspace.missed).map(|(planned, missed)| planned + missed).collect();
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by_key(|&index| situation.accounts.get(index).map(AccountSituation::tax_order));
    let scale: f64 = plans.iter().map(|plan| plan.total.abs()).sum();
    let mut held = vec![0.0; desired.len()];
    for plan in plans.iter() {
        super::situation::add(&mut held, &plan.values);
    }
    let is_composed = situation.accounts.iter().any(|account| account.composed);
    let rounds = if is_composed { MAX_ROUNDS } else { 1 };
    let is_full = plans.len() > 1 && plans.iter().all(|plan| plan.mode == Mode::Full);
    let cash_pass = is_full.then_some((Some(Mode::CashOnly), f64::NEG_INFINITY));
    for (mode, settled) in cash_pass.into_iter().chain(std::iter::repeat_n((None, SETTLED * scale), rounds)) {
        let mut moved = 0.0_f64;
        for &index in &order {
            let (Some(account), Some(plan)) = (situation.accounts.get(index), plans.get_mut(index)) else { continue };
            let before = plan.values.clone();
            take_up(context, account, mode.unwrap_or(plan.mode), &desired, &held, plan, workspace);
            for ((held, before), after) in held.iter_mut().zip(&before).zip(&plan.values) {
                *held += after - before;
                moved = moved.max((after - before).abs());
            }
        }
        if moved <= settled {
            break;
        }
    }
    balance(situation, &desired, plans, SETTLED * scale);
    rearrange(context, situation, plans, SETTLED * scale);
}

/// Brings one account to the values that serve the household best, the others as they are.
fn take_up(
    context: &Context<'_>,
    account: &AccountSituation<'_>,
    mode: Mode,
    desired: &[f64],
    held: &[f64],
    plan: &mut AccountPlan,
    workspace: &mut Workspace,
) {
    let cash = context.sleeves.cash.0;
    let reference: Vec<f64> = desired.iter().zip(held).zip(&plan.values).map(|((desired, held), own)| desired - (held - own)).collect();
    if account.composed {
        if let Some(nearest) = look_through::nearest(context, account, mode, &reference, &plan.frozen, plan.total) {
            plan.values = nearest.values;
            plan.instruments = Some(nearest.instruments);
        }
        return;
    }
    let (mut low, mut high) = (plan.lower.clone(), plan.upper.clone());
    if mode == Mode::CashOnly {
        for sleeve in (0..low.len()).filter(|sleeve| *sleeve != cash) {
            let (bottom, top) = account.bounds(Mode::CashOnly, cash, sleeve, &plan.frozen);
            if let (Some(low), Some(high)) = (low.get_mut(sleeve), high.get_mut(sleeve)) {
                (*low, *high) = (low.max(bottom), high.min(top).max(low.max(bottom)));
            }
        }
    }
    let least: f64 = low.iter().sum();
    if least > plan.total
        && let Some(low) = low.get_mut(cash)
    {
        // Not even selling all that may be sold keeps the cash that should stay.
        *low -= least - plan.total;
    }
    let mut out = vec![0.0; reference.len()];
    if project_onto_bounded_simplex(&reference, &low, &high, plan.total, &mut out, &mut workspace.scratch).is_ok() {
        plan.values = out;
    }
}
