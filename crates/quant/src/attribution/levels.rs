//! Allocation level by level of a tree, and selection at its leaves.
//!
//! Aₖ = (wₖ − vₖ wₚ ÷ vₚ)(bₖ − bₚ) for a child k of p, Sₗ = wₗ (rₗ − bₗ) at a leaf l; r − b = Σ A + Σ S
//!
//! | symbol | argument | shape | unit |
//! |---|---|---|---|
//! | parents | `parents` | nodes | the parent of each node, which stands before it; none for those of the first level |
//! | w, v, r, b | `leaves` | nodes | those of leaves are taken, those of inner nodes are made: sums of weights, means of returns |
//! | A, S | [`Node`] | nodes | fractions of the whole, of the period |
//!
//! Top down: below a class the benchmark is scaled to the weight that the class was given, so that each decision is
//! measured at its own level, against its parent, and all add up. Where the benchmark has nothing of a parent, its children
//! have no scaled weights, and their allocation is against its return alone. Errors: as in [`brinson`](super::brinson), and a node
//! that stands before its parent. Sources: C. R. Bacon (2008), section 5.8; M. C. Bonafede, S. Foresti, P. Matheos, Journal of
//! Performance Measurement 7 (2002).

use super::error::AttributionError;
use super::segment::{Segment, Totals, totals};

/// A node with its effects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Weights, and returns; NaN where nothing is held on either side.
    pub segment: Segment,
    /// What its weight within its parent added.
    pub allocation: f64,
    /// What its return added: of leaves, with interaction.
    pub selection: f64,
}

/// A period attributed level by level.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// Returns of portfolio and benchmark.
    pub totals: Totals,
    /// The nodes, in the order given.
    pub nodes: Vec<Node>,
}

/// Attributes a period over a tree.
///
/// ```
/// use evenkeel_quant::attribution::{levels::attribute, segment::Segment};
/// let of = |w, v, r, b| Segment { portfolio_weight: w, benchmark_weight: v, portfolio_return: r, benchmark_return: b };
/// let none = of(0.0, 0.0, f64::NAN, f64::NAN);
/// // Equity with two regions, and bonds.
/// let parents = [None, Some(0), Some(0), None];
/// let told = attribute(&parents, &[none, of(0.4, 0.3, 0.1, 0.1), of(0.2, 0.2, 0.05, 0.0), of(0.4, 0.5, 0.0, 0.0)])?;
/// let total: f64 = told.nodes.iter().map(|node| node.allocation + node.selection).sum();
/// assert!((total - (0.05 - 0.03)).abs() < 1e-15);
/// # Ok::<(), evenkeel_quant::attribution::error::AttributionError>(())
/// ```
///
/// # Errors
/// [`AttributionError::Shape`], [`AttributionError::Tree`], and those of [`totals`].
pub fn attribute(parents: &[Option<usize>], leaves: &[Segment]) -> Result<Levels, AttributionError> {
    if parents.len() != leaves.len() {
        return Err(AttributionError::Shape { what: "nodes", found: leaves.len(), needed: parents.len() });
    }
    let late = parents.iter().enumerate().find_map(|(node, parent)| parent.filter(|parent| *parent >= node).map(|parent| (node, parent)));
    if let Some((node, parent)) = late {
        return Err(AttributionError::Tree { node, parent });
    }
    let mut is_leaf = vec![true; parents.len()];
    for parent in parents.iter().flatten() {
        if let Some(leaf) = is_leaf.get_mut(*parent) {
            *leaf = false;
        }
    }
    let held: Vec<Segment> = leaves.iter().zip(&is_leaf).filter(|(_, leaf)| **leaf).map(|(segment, _)| *segment).collect();
    let totals = totals(0, &held)?;
    let segments = gathered(parents, leaves, &is_leaf);
    let whole =
        Segment { portfolio_weight: 1.0, benchmark_weight: 1.0, portfolio_return: totals.portfolio, benchmark_return: totals.benchmark };
    let of_node = |((parent, segment), leaf): ((&Option<usize>, &Segment), &bool)| {
        let within = parent.and_then(|parent| segments.get(parent)).unwrap_or(&whole).filled();
        let known = segment.filled();
        let share = if within.benchmark_weight == 0.0 { 0.0 } else { within.portfolio_weight / within.benchmark_weight };
        let allocation = (segment.portfolio_weight - segment.benchmark_weight * share) * (known.benchmark_return - within.benchmark_return);
        let selection = segment.portfolio_weight * (known.portfolio_return - known.benchmark_return);
        Node { segment: *segment, allocation, selection: if *leaf { selection } else { 0.0 } }
    };
    Ok(Levels { totals, nodes: parents.iter().zip(&segments).zip(&is_leaf).map(of_node).collect() })
}

/// Weights and returns of all nodes, from those of the leaves.
fn gathered(parents: &[Option<usize>], leaves: &[Segment], is_leaf: &[bool]) -> Vec<Segment> {
    // Weights, and returns times weights until the end; children stand behind their parents.
    let none = Segment { portfolio_weight: 0.0, benchmark_weight: 0.0, portfolio_return: 0.0, benchmark_return: 0.0 };
    let weighed = |(segment, leaf): (&Segment, &bool)| {
        let known = segment.filled();
        let own = Segment {
            portfolio_return: known.portfolio_return * segment.portfolio_weight,
            benchmark_return: known.benchmark_return * segment.benchmark_weight,
            ..*segment
        };
        if *leaf { own } else { none }
    };
    let mut sums: Vec<Segment> = leaves.iter().zip(is_leaf).map(weighed).collect();
    for (node, parent) in parents.iter().enumerate().rev() {
        let (Some(parent), Some(child)) = (*parent, sums.get(node).copied()) else { continue };
        if let Some(sum) = sums.get_mut(parent) {
            sum.portfolio_weight += child.portfolio_weight;
            sum.benchmark_weight += child.benchmark_weight;
            sum.portfolio_return += child.portfolio_return;
            sum.benchmark_return += child.benchmark_return;
        }
    }
    let mean = |(index, sum): (usize, Segment)| match (is_leaf.get(index), leaves.get(index)) {
        (Some(true), Some(leaf)) => *leaf,
        _ => Segment {
            portfolio_return: over(sum.portfolio_return, sum.portfolio_weight),
            benchmark_return: over(sum.benchmark_return, sum.benchmark_weight),
            ..sum
        },
    };
    sums.into_iter().enumerate().map(mean).collect()
}

/// A mean, or NaN where there is no weight.
fn over(sum: f64, weight: f64) -> f64 {
    if weight == 0.0 { f64::NAN } else { sum / weight }
}
