//! [`Rules`]: a policy's limits, bound to the instruments of a universe.

use std::collections::BTreeMap;
use std::ops::Range;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::instrument::{InstrumentId, Universe};

use crate::assumptions::Assumptions;
use crate::diagnostic::{Code, Diagnostic};
use crate::estimate::EstimateInputs;
use crate::policy::{Limit, Measure, Policy};
use crate::portfolio::select::{Selected, Subject, Value, unmatched};
use crate::portfolio::{Sleeves, State, class_parts};

use super::linear::LinearLimit;
use super::reading::{Standing, Tally, read, read_risk, stand, stand_together, unattributed};
use super::risk::RiskModel;
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
    pub(super) limits: Vec<Limit>,
    /// Values of the attribute of limits that hold for each, by limit and then value.
    pub(super) groups: Vec<Group>,
    /// What each instrument adds to which limit: `entries[offsets[i]..offsets[i + 1]]`.
    pub(super) entries: Vec<Entry>,
    pub(super) offsets: Vec<usize>,
    pub(super) cash: Range<usize>,
    pub(super) linear: Vec<LinearLimit>,
    /// Where a limit is on risk.
    risk: Option<RiskModel>,
}

/// One value of the attribute of a limit that holds for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) limit: usize,
    /// `None` for the limit as a whole.
    pub(super) value: Option<String>,
}

/// What a unit of value of an instrument adds to a limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) limit: usize,
    pub(super) group: Option<usize>,
    pub(super) tally: Tally,
}

/// How a limit of a policy stands in one state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reached {
    /// Its number among the policy's limits.
    pub limit: usize,
    /// What is measured: where it holds for each of several, of that with the least room.
    pub measured: Option<f64>,
    /// Room left: below zero where broken.
    pub slack: Option<f64>,
    /// How it stands.
    pub status: Status,
}

/// Every limit, measured on one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    total: f64,
    limits: Vec<Tally>,
    /// Groups that are held, in order.
    groups: Vec<(usize, Tally)>,
    /// By limit; `None` of those on something else, or where it cannot be told.
    risk: Vec<Option<f64>>,
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
            risk: None,
        };
        if rules.limits.iter().any(|limit| matches!(limit.measure, Measure::Risk(..))) {
            rules.risk = Some(RiskModel::new(policy, universe, sleeves, assumptions));
        }
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

    /// The same with a history, on which some limits on risk rest. Where it cannot be used, these cannot be told:
    /// [`unmeasured`](super::unmeasured) says why.
    #[must_use]
    pub fn with_history(&self, inputs: &EstimateInputs<'_>) -> Self {
        let risk = self.risk.clone().map(|risk| risk.with_history(inputs));
        Self { risk, ..self.clone() }
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
        let risk = self.risk.as_ref().map(|model| model.measure(state, &self.limits)).unwrap_or_default();
        Measurement { total: state.total(), limits, groups, risk }
    }

    /// Every limit before and after: in the order of the policy, and where a limit holds for
    /// each value of an attribute, those with the least room after first. Holdings that lack the
    /// attribute are told in a line of their own, of status [`Status::Unknown`](super::Status::Unknown).
    pub fn check(&self, before: &Measurement, after: &Measurement) -> Vec<Check> {
        self.standings(before, after).into_iter().filter_map(|standing| self.check_of(&standing)).collect()
    }

    /// Whether a proposal that leads from one state to the other must be refused: a hard limit is broken after, and
    /// [actively](Breach::Active).
    pub fn refuses(&self, before: &Measurement, after: &Measurement) -> bool {
        let hard = |index: usize| self.limits.get(index).is_some_and(|limit| limit.hard);
        self.standings(before, after).iter().any(|standing| standing.breach == Some(Breach::Active) && hard(standing.limit))
    }

    /// Every limit of which something is held on one state.
    pub fn reached(&self, state: &State) -> Vec<Reached> {
        let at = self.measure(state);
        let standings = self.standings(&at, &at).into_iter().filter(|standing| !standing.is_unattributed);
        // Of one limit those with the least room come first.
        let mut reached: Vec<Reached> = standings
            .map(|Standing { limit, after, .. }| Reached { limit, measured: after.measured, slack: after.slack, status: after.status })
            .collect();
        reached.dedup_by_key(|reached| reached.limit);
        reached
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
            if matches!(limit.measure, Measure::Risk(..)) {
                let measured = |measurement: &Measurement| measurement.risk.get(index).copied().flatten();
                let read = |measurement: &Measurement| read_risk(limit, measured(measurement), measurement.total);
                standings.push(stand(limit, index, None, (read(before), read(after)), after.total));
                continue;
            }
            if limit.each.is_none() {
                let readings = (read(limit, whole(before), 0.0, before.total), read(limit, whole(after), 0.0, after.total));
                standings.push(stand(limit, index, None, readings, after.total));
                continue;
            }
            let (groups, others) = rest.split_at(rest.iter().take_while(|group| limit_of(group) == Some(index)).count());
            rest = others;
            let first = standings.len();
            if let Some(above) = limit.above {
                let tallies: Vec<_> = groups.iter().map(|group| (before.group(*group), after.group(*group))).collect();
                standings.push(stand_together(limit, index, above, &tallies, not_given, (before.total, after.total)));
            }
            let each = if limit.above.is_none() { groups } else { &[] };
            standings.extend(each.iter().map(|group| {
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
            (None, Some(attribute)) if standing.is_unattributed => format!("{}: {} not given", limit.name, attribute.name()),
            (None, _) => limit.name.clone(),
        };
        Some(Check {
            limit: name,
            measure: limit.measure.name(),
            bound: limit.bound.name(),
            value: limit.value,
            before: standing.before.measured,
            after: standing.after.measured,
            slack: standing.after.slack,
            status_before: standing.before.status,
            status_after: standing.after.status,
            breach: standing.breach,
            tolerated: None,
            hard: limit.hard,
            covered: standing.after.covered,
            above: limit.above,
            law: limit.law,
            basis: self.risk.as_ref().and_then(|model| model.basis(limit)),
            location: limit.location.clone(),
        })
    }
}
