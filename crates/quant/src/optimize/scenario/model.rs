//! What the methods have in common: the least of cost and priced risk over a region.

use super::simplex::Ending;
use crate::linear::vector::dot;
use crate::optimize::program::Cost;

/// What is minimized beside the risk: cᵀw + f φ(w), with φ the costs of the problem.
#[derive(Debug, Clone)]
pub(super) struct Charge<'a> {
    pub(super) slopes: Vec<f64>,
    pub(super) costs: &'a [Cost],
    pub(super) factor: f64,
}

impl Charge<'_> {
    pub(super) fn at(&self, weights: &[f64]) -> f64 {
        let costs: f64 = self.costs.iter().zip(weights).map(|(cost, weight)| cost.value(*weight)).sum();
        dot(&self.slopes, weights) + self.factor * costs
    }
}

/// A method for: minimize a charge + λ ρ(X w) over a region, again and again from where it stands.
pub(super) trait Model {
    /// Finds the least of the charge + λ ρ(X w).
    fn minimize(&mut self, charge: &Charge<'_>, price: f64) -> Ending;

    /// The point found.
    fn point(&self) -> Point;

    /// Steps taken and systems factored so far.
    fn work(&self) -> (usize, usize);
}

/// Weights, and a slope for each scenario with ρ(X w′) ≥ offset − qᵀX w′ for every w′.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Point {
    pub(super) weights: Vec<f64>,
    pub(super) slopes: Vec<f64>,
    pub(super) offset: f64,
}
