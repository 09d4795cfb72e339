//! One run: block by block, from event to event.

use std::ops::Range;

use super::desk::{Aim, Desk, TOLERANCE};
use super::levels::{Block, Marks};
use super::outcome::{Cause, Event, Record, Run};
use super::rule::{Rule, Trigger};
use super::scan::{Column, LANES, Lines, ROWS, Rows, holdings, scan_bands, scan_drift, scan_values};
use super::settlement::{Settled, settle};
use super::study::Checked;
use crate::linear::vector::vectorized;

/// The state of a run between rows.
pub(super) struct Walk<'a> {
    checked: &'a Checked<'a>,
    rule: &'a Rule,
    record: Record,
    /// What is held.
    lines: Lines,
    /// Units of cash.
    cash: f64,
    /// One over the greatest, and less one over the least, weight within each band.
    most: Vec<f64>,
    least: Vec<f64>,
    /// Targets and half widths of the bands around them, without gaps.
    targets: Vec<f64>,
    widths: Vec<f64>,
    desk: Desk,
    /// Whether the desk has other goals than the targets.
    has_gaps: bool,
    run: Run,
}

impl<'a> Walk<'a> {
    pub(super) fn new(checked: &'a Checked<'a>, rule: &'a Rule, record: Record) -> Self {
        let width = checked.assets.next_multiple_of(LANES);
        let zeros = || vec![0.0; width];
        let mut walk = Self {
            checked,
            rule,
            record,
            lines: Lines { units: zeros(), above: zeros(), below: vec![f64::NAN; width] },
            cash: 0.0,
            most: zeros(),
            least: vec![f64::NAN; width],
            targets: zeros(),
            widths: zeros(),
            desk: Desk::new(checked.assets, width),
            has_gaps: false,
            run: Run::default(),
        };
        if record != Record::Totals {
            walk.run.values.reserve(checked.rows);
        }
        if record == Record::Weights {
            walk.run.weights.reserve(checked.rows * checked.assets);
        }
        walk
    }

    pub(super) fn into_run(self) -> Run {
        self.run
    }

    /// Takes the rows of a block, which follow those of the block before.
    pub(super) fn advance(&mut self, block: &Block, marks: Marks) {
        let mut from = 0;
        if block.rows[0] == 0 {
            self.buy(block);
            from = 1;
        }
        let stops = if self.rule.trigger == Trigger::Always { marks.stops | marks.looks } else { marks.stops };
        while from < block.length {
            let stop = first_bit(stops, from).min(block.length);
            if stop == from {
                self.consider(block, from, marks);
                from += 1;
                continue;
            }
            let mut values = [0.0; ROWS];
            let at = self.scan(block, marks, from..stop, &mut values);
            self.pass(block, from..at, &values);
            if at < stop {
                self.act(block, at);
            } else if at < block.length {
                self.consider(block, at, marks);
            }
            from = at + 1;
        }
    }

    /// Values of rows as if nothing were traded, up to the first on which the rule fires; which that is, or the end.
    fn scan(&self, block: &Block, marks: Marks, range: Range<usize>, values: &mut Column) -> usize {
        let cash = block.cash.map(|level| self.cash * level);
        let rows = Rows { levels: &block.levels, cash: &cash, looks: marks.looks };
        match self.rule.trigger {
            Trigger::Band if marks.looks != 0 => scan_bands(rows, &self.lines, range, values),
            Trigger::PortfolioDrift { limit } if marks.looks != 0 => {
                scan_drift(rows, &self.lines.units, &self.targets, limit + TOLERANCE, range, values)
            }
            _ => {
                let end = range.end;
                scan_values(rows, &self.lines.units, range, values);
                end
            }
        }
    }

    /// Rows on which nothing happens.
    fn pass(&mut self, block: &Block, rows: Range<usize>, values: &Column) {
        if let Some(last) = values[rows.clone()].last() {
            self.run.totals.final_value = *last;
        }
        if self.record == Record::Totals {
            return;
        }
        self.run.values.extend_from_slice(&values[rows.clone()]);
        if self.record == Record::Weights {
            for row in rows {
                self.note_weights(block, row, values[row]);
            }
        }
    }

    fn note_weights(&mut self, block: &Block, at: usize, value: f64) {
        let weight = |held: f64| if value == 0.0 { 0.0 } else { held / value };
        let lists = self.lines.units.iter().zip(block.row(at)).take(self.checked.assets);
        self.run.weights.extend(lists.map(|(units, level)| weight(units * level)));
    }

    /// The value of a row after what happened on it.
    fn note(&mut self, block: &Block, at: usize, value: f64) {
        self.run.totals.final_value = value;
        if self.record != Record::Totals {
            self.run.values.push(value);
        }
        if self.record == Record::Weights {
            self.note_weights(block, at, value);
        }
    }

    /// The first purchase.
    fn buy(&mut self, block: &Block) {
        self.aim_at(0);
        self.open_desk(block, 0, self.checked.start);
        let rule = Rule { settlement: self.rule.settlement, ..Rule::periodic(1) };
        self.trade(block, 0, &rule, Aim::Rebalance, Cause::Start, self.checked.start);
    }

    /// Takes the targets of a row for the ones that hold.
    fn aim_at(&mut self, row: usize) {
        for (asset, target) in self.checked.targets_of(row).iter().enumerate() {
            let width = self.rule.band(asset).half_width(*target);
            let (most, least) = (target + width + TOLERANCE, target - width - TOLERANCE);
            (self.targets[asset], self.widths[asset]) = (*target, width);
            (self.most[asset], self.least[asset]) = (1.0 / most, if least > 0.0 { -1.0 / least } else { f64::NAN });
        }
        self.desk.goals.copy_from_slice(&self.targets);
        self.desk.widths.copy_from_slice(&self.widths);
        self.draw_lines();
    }

    /// Where the bands lie, from what is held.
    fn draw_lines(&mut self) {
        let Self { lines: Lines { units, above, below }, most, least, .. } = self;
        vectorized(
            #[inline(always)]
            || {
                for ((above, units), most) in above.iter_mut().zip(&*units).zip(&*most) {
                    *above = units * most;
                }
                for ((below, units), least) in below.iter_mut().zip(&*units).zip(&*least) {
                    *below = units * least;
                }
            },
        );
    }

    /// What is held on a row, asset by asset; its sum with cash.
    fn value(&mut self, block: &Block, at: usize) -> f64 {
        let (levels, units) = (block.row(at), &self.lines.units);
        for ((held, units), level) in self.desk.held.iter_mut().zip(units).zip(levels) {
            *held = units * level;
        }
        self.cash * block.cash[at] + holdings(levels, units)
    }

    /// Lays out what can be traded on a row: goals that are raised where assets rest, and what of `total` there is for them.
    fn open_desk(&mut self, block: &Block, at: usize, total: f64) {
        let desk = &mut self.desk;
        desk.value = total;
        if block.gaps >> at & 1 == 0 {
            if self.has_gaps {
                desk.goals.copy_from_slice(&self.targets);
                desk.widths.copy_from_slice(&self.widths);
                desk.rests[..self.checked.assets].fill(false);
                (desk.scale, self.has_gaps) = (1.0, false);
            }
            return;
        }
        self.has_gaps = true;
        let (mut open, mut resting) = (0.0, 0.0);
        let levels = block.row(at);
        for (asset, level) in levels.iter().enumerate().take(self.checked.assets) {
            let rests = *level == 0.0 || self.checked.history.is_missing(block.rows[at], asset);
            desk.rests[asset] = rests;
            open += if rests { 0.0 } else { self.targets[asset] };
            resting += if rests { std::mem::take(&mut desk.held[asset]) } else { 0.0 };
        }
        desk.value = total - resting;
        desk.scale = if desk.value > 0.0 { total / desk.value } else { 1.0 };
        for asset in 0..self.checked.assets {
            let goal = if desk.rests[asset] || open == 0.0 { 0.0 } else { self.targets[asset] / open };
            desk.goals[asset] = goal;
            desk.widths[asset] = self.rule.band(asset).half_width(goal / desk.scale) * desk.scale;
        }
    }

    /// A row on which the vectors do not decide: a look that always trades, a flow, other targets, or a gap.
    fn consider(&mut self, block: &Block, at: usize, marks: Marks) {
        let row = block.rows[at];
        if self.checked.changes_targets(row) {
            self.aim_at(row);
        }
        let flow = self.checked.flow(row);
        let total = self.value(block, at) + flow;
        if self.run.totals.ruined.is_some() || total <= 0.0 {
            return self.end(block, at, total, flow);
        }
        self.open_desk(block, at, total);
        let looks = marks.looks >> at & 1 == 1;
        if looks && self.fires(total) {
            self.rebalance(block, at, total);
        } else if flow != 0.0 {
            // Cash that is owed or left counts too.
            let aim = if self.desk.value >= self.desk.held.iter().sum() { Aim::Contribution } else { Aim::Withdrawal };
            self.trade(block, at, self.rule, aim, Cause::Flow, total);
        } else {
            self.note(block, at, total);
        }
    }

    /// A row without value: over where a withdrawal took it.
    fn end(&mut self, block: &Block, at: usize, total: f64, flow: f64) {
        if flow < 0.0 && self.run.totals.ruined.is_none() {
            self.run.totals.ruined = Some(block.rows[at]);
            self.lines.units.fill(0.0);
            self.cash = 0.0;
            self.draw_lines();
        }
        let is_over = self.run.totals.ruined.is_some();
        self.note(block, at, if is_over { 0.0 } else { total });
    }

    fn fires(&self, total: f64) -> bool {
        match self.rule.trigger {
            Trigger::Always => true,
            Trigger::Band => self.desk.is_beyond_band(),
            Trigger::PortfolioDrift { limit } => self.desk.half_drift() > (limit + TOLERANCE) * total,
        }
    }

    /// A row on which the vectors found a reason to trade.
    fn act(&mut self, block: &Block, at: usize) {
        let total = self.value(block, at);
        self.open_desk(block, at, total);
        self.rebalance(block, at, total);
    }

    fn rebalance(&mut self, block: &Block, at: usize, total: f64) {
        let cause = match self.rule.trigger {
            Trigger::Always => Cause::Look,
            // Who was furthest is asked only where somebody is told.
            Trigger::Band if self.record == Record::Totals => Cause::Band { asset: 0 },
            Trigger::Band => Cause::Band { asset: self.desk.furthest() },
            Trigger::PortfolioDrift { .. } => Cause::PortfolioDrift,
        };
        self.trade(block, at, self.rule, Aim::Rebalance, cause, total);
    }

    fn trade(&mut self, block: &Block, at: usize, rule: &Rule, aim: Aim, cause: Cause, total: f64) {
        let fees = if cause == Cause::Start { &self.checked.start_fees } else { &self.checked.fees };
        if let Some(settled) = settle(&mut self.desk, rule, aim, fees) {
            self.book(block, at, settled, cause, total);
        } else {
            // What cannot be traded stays, and the flow waits as cash, or is owed.
            let flow = if cause == Cause::Start { total } else { self.checked.flow(block.rows[at]) };
            self.cash += flow / block.cash[at];
            self.note(block, at, total);
        }
    }

    /// Enters trades: units, sums, and the value after them.
    fn book(&mut self, block: &Block, at: usize, settled: Settled, cause: Cause, total: f64) {
        let lists = self.lines.units.iter_mut().zip(&self.desk.wanted).zip(block.row(at));
        if self.has_gaps {
            for (((units, wanted), level), rests) in lists.zip(&self.desk.rests) {
                *units = if *rests { *units } else { wanted / level };
            }
        } else {
            for ((units, wanted), level) in lists {
                *units = wanted / level;
            }
        }
        self.cash = settled.cash / block.cash[at];
        self.draw_lines();
        let turnover = 0.5 * settled.traded / total;
        let totals = &mut self.run.totals;
        totals.cost += settled.cost;
        match cause {
            Cause::Start => {}
            Cause::Flow => totals.flow_turnover += turnover,
            _ => {
                totals.rebalances += 1;
                totals.turnover += turnover;
            }
        }
        if self.record != Record::Totals {
            self.run.events.push(Event { row: block.rows[at], cause, turnover, cost: settled.cost });
        }
        self.note(block, at, total - settled.cost);
    }
}

/// The first bit that is set, from one on; the number of bits where none is.
fn first_bit(bits: u32, from: usize) -> usize {
    (bits >> from).trailing_zeros() as usize + from
}
