//! The least trading that gives the household the same classes.
//!
//! minimize Σₐₛ wₐₛ |yₐₛ − hₐₛ|, with the sums by account and by sleeve as they are.
//!
//! Which account holds what is open to exchange: where one account buys a class that another sells,
//! both may do less. The problem is a transport problem with convex costs, solved by canceling
//! negative cycles (Klein 1967, "A primal method for minimal cost flows"): a cycle of accounts and
//! sleeves, in turn more and less of a sleeve, changes no sum; as long as one reduces trading, it
//! is followed until a value comes back to what is held or meets a bound.

use evenkeel_ledger::account::TaxTreatment;

use super::context::Context;
use super::situation::{AccountSituation, Situation};
use super::spread::AccountPlan;

/// Sales in a taxable account weigh as much as so many elsewhere, as they may realize gains.
const TAXABLE_SALE: f64 = 3.0;

/// Cycles followed before what is reached is taken; each ends at a breakpoint, of which there are
/// three for each account and sleeve.
const MAX_CYCLES: usize = 2_000;

/// Gain of a cycle, in weights, below which it is rounding noise.
const GAIN: f64 = 1e-9;

/// A step from one node of the cycle to the next: more, or less, of a sleeve in an account.
#[derive(Debug, Clone, Copy)]
struct Step {
    account: usize,
    sleeve: usize,
    more: bool,
    cost: f64,
    room: f64,
}

impl Step {
    /// Nodes are the accounts, then the sleeves; more of a sleeve leads from account to sleeve.
    fn ends(&self, accounts: usize) -> (usize, usize) {
        let sleeve = accounts + self.sleeve;
        if self.more { (self.account, sleeve) } else { (sleeve, self.account) }
    }
}

/// Rearranges plans that keep their bounds. Accounts with composed funds are left as they are,
/// since their sleeves cannot be moved one by one.
pub(super) fn rearrange(context: &Context<'_>, situation: &Situation<'_>, plans: &mut [AccountPlan], noise: f64) {
    for _ in 0..MAX_CYCLES {
        let Some(cycle) = cheapening_cycle(&steps(context, situation, plans, noise), plans.len(), context.sleeves.len()) else { return };
        let room = cycle.iter().map(|step| step.room).fold(f64::INFINITY, f64::min);
        for step in cycle {
            if let Some(value) = plans.get_mut(step.account).and_then(|plan| plan.values.get_mut(step.sleeve)) {
                *value += if step.more { room } else { -room };
            }
        }
    }
}

/// All steps that have room.
fn steps(context: &Context<'_>, situation: &Situation<'_>, plans: &[AccountPlan], noise: f64) -> Vec<Step> {
    let cash = context.sleeves.cash.0;
    let mut steps = Vec::new();
    for (account, (state, plan)) in situation.accounts.iter().zip(plans).enumerate().filter(|(_, (state, _))| !state.composed) {
        let rows = plan.values.iter().zip(&state.values).zip(plan.lower.iter().zip(&plan.upper));
        for (sleeve, ((planned, held), (lower, upper))) in rows.enumerate() {
            let (buy, sell) = if sleeve == cash { (0.0, 0.0) } else { weights(state) };
            let more = if planned < &(held - noise) { (-sell, held.min(*upper) - planned) } else { (buy, upper - planned) };
            let less = if planned > &(held + noise) { (-buy, planned - held.max(*lower)) } else { (sell, planned - lower) };
            for (more, (cost, room)) in [(true, more), (false, less)] {
                if room > noise {
                    steps.push(Step { account, sleeve, more, cost, room });
                }
            }
        }
    }
    steps
}

/// What a unit bought and a unit sold weigh in an account.
fn weights(account: &AccountSituation<'_>) -> (f64, f64) {
    let taxable = account.account.tax_treatment == TaxTreatment::Taxable;
    (1.0, if taxable { TAXABLE_SALE } else { 1.0 })
}

/// A cycle of steps whose costs sum to less than nothing, by Bellman and Ford from all nodes at once.
fn cheapening_cycle(steps: &[Step], accounts: usize, sleeves: usize) -> Option<Vec<Step>> {
    let nodes = accounts + sleeves;
    let mut distance = vec![0.0_f64; nodes];
    let mut reached_by: Vec<Option<Step>> = vec![None; nodes];
    let mut last = None;
    for _ in 0..nodes {
        last = None;
        for step in steps {
            let (from, to) = step.ends(accounts);
            let Some(start) = distance.get(from).copied() else { continue };
            let Some(end) = distance.get_mut(to) else { continue };
            if start + step.cost < *end - GAIN {
                *end = start + step.cost;
                if let Some(slot) = reached_by.get_mut(to) {
                    *slot = Some(*step);
                }
                last = Some(to);
            }
        }
        last?;
    }
    // Still improving after as many rounds as there are nodes: going back leads into a cycle.
    let back = |node: usize| reached_by.get(node).copied().flatten().map(|step| step.ends(accounts).0);
    let mut node = last?;
    for _ in 0..nodes {
        node = back(node)?;
    }
    let start = node;
    let mut cycle = Vec::new();
    loop {
        cycle.push(reached_by.get(node).copied().flatten()?);
        node = back(node)?;
        if node == start {
            return Some(cycle);
        }
    }
}
