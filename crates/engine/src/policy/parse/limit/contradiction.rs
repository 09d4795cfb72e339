//! Limits that exclude one another, found by exact bounds over the tree of classes.
//!
//! Weights are at least zero, classes that lie apart below a class add up to no more than it, and all
//! top classes to no more than 1. With S the classes of a limit and c any class,
//!
//! ```text
//! least(c)   = max(at_least of limits all of whose classes lie in c, Σ least(below c))
//! most(c, S) = min(at_most of limits that hold all of c, Σ most(below c, S), at_most of c − Σ least(below c, beside S))
//! ```
//!
//! A limit asks for the impossible where its `at_least` is above most(everything, S), or its `at_most`
//! below Σ least over S.

use std::collections::BTreeSet;

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::Decimal;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Table;
use crate::policy::{Attribute, Bound, Limit, Measure, Selector};

use super::Stated;

/// Reports limits that cannot be kept together, each set of them once.
pub(super) fn check(root: &Table<'_>, limits: &[&Stated]) {
    let mut told = on_the_same(root, limits);
    let bounds = Bounds::new(limits);
    for (index, stated) in limits.iter().enumerate() {
        let Some(classes) = classes(&stated.limit) else { continue };
        let (found, help) = match stated.limit.bound {
            Bound::AtLeast => (bounds.most(None, classes), "lower `at_least`, or loosen one of the others"),
            Bound::AtMost => (sum(classes.iter().map(|class| bounds.least(class))), "raise `at_most`, or loosen one of the others"),
        };
        let Some(Amount { value, mut from }) = found else { continue };
        let broken = match stated.limit.bound {
            Bound::AtLeast => stated.exact > value,
            Bound::AtMost => stated.exact < value,
        };
        let others: Vec<String> = from.iter().filter_map(|other| limits.get(*other)).map(|other| of_classes(other)).collect();
        from.insert(index);
        if broken && told.insert(from) {
            let left = match stated.limit.bound {
                Bound::AtLeast => format!("no more than {} is left", value.max(Decimal::ZERO)),
                Bound::AtMost => format!("no less than {value} is asked for"),
            };
            let message = format!("{}, and {left}: {}", of_classes(stated), others.join(", "));
            root.report_at(stated.span.clone(), Diagnostic::error(Code::CONTRADICTORY_LIMITS, message).help(help));
        }
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
    let names = if names.is_empty() { "each class".to_owned() } else { names.join(" and ") };
    format!("{} of {names}", described(stated))
}

/// Two limits on the same holdings, whatever they measure, must leave room between them.
fn on_the_same(root: &Table<'_>, limits: &[&Stated]) -> BTreeSet<BTreeSet<usize>> {
    let same = |a: &Limit, b: &Limit| a.measure == b.measure && a.each == b.each && same_selection(&a.selector, &b.selector);
    let of = |bound: Bound| limits.iter().enumerate().filter(move |(_, stated)| stated.limit.bound == bound);
    let mut told = BTreeSet::new();
    for (at_least, least) in of(Bound::AtLeast) {
        for (at_most, most) in of(Bound::AtMost) {
            if same(&least.limit, &most.limit) && least.exact > most.exact {
                let message = format!("{}, and {} of the same holdings", described(least), described(most));
                let help = format!("lower `at_least` to {} or less, or raise `at_most`", most.exact);
                root.report_at(least.span.clone(), Diagnostic::error(Code::CONTRADICTORY_LIMITS, message).help(help));
                told.insert(BTreeSet::from([at_least, at_most]));
            }
        }
    }
    told
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

/// The classes of a limit on the weight of classes and nothing else, none of them within another.
fn classes(limit: &Limit) -> Option<&[ClassPath]> {
    let Selector { classes, attributes, liquidity_tier_at_most } = &limit.selector;
    let apart = |class: &ClassPath| classes.iter().all(|other| other == class || !class.is_within(other));
    let plain = attributes.is_empty() && liquidity_tier_at_most.is_none() && limit.each.is_none();
    (limit.measure == Measure::Weight && plain && !classes.is_empty() && classes.iter().all(apart)).then_some(classes)
}

/// Whether a limit holds for each top class on its own.
fn is_for_each_class(limit: &Limit) -> bool {
    limit.measure == Measure::Weight && limit.each == Some(Attribute::Class) && limit.selector == Selector::default()
}

/// A weight, and the limits from which it follows.
#[derive(Debug, Clone)]
struct Amount {
    value: Decimal,
    from: BTreeSet<usize>,
}

impl Amount {
    fn new(value: Decimal) -> Self {
        Self { value, from: BTreeSet::new() }
    }
}

/// `None` where one is, or where the sum is out of range.
fn sum(mut amounts: impl Iterator<Item = Option<Amount>>) -> Option<Amount> {
    amounts.try_fold(Amount::new(Decimal::ZERO), |mut sum, amount| {
        let amount = amount?;
        sum.value = sum.value.try_add(amount.value).ok()?;
        sum.from.extend(amount.from);
        Some(sum)
    })
}

struct Bounds<'s> {
    limits: Vec<(usize, &'s Stated, &'s [ClassPath])>,
    each: Vec<(usize, &'s Stated)>,
    /// Every class that a limit names, without repetition.
    named: BTreeSet<&'s ClassPath>,
}

impl<'s> Bounds<'s> {
    fn new(limits: &[&'s Stated]) -> Self {
        let numbered = || limits.iter().copied().enumerate();
        let by_class: Vec<_> = numbered().filter_map(|(index, stated)| Some((index, stated, classes(&stated.limit)?))).collect();
        let each = numbered().filter(|(_, stated)| stated.limit.bound == Bound::AtMost && is_for_each_class(&stated.limit)).collect();
        let named = by_class.iter().flat_map(|(_, _, classes)| classes.iter()).collect();
        Self { limits: by_class, each, named }
    }

    /// The named classes right below a class, or the topmost of all.
    fn below(&self, class: Option<&ClassPath>) -> Vec<&'s ClassPath> {
        let inside = |other: &ClassPath| class.is_none_or(|class| other != class && other.is_within(class));
        let found: Vec<&ClassPath> = self.named.iter().copied().filter(|other| inside(other)).collect();
        let topmost = |class: &&ClassPath| !found.iter().any(|other| other != class && class.is_within(other));
        found.iter().copied().filter(|class| topmost(class)).collect()
    }

    /// The least that the limits ask for within a class.
    fn least(&self, class: &ClassPath) -> Option<Amount> {
        let asked = self
            .limits
            .iter()
            .filter(|(_, stated, classes)| stated.limit.bound == Bound::AtLeast && classes.iter().all(|other| other.is_within(class)));
        let asked = asked.map(|(index, stated, _)| Amount { value: stated.exact, from: BTreeSet::from([*index]) });
        let below = sum(self.below(Some(class)).into_iter().map(|class| self.least(class)))?;
        Some(asked.fold(below, |most, asked| if asked.value > most.value { asked } else { most }))
    }

    /// The most that the limits allow of all of a class; of everything 1.
    fn allowed(&self, class: Option<&ClassPath>) -> Amount {
        let Some(class) = class else { return Amount::new(Decimal::ONE) };
        let holds = |classes: &[ClassPath]| classes.iter().any(|other| class.is_within(other));
        let by_class = self.limits.iter().filter(|(_, stated, classes)| stated.limit.bound == Bound::AtMost && holds(classes));
        let all = by_class.map(|(index, stated, _)| (index, stated)).chain(self.each.iter().map(|(index, stated)| (index, stated)));
        all.fold(Amount::new(Decimal::ONE), |least, (index, stated)| {
            if stated.exact < least.value { Amount { value: stated.exact, from: BTreeSet::from([*index]) } } else { least }
        })
    }

    /// The most that may lie in some classes within a class, or within everything.
    fn most(&self, class: Option<&ClassPath>, wanted: &[ClassPath]) -> Option<Amount> {
        let mut most = self.allowed(class);
        if class.is_some_and(|class| wanted.iter().any(|wanted| class.is_within(wanted))) {
            return Some(most);
        }
        let below = self.below(class);
        let beside = sum(below.iter().map(|class| self.least_beside(class, wanted)))?;
        most.value = most.value.try_sub(beside.value).ok()?;
        most.from.extend(beside.from);
        let touches = |class: &&&ClassPath| wanted.iter().any(|wanted| wanted.is_within(class) || class.is_within(wanted));
        let inside = sum(below.iter().filter(touches).map(|class| self.most(Some(class), wanted)))?;
        Some(if inside.value < most.value { inside } else { most })
    }

    /// The least that the limits ask for within a class, of what lies beside some others.
    fn least_beside(&self, class: &ClassPath, others: &[ClassPath]) -> Option<Amount> {
        if others.iter().any(|other| class.is_within(other)) {
            return Some(Amount::new(Decimal::ZERO));
        }
        if !others.iter().any(|other| other.is_within(class)) {
            return self.least(class);
        }
        sum(self.below(Some(class)).into_iter().map(|class| self.least_beside(class, others)))
    }
}
