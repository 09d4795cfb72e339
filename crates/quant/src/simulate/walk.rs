//! One path, from its start to its end or its ruin.

use super::plan::{Compiled, Segment, WatchKind};
use super::settle::{LANES, joined, settle};
use super::source::Source;
use crate::probability::random::Random;
use crate::spending::{Spender, YearStart};

/// A drift that exceeds its band by less is at its edge.
const TOLERANCE: f64 = 1e-12;

/// Where a path writes the end of each of its years.
pub(super) trait Sink {
    fn year(&mut self, year: usize, end: YearEnd);
}

/// What is known when a year ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct YearEnd {
    /// At the prices of the start.
    pub(super) wealth: f64,
    /// At the prices of the start.
    pub(super) spent: f64,
    pub(super) prices: f64,
}

/// What happened on a path, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) rebalances: u64,
    /// A bit for each watch that did not hold at least once.
    pub(super) breached: u64,
}

/// What a path needs room for; used again for the next.
pub(super) struct Walker<'p, S: Source> {
    plan: &'p Compiled,
    source: &'p S,
    state: S::State,
    spender: Spender<'p>,
    held: Vec<f64>,
    growth: Vec<f64>,
}

impl<'p, S: Source> Walker<'p, S> {
    pub(super) fn new(plan: &'p Compiled, source: &'p S) -> Self {
        Self {
            plan,
            source,
            state: source.state(),
            spender: Spender::new(&plan.spending),
            held: vec![0.0; plan.width],
            growth: vec![1.0; plan.width],
        }
    }

    /// Walks one path. `width` is that of the plan; as a constant, it lets loops be unrolled.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    pub(super) fn walk(&mut self, width: usize, mut random: Random, sink: &mut impl Sink) -> Tally {
        let Self { plan, source, state, spender, held, growth } = self;
        let (Some(held), Some(growth)) = (held.get_mut(..width), growth.get_mut(..width)) else { return Tally::default() };
        spender.reset();
        source.begin(state, &mut random);
        let mut value = plan.value;
        for (held, weight) in held.iter_mut().zip(&plan.start) {
            *held = value * weight;
        }
        let mut tally = Tally::default();
        let (mut prices, mut amount, mut spent, mut year_growth) = (1.0, 0.0, 0.0, 1.0);
        for segment in &plan.segments {
            if segment.observes {
                spender.observe(value);
            }
            if segment.begins_year {
                let (year, last_return) = (segment.year, year_growth - 1.0);
                amount = spender.decide(&YearStart { year, years_left: plan.years - year, value, price_level: prices, last_return });
                (spent, year_growth) = (0.0, 1.0);
            }
            let (mut due, mut inflow) = (0.0, 0.0);
            if segment.pays {
                let [nominal, real] = plan.flows.get(segment.year).copied().unwrap_or_default();
                (due, inflow) = (amount * plan.payment, (nominal + real * prices) * plan.payment);
            }
            let left = act(plan, segment, width, value, inflow - due, held, &mut tally);
            if left <= 0.0 {
                // What is there is paid; then there is nothing.
                spent += (value + inflow).clamp(0.0, due.max(0.0)) / prices;
                for year in segment.year..plan.years {
                    sink.year(year, YearEnd { wealth: 0.0, spent, prices });
                    spent = 0.0;
                }
                return tally;
            }
            spent += due / prices;
            source.advance(state, &mut random, segment.periods, growth);
            if let (true, Some(rise)) = (plan.prices_vary, growth.get(plan.assets)) {
                prices *= rise;
            } else {
                prices *= segment.prices;
            }
            value = grow(held, growth, segment.factor);
            year_growth *= value / left;
            if segment.looks {
                tally.breached |= breaches(plan, value, amount, held);
            }
            if segment.ends_year {
                sink.year(segment.year, YearEnd { wealth: value / prices, spent, prices });
            }
        }
        tally
    }
}

/// What flows, and trades if it is time for them: the value after costs, at 0 or below where it does not suffice.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn act(plan: &Compiled, segment: &Segment, width: usize, value: f64, flow: f64, held: &mut [f64], tally: &mut Tally) -> f64 {
    let available = value + flow;
    let (Some(weights), Some(costs)) = (plan.weights.get(segment.year).and_then(|row| row.get(..width)), plan.costs.get(..width)) else {
        return 0.0;
    };
    if available <= 0.0 {
        return available;
    }
    let trades = segment.rebalances
        || (segment.checks && plan.half_widths.get(segment.year).is_some_and(|half_widths| is_out(held, weights, half_widths, value)));
    if trades {
        tally.rebalances += 1;
        let left = settle(available, held, weights, costs);
        for (held, weight) in held.iter_mut().zip(weights) {
            *held = left * weight;
        }
        left
    } else if flow == 0.0 {
        value
    } else {
        // All in proportion: v = x − c |v − V|.
        let cost = plan.mean_costs.get(segment.year).copied().unwrap_or_default();
        let left = if flow < 0.0 { value + flow / (1.0 - cost) } else { value + flow / (1.0 + cost) };
        let share = left / value;
        for held in held.iter_mut() {
            *held *= share;
        }
        left
    }
}

/// Whether a weight is beyond its band.
#[inline]
fn is_out(held: &[f64], weights: &[f64], half_widths: &[f64], value: f64) -> bool {
    let drifts = held.iter().zip(weights).zip(half_widths);
    let mut is_out = false;
    for ((held, weight), half_width) in drifts {
        is_out |= (held - value * weight).abs() > value * (half_width + TOLERANCE);
    }
    is_out
}

/// Lets what is held grow, and adds it up.
#[inline(always)]
#[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
fn grow(held: &mut [f64], growth: &[f64], factor: f64) -> f64 {
    let mut sums = [0.0; LANES];
    for (held, growth) in held.chunks_exact_mut(LANES).zip(growth.chunks_exact(LANES)) {
        for lane in 0..LANES {
            held[lane] *= growth[lane] * factor;
            sums[lane] += held[lane];
        }
    }
    joined(sums)
}

/// A bit for each watch that does not hold.
#[inline]
fn breaches(plan: &Compiled, value: f64, spending: f64, held: &[f64]) -> u64 {
    let mut found = 0;
    for (bit, watch) in plan.watches.iter().enumerate() {
        let counted: f64 = watch.assets.iter().zip(held).map(|(counts, held)| counts * held).sum();
        let holds = match watch.kind {
            WatchKind::Share { at_least, at_most } => counted >= value * (at_least - TOLERANCE) && counted <= value * (at_most + TOLERANCE),
            WatchKind::Cover { years } => counted >= years * spending - TOLERANCE * value,
        };
        found |= u64::from(!holds) << bit;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tolerance_is_that_of_all_bands() {
        assert!(!is_out(&[0.55, 0.45], &[0.5, 0.5], &[0.05, 0.05], 1.0));
        assert!(is_out(&[0.5501, 0.4499], &[0.5, 0.5], &[0.05, 0.05], 1.0));
    }
}
