//! The same studies day by day in weights and returns, written for being read: bisection and repetition instead of
//! kinks, secants and blocks.

use evenkeel_quant::backtest::{Checks, Destination, Rule, Scope, Settlement, Trigger};

use crate::generate::World;

const TOLERANCE: f64 = 1e-12;

/// A day's trades: row, one-way turnover, cost.
pub(crate) type Trades = (usize, f64, f64);

struct State {
    value: f64,
    /// Weights of the assets; the rest is cash.
    weights: Vec<f64>,
    /// Whether an asset has lost everything.
    dead: Vec<bool>,
}

/// Values by row and trades.
pub(crate) fn run(world: &World, rule: &Rule) -> (Vec<f64>, Vec<Trades>) {
    let n = world.assets;
    let mut state = State { value: world.start, weights: vec![0.0; n], dead: vec![false; n] };
    let (mut values, mut events) = (Vec::new(), Vec::new());
    let mut ruined = false;
    for row in 0..=world.periods {
        let flow = world.flows.get(row).copied().unwrap_or(0.0);
        let missing = |asset: usize| world.returns[row.saturating_sub(1) * n + asset].is_nan();
        if row > 0 {
            let changes: Vec<f64> = (0..n).map(|i| if missing(i) { 0.0 } else { world.returns[(row - 1) * n + i] }).collect();
            let growth = 1.0 + state.weights.iter().zip(&changes).map(|(w, r)| w * r).sum::<f64>();
            for ((weight, dead), change) in state.weights.iter_mut().zip(&mut state.dead).zip(&changes) {
                *weight = if growth == 0.0 { 0.0 } else { *weight * (1.0 + change) / growth };
                *dead |= *change == -1.0;
            }
            state.value *= growth * (1.0 - world.management);
        }
        let total = state.value + flow;
        if ruined || (total <= 0.0 && flow < 0.0) {
            ruined = true;
            values.push(0.0);
            state.value = 0.0;
            continue;
        }
        if total <= 0.0 {
            values.push(total);
            state.value = total;
            continue;
        }
        let held: Vec<f64> = state.weights.iter().map(|w| w * state.value).collect();
        let open: Vec<bool> = (0..n).map(|i| !missing(i) && !state.dead[i]).collect();
        let traded = if row == 0 {
            let free = world.free_start;
            let first = Rule { settlement: if free { Settlement::SelfFinancing } else { rule.settlement }, ..Rule::periodic(1) };
            Some(trade(world, &first, row, &held, &open, total, 0.0, free))
        } else if looks(rule, row) && fires(world, rule, row, &held, &open, total) {
            Some(trade(world, rule, row, &held, &open, total, 0.0, false))
        } else if flow != 0.0 {
            Some(trade(world, rule, row, &held, &open, total, flow, false))
        } else {
            None
        };
        match traded {
            Some(Some((after, cash, cost))) => {
                let turnover = after.iter().zip(&held).map(|(a, h)| (a - h).abs()).sum::<f64>() / 2.0 / total;
                events.push((row, turnover, cost));
                let value = after.iter().sum::<f64>() + cash;
                state = State { value, weights: after.iter().map(|x| x / value).collect(), dead: state.dead };
            }
            _ => state = State { value: total, weights: held.iter().map(|h| h / total).collect(), dead: state.dead },
        }
        values.push(state.value);
    }
    (values, events)
}

fn looks(rule: &Rule, row: usize) -> bool {
    match &rule.checks {
        Checks::Never => false,
        Checks::Every(k) => row.is_multiple_of(*k),
        Checks::Rows(marked) => marked[row],
    }
}

/// Targets of a row as fractions of what is open, and the value that is.
fn goals(world: &World, row: usize, held: &[f64], open: &[bool], total: f64) -> (Vec<f64>, f64) {
    let set = world.target_rows.iter().rposition(|first| *first <= row).unwrap();
    let weights = &world.targets[set * world.assets..(set + 1) * world.assets];
    let sum: f64 = weights.iter().zip(open).filter(|(_, open)| **open).map(|(w, _)| w).sum();
    let goal = |(w, open): (&f64, &bool)| if *open && sum > 0.0 { w / sum } else { 0.0 };
    let resting: f64 = held.iter().zip(open).filter(|(_, open)| !**open).map(|(h, _)| h).sum();
    (weights.iter().zip(open).map(goal).collect(), total - resting)
}

/// Target weights of the whole, and the half widths around them.
fn bands(rule: &Rule, goals: &[f64], available: f64, total: f64) -> Vec<(f64, f64)> {
    let weight = |goal: f64| goal * available / total;
    let band = |i: usize| if rule.bands.len() == 1 { rule.bands[0] } else { rule.bands[i] };
    goals.iter().enumerate().map(|(i, goal)| (weight(*goal), band(i).half_width(weight(*goal)))).collect()
}

fn fires(world: &World, rule: &Rule, row: usize, held: &[f64], open: &[bool], total: f64) -> bool {
    let (goals, available) = goals(world, row, held, open, total);
    let bands = bands(rule, &goals, available, total);
    let drifts: Vec<f64> = (0..held.len()).map(|i| if open[i] { held[i] / total - bands[i].0 } else { 0.0 }).collect();
    match rule.trigger {
        Trigger::Always => true,
        Trigger::Band => drifts.iter().zip(&bands).zip(open).any(|((d, (_, b)), open)| *open && d.abs() > b + TOLERANCE),
        Trigger::PortfolioDrift { limit } => drifts.iter().map(|d| d.abs()).sum::<f64>() / 2.0 > limit + TOLERANCE,
    }
}

/// Values after, cash after, cost.
type After = (Vec<f64>, f64, f64);

/// What a trade is settled with.
struct Deal<'a> {
    held: &'a [f64],
    open: &'a [bool],
    available: f64,
    costs: Vec<f64>,
    fixed: f64,
}

/// A trade; a flow other than 0 makes it a trade for the flow.
#[allow(clippy::too_many_arguments, reason = "everything is said in one place")]
fn trade(world: &World, rule: &Rule, row: usize, held: &[f64], open: &[bool], total: f64, flow: f64, free: bool) -> Option<After> {
    let n = held.len();
    let (goals, available) = goals(world, row, held, open, total);
    if available <= 0.0 || goals.iter().all(|goal| *goal == 0.0) {
        return None;
    }
    let bands = bands(rule, &goals, available, total);
    let outside: Vec<bool> = (0..n).map(|i| open[i] && (held[i] / total - bands[i].0).abs() > bands[i].1 + TOLERANCE).collect();
    let costs: Vec<f64> = world.proportional.iter().map(|c| if free { 0.0 } else { *c }).collect();
    let fixed = if free { 0.0 } else { world.fixed * world.start };
    let deal = Deal { held, open, available, costs, fixed };
    // Cash that is owed or left is dealt with as the flow is.
    let money = if flow == 0.0 { 0.0 } else { available - deal.invested() };
    let is_flow = flow != 0.0;
    let lead =
        |left: f64| destination(rule, &goals, &bands, &outside, held, open, left, available, total / available, is_flow.then_some(money));
    match rule.settlement {
        Settlement::SelfFinancing => deal.self_financing(&lead, is_flow && money >= 0.0),
        Settlement::CashLimited => Some(deal.cash_limited(&lead(available))),
        settlement => Some(deal.change_by_change(&lead(available), settlement)),
    }
}

impl Deal<'_> {
    fn invested(&self) -> f64 {
        self.held.iter().zip(self.open).filter(|(_, open)| **open).map(|(held, _)| held).sum()
    }

    fn moves(&self, change: f64) -> bool {
        change.abs() > TOLERANCE * self.available
    }

    /// Pays what the trades cost, over and over, until that is what they cost.
    fn self_financing(&self, lead: &dyn Fn(f64) -> Vec<f64>, only_buys: bool) -> Option<After> {
        let cost = |x: &[f64]| x.iter().zip(self.held).zip(&self.costs).map(|((x, held), cost)| cost * (x - held).abs()).sum::<f64>();
        let solve = |fees: f64| (0..50).fold(self.available - fees, |left, _| self.available - fees - cost(&lead(left)));
        let mut left = solve(0.0);
        if self.fixed > 0.0 {
            let trades = lead(left).iter().zip(self.held).filter(|(x, held)| self.moves(*x - *held)).count();
            left = solve(self.fixed * trades as f64);
        }
        let is_possible = left > 0.0 && !(only_buys && left < self.invested());
        is_possible.then(|| (lead(left), 0.0, self.available - left))
    }

    fn change_by_change(&self, wanted: &[f64], settlement: Settlement) -> After {
        let (mut after, mut spent, mut paid) = (wanted.to_vec(), 0.0, 0.0);
        for (i, after) in after.iter_mut().enumerate() {
            let change = *after - self.held[i];
            if self.moves(change) {
                let size = match (settlement, change > 0.0) {
                    (Settlement::FeeFromCash, _) => change.abs(),
                    (_, true) => ((change - self.fixed) / (1.0 + self.costs[i])).max(0.0),
                    (_, false) => ((-change + self.fixed) / (1.0 - self.costs[i])).min(self.held[i]),
                };
                let fee = if size > 0.0 { self.costs[i] * size + self.fixed } else { 0.0 };
                *after = self.held[i] + change.signum() * size;
                paid += fee;
                spent += change.signum() * size + fee;
            }
        }
        (after, self.available - self.invested() - spent, paid)
    }

    fn cash_limited(&self, wanted: &[f64]) -> After {
        let (mut after, mut cash, mut paid) = (wanted.to_vec(), self.available - self.invested(), 0.0);
        let change: Vec<f64> = wanted.iter().zip(self.held).map(|(wanted, held)| wanted - held).collect();
        let mut order: Vec<usize> = (0..wanted.len()).filter(|i| self.moves(change[*i])).collect();
        order.sort_by(|a, b| change[*a].partial_cmp(&change[*b]).unwrap());
        for i in order {
            let mut size = change[i].abs();
            if change[i] > 0.0 && size * (1.0 + self.costs[i]) + self.fixed > cash {
                size = ((cash - self.fixed) / (1.0 + self.costs[i])).max(0.0);
            }
            if change[i] <= 0.0 && size * (1.0 - self.costs[i]) < self.fixed {
                size = 0.0;
            }
            if size > 0.0 {
                let fee = self.costs[i] * size + self.fixed;
                cash -= change[i].signum() * size + fee;
                paid += fee;
            }
            after[i] = self.held[i] + change[i].signum() * size;
        }
        (after, cash, paid)
    }
}

/// Value that each asset should have where `left` is there for those that are open.
#[allow(clippy::too_many_arguments, reason = "everything is said in one place")]
fn destination(
    rule: &Rule,
    goals: &[f64],
    bands: &[(f64, f64)],
    outside: &[bool],
    held: &[f64],
    open: &[bool],
    left: f64,
    available: f64,
    scale: f64,
    flow: Option<f64>,
) -> Vec<f64> {
    let n = held.len();
    let target = |i: usize| goals[i] * left;
    let nearest_target = |low: &dyn Fn(usize) -> f64, high: &dyn Fn(usize) -> f64, point: &dyn Fn(usize) -> f64| {
        project(&|i| if open[i] { (point(i), low(i), high(i)) } else { (0.0, 0.0, 0.0) }, n, left)
    };
    let mut after = if flow.is_some_and(|flow| flow >= 0.0) {
        nearest_target(&|i| held[i], &|_| f64::INFINITY, &target)
    } else if flow.is_some() {
        nearest_target(&|_| 0.0, &|i| held[i], &target)
    } else if rule.destination == Destination::Target && rule.scope == Scope::All {
        (0..n).map(target).collect()
    } else if rule.destination == Destination::HalfWay && rule.scope == Scope::All {
        nearest_target(&|_| 0.0, &|_| f64::INFINITY, &|i| f64::midpoint(held[i], target(i)))
    } else {
        // Least and most of an asset, and where it would go, if `v` were left.
        let own = |i: usize, v: f64| {
            let (target, width) = (goals[i] * v, bands[i].1 * scale * v);
            let within = |width: f64| ((target - width).max(0.0), target + width, held[i].max(target - width).min(target + width));
            match rule.destination {
                Destination::Target => (0.0, f64::INFINITY, target),
                Destination::HalfWay => (0.0, f64::INFINITY, f64::midpoint(held[i], target)),
                Destination::BandEdge => within(width),
                Destination::InnerBand { distance } => within(distance * scale * v),
                Destination::ToleranceBand { fraction } => within(fraction * width),
            }
        };
        let bounds = |i: usize, v: f64| match own(i, v) {
            found if rule.scope == Scope::All => found,
            (_, _, goal) if outside[i] => (goal, goal, goal),
            _ => (held[i].min(goals[i] * v), held[i].max(goals[i] * v), held[i]),
        };
        let all = || (0..n).filter(|i| open[*i]);
        let (least, most) = all().fold((0.0, 0.0), |(low, high), i| (low + bounds(i, available).0, high + bounds(i, available).1));
        let feasible = least <= available * (1.0 + TOLERANCE) && most >= available * (1.0 - TOLERANCE);
        let over = all().map(|i| bounds(i, left).2).sum::<f64>() <= left;
        let bounds = |i: usize| {
            let (low, high, goal) = bounds(i, left);
            let (low, high) = if feasible { (low, high) } else { (0.0, f64::INFINITY) };
            if over { (goal, high) } else { (low, goal) }
        };
        let found = nearest_target(&|i| bounds(i).0, &|i| bounds(i).1, &target);
        let sum: f64 = found.iter().sum();
        found.iter().map(|value| value * left / sum).collect()
    };
    for i in (0..n).filter(|i| !open[*i]) {
        after[i] = held[i];
    }
    after
}

/// The nearest point between bounds with a given sum, by bisection of the multiplier.
fn project(entry: &dyn Fn(usize) -> (f64, f64, f64), n: usize, total: f64) -> Vec<f64> {
    let at = |shift: f64| -> Vec<f64> {
        (0..n)
            .map(|i| {
                let (point, low, high) = entry(i);
                (point + shift).min(high).max(low)
            })
            .collect()
    };
    let (mut low, mut high) = (-10.0 * total.abs() - 10.0, 10.0 * total.abs() + 10.0);
    for _ in 0..90 {
        let middle = f64::midpoint(low, high);
        if at(middle).iter().sum::<f64>() < total { low = middle } else { high = middle }
    }
    at(f64::midpoint(low, high))
}
