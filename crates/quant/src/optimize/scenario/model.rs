//! What the methods have in common: the least of cost and priced risk over a region.

use super::simplex::Ending;

/// A method for: minimize cᵀw + λ ρ(X w) over a region, again and again from where it stands.
pub(super) trait Model {
    /// Finds the least of cᵀw + λ ρ(X w).
    fn minimize(&mut self, cost: &[f64], price: f64) -> Ending;

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
