//! What is measured says of a limit: kept or broken, and how that came about.

use crate::drift::TOLERANCE;
use crate::policy::{Bound, Limit, Measure};

use super::{Breach, Status};

/// Sums over holdings, all of them value × a fraction that is fixed for the instrument.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Tally {
    /// What is selected.
    pub(super) selected: f64,
    /// What may or may not be selected, as an attribute is not given.
    pub(super) not_given: f64,
    /// What is selected and has the score.
    pub(super) scored: f64,
    /// The same × the score.
    pub(super) score: f64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self, value: f64) {
        self.selected += other.selected * value;
        self.not_given += other.not_given * value;
        self.scored += other.scored * value;
        self.score += other.score * value;
    }
}

/// How one limit, or one group of it, stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) limit: usize,
    pub(super) group: Option<usize>,
    pub(super) before: Reading,
    pub(super) after: Reading,
    pub(super) breach: Option<Breach>,
    /// Whether it tells of what lacks the attribute for each of whose values the limit holds.
    pub(super) is_unattributed: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// Value of what is selected.
    pub(super) selected: f64,
    pub(super) measured: Option<f64>,
    pub(super) slack: Option<f64>,
    pub(super) status: Status,
    pub(super) covered: f64,
}

/// What a tally says of a limit. `outside` is value whose group is not known.
pub(super) fn read(limit: &Limit, tally: Tally, outside: f64, total: f64) -> Reading {
    // What is left of a position by float noise alone is nothing that could be measured on.
    let noise = TOLERANCE * total.abs();
    let share = |part: f64, whole: f64| (whole > noise).then(|| part / whole);
    let measured = match limit.measure {
        Measure::Weight => share(tally.selected, total),
        Measure::Value => Some(tally.selected),
        Measure::Score(_) => share(tally.score, tally.scored),
        Measure::Risk(..) => None,
    };
    let covered = match limit.measure {
        Measure::Score(_) => share(tally.scored, tally.selected).unwrap_or(0.0),
        Measure::Risk(..) => 0.0,
        Measure::Weight | Measure::Value => share(total - tally.not_given - outside, total).unwrap_or(1.0),
    };
    reading(limit, tally.selected, measured, covered, total)
}

/// What a measure of risk says of a limit; `None` where it cannot be told.
pub(super) fn read_risk(limit: &Limit, measured: Option<f64>, total: f64) -> Reading {
    reading(limit, 0.0, measured, f64::from(u8::from(measured.is_some() || total <= 0.0)), total)
}

fn reading(limit: &Limit, selected: f64, measured: Option<f64>, covered: f64, total: f64) -> Reading {
    let slack = measured.map(|measured| match limit.bound {
        Bound::AtMost => limit.value - measured,
        Bound::AtLeast => measured - limit.value,
    });
    let tolerance = tolerance(limit, total);
    let (slack, status) = match slack {
        None => (None, Status::Unknown),
        Some(slack) if slack.abs() <= tolerance => (Some(0.0), Status::AtLimit),
        Some(slack) if slack > 0.0 => (Some(slack), Status::Kept),
        Some(slack) => (Some(slack), Status::Broken),
    };
    Reading { selected, measured, slack, status, covered: covered.clamp(0.0, 1.0) }
}

/// What float noise may amount to: [`TOLERANCE`] × the scale of what is measured.
fn tolerance(limit: &Limit, total: f64) -> f64 {
    let scale = match limit.measure {
        Measure::Weight | Measure::Risk(..) => 1.0,
        Measure::Value => limit.value.abs().max(total.abs()),
        Measure::Score(_) => limit.value.abs().max(1.0),
    };
    TOLERANCE * scale
}

pub(super) fn stand(limit: &Limit, index: usize, group: Option<usize>, (before, after): (Reading, Reading), total: f64) -> Standing {
    // Costs and flows change the weight of what no trade touches, which no trade then broke.
    let noise = TOLERANCE * total.abs();
    let untouched = match (&limit.measure, limit.bound) {
        (Measure::Score(_) | Measure::Risk(..), _) => before.status == Status::Broken && before.slack == after.slack,
        (_, Bound::AtMost) => after.selected <= before.selected + noise,
        (_, Bound::AtLeast) => after.selected >= before.selected - noise,
    };
    standing(limit, index, group, (before, after), untouched, total)
}

/// The groups that are beyond `above`, added up: each with its tally before and after. What nobody buys for is not touched, also
/// where more of them come to be beyond it.
pub(super) fn stand_together(
    limit: &Limit,
    index: usize,
    above: f64,
    groups: &[(Tally, Tally)],
    not_given: (f64, f64),
    (before, after): (f64, f64),
) -> Standing {
    let is_beyond = |value: f64, total: f64| total > 0.0 && value / total > above + TOLERANCE;
    let sum = |values: &dyn Fn(&(Tally, Tally)) -> f64, total: f64| {
        groups.iter().map(values).filter(|value| is_beyond(*value, total)).sum::<f64>()
    };
    let tally = |selected: f64, not_given: f64| Tally { selected, not_given, ..Tally::default() };
    let read_before = read(limit, tally(sum(&|group| group.0.selected, before), not_given.0), 0.0, before);
    let read_after = read(limit, tally(sum(&|group| group.1.selected, after), not_given.1), 0.0, after);
    let noise = TOLERANCE * after.abs();
    let is_bought = |(before, now): &(Tally, Tally)| is_beyond(now.selected, after) && now.selected > before.selected + noise;
    standing(limit, index, None, (read_before, read_after), !groups.iter().any(is_bought), after)
}

fn standing(
    limit: &Limit,
    index: usize,
    group: Option<usize>,
    (before, after): (Reading, Reading),
    untouched: bool,
    total: f64,
) -> Standing {
    let nearer = before.slack.zip(after.slack).is_some_and(|(before, after)| after > before + tolerance(limit, total));
    let passive = untouched || before.status == Status::Broken && nearer;
    let breach = (after.status == Status::Broken).then_some(if passive { Breach::Passive } else { Breach::Active });
    Standing { limit: index, group, before, after, breach, is_unattributed: false }
}

/// The line that tells how much is held of which the attribute is not given.
pub(super) fn unattributed(limit: &Limit, index: usize, values: (f64, f64), totals: (f64, f64)) -> Standing {
    let reading = |value: f64, total: f64| {
        let measured = match limit.measure {
            Measure::Weight => (total > 0.0).then(|| value / total),
            Measure::Value => Some(value),
            Measure::Score(_) | Measure::Risk(..) => None,
        };
        let covered = if total > 0.0 { (1.0 - value / total).clamp(0.0, 1.0) } else { 1.0 };
        Reading { selected: value, measured, slack: None, status: Status::Unknown, covered }
    };
    let (before, after) = (reading(values.0, totals.0), reading(values.1, totals.1));
    Standing { limit: index, group: None, before, after, breach: None, is_unattributed: true }
}
