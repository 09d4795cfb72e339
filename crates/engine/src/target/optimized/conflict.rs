//! Why no weights keep all rules: rules that contradict one another, none of which could be left out, and
//! what relaxing some of them by would do, which is tried before it is told.

use evenkeel_quant::optimize::problem::{Constraint, Measure as Risk, Objective, Outcome, Problem, Rule as Constrains, is_feasible, solve};

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Measure, Relation, RuleSubject};
use crate::words;

use super::rules::{Rules, Source, in_periods, whole};

/// Steps by which a rule is relaxed at most.
const MOST_STEPS: f64 = 1_048_576.0;

/// Tells that no weights keep all rules.
pub(super) fn told(rules: &Rules<'_>, problem: &Problem, outcome: &Outcome) -> Diagnostic {
    let periods = if matches!(problem.measure, Risk::Scenario(_)) { rules.periods_per_year } else { 1.0 };
    let search = Search { rules, problem, periods };
    let proven = outcome.contradiction.iter().flat_map(|found| &found.limits).filter_map(|(constraint, _)| *constraint);
    let nothing = vec![0.0; rules.bound.len()];
    let Some(set) = search.contradiction(&nothing, &proven.collect::<Vec<usize>>()) else {
        return Diagnostic::error(Code::RULES_CONTRADICT, "no weights were found that keep all rules").help("relax one of them");
    };
    let names = search.names(&set);
    let message = match names.as_slice() {
        [only] => format!("no weights keep {only}"),
        _ => format!("these cannot all be kept: {}", names.join(", ")),
    };
    let help = search.relaxation(&set).map_or_else(
        || "relax one of them; other rules may contradict one another too".to_owned(),
        |relaxed| {
            let terms: Vec<String> = relaxed.iter().map(|(rule, by)| search.term(*rule, *by)).collect();
            format!("relaxing {} would do", terms.join(" and "))
        },
    );
    let told = Diagnostic::error(Code::RULES_CONTRADICT, message).help(help);
    match set.iter().find_map(|rule| search.source(*rule)?.location()) {
        Some(place) => told.at(place.clone()),
        None => told,
    }
}

/// The search for rules to name and to relax. Amounts are by rule, in its own unit, infinite where it is dropped.
struct Search<'a> {
    rules: &'a Rules<'a>,
    problem: &'a Problem,
    /// Periods by which rates of a year are divided.
    periods: f64,
}

impl Search<'_> {
    /// The problem with rules relaxed, and the place of each constraint among the rules.
    fn relaxed(&self, by: &[f64]) -> (Problem, Vec<usize>) {
        let mut places = Vec::new();
        let mut constraints = Vec::new();
        for (place, constraint) in self.problem.constraints.iter().enumerate() {
            let rule = match (self.rules.bound.get(place), by.get(place)) {
                (Some((_, rule)), Some(by)) if *by > 0.0 => relax(rule, *by).map(|rule| in_periods(&rule, self.periods)),
                // What a trade costs keeps nothing from being traded.
                _ if matches!(constraint.rule, Constrains::Trade { at_least: 0.0, .. }) => None,
                _ => Some(constraint.rule.clone()),
            };
            if let Some(rule) = rule {
                places.push(place);
                constraints.push(Constraint { label: constraint.label.clone(), rule });
            }
        }
        (Problem { constraints, ..self.problem.clone() }, places)
    }

    fn feasible(&self, by: &[f64]) -> Option<bool> {
        is_feasible(&self.relaxed(by).0).ok().flatten()
    }

    /// Rules that contradict one another when others are relaxed, and of which none could be left out; looked for
    /// among `likely` first.
    fn contradiction(&self, relaxed: &[f64], likely: &[usize]) -> Option<Vec<usize>> {
        let only_likely = relaxed.iter().enumerate().map(|(rule, by)| if likely.contains(&rule) { *by } else { f64::INFINITY });
        let starts = [only_likely.collect(), relaxed.to_vec()];
        let mut by: Vec<f64> = starts.into_iter().find(|by: &Vec<f64>| self.feasible(by) == Some(false))?;
        for rule in (0..by.len()).rev() {
            let Some(kept) = by.get_mut(rule).map(|by| std::mem::replace(by, f64::INFINITY)) else { continue };
            if kept.is_finite() && self.feasible(&by) != Some(false) {
                by.iter_mut().skip(rule).take(1).for_each(|by| *by = kept);
            }
        }
        let mut set: Vec<usize> = (0..by.len()).filter(|rule| by.get(*rule).is_some_and(|by| by.is_finite())).collect();
        // What is relaxed first comes first: equations last.
        set.sort_by_key(|rule| self.source(*rule).and_then(Source::rule).is_some_and(|rule| rule.statement.relation == Relation::Equal));
        (!set.is_empty()).then_some(set)
    }

    /// By how much to relax which rules so that weights keep all: one of a contradiction where that is enough, else
    /// one of each that is left. `None` where that is not proven.
    fn relaxation(&self, contradiction: &[usize]) -> Option<Vec<(usize, f64)>> {
        let mut by = vec![0.0; self.rules.bound.len()];
        let mut dropped: Vec<usize> = Vec::new();
        let mut set = contradiction.to_vec();
        loop {
            set.retain(|rule| self.step(*rule).is_some());
            let enough = set.iter().copied().find(|rule| self.feasible(&replaced(&by, *rule, f64::INFINITY)) == Some(true));
            let rule = enough.or_else(|| set.first().copied())?;
            by = replaced(&by, rule, f64::INFINITY);
            dropped.push(rule);
            if enough.is_some() {
                break;
            }
            set = self.contradiction(&by, &[])?;
        }
        for rule in &dropped {
            by = replaced(&by, *rule, self.least(&by, *rule)?);
        }
        let amounts = dropped.into_iter().filter_map(|rule| Some((rule, *by.get(rule)?)));
        Some(amounts.filter(|(_, by)| *by > 0.0).collect())
    }

    /// The least whole number of steps by which a rule is relaxed, to be enough beside what others are relaxed by.
    fn least(&self, by: &[f64], rule: usize) -> Option<f64> {
        let step = self.step(rule)?;
        let enough = |steps: f64| self.feasible(&replaced(by, rule, steps * step)) == Some(true);
        if enough(0.0) {
            return Some(0.0);
        }
        let (mut low, mut high) = (0.0, 1.0);
        while !enough(high) {
            (low, high) = (high, 2.0 * high);
            if high > MOST_STEPS {
                return None;
            }
        }
        while high - low > 1.0 {
            let middle = f64::midpoint(low, high).floor();
            if enough(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high * step)
    }

    fn source(&self, rule: usize) -> Option<&Source<'_>> {
        self.rules.bound.get(rule).map(|(source, _)| source)
    }

    /// What a rule is relaxed by at a time: a hundredth of a point, or of the unit, or one asset. A limit on an
    /// average score has no such unit.
    fn step(&self, rule: usize) -> Option<f64> {
        match self.source(rule)? {
            Source::Limit(limit, _) if matches!(limit.measure, Measure::Score(_)) => None,
            Source::Limit(..) => Some(1e-4),
            Source::Rule(rule) => Some(match rule.subject {
                RuleSubject::Assets => 1.0,
                RuleSubject::Beta | RuleSubject::Exposure => 0.01,
                _ => 1e-4,
            }),
        }
    }

    /// A rule and by how much it is relaxed.
    fn term(&self, rule: usize, by: f64) -> String {
        let name = self.source(rule).map_or("", Source::text);
        match self.step(rule) {
            Some(1.0) => format!("`{name}` by {by}"),
            Some(0.01) => format!("`{name}` by {by:.2}"),
            _ => format!("`{name}` by {}", words::points(by)),
        }
    }

    /// The names of contradicting rules, with what else they contradict and for which assets, where that is proven.
    fn names(&self, set: &[usize]) -> Vec<String> {
        let dropped: Vec<f64> = (0..self.rules.bound.len()).map(|rule| if set.contains(&rule) { 0.0 } else { f64::INFINITY }).collect();
        let (problem, places) = self.relaxed(&dropped);
        let problem = Problem { objective: Objective::MinimumRisk, measure: Risk::Variance, costs: Vec::new(), ..problem };
        let found = solve(&problem, None).ok().and_then(|outcome| outcome.contradiction);
        let stated = |constraint: Option<usize>| places.get(constraint?).copied().filter(|place| *place < self.rules.bound.len());
        let limits: Vec<_> =
            found.iter().flat_map(|found| &found.limits).map(|(constraint, limit)| (stated(*constraint), *limit)).collect();
        let mut names: Vec<String> = Vec::new();
        let missing = set.iter().filter(|rule| limits.iter().all(|(constraint, _)| *constraint != Some(**rule)));
        let missing = missing.filter_map(|rule| Some(format!("`{}`", self.source(*rule)?.text())));
        for name in limits.iter().map(|(constraint, limit)| self.rules.common_name(*constraint, *limit, &limits)).chain(missing) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Amounts with that of one rule replaced.
fn replaced(by: &[f64], rule: usize, amount: f64) -> Vec<f64> {
    by.iter().enumerate().map(|(at, by)| if at == rule { amount } else { *by }).collect()
}

/// A rule that allows so much more, all its limits alike; `None` where it allows everything.
fn relax(rule: &Constrains, by: f64) -> Option<Constrains> {
    let bounds = |values: &[f64], by: f64| values.iter().map(|value| value + by).collect();
    // Where weights have no bounds at all, they are taken to be at least 0.
    if by.is_infinite() && !matches!(rule, Constrains::Weights { .. }) {
        return None;
    }
    let mut rule = rule.clone();
    match &mut rule {
        Constrains::Weights { at_least, at_most } => {
            (*at_least, *at_most) = (bounds(at_least, -by), bounds(at_most, by));
        }
        Constrains::Linear { at_least, at_most, .. } => {
            *at_least -= by;
            *at_most += by;
        }
        Constrains::Return { at_least } => *at_least -= by,
        Constrains::Position { at_least } | Constrains::Trade { at_least, .. } => *at_least = (*at_least - by).max(0.0),
        Constrains::Assets { at_most } => *at_most = at_most.saturating_add(whole(by)),
        Constrains::Turnover { at_most, .. }
        | Constrains::Change { at_most, .. }
        | Constrains::Leverage { at_most }
        | Constrains::Short { at_most }
        | Constrains::Volatility { at_most }
        | Constrains::TrackingError { at_most, .. }
        | Constrains::Risk { at_most, .. } => *at_most += by,
    }
    Some(rule)
}
