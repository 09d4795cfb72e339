//! [`Rules`]: a policy's limits, bound to the instruments of a universe.

use std::collections::BTreeMap;
use std::ops::Range;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{InstrumentId, Universe};

use crate::assumptions::Assumptions;
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::TOLERANCE;
use crate::policy::{Bound, Limit, Measure, Policy};
use crate::portfolio::select::{Selected, Subject, Value, unmatched};
use crate::portfolio::{Sleeves, State, class_parts};

use super::{Breach, Check, Status};

/// A policy's limits, bound to the instruments of a universe: built once for a policy, used for
/// any number of households.
///
/// A limit selects what matches every attribute that it gives, by any of its values. Classes are
/// looked through: a composed fund counts by its components, and an instrument that a leaf of the
/// tree names counts by the leaf's class as well as by its own. Cash is of the class `Cash`, of
/// the most liquid tier and of the base currency; it has no other attribute. Short positions
/// count below zero.
#[derive(Debug, Clone)]
pub struct Rules {
    limits: Vec<Limit>,
    /// Values of the attribute of limits that hold for each, by limit and then value.
    groups: Vec<Group>,
    /// What each instrument adds to which limit: `entries[offsets[i]..offsets[i + 1]]`.
    entries: Vec<Entry>,
    offsets: Vec<usize>,
    cash: Range<usize>,
    linear: Vec<LinearLimit>,
}

/// A hard limit as a linear rule on values: Σ coefficient × value stands to `right` + `share` × Σ value as `bound` says.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearLimit {
    /// Its name, with the value of the attribute where it holds for each.
    pub name: String,
    /// What a unit of value counts: by instrument of the universe, and last cash.
    pub coefficients: Vec<f64>,
    /// At most, or at least.
    pub bound: Bound,
    /// In the base currency.
    pub right: f64,
    /// The limit where it is a weight, else 0.
    pub share: f64,
}

/// One value of the attribute of a limit that holds for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    limit: usize,
    /// `None` for the limit as a whole.
    value: Option<String>,
}

/// What a unit of value of an instrument adds to a limit.
#[derive(Debug, Clone, Copy)]
struct Entry {
    limit: usize,
    group: Option<usize>,
    tally: Tally,
}

/// Sums over holdings, all of them value × a fraction that is fixed for the instrument.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Tally {
    /// What is selected.
    selected: f64,
    /// What may or may not be selected, as an attribute is not given.
    not_given: f64,
    /// What is selected and has the score.
    scored: f64,
    /// The same × the score.
    score: f64,
}

impl Tally {
    fn add(&mut self, other: Self, value: f64) {
        self.selected += other.selected * value;
        self.not_given += other.not_given * value;
        self.scored += other.scored * value;
        self.score += other.score * value;
    }
}

/// Every limit, measured on one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    total: f64,
    limits: Vec<Tally>,
    /// Groups that are held, in order.
    groups: Vec<(usize, Tally)>,
}

impl Measurement {
    fn group(&self, group: usize) -> Tally {
        self.groups
            .binary_search_by_key(&group, |(id, _)| *id)
            .ok()
            .and_then(|index| self.groups.get(index))
            .map(|(_, tally)| *tally)
            .unwrap_or_default()
    }
}

/// How one limit, or one group of it, stands.
#[derive(Debug, Clone, Copy)]
struct Standing {
    limit: usize,
    group: Option<usize>,
    before: Reading,
    after: Reading,
    breach: Option<Breach>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    /// Value of what is selected.
    selected: f64,
    measured: Option<f64>,
    slack: Option<f64>,
    status: Status,
    covered: f64,
}

impl Rules {
    /// Binds the limits of a policy. Scores are the instrument's own, or where it has none, what
    /// the assumptions say of its class.
    pub fn bind(policy: &Policy, universe: &Universe, sleeves: &Sleeves, assumptions: Option<&Assumptions>) -> Self {
        let cash_class = ClassPath::cash();
        let mut rules = Self {
            limits: policy.limits.clone(),
            groups: Vec::new(),
            entries: Vec::new(),
            offsets: vec![0],
            cash: 0..0,
            linear: Vec::new(),
        };
        let mut bound: Vec<BTreeMap<Group, Tally>> = Vec::with_capacity(universe.len() + 1);
        for (id, instrument) in universe.iter() {
            let parts = class_parts(id, instrument, sleeves);
            let mut tallies = BTreeMap::new();
            for part in parts {
                let score = |name: &str| part.score(instrument, assumptions, name);
                rules.bind_subject(&Subject::Part { instrument, part }, part.fraction, &score, &mut tallies);
            }
            bound.push(tallies);
        }
        let mut tallies = BTreeMap::new();
        rules.bind_subject(&Subject::Cash { class: &cash_class, base: policy.base_currency }, 1.0, &|_| None, &mut tallies);
        bound.push(tallies);
        rules.pack(bound);
        rules.linear = rules.linearized();
        rules
    }

    /// Warnings of limits that name a class or value that no instrument of the universe has.
    pub fn lint(policy: &Policy, universe: &Universe, sleeves: &Sleeves) -> Vec<Diagnostic> {
        let cash_class = ClassPath::cash();
        let mut subjects = vec![Subject::Cash { class: &cash_class, base: policy.base_currency }];
        for (id, instrument) in universe.iter() {
            subjects.extend(class_parts(id, instrument, sleeves).into_iter().map(|part| Subject::Part { instrument, part }));
        }
        let mut warnings = Vec::new();
        for limit in &policy.limits {
            for name in unmatched(&limit.selector, &subjects) {
                let message = format!("the limit `{}` selects `{name}`, which no instrument has", limit.name);
                let warning = Diagnostic::warning(Code::LIMIT_SELECTS_NOTHING, message);
                let warning = warning.help("check the spelling against the instruments file, or drop it from the limit");
                warnings.push(match &limit.location {
                    Some(location) => warning.at(location.clone()),
                    None => warning,
                });
            }
        }
        warnings
    }

    /// Measures every limit on a state.
    pub fn measure(&self, state: &State) -> Measurement {
        let mut limits = vec![Tally::default(); self.limits.len()];
        let mut groups: Vec<(usize, Tally)> = Vec::new();
        let mut add = |entries: &[Entry], value: f64| {
            for entry in entries {
                if let Some(group) = entry.group {
                    let mut tally = Tally::default();
                    tally.add(entry.tally, value);
                    groups.push((group, tally));
                } else if let Some(tally) = limits.get_mut(entry.limit) {
                    tally.add(entry.tally, value);
                }
            }
        };
        for (id, value) in state.values() {
            add(self.entries(*id), *value);
        }
        if state.cash() != 0.0 {
            add(self.entries.get(self.cash.clone()).unwrap_or_default(), state.cash());
        }
        // Stable, so that within a group values stay, and are added, in the order of ids.
        groups.sort_by_key(|(group, _)| *group);
        groups.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1.add(next.1, 1.0);
            }
            same
        });
        Measurement { total: state.total(), limits, groups }
    }

    /// Every limit before and after: in the order of the policy, and where a limit holds for
    /// each value of an attribute, those with the least room after first. Holdings that lack the
    /// attribute are told in a line of their own, of status [`Status::Unknown`].
    pub fn check(&self, before: &Measurement, after: &Measurement) -> Vec<Check> {
        self.standings(before, after).into_iter().filter_map(|standing| self.check_of(&standing)).collect()
    }

    /// Whether a proposal that leads from one state to the other must be refused: a hard limit
    /// is broken after that was kept before, or the trades lead further away from keeping it.
    pub fn refuses(&self, before: &Measurement, after: &Measurement) -> bool {
        let hard = |index: usize| self.limits.get(index).is_some_and(|limit| limit.hard);
        self.standings(before, after).iter().any(|standing| standing.breach == Some(Breach::Active) && hard(standing.limit))
    }

    /// Hard limits as linear rules on values. A ceiling that holds for each value of an attribute is one rule for each value; a
    /// floor for each holds only for what is held, which is no linear rule, and is left to [`Rules::check`].
    pub fn linear(&self) -> &[LinearLimit] {
        &self.linear
    }

    fn linearized(&self) -> Vec<LinearLimit> {
        let mut found = Vec::new();
        for (index, limit) in self.limits.iter().enumerate().filter(|(_, limit)| limit.hard) {
            if limit.each.is_none() {
                found.push(self.linear_of(index, limit, None, limit.name.clone()));
            } else if limit.bound == Bound::AtMost {
                let groups = self.groups.iter().enumerate().filter(|(_, group)| group.limit == index);
                let name = |group: &Group| format!("{}: {}", limit.name, group.value.as_deref().unwrap_or_default());
                found.extend(groups.map(|(at, group)| self.linear_of(index, limit, Some(at), name(group))));
            }
        }
        found
    }

    fn linear_of(&self, index: usize, limit: &Limit, group: Option<usize>, name: String) -> LinearLimit {
        let spans = self.offsets.windows(2).filter_map(|span| Some(*span.first()?..*span.last()?));
        let coefficient = |span: Range<usize>| {
            let mut tally = Tally::default();
            let entries = self.entries.get(span).unwrap_or_default().iter();
            entries.filter(|entry| entry.limit == index && entry.group == group).for_each(|entry| tally.add(entry.tally, 1.0));
            match limit.measure {
                Measure::Weight | Measure::Value => tally.selected,
                Measure::Score(_) => tally.score - limit.value * tally.scored,
            }
        };
        let (right, share) = match limit.measure {
            Measure::Weight => (0.0, limit.value),
            Measure::Value => (limit.value, 0.0),
            Measure::Score(_) => (0.0, 0.0),
        };
        LinearLimit { name, coefficients: spans.chain([self.cash.clone()]).map(coefficient).collect(), bound: limit.bound, right, share }
    }

    fn entries(&self, id: InstrumentId) -> &[Entry] {
        let bounds = self.offsets.get(id.index()).zip(self.offsets.get(id.index() + 1));
        bounds.and_then(|(start, end)| self.entries.get(*start..*end)).unwrap_or_default()
    }

    fn bind_subject(
        &self,
        subject: &Subject<'_>,
        fraction: f64,
        score: &dyn Fn(&str) -> Option<f64>,
        tallies: &mut BTreeMap<Group, Tally>,
    ) {
        for (index, limit) in self.limits.iter().enumerate() {
            let mut selected = subject.selected(&limit.selector);
            let mut value = None;
            if let Some(attribute) = &limit.each
                && selected == Selected::Yes
            {
                match subject.value(attribute) {
                    Value::Given(given) => value = Some(given),
                    Value::NotGiven => selected = Selected::NotGiven,
                    Value::None => selected = Selected::No,
                }
            }
            let tally = tallies.entry(Group { limit: index, value });
            match selected {
                Selected::No => {}
                Selected::NotGiven => tally.or_default().not_given += fraction,
                Selected::Yes => {
                    let tally = tally.or_default();
                    tally.selected += fraction;
                    if let Measure::Score(name) = &limit.measure
                        && let Some(score) = score(name)
                    {
                        tally.scored += fraction;
                        tally.score += fraction * score;
                    }
                }
            }
        }
    }

    /// Numbers the groups and lays the entries of all instruments, and last of cash, end to end.
    fn pack(&mut self, bound: Vec<BTreeMap<Group, Tally>>) {
        self.groups = bound.iter().flat_map(BTreeMap::keys).filter(|group| group.value.is_some()).cloned().collect();
        self.groups.sort_unstable();
        self.groups.dedup();
        for tallies in bound {
            for (group, tally) in tallies {
                let number = self.groups.binary_search(&group).ok();
                self.entries.push(Entry { limit: group.limit, group: number, tally });
            }
            self.offsets.push(self.entries.len());
        }
        // The last stretch is that of cash: it has no instrument id.
        self.offsets.pop();
        self.cash = self.offsets.last().copied().unwrap_or_default()..self.entries.len();
    }

    fn standings(&self, before: &Measurement, after: &Measurement) -> Vec<Standing> {
        let mut held: Vec<usize> = before.groups.iter().chain(&after.groups).map(|(group, _)| *group).collect();
        held.sort_unstable();
        held.dedup();
        let limit_of = |group: &usize| self.groups.get(*group).map(|group| group.limit);
        let mut standings = Vec::with_capacity(self.limits.len() + held.len());
        let mut rest = held.as_slice();
        for (index, limit) in self.limits.iter().enumerate() {
            let whole = |measurement: &Measurement| measurement.limits.get(index).copied().unwrap_or_default();
            let not_given = (whole(before).not_given, whole(after).not_given);
            if limit.each.is_none() {
                let readings = (read(limit, whole(before), 0.0, before.total), read(limit, whole(after), 0.0, after.total));
                standings.push(stand(limit, index, None, readings, after.total));
                continue;
            }
            let (groups, others) = rest.split_at(rest.iter().take_while(|group| limit_of(group) == Some(index)).count());
            rest = others;
            let first = standings.len();
            standings.extend(groups.iter().map(|group| {
                let before = read(limit, before.group(*group), not_given.0, before.total);
                let after_reading = read(limit, after.group(*group), not_given.1, after.total);
                stand(limit, index, Some(*group), (before, after_reading), after.total)
            }));
            // Groups are in the order of their values, which a stable sort keeps among equals.
            let room = |standing: &Standing| standing.after.slack.unwrap_or(f64::INFINITY);
            if let Some(of_limit) = standings.get_mut(first..) {
                of_limit.sort_by(|a, b| room(a).total_cmp(&room(b)));
            }
            if not_given != (0.0, 0.0) {
                standings.push(unattributed(limit, index, not_given, (before.total, after.total)));
            }
        }
        standings
    }

    fn check_of(&self, standing: &Standing) -> Option<Check> {
        let limit = self.limits.get(standing.limit)?;
        let value = standing.group.and_then(|group| self.groups.get(group)?.value.as_ref());
        let name = match (value, &limit.each) {
            (Some(value), _) => format!("{}: {value}", limit.name),
            (None, Some(attribute)) => format!("{}: {} not given", limit.name, attribute.name()),
            (None, None) => limit.name.clone(),
        };
        Some(Check {
            limit: name,
            measure: match limit.measure {
                Measure::Weight => "weight",
                Measure::Value => "value",
                Measure::Score(_) => "score",
            },
            bound: match limit.bound {
                Bound::AtMost => "at_most",
                Bound::AtLeast => "at_least",
            },
            value: limit.value,
            before: standing.before.measured,
            after: standing.after.measured,
            slack: standing.after.slack,
            status_before: standing.before.status,
            status_after: standing.after.status,
            breach: standing.breach,
            hard: limit.hard,
            covered: standing.after.covered,
            location: limit.location.clone(),
        })
    }
}

/// What a tally says of a limit. `outside` is value whose group is not known.
fn read(limit: &Limit, tally: Tally, outside: f64, total: f64) -> Reading {
    // What is left of a position by float noise alone is nothing that could be measured on.
    let noise = TOLERANCE * total.abs();
    let share = |part: f64, whole: f64| (whole > noise).then(|| part / whole);
    let measured = match limit.measure {
        Measure::Weight => share(tally.selected, total),
        Measure::Value => Some(tally.selected),
        Measure::Score(_) => share(tally.score, tally.scored),
    };
    let covered = match limit.measure {
        Measure::Score(_) => share(tally.scored, tally.selected).unwrap_or(0.0),
        Measure::Weight | Measure::Value => share(total - tally.not_given - outside, total).unwrap_or(1.0),
    };
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
    Reading { selected: tally.selected, measured, slack, status, covered: covered.clamp(0.0, 1.0) }
}

/// What float noise may amount to: [`TOLERANCE`] × the scale of what is measured.
fn tolerance(limit: &Limit, total: f64) -> f64 {
    let scale = match limit.measure {
        Measure::Weight => 1.0,
        Measure::Value => limit.value.abs().max(total.abs()),
        Measure::Score(_) => limit.value.abs().max(1.0),
    };
    TOLERANCE * scale
}

fn stand(limit: &Limit, index: usize, group: Option<usize>, (before, after): (Reading, Reading), total: f64) -> Standing {
    let closer = before.slack.zip(after.slack).is_some_and(|(before, after)| after > before + tolerance(limit, total));
    // Costs and flows change the weight of what no trade touches.
    let noise = TOLERANCE * total.abs();
    let untouched = match (&limit.measure, limit.bound) {
        (Measure::Score(_), _) => before.slack == after.slack,
        (_, Bound::AtMost) => after.selected <= before.selected + noise,
        (_, Bound::AtLeast) => after.selected >= before.selected - noise,
    };
    let passive = before.status == Status::Broken && (closer || untouched);
    let breach = (after.status == Status::Broken).then_some(if passive { Breach::Passive } else { Breach::Active });
    Standing { limit: index, group, before, after, breach }
}

/// The line that tells how much is held of which the attribute is not given.
fn unattributed(limit: &Limit, index: usize, values: (f64, f64), totals: (f64, f64)) -> Standing {
    let reading = |value: f64, total: f64| {
        let measured = match limit.measure {
            Measure::Weight => (total > 0.0).then(|| value / total),
            Measure::Value => Some(value),
            Measure::Score(_) => None,
        };
        let covered = if total > 0.0 { (1.0 - value / total).clamp(0.0, 1.0) } else { 1.0 };
        Reading { selected: value, measured, slack: None, status: Status::Unknown, covered }
    };
    Standing { limit: index, group: None, before: reading(values.0, totals.0), after: reading(values.1, totals.1), breach: None }
}
