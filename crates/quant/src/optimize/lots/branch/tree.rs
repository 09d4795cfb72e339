//! Nodes of the search, and which comes next.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::super::program::{Choices, Program};
use super::super::region::Region;
use super::decision::{Decision, settle_sizes};

/// A node and how it differs from the one it was made from.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: Option<usize>,
    decision: Option<Decision>,
}

/// A node that waits, with the bound of the one it was made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) node: usize,
    pub(super) bound: f64,
}

/// All nodes, and those that wait.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    waiting: BinaryHeap<Open>,
}

impl Tree {
    /// The root, which waits.
    pub(super) fn new() -> Self {
        let root = Node { parent: None, decision: None };
        Self { nodes: vec![root], waiting: BinaryHeap::from([Open { node: 0, bound: f64::NEG_INFINITY }]) }
    }

    /// Adds a node that takes one side of a choice.
    pub(super) fn add(&mut self, parent: usize, decision: Decision, bound: f64) -> Open {
        self.nodes.push(Node { parent: Some(parent), decision: Some(decision) });
        Open { node: self.nodes.len() - 1, bound }
    }

    /// Lets a node wait.
    pub(super) fn wait(&mut self, open: Open) {
        self.waiting.push(open);
    }

    /// Takes the node of the lowest bound, of these the first that was made.
    pub(super) fn next(&mut self) -> Option<Open> {
        self.waiting.pop()
    }

    /// The lowest bound of those that wait; infinite where none does.
    pub(super) fn lowest(&self) -> f64 {
        self.waiting.peek().map_or(f64::INFINITY, |open| open.bound)
    }

    /// What a node leaves open, and of that a side of a choice; false where that is nothing.
    pub(super) fn restrict(&self, program: &Program, choices: &Choices, node: usize, side: Option<Decision>, region: &mut Region) -> bool {
        if let Some(decision) = side {
            decision.apply(program, choices, region);
        }
        let mut at = Some(node);
        while let Some(node) = at.and_then(|node| self.nodes.get(node)) {
            if let Some(decision) = node.decision {
                decision.apply(program, choices, region);
            }
            at = node.parent;
        }
        settle_sizes(program, choices, region)
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound).then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}
