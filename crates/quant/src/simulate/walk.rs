//! Paths, from their start to their end or ruin, a group of them side by side.
//!
//! What a path does next depends on what it did last, and no two numbers of one path are computed alike. Numbers of many
//! paths are: so each quantity is a row with a place for each path of the group, and every step is a loop over such rows,
//! as wide as the processor. A ruined path goes on with zeros.

use super::plan::{Compiled, Segment, WatchKind};
use super::settle::{GROUP, Lanes, settle};
use super::source::Source;
use crate::probability::random::Random;
use crate::spending::{Spender, YearStart};

/// A drift that exceeds its band by less is at its edge.
const TOLERANCE: f64 = 1e-12;

/// Where a group of paths writes the end of each of its years.
pub(super) trait Sink {
    fn year(&mut self, year: usize, end: &YearEnd<'_>);
}

/// What is known when a year ends, by path.
#[derive(Debug, Clone, Copy)]
pub(super) struct YearEnd<'w> {
    /// At the prices of the start.
    pub(super) wealth: &'w Lanes,
    /// At the prices of the start.
    pub(super) spent: &'w Lanes,
    pub(super) prices: &'w Lanes,
}

/// What happened, counted by path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) rebalances: [u64; GROUP],
    /// A bit for each watch that did not hold at least once.
    pub(super) breached: [u64; GROUP],
}

/// What a group of paths needs room for; used again for the next.
pub(super) struct Walker<'p, S: Source> {
    plan: &'p Compiled,
    source: &'p S,
    states: Vec<S::State>,
    randoms: Vec<Random>,
    spenders: Vec<Spender<'p>>,
    /// By asset.
    held: Vec<Lanes>,
    /// By column, as many as whole vectors have.
    growth: Vec<Lanes>,
    /// Growth of one path.
    row: Vec<f64>,
    now: Now,
}

/// Where the paths stand.
struct Now {
    value: Lanes,
    prices: Lanes,
    /// 1 ÷ prices, kept beside them so that nothing is divided along the way.
    deflator: Lanes,
    /// Of the year, nominal.
    amount: Lanes,
    /// In the year so far, at the prices of the start.
    spent: Lanes,
    /// Of the portfolio over the year so far.
    year_growth: Lanes,
    /// 0 after ruin.
    alive: Lanes,
    tally: Tally,
}

impl Now {
    fn new(value: f64) -> Self {
        let (zeros, ones) = ([0.0; GROUP], [1.0; GROUP]);
        Self {
            value: [value; GROUP],
            prices: ones,
            deflator: ones,
            amount: zeros,
            spent: zeros,
            year_growth: ones,
            alive: ones,
            tally: Tally { rebalances: [0; GROUP], breached: [0; GROUP] },
        }
    }
}

impl<'p, S: Source> Walker<'p, S> {
    pub(super) fn new(plan: &'p Compiled, source: &'p S) -> Self {
        Self {
            plan,
            source,
            states: (0..GROUP).map(|_| source.state()).collect(),
            randoms: (0..GROUP).map(|_| Random::stream(0, 0)).collect(),
            spenders: (0..GROUP).map(|_| Spender::new(&plan.spending)).collect(),
            held: vec![[0.0; GROUP]; plan.assets],
            growth: vec![[1.0; GROUP]; plan.width],
            row: vec![1.0; plan.width],
            now: Now::new(plan.value),
        }
    }

    /// Walks the paths of a seed from a number on, as many as a group has; gives their tally.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    pub(super) fn walk(&mut self, seed: u64, first: u64, sink: &mut impl Sink) -> &Tally {
        self.begin(seed, first);
        for segment in &self.plan.segments {
            self.decide(segment);
            self.act(segment);
            self.draw(segment.periods);
            self.grow(segment);
            if segment.looks {
                self.look();
            }
            if segment.ends_year {
                let Now { value, deflator, spent, prices, .. } = &self.now;
                let mut wealth = *value;
                for (wealth, deflator) in wealth.iter_mut().zip(deflator) {
                    *wealth *= deflator;
                }
                sink.year(segment.year, &YearEnd { wealth: &wealth, spent, prices });
            }
        }
        &self.now.tally
    }

    #[inline]
    fn begin(&mut self, seed: u64, first: u64) {
        self.now = Now::new(self.plan.value);
        for (held, weight) in self.held.iter_mut().zip(&self.plan.start) {
            *held = [self.plan.value * weight; GROUP];
        }
        for spender in &mut self.spenders {
            spender.reset();
        }
        for ((random, state), number) in self.randoms.iter_mut().zip(&mut self.states).zip(first..) {
            *random = Random::stream(seed, number);
            self.source.begin(state, random);
        }
    }

    /// What the year that begins pays out.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn decide(&mut self, segment: &Segment) {
        let Now { value, prices, amount, spent, year_growth, alive, .. } = &mut self.now;
        if segment.observes {
            for (spender, value) in self.spenders.iter_mut().zip(value.iter()) {
                spender.observe(*value);
            }
        }
        if !segment.begins_year {
            return;
        }
        if let Some([fixed, of_prices, of_value]) = self.plan.affine_spending {
            for p in 0..GROUP {
                amount[p] = (fixed + of_prices * prices[p] + of_value * value[p]) * alive[p];
            }
        } else {
            for (p, spender) in self.spenders.iter_mut().enumerate().take(GROUP) {
                if alive[p] > 0.0 {
                    amount[p] = spender.decide(&YearStart {
                        year: segment.year,
                        years_left: self.plan.years - segment.year,
                        value: value[p],
                        price_level: prices[p],
                        last_return: year_growth[p] - 1.0,
                    });
                }
            }
        }
        (*spent, *year_growth) = ([0.0; GROUP], [1.0; GROUP]);
    }

    /// What flows at the start of a segment, and trades if it is time for them; what does not suffice is ruin.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn act(&mut self, segment: &Segment) {
        let plan = self.plan;
        let (Some(weights), Some([nominal, real])) = (plan.weights.get(segment.year), plan.flows.get(segment.year)) else { return };
        let (mut due, mut inflow) = ([0.0; GROUP], [0.0; GROUP]);
        if segment.pays {
            let Now { prices, amount, alive, .. } = &self.now;
            for p in 0..GROUP {
                due[p] = amount[p] * plan.payment;
                inflow[p] = (nominal + real * prices[p]) * plan.payment * alive[p];
            }
        }
        let half_widths = plan.half_widths.get(segment.year).filter(|_| segment.checks);
        let out = half_widths.map(|half_widths| self.out_of_band(weights, half_widths));
        let any_out = out.is_some_and(|out| out.contains(&1.0));
        if !(segment.rebalances || segment.pays || any_out) {
            return;
        }
        let before = self.now.value;
        let mut left = before;
        if segment.rebalances || any_out {
            let mut available = before;
            for p in 0..GROUP {
                available[p] += inflow[p] - due[p];
            }
            let settled = settle(&available, &self.held, weights, &plan.costs);
            left = settled;
        }
        if !segment.rebalances && segment.pays {
            let cost = plan.mean_costs.get(segment.year).copied().unwrap_or_default();
            // All in proportion: v = x − c |v − V|.
            let (sell, buy) = ((1.0 - cost).recip(), (1.0 + cost).recip());
            for p in 0..GROUP {
                let flow = inflow[p] - due[p];
                let kept = before[p] + if flow < 0.0 { flow * sell } else { flow * buy };
                let trades = out.is_some_and(|out| out[p] > 0.0);
                left[p] = if trades { left[p] } else { kept };
            }
        } else if let (Some(out), false) = (out, segment.rebalances) {
            for p in 0..GROUP {
                left[p] = if out[p] > 0.0 { left[p] } else { before[p] };
            }
        }
        let trades = if segment.rebalances { [1.0; GROUP] } else { out.unwrap_or([0.0; GROUP]) };
        self.ruin(&mut left, &mut due, &inflow);
        self.hold(weights, &trades, &left, segment.rebalances);
        for ((spent, due), deflator) in self.now.spent.iter_mut().zip(&due).zip(&self.now.deflator) {
            *spent += due * deflator;
        }
        self.now.value = left;
    }

    /// Ends the paths on which nothing is left: what is there is paid.
    #[inline]
    fn ruin(&mut self, left: &mut Lanes, due: &mut Lanes, inflow: &Lanes) {
        let Now { value, amount, alive, .. } = &mut self.now;
        for p in 0..GROUP {
            if left[p] <= 0.0 && alive[p] > 0.0 {
                due[p] = (value[p] + inflow[p]).clamp(0.0, due[p].max(0.0));
                (left[p], alive[p], amount[p]) = (0.0, 0.0, 0.0);
            }
        }
    }

    /// Brings what is held to the value that is left: to weights where it trades, else in proportion.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn hold(&mut self, weights: &[f64], trades: &Lanes, left: &Lanes, all_trade: bool) {
        let Now { value, tally, alive, .. } = &mut self.now;
        for p in 0..GROUP {
            tally.rebalances[p] += u64::from(trades[p] * alive[p] > 0.0);
        }
        if all_trade {
            for (held, weight) in self.held.iter_mut().zip(weights) {
                for p in 0..GROUP {
                    held[p] = left[p] * weight;
                }
            }
            return;
        }
        let mut share = [0.0; GROUP];
        for p in 0..GROUP {
            share[p] = if value[p] > 0.0 { left[p] / value[p] } else { 0.0 };
        }
        for (held, weight) in self.held.iter_mut().zip(weights) {
            for p in 0..GROUP {
                held[p] = if trades[p] > 0.0 { left[p] * weight } else { held[p] * share[p] };
            }
        }
    }

    /// 1 where a weight is beyond its band.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn out_of_band(&self, weights: &[f64], half_widths: &[f64]) -> Lanes {
        let mut out = [0.0; GROUP];
        let value = &self.now.value;
        for ((held, weight), half_width) in self.held.iter().zip(weights).zip(half_widths) {
            for p in 0..GROUP {
                let beyond = (held[p] - value[p] * weight).abs() > value[p] * (half_width + TOLERANCE);
                out[p] = if beyond { 1.0 } else { out[p] };
            }
        }
        out
    }

    /// Growth over the periods of a segment, a column a row.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn draw(&mut self, periods: usize) {
        self.source.advance_group(&mut self.states, &mut self.randoms, periods, &mut self.growth, &mut self.row);
    }

    /// Lets prices and what is held grow, and adds it up.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn grow(&mut self, segment: &Segment) {
        let Now { value, prices, deflator, year_growth, .. } = &mut self.now;
        if let (true, Some(rise)) = (self.plan.prices_vary, self.growth.get(self.plan.assets)) {
            for p in 0..GROUP {
                prices[p] *= rise[p];
                deflator[p] = prices[p].recip();
            }
        } else {
            for p in 0..GROUP {
                prices[p] *= segment.prices;
                deflator[p] *= segment.deflator;
            }
        }
        let before = std::mem::replace(value, [0.0; GROUP]);
        for (held, growth) in self.held.iter_mut().zip(&self.growth) {
            for p in 0..GROUP {
                held[p] *= growth[p] * segment.factor;
                value[p] += held[p];
            }
        }
        if self.plan.needs_return {
            for p in 0..GROUP {
                year_growth[p] *= value[p] / before[p];
            }
        }
    }

    /// A bit for each watch that does not hold.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "must be compiled into the dispatched body to use its vector width")]
    fn look(&mut self) {
        let Now { value, amount, alive, tally, .. } = &mut self.now;
        for (bit, watch) in self.plan.watches.iter().enumerate() {
            let mut counted = [0.0; GROUP];
            for (held, counts) in self.held.iter().zip(&watch.assets) {
                for p in 0..GROUP {
                    counted[p] += counts * held[p];
                }
            }
            for p in 0..GROUP {
                let holds = match watch.kind {
                    WatchKind::Share { at_least, at_most } => {
                        counted[p] >= value[p] * (at_least - TOLERANCE) && counted[p] <= value[p] * (at_most + TOLERANCE)
                    }
                    WatchKind::Cover { years } => counted[p] >= years * amount[p] - TOLERANCE * value[p],
                };
                tally.breached[p] |= u64::from(!holds && alive[p] > 0.0) << bit;
            }
        }
    }
}
