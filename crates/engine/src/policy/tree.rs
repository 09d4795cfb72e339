//! [`TargetTree`]: classes, sub-classes and the instruments that stand for them.

use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::Rate;

use super::Band;

/// Where a node stands in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// A class, with its share of the class above it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The class.
    pub class: ClassPath,
    /// The class above; `None` for a top class.
    pub parent: Option<NodeId>,
    /// The classes below, in the order of the file; empty for a leaf.
    pub children: Vec<NodeId>,
    /// Share of the parent (of the portfolio, for a top class); shares of siblings sum to 1.
    /// `None` for a top class whose weight comes from a profile or glide path, and where weights are
    /// optimized.
    pub weight: Option<Rate>,
    /// Band around the node's target weight, its own or inherited.
    pub band: Band,
    /// Symbols that stand for a leaf, the preferred first.
    pub instruments: Vec<String>,
}

/// Classes in depth-first order: a parent comes before its children.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetTree {
    /// All nodes.
    pub nodes: Vec<Node>,
}

impl TargetTree {
    /// Top classes, in order.
    pub fn top(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.iter().filter(|(_, node)| node.parent.is_none())
    }

    /// Leaves, in order.
    pub fn leaves(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.iter().filter(|(_, node)| node.children.is_empty())
    }

    /// All nodes with their ids.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeId(index), node))
    }

    /// The node of a class.
    pub fn find(&self, class: &ClassPath) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.class == *class).map(NodeId)
    }

    /// The node that a name means: a class by its whole path, or by its last name where only one has
    /// that, or the leaf that an instrument stands for.
    pub fn resolve(&self, name: &str) -> Option<NodeId> {
        if let Some((id, _)) = self.iter().find(|(_, node)| node.class.as_str() == name) {
            return Some(id);
        }
        let mut last = self.iter().filter(|(_, node)| node.class.name() == name);
        match (last.next(), last.next()) {
            (Some((id, _)), None) => Some(id),
            (Some(_), Some(_)) => None,
            (None, _) => self.iter().find(|(_, node)| node.instruments.iter().any(|symbol| symbol == name)).map(|(id, _)| id),
        }
    }

    /// The deepest node that holds a class: the class itself or the nearest above it.
    pub fn nearest(&self, class: &ClassPath) -> Option<NodeId> {
        self.iter().filter(|(_, node)| class.is_within(&node.class)).max_by_key(|(_, node)| node.class.segments().count()).map(|(id, _)| id)
    }
}
