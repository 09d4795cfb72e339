//! The least trading that gives the household the same classes.
//!
//! minimize Σₐₛ wₐₛ(yₐₛ − hₐₛ), with the sums by account and by sleeve as they are.
//!
//! A purchase weighs its value. So does a sale where gains are not taxed; where they are, a lot at a loss weighs
//! less and one at a gain more, the dearer the more: first losses are sold, then what is not taxed, then the
//! cheapest gains. Cheapest lots first makes w convex.
//!
//! Which account holds what is open to exchange: where one account buys a class that another sells,
//! both may do less. The problem is a transport problem with convex costs, solved by canceling
//! negative cycles (Klein 1967, "A primal method for minimal cost flows"): a cycle of accounts, each of
//! which takes more of a sleeve of which the next takes less, changes no sum; as long as one reduces
//! trading, it is followed until a value comes back to what is held or meets a bound.

use super::context::Context;
use super::situation::{AccountSituation, Situation};
use super::spread::AccountPlan;
use super::tax_lots::TaxLot;

/// What a sale at a loss weighs, and one at no gain in a taxable account. The first is more than nothing, so that
/// nothing is sold for its own sake: that is for harvesting to decide.
const LOSS: f64 = 0.5;
const GAIN_AT_LEAST: f64 = 3.0;

/// What a unit of tax adds.
const TAX: f64 = 10.0;

/// Rounds of swaps between two accounts, each of which ends at a point at which what a change costs changes:
/// what is held, the bounds, and the lots.
const MAX_SWAPS: usize = 64;

/// Cycles of three and more accounts followed before what is reached is taken.
const MAX_CYCLES: usize = 2_000;

/// Gain of a cycle, in weights, below which it is rounding noise.
const GAIN: f64 = 1e-9;

/// One account takes more of a sleeve, and another less.
#[derive(Debug, Clone, Copy)]
struct Exchange {
    sleeve: usize,
    cost: f64,
    room: f64,
}

/// What a change of one sleeve in one account costs, and how far it goes at that.
#[derive(Debug, Clone, Copy, Default)]
struct Change {
    cost: f64,
    room: f64,
}

/// The changes of all sleeves in one account.
#[derive(Debug, Clone, Default)]
struct Changes {
    more: Vec<Change>,
    less: Vec<Change>,
}

/// Rearranges plans that keep their bounds. Accounts with composed funds are left as they are,
/// since their sleeves cannot be moved one by one.
pub(super) fn rearrange(context: &Context<'_>, situation: &Situation<'_>, plans: &mut [AccountPlan], noise: f64) {
    if plans.len() < 2 {
        return;
    }
    let look = |account: usize, plans: &[AccountPlan]| {
        let of_account = situation.accounts.get(account).zip(plans.get(account));
        of_account.map_or_else(Default::default, |(account, plan)| changes(account, plan, context.sleeves.cash.0, noise))
    };
    let mut changes: Vec<Changes> = (0..plans.len()).map(|account| look(account, plans)).collect();
    for (one, other) in (0..plans.len()).flat_map(|one| (0..one).map(move |other| (one, other))) {
        for _ in 0..MAX_SWAPS {
            let (Some(first), Some(second)) = (changes.get(one), changes.get(other)) else { continue };
            let swaps = swaps(first, second, noise);
            for (sleeve, amount) in &swaps {
                shift(plans, one, *sleeve, *amount);
                shift(plans, other, *sleeve, -amount);
            }
            for account in [one, other] {
                changes[account] = look(account, plans);
            }
            if swaps.is_empty() {
                break;
            }
        }
    }
    let mut exchanges = Exchanges { accounts: plans.len(), best: vec![None; plans.len() * plans.len()] };
    let mut changed: Vec<usize> = (0..plans.len()).collect();
    for _ in 0..MAX_CYCLES {
        exchanges.update(&changes, &changed, noise);
        let Some(cycle) = exchanges.cheapening_cycle() else { return };
        let room = cycle.iter().map(|(_, _, exchange)| exchange.room).fold(f64::INFINITY, f64::min);
        changed.clear();
        for (more, less, exchange) in cycle {
            shift(plans, more, exchange.sleeve, room);
            shift(plans, less, exchange.sleeve, -room);
            changed.push(more);
        }
        for &account in &changed {
            changes[account] = look(account, plans);
        }
    }
}

fn shift(plans: &mut [AccountPlan], account: usize, sleeve: usize, amount: f64) {
    if let Some(value) = plans.get_mut(account).and_then(|plan| plan.values.get_mut(sleeve)) {
        *value += amount;
    }
}

/// What two accounts swap between them, the cheapest first: how much more of each sleeve the first takes.
/// Nearly all cycles are of two accounts, and so are found many at a time.
fn swaps(first: &Changes, second: &Changes, noise: f64) -> Vec<(usize, f64)> {
    let mut given = exchanges(&second.more, &first.less, noise);
    let mut taken = exchanges(&first.more, &second.less, noise);
    let (mut swaps, mut given_next, mut taken_next) = (Vec::new(), 0, 0);
    while let (Some(gives), Some(takes)) = (given.get_mut(given_next), taken.get_mut(taken_next)) {
        if gives.cost + takes.cost >= -GAIN {
            break;
        }
        let amount = gives.room.min(takes.room);
        swaps.extend([(takes.sleeve, amount), (gives.sleeve, -amount)]);
        gives.room -= amount;
        takes.room -= amount;
        given_next += usize::from(gives.room <= noise);
        taken_next += usize::from(takes.room <= noise);
    }
    swaps
}

/// Exchanges of every sleeve, the cheapest first.
fn exchanges(more: &[Change], less: &[Change], noise: f64) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = each_exchange(more, less, noise).collect();
    exchanges.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.sleeve.cmp(&b.sleeve)));
    exchanges
}

fn each_exchange(more: &[Change], less: &[Change], noise: f64) -> impl Iterator<Item = Exchange> {
    let both = more.iter().zip(less).enumerate();
    let exchange = |(sleeve, (more, less)): (usize, (&Change, &Change))| Exchange {
        sleeve,
        cost: more.cost + less.cost,
        room: more.room.min(less.room),
    };
    both.map(exchange).filter(move |exchange| exchange.room > noise)
}

/// For each two accounts the cheapest exchange.
struct Exchanges {
    accounts: usize,
    /// By the account that takes more, then by the one that takes less.
    best: Vec<Option<Exchange>>,
}

impl Exchanges {
    /// Looks again at all exchanges with accounts that changed.
    fn update(&mut self, changes: &[Changes], changed: &[usize], noise: f64) {
        let accounts = self.accounts;
        for (pair, best) in self.best.iter_mut().enumerate() {
            let (more, less) = (pair / accounts, pair % accounts);
            if more == less || !(changed.contains(&more) || changed.contains(&less)) {
                continue;
            }
            let (Some(more), Some(less)) = (changes.get(more), changes.get(less)) else { continue };
            // Of equally cheap ones that which goes further, by more than rounding: the unit of money decides nothing.
            *best = each_exchange(&more.more, &less.less, noise).reduce(|best, exchange| {
                let goes_further = exchange.cost <= best.cost && exchange.room > best.room * (1.0 + GAIN);
                if exchange.cost < best.cost || goes_further { exchange } else { best }
            });
        }
    }

    /// A cycle of exchanges whose costs sum to less than nothing, by Bellman and Ford from all accounts at
    /// once: who takes more, who takes less, and of what.
    fn cheapening_cycle(&self) -> Option<Vec<(usize, usize, Exchange)>> {
        let mut distance = vec![0.0_f64; self.accounts];
        let mut reached_by: Vec<Option<(usize, Exchange)>> = vec![None; self.accounts];
        let mut last = None;
        for _ in 0..self.accounts {
            last = None;
            for (pair, exchange) in self.best.iter().enumerate() {
                let (more, less) = (pair / self.accounts, pair % self.accounts);
                let (Some(exchange), Some(start)) = (exchange, distance.get(more).copied()) else { continue };
                let (Some(end), Some(slot)) = (distance.get_mut(less), reached_by.get_mut(less)) else { continue };
                if start + exchange.cost < *end - GAIN {
                    *end = start + exchange.cost;
                    *slot = Some((more, *exchange));
                    last = Some(less);
                }
            }
            last?;
        }
        // Still improving after as many rounds as there are accounts: going back leads into a cycle.
        let back = |account: usize| reached_by.get(account).copied().flatten();
        let mut account = last?;
        for _ in 0..self.accounts {
            account = back(account)?.0;
        }
        let start = account;
        let mut cycle = Vec::new();
        loop {
            let (more, exchange) = back(account)?;
            cycle.push((more, account, exchange));
            account = more;
            if account == start {
                return Some(cycle);
            }
        }
    }
}

/// What more and what less of each sleeve cost in an account; no room where its sleeves cannot be moved one
/// by one.
fn changes(account: &AccountSituation<'_>, plan: &AccountPlan, cash: usize, noise: f64) -> Changes {
    let of_sleeve = |sleeve: usize| {
        let (planned, held, lower, upper) = (plan.values[sleeve], account.values[sleeve], plan.lower[sleeve], plan.upper[sleeve]);
        if account.composed {
            return (Change::default(), Change::default());
        }
        let buy = if sleeve == cash { 0.0 } else { 1.0 };
        let sale = if sleeve == cash { Sale::FREE } else { Sale::after(account, sleeve, held - planned, noise) };
        let more = if planned < held - noise { (-sale.last, (held.min(upper) - planned).min(sale.sold)) } else { (buy, upper - planned) };
        let less = if planned > held + noise { (-buy, planned - held.max(lower)) } else { (sale.next, (planned - lower).min(sale.left)) };
        (Change { cost: more.0, room: more.1 }, Change { cost: less.0, room: less.1 })
    };
    let (more, less) = (0..plan.values.len()).map(of_sleeve).unzip();
    Changes { more, less }
}

/// Where a sleeve stands after some of it is sold.
struct Sale {
    /// What the last unit sold weighs, and how much was sold at that.
    last: f64,
    sold: f64,
    /// What the next one weighs, and how much may be sold at that.
    next: f64,
    left: f64,
}

impl Sale {
    const FREE: Self = Self { last: 0.0, sold: f64::INFINITY, next: 0.0, left: f64::INFINITY };
    const UNTAXED: Self = Self { last: 1.0, next: 1.0, ..Self::FREE };

    fn after(account: &AccountSituation<'_>, sleeve: usize, sold: f64, noise: f64) -> Self {
        if account.rates.is_none() {
            return Self::UNTAXED;
        }
        let mut sale = Self { last: GAIN_AT_LEAST, sold: f64::INFINITY, next: GAIN_AT_LEAST, left: f64::INFINITY };
        let mut open = sold.max(0.0);
        for lot in account.tax_lots.in_sleeve(sleeve) {
            let weight = weight(lot);
            if open > noise {
                (sale.last, sale.sold) = (weight, open.min(lot.value));
            }
            if open < lot.value - noise {
                (sale.next, sale.left) = (weight, lot.value - open.max(0.0));
                return sale;
            }
            open -= lot.value;
        }
        sale.next = sale.last;
        sale
    }
}

/// What selling a unit of a lot weighs.
fn weight(lot: &TaxLot) -> f64 {
    if lot.gain < 0.0 {
        LOSS * (1.0 + lot.tax.max(-1.0))
    } else if lot.gain == 0.0 {
        1.0
    } else {
        GAIN_AT_LEAST + TAX * lot.tax
    }
}
