//! Targets where something cannot be had: not listed yet, or not any more.

use evenkeel_ledger::number::{Decimal, Rate, Rounding};

use crate::policy::{NodeId, Policy, Strategy, TargetTree};

/// The policy with the targets of leaves that cannot be had spread over their siblings, in proportion; and which leaves these
/// are. `None` where all can be had, or weights are not the tree's own.
pub(super) fn among_available(policy: &Policy, can_be_had: impl Fn(&str) -> bool) -> Option<(Policy, Vec<String>)> {
    if policy.strategy != Strategy::Tree {
        return None;
    }
    let tree = &policy.tree;
    let missing = |id: NodeId| -> bool {
        let mut leaves = leaves_below(tree, id).peekable();
        leaves.peek().is_some()
            && leaves.all(|leaf| !leaf.instruments.is_empty() && !leaf.instruments.iter().any(|symbol| can_be_had(symbol)))
    };
    let gone: Vec<bool> = (0..tree.nodes.len()).map(|index| missing(NodeId(index))).collect();
    if !gone.contains(&true) || tree.top().all(|(id, _)| gone.get(id.0).copied().unwrap_or(false)) {
        return None;
    }
    let mut adjusted = policy.clone();
    let tops: Vec<usize> = tree.top().map(|(id, _)| id.0).collect();
    let families = tree.nodes.iter().map(|node| node.children.iter().map(|child| child.0).collect::<Vec<_>>());
    for family in std::iter::once(tops).chain(families) {
        spread(&mut adjusted.tree, &family, &gone)?;
    }
    let named = tree.leaves().filter(|(id, _)| gone.get(id.0).copied().unwrap_or(false)).map(|(_, leaf)| leaf.class.to_string());
    Some((adjusted, named.collect()))
}

fn leaves_below(tree: &TargetTree, id: NodeId) -> impl Iterator<Item = &crate::policy::Node> {
    let class = tree.nodes.get(id.0).map(|node| node.class.clone());
    tree.leaves().map(|(_, leaf)| leaf).filter(move |leaf| class.as_ref().is_some_and(|class| leaf.class.is_within(class)))
}

/// Gives the weights of siblings that are gone to the others; the largest takes what rounding leaves. Nothing where none is gone,
/// or all are: then their parent is gone too.
fn spread(tree: &mut TargetTree, family: &[usize], gone: &[bool]) -> Option<()> {
    let is_gone = |index: &usize| gone.get(*index).copied().unwrap_or(false);
    if !family.iter().any(is_gone) || family.iter().all(is_gone) {
        return Some(());
    }
    let weight = |tree: &TargetTree, index: usize| tree.nodes.get(index).and_then(|node| node.weight).map_or(Decimal::ZERO, Rate::decimal);
    let left: Vec<usize> = family.iter().copied().filter(|index| !is_gone(index)).collect();
    let sum = left.iter().try_fold(Decimal::ZERO, |sum, index| sum.try_add(weight(tree, *index))).ok()?;
    if !sum.is_positive() {
        return None;
    }
    let largest = left.iter().copied().max_by_key(|index| weight(tree, *index))?;
    let mut rest = Decimal::ONE;
    for index in family.iter().copied().filter(|index| *index != largest) {
        let raised = if is_gone(&index) { Decimal::ZERO } else { weight(tree, index).div(sum, Rounding::HalfEven).ok()? };
        rest = rest.try_sub(raised).ok()?;
        tree.nodes.get_mut(index)?.weight = Some(Rate::new(raised));
    }
    tree.nodes.get_mut(largest)?.weight = Some(Rate::new(rest));
    Some(())
}
