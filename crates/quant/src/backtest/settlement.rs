//! How trades and their costs are paid.

use super::desk::{Aim, Desk, TOLERANCE};
use super::rule::{Rule, Settlement};
use super::scan::{LANES, join};
use super::study::Fees;
use crate::linear::vector::{count, vectorized};

/// More steps than the secant method has been seen to need on the way to the value after costs.
const STEPS: usize = 64;

/// What a row's trades came to; the values after them are what the desk wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settled {
    pub(super) cash: f64,
    pub(super) cost: f64,
    /// Σ|trade|.
    pub(super) traded: f64,
}

/// Trades toward an aim; nothing where nothing can be traded or nothing would be left.
pub(super) fn settle(desk: &mut Desk, rule: &Rule, aim: Aim, fees: &Fees) -> Option<Settled> {
    let available = desk.value;
    if available <= 0.0 || desk.goals.iter().all(|goal| *goal == 0.0) {
        return None;
    }
    if !Desk::goes_to_target(rule, aim) {
        desk.prepare(rule);
    }
    if rule.settlement == Settlement::SelfFinancing {
        return self_financing(desk, rule, aim, available, fees);
    }
    if !desk.want(rule, aim, available) {
        return None;
    }
    Some(match rule.settlement {
        Settlement::CashLimited => cash_limited(desk, available, fees),
        settlement => change_by_change(desk, settlement, available, fees),
    })
}

/// V′ = V − Σ cᵢ|xᵢ(V′) − hᵢ| − f N.
fn self_financing(desk: &mut Desk, rule: &Rule, aim: Aim, available: f64, fees: &Fees) -> Option<Settled> {
    let value = value_after_costs(desk, rule, aim, available, &fees.proportional)?;
    desk.want(rule, aim, value);
    let mut fixed = 0.0;
    if fees.fixed > 0.0 {
        let trades = desk.wanted.iter().zip(&desk.held).filter(|(wanted, held)| is_trade(*wanted - *held, available)).count();
        fixed = fees.fixed * count(trades);
        let value = value_after_costs(desk, rule, aim, available - fixed, &fees.proportional)?;
        if !desk.want(rule, aim, value) {
            return None;
        }
    }
    let (variable, traded) = sizes(&desk.wanted, &desk.held, &fees.proportional);
    Some(Settled { cash: 0.0, cost: fixed + variable, traded })
}

/// Σ cᵢ|xᵢ − hᵢ| and Σ|xᵢ − hᵢ|.
fn sizes(wanted: &[f64], held: &[f64], costs: &[f64]) -> (f64, f64) {
    vectorized(
        #[inline(always)]
        || {
            let (mut cost, mut traded) = ([0.0; LANES], [0.0; LANES]);
            let lists = wanted.as_chunks::<LANES>().0.iter().zip(held.as_chunks::<LANES>().0).zip(costs.as_chunks::<LANES>().0);
            for ((wanted, held), costs) in lists {
                for at in 0..LANES {
                    let size = (wanted[at] - held[at]).abs();
                    cost[at] += costs[at] * size;
                    traded[at] += size;
                }
            }
            (join(cost), join(traded))
        },
    )
}

/// Whether a change is more than rounding.
fn is_trade(change: f64, available: f64) -> bool {
    change.abs() > TOLERANCE * available
}

/// The value v with v + Σ cᵢ|xᵢ(v) − hᵢ| = `available`, if it is above 0.
fn value_after_costs(desk: &mut Desk, rule: &Rule, aim: Aim, available: f64, costs: &[f64]) -> Option<f64> {
    let value = if Desk::goes_to_target(rule, aim) {
        after_full_rebalance(&desk.held, &desk.goals, costs, available)
    } else {
        by_secant(available, |value| {
            desk.want(rule, aim, value);
            sizes(&desk.wanted, &desk.held, costs).0
        })
    };
    (value > 0.0).then_some(value)
}

/// Newton's method on v + Σ cᵢ|tᵢv − hᵢ|, which is convex, rises and is linear between the kinks: from above it comes
/// down in a finite number of steps, most often one, and the last one is exact.
fn after_full_rebalance(held: &[f64], goals: &[f64], costs: &[f64], available: f64) -> f64 {
    vectorized(
        #[inline(always)]
        || {
            let mut value = available;
            loop {
                let (mut constant, mut slope) = ([0.0; LANES], [0.0; LANES]);
                let lists = held.as_chunks::<LANES>().0.iter().zip(goals.as_chunks::<LANES>().0).zip(costs.as_chunks::<LANES>().0);
                for ((held, goals), costs) in lists {
                    for at in 0..LANES {
                        let signed = if goals[at] * value > held[at] { costs[at] } else { -costs[at] };
                        constant[at] += signed * held[at];
                        slope[at] += signed * goals[at];
                    }
                }
                let next = (available + join(constant)) / (1.0 + join(slope));
                // Not below, or not a number: the kinks are where they were.
                if next < value { value = next } else { return value }
            }
        },
    )
}

/// v with v + cost(v) = `available`, where cost is piecewise linear with slopes below 1: the secant through two points
/// of one piece is the piece.
fn by_secant(available: f64, mut cost: impl FnMut(f64) -> f64) -> f64 {
    let (mut before, mut gap_before) = (available, cost(available));
    let mut value = available - gap_before;
    for _ in 0..STEPS {
        let paid = cost(value);
        let gap = value + paid - available;
        if gap.abs() <= f64::EPSILON * available || value.to_bits() == before.to_bits() {
            return value;
        }
        let secant = value - gap * (value - before) / (gap - gap_before);
        (before, gap_before) = (value, gap);
        // Where two points do not tell, paying what it costs comes nearer.
        value = if secant > 0.0 && secant <= available { secant } else { available - paid };
    }
    value
}

/// Each change by itself: with its cost inside, or paid from cash.
fn change_by_change(desk: &mut Desk, settlement: Settlement, available: f64, fees: &Fees) -> Settled {
    let fixed = fees.fixed;
    let inclusive = settlement == Settlement::OutlayInclusive;
    let (mut sum, mut cost, mut traded) = (0.0, 0.0, 0.0);
    for ((wanted, held), rate) in desk.wanted.iter_mut().zip(&desk.held).zip(&fees.proportional) {
        let change = *wanted - held;
        let size = if !is_trade(change, available) {
            0.0
        } else if !inclusive {
            change.abs()
        } else if change > 0.0 {
            ((change - fixed) / (1.0 + rate)).max(0.0)
        } else {
            ((fixed - change) / (1.0 - rate)).min(*held)
        };
        if size > 0.0 {
            cost += rate * size + fixed;
            traded += size;
        }
        *wanted = if change > 0.0 { held + size } else { held - size };
        sum += *wanted;
    }
    Settled { cash: available - sum - cost, cost, traded }
}

/// Sells, then buys from the least to the largest, each cut to the cash that is there.
fn cash_limited(desk: &mut Desk, available: f64, fees: &Fees) -> Settled {
    let fixed = fees.fixed;
    let change = |desk: &Desk, asset: usize| desk.wanted[asset] - desk.held[asset];
    let mut order: Vec<usize> = (0..desk.held.len()).collect();
    order.sort_by(|a, b| change(desk, *a).total_cmp(&change(desk, *b)));
    let mut cash = available - desk.held.iter().sum::<f64>();
    let (mut cost, mut traded) = (0.0, 0.0);
    for asset in order {
        let (held, change, rate) = (desk.held[asset], change(desk, asset), fees.proportional[asset]);
        let size = if !is_trade(change, available) {
            0.0
        } else if change > 0.0 {
            let whole = change + change * rate + fixed;
            if whole <= cash { change } else { ((cash - fixed) / (1.0 + rate)).max(0.0) }
        } else if change.abs() * (1.0 - rate) < fixed {
            0.0
        } else {
            -change
        };
        if size > 0.0 {
            let paid = rate * size + fixed;
            cash += if change > 0.0 { -size } else { size } - paid;
            cost += paid;
            traded += size;
        }
        desk.wanted[asset] = if change > 0.0 { held + size } else { held - size };
    }
    Settled { cash, cost, traded }
}
