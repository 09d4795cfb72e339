//! [`Spread`]: the weights of the top classes, spread over the tree by its shares.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::Decimal;

use crate::boundary::to_f64;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{NodeId, TargetTree};
use crate::portfolio::Sleeves;
use crate::words;

use super::mix::{Mix, out_of_range};
use super::optimized::Optimized;

/// How far the weights of the top classes may be from 1 in all: what thirds written with nine
/// digits leave, several times over.
const SUM_TOLERANCE: i128 = 1_000;

/// Weights of every node, and of cash where it is no node.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    /// By node, as fractions of portfolio value.
    pub(super) nodes: Vec<f64>,
    /// Cash, where the tree has no such node.
    pub(super) cash: f64,
}

/// Where a class has its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Node(NodeId),
    Cash,
}

/// The slot of a class; `None` where the tree has no such node and it is not cash.
pub(super) fn slot(tree: &TargetTree, class: &ClassPath) -> Option<Slot> {
    tree.find(class).map(Slot::Node).or((*class == ClassPath::cash()).then_some(Slot::Cash))
}

/// Spreads a mix of top classes over the tree: shares multiply from the top down.
pub(super) fn spread(tree: &TargetTree, mix: &Mix) -> Result<Spread, Vec<Diagnostic>> {
    let sum = mix.weights.iter().try_fold(Decimal::ZERO, |sum, (_, weight)| sum.try_add(*weight)).map_err(out_of_range)?;
    if sum.raw().abs_diff(Decimal::ONE.raw()) > SUM_TOLERANCE.unsigned_abs() {
        let message = format!("the target weights of the top classes sum to {}, not 100 %", words::percent(to_f64(sum)));
        return Err(vec![Diagnostic::error(Code::WEIGHTS_DO_NOT_SUM, message).help("change the weights so that they sum to 1")]);
    }
    let mut spread = Spread { nodes: vec![0.0; tree.nodes.len()], cash: 0.0 };
    for (class, weight) in &mix.weights {
        let is_top = |slot: &Slot| matches!(slot, Slot::Cash) || class.parent().is_none_or(|parent| tree.nearest(&parent).is_none());
        match slot(tree, class).filter(is_top) {
            Some(slot) => spread.set(slot, to_f64(*weight) / to_f64(sum)),
            None if weight.is_zero() => {}
            None => {
                let message =
                    format!("{class} has a target weight of {} and is no top class of the policy's tree", words::percent(to_f64(*weight)));
                let help = format!("add the class `{class}` to the targets, with the instruments that stand for it");
                return Err(vec![Diagnostic::error(Code::TARGET_CLASS_MISSING, message).help(help)]);
            }
        }
    }
    for (id, _) in tree.top() {
        spread.spread_below(tree, id);
    }
    Ok(spread)
}

/// The weights of optimized leaves; a class above has what its leaves have, cash what its target states.
pub(super) fn of_leaves(tree: &TargetTree, sleeves: &Sleeves, optimized: &Optimized) -> Spread {
    let mut spread = Spread { nodes: vec![0.0; tree.nodes.len()], cash: 0.0 };
    let weights = optimized.estimates.assets.iter().zip(&optimized.assets).map(|(asset, weight)| (asset.sleeve, weight.weight));
    for (sleeve, weight) in weights.chain(std::iter::once((sleeves.cash, optimized.cash))) {
        let node = sleeves.sleeves.get(sleeve.0).and_then(|sleeve| sleeve.node);
        let Some(leaf) = node else {
            spread.cash = weight;
            continue;
        };
        let mut above = Some(leaf);
        while let Some(id) = above {
            let slot = Slot::Node(id);
            spread.set(slot, spread.get(slot) + weight);
            above = tree.nodes.get(id.0).and_then(|node| node.parent);
        }
    }
    spread
}

impl Spread {
    /// The weight of a slot.
    pub(super) fn get(&self, slot: Slot) -> f64 {
        match slot {
            Slot::Node(id) => self.nodes.get(id.0).copied().unwrap_or(0.0),
            Slot::Cash => self.cash,
        }
    }

    fn set(&mut self, slot: Slot, weight: f64) {
        match slot {
            Slot::Node(id) => {
                if let Some(node) = self.nodes.get_mut(id.0) {
                    *node = weight;
                }
            }
            Slot::Cash => self.cash = weight,
        }
    }

    /// Gives a slot another weight; classes above change as much, classes below keep their
    /// proportions, which are the tree's where they had no weight.
    pub(super) fn replace(&mut self, tree: &TargetTree, slot: Slot, weight: f64) {
        let before = self.get(slot);
        let change = weight - before;
        self.set(slot, weight);
        let Slot::Node(id) = slot else { return };
        if before > 0.0 {
            self.scale_below(tree, id, weight / before);
        } else {
            self.spread_below(tree, id);
        }
        let mut above = tree.nodes.get(id.0).and_then(|node| node.parent);
        while let Some(parent) = above {
            self.set(Slot::Node(parent), self.get(Slot::Node(parent)) + change);
            above = tree.nodes.get(parent.0).and_then(|node| node.parent);
        }
    }

    /// Spreads the weight of a node over what is below it.
    fn spread_below(&mut self, tree: &TargetTree, top: NodeId) {
        let Some(node) = tree.nodes.get(top.0) else { return };
        let share = |id: &NodeId| tree.nodes.get(id.0).and_then(|child| child.weight).map_or(0.0, |weight| to_f64(weight.decimal()));
        let whole: f64 = node.children.iter().map(share).sum();
        for child in &node.children {
            if whole > 0.0 {
                self.set(Slot::Node(*child), self.get(Slot::Node(top)) * (share(child) / whole));
            }
            self.spread_below(tree, *child);
        }
    }

    /// Multiplies the weights of all that is below a node.
    fn scale_below(&mut self, tree: &TargetTree, top: NodeId, factor: f64) {
        for child in tree.nodes.get(top.0).map_or(&[][..], |node| &node.children) {
            self.set(Slot::Node(*child), self.get(Slot::Node(*child)) * factor);
            self.scale_below(tree, *child, factor);
        }
    }

    /// The weights by sleeve: of a leaf that of its node, of an unlisted sleeve zero.
    pub(super) fn by_sleeve(&self, sleeves: &Sleeves) -> Vec<f64> {
        let weight = |(id, sleeve): (_, &crate::portfolio::Sleeve)| match sleeve.node {
            Some(node) if sleeve.listed => self.get(Slot::Node(node)),
            None if id == sleeves.cash => self.cash,
            _ => 0.0,
        };
        sleeves.iter().map(weight).collect()
    }
}
