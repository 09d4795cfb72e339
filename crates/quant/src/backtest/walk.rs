//! One run: block by block, from event to event.

use super::desk::{Aim, Desk, TOLERANCE};
use super::levels::{Block, Marks};
use super::outcome::{Cause, Event, Record, Run};
use super::rule::{Rule, Trigger};
use super::scan::{LANES, Line, Scanned, scan_bands, scan_drift, scan_values};
use super::settlement::{Settled, settle};
use super::study::Checked;

/// The state of a run between rows.
pub(super) struct Walk<'a> {
    checked: &'a Checked<'a>,
    rule: &'a Rule,
    record: Record,
    /// What is held.
    lines: Vec<Line>,
    /// Units of cash.
    cash: f64,
    /// One over the greatest and over the least weight within each band.
    edges: Vec<(f64, f64)>,
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
        let assets = checked.assets;
        let mut walk = Self {
            checked,
            rule,
            record,
            lines: vec![Line::default(); assets],
            cash: 0.0,
            edges: vec![(0.0, f64::NAN); assets],
            targets: vec![0.0; assets],
            widths: vec![0.0; assets],
            desk: Desk::new(assets),
            has_gaps: false,
            run: Run::default(),
        };
        if record != Record::Totals {
            walk.run.values.reserve(checked.rows);
        }
        if record == Record::Weights {
            walk.run.weights.reserve(checked.rows * assets);
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
            let Scanned { values, beyond } = self.scan(block, marks);
            let at = first_bit(beyond & marks.looks, from).min(stop);
            self.pass(block, from..at, &values);
            if at < stop {
                self.act(block, at);
            } else if at < block.length {
                self.consider(block, at, marks);
            }
            from = at + 1;
        }
    }

    /// Values of a block's rows as if nothing were traded, and where the rule fires.
    fn scan(&self, block: &Block, marks: Marks) -> Scanned {
        let cash = block.cash.map(|level| self.cash * level);
        match self.rule.trigger {
            Trigger::Band if marks.looks != 0 => scan_bands(&block.levels, &self.lines, &cash),
            Trigger::PortfolioDrift { limit } if marks.looks != 0 => {
                scan_drift(&block.levels, &self.lines, &self.targets, &cash, limit + TOLERANCE)
            }
            _ => Scanned { values: scan_values(&block.levels, &self.lines, &cash), beyond: 0 },
        }
    }

    /// Rows on which nothing happens.
    fn pass(&mut self, block: &Block, lanes: std::ops::Range<usize>, values: &[f64; LANES]) {
        if let Some(last) = values[lanes.clone()].last() {
            self.run.totals.final_value = *last;
        }
        if self.record == Record::Totals {
            return;
        }
        self.run.values.extend_from_slice(&values[lanes.clone()]);
        if self.record == Record::Weights {
            for lane in lanes {
                self.note_weights(block, lane, values[lane]);
            }
        }
    }

    fn note_weights(&mut self, block: &Block, lane: usize, value: f64) {
        let weight = |held: f64| if value == 0.0 { 0.0 } else { held / value };
        let levels = block.levels.iter().skip(lane).step_by(LANES);
        self.run.weights.extend(self.lines.iter().zip(levels).map(|(line, level)| weight(line.units * level)));
    }

    /// The value of a row after what happened on it.
    fn note(&mut self, block: &Block, lane: usize, value: f64) {
        let mut values = [0.0; LANES];
        values[lane] = value;
        self.pass(block, lane..lane + 1, &values);
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
        self.targets.copy_from_slice(self.checked.targets_of(row));
        for (asset, target) in self.targets.iter().enumerate() {
            let width = self.rule.band(asset).half_width(*target);
            let (most, least) = (target + width + TOLERANCE, target - width - TOLERANCE);
            self.widths[asset] = width;
            self.edges[asset] = (1.0 / most, if least > 0.0 { 1.0 / least } else { f64::NAN });
        }
        self.desk.goals.copy_from_slice(&self.targets);
        self.desk.widths.copy_from_slice(&self.widths);
        self.draw_lines();
    }

    /// Where the bands lie, from what is held.
    fn draw_lines(&mut self) {
        for (line, (above, below)) in self.lines.iter_mut().zip(&self.edges) {
            (line.above, line.below) = (line.units * above, line.units * below);
        }
    }

    /// What is held on a row, asset by asset; its sum with cash.
    fn value(&mut self, block: &Block, lane: usize) -> f64 {
        let mut value = self.cash * block.cash[lane];
        let levels = block.levels.iter().skip(lane).step_by(LANES);
        for ((held, line), level) in self.desk.held.iter_mut().zip(&self.lines).zip(levels) {
            *held = line.units * level;
            value += *held;
        }
        value
    }

    /// Lays out what can be traded on a row: goals that are raised where assets rest, and what of `total` there is for them.
    fn open_desk(&mut self, block: &Block, lane: usize, total: f64) {
        let desk = &mut self.desk;
        desk.value = total;
        if block.gaps >> lane & 1 == 0 {
            if self.has_gaps {
                desk.goals.copy_from_slice(&self.targets);
                desk.widths.copy_from_slice(&self.widths);
                desk.rests.fill(false);
                (desk.scale, self.has_gaps) = (1.0, false);
            }
            return;
        }
        self.has_gaps = true;
        let (mut open, mut resting) = (0.0, 0.0);
        for asset in 0..self.targets.len() {
            let rests = block.levels[asset * LANES + lane] == 0.0 || self.checked.history.is_missing(block.rows[lane], asset);
            desk.rests[asset] = rests;
            open += if rests { 0.0 } else { self.targets[asset] };
            resting += if rests { std::mem::take(&mut desk.held[asset]) } else { 0.0 };
        }
        desk.value = total - resting;
        desk.scale = if desk.value > 0.0 { total / desk.value } else { 1.0 };
        for asset in 0..self.targets.len() {
            let goal = if desk.rests[asset] || open == 0.0 { 0.0 } else { self.targets[asset] / open };
            desk.goals[asset] = goal;
            desk.widths[asset] = self.rule.band(asset).half_width(goal / desk.scale) * desk.scale;
        }
    }

    /// A row on which the vectors do not decide: a look that always trades, a flow, other targets, or a gap.
    fn consider(&mut self, block: &Block, lane: usize, marks: Marks) {
        let row = block.rows[lane];
        if self.checked.changes_targets(row) {
            self.aim_at(row);
        }
        let flow = self.checked.flow(row);
        let total = self.value(block, lane) + flow;
        if self.run.totals.ruined.is_some() || total <= 0.0 {
            return self.end(block, lane, total, flow);
        }
        self.open_desk(block, lane, total);
        let looks = marks.looks >> lane & 1 == 1;
        if looks && self.fires(total) {
            self.rebalance(block, lane, total);
        } else if flow != 0.0 {
            // Cash that is owed or left counts too.
            let aim = if self.desk.value >= self.desk.held.iter().sum() { Aim::Contribution } else { Aim::Withdrawal };
            self.trade(block, lane, self.rule, aim, Cause::Flow, total);
        } else {
            self.note(block, lane, total);
        }
    }

    /// A row without value: over where a withdrawal took it.
    fn end(&mut self, block: &Block, lane: usize, total: f64, flow: f64) {
        if flow < 0.0 && self.run.totals.ruined.is_none() {
            self.run.totals.ruined = Some(block.rows[lane]);
            self.lines.fill(Line::default());
            self.cash = 0.0;
        }
        let is_over = self.run.totals.ruined.is_some();
        self.note(block, lane, if is_over { 0.0 } else { total });
    }

    fn fires(&self, total: f64) -> bool {
        match self.rule.trigger {
            Trigger::Always => true,
            Trigger::Band => self.desk.is_beyond_band(),
            Trigger::PortfolioDrift { limit } => self.desk.half_drift() > (limit + TOLERANCE) * total,
        }
    }

    /// A row on which the vectors found a reason to trade.
    fn act(&mut self, block: &Block, lane: usize) {
        let total = self.value(block, lane);
        self.open_desk(block, lane, total);
        self.rebalance(block, lane, total);
    }

    fn rebalance(&mut self, block: &Block, lane: usize, total: f64) {
        let cause = match self.rule.trigger {
            Trigger::Always => Cause::Look,
            // Who was furthest is asked only where somebody is told.
            Trigger::Band if self.record == Record::Totals => Cause::Band { asset: 0 },
            Trigger::Band => Cause::Band { asset: self.desk.furthest() },
            Trigger::PortfolioDrift { .. } => Cause::PortfolioDrift,
        };
        self.trade(block, lane, self.rule, Aim::Rebalance, cause, total);
    }

    fn trade(&mut self, block: &Block, lane: usize, rule: &Rule, aim: Aim, cause: Cause, total: f64) {
        let fees = if cause == Cause::Start { &self.checked.start_fees } else { &self.checked.fees };
        if let Some(settled) = settle(&mut self.desk, rule, aim, fees) {
            self.book(block, lane, settled, cause, total);
        } else {
            // What cannot be traded stays, and the flow waits as cash, or is owed.
            let flow = if cause == Cause::Start { total } else { self.checked.flow(block.rows[lane]) };
            self.cash += flow / block.cash[lane];
            self.note(block, lane, total);
        }
    }

    /// Enters trades: units, sums, and the value after them.
    fn book(&mut self, block: &Block, lane: usize, settled: Settled, cause: Cause, total: f64) {
        let levels = block.levels.iter().skip(lane).step_by(LANES);
        for (((line, wanted), level), rests) in self.lines.iter_mut().zip(&self.desk.wanted).zip(levels).zip(&self.desk.rests) {
            if !rests {
                line.units = wanted / level;
            }
        }
        self.cash = settled.cash / block.cash[lane];
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
            self.run.events.push(Event { row: block.rows[lane], cause, turnover, cost: settled.cost });
        }
        self.note(block, lane, total - settled.cost);
    }
}

/// The first bit that is set, from one on; the number of bits where none is.
fn first_bit(bits: u16, from: usize) -> usize {
    (bits >> from).trailing_zeros() as usize + from
}
