//! Trees of one to three levels, with weights and inherited bands.

use evenkeel::policy::{Band, Node, NodeId, TargetTree};
use evenkeel_ledger::class::ClassPath;
use evenkeel_ledger::number::Rate;

use super::Random;

/// Names of top classes; the tree of a world has some of them.
const TOPS: [&str; 5] = ["Equity", "Bonds", "Real Assets", "Alternatives", "Gold"];

/// A tree without instruments yet.
pub(super) fn tree(random: &mut Random) -> TargetTree {
    let depth = random.count(1, 3);
    let mut tree = TargetTree::default();
    let mut names: Vec<String> = TOPS.map(str::to_owned).to_vec();
    random.shuffle(&mut names);
    names.truncate(random.count(1, TOPS.len()));
    if random.chance(50) {
        names.push("Cash".to_owned());
    }
    grow(random, &mut tree, None, &names, depth, Band::default());
    tree
}

fn grow(random: &mut Random, tree: &mut TargetTree, parent: Option<NodeId>, names: &[String], depth: usize, inherited: Band) {
    let weights = random.parts(names.len());
    for (name, weight) in names.iter().zip(weights) {
        let id = NodeId(tree.nodes.len());
        let class = ClassPath::new(name).expect("a class path");
        let band = if random.chance(60) { band(random) } else { inherited };
        let is_cash = class == ClassPath::cash();
        tree.nodes.push(Node { class, parent, children: Vec::new(), weight: Some(Rate::new(weight)), band, instruments: Vec::new() });
        if let Some(above) = parent.and_then(|parent| tree.nodes.get_mut(parent.0)) {
            above.children.push(id);
        }
        if depth > 1 && !is_cash && random.chance(75) {
            let below: Vec<String> = (1..=random.count(1, 3)).map(|number| format!("{name}/{number}")).collect();
            grow(random, tree, Some(id), &below, depth - 1, band);
        }
    }
}

fn band(random: &mut Random) -> Band {
    let absolute = random.chance(60).then(|| random.thousandths(0, 100));
    let relative = random.chance(40).then(|| random.thousandths(50, 500));
    Band { absolute, relative }
}
