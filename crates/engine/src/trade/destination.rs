//! Where trades lead: the value each sleeve should have, over all accounts.
//!
//! Every destination is one primitive, the projection onto a bounded simplex, with its own point
//! of reference and box:
//!
//! | destination | reference | box |
//! |---|---|---|
//! | target | target | what may be traded |
//! | half-way | midway of current and target | what may be traded |
//! | band edge | target | from the nearest point of the band on, one way |
//! | inner or tolerance band | target | the same with a narrower band |
//! | cash only | target | no sells (spare cash) or no buys (missing cash) |
//!
//! So contributions go to underweights and withdrawals come from overweights in the least-squares
//! optimum. Where a class cannot get there, none is moved away from its own point of reference to make
//! up for it: of what is too little nothing is sold while another has too much, or could stay. What leads into bands goes there by the shortest way: each class to the nearest point of
//! its band; what is then left over goes where it is short of target, and what is then missing comes
//! from where there is more. In a tree the projection is made level by level from the top: first each
//! class gets its due, then the classes below it share that.

use evenkeel_quant::optimize::projection::{Scratch, project_onto_bounded_simplex};

use crate::drift::TOLERANCE;
use crate::policy::{Destination, Mode, Scope};

use super::context::{Context, Item, Kind};
use super::situation::CashReserve;

/// What a plan aims at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Aim {
    pub(super) destination: Destination,
    pub(super) scope: Scope,
    pub(super) mode: Mode,
}

impl Aim {
    /// Whether what is within its band may stay there.
    pub(super) fn leads_into_bands(self) -> bool {
        self.scope != Scope::All || !matches!(self.destination, Destination::Target | Destination::HalfWay)
    }
}

/// Values and bounds by sleeve, over all accounts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Current<'a> {
    pub(super) values: &'a [f64],
    pub(super) lower: &'a [f64],
    pub(super) upper: &'a [f64],
    /// Value after costs.
    pub(super) total: f64,
    /// Cash to end with.
    pub(super) cash: f64,
}

/// One item of the tree while it is planned.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    value: f64,
    lower: f64,
    upper: f64,
    target: f64,
    planned: f64,
    missed: f64,
    room: Room,
}

/// The memory that planning uses again from one call to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Workspace {
    levels: Vec<Level>,
    reference: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    out: Vec<f64>,
    /// By sleeve, how far rounding may take it.
    pub(super) rooms: Vec<Room>,
    /// By sleeve, how much more (below zero: less) it would have than planned if it could be traded.
    pub(super) missed: Vec<f64>,
    pub(super) scratch: Scratch,
}

/// How much less and more a sleeve may have than planned and still be where the plan leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    pub(super) below: f64,
    pub(super) above: f64,
}

impl Room {
    /// No bounds.
    pub(super) const ANY: Self = Self { below: f64::INFINITY, above: f64::INFINITY };
}

impl Default for Room {
    fn default() -> Self {
        Self::ANY
    }
}

/// The value each sleeve should have; they sum to the total.
pub(super) fn plan_sleeves(context: &Context<'_>, aim: Aim, current: Current<'_>, workspace: &mut Workspace, planned: &mut [f64]) {
    fill_levels(context, current, workspace);
    if let Some(root) = workspace.levels.first_mut() {
        root.planned = current.total;
    }
    for parent in 0..context.items.len() {
        let is_root = parent == 0;
        if context.items.get(parent).is_some_and(|item| !item.children.is_empty()) {
            share(context, aim, current, parent, is_root, workspace);
        }
    }
    workspace.rooms.clear();
    workspace.rooms.resize(planned.len(), Room::ANY);
    workspace.missed.clear();
    workspace.missed.resize(planned.len(), 0.0);
    for (item, level) in context.items.iter().zip(&workspace.levels) {
        let Some(sleeve) = item.sleeve else { continue };
        if let (Some(planned), Some(missed)) = (planned.get_mut(sleeve), workspace.missed.get_mut(sleeve)) {
            (*planned, *missed) = (level.planned, level.missed);
        }
        if let Some(slot) = workspace.rooms.get_mut(sleeve) {
            *slot = level.room;
        }
    }
}

/// How far rounding may take an item: within its own band and those of the classes above it.
fn room(aim: Aim, item: &Item, level: Level, above: Room, total: f64) -> Room {
    let Some(width) = width(aim, item, level.target, total) else { return above };
    let own = Room { below: level.planned - level.target + width, above: level.target + width - level.planned };
    // What cannot get there need not stop at the edge.
    let slack = -TOLERANCE * total.abs();
    let reaches = own.below >= slack && own.above >= slack;
    if reaches { Room { below: own.below.min(above.below), above: own.above.min(above.above) } } else { above }
}

/// Distance from target within which a destination leaves a class; `None` where it is no band.
fn width(aim: Aim, item: &Item, target: f64, total: f64) -> Option<f64> {
    let half_width = || if total > 0.0 { item.band.half_width(target / total) * total } else { f64::INFINITY };
    match aim.destination {
        _ if item.kind != Kind::Listed => None,
        Destination::Target | Destination::HalfWay => None,
        Destination::BandEdge => Some(half_width()),
        Destination::InnerBand { distance } => Some(distance * total),
        Destination::ToleranceBand { fraction } => Some(fraction * half_width()),
    }
}

/// Values, bounds and targets of every item, from the leaves up.
fn fill_levels(context: &Context<'_>, current: Current<'_>, workspace: &mut Workspace) {
    let at = |values: &[f64], sleeve: usize| values.get(sleeve).copied().unwrap_or(0.0);
    let kept_in = |sleeve: usize| at(current.values, sleeve).min(at(current.upper, sleeve)).max(at(current.lower, sleeve));
    let kept: f64 = context.items.iter().filter(|item| item.kind == Kind::Kept).filter_map(|item| item.sleeve).map(kept_in).sum();
    let listed = 1.0 - context.cash_weight();
    let scale = if listed > 0.0 { (current.total - current.cash - kept) / listed } else { 0.0 };
    workspace.levels.clear();
    workspace.levels.resize(context.items.len(), Level::default());
    for index in (0..context.items.len()).rev() {
        let Some(item) = context.items.get(index) else { continue };
        let level = match item.sleeve {
            Some(sleeve) => {
                let value = at(current.values, sleeve);
                let target = match item.kind {
                    Kind::Listed => item.weight * scale,
                    Kind::Cash => current.cash,
                    Kind::Sold => 0.0,
                    Kind::Kept => kept_in(sleeve),
                };
                Level {
                    value,
                    lower: at(current.lower, sleeve),
                    upper: at(current.upper, sleeve),
                    target,
                    planned: value,
                    ..Level::default()
                }
            }
            None => item.children.iter().filter_map(|child| workspace.levels.get(*child)).fold(Level::default(), |sum, child| Level {
                value: sum.value + child.value,
                lower: sum.lower + child.lower,
                upper: sum.upper + child.upper,
                target: sum.target + child.target,
                ..sum
            }),
        };
        if let Some(slot) = workspace.levels.get_mut(index) {
            *slot = level;
        }
    }
}

/// How far values by sleeve are from target, in weights, over all nodes of the tree: so what a leaf
/// cannot have is better had by its siblings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Distance {
    /// Sum of squares; cash counts twice, as it is the first thing that a plan sets right.
    pub(super) squared: f64,
    /// The largest drift of any node.
    pub(super) largest: f64,
}

impl Distance {
    /// Measures values that are to keep a cash reserve.
    pub(super) fn new(context: &Context<'_>, values: &[f64], reserve: CashReserve) -> Self {
        let total: f64 = values.iter().sum();
        let mut workspace = Workspace::default();
        let current = Current { values, lower: values, upper: values, total, cash: reserve.amount(total) };
        fill_levels(context, current, &mut workspace);
        let levels = context.items.iter().zip(&workspace.levels).skip(1);
        levels.fold(Self { squared: 0.0, largest: 0.0 }, |sum, (item, level)| {
            let drift = ((level.value - level.target) / total).abs();
            let weight = if item.kind == Kind::Cash { 2.0 } else { 1.0 };
            Self { squared: sum.squared + weight * drift * drift, largest: sum.largest.max(drift) }
        })
    }
}

/// Whether values by sleeve that are to keep a cash reserve are all where a destination leads.
pub(super) fn is_within_bands(context: &Context<'_>, aim: Aim, values: &[f64], reserve: CashReserve) -> bool {
    let total: f64 = values.iter().sum();
    let mut workspace = Workspace::default();
    fill_levels(context, Current { values, lower: values, upper: values, total, cash: reserve.amount(total) }, &mut workspace);
    context.items.iter().zip(&workspace.levels).skip(1).all(|(item, level)| {
        let width = match item.kind {
            Kind::Listed => width(aim, item, level.target, total).unwrap_or(f64::INFINITY),
            Kind::Cash => item.band.half_width(level.target / total) * total,
            Kind::Sold => 0.0,
            Kind::Kept => f64::INFINITY,
        };
        (level.value - level.target).abs() <= width + TOLERANCE * total.abs()
    })
}

/// Shares what a parent is to have among its children.
fn share(context: &Context<'_>, aim: Aim, current: Current<'_>, parent: usize, is_root: bool, workspace: &mut Workspace) {
    let Some(item) = context.items.get(parent) else { return };
    let children: &[usize] = &item.children;
    let Workspace { levels, reference, low, high, out, scratch, .. } = workspace;
    let level = |index: usize| levels.get(index).copied().unwrap_or_default();
    let mut total = level(parent).planned;
    for list in [&mut *reference, low, high, out] {
        list.clear();
        list.reserve(children.len());
    }
    for &child in children {
        let (point, bottom, top) = wish(context, aim, current.total, child, level(child));
        reference.push(point);
        low.push(bottom);
        high.push(top);
        out.push(0.0);
    }
    let cash = children.iter().position(|child| is_root && context.items.get(*child).is_some_and(|item| item.kind == Kind::Cash));
    if aim.mode == Mode::SellOnly && is_root {
        // What is sold is kept as cash: nothing else may take it up.
        for ((point, bottom), top) in reference.iter_mut().zip(low.iter()).zip(high.iter()) {
            *point = point.min(*top).max(*bottom);
        }
        if let Some(cash) = cash {
            let others: f64 = reference.iter().enumerate().filter(|(index, _)| *index != cash).map(|(_, point)| point).sum();
            fix(reference, low, high, cash, total - others);
        }
    } else if let Some(cash) = cash {
        let cash_value = reachable(context, children, level, total, cash, current.cash);
        fix(reference, low, high, cash, cash_value);
    }
    if !aim.leads_into_bands() {
        toward_reference(children, level, reference, low, high, total);
    }
    // The nearest points, from which what leads into bands goes on one way.
    for (((out, point), bottom), top) in out.iter_mut().zip(reference.iter()).zip(low.iter()).zip(high.iter()) {
        *out = point.min(*top).max(*bottom);
    }
    if !(reaches(low, high, total)) {
        // Bands that cannot all be met at once give way to what may be traded at all.
        for (slot, &child) in children.iter().enumerate().filter(|(slot, _)| Some(*slot) != cash) {
            let level = level(child);
            if let (Some(bottom), Some(top)) = (low.get_mut(slot), high.get_mut(slot)) {
                (*bottom, *top) = (level.lower, level.upper.max(level.lower));
            }
        }
        let (bottom, top): (f64, f64) = (low.iter().sum(), high.iter().sum());
        total = total.max(bottom).min(top);
    }
    if aim.leads_into_bands() {
        let is_left_over = out.iter().sum::<f64>() <= total;
        for (slot, &child) in children.iter().enumerate().filter(|(_, child)| is_listed(context, **child)) {
            let (Some(point), Some(nearest)) = (reference.get_mut(slot), out.get(slot).copied()) else { continue };
            *point = level(child).target;
            let bound = if is_left_over { low.get_mut(slot) } else { high.get_mut(slot) };
            if let Some(bound) = bound {
                *bound = nearest;
            }
        }
    }
    if project_onto_bounded_simplex(reference, low, high, total, out, scratch).is_err() {
        out.copy_from_slice(reference);
    }
    // What all that are free to move are from their references.
    let free = || reference.iter().zip(out.iter()).zip(low.iter().zip(high.iter())).find(|((_, x), (low, high))| *low < *x && *x < *high);
    let common = free().map_or(0.0, |((point, x), _)| x - point);
    let above = level(parent).room;
    for ((&child, planned), point) in children.iter().zip(out.iter()).zip(reference.iter()) {
        let (Some(item), Some(level)) = (context.items.get(child), levels.get_mut(child)) else { continue };
        level.planned = *planned;
        level.missed = missed(item, *level, point + common);
        level.room = room(aim, item, *level, above, current.total);
    }
}

/// How much more, or less, an item would have than planned if it could be traded.
fn missed(item: &Item, level: Level, wanted: f64) -> f64 {
    let missed = wanted - level.planned;
    let is_kept_from = missed > 0.0 && level.planned >= level.upper || missed < 0.0 && level.planned <= level.lower;
    if item.kind == Kind::Listed && is_kept_from { missed } else { 0.0 }
}

/// Narrows bounds so that nothing short of its point of reference gives, and nothing beyond it takes, unless all have to.
fn toward_reference(children: &[usize], level: impl Fn(usize) -> Level, reference: &[f64], low: &mut [f64], high: &mut [f64], total: f64) {
    let narrowed = |slot: usize, bottom: f64, top: f64| {
        let (value, point) = (children.get(slot).map_or(0.0, |child| level(*child).value), reference.get(slot).copied().unwrap_or(0.0));
        let stays = value.min(top).max(bottom);
        if value < point { (stays, top) } else { (bottom, stays) }
    };
    let sides = || low.iter().zip(high.iter()).enumerate().map(|(slot, (bottom, top))| narrowed(slot, *bottom, *top));
    let (least, most): (f64, f64) = sides().fold((0.0, 0.0), |sum, side| (sum.0 + side.0, sum.1 + side.1));
    for (slot, (bottom, top)) in low.iter_mut().zip(high.iter_mut()).enumerate() {
        let side = narrowed(slot, *bottom, *top);
        // Where all have to give, or to take, those do that have to go the least way.
        if total < least {
            *top = side.0;
        } else if total > most {
            *bottom = side.1;
        } else {
            (*bottom, *top) = side;
        }
    }
}

fn is_listed(context: &Context<'_>, item: usize) -> bool {
    context.items.get(item).is_some_and(|item| item.kind == Kind::Listed)
}

/// Where an item would go on its own: point of reference, least and most.
fn wish(context: &Context<'_>, aim: Aim, total: f64, index: usize, level: Level) -> (f64, f64, f64) {
    let Some(item) = context.items.get(index) else { return (level.value, level.value, level.value) };
    let Level { value, lower, upper, target, .. } = level;
    let upper = upper.max(lower);
    match item.kind {
        Kind::Kept => return (target, target, target),
        Kind::Cash => return (target, lower, upper),
        Kind::Sold => return (0.0, lower, lower.max(0.0).min(upper)),
        Kind::Listed => {}
    }
    let half_width = if total > 0.0 { item.band.half_width(target / total) * total } else { f64::INFINITY };
    let within = |width: f64| (value, (target - width).max(lower).min(upper), (target + width).min(upper).max(lower));
    let outside = (value - target).abs() > half_width + TOLERANCE * total.abs();
    let wish = match (width(aim, item, target, total), aim.destination) {
        (Some(width), _) => within(width),
        (None, Destination::HalfWay) => (f64::midpoint(value, target), lower, upper),
        (None, _) => (target, lower, upper),
    };
    if aim.scope == Scope::All {
        return wish;
    }
    if outside {
        let goal = wish.0.max(wish.1).min(wish.2);
        (goal, goal, goal)
    } else {
        // In band: takes up what the others release or need, and only toward its own target.
        (value, value.min(target).max(lower).min(upper), value.max(target).min(upper).max(lower))
    }
}

/// The cash that can be reached: what is wanted, unless the others can neither take nor give enough.
fn reachable(context: &Context<'_>, children: &[usize], level: impl Fn(usize) -> Level, total: f64, cash: usize, wanted: f64) -> f64 {
    let others = || children.iter().enumerate().filter(|(slot, _)| *slot != cash).map(|(_, child)| (*child, level(*child)));
    let least: f64 = others().map(|(_, level)| level.lower).sum();
    let most: f64 = others()
        .map(|(child, level)| match context.items.get(child).map(|item| item.kind) {
            Some(Kind::Kept) => level.target,
            Some(Kind::Sold) => level.lower.max(0.0).min(level.upper),
            _ => level.upper.max(level.lower),
        })
        .sum();
    wanted.max(total - most).min(total - least)
}

fn fix(reference: &mut [f64], low: &mut [f64], high: &mut [f64], slot: usize, value: f64) {
    for list in [reference, low, high] {
        if let Some(entry) = list.get_mut(slot) {
            *entry = value;
        }
    }
}

/// Whether values between the bounds can sum to the total, up to rounding.
fn reaches(low: &[f64], high: &[f64], total: f64) -> bool {
    let slack = TOLERANCE * total.abs();
    low.iter().sum::<f64>() <= total + slack && high.iter().sum::<f64>() >= total - slack
}
