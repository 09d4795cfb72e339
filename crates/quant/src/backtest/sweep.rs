//! Many variants of one study.

use std::num::NonZeroUsize;

use super::BacktestError;
use super::levels::{Block, Marks, Reader, pick};
use super::outcome::{Record, Run};
use super::rule::{Checks, Rule};
use super::study::{Checked, Study};
use super::walk::Walk;

/// Runs many rules over one study, each as [`run`](super::run) would, bit for bit, and gives their runs in the order of
/// the rules, whatever the number of threads.
///
/// What variants have in common is done once: levels for all, and for those that look at the same rows a list of
/// these. Where only totals are recorded, no other rows are read.
///
/// ```
/// use std::num::NonZeroUsize;
/// use evenkeel_quant::backtest::{Band, History, Record, Rule, Study, sweep};
/// let study = Study::new(History::returns(&[0.10, -0.05, -0.08, 0.06, 0.15, 0.01, -0.12, 0.03], 2), &[0.5, 0.5]);
/// let rules: Vec<Rule> = [0.01, 0.033, 0.10].map(|points| Rule::banded(Band::absolute(points))).into();
/// let runs = sweep(&study, &rules, Record::Totals, NonZeroUsize::MIN)?;
/// assert_eq!(runs.iter().map(|run| run.totals.rebalances).collect::<Vec<_>>(), [4, 2, 0]);
/// # Ok::<(), evenkeel_quant::backtest::BacktestError>(())
/// ```
///
/// # Errors
/// [`BacktestError`] where the study or any rule is wrong.
pub fn sweep(study: &Study<'_>, rules: &[Rule], record: Record, threads: NonZeroUsize) -> Result<Vec<Run>, BacktestError> {
    let checked = Checked::new(study)?;
    for rule in rules {
        rule.check(checked.assets, checked.rows)?;
    }
    let blocks = read_all(&checked)?;
    let order = by_checks(rules);
    let share = |first: usize| {
        let mut plan = Plan { checked: &checked, blocks: &blocks, record, checks: None, marks: Vec::new(), picked: None };
        // Every so-many-th, as variants that look at the same rows take about the same time.
        order.iter().skip(first).step_by(threads.get()).map(|&at| (at, plan.run(&rules[at]))).collect::<Vec<_>>()
    };
    let mut runs = vec![Run::default(); rules.len()];
    let done = if threads.get() == 1 {
        vec![share(0)]
    } else {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads.get().min(rules.len())).map(|first| scope.spawn(move || share(first))).collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    };
    for (at, run) in done.into_iter().flatten() {
        runs[at] = run;
    }
    Ok(runs)
}

fn read_all(checked: &Checked<'_>) -> Result<Vec<Block>, BacktestError> {
    let mut reader = Reader::new(checked.history, checked.management);
    let mut blocks = Vec::new();
    let mut block = Block::new(checked.assets);
    while reader.read(&mut block)? {
        blocks.push(block.clone());
    }
    Ok(blocks)
}

/// Rules in an order in which those that look at the same rows stand together.
fn by_checks(rules: &[Rule]) -> Vec<usize> {
    let mut groups: Vec<(&Checks, Vec<usize>)> = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        match groups.iter_mut().find(|(checks, _)| **checks == rule.checks) {
            Some((_, members)) => members.push(at),
            None => groups.push((&rule.checks, vec![at])),
        }
    }
    groups.into_iter().flat_map(|(_, members)| members).collect()
}

/// The rows that the present variants read.
struct Plan<'a> {
    checked: &'a Checked<'a>,
    blocks: &'a [Block],
    record: Record,
    checks: Option<&'a Checks>,
    marks: Vec<Marks>,
    /// The marked rows alone, where no others are needed.
    picked: Option<Vec<Block>>,
}

impl<'a> Plan<'a> {
    fn run(&mut self, rule: &'a Rule) -> Run {
        if self.checks != Some(&rule.checks) {
            self.look(&rule.checks);
        }
        let mut walk = Walk::new(self.checked, rule, self.record);
        for (block, marks) in self.picked.as_deref().unwrap_or(self.blocks).iter().zip(&self.marks) {
            walk.advance(block, *marks);
        }
        walk.into_run()
    }

    fn look(&mut self, checks: &'a Checks) {
        let marks = |blocks: &[Block]| blocks.iter().map(|block| Marks::new(block, checks, self.checked)).collect::<Vec<_>>();
        self.checks = Some(checks);
        self.marks = marks(self.blocks);
        self.picked = None;
        if self.record == Record::Totals && *checks != Checks::Every(1) {
            let picked = pick(self.blocks, &self.marks, self.checked.assets);
            self.marks = marks(&picked);
            self.picked = Some(picked);
        }
    }
}
