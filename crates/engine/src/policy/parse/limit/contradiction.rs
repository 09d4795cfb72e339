//! Limits that exclude one another.
//!
//! Limits on the weight of classes are rows over the weights of the narrowest classes that anybody
//! names: those of the targets, those of the limits, and cash. These weights are at least zero and sum
//! to 1. Whether rows can hold together is a linear program; a set that cannot is cut down until each
//! limit of it is needed, and held against smaller sets where these are few. Any two other limits on the
//! same holdings must leave room between them.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::Rate;
use evenkeel_quant::linear::matrix::Matrix;
use evenkeel_quant::optimize::conflict::find_conflict;
use evenkeel_quant::optimize::conic::{least_relaxation, solve};
use evenkeel_quant::optimize::limit::Limit as Side;
use evenkeel_quant::optimize::program::{Program, Region, Rows};
use evenkeel_quant::optimize::solution::Status;

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::{Attribute, Bound, Limit, Measure, Selector, TargetTree};

use super::{KnownClasses, Stated};

/// Smaller sets tried one by one.
const SETS_TRIED: usize = 300;

/// Relaxations are told in parts of so many to the whole weight; less is rounding.
const PARTS: f64 = 1e6;

/// Reports limits that cannot be kept together, each limit in one set at most: sets of hard limits as
/// errors, then those that take a limit which only tells as warnings.
pub(super) fn check(root: &Table<'_>, limits: &[&Stated], classes: &KnownClasses<'_>) {
    let mut told = on_the_same(root, limits);
    // Of targets that could not be read nobody knows which classes there are.
    let known = classes.complete && !classes.tree.nodes.is_empty();
    let rows = Lowered::new(if known { limits } else { &[] }, classes.tree);
    for only_hard in [true, false] {
        loop {
            let open = |index: &usize| !told.contains(index) && limits.get(*index).is_some_and(|stated| stated.limit.hard || !only_hard);
            let candidates: Vec<usize> = rows.limits().into_iter().filter(open).collect();
            let Some(set) = rows.conflict(&candidates) else { break };
            report(root, limits, &rows, &set, only_hard);
            told.extend(set);
        }
    }
}

fn report(root: &Table<'_>, limits: &[&Stated], rows: &Lowered<'_>, set: &[usize], hard: bool) {
    let stated: Vec<&Stated> = set.iter().filter_map(|index| limits.get(*index).copied()).collect();
    let Some(first) = stated.first() else { return };
    let named: Vec<String> = stated.iter().map(|stated| of_classes(stated)).collect();
    let what = if named.len() == 1 { "this cannot be kept" } else { "these cannot be kept together" };
    let message = format!("{}: {what}, as weights are zero or above and sum to 1", named.join(", "));
    let others = if named.len() == 1 { "" } else { ", or loosen another of them" };
    let help = match rows.least_change(set).and_then(|(index, value)| Some((limits.get(index)?, value))) {
        Some((stated, value)) => format!("{} `{}` to {value}{others}", loosened(stated.limit.bound), stated.limit.name),
        None => "loosen one of them".to_owned(),
    };
    root.report_at(first.span.clone(), told(hard, message).help(help));
}

/// An error where all limits are hard, and a warning where one of them only tells.
fn told(hard: bool, message: String) -> Diagnostic {
    if hard { Diagnostic::error(Code::CONTRADICTORY_LIMITS, message) } else { Diagnostic::warning(Code::CONTRADICTORY_LIMITS, message) }
}

const fn loosened(bound: Bound) -> &'static str {
    match bound {
        Bound::AtLeast => "lower `at_least` of",
        Bound::AtMost => "raise `at_most` of",
    }
}

/// `` `growth` asks for at least 0.6 ``.
fn described(stated: &Stated) -> String {
    let bound = if stated.limit.bound == Bound::AtLeast { "asks for at least" } else { "allows at most" };
    format!("`{}` {bound} {}", stated.limit.name, stated.exact)
}

/// `` `growth` asks for at least 0.6 of Equity and Gold ``.
fn of_classes(stated: &Stated) -> String {
    let names: Vec<&str> = stated.limit.selector.classes.iter().map(ClassPath::as_str).collect();
    let each = if stated.limit.each.is_some() { "each class" } else { "" };
    let within = if each.is_empty() || names.is_empty() { "" } else { " in " };
    format!("{} of {each}{within}{}", described(stated), names.join(" and "))
}

/// Two limits on the same holdings must leave room between them, whatever they measure; those that are
/// compared by classes are left out. Gives the limits told.
fn on_the_same(root: &Table<'_>, limits: &[&Stated]) -> BTreeSet<usize> {
    let same =
        |a: &Limit, b: &Limit| a.measure == b.measure && a.each == b.each && a.above == b.above && same_selection(&a.selector, &b.selector);
    let apart = |limit: &Limit| limit.each.is_some() || !is_of_classes(limit);
    let of = |bound: Bound| limits.iter().enumerate().filter(move |(_, stated)| stated.limit.bound == bound && apart(&stated.limit));
    let mut found = BTreeSet::new();
    for (at_least, least) in of(Bound::AtLeast) {
        for (at_most, most) in of(Bound::AtMost) {
            if same(&least.limit, &most.limit) && least.exact > most.exact {
                let message = format!("{}, and {} of the same holdings", described(least), described(most));
                let help = format!("lower `at_least` to {} or less, or raise `at_most`", most.exact);
                root.report_at(least.span.clone(), told(least.limit.hard && most.limit.hard, message).help(help));
                found.extend([at_least, at_most]);
            }
        }
    }
    found
}

fn same_selection(a: &Selector, b: &Selector) -> bool {
    let sorted = |selector: &Selector| {
        let mut selector = selector.clone();
        selector.classes.sort();
        selector.attributes.sort();
        for (_, values) in &mut selector.attributes {
            values.sort();
        }
        selector
    };
    sorted(a) == sorted(b)
}

/// Whether a limit is on the weight of classes and nothing else.
fn is_of_classes(limit: &Limit) -> bool {
    let Selector { classes, attributes, liquidity_tier_at_most, except } = &limit.selector;
    let by_class = match &limit.each {
        None => !classes.is_empty(),
        Some(each) => *each == Attribute::Class && limit.above.is_none(),
    };
    let by_class_alone = attributes.is_empty() && liquidity_tier_at_most.is_none() && except.is_none() && by_class;
    limit.measure == Measure::Weight && by_class_alone
}

/// A limit as rows over the weights of classes: one, or one for each top class.
struct Lowered<'s> {
    limits: BTreeMap<usize, (&'s Stated, Vec<Vec<bool>>)>,
    classes: usize,
}

impl<'s> Lowered<'s> {
    fn new(limits: &[&'s Stated], tree: &TargetTree) -> Self {
        let of_classes = limits.iter().copied().enumerate().filter(|(_, stated)| is_of_classes(&stated.limit));
        let by_index: Vec<(usize, &Stated)> = of_classes.collect();
        let named = by_index.iter().flat_map(|(_, stated)| stated.limit.selector.classes.iter().cloned());
        let known = tree.nodes.iter().filter(|node| node.children.is_empty()).map(|node| node.class.clone());
        let inner = |class: &ClassPath| tree.nodes.iter().any(|node| node.class == *class && !node.children.is_empty());
        let classes: BTreeSet<ClassPath> = named.chain(known).chain([ClassPath::cash()]).filter(|class| !inner(class)).collect();
        let rows = by_index.into_iter().map(|(index, stated)| (index, (stated, rows(stated, &classes, tree))));
        Self { limits: rows.collect(), classes: classes.len() }
    }

    /// The limits that have rows, in the order of the file.
    fn limits(&self) -> Vec<usize> {
        self.limits.keys().copied().collect()
    }

    /// The program of some limits, with the limit of each row; the last row is the sum of weights.
    fn program(&self, set: &[usize]) -> (Program, Vec<usize>) {
        let chosen = set.iter().filter_map(|index| Some((*index, self.limits.get(index)?)));
        let rows: Vec<(usize, &Stated, &[bool])> =
            chosen.flat_map(|(index, (stated, rows))| rows.iter().map(move |row| (index, *stated, row.as_slice()))).collect();
        let holds = |row: usize, class: usize| rows.get(row).is_none_or(|(_, _, row)| row.get(class) == Some(&true));
        let matrix = Matrix::from_fn(rows.len() + 1, self.classes, |row, class| if holds(row, class) { 1.0 } else { 0.0 });
        let side = |bound: Bound, open: f64| {
            let value = move |stated: &Stated| if stated.limit.bound == bound { to_f64(stated.exact) } else { open };
            rows.iter().map(move |(_, stated, _)| value(stated)).chain([1.0]).collect::<Vec<f64>>()
        };
        let (lower, upper) = (side(Bound::AtLeast, f64::NEG_INFINITY), side(Bound::AtMost, f64::INFINITY));
        let region = Region { rows: Rows { matrix, lower, upper }, ..Region::long_only(self.classes) };
        let nothing = vec![0.0; self.classes];
        let program = Program { quadratic: None, scale: 0.0, center: nothing.clone(), linear: nothing, costs: Vec::new(), region };
        (program, rows.iter().map(|(index, ..)| *index).collect())
    }

    fn contradicts(&self, set: &[usize]) -> bool {
        solve(&self.program(set).0).is_ok_and(|found| found.status == Status::Infeasible)
    }

    /// Few limits of some that are proven to exclude one another: none of them can be left out.
    fn conflict(&self, candidates: &[usize]) -> Option<Vec<usize>> {
        if candidates.is_empty() {
            return None;
        }
        let (program, limits) = self.program(candidates);
        let proof = solve(&program).ok().filter(|found| found.status == Status::Infeasible)?;
        let proven = find_conflict(&program, &proof).ok()??;
        let row = |side: &Side| match side {
            Side::RowLower(row) | Side::RowUpper(row) => limits.get(*row).copied(),
            _ => None,
        };
        let mut known: Vec<usize> = proven.limits.iter().filter_map(row).collect::<BTreeSet<_>>().into_iter().collect();
        // Bounds took part as limits do; here they always hold.
        for index in known.clone().into_iter().rev() {
            let without: Vec<usize> = known.iter().copied().filter(|other| *other != index).collect();
            if self.contradicts(&without) {
                known = without;
            }
        }
        Some(self.smaller(candidates, known.len()).unwrap_or(known))
    }

    /// A conflict of fewer limits, where sets are few enough to try them all.
    fn smaller(&self, candidates: &[usize], than: usize) -> Option<Vec<usize>> {
        let sets = (1..than).flat_map(|count| subsets(candidates, count));
        sets.take(SETS_TRIED).find(|set| self.contradicts(set))
    }

    /// The limit of a conflict that must move least for the others to hold, and where to, to a millionth.
    fn least_change(&self, set: &[usize]) -> Option<(usize, f64)> {
        let (program, limits) = self.program(set);
        let alone = |index: usize| {
            let price = |side: Side| match side {
                Side::RowLower(row) | Side::RowUpper(row) => limits.get(row).filter(|limit| **limit == index).map(|_| 1.0),
                _ => None,
            };
            let relaxed = least_relaxation(&program, &price).ok()??;
            Some((index, relaxed.iter().map(|(_, amount)| *amount).fold(0.0, f64::max)))
        };
        let changes = set.iter().filter_map(|index| alone(*index)).filter(|(_, amount)| *amount > PARTS.recip());
        let (index, amount) = changes.reduce(|least, next| if next.1 < least.1 - PARTS.recip() { next } else { least })?;
        let (stated, _) = self.limits.get(&index)?;
        let parts = match stated.limit.bound {
            Bound::AtLeast => ((to_f64(stated.exact) - amount) * PARTS + 0.1).floor(),
            Bound::AtMost => ((to_f64(stated.exact) + amount) * PARTS - 0.1).ceil(),
        };
        Some((index, parts / PARTS))
    }
}

/// The classes that each row of a limit adds up. What is asked of each class is asked of those that the
/// targets give a weight, as a class that is not held need not be.
fn rows(stated: &Stated, classes: &BTreeSet<ClassPath>, tree: &TargetTree) -> Vec<Vec<bool>> {
    let selected = &stated.limit.selector.classes;
    let holds = |class: &ClassPath| selected.is_empty() || selected.iter().any(|wanted| class.is_within(wanted));
    if stated.limit.each.is_none() {
        return vec![classes.iter().map(holds).collect()];
    }
    let top = |class: &ClassPath| class.segments().next().unwrap_or_default().to_owned();
    let is_target = |name: &str| tree.top().any(|(_, node)| top(&node.class) == name && node.weight.is_some_and(Rate::is_positive));
    let tops: BTreeSet<String> = classes.iter().filter(|class| holds(class)).map(top).collect();
    let bound = tops.into_iter().filter(|name| stated.limit.bound == Bound::AtMost || is_target(name));
    bound.map(|name| classes.iter().map(|class| holds(class) && top(class) == name).collect()).collect()
}

/// Sets of a size, in lexicographic order.
fn subsets(of: &[usize], count: usize) -> Box<dyn Iterator<Item = Vec<usize>> + '_> {
    if count == 0 {
        return Box::new(std::iter::once(Vec::new()));
    }
    let heads = of.iter().enumerate();
    Box::new(heads.flat_map(move |(at, head)| {
        let rest = of.get(at + 1..).unwrap_or_default();
        subsets(rest, count - 1).map(move |tail| [&[*head], tail.as_slice()].concat())
    }))
}
